//! Products of 32-bit float matrices, the right one packed beforehand.
//!
//! The right matrix lies in panels of columns, row after row, so that a step along the depth is one run of memory. A tile
//! of `ROWS` × `PANEL` keeps its sums in registers and leaves room for the rest in the sixteen vectors of x86. A
//! single row takes `SIDE` panels at once: fewer sums would wait for each other. Every sum runs along the depth in
//! order, whatever the tile, so one packed matrix serves any number of rows.

use wide::bytemuck::cast;
use wide::f32x4;

/// Columns of a panel.
pub(crate) const PANEL: usize = 8;
/// Rows of a tile.
const ROWS: usize = 4;
/// Rows packed at a time.
const BLOCK: usize = 16;
/// Panels that a single row takes at once.
const SIDE: usize = 4;

type Step = [f32; PANEL];
/// Those of a row and a panel.
type Sums = [f32x4; PANEL / 4];

/// Values that a packed matrix of `depth` rows and `width` columns takes.
#[must_use]
pub const fn packed_len(depth: usize, width: usize) -> usize {
    width.div_ceil(PANEL) * PANEL * depth
}

/// Packs a matrix whose value in row `k` and column `c` is `values[k · down + c · across]`: fills `out`, which holds
/// [`packed_len`] values. Columns past the width are zeros.
pub fn pack(values: &[f32], depth: usize, width: usize, (down, across): (usize, usize), out: &mut [f32]) {
    if down == 1 {
        for (panel, first) in out.as_chunks_mut::<PANEL>().0.chunks_exact_mut(depth.max(1)).zip((0..).step_by(PANEL)) {
            across_panel(values, panel, (first..width.min(first + PANEL)).map(|c| c * across));
        }
        return;
    }
    // Few rows at a time, so that both sides pass through the cache once.
    for top in (0..depth).step_by(BLOCK) {
        let rows = BLOCK.min(depth - top);
        for (panel, first) in out.as_chunks_mut::<PANEL>().0.chunks_exact_mut(depth).zip((0..).step_by(PANEL)) {
            for (step, k) in panel.get_mut(top..top + rows).unwrap_or_default().iter_mut().zip(top..) {
                let run = values.get(k * down + first * across..).unwrap_or_default();
                match run.first_chunk() {
                    // A whole step that lies in one piece already.
                    Some(run) if across == 1 && first + PANEL <= width => *step = *run,
                    _ => {
                        *step = [0.0; PANEL];
                        let cells = run.iter().step_by(across.max(1)).take(width.saturating_sub(first));
                        step.iter_mut().zip(cells).for_each(|(cell, value)| *cell = *value);
                    }
                }
            }
        }
    }
}

/// Lays columns, each in one piece that begins at its start, side by side: a part of all that stays in the nearest cache,
/// then the next.
fn across_panel(values: &[f32], panel: &mut [Step], starts: impl Iterator<Item = usize> + Clone) {
    const PART: usize = 64;
    for (part, steps) in panel.chunks_mut(PART).enumerate() {
        steps.fill([0.0; PANEL]);
        for (place, start) in starts.clone().enumerate() {
            let run = values.get(start + part * PART..).unwrap_or_default();
            for (step, value) in steps.iter_mut().zip(run) {
                step[place % PANEL] = *value;
            }
        }
    }
}

/// What [`pack`] packed, put back: fills `values` by the same strides.
pub fn unpack(packed: &[f32], depth: usize, width: usize, (down, across): (usize, usize), values: &mut [f32]) {
    for (panel, first) in packed.chunks_exact((depth * PANEL).max(1)).zip((0..).step_by(PANEL)) {
        for (k, step) in panel.chunks_exact(PANEL).enumerate() {
            for (cell, column) in step.iter().zip(first..width) {
                if let Some(value) = values.get_mut(k * down + column * across) {
                    *value = *cell;
                }
            }
        }
    }
}

/// `out = A B + bias`: A row-major with rows of `depth` values, B packed, `out` row-major with rows of `width` values, `bias` one value a column or empty.
#[inline(never)]
pub fn product(a: &[f32], packed: &[f32], depth: usize, width: usize, bias: &[f32], out: &mut [f32]) {
    if depth == 0 || width == 0 {
        out.fill(0.0);
        for (cell, bias) in out.iter_mut().zip(bias.iter().cycle()) {
            *cell = *bias;
        }
        return;
    }
    let mut panels = packed.as_chunks::<PANEL>().0.chunks_exact(depth);
    let mut at = 0;
    if a.len() == depth {
        for group in packed.as_chunks::<PANEL>().0.chunks_exact(SIDE * depth) {
            for sums in row_of(a, group) {
                store(&[sums], bias, at, width, out);
                at += PANEL;
            }
        }
        panels.by_ref().take(at / PANEL).for_each(drop);
    }
    // A panel stays in the nearest cache while all rows pass.
    for (panel, at) in panels.zip((at..).step_by(PANEL)) {
        let mut tiles = a.chunks_exact(ROWS * depth);
        let mut outs = out.chunks_exact_mut(ROWS * width);
        for (rows, out) in tiles.by_ref().zip(outs.by_ref()) {
            few::<ROWS>(rows, panel, bias, at, width, out);
        }
        // Those left over side by side too: sums of one row would wait for each other.
        let (rows, out) = (tiles.remainder(), outs.into_remainder());
        match rows.len() / depth {
            1 => few::<1>(rows, panel, bias, at, width, out),
            2 => few::<2>(rows, panel, bias, at, width, out),
            3 => few::<3>(rows, panel, bias, at, width, out),
            _ => {}
        }
    }
}

/// A panel of `R` rows.
#[inline]
fn few<const R: usize>(rows: &[f32], panel: &[Step], bias: &[f32], at: usize, width: usize, out: &mut [f32]) {
    let mut row: [&[f32]; R] = [&[]; R];
    for (row, values) in row.iter_mut().zip(rows.chunks_exact(panel.len().max(1))) {
        *row = values;
    }
    store(&tile::<R>(&row, panel), bias, at, width, out);
}

/// Four values at a time as they lie: taken apart into single ones they become four loads.
#[inline]
fn halves(step: &Step) -> [f32x4; 2] {
    let (fours, _) = step.as_chunks::<4>();
    [f32x4::from(fours[0]), f32x4::from(fours[1])]
}

#[inline]
fn tile<const R: usize>(rows: &[&[f32]; R], panel: &[Step]) -> [Sums; R] {
    // One length for all, so that the bounds are checked once.
    let depth = rows.iter().map(|r| r.len()).min().unwrap_or(0).min(panel.len());
    let (rows, panel) = (rows.map(|r| &r[..depth]), &panel[..depth]);
    let mut sums = [[f32x4::ZERO; 2]; R];
    for k in 0..depth {
        let [low, high] = halves(&panel[k]);
        for r in 0..R {
            let x = f32x4::splat(rows[r][k]);
            sums[r][0] += x * low;
            sums[r][1] += x * high;
        }
    }
    sums
}

/// One row against `SIDE` panels, one after the other in memory.
#[inline]
fn row_of(row: &[f32], group: &[Step]) -> [Sums; SIDE] {
    let mut sums = [[f32x4::ZERO; 2]; SIDE];
    let (a, rest) = group.split_at(row.len().min(group.len()));
    let (b, rest) = rest.split_at(row.len().min(rest.len()));
    let (c, d) = rest.split_at(row.len().min(rest.len()));
    for ((((x, a), b), c), d) in row.iter().zip(a).zip(b).zip(c).zip(d) {
        let x = f32x4::splat(*x);
        for (sums, step) in sums.iter_mut().zip([a, b, c, d]) {
            let [low, high] = halves(step);
            sums[0] += x * low;
            sums[1] += x * high;
        }
    }
    sums
}

/// Columns from `at` on, of as many rows as there are sums.
#[inline]
fn store<const R: usize>(sums: &[Sums; R], bias: &[f32], at: usize, width: usize, out: &mut [f32]) {
    let shift = match bias.get(at..).and_then(|bias| bias.first_chunk()) {
        Some(all) => halves(all),
        None => {
            let mut some = [0.0; PANEL];
            for (shift, bias) in some.iter_mut().zip(bias.get(at..).unwrap_or_default()) {
                *shift = *bias;
            }
            halves(&some)
        }
    };
    for (r, [low, high]) in sums.iter().enumerate() {
        // Cast, not taken apart: two stores instead of eight.
        let cells: Step = cast([*low + shift[0], *high + shift[1]]);
        let row = out.get_mut(r * width + at..(r + 1) * width).unwrap_or_default();
        match row.first_chunk_mut() {
            Some(row) => *row = cells,
            None => row.iter_mut().zip(cells).for_each(|(cell, sum)| *cell = sum),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_the_definition() {
        for (rows, depth, width) in [
            (1, 3, 1),
            (2, 5, 11),
            (3, 5, 17),
            (6, 5, 9),
            (1, 5, 40),
            (1, 6, 64),
            (1, 2, 75),
            (2, 4, 8),
            (4, 7, 9),
            (7, 16, 20),
            (9, 1, 33),
        ] {
            let a: Vec<f32> = (0..rows * depth).map(|i| (i * 37 % 23) as f32 - 11.0).collect();
            let b: Vec<f32> = (0..depth * width).map(|i| (i * 29 % 19) as f32 - 9.0).collect();
            let bias: Vec<f32> = (0..width).map(|i| i as f32).collect();
            let turned: Vec<f32> = (0..depth * width).map(|i| b[(i % depth) * width + i / depth]).collect();
            for (values, strides) in [(&b, (width, 1)), (&turned, (1, depth))] {
                let mut packed = vec![f32::NAN; packed_len(depth, width)];
                pack(values, depth, width, strides, &mut packed);
                let mut back = vec![f32::NAN; depth * width];
                unpack(&packed, depth, width, strides, &mut back);
                assert_eq!(&back, values);
                for bias in [&bias[..], &[]] {
                    let mut out = vec![f32::NAN; rows * width];
                    product(&a, &packed, depth, width, bias, &mut out);
                    for (i, have) in out.iter().enumerate() {
                        let (r, c) = (i / width, i % width);
                        let want: f32 = (0..depth).map(|k| a[r * depth + k] * b[k * width + c]).sum();
                        assert_eq!(*have, want + bias.get(c).copied().unwrap_or(0.0), "{rows} {depth} {width} {i}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_to_sum() {
        let mut out = [9.0; 4];
        product(&[], &[], 0, 2, &[1.0, 2.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 1.0, 2.0]);
    }
}
