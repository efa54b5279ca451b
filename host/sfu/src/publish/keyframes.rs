//! When a publisher is asked for a keyframe.
//!
//! Rule: at most once in `INTERVAL`, whoever asks how often; a wish that comes too soon is kept, and a wish that no keyframe
//! followed is repeated.

use std::time::{Duration, Instant};

/// Chosen: a keyframe is several times the size of other frames, and one serves all who asked meanwhile.
pub(crate) const INTERVAL: Duration = Duration::from_millis(300);
/// How long a keyframe may take until it is asked for again. Chosen.
const PATIENCE: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(crate) struct Keyframes {
    wanted: Wanted,
    asked_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wanted {
    #[default]
    No,
    /// Not asked for yet.
    Yes,
    /// Asked for, and not there yet.
    Asked,
}

impl Keyframes {
    /// Somebody needs a keyframe. Nothing new if one was asked for and is on its way.
    pub(crate) fn want(&mut self) {
        if self.wanted == Wanted::No {
            self.wanted = Wanted::Yes;
        }
    }

    /// A keyframe begins.
    pub(crate) fn arrived(&mut self) {
        self.wanted = Wanted::No;
    }

    /// Whether to ask now; if so, it counts as asked.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        let pause = match self.wanted {
            Wanted::No => return false,
            Wanted::Yes => INTERVAL,
            Wanted::Asked => PATIENCE,
        };
        let due = self.asked_at.is_none_or(|at| now >= at + pause);
        if due {
            self.wanted = Wanted::Asked;
            self.asked_at = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{INTERVAL, Keyframes, PATIENCE};
    use crate::tests::epoch;

    #[test]
    fn many_wishes_are_one_question() {
        let start = epoch();
        let mut keyframes = Keyframes::default();
        let asked = (0..1000)
            .filter(|ms| {
                keyframes.want();
                let asked = keyframes.ask(start + Duration::from_millis(*ms));
                // Each question is answered at once, and then lost on its way to who wants it.
                keyframes.arrived();
                asked
            })
            .count();
        assert_eq!(asked, 4, "once in 300 ms");
    }

    #[test]
    fn a_wish_that_came_too_soon_is_kept_and_one_unheard_is_repeated() {
        let start = epoch();
        let mut keyframes = Keyframes::default();
        assert!(!keyframes.ask(start), "nobody wants one");
        keyframes.want();
        assert!(keyframes.ask(start));
        keyframes.arrived();
        keyframes.want();
        assert!(!keyframes.ask(start + INTERVAL / 2), "too soon");
        assert!(keyframes.ask(start + INTERVAL));
        keyframes.want();
        assert!(!keyframes.ask(start + 2 * INTERVAL), "it is on its way");
        assert!(keyframes.ask(start + INTERVAL + PATIENCE), "it was lost");
    }
}
