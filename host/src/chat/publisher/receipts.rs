//! What a receipt says to whom, and the brake for large groups.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::chat::privacy::ReceiptView;
use crate::model::{
    ReceiptStatus, RoomId, ServerEvent, SessionId, StatusUpdate, Timestamp, UserId, Watermark,
};

/// Groups with more members than this hear at most one update per second and reader. Chosen, not standard.
const COALESCE_ABOVE_MEMBERS: usize = 32;
const COALESCE_FOR: Duration = Duration::from_secs(1);

/// A watermark that rose.
#[derive(Clone, Debug)]
pub(crate) struct ReceiptNews {
    pub(crate) room_id: RoomId,
    pub(crate) reader: UserId,
    /// The reader's session that said so.
    pub(crate) session_id: Option<SessionId>,
    pub(crate) status: ReceiptStatus,
    /// Covers `first_seq..=up_to_seq` newly.
    pub(crate) first_seq: i64,
    pub(crate) up_to_seq: i64,
    pub(crate) at: Timestamp,
    /// Who wrote these; none where the writer did not know.
    pub(crate) authors: Option<Vec<UserId>>,
    /// Groups only.
    pub(crate) lows: Option<Lows>,
    /// The present members: who left hears nothing.
    pub(crate) members: Arc<[UserId]>,
}

impl ReceiptNews {
    /// Whether it is about a direct room.
    pub(super) fn is_direct(&self) -> bool {
        self.lows.is_none()
    }

    /// The event as `addressee` sees it. Where reads are not shown, what was read was delivered.
    pub(super) fn event_for(&self, addressee: UserId, view: &ReceiptView) -> ServerEvent {
        let read_all_seq = |lows: Lows| match view.tells_reads(addressee) {
            true => lows.read.without(addressee),
            false => 0,
        };
        ServerEvent::MessageStatusUpdate(StatusUpdate {
            room_id: self.room_id,
            user_id: self.reader,
            up_to_seq: self.up_to_seq,
            status: match view.shows_reads(self.reader, addressee) {
                true => self.status,
                false => ReceiptStatus::Delivered,
            },
            at: self.at,
            delivered_all_seq: self.lows.map(|lows| lows.delivered.without(addressee)),
            read_all_seq: self.lows.map(read_all_seq),
        })
    }

    /// Two updates of the same status as one.
    fn join(self, older: Self) -> Self {
        let authors = self
            .authors
            .zip(older.authors)
            .map(|(mut authors, others)| {
                authors.extend(others);
                authors.sort_unstable();
                authors.dedup();
                authors
            });
        Self {
            first_seq: self.first_seq.min(older.first_seq),
            authors,
            ..self
        }
    }
}

/// The least watermarks of a room, in a form that answers "of everybody but one".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lows {
    pub(crate) delivered: Low,
    pub(crate) read: Low,
}

/// The least value, who has it, and the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Low {
    holder: Option<UserId>,
    least: i64,
    next: i64,
}

impl Lows {
    /// Computes both from the members' watermarks. Who does not tell what they read is left out of the reads.
    pub(crate) fn of<'a>(
        marks: impl Iterator<Item = &'a Watermark> + Clone,
        tells_reads: impl Fn(UserId) -> bool,
    ) -> Self {
        let reads = marks.clone().filter(|it| tells_reads(it.user_id));
        Self {
            delivered: Low::of(marks.map(|it| (it.user_id, it.delivered_seq))),
            read: Low::of(reads.map(|it| (it.user_id, it.read_seq))),
        }
    }
}

impl Low {
    fn of(values: impl Iterator<Item = (UserId, i64)>) -> Self {
        let mut low = Self {
            holder: None,
            least: i64::MAX,
            next: i64::MAX,
        };
        for (user_id, value) in values {
            if value < low.least {
                low = Self {
                    holder: Some(user_id),
                    least: value,
                    next: low.least,
                };
            } else {
                low.next = low.next.min(value);
            }
        }
        low
    }

    /// The least of everybody but this person; 0 where there is nobody else.
    pub(crate) fn without(self, user_id: UserId) -> i64 {
        let low = if self.holder == Some(user_id) {
            self.next
        } else {
            self.least
        };
        if low == i64::MAX { 0 } else { low }
    }
}

/// Holds back updates of readers in large groups, and lets the newest through once a second.
#[derive(Debug, Default)]
pub(super) struct Coalescer {
    readers: HashMap<(RoomId, UserId), Held>,
    /// The rooms' newest news: what is told late says how things are by then, not how they were.
    rooms: HashMap<RoomId, (Option<Lows>, Arc<[UserId]>)>,
}

#[derive(Debug)]
struct Held {
    told_at: Instant,
    delivered: Option<ReceiptNews>,
    read: Option<ReceiptNews>,
}

impl Coalescer {
    /// Answers the news if it may be told now, else keeps it.
    pub(super) fn admit(&mut self, news: ReceiptNews, now: Instant) -> Option<ReceiptNews> {
        if news.members.len() <= COALESCE_ABOVE_MEMBERS {
            return Some(news);
        }
        let key = (news.room_id, news.reader);
        self.rooms
            .insert(news.room_id, (news.lows, Arc::clone(&news.members)));
        let Some(held) = self.readers.get_mut(&key) else {
            self.readers.insert(
                key,
                Held {
                    told_at: now,
                    delivered: None,
                    read: None,
                },
            );
            return Some(news);
        };
        let slot = match news.status {
            ReceiptStatus::Delivered => &mut held.delivered,
            ReceiptStatus::Read => &mut held.read,
        };
        *slot = Some(match slot.take() {
            Some(older) => news.join(older),
            None => news,
        });
        None
    }

    /// Whether `due` may have something, now or later.
    pub(super) fn holds_any(&self) -> bool {
        !self.readers.is_empty()
    }

    /// What has waited long enough; readers with nothing held are forgotten.
    pub(super) fn due(&mut self, now: Instant) -> Vec<ReceiptNews> {
        let mut due = Vec::new();
        self.readers.retain(|_, held| {
            if now.duration_since(held.told_at) < COALESCE_FOR {
                return true;
            }
            held.told_at = now;
            let before = due.len();
            due.extend(held.delivered.take());
            due.extend(held.read.take());
            due.len() > before
        });
        for news in &mut due {
            if let Some((lows, members)) = self.rooms.get(&news.room_id) {
                (news.lows, news.members) = (*lows, Arc::clone(members));
            }
        }
        if self.readers.is_empty() {
            self.rooms.clear();
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    fn mark(number: u128, delivered_seq: i64, read_seq: i64) -> Watermark {
        Watermark {
            user_id: person(number),
            delivered_seq,
            read_seq,
        }
    }

    #[test]
    fn the_least_of_the_others_leaves_the_asker_out() {
        let marks = [mark(1, 0, 0), mark(2, 7, 3), mark(3, 5, 5)];
        let lows = Lows::of(marks.iter(), |_| true);
        assert_eq!(lows.delivered.without(person(1)), 5);
        assert_eq!(lows.read.without(person(1)), 3);
        assert_eq!(lows.read.without(person(2)), 0);
        assert_eq!(
            Lows::of([mark(1, 4, 4)].iter(), |_| true)
                .read
                .without(person(1)),
            0
        );
    }

    fn news(up_to_seq: i64, member_count: usize) -> ReceiptNews {
        ReceiptNews {
            room_id: RoomId(uuid::Uuid::nil()),
            reader: person(1),
            session_id: None,
            status: ReceiptStatus::Read,
            first_seq: up_to_seq,
            up_to_seq,
            at: Timestamp(0),
            authors: Some(vec![person(u128::try_from(up_to_seq).unwrap_or_default())]),
            lows: None,
            members: vec![person(1); member_count].into(),
        }
    }

    #[test]
    fn a_large_group_hears_of_a_reader_once_a_second() {
        let mut coalescer = Coalescer::default();
        let start = Instant::now();
        assert!(coalescer.admit(news(1, 33), start).is_some());
        assert!(coalescer.admit(news(2, 33), start).is_none());
        assert!(coalescer.admit(news(3, 33), start).is_none());
        assert!(coalescer.due(start).is_empty());
        let due = coalescer.due(start + COALESCE_FOR);
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].first_seq, due[0].up_to_seq), (2, 3));
        assert_eq!(due[0].authors.as_ref().map(Vec::len), Some(2));
        assert!(coalescer.due(start + 2 * COALESCE_FOR).is_empty());
        assert!(!coalescer.holds_any());
    }

    #[test]
    fn a_small_group_hears_everything_at_once() {
        let mut coalescer = Coalescer::default();
        assert!(coalescer.admit(news(1, 32), Instant::now()).is_some());
        assert!(coalescer.admit(news(2, 32), Instant::now()).is_some());
    }
}
