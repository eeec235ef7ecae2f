//! Item vectors: int8 rows with one scale each.

use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use nearhand_kernels::scan::{dot, largest_sum};

/// `n` rows of `dim` int8 values; row i stands for `scale[i] · values`. Rows of items that deltas add come behind them.
#[derive(Clone, Debug)]
pub struct ItemVectors {
    dim: usize,
    /// The bundle's rows.
    len: usize,
    rows: Vec<i8>,
    scales: Vec<f32>,
    /// The largest sum of the magnitudes of a bundle's row.
    reach: f32,
}

impl ItemVectors {
    /// From stored parts. `rows` holds `scales.len() · dim` values.
    ///
    /// # Errors
    /// `bundle-part-invalid` when the sizes disagree, `dim` is not 1 to 4096, or a scale is negative or not finite.
    pub fn new(dim: usize, rows: Vec<i8>, scales: Vec<f32>) -> Result<Self> {
        if !(1..=4096).contains(&dim) || scales.len().checked_mul(dim) != Some(rows.len()) {
            return Err(Error::new(Code::BundlePartInvalid, "item vectors: rows, scales and dim disagree")
                .with("dim", dim)
                .with("values", rows.len())
                .with("scales", scales.len()));
        }
        if let Some(at) = scales.iter().position(|s| !s.is_finite() || *s < 0.0) {
            return Err(Error::new(Code::BundlePartInvalid, "item vectors: a scale is negative or not finite").with("row", at));
        }
        let reach = largest_sum(&rows, &scales, dim);
        Ok(Self { dim, len: scales.len(), rows, scales, reach })
    }

    /// Quantises float rows: scale = max |v| / 127, value = round(v / scale), ties away from zero.
    ///
    /// # Errors
    /// As [`ItemVectors::new`]; `bundle-part-invalid` also for a value that is not finite.
    pub fn quantize(dim: usize, values: &[f32]) -> Result<Self> {
        if dim == 0 || !values.len().is_multiple_of(dim) || values.iter().any(|v| !v.is_finite()) {
            return Err(
                Error::new(Code::BundlePartInvalid, "item vectors: whole finite rows are needed").with("values", values.len())
            );
        }
        let mut rows = Vec::with_capacity(values.len());
        let mut scales = Vec::with_capacity(values.len() / dim);
        for row in values.chunks_exact(dim) {
            let scale = row.iter().fold(0.0_f32, |m, v| m.max(v.abs())) / 127.0;
            scales.push(scale);
            rows.extend(row.iter().map(|v| if scale > 0.0 { libm::roundf(v / scale) as i8 } else { 0 }));
        }
        Self::new(dim, rows, scales)
    }

    /// Adds a row behind all others, quantised as by [`ItemVectors::quantize`].
    ///
    /// # Errors
    /// `bundle-part-invalid` for another length than `dim` or a value that is not finite.
    pub fn push(&mut self, row: &[f32]) -> Result<()> {
        let one = Self::quantize(self.dim, row)?;
        if one.len != 1 {
            return Err(Error::new(Code::BundlePartInvalid, "item vectors: one row is needed").with("values", row.len()));
        }
        self.rows.extend(one.rows);
        self.scales.extend(one.scales);
        Ok(())
    }

    /// Adds the row of another item behind all others; zeros for none.
    pub fn repeat(&mut self, item: Option<ItemIdx>) {
        let at = item.map_or(usize::MAX, ItemIdx::at);
        self.scales.push(self.scales.get(at).copied().unwrap_or(0.0));
        let start = at.saturating_mul(self.dim);
        if start.saturating_add(self.dim) <= self.rows.len() {
            self.rows.extend_from_within(start..start + self.dim);
        } else {
            self.rows.resize(self.rows.len() + self.dim, 0);
        }
    }

    /// Number of the bundle's rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Added items whose vector is not nil.
    pub fn added(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        let rows = (0..).map(ItemIdx).zip(&self.scales).skip(self.len);
        rows.filter(|(_, scale)| **scale > 0.0).map(|(item, _)| item)
    }

    /// Whether there are no such rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Values a row.
    #[must_use]
    pub const fn dim(&self) -> usize {
        self.dim
    }

    /// The int8 values of the bundle's rows, row-major.
    #[must_use]
    pub fn rows(&self) -> &[i8] {
        self.rows.get(..self.len * self.dim).unwrap_or_default()
    }

    /// One scale each.
    #[must_use]
    pub fn scales(&self) -> &[f32] {
        self.scales.get(..self.len).unwrap_or_default()
    }

    /// The largest Σ |v| over the bundle's rows v: |v · q| ≤ reach · max |q|.
    #[must_use]
    pub const fn reach(&self) -> f32 {
        self.reach
    }

    /// Writes the float form of a row, added ones too, to `out` (`dim` long). A row beyond all is zero.
    pub fn dequantize(&self, item: ItemIdx, out: &mut [f32]) {
        let start = item.at().saturating_mul(self.dim);
        let row = self.rows.get(start..start + self.dim).unwrap_or(&[]);
        let scale = self.scales.get(item.at()).copied().unwrap_or(0.0);
        out.fill(0.0);
        for (o, v) in out.iter_mut().zip(row) {
            *o = scale * f32::from(*v);
        }
    }

    /// Dot product of a row, added ones too, with `query` (`dim` long); 0 beyond all.
    ///
    /// Sixteen running sums, added in a fixed order: the same bits on every machine.
    #[must_use]
    pub fn score(&self, item: ItemIdx, query: &[f32]) -> f32 {
        let start = item.at().saturating_mul(self.dim);
        let row = self.rows.get(start..start.saturating_add(self.dim)).unwrap_or(&[]);
        self.scales.get(item.at()).map_or(0.0, |scale| scale * dot(row, query))
    }

    /// [`ItemVectors::score`] of every row, added ones last, into `out` (cleared first). To find the best, [`super::Scan`] is faster.
    pub fn scores(&self, query: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.extend(self.rows.chunks_exact(self.dim).zip(&self.scales).map(|(row, scale)| scale * dot(row, query)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantises_by_hand() {
        let v = ItemVectors::quantize(2, &[1.0, -0.5, 0.0, 0.0]).unwrap();
        assert_eq!(v.rows(), [127, -64, 0, 0]);
        let mut row = [0.0; 2];
        v.dequantize(ItemIdx(0), &mut row);
        assert!((row[0] - 1.0).abs() < 1e-6 && (row[1] + 64.0 / 127.0).abs() < 1e-6);
        v.dequantize(ItemIdx(7), &mut row);
        assert_eq!(row, [0.0, 0.0]);
    }

    #[test]
    fn scores_equal_plain_dot_products() {
        for dim in [1, 15, 16, 17, 48] {
            let values: Vec<f32> = (0..dim * 5).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
            let query: Vec<f32> = (0..dim).map(|i| ((i * 13 % 29) as f32 - 14.0) / 14.0).collect();
            let v = ItemVectors::quantize(dim, &values).unwrap();
            let mut scores = Vec::new();
            v.scores(&query, &mut scores);
            let mut row = vec![0.0; dim];
            for i in 0..5 {
                v.dequantize(ItemIdx(i), &mut row);
                let want: f64 = row.iter().zip(&query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                assert!((f64::from(scores[i as usize]) - want).abs() < 1e-5);
            }
        }
    }

    /// The order of the sums, written out: the same bits on every machine.
    fn sixteen_sums(row: &[i8], query: &[f32]) -> f32 {
        let mut sums = [0.0_f32; 16];
        let whole = row.len() / 16 * 16;
        for j in 0..whole {
            sums[j % 16] += f32::from(row[j]) * query[j];
        }
        for width in [8, 4, 2, 1] {
            for lane in 0..width {
                sums[lane] += sums[lane + width];
            }
        }
        (whole..row.len()).fold(sums[0], |sum, j| sum + f32::from(row[j]) * query[j])
    }

    #[test]
    fn sums_keep_their_order() {
        for dim in [1, 16, 17, 48, 64, 100] {
            let row: Vec<i8> = (0..dim).map(|i| (i * 89 % 255) as u8 as i8).collect();
            let query: Vec<f32> = (0..dim).map(|i| (i as f32 * 0.731).sin() / 3.0).collect();
            assert_eq!(dot(&row, &query).to_bits(), sixteen_sums(&row, &query).to_bits(), "{dim}");
        }
    }

    #[test]
    fn wrong_sizes_are_refused() {
        assert!(ItemVectors::new(2, vec![1, 2, 3], vec![1.0]).is_err());
        assert!(ItemVectors::new(0, vec![], vec![]).is_err());
        assert!(ItemVectors::new(1, vec![1], vec![f32::NAN]).is_err());
        assert!(ItemVectors::quantize(1, &[f32::INFINITY]).is_err());
    }
}
