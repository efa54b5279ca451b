//! The only gate to what a person may see of a room: history, sync, receipts, replies.

use std::ops::RangeInclusive;

use super::ChatError;
use crate::{
    model::{RoomId, UserId},
    store::Store,
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
    let row = store.member(room_id, user_id).await?;
    let row = row.filter(|it| !it.hidden);
    let row = row.ok_or(ChatError::NotFound("room"))?;
    Ok(row.visible_from_seq..=row.left_seq.unwrap_or(i64::MAX))
}
