//! Direct rooms, which come to be with their first message.

use crate::{
    model::{MemberRole, RoomId, RoomKind, Timestamp, UserId},
    store::{MemberRow, NewRoom, StoreError, WriteTx, direct_key},
};

/// A direct room to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewDirect {
    pub(super) room_id: RoomId,
    pub(super) hidden_from: Option<UserId>,
    between: (UserId, UserId),
    at: Timestamp,
}

/// A direct room of which somebody gets to know: the first message for them stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reveal {
    pub(super) room_id: RoomId,
    pub(super) user_id: UserId,
}

impl NewDirect {
    /// The room of two people.
    pub(super) fn between(from: UserId, to: UserId) -> Self {
        Self {
            room_id: RoomId::generate_direct(from, to),
            hidden_from: None,
            between: (from, to),
            at: Timestamp::now(),
        }
    }
}

/// Both people's rows, or the one of a person who writes to themselves.
pub(super) fn members(new: &NewDirect) -> Vec<MemberRow> {
    let (from, to) = new.between;
    let mut people = vec![from, to];
    people.dedup();
    let row = |user_id| MemberRow {
        room_id: new.room_id,
        user_id,
        role: MemberRole::Member,
        joined_at: new.at,
        joined_user_rev: 0,
        visible_from_seq: 1,
        left_seq: None,
        rev: 0,
        delivered_seq: 0,
        read_seq: 0,
        hidden: new.hidden_from == Some(user_id),
    };
    people.into_iter().map(row).collect()
}

/// Makes the rooms, both people gaining them but who is not to know, and lets others know of theirs.
pub(super) async fn insert(
    tx: &mut WriteTx,
    rooms: &[NewDirect],
    reveals: &[Reveal],
) -> Result<(), StoreError> {
    for new in rooms {
        let (from, to) = new.between;
        let room = NewRoom {
            room_id: new.room_id,
            kind: RoomKind::Direct,
            name: None,
            direct_key: Some(direct_key(from, to)),
            created_by: from,
            created_at: new.at,
            first_rev: 0,
        };
        if !tx.insert_room(&room).await? {
            // Another process made it a moment ago; the retry finds it.
            return Err(StoreError::Conflict {
                constraint: "rooms_direct_key_key".to_owned(),
            });
        }
    }
    let mut rows: Vec<MemberRow> = rooms.iter().flat_map(members).collect();
    let gaining = rows.iter().filter(|it| !it.hidden);
    let gaining = gaining.map(|it| (it.user_id, it.room_id));
    let mut gaining: Vec<(UserId, RoomId)> = gaining
        .chain(reveals.iter().map(|it| (it.user_id, it.room_id)))
        .collect();
    // Several writers raise people's revs: all in the order of ids, so that none waits for one who waits for it.
    gaining.sort_unstable();
    let now = Timestamp::now();
    for (user_id, room_id) in gaining {
        let user_rev = tx.raise_user_rev(user_id).await?;
        let mut made = rows.iter_mut();
        match made.find(|it| (it.user_id, it.room_id) == (user_id, room_id)) {
            Some(row) => row.joined_user_rev = user_rev,
            None => tx.reveal_room(room_id, user_id, (now, user_rev)).await?,
        }
    }
    tx.put_members(&rows).await
}
