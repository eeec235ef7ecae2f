//! FeatureVectorizer: columns of several inputs.

use super::layout::input;
use super::op::Op;
use super::values::{failed, floats, matrix, room};
use crate::attrs::{Attrs, malformed};
use crate::error::Result;
use crate::tensor::Tensor;

/// Columns of all inputs side by side, each input cut or filled up with 0 to its declared width.
pub(super) fn feature_vectorizer(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let widths = attrs.ints("inputdimensions")?;
    let widths = widths.into_iter().map(|w| usize::try_from(w).map_err(|_| malformed("inputdimensions", w)));
    let widths = widths.collect::<Result<Vec<_>>>()?;
    if widths.is_empty() {
        return Err(malformed("attribute is missing or empty", "inputdimensions"));
    }
    Ok(Box::new(move |inputs| {
        if inputs.len() != widths.len() {
            return Err(failed("FeatureVectorizer has another number of inputs than of widths").with("inputs", inputs.len()));
        }
        let (rows, _) = matrix(&input(inputs, 0)?.shape)?;
        let total = widths.iter().fold(0_usize, |sum, w| sum.saturating_add(*w));
        let mut out = vec![0.0; room(&[rows, total])?];
        let mut start = 0;
        for (i, width) in widths.iter().enumerate() {
            let part = input(inputs, i)?;
            let (own_rows, columns) = matrix(&part.shape)?;
            if own_rows != rows {
                return Err(failed("FeatureVectorizer: inputs of unequal numbers of rows").with("rows", own_rows));
            }
            let values = floats(&part.values)?;
            for (to, from) in out.chunks_mut(total.max(1)).zip(values.chunks(columns.max(1))) {
                to.iter_mut().skip(start).take(*width).zip(from).for_each(|(t, f)| *t = *f);
            }
            start += width;
        }
        Ok(vec![Tensor::f32(vec![rows, total], out)])
    }))
}
