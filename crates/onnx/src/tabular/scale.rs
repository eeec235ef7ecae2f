//! Operators on columns of numbers: Scaler, Imputer, Normalizer, Binarizer, FeatureVectorizer.
//!
//! Source: onnx, docs/Operators-ml.md; where it is silent, onnxruntime, core/providers/cpu/ml.

use super::layout::{input, not_empty};
use super::op::Op;
use super::values::{failed, floats, matrix, room, wrong_type};
use crate::attrs::{Attrs, malformed};
use crate::error::Result;
use crate::tensor::{Tensor, Values};

/// The value of a column, from a list of one value a column or one for all.
fn of_column<T: Copy>(list: &[T], column: usize) -> Option<T> {
    if let [all] = list { Some(*all) } else { list.get(column).copied() }
}

/// Refuses a list that is neither one value nor one a column.
fn fits(len: usize, columns: usize) -> Result<()> {
    let fits = len == 1 || len == columns;
    if fits {
        Ok(())
    } else {
        Err(failed("an attribute has neither one value nor one a column").with("values", len).with("columns", columns))
    }
}

/// (x − offset) · scale
pub(super) fn scaler(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let scale = not_empty(attrs.floats("scale")?, "scale")?;
    let offset = not_empty(attrs.floats("offset")?, "offset")?;
    if scale.len() != offset.len() {
        return Err(malformed("offset and scale of unequal lengths", offset.len()).with("scale", scale.len()));
    }
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let (_, columns) = matrix(tensor)?;
        fits(scale.len(), columns)?;
        let of = |i: usize| {
            let column = i.checked_rem(columns).unwrap_or(0);
            (of_column(&offset, column).unwrap_or(0.0), of_column(&scale, column).unwrap_or(1.0))
        };
        // Doubles are rounded once, at the end.
        let out = if let Values::F64(v) = &tensor.values {
            let scaled = v.iter().enumerate().map(|(i, x)| (of(i), x));
            scaled.map(|((o, s), x)| ((x - f64::from(o)) * f64::from(s)) as f32).collect()
        } else {
            floats(&tensor.values)?.iter().enumerate().map(|(i, x)| (of(i), x)).map(|((o, s), x)| (x - o) * s).collect()
        };
        Ok(vec![Tensor::f32(tensor.shape.clone(), out)])
    }))
}

/// Puts other values in the place of one that means "missing"; NaN is equal to NaN here.
pub(super) fn imputer(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let reals = (attrs.floats("imputed_value_floats")?, attrs.float("replaced_value_float", 0.0)?);
    let ints = (attrs.ints("imputed_value_int64s")?, attrs.int("replaced_value_int64", 0)?);
    if reals.0.is_empty() == ints.0.is_empty() {
        return Err(malformed("Imputer wants values of one type", reals.0.len()).with("integers", ints.0.len()));
    }
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let (_, columns) = matrix(tensor)?;
        let column = |i: usize| i.checked_rem(columns).unwrap_or(0);
        let values = match &tensor.values {
            Values::F32(v) if !reals.0.is_empty() => {
                fits(reals.0.len(), columns)?;
                let missing = |x: f32| x == reals.1 || (x.is_nan() && reals.1.is_nan());
                let put = |(i, x): (usize, &f32)| if missing(*x) { of_column(&reals.0, column(i)).unwrap_or(*x) } else { *x };
                Values::F32(v.iter().enumerate().map(put).collect())
            }
            Values::I64(v) if !ints.0.is_empty() => {
                fits(ints.0.len(), columns)?;
                let put = |(i, x): (usize, &i64)| if *x == ints.1 { of_column(&ints.0, column(i)).unwrap_or(*x) } else { *x };
                Values::I64(v.iter().enumerate().map(put).collect())
            }
            other => return Err(wrong_type(other)),
        };
        Ok(vec![Tensor { shape: tensor.shape.clone(), values }])
    }))
}

/// Rows by their greatest value, the sum of their magnitudes, or their length. Rows where that is 0 stay.
pub(super) fn normalizer(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let norm: fn(&mut [f32]) = match attrs.text("norm", "MAX")? {
        "MAX" => |row| divide(row, row.iter().fold(f32::MIN, |m, v| if *v > m { *v } else { m })),
        "L1" => |row| divide(row, row.iter().map(|v| v.abs()).sum()),
        "L2" => |row| {
            let sum: f32 = row.iter().map(|v| v * v).sum();
            if sum != 0.0 {
                row.iter_mut().for_each(|v| *v = libm::sqrtf(*v * *v / sum).copysign(*v));
            }
        },
        other => return Err(malformed("norm", other)),
    };
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let (_, columns) = matrix(tensor)?;
        let mut out = floats(&tensor.values)?.into_owned();
        out.chunks_mut(columns.max(1)).for_each(norm);
        Ok(vec![Tensor::f32(tensor.shape.clone(), out)])
    }))
}

fn divide(row: &mut [f32], by: f32) {
    if by != 0.0 {
        row.iter_mut().for_each(|v| *v /= by);
    }
}

/// 1 above the threshold, 0 up to it; NaN is refused, as onnxruntime does.
pub(super) fn binarizer(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let threshold = attrs.float("threshold", 0.0)?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let Values::F32(v) = &tensor.values else { return Err(wrong_type(&tensor.values)) };
        if let Some(at) = v.iter().position(|v| v.is_nan()) {
            return Err(failed("Binarizer of NaN").with("at", at));
        }
        let out = v.iter().map(|v| if *v > threshold { 1.0 } else { 0.0 }).collect();
        Ok(vec![Tensor::f32(tensor.shape.clone(), out)])
    }))
}

/// Columns of all inputs side by side, each input cut or filled up with 0 to its declared width.
pub(super) fn feature_vectorizer(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let widths = attrs.ints("inputdimensions")?;
    let widths = widths.into_iter().map(|w| usize::try_from(w).map_err(|_| malformed("inputdimensions", w)));
    let widths = not_empty(widths.collect::<Result<Vec<_>>>()?, "inputdimensions")?;
    Ok(Box::new(move |inputs| {
        if inputs.len() != widths.len() {
            return Err(failed("FeatureVectorizer has another number of inputs than of widths").with("inputs", inputs.len()));
        }
        let (rows, _) = matrix(input(inputs, 0)?)?;
        let total = widths.iter().fold(0_usize, |sum, w| sum.saturating_add(*w));
        let mut out = vec![0.0; room(&[rows, total])?];
        let mut start = 0;
        for (i, width) in widths.iter().enumerate() {
            let part = input(inputs, i)?;
            let (own_rows, columns) = matrix(part)?;
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
