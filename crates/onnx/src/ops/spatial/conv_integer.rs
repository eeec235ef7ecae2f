//! Convolutions of bytes: ConvInteger, whose sums are the answer, and QLinearConv, which scales them to bytes again.

use super::conv::Frame;
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::failed;
use nearhand_kernels::conv::{Window, depthwise_integer};

const BYTES: &[DType] = &[DType::U8, DType::I8];

/// A zero point: of the type of what it is the zero of; one, or one a channel where that may be.
fn zero(op: &mut Op<'_, '_>, at: usize, of: Wire, channels: usize) -> Result<Wire> {
    let Some(zero) = op.maybe(at) else {
        let dtype = op.dtype(of)?;
        return op.constant(Constant::scalar(dtype, 0.0));
    };
    op.same_type(zero, of)?;
    let len = op.fact(zero)?.len();
    if len == 1 || len == channels { Ok(zero) } else { Err(op.bad("zero point")) }
}

/// A scale: one, or one a channel.
fn scale(op: &Op<'_, '_>, at: usize, channels: usize) -> Result<Wire> {
    let scale = op.input(at)?;
    op.only(scale, &[DType::F32])?;
    let len = op.fact(scale)?.len();
    if len == 1 || len == channels { Ok(scale) } else { Err(op.bad("scale")) }
}

pub(in crate::ops) fn conv_integer(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, w) = (op.input(0)?, op.input(1)?);
    op.only(x, BYTES)?;
    op.only(w, BYTES)?;
    let frame = Frame::read(op, x, w)?;
    let zeros = [zero(op, 2, x, 1)?, zero(op, 3, w, frame.out * frame.group)?];
    op.add(BytesConv::new(frame, None), &[x, w, zeros[0], zeros[1]])
}

pub(in crate::ops) fn qlinear_conv(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, w, y) = (op.input(0)?, op.input(3)?, op.input(7)?);
    op.only(x, BYTES)?;
    op.only(w, BYTES)?;
    let dtype = op.only(y, BYTES)?;
    let frame = Frame::read(op, x, w)?;
    let channels = frame.out * frame.group;
    let (xz, wz, yz) = (zero(op, 2, x, 1)?, zero(op, 5, w, channels)?, zero(op, 7, y, 1)?);
    let (xs, ws, ys) = (scale(op, 1, 1)?, scale(op, 4, channels)?, scale(op, 6, 1)?);
    let mut inputs = vec![x, w, xz, wz, xs, ws, ys, yz];
    if let Some(bias) = op.maybe(8) {
        op.only(bias, &[DType::I32])?;
        if op.shape(bias)? != [channels] {
            return Err(op.bad("bias"));
        }
        inputs.push(bias);
    }
    op.add(BytesConv::new(frame, Some(dtype)), &inputs)
}

/// Inputs: x, weights, their zero points; where sums are scaled, the scales of both and of the output, its zero point, and the
/// bias where there is one.
#[derive(Debug)]
struct BytesConv {
    shape: Vec<usize>,
    group: usize,
    /// Channels of the input and the output in a group.
    channels: usize,
    out: usize,
    window: Window,
    /// Type of scaled sums.
    scaled: Option<DType>,
}

/// Bytes of either sign.
#[derive(Clone, Copy)]
enum Bytes<'r> {
    Unsigned(&'r [u8]),
    Signed(&'r [i8]),
}

impl<'r> Bytes<'r> {
    fn of(inputs: &Inputs<'r>, at: usize) -> Result<Self> {
        Ok(match inputs.fact(at)?.dtype {
            DType::I8 => Self::Signed(inputs.get(at)?),
            _ => Self::Unsigned(inputs.get(at)?),
        })
    }

    fn at(self, number: usize) -> i32 {
        match self {
            Self::Unsigned(list) => list.get(number).copied().map_or(0, i32::from),
            Self::Signed(list) => list.get(number).copied().map_or(0, i32::from),
        }
    }

    /// That of a channel, where there may be one for all.
    fn each(self, channel: usize) -> i32 {
        let len = match self {
            Self::Unsigned(list) => list.len(),
            Self::Signed(list) => list.len(),
        };
        self.at(channel.min(len.saturating_sub(1)))
    }
}

/// That of a channel, where there may be one for all.
fn each(list: &[f32], channel: usize) -> f32 {
    list.get(channel).or(list.first()).copied().unwrap_or(1.0)
}

impl BytesConv {
    fn new(frame: Frame, scaled: Option<DType>) -> Self {
        let Frame { shape, group, channels, out, window } = frame;
        Self { shape, group, channels, out, window, scaled }
    }

    /// Inputs of a group, outputs of a channel, places of a window.
    fn sizes(&self) -> (usize, usize, usize) {
        let [d, h, w] = self.window;
        (self.channels * d.input * h.input * w.input, d.output * h.output * w.output, d.kernel * h.kernel * w.kernel)
    }
}

impl Kernel for BytesConv {
    fn name(&self) -> &'static str {
        "ConvInteger"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(self.scaled.unwrap_or(DType::I32), &self.shape)])
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        let (plane, cells, _) = self.sizes();
        (plane + cells) * size_of::<i32>()
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let (plane, cells, places) = self.sizes();
        let (x, w) = (Bytes::of(inputs, 0)?, Bytes::of(inputs, 1)?);
        let (x_zero, w_zero) = (Bytes::of(inputs, 2)?.at(0), Bytes::of(inputs, 3)?);
        let memory = scratch.all_mut::<i32>().split_at_mut_checked(plane).ok_or_else(|| failed("working memory"))?;
        let (wide, Some(sums)) = (memory.0, memory.1.get_mut(..cells)) else { return Err(failed("working memory")) };
        let all = self.shape.first().copied().unwrap_or(0) * self.group;
        for number in 0..all {
            wide.iter_mut().enumerate().for_each(|(at, cell)| *cell = x.at(number * plane + at) - x_zero);
            for out in 0..self.out {
                let channel = number % self.group * self.out + out;
                sums.fill(0);
                let zero = w_zero.each(channel);
                for (c, x) in wide.chunks_exact(plane / self.channels).enumerate() {
                    let from = (channel * self.channels + c) * places;
                    depthwise_integer(x, |place| w.at(from + place) - zero, &self.window, sums);
                }
                self.leave(inputs, outputs, channel, (number * self.out + out) * cells, sums)?;
            }
        }
        Ok(())
    }
}

impl BytesConv {
    /// Writes the sums of a channel to the output from `at` on.
    fn leave(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, channel: usize, at: usize, sums: &[i32]) -> Result<()> {
        let place = at..at + sums.len();
        let Some(dtype) = self.scaled else {
            let out = outputs.get::<i32>(0)?.get_mut(place).unwrap_or_default();
            out.iter_mut().zip(sums).for_each(|(cell, sum)| *cell = *sum);
            return Ok(());
        };
        let (xs, ws, ys) = (inputs.get::<f32>(4)?, inputs.get::<f32>(5)?, inputs.get::<f32>(6)?);
        let scale = each(xs, 0) * each(ws, channel) / each(ys, 0);
        let zero = Bytes::of(inputs, 7)?.at(0) as f32;
        let bias = if inputs.len() > 8 { inputs.get::<i32>(8)?.get(channel).copied().unwrap_or(0) } else { 0 };
        // Casts of floats cut to the type's range.
        let scaled = sums.iter().map(|sum| (sum.wrapping_add(bias) as f32 * scale).round_ties_even() + zero);
        if dtype == DType::I8 {
            let out = outputs.get::<i8>(0)?.get_mut(place).unwrap_or_default();
            out.iter_mut().zip(scaled).for_each(|(cell, v)| *cell = v as i8);
        } else {
            let out = outputs.get::<u8>(0)?.get_mut(place).unwrap_or_default();
            out.iter_mut().zip(scaled).for_each(|(cell, v)| *cell = v as u8);
        }
        Ok(())
    }
}
