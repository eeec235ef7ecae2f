//! Operators that move values without changing them: runs of values are copied, whatever their type.

use super::op::Op;
use super::values::{append, axis, count, empty_like, failed, ints, room};
use crate::attrs::{Attrs, unsupported};
use crate::error::Result;
use crate::file::Node;
use crate::tensor::Tensor;

/// An input that may not be left out.
pub(super) fn input<'a>(inputs: &[Option<&'a Tensor>], i: usize) -> Result<&'a Tensor> {
    inputs.get(i).copied().flatten().ok_or_else(|| failed("an operator lacks an input").with("input", i))
}

pub(super) fn identity() -> Op {
    Box::new(|inputs| Ok(vec![input(inputs, 0)?.clone()]))
}

pub(super) fn constant<'a>(node: &Node<'a>, attrs: &mut Attrs<'_, 'a>) -> Result<Op> {
    attrs.ignore("value");
    let Some(attribute) = node.attributes.iter().find(|a| a.name == "value") else {
        return Err(unsupported(node, "a constant is not given as a tensor"));
    };
    let tensor = attribute.tensor()?.values()?;
    Ok(Box::new(move |_| Ok(vec![tensor.clone()])))
}

pub(super) fn concat(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let along = attrs.int("axis", 1)?;
    Ok(Box::new(move |inputs| {
        let first = input(inputs, 0)?;
        let at = axis(along, first.shape.len())?;
        let (mut shape, mut parts) = (first.shape.clone(), Vec::new());
        let outer = count(shape.get(..at).unwrap_or_default());
        let mut total = 0_usize;
        for i in 0..inputs.len() {
            let part = input(inputs, i)?;
            let same =
                part.shape.len() == shape.len() && part.shape.iter().zip(&shape).enumerate().all(|(d, (a, b))| d == at || a == b);
            if !same {
                return Err(failed("Concat wants shapes that differ along its axis alone").with("input", i));
            }
            total = total.saturating_add(part.shape.get(at).copied().unwrap_or(0));
            parts.push((part, count(part.shape.get(at..).unwrap_or_default())));
        }
        let mut values = empty_like(&first.values);
        for row in 0..outer {
            for (part, run) in &parts {
                append(&mut values, &part.values, row * run, *run)?;
            }
        }
        if let Some(extent) = shape.get_mut(at) {
            *extent = total;
        }
        Ok(vec![Tensor { shape, values }])
    }))
}

fn reshaped(tensor: &Tensor, shape: Vec<usize>) -> Result<Vec<Tensor>> {
    if count(&shape) != tensor.values.len() {
        return Err(failed("a new shape has another number of values").with("values", tensor.values.len()));
    }
    Ok(vec![Tensor { shape, values: tensor.values.clone() }])
}

pub(super) fn reshape(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let allow_zero = attrs.int("allowzero", 0)? != 0;
    Ok(Box::new(move |inputs| {
        let (tensor, wanted) = (input(inputs, 0)?, ints(&input(inputs, 1)?.values)?);
        let mut open = None;
        let mut shape = Vec::with_capacity(wanted.len());
        for (i, extent) in wanted.iter().enumerate() {
            shape.push(match *extent {
                // 0 keeps the extent that stands in this place, −1 is what remains.
                0 if !allow_zero => *tensor
                    .shape
                    .get(i)
                    .ok_or_else(|| failed("Reshape keeps an extent that is not there").with("dimension", i))?,
                -1 if open.is_none() => {
                    open = Some(i);
                    1
                }
                n => usize::try_from(n).map_err(|_| failed("Reshape to an extent below 0").with("extent", n))?,
            });
        }
        if let Some(place) = open.and_then(|i| shape.get(i).map(|_| i)) {
            let rest = tensor.values.len().checked_div(count(&shape)).unwrap_or(0);
            if let Some(extent) = shape.get_mut(place) {
                *extent = rest;
            }
        }
        reshaped(tensor, shape)
    }))
}

pub(super) fn flatten(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let at = attrs.int("axis", 1)?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let rank = tensor.shape.len();
        let at = if at == rank as i64 { rank } else { axis(at, rank)? };
        let (outer, inner) = tensor.shape.split_at_checked(at).unwrap_or_default();
        reshaped(tensor, vec![count(outer), count(inner)])
    }))
}

/// Axes as an attribute (older operator sets) or as the second input.
pub(super) fn axes(fixed: &[i64], inputs: &[Option<&Tensor>], rank: usize) -> Result<Vec<usize>> {
    let given = match inputs.get(1).copied().flatten() {
        Some(tensor) => ints(&tensor.values)?,
        None => fixed,
    };
    let out = given.iter().map(|a| axis(*a, rank)).collect::<Result<Vec<_>>>()?;
    if out.iter().enumerate().any(|(i, a)| out.iter().skip(i + 1).any(|b| a == b)) {
        return Err(failed("an axis is given twice"));
    }
    Ok((0..rank).filter(|a| out.contains(a)).collect())
}

pub(super) fn squeeze(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let fixed = attrs.ints("axes")?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let all = fixed.is_empty() && inputs.get(1).copied().flatten().is_none();
        let axes = axes(&fixed, inputs, tensor.shape.len())?;
        let goes = |(i, extent): (usize, &usize)| if all { *extent == 1 } else { axes.contains(&i) };
        let shape = tensor.shape.iter().enumerate().filter(|e| !goes(*e)).map(|(_, extent)| *extent).collect();
        reshaped(tensor, shape)
    }))
}

pub(super) fn unsqueeze(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let fixed = attrs.ints("axes")?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let given = inputs.get(1).copied().flatten().map_or(fixed.len(), |t| t.values.len());
        let axes = axes(&fixed, inputs, tensor.shape.len().saturating_add(given))?;
        let mut shape = tensor.shape.clone();
        // In rising order each axis is inserted where it ends up.
        axes.iter().for_each(|a| shape.insert((*a).min(shape.len()), 1));
        reshaped(tensor, shape)
    }))
}

pub(super) fn gather(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let along = attrs.int("axis", 0)?;
    Ok(Box::new(move |inputs| {
        let (tensor, indices) = (input(inputs, 0)?, input(inputs, 1)?);
        let at = axis(along, tensor.shape.len())?;
        let (outer, rest) = tensor.shape.split_at_checked(at).unwrap_or_default();
        let (extent, inner) = rest.split_first().unwrap_or((&1, &[]));
        let run = count(inner);
        let picked = ints(&indices.values)?.iter().map(|i| axis(*i, *extent)).collect::<Result<Vec<_>>>()?;
        let shape = [outer, &indices.shape, inner].concat();
        room(&shape)?;
        let mut values = empty_like(&tensor.values);
        for row in 0..count(outer) {
            for i in &picked {
                append(&mut values, &tensor.values, (row * extent + i) * run, run)?;
            }
        }
        Ok(vec![Tensor { shape, values }])
    }))
}

/// Columns of the last axis; one dimension answers one row, as in onnxruntime.
pub(super) fn array_feature_extractor(inputs: &[Option<&Tensor>]) -> Result<Vec<Tensor>> {
    let (tensor, columns) = (input(inputs, 0)?, ints(&input(inputs, 1)?.values)?);
    let Some((width, outer)) = tensor.shape.split_last() else {
        return Err(failed("ArrayFeatureExtractor wants a dimension"));
    };
    if let Some(bad) = columns.iter().find(|c| usize::try_from(**c).ok().is_none_or(|c| c >= *width)) {
        return Err(failed("ArrayFeatureExtractor: a column is out of range").with("column", bad).with("columns", width));
    }
    let mut shape = outer.to_vec();
    if shape.is_empty() {
        shape.push(1);
    }
    shape.push(columns.len());
    room(&shape)?;
    let mut values = empty_like(&tensor.values);
    for row in 0..count(outer) {
        for column in columns {
            append(&mut values, &tensor.values, row * width + *column as usize, 1)?;
        }
    }
    Ok(vec![Tensor { shape, values }])
}
