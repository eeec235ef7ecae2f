//! Item vectors as the bundle holds them: in 8 bits with a scale, or in codes of 1, 2 or 4 bits (`nearhand::bundle::levels`).
//!
//! Vectors in codes are trained in codes: every step reads the rows that the codes stand for, and their gradient goes to
//! the unit vectors behind them as if nothing had been rounded (straight-through; Hinton 2012, Bengio et al. 2013).
//! With `u` the largest level in deviations of a normal distribution (Max 1960), a value v of a unit row of `d` values gets
//! the level nearest to 127 · v · √d / u. Worked example: [0.8, 0.6] in two bits, u = 1.5104, gives 95 and 71, that is 127
//! and 38 (the middle between the levels is 82.5).

use crate::train::neural::fitted::Fitted;
use nearhand::Result;
use nearhand::bundle::{levels, round_to_half, unit_scale};
use nearhand::rank::ItemVectors;

/// The levels above 0 of a width, and where one ends and the next begins.
#[derive(Debug, Clone)]
pub(crate) struct Levels {
    /// Ascending.
    levels: Vec<i8>,
    /// Between neighbours, in roots of mean squares of a row.
    edges: Vec<f32>,
}

impl Levels {
    /// Of codes of so many bits; none for 8, which round too finely to matter in training.
    pub(crate) fn of(bits: usize) -> Option<Levels> {
        let deviations = match bits {
            1 => 0.7979,
            2 => 1.5104,
            4 => 2.7326,
            _ => return None,
        };
        let levels: Vec<i8> = levels(bits).iter().copied().filter(|level| *level > 0).collect();
        let middle = |pair: &[i8]| pair.iter().map(|level| f32::from(*level)).sum::<f32>() / 2.0 / 127.0 * deviations;
        Some(Levels { edges: levels.windows(2).map(middle).collect(), levels })
    }

    /// The levels of a unit row.
    fn code<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = i8> + 'a {
        let root = (row.len() as f32).sqrt();
        row.iter().map(move |v| {
            let far = v.abs() * root;
            let at = self.edges.iter().filter(|edge| far > **edge).count();
            let level = self.levels.get(at).copied().unwrap_or(0);
            if *v < 0.0 { -level } else { level }
        })
    }

    /// The unit rows that the codes of unit rows of `d` values stand for.
    pub(crate) fn snapped(&self, rows: &[f32], d: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len());
        let mut codes = Vec::with_capacity(d);
        for row in rows.chunks_exact(d) {
            codes.clear();
            codes.extend(self.code(row));
            let scale = unit_scale(&codes);
            out.extend(codes.iter().map(|code| scale * f32::from(*code)));
        }
        out
    }
}

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

    #[test]
    fn worked_examples() {
        let code = |bits, row: &[f32]| Levels::of(bits).unwrap().code(row).collect::<Vec<i8>>();
        assert_eq!(code(2, &[0.8, -0.6]), [127, -38]);
        assert_eq!(code(1, &[0.8, -0.6]), [127, -127]);
        // 127 · v · √2 / 2.7326 is 53 and −39.
        assert_eq!(code(4, &[0.8, -0.6]), [58, -44]);
        assert!(Levels::of(8).is_none());
        assert_eq!([(48, 8), (96, 4), (192, 1)].map(|(dim, bits)| row_bytes(dim, bits)), [50, 48, 24]);
        let half = Levels::of(1).unwrap().snapped(&[1.0, 0.0, 0.0, 0.0, -0.1, 0.5, 0.5, -0.7], 4);
        assert!(half.iter().zip([0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0.5, -0.5]).all(|(a, b)| (a - b).abs() < 1e-6), "{half:?}");
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
