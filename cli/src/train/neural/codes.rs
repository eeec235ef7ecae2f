//! Item vectors as the bundle holds them: in 8 bits with a scale, or in codes of 1, 2 or 4 bits (`nearhand::bundle::levels`).
//!
//! Vectors in codes are trained in codes: every step reads the rows that the codes stand for, and their gradient goes to
//! the unit vectors behind them as if nothing had been rounded (straight-through; Hinton 2012, Bengio et al. 2013).
//! Which level a value gets stands in `vectors::codes`.

use crate::train::neural::fitted::Fitted;
use crate::vectors::Levels;
use nearhand::Result;
use nearhand::bundle::{round_to_half, unit_scale};
use nearhand::rank::ItemVectors;

/// The vectors of a fit in so many bits. Scales of rows in 8 bits are in half precision, which takes two bytes less a row.
///
/// # Errors
/// `bundle-part-invalid` for vectors that are not finite.
pub(crate) fn quantize(fitted: &Fitted, bits: usize) -> Result<ItemVectors> {
    let dim = fitted.encoder.dim;
    let (mut rows, mut scales) = (Vec::with_capacity(fitted.vectors.len()), Vec::new());
    let levels = Levels::of(bits);
    for row in fitted.vectors.chunks_exact(dim) {
        let start = rows.len();
        if let Some(levels) = &levels {
            rows.extend(levels.code(row));
            scales.push(unit_scale(&rows[start..]));
        } else {
            let scale = round_to_half(row.iter().fold(0f32, |most, v| most.max(v.abs())) / 127.0);
            rows.extend(row.iter().map(|v| if scale > 0.0 { (v / scale).round() as i8 } else { 0 }));
            scales.push(scale);
        }
    }
    ItemVectors::new(dim, rows, scales)
}

/// Bytes of a row.
pub(crate) fn row_bytes(dim: usize, bits: usize) -> usize {
    if bits == 8 { dim + 2 } else { dim * bits / 8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::neural::config::TrainConfig;
    use nearhand::ItemIdx;
    use nearhand::bundle::levels;

    #[test]
    fn bytes_of_rows() {
        assert_eq!([(48, 8), (96, 4), (192, 1)].map(|(dim, bits)| row_bytes(dim, bits)), [50, 48, 24]);
    }

    #[test]
    fn every_value_gets_its_nearest_level() {
        let fitted = crate::train::neural::fit::random(40, &TrainConfig { dim: 32, ..TrainConfig::default() });
        for (bits, deviations) in [(1, 0.7979), (2, 1.5104), (4, 2.7326_f32)] {
            let vectors = quantize(&fitted, bits).unwrap();
            for (v, code) in fitted.vectors.iter().zip(vectors.rows()) {
                let exact = 127.0 * v * 32f32.sqrt() / deviations;
                let away = |level: i8| (f32::from(level) - exact).abs();
                assert!(levels(bits).iter().all(|level| away(*code) <= away(*level) + 1e-3), "{exact} {code}");
            }
        }
    }

    #[test]
    fn what_is_trained_is_what_is_shipped() {
        let fitted = crate::train::neural::fit::random(20, &TrainConfig { dim: 16, ..TrainConfig::default() });
        for bits in [1, 2, 4] {
            let shipped = quantize(&fitted, bits).unwrap();
            let trained = Levels::of(bits).unwrap().snapped(&fitted.vectors, 16);
            let mut row = [0.0; 16];
            for (item, trained) in (0..).zip(trained.chunks_exact(16)) {
                shipped.dequantize(ItemIdx(item), &mut row);
                assert_eq!(row, trained);
            }
        }
    }
}
