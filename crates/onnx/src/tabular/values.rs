//! Element types taken together, so that an operator is written once and not once a type.

use crate::error::{Error, Result};
use crate::tensor::Values;
use std::borrow::Cow;

pub(super) use crate::ml::{failed, matrix};

/// Numbers of any type, without loss.
pub(super) enum Wide {
    Int(Vec<i64>),
    Real(Vec<f64>),
}

/// An element type that an operator does not take.
pub(super) fn wrong_type(values: &Values) -> Error {
    crate::ml::wrong_type(values.dtype())
}

pub(super) fn widen(values: &Values) -> Result<Wide> {
    Ok(match values {
        Values::F32(v) => Wide::Real(v.iter().map(|v| f64::from(*v)).collect()),
        Values::F64(v) => Wide::Real(v.clone()),
        Values::I64(v) => Wide::Int(v.clone()),
        Values::I32(v) => Wide::Int(v.iter().map(|v| i64::from(*v)).collect()),
        Values::I8(v) => Wide::Int(v.iter().map(|v| i64::from(*v)).collect()),
        Values::U8(v) => Wide::Int(v.iter().map(|v| i64::from(*v)).collect()),
        Values::Bool(v) => Wide::Int(v.iter().map(|v| i64::from(*v)).collect()),
        Values::Str(_) => return Err(wrong_type(values)),
    })
}

/// Numbers in a type of [`Values::dtype`]. Fractions are cut; integers keep their low bits; what is not 0 is true.
pub(super) fn narrow(wide: Wide, dtype: &str) -> Option<Values> {
    Some(match (dtype, wide) {
        ("f32", Wide::Real(v)) => Values::F32(v.into_iter().map(|v| v as f32).collect()),
        ("f32", Wide::Int(v)) => Values::F32(v.into_iter().map(|v| v as f32).collect()),
        ("f64", Wide::Real(v)) => Values::F64(v),
        ("f64", Wide::Int(v)) => Values::F64(v.into_iter().map(|v| v as f64).collect()),
        ("bool", Wide::Real(v)) => Values::Bool(v.into_iter().map(|v| v != 0.0).collect()),
        (_, Wide::Real(v)) => return narrow(Wide::Int(v.into_iter().map(|v| v as i64).collect()), dtype),
        ("bool", Wide::Int(v)) => Values::Bool(v.into_iter().map(|v| v != 0).collect()),
        ("i64", Wide::Int(v)) => Values::I64(v),
        ("i32", Wide::Int(v)) => Values::I32(v.into_iter().map(|v| v as i32).collect()),
        ("i8", Wide::Int(v)) => Values::I8(v.into_iter().map(|v| v as i8).collect()),
        ("u8", Wide::Int(v)) => Values::U8(v.into_iter().map(|v| v as u8).collect()),
        _ => return None,
    })
}

/// Numbers as 32-bit floats, borrowed where they are.
pub(super) fn floats(values: &Values) -> Result<Cow<'_, [f32]>> {
    if let Values::F32(v) = values {
        return Ok(Cow::Borrowed(v));
    }
    match narrow(widen(values)?, "f32") {
        Some(Values::F32(v)) => Ok(Cow::Owned(v)),
        _ => Err(wrong_type(values)),
    }
}

/// Whole numbers, as `i64` (indices, axes, shapes).
pub(super) fn ints(values: &Values) -> Result<&[i64]> {
    if let Values::I64(v) = values { Ok(v) } else { Err(wrong_type(values)) }
}

/// No values, of the same type.
pub(super) fn empty_like(values: &Values) -> Values {
    match values {
        Values::F32(_) => Values::F32(Vec::new()),
        Values::F64(_) => Values::F64(Vec::new()),
        Values::I64(_) => Values::I64(Vec::new()),
        Values::I32(_) => Values::I32(Vec::new()),
        Values::I8(_) => Values::I8(Vec::new()),
        Values::U8(_) => Values::U8(Vec::new()),
        Values::Bool(_) => Values::Bool(Vec::new()),
        Values::Str(_) => Values::Str(Vec::new()),
    }
}

/// Appends `len` values of the same type from `start` on.
pub(super) fn append(to: &mut Values, from: &Values, start: usize, len: usize) -> Result<()> {
    fn copy<T: Clone>(to: &mut Vec<T>, from: &[T], start: usize, len: usize) -> Option<()> {
        to.extend_from_slice(from.get(start..start.checked_add(len)?)?);
        Some(())
    }
    let done = match (&mut *to, from) {
        (Values::F32(a), Values::F32(b)) => copy(a, b, start, len),
        (Values::F64(a), Values::F64(b)) => copy(a, b, start, len),
        (Values::I64(a), Values::I64(b)) => copy(a, b, start, len),
        (Values::I32(a), Values::I32(b)) => copy(a, b, start, len),
        (Values::I8(a), Values::I8(b)) => copy(a, b, start, len),
        (Values::U8(a), Values::U8(b)) => copy(a, b, start, len),
        (Values::Bool(a), Values::Bool(b)) => copy(a, b, start, len),
        (Values::Str(a), Values::Str(b)) => copy(a, b, start, len),
        _ => return Err(failed("an operator wants inputs of one type").with("type", to.dtype()).with("other", from.dtype())),
    };
    done.ok_or_else(|| failed("an index is out of range").with("index", start).with("values", from.len()))
}

/// An axis, counted from the end where it is below 0.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize> {
    let from_end = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    let at = from_end.and_then(|a| usize::try_from(a).ok()).filter(|a| *a < rank);
    at.ok_or_else(|| failed("an axis is out of range").with("axis", axis).with("dimensions", rank))
}

/// Number of elements of a shape.
pub(super) fn count(shape: &[usize]) -> usize {
    shape.iter().fold(1, |n, d| n.saturating_mul(*d))
}

/// Elements of one tensor that an operator may make.
const MAX_ELEMENTS: usize = 1 << 26;

/// Refuses shapes that no sound model makes: small inputs can ask for much, by stretching or picking.
pub(super) fn room(shape: &[usize]) -> Result<usize> {
    let n = count(shape);
    if n <= MAX_ELEMENTS {
        Ok(n)
    } else {
        Err(failed("an operator would make more values than the limit").with("limit", MAX_ELEMENTS))
    }
}
