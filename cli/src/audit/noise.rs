//! Noise from change: whether a new bundle is farther from the old one than another that is as good, the baseline.

use super::report::Note;

/// Fewest sessions, transactions or prompts for a verdict.
const FEWEST: usize = 10;

/// By how much more changes than by the baseline, and half of the 95 % interval of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct More {
    pub mean: f64,
    /// Infinite of fewer than ten clusters: of so few it would be too narrow, and of answers that are all alike nothing.
    pub half: f64,
}

impl More {
    /// Of differences, those of one cluster one after another.
    pub(super) fn of(values: impl Iterator<Item = (usize, f64)>) -> Self {
        let all: Vec<(usize, f64)> = values.collect();
        let clusters = all.chunk_by(|a, b| a.0 == b.0).count();
        let half = half(all.iter().copied()).filter(|_| clusters >= FEWEST).unwrap_or(f64::INFINITY);
        Self { mean: all.iter().map(|(_, value)| value).sum::<f64>() / all.len().max(1) as f64, half }
    }

    /// ` ± ` and so many of a hundred, to as many decimals; nothing where that is not known.
    pub(super) fn interval(self, decimals: usize) -> String {
        if self.half.is_finite() { format!(" ± {:.decimals$}", 100.0 * self.half) } else { String::new() }
    }

    /// The verdict on what `how` says in words. What is tolerated is no change; whether something is beyond it, the interval must tell.
    pub(super) fn verdict(self, how: &str, tolerated: f64) -> Note {
        if self.mean - self.half > tolerated {
            ("beyond-usual", format!("{how}: more than one night or another seed takes"))
        } else if self.mean > tolerated || self.half.is_infinite() {
            ("unsure", format!("{how}: too few to tell whether one night or another seed takes as much"))
        } else {
            ("as-usual", format!("{how}: no more than one night or another seed takes"))
        }
    }
}

/// The measure `beyond_usual`: 0 where nothing is beyond it, and without a baseline no number, which `max` would make a zero of.
pub(super) const fn measure(more: Option<f64>) -> f64 {
    match more {
        Some(more) if more < 0.0 => 0.0,
        Some(more) => more,
        None => f64::NAN,
    }
}

/// Half of the 95 % interval of a mean over clusters that come one after another: the ratio estimator's (Cochran 1977, 2.46). None of
/// fewer than two clusters.
pub(super) fn half(values: impl Iterator<Item = (usize, f64)>) -> Option<f64> {
    let mut clusters: Vec<(usize, f64, f64)> = Vec::new();
    for (cluster, value) in values {
        match clusters.last_mut() {
            Some((last, sum, count)) if *last == cluster => (*sum, *count) = (*sum + value, *count + 1.0),
            _ => clusters.push((cluster, value, 1.0)),
        }
    }
    let n = clusters.len() as f64;
    let (sum, count) = clusters.iter().fold((0.0, 0.0), |(sum, count), (_, s, c)| (sum + s, count + c));
    if clusters.len() < 2 {
        return None;
    }
    let mean = sum / count;
    let spread: f64 = clusters.iter().map(|(_, s, c)| (s - mean * c) * (s - mean * c)).sum();
    Some(1.96 * (n / (n - 1.0) * spread).sqrt() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_by_hand() {
        // Of clusters of one it is that of a mean: values 0, 1, 1 have a variance of 1/3, so 1.96 · √(1/9).
        let of = |values: &[(usize, f64)]| half(values.iter().copied());
        assert!((of(&[(0, 0.0), (1, 1.0), (2, 1.0)]).unwrap() - 1.96 / 3.0).abs() < 1e-12);
        // The same value often in one session tells no more than once.
        let often: Vec<(usize, f64)> = [(0, 0.0), (1, 1.0), (2, 1.0)].iter().flat_map(|v| vec![*v; 9]).collect();
        assert!((of(&often).unwrap() - 1.96 / 3.0).abs() < 1e-12);
        assert_eq!((of(&[]), of(&[(4, 0.5), (4, 0.7)])), (None, None));
    }

    #[test]
    fn a_verdict_is_of_what_the_interval_leaves() {
        let of = |mean, half| More { mean, half }.verdict("so", 0.1).0;
        assert_eq!((of(0.3, 0.1), of(0.2, 0.1), of(0.1, 0.0)), ("beyond-usual", "unsure", "as-usual"));
        assert_eq!((of(-0.3, 0.1), of(-0.3, f64::INFINITY)), ("as-usual", "unsure"));
        assert!(measure(None).is_nan() && measure(Some(-0.1)) == 0.0 && measure(Some(0.2)) == 0.2);
        // Half of ten are 1: a variance of 5/18, so 1.96 · √(1/36).
        let values = |count: usize| (0..count).map(|at| (at, (at % 2) as f64));
        let more = More::of(values(10));
        assert!((more.mean - 0.5).abs() < 1e-12 && (more.half - 1.96 / 6.0).abs() < 1e-12 && more.interval(1) == " ± 32.7");
        assert!(More::of(values(9)).interval(1).is_empty() && More::of(values(0)).mean == 0.0);
    }
}
