//! Item vectors in one, two or four bits a value.
//!
//! A code names one of the levels of its width, in ascending order; the first value stands in a byte's lowest bits. The
//! levels are those that lose least of normally distributed values (Max 1960), as integers up to 127. A row has length 1:
//! its scale is 1 over the length of its levels and is not stored. Worked example, two bits: the byte 0b00_11_01_10 is
//! 38, −38, 127, −127, the scale 1/√(2 · 38² + 2 · 127²).

use super::stored::StoredVectors;

/// The widths, narrowest first.
const WIDTHS: [(usize, &[i8]); 3] = [
    (1, &[-127, 127]),
    (2, &[-127, -38, 38, 127]),
    (4, &[-127, -96, -75, -58, -44, -31, -18, -6, 6, 18, 31, 44, 58, 75, 96, 127]),
];

/// The levels of codes of so many bits, ascending; none for a width that there is not.
#[must_use]
pub fn levels(bits: usize) -> &'static [i8] {
    WIDTHS.iter().find(|(width, _)| *width == bits).map_or(&[], |(_, levels)| levels)
}

/// The scale that gives a row of levels the length 1; 0 for a row of zeros.
#[must_use]
pub fn unit_scale(row: &[i8]) -> f32 {
    let square: u64 = row.iter().map(|v| u64::from(v.unsigned_abs()).pow(2)).sum();
    if square > 0 { 1.0 / (square as f32).sqrt() } else { 0.0 }
}

/// The width of codes of which a row of `dim` takes so many bytes.
pub(super) fn width(dim: usize, bytes: usize) -> Option<usize> {
    let wanted = bytes.checked_mul(8)?;
    WIDTHS.iter().map(|(bits, _)| *bits).find(|bits| dim.checked_mul(*bits) == Some(wanted))
}

/// The vectors of rows of codes.
pub(super) fn unpack(codes: &[u8], dim: usize, bits: usize) -> StoredVectors {
    let levels = levels(bits);
    let mask = (1_usize << bits) - 1;
    let mut rows = Vec::with_capacity(codes.len() * 8 / bits);
    for byte in codes.iter().map(|byte| usize::from(*byte)) {
        rows.extend((0..8).step_by(bits).map(|shift| levels.get(byte >> shift & mask).copied().unwrap_or(0)));
    }
    let scales = rows.chunks_exact(dim.max(1)).map(unit_scale).collect();
    StoredVectors { dim, rows, scales }
}

/// The narrowest codes that say the same, and their width; `None` where none do.
pub(super) fn pack(vectors: &StoredVectors) -> Option<(usize, Vec<u8>)> {
    let dim = vectors.dim.max(1);
    let unit = || vectors.rows.chunks_exact(dim).zip(&vectors.scales).all(|(row, scale)| unit_scale(row) == *scale);
    let fits = |levels: &[i8]| vectors.rows.iter().all(|v| levels.contains(v));
    let (bits, levels) = WIDTHS.into_iter().find(|(bits, levels)| (dim * bits).is_multiple_of(8) && fits(levels))?;
    let code = |v: &i8| levels.iter().position(|level| level == v).unwrap_or(0);
    let byte = |values: &[i8]| values.iter().rev().fold(0, |byte, v| byte << bits | code(v)) as u8;
    unit().then(|| (bits, vectors.rows.chunks(8 / bits).map(byte).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_above() {
        let rows = vec![38, -38, 127, -127];
        let scale = 1.0 / ((2 * 38 * 38 + 2 * 127 * 127) as f32).sqrt();
        let vectors = StoredVectors { dim: 4, rows, scales: vec![scale] };
        assert_eq!(pack(&vectors), Some((2, vec![0b00_11_01_10])));
        assert_eq!(unpack(&[0b00_11_01_10], 4, 2), vectors);
    }

    #[test]
    fn every_byte_comes_back_in_its_own_width() {
        let all: Vec<u8> = (0..=255).collect();
        for bits in [1, 2, 4] {
            let vectors = unpack(&all, 64 / bits, bits);
            assert_eq!((vectors.rows.len(), vectors.scales.len()), (2048 / bits, 32));
            assert_eq!(pack(&vectors), Some((bits, all.clone())));
        }
        assert_eq!([width(48, 6), width(48, 12), width(48, 24), width(48, 48)], [Some(1), Some(2), Some(4), None]);
        assert_eq!(width(usize::MAX, usize::MAX), None);
    }

    #[test]
    fn other_values_scales_or_lengths_are_not_packed() {
        let scale = unit_scale(&[127; 8]);
        let of = |dim, rows: &[i8], scale| pack(&StoredVectors { dim, rows: rows.to_vec(), scales: vec![scale] });
        assert_eq!(of(8, &[127; 8], scale), Some((1, vec![255])));
        assert_eq!(of(8, &[127; 8], 0.5), None);
        assert_eq!(of(8, &[127, 127, 127, 127, 127, 127, 127, 1], scale), None);
        assert_eq!(of(3, &[127; 3], unit_scale(&[127; 3])), None);
        // Four levels fill no byte, but four codes of two bits do.
        assert_eq!(of(4, &[127; 4], unit_scale(&[127; 4])), Some((2, vec![255])));
    }
}
