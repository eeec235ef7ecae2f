//! Products of 32-bit float matrices, the right one packed beforehand.
//!
//! The right matrix lies in panels of columns, row after row, so that a step along the depth is one run of memory. A tile
//! of `ROWS` × `PANEL` keeps its sums in registers and leaves room for the rest in the sixteen vectors of x86. A
//! single row takes all `WIDE` columns of a panel at once: fewer sums would wait for each other. Every sum runs along the
//! depth in order, whatever the tile, so one packed matrix serves any number of rows.

use wide::bytemuck::cast;
use wide::f32x4;

/// Columns of a panel.
pub(crate) const PANEL: usize = 8;
/// Rows of a tile.
const ROWS: usize = 4;
/// Columns of the panels that a single row takes, which keeps more sums than a tile does; those left over take panels of [`PANEL`].
pub(crate) const WIDE: usize = 32;

type Step = [f32; PANEL];
/// Those of a row and a panel.
pub(crate) type Sums = [f32x4; PANEL / 4];

/// Values that a packed matrix of `depth` rows and `width` columns takes.
#[must_use]
pub const fn packed_len(depth: usize, width: usize) -> usize {
    width.div_ceil(PANEL) * PANEL * depth
}

/// Where the panels of `WIDE` columns end.
pub(crate) const fn wide_until(width: usize) -> usize {
    width - width % WIDE
}

/// Packs a matrix whose value in row `k` and column `c` is `values[k · down + c · across]`: fills `out`, which holds
/// [`packed_len`] values. Columns past the width are zeros.
pub fn pack(values: &[f32], depth: usize, width: usize, (down, across): (usize, usize), out: &mut [f32]) {
    let until = wide_until(width);
    let (wide, rest) = out.split_at_mut((until * depth).min(out.len()));
    panels::<WIDE>(values, depth, (0, width), (down, across), wide);
    panels::<PANEL>(values, depth, (until, width), (down, across), rest);
}

/// Columns from the first to the last, `N` a panel.
fn panels<const N: usize>(
    values: &[f32],
    depth: usize,
    (from, width): (usize, usize),
    (down, across): (usize, usize),
    out: &mut [f32],
) {
    for (panel, first) in out.as_chunks_mut::<N>().0.chunks_exact_mut(depth.max(1)).zip((from..).step_by(N)) {
        if down == 1 {
            across_panel(values, panel, (first..width.min(first + N)).map(|c| c * across));
            continue;
        }
        for (k, step) in panel.iter_mut().enumerate() {
            let run = values.get(k * down + first * across..).unwrap_or_default();
            match run.first_chunk() {
                // A whole step that lies in one piece already.
                Some(run) if across == 1 && first + N <= width => *step = *run,
                _ => {
                    *step = [0.0; N];
                    let cells = run.iter().step_by(across.max(1)).take(width.saturating_sub(first));
                    step.iter_mut().zip(cells).for_each(|(cell, value)| *cell = *value);
                }
            }
        }
    }
}

/// Lays columns, each in one piece that begins at its start, side by side: a part of all that stays in the nearest cache,
/// then the next.
fn across_panel<const N: usize>(values: &[f32], panel: &mut [[f32; N]], starts: impl Iterator<Item = usize> + Clone) {
    const PART: usize = 64;
    for (part, steps) in panel.chunks_mut(PART).enumerate() {
        steps.fill([0.0; N]);
        for (place, start) in starts.clone().enumerate() {
            let run = values.get(start + part * PART..).unwrap_or_default();
            for (step, value) in steps.iter_mut().zip(run) {
                step[place % N] = *value;
            }
        }
    }
}

/// What [`pack`] packed, put back: fills `values` by the same strides.
pub fn unpack(packed: &[f32], depth: usize, width: usize, (down, across): (usize, usize), values: &mut [f32]) {
    let until = wide_until(width);
    let (wide, rest) = packed.split_at((until * depth).min(packed.len()));
    let mut back = |panels: &[f32], columns: usize, from: usize| {
        for (panel, first) in panels.chunks_exact((depth * columns).max(1)).zip((from..).step_by(columns)) {
            for (k, step) in panel.chunks_exact(columns).enumerate() {
                for (cell, column) in step.iter().zip(first..width) {
                    if let Some(value) = values.get_mut(k * down + column * across) {
                        *value = *cell;
                    }
                }
            }
        }
    };
    back(wide, WIDE, 0);
    back(rest, PANEL, until);
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
    let until = wide_until(width);
    let (wide, rest) = packed.split_at((until * depth).min(packed.len()));
    for (panel, at) in wide.as_chunks::<WIDE>().0.chunks_exact(depth).zip((0..).step_by(WIDE)) {
        if a.len() == depth {
            for (sums, at) in wide_row(a, panel).iter().zip((at..).step_by(PANEL)) {
                store(&[*sums], bias, at, width, out);
            }
            continue;
        }
        for part in (0..WIDE).step_by(PANEL) {
            tiles(a, panel, part, bias, at + part, width, out);
        }
    }
    for (panel, at) in rest.as_chunks::<PANEL>().0.chunks_exact(depth).zip((until..).step_by(PANEL)) {
        tiles(a, panel, 0, bias, at, width, out);
    }
}

/// All rows against the columns of a panel from `part` on: they stay in the nearest cache while the rows pass.
pub(crate) fn tiles<const N: usize>(
    a: &[f32],
    panel: &[[f32; N]],
    part: usize,
    bias: &[f32],
    at: usize,
    width: usize,
    out: &mut [f32],
) {
    let depth = panel.len();
    let mut tiles = a.chunks_exact(ROWS * depth);
    let mut outs = out.chunks_exact_mut(ROWS * width);
    for (rows, out) in tiles.by_ref().zip(outs.by_ref()) {
        few::<ROWS, N>(rows, panel, part, bias, at, width, out);
    }
    // Those left over side by side too: sums of one row would wait for each other.
    let (rows, out) = (tiles.remainder(), outs.into_remainder());
    match rows.len() / depth {
        1 => few::<1, N>(rows, panel, part, bias, at, width, out),
        2 => few::<2, N>(rows, panel, part, bias, at, width, out),
        3 => few::<3, N>(rows, panel, part, bias, at, width, out),
        _ => {}
    }
}

/// `R` rows against eight columns of a panel.
#[inline]
fn few<const R: usize, const N: usize>(
    rows: &[f32],
    panel: &[[f32; N]],
    part: usize,
    bias: &[f32],
    at: usize,
    width: usize,
    out: &mut [f32],
) {
    let mut row: [&[f32]; R] = [&[]; R];
    for (row, values) in row.iter_mut().zip(rows.chunks_exact(panel.len().max(1))) {
        *row = values;
    }
    store(&tile::<R, N>(&row, panel, part), bias, at, width, out);
}

/// Four values at a time as they lie: taken apart into single ones they become four loads.
#[inline]
fn halves(step: &Step) -> [f32x4; 2] {
    let (fours, _) = step.as_chunks::<4>();
    [f32x4::from(fours[0]), f32x4::from(fours[1])]
}

#[inline]
fn tile<const R: usize, const N: usize>(rows: &[&[f32]; R], panel: &[[f32; N]], part: usize) -> [Sums; R] {
    // One length for all, so that the bounds are checked once.
    let depth = rows.iter().map(|r| r.len()).min().unwrap_or(0).min(panel.len());
    let (rows, panel) = (rows.map(|r| &r[..depth]), &panel[..depth]);
    let part = part.min(N - PANEL);
    let mut sums = [[f32x4::ZERO; 2]; R];
    for k in 0..depth {
        let [low, high] = halves(panel[k][part..].first_chunk().unwrap_or(&[0.0; PANEL]));
        for r in 0..R {
            let x = f32x4::splat(rows[r][k]);
            sums[r][0] += x * low;
            sums[r][1] += x * high;
        }
    }
    sums
}

/// One row against a panel of `WIDE` columns.
#[inline]
fn wide_row(row: &[f32], panel: &[[f32; WIDE]]) -> [Sums; WIDE / PANEL] {
    let mut sums = [[f32x4::ZERO; 2]; WIDE / PANEL];
    for (x, step) in row.iter().zip(panel) {
        let x = f32x4::splat(*x);
        for (sums, step) in sums.iter_mut().zip(step.as_chunks::<PANEL>().0) {
            let [low, high] = halves(step);
            sums[0] += x * low;
            sums[1] += x * high;
        }
    }
    sums
}

/// Columns from `at` on, of as many rows as there are sums.
#[inline]
pub(crate) fn store<const R: usize>(sums: &[Sums; R], bias: &[f32], at: usize, width: usize, out: &mut [f32]) {
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
