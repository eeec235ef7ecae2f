//! A small seeded generator: the same seed gives the same run on every machine.

use nearhand_kernels::random::SplitMix64;

/// SplitMix64, and what a run draws from it.
#[derive(Clone, Debug)]
pub struct Random(SplitMix64);

impl Random {
    /// A stream of its own for every seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// A stream of its own for every seed and number.
    #[must_use]
    pub const fn of(seed: u64, number: u64) -> Self {
        let mixed = SplitMix64::new(seed).bits() ^ number;
        Self::new(SplitMix64::new(mixed).bits())
    }

    /// What a stream goes on from, as a seed.
    #[must_use]
    pub const fn state(&self) -> u64 {
        self.0.state()
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// Uniform in [0, 1): 24 bits.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Uniform in 0..n (0 for n = 0).
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Standard normal (Box and Muller 1958).
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.unit()).cos()
    }

    /// Fisher-Yates.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            values.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn draws_are_spread_as_they_say() {
        let mut random = Random::new(7);
        let (mut sum, mut squares, mut counts) = (0.0_f64, 0.0_f64, [0_usize; 5]);
        for _ in 0..50_000 {
            let x = f64::from(random.normal());
            sum += x;
            squares += x * x;
            counts[random.below(5)] += 1;
            assert!((0.0..1.0).contains(&random.unit()));
        }
        // Five standard deviations of the mean, of the variance, of a count.
        assert!((sum / 50_000.0).abs() < 0.023 && (squares / 50_000.0 - 1.0).abs() < 0.032, "{sum} {squares}");
        assert!(counts.iter().all(|n| n.abs_diff(10_000) < 450), "{counts:?}");
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn streams_are_their_own_and_go_on() {
        let first = |mut random: Random| random.bits();
        let all: std::collections::BTreeSet<u64> =
            (0..10).flat_map(|seed| (0..10).map(move |n| first(Random::of(seed, n)))).collect();
        assert_eq!(all.len(), 100);
        let mut random = Random::new(3);
        let (mut cards, ordered): (Vec<u32>, Vec<u32>) = ((0..52).collect(), (0..52).collect());
        random.shuffle(&mut cards);
        assert_ne!(cards, ordered);
        assert_eq!(Random::new(random.state()).bits(), random.bits());
        cards.sort_unstable();
        assert_eq!(cards, ordered);
    }
}
