//! The session encoder: from a session's newest item vectors to the query vector, in plain loops.
//!
//! Shapes: `d` = dim, `t` = items read (at most `last`), oldest first; matrices are row-major and applied from the right.
//! ```text
//! h = √d · x                                            x: the items' vectors [t, d]
//! block: a = Σ_heads softmax(q kᵀ/√(d/heads) + r[t−i]) v   q, k, v = h Wqkv; i ≤ t; r a learned bias by distance
//!        h = norm(h + a Wo);   h = norm(h + relu(h W1 + b1) W2 + b2)
//! pool:  α = softmax((h_t P)·h_i/√d + r[t−i]);   q = Σ α_i x_i (+ h_t O);   query = q / |q|
//! ```
//! This is CORE's consistent encoder (Hou et al., SIGIR 2022: the answer is a weighted mean of raw item vectors) with
//! a pairwise pooling and, where `out` is there, the linear image of the newest state, as SASRec has it.
//! Everything depends on distances alone, so one causal pass trains every position of a session.

use crate::train::neural::round::Rounded;
use nearhand_numerics::random::Random;

/// Added to the logit of what must not be attended.
pub(crate) const MASKED: f32 = -1e9;
/// Keeps a norm away from 0.
pub(crate) const EPSILON: f32 = 1e-6;

/// One attention block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Block {
    /// Queries, keys and values side by side, `[d, 3d]`.
    pub(crate) qkv: Vec<f32>,
    /// Bias by head and distance, `[heads, last]`.
    pub(crate) bias: Vec<f32>,
    /// Joins the heads, `[d, d]`.
    pub(crate) join: Vec<f32>,
    /// Gain and shift of the first normalisation, `[2, d]`.
    pub(crate) norm1: Vec<f32>,
    /// First layer, [d, ffn·d].
    pub(crate) w1: Vec<f32>,
    /// Its bias, [ffn·d].
    pub(crate) b1: Vec<f32>,
    /// Second layer, [ffn·d, d].
    pub(crate) w2: Vec<f32>,
    /// Its bias, `[d]`.
    pub(crate) b2: Vec<f32>,
    /// Gain and shift of the second normalisation, `[2, d]`.
    pub(crate) norm2: Vec<f32>,
}

/// All weights of a trained encoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Encoder {
    /// Length of an item vector.
    pub(crate) dim: usize,
    /// Heads of each block.
    pub(crate) heads: usize,
    /// Most items read.
    pub(crate) last: usize,
    /// Attention blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// Pairwise pooling, `[d, d]`.
    pub(crate) pool: Vec<f32>,
    /// Pooling bias by distance, `[last]`.
    pub(crate) bias: Vec<f32>,
    /// Image of the newest state, `[d, d]`; empty: none.
    pub(crate) out: Vec<f32>,
}

impl Encoder {
    /// Random weights: normal with the deviation 1/√inputs; biases and the newest state's image start at 0.
    pub(crate) fn random(
        dim: usize,
        heads: usize,
        blocks: usize,
        last: usize,
        ffn: usize,
        residual: bool,
        random: &mut Random,
    ) -> Encoder {
        let (d, f) = (dim, ffn * dim);
        let mut matrix =
            |rows: usize, columns: usize, deviation: f32| (0..rows * columns).map(|_| deviation * random.normal()).collect();
        let affine = || [vec![1f32; d], vec![0f32; d]].concat();
        let deviation = 1.0 / (d as f32).sqrt();
        let blocks = (0..blocks).map(|_| Block {
            qkv: matrix(d, 3 * d, deviation),
            bias: vec![0.0; heads * last],
            join: matrix(d, d, deviation),
            norm1: affine(),
            w1: matrix(d, f, deviation),
            b1: vec![0.0; f],
            w2: matrix(f, d, 1.0 / (f as f32).sqrt()),
            b2: vec![0.0; d],
            norm2: affine(),
        });
        let blocks = blocks.collect();
        let out = if residual { vec![0.0; d * d] } else { Vec::new() };
        Encoder { dim, heads, last, blocks, pool: matrix(d, d, 0.1 * deviation), bias: vec![0.0; last], out }
    }

    /// The same shape, all zeros.
    pub(crate) fn zeros(&self) -> Encoder {
        let mut zeros = self.clone();
        zeros.parts_mut().into_iter().for_each(|part| part.fill(0.0));
        zeros
    }

    /// Its matrices as the file holds them, in 8 bits.
    pub(crate) fn rounded(&self) -> Encoder {
        let d = self.dim;
        let mut rounded = self.clone();
        let round = |matrix: &mut Vec<f32>, columns: usize| *matrix = Rounded::new(matrix, columns).values();
        round(&mut rounded.pool, d);
        round(&mut rounded.out, d);
        for block in &mut rounded.blocks {
            let ffn = block.b1.len();
            round(&mut block.qkv, 3 * d);
            round(&mut block.join, d);
            round(&mut block.w1, ffn);
            round(&mut block.w2, d);
        }
        rounded
    }

    /// Every weight, in a fixed order.
    pub(crate) fn parts(&self) -> Vec<&Vec<f32>> {
        let mut parts = vec![&self.pool, &self.bias, &self.out];
        for b in &self.blocks {
            parts.extend([&b.qkv, &b.bias, &b.join, &b.norm1, &b.w1, &b.b1, &b.w2, &b.b2, &b.norm2]);
        }
        parts
    }

    /// As [`Encoder::parts`].
    pub(crate) fn parts_mut(&mut self) -> Vec<&mut Vec<f32>> {
        let mut parts = vec![&mut self.pool, &mut self.bias, &mut self.out];
        for b in &mut self.blocks {
            parts.extend([
                &mut b.qkv,
                &mut b.bias,
                &mut b.join,
                &mut b.norm1,
                &mut b.w1,
                &mut b.b1,
                &mut b.w2,
                &mut b.b2,
                &mut b.norm2,
            ]);
        }
        parts
    }

    /// The unit query of a session: `items` holds its vectors one after the other, oldest first; all but the newest
    /// `last` are left out. A session without items gives zeros.
    pub(crate) fn query(&self, items: &[f32]) -> Vec<f32> {
        let d = self.dim;
        let skip = (items.len() / d).saturating_sub(self.last);
        let x = items.get(skip * d..).unwrap_or(&[]);
        let t = x.len() / d;
        if t == 0 {
            return vec![0.0; d];
        }
        let mut h: Vec<f32> = x.iter().map(|v| v * (d as f32).sqrt()).collect();
        for block in &self.blocks {
            let a = matmul(&self.attend(block, &h), &block.join, d);
            norm(&mut h, &a, &block.norm1);
            let mut f = matmul(&h, &block.w1, d);
            for row in f.chunks_mut(block.b1.len()) {
                row.iter_mut().zip(&block.b1).for_each(|(v, b)| *v = (*v + b).max(0.0));
            }
            let mut f = matmul(&f, &block.w2, block.b1.len());
            for row in f.chunks_mut(d) {
                row.iter_mut().zip(&block.b2).for_each(|(v, b)| *v += b);
            }
            norm(&mut h, &f, &block.norm2);
        }
        let newest = &h[(t - 1) * d..];
        let asked = matmul(newest, &self.pool, d);
        let mut alpha: Vec<f32> =
            (0..t).map(|i| dot(&asked, &h[i * d..(i + 1) * d]) / (d as f32).sqrt() + self.bias[t - 1 - i]).collect();
        softmax(&mut alpha);
        let mut q = if self.out.is_empty() { vec![0.0; d] } else { matmul(newest, &self.out, d) };
        for (a, x) in alpha.iter().zip(x.chunks(d)) {
            q.iter_mut().zip(x).for_each(|(q, x)| *q += a * x);
        }
        let length = (dot(&q, &q) + EPSILON * EPSILON).sqrt();
        q.iter_mut().for_each(|q| *q /= length);
        q
    }

    /// The heads' answers side by side, [t, d].
    fn attend(&self, block: &Block, h: &[f32]) -> Vec<f32> {
        let (d, w) = (self.dim, self.dim / self.heads);
        let qkv = matmul(h, &block.qkv, d);
        let t = h.len() / d;
        let part = |row: usize, kind: usize, head: usize| {
            let from = row * 3 * d + kind * d + head * w;
            &qkv[from..from + w]
        };
        let mut out = vec![0.0; t * d];
        for head in 0..self.heads {
            for row in 0..t {
                let mut weights: Vec<f32> = (0..=row)
                    .map(|i| {
                        dot(part(row, 0, head), part(i, 1, head)) / (w as f32).sqrt() + block.bias[head * self.last + row - i]
                    })
                    .collect();
                softmax(&mut weights);
                let sum = &mut out[row * d + head * w..row * d + (head + 1) * w];
                for (i, a) in weights.iter().enumerate() {
                    sum.iter_mut().zip(part(i, 2, head)).for_each(|(o, v)| *o += a * v);
                }
            }
        }
        out
    }
}

/// Σ a_i b_i.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// [t, k] × [k, m].
fn matmul(x: &[f32], w: &[f32], k: usize) -> Vec<f32> {
    let m = w.len() / k;
    let mut out = vec![0.0; x.len() / k * m];
    for (row, out) in x.chunks(k).zip(out.chunks_mut(m)) {
        for (x, w) in row.iter().zip(w.chunks(m)) {
            out.iter_mut().zip(w).for_each(|(o, w)| *o += x * w);
        }
    }
    out
}

fn softmax(values: &mut [f32]) {
    let top = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter_mut().for_each(|v| *v = (*v - top).exp());
    let sum: f32 = values.iter().sum();
    values.iter_mut().for_each(|v| *v /= sum);
}

/// h ← layer norm of h + add, with gain and shift in `affine` (Ba, Kiros, Hinton 2016).
fn norm(h: &mut [f32], add: &[f32], affine: &[f32]) {
    let d = affine.len() / 2;
    let (gain, shift) = affine.split_at(d);
    for (h, add) in h.chunks_mut(d).zip(add.chunks(d)) {
        h.iter_mut().zip(add).for_each(|(h, a)| *h += a);
        let mean = h.iter().sum::<f32>() / d as f32;
        let spread = h.iter().map(|h| (h - mean) * (h - mean)).sum::<f32>() / d as f32;
        let scale = 1.0 / (spread + EPSILON).sqrt();
        for ((h, g), s) in h.iter_mut().zip(gain).zip(shift) {
            *h = (*h - mean) * scale * g + s;
        }
    }
}
