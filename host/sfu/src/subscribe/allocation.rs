//! Which layer of each video a subscriber gets, under a limit.
//!
//! Rule: everybody is seen small before anybody is seen large; what does not fit even small is not sent, the last in order first, but
//! one always is.

use crate::Layer;

/// One video that a subscriber would like to see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Larger than this would be wasted on it.
    pub(crate) at_most: Layer,
    /// Bits per second of each layer; `None` where the source has none.
    pub(crate) bits: [Option<u64>; 3],
}

/// What each wish gets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocation {
    /// In the order of the wishes; `None`: nothing now.
    pub(crate) layers: Vec<Option<Layer>>,
    /// All of them together, in bits per second, with the first better layer that did not fit.
    pub(crate) next_step: Option<u64>,
}

/// Allots layers. The wishes come in the order of their importance; `limit` is in bits per second, and `None` is none.
pub(crate) fn allocate(wishes: &[Wish], limit: Option<u64>) -> Allocation {
    let mut allocation = Allocation {
        layers: vec![None; wishes.len()],
        next_step: None,
    };
    let mut total = 0;
    for round in Layer::ALL {
        for (wish, given) in wishes.iter().zip(&mut allocation.layers) {
            let Some(candidate) = wish.offered(round, *given) else {
                continue;
            };
            let with = total - wish.cost(*given) + wish.cost(Some(candidate));
            let is_first = total == 0;
            if limit.is_none_or(|limit| with <= limit) || is_first {
                *given = Some(candidate);
                total = with;
            } else {
                let next = allocation.next_step.get_or_insert(with);
                *next = with.min(*next);
            }
        }
    }
    allocation
}

impl Wish {
    /// What this round has for it: its smallest layer if it has none yet, else the round's if that is better.
    fn offered(&self, round: Layer, given: Option<Layer>) -> Option<Layer> {
        let exists = |layer: &Layer| self.bits[layer.index()].is_some();
        match given {
            None => Layer::ALL.into_iter().find(exists),
            Some(given) => {
                (round > given && round <= self.at_most && exists(&round)).then_some(round)
            }
        }
    }

    fn cost(&self, layer: Option<Layer>) -> u64 {
        layer
            .and_then(|layer| self.bits[layer.index()])
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Wish, allocate};
    use crate::Layer::{self, High, Low, Middle};

    const CAMERA: [Option<u64>; 3] = [Some(100), Some(400), Some(1500)];

    fn check(at_most: &[Layer], limit: Option<u64>, expected: &[Option<Layer>], next: Option<u64>) {
        let wishes: Vec<Wish> = at_most
            .iter()
            .map(|at_most| Wish {
                at_most: *at_most,
                bits: CAMERA,
            })
            .collect();
        let allocation = allocate(&wishes, limit);
        assert_eq!(allocation.layers, expected, "limit {limit:?}");
        assert_eq!(allocation.next_step, next, "limit {limit:?}");
    }

    #[test]
    fn without_a_limit_all_is_as_wished() {
        check(
            &[High, Low, Middle],
            None,
            &[Some(High), Some(Low), Some(Middle)],
            None,
        );
    }

    #[test]
    fn everybody_is_small_before_anybody_is_large() {
        check(
            &[High, High],
            Some(500),
            &[Some(Middle), Some(Low)],
            Some(800),
        );
        check(
            &[High, High],
            Some(1700),
            &[Some(Middle), Some(Middle)],
            Some(1900),
        );
        check(
            &[High, High],
            Some(1900),
            &[Some(High), Some(Middle)],
            Some(3000),
        );
    }

    #[test]
    fn what_does_not_fit_small_is_not_sent_but_one_is() {
        check(
            &[Low, Low, Low],
            Some(200),
            &[Some(Low), Some(Low), None],
            Some(300),
        );
        check(&[Low, Low], Some(10), &[Some(Low), None], Some(200));
    }

    #[test]
    fn a_source_without_layers_has_its_only_one() {
        let screen = Wish {
            at_most: Low,
            bits: [None, None, Some(900)],
        };
        assert_eq!(allocate(&[screen], Some(100)).layers, [Some(High)]);
    }
}
