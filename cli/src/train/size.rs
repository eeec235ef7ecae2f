//! How the bytes of a bundle are shared out.

/// The share of a bundle that item vectors may take; the rest is for the table, whose places tell what vectors blur.
const VECTORS: f64 = 0.52;
/// The longest vectors that a plan gives.
const LONGEST: usize = 64;

/// Bytes for what is known last: the table's name in the header, figures.
const ROOM: usize = 2_000;

/// The longest item vectors, a multiple of 4 from 8 to 64, that leave the table its share of `bytes`.
pub(super) fn dim(bytes: usize, items: usize) -> usize {
    let most = VECTORS * bytes as f64 / items.max(1) as f64;
    ((most / 4.0) as usize * 4).clamp(8, LONGEST)
}

/// Successors an item on average, when all else takes `taken` of `bytes`. At least 2.
pub(super) fn successors(bytes: usize, taken: usize, items: usize) -> f64 {
    // Indices of two or four bytes, a weight, a byte a row for its length, and room for what the figures take.
    let place = if items <= usize::from(u16::MAX) + 1 { 3.0 } else { 5.0 };
    let left = bytes.saturating_sub(taken).saturating_sub(items).saturating_sub(ROOM) as f64;
    (left / place / items.max(1) as f64).clamp(2.0, 48.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        assert_eq!((dim(4_000_000, 43_097), dim(1_000_000, 18_009), dim(4_000_000, 100), dim(1_000, 100)), (48, 28, 64, 8));
        // 1,000 items, 10,000 bytes left: 1,000 for the lengths, 3 a place.
        assert!((successors(32_000, 20_000, 1_000) - 3.0).abs() < 1e-9);
        assert!((successors(0, 20_000, 1_000) - 2.0).abs() < 1e-9);
        assert!((successors(612_000, 10_000, 100_000) - 2.0).abs() < 1e-9);
    }
}
