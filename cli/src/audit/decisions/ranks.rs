//! Whether two models put the transactions in the same order, whatever the scale of their scores.

use super::super::report::Note;
use super::judge::{Judged, Row};
use crate::page::few;

/// Fewest transactions for a verdict.
const FEWEST: usize = 30;
/// A correlation below which the order is told to be the other way round.
const REVERSED: f64 = -0.3;

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |at: &usize| values.get(*at).copied().unwrap_or(0.0);
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut out = vec![0.0; values.len()];
    let mut before = 0.0;
    for same in order.chunk_by(|a, b| value(a) == value(b)) {
        let rank = before + (same.len() as f64 + 1.0) / 2.0;
        before += same.len() as f64;
        same.iter().for_each(|at| out.get_mut(*at).into_iter().for_each(|place| *place = rank));
    }
    out
}

/// Spearman's correlation of ranks, −1 to 1, with ties (Pearson's of mid-ranks); none where either side has one value alone.
fn spearman(one: &[f64], two: &[f64]) -> Option<f64> {
    let (one, two) = (ranks(one), ranks(two));
    let middle = (one.len() as f64 + 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    let spread = sum(&one, &one) * sum(&two, &two);
    (spread > 0.0).then(|| sum(&one, &two) / spread.sqrt())
}

impl Judged {
    /// Spearman's correlation of the two scores, over the transactions for which neither model fails.
    pub(super) fn rank_correlation(&self) -> Option<f64> {
        let scores = |row: &Row| Some((f64::from(row.old.model?.score) + 0.0, f64::from(row.new.model?.score) + 0.0));
        let (one, two): (Vec<f64>, Vec<f64>) = self.rows.iter().filter_map(scores).unzip();
        spearman(&one, &two)
    }

    /// What a table without labels tells of a new model: one that ranks the other way round, and one that tells nothing apart.
    pub(super) fn order(&self) -> Vec<Note> {
        let risks = |of: &dyn Fn(&Row) -> Option<f64>| {
            let mut all: Vec<f64> = self.rows.iter().filter_map(of).collect();
            all.sort_by(f64::total_cmp);
            let many = all.len();
            all.dedup();
            (many, all)
        };
        let (_, old) = risks(&|row| Some(row.old.model?.risk));
        let (many, new) = risks(&|row| Some(row.new.model?.risk));
        let mut out = Vec::new();
        if let ([risk], true) = (&new[..], many >= FEWEST && old.len() > 1) {
            let what = format!(
                "the new model's risk is {} for each of {many} transactions, where the old one has {} risks: is it fed, and is its curve of it?",
                few(*risk),
                old.len()
            );
            out.push(("same-for-all", what));
        }
        if let Some(rho) = self.rank_correlation().filter(|rho| *rho < REVERSED && self.rows.len() >= FEWEST) {
            let what = format!(
                "what scored high scores low now: the correlation of ranks is {rho:.2}. Is it the other class's probability, or another order of features?"
            );
            out.push(("reversed", what));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_by_hand() {
        assert_eq!(ranks(&[0.5, 0.1, 0.5, 0.9]), [2.5, 1.0, 2.5, 4.0]);
        // d = (0, 1, 1, 0, 0): 1 − 6·2 / (5·24).
        let rho = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 3.0, 2.0, 4.0, 5.0]).unwrap();
        assert!((rho - 0.9).abs() < 1e-12, "{rho}");
        assert!((spearman(&[1.0, 2.0, 9.0], &[3.0, 2.0, -1.0]).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!((spearman(&[1.0, 1.0], &[1.0, 2.0]), spearman(&[], &[])), (None, None));
    }
}
