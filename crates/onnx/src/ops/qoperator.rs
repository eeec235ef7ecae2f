//! What onnxruntime's `quantize_static` writes in its format QOperator: operators of com.microsoft from bytes to bytes. Floats are made
//! of the inputs, and bytes of what comes of them; products are summed up in whole numbers.

use super::base::binary::{F, binary};
use super::base::elements::cast;
use super::base::layout::{joined, permuted};
use super::base::unary::{Function, named, unary};
use super::quantise::{self, Sides};
use super::rows::fold::{By, reduced};
use super::rows::softmax;
use super::spatial::pool;
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire};
use nearhand_kernels::activation;

/// The floats of bytes: inputs `at` and after it are they, their scale and their zero point.
fn widened(op: &mut Op<'_, '_>, at: usize) -> Result<Wire> {
    let (x, scale, zero) = (op.input(at)?, op.input(at + 1)?, op.maybe(at + 2));
    quantise::widened(op, x, scale, zero)
}

/// The bytes of floats, of the type of `like`: inputs `at` and after it are their scale and their zero point.
fn narrowed(op: &mut Op<'_, '_>, y: Wire, at: usize, like: Wire) -> Result<Wire> {
    let (scale, zero, to) = (op.input(at)?, op.maybe(at + 1), op.dtype(like)?);
    quantise::narrowed(op, y, scale, zero, to)
}

/// QLinearAdd and QLinearMul.
pub(super) fn arithmetic(op: &mut Op<'_, '_>, f: F) -> Result<Wire> {
    let (a, b) = (widened(op, 0)?, widened(op, 3)?);
    let y = binary(op, f, a, b)?;
    let like = op.input(0)?;
    narrowed(op, y, 6, like)
}

/// QLinearSigmoid, QLinearLeakyRelu, QLinearSoftmax, QLinearGlobalAveragePool and QLinearAveragePool.
pub(super) fn function(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = widened(op, 0)?;
    let y = match op.node.op_type {
        "QLinearSigmoid" => unary(op, Function { slice: Some(activation::logistic), ..named("Sigmoid") }, x)?,
        "QLinearLeakyRelu" => {
            let slope = op.float("alpha", 0.01)?;
            let slope = op.scalar(slope, x)?;
            binary(op, F::PRelu, x, slope)?
        }
        "QLinearSoftmax" => {
            let (axis, set) = (op.int("axis", -1)?, op.int("opset", 13)?);
            softmax::along(op, x, axis, set < 13)?
        }
        "QLinearGlobalAveragePool" => {
            if op.int("channels_last", 0)? != 0 {
                return Err(op.refuse("channels last"));
            }
            let axes: Vec<usize> = (2..op.rank(x)?).collect();
            reduced(op, By::Mean, x, &axes, true)?
        }
        _ => {
            if op.int("channels_last", 0)? != 0 {
                return Err(op.refuse("channels last"));
            }
            // The pool reads its first input, which is these floats here.
            let held = std::mem::replace(&mut op.inputs, vec![Some(x)]);
            let pooled = pool::pool(op);
            op.inputs = held;
            pooled?.first().copied().ok_or_else(|| op.bad("outputs"))?
        }
    };
    let like = op.input(0)?;
    narrowed(op, y, 3, like)
}

/// QLinearConcat: scale and zero point of the answer come first.
pub(super) fn concat(op: &mut Op<'_, '_>) -> Result<Wire> {
    let count = op.inputs.len().saturating_sub(2) / 3;
    if count == 0 || op.inputs.len() != 2 + 3 * count {
        return Err(op.bad("number of inputs"));
    }
    let parts = (0..count).map(|part| widened(op, 2 + 3 * part)).collect::<Result<Vec<_>>>()?;
    let (like, first) = (op.input(2)?, op.shape(op.input(2)?)?);
    let axis = op.axis(op.int("axis", 0)?, first.len())?;
    for part in &parts {
        let shape = op.shape(*part)?;
        if shape.len() != first.len() || (0..first.len()).any(|a| a != axis && shape.get(a) != first.get(a)) {
            return Err(op.bad("shapes of what is joined"));
        }
    }
    let y = joined(op, &parts, axis)?;
    narrowed(op, y, 0, like)
}

/// QGemm: alpha · A' B' + C, where C is whole numbers in the product's scale; floats where the answer has no scale.
pub(super) fn gemm(op: &mut Op<'_, '_>) -> Result<Wire> {
    let mut turned = |at: usize, flag: &str| -> Result<Wire> {
        let x = op.input(at)?;
        if op.rank(x)? != 2 {
            return Err(op.bad("rank is not 2"));
        }
        if op.int(flag, 0)? == 0 { Ok(x) } else { permuted(op, x, &[1, 0]) }
    };
    let (a, b) = (turned(0, "transA")?, turned(3, "transB")?);
    let (a_scale, b_scale, zero_a, zero_b) = (op.input(1)?, op.input(4)?, op.maybe(2), op.maybe(5));
    op.only(a_scale, &[DType::F32])?;
    if op.fact(a_scale)?.len() != 1 {
        return Err(op.refuse("scales by row"));
    }
    let a_scale = op.view(a_scale, &[], 0)?;
    let mut scale = binary(op, F::Mul, a_scale, b_scale)?;
    let alpha = op.float("alpha", 1.0)?;
    if alpha != 1.0 {
        let factor = op.scalar(alpha, scale)?;
        scale = binary(op, F::Mul, scale, factor)?;
    }
    let shape = [op.shape(a)?.first().copied(), op.shape(b)?.last().copied()];
    let mut y = quantise::product(op, Sides { a, b, zero_a, zero_b }, scale)?;
    if let Some(c) = op.maybe(6) {
        op.only(c, &[DType::I32])?;
        let c = cast(op, c, DType::F32)?;
        let c = binary(op, F::Mul, c, scale)?;
        y = match quantise::shifted(op, y, c)? {
            Some(y) => y,
            None => binary(op, F::Add, y, c)?,
        };
        if op.shape(y)?.iter().copied().map(Some).ne(shape) {
            return Err(op.bad("shape of C"));
        }
    }
    let like = op.input(0)?;
    if op.maybe(7).is_some() { narrowed(op, y, 7, like) } else { Ok(y) }
}
