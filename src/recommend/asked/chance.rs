//! Chance without dice: buckets of an A/B test and draws of an exploration, computed from what the host passes.

use crate::value::{Decode, Faults, Value};

/// The bucket of a visitor in a test: 0 to `buckets` − 1. The same visitor is always in the same bucket of a test, and
/// buckets of different tests have nothing to do with each other.
///
/// FNV-1a 64 of `test`, a byte 0xff and `visitor`, mixed; its upper half scaled to the number of buckets.
#[must_use]
pub fn bucket(test: &str, visitor: &str, buckets: u32) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in test.bytes().chain([0xff]).chain(visitor.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (((mix(hash) >> 32) * u64::from(buckets)) >> 32) as u32
}

/// The finalizer of MurmurHash3 (Appleby): every bit of the input reaches every bit of the output.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

/// A number of [0, 1) for a seed; draws of one seed differ by `nth`.
fn unit(seed: u64, nth: u64) -> f64 {
    let spread = seed.wrapping_add(nth.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (mix(spread) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A slot that shows something else now and then, so that feedback can tell whether it would have been better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explore {
    /// The place that explores, 1 is first.
    pub place: usize,
    /// How often, 0 to 1. Default 0.1.
    pub rate: f32,
    /// Among how many: the item of the place and the ones that follow it, 2 to 100. Default 10.
    pub among: usize,
    /// Where chance comes from. The same seed draws the same.
    pub seed: u64,
}

impl Decode for Explore {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let explore = Self {
            place: of.take("place"),
            rate: of.take_or("rate", 0.1),
            among: of.take_or("among", 10),
            seed: of.take("seed"),
        };
        of.end();
        explore
    }
}

impl Explore {
    /// Which of `choices` items takes the place: 0 is the one that stands there anyway.
    #[must_use]
    pub fn draw(&self, choices: usize) -> usize {
        if unit(self.seed, 0) >= f64::from(self.rate) {
            return 0;
        }
        (unit(self.seed, 1) * choices as f64) as usize
    }

    /// The probability with which the item that stands at `at` steps after the place now stands there, when the one
    /// drawn was `drawn`. The item of the place and the drawn one exchange places:
    ///
    /// ```text
    /// at the place:     the one of the place  1 − rate + rate / choices     any other  rate / choices
    /// at steps after:   the one of the place  rate / choices                its own    1 − rate / choices
    /// ```
    #[must_use]
    pub fn propensity(&self, at: usize, drawn: usize, choices: usize) -> f32 {
        let each = self.rate / choices as f32;
        match (at, drawn) {
            (0, 0) => 1.0 - self.rate + each,
            (0, _) => each,
            (at, drawn) if at == drawn => each,
            (at, _) if at < choices => 1.0 - each,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_stable_even_and_independent() {
        assert_eq!(bucket("tea", "visitor-1", 2), bucket("tea", "visitor-1", 2));
        let mut counts = [0; 4];
        let mut both = 0;
        for i in 0..4000 {
            let visitor = format!("visitor-{i}");
            counts[bucket("tea", &visitor, 4) as usize] += 1;
            both += u32::from(bucket("tea", &visitor, 2) == bucket("coffee", &visitor, 2));
        }
        assert!(counts.iter().all(|n| (850..1150).contains(n)), "{counts:?}");
        assert!((1850..2150).contains(&both), "{both}");
    }

    #[test]
    fn draws_come_as_often_as_they_say() {
        let mut shown = [0_u32; 5];
        for seed in 0..20_000 {
            shown[Explore { place: 3, rate: 0.5, among: 5, seed }.draw(5)] += 1;
        }
        // 1 − 0.5 + 0.5 / 5 = 0.6, then 0.1 each.
        for (n, want) in shown.iter().zip([12_000.0, 2000.0, 2000.0, 2000.0, 2000.0]) {
            assert!((f64::from(*n) - want).abs() < 5.0 * f64::sqrt(want), "{shown:?}");
        }
    }

    #[test]
    fn propensities_by_hand() {
        let explore = Explore { place: 1, rate: 0.2, among: 4, seed: 0 };
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-6, "{a} {b}");
        close(explore.propensity(0, 0, 4), 0.85);
        close(explore.propensity(0, 2, 4), 0.05);
        close(explore.propensity(2, 2, 4), 0.05);
        close(explore.propensity(3, 2, 4), 0.95);
        close(explore.propensity(4, 2, 4), 1.0);
        // What may stand at the place adds up to 1.
        close(explore.propensity(0, 0, 4) + 3.0 * explore.propensity(0, 1, 4), 1.0);
    }
}
