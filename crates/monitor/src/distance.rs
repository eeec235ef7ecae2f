//! How far two distributions on the same bins are apart, and how far chance alone takes them at a sample's size.
//!
//! Distances tell how much; they are no alarms. Whoever compares one with a threshold after every window is sure to be alarmed
//! one day without a fault. Alarms are the matter of [`Drift`](crate::Drift).

use crate::maths::{chi_square_quantile, divergence};

/// What is added to each bin before shares are made of counts: no bin is empty, so that no distance is infinite. Of Krichevsky
/// and Trofimov (1981), half an observation.
const HALF: f64 = 0.5;

/// Shares of bins, each with half an observation more.
fn shares(counts: &[u64]) -> impl Iterator<Item = f64> {
    let total = counts.iter().map(|&count| count as f64).sum::<f64>() + HALF * counts.len() as f64;
    counts.iter().map(move |&count| (count as f64 + HALF) / total)
}

fn pairs<'a>(reference: &'a [u64], current: &'a [u64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    shares(reference).zip(shares(current))
}

/// Shares as they are; without an observation all are 0.
fn plain(counts: &[u64]) -> impl Iterator<Item = f64> {
    let total = counts.iter().map(|&count| count as f64).sum::<f64>().max(1.0);
    counts.iter().map(move |&count| count as f64 / total)
}

/// Population stability index in nats, Σ (c − r) ln(c / r), from 0 on: the sum of both Kullback–Leibler divergences (Lewis
/// 1994; Jeffreys 1946). Half an observation is added to each bin. Usual readings: below 0.1 little, above 0.25 much; but see
/// [`psi_by_chance`].
#[must_use]
pub fn psi(reference: &[u64], current: &[u64]) -> f64 {
    pairs(reference, current).map(|(r, c)| (c - r) * libm::log(c / r)).sum()
}

/// The PSI that chance exceeds with probability `p` though nothing has changed: (1/n + 1/m) times the chi-square quantile with
/// one degree less than there are bins (Yurdakul 2018). For expected counts of five or so a bin; with fewer it is a rough
/// guide.
#[must_use]
pub fn psi_by_chance(bins: usize, reference: u64, current: u64, p: f64) -> f64 {
    if reference == 0 || current == 0 || bins < 2 {
        return f64::INFINITY;
    }
    let quantile = chi_square_quantile((1.0 - p).clamp(1e-12, 1.0 - 1e-12), (bins - 1) as f64);
    quantile * (1.0 / reference as f64 + 1.0 / current as f64)
}

/// Jensen–Shannon distance with logarithms of base 2, 0 to 1: the root of the mean divergence from the mean of both (Lin 1991;
/// Endres and Schindelin 2003).
#[must_use]
pub fn jensen_shannon(reference: &[u64], current: &[u64]) -> f64 {
    let both = || plain(reference).zip(plain(current));
    let (one, two) = (divergence(both().map(|(r, c)| (r, (r + c) / 2.0))), divergence(both().map(|(r, c)| (c, (r + c) / 2.0))));
    libm::sqrt(((one + two) / 2.0 / core::f64::consts::LN_2).clamp(0.0, 1.0))
}

/// Kolmogorov–Smirnov statistic over the bins' edges, 0 to 1: the largest difference of the distribution functions. Of binned
/// values, it is at most that of the values themselves. Only for bins in an order that means something
/// ([`Bins::ordered`](crate::Bins::ordered)).
#[must_use]
pub fn kolmogorov_smirnov(reference: &[u64], current: &[u64]) -> f64 {
    let (mut sum, mut most) = (0.0, 0.0_f64);
    for (r, c) in plain(reference).zip(plain(current)) {
        sum += r - c;
        most = most.max(sum.abs());
    }
    most
}

/// Largest difference of any bin's share, 0 to 1.
#[must_use]
pub fn chebyshev(reference: &[u64], current: &[u64]) -> f64 {
    plain(reference).zip(plain(current)).map(|(r, c)| (r - c).abs()).fold(0.0, f64::max)
}

/// The bins whose shares have moved most, farthest first, with both shares; of equal moves the lower bin.
#[must_use]
pub fn moved_most(reference: &[u64], current: &[u64], most: usize) -> Vec<Moved> {
    let mut all: Vec<Moved> = plain(reference)
        .zip(plain(current))
        .enumerate()
        .map(|(bin, (reference, current))| Moved { bin, reference, current })
        .collect();
    all.sort_by(|a, b| (b.current - b.reference).abs().total_cmp(&(a.current - a.reference).abs()));
    all.truncate(most);
    all
}

/// A bin and its share then and now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Which bin.
    pub bin: usize,
    /// Its share in the reference, 0 to 1.
    pub reference: f64,
    /// Its share now.
    pub current: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(have: f64, want: f64) {
        assert!((have - want).abs() < 1e-12, "{have} {want}");
    }

    #[test]
    fn worked_examples() {
        // With half an observation more, 1/2, 1/2 against 1/4, 3/4: (1/4 − 1/2) ln(1/2) + (3/4 − 1/2) ln(3/2) = ln(3) / 4.
        let (r, c) = ([3, 3], [2, 7]);
        // (3.5, 3.5) / 7 and (2.5, 7.5) / 10.
        close(psi(&r, &c), 3_f64.ln() / 4.0);
        // Disjoint: distance 1, all of the mass has moved.
        let (r, c) = ([5, 0], [0, 9]);
        close(jensen_shannon(&r, &c), 1.0);
        close(chebyshev(&r, &c), 1.0);
        // 0.5, 0.3, 0.2 and 0.2, 0.3, 0.5: the functions differ by 0.3 after the first and after the second.
        let (r, c) = ([5, 3, 2], [2, 3, 5]);
        close(kolmogorov_smirnov(&r, &c), 0.3);
        close(chebyshev(&r, &c), 0.3);
        let moved: Vec<usize> = moved_most(&r, &c, 2).iter().map(|m| m.bin).collect();
        assert_eq!(moved, [0, 2]);
        // χ²₉ at 95 %: 16.919; (1/100 + 1/900) of it.
        close(psi_by_chance(10, 900, 100, 0.05), 16.918_977_604_620_448 * (1.0 / 100.0 + 1.0 / 900.0));
    }

    #[test]
    fn nothing_counted_and_empty_bins_are_finite() {
        let (none, some) = ([0, 0, 0], [4, 0, 1]);
        for (r, c) in [(&none, &some), (&some, &none), (&none, &none)] {
            for value in [psi(r, c), jensen_shannon(r, c), kolmogorov_smirnov(r, c), chebyshev(r, c)] {
                assert!(value.is_finite() && value >= 0.0, "{value}");
            }
        }
        assert_eq!(psi_by_chance(3, 0, 5, 0.01), f64::INFINITY);
    }

    /// A category that the reference never had: neither infinite nor lost.
    #[test]
    fn a_new_category_counts() {
        let (r, c) = ([900, 100, 0], [880, 100, 20]);
        let value = psi(&r, &c);
        assert!((0.05..0.2).contains(&value), "{value}");
    }

    /// At a sample of 50 of ten equal bins, chance alone passes the usual 0.25 one time in seven: a threshold without the size
    /// is none.
    #[test]
    fn a_small_sample_is_far_away_by_chance() {
        let mut random = nearhand_kernels::random::SplitMix64::new(1);
        let reference = [1000_u64; 10];
        let mut usual = 0;
        let mut by_chance = 0;
        for _ in 0..2000 {
            let mut current = [0_u64; 10];
            for _ in 0..50 {
                current[(random.unit() * 10.0) as usize] += 1;
            }
            let value = psi(&reference, &current);
            usual += i32::from(value > 0.25);
            by_chance += i32::from(value > psi_by_chance(10, 10_000, 50, 0.01));
        }
        assert!(usual > 200, "{usual}");
        assert!(by_chance < 60, "{by_chance}");
    }
}
