//! Causal attention with grouped queries, forward and back, for one text at a time: weights are made in blocks of rows and made
//! again on the way back (Dao et al. 2022), so that no more than a block is ever in memory.

use super::rows::{weigh, weigh_again, weigh_back};
use super::shape::Shape;
use crate::math::{Matrix, Target, product};

/// Rows that are weighed at a time.
const BLOCK: usize = 64;

/// Memory for one block of weights, and of their gradient.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    weights: Vec<f32>,
    above: Vec<f32>,
}

/// Where a head's rows begin within queries, keys and values side by side.
#[derive(Clone, Copy)]
struct Head {
    q: usize,
    k: usize,
    v: usize,
    /// Numbers of a head, and of all of a token.
    depth: usize,
    stride: usize,
}

impl Head {
    fn of(shape: &Shape, number: usize) -> Self {
        let (depth, group) = (shape.depth(), number / (shape.heads / shape.groups));
        let k = (shape.heads + group) * depth;
        Self { q: number * depth, k, v: k + shape.groups * depth, depth, stride: shape.qkv() }
    }

    fn rows<'a>(&self, all: &'a [f32], part: usize, from: usize, count: usize) -> Matrix<'a> {
        Matrix::part(&all[from * self.stride + part..], count, self.depth, self.stride)
    }
}

/// `qkv` has the rows of one text, rotated; `out` gets a row of all heads for each, `logs` one number a head and row.
pub(crate) fn attend(shape: &Shape, qkv: &[f32], out: &mut [f32], logs: &mut [f32], blocks: &mut Blocks) {
    let (len, scale) = (qkv.len() / shape.qkv(), 1.0 / (shape.depth() as f32).sqrt());
    let width = shape.width;
    for (number, logs) in logs.chunks_exact_mut(len).enumerate().take(shape.heads) {
        let head = Head::of(shape, number);
        for from in (0..len).step_by(BLOCK) {
            let rows = BLOCK.min(len - from);
            let keys = from + rows;
            blocks.weights.resize(rows * keys, 0.0);
            let weights = &mut blocks.weights[..rows * keys];
            product(Target::new(weights, keys), head.rows(qkv, head.q, from, rows), head.rows(qkv, head.k, 0, keys).t());
            weigh(weights, keys, from + 1, scale, &mut logs[from..keys]);
            let target = Target::new(&mut out[from * width + number * head.depth..], width);
            product(target, Matrix::new(weights, keys), head.rows(qkv, head.v, 0, keys));
        }
    }
}

/// Back through [`attend`]: `dqkv` is written.
pub(crate) fn attend_back(shape: &Shape, qkv: &[f32], above: &[f32], logs: &[f32], dqkv: &mut [f32], blocks: &mut Blocks) {
    let (len, scale) = (qkv.len() / shape.qkv(), 1.0 / (shape.depth() as f32).sqrt());
    let width = shape.width;
    dqkv.fill(0.0);
    for (number, logs) in logs.chunks_exact(len).enumerate().take(shape.heads) {
        let head = Head::of(shape, number);
        for from in (0..len).step_by(BLOCK) {
            let rows = BLOCK.min(len - from);
            let keys = from + rows;
            let Blocks { weights, above: scores } = blocks;
            weights.resize(rows * keys, 0.0);
            scores.resize(rows * keys, 0.0);
            let (weights, scores) = (&mut weights[..rows * keys], &mut scores[..rows * keys]);
            let (q, k, v) =
                (head.rows(qkv, head.q, from, rows), head.rows(qkv, head.k, 0, keys), head.rows(qkv, head.v, 0, keys));
            product(Target::new(weights, keys), q, k.t());
            weigh_again(weights, keys, from + 1, scale, &logs[from..keys]);
            let top = Matrix::part(&above[from * width + number * head.depth..], rows, head.depth, width);
            product(Target::new(scores, keys), top, v.t());
            product(Target::new(&mut dqkv[head.v..], head.stride).add(), Matrix::new(weights, keys).t(), top);
            weigh_back(scores, weights, keys, scale);
            let scores = Matrix::new(scores, keys);
            product(Target::new(&mut dqkv[from * head.stride + head.q..], head.stride), scores, k);
            product(Target::new(&mut dqkv[head.k..], head.stride).add(), scores.t(), q);
        }
    }
}
