//! The rows that packing is given, as the model reads them.

use super::table::Labelled;
use crate::assess::assessing::Assessor;
use crate::assess::judging::{Model, Transaction, cast};
use crate::assess::spec::{Costs, Missing, Spec};
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, Tensor, Values};

/// Rows that are scored at once.
const BATCH: usize = 1_000;
/// Background rows at most.
const BACKGROUND: usize = 8_192;
/// Rows in which features are tried as missing, at most.
const TRIED: usize = 32;

/// The rows as the model reads them.
pub(super) struct Rows {
    pub(super) model: Vec<f32>,
    pub(super) width: usize,
    count: usize,
}

impl Rows {
    pub(super) fn cast(spec: &Spec, table: &Labelled<'_>) -> Result<Self> {
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

    pub(super) fn scores(&self, model: &mut Model) -> Result<Vec<f32>> {
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
    pub(super) fn answer_missing(&self, spec: &Spec, model: &mut Model) -> Result<()> {
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
    pub(super) fn sample(&self, scores: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let step = self.count.div_ceil(BACKGROUND).max(1);
        let rows = self.model.chunks_exact(self.width).step_by(step).flatten().copied().collect();
        (rows, scores.iter().step_by(step).copied().collect())
    }

    /// What each row costs, where costs decide; amounts and currencies are checked in any case.
    pub(super) fn charged(&self, judge: &Assessor, table: &Labelled<'_>) -> Result<Vec<Option<(u64, Costs)>>> {
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
pub(super) fn answered_widths(graph: &mut Graph, inputs: usize, dtype: &str, row: &[f32]) -> Result<Vec<(String, usize)>> {
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
