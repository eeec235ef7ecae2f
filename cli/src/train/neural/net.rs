//! The encoder in training: queries of every place of a batch, and the gradients back to weights and item vectors.
//!
//! The formulas are those of [`super::encoder`]; rows are the places of all windows, one after the other.

use crate::math::{Matrix, add_scaled, dot, product, total, vectorised};
use crate::train::neural::attention::{Attention, Gradients, View};
use crate::train::neural::encoder::{Block, EPSILON, Encoder};

/// What the forward pass leaves for the backward one. Buffers are used again from batch to batch.
#[derive(Default)]
pub(crate) struct Pass {
    /// First row of every window, and the end of the last one.
    pub(crate) starts: Vec<usize>,
    /// Rows that later places must not see; empty: none.
    pub(crate) hidden: Vec<bool>,
    /// Item vectors, after dropout `[rows, d]`.
    pub(crate) x: Vec<f32>,
    /// Unit queries `[rows, d]`.
    pub(crate) queries: Vec<f32>,
    blocks: Vec<BlockPass>,
    /// Input of the first block, then the output of each `[rows, d]`.
    hiddens: Vec<Vec<f32>>,
    asked: Vec<f32>,
    alpha: Vec<f32>,
    lengths: Vec<f32>,
}

#[derive(Default)]
struct BlockPass {
    qkv: Vec<f32>,
    weights: Vec<f32>,
    heads: Vec<f32>,
    norm1: NormPass,
    middle: Vec<f32>,
    wide: Vec<f32>,
    norm2: NormPass,
}

#[derive(Default)]
struct NormPass {
    /// Centred and scaled rows, before gain and shift.
    scaled: Vec<f32>,
    /// 1/deviation of each row.
    over: Vec<f32>,
}

fn zeroed(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    buffer.clear();
    buffer.resize(len, 0.0);
    buffer
}

impl Pass {
    fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    fn heads<'a>(starts: &'a [usize], hidden: &'a [bool], encoder: &Encoder, block: &'a Block) -> Attention<'a> {
        let width = encoder.dim / encoder.heads;
        let scale = 1.0 / (width as f32).sqrt();
        Attention { starts, hidden, heads: encoder.heads, width, scale, bias: &block.bias }
    }

    fn pool<'a>(starts: &'a [usize], hidden: &'a [bool], encoder: &'a Encoder) -> Attention<'a> {
        let scale = 1.0 / (encoder.dim as f32).sqrt();
        Attention { starts, hidden, heads: 1, width: encoder.dim, scale, bias: &encoder.bias }
    }

    /// Makes the queries from `starts`, `hidden` and `x`.
    pub(crate) fn forward(&mut self, encoder: &Encoder) {
        let (d, rows) = (encoder.dim, self.rows());
        self.blocks.resize_with(encoder.blocks.len(), BlockPass::default);
        self.hiddens.resize_with(encoder.blocks.len() + 1, Vec::new);
        let root = (d as f32).sqrt();
        self.hiddens[0].clear();
        self.hiddens[0].extend(self.x.iter().map(|x| x * root));
        for (number, (block, pass)) in encoder.blocks.iter().zip(&mut self.blocks).enumerate() {
            let [h, next] = &mut self.hiddens[number..number + 2] else { continue };
            let f = block.b1.len();
            product(zeroed(&mut pass.qkv, rows * 3 * d), Matrix::new(h, d), Matrix::new(&block.qkv, 3 * d), false);
            let part = |offset| View { values: &pass.qkv, stride: 3 * d, offset };
            let attention = Self::heads(&self.starts, &self.hidden, encoder, block);
            let heads = zeroed(&mut pass.heads, rows * d);
            attention.forward([part(0), part(d), part(2 * d)], &mut pass.weights, heads);
            pass.middle.clone_from(h);
            product(&mut pass.middle, Matrix::new(&pass.heads, d), Matrix::new(&block.join, d), true);
            pass.norm1.forward(&mut pass.middle, &block.norm1);
            product(zeroed(&mut pass.wide, rows * f), Matrix::new(&pass.middle, d), Matrix::new(&block.w1, f), false);
            for row in pass.wide.chunks_exact_mut(f) {
                row.iter_mut().zip(&block.b1).for_each(|(v, b)| *v = (*v + b).max(0.0));
            }
            next.clone_from(&pass.middle);
            product(next, Matrix::new(&pass.wide, f), Matrix::new(&block.w2, d), true);
            for row in next.chunks_exact_mut(d) {
                row.iter_mut().zip(&block.b2).for_each(|(v, b)| *v += b);
            }
            pass.norm2.forward(next, &block.norm2);
        }
        let Some(h) = self.hiddens.last() else { return };
        product(zeroed(&mut self.asked, rows * d), Matrix::new(h, d), Matrix::new(&encoder.pool, d), false);
        let queries = zeroed(&mut self.queries, rows * d);
        let (asked, keys, x) = (View::whole(&self.asked, d), View::whole(h, d), View::whole(&self.x, d));
        Self::pool(&self.starts, &self.hidden, encoder).forward([asked, keys, x], &mut self.alpha, queries);
        if !encoder.out.is_empty() {
            product(queries, Matrix::new(h, d), Matrix::new(&encoder.out, d), true);
        }
        self.lengths.clear();
        for q in queries.chunks_exact_mut(d) {
            let length = (dot(q, q) + EPSILON * EPSILON).sqrt();
            q.iter_mut().for_each(|q| *q /= length);
            self.lengths.push(length);
        }
    }

    /// From the queries' gradient (spent on the way) to the weights', added to `to`, and that of `x`, put into `dx`.
    pub(crate) fn backward(&mut self, encoder: &Encoder, dq: &mut [f32], to: &mut Encoder, dx: &mut Vec<f32>) {
        let (d, rows) = (encoder.dim, self.rows());
        for ((dq, q), length) in dq.chunks_exact_mut(d).zip(self.queries.chunks_exact(d)).zip(&self.lengths) {
            let along = dot(dq, q);
            dq.iter_mut().zip(q).for_each(|(g, q)| *g = (*g - q * along) / length);
        }
        let dq = &*dq;
        zeroed(dx, rows * d);
        let (mut dh, mut d_asked) = (vec![0f32; rows * d], vec![0f32; rows * d]);
        let Some(h) = self.hiddens.last() else { return };
        {
            let (asked, keys, x) = (View::whole(&self.asked, d), View::whole(h, d), View::whole(&self.x, d));
            let gradients = Gradients { q: &mut d_asked, k: &mut dh, v: dx, bias: &mut to.bias };
            Self::pool(&self.starts, &self.hidden, encoder).backward([asked, keys, x], &self.alpha, dq, gradients);
        }
        product(&mut to.pool, Matrix::new(h, d).t(), Matrix::new(&d_asked, d), true);
        product(&mut dh, Matrix::new(&d_asked, d), Matrix::new(&encoder.pool, d).t(), true);
        if !encoder.out.is_empty() {
            product(&mut to.out, Matrix::new(h, d).t(), Matrix::new(dq, d), true);
            product(&mut dh, Matrix::new(dq, d), Matrix::new(&encoder.out, d).t(), true);
        }
        let (mut wide, mut heads, mut qkv) = (Vec::new(), Vec::new(), Vec::new());
        let (mut q, mut k, mut v) = (Vec::new(), Vec::new(), Vec::new());
        let passes = self.blocks.iter().zip(&self.hiddens);
        for ((block, to), (pass, h)) in encoder.blocks.iter().zip(&mut to.blocks).zip(passes).rev() {
            let f = block.b1.len();
            pass.norm2.backward(&mut dh, &block.norm2, &mut to.norm2);
            product(&mut to.w2, Matrix::new(&pass.wide, f).t(), Matrix::new(&dh, d), true);
            product(zeroed(&mut wide, rows * f), Matrix::new(&dh, d), Matrix::new(&block.w2, d).t(), false);
            dh.chunks_exact(d).for_each(|row| add_scaled(&mut to.b2, row, 1.0));
            for (row, was) in wide.chunks_exact_mut(f).zip(pass.wide.chunks_exact(f)) {
                row.iter_mut().zip(was).for_each(|(g, was)| *g = if *was > 0.0 { *g } else { 0.0 });
                add_scaled(&mut to.b1, row, 1.0);
            }
            product(&mut to.w1, Matrix::new(&pass.middle, d).t(), Matrix::new(&wide, f), true);
            product(&mut dh, Matrix::new(&wide, f), Matrix::new(&block.w1, f).t(), true);
            pass.norm1.backward(&mut dh, &block.norm1, &mut to.norm1);
            product(&mut to.join, Matrix::new(&pass.heads, d).t(), Matrix::new(&dh, d), true);
            product(zeroed(&mut heads, rows * d), Matrix::new(&dh, d), Matrix::new(&block.join, d).t(), false);
            for part in [&mut q, &mut k, &mut v] {
                zeroed(part, rows * d);
            }
            let part = |offset| View { values: &pass.qkv, stride: 3 * d, offset };
            let gradients = Gradients { q: &mut q, k: &mut k, v: &mut v, bias: &mut to.bias };
            let attention = Self::heads(&self.starts, &self.hidden, encoder, block);
            attention.backward([part(0), part(d), part(2 * d)], &pass.weights, &heads, gradients);
            qkv.clear();
            for ((q, k), v) in q.chunks_exact(d).zip(k.chunks_exact(d)).zip(v.chunks_exact(d)) {
                [q, k, v].iter().for_each(|part| qkv.extend_from_slice(part));
            }
            product(&mut to.qkv, Matrix::new(h, d).t(), Matrix::new(&qkv, 3 * d), true);
            product(&mut dh, Matrix::new(&qkv, 3 * d), Matrix::new(&block.qkv, 3 * d).t(), true);
        }
        add_scaled(dx, &dh, (d as f32).sqrt());
    }
}

impl NormPass {
    /// h becomes its layer norm (Ba, Kiros, Hinton 2016), with gain and shift in `affine`.
    fn forward(&mut self, h: &mut [f32], affine: &[f32]) {
        zeroed(&mut self.over, h.len() * 2 / affine.len());
        norm(h, affine, zeroed(&mut self.scaled, h.len()), &mut self.over);
    }

    /// `g`, the gradient of the output, becomes that of the input; gain's and shift's are added to `to`.
    fn backward(&self, g: &mut [f32], affine: &[f32], to: &mut [f32]) {
        norm_back(g, affine, &self.scaled, &self.over, to);
    }
}

vectorised! {
    fn norm<'a>(h: &'a mut [f32], affine: &'a [f32], scaled: &'a mut [f32], overs: &'a mut [f32]) -> () {
        let d = affine.len() / 2;
        let (gain, shift) = affine.split_at(d);
        for ((h, scaled), over) in h.chunks_exact_mut(d).zip(scaled.chunks_exact_mut(d)).zip(overs) {
            let mean = total(h) / d as f32;
            for (s, h) in scaled.iter_mut().zip(h.iter()) {
                *s = h - mean;
            }
            *over = 1.0 / (dot(scaled, scaled) / d as f32 + EPSILON).sqrt();
            for (((h, s), g), b) in h.iter_mut().zip(scaled).zip(gain).zip(shift) {
                *s *= *over;
                *h = *s * g + b;
            }
        }
    }
}

vectorised! {
    fn norm_back<'a>(g: &'a mut [f32], affine: &'a [f32], scaled: &'a [f32], overs: &'a [f32], to: &'a mut [f32]) -> () {
        let d = affine.len() / 2;
        let gain = &affine[..d];
        let (to_gain, to_shift) = to.split_at_mut(d);
        for ((g, s), over) in g.chunks_exact_mut(d).zip(scaled.chunks_exact(d)).zip(overs) {
            add_scaled(to_shift, g, 1.0);
            for ((to, g), s) in to_gain.iter_mut().zip(g.iter()).zip(s) {
                *to += g * s;
            }
            for (g, gain) in g.iter_mut().zip(gain) {
                *g *= gain;
            }
            let mean = total(g) / d as f32;
            let along = dot(g, s) / d as f32;
            for (g, s) in g.iter_mut().zip(s) {
                *g = over * (*g - mean - s * along);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_numerics::random::Random;

    fn sum(encoder: &Encoder, pass: &mut Pass, weigh: &[f32]) -> f64 {
        pass.forward(encoder);
        pass.queries.iter().zip(weigh).map(|(q, w)| f64::from(*q) * f64::from(*w)).sum()
    }

    fn setting(residual: bool) -> (Encoder, Pass, Vec<f32>) {
        let mut random = Random::new(4);
        let mut encoder = Encoder::random(8, 2, 2, 5, 2, residual, &mut random);
        for part in encoder.parts_mut() {
            part.iter_mut().for_each(|v| *v += 0.3 * random.normal());
        }
        let mut some = |n: usize| (0..n).map(|_| random.normal()).collect::<Vec<f32>>();
        let pass = Pass { starts: vec![0, 1, 5, 8], x: some(64), ..Pass::default() };
        (encoder, pass, some(64))
    }

    #[test]
    fn the_queries_are_those_of_the_plain_encoder() {
        let (encoder, mut pass, _) = setting(true);
        pass.forward(&encoder);
        for (window, end) in [(0, 1), (1, 5), (5, 6), (5, 8)] {
            let plain = encoder.query(&pass.x[window * 8..end * 8]);
            let here = &pass.queries[(end - 1) * 8..end * 8];
            assert!(plain.iter().zip(here).all(|(a, b)| (a - b).abs() < 1e-5), "{plain:?} {here:?}");
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for residual in [false, true] {
            let (mut encoder, mut pass, weigh) = setting(residual);
            if residual {
                pass.hidden = (0..8).map(|i| i == 2 || i == 5).collect();
            }
            pass.forward(&encoder);
            let (mut to, mut dx) = (encoder.zeros(), Vec::new());
            pass.backward(&encoder, &mut weigh.clone(), &mut to, &mut dx);
            let e = 2e-3;
            for (part, slopes) in to.parts().into_iter().cloned().enumerate() {
                for (at, slope) in slopes.iter().enumerate().step_by(3) {
                    let mut moved = |by: f32, pass: &mut Pass| {
                        encoder.parts_mut()[part][at] += by;
                        let sum = sum(&encoder, pass, &weigh);
                        encoder.parts_mut()[part][at] -= by;
                        sum
                    };
                    let wanted = (moved(e, &mut pass) - moved(-e, &mut pass)) / f64::from(2.0 * e);
                    assert!((wanted - f64::from(*slope)).abs() < 0.02 * (1.0 + wanted.abs()), "{part} {at}: {wanted} {slope}");
                }
            }
            for (at, slope) in dx.iter().enumerate() {
                let was = pass.x[at];
                let mut moved = |by: f32| {
                    pass.x[at] = was + by;
                    sum(&encoder, &mut pass, &weigh)
                };
                let wanted = (moved(e) - moved(-e)) / f64::from(2.0 * e);
                moved(0.0);
                assert!((wanted - f64::from(*slope)).abs() < 0.02 * (1.0 + wanted.abs()), "x {at}: {wanted} {slope}");
            }
        }
    }
}
