//! Constants, casts and choices.

use super::arithmetic::{strides, walk};
use crate::error::Result;
use crate::tract::import::{Op, Wires, broadcast, engine, into_tract};
use crate::tract::own::{Kernel, one, shape_of, slice};
use tract_core::internal::*;

/// tract's type of an ONNX element type; half floats run as 32 bits.
fn dtype(number: i64) -> Option<DatumType> {
    Some(match number {
        1 | 10 | 16 => DatumType::F32,
        2 => DatumType::U8,
        3 => DatumType::I8,
        6 => DatumType::I32,
        7 => DatumType::I64,
        9 => DatumType::Bool,
        11 => DatumType::F64,
        _ => return None,
    })
}

pub(super) fn cast(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let _ = (op.int("saturate", 1)?, op.text("round_mode", "up")?);
    let to = if op.node.op_type == "CastLike" {
        let like = op.input(1)?;
        op.dtype(like)?
    } else {
        let number = op.int("to", 0)?;
        dtype(number).ok_or_else(|| op.refuse("a cast to this type").with("onnx type", number))?
    };
    let from = op.dtype(x)?;
    if from == to {
        return Ok(x);
    }
    let out = op.own(Cast { to }, &[x])?;
    if to == DatumType::F32 {
        op.importer.products.cast(x, out);
    }
    Ok(out)
}

#[derive(Debug)]
struct Cast {
    to: DatumType,
}

impl Kernel for Cast {
    fn name(&self) -> &'static str {
        "Cast"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [x] = inputs else { bail!("one input") };
        Ok(tvec!(self.to.fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        // Floats saturate when they become integers; integers wrap when they narrow, as the reference's do.
        macro_rules! to {
            ($x:expr, $of:expr) => {{
                let x = $x;
                match self.to {
                    DatumType::F32 => Tensor::from_shape(&$of, &x.iter().map(|v| *v as f32).collect::<Vec<_>>())?,
                    DatumType::F64 => Tensor::from_shape(&$of, &x.iter().map(|v| *v as f64).collect::<Vec<_>>())?,
                    DatumType::I64 => Tensor::from_shape(&$of, &x.iter().map(|v| *v as i64).collect::<Vec<_>>())?,
                    DatumType::I32 => Tensor::from_shape(&$of, &x.iter().map(|v| *v as i64 as i32).collect::<Vec<_>>())?,
                    DatumType::I8 => Tensor::from_shape(&$of, &x.iter().map(|v| *v as i64 as i8).collect::<Vec<_>>())?,
                    DatumType::U8 => Tensor::from_shape(&$of, &x.iter().map(|v| *v as i64 as u8).collect::<Vec<_>>())?,
                    DatumType::Bool => Tensor::from_shape(&$of, &x.iter().map(|v| *v as f64 != 0.0).collect::<Vec<_>>())?,
                    _ => bail!("a cast to this type"),
                }
            }};
        }
        let shape: TVec<usize> = x.shape().into();
        one(match x.datum_type() {
            DatumType::F32 => to!(slice::<f32>(&x)?, shape),
            DatumType::F64 => to!(slice::<f64>(&x)?, shape),
            DatumType::I64 => to!(slice::<i64>(&x)?, shape),
            DatumType::I32 => to!(slice::<i32>(&x)?, shape),
            DatumType::I8 => to!(slice::<i8>(&x)?, shape),
            DatumType::U8 => to!(slice::<u8>(&x)?, shape),
            DatumType::Bool => {
                let bits: Vec<u8> = slice::<bool>(&x)?.iter().map(|v| u8::from(*v)).collect();
                to!(&bits, shape)
            }
            _ => bail!("a cast from this type"),
        })
    }
}

/// Where.
pub(super) fn choose(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (condition, x, y) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.only(condition, &[DatumType::Bool])?;
    super::arithmetic::same_type(op, x, y)?;
    let shape = broadcast(&[&op.shape(condition)?, &op.shape(x)?, &op.shape(y)?])?;
    op.own(Choose { shape }, &[condition, x, y])
}

/// `condition ? x : y`, whatever the element type: elements are bytes here.
#[derive(Debug)]
struct Choose {
    shape: TVec<usize>,
}

impl Kernel for Choose {
    fn name(&self) -> &'static str {
        "Where"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [_, x, _] = inputs else { bail!("three inputs") };
        Ok(tvec!(x.datum_type.fact(&*self.shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (condition, x, y) = args_3!(inputs);
        let mut out = Tensor::zero_dt(x.datum_type(), &self.shape)?;
        let operands = [condition.shape(), x.shape(), y.shape()].map(|s| strides(s, &self.shape));
        let width = x.datum_type().size_of();
        let (when, x, y, cells) = (slice::<bool>(&condition)?, x.as_bytes(), y.as_bytes(), out.as_bytes_mut());
        match width {
            1 => pick::<1>(&self.shape, &operands, when, x, y, cells),
            4 => pick::<4>(&self.shape, &operands, when, x, y, cells),
            _ => pick::<8>(&self.shape, &operands, when, x, y, cells),
        }
        one(out)
    }
}

/// Cells of `W` bytes, from `x` where the condition holds and from `y` elsewhere.
fn pick<const W: usize>(shape: &[usize], operands: &[TVec<usize>; 3], when: &[bool], x: &[u8], y: &[u8], out: &mut [u8]) {
    let (x, y) = (x.as_chunks::<W>().0, y.as_chunks::<W>().0);
    let mut cells = out.as_chunks_mut::<W>().0.iter_mut();
    walk(shape, operands, |[c, i, j]| {
        let from = if when.get(c) == Some(&true) { x.get(i) } else { y.get(j) };
        if let (Some(cell), Some(value)) = (cells.next(), from) {
            *cell = *value;
        }
    });
}

pub(super) fn constant(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let tensor = if let Some(a) = op.attribute("value") {
        into_tract(&a.tensor()?.values()?)?
    } else if let Some(a) = op.attribute("value_int") {
        tensor0(a.int()?)
    } else if let Some(a) = op.attribute("value_float") {
        tensor0(a.float()?)
    } else if let Some(a) = op.attribute("value_ints") {
        tensor1(&a.ints()?)
    } else if let Some(a) = op.attribute("value_floats") {
        tensor1(&a.floats()?)
    } else {
        return Err(op.refuse("a constant of this kind"));
    };
    op.constant(tensor)
}

/// A shape given as a constant.
pub(super) fn dims(op: &Op<'_, '_>, wire: OutletId, what: &'static str) -> Result<Vec<usize>> {
    let ints = op.ints(wire, what)?;
    let dims: std::result::Result<Vec<usize>, _> = ints.iter().map(|d| usize::try_from(*d)).collect();
    let dims = dims.map_err(|_| op.bad("negative dimension"))?;
    let cells = dims.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= MAX_CELLS);
    if cells.is_none() || dims.len() > 16 {
        return Err(op.refuse("a tensor of this size"));
    }
    Ok(dims)
}

/// Largest tensor that an operator makes out of a shape alone.
pub(super) const MAX_CELLS: usize = 1 << 24;

pub(super) fn constant_of_shape(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let shape = op.input(0)?;
    let shape = dims(op, shape, "shape")?;
    let value = match op.attribute("value") {
        Some(a) => into_tract(&a.tensor()?.values()?)?,
        None => tensor1(&[0.0_f32]),
    };
    if value.len() != 1 {
        return Err(op.bad("value of more than one element"));
    }
    let value = value.into_shape(&[]).and_then(|v| v.broadcast_scalar_to_shape(&shape)).map_err(|e| engine(&e))?;
    op.constant(value)
}

pub(super) fn range(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (start, limit, delta) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let dtype = op.dtype(start)?;
    super::arithmetic::same_type(op, start, limit)?;
    super::arithmetic::same_type(op, start, delta)?;
    let tensor = if dtype == DatumType::F32 {
        let at = |w, what| op.floats(w, what).map(|v| f64::from(v.first().copied().unwrap_or(0.0)));
        let (start, limit, delta) = (at(start, "start")?, at(limit, "limit")?, at(delta, "delta")?);
        let n = ((limit - start) / delta).ceil().max(0.0);
        if n.is_nan() || n > MAX_CELLS as f64 {
            return Err(op.refuse("a range of this length"));
        }
        // The reference adds up in 32 bits: start + i · delta rounded once is as near.
        let values: Vec<f32> = (0..n as usize).map(|i| (start + i as f64 * delta) as f32).collect();
        tensor1(&values)
    } else {
        op.only(start, &[DatumType::I64, DatumType::I32])?;
        let at = |w, what| op.ints(w, what).map(|v| i128::from(v.first().copied().unwrap_or(0)));
        let (start, limit, delta) = (at(start, "start")?, at(limit, "limit")?, at(delta, "delta")?);
        if delta == 0 {
            return Err(op.bad("delta is 0"));
        }
        let n = ((limit - start + delta - delta.signum()) / delta).max(0);
        if n > MAX_CELLS as i128 {
            return Err(op.refuse("a range of this length"));
        }
        let values: Vec<i64> = (0..n).map(|i| (start + i * delta) as i64).collect();
        tensor1(&values).cast_to_dt(dtype).map_err(|e| engine(&e))?.into_owned()
    };
    op.constant(tensor)
}

pub(super) fn eye_like(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let like = op.input(0)?;
    let to = match op.attribute("dtype") {
        Some(a) => dtype(a.int()?).ok_or_else(|| op.refuse("this element type"))?,
        None => op.dtype(like)?,
    };
    let k = op.int("k", 0)?;
    let shape = op.shape(like)?;
    let &[rows, columns] = &*shape else { return Err(op.bad("rank is not 2")) };
    let mut values = vec![0_i64; rows * columns];
    for row in 0..rows {
        if let Some(column) = (row as i64).checked_add(k).and_then(|c| usize::try_from(c).ok()).filter(|c| *c < columns)
            && let Some(cell) = values.get_mut(row * columns + column)
        {
            *cell = 1;
        }
    }
    let tensor = Tensor::from_shape(&shape, &values).and_then(|t| Ok(t.cast_to_dt(to)?.into_owned()));
    op.constant(tensor.map_err(|e| engine(&e))?)
}

pub(super) fn one_hot(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (indices, depth, values) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let rank = op.rank(indices)?;
    let axis = op.axis(op.int("axis", -1)?, rank + 1)?;
    let depth = if op.dtype(depth)?.is_float() {
        op.floats(depth, "depth")?.first().map(|d| *d as i64)
    } else {
        op.ints(depth, "depth")?.first().copied()
    };
    let depth = depth.and_then(|d| usize::try_from(d).ok()).filter(|d| (1..=MAX_CELLS).contains(d));
    let depth = depth.ok_or_else(|| op.bad("depth"))?;
    if op.shape(values)?[..] != [2] {
        return Err(op.bad("values are not two"));
    }
    let indices = if op.dtype(indices)? == DatumType::I64 { indices } else { op.own(Cast { to: DatumType::I64 }, &[indices])? };
    op.own(OneHot { axis, depth }, &[indices, values])
}

#[derive(Debug)]
struct OneHot {
    axis: usize,
    depth: usize,
}

impl Kernel for OneHot {
    fn name(&self) -> &'static str {
        "OneHot"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [indices, values] = inputs else { bail!("two inputs") };
        let mut shape: TVec<usize> = shape_of(indices)?.into();
        shape.insert(self.axis, self.depth);
        Ok(tvec!(values.datum_type.fact(&*shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (indices, values) = args_2!(inputs);
        let width = values.datum_type().size_of();
        let mut shape: TVec<usize> = indices.shape().into();
        shape.insert(self.axis, self.depth);
        let (off, on) = values.as_bytes().split_at_checked(width).ok_or_else(|| format_err!("two values"))?;
        let mut out = Tensor::zero_dt(values.datum_type(), &shape)?;
        for cell in out.as_bytes_mut().chunks_exact_mut(width) {
            cell.copy_from_slice(off);
        }
        let inner: usize = shape.iter().skip(self.axis + 1).product();
        for (i, index) in slice::<i64>(&indices)?.iter().enumerate() {
            let depth = self.depth as i64;
            if (-depth..depth).contains(index) {
                let hot = index.rem_euclid(depth) as usize;
                let at = ((i / inner.max(1)) * self.depth + hot) * inner + i % inner.max(1);
                if let Some(cell) = out.as_bytes_mut().get_mut(at * width..(at + 1) * width) {
                    cell.copy_from_slice(on);
                }
            }
        }
        one(out)
    }
}

/// If with a condition that is known: the branch that is taken stands in its place.
pub(super) fn conditional(op: &mut Op<'_, '_>) -> Result<Wires> {
    let condition = op.input(0)?;
    let taken = match op.konst(condition)? {
        Some(tensor) if tensor.datum_type() == DatumType::Bool && tensor.len() == 1 => {
            slice::<bool>(&tensor).map_err(|e| engine(&e))?.first() == Some(&true)
        }
        _ => return Err(op.refuse("a condition that depends on values")),
    };
    let (then, other) = (op.attribute("then_branch"), op.attribute("else_branch"));
    let branch = if taken { then } else { other };
    let graph = branch.and_then(|a| a.graphs.first()).ok_or_else(|| op.bad("branch missing"))?;
    op.importer.graph(graph)?;
    let mut out = tvec!();
    for output in &graph.outputs {
        out.push(op.importer.named(output.name).ok_or_else(|| op.bad("output comes from nowhere"))?);
    }
    Ok(out)
}
