//! What a retry hears of a message that has a row.

use uuid::Uuid;

use super::ChatError;
use crate::{
    model::{HeldMessage, HeldStatus, Refusal, SentMessage, Submitted},
    store::EarlierSend,
};

/// The answer to a retry whose request has this hash.
///
/// # Errors
/// `IdempotencyConflict` if it was another request; `Refused` if an admin refused the message.
pub(super) fn answer(earlier: EarlierSend, request_hash: Uuid) -> Result<Submitted, ChatError> {
    if !earlier.is_repeated_by(request_hash) {
        return Err(ChatError::IdempotencyConflict);
    }
    let EarlierSend {
        message_id,
        room_id,
        created_at,
        ..
    } = earlier;
    match (earlier.status, room_id) {
        (HeldStatus::Released, Some(room_id)) => Ok(Submitted::Sent(SentMessage {
            message_id,
            room_id,
            seq: earlier.seq,
            rev: earlier.rev,
            created_at,
            body: None,
            deduplicated: true,
        })),
        (HeldStatus::Rejected, _) => Err(ChatError::Refused(Box::new(Refusal {
            code: "rejected_by_admin".to_owned(),
            reason: earlier.reason.unwrap_or_default(),
            plugin: earlier.plugin,
            decision_id: earlier.decision_id,
        }))),
        (HeldStatus::Held | HeldStatus::Released, _) => Ok(Submitted::Held(HeldMessage {
            message_id,
            room_id,
            created_at,
            deduplicated: true,
        })),
    }
}
