//! Sequence numbers of an incoming stream: extended to 64 bits, and without what is not forwarded.

use std::collections::VecDeque;

/// What is left out and remembered for packets that come late. Older ones count as before all of it.
const REMEMBERED: usize = 512;

/// A jump ahead by more than this is no loss: the sender began anew (RFC 3550 A.1, MAX_DROPOUT). A packet later than this is none of use.
const DROPOUT: u64 = 3_000;

/// Extends 16-bit numbers: each is taken as the nearest to the highest so far.
#[derive(Debug, Default)]
pub(crate) struct Extender {
    highest: Option<u64>,
}

impl Extender {
    pub(crate) fn extend(&mut self, value: u16) -> u64 {
        let Some(highest) = self.highest else {
            // One round up, so that what came before the first can be told.
            let first = 1 << 16 | u64::from(value);
            self.highest = Some(first);
            return first;
        };
        let distance = value.wrapping_sub(highest as u16) as i16;
        let extended = highest.wrapping_add_signed(distance.into());
        self.highest = Some(highest.max(extended));
        extended
    }

    pub(crate) fn highest(&self) -> Option<u64> {
        self.highest
    }
}

/// Numbers the packets that are forwarded, without holes where one was left out.
///
/// Invariant: two packets that are forwarded differ by as much as they did, less what was left out between them. A packet
/// that comes late cannot be left out any more, for its hole was forwarded already. And two in a row never differ by so much that SRTP
/// could mistake the round of 65,536 that they are in, and use a nonce twice: jumps are left out, and so is what is very late.
#[derive(Debug, Default)]
pub(crate) struct Continuity {
    highest: Option<u64>,
    /// Ascending.
    left_out: VecDeque<u64>,
    left_out_before: u64,
    /// Of older ones it is not known any more what was left out before them.
    first: u64,
}

impl Continuity {
    /// Leaves a packet out. `false` if it is too late: then it must be forwarded, to fill its hole.
    pub(crate) fn leave_out(&mut self, extended: u64) -> bool {
        if self.highest.is_some_and(|highest| extended <= highest) {
            return false;
        }
        self.skip_jump(extended);
        self.highest = Some(extended);
        self.left_out.push_back(extended);
        if self.left_out.len() > REMEMBERED {
            self.first = self.left_out.pop_front().map_or(0, |oldest| oldest + 1);
            self.left_out_before += 1;
        }
        true
    }

    /// The number of a packet that is forwarded; `None` if it was left out before, or is older than is remembered.
    pub(crate) fn number(&mut self, extended: u64) -> Option<u64> {
        self.skip_jump(extended);
        let highest = self
            .highest
            .map_or(extended, |highest| highest.max(extended));
        self.highest = Some(highest);
        if extended < self.first || extended + DROPOUT < highest {
            return None;
        }
        let later = self
            .left_out
            .iter()
            .rev()
            .take_while(|left_out| **left_out >= extended)
            .count();
        let earlier = self.left_out.len() - later;
        let was_left_out = self.left_out.get(earlier) == Some(&extended);
        if was_left_out {
            return None;
        }
        Some(extended - self.left_out_before - earlier as u64)
    }

    /// Goes on behind the highest as if nothing was missing, if this one is too far ahead.
    fn skip_jump(&mut self, extended: u64) {
        let Some(highest) = self.highest.filter(|highest| extended > highest + DROPOUT) else {
            return;
        };
        self.left_out_before += self.left_out.len() as u64 + (extended - highest - 1);
        self.left_out.clear();
        self.first = extended;
    }
}

#[cfg(test)]
mod tests {
    use super::{Continuity, DROPOUT, Extender, REMEMBERED};

    #[test]
    fn numbers_go_on_over_the_end_of_sixteen_bits() {
        let mut extender = Extender::default();
        let extended: Vec<u64> = [65_534, 65_535, 1, 0, 2, 65_535]
            .map(|value| extender.extend(value))
            .into();
        let first = extended[0];
        assert_eq!(
            extended,
            [0, 1, 3, 2, 4, 1].map(|distance| first + distance)
        );
    }

    #[test]
    fn what_is_left_out_leaves_no_hole() {
        let mut continuity = Continuity::default();
        assert_eq!(continuity.number(100), Some(100));
        assert!(continuity.leave_out(101));
        assert!(continuity.leave_out(102));
        assert_eq!(continuity.number(104), Some(102));
        assert_eq!(continuity.number(103), Some(101), "late, behind both");
        assert_eq!(continuity.number(99), Some(99), "late, before both");
        assert_eq!(continuity.number(101), None, "it was left out");
        assert!(!continuity.leave_out(98), "its hole was forwarded");
    }

    #[test]
    fn a_jump_is_left_out_and_so_is_what_came_before_it() {
        let mut continuity = Continuity::default();
        assert_eq!(continuity.number(100), Some(100));
        assert!(continuity.leave_out(101));
        assert_eq!(continuity.number(30_000), Some(101));
        assert_eq!(continuity.number(102), None, "of another beginning");
        assert_eq!(continuity.number(30_000 + DROPOUT), Some(101 + DROPOUT));
        assert_eq!(continuity.number(30_001 + DROPOUT), Some(102 + DROPOUT));
        assert_eq!(continuity.number(30_000), None, "very late");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut continuity = Continuity::default();
        let left_out = 4 * REMEMBERED as u64;
        assert_eq!(continuity.number(0), Some(0));
        for extended in 1..=left_out {
            assert!(continuity.leave_out(extended));
        }
        assert_eq!(continuity.number(left_out + 1), Some(1));
        assert_eq!(continuity.left_out.len(), REMEMBERED);
        assert_eq!(continuity.number(0), None, "nobody knows any more");
    }
}
