//! The evidence of a context as it is kept between calls, and what is computed once a bundle.

use super::few::Few;
use super::met::Near;
use crate::bundle::BlendSpec;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::{ItemMap, Scan};
use crate::recommend::slate::Source;
use crate::session::MAX_EVENTS;

/// Weight of the popularity part: below every difference the other parts make.
pub(in crate::recommend) const POPULARITY_WEIGHT: f32 = 1e-6;

/// All items in the order of their popularity part; equal ones, which rounding makes of close counts, by index.
pub(in crate::recommend) fn by_popularity(popularity: &[f32]) -> Vec<ItemIdx> {
    // The bits of floats from 0 up are in their order: one integer an item, the part turned round above the index.
    let key = |(p, i): (&f32, u32)| u64::from(!(POPULARITY_WEIGHT * p).to_bits()) << 32 | u64::from(i);
    let mut keys: Vec<u64> = popularity.iter().zip(0..).map(key).collect();
    keys.sort_unstable();
    keys.iter().map(|key| ItemIdx(*key as u32)).collect()
}

/// The blend's settings, as fitted at training.
#[derive(Clone, Copy, Debug)]
pub struct Blend(pub BlendSpec);

/// The evidence of a context, from which an item's score follows. Buffers are kept between calls.
#[derive(Debug, Default)]
pub struct Scores {
    /// What they are the evidence of; nothing where that is not to be relied on.
    pub(in crate::recommend) context: Vec<ContextEvent>,
    /// Base items that the table speaks for, and items of the session.
    pub(in crate::recommend) few: ItemMap<Few>,
    /// The model's answer; empty without.
    pub(in crate::recommend) answer: Vec<f32>,
    /// The largest x.
    pub(in crate::recommend) largest: f32,
    pub(in crate::recommend) scan: Scan,
    pub(in crate::recommend) near: Near,
    pub(in crate::recommend) source: Source,
    /// Items that deltas added count for nothing.
    pub(in crate::recommend) packed: bool,
}

impl Scores {
    /// The model's raw answer; empty where it was not asked, or failed.
    #[must_use]
    pub fn answer(&self) -> &[f32] {
        &self.answer
    }

    /// The best evidence that went in.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    pub(in crate::recommend) fn find(&self, item: ItemIdx) -> Option<&Few> {
        self.few.get(item)
    }
}

/// exp(−p / lambda) for every position of a context.
pub(in crate::recommend) fn decays(lambda: f32) -> Vec<f32> {
    // The page's item may stand behind the session's events.
    (0..=MAX_EVENTS).map(|p| libm::expf(-(p as f32) / lambda)).collect()
}

/// How much an item's newest events exceed what all of them let expect, over the largest excess; 0 where they do not.
pub(in crate::recommend) fn trend(recent: &[u32], counts: &[u32]) -> Vec<f32> {
    let sum = |all: &[u32]| all.iter().map(|c| f64::from(*c)).sum::<f64>();
    let share = sum(recent) / sum(counts).max(1.0);
    let mut trend: Vec<f32> = recent
        .iter()
        .zip(counts)
        .map(|(r, c)| {
            let expected = share * f64::from(*c);
            ((f64::from(*r) - expected) / libm::sqrt(expected + 1.0)).max(0.0) as f32
        })
        .collect();
    let largest = trend.iter().copied().fold(0.0, f32::max);
    if largest > 0.0 {
        trend.iter_mut().for_each(|z| *z /= largest);
    }
    trend
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_by_hand() {
        // s = 30 / 300 = 0.1; expected 20, 10, 0: z = (10 − 20)/√21 < 0, (16 − 10)/√11 = 1.809, (4 − 0)/√1 = 4.
        let trend = trend(&[10, 16, 4], &[200, 100, 0]);
        assert_eq!((trend[0], trend[2]), (0.0, 1.0));
        assert!((trend[1] - 6.0 / 11_f32.sqrt() / 4.0).abs() < 1e-6);
        assert_eq!(super::trend(&[0, 0], &[0, 0]), [0.0, 0.0]);
    }
}
