//! The decoder, forward and back, over texts of one length. Memory is planned once.

use super::attention::{Blocks, attend, attend_back};
use super::rows::{Drop, add_left, gate, gate_back, norm, norm_back, only_left, rotate, surprise};
use super::shape::{LayerAt, Places, Shape};
use crate::math::{Matrix, Target, product};
use nearhand_numerics::random::Random;

/// Rows of logits that are made at a time.
const ROWS: usize = 256;
/// A target that is none: nothing is learnt from what follows there.
pub(crate) const NONE: u32 = u32::MAX;

/// What a layer keeps of the way forward.
#[derive(Debug, Default)]
struct Kept {
    before: Vec<f32>,
    scale: Vec<f32>,
    normed: Vec<f32>,
    qkv: Vec<f32>,
    logs: Vec<f32>,
    mixed: Vec<f32>,
    between: Vec<f32>,
    scale_inner: Vec<f32>,
    normed_inner: Vec<f32>,
    both: Vec<f32>,
    gated: Vec<f32>,
}

/// A decoder's memory for a number of tokens: all that a thread needs.
#[derive(Debug)]
pub(crate) struct Network {
    shape: Shape,
    places: Places,
    /// Tokens of a text.
    len: usize,
    tables: [Vec<f32>; 2],
    layers: Vec<Kept>,
    last: Vec<f32>,
    scale: Vec<f32>,
    normed: Vec<f32>,
    logits: Vec<f32>,
    branch: Vec<f32>,
    above: Vec<f32>,
    wide: Vec<f32>,
    wider: Vec<f32>,
    blocks: Blocks,
}

/// Numbers that are dropped while training, and which texts of a step these are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    pub(crate) share: f32,
    pub(crate) seed: u64,
}

impl Noise {
    pub(crate) const NONE: Self = Self { share: 0.0, seed: 0 };

    fn of(&self, site: usize) -> Drop {
        Drop::new(self.share, if self.share > 0.0 { Random::of(self.seed, site as u64).bits() } else { 0 })
    }
}

/// Cosines and sines of the angles of every position: θ = 10,000^(−2i / depth) (Su et al. 2021).
pub(crate) fn tables(shape: &Shape) -> [Vec<f32>; 2] {
    let half = shape.depth() / 2;
    let angle = |at: usize| (at / half) as f64 * 10_000_f64.powf(-((at % half) as f64) / half as f64);
    let all = |f: fn(f64) -> f64| (0..shape.context * half).map(|at| f(angle(at)) as f32).collect();
    [all(f64::cos), all(f64::sin)]
}

/// Weights at the start: normal, 0.02 wide, those that add to what is carried narrower by the number of layers (Radford et al. 2019).
pub(crate) fn start(shape: &Shape, seed: u64) -> Vec<f32> {
    let mut weights = Vec::with_capacity(shape.weights());
    let narrow = 1.0 / (2.0 * shape.layers as f32).sqrt();
    for (number, (name, dims, range)) in shape.named().into_iter().enumerate() {
        let mut random = Random::of(seed, number as u64);
        let wide = if name.ends_with("out") || name.ends_with("down") { 0.02 * narrow } else { 0.02 };
        weights.extend(range.map(|_| if dims.len() == 1 { 1.0 } else { random.normal() * wide }));
    }
    weights
}

impl Network {
    /// For up to `texts` texts of `len` tokens at a time.
    pub(crate) fn new(shape: Shape, texts: usize, len: usize) -> Self {
        let rows = texts * len;
        let of = |width: usize| vec![0.0; rows * width];
        let (width, inner, qkv) = (shape.width, shape.inner, shape.qkv());
        let kept = |_| Kept {
            before: of(width),
            scale: of(1),
            normed: of(width),
            qkv: of(qkv),
            logs: of(shape.heads),
            mixed: of(width),
            between: of(width),
            scale_inner: of(1),
            normed_inner: of(width),
            both: of(2 * inner),
            gated: of(inner),
        };
        Self {
            shape,
            places: shape.places(),
            len,
            tables: tables(&shape),
            layers: (0..shape.layers).map(kept).collect(),
            last: of(width),
            scale: of(1),
            normed: of(width),
            logits: vec![0.0; ROWS.min(rows) * shape.vocabulary],
            branch: of(width),
            above: of(width),
            wide: of(width.max(inner)),
            wider: of(qkv.max(2 * inner)),
            blocks: Blocks::default(),
        }
    }

    /// The sum of losses in nats of texts one after the other, each token's target beside it.
    pub(crate) fn loss(&mut self, weights: &[f32], tokens: &[u32], targets: &[u32]) -> f64 {
        self.forward(weights, tokens, Noise::NONE);
        self.head(weights, targets, 0.0, None)
    }

    /// As [`Network::loss`]; adds `share` times the gradient of that sum to `gradient`.
    pub(crate) fn learn(
        &mut self,
        weights: &[f32],
        tokens: &[u32],
        targets: &[u32],
        share: f32,
        noise: Noise,
        gradient: &mut [f32],
    ) -> f64 {
        self.forward(weights, tokens, noise);
        let loss = self.head(weights, targets, share, Some(gradient));
        self.back(weights, tokens, noise, gradient);
        loss
    }

    /// Logits of every token, a row each.
    #[cfg(test)]
    pub(crate) fn logits(&mut self, weights: &[f32], tokens: &[u32]) -> Vec<f32> {
        self.forward(weights, tokens, Noise::NONE);
        let mut out = vec![0.0; tokens.len() * self.shape.vocabulary];
        let normed = Matrix::new(&self.normed[..tokens.len() * self.shape.width], self.shape.width);
        let head = Matrix::new(&weights[self.places.embedding.clone()], self.shape.width);
        product(Target::new(&mut out, self.shape.vocabulary), normed, head.t());
        out
    }

    fn forward(&mut self, weights: &[f32], tokens: &[u32], noise: Noise) {
        let Self { shape, places, len, tables, layers, last, branch, blocks, .. } = self;
        let (width, rows, qkv, len) = (shape.width, tokens.len(), shape.qkv(), *len);
        let matrix = |range: &std::ops::Range<usize>, columns: usize| Matrix::new(&weights[range.clone()], columns);
        {
            let first = layers.first_mut().map_or(&mut *last, |layer| &mut layer.before);
            let embedding = &weights[places.embedding.clone()];
            for (row, token) in branch.chunks_exact_mut(width).zip(tokens) {
                row.copy_from_slice(&embedding[*token as usize * width..][..width]);
            }
            only_left(&mut first[..rows * width], &branch[..rows * width], noise.of(0));
        }
        for number in 0..shape.layers {
            let (these, after) = layers.split_at_mut(number + 1);
            let (Some(kept), at) = (these.last_mut(), &places.layers[number]) else { continue };
            let next = after.first_mut().map_or(&mut *last, |layer| &mut layer.before);
            let cut = |values: usize| ..rows * values;
            let before = &kept.before[cut(width)];
            norm(before, &weights[at.norm.clone()], &mut kept.normed[cut(width)], &mut kept.scale[cut(1)]);
            let target = Target::new(&mut kept.qkv[cut(qkv)], qkv);
            product(target, Matrix::new(&kept.normed[cut(width)], width), matrix(&at.qkv, width).t());
            let heads = shape.heads + shape.groups;
            rotate(&mut kept.qkv[cut(qkv)], qkv, heads, shape.depth() / 2, tables, len, 1.0);
            let texts = kept.qkv[cut(qkv)].chunks_exact(len * qkv).zip(kept.mixed.chunks_exact_mut(len * width));
            for ((text, mixed), logs) in texts.zip(kept.logs.chunks_exact_mut(len * shape.heads)) {
                attend(shape, text, mixed, logs, blocks);
            }
            let branch = &mut branch[cut(width)];
            product(Target::new(branch, width), Matrix::new(&kept.mixed[cut(width)], width), matrix(&at.out, width).t());
            let between = &mut kept.between[cut(width)];
            between.copy_from_slice(before);
            add_left(between, branch, noise.of(2 * number + 1));
            norm(between, &weights[at.norm_inner.clone()], &mut kept.normed_inner[cut(width)], &mut kept.scale_inner[cut(1)]);
            let both = 2 * shape.inner;
            let target = Target::new(&mut kept.both[cut(both)], both);
            product(target, Matrix::new(&kept.normed_inner[cut(width)], width), matrix(&at.gate, width).t());
            gate(&kept.both[cut(both)], shape.inner, &mut kept.gated[cut(shape.inner)]);
            let gated = Matrix::new(&kept.gated[cut(shape.inner)], shape.inner);
            product(Target::new(branch, width), gated, matrix(&at.down, shape.inner).t());
            next[cut(width)].copy_from_slice(between);
            add_left(&mut next[cut(width)], branch, noise.of(2 * number + 2));
        }
        let factors = &weights[places.norm.clone()];
        norm(&last[..rows * width], factors, &mut self.normed[..rows * width], &mut self.scale[..rows]);
    }

    /// The loss, and with a gradient what is learnt of the head; `branch` becomes the gradient of what the head was given.
    fn head(&mut self, weights: &[f32], targets: &[u32], share: f32, mut gradient: Option<&mut [f32]>) -> f64 {
        let (width, vocabulary) = (self.shape.width, self.shape.vocabulary);
        let at = self.places.embedding.clone();
        let head = Matrix::new(&weights[at.clone()], width);
        let mut loss = 0.0;
        for (number, targets) in targets.chunks(ROWS).enumerate() {
            let range = number * ROWS * width..(number * ROWS + targets.len()) * width;
            let (normed, logits) = (&self.normed[range.clone()], &mut self.logits[..targets.len() * vocabulary]);
            let normed = Matrix::new(normed, width);
            product(Target::new(logits, vocabulary), normed, head.t());
            loss += surprise(logits, targets, vocabulary, share);
            if let Some(gradient) = gradient.as_deref_mut() {
                let logits = Matrix::new(logits, vocabulary);
                product(Target::new(&mut gradient[at.clone()], width).add(), logits.t(), normed);
                product(Target::new(&mut self.branch[range], width), logits, head);
            }
        }
        loss
    }

    fn back(&mut self, weights: &[f32], tokens: &[u32], noise: Noise, gradient: &mut [f32]) {
        let Self { shape, places, len, tables, layers, last, scale, branch, above, wide, wider, blocks, .. } = self;
        let (width, rows) = (shape.width, tokens.len());
        let (above, branch) = (&mut above[..rows * width], &mut branch[..rows * width]);
        above.fill(0.0);
        let factors = places.norm.clone();
        norm_back(branch, &last[..rows * width], &weights[factors.clone()], scale, above, &mut gradient[factors]);
        for (number, (kept, at)) in layers.iter().zip(&places.layers).enumerate().rev() {
            let mut parts = Parts { shape, weights, at, kept, rows, gradient, branch, wide, wider };
            only_left(parts.branch, above, noise.of(2 * number + 2));
            parts.gate(above);
            only_left(parts.branch, above, noise.of(2 * number + 1));
            parts.attention(above, *len, tables, blocks);
        }
        only_left(branch, above, noise.of(0));
        let gradient = &mut gradient[places.embedding.clone()];
        for (row, token) in branch.chunks_exact(width).zip(tokens) {
            let to = &mut gradient[*token as usize * width..][..width];
            to.iter_mut().zip(row).for_each(|(to, v)| *to += v);
        }
    }
}

/// One layer on the way back. `branch` holds the gradient of what a branch added, and is used up.
struct Parts<'a> {
    shape: &'a Shape,
    weights: &'a [f32],
    at: &'a LayerAt,
    kept: &'a Kept,
    rows: usize,
    gradient: &'a mut [f32],
    branch: &'a mut [f32],
    wide: &'a mut [f32],
    wider: &'a mut [f32],
}

impl Parts<'_> {
    fn gate(&mut self, above: &mut [f32]) {
        let (width, inner, rows) = (self.shape.width, self.shape.inner, self.rows);
        let both = 2 * inner;
        let (branch, gated) = (Matrix::new(self.branch, width), &self.kept.gated[..rows * inner]);
        product(Target::new(&mut self.gradient[self.at.down.clone()], inner).add(), branch.t(), Matrix::new(gated, inner));
        let wide = &mut self.wide[..rows * inner];
        product(Target::new(wide, inner), branch, Matrix::new(&self.weights[self.at.down.clone()], inner));
        let wider = &mut self.wider[..rows * both];
        gate_back(wide, &self.kept.both[..rows * both], inner, wider);
        let (wider, normed) = (Matrix::new(wider, both), Matrix::new(&self.kept.normed_inner[..rows * width], width));
        product(Target::new(&mut self.gradient[self.at.gate.clone()], width).add(), wider.t(), normed);
        product(Target::new(self.branch, width), wider, Matrix::new(&self.weights[self.at.gate.clone()], width));
        let factors = self.at.norm_inner.clone();
        let (x, scales) = (&self.kept.between[..rows * width], &self.kept.scale_inner);
        norm_back(self.branch, x, &self.weights[factors.clone()], scales, above, &mut self.gradient[factors]);
    }

    fn attention(&mut self, above: &mut [f32], len: usize, tables: &[Vec<f32>; 2], blocks: &mut Blocks) {
        let (shape, rows) = (self.shape, self.rows);
        let (width, qkv) = (shape.width, shape.qkv());
        let (branch, mixed) = (Matrix::new(self.branch, width), Matrix::new(&self.kept.mixed[..rows * width], width));
        product(Target::new(&mut self.gradient[self.at.out.clone()], width).add(), branch.t(), mixed);
        let wide = &mut self.wide[..rows * width];
        product(Target::new(wide, width), branch, Matrix::new(&self.weights[self.at.out.clone()], width));
        let wider = &mut self.wider[..rows * qkv];
        let texts = self.kept.qkv.chunks_exact(len * qkv).zip(wide.chunks_exact(len * width));
        for (((text, above), logs), dqkv) in
            texts.zip(self.kept.logs.chunks_exact(len * shape.heads)).zip(wider.chunks_exact_mut(len * qkv))
        {
            attend_back(shape, text, above, logs, dqkv, blocks);
        }
        rotate(wider, qkv, shape.heads + shape.groups, shape.depth() / 2, tables, len, -1.0);
        let (wider, normed) = (Matrix::new(wider, qkv), Matrix::new(&self.kept.normed[..rows * width], width));
        product(Target::new(&mut self.gradient[self.at.qkv.clone()], width).add(), wider.t(), normed);
        product(Target::new(self.branch, width), wider, Matrix::new(&self.weights[self.at.qkv.clone()], width));
        let factors = self.at.norm.clone();
        let (x, scales) = (&self.kept.before[..rows * width], &self.kept.scale);
        norm_back(self.branch, x, &self.weights[factors.clone()], scales, above, &mut self.gradient[factors]);
    }
}

#[cfg(test)]
mod tests;
