//! How far the two slates of each moment are apart.

use super::ask::Asked;
use super::moments::Moments;
use nearhand_monitor::{SlatePairs, overlap_at, rank_biased_overlap};

/// As docs/monitor.md has it: the first ten places have 86 % of the weight.
const PERSISTENCE: f64 = 0.9;

/// Two slates of one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub overlap: f64,
    pub rbo: f64,
    pub top1_changed: bool,
    /// Whether either slate has the item that came next, where one is known.
    pub found: Option<[bool; 2]>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub all: Vec<Pair>,
    pub sums: SlatePairs,
    /// Half of the interval of the mean overlap, 95 %: moments of one session depend on each other, sessions do not.
    pub half: Option<f64>,
}

impl Pairs {
    pub(super) fn of(moments: &Moments, old: &Asked, new: &Asked, k: usize) -> Self {
        let mut out = Self::default();
        let wide = |scores: &[f32]| scores.iter().map(|score| f64::from(*score)).collect::<Vec<f64>>();
        for (((one, ones), (two, twos)), moment) in old.slates().zip(new.slates()).zip(&moments.all) {
            let overlap = overlap_at(one, two, k);
            out.sums.add((one, &wide(ones)), (two, &wide(twos)));
            out.all.push(Pair {
                overlap,
                rbo: rank_biased_overlap(one, two, PERSISTENCE),
                top1_changed: one.first() != two.first(),
                found: moment.next.map(|next| [one.contains(&next), two.contains(&next)]),
            });
        }
        out.half = half(moments.all.iter().map(|moment| moment.session).zip(out.all.iter().map(|pair| pair.overlap)));
        out
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
}
