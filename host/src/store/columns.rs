//! How ids, times and small enums stand in a column: 16-byte uuid, bigint, smallint.

use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};
use uuid::Uuid;

use crate::model::{
    AccountStatus, CallId, CallReason, CallState, DecisionId, DeviceId, HeldStatus, LinkPurpose,
    MediaKind, MemberRole, MessageId, MessageKind, ParticipantState, Reach, ReceiptStatus,
    ReportDecision, RoomId, RoomKind, Timestamp, UserId, UserRole,
};

/// `$type` is stored as `$column`; the two closures convert, the second may refuse.
macro_rules! column {
    ($type:ty as $column:ty, $to:expr, $from:expr) => {
        impl<D: Database> Type<D> for $type
        where
            $column: Type<D>,
        {
            fn type_info() -> D::TypeInfo {
                <$column as Type<D>>::type_info()
            }
            fn compatible(ty: &D::TypeInfo) -> bool {
                <$column as Type<D>>::compatible(ty)
            }
        }
        impl<'q, D: Database> Encode<'q, D> for $type
        where
            $column: Encode<'q, D>,
        {
            fn encode_by_ref(&self, buffer: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let to: fn(&$type) -> $column = $to;
                to(self).encode_by_ref(buffer)
            }
        }
        impl<'r, D: Database> Decode<'r, D> for $type
        where
            $column: Decode<'r, D>,
        {
            fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let from: fn($column) -> Option<$type> = $from;
                let raw = <$column as Decode<'r, D>>::decode(value)?;
                from(raw)
                    .ok_or_else(|| format!("no {} is stored as {raw}", stringify!($type)).into())
            }
        }
    };
}

macro_rules! newtype_columns {
    ($($type:ident as $column:ty),* $(,)?) => {
        $(column!($type as $column, |it| it.0, |raw| Some($type(raw)));)*
    };
}

macro_rules! enum_columns {
    ($($type:ident { $($variant:ident),* }),* $(,)?) => {
        $(column!($type as i16, |it| *it as i16, |raw| {
            [$($type::$variant),*].into_iter().find(|it| *it as i16 == raw)
        });)*
    };
}

newtype_columns!(
    UserId as Uuid,
    DeviceId as Uuid,
    RoomId as Uuid,
    MessageId as Uuid,
    DecisionId as Uuid,
    CallId as Uuid,
    Timestamp as i64
);
enum_columns!(
    AccountStatus {
        Pending,
        Active,
        Rejected,
        Suspended,
        Deleted
    },
    UserRole { Member, Admin },
    RoomKind { Direct, Group },
    MemberRole {
        Member,
        Admin,
        Owner
    },
    MessageKind { Text, Call },
    MediaKind { Audio, Video },
    CallState {
        Ringing,
        Connected,
        Ended
    },
    CallReason {
        Hangup,
        Timeout,
        Busy,
        Declined,
        Cancelled,
        Policy,
        Drain,
        Failed,
        Consent
    },
    ParticipantState {
        Ringing,
        Joined,
        Left,
        Declined,
        Missed,
        Busy
    },
    HeldStatus {
        Held,
        Released,
        Rejected
    },
    ReceiptStatus { Delivered, Read },
    ReportDecision {
        Waiting,
        Dismissed,
        Deleted
    },
    LinkPurpose { Password, Email },
    Reach {
        Everybody,
        SharedGroups,
        Nobody
    },
);
