//! A challenger beside the champion: how answers differ, and which is better.

use crate::{Js, maybe, raise};
use js_sys::Array;
use nearhand_monitor::{Decided, DecisionPairs, SlatePairs, Trial, TrialSettings, Verdict};
use nearhand_thrown::record;
use wasm_bindgen::prelude::*;

/// Pairs of answers to the same requests.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Duel {
    slates: SlatePairs,
    decisions: DecisionPairs,
    trial: Trial,
}

const DECIDED: [Decided; 3] = [Decided::Approve, Decided::Review, Decided::Decline];

#[wasm_bindgen]
impl Duel {
    /// When a challenger is believed.
    ///
    /// # Errors
    /// As [`Trial::new`].
    #[wasm_bindgen(constructor)]
    pub fn open(alpha: f64, margin: f64, least: f64, failures: f64) -> Js<Self> {
        let trial = Trial::new(TrialSettings { alpha, margin, least: least as u64, failures }).map_err(raise)?;
        Ok(Self { slates: SlatePairs::default(), decisions: DecisionPairs::default(), trial })
    }

    /// Two slates of one request: items as numbers that both share, scores, and what they took in microseconds.
    pub fn slates(&mut self, one: &[u32], ones: &[f64], two: &[u32], twos: &[f64], took: f64, took_challenger: f64) {
        self.slates.add((one, ones), (two, twos));
        self.slates.champion.add(took as u64);
        self.slates.challenger.add(took_challenger as u64);
    }

    /// Two decisions on one transaction: 0 approve, 1 review, 2 decline.
    pub fn decisions(&mut self, one: usize, two: usize, amount: f64) {
        if let (Some(one), Some(two)) = (DECIDED.get(one), DECIDED.get(two)) {
            self.decisions.add(*one, *two, amount);
        }
    }

    /// A request that the challenger was asked, and whether it failed.
    pub fn asked(&mut self, failed: bool) {
        self.trial.asked(failed);
    }

    /// Rewards of both for one request, 0 to 1.
    ///
    /// # Errors
    /// As [`Trial::pair`].
    pub fn rewards(&mut self, champion: f64, challenger: f64) -> Js<()> {
        self.trial.pair(champion, challenger).map_err(raise)
    }

    /// What is known by now.
    #[must_use]
    pub fn verdict(&self) -> String {
        let word = match self.trial.verdict() {
            Verdict::Waiting => "waiting",
            Verdict::Failing => "failing",
            Verdict::Worse => "worse",
            Verdict::Better => "better",
            Verdict::Alike => "alike",
        };
        word.to_owned()
    }

    /// All that is known, as plain objects.
    #[must_use]
    pub fn told(&self) -> JsValue {
        let (pairs, asked, failed) = self.trial.counts();
        let difference = self.trial.difference().map_or(JsValue::NULL, |bounds| {
            record(&[("mean", bounds.mean.into()), ("low", bounds.low.into()), ("high", bounds.high.into())])
        });
        let slates = &self.slates;
        let scores = slates.score_differences();
        let (decided, flipped, amount) = self.decisions.flips();
        let matrix: Array = DECIDED
            .iter()
            .map(|one| -> JsValue {
                let row: Array = DECIDED
                    .iter()
                    .map(|two| {
                        let (count, amount) = self.decisions.of(*one, *two);
                        record(&[("count", (count as f64).into()), ("amount", amount.into())])
                    })
                    .collect();
                row.into()
            })
            .collect();
        record(&[
            ("verdict", self.verdict().into()),
            ("asked", (asked as f64).into()),
            ("failed", (failed as f64).into()),
            ("rewards", record(&[("pairs", (pairs as f64).into()), ("difference", difference)])),
            (
                "slates",
                record(&[
                    ("pairs", (slates.count() as f64).into()),
                    ("overlap", maybe(slates.overlap())),
                    ("rankBiasedOverlap", maybe(slates.biased_overlap())),
                    ("firstChanged", maybe(slates.first_changed())),
                    ("same", maybe(slates.same())),
                    ("scoreDifference", maybe(scores.map(|(mean, _)| mean))),
                    ("largestScoreDifference", maybe(scores.map(|(_, most)| most))),
                    ("championP50", maybe(slates.champion.quantile(0.5))),
                    ("championP99", maybe(slates.champion.quantile(0.99))),
                    ("challengerP50", maybe(slates.challenger.quantile(0.5))),
                    ("challengerP99", maybe(slates.challenger.quantile(0.99))),
                ]),
            ),
            (
                "decisions",
                record(&[
                    ("pairs", (decided as f64).into()),
                    ("flipped", (flipped as f64).into()),
                    ("amount", amount.into()),
                    ("matrix", matrix.into()),
                ]),
            ),
        ])
    }
}
