//! The room list's rows: last message, unread count, receipts.

use std::collections::HashMap;

use super::{privacy::ReceiptView, publisher::Lows};
use crate::{
    model::{Message, RoomId, RoomKind, RoomSummary, UserId, Watermark, Watermarks},
    store::{Direction, MemberRow, RoomRow, Store, StoreError, Viewer},
};

/// Rooms with more members answer only the least watermarks. Chosen, not standard.
const LISTED_MEMBERS: usize = 32;

/// Where it is read from, and who sees whose receipts.
pub(super) type Source<'a> = (&'a Store, &'a ReceiptView);

/// One room as `reader` sees it; none if they do not belong to it.
pub(super) async fn of_room(
    source: Source<'_>,
    reader: UserId,
    room_id: RoomId,
) -> Result<Option<RoomSummary>, StoreError> {
    let mut summaries = of_room_for(source, room_id, &[reader]).await?;
    Ok(summaries.pop().map(|(_, summary)| summary))
}

/// One room as each of `readers` who belongs to it and knows of it sees it; few queries however many they are.
pub(super) async fn of_room_for(
    (store, view): Source<'_>,
    room_id: RoomId,
    readers: &[UserId],
) -> Result<Vec<(UserId, RoomSummary)>, StoreError> {
    let Some(room) = store.room(room_id).await? else {
        return Ok(Vec::new());
    };
    let mut members = store.members(room_id).await?;
    members.retain(|it| it.left_seq.is_none());
    // In a group everybody sees the same; a direct room has two people at most, for each of whom it may be another message.
    let viewers = match room.room.kind {
        RoomKind::Group => vec![Viewer::Admin],
        RoomKind::Direct => members
            .iter()
            .map(|it| Viewer::Person(it.user_id))
            .collect(),
    };
    let mut newest = Vec::new();
    for viewer in viewers {
        let all = 1..=room.room.last_seq;
        let mut last = store
            .messages_between(room_id, viewer, all, Direction::Backwards, 1)
            .await?;
        newest.push((viewer, last.pop()));
    }
    let unread: HashMap<UserId, i64> = match readers {
        [reader] => [(*reader, store.unread_count(room_id, *reader).await?)].into(),
        _ => store.unread_counts_in(room_id).await?.into_iter().collect(),
    };
    let of = |own: &MemberRow| {
        let reader = own.user_id;
        let seen = [Viewer::Admin, Viewer::Person(reader)];
        let (_, last) = newest.iter().find(|it| seen.contains(&it.0))?;
        let last = last.as_ref().filter(|it| it.seq >= own.visible_from_seq);
        let unread = unread.get(&reader).copied().unwrap_or(0);
        let summary = summary(
            room.clone(),
            (&members, view),
            reader,
            last.cloned(),
            unread,
        )?;
        Some((reader, summary))
    };
    let own = members
        .iter()
        .filter(|it| readers.contains(&it.user_id) && !it.hidden);
    Ok(own.filter_map(of).collect())
}

/// All present rooms of `reader`, newest activity first; four queries however many there are. What is read after the rooms
/// may be newer than their `rev`, never older: a client that syncs from that `rev` misses nothing.
pub(super) async fn of_rooms(
    (store, view): Source<'_>,
    reader: UserId,
) -> Result<Vec<RoomSummary>, StoreError> {
    let rooms = store.rooms_of(reader).await?;
    let mut members = HashMap::<RoomId, Vec<MemberRow>>::new();
    for row in store.fellow_members(reader).await? {
        members.entry(row.room_id).or_default().push(row);
    }
    let mut last: HashMap<RoomId, Message> = store
        .last_messages_of(reader)
        .await?
        .into_iter()
        .map(|it| (it.room_id, it))
        .collect();
    let unread: HashMap<RoomId, i64> = store.unread_counts_of(reader).await?.into_iter().collect();
    let of = |room: RoomRow| {
        let room_id = room.room.room_id;
        let members = members.get(&room_id)?;
        summary(
            room,
            (members, view),
            reader,
            last.remove(&room_id),
            unread.get(&room_id).copied().unwrap_or(0),
        )
    };
    Ok(rooms.into_iter().filter_map(of).collect())
}

fn summary(
    room: RoomRow,
    (members, view): (&[MemberRow], &ReceiptView),
    reader: UserId,
    last_message: Option<Message>,
    unread_count: i64,
) -> Option<RoomSummary> {
    let own = members.iter().find(|it| it.user_id == reader)?;
    let peer_id = (room.room.kind == RoomKind::Direct).then(|| {
        members
            .iter()
            .find(|it| it.user_id != reader)
            .unwrap_or(own)
            .user_id
    });
    Some(RoomSummary {
        role: own.role,
        peer_id,
        member_count: i64::try_from(members.len()).unwrap_or(i64::MAX),
        last_message,
        unread_count,
        watermarks: watermarks(view, room.room.kind, members, own),
        room: room.room,
    })
}

/// A room's receipts as `own` sees them.
pub(super) fn watermarks(
    view: &ReceiptView,
    kind: RoomKind,
    members: &[MemberRow],
    own: &MemberRow,
) -> Watermarks {
    let reader = own.user_id;
    let seen = |it: &MemberRow| view.mark(kind, mark(it), reader);
    let marks: Vec<Watermark> = members.iter().map(seen).collect();
    let lows = Lows::of(marks.iter(), |it| view.tells_reads(it));
    Watermarks {
        own: mark(own),
        delivered_all_seq: lows.delivered.without(reader),
        read_all_seq: match view.tells_reads(reader) {
            true => lows.read.without(reader),
            false => 0,
        },
        members: (marks.len() <= LISTED_MEMBERS).then_some(marks),
    }
}

fn mark(row: &MemberRow) -> Watermark {
    Watermark {
        user_id: row.user_id,
        delivered_seq: row.delivered_seq,
        read_seq: row.read_seq,
    }
}
