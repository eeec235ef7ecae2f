//! The draw: numbers of a seed, and the token that one of them falls on.

use super::candidate::Candidate;

/// SplitMix64 (Steele, Lea, Flood 2014): the seed grows by 0x9e3779b97f4a7c15 a number and is mixed twice; the upper 53 bits are a
/// number from 0 up to 1. Whole-number arithmetic alone: the same on every machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// The next number, from 0 up to 1.
    pub(crate) fn next(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The token on which a number from 0 up to 1 falls, where each has as much room as its probability; they need not sum to 1.
pub(crate) fn draw(list: &[Candidate], at: f64) -> Option<u32> {
    let all: f64 = list.iter().map(|c| f64::from(c.probability)).sum();
    let mut left = at * all;
    for candidate in list {
        left -= f64::from(candidate.probability);
        if left < 0.0 {
            return Some(candidate.id);
        }
    }
    list.last().map(|c| c.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the reference implementation (prng.di.unimi.it/splitmix64.c) for the seed 1234567.
    #[test]
    fn numbers_are_those_of_the_reference() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.bits(), random.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn each_token_has_the_room_of_its_probability() {
        let list =
            [0.5, 0.25, 0.0, 0.125].map(|probability| Candidate { id: (probability * 8.0) as u32, logit: 0.0, probability });
        let drawn = |at| draw(&list, at);
        assert_eq!([0.0, 0.571, 0.572, 0.857, 0.858, 0.999].map(drawn), [4, 4, 2, 2, 1, 1].map(Some));
        assert_eq!(draw(&[], 0.5), None);
    }
}
