//! Who does not belong to a group any more, for those to whom that matters at once.

use tokio::sync::broadcast;

use super::Chat;
use crate::model::{Member, MemberState, RoomId, UserId};

/// Departures that wait for a listener; who falls behind further is told so, and looks for themselves. Chosen, not standard.
const QUEUE: usize = 1_024;

/// The end of somebody's membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// They left, or were taken out.
    Of(RoomId, UserId),
    /// Somebody may have.
    Unknown,
}

/// Tells it.
#[derive(Clone, Debug)]
pub(super) struct Departures(broadcast::Sender<Departure>);

impl Default for Departures {
    fn default() -> Self {
        Self(broadcast::Sender::new(QUEUE))
    }
}

impl Departures {
    /// Tells which of the changes ended a membership.
    pub(super) fn note(&self, changes: &[Member]) {
        for it in changes.iter().filter(|it| it.state == MemberState::Left) {
            self.tell(Departure::Of(it.room_id, it.user_id));
        }
    }

    /// Something may have been committed that was not told.
    pub(super) fn note_unknown(&self) {
        self.tell(Departure::Unknown);
    }

    fn tell(&self, departure: Departure) {
        // Nobody may be listening.
        let _ = self.0.send(departure);
    }
}

impl Chat {
    /// Who leaves a group, or is taken out, from now on.
    #[must_use]
    pub fn departures(&self) -> broadcast::Receiver<Departure> {
        self.departures.0.subscribe()
    }
}
