//! Causal attention within windows of different lengths, forward and backward.
//!
//! For head `g` and places `i ≤ t` of one window, `t − i` the distance:
//! ```text
//! l_ti = scale · q_t·k_i + r[g, t−i]      A_t = softmax(l_t)      out_t = Σ_i A_ti v_i
//! ```
//! Heads stand side by side in a row. The pooling of the encoder is the same with one head.

use crate::math::{add_scaled, dot, exp, vectorised};
use crate::train::neural::encoder::MASKED;

/// A matrix of heads inside a wider one.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// All numbers.
    pub(crate) values: &'a [f32],
    /// Numbers from row to row.
    pub(crate) stride: usize,
    /// Where the first head begins in a row.
    pub(crate) offset: usize,
}

impl<'a> View<'a> {
    /// A matrix on its own.
    pub(crate) fn whole(values: &'a [f32], width: usize) -> Self {
        View { values, stride: width, offset: 0 }
    }

    #[inline(always)]
    fn at(&self, row: usize, from: usize, width: usize) -> &'a [f32] {
        let start = row * self.stride + self.offset + from;
        &self.values[start..start + width]
    }
}

/// What stands still in a pass.
#[derive(Clone, Copy)]
pub(crate) struct Attention<'a> {
    /// First row of every window, and the end of the last one.
    pub(crate) starts: &'a [usize],
    /// Rows that later places must not see; empty: none.
    pub(crate) hidden: &'a [bool],
    /// Heads.
    pub(crate) heads: usize,
    /// Numbers a head.
    pub(crate) width: usize,
    /// Factor of a product.
    pub(crate) scale: f32,
    /// Bias by head and distance, `[heads, last]`.
    pub(crate) bias: &'a [f32],
}

/// Gradients of one pass, each `[rows, heads · width]`; `bias` as in [`Attention`]. They are added to.
pub(crate) struct Gradients<'a> {
    pub(crate) q: &'a mut [f32],
    pub(crate) k: &'a mut [f32],
    pub(crate) v: &'a mut [f32],
    pub(crate) bias: &'a mut [f32],
}

impl Attention<'_> {
    /// The answers, added to `out` `[rows, heads · width]`; the weights A, by window, head, t and i, go to `weights`.
    pub(crate) fn forward(&self, [q, k, v]: [View<'_>; 3], weights: &mut Vec<f32>, out: &mut [f32]) {
        let cells = self.starts.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0] + 1) / 2).sum::<usize>() * self.heads;
        weights.clear();
        weights.resize(cells, 0.0);
        answer(*self, q, k, v, weights, out);
    }

    /// From the answers' gradient `d_out` to those of all that went in.
    pub(crate) fn backward(&self, [q, k, v]: [View<'_>; 3], weights: &[f32], d_out: &[f32], to: Gradients<'_>) {
        trace_back(*self, q, k, v, weights, d_out, to);
    }
}

vectorised! {
    fn answer<'a>(
        of: Attention<'a>,
        q: View<'a>,
        k: View<'a>,
        v: View<'a>,
        weights: &'a mut [f32],
        out: &'a mut [f32],
    ) -> () {
        let (w, last, row) = (of.width, of.bias.len() / of.heads, of.heads * of.width);
        let mut rest = weights;
        for window in of.starts.windows(2) {
            let (start, end) = (window[0], window[1]);
            for head in 0..of.heads {
                for t in start..end {
                    let (line, after) = rest.split_at_mut(t - start + 1);
                    rest = after;
                    let asked = q.at(t, head * w, w);
                    let mut top = f32::NEG_INFINITY;
                    for (i, logit) in (start..=t).zip(line.iter_mut()) {
                        *logit = of.scale * dot(asked, k.at(i, head * w, w)) + of.bias[head * last + t - i];
                        if i != t && !of.hidden.is_empty() && of.hidden[i] {
                            *logit = MASKED;
                        }
                        top = if *logit > top { *logit } else { top };
                    }
                    let mut sum = 0.0;
                    for l in line.iter_mut() {
                        *l = exp(*l - top);
                        sum += *l;
                    }
                    let over = 1.0 / sum;
                    let answer = &mut out[t * row + head * w..t * row + (head + 1) * w];
                    for (i, l) in (start..=t).zip(line.iter_mut()) {
                        *l *= over;
                        add_scaled(answer, v.at(i, head * w, w), *l);
                    }
                }
            }
        }
    }
}

vectorised! {
    fn trace_back<'a>(
        of: Attention<'a>,
        q: View<'a>,
        k: View<'a>,
        v: View<'a>,
        weights: &'a [f32],
        d_out: &'a [f32],
        to: Gradients<'a>,
    ) -> () {
        let (w, last, row) = (of.width, of.bias.len() / of.heads, of.heads * of.width);
        let mut rest = weights;
        let mut slopes = vec![0f32; last];
        for window in of.starts.windows(2) {
            let (start, end) = (window[0], window[1]);
            for head in 0..of.heads {
                for t in start..end {
                    let (line, after) = rest.split_at(t - start + 1);
                    rest = after;
                    let own = t * row + head * w;
                    let d = &d_out[own..own + w];
                    let mut mean = 0.0;
                    for ((i, a), slope) in (start..=t).zip(line).zip(slopes.iter_mut()) {
                        *slope = dot(d, v.at(i, head * w, w));
                        mean += a * *slope;
                    }
                    for ((i, a), slope) in (start..=t).zip(line).zip(&slopes) {
                        let at = i * row + head * w;
                        add_scaled(&mut to.v[at..at + w], d, *a);
                        let dl = a * (slope - mean);
                        to.bias[head * last + t - i] += dl;
                        add_scaled(&mut to.q[own..own + w], k.at(i, head * w, w), of.scale * dl);
                        add_scaled(&mut to.k[at..at + w], q.at(t, head * w, w), of.scale * dl);
                    }
                }
            }
        }
    }
}
