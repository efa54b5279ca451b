//! The one recovery path for clients that were offline, slow, cut or restarted.

use std::collections::{HashMap, HashSet};

use super::{ChatError, summaries};
use crate::{
    model::{Change, Member, RoomCursor, RoomId, RoomSync, SyncRequest, SyncResponse, UserId},
    store::{MemberRow, RoomRow, Store, StoreError},
};

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 500;
/// The most rooms that one request may list. Chosen, not standard.
const MAX_ROOMS: usize = 1_000;
/// Behind by more than this, paging the history is quicker than replaying. Chosen, not standard.
const RESET_ABOVE_REVS: i64 = 10_000;

/// Answers what changed since the client's cursors.
pub(super) async fn sync(
    store: &Store,
    reader: UserId,
    request: SyncRequest,
) -> Result<SyncResponse, ChatError> {
    if request.rooms.len() > MAX_ROOMS {
        return Err(ChatError::TooLarge {
            what: "rooms of the request",
            actual: request.rooms.len(),
            limit: MAX_ROOMS,
        });
    }
    let limit = request.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ChatError::Invalid(format!(
            "limit is {limit}, allowed are 1 to {MAX_LIMIT}"
        )));
    }
    // The revs are read before what they count, so that the answer is never older than the cursors it gives.
    let account = store
        .account(reader)
        .await?
        .ok_or(ChatError::NotFound("user"))?;
    let user_rev = account.user_rev;
    let rooms: HashMap<RoomId, RoomRow> = store
        .rooms_of(reader)
        .await?
        .into_iter()
        .map(|it| (it.room.room_id, it))
        .collect();
    let mut members = HashMap::<RoomId, Vec<MemberRow>>::new();
    for row in store.fellow_members(reader).await? {
        members.entry(row.room_id).or_default().push(row);
    }
    let listed: HashSet<RoomId> = request.rooms.iter().map(|it| it.room_id).collect();
    let mut answers = Vec::new();
    for &cursor in &request.rooms {
        let state = rooms.get(&cursor.room_id).zip(members.get(&cursor.room_id));
        answers.push(room_sync(store, reader, cursor, state, limit).await?);
    }
    for (&room_id, rows) in members
        .iter()
        .filter(|(room_id, _)| !listed.contains(room_id))
    {
        let gained = rows
            .iter()
            .any(|it| it.user_id == reader && it.joined_user_rev > request.user_rev);
        if gained && let Some(room) = summaries::of_room(store, reader, room_id).await? {
            answers.push(RoomSync::Reset { room });
        }
    }
    Ok(SyncResponse {
        user_rev,
        account,
        rooms: answers,
    })
}

async fn room_sync(
    store: &Store,
    reader: UserId,
    cursor: RoomCursor,
    state: Option<(&RoomRow, &Vec<MemberRow>)>,
    limit: i64,
) -> Result<RoomSync, StoreError> {
    let room_id = cursor.room_id;
    let gone = RoomSync::Gone { room_id };
    let Some((room, present)) = state else {
        return Ok(gone);
    };
    let Some(own) = present.iter().find(|it| it.user_id == reader) else {
        return Ok(gone);
    };
    let behind = room.room.rev - cursor.rev;
    if !(0..=RESET_ABOVE_REVS).contains(&behind) || cursor.rev < 0 {
        let summary = summaries::of_room(store, reader, room_id).await?;
        return Ok(summary.map_or(gone, |room| RoomSync::Reset { room }));
    }
    let mut changes = if behind == 0 {
        Vec::new()
    } else {
        changes(store, room, own, cursor.rev, limit + 1).await?
    };
    let has_more = changes.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if has_more {
        changes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let rev = if has_more {
        changes.last().map_or(room.room.rev, rev_of)
    } else {
        room.room.rev
    };
    Ok(RoomSync::Changes {
        room_id,
        rev,
        changes,
        has_more,
        watermarks: summaries::watermarks(present, own),
    })
}

/// Up to `limit` changes with `after_rev < rev <= room.rev`, by rev. What is newer than the room's rev as it was read is left
/// for the next time: another kind of change, read earlier, might lie between.
async fn changes(
    store: &Store,
    room: &RoomRow,
    own: &MemberRow,
    after_rev: i64,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let room_id = room.room.room_id;
    let messages = store
        .messages_changed(room_id, after_rev, own.visible_from_seq, limit)
        .await?;
    let members = store.members_changed(room_id, after_rev, limit).await?;
    let mut changes: Vec<Change> = messages.into_iter().map(Change::Message).collect();
    changes.extend(
        members
            .into_iter()
            .map(|it| Change::Member(Member::from(it))),
    );
    if room.room_rev > after_rev {
        changes.push(Change::Room {
            rev: room.room_rev,
            room: room.room.clone(),
        });
    }
    changes.retain(|it| rev_of(it) <= room.room.rev);
    changes.sort_by_key(rev_of);
    Ok(changes)
}

fn rev_of(change: &Change) -> i64 {
    match change {
        Change::Message(it) => it.rev,
        Change::Member(it) => it.rev,
        Change::Room { rev, .. } => *rev,
    }
}
