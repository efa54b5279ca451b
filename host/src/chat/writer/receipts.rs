//! Decides what a receipt changes, and whom it concerns.

use std::sync::Arc;

use super::{
    ReceiptJob, Task,
    plan::{Outcome, Plan},
    rooms::CachedRoom,
};
use crate::{
    chat::{
        ChatError,
        publisher::{Lows, Publication, ReceiptNews},
    },
    model::{ReceiptStatus, RoomKind, Timestamp, UserId, Watermark},
    store::StatusRow,
};

impl Task {
    /// Raises the reader's watermark in the plan.
    pub(super) fn plan_receipt(
        &mut self,
        plan: &mut Plan,
        job: &ReceiptJob,
    ) -> Result<Outcome, ChatError> {
        let reader = job.from.user_id;
        let room = self
            .rooms
            .get_mut(job.room_id)
            .ok_or(ChatError::NotFound("room"))?;
        if room.unaware == Some(reader) {
            return Err(ChatError::NotFound("room"));
        }
        let last_seq = room.last_seq;
        let member = room.member_mut(reader).ok_or(ChatError::NotFound("room"))?;
        if job.up_to_seq < 0 || job.up_to_seq > last_seq {
            let up_to = job.up_to_seq;
            return Err(ChatError::Invalid(format!(
                "up_to_seq is {up_to}, the room's newest message is {last_seq}"
            )));
        }
        let old = member.mark;
        let mark = raised(old, job.up_to_seq, job.status);
        if mark == old {
            return Ok(Outcome::Receipt(mark, None));
        }
        member.mark = mark;
        let at = Timestamp::now();
        plan.marks.insert((job.room_id, reader), mark);
        let first_seq = 1 + match job.status {
            ReceiptStatus::Delivered => old.delivered_seq,
            ReceiptStatus::Read => old.read_seq,
        };
        plan.note_range(StatusRow {
            room_id: job.room_id,
            user_id: reader,
            status: job.status,
            from_seq: first_seq,
            to_seq: job.up_to_seq,
            at,
        });
        let news = ReceiptNews {
            room_id: job.room_id,
            reader,
            session_id: job.from.session_id,
            status: job.status,
            up_to_seq: job.up_to_seq,
            at,
            first_seq,
            authors: authors(room, reader, first_seq, job.up_to_seq),
            lows: (room.kind == RoomKind::Group).then(|| {
                Lows::of(room.members.iter().map(|it| &it.mark), |it| {
                    self.view.tells_reads(it)
                })
            }),
            members: Arc::clone(&room.audience),
        };
        Ok(Outcome::Receipt(mark, Some(Publication::Receipt(news))))
    }
}

/// `read n` implies `delivered n`; neither ever falls.
fn raised(mark: Watermark, up_to_seq: i64, status: ReceiptStatus) -> Watermark {
    let read_seq = match status {
        ReceiptStatus::Delivered => mark.read_seq,
        ReceiptStatus::Read => mark.read_seq.max(up_to_seq),
    };
    Watermark {
        delivered_seq: mark.delivered_seq.max(up_to_seq),
        read_seq,
        ..mark
    }
}

/// Who wrote what was covered, if it is remembered. In a direct room that is the other person, whoever wrote it.
fn authors(
    room: &CachedRoom,
    reader: UserId,
    first_seq: i64,
    last_seq: i64,
) -> Option<Vec<UserId>> {
    match room.kind {
        RoomKind::Direct => Some(
            room.audience
                .iter()
                .copied()
                .filter(|it| *it != reader)
                .collect(),
        ),
        RoomKind::Group => room.authors_between(first_seq, last_seq),
    }
}

#[cfg(test)]
mod tests {
    use super::raised;
    use crate::model::{ReceiptStatus, UserId, Watermark};

    #[test]
    fn read_implies_delivered_and_nothing_falls() {
        let mark = |delivered_seq, read_seq| Watermark {
            user_id: UserId(uuid::Uuid::nil()),
            delivered_seq,
            read_seq,
        };
        for (from, up_to, status, to) in [
            (mark(0, 0), 3, ReceiptStatus::Delivered, mark(3, 0)),
            (mark(3, 0), 2, ReceiptStatus::Read, mark(3, 2)),
            (mark(3, 2), 5, ReceiptStatus::Read, mark(5, 5)),
            (mark(5, 5), 1, ReceiptStatus::Read, mark(5, 5)),
            (mark(5, 2), 4, ReceiptStatus::Delivered, mark(5, 2)),
        ] {
            assert_eq!(raised(from, up_to, status), to);
        }
    }
}
