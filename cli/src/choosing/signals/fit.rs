//! The fit: signal by signal, the values that do best on the cases, taken only where that is no accident.
//!
//! A signal is asked where [`ENOUGH`] cases can tell. Of its values, the best by [`Quality::objective`] is held against its
//! default, all else equal, in a paired test: with hits H and reciprocal ranks R of all cases under the default, a case is
//! worth hit/H + 1/(rank · R), which is how the objective moves with it; cases of one session are one witness.
//!
//! ```text
//! d_s = Σ over the cases of session s of (worth under the best value − worth under the default)
//! z   = Σ d_s / √(Σ d_s²)
//! ```
//! The best value is taken where z ≥ [`SURE`], which one of a dozen useless values reaches in one log of a hundred. Dwell
//! must also do surely better than one weight for all views of measured dwell: the newest has none yet, so that such a
//! weight would but say anew how fast older events fade. Rounds are repeated until nothing changes, since signals are told
//! apart only beside each other. The kind that most events are of is the unit and keeps its default: votes count in
//! comparison alone.

use super::signal::{SIGNALS, Signal};
use crate::choosing::blend::{Blend, Case, Scratch};
use crate::choosing::quality::{Floor, Quality};
use crate::choosing::split::{Pair, thin};
use crate::choosing::table::Table;
use nearhand::EventKind;
use nearhand::bundle::SignalSpec;
use nearhand::rank::ItemVectors;
use std::collections::BTreeMap;

/// Fewer cases that could tell say nothing.
pub(super) const ENOUGH: usize = 200;
/// Standard errors that a gain must have.
pub(super) const SURE: f64 = 3.0;
/// Most cases that are asked.
const MOST: usize = 20_000;
/// Rounds after which the fit ends in any case.
const ROUNDS: usize = 4;

/// What the log says of a signal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// The kind of most events, which the others are measured by.
    Unit,
    /// Too few cases hold it.
    TooFew,
    /// No value is surely better than the default; the z of the best one.
    NoGain(f64),
    /// Another value is, with this z.
    Fitted(f64),
}

/// One signal, the number of cases that could tell, and what they say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) signal: Signal,
    pub(super) cases: usize,
    pub(super) outcome: Outcome,
}

/// Fitted weights.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    /// As the manifest holds them.
    pub(crate) signals: SignalSpec,
    /// The cases under the defaults.
    pub(super) before: Quality,
    /// Under the fitted weights.
    pub(super) after: Quality,
    pub(super) findings: Vec<Finding>,
}

/// The pairs that can tell anything of the newest `last` events, at most [`MOST`], evenly spaced.
pub(crate) fn telling(pairs: &[Pair], last: usize) -> Vec<Pair> {
    let tells = |pair: &&Pair| SIGNALS.iter().any(|signal| signal.can_tell(&pair.heard, last));
    thin(pairs.iter().filter(tells).cloned().collect(), MOST)
}

/// Fits the weights on cases whose vectors and table have not seen them, under a fitted blend.
pub(crate) fn fit(cases: &mut [Case], vectors: &ItemVectors, table: &Table, blend: &Blend) -> Fit {
    let mut search =
        Search { cases, vectors, table, blend, scratch: Scratch::default(), ranks: Vec::new(), now: SignalSpec::default() };
    search.ranks = vec![0; search.cases.len()];
    let all: Vec<usize> = (0..search.cases.len()).collect();
    search.ranks = search.ranks_with(&SignalSpec::default(), &all);
    let before = quality(&search.ranks);
    let unit = search.unit();
    let tellers = SIGNALS.map(|signal| search.tellers(signal));
    let mut findings: Vec<Finding> = Vec::new();
    for (signal, tellers) in SIGNALS.into_iter().zip(&tellers) {
        let outcome = match signal {
            Signal::Kind(kind) if Some(kind) == unit => Outcome::Unit,
            _ if tellers.len() < ENOUGH => Outcome::TooFew,
            _ => Outcome::NoGain(0.0),
        };
        findings.push(Finding { signal, cases: tellers.len(), outcome });
    }
    for _ in 0..ROUNDS {
        let at_first = search.now;
        for (finding, tellers) in findings.iter_mut().zip(&tellers) {
            if matches!(finding.outcome, Outcome::NoGain(_) | Outcome::Fitted(_)) {
                finding.outcome = search.ask(finding.signal, tellers);
            }
        }
        if search.now == at_first {
            break;
        }
    }
    let signals = search.now;
    let after = quality(&search.ranks);
    Fit { signals, before, after, findings }
}

fn quality(ranks: &[usize]) -> Quality {
    ranks.iter().copied().collect()
}

struct Search<'a> {
    cases: &'a mut [Case],
    vectors: &'a ItemVectors,
    table: &'a Table,
    blend: &'a Blend,
    scratch: Scratch,
    /// The ranks under the weights as they are now.
    ranks: Vec<usize>,
    now: SignalSpec,
}

impl Search<'_> {
    /// The kind of most events that vote; of equals the weaker one.
    fn unit(&self) -> Option<EventKind> {
        let mut counts: BTreeMap<u8, (usize, EventKind)> = BTreeMap::new();
        for visit in self.cases.iter().flat_map(|case| &case.pair.heard.visits) {
            counts.entry(visit.kind.strength()).or_insert((0, visit.kind)).0 += 1;
        }
        counts.into_values().rev().max_by_key(|(count, _)| *count).map(|(_, kind)| kind)
    }

    fn tellers(&self, signal: Signal) -> Vec<usize> {
        let tells = |(_, case): &(usize, &Case)| signal.can_tell(&case.pair.heard, self.blend.last);
        self.cases.iter().enumerate().filter(tells).map(|(at, _)| at).collect()
    }

    /// The ranks under other weights of a signal, which `tellers` can tell from those as they are.
    fn ranks_with(&mut self, signals: &SignalSpec, tellers: &[usize]) -> Vec<usize> {
        let mut ranks = self.ranks.clone();
        for &at in tellers {
            if let (Some(case), Some(rank)) = (self.cases.get_mut(at), ranks.get_mut(at)) {
                case.weigh(signals);
                *rank = case.rank(self.vectors, self.table, self.blend, &mut self.scratch);
            }
        }
        ranks
    }

    /// The best values of a signal, taken where they are surely better than the default.
    fn ask(&mut self, signal: Signal, tellers: &[usize]) -> Outcome {
        let default = signal.reset(&self.now);
        let usual = self.ranks_with(&default, tellers);
        let worth = |ranks: &[usize]| quality(ranks).objective(Floor::of(&[]));
        let mut best = (worth(&usual), default, usual.clone());
        for start in signal.starts(&self.now) {
            let ranks = self.ranks_with(&start, tellers);
            let mut here = (worth(&ranks), start, ranks);
            loop {
                let before = here.0;
                for (setting, values) in signal.walks() {
                    for &value in values {
                        let mut signals = here.1;
                        *setting(&mut signals) = value;
                        if signals == here.1 || !signals.is_sound() {
                            continue;
                        }
                        let ranks = self.ranks_with(&signals, tellers);
                        if worth(&ranks) > here.0 {
                            here = (worth(&ranks), signals, ranks);
                        }
                    }
                }
                if here.0 <= before || signal.walks().len() == 1 {
                    break;
                }
            }
            if here.0 > best.0 {
                best = here;
            }
        }
        let (_, signals, ranks) = best;
        let mut z = self.z(&usual, &ranks);
        // What a signal that tells nothing could do as well is not its doing.
        let dumb = signal.dumb(&self.now);
        if !signal.is_dumb(&signals) {
            let rivals: Vec<Vec<usize>> = dumb.iter().map(|signals| self.ranks_with(signals, tellers)).collect();
            let rival = rivals.iter().reduce(|a, b| if worth(b) > worth(a) { b } else { a });
            z = rival.map_or(z, |rival| z.min(self.z(rival, &ranks)));
        }
        let sure = signals != default && z >= SURE;
        (self.now, self.ranks) = if sure { (signals, ranks) } else { (default, usual) };
        if sure { Outcome::Fitted(z) } else { Outcome::NoGain(z) }
    }

    /// The paired test's standard errors; 0 where nothing differs.
    fn z(&self, usual: &[usize], other: &[usize]) -> f64 {
        let of = quality(usual);
        let (hits, reciprocal) = ((of.hr() * of.pairs as f64).max(1.0), (of.mrr() * of.pairs as f64).max(1.0));
        let worth = |rank: usize| {
            let one: Quality = std::iter::once(rank).collect();
            one.hr() / hits + one.mrr() / reciprocal
        };
        let mut by_session: BTreeMap<usize, f64> = BTreeMap::new();
        for ((case, usual), other) in self.cases.iter().zip(usual).zip(other) {
            *by_session.entry(case.pair.heard.session).or_default() += worth(*other) - worth(*usual);
        }
        let (sum, squares) = by_session.values().fold((0.0, 0.0), |(sum, squares), d| (sum + d, squares + d * d));
        if squares > 0.0 { sum / squares.sqrt() } else { 0.0 }
    }
}
