//! One step of recurrent cells, after ONNX's GRU, LSTM and RNN with their default activations. The matrices of the state
//! are packed beforehand, by [`pack`].

use crate::activation::{apply, sigmoid4, tanh4};
use crate::matmul_f32::{self, packed_len, product};

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
    matmul_f32::pack(a, n, first * n, (1, n), true, head);
    matmul_f32::pack(b, n, second * n, (1, n), true, tail);
}

fn fits(recurrent: &[f32], gates: usize, n: usize) -> bool {
    recurrent.len() == pack_len(gates, n)
}

/// GRU step. `x` holds W x + b of the gates z, r, h (3H); `recurrent` the packed matrices R; `bias` the recurrent
/// biases (3H). `h` is replaced. `scratch` is 4H long.
///
/// With `linear_before_reset` the reset gate multiplies R h + b, else it multiplies h before the product.
#[inline(never)]
pub fn gru_step(x: &[f32], recurrent: &[f32], bias: &[f32], linear_before_reset: bool, h: &mut [f32], scratch: &mut [f32]) {
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
    apply(zr, sigmoid4);
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
    apply(hidden, tanh4);
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
pub fn lstm_step(x: &[f32], recurrent: &[f32], peephole: &[f32], h: &mut [f32], c: &mut [f32], scratch: &mut [f32]) {
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
    apply(i, sigmoid4);
    apply(f, sigmoid4);
    apply(g, tanh4);
    for (((c, i), f), g) in c.iter_mut().zip(i.iter()).zip(f.iter()).zip(g.iter()) {
        *c = f * *c + i * g;
    }
    peep(o, po, c);
    apply(o, sigmoid4);
    h.copy_from_slice(c);
    apply(h, tanh4);
    for (h, o) in h.iter_mut().zip(o.iter()) {
        *h *= o;
    }
}

fn peep(gate: &mut [f32], weights: Option<&[f32]>, c: &[f32]) {
    for ((g, w), c) in gate.iter_mut().zip(weights.unwrap_or_default()).zip(c) {
        *g += w * c;
    }
}

/// RNN step with tanh: h = tanh(x + R h), with x holding W x + both biases and R packed. `scratch` is H long.
#[inline(never)]
pub fn rnn_step(x: &[f32], recurrent: &[f32], h: &mut [f32], scratch: &mut [f32]) {
    let n = h.len();
    if x.len() != n || scratch.len() != n || !fits(recurrent, RNN, n) {
        return;
    }
    product(h, recurrent, n, n, x, scratch);
    h.copy_from_slice(scratch);
    apply(h, tanh4);
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
        gru_step(&x, &recurrent, &bias, true, &mut h, &mut [0.0; 4]);
        let after = (0.7 + r * (0.8 * h0 + 0.9)).tanh();
        near(h[0], (1.0 - z) * after + z * h0);
        let mut h = [h0];
        gru_step(&x, &recurrent, &bias, false, &mut h, &mut [0.0; 4]);
        let before = (0.7 + 0.8 * (r * h0) + 0.9).tanh();
        near(h[0], (1.0 - z) * before + z * h0);
    }

    #[test]
    fn lstm_by_hand() {
        let (x, recurrent, h0, c0) = ([0.1, 0.2, 0.3, 0.4], pack(&[0.5, 0.6, 0.7, 0.8], LSTM, 1), 0.5f32, -0.25f32);
        let (mut h, mut c) = ([h0], [c0]);
        lstm_step(&x, &recurrent, &[0.1, 0.2, 0.3], &mut h, &mut c, &mut [0.0; 4]);
        let i = sigmoid(0.1 + 0.5 * h0 + 0.1 * c0);
        let f = sigmoid(0.3 + 0.7 * h0 + 0.3 * c0);
        let want = f * c0 + i * (0.4 + 0.8 * h0).tanh();
        near(c[0], want);
        near(h[0], sigmoid(0.2 + 0.6 * h0 + 0.2 * want) * want.tanh());
    }

    #[test]
    fn rnn_by_hand() {
        let mut h = [0.5];
        rnn_step(&[0.1], &pack(&[2.0], RNN, 1), &mut h, &mut [0.0]);
        near(h[0], 1.1f32.tanh());
    }

    #[test]
    fn rows_of_the_matrix_are_outputs() {
        // R = [[0, 1], [0, 0]]: the first place takes the second, the second nothing.
        let mut h = [0.25, 0.5];
        rnn_step(&[0.0, 0.1], &pack(&[0.0, 1.0, 0.0, 0.0], RNN, 2), &mut h, &mut [0.0; 2]);
        near(h[0], 0.5f32.tanh());
        near(h[1], 0.1f32.tanh());
    }
}
