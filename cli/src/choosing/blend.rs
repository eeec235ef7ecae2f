//! How table, repeat term and item vectors are weighed, and a fast way to rank a target under given weights.
//!
//! ```text
//! T(i)     = Σ_p weight_p · e^(−p/λ) · w(s_p → i)               p = 0: the newest of the last `last` items; weight: SignalSpec
//! score(i) = table · T(i)/max T + repeat · e^(−p_i/repeat_lambda) · [i in session] + model · e^((cos(q, v_i) − max_j cos(q, v_j)) / tau)
//! ```
//! The rank of one target needs no pass over the catalog: where neither the table nor the session touches an item its
//! score rises with its cosine alone, so the sorted cosines tell by bisection how many such items lie above.

use nearhand::bundle::{BlendSpec, SignalSpec};
use nearhand::rank::ItemVectors;

use crate::choosing::answer::{Answer, cosines, largest};
use crate::choosing::quality::Quality;
use crate::choosing::split::Pair;
use crate::choosing::table::Table;

/// The fitted weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Blend {
    /// Newest items that vote in the table.
    pub(crate) last: usize,
    /// Decay of a vote with its place.
    pub(crate) lambda: f32,
    /// Weight of the table's votes: 1, or 0 to leave them out.
    pub(crate) table: f32,
    /// Bonus of items already in the session; below −(1 + model) it excludes them.
    pub(crate) repeat: f32,
    /// Decay of the bonus with the item's newest place; 0 is none.
    pub(crate) repeat_lambda: f32,
    /// Weight of the item vectors; 0 is the table alone.
    pub(crate) model: f32,
    /// Softness of the cosines.
    pub(crate) tau: f32,
}

impl Default for Blend {
    fn default() -> Self {
        Blend { last: 12, lambda: 3.0, table: 1.0, repeat: 0.0, repeat_lambda: 0.0, model: 2.0, tau: 0.2 }
    }
}

impl Blend {
    /// As the manifest holds it; `lite` are the weights fitted without the model.
    pub(crate) fn spec(&self, lite: &Self) -> BlendSpec {
        BlendSpec {
            last: self.last,
            lambda: self.lambda,
            table: self.table,
            repeat: self.repeat,
            repeat_lambda: self.repeat_lambda,
            model: self.model,
            temperature: self.tau,
            lite_repeat: lite.repeat,
            lite_repeat_lambda: lite.repeat_lambda,
        }
    }
}

/// One validation pair with its query.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The question.
    pub(crate) pair: Pair,
    answer: Answer,
    /// The newest item is never in the answer.
    without_newest: bool,
    /// The largest x, largest first.
    sorted: Vec<f32>,
    /// How much each event of the prefix says; nothing for plain sessions, where all say 1.
    weights: Vec<f32>,
    /// What a dismissed item takes from those it votes for.
    dismiss: f32,
}

impl Case {
    /// A case for the table alone.
    pub(crate) fn plain(pair: Pair, without_newest: bool) -> Case {
        let (weights, dismiss) = (Vec::new(), 0.0);
        let mut case = Case { pair, answer: Answer::None, without_newest, sorted: Vec::new(), weights, dismiss };
        case.weigh(&SignalSpec::default());
        case
    }

    /// Keeps the largest cosines of the pair's query with the items.
    pub(crate) fn new(pair: Pair, query: Vec<f32>, without_newest: bool, vectors: &ItemVectors) -> Case {
        let sorted = largest(cosines(vectors, &query));
        Case { answer: Answer::Query(query), sorted, ..Case::plain(pair, without_newest) }
    }

    /// Of any model, by its x of `all` items. Those of the pair are kept, and those that `touched` names: items that a table
    /// may speak for.
    pub(crate) fn answered(pair: Pair, without_newest: bool, all: Vec<f32>, mut touched: Vec<u32>) -> Case {
        touched.extend(pair.prefix.iter().chain(&pair.heard.dismissed).chain([&pair.next]));
        let answer = Answer::keep(&all, touched);
        Case { answer, sorted: largest(all), ..Case::plain(pair, without_newest) }
    }

    /// Divides every x: what models of any scale answer comes to that of cosines.
    pub(crate) fn divide(&mut self, by: f32) {
        self.answer.divide(by);
        self.sorted.iter_mut().for_each(|x| *x /= by);
    }

    /// Weighs the events of the prefix, as the engine does it.
    pub(crate) fn weigh(&mut self, signals: &SignalSpec) {
        self.weights = self.pair.heard.weights(signals);
        self.dismiss = signals.dismiss;
    }

    /// 1 + the other items whose score is not below the target's; beyond 20 it may be less than that, but not below 21.
    pub(crate) fn rank(&self, vectors: &ItemVectors, table: &Table, blend: &Blend, scratch: &mut Scratch) -> usize {
        scratch.clear(vectors.len());
        if blend.table > 0.0 {
            let weights = self.weights.iter().rev().copied().chain(std::iter::repeat(1.0));
            let recent = self.pair.prefix.iter().rev().copied().zip(weights).take(blend.last);
            table.votes(recent, blend.lambda, |item, vote| scratch.add(item, vote));
        }
        let most = scratch.touched.iter().map(|&i| scratch.sums[i as usize]).fold(0f32, f32::max);
        let over = if most > 0.0 { blend.table / most } else { 0.0 };
        for &item in &scratch.touched {
            scratch.sums[item as usize] *= over;
        }
        let prefix = &self.pair.prefix;
        for (at, &item) in prefix.iter().enumerate() {
            if !prefix[at + 1..].contains(&item) {
                let places = (prefix.len() - 1 - at) as f32;
                let fade = if blend.repeat_lambda > 0.0 { (-places / blend.repeat_lambda).exp() } else { 1.0 };
                scratch.add(item, blend.repeat * fade);
            }
        }
        let with_model = blend.model > 0.0;
        let top = self.sorted.first().copied().unwrap_or(0.0);
        let (next, target) = (self.pair.next as usize, self.pair.next);
        let left_out = prefix.last().copied().filter(|_| self.without_newest);
        let dismissed = &self.pair.heard.dismissed;
        if left_out == Some(target) || dismissed.contains(&target) {
            return usize::MAX;
        }
        let factors = self.factors(table);
        dismissed.iter().chain(factors.iter().map(|(item, _)| item)).for_each(|item| scratch.add(*item, 0.0));
        let competes = |item: u32| item != target && left_out != Some(item) && !dismissed.contains(&item);
        let least = self.sorted.last().copied().unwrap_or(0.0).next_down();
        let of = |item: u32| if with_model { self.answer.at(vectors, item, least) } else { 0.0 };
        let neural = |cosine: f32| if with_model { blend.model * ((cosine - top) / blend.tau).exp() } else { 0.0 };
        let total = |item: u32, cosine: f32, scratch: &Scratch| {
            let raw = scratch.sums[item as usize] + neural(cosine);
            factors.iter().filter(|(other, _)| *other == item).fold(raw, |s, (_, f)| if s >= 0.0 { s * f } else { s / f })
        };
        let own = of(target);
        let score = total(target, own, scratch);
        if !with_model {
            // Every untouched item scores 0: all of them tie, or none is above.
            let untouched = vectors.len() - scratch.touched.len() - usize::from(!scratch.is_touched[next]);
            let above = if score <= 0.0 { untouched } else { 0 };
            return 1 + above + scratch.touched.iter().filter(|i| competes(**i) && total(**i, 0.0, scratch) >= score).count();
        }
        let bound = if !scratch.is_touched[next] {
            own
        } else if score <= 0.0 {
            f32::NEG_INFINITY
        } else {
            top + blend.tau * (score / blend.model).ln()
        };
        // All above the bound; then the touched ones are taken out and put back by their true scores.
        let mut above = self.sorted.partition_point(|&c| c >= bound);
        let floor =
            if self.sorted.len() < vectors.len() { self.sorted.last().copied().unwrap_or(0.0) } else { f32::NEG_INFINITY };
        if !scratch.is_touched[next] && own >= floor {
            above -= 1;
        }
        for &item in &scratch.touched {
            let cosine = of(item);
            if cosine >= bound.max(floor) {
                above = above.saturating_sub(1);
            }
            if competes(item) && total(item, cosine, scratch) >= score {
                above += 1;
            }
        }
        above + 1
    }

    /// What the rule of dismissed items multiplies scores with (`recommend::rules`), a factor a vote.
    fn factors(&self, table: &Table) -> Vec<(u32, f32)> {
        let votes = self.pair.heard.dismissed.iter().flat_map(|item| table.row(*item));
        votes.map(|(item, weight)| (item, (1.0 - self.dismiss * weight).max(0.01))).collect()
    }
}

/// Buffers used again from pair to pair.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    sums: Vec<f32>,
    is_touched: Vec<bool>,
    touched: Vec<u32>,
}

impl Scratch {
    fn clear(&mut self, n: usize) {
        for &item in &self.touched {
            self.sums[item as usize] = 0.0;
            self.is_touched[item as usize] = false;
        }
        self.touched.clear();
        self.sums.resize(n, 0.0);
        self.is_touched.resize(n, false);
    }

    fn add(&mut self, item: u32, value: f32) {
        if !self.is_touched[item as usize] {
            self.is_touched[item as usize] = true;
            self.touched.push(item);
        }
        self.sums[item as usize] += value;
    }
}

/// The quality of a blend over cases.
pub(crate) fn measure(cases: &[Case], vectors: &ItemVectors, table: &Table, blend: &Blend) -> Quality {
    let mut scratch = Scratch::default();
    cases.iter().map(|case| case.rank(vectors, table, blend, &mut scratch)).collect()
}

#[cfg(test)]
mod tests;
