//! Softmax and normalisations.

use super::shape::{into_shape, permute};
use crate::error::Result;
use crate::tract::import::Op;
use crate::tract::own::{Kernel, one, shape_of, slice};
use nearhand_kernels::norm::{Norm, normalise};
use tract_core::internal::*;
use tract_core::ops::math;
use tract_core::ops::nn::{Reduce, Reducer, Softmax, SoftmaxKind};

/// Softmax, LogSoftmax, Hardmax. Up to operator set 12 the axes from `axis` on are one.
pub(super) fn softmax(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let rank = op.rank(x)?;
    let old = op.opset() < 13;
    let axis = op.int("axis", if old { 1 } else { -1 })?;
    let axis = if old && axis == rank as i64 { rank } else { op.axis(axis, rank)? };
    let axes: TVec<usize> = if old { (axis..rank).collect() } else { tvec!(axis) };
    if axes.is_empty() {
        return Err(op.refuse("an axis past the last"));
    }
    if op.node.op_type == "Hardmax" {
        return hardmax(op, x, axis, old);
    }
    let kind = if op.node.op_type == "Softmax" { SoftmaxKind::Softmax } else { SoftmaxKind::LogSoftmax };
    op.wire(Softmax { axes, quant_output_dt: None, kind }, &[x])
}

fn hardmax(op: &mut Op<'_, '_>, x: OutletId, axis: usize, old: bool) -> Result<OutletId> {
    let shape = op.shape(x)?;
    if old && axis + 1 != shape.len() {
        return Err(op.refuse("several axes"));
    }
    let perm: Vec<usize> = (0..shape.len()).filter(|a| *a != axis).chain([axis]).collect();
    let mut back = vec![0; perm.len()];
    for (to, from) in perm.iter().enumerate() {
        back[*from] = to;
    }
    let last = permute(op, x, &perm)?;
    let hard = op.own(Hardmax, &[last])?;
    permute(op, hard, &back)
}

/// 1 at the first largest value of each row, 0 elsewhere.
#[derive(Debug)]
struct Hardmax;

impl Kernel for Hardmax {
    fn name(&self) -> &'static str {
        "Hardmax"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [x] = inputs else { bail!("one input") };
        Ok(tvec!(f32::fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        let width = x.shape().last().copied().unwrap_or(1).max(1);
        let mut out = vec![0.0_f32; x.len()];
        for (row, out) in slice::<f32>(&x)?.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            let best = row.iter().enumerate().fold(0, |b, (i, v)| if row.get(b).is_some_and(|w| v > w) { i } else { b });
            if let Some(cell) = out.get_mut(best) {
                *cell = 1.0;
            }
        }
        one(Tensor::from_shape(x.shape(), &out)?)
    }
}

/// Rows normalised, then scaled and shifted where scale and bias are given.
#[derive(Debug)]
struct Rows {
    kind: Norm,
    width: usize,
    epsilon: f32,
}

impl Kernel for Rows {
    fn name(&self) -> &'static str {
        "Normalise"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        ensure!(inputs.iter().all(|f| f.datum_type == DatumType::F32), "32-bit floats only");
        Ok(tvec!(f32::fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut inputs = inputs.into_iter();
        let mut x = inputs.next().ok_or_else(|| format_err!("no input"))?.into_tensor();
        let (scale, bias) = (inputs.next(), inputs.next());
        let scale = scale.as_ref().map(|t| slice::<f32>(t)).transpose()?.unwrap_or_default();
        let bias = bias.as_ref().map(|t| slice::<f32>(t)).transpose()?.unwrap_or_default();
        normalise(self.kind, x.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?, self.width, self.epsilon, scale, bias);
        one(x)
    }
}

fn rows(op: &mut Op<'_, '_>, kind: Norm, default_epsilon: f32, affine: &[Option<OutletId>]) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", -1)?, shape.len())?;
    let epsilon = op.float("epsilon", default_epsilon)?;
    if op.int("stash_type", 1)? != 1 {
        return Err(op.refuse("a stash type other than 32-bit float"));
    }
    let width: usize = shape.iter().skip(axis).product();
    let mut inputs: TVec<OutletId> = tvec!(x);
    let mut rest: TVec<OutletId> = tvec!();
    for wire in affine.iter().flatten() {
        op.only(*wire, &[DatumType::F32])?;
        // Scale and bias of the very rows go into the kernel; others are broadcast after it.
        let same = op.shape(*wire)?.iter().product::<usize>() == width && op.rank(*wire)? <= shape.len() - axis;
        if same && rest.is_empty() { inputs.push(*wire) } else { rest.push(*wire) }
    }
    let fused = inputs.len() - 1;
    let mut out = op.own(Rows { kind, width, epsilon }, &inputs)?;
    for (at, wire) in rest.into_iter().enumerate() {
        let step = if at + fused == 0 { math::mul() } else { math::add() };
        out = op.binary(step, out, wire)?;
    }
    if op.shape(out)? == shape { Ok(out) } else { Err(op.bad("shape of scale or bias")) }
}

pub(super) fn layer(op: &mut Op<'_, '_>) -> Result<OutletId> {
    if op.wants(1) || op.wants(2) {
        return Err(op.refuse("mean and deviation as outputs"));
    }
    let affine = [Some(op.input(1)?), op.maybe(2)];
    rows(op, Norm::Layer, 1e-5, &affine)
}

pub(super) fn rms(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let affine = [Some(op.input(1)?)];
    rows(op, Norm::Rms, 1e-5, &affine)
}

/// Shapes a per-channel vector for broadcasting over axis 1.
fn channel(op: &mut Op<'_, '_>, vector: OutletId, rank: usize) -> Result<OutletId> {
    let n: usize = op.shape(vector)?.iter().product();
    let mut shape = vec![1; rank.saturating_sub(1)];
    if let Some(first) = shape.first_mut() {
        *first = n;
    }
    into_shape(op, vector, &shape)
}

/// BatchNormalization with its recorded statistics: one product and one sum.
pub(super) fn batch(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, scale, bias) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let (mean, variance) = (op.input(3)?, op.input(4)?);
    op.only(x, &[DatumType::F32])?;
    let epsilon = op.float("epsilon", 1e-5)?;
    let _ = op.float("momentum", 0.9)?;
    if op.int("training_mode", 0)? != 0 || op.int("spatial", 1)? != 1 || op.wants(1) {
        return Err(op.refuse("batch normalisation in training mode"));
    }
    let rank = op.rank(x)?;
    let channels = op.shape(x)?.get(1).copied().ok_or_else(|| op.bad("rank is below 2"))?;
    for wire in [scale, bias, mean, variance] {
        if op.shape(wire)?[..] != [channels] || op.dtype(wire)? != DatumType::F32 {
            return Err(op.bad("a vector of another length than the channels"));
        }
    }
    let epsilon = op.scalar(epsilon, variance)?;
    let spread = op.binary(math::add(), variance, epsilon)?;
    let root = op.wire(math::sqrt(), &[spread])?;
    let factor = op.binary(math::div(), scale, root)?;
    let moved = op.binary(math::mul(), mean, factor)?;
    let shift = op.binary(math::sub(), bias, moved)?;
    let (factor, shift) = (channel(op, factor, rank)?, channel(op, shift, rank)?);
    let scaled = op.binary(math::mul(), x, factor)?;
    op.binary(math::add(), scaled, shift)
}

/// Normalises `groups` groups of channels of each sample.
fn grouped(op: &mut Op<'_, '_>, groups: usize) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let shape = op.shape(x)?;
    let (Some(n), Some(c)) = (shape.first().copied(), shape.get(1).copied()) else { return Err(op.bad("rank is below 2")) };
    if groups == 0 || c % groups != 0 {
        return Err(op.bad("groups do not divide the channels"));
    }
    let epsilon = op.float("epsilon", 1e-5)?;
    if op.int("stash_type", 1)? != 1 {
        return Err(op.refuse("a stash type other than 32-bit float"));
    }
    let width = shape.iter().skip(2).product::<usize>() * (c / groups);
    let flat = into_shape(op, x, &[n * groups, width])?;
    let flat = op.own(Rows { kind: Norm::Layer, width, epsilon }, &[flat])?;
    let out = into_shape(op, flat, &shape)?;
    let (scale, bias) = (op.input(1)?, op.input(2)?);
    if op.shape(scale)?[..] != [c] || op.shape(bias)?[..] != [c] {
        // Before operator set 21, GroupNormalization scales by group.
        return Err(op.refuse("scale of another length than the channels"));
    }
    let (scale, bias) = (channel(op, scale, shape.len())?, channel(op, bias, shape.len())?);
    let scaled = op.binary(math::mul(), out, scale)?;
    op.binary(math::add(), scaled, bias)
}

pub(super) fn group(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let groups = op.int("num_groups", 0)?;
    grouped(op, usize::try_from(groups).unwrap_or(0))
}

pub(super) fn instance(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    let channels = op.shape(x)?.get(1).copied().unwrap_or(0);
    grouped(op, channels)
}

pub(super) fn lp(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let axis = op.axis(op.int("axis", -1)?, op.rank(x)?)?;
    let size = match op.int("p", 2)? {
        1 => op.wire(math::abs(), &[x])?,
        2 => op.wire(math::square(), &[x])?,
        _ => return Err(op.bad("p is 1 or 2")),
    };
    let mut total = op.wire(Reduce::new(tvec!(axis), Reducer::Sum), &[size])?;
    if op.int("p", 2)? == 2 {
        total = op.wire(math::sqrt(), &[total])?;
    }
    op.own(Quotient, &[x, total])
}

/// x / y with y broadcast over one axis, and 0 where y is 0 (LpNormalization's reference).
#[derive(Debug)]
struct Quotient;

impl Kernel for Quotient {
    fn name(&self) -> &'static str {
        "Quotient"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let x = inputs.first().ok_or_else(|| format_err!("no input"))?;
        Ok(tvec!(f32::fact(shape_of(x)?)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (x, total) = args_2!(inputs);
        let (a, b) = (slice::<f32>(&x)?, slice::<f32>(&total)?);
        let mut out = Vec::with_capacity(a.len());
        let strides = [super::arithmetic::strides(x.shape(), x.shape()), super::arithmetic::strides(total.shape(), x.shape())];
        super::arithmetic::walk(x.shape(), &strides, |[i, j]| {
            let (a, b) = (a.get(i).copied().unwrap_or(0.0), b.get(j).copied().unwrap_or(0.0));
            out.push(if b == 0.0 { 0.0 } else { a / b });
        });
        one(Tensor::from_shape(x.shape(), &out)?)
    }
}

pub(super) fn mean_variance(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let shape = op.shape(x)?;
    let axes = op.int_list("axes")?.unwrap_or_else(|| vec![0, 2, 3]);
    let axes = op.axes(Some(axes), shape.len())?;
    let kept: Vec<usize> = (0..shape.len()).filter(|a| !axes.contains(a)).collect();
    let perm: Vec<usize> = kept.iter().chain(&axes).copied().collect();
    let mut back = vec![0; perm.len()];
    for (to, from) in perm.iter().enumerate() {
        back[*from] = to;
    }
    let width = axes.iter().filter_map(|a| shape.get(*a)).product();
    let moved = permute(op, x, &perm)?;
    // The reference adds 1e-9 to the deviation.
    let rows = op.own(Rows { kind: Norm::Layer, width, epsilon: 1e-18 }, &[moved])?;
    permute(op, rows, &back)
}
