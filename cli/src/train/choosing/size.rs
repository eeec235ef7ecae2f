//! How the bytes of a bundle are shared out.

use crate::train::neural::codes::row_bytes;

/// Share of the evidence's bytes that item vectors and encoder may take; the rest is for the table, whose places tell what
/// vectors blur.
pub(crate) const VECTORS: f64 = 0.66;
/// The longest vectors that a plan gives, by their bits: longer ones do no better, or are slow to train.
const LONGEST: [(usize, usize); 4] = [(1, 256), (2, 128), (4, 96), (8, 64)];

/// The shortest vectors that a plan gives.
pub(crate) const SHORTEST: usize = 8;

/// Bytes for what is known last: the table's name in the header, figures.
pub(crate) const SPARE: usize = 2_000;

/// The longest item vectors of `bits` a value, a multiple of 8 (in 8 bits, of 4) from 8 on, that with their `encoder` take at
/// most so many bytes.
pub(crate) fn dim(bytes: f64, items: usize, bits: usize, encoder: impl Fn(usize) -> usize) -> usize {
    let fits = |dim: &usize| (items * row_bytes(*dim, bits) + encoder(*dim)) as f64 <= bytes;
    let longest = LONGEST.iter().find(|(of, _)| *of == bits).map_or(8, |(_, longest)| *longest);
    let step = if bits == 8 { 4 } else { 8 };
    (8 / step..=longest / step).rev().map(|steps| step * steps).find(fits).unwrap_or(SHORTEST)
}

/// The table's share of `room`.
pub(crate) fn for_table(room: usize) -> usize {
    room - (VECTORS * room as f64) as usize
}

/// Successors an item on average, when `left` bytes are left for the table. At least 2.
pub(crate) fn successors(left: usize, items: usize) -> f64 {
    // Indices of two or four bytes, a weight, a byte a row for its length.
    let place = if items <= usize::from(u16::MAX) + 1 { 3.0 } else { 5.0 };
    let left = left.saturating_sub(items).saturating_sub(SPARE) as f64;
    (left / place / items.max(1) as f64).clamp(2.0, 48.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        let square = |dim: usize| 40 * dim * dim;
        // 10,000 vectors of 48 and the encoder's 92,160 bytes.
        assert_eq!((10_000 * 50 + square(48), dim(594e3, 10_000, 8, square)), (592_160, 48));
        assert_eq!((dim(2.6e6, 100, 8, square), dim(600.0, 100, 8, square)), (64, 8));
        // In one bit they are 10,000 · 13 and 432,640 bytes for 104.
        assert_eq!((10_000 * 13 + square(104), dim(594e3, 10_000, 1, square)), (562_640, 104));
        assert_eq!([1, 2, 4].map(|bits| dim(3e7, 100, bits, square)), [256, 128, 96]);
        assert_eq!(for_table(10_000), 3_400);
        // 1,000 items, 12,000 bytes left: 2,000 are spare, 1,000 for the lengths, 3 a place.
        assert!((successors(12_000, 1_000) - 3.0).abs() < 1e-9);
        assert!((successors(0, 1_000) - 2.0).abs() < 1e-9);
        assert!((successors(602_000, 100_000) - 2.0).abs() < 1e-9);
    }
}
