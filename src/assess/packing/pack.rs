//! From an ONNX file, a declaration and scored rows with labels to a bundle: what is not declared is found, what is declared is fitted.

use super::calibrated::calibrated;
use super::capacity::thresholds;
use super::contract;
use super::costs::{Money, money};
use super::goldens::{goldens, recorded};
use super::rows::{Rows, answered_widths};
use super::table::{About, Labelled};
use crate::assess::assessing::{Assessor, Parts, Recorded};
use crate::assess::explain::found;
use crate::assess::fit::{Measured, measured};
use crate::assess::judging::{Calibrator, Model};
use crate::assess::manifest::{Explained, Fitted, Manifest, TASK};
use crate::assess::spec::{Calibration, Spec};
use crate::bundle::FORMAT;
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, ModelLimits};

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
    if let Explained::None { why } = &found.explained {
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
