//! One step of recurrent cells, after ONNX's GRU, LSTM and RNN. The matrices of the state are packed beforehand, by [`pack`].

use crate::activation::{apply, sigmoid4, tanh4};
use crate::matmul_f32::{self, packed_len, product};
use wide::f32x4;

/// What makes gates and states of sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// tanh x.
    Tanh,
    /// max(x, 0).
    Relu,
    /// x, or a·x below 0.
    LeakyRelu(f32),
    /// a·x + b between 0 and 1.
    HardSigmoid(f32, f32),
    /// a·x + b.
    Affine(f32, f32),
}

/// The curves of a cell: of its gates, of what comes in, and of an LSTM's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curves {
    /// z and r, or i, o and f.
    pub gate: Curve,
    /// h, or c; an RNN has this one alone.
    pub inner: Curve,
    /// Of an LSTM's cell on its way out.
    pub outer: Curve,
    /// Bound of what goes into the first two; infinite where there is none.
    pub clip: f32,
}

impl Curves {
    /// ONNX's defaults.
    pub const USUAL: Self = Self { gate: Curve::Sigmoid, inner: Curve::Tanh, outer: Curve::Tanh, clip: f32::INFINITY };
}

/// Each value within the bound, then through the curve.
fn bend(values: &mut [f32], curve: Curve, clip: f32) {
    if clip != f32::INFINITY {
        let (low, high) = (f32x4::splat(-clip), f32x4::splat(clip));
        // Comparisons let NaN through.
        apply(values, |x| x.simd_lt(low).select(low, high.simd_lt(x).select(high, x)));
    }
    let zero = f32x4::ZERO;
    match curve {
        Curve::Sigmoid => apply(values, sigmoid4),
        Curve::Tanh => apply(values, tanh4),
        Curve::Relu => apply(values, |x| x.simd_lt(zero).select(zero, x)),
        Curve::LeakyRelu(a) => apply(values, |x| x.simd_lt(zero).select(x * f32x4::splat(a), x)),
        Curve::Affine(a, b) => apply(values, |x| x * f32x4::splat(a) + f32x4::splat(b)),
        Curve::HardSigmoid(a, b) => apply(values, |x| {
            let x = x * f32x4::splat(a) + f32x4::splat(b);
            x.simd_lt(zero).select(zero, f32x4::ONE.simd_lt(x).select(f32x4::ONE, x))
        }),
    }
}

/// Gates whose matrices lie in one piece: a GRU's candidate may wait for its reset gate.
const fn pieces(gates: usize) -> (usize, usize) {
    if gates == GRU { (2, 1) } else { (gates, 0) }
}

const GRU: usize = 3;
const LSTM: usize = 4;
const RNN: usize = 1;

/// Packs the recurrent matrices R (`gates`·H × H, row-major) of a cell of state `n` for its step: one gate for an RNN, three
/// for a GRU (z, r, h), four for an LSTM (i, o, f, c).
#[must_use]
#[inline(never)]
pub fn pack(recurrent: &[f32], gates: usize, n: usize) -> Vec<f32> {
    let mut out = vec![0.0; pack_len(gates, n)];
    pack_into(recurrent, gates, n, &mut out);
    out
}

/// Values that the packed matrices of a cell take.
#[must_use]
pub const fn pack_len(gates: usize, n: usize) -> usize {
    let (first, second) = pieces(gates);
    packed_len(n, first * n) + packed_len(n, second * n)
}

/// As [`pack`], into memory of [`pack_len`] values.
#[inline(never)]
pub fn pack_into(recurrent: &[f32], gates: usize, n: usize, out: &mut [f32]) {
    let (first, second) = pieces(gates);
    let (head, tail) = out.split_at_mut(packed_len(n, first * n).min(out.len()));
    let (a, b) = recurrent.split_at((first * n * n).min(recurrent.len()));
    matmul_f32::pack(a, n, first * n, (1, n), head);
    matmul_f32::pack(b, n, second * n, (1, n), tail);
}

fn fits(recurrent: &[f32], gates: usize, n: usize) -> bool {
    recurrent.len() == pack_len(gates, n)
}

/// GRU step. `x` holds W x + b of the gates z, r, h (3H); `recurrent` the packed matrices R; `bias` the recurrent
/// biases (3H). `h` is replaced. `scratch` is 4H long.
///
/// With `linear_before_reset` the reset gate multiplies R h + b, else it multiplies h before the product.
#[inline(never)]
pub fn gru_step(
    x: &[f32],
    recurrent: &[f32],
    bias: &[f32],
    (linear_before_reset, curves): (bool, &Curves),
    h: &mut [f32],
    scratch: &mut [f32],
) {
    let n = h.len();
    if x.len() != 3 * n || bias.len() != 3 * n || !fits(recurrent, GRU, n) || scratch.len() != 4 * n {
        return;
    }
    let (sums, reset) = scratch.split_at_mut(3 * n);
    let (zr, hidden) = sums.split_at_mut(2 * n);
    let (matrix_zr, matrix_h) = recurrent.split_at(packed_len(n, 2 * n));
    let (bias_zr, bias_h) = bias.split_at(2 * n);
    product(h, matrix_zr, n, 2 * n, bias_zr, zr);
    add(zr, x);
    bend(zr, curves.gate, curves.clip);
    let (z, r) = zr.split_at(n);
    if linear_before_reset {
        product(h, matrix_h, n, n, bias_h, hidden);
        for (v, r) in hidden.iter_mut().zip(r) {
            *v *= r;
        }
    } else {
        for ((out, r), h) in reset.iter_mut().zip(r).zip(h.iter()) {
            *out = r * h;
        }
        product(reset, matrix_h, n, n, bias_h, hidden);
    }
    add(hidden, x.get(2 * n..).unwrap_or_default());
    bend(hidden, curves.inner, curves.clip);
    for ((h, z), candidate) in h.iter_mut().zip(z).zip(hidden.iter()) {
        *h = (1.0 - z) * candidate + z * *h;
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// LSTM step. `x` holds W x + both biases of the gates i, o, f, c (4H); `recurrent` the packed matrices R;
/// `peephole` the weights of i, o, f (3H) or nothing. `h` and `c` are replaced. `scratch` is 4H long.
#[inline(never)]
pub fn lstm_step(
    x: &[f32],
    recurrent: &[f32],
    peephole: &[f32],
    curves: &Curves,
    (h, c): (&mut [f32], &mut [f32]),
    scratch: &mut [f32],
) {
    let n = h.len();
    if x.len() != 4 * n || !fits(recurrent, LSTM, n) || c.len() != n || scratch.len() != 4 * n {
        return;
    }
    product(h, recurrent, n, 4 * n, x, scratch);
    let (i, rest) = scratch.split_at_mut(n);
    let (o, rest) = rest.split_at_mut(n);
    let (f, g) = rest.split_at_mut(n);
    let (pi, po, pf) = match peephole.len() == 3 * n {
        true => (peephole.get(..n), peephole.get(n..2 * n), peephole.get(2 * n..)),
        false => (None, None, None),
    };
    peep(i, pi, c);
    peep(f, pf, c);
    bend(i, curves.gate, curves.clip);
    bend(f, curves.gate, curves.clip);
    bend(g, curves.inner, curves.clip);
    for (((c, i), f), g) in c.iter_mut().zip(i.iter()).zip(f.iter()).zip(g.iter()) {
        *c = f * *c + i * g;
    }
    peep(o, po, c);
    bend(o, curves.gate, curves.clip);
    h.copy_from_slice(c);
    bend(h, curves.outer, f32::INFINITY);
    for (h, o) in h.iter_mut().zip(o.iter()) {
        *h *= o;
    }
}

fn peep(gate: &mut [f32], weights: Option<&[f32]>, c: &[f32]) {
    for ((g, w), c) in gate.iter_mut().zip(weights.unwrap_or_default()).zip(c) {
        *g += w * c;
    }
}

/// RNN step: h = f(x + R h), with x holding W x + both biases and R packed. `scratch` is H long.
#[inline(never)]
pub fn rnn_step(x: &[f32], recurrent: &[f32], curves: &Curves, h: &mut [f32], scratch: &mut [f32]) {
    let n = h.len();
    if x.len() != n || scratch.len() != n || !fits(recurrent, RNN, n) {
        return;
    }
    product(h, recurrent, n, n, x, scratch);
    h.copy_from_slice(scratch);
    bend(h, curves.inner, curves.clip);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sigmoid(x: f32) -> f32 {
        1.0 / (1.0 + (-x).exp())
    }

    fn near(a: f32, b: f32) {
        assert!((a - b).abs() < 2e-6, "{a} {b}");
    }

    #[test]
    fn gru_by_hand() {
        // H = 1: z = σ(.1 + .2·h + .3), r = σ(.4 + .5·h + .6), candidate by both readings of the reset gate.
        let (x, recurrent, bias, h0) = ([0.1, 0.4, 0.7], pack(&[0.2, 0.5, 0.8], GRU, 1), [0.3, 0.6, 0.9], 0.5f32);
        let z = sigmoid(0.1 + 0.2 * h0 + 0.3);
        let r = sigmoid(0.4 + 0.5 * h0 + 0.6);
        let mut h = [h0];
        gru_step(&x, &recurrent, &bias, (true, &Curves::USUAL), &mut h, &mut [0.0; 4]);
        let after = (0.7 + r * (0.8 * h0 + 0.9)).tanh();
        near(h[0], (1.0 - z) * after + z * h0);
        let mut h = [h0];
        gru_step(&x, &recurrent, &bias, (false, &Curves::USUAL), &mut h, &mut [0.0; 4]);
        let before = (0.7 + 0.8 * (r * h0) + 0.9).tanh();
        near(h[0], (1.0 - z) * before + z * h0);
    }

    #[test]
    fn lstm_by_hand() {
        let (x, recurrent, h0, c0) = ([0.1, 0.2, 0.3, 0.4], pack(&[0.5, 0.6, 0.7, 0.8], LSTM, 1), 0.5f32, -0.25f32);
        let (mut h, mut c) = ([h0], [c0]);
        lstm_step(&x, &recurrent, &[0.1, 0.2, 0.3], &Curves::USUAL, (&mut h, &mut c), &mut [0.0; 4]);
        let i = sigmoid(0.1 + 0.5 * h0 + 0.1 * c0);
        let f = sigmoid(0.3 + 0.7 * h0 + 0.3 * c0);
        let want = f * c0 + i * (0.4 + 0.8 * h0).tanh();
        near(c[0], want);
        near(h[0], sigmoid(0.2 + 0.6 * h0 + 0.2 * want) * want.tanh());
    }

    #[test]
    fn rnn_by_hand() {
        let mut h = [0.5];
        rnn_step(&[0.1], &pack(&[2.0], RNN, 1), &Curves::USUAL, &mut h, &mut [0.0]);
        near(h[0], 1.1f32.tanh());
    }

    #[test]
    fn rows_of_the_matrix_are_outputs() {
        // R = [[0, 1], [0, 0]]: the first place takes the second, the second nothing.
        let mut h = [0.25, 0.5];
        rnn_step(&[0.0, 0.1], &pack(&[0.0, 1.0, 0.0, 0.0], RNN, 2), &Curves::USUAL, &mut h, &mut [0.0; 2]);
        near(h[0], 0.5f32.tanh());
        near(h[1], 0.1f32.tanh());
    }

    #[test]
    fn curves_and_bounds_by_hand() {
        let values = [-3.0, -0.5, 0.25, 2.0, f32::NAN];
        let through = |curve, clip| {
            let mut out = values;
            bend(&mut out, curve, clip);
            assert!(out[4].is_nan());
            [out[0], out[1], out[2], out[3]]
        };
        let never = f32::INFINITY;
        assert_eq!(through(Curve::Relu, never), [0.0, 0.0, 0.25, 2.0]);
        assert_eq!(through(Curve::Relu, 1.0), [0.0, 0.0, 0.25, 1.0]);
        assert_eq!(through(Curve::LeakyRelu(0.5), 2.0), [-1.0, -0.25, 0.25, 2.0]);
        assert_eq!(through(Curve::HardSigmoid(0.5, 0.5), never), [0.0, 0.25, 0.625, 1.0]);
        assert_eq!(through(Curve::Affine(2.0, 1.0), never), [-5.0, 0.0, 1.5, 5.0]);
    }
}
