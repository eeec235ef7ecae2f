//! Sums, extremes and their places along axes.

use super::shape::{into_shape, permute};
use crate::error::Result;
use crate::tract::import::Op;
use crate::tract::own::{Kernel, one, shape_of, slice};
use tract_core::internal::*;
use tract_core::ops::array::CumSum;
use tract_core::ops::math;
use tract_core::ops::nn::{Reduce, Reducer};

/// The Reduce family. Axes are an attribute up to operator set 17 (12 for ReduceSum), an input from there on.
pub(super) fn reduce(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    let keep = op.int("keepdims", 1)? != 0;
    let name = op.node.op_type;
    let by_input = op.opset() >= if name == "ReduceSum" { 13 } else { 18 };
    let noop = op.int("noop_with_empty_axes", 0)? != 0;
    let given = if by_input { op.maybe(1).map(|w| op.ints(w, "axes")).transpose()? } else { op.int_list("axes")? };
    let given = given.filter(|axes| !axes.is_empty());
    if given.is_none() && noop {
        return match name {
            "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceMean" | "ReduceProd" => Ok(x),
            _ => Err(op.refuse("a reduction over no axis")),
        };
    }
    let axes: TVec<usize> = op.axes(given, shape.len())?.into();
    let count: usize = axes.iter().filter_map(|a| shape.get(*a)).product();
    if shape.contains(&0) {
        return Err(op.refuse("a reduction of nothing"));
    }
    let integer = !op.dtype(x)?.is_float();
    if integer && !matches!(name, "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceProd") {
        return Err(op.refuse("integers in this operator"));
    }
    if op.dtype(x)? == DatumType::Bool {
        return Err(op.refuse("truth values in this operator"));
    }
    let by = |reducer| Reduce::new(axes.clone(), reducer);
    let mut out = match name {
        "ReduceSum" => op.wire(by(Reducer::Sum), &[x])?,
        "ReduceMax" => extreme(op, x, &axes, true)?,
        "ReduceMin" => extreme(op, x, &axes, false)?,
        "ReduceProd" => op.wire(by(Reducer::Prod), &[x])?,
        "ReduceMean" => {
            let sum = op.wire(by(Reducer::Sum), &[x])?;
            let factor = op.scalar(1.0 / count as f32, sum)?;
            op.binary(math::mul(), sum, factor)?
        }
        "ReduceL1" => {
            let size = op.wire(math::abs(), &[x])?;
            op.wire(by(Reducer::Sum), &[size])?
        }
        "ReduceSumSquare" | "ReduceL2" => {
            let square = op.wire(math::square(), &[x])?;
            let sum = op.wire(by(Reducer::Sum), &[square])?;
            if name == "ReduceL2" { op.wire(math::sqrt(), &[sum])? } else { sum }
        }
        "ReduceLogSum" => {
            let sum = op.wire(by(Reducer::Sum), &[x])?;
            op.wire(math::ln(), &[sum])?
        }
        // ReduceLogSumExp, with the largest value taken out first so that nothing overflows.
        _ => {
            let top = extreme(op, x, &axes, true)?;
            let less = op.binary(math::sub(), x, top)?;
            let exp = op.wire(math::exp(), &[less])?;
            let sum = op.wire(by(Reducer::Sum), &[exp])?;
            let log = op.wire(math::ln(), &[sum])?;
            op.binary(math::add(), log, top)?
        }
    };
    if !keep {
        out = without(op, out, &axes)?;
    }
    Ok(out)
}

/// Largest or smallest value along axes, which are kept with extent 1. tract's own reduction starts at the type's
/// finite bound, so that a row of −∞ comes out wrong.
fn extreme(op: &mut Op<'_, '_>, x: OutletId, axes: &[usize], largest: bool) -> Result<OutletId> {
    let shape = op.shape(x)?;
    let kept: Vec<usize> = (0..shape.len()).filter(|a| !axes.contains(a)).collect();
    let perm: Vec<usize> = kept.iter().chain(axes).copied().collect();
    let width = axes.iter().filter_map(|a| shape.get(*a)).product();
    let rows = permute(op, x, &perm)?;
    let out: TVec<usize> = shape.iter().enumerate().map(|(a, d)| if axes.contains(&a) { 1 } else { *d }).collect();
    op.own(Extreme { width, largest, shape: out }, &[rows])
}

#[derive(Debug)]
struct Extreme {
    width: usize,
    largest: bool,
    shape: TVec<usize>,
}

impl Extreme {
    fn pick<T: Datum + Copy>(&self, x: &Tensor, better: fn(T, T) -> bool) -> TractResult<TVec<TValue>> {
        let best = |row: &[T]| row.iter().copied().reduce(|a, b| if better(b, a) { b } else { a });
        let out: Vec<T> = slice::<T>(x)?.chunks_exact(self.width.max(1)).filter_map(best).collect();
        one(Tensor::from_shape(&self.shape, &out)?)
    }
}

impl Kernel for Extreme {
    fn name(&self) -> &'static str {
        "Extreme"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [x] = inputs else { bail!("one input") };
        shape_of(x)?;
        Ok(tvec!(x.datum_type.fact(&*self.shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        // Whether the first displaces the second; NaN displaces everything and is displaced by nothing.
        macro_rules! by {
            ($t:ty, $nan:expr) => {
                match self.largest {
                    true => self.pick::<$t>(&x, |a, b| a > b || ($nan(a) && !$nan(b))),
                    false => self.pick::<$t>(&x, |a, b| a < b || ($nan(a) && !$nan(b))),
                }
            };
        }
        match x.datum_type() {
            DatumType::F32 => by!(f32, f32::is_nan),
            DatumType::F64 => by!(f64, f64::is_nan),
            DatumType::I64 => by!(i64, |_: i64| false),
            DatumType::I32 => by!(i32, |_: i32| false),
            DatumType::I8 => by!(i8, |_: i8| false),
            DatumType::U8 => by!(u8, |_: u8| false),
            _ => bail!("an element type that is not run"),
        }
    }
}

fn without(op: &mut Op<'_, '_>, x: OutletId, axes: &[usize]) -> Result<OutletId> {
    let shape: Vec<usize> = op.shape(x)?.iter().enumerate().filter(|(a, _)| !axes.contains(a)).map(|(_, d)| *d).collect();
    into_shape(op, x, &shape)
}

pub(super) fn arg(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32, DatumType::F64, DatumType::I64, DatumType::I32, DatumType::I8, DatumType::U8])?;
    let shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let keep = op.int("keepdims", 1)? != 0;
    let last = op.int("select_last_index", 0)? != 0;
    if shape.contains(&0) {
        return Err(op.refuse("a reduction of nothing"));
    }
    let reducer = if op.node.op_type == "ArgMax" { Reducer::ArgMax(last) } else { Reducer::ArgMin(last) };
    let out = op.wire(Reduce::new(tvec!(axis), reducer), &[x])?;
    if keep { Ok(out) } else { without(op, out, &[axis]) }
}

pub(super) fn global_pool(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let shape = op.shape(x)?;
    if shape.len() < 3 || shape.contains(&0) {
        return Err(op.bad("rank is below 3"));
    }
    let axes: TVec<usize> = (2..shape.len()).collect();
    let count: usize = shape.iter().skip(2).product();
    match op.node.op_type {
        "GlobalMaxPool" => extreme(op, x, &axes, true),
        "GlobalAveragePool" => {
            let sum = op.wire(Reduce::new(axes, Reducer::Sum), &[x])?;
            let factor = op.scalar(1.0 / count as f32, sum)?;
            op.binary(math::mul(), sum, factor)
        }
        _ => {
            if op.int("p", 2)? != 2 {
                return Err(op.refuse("a norm other than the second"));
            }
            let square = op.wire(math::square(), &[x])?;
            let sum = op.wire(Reduce::new(axes, Reducer::Sum), &[square])?;
            op.wire(math::sqrt(), &[sum])
        }
    }
}

pub(super) fn cum_sum(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, axis) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DatumType::F32, DatumType::F64, DatumType::I64, DatumType::I32])?;
    let axis = op.ints(axis, "axis")?;
    let &[axis] = axis.as_slice() else { return Err(op.bad("axis")) };
    let axis = op.axis(axis, op.rank(x)?)?;
    let (exclusive, reverse) = (op.int("exclusive", 0)? != 0, op.int("reverse", 0)? != 0);
    op.wire(CumSum { axis, exclusive, reverse }, &[x])
}
