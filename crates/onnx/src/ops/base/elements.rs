//! Constants, casts, and what is made of a shape alone.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::refusal::failed;
use crate::tensor::{Tensor, Values};
use crate::texts::Texts;
use std::sync::Arc;

/// Cast and CastLike.
pub(crate) fn cast_op(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let _ = (op.int("saturate", 1)?, op.text("round_mode", "up")?);
    let to = if op.node.op_type == "CastLike" {
        let like = op.input(1)?;
        op.dtype(like)?
    } else {
        let number = op.int("to", 0)?;
        if op.dtype(x)? == DType::Str || number == STRING {
            return to_text(op, x, number);
        }
        DType::of_onnx(number).ok_or_else(|| op.refuse("a cast to this type").with("onnx type", number))?
    };
    cast(op, x, to)
}

/// The same numbers in another type: floats saturate when they become integers of 32 or 64 bits, and NaN is 0; bytes wrap, and so do
/// integers when they narrow.
pub(crate) fn cast(op: &mut Op<'_, '_>, x: Wire, to: DType) -> Result<Wire> {
    if op.dtype(x)? == to { Ok(x) } else { op.add(Cast { to }, &[x]) }
}

/// `TensorProto.DataType` of strings.
const STRING: i64 = 8;

/// Whole numbers as decimal texts. How many digits a float gets differs from engine to engine, and numbers are read from no text.
fn to_text(op: &mut Op<'_, '_>, x: Wire, to: i64) -> Result<Wire> {
    match op.dtype(x)? {
        DType::Str if to == STRING => Ok(x),
        from if to == STRING && DType::INTEGERS.contains(&from) => {
            let (x, texts) = (cast(op, x, DType::I64)?, op.texts());
            op.add(Decimal { texts }, &[x])
        }
        from => Err(op.refuse("a cast between these types").with("type", from.name()).with("onnx type", to)),
    }
}

#[derive(Debug)]
struct Decimal {
    texts: Arc<Texts>,
}

impl Kernel for Decimal {
    fn name(&self) -> &'static str {
        "Cast"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::Str, &single(inputs)?.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let x = inputs.get::<i64>(0)?;
        outputs.get::<i64>(0)?.iter_mut().zip(x).for_each(|(to, v)| *to = self.texts.number(&v.to_string()));
        Ok(())
    }
}

/// The kernel of [`cast`].
#[derive(Debug)]
pub(crate) struct Cast {
    to: DType,
}

/// Elements that are cast in one go.
const BLOCK: usize = 64;

impl Kernel for Cast {
    fn name(&self) -> &'static str {
        "Cast"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(self.to, &single(inputs)?.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let fact = inputs.fact(0)?;
        if fact.dtype.is_float() {
            let mut block = [0.0_f64; BLOCK];
            for from in (0..fact.len()).step_by(BLOCK) {
                match fact.dtype {
                    DType::F32 => read(inputs.get::<f32>(0)?, from, &mut block, f64::from),
                    _ => read(inputs.get::<f64>(0)?, from, &mut block, |v| v),
                }
                match self.to {
                    DType::F32 => write(outputs.get(0)?, from, &block, |v| v as f32),
                    DType::F64 => write(outputs.get(0)?, from, &block, |v| v),
                    DType::I64 => write(outputs.get(0)?, from, &block, |v| v as i64),
                    DType::I32 => write(outputs.get(0)?, from, &block, |v| v as i32),
                    DType::I8 => write(outputs.get(0)?, from, &block, |v| low(v) as i8),
                    DType::U8 => write(outputs.get(0)?, from, &block, |v| low(v) as u8),
                    DType::Bool => write(outputs.get(0)?, from, &block, |v| u8::from(v != 0.0)),
                    DType::Str => return Err(failed("a cast to texts")),
                }
            }
            return Ok(());
        }
        let mut block = [0_i64; BLOCK];
        for from in (0..fact.len()).step_by(BLOCK) {
            match fact.dtype {
                DType::I64 => read(inputs.get::<i64>(0)?, from, &mut block, |v| v),
                DType::I32 => read(inputs.get::<i32>(0)?, from, &mut block, i64::from),
                DType::I8 => read(inputs.get::<i8>(0)?, from, &mut block, i64::from),
                _ => read(inputs.get::<u8>(0)?, from, &mut block, i64::from),
            }
            match self.to {
                DType::F32 => write(outputs.get(0)?, from, &block, |v| v as f32),
                DType::F64 => write(outputs.get(0)?, from, &block, |v| v as f64),
                DType::I64 => write(outputs.get(0)?, from, &block, |v| v),
                DType::I32 => write(outputs.get(0)?, from, &block, |v| v as i32),
                DType::I8 => write(outputs.get(0)?, from, &block, |v| v as i8),
                DType::U8 => write(outputs.get(0)?, from, &block, |v| v as u8),
                DType::Bool => write(outputs.get(0)?, from, &block, |v| u8::from(v != 0)),
                DType::Str => return Err(failed("a cast to texts")),
            }
        }
        Ok(())
    }
}

/// The integer of which bytes have the last eight bits, as onnxruntime takes them: 300 is 44, and what is no number is 0.
fn low(v: f64) -> i64 {
    if v.is_finite() { v as i64 } else { 0 }
}

fn read<T: Copy, W>(x: &[T], from: usize, block: &mut [W; BLOCK], f: impl Fn(T) -> W) {
    block.iter_mut().zip(x.get(from..).unwrap_or_default()).for_each(|(to, v)| *to = f(*v));
}

fn write<W: Copy, T: Element>(out: &mut [T], from: usize, block: &[W; BLOCK], f: impl Fn(W) -> T) {
    out.get_mut(from..).unwrap_or_default().iter_mut().zip(block).for_each(|(to, v)| *to = f(*v));
}

/// BitCast: the same bits, read as another type as wide. Truth values are made of truth values alone.
pub(crate) fn bit_cast(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let (from, number) = (op.dtype(x)?, op.int("to", 0)?);
    let to = DType::of_onnx(number).filter(|_| !matches!(number, 10 | 16));
    let to = to.ok_or_else(|| op.refuse("a cast to this type").with("onnx type", number))?;
    if to == from {
        return Ok(x);
    }
    if to.bytes() != from.bytes() {
        return Err(op.bad("a type of another width"));
    }
    if to == DType::Bool {
        return Err(op.refuse("bits as truth values"));
    }
    op.add(BitCast { to }, &[x])
}

#[derive(Debug)]
struct BitCast {
    to: DType,
}

impl Kernel for BitCast {
    fn name(&self) -> &'static str {
        "BitCast"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(self.to, &single(inputs)?.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        outputs.bytes(0)?.iter_mut().zip(inputs.bytes(0)?).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

pub(crate) fn constant(op: &mut Op<'_, '_>) -> Result<Wire> {
    let value = if let Some(a) = op.attribute("value") {
        Constant::of_tensor(&a.tensor()?.values()?, &op.texts())?
    } else if let Some(a) = op.attribute("value_int") {
        Constant::i64(&[], &[a.int()?])
    } else if let Some(a) = op.attribute("value_float") {
        Constant::f32(&[], &[a.float()?])
    } else if let Some(a) = op.attribute("value_ints") {
        let ints = a.ints()?;
        Constant::i64(&[ints.len()], &ints)
    } else if let Some(a) = op.attribute("value_floats") {
        let floats = a.floats()?;
        Constant::f32(&[floats.len()], &floats)
    } else if let Some(a) = op.attribute("value_string") {
        Constant::of_tensor(&Tensor { shape: Vec::new(), values: Values::Str(vec![a.text()?.to_owned()]) }, &op.texts())?
    } else if let Some(a) = op.attribute("value_strings") {
        let texts: Vec<String> = a.texts()?.into_iter().map(str::to_owned).collect();
        Constant::of_tensor(&Tensor { shape: vec![texts.len()], values: Values::Str(texts) }, &op.texts())?
    } else {
        return Err(op.refuse("a constant of this kind"));
    };
    op.constant(value)
}

/// Largest tensor that an operator makes out of a shape alone.
pub(crate) const MAX_CELLS: usize = 1 << 24;

/// A shape given as a constant.
pub(crate) fn dims(op: &Op<'_, '_>, wire: Wire, what: &'static str) -> Result<Vec<usize>> {
    let ints = op.ints(wire, what)?;
    let dims: std::result::Result<Vec<usize>, _> = ints.iter().map(|d| usize::try_from(*d)).collect();
    let dims = dims.map_err(|_| op.bad("negative dimension"))?;
    let cells = dims.iter().try_fold(1_usize, |n, d| n.checked_mul((*d).max(1))).filter(|n| *n <= MAX_CELLS);
    if cells.is_none() || dims.len() > crate::fact::MAX_RANK {
        return Err(op.refuse("a tensor of this size"));
    }
    Ok(dims)
}

pub(crate) fn constant_of_shape(op: &mut Op<'_, '_>) -> Result<Wire> {
    let shape = op.input(0)?;
    let shape = dims(op, shape, "shape")?;
    let value = match op.attribute("value") {
        Some(a) => Constant::of_tensor(&a.tensor()?.values()?, &op.texts())?,
        None => Constant::f32(&[], &[0.0]),
    };
    if value.fact.len() != 1 {
        return Err(op.bad("value of more than one element"));
    }
    let value = op.constant(value.view(&[], 0))?;
    super::layout::spread(op, value, &shape)
}

pub(crate) fn range(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (start, limit, delta) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.same_type(start, limit)?;
    op.same_type(start, delta)?;
    let dtype = op.only(start, &[DType::F32, DType::F64, DType::I64, DType::I32])?;
    let too_long = |op: &Op<'_, '_>| op.refuse("a range of this length");
    let constant = if dtype.is_float() {
        let at = |w, what| op.doubles(w, what).map(|v| v.first().copied().unwrap_or(0.0));
        let (start, limit, delta) = (at(start, "start")?, at(limit, "limit")?, at(delta, "delta")?);
        let n = ((limit - start) / delta).ceil().max(0.0);
        if n.is_nan() || n > MAX_CELLS as f64 {
            return Err(too_long(op));
        }
        // The reference adds up in the type itself: start + i · delta rounded once is as near.
        let values: Vec<f64> = (0..n as usize).map(|i| start + i as f64 * delta).collect();
        Constant::of(DType::F64, &[values.len()], &values)
    } else {
        let at = |w, what| op.ints(w, what).map(|v| i128::from(v.first().copied().unwrap_or(0)));
        let (start, limit, delta) = (at(start, "start")?, at(limit, "limit")?, at(delta, "delta")?);
        if delta == 0 {
            return Err(op.bad("delta is 0"));
        }
        let n = ((limit - start + delta - delta.signum()) / delta).max(0);
        if n > MAX_CELLS as i128 {
            return Err(too_long(op));
        }
        let values: Vec<i64> = (0..n).map(|i| (start + i * delta) as i64).collect();
        Constant::i64(&[values.len()], &values)
    };
    let wide = op.constant(constant)?;
    cast(op, wide, dtype)
}

pub(crate) fn eye_like(op: &mut Op<'_, '_>) -> Result<Wire> {
    let like = op.input(0)?;
    let to = match op.attribute("dtype") {
        Some(a) => DType::of_onnx(a.int()?).ok_or_else(|| op.refuse("this element type"))?,
        None => op.dtype(like)?,
    };
    let k = op.int("k", 0)?;
    let shape = op.shape(like)?;
    let &[rows, columns] = shape.as_slice() else { return Err(op.bad("rank is not 2")) };
    let mut values = vec![0_u8; rows * columns];
    for row in 0..rows {
        if let Some(column) = (row as i64).checked_add(k).and_then(|c| usize::try_from(c).ok()).filter(|c| *c < columns)
            && let Some(cell) = values.get_mut(row * columns + column)
        {
            *cell = 1;
        }
    }
    let eye = op.constant(Constant::of(DType::U8, &shape, &values))?;
    cast(op, eye, to)
}
