//! Chance of a seed. It is not hot, but the one thing that a sampler on the page, trainers and tests share: below them all is here.

/// SplitMix64 (Steele, Lea, Flood 2014): the seed grows by 0x9e3779b97f4a7c15 a number and is mixed twice. Whole-number arithmetic alone:
/// the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Begins at a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// What it goes on from, as a seed.
    #[must_use]
    pub const fn state(&self) -> u64 {
        self.0
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// The next number, from 0 up to 1: the upper 53 bits.
    pub const fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::SplitMix64;

    /// The first numbers of the reference implementation (prng.di.unimi.it/splitmix64.c) for the seed 1234567.
    #[test]
    fn numbers_are_those_of_the_reference() {
        let mut random = SplitMix64::new(1_234_567);
        assert_eq!([random.bits(), random.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
        let mut again = SplitMix64::new(1_234_567);
        assert_eq!(again.unit(), 0.350_079_542_021_408_1);
        // Its state is a seed that goes on.
        assert_eq!(SplitMix64::new(again.state()).bits(), 3_203_168_211_198_807_973);
    }
}
