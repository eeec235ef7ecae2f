//! The n-gram mixer: what followed the last tokens before is mixed with what the model says, by a weight that is learnt.
//!
//! Of the longest context that is known, each order by Witten and Bell (1991): of what followed c times in n, by t different tokens,
//! `p = (c + t · p′) / (n + t)`, where p′ is that of one token less, and at last the model's. The mixture is `(1 − w) · model + w · p`, with a weight
//! for each order. Most tokens followed none of these contexts: their logits only change by one number, which a softmax does
//! not see, so that a few logits are changed and no others.

use super::ngram::{Counts, ORDERS};
use crate::complete::logits::probabilities::probabilities;

/// Bounds of a weight's logit: 1 to 99 of a hundred.
const MOST: f32 = 4.6;
/// Tokens that may be changed.
const CHANGED: usize = 8 * ORDERS;

/// Counts and weights.
#[derive(Clone, Debug)]
pub(super) struct Mixer {
    counts: Counts,
    /// By order, as logits.
    weights: [f32; ORDERS],
    /// Step of the weights.
    rate: f32,
    /// Of the last context: tokens that followed it, with the share that counts alone give them.
    followed: Vec<(u32, f32)>,
    /// The model's probabilities.
    likely: Vec<f32>,
}

/// What counts say of a context: the order, and the share that is the model's.
#[derive(Clone, Copy, Debug)]
struct Said {
    order: usize,
    models: f32,
}

impl Mixer {
    /// Of counts, the weights of their orders before anything is learnt, and the step by which those are learnt.
    pub(super) fn new(counts: Counts, weights: [f32; ORDERS], rate: f32) -> Self {
        let weights = weights.map(|w| libm::logf(w / (1.0 - w)));
        Self { counts, weights, rate, followed: Vec::with_capacity(CHANGED), likely: Vec::new() }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.counts.bytes()
    }

    /// Counts a token behind its context.
    pub(super) fn add(&mut self, context: &[u32], id: u32) {
        self.counts.add(context, id);
    }

    /// Fills `followed`, shortest context first.
    fn look(&mut self, context: &[u32]) -> Option<Said> {
        self.followed.clear();
        let mut said = None;
        let mut models = 1.0;
        for order in 1..=ORDERS {
            let Some((total, followers)) = self.counts.after(context, order) else { continue };
            let new = self.followed.len();
            let mut different = 0_u16;
            for (id, count) in followers {
                different += 1;
                self.followed.push((id, f32::from(count)));
            }
            let whole = total as f32 + f32::from(different);
            let lower = f32::from(different) / whole;
            models *= lower;
            // Those of less context lose, those that were there already are one.
            let (before, now) = self.followed.split_at_mut(new);
            before.iter_mut().for_each(|(_, share)| *share *= lower);
            now.iter_mut().for_each(|(_, share)| *share /= whole);
            for (id, share) in now {
                if let Some((_, old)) = before.iter_mut().find(|(other, _)| other == id) {
                    *old += *share;
                    *share = 0.0;
                }
            }
            self.followed.retain(|(_, share)| *share > 0.0);
            said = Some(Said { order: order - 1, models });
        }
        said
    }

    fn weight(&self, order: usize) -> f32 {
        self.weights.get(order).map_or(0.0, |w| 1.0 / (1.0 + libm::expf(-w)))
    }

    /// The model's probabilities at the last context that was mixed.
    pub(super) fn likely(&self) -> &[f32] {
        &self.likely
    }

    /// Mixes into the model's logits, where anything is known of the context. Afterwards their softmax is the mixture.
    pub(super) fn mix(&mut self, context: &[u32], logits: &mut [f32]) -> bool {
        let Some(Said { order, models }) = self.look(context) else { return false };
        let w = self.weight(order);
        let sum = probabilities(logits, &mut self.likely);
        // What all other tokens are multiplied by.
        let others = 1.0 - w + w * models;
        for (id, share) in &self.followed {
            if let Some(logit) = logits.get_mut(*id as usize) {
                let model = self.likely.get(*id as usize).copied().unwrap_or(0.0);
                *logit = sum + libm::logf(model + w * share / others);
            }
        }
        true
    }

    /// Learns the weight from the token that came, by one step down the gradient of its loss; `model` is the model's probability for it.
    pub(super) fn learn(&mut self, context: &[u32], model: f32, id: u32) {
        if let Some(Said { order, models }) = self.look(context) {
            let share = self.followed.iter().find(|(other, _)| *other == id).map_or(0.0, |(_, share)| *share);
            let (w, counts) = (self.weight(order), share + models * model);
            let mixed = (1.0 - w) * model + w * counts;
            if mixed > 0.0
                && let Some(weight) = self.weights.get_mut(order)
            {
                // Bounded, as a token that neither foresaw would throw it far.
                let step = ((counts - model) * w * (1.0 - w) / mixed).clamp(-1.0, 1.0);
                *weight = (*weight + self.rate * step).clamp(-MOST, MOST);
            }
        }
        self.counts.add(context, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Mixer {
        Mixer::new(Counts::new(8, ORDERS), [0.2, 0.3, 0.4, 0.5], 0.02)
    }

    fn softmax(logits: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        probabilities(logits, &mut out);
        out
    }

    /// Four tokens that the model finds equally likely; behind token 0 came 1 twice and 2 once. Witten and Bell, n 3, t 2: token 1 has
    /// (2 + 2 · ¼) / 5 = .5, token 2 (1 + ½) / 5 = .3, the others ½ / 5 = .1. With w = ½ of the first order: .375, .275, .175, .175.
    #[test]
    fn worked_example() {
        let mut mixer = small();
        mixer.weights = [0.0; ORDERS];
        [1, 1, 2].iter().for_each(|id| mixer.add(&[0], *id));
        let mut logits = [5.0; 4];
        mixer.mix(&[3, 3, 3, 0], &mut logits);
        for (have, want) in softmax(&logits).iter().zip([0.175, 0.375, 0.275, 0.175]) {
            assert!((have - want).abs() < 1e-6, "{have} {want}");
        }
        // Where nothing is known nothing changes.
        let mut logits = [1.0, 2.0, 3.0, 4.0];
        mixer.mix(&[3], &mut logits);
        assert_eq!(logits, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn two_orders_sum_to_one() {
        let mut mixer = small();
        [1, 1, 2].iter().for_each(|id| mixer.add(&[3, 0], *id));
        mixer.add(&[2, 0], 3);
        let mut logits = [0.0, 1.0, -1.0, 0.5, 2.0];
        mixer.mix(&[3, 0], &mut logits);
        // Order 1: 1 twice, 2 and 3 once (n 4, t 3); order 2: 1 twice, 2 once (n 3, t 2).
        let model = softmax(&[0.0, 1.0, -1.0, 0.5, 2.0]);
        let one = [0.0, 2.0, 1.0, 1.0, 0.0].iter().zip(&model).map(|(c, p)| (c + 3.0 * p) / 7.0);
        let two = [0.0, 2.0, 1.0, 0.0, 0.0].iter().zip(one).map(|(c, p)| (c + 2.0 * p) / 5.0);
        let w = mixer.weight(1);
        let want: Vec<f32> = two.zip(&model).map(|(p, m)| (1.0 - w) * m + w * p).collect();
        for (have, want) in softmax(&logits).iter().zip(&want) {
            assert!((have - want).abs() < 1e-6, "{have} {want}");
        }
        assert!((want.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    /// A weight is what it is told to be, and a rate of 0 leaves it there; an order of 1 counts pairs alone.
    #[test]
    fn numbers_are_those_that_are_told() {
        let mut mixer = Mixer::new(Counts::new(8, 1), [0.25, 0.3, 0.4, 0.5], 0.0);
        assert!((mixer.weight(0) - 0.25).abs() < 1e-6);
        (0..50).for_each(|_| mixer.learn(&[7, 0], 0.125, 1));
        assert!((mixer.weight(0) - 0.25).abs() < 1e-6);
        assert_eq!(mixer.look(&[7, 0]).map(|said| said.order), Some(0));
    }

    #[test]
    fn the_weight_goes_to_who_is_right() {
        let (mut right, mut wrong) = (small(), small());
        // The model knows nothing, and always the same comes.
        (0..200).for_each(|_| right.learn(&[0], 0.125, 1));
        // The model knows it, and the counts mislead: each time another.
        (0..200).for_each(|at| wrong.learn(&[0], 0.9, at % 7));
        assert!(right.weight(0) > 0.3 && wrong.weight(0) < 0.15, "{} {}", right.weight(0), wrong.weight(0));
    }
}
