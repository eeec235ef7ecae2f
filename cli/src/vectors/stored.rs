//! Vectors rounded to 1, 2, 4 or 8 bits, as a bundle holds them.
//!
//! Eight bits keep a scale a row. With v a row and c its codes:
//!
//! ```text
//! c = round(127 v / max |v|)     scale = (v · v) / (v · c)
//! ```
//! so that a row's product with its own direction is what it was. What an item is asked for looks like the item: with
//! scale = max |v| / 127 the values of the best items are twice as far off (docs/vectors.md). Narrower codes keep directions
//! alone: each row becomes one of length 1, so they are for cosine, or for vectors that all have the same length.

use super::codes::Levels;
use super::query::Score;
use nearhand::bundle::{StoredVectors, unit_scale};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Error, Result};

/// Lengths that differ by this share of the longest are the same: rounding, not meaning.
const SAME: f64 = 0.01;

/// Rounded vectors, and how far they are from what they were.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// As they go into the bundle.
    pub vectors: StoredVectors,
    /// Bits a value.
    pub bits: usize,
    /// Cosine of a row with what it was before: the mean over all that are not zeros.
    pub mean_cosine: f64,
    /// That of the worst row.
    pub least_cosine: f64,
}

impl std::fmt::Display for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bits, mean_cosine, least_cosine, .. } = self;
        write!(f, "rounded bits={bits} cosine_with_given={mean_cosine:.4} worst={least_cosine:.4}")
    }
}

/// Rounds rows of `dim` values.
///
/// # Errors
/// `invalid-option` where narrow codes cannot hold them: lengths that differ under `dot`, zeros, rows that fill no whole
/// bytes.
pub(super) fn stored(values: &[f32], dim: usize, bits: usize, score: Score) -> Result<Stored> {
    if bits >= 8 {
        let rows = if score == Score::Cosine { unit_rows(values, dim) } else { values.to_vec() };
        let codes = ItemVectors::quantize(dim, &rows)?.rows().to_vec();
        let scales = rows.chunks_exact(dim).zip(codes.chunks_exact(dim)).map(|(row, codes)| scale(row, codes)).collect();
        return Ok(measured(values, StoredVectors { dim, rows: codes, scales }, 8));
    }
    let refuse = |why: &'static str| Error::new(Code::OptionInvalid, why).with("option", "--bits").with("value", bits);
    if !(dim * bits).is_multiple_of(8) {
        let why = "rows of so few bits do not fill whole bytes: give another width, or --bits 8";
        return Err(refuse(why).with("dim", dim));
    }
    if let Some(row) = values.chunks_exact(dim).position(|row| row.iter().all(|v| *v == 0.0)) {
        let why = "codes of 1, 2 and 4 bits have no zeros, and an item has no vector or one of zeros: leave such items out of \
                   the list, or give --bits 8";
        return Err(refuse(why).with("item", row));
    }
    let (short, long) = lengths(values, dim);
    if score == Score::Dot && short < long * (1.0 - SAME) {
        let why = "codes of 1, 2 and 4 bits keep directions alone, and the vectors differ in length, which counts with --score \
                   dot: give --score cosine, or --bits 8";
        return Err(refuse(why).with("shortest", format!("{short:.4}")).with("longest", format!("{long:.4}")));
    }
    let levels = Levels::of(bits).ok_or_else(|| refuse("codes have 1, 2 or 4 bits"))?;
    let mut rows: Vec<i8> = Vec::with_capacity(values.len());
    for row in unit_rows(values, dim).chunks_exact(dim) {
        rows.extend(levels.code(row));
    }
    let scales = rows.chunks_exact(dim).map(unit_scale).collect();
    Ok(measured(values, StoredVectors { dim, rows, scales }, bits))
}

/// The scale that keeps a row's product with itself; 0 for zeros.
fn scale(row: &[f32], codes: &[i8]) -> f32 {
    let (mut own, mut coded) = (0.0, 0.0);
    for (v, code) in row.iter().zip(codes) {
        own += f64::from(*v).powi(2);
        coded += f64::from(*v) * f64::from(*code);
    }
    if coded > 0.0 { (own / coded) as f32 } else { 0.0 }
}

/// The rows in length 1; zeros stay. In 64 bits: squares of 32-bit floats overflow at 1.8 · 10¹⁹ and vanish below 10⁻²³.
pub(super) fn unit_rows(values: &[f32], dim: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for row in values.chunks_exact(dim) {
        let length = length(row);
        out.extend(row.iter().map(|v| if length > 0.0 { (f64::from(*v) / length) as f32 } else { 0.0 }));
    }
    out
}

fn length(row: &[f32]) -> f64 {
    row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
}

/// Of the shortest and the longest row.
pub(super) fn lengths(values: &[f32], dim: usize) -> (f64, f64) {
    let both = |(short, long): (f64, f64), l: f64| (short.min(l), long.max(l));
    values.chunks_exact(dim).map(length).fold((f64::INFINITY, 0.0), both)
}

fn measured(values: &[f32], vectors: StoredVectors, bits: usize) -> Stored {
    let (mut sum, mut count, mut least) = (0.0, 0_u32, 1.0_f64);
    for (row, codes) in values.chunks_exact(vectors.dim).zip(vectors.rows.chunks_exact(vectors.dim)) {
        let product: f64 = row.iter().zip(codes).map(|(v, c)| f64::from(*v) * f64::from(*c)).sum();
        let code_length = codes.iter().map(|c| f64::from(*c).powi(2)).sum::<f64>().sqrt();
        let lengths = length(row) * code_length;
        if lengths > 0.0 {
            let cosine = (product / lengths).clamp(-1.0, 1.0);
            (sum, count, least) = (sum + cosine, count + 1, least.min(cosine));
        }
    }
    let mean = if count > 0 { sum / f64::from(count) } else { 1.0 };
    Stored { vectors, bits, mean_cosine: mean, least_cosine: least }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_numerics::random::Random;

    #[test]
    fn eight_bits_by_hand() {
        let kept = stored(&[2.0, -1.0, 0.0, 0.0], 2, 8, Score::Dot).unwrap();
        assert_eq!((kept.vectors.rows.as_slice(), kept.bits), (&[127, -64, 0, 0][..], 8));
        // (2² + 1²) / (2 · 127 + 64)
        assert!((kept.vectors.scales[0] - 5.0 / 318.0).abs() < 1e-7 && kept.vectors.scales[1] == 0.0);
        // (2 · 127 + 64) / (√5 · √(127² + 64²))
        assert!((kept.mean_cosine - 0.999_995_6).abs() < 1e-6, "{}", kept.mean_cosine);
        let unit = stored(&[3.0, 4.0], 2, 8, Score::Cosine).unwrap();
        // 1 / (0.6 · 95 + 0.8 · 127)
        assert!((f64::from(unit.vectors.scales[0]) - 1.0 / 158.6).abs() < 1e-7);
        assert_eq!(unit.vectors.rows, [95, 127]);
    }

    #[test]
    fn lengths_of_any_size_become_one() {
        let rows = unit_rows(&[3e30, 4e30, 3e-30, 4e-30, 0.0, 0.0, 1e38, 0.0], 2);
        let want = [0.6, 0.8, 0.6, 0.8, 0.0, 0.0, 1.0, 0.0];
        assert!(rows.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{rows:?}");
    }

    #[test]
    fn narrow_codes_are_units_that_a_bundle_packs() {
        let mut random = Random::new(3);
        let values: Vec<f32> = (0..64 * 50).map(|_| random.normal()).collect();
        let mut before = 0.7;
        for bits in [1, 2, 4, 8] {
            let kept = stored(&values, 64, bits, Score::Cosine).unwrap();
            assert!(kept.mean_cosine > before && kept.least_cosine <= kept.mean_cosine, "{kept}");
            before = kept.mean_cosine;
            let levels = nearhand::bundle::levels(bits);
            assert!(bits == 8 || kept.vectors.rows.iter().all(|v| levels.contains(v)));
            let units = kept.vectors.rows.chunks_exact(64).zip(&kept.vectors.scales).all(|(row, s)| unit_scale(row) == *s);
            assert!(units || bits == 8);
        }
        // A normal value in 1, 2, 4 bits (Max 1960): √(2/π), √(1 − 0.1175), √(1 − 0.009497).
        for (bits, want) in [(1, 0.798), (2, 0.939), (4, 0.995)] {
            assert!((stored(&values, 64, bits, Score::Cosine).unwrap().mean_cosine - want).abs() < 0.01, "{bits}");
        }
    }

    #[test]
    fn narrow_codes_refuse_what_they_cannot_hold() {
        let long: Vec<f32> = [[1.0; 8], [2.0; 8]].concat();
        let refused = |values: &[f32], dim, bits, score| {
            let error = stored(values, dim, bits, score).unwrap_err();
            assert_eq!(error.code(), Code::OptionInvalid);
            error.details().last().unwrap().0
        };
        assert_eq!(refused(&long, 8, 2, Score::Dot), "longest");
        assert!(stored(&long, 8, 2, Score::Cosine).is_ok());
        let same: Vec<f32> = [[1.0; 8], [1.005; 8]].concat();
        assert!(stored(&same, 8, 4, Score::Dot).is_ok());
        assert_eq!(refused(&[1.0; 12], 6, 1, Score::Cosine), "dim");
        assert_eq!(refused(&[[1.0; 8], [0.0; 8]].concat(), 8, 1, Score::Cosine), "item");
        assert!(stored(&[[1.0; 8], [0.0; 8]].concat(), 8, 8, Score::Cosine).is_ok());
    }
}
