//! How good scores and risks are on labelled rows.

/// Figures of labelled rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Rows.
    pub rows: u64,
    /// Frauds among them.
    pub frauds: u64,
    /// Area under the ROC curve: of a fraud and another row, how often the fraud scores higher; equal scores count half. 0.5 where one
    /// of the two is not there.
    pub auc: f64,
    /// Average precision: the mean over the frauds of the precision at their score (scikit-learn's `average_precision_score`).
    pub ap: f64,
    /// Brier score: the mean squared error of the risk.
    pub brier: f64,
    /// Expected calibration error: |mean risk − share of frauds| over tenths of the rows by rising risk, weighed by their rows.
    pub ece: f64,
}

/// Measures scores (for the order) and risks (for their size).
#[must_use]
pub fn measured(scores: &[f32], risks: &[f64], frauds: &[bool]) -> Measured {
    let mut rows: Vec<(f32, f64, bool)> =
        scores.iter().zip(risks).zip(frauds).map(|((score, risk), fraud)| (*score + 0.0, *risk, *fraud)).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let all = rows.len() as f64;
    let positives = frauds.iter().filter(|fraud| **fraud).count() as f64;
    let (mut found, mut seen, mut area, mut ap) = (0.0, 0.0, 0.0, 0.0);
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let here = same.iter().filter(|(.., fraud)| *fraud).count() as f64;
        let others = same.len() as f64 - here;
        // The frauds before these score higher than their others, half of those among them.
        area += others * (found + here / 2.0);
        found += here;
        seen += same.len() as f64;
        ap += here * (found / seen);
    }
    let of = |sum: f64, count: f64, none: f64| if count > 0.0 { sum / count } else { none };
    let squares = rows.iter().map(|(_, risk, fraud)| (risk - f64::from(u8::from(*fraud))) * (risk - f64::from(u8::from(*fraud))));
    let brier = of(squares.sum(), all, 0.0);
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let size = rows.len().div_ceil(10).max(1);
    let gaps = rows.chunks(size).map(|bin| {
        let risk: f64 = bin.iter().map(|row| row.1).sum();
        let frauds = bin.iter().filter(|row| row.2).count() as f64;
        (risk - frauds).abs()
    });
    Measured {
        rows: rows.len() as u64,
        frauds: positives as u64,
        auc: of(area, positives * (all - positives), 0.5),
        ap: of(ap, positives, 0.0),
        brier,
        ece: of(gaps.sum(), all, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_by_hand() {
        // By falling score: fraud, honest, {fraud, honest}, honest. Of six pairs: the first fraud wins 3; the second wins 1 and
        // ties 1. Precision at the frauds: 1/1, 2/4.
        let scores = [0.9, 0.8, 0.5, 0.5, 0.1];
        let frauds = [true, false, true, false, false];
        let m = measured(&scores, &[1.0, 0.5, 0.5, 0.5, 0.0], &frauds);
        assert_eq!((m.rows, m.frauds), (5, 2));
        assert!((m.auc - 4.5 / 6.0).abs() < 1e-12 && (m.ap - 0.75).abs() < 1e-12);
        assert!((m.brier - 0.75 / 5.0).abs() < 1e-12);
        assert!((m.ece - (0.5 * 3.0) / 5.0).abs() < 1e-12);
        assert_eq!(measured(&[], &[], &[]).auc, 0.5);
    }
}
