//! One bundle, and transactions judged by it.

use super::answer::{Assessment, By, Explain, Hit, Judged, Reason, Sum};
use super::parts::{Parts, Recorded};
use crate::assess::explain::{Explainer, linked, tolerance};
use crate::assess::judging::{Calibrator, Lists, Model, Rules, Transaction, by_costs, by_risk, by_score, cast, decided};
use crate::assess::manifest::{Link, Manifest, Thresholds};
use crate::assess::spec::{Costs, Deciding, Spec};
use crate::assess::words::Decision;
use crate::bundle::Limits;
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Interface, ModelLimits};

/// Assessments between two replays of a golden, which take turns: one that turns bad is seen within so many, where every golden shows it.
pub(super) const REPLAY_ASSESSMENTS: u32 = 512;

/// What recorded scores and contributions may differ by from those of this machine, relative to numbers above 1.
const GOLDEN_TOLERANCE: f64 = 1e-5;

/// The same of a probability: where frauds are rare, scores near one in a million are told apart by a thousandth of them.
fn rare(wanted: f64) -> f64 {
    (1e-3 * wanted.abs() + 1e-9).min(GOLDEN_TOLERANCE)
}

/// One bundle, and transactions judged by it. No state of transactions: windows are the features' business.
#[derive(Debug)]
pub struct Assessor {
    manifest: Manifest,
    digest: String,
    bytes: usize,
    model: Model,
    calibrator: Calibrator,
    explainer: Option<Explainer>,
    rules: Rules,
    lists: Lists,
    /// Working memory: the model's row, and contributions.
    row: Vec<f32>,
    parts: Vec<f64>,
    /// What is proved again from time to time: what was recorded, whose turn it is, and after how many assessments more.
    golden: Recorded,
    next: usize,
    left: u32,
    /// Whether the lists are those that were packed.
    lists_as_packed: bool,
    /// A golden was not answered as recorded any more: the model counts as failed.
    failed: bool,
}

impl Assessor {
    /// Opens a bundle: digest, parts, model, and the goldens replayed. `digest` is what the host expects, hex; `max_bytes` bounds the file.
    ///
    /// # Errors
    /// Any `bundle-…`, `manifest-…`, `model-…` code, `golden-mismatch`.
    pub fn open(bundle: &[u8], digest: Option<&str>, max_bytes: usize) -> Result<Self> {
        let (parts, digest) = Parts::open(bundle, digest, &Limits::within(max_bytes))?;
        let mut assessor = Self::of(parts, &ModelLimits::within(max_bytes))?;
        (assessor.digest, assessor.bytes) = (digest, bundle.len());
        for at in 0..assessor.manifest.goldens.len() {
            assessor.replay(at)?;
        }
        Ok(assessor)
    }

    /// Of parts; nothing is replayed.
    pub(in crate::assess) fn of(parts: Parts, limits: &ModelLimits) -> Result<Self> {
        let Parts { manifest, onnx, calibrator, background, golden } = parts;
        let features = manifest.spec.read_by_model().count();
        let explainer = Explainer::new(&onnx, &manifest.fitted.reasons, &background, limits)?;
        let model = Model::load(onnx, &manifest.fitted.inputs, &manifest.fitted.output, features, limits)?;
        let (rules, lists) = (Rules::new(&manifest.spec), Lists::new(&manifest.spec)?);
        let (row, parts) = (Vec::with_capacity(features), vec![0.0; features]);
        let (digest, bytes) = Default::default();
        let (next, left, lists_as_packed, failed) = (0, REPLAY_ASSESSMENTS, true, false);
        Ok(Self {
            manifest,
            digest,
            bytes,
            model,
            calibrator,
            explainer,
            rules,
            lists,
            row,
            parts,
            golden,
            next,
            left,
            lists_as_packed,
            failed,
        })
    }

    /// Judges a transaction by its features, in the order of the declaration.
    ///
    /// # Errors
    /// `schema-mismatch`, `feature-invalid`, `transaction-invalid`, `currency-unknown`. A model that fails is no error: the rules
    /// decide, else the declared fallback, and the answer says so. A golden transaction that was due again and is not answered as recorded
    /// any more is such a failure, `golden-mismatch`, from there on.
    pub fn assess(&mut self, transaction: &Transaction<'_>, features: &[f64], explain: Explain) -> Result<Assessment> {
        self.prove_again();
        self.assess_now(transaction, features, explain)
    }

    /// Whether a golden was not answered as recorded any more: the model decides nothing from there on.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.failed
    }

    /// Replays the golden whose turn it is, where one is due. What was judged last can be asked for as before.
    fn prove_again(&mut self) {
        self.left = self.left.saturating_sub(1);
        if self.left > 0 || self.failed {
            return;
        }
        self.left = REPLAY_ASSESSMENTS;
        let at = self.next;
        self.next = if at + 1 < self.manifest.goldens.len() { at + 1 } else { 0 };
        let kept = (self.row.clone(), self.parts.clone());
        self.failed = at < self.manifest.goldens.len() && self.replay(at).is_err();
        (self.row, self.parts) = kept;
    }

    fn assess_now(&mut self, transaction: &Transaction<'_>, features: &[f64], explain: Explain) -> Result<Assessment> {
        let spec = &self.manifest.spec;
        cast(spec, features, &mut self.row)?;
        transaction.check_fields(spec)?;
        let (amount, currency) = transaction.money(spec)?;
        let judged = self.judge(amount, currency)?;
        Ok(self.answer(transaction, currency, features, judged, explain))
    }

    /// Whether a transaction can be judged whatever its features are.
    ///
    /// # Errors
    /// `transaction-invalid`, `currency-unknown`.
    pub fn check(&self, transaction: &Transaction<'_>) -> Result<()> {
        let spec = &self.manifest.spec;
        transaction.check_fields(spec)?;
        let (amount, currency) = transaction.money(spec)?;
        self.charged(amount, currency).map(|_| ())
    }

    /// The answer where there are no features, for whatever reason: as if the model had failed with this code. To rules all features are missing.
    ///
    /// # Errors
    /// As [`Assessor::check`].
    pub fn assess_without(&mut self, transaction: &Transaction<'_>, failure: &'static str) -> Result<Assessment> {
        self.check(transaction)?;
        let (_, currency) = transaction.money(&self.manifest.spec)?;
        let features = vec![f64::NAN; self.manifest.spec.features.len()];
        Ok(self.answer(transaction, currency, &features, Err(failure), Explain::Never))
    }

    /// What comes of a score, or of the code that stands for none.
    fn answer(
        &mut self,
        transaction: &Transaction<'_>,
        currency: Option<usize>,
        features: &[f64],
        judged: std::result::Result<Judged, &'static str>,
        explain: Explain,
    ) -> Assessment {
        let spec = &self.manifest.spec;
        let holding = self.rules.hold(spec, &self.lists, transaction, currency, features);
        let (decision, rule) = decided(&spec.rules, &holding, judged.as_ref().map_or(spec.fallback, |judged| judged.decision));
        let by = match rule.and_then(|at| spec.rules.get(at)) {
            Some(rule) => By::Rule(rule.code.clone()),
            None if judged.is_ok() => By::Model,
            None => By::Fallback,
        };
        let hit = |at: &usize| spec.rules.get(*at).map(|r| Hit { code: r.code.clone(), text: r.text.clone(), then: r.then });
        let rules = holding.iter().filter_map(hit).collect();
        let told =
            judged.is_ok() && (explain == Explain::Always || (explain == Explain::Severe && decision != Decision::Approve));
        let (reasons, explained) = if told { self.reasons(features) } else { (Vec::new(), None) };
        let (model, failure) = match judged {
            Ok(judged) => (Some(judged), None),
            Err(code) => (None, Some(code)),
        };
        Assessment { decision, by, model, failure, rules, reasons, explained }
    }

    /// What the model says of the row; the code of its failure.
    fn judge(&mut self, amount: Option<u64>, currency: Option<usize>) -> Result<std::result::Result<Judged, &'static str>> {
        let charged = self.charged(amount, currency)?;
        if self.failed {
            return Ok(Err(Code::GoldenMismatch.as_str()));
        }
        Ok(match self.model.score(&self.row) {
            Ok(score) if score.is_finite() => Ok(self.judged(score, charged)),
            Ok(_) => Err(Code::ScoreNotFinite.as_str()),
            Err(error) => Err(error.code().as_str()),
        })
    }

    /// The amount and the costs that go with it, where costs decide.
    pub(in crate::assess) fn charged(&self, amount: Option<u64>, currency: Option<usize>) -> Result<Option<(u64, Costs)>> {
        let Spec { decide, currencies, .. } = &self.manifest.spec;
        if *decide != Deciding::Costs {
            return Ok(None);
        }
        let costs = currency.and_then(|at| currencies.get(at)).and_then(|currency| currency.costs);
        amount.zip(costs).map(Some).ok_or_else(|| {
            Error::new(Code::TransactionInvalid, "costs decide, and they depend on the amount: give it, in minor units")
        })
    }

    /// What becomes of a finite score.
    pub(in crate::assess) fn judged(&self, score: f32, charged: Option<(u64, Costs)>) -> Judged {
        let risk = self.calibrator.risk(score);
        let fitted = self.manifest.fitted.thresholds.unwrap_or(Thresholds { review: None, decline: None });
        let (decision, costs) = match (self.manifest.spec.decide, charged) {
            (_, Some((amount, costs))) => {
                let (decision, expected) = by_costs(&costs, amount, risk);
                (decision, Some(expected))
            }
            (Deciding::Thresholds { review, decline }, _) => (by_risk(review, decline, risk), None),
            _ => (by_score(&fitted, score), None),
        };
        Judged { score, risk, decision, costs }
    }

    /// What raises the score of the row that was judged last.
    fn reasons(&mut self, features: &[f64]) -> (Vec<Reason>, Option<Sum>) {
        let Some(explainer) = &mut self.explainer else { return (Vec::new(), None) };
        let base = explainer.contributions(&self.row, &mut self.parts);
        let sum = base + self.parts.iter().sum::<f64>();
        let spec = &self.manifest.spec;
        // By code, in the order of the features: the feature that adds most, and what all of them add.
        let mut codes: Vec<(usize, f64, f64)> = Vec::new();
        for (at, part) in spec.read_by_model().zip(&self.parts) {
            let code = |at: usize| spec.features.get(at).map(|feature| feature.code.as_str());
            match codes.iter_mut().find(|(first, ..)| code(*first) == code(at)) {
                Some((most, of_most, all)) => {
                    *all += part;
                    if *part > *of_most {
                        (*most, *of_most) = (at, *part);
                    }
                }
                None => codes.push((at, *part, *part)),
            }
        }
        codes.retain(|(.., all)| *all > 0.0);
        codes.sort_by(|a, b| b.2.total_cmp(&a.2));
        codes.truncate(spec.reasons.top as usize);
        let reason = |(at, _, contribution): &(usize, f64, f64)| {
            let feature = spec.features.get(*at)?;
            Some(Reason {
                code: feature.code.clone(),
                text: feature.text.clone(),
                feature: feature.name.clone(),
                at: *at,
                value: features.get(*at).copied().unwrap_or(f64::NAN),
                contribution: *contribution,
            })
        };
        (codes.iter().filter_map(reason).collect(), Some(Sum { base, sum, link: explainer.link() }))
    }

    /// Contributions of the features that the model reads to the score of the transaction that was judged last with reasons, in order.
    #[must_use]
    pub fn contributions(&self) -> &[f64] {
        &self.parts
    }

    /// How what base and contributions add up to becomes the score; `None` where the bundle has no reasons.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        self.explainer.as_ref().map(Explainer::link)
    }

    /// Puts other keys in the place of a list's: at most 1,048,576, of 1 to 256 bytes.
    ///
    /// # Errors
    /// `invalid-option`; the list is unchanged then.
    pub fn set_list(&mut self, name: &str, keys: Vec<String>) -> Result<()> {
        self.lists.set(name, keys)?;
        self.lists_as_packed = false;
        Ok(())
    }

    /// Whether a key is in a list.
    ///
    /// # Errors
    /// `invalid-option` for a list that is not declared.
    pub fn listed(&self, name: &str, key: &str) -> Result<bool> {
        self.lists.listed(name, key)
    }

    /// The manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the file, hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the file.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The graph's interface.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        self.model.graph().interface()
    }

    /// A golden's answer, and what is recorded of it: score, risk, contributions with the base behind them.
    pub(in crate::assess) fn record(&mut self, at: usize, features: &[f64]) -> Result<(Decision, f32, f64, Vec<f64>)> {
        let golden = self.manifest.goldens.get(at).cloned();
        let golden = golden.ok_or_else(|| Error::new(Code::ManifestInvalid, "no such golden"))?;
        let transaction = Transaction { amount: golden.amount, currency: golden.currency.as_deref(), fields: &[] };
        let answer = self.assess_now(&transaction, features, Explain::Always)?;
        let judged = answer.model.ok_or_else(|| mismatch(at, answer.failure.unwrap_or("the model failed")))?;
        let mut parts = Vec::new();
        if let Some(sum) = answer.explained {
            let score = f64::from(judged.score);
            let off = (linked(sum.link, sum.sum) - score).abs();
            // Twice what the finding of the method was held to.
            if off.is_nan() || off > 2.0 * tolerance(score, self.manifest.fitted.output.probability) {
                return Err(mismatch(at, "contributions do not add up to the score"));
            }
            parts.extend_from_slice(&self.parts);
            parts.push(sum.base);
        }
        Ok((answer.decision, judged.score, judged.risk, parts))
    }

    /// What a score may differ by from a recorded one.
    pub(in crate::assess) fn tolerance(&self, wanted: f64) -> f64 {
        if self.manifest.fitted.output.probability { rare(wanted) } else { GOLDEN_TOLERANCE * wanted.abs().max(1.0) }
    }

    /// Replays a golden.
    fn replay(&mut self, at: usize) -> Result<()> {
        let width = self.manifest.spec.features.len();
        let features = self.golden.rows.get(at * width..(at + 1) * width).unwrap_or_default().to_vec();
        let (decision, score, _, parts) = self.record(at, &features)?;
        let wanted = self.golden.scores.get(at).copied().unwrap_or(f32::NAN);
        if far(f64::from(score), f64::from(wanted), self.tolerance(f64::from(wanted))) {
            return Err(mismatch(at, "score"));
        }
        // Of the recorded score: steps of a calibration would make much of little.
        let risk = self.golden.risks.get(at).copied().unwrap_or(f64::NAN);
        if far(self.calibrator.risk(wanted), risk, rare(risk)) {
            return Err(mismatch(at, "risk"));
        }
        let wanted = self.golden.parts.get(at * parts.len()..(at + 1) * parts.len()).unwrap_or_default();
        if wanted.len() != parts.len() || parts.iter().zip(wanted).any(|(a, b)| far(*a, *b, GOLDEN_TOLERANCE * b.abs().max(1.0)))
        {
            return Err(mismatch(at, "contributions"));
        }
        // By other lists rules may decide otherwise.
        if self.lists_as_packed && self.manifest.goldens.get(at).is_none_or(|golden| golden.decision != decision) {
            return Err(mismatch(at, "decision"));
        }
        Ok(())
    }
}

fn far(got: f64, wanted: f64, tolerance: f64) -> bool {
    let off = (got - wanted).abs();
    // NaN is no number to be near to.
    off.is_nan() || off > tolerance
}

fn mismatch(golden: usize, why: &'static str) -> Error {
    Error::new(
        Code::GoldenMismatch,
        "the bundle's golden transactions are not answered as recorded: this build must not serve it",
    )
    .with("golden", golden)
    .with("why", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By an absolute bound of 1e-5 each of two scores of one in a million was as good as the other, or none.
    #[test]
    fn rare_scores_are_told_apart() {
        assert!(far(1.1e-6, 1e-6, rare(1e-6)) && far(0.0, 1e-6, rare(1e-6)) && !far(1.000_5e-6, 1e-6, rare(1e-6)));
        assert!(!far(0.5 + 9e-6, 0.5, rare(0.5)) && far(0.5 + 11e-6, 0.5, rare(0.5)) && far(f64::NAN, 0.5, rare(0.5)));
        assert!(tolerance(1e-6, true) < 2e-7 && tolerance(0.5, true) == 2e-5 && tolerance(-3.0, false) > 5.9e-5);
    }

    fn shipped() -> (Assessor, Vec<f64>) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/card-fraud/card-fraud.safetensors");
        let assessor = Assessor::open(&std::fs::read(path).unwrap(), None, 1 << 20).unwrap();
        let row = assessor.golden.rows[..assessor.manifest.spec.features.len()].to_vec();
        (assessor, row)
    }

    fn judged(assessor: &mut Assessor, row: &[f64], explain: Explain) -> Assessment {
        let transaction = Transaction { amount: Some(1000), currency: Some("EUR"), fields: &[] };
        assessor.assess(&transaction, row, explain).unwrap()
    }

    #[test]
    fn what_holds_is_never_doubted_and_leaves_nothing_behind() {
        let (mut assessor, row) = shipped();
        let first = judged(&mut assessor, &row, Explain::Always);
        let contributions = assessor.contributions().to_vec();
        for _ in 0..9 * REPLAY_ASSESSMENTS {
            assert_eq!(judged(&mut assessor, &row, Explain::Never).model, first.model);
        }
        assert_eq!((assessor.contributions(), assessor.has_failed(), assessor.next), (&contributions[..], false, 1));
    }

    #[test]
    fn what_has_turned_bad_decides_nothing_any_more() {
        let (mut assessor, row) = shipped();
        assessor.golden.risks[1] += 0.01;
        let served = (0..5000).take_while(|_| judged(&mut assessor, &row, Explain::Never).failure.is_none()).count();
        // The second golden's turn.
        assert_eq!(served as u32, 2 * REPLAY_ASSESSMENTS - 1);
        for _ in 0..2 {
            let answer = judged(&mut assessor, &row, Explain::Always);
            assert_eq!((answer.failure, answer.model, answer.by), (Some("golden-mismatch"), None, By::Fallback));
            assert_eq!((answer.decision, assessor.has_failed()), (assessor.manifest.spec.fallback, true));
        }
        // What is wrong with the question is still refused.
        assert!(assessor.assess(&Transaction::default(), &row[1..], Explain::Never).is_err());
    }
}
