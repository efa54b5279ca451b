//! Who speaks.
//!
//! Rule: the loudest for a while, not of a moment: a cough changes nothing, and who pauses for breath stays.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::ParticipantId;

/// Speech is louder than this, in -dBov. Chosen: a quiet voice at a laptop; rooms hum at 60 to 70.
const AUDIBLE: f32 = 50.0;
/// Another must be so much louder to take the place, in dB.
const LOUDER: f32 = 3.0;
/// Who speaks does so for at least this long, and stays for as long after the last word.
const STAYS: Duration = Duration::from_millis(1200);
/// How much of a level's distance is gone after one packet of 20 ms: half within 200 ms.
const STEP: f32 = 0.07;
const SILENCE: f32 = 127.0;
/// Without packets for so long somebody is silent: a browser sends none then.
const UNHEARD: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Speakers {
    levels: BTreeMap<ParticipantId, Level>,
    current: Option<(ParticipantId, Instant)>,
}

#[derive(Debug)]
struct Level {
    /// -dBov, smoothed.
    level: f32,
    heard_at: Instant,
    audible_at: Option<Instant>,
}

impl Speakers {
    /// A packet of somebody, with its level in -dBov.
    pub(super) fn note(&mut self, now: Instant, participant: ParticipantId, level: u8) {
        let known = self.levels.entry(participant).or_insert(Level {
            level: SILENCE,
            heard_at: now,
            audible_at: None,
        });
        known.level += (f32::from(level) - known.level) * STEP;
        known.heard_at = now;
        if known.level < AUDIBLE {
            known.audible_at = Some(now);
        }
    }

    pub(super) fn forget(&mut self, participant: ParticipantId) {
        self.levels.remove(&participant);
    }

    /// Who speaks now, if that changed.
    pub(super) fn elect(&mut self, now: Instant) -> Option<Option<ParticipantId>> {
        self.levels
            .retain(|_, level| now < level.heard_at + UNHEARD);
        let is_audible = |level: &&Level| level.level < AUDIBLE;
        let loudest = self
            .levels
            .iter()
            .filter(|(_, level)| is_audible(level))
            .min_by(|a, b| a.1.level.total_cmp(&b.1.level));
        let Some((current, since)) = self.current else {
            let (participant, _) = loudest?;
            self.current = Some((*participant, now));
            return Some(Some(*participant));
        };
        let theirs = self.levels.get(&current);
        let audible_at = theirs.and_then(|level| level.audible_at).unwrap_or(since);
        let their_level = theirs.map_or(SILENCE, |level| level.level);
        let next = loudest.filter(|(_, level)| level.level + LOUDER < their_level);
        let has_stayed = now >= since + STAYS;
        match next {
            Some((participant, _)) if has_stayed && *participant != current => {
                self.current = Some((*participant, now));
                Some(Some(*participant))
            }
            None if has_stayed && now >= audible_at + STAYS => {
                self.current = None;
                Some(None)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Speakers;
    use crate::{ParticipantId, tests::epoch};

    const ADA: ParticipantId = ParticipantId(1);
    const BOB: ParticipantId = ParticipantId(2);

    /// Who is told of while both send for some seconds, by their levels at each 20 ms.
    fn told(seconds: u64, levels: impl Fn(u64) -> (u8, u8)) -> Vec<Option<ParticipantId>> {
        let start = epoch();
        let mut speakers = Speakers::default();
        let mut told = Vec::new();
        for packet in 0..seconds * 50 {
            let now = start + Duration::from_millis(packet * 20);
            let (ada, bob) = levels(packet * 20);
            speakers.note(now, ADA, ada);
            speakers.note(now, BOB, bob);
            told.extend(speakers.elect(now));
        }
        told
    }

    #[test]
    fn who_speaks_is_told_once_and_then_that_nobody_does() {
        let speech = |ms: u64| if ms < 3000 { (20, 90) } else { (90, 90) };
        assert_eq!(told(8, speech), [Some(ADA), None]);
    }

    #[test]
    fn a_cough_and_a_breath_change_nothing() {
        let speech = |ms: u64| match ms {
            2000..2060 => (20, 5),
            3000..3300 => (90, 90),
            _ => (20, 90),
        };
        assert_eq!(told(6, speech), [Some(ADA)]);
    }

    #[test]
    fn who_answers_is_told() {
        let speech = |ms: u64| if ms < 3000 { (25, 80) } else { (80, 25) };
        assert_eq!(told(6, speech), [Some(ADA), Some(BOB)]);
    }
}
