//! The operators that are tree ensembles, and the labels of classes.

use super::layout::input;
use super::op::{Context, Op};
use super::values::{Wide, append, empty_like, failed, floats, matrix, narrow, room, widen, wrong_type};
use crate::attrs::{Attrs, malformed};
use crate::error::Result;
use crate::tensor::{Tensor, Values};
use crate::trees::{Rows, Scratch, Spec, TreeEnsemble, spec_of_v3, spec_of_v5};

/// Labels of classes, integers or strings.
pub(super) struct Labels(Values);

impl Labels {
    /// From `classlabels_strings` or the attribute of that name.
    pub(super) fn read<'n>(attrs: &mut Attrs<'n, '_>, ints: &'n str) -> Result<Self> {
        let (texts, ints) = (attrs.texts("classlabels_strings")?, attrs.ints(ints)?);
        match (texts.is_empty(), ints.is_empty()) {
            (false, true) => Ok(Self(Values::Str(texts))),
            (true, false) => Ok(Self(Values::I64(ints))),
            _ => Err(malformed("a classifier wants labels of one type", texts.len()).with("integers", ints.len())),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The label of each class.
    pub(super) fn of(&self, classes: &[usize]) -> Result<Tensor> {
        let mut values = empty_like(&self.0);
        for class in classes {
            append(&mut values, &self.0, *class, 1)?;
        }
        Ok(Tensor { shape: vec![classes.len()], values })
    }
}

/// Scores of all rows, 64 bits wide, and the class of each.
fn answer(ensemble: &TreeEnsemble, scratch: &mut Scratch, tensor: &Tensor) -> Result<(usize, Vec<f64>, Vec<usize>)> {
    let (rows, width) = matrix(tensor)?;
    let mut scores = Vec::with_capacity(room(&[rows, ensemble.targets()])?);
    let mut classes = Vec::with_capacity(rows);
    let mut emit = |row: &[f64], class| {
        scores.extend_from_slice(row);
        classes.push(class);
    };
    if ensemble.is_double() {
        let Some(Values::F64(values)) = narrow(widen(&tensor.values)?, "f64") else { return Err(wrong_type(&tensor.values)) };
        ensemble.each(Rows::F64(&values), width, scratch, &mut emit)?;
    } else if let Values::F64(_) = tensor.values {
        // Thresholds would have to be compared in 64 bits; `Context::dtype` did not tell.
        return Err(wrong_type(&tensor.values).with("thresholds", "f32"));
    } else {
        ensemble.each(Rows::F32(&floats(&tensor.values)?), width, scratch, &mut emit)?;
    }
    if classes.len() != rows {
        return Err(failed("rows without columns").with("rows", rows));
    }
    Ok((rows, scores, classes))
}

/// Verified, with 64-bit thresholds where the input has 64 bits.
fn verified(mut spec: Spec, context: Context<'_>) -> Result<(TreeEnsemble, Scratch)> {
    spec.double |= context.dtype == Some("f64");
    Ok((TreeEnsemble::new(&spec, context.trees)?, Scratch::default()))
}

fn to_f32(scores: Vec<f64>) -> Vec<f32> {
    scores.into_iter().map(|s| s as f32).collect()
}

pub(super) fn classifier(attrs: &mut Attrs<'_, '_>, context: Context<'_>) -> Result<Op> {
    let labels = Labels::read(attrs, "classlabels_int64s")?;
    let (ensemble, mut scratch) = verified(spec_of_v3(attrs, Some(labels.len()))?, context)?;
    Ok(Box::new(move |inputs| {
        let (rows, scores, classes) = answer(&ensemble, &mut scratch, input(inputs, 0)?)?;
        Ok(vec![labels.of(&classes)?, Tensor::f32(vec![rows, ensemble.targets()], to_f32(scores))])
    }))
}

pub(super) fn regressor(attrs: &mut Attrs<'_, '_>, context: Context<'_>) -> Result<Op> {
    let (ensemble, mut scratch) = verified(spec_of_v3(attrs, None)?, context)?;
    Ok(Box::new(move |inputs| {
        let (rows, scores, _) = answer(&ensemble, &mut scratch, input(inputs, 0)?)?;
        Ok(vec![Tensor::f32(vec![rows, ensemble.targets()], to_f32(scores))])
    }))
}

/// TreeEnsemble answers in the type of its input.
pub(super) fn ensemble(attrs: &mut Attrs<'_, '_>, context: Context<'_>) -> Result<Op> {
    let (ensemble, mut scratch) = verified(spec_of_v5(attrs)?, context)?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let (rows, scores, _) = answer(&ensemble, &mut scratch, tensor)?;
        let dtype = if ensemble.is_double() { "f64" } else { "f32" };
        let values = narrow(Wide::Real(scores), dtype).ok_or_else(|| wrong_type(&tensor.values))?;
        Ok(vec![Tensor { shape: vec![rows, ensemble.targets()], values }])
    }))
}
