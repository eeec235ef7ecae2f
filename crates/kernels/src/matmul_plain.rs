//! Products of 32-bit float matrices as they lie, nothing packed: for matrices that are new with every run.
//!
//! Every sum runs in one order whatever the tile, so that a row's answer does not depend on the rows beside it.

use wide::f32x4;

/// Rows of a matrix.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'v> {
    /// From the first value of the first row on.
    pub values: &'v [f32],
    /// Values from the start of a row to that of the next.
    pub step: usize,
    /// Values of a row.
    pub width: usize,
}

impl<'v> Rows<'v> {
    fn row(&self, at: usize) -> &'v [f32] {
        self.values.get(at * self.step..at * self.step + self.width).unwrap_or_default()
    }
}

/// `out = A B` for `count` rows of A, which are as wide as B has rows. Rows of `out` start `step` values apart.
#[inline(never)]
pub fn product(a: Rows<'_>, b: Rows<'_>, count: usize, out: &mut [f32], step: usize) {
    if b.width == 0 {
        return;
    }
    let mut at = 0;
    while at + 4 <= count {
        let rows = [a.row(at), a.row(at + 1), a.row(at + 2), a.row(at + 3)];
        row_tiles::<4>(&rows, b, out.get_mut(at * step..).unwrap_or_default(), step);
        at += 4;
    }
    for at in at..count {
        row_tiles::<1>(&[a.row(at)], b, out.get_mut(at * step..).unwrap_or_default(), step);
    }
}

/// All columns of `R` rows.
#[inline(always)]
fn row_tiles<const R: usize>(rows: &[&[f32]; R], b: Rows<'_>, out: &mut [f32], step: usize) {
    let mut at = 0;
    if R == 1 {
        // More sums side by side: those of one row would wait for each other.
        while at + 32 <= b.width {
            tile::<R, 8>(rows, b, at, out, step);
            at += 32;
        }
    }
    while at + 8 <= b.width {
        tile::<R, 2>(rows, b, at, out, step);
        at += 8;
    }
    // What is left is summed together with columns that are done: they come out the same.
    match b.width {
        width if at == width => {}
        width @ 8.. => tile::<R, 2>(rows, b, width - 8, out, step),
        width @ 4.. => {
            tile::<R, 1>(rows, b, 0, out, step);
            tile::<R, 1>(rows, b, width - 4, out, step);
        }
        width => {
            for (r, row) in rows.iter().enumerate() {
                for column in 0..width {
                    let cells = b.values.get(column..).unwrap_or_default().iter().step_by(b.step.max(1));
                    let sum = row.iter().zip(cells).fold(0.0, |sum, (x, y)| sum + x * y);
                    if let Some(cell) = out.get_mut(r * step + column) {
                        *cell = sum;
                    }
                }
            }
        }
    }
}

/// `4 C` columns from `at` on.
// One index into all rows: its bounds are checked once.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn tile<const R: usize, const C: usize>(rows: &[&[f32]; R], b: Rows<'_>, at: usize, out: &mut [f32], step: usize) {
    let depth = rows.iter().map(|r| r.len()).min().unwrap_or(0);
    let rows = rows.map(|r| &r[..depth]);
    let mut sums = [[f32x4::ZERO; C]; R];
    for k in 0..depth {
        let line = b.values.get(k * b.step + at..).and_then(|line| line.as_chunks::<4>().0.first_chunk::<C>());
        let Some(line) = line else { break };
        for r in 0..R {
            let x = f32x4::splat(rows[r][k]);
            for c in 0..C {
                sums[r][c] += x * f32x4::from(line[c]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let cells = out.get_mut(r * step + at..).and_then(|row| row.as_chunks_mut::<4>().0.first_chunk_mut::<C>());
        for (cell, sum) in cells.into_iter().flatten().zip(sums) {
            *cell = sum.to_array();
        }
    }
}

/// `out = A Bᵀ` for `count` rows of A and `columns` rows of B, which are as wide. Rows of `out` start `step` values apart.
#[inline(never)]
pub fn product_turned(a: Rows<'_>, b: Rows<'_>, (count, columns): (usize, usize), out: &mut [f32], step: usize) {
    let mut at = 0;
    while at + 2 <= count {
        column_tiles::<2>(&[a.row(at), a.row(at + 1)], b, columns, out.get_mut(at * step..).unwrap_or_default(), step);
        at += 2;
    }
    if at < count {
        column_tiles::<1>(&[a.row(at)], b, columns, out.get_mut(at * step..).unwrap_or_default(), step);
    }
}

#[inline(always)]
fn column_tiles<const R: usize>(rows: &[&[f32]; R], b: Rows<'_>, columns: usize, out: &mut [f32], step: usize) {
    let mut at = 0;
    while at + 4 <= columns {
        let sums = dots::<R>(rows, &[b.row(at), b.row(at + 1), b.row(at + 2), b.row(at + 3)]);
        for (r, sums) in sums.into_iter().enumerate() {
            if let Some(cells) = out.get_mut(r * step + at..).and_then(|row| row.first_chunk_mut()) {
                *cells = sums;
            }
        }
        at += 4;
    }
    if at < columns {
        let row = |i: usize| if at + i < columns { b.row(at + i) } else { b.row(at) };
        let sums = dots::<R>(rows, &[row(0), row(1), row(2), row(3)]);
        for (r, sums) in sums.into_iter().enumerate() {
            let cells = out.get_mut(r * step + at..r * step + columns).unwrap_or_default();
            cells.iter_mut().zip(sums).for_each(|(cell, sum)| *cell = sum);
        }
    }
}

/// Dot products of each row with each column, in four partial sums.
#[inline(always)]
fn dots<const R: usize>(rows: &[&[f32]; R], columns: &[&[f32]; 4]) -> [[f32; 4]; R] {
    let depth = rows.iter().chain(columns).map(|r| r.len()).min().unwrap_or(0);
    let (rows, columns) = (rows.map(|r| r[..depth].as_chunks::<4>()), columns.map(|c| c[..depth].as_chunks::<4>()));
    let blocks = depth / 4;
    let (left, right) = (rows.map(|r| &r.0[..blocks]), columns.map(|c| &c.0[..blocks]));
    let mut sums = [[f32x4::ZERO; 4]; R];
    for k in 0..blocks {
        let y = [0, 1, 2, 3].map(|c: usize| f32x4::from(right[c][k]));
        for r in 0..R {
            let x = f32x4::from(left[r][k]);
            for c in 0..4 {
                sums[r][c] += x * y[c];
            }
        }
    }
    let mut out = [[0.0; 4]; R];
    for r in 0..R {
        let [p, q, s, t] = f32x4::transpose(sums[r]);
        out[r] = ((p + s) + (q + t)).to_array();
        for c in 0..4 {
            for (x, y) in rows[r].1.iter().zip(columns[c].1) {
                out[r][c] += x * y;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_against_the_definition() {
        for count in [1, 2, 3, 4, 5, 9] {
            for (depth, width) in [(1, 1), (3, 2), (5, 4), (4, 7), (6, 8), (7, 13), (16, 33), (19, 40), (2, 75)] {
                let (step_a, step_b, step) = (depth + 1, width + 3, width + 2);
                let a: Vec<f32> = (0..count * step_a).map(|i| (i * 37 % 23) as f32 - 11.0).collect();
                let b: Vec<f32> = (0..depth * step_b).map(|i| (i * 29 % 19) as f32 - 9.0).collect();
                let turned: Vec<f32> =
                    (0..width * step_a).map(|i| b[(i % step_a).min(depth - 1) * step_b + i / step_a]).collect();
                let a = Rows { values: &a, step: step_a, width: depth };
                let (mut out, mut again) = (vec![7.0; count * step], vec![7.0; count * step]);
                product(a, Rows { values: &b, step: step_b, width }, count, &mut out, step);
                product_turned(a, Rows { values: &turned, step: step_a, width: depth }, (count, width), &mut again, step);
                for (i, have) in out.iter().enumerate() {
                    let (r, c) = (i / step, i % step);
                    // Values between rows stay.
                    let sum = |_| (0..depth).map(|k| a.values[r * step_a + k] * b[k * step_b + c]).sum();
                    let want: f32 = Some(()).filter(|()| c < width).map_or(7.0, sum);
                    assert_eq!((*have, again[i]), (want, want), "{count} {depth} {width} {i}");
                }
            }
        }
    }

    #[test]
    fn nothing_to_sum_is_zero_and_short_slices_are_cut() {
        let (none, mut out) = (Rows { values: &[], step: 0, width: 0 }, [9.0; 4]);
        product(none, Rows { values: &[], step: 2, width: 2 }, 2, &mut out, 2);
        assert_eq!(out, [0.0; 4]);
        out = [9.0; 4];
        product_turned(none, none, (2, 2), &mut out, 2);
        assert_eq!(out, [0.0; 4]);
        let short = Rows { values: &[1.0], step: 3, width: 3 };
        product(short, short, 5, &mut out, 2);
        product_turned(short, short, (5, 9), &mut out, 2);
    }
}
