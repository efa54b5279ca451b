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

impl RoomId {
    /// A fresh id for the direct room of two people: its [key](Self::writer_key) is theirs.
    #[must_use]
    pub fn generate_direct(one: UserId, other: UserId) -> Self {
        let mut bytes = Uuid::now_v7().into_bytes();
        bytes[14..].copy_from_slice(&Self::direct_writer_key(one, other).to_be_bytes());
        Self(Uuid::from_bytes(bytes))
    }

    /// What chooses the room's writer: the last two bytes, which are random otherwise.
    #[must_use]
    pub fn writer_key(self) -> u16 {
        last_two_bytes(self.0)
    }

    /// The same for the direct room of two people, before anybody knows its id.
    #[must_use]
    pub fn direct_writer_key(one: UserId, other: UserId) -> u16 {
        last_two_bytes(one.0) ^ last_two_bytes(other.0)
    }
}

fn last_two_bytes(id: Uuid) -> u16 {
    let bytes = id.into_bytes();
    u16::from_be_bytes([bytes[14], bytes[15]])
}

#[cfg(test)]
mod tests {
    use super::{RoomId, UserId};

    #[test]
    fn a_direct_room_has_the_key_of_its_people() {
        let (one, other) = (UserId::generate(), UserId::generate());
        let key = RoomId::direct_writer_key(one, other);
        assert_eq!(key, RoomId::direct_writer_key(other, one));
        let room_id = RoomId::generate_direct(one, other);
        assert_eq!(room_id.writer_key(), key);
        assert_eq!(room_id.0.get_version_num(), 7);
        assert_ne!(room_id, RoomId::generate_direct(one, other));
    }
}
