//! How far the two slates of each moment are apart.

use super::super::noise::half;
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
    /// Whether the slates differ in nothing but what stands first of items of equal score.
    pub tied: bool,
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
                tied: one != two && ones == twos && alike((one, ones), (two, twos)),
                found: moment.next.map(|next| [one.contains(&next), two.contains(&next)]),
            });
        }
        out.half = half(moments.all.iter().map(|moment| moment.session).zip(out.all.iter().map(|pair| pair.overlap)));
        out
    }
}

/// Whether each item that is in both has one score.
fn alike((one, ones): (&[u32], &[f32]), (two, twos): (&[u32], &[f32])) -> bool {
    one.iter().zip(ones).all(|(item, score)| {
        let other = two.iter().position(|other| other == item).and_then(|at| twos.get(at));
        other.is_none_or(|other| other == score)
    })
}
