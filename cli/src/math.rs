//! The loops that training and ordering spend their time in: products of matrices, dot products, an exponential.
//!
//! [`vectorised`] compiles a function for the widest vector instructions that the machine has. Everything adds in a fixed
//! order, so a run repeats bit by bit on one kind of machine, with however many threads.

use pulp::{Simd, WithSimd, bytemuck};
use std::cell::RefCell;

/// Defines a function whose body is compiled for every vector extension of the machine's family and run by the best it
/// has. What the body calls must be `#[inline(always)]` and free of closures to be part of that.
macro_rules! vectorised {
    ($(#[$about:meta])* $vis:vis fn $name:ident<$life:lifetime>($($arg:ident: $of:ty),* $(,)?) -> $out:ty $body:block) => {
        $(#[$about])*
        $vis fn $name<$life>($($arg: $of),*) -> $out {
            struct Work<$life> { $($arg: $of),* }
            impl<$life> pulp::WithSimd for Work<$life> {
                type Output = $out;
                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) -> $out {
                    let Self { $($arg),* } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Work { $($arg),* })
        }
    };
}
pub(crate) use vectorised;

/// A matrix in row-major order, read as it stands or transposed.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    /// Numbers a stored row.
    width: usize,
    across: bool,
}

impl<'a> Matrix<'a> {
    /// Rows of `width` numbers.
    pub(crate) fn new(values: &'a [f32], width: usize) -> Self {
        Matrix { values, width: width.max(1), across: false }
    }

    /// The same numbers, rows read as columns.
    pub(crate) fn t(self) -> Self {
        Matrix { across: !self.across, ..self }
    }

    /// Rows and columns.
    pub(crate) fn shape(&self) -> (usize, usize) {
        let stored = (self.values.len() / self.width, self.width);
        if self.across { (stored.1, stored.0) } else { stored }
    }

    /// Copies `wide` columns from `first` on into rows of `wide`, zeros beyond the edge.
    #[inline(always)]
    fn pack(&self, first: usize, wide: usize, out: &mut [f32]) {
        let (_, columns) = self.shape();
        let count = wide.min(columns - first);
        if count < wide {
            out.fill(0.0);
        }
        if self.across {
            for (j, line) in self.values[first * self.width..(first + count) * self.width].chunks_exact(self.width).enumerate() {
                for (row, value) in out.chunks_exact_mut(wide).zip(line) {
                    row[j] = *value;
                }
            }
        } else {
            for (row, line) in out.chunks_exact_mut(wide).zip(self.values.chunks_exact(self.width)) {
                row[..count].copy_from_slice(&line[first..first + count]);
            }
        }
    }
}

/// Rows of the tile that stays in registers; its columns are two vectors.
const TALL: usize = 6;

thread_local! {
    static PACKED: RefCell<(Vec<[f32; TALL]>, Vec<f32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// `out` = a · b, or `out` += a · b with `add`; shapes `[m, k]`, `[k, n]`, `[m, n]`.
pub(crate) fn product(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, add: bool) {
    let ((m, k), (same, n)) = (a.shape(), b.shape());
    debug_assert!(k == same && out.len() == m * n, "{m}x{k} · {same}x{n} → {}", out.len());
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    PACKED.with_borrow_mut(|(lines, panel)| {
        pulp::Arch::new().dispatch(Product { out, a, b, lines, panel, add });
    });
}

/// Packs stripes of `a` and, one at a time, of `b`, so that the inner loop reads both in order (Goto, van de Geijn 2008).
struct Product<'a> {
    out: &'a mut [f32],
    a: Matrix<'a>,
    b: Matrix<'a>,
    lines: &'a mut Vec<[f32; TALL]>,
    panel: &'a mut Vec<f32>,
    add: bool,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { out, a, b, lines, panel, add } = self;
        let ((m, k), (_, n), wide) = (a.shape(), b.shape(), 2 * S::F32_LANES);
        lines.resize(m.div_ceil(TALL) * k, [0.0; TALL]);
        for (number, lines) in lines.chunks_exact_mut(k).enumerate() {
            a.t().pack(number * TALL, TALL, lines.as_flattened_mut());
        }
        panel.resize(k * wide, 0.0);
        for first in (0..n).step_by(wide) {
            b.pack(first, wide, panel);
            let count = wide.min(n - first);
            let (vectors, _) = S::as_simd_f32s(panel).0.as_chunks::<2>();
            for (number, lines) in lines.chunks_exact(k).enumerate() {
                let mut sums = [[simd.splat_f32s(0.0); 2]; TALL];
                for (line, [left, right]) in lines.iter().zip(vectors) {
                    for i in 0..TALL {
                        let x = simd.splat_f32s(line[i]);
                        sums[i][0] = simd.mul_add_f32s(x, *left, sums[i][0]);
                        sums[i][1] = simd.mul_add_f32s(x, *right, sums[i][1]);
                    }
                }
                let top = number * TALL;
                for i in 0..TALL.min(m - top) {
                    let line = &mut out[(top + i) * n + first..][..count];
                    let sums: &[f32] = bytemuck::cast_slice(&sums[i]);
                    for (o, s) in line.iter_mut().zip(sums) {
                        *o = if add { *o + s } else { *s };
                    }
                }
            }
        }
    }
}

/// Σ a_i b_i in eight running sums.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += a * b;
        }
    }
    let mut sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += a * b;
    }
    sum
}

/// Σ x_i in eight running sums.
#[inline(always)]
pub(crate) fn total(x: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let (chunks, rest) = x.as_chunks::<8>();
    for chunk in chunks {
        for (s, x) in sums.iter_mut().zip(chunk) {
            *s += x;
        }
    }
    let mut sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for x in rest {
        sum += x;
    }
    sum
}

/// `out` += factor · x.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut [f32], x: &[f32], factor: f32) {
    for (o, x) in out.iter_mut().zip(x) {
        *o += factor * x;
    }
}

/// e^x for x ≤ 0 in a form the compiler turns into vector instructions: 2^(x·log2 e) split into a whole power, made from
/// its bits, and a polynomial of degree 5 on [−½, ½]; relative error below 3e-6, 0 below −87.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let y = (x * std::f32::consts::LOG2_E).max(-126.0);
    let whole = (y + 12_582_912.0) - 12_582_912.0; // rounds: 1.5 · 2^23
    let f = y - whole;
    let p = 0.001_333_355_8_f32;
    let p = p * f + 0.009_618_129;
    let p = p * f + 0.055_504_11;
    let p = p * f + 0.240_226_5;
    let p = p * f + std::f32::consts::LN_2;
    let p = p * f + 1.0;
    // The sum's low bits are the whole power; taken from there, no conversion is needed.
    let power = f32::from_bits(((whole + 12_582_912.0 + 127.0).to_bits() & 0xFF) << 23);
    if x < -87.0 { 0.0 } else { p * power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn products_equal_plain_sums() {
        let mut random = Random::new(2);
        for (m, k, n) in [(1, 1, 1), (8, 5, 16), (13, 48, 37), (3, 70, 16), (17, 2, 65)] {
            let mut some = |count: usize| (0..count).map(|_| random.normal()).collect::<Vec<f32>>();
            let (a, b, start) = (some(m * k), some(k * n), some(m * n));
            let turn = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| x[i % rows * columns + i / rows]).collect()
            };
            let (at, bt) = (turn(&a, m, k), turn(&b, k, n));
            for add in [false, true] {
                let mut outs = [start.clone(), start.clone(), start.clone()];
                product(&mut outs[0], Matrix::new(&a, k), Matrix::new(&b, n), add);
                product(&mut outs[1], Matrix::new(&at, m).t(), Matrix::new(&b, n), add);
                product(&mut outs[2], Matrix::new(&a, k), Matrix::new(&bt, k).t(), add);
                for (cell, before) in start.iter().enumerate() {
                    let sum: f64 = (0..k).map(|j| f64::from(a[cell / n * k + j]) * f64::from(b[j * n + cell % n])).sum();
                    let wanted = sum + if add { f64::from(*before) } else { 0.0 };
                    assert!(outs.iter().all(|o| (f64::from(o[cell]) - wanted).abs() < 1e-4), "{m} {k} {n} at {cell}");
                }
            }
        }
    }

    #[test]
    fn the_exponential_is_close() {
        for i in 0..8700 {
            let x = -(i as f32) / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-5, "{x}");
        }
        assert_eq!(exp(-1e9), 0.0);
    }
}
