//! One step of recurrent cells, after ONNX's GRU, LSTM and RNN with their default activations.

use crate::activation::{apply, sigmoid4, tanh4};
use crate::dot::gemv_add;

/// GRU step. `x` holds W x + b of the gates z, r, h (3H); `recurrent` the matrices R (3H × H); `bias` the recurrent
/// biases (3H). `h` is replaced. `scratch` is 4H long.
///
/// With `linear_before_reset` the reset gate multiplies R h + b, else it multiplies h before the product.
#[inline(never)]
pub fn gru_step(x: &[f32], recurrent: &[f32], bias: &[f32], linear_before_reset: bool, h: &mut [f32], scratch: &mut [f32]) {
    let n = h.len();
    if x.len() != 3 * n || bias.len() != 3 * n || recurrent.len() != 3 * n * n || scratch.len() != 4 * n {
        return;
    }
    let (sums, reset) = scratch.split_at_mut(3 * n);
    sums.copy_from_slice(bias);
    let (zr, hidden) = sums.split_at_mut(2 * n);
    let (matrix_zr, matrix_h) = recurrent.split_at(2 * n * n);
    gemv_add(matrix_zr, h, zr);
    add(zr, x);
    apply(zr, sigmoid4);
    let (z, r) = zr.split_at(n);
    if linear_before_reset {
        gemv_add(matrix_h, h, hidden);
        for (v, r) in hidden.iter_mut().zip(r) {
            *v *= r;
        }
    } else {
        for ((out, r), h) in reset.iter_mut().zip(r).zip(h.iter()) {
            *out = r * h;
        }
        gemv_add(matrix_h, reset, hidden);
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

/// LSTM step. `x` holds W x + both biases of the gates i, o, f, c (4H); `recurrent` the matrices R (4H × H);
/// `peephole` the weights of i, o, f (3H) or nothing. `h` and `c` are replaced. `scratch` is 4H long.
#[inline(never)]
pub fn lstm_step(x: &[f32], recurrent: &[f32], peephole: &[f32], h: &mut [f32], c: &mut [f32], scratch: &mut [f32]) {
    let n = h.len();
    if x.len() != 4 * n || recurrent.len() != 4 * n * n || c.len() != n || scratch.len() != 4 * n {
        return;
    }
    scratch.copy_from_slice(x);
    gemv_add(recurrent, h, scratch);
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

/// RNN step with tanh: h = tanh(x + R h), with x holding W x + both biases. `scratch` is H long.
#[inline(never)]
pub fn rnn_step(x: &[f32], recurrent: &[f32], h: &mut [f32], scratch: &mut [f32]) {
    if x.len() != h.len() || scratch.len() != h.len() || recurrent.len() != h.len() * h.len() {
        return;
    }
    scratch.copy_from_slice(x);
    gemv_add(recurrent, h, scratch);
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
        let (x, recurrent, bias, h0) = ([0.1, 0.4, 0.7], [0.2, 0.5, 0.8], [0.3, 0.6, 0.9], 0.5f32);
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
        let (x, recurrent, h0, c0) = ([0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], 0.5f32, -0.25f32);
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
        rnn_step(&[0.1], &[2.0], &mut h, &mut [0.0]);
        near(h[0], 1.1f32.tanh());
    }
}
