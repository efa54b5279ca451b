//! The one recovery path for clients that were offline, slow, cut or restarted.

use std::collections::{HashMap, HashSet};

use super::{
    ChatError,
    summaries::{self, Source},
};
use crate::{
    model::{Change, Member, RoomCursor, RoomId, RoomSync, SyncRequest, SyncResponse, UserId},
    store::{MemberRow, RoomRow, Store, StoreError},
};

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 500;
/// The most rooms that one request may list. Chosen, not standard.
const MAX_ROOMS: usize = 1_000;
/// Changes that one answer carries, estimated, over all rooms; what is beyond waits for the next question. It bounds what
/// one question costs in memory and on the wire. Chosen, not standard.
const ANSWER_BYTES: usize = 256 * 1024;
/// Changes of one room in one answer, whatever the limit: their bodies are read before they are weighed. Chosen, not
/// standard.
const ROWS_AT_ONCE: i64 = 128;
/// What a change takes besides a message's text.
const ENVELOPE_BYTES: usize = 512;
/// Behind by more than this, paging the history is quicker than replaying. Chosen, not standard.
const RESET_ABOVE_REVS: i64 = 10_000;

/// Answers what changed since the client's cursors.
pub(super) async fn sync(
    source: Source<'_>,
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
    check_cursors(&request)?;
    let store = source.0;
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
    let mut listing = Listing {
        source,
        reader,
        user_rev: request.user_rev,
        limit: limit.min(ROWS_AT_ONCE),
        budget_bytes: ANSWER_BYTES,
    };
    for &cursor in &request.rooms {
        let answer = match rooms.get(&cursor.room_id).zip(members.get(&cursor.room_id)) {
            Some((room, present)) => listing.room(cursor, room, present).await?,
            None => None,
        };
        answers.push(answer.unwrap_or(RoomSync::Gone {
            room_id: cursor.room_id,
        }));
    }
    let gained = gained_rooms(reader, &members, request.user_rev, &listed);
    let mut known_rev = user_rev;
    let mut has_more = false;
    for (joined_user_rev, room_id) in gained {
        if listing.budget_bytes == 0 {
            has_more = true;
            break;
        }
        if let Some(reset) = listing.reset(room_id).await? {
            answers.push(reset);
        }
        known_rev = joined_user_rev;
    }
    Ok(SyncResponse {
        // Rooms that were left out are gained after this rev: the next question finds them.
        user_rev: if has_more { known_rev } else { user_rev },
        has_more,
        account,
        rooms: answers,
    })
}

/// Cursors count from 0, and a room is listed once.
fn check_cursors(request: &SyncRequest) -> Result<(), ChatError> {
    if request.user_rev < 0 || request.rooms.iter().any(|it| it.rev < 0) {
        return Err(ChatError::Invalid("a rev is negative".to_owned()));
    }
    let mut seen = HashSet::new();
    if !request.rooms.iter().all(|it| seen.insert(it.room_id)) {
        return Err(ChatError::Invalid("a room is listed twice".to_owned()));
    }
    Ok(())
}

/// The rooms that the client does not list and that were gained after its `user_rev`, in the order in which they were.
fn gained_rooms(
    reader: UserId,
    members: &HashMap<RoomId, Vec<MemberRow>>,
    user_rev: i64,
    listed: &HashSet<RoomId>,
) -> Vec<(i64, RoomId)> {
    let own = members
        .values()
        .flatten()
        .filter(|it| it.user_id == reader && it.joined_user_rev > user_rev);
    let mut gained: Vec<(i64, RoomId)> = own
        .filter(|it| !listed.contains(&it.room_id))
        .map(|it| (it.joined_user_rev, it.room_id))
        .collect();
    gained.sort_unstable();
    gained
}

/// The listed rooms' part of an answer in the making.
struct Listing<'a> {
    source: Source<'a>,
    reader: UserId,
    /// The user's own rev that the client knows.
    user_rev: i64,
    /// Changes per room.
    limit: i64,
    /// What the answer may still carry.
    budget_bytes: usize,
}

impl Listing<'_> {
    /// One room's part; none if the reader does not belong to it.
    async fn room(
        &mut self,
        cursor: RoomCursor,
        room: &RoomRow,
        present: &[MemberRow],
    ) -> Result<Option<RoomSync>, StoreError> {
        let Some(own) = present.iter().find(|it| it.user_id == self.reader) else {
            return Ok(None);
        };
        if self.budget_bytes > 0 && self.is_of_no_use(cursor, room, own) {
            return self.reset(cursor.room_id).await;
        }
        let mut changes = Vec::new();
        let mut has_more = room.room.rev != cursor.rev;
        if has_more && self.budget_bytes > 0 {
            changes = changes_after(self.source.0, room, own, cursor.rev, self.limit + 1).await?;
            has_more = self.keep_what_fits(&mut changes);
        }
        let rev = if has_more {
            changes.last().map_or(cursor.rev, rev_of)
        } else {
            room.room.rev
        };
        Ok(Some(RoomSync::Changes {
            room_id: cursor.room_id,
            rev,
            changes,
            has_more,
            watermarks: summaries::watermarks(self.source.1, room.room.kind, present, own),
        }))
    }

    /// A room to be taken as new; none if the reader does not belong to it.
    async fn reset(&mut self, room_id: RoomId) -> Result<Option<RoomSync>, StoreError> {
        let Some(room) = summaries::of_room(self.source, self.reader, room_id).await? else {
            return Ok(None);
        };
        let text = room.last_message.as_ref().map_or(0, |it| it.body.len());
        self.budget_bytes = self.budget_bytes.saturating_sub(text + 4 * ENVELOPE_BYTES);
        Ok(Some(RoomSync::Reset {
            room: Box::new(room),
        }))
    }

    /// Whether the cursor is ahead of the server, too far behind, or from before the reader left and came back, since when
    /// they may see another part of the history.
    fn is_of_no_use(&self, cursor: RoomCursor, room: &RoomRow, own: &MemberRow) -> bool {
        let behind = room.room.rev - cursor.rev;
        let came_back = own.joined_user_rev > self.user_rev && own.rev > cursor.rev;
        !(0..=RESET_ABOVE_REVS).contains(&behind) || (cursor.rev > 0 && came_back)
    }

    /// Keeps changes up to the limit and while there is room, the last of which may go over it, so that an answer has at
    /// least one. Whether something had to go.
    fn keep_what_fits(&mut self, changes: &mut Vec<Change>) -> bool {
        let found = changes.len();
        changes.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let fitting = changes.iter().take_while(|change| {
            let fits = self.budget_bytes > 0;
            self.budget_bytes = self.budget_bytes.saturating_sub(size_bytes(change));
            fits
        });
        let count = fitting.count();
        changes.truncate(count);
        count < found
    }
}

/// A change's size on the wire, estimated.
fn size_bytes(change: &Change) -> usize {
    let text = match change {
        Change::Message(message) => message.body.len(),
        Change::Member(_) | Change::Room { .. } => 0,
    };
    text + ENVELOPE_BYTES
}

/// Up to `limit` changes with `after_rev < rev <= room.rev`, by rev. What is newer than the room's rev as it was read is left
/// for the next time: another kind of change, read earlier, might lie between.
async fn changes_after(
    store: &Store,
    room: &RoomRow,
    own: &MemberRow,
    after_rev: i64,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let room_id = room.room.room_id;
    let messages = store
        .messages_changed(
            room_id,
            after_rev,
            (own.user_id, own.visible_from_seq),
            limit,
        )
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
