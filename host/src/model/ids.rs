//! Ids as newtypes over UUIDv7, so that a room's id cannot be passed where a user's belongs.
//!
//! An id names a thing; it never orders things. Order is `seq` and `rev`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id (UUIDv7, RFC 9562 §5.7).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A person's account.
    UserId
    /// One installation a person logged in from; it owns a family of refresh tokens.
    DeviceId
    /// A direct or group conversation.
    RoomId
    /// A message, for replies and receipts; its place in the room is its `seq`.
    MessageId
    /// One live socket.
    SessionId
    /// A call, from its first ring to its end.
    CallId
    /// What a chain of policies decided about one event.
    DecisionId
}
