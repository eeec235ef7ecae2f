//! What is done to rows of numbers between the products, forward and back, compiled for the widest vectors of the machine.

use crate::math::{dot, exp, vectorised};

/// Added to a mean square before its root is taken.
pub(crate) const EPSILON: f32 = 1e-5;

vectorised! {
    /// Rows over the root of their mean square, times factors. `scales` keeps one over that root.
    pub(crate) fn norm<'a>(x: &'a [f32], factors: &'a [f32], out: &'a mut [f32], scales: &'a mut [f32]) -> () {
        let width = factors.len();
        for ((x, out), scale) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(scales) {
            *scale = 1.0 / (dot(x, x) / width as f32 + EPSILON).sqrt();
            for ((o, x), f) in out.iter_mut().zip(x).zip(factors) {
                *o = x * *scale * f;
            }
        }
    }
}

vectorised! {
    /// Back through [`norm`]: adds to the gradients of `x` and of the factors.
    pub(crate) fn norm_back<'a>(
        above: &'a [f32],
        x: &'a [f32],
        factors: &'a [f32],
        scales: &'a [f32],
        dx: &'a mut [f32],
        dfactors: &'a mut [f32],
    ) -> () {
        let width = factors.len();
        for (((above, x), dx), scale) in
            above.chunks_exact(width).zip(x.chunks_exact(width)).zip(dx.chunks_exact_mut(width)).zip(scales)
        {
            let mut sums = [0f32; 16];
            let (tops, xs, fs) = (above.as_chunks::<16>().0, x.as_chunks::<16>().0, factors.as_chunks::<16>().0);
            for ((a, x), f) in tops.iter().zip(xs).zip(fs) {
                for i in 0..16 {
                    sums[i] += a[i] * x[i] * f[i];
                }
            }
            let mut sum = 0.0;
            for s in sums {
                sum += s;
            }
            let less = sum * scale * scale * scale / width as f32;
            for ((((d, a), x), f), df) in dx.iter_mut().zip(above).zip(x).zip(factors).zip(&mut *dfactors) {
                *d += a * f * scale - x * less;
                *df += a * x * scale;
            }
        }
    }
}

vectorised! {
    /// SiLU of the first half of a row times the second.
    pub(crate) fn gate<'a>(both: &'a [f32], inner: usize, out: &'a mut [f32]) -> () {
        for (both, out) in both.chunks_exact(2 * inner).zip(out.chunks_exact_mut(inner)) {
            let (gates, values) = both.split_at(inner);
            for ((o, g), v) in out.iter_mut().zip(gates).zip(values) {
                *o = g * sigmoid(*g) * v;
            }
        }
    }
}

vectorised! {
    /// Back through [`gate`]: writes the gradient of both halves.
    pub(crate) fn gate_back<'a>(above: &'a [f32], both: &'a [f32], inner: usize, out: &'a mut [f32]) -> () {
        for ((above, both), out) in
            above.chunks_exact(inner).zip(both.chunks_exact(2 * inner)).zip(out.chunks_exact_mut(2 * inner))
        {
            let ((gates, values), (dgates, dvalues)) = (both.split_at(inner), out.split_at_mut(inner));
            for ((((a, g), v), dg), dv) in above.iter().zip(gates).zip(values).zip(dgates).zip(dvalues) {
                let s = sigmoid(*g);
                *dg = a * v * s * (1.0 + g * (1.0 - s));
                *dv = a * g * s;
            }
        }
    }
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let s = 1.0 / (1.0 + e);
    if x >= 0.0 { s } else { e * s }
}

vectorised! {
    /// Rotates heads of a row by its position: value i of a head with value i + depth / 2. Tables hold one row a position; `turn` is 1,
    /// or −1 to rotate back. The first `count` heads of rows of `stride` numbers are rotated.
    pub(crate) fn rotate<'a>(
        rows: &'a mut [f32],
        stride: usize,
        count: usize,
        half: usize,
        tables: &'a [Vec<f32>; 2],
        context: usize,
        turn: f32,
    ) -> () {
        for (number, row) in rows.chunks_exact_mut(stride).enumerate() {
            let at = number % context * half;
            let (cos, sin) = (&tables[0][at..at + half], &tables[1][at..at + half]);
            for head in row.chunks_exact_mut(2 * half).take(count) {
                let (left, right) = head.split_at_mut(half);
                for (((l, r), c), s) in left.iter_mut().zip(right).zip(cos).zip(sin) {
                    let (x, y, s) = (*l, *r, s * turn);
                    *l = x * c - y * s;
                    *r = y * c + x * s;
                }
            }
        }
    }
}

vectorised! {
    /// Scores of rows, of which row `i` sees the first `seen + i` columns, become weights; what is not seen is 0. Answers nothing; `logs`
    /// keeps the logarithm of each row's sum.
    pub(crate) fn weigh<'a>(scores: &'a mut [f32], columns: usize, seen: usize, scale: f32, logs: &'a mut [f32]) -> () {
        for ((number, row), log) in scores.chunks_exact_mut(columns).enumerate().zip(logs) {
            let (row, rest) = row.split_at_mut((seen + number).min(columns));
            rest.fill(0.0);
            let top = largest(row) * scale;
            let sum = powers(row, scale, top);
            *log = top + sum.ln();
            let share = 1.0 / sum;
            row.iter_mut().for_each(|v| *v *= share);
        }
    }
}

vectorised! {
    /// As [`weigh`], with the logarithms that it kept.
    pub(crate) fn weigh_again<'a>(scores: &'a mut [f32], columns: usize, seen: usize, scale: f32, logs: &'a [f32]) -> () {
        for ((number, row), log) in scores.chunks_exact_mut(columns).enumerate().zip(logs) {
            let (row, rest) = row.split_at_mut((seen + number).min(columns));
            rest.fill(0.0);
            row.iter_mut().for_each(|v| *v = exp((*v * scale - log).min(0.0)));
        }
    }
}

vectorised! {
    /// Back through [`weigh`]: the gradient of weights becomes that of scores before they are scaled.
    pub(crate) fn weigh_back<'a>(above: &'a mut [f32], weights: &'a [f32], columns: usize, scale: f32) -> () {
        for (above, weights) in above.chunks_exact_mut(columns).zip(weights.chunks_exact(columns)) {
            let sum = dot(above, weights);
            for (a, w) in above.iter_mut().zip(weights) {
                *a = (*a - sum) * w * scale;
            }
        }
    }
}

vectorised! {
    /// Logits become the gradient of the mean loss: weights less 1 at the target, times `share`, 0 where a row has none. Answers the sum of
    /// losses in nats.
    pub(crate) fn surprise<'a>(logits: &'a mut [f32], targets: &'a [u32], vocabulary: usize, share: f32) -> f64 {
        let mut total = 0.0;
        for (row, target) in logits.chunks_exact_mut(vocabulary).zip(targets) {
            let target = *target as usize;
            if target >= vocabulary {
                row.fill(0.0);
                continue;
            }
            let wanted = row[target];
            let top = largest(row);
            let sum = powers(row, 1.0, top);
            total += f64::from(top + sum.ln() - wanted);
            let factor = share / sum;
            row.iter_mut().for_each(|v| *v *= factor);
            row[target] -= share;
        }
        total
    }
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let mut most = [f32::NEG_INFINITY; 16];
    let (chunks, rest) = row.as_chunks::<16>();
    for chunk in chunks {
        for (m, v) in most.iter_mut().zip(chunk) {
            *m = if *v > *m { *v } else { *m };
        }
    }
    let mut top = f32::NEG_INFINITY;
    for m in most.iter().chain(rest) {
        top = if *m > top { *m } else { top };
    }
    top
}

/// Powers of what is scaled and less `top`, in place, and their sum.
#[inline(always)]
fn powers(row: &mut [f32], scale: f32, top: f32) -> f32 {
    let mut sums = [0f32; 16];
    let (chunks, rest) = row.as_chunks_mut::<16>();
    for chunk in chunks {
        for (s, v) in sums.iter_mut().zip(chunk) {
            *v = exp(*v * scale - top);
            *s += *v;
        }
    }
    let mut sum = 0.0;
    for s in sums {
        sum += s;
    }
    for v in rest {
        *v = exp(*v * scale - top);
        sum += *v;
    }
    sum
}

/// Which numbers of a row of numbers are dropped, and what the others are multiplied by. The same seed drops the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drop {
    seed: u32,
    /// Of 2^32.
    bound: u32,
    factor: f32,
}

impl Drop {
    /// Drops a share from 0 to below 1.
    pub(crate) fn new(share: f32, seed: u64) -> Self {
        Self {
            seed: (seed ^ (seed >> 32)) as u32,
            bound: (f64::from(share) * 4_294_967_296.0) as u32,
            factor: 1.0 / (1.0 - share),
        }
    }
}

vectorised! {
    /// `out` += what is left of `x`.
    pub(crate) fn add_left<'a>(out: &'a mut [f32], x: &'a [f32], drop: Drop) -> () {
        for (number, (o, x)) in out.iter_mut().zip(x).enumerate() {
            *o += x * left(number as u32, drop);
        }
    }
}

vectorised! {
    /// `out` = what is left of `x`.
    pub(crate) fn only_left<'a>(out: &'a mut [f32], x: &'a [f32], drop: Drop) -> () {
        for (number, (o, x)) in out.iter_mut().zip(x).enumerate() {
            *o = x * left(number as u32, drop);
        }
    }
}

/// A mix of 32 bits by Wellons ("lowbias32", 2018).
#[inline(always)]
fn left(number: u32, drop: Drop) -> f32 {
    let mut x = number.wrapping_mul(0x9E37_79B9) ^ drop.seed;
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^= x >> 16;
    if x < drop.bound { 0.0 } else { drop.factor }
}
