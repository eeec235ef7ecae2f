//! Softmax cross-entropy of queries against many candidates, as one operation with its own backward.
//!
//! For the query `q` of a row, its target's vector `v` and the candidates `c_k`, at temperature τ
//! ```text
//! s = q·v/τ    z_k = q·c_k/τ + o_k    loss = log( e^s + Σ_{k not skipped} e^{z_k} ) − s
//! ```
//! where `o_k` is 0 for a full softmax and `−log P(k is sampled)` for sampled candidates (the logQ correction; Bengio and
//! Senécal 2008, Yi et al. 2019), and the skipped candidates are the target itself and items that are no negatives.
//! The batch's loss is the weighted mean. With p = softmax, ∂loss/∂q = (Σ p_k c_k + (p_s − 1) v)/τ, ∂loss/∂c_k = p_k q/τ and
//! ∂loss/∂v = (p_s − 1) q/τ are made in the forward pass, for a few hundred rows at a time: rows × candidates never leaves the
//! cache, where the plain graph would write and read it some ten times.

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp2, Device, InplaceOp1, Layout, Result, Shape, Tensor};

/// What the loss needs to know beside queries and vectors.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// Weight of each row, already divided by their sum.
    pub(super) weights: Vec<f32>,
    /// The target of each row, as a row of the vectors.
    pub(super) targets: Vec<u32>,
    /// Candidates skipped by each row.
    pub(super) skip: Vec<Vec<u32>>,
    /// `o_k`, one a candidate: the first rows of the vectors are the candidates.
    pub(super) offsets: Vec<f32>,
    /// τ.
    pub(super) temperature: f32,
}

/// Weighted mean of the cross-entropies of `queries` [rows, d] against `vectors` [m, d].
///
/// # Errors
/// From candle, on shapes that do not fit.
pub(super) fn cross_entropy(queries: &Tensor, vectors: &Tensor, rows: Rows) -> Result<Tensor> {
    queries.apply_op2(vectors, CrossEntropy { rows, gradients: Mutex::default() })
}

/// Rows worked on at a time.
const BLOCK: usize = 128;

struct CrossEntropy {
    rows: Rows,
    gradients: Mutex<Option<(Tensor, Tensor)>>,
}

impl CustomOp2 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, q: &CpuStorage, lq: &Layout, v: &CpuStorage, lv: &Layout) -> Result<(CpuStorage, Shape)> {
        let (count, d) = lq.shape().dims2()?;
        let (q, v) = (contiguous(q, lq)?, contiguous(v, lv)?);
        let rows = &self.rows;
        let width = rows.offsets.len();
        if rows.weights.len() != count || rows.targets.len() != count || rows.skip.len() != count || width * d > v.len() {
            candle_core::bail!(
                "cross-entropy: {count} rows and {width} candidates do not fit the weights, targets, skips or vectors"
            );
        }
        let candidates = Tensor::from_slice(&v[..width * d], (width, d), &Device::Cpu)?;
        let across = (candidates.t()? * f64::from(1.0 / rows.temperature))?.contiguous()?;
        let (mut dq, mut dv, mut loss) = (Vec::with_capacity(count * d), vec![0f32; v.len()], 0f64);
        let mut dc = Tensor::zeros((width, d), candle_core::DType::F32, &Device::Cpu)?;
        for (number, q) in q.chunks(BLOCK * d).enumerate() {
            let first = number * BLOCK;
            let size = q.len() / d;
            let q_block = Tensor::from_slice(q, (size, d), &Device::Cpu)?;
            let p = q_block.matmul(&across)?;
            let positive: Vec<f32> = (0..size)
                .map(|i| {
                    let from = rows.targets[first + i] as usize * d;
                    q[i * d..(i + 1) * d].iter().zip(&v[from..from + d]).map(|(q, v)| q * v).sum::<f32>() / rows.temperature
                })
                .collect();
            let softmax = Softmax { rows, first, positive: &positive, out: Mutex::default() };
            p.inplace_op1(&softmax)?;
            let out = softmax.out.into_inner().unwrap_or_default();
            dc = (dc + p.t()?.matmul(&q_block)?)?;
            let mut dq_block = p.matmul(&candidates)?.flatten_all()?.to_vec1::<f32>()?;
            for (i, &(row_loss, slope)) in out.iter().enumerate() {
                loss += f64::from(row_loss);
                let from = rows.targets[first + i] as usize * d;
                for k in 0..d {
                    dq_block[i * d + k] += slope * v[from + k];
                    dv[from + k] += slope * q[i * d + k];
                }
            }
            dq.append(&mut dq_block);
        }
        let over = 1.0 / rows.temperature;
        dq.iter_mut().for_each(|g| *g *= over);
        dv.iter_mut().zip(dc.flatten_all()?.to_vec1::<f32>()?).for_each(|(g, c)| *g += c);
        dv.iter_mut().for_each(|g| *g *= over);
        let gradients = (Tensor::from_vec(dq, lq.shape(), &Device::Cpu)?, Tensor::from_vec(dv, lv.shape(), &Device::Cpu)?);
        if let Ok(mut slot) = self.gradients.lock() {
            *slot = Some(gradients);
        }
        Ok((CpuStorage::F32(vec![loss as f32]), Shape::from(())))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some((dq, dv)) = self.gradients.lock().ok().and_then(|mut slot| slot.take()) else {
            candle_core::bail!("cross-entropy: backward without forward, or twice");
        };
        let scale = f64::from(grad.to_scalar::<f32>()?);
        if scale == 1.0 { Ok((Some(dq), Some(dv))) } else { Ok((Some((dq * scale)?), Some((dv * scale)?))) }
    }
}

/// Turns a block of logits into weight × softmax, and tells each row's loss and slope, weight × (p_s − 1).
struct Softmax<'a> {
    rows: &'a Rows,
    /// The block's first row.
    first: usize,
    positive: &'a [f32],
    out: Mutex<Vec<(f32, f32)>>,
}

impl InplaceOp1 for Softmax<'_> {
    fn name(&self) -> &'static str {
        "weighted-softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> Result<()> {
        let CpuStorage::F32(z) = storage else { candle_core::bail!("cross-entropy: f32 alone is known") };
        let lines = z.chunks_mut(self.rows.offsets.len().max(1)).zip(self.positive);
        let out = lines.enumerate().map(|(i, (z, &s))| one_row(self.rows, self.first + i, z, s)).collect();
        if let Ok(mut slot) = self.out.lock() {
            *slot = out;
        }
        Ok(())
    }
}

fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("cross-entropy: queries and vectors must be contiguous"),
    }
}

/// `z` becomes weight × softmax; returns weight × loss and the positive's slope.
fn one_row(rows: &Rows, row: usize, z: &mut [f32], s: f32) -> (f32, f32) {
    let weight = rows.weights[row];
    let mut tops = [s; 16];
    let offsets = rows.offsets.chunks(16);
    for (z, o) in z.chunks_mut(16).zip(offsets) {
        for ((z, o), top) in z.iter_mut().zip(o).zip(&mut tops) {
            *z += o;
            *top = if *z > *top { *z } else { *top };
        }
    }
    let top = tops.iter().copied().fold(s, f32::max);
    for z in z.iter_mut() {
        *z = exp(*z - top);
    }
    for &skipped in &rows.skip[row] {
        z[skipped as usize] = 0.0;
    }
    let positive = exp(s - top);
    let mut lanes = [0f32; 16];
    for z in z.chunks(16) {
        for (lane, z) in lanes.iter_mut().zip(z) {
            *lane += z;
        }
    }
    let sum = lanes.iter().sum::<f32>() + positive;
    let scale = weight / sum;
    z.iter_mut().for_each(|z| *z *= scale);
    (weight * (top + sum.ln() - s), positive * scale - weight)
}

/// e^x for x ≤ 0 in a form the compiler turns into vector instructions: 2^(x·log2 e) split into a whole power, made from
/// its bits, and a polynomial of degree 5 on [−½, ½]; relative error below 3e-6, 0 below −87.
#[inline]
fn exp(x: f32) -> f32 {
    let y = (x * std::f32::consts::LOG2_E).max(-126.0);
    let whole = (y + 12_582_912.0) - 12_582_912.0; // rounds: 1.5 · 2^23
    let f = y - whole;
    let p = 0.001_333_355_8_f32;
    let p = p * f + 0.009_618_129;
    let p = p * f + 0.055_504_11;
    let p = p * f + 0.240_226_5;
    let p = p * f + std::f32::consts::LN_2;
    let p = p * f + 1.0;
    let power = f32::from_bits((((whole as i32) + 127) << 23) as u32);
    if x < -87.0 { 0.0 } else { p * power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;

    fn rows() -> Rows {
        Rows {
            weights: vec![0.25, 0.75],
            targets: vec![2, 4],
            skip: vec![vec![2], vec![0, 1]],
            offsets: vec![0.0, 0.5, -0.5, 0.1],
            temperature: 0.5,
        }
    }

    fn loss(q: &[f32], v: &[f32]) -> f32 {
        let q = Tensor::from_slice(q, (2, 2), &Device::Cpu).unwrap();
        let v = Tensor::from_slice(v, (5, 2), &Device::Cpu).unwrap();
        cross_entropy(&q, &v, rows()).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn the_exponential_is_close() {
        for i in 0..8700 {
            let x = -(i as f32) / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-5, "{x}");
        }
        assert_eq!(exp(-1e9), 0.0);
    }

    #[test]
    fn a_worked_example() {
        // One row: s = 0, one candidate with z = ln 3: loss = ln(1 + 3).
        let q = Tensor::new(&[[1f32, 0.0]], &Device::Cpu).unwrap();
        let v = Tensor::new(&[[3f32.ln(), 0.0], [0.0, 1.0]], &Device::Cpu).unwrap();
        let rows = Rows { weights: vec![1.0], targets: vec![1], skip: vec![vec![]], offsets: vec![0.0], temperature: 1.0 };
        let loss = cross_entropy(&q, &v, rows).unwrap().to_scalar::<f32>().unwrap();
        assert!((loss - 4f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let q = [0.3, -1.0, 0.8, 0.7];
        let v = [1.5, 0.2, -0.4, 0.9, 0.1, 0.6, -0.7, -0.2, 0.4, -0.9];
        let qv = Var::from_slice(&q, (2, 2), &Device::Cpu).unwrap();
        let vv = Var::from_slice(&v, (5, 2), &Device::Cpu).unwrap();
        let grads = (cross_entropy(&qv, &vv, rows()).unwrap() * 2.0).unwrap().backward().unwrap();
        let flat = |t: &Var| grads.get(t).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let e = 1e-2;
        for (i, g) in flat(&qv).into_iter().enumerate() {
            let (mut up, mut down) = (q, q);
            up[i] += e;
            down[i] -= e;
            let slope = (loss(&up, &v) - loss(&down, &v)) / e;
            assert!((slope - g).abs() < 2e-3, "q{i}: {slope} {g}");
        }
        for (i, g) in flat(&vv).into_iter().enumerate() {
            let (mut up, mut down) = (v, v);
            up[i] += e;
            down[i] -= e;
            let slope = (loss(&q, &up) - loss(&q, &down)) / e;
            assert!((slope - g).abs() < 2e-3, "v{i}: {slope} {g}");
        }
    }
}
