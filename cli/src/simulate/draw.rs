//! Draws that are the same on every machine: integers, products and libm alone.

use nearhand_numerics::random::Random;

/// What a stream of draws is for. Each has its own, so that one part of a simulation changes nothing of another.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Customer = 1,
    Terminal,
    Spending,
    CompromisedTerminals,
    CompromisedCustomers,
    Thief,
    Decline,
    Stranger,
    Rush,
    Testing,
}

/// A stream for one purpose, day and card (or other number).
pub(super) fn stream(seed: u64, purpose: Purpose, day: u64, number: u64) -> Draws {
    let mut at = Random::new(seed).bits();
    for part in [purpose as u64, day, number] {
        at = Random::new(at ^ part).bits();
    }
    Draws(Random::new(at))
}

/// A stream of draws.
pub(super) struct Draws(Random);

impl Draws {
    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Whether something of a probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform between two bounds.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n (0 for n = 0).
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    /// Normal (Box and Muller 1958).
    pub(super) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        mean + deviation * (radius * libm::cos(std::f64::consts::TAU * self.unit()))
    }

    /// Exponential.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Poisson, by products of uniform draws (Knuth 1969); means above 500 are cut there, below which e^-mean is no zero.
    pub(super) fn poisson(&mut self, mean: f64) -> usize {
        let (floor, mut product, mut count) = (libm::exp(-mean.min(500.0)), self.unit(), 0);
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }
}
