//! From an ONNX file, a declaration and scored rows with labels to a bundle: what is not declared is found, what is declared is fitted.

use super::assessor::Assessor;
use super::calibrate::{Calibrator, log_odds};
use super::capacity::thresholds;
use super::contract;
use super::decision::Decision;
use super::explain::found;
use super::fit::{Measured, isotonic, measured, platt};
use super::fitted::{Curve, Fitted, Output};
use super::manifest::{Golden, MAX_POINTS, Manifest, TASK};
use super::model::Model;
use super::money::MILLION;
use super::parts::{Parts, Recorded};
use super::row::cast;
use super::spec::{Calibration, Costs, Missing, Of, Spec};
use super::transaction::Transaction;
use crate::bundle::FORMAT;
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

/// Rows that a calibration is fitted to, and that reasons take their expectations from. The model must not have learnt from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Labelled<'a> {
    /// Features in the order of the declaration, row by row.
    pub rows: &'a [f64],
    /// Whether each was a fraud.
    pub frauds: &'a [bool],
    /// Amounts, minor units, one a row; empty where there are none at all.
    pub amounts: &'a [Option<i64>],
    /// Codes of their currencies, one a row; empty where there are none at all.
    pub currencies: &'a [Option<String>],
    /// Days that the rows are of, for a capacity.
    pub days: Option<u64>,
}

/// What a bundle says of itself beside what is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Short name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Day, `YYYY-MM-DD`.
    pub created_at: String,
    /// SPDX expression or name of the licence.
    pub licence: String,
    /// Who must be named.
    pub attribution: String,
    /// Model card, Markdown.
    pub card: String,
}

/// A bundle, and what came out on the rows that it was fitted to.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The file.
    pub bytes: Vec<u8>,
    /// The score of each row, as the bundle will answer it.
    pub scores: Vec<f32>,
    /// Order and calibration.
    pub measured: Measured,
    /// The same of the score itself, where it is a probability: what calibration gained.
    pub uncalibrated: Option<Measured>,
    /// How many are approved, reviewed, declined by the model.
    pub decisions: [u64; 3],
    /// Money, where costs decide.
    pub money: Option<Money>,
    /// What somebody should look at.
    pub notes: Vec<String>,
}

/// What decisions cost on labelled rows, minor units of the one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// By the bundle's decisions; a review costs its price, and of a fraud what it does not catch.
    pub decided: u64,
    /// If all are approved.
    pub approved: u64,
    /// If one risk for all amounts parts approved and declined, the best one on these very rows.
    pub fixed: u64,
}

/// Rows that are scored at once.
const BATCH: usize = 1_000;
/// Background rows at most.
const BACKGROUND: usize = 8_192;
/// Rows in which features are tried as missing, at most.
const TRIED: usize = 32;
/// Goldens of a bundle.
const GOLDENS: usize = 8;
/// Rows and frauds below which a calibration is a guess.
const FEW: u64 = 50;

/// Packs a bundle, and opens it once.
///
/// # Errors
/// `manifest-invalid`, `model-…`, `schema-mismatch`, `feature-invalid`, `transaction-invalid`, `currency-unknown`, `score-not-finite`;
/// `data-invalid` for rows that nothing can be fitted to.
pub fn pack(onnx: &[u8], spec: &Spec, table: &Labelled<'_>, about: &About) -> Result<Packed> {
    spec.check()?;
    let limits = ModelLimits::none();
    let rows = Rows::cast(spec, table)?;
    let mut graph = Graph::load(onnx, &limits)?;
    // As it is run: maps are columns.
    let interface = graph.interface().clone();
    let inputs = contract::inputs(&interface, spec)?;
    let first = rows.model.get(..rows.width).unwrap_or_default();
    let answered = answered_widths(&mut graph, inputs.names.len(), &inputs.dtype, first)?;
    let width = |name: &str| answered.iter().find(|(own, _)| own == name).map(|(_, width)| *width);
    let mut output = contract::output(onnx, &interface, spec, &width)?;
    let mut model = Model::load(onnx.to_vec(), &inputs, &output, rows.width, &limits)?;
    let scores = rows.scores(&mut model)?;
    rows.answer_missing(spec, &mut model)?;
    output.probability = scores.iter().all(|score| (0.0..=1.0).contains(score));
    let mut notes = Vec::new();
    let (calibration, calibrator) = calibrated(spec, &output, &scores, table.frauds)?;
    let thresholds = thresholds(spec, &scores, table.days, &mut notes)?;
    let (sample, sampled) = rows.sample(&scores);
    let found = found(onnx, spec.reasons.method, &inputs, (&sample, rows.width), &sampled, &limits)?;
    if let super::fitted::Explained::None { why } = &found.explained {
        notes.push(format!("no reasons: {why}"));
    }
    let risks: Vec<f64> = scores.iter().map(|score| calibrator.risk(*score)).collect();
    let measures = measured(&scores, &risks, table.frauds);
    let raw: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
    let uncalibrated = (output.probability && calibrator != Calibrator::None).then(|| measured(&scores, &raw, table.frauds));
    if measures.frauds > 0 && measures.auc < 0.5 {
        if measures.frauds >= FEW && measures.auc < 0.4 {
            return Err(Error::new(
                Code::ModelMismatch,
                "the score falls where the risk rises: is another column or class the fraud?",
            )
            .with("auc", measures.auc)
            .with("output", &output.name)
            .with("column", output.column));
        }
        notes.push(format!("the score says less than a coin: auc {:.3}", measures.auc));
    }
    if spec.calibration != Calibration::None && measures.frauds.min(measures.rows - measures.frauds) < FEW {
        notes.push(format!("the calibration rests on {} frauds of {} rows: that is few", measures.frauds, measures.rows));
    }
    let fitted = Fitted { inputs, output, calibration, thresholds, reasons: found.explained };
    let metrics = [
        ("rows", measures.rows as f64),
        ("frauds", measures.frauds as f64),
        ("auc", measures.auc),
        ("ap", measures.ap),
        ("brier", measures.brier),
        ("ece", measures.ece),
    ];
    let manifest = Manifest {
        sha256: String::new(),
        format: FORMAT,
        task: TASK.to_owned(),
        name: about.name.clone(),
        version: about.version.clone(),
        created_at: about.created_at.clone(),
        spec: spec.clone(),
        fitted,
        goldens: Vec::new(),
        metrics: metrics.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        licence: about.licence.clone(),
        attribution: about.attribution.clone(),
        card: about.card.clone(),
    };
    let parts = Parts { manifest, onnx: onnx.to_vec(), calibrator, background: found.background, golden: Recorded::default() };
    let judge = Assessor::of(parts.clone(), &limits)?;
    let charged = rows.charged(&judge, table)?;
    let mut decisions = [0_u64; 3];
    for (score, charged) in scores.iter().zip(&charged) {
        let decision = judge.judged(*score, *charged).decision;
        decisions.get_mut(decision as usize).into_iter().for_each(|count| *count += 1);
    }
    let money = (spec.currencies.len() == 1).then(|| money(&judge, &scores, &charged, table.frauds)).flatten();
    let chosen = goldens(&judge, &scores, &charged);
    if chosen.is_empty() {
        return Err(Error::new(Code::DataInvalid, "no row has a decision that the last digits of its score do not turn"));
    }
    let bytes = recorded(parts, &chosen, table, &limits)?;
    Assessor::open(&bytes, None, usize::MAX)?;
    Ok(Packed { bytes, scores, measured: measures, uncalibrated, decisions, money, notes })
}

/// The rows as the model reads them.
struct Rows {
    model: Vec<f32>,
    width: usize,
    count: usize,
}

impl Rows {
    fn cast(spec: &Spec, table: &Labelled<'_>) -> Result<Self> {
        let (width, count) = (spec.features.len(), table.frauds.len());
        let fits = |len: usize| len == 0 || len == count;
        if count == 0 || width.checked_mul(count) != Some(table.rows.len()) {
            return Err(Error::new(Code::DataInvalid, "rows and labels disagree, or there are none").with("labels", count));
        }
        if !fits(table.amounts.len()) || !fits(table.currencies.len()) {
            return Err(Error::new(Code::DataInvalid, "amounts or currencies are not one a row").with("rows", count));
        }
        let mut out = Self { model: Vec::new(), width: spec.read_by_model().count(), count };
        let mut row = Vec::new();
        for (at, features) in table.rows.chunks_exact(width).enumerate() {
            cast(spec, features, &mut row).map_err(|error| error.with("row", at + 1))?;
            out.model.extend_from_slice(&row);
        }
        Ok(out)
    }

    fn scores(&self, model: &mut Model) -> Result<Vec<f32>> {
        let scores = self.answered(model, &self.model)?;
        match scores.iter().position(|score| !score.is_finite()) {
            Some(at) => {
                let why = "the model answers NaN or infinity to a row: where features are missing, let a value stand for them (\"fill\")";
                Err(Error::new(Code::ScoreNotFinite, why).with("row", at + 1))
            }
            None => Ok(scores),
        }
    }

    /// What the model answers to rows, finite or not.
    fn answered(&self, model: &mut Model, rows: &[f32]) -> Result<Vec<f32>> {
        let mut scores = Vec::with_capacity(self.count);
        for rows in rows.chunks(BATCH * self.width) {
            match model.scores(rows) {
                Ok(batch) => scores.extend(batch),
                // A graph of one row.
                Err(_) => {
                    for row in rows.chunks_exact(self.width) {
                        scores.push(model.score(row)?);
                    }
                }
            }
        }
        Ok(scores)
    }

    /// Refuses `"missing": "model"` of a model that then answers NaN or infinity: each such feature alone, and all at once, in rows from end
    /// to end.
    fn answer_missing(&self, spec: &Spec, model: &mut Model) -> Result<()> {
        let read = spec.read_by_model().filter_map(|at| spec.features.get(at)).enumerate();
        let left: Vec<(usize, &str)> = read
            .filter(|(_, feature)| feature.missing == Missing::Model)
            .map(|(at, feature)| (at, feature.name.as_str()))
            .collect();
        let step = self.count.div_ceil(TRIED).max(1);
        let rows: Vec<f32> = self.model.chunks_exact(self.width).step_by(step).flatten().copied().collect();
        for tried in left.chunks(1).chain((left.len() > 1).then_some(left.as_slice())) {
            let mut without = rows.clone();
            let values = without.chunks_exact_mut(self.width).flat_map(|row| row.iter_mut().enumerate());
            values.filter(|(at, _)| tried.iter().any(|(own, _)| own == at)).for_each(|(_, value)| *value = f32::NAN);
            let scores = self.answered(model, &without)?;
            if let Some(at) = scores.iter().position(|score| !score.is_finite()) {
                let why = "the model answers NaN or infinity where a feature is missing that is left to it: let a value stand for it \
                    (\"fill\"), or refuse it";
                let features = tried.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(" ");
                return Err(Error::new(Code::ScoreNotFinite, why).with("features", features).with("row", at * step + 1));
            }
        }
        Ok(())
    }

    /// Rows from end to end, and their scores.
    fn sample(&self, scores: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let step = self.count.div_ceil(BACKGROUND).max(1);
        let rows = self.model.chunks_exact(self.width).step_by(step).flatten().copied().collect();
        (rows, scores.iter().step_by(step).copied().collect())
    }

    /// What each row costs, where costs decide; amounts and currencies are checked in any case.
    fn charged(&self, judge: &Assessor, table: &Labelled<'_>) -> Result<Vec<Option<(u64, Costs)>>> {
        (0..self.count)
            .map(|at| {
                let currency = table.currencies.get(at).and_then(Option::as_deref);
                let transaction = Transaction { amount: table.amounts.get(at).copied().flatten(), currency, fields: &[] };
                let (amount, currency) = transaction.money(&judge.manifest().spec).map_err(|error| error.with("row", at + 1))?;
                judge.charged(amount, currency).map_err(|error| error.with("row", at + 1))
            })
            .collect()
    }
}

/// Columns of each float output, as a run of one row has them.
fn answered_widths(graph: &mut Graph, inputs: usize, dtype: &str, row: &[f32]) -> Result<Vec<(String, usize)>> {
    let values = |row: &[f32]| match dtype {
        "f64" => Values::F64(row.iter().copied().map(f64::from).collect()),
        _ => Values::F32(row.to_vec()),
    };
    let tensors = if inputs == 1 {
        vec![Tensor { shape: vec![1, row.len()], values: values(row) }]
    } else {
        row.chunks(1).map(|one| Tensor { shape: vec![1, 1], values: values(one) }).collect()
    };
    let answers = graph.run(tensors)?;
    let names = graph.interface().outputs.iter().map(|port| port.name.clone());
    Ok(names.zip(answers.iter().map(|tensor| tensor.values.len())).collect())
}

fn calibrated(spec: &Spec, output: &Output, scores: &[f32], frauds: &[bool]) -> Result<(Curve, Calibrator)> {
    let made = match spec.calibration {
        Calibration::None if output.probability => (Curve::None, Calibrator::None),
        Calibration::None => {
            return Err(Error::new(
                Code::ModelMismatch,
                "the model's score is no probability: declare a calibration, isotonic or platt",
            )
            .with("output", &output.name));
        }
        Calibration::Isotonic { between } => {
            let (x, y) = isotonic(scores, frauds);
            if x.len() > MAX_POINTS {
                return Err(Error::new(Code::DataInvalid, "the isotonic calibration has more levels than a bundle may")
                    .with("points", x.len())
                    .with("limit", MAX_POINTS));
            }
            (Curve::Isotonic { points: x.len(), between }, Calibrator::Isotonic { x, y, between })
        }
        Calibration::Platt { of } => {
            if of == Of::LogOdds && !output.probability {
                return Err(Error::new(
                    Code::ModelMismatch,
                    "a score that is no probability has no log-odds: platt of \"score\"",
                ));
            }
            let f: Vec<f64> =
                scores.iter().map(|s| f64::from(*s)).map(|s| if of == Of::LogOdds { log_odds(s) } else { s }).collect();
            let (a, b) = platt(&f, frauds);
            (Curve::Platt { of }, Calibrator::Platt { a, b, of })
        }
    };
    Ok((made.0, made.1.check()?))
}

/// Places of rows over all scores whose decision stays when the score moves by ten times what goldens may be off by.
fn goldens(judge: &Assessor, scores: &[f32], charged: &[Option<(u64, Costs)>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores.get(*a).copied().unwrap_or(0.0).total_cmp(&scores.get(*b).copied().unwrap_or(0.0)));
    let stays = |at: usize| {
        let (Some(score), Some(charged)) = (scores.get(at).copied(), charged.get(at).copied()) else { return false };
        let by = (10.0 * judge.tolerance(f64::from(score))) as f32;
        let decision = |score: f32| judge.judged(score, charged).decision;
        decision(score - by) == decision(score + by)
    };
    let mut chosen: Vec<usize> = Vec::new();
    for nth in 0..GOLDENS {
        let from = nth * order.len() / GOLDENS;
        let until = ((nth + 1) * order.len() / GOLDENS).max(from);
        // The last of the highest slice is the highest score of all.
        let found = order.get(from..until).unwrap_or_default().iter().rev().copied().find(|at| stays(*at));
        chosen.extend(found);
    }
    chosen
}

/// The bundle with its goldens.
fn recorded(mut parts: Parts, chosen: &[usize], table: &Labelled<'_>, limits: &ModelLimits) -> Result<Vec<u8>> {
    let width = parts.manifest.spec.features.len();
    let golden = |at: &usize| Golden {
        amount: table.amounts.get(*at).copied().flatten(),
        currency: table.currencies.get(*at).cloned().flatten(),
        decision: Decision::Approve,
    };
    parts.manifest.goldens = chosen.iter().map(golden).collect();
    let mut assessor = Assessor::of(parts.clone(), limits)?;
    for (nth, at) in chosen.iter().enumerate() {
        let features = table.rows.get(at * width..(at + 1) * width).unwrap_or_default();
        let (decision, score, risk, contributions) = assessor.record(nth, features)?;
        parts.golden.rows.extend_from_slice(features);
        parts.golden.scores.push(score);
        parts.golden.risks.push(risk);
        parts.golden.parts.extend(contributions);
        parts.manifest.goldens.get_mut(nth).into_iter().for_each(|golden| golden.decision = decision);
    }
    parts.write()
}

/// What decisions cost on these rows.
fn money(judge: &Assessor, scores: &[f32], charged: &[Option<(u64, Costs)>], frauds: &[bool]) -> Option<Money> {
    let of = |share: u64, fixed: u64, amount: u64| {
        (u128::from(share) * u128::from(amount) + u128::from(fixed) * u128::from(MILLION)) / u128::from(MILLION)
    };
    let (mut decided, mut approved) = (0_u128, 0_u128);
    let mut rows: Vec<(f64, u128, u128)> = Vec::with_capacity(scores.len());
    for ((score, charged), fraud) in scores.iter().zip(charged).zip(frauds) {
        let (amount, costs) = (*charged)?;
        let judged = judge.judged(*score, Some((amount, costs)));
        let loss = if *fraud { of(costs.missed_share.millionths(), costs.missed_fee, amount) } else { 0 };
        let lost_sale = if *fraud { 0 } else { of(costs.margin.millionths(), costs.goodwill, amount) };
        approved += loss;
        decided += match judged.decision {
            Decision::Approve => loss,
            Decision::Review => {
                u128::from(costs.review.unwrap_or(0))
                    + loss * u128::from(MILLION.saturating_sub(costs.caught.millionths())) / u128::from(MILLION)
            }
            Decision::Decline => lost_sale,
        };
        rows.push((judged.risk, loss, lost_sale));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut cost, mut fixed) = (approved, approved);
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        for (_, loss, lost_sale) in same {
            cost = cost + lost_sale - loss;
        }
        fixed = fixed.min(cost);
    }
    let fits = |cost: u128| u64::try_from(cost).unwrap_or(u64::MAX);
    Some(Money { decided: fits(decided), approved: fits(approved), fixed: fits(fixed) })
}
