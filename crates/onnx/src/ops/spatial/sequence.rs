//! Operators over sequences and channels that are small: turned sequences, windows of signals, local norms, causal
//! convolutions with a state.

use super::conv::causal;
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::layout::{joined, sliced};
use crate::ops::base::unary::{Function, named, unary};
use crate::ops::moving::indexing::{INDEX, typed};
use crate::ops::moving::places::{Indices, cells, runs};
use crate::refusal::failed;

/// The first so many steps of each sequence in reverse, the rest as they are.
pub(in crate::ops) fn reverse_sequence(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, lengths) = (op.input(0)?, op.input(1)?);
    let shape = op.shape(x)?;
    let (batch, time) = (op.int("batch_axis", 1)?, op.int("time_axis", 0)?);
    if shape.len() < 2 || !((batch, time) == (0, 1) || (batch, time) == (1, 0)) {
        return Err(op.bad("batch_axis and time_axis"));
    }
    op.only(lengths, INDEX)?;
    if op.shape(lengths)? != [shape[batch as usize]] {
        return Err(op.bad("sequence_lens of a shape that does not fit"));
    }
    let run = shape.iter().skip(2).product();
    op.add(Reverse { rows: shape[0], columns: shape[1], run, batch_first: batch == 0 }, &[x, lengths])
}

#[derive(Debug)]
struct Reverse {
    rows: usize,
    columns: usize,
    run: usize,
    batch_first: bool,
}

impl Kernel for Reverse {
    fn name(&self) -> &'static str {
        "ReverseSequence"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let shape = inputs.first().map(|x| x.shape.clone()).unwrap_or_default();
        typed(inputs, &shape)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, lengths) = (inputs.bytes(0)?, Indices::of(inputs, 1)?);
        let width = self.run * inputs.fact(0)?.dtype.bytes();
        let steps = if self.batch_first { self.columns } else { self.rows };
        let out = outputs.bytes(0)?;
        if out.is_empty() {
            return Ok(());
        }
        for number in 0..self.rows * self.columns {
            let (row, column) = (number / self.columns, number % self.columns);
            let (batch, step) = if self.batch_first { (row, column) } else { (column, row) };
            let length = usize::try_from(lengths.value(batch)).ok().filter(|l| *l <= steps);
            let length = length.ok_or_else(|| failed("a sequence longer than its axis"))?;
            let from = if step < length { length - 1 - step } else { step };
            let from = if self.batch_first { batch * self.columns + from } else { from * self.columns + batch };
            if let Some(to) = runs(out, number, width) {
                cells(to, x, from);
            }
        }
        Ok(())
    }
}

/// HannWindow, HammingWindow and BlackmanWindow: sums of cosines.
pub(in crate::ops) fn signal_window(op: &mut Op<'_, '_>) -> Result<Wire> {
    let size = op.input(0)?;
    let size = op.ints(size, "size")?.first().copied().unwrap_or(0);
    let size =
        usize::try_from(size).ok().filter(|s| *s <= crate::ops::base::elements::MAX_CELLS).ok_or_else(|| op.bad("size"))?;
    let period = if op.int("periodic", 1)? == 0 { size as f64 - 1.0 } else { size as f64 };
    let (a, b, c) = match op.node.op_type {
        "HannWindow" => (0.5, 0.5, 0.0),
        "HammingWindow" => (25.0 / 46.0, 21.0 / 46.0, 0.0),
        _ => (0.42, 0.5, 0.08),
    };
    let at = |n: usize| {
        let turn = std::f64::consts::TAU * n as f64 / period;
        a - b * turn.cos() + c * (2.0 * turn).cos()
    };
    let values: Vec<f64> = (0..size).map(at).collect();
    let dtype = DType::of_onnx(op.int("output_datatype", 1)?).filter(|d| d.is_float());
    let constant = match dtype.ok_or_else(|| op.refuse("a window of this type"))? {
        DType::F64 => Constant::of(DType::F64, &[size], &values),
        _ => Constant::f32(&[size], &values.iter().map(|v| *v as f32).collect::<Vec<_>>()),
    };
    op.constant(constant)
}

/// Each value over a power of the squares of the channels around its own.
pub(in crate::ops) fn lrn(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32])?;
    let shape = op.shape(x)?;
    let size = op.attribute("size").ok_or_else(|| op.bad("size missing"))?.int()?;
    let size = usize::try_from(size).ok().filter(|s| (1..=1 << 16).contains(s)).ok_or_else(|| op.bad("size"))?;
    let (alpha, beta, bias) = (op.float("alpha", 1e-4)?, op.float("beta", 0.75)?, op.float("bias", 1.0)?);
    if shape.len() < 3 || shape.contains(&0) {
        return Err(op.refuse("a tensor of this rank"));
    }
    op.work(&[shape.iter().product(), size.min(shape[1])])?;
    let kernel = Lrn { channels: shape[1], inner: shape[2..].iter().product(), size, scale: alpha / size as f32, beta, bias };
    op.add(kernel, &[x])
}

#[derive(Debug)]
struct Lrn {
    channels: usize,
    inner: usize,
    size: usize,
    scale: f32,
    beta: f32,
    bias: f32,
}

impl Kernel for Lrn {
    fn name(&self) -> &'static str {
        "LRN"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![single(inputs)?.clone()])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, out) = (inputs.get::<f32>(0)?, outputs.get::<f32>(0)?);
        let block = self.channels * self.inner;
        for (x, out) in x.chunks_exact(block).zip(out.chunks_exact_mut(block)) {
            for (channel, out) in out.chunks_exact_mut(self.inner).enumerate() {
                let (from, until) = (channel.saturating_sub((self.size - 1) / 2), channel + self.size / 2 + 1);
                out.fill(0.0);
                for other in x.chunks_exact(self.inner).take(until).skip(from) {
                    out.iter_mut().zip(other).for_each(|(sum, v)| *sum += v * v);
                }
                let own = x.get(channel * self.inner..).unwrap_or_default();
                out.iter_mut().zip(own).for_each(|(sum, v)| *sum = v / (self.bias + self.scale * *sum).powf(self.beta));
            }
        }
        Ok(())
    }
}

const SILU: Function = Function { f32: Some(|x| x / (1.0 + (-x).exp())), ..named("Silu") };

/// A convolution of each channel that looks back alone, and what it has to look back on next time.
pub(in crate::ops) fn causal_conv(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, w) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.same_type(x, w)?;
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    let (&[batch, channels, _], &[outs, 1, kernel]) = (shape.as_slice(), weights.as_slice()) else {
        return Err(op.bad("rank is not 3"));
    };
    if outs != channels || shape.contains(&0) || weights.contains(&0) {
        return Err(op.bad("channels"));
    }
    let state = [batch, channels, kernel - 1];
    if state.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).is_none_or(|n| n > crate::ops::base::elements::MAX_CELLS) {
        return Err(op.refuse("a tensor of this size"));
    }
    let past = match op.maybe(3) {
        Some(past) => past,
        None => op.constant(Constant::f32(&state, &vec![0.0; state.iter().product()]))?,
    };
    if op.shape(past)? != state || op.dtype(past)? != DType::F32 {
        return Err(op.bad("past_state of a shape that does not fit"));
    }
    let whole = if kernel == 1 { x } else { joined(op, &[past, x], 2)? };
    let out = causal(op, whole, w)?;
    let out = match op.text("activation", "none")? {
        "none" => out,
        "silu" | "swish" => unary(op, SILU, out)?,
        _ => return Err(op.bad("activation")),
    };
    let present = sliced(op, whole, &[(0, 1, batch), (0, 1, channels), (shape[2], 1, kernel - 1)])?;
    Ok(vec![out, present])
}
