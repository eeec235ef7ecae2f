//! Products of matrices, which a training run spends nine tenths of its time in; functions for the widest vectors; an exponential.
//!
//! Both factors are packed so that the inner loop reads them in order (Goto, van de Geijn 2008), and a tile of the result stays in
//! registers. Sums are added in one order whatever the number of threads, so that a run repeats bit by bit on one kind of machine.

use pulp::{Simd, WithSimd, bytemuck};
use std::cell::RefCell;

/// Defines a function whose body is compiled for every vector extension of the machine's family and run by the best it has. What the
/// body calls must be `#[inline(always)]`.
#[macro_export]
macro_rules! vectorised {
    ($(#[$about:meta])* $vis:vis fn $name:ident<$life:lifetime>($($arg:ident: $of:ty),* $(,)?) -> $out:ty $body:block) => {
        $(#[$about])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name<$life>($($arg: $of),*) -> $out {
            struct Work<$life> { $($arg: $of),* }
            impl<$life> $crate::pulp::WithSimd for Work<$life> {
                type Output = $out;
                #[inline(always)]
                fn with_simd<S: $crate::pulp::Simd>(self, _: S) -> $out {
                    let Self { $($arg),* } = self;
                    $body
                }
            }
            $crate::pulp::Arch::new().dispatch(Work { $($arg),* })
        }
    };
}

/// A matrix in row-major order, read as it stands or transposed.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    /// Numbers from one row to the next.
    stride: usize,
    across: bool,
}

impl<'a> Matrix<'a> {
    /// Rows of `columns` numbers, one after the other.
    #[must_use]
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        let columns = columns.max(1);
        Self { values, rows: values.len() / columns, columns, stride: columns, across: false }
    }

    /// `rows` rows, whose first `columns` numbers are read, `stride` apart.
    #[must_use]
    pub const fn part(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        Self { values, rows, columns, stride, across: false }
    }

    /// The same numbers, rows read as columns.
    #[must_use]
    pub const fn t(self) -> Self {
        Self { across: !self.across, ..self }
    }

    /// Rows and columns.
    #[must_use]
    pub const fn shape(&self) -> (usize, usize) {
        if self.across { (self.columns, self.rows) } else { (self.rows, self.columns) }
    }

    /// Copies `wide` columns from `first` on into rows of `wide`, zeros beyond the edge.
    #[inline(always)]
    fn pack(&self, first: usize, wide: usize, out: &mut [f32]) {
        let count = wide.min(self.shape().1 - first);
        if count < wide {
            out.fill(0.0);
        }
        if self.across {
            for j in 0..count {
                let line = &self.values[(first + j) * self.stride..][..self.columns];
                for (row, value) in out.chunks_exact_mut(wide).zip(line) {
                    row[j] = *value;
                }
            }
        } else {
            for (i, row) in out.chunks_exact_mut(wide).take(self.rows).enumerate() {
                row[..count].copy_from_slice(&self.values[i * self.stride + first..][..count]);
            }
        }
    }
}

/// Where a product goes: rows `stride` apart.
#[derive(Debug)]
pub struct Target<'a> {
    values: &'a mut [f32],
    stride: usize,
    /// Added to what is there.
    add: bool,
}

impl<'a> Target<'a> {
    /// Rows one after the other, `columns` wide; what is there is written over.
    #[must_use]
    pub const fn new(values: &'a mut [f32], columns: usize) -> Self {
        Self { values, stride: columns, add: false }
    }

    /// The product is added to what is there.
    #[must_use]
    pub fn add(self) -> Self {
        Self { add: true, ..self }
    }
}

/// Rows of the tile that stays in registers; its columns are two vectors.
const TALL: usize = 6;
/// Numbers of the left factor that are packed at a time: half a megabyte, which the second cache holds.
const BLOCK: usize = 1 << 16;

thread_local! {
    static PACKED: RefCell<(Vec<f32>, Vec<f32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// `target` = a · b; shapes `[m, k]`, `[k, n]`, `[m, n]`.
pub fn product(target: Target<'_>, a: Matrix<'_>, b: Matrix<'_>) {
    let ((m, k), (same, n)) = (a.shape(), b.shape());
    debug_assert!(k == same && target.values.len() >= (m.max(1) - 1) * target.stride + n, "{m}x{k} · {same}x{n}");
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    PACKED.with_borrow_mut(|(lines, panels)| {
        pulp::Arch::new().dispatch(Product { target, a, b, lines, panels });
    });
}

struct Product<'a> {
    target: Target<'a>,
    a: Matrix<'a>,
    b: Matrix<'a>,
    lines: &'a mut Vec<f32>,
    panels: &'a mut Vec<f32>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { target, a, b, lines, panels } = self;
        let ((m, k), (_, n), wide) = (a.shape(), b.shape(), 2 * S::F32_LANES);
        let stripes = m.div_ceil(TALL);
        let most = (BLOCK / (TALL * k)).clamp(1, stripes);
        // Where the left factor is packed at once, a panel is read once, and the next takes its place.
        let kept = if most < stripes { n.div_ceil(wide) } else { 1 };
        panels.resize(kept * k * wide, 0.0);
        lines.resize(most * TALL * k, 0.0);
        let a = a.t();
        for from in (0..stripes).step_by(most) {
            let count = most.min(stripes - from);
            for (number, lines) in lines.chunks_exact_mut(k * TALL).take(count).enumerate() {
                a.pack((from + number) * TALL, TALL, lines);
            }
            for (number, first) in (0..n).step_by(wide).enumerate() {
                let panel = &mut panels[number % kept * k * wide..][..k * wide];
                if from == 0 {
                    b.pack(first, wide, panel);
                }
                let (vectors, _) = S::as_simd_f32s(panel).0.as_chunks::<2>();
                let width = wide.min(n - first);
                for (number, lines) in lines.chunks_exact(k * TALL).take(count).enumerate() {
                    let (lines, _) = lines.as_chunks::<TALL>();
                    let mut sums = [[simd.splat_f32s(0.0); 2]; TALL];
                    for (line, [left, right]) in lines.iter().zip(vectors) {
                        for i in 0..TALL {
                            let x = simd.splat_f32s(line[i]);
                            sums[i][0] = simd.mul_add_f32s(x, *left, sums[i][0]);
                            sums[i][1] = simd.mul_add_f32s(x, *right, sums[i][1]);
                        }
                    }
                    let top = (from + number) * TALL;
                    for i in 0..TALL.min(m - top) {
                        let line = &mut target.values[(top + i) * target.stride + first..][..width];
                        let sums: &[f32] = bytemuck::cast_slice(&sums[i]);
                        if target.add {
                            line.iter_mut().zip(sums).for_each(|(o, s)| *o += s);
                        } else {
                            line.iter_mut().zip(sums).for_each(|(o, s)| *o = *s);
                        }
                    }
                }
            }
        }
    }
}

/// e^x for x ≤ 0 in a form the compiler turns into vector instructions: 2^(x·log2 e) split into a whole power, made from
/// its bits, and a polynomial of degree 5 on [−½, ½]; relative error below 3e-6, 0 below −87.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
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
        let mut random = Random::of(2, 0);
        for (m, k, n) in [(1, 1, 1), (8, 5, 16), (13, 48, 37), (3, 70, 16), (17, 2, 65), (70, 3000, 5), (40, 3000, 70)] {
            let mut some = |count: usize| (0..count).map(|_| random.normal()).collect::<Vec<f32>>();
            let (a, b, start) = (some(m * k), some(k * n), some(m * (n + 3)));
            let turn = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| x[i % rows * columns + i / rows]).collect()
            };
            let (at, bt) = (turn(&a, m, k), turn(&b, k, n));
            for add in [false, true] {
                let mut outs = [start.clone(), start.clone(), start.clone()];
                for (number, out) in outs.iter_mut().enumerate() {
                    let a = if number == 1 { Matrix::new(&at, m).t() } else { Matrix::new(&a, k) };
                    let b = if number == 2 { Matrix::part(&bt, n, k, k).t() } else { Matrix::new(&b, n) };
                    let target = Target::new(out, n + 3);
                    product(if add { target.add() } else { target }, a, b);
                }
                for (cell, before) in start.iter().enumerate() {
                    let (row, column) = (cell / (n + 3), cell % (n + 3));
                    if column >= n {
                        assert!(outs.iter().all(|o| o[cell] == *before));
                        continue;
                    }
                    let sum: f64 = (0..k).map(|j| f64::from(a[row * k + j]) * f64::from(b[j * n + column])).sum();
                    let wanted = sum + if add { f64::from(*before) } else { 0.0 };
                    assert!(
                        outs.iter().all(|o| (f64::from(o[cell]) - wanted).abs() < 1e-4 + 1e-6 * k as f64),
                        "{m} {k} {n} at {cell}"
                    );
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
