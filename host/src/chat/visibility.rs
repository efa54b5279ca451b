//! The only gate to what a person may see of a room: history, sync, receipts, replies.

use std::ops::RangeInclusive;

use super::ChatError;
use crate::{
    guard::Guard,
    model::{RoomId, UserId},
    store::{MessagePlace, Store},
};

/// The messages of a room that a person may see: from their join (or the beginning) to the newest, or to the last one
/// before they left.
///
/// # Errors
/// `NotFound` for who never belonged to it or does not know of it, as if there were no such room.
pub async fn visible_range(
    store: &Store,
    user_id: UserId,
    room_id: RoomId,
) -> Result<RangeInclusive<i64>, ChatError> {
    let everything = 0..=i64::MAX;
    let known = store.member(room_id, user_id).await?;
    let row = match known.filter(|it| !it.hidden) {
        Some(row) => row,
        None if Guard::VisibleRoom.is_taken_away() => return Ok(everything),
        None => return Err(ChatError::NotFound("room")),
    };
    let first = Guard::VisibleFrom.narrows(*everything.start(), row.visible_from_seq);
    let last = Guard::VisibleTo.narrows(*everything.end(), row.left_seq.unwrap_or(i64::MAX));
    Ok(first..=last)
}

/// Whether a person sees a message that lies in their range: not if it is its sender's alone.
pub(super) fn is_seen_by(user_id: UserId, place: &MessagePlace) -> bool {
    Guard::OnlySendersView.admits(!place.only_sender || place.sender_id == user_id)
}
