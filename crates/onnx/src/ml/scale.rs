//! Operators on columns of numbers: Scaler, Imputer, Normalizer, Binarizer.
//!
//! Source: onnx, docs/Operators-ml.md; where it is silent, onnxruntime, core/providers/cpu/ml.

use super::operator::{Answer, Operator, Room, View, as_floats, failed, matrix, misplaced, wrong_type};
use crate::attrs::{Attrs, malformed};
use crate::error::Result;

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

/// A list attribute that must not be empty.
pub(super) fn not_empty<T>(list: Vec<T>, name: &'static str) -> Result<Vec<T>> {
    if list.is_empty() { Err(malformed("attribute is missing or empty", name)) } else { Ok(list) }
}

fn column(i: usize, columns: usize) -> usize {
    i.checked_rem(columns).unwrap_or(0)
}

/// (x − offset) · scale
#[derive(Debug)]
struct Scaler {
    offset: Vec<f32>,
    scale: Vec<f32>,
}

pub(super) fn scaler(attrs: &mut Attrs<'_, '_>) -> Result<Box<dyn Operator>> {
    let scale = not_empty(attrs.floats("scale")?, "scale")?;
    let offset = not_empty(attrs.floats("offset")?, "offset")?;
    if scale.len() != offset.len() {
        return Err(malformed("offset and scale of unequal lengths", offset.len()).with("scale", scale.len()));
    }
    Ok(Box::new(Scaler { offset, scale }))
}

impl Operator for Scaler {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        if dtype == "f64" { Ok(dtype) } else { as_floats(dtype) }
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        fits(self.scale.len(), matrix(shape)?.1)?;
        Ok(vec![Answer::new("f32", shape.to_vec())])
    }

    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let (Room::F32(out), (_, columns)) = (first, matrix(shape)?) else { return Err(misplaced()) };
        let of = |i: usize| {
            let at = column(i, columns);
            (of_column(&self.offset, at).unwrap_or(0.0), of_column(&self.scale, at).unwrap_or(1.0))
        };
        match x {
            View::F32(v) => out.iter_mut().zip(v).enumerate().for_each(|(i, (to, x))| {
                let (offset, scale) = of(i);
                *to = (x - offset) * scale;
            }),
            // Doubles are rounded once, at the end.
            View::F64(v) => out.iter_mut().zip(v).enumerate().for_each(|(i, (to, x))| {
                let (offset, scale) = of(i);
                *to = ((x - f64::from(offset)) * f64::from(scale)) as f32;
            }),
            _ => return Err(misplaced()),
        }
        Ok(())
    }
}

/// Puts other values in the place of one that means "missing"; NaN is equal to NaN here. One of the lists is empty.
#[derive(Debug)]
struct Imputer {
    reals: Vec<f32>,
    real: f32,
    ints: Vec<i64>,
    int: i64,
}

pub(super) fn imputer(attrs: &mut Attrs<'_, '_>) -> Result<Box<dyn Operator>> {
    let (reals, real) = (attrs.floats("imputed_value_floats")?, attrs.float("replaced_value_float", 0.0)?);
    let (ints, int) = (attrs.ints("imputed_value_int64s")?, attrs.int("replaced_value_int64", 0)?);
    if reals.is_empty() == ints.is_empty() {
        return Err(malformed("Imputer wants values of one type", reals.len()).with("integers", ints.len()));
    }
    Ok(Box::new(Imputer { reals, real, ints, int }))
}

impl Operator for Imputer {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        let own = if self.reals.is_empty() { "i64" } else { "f32" };
        if dtype == own { Ok(own) } else { Err(wrong_type(dtype)) }
    }

    fn answers(&self, dtype: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        fits(self.reals.len().max(self.ints.len()), matrix(shape)?.1)?;
        Ok(vec![Answer::new(dtype, shape.to_vec())])
    }

    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let (_, columns) = matrix(shape)?;
        match (x, first) {
            (View::F32(v), Room::F32(out)) => out.iter_mut().zip(v).enumerate().for_each(|(i, (to, x))| {
                let missing = *x == self.real || (x.is_nan() && self.real.is_nan());
                *to = if missing { of_column(&self.reals, column(i, columns)).unwrap_or(*x) } else { *x };
            }),
            (View::I64(v), Room::I64(out)) => out.iter_mut().zip(v).enumerate().for_each(|(i, (to, x))| {
                *to = if *x == self.int { of_column(&self.ints, column(i, columns)).unwrap_or(*x) } else { *x };
            }),
            _ => return Err(misplaced()),
        }
        Ok(())
    }
}

/// Rows by their greatest value, the sum of their magnitudes, or their length. Rows where that is 0 stay.
#[derive(Debug)]
struct Normalizer(fn(&mut [f32]));

pub(super) fn normalizer(attrs: &mut Attrs<'_, '_>) -> Result<Box<dyn Operator>> {
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
    Ok(Box::new(Normalizer(norm)))
}

fn divide(row: &mut [f32], by: f32) {
    if by != 0.0 {
        row.iter_mut().for_each(|v| *v /= by);
    }
}

impl Operator for Normalizer {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        as_floats(dtype)
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        matrix(shape)?;
        Ok(vec![Answer::new("f32", shape.to_vec())])
    }

    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let (View::F32(v), Room::F32(out)) = (x, first) else { return Err(misplaced()) };
        let (_, columns) = matrix(shape)?;
        out.iter_mut().zip(v).for_each(|(to, x)| *to = *x);
        out.chunks_mut(columns.max(1)).for_each(self.0);
        Ok(())
    }
}

/// 1 above the threshold, 0 up to it; NaN is refused, as onnxruntime does.
#[derive(Debug)]
struct Binarizer(f32);

pub(super) fn binarizer(attrs: &mut Attrs<'_, '_>) -> Result<Box<dyn Operator>> {
    Ok(Box::new(Binarizer(attrs.float("threshold", 0.0)?)))
}

impl Operator for Binarizer {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        if dtype == "f32" { Ok(dtype) } else { Err(wrong_type(dtype)) }
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        Ok(vec![Answer::new("f32", shape.to_vec())])
    }

    fn run(&self, _: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let (View::F32(v), Room::F32(out)) = (x, first) else { return Err(misplaced()) };
        if let Some(at) = v.iter().position(|v| v.is_nan()) {
            return Err(failed("Binarizer of NaN").with("at", at));
        }
        out.iter_mut().zip(v).for_each(|(to, x)| *to = if *x > self.0 { 1.0 } else { 0.0 });
        Ok(())
    }
}
