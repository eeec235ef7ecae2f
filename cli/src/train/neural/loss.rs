//! Softmax cross-entropy of queries against many candidates, with its gradients in the same pass.
//!
//! For the query `q` of a row, its target's vector `v` and the candidates `c_k`, at temperature τ
//! ```text
//! s = q·v/τ    z_k = q·c_k/τ + o_k    loss = log( e^s + Σ_{k not skipped} e^{z_k} ) − s
//! ```
//! where `o_k` is 0 for a full softmax and `−log P(k is sampled)` for sampled candidates (the logQ correction; Bengio and
//! Senécal 2008, Yi et al. 2019), and the skipped candidates are the target itself and items that are no negatives.
//! The batch's loss is the weighted sum. With p = softmax, ∂loss/∂q = (Σ p_k c_k + (p_s − 1) v)/τ, ∂loss/∂c_k = p_k q/τ and
//! ∂loss/∂v = (p_s − 1) q/τ are made a hundred rows at a time, so that rows × candidates stays in the cache.

use crate::math::{Matrix, add_scaled, dot, exp, product, total, vectorised};

/// What the loss needs to know beside queries and vectors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    /// Weight of each row.
    pub(crate) weights: Vec<f32>,
    /// The target of each row, as a row of the vectors.
    pub(crate) targets: Vec<u32>,
    /// Candidates skipped by each row.
    pub(crate) skip: Vec<Vec<u32>>,
}

/// The candidates: the first rows of the vectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Negatives<'a> {
    /// `o_k`, one a candidate.
    pub(crate) offsets: &'a [f32],
    /// τ.
    pub(crate) temperature: f32,
}

/// Rows worked on at a time.
const BLOCK: usize = 128;

/// Weighted sum of the cross-entropies of `queries` [rows, d] against `vectors` [m, d]. The queries' gradient is put
/// into `dq`, the vectors' is added to `dv`. `logits` is room to work in.
pub(crate) fn cross_entropy(
    (queries, vectors, d): (&[f32], &[f32], usize),
    rows: &Rows,
    negatives: Negatives<'_>,
    (dq, dv): (&mut Vec<f32>, &mut [f32]),
    logits: &mut Vec<f32>,
) -> f64 {
    let width = negatives.offsets.len();
    let candidates = Matrix::new(&vectors[..width * d], d);
    dq.clear();
    dq.resize(queries.len(), 0.0);
    let mut loss = 0f64;
    for (number, (q, dq)) in queries.chunks(BLOCK * d).zip(dq.chunks_mut(BLOCK * d)).enumerate() {
        let first = number * BLOCK;
        logits.resize(q.len() / d * width, 0.0);
        product(logits, Matrix::new(q, d), candidates.t(), false);
        let mut slopes = [0f32; BLOCK];
        loss += softmax(logits, (q, vectors, d), rows, first, negatives, &mut slopes);
        product(&mut dv[..width * d], Matrix::new(logits, width).t(), Matrix::new(q, d), true);
        product(dq, Matrix::new(logits, width), candidates, false);
        for ((i, slope), (q, dq)) in slopes.iter().enumerate().zip(q.chunks_exact(d).zip(dq.chunks_exact_mut(d))) {
            let from = rows.targets[first + i] as usize * d;
            add_scaled(dq, &vectors[from..from + d], *slope);
            add_scaled(&mut dv[from..from + d], q, *slope);
        }
    }
    loss
}

vectorised! {
    /// Turns a block of products into weight × softmax/τ; returns the weighted loss, and each positive's slope in `slopes`.
    fn softmax<'a>(
        logits: &'a mut [f32],
        of: (&'a [f32], &'a [f32], usize),
        rows: &'a Rows,
        first: usize,
        negatives: Negatives<'a>,
        slopes: &'a mut [f32; BLOCK],
    ) -> f64 {
        let (q, vectors, d) = of;
        let over = 1.0 / negatives.temperature;
        let mut loss = 0f64;
        for (i, ((z, q), slope)) in logits.chunks_exact_mut(negatives.offsets.len()).zip(q.chunks_exact(d)).zip(slopes).enumerate() {
            let row = first + i;
            let v = &vectors[rows.targets[row] as usize * d..][..d];
            let (row_loss, by) = one_row(negatives, rows.weights[row], &rows.skip[row], z, dot(q, v) * over);
            loss += f64::from(row_loss);
            *slope = by;
        }
        loss
    }
}

/// `z` becomes weight × softmax/τ; returns weight × loss and the positive's slope.
#[inline(always)]
fn one_row(negatives: Negatives<'_>, weight: f32, skip: &[u32], z: &mut [f32], s: f32) -> (f32, f32) {
    let over = 1.0 / negatives.temperature;
    let mut tops = [s; 16];
    for (z, o) in z.chunks_mut(16).zip(negatives.offsets.chunks(16)) {
        for ((z, o), top) in z.iter_mut().zip(o).zip(&mut tops) {
            *z = *z * over + o;
            *top = if *z > *top { *z } else { *top };
        }
    }
    let mut top = s;
    for t in tops {
        top = if t > top { t } else { top };
    }
    for z in z.iter_mut() {
        *z = exp(*z - top);
    }
    for &skipped in skip {
        z[skipped as usize] = 0.0;
    }
    let positive = exp(s - top);
    let mut lanes = [0f32; 16];
    for z in z.chunks(16) {
        for (lane, z) in lanes.iter_mut().zip(z) {
            *lane += z;
        }
    }
    let sum = total(&lanes) + positive;
    let scale = weight * over / sum;
    for z in z.iter_mut() {
        *z *= scale;
    }
    (weight * (top + sum.ln() - s), positive * scale - weight * over)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFSETS: [f32; 4] = [0.0, 0.5, -0.5, 0.1];

    fn loss(q: &[f32], v: &[f32]) -> (f64, Vec<f32>, Vec<f32>) {
        let rows = Rows { weights: vec![0.25, 0.75], targets: vec![2, 4], skip: vec![vec![2], vec![0, 1]] };
        let (mut dq, mut dv) = (Vec::new(), vec![0.0; v.len()]);
        let negatives = Negatives { offsets: &OFFSETS, temperature: 0.5 };
        let loss = cross_entropy((q, v, 2), &rows, negatives, (&mut dq, &mut dv), &mut Vec::new());
        (loss, dq, dv)
    }

    #[test]
    fn a_worked_example() {
        // One row: s = 0, one candidate with z = ln 3: loss = ln(1 + 3).
        let rows = Rows { weights: vec![1.0], targets: vec![1], skip: vec![vec![]] };
        let negatives = Negatives { offsets: &[0.0], temperature: 1.0 };
        let (mut dq, mut dv) = (Vec::new(), vec![0.0; 4]);
        let vectors = [3f32.ln(), 0.0, 0.0, 1.0];
        let loss = cross_entropy((&[1.0, 0.0], &vectors, 2), &rows, negatives, (&mut dq, &mut dv), &mut Vec::new());
        assert!((loss - 4f64.ln()).abs() < 1e-5);
        assert!((dq[0] - 0.75 * 3f32.ln()).abs() < 1e-5 && (dv[0] - 0.75).abs() < 1e-5 && (dv[2] + 0.75).abs() < 1e-5);
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let q = [0.3, -1.0, 0.8, 0.7];
        let v = [1.5, 0.2, -0.4, 0.9, 0.1, 0.6, -0.7, -0.2, 0.4, -0.9];
        let (_, dq, dv) = loss(&q, &v);
        let e = 1e-2;
        for (i, g) in dq.into_iter().enumerate() {
            let (mut up, mut down) = (q, q);
            up[i] += e;
            down[i] -= e;
            let slope = (loss(&up, &v).0 - loss(&down, &v).0) / f64::from(2.0 * e);
            assert!((slope - f64::from(g)).abs() < 2e-3, "q{i}: {slope} {g}");
        }
        for (i, g) in dv.into_iter().enumerate() {
            let (mut up, mut down) = (v, v);
            up[i] += e;
            down[i] -= e;
            let slope = (loss(&q, &up).0 - loss(&q, &down).0) / f64::from(2.0 * e);
            assert!((slope - f64::from(g)).abs() < 2e-3, "v{i}: {slope} {g}");
        }
    }
}
