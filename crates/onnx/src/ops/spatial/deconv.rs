//! Convolutions turned about: what windows wrote, added up.

use super::conv::{bias, grouped};
use super::window::{Spatial, pads, sizes};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::elements::dims;
use nearhand_kernels::conv::{Axis, Window, rows, transposed};

/// Blocks of columns, each what a window reads, added up to an image (ONNX, Col2Im).
pub(in crate::ops) fn col2im(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, image, kernel) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.only(x, &[DType::F32])?;
    let shape = op.shape(x)?;
    let (image, kernel) = (dims(op, image, "image_shape")?, dims(op, kernel, "block_shape")?);
    if !(1..=3).contains(&image.len()) || kernel.len() != image.len() || kernel.contains(&0) || image.contains(&0) {
        return Err(op.refuse("an image of this rank"));
    }
    let places: usize = kernel.iter().product();
    let &[batch, columns, cells] = shape.as_slice() else { return Err(op.bad("rank is not 3")) };
    let full: Vec<usize> = [batch, columns / places].into_iter().chain(image.iter().copied()).collect();
    let spatial = Spatial::read(op, &full, &kernel, false)?;
    spatial.work(op, &[batch, columns / places])?;
    if columns % places != 0 || spatial.outputs().product::<usize>() != cells || cells == 0 {
        return Err(op.bad("number of blocks"));
    }
    op.add(Col2Im { shape: full, window: spatial.window() }, &[x])
}

#[derive(Debug)]
struct Col2Im {
    shape: Vec<usize>,
    window: Window,
}

impl Kernel for Col2Im {
    fn name(&self) -> &'static str {
        "Col2Im"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let size = |f: fn(&Axis) -> usize| self.window.iter().map(f).product::<usize>();
        let (image, cells, places) = (size(|a| a.input), size(|a| a.output), size(|a| a.kernel));
        let x = inputs.get::<f32>(0)?.chunks_exact(places * cells);
        for (x, out) in x.zip(outputs.get::<f32>(0)?.chunks_exact_mut(image)) {
            out.fill(0.0);
            rows(&self.window, &mut |number, from, to, count| {
                let x = x.get(number * cells + from..).unwrap_or_default();
                let out = out.get_mut(to..).unwrap_or_default().iter_mut().step_by(self.window[2].stride);
                out.zip(x).take(count).for_each(|(cell, v)| *cell += v);
            });
        }
        Ok(())
    }
}

pub(in crate::ops) fn conv_transpose(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, w) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.same_type(x, w)?;
    let group = grouped(op, x, w)?;
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    let (channels, each) = (shape[1], weights[1]);
    if channels % group != 0 || weights[0] != channels {
        return Err(op.bad("channels"));
    }
    let out = each.checked_mul(group).ok_or_else(|| op.bad("group"))?;
    let count = shape.len() - 2;
    let or_ones = |list: Option<Vec<usize>>| list.unwrap_or_else(|| vec![1; count]);
    let (strides, dilations) = (or_ones(sizes(op, "strides", count)?), or_ones(sizes(op, "dilations", count)?));
    let more = op.int_list("output_padding")?.unwrap_or_default();
    let more = more.iter().map(|v| usize::try_from(*v).map_err(|_| op.bad("output_padding"))).collect::<Result<Vec<_>>>()?;
    let wanted = sizes(op, "output_shape", count)?;
    let (before, after) = pads(op, count)?;
    let auto = op.text("auto_pad", "NOTSET")?;
    let mut axes = Vec::with_capacity(count);
    for (at, kernel) in weights[2..].iter().enumerate() {
        let (input, stride, dilation) = (shape[at + 2] as u64, strides[at] as u64, dilations[at] as u64);
        let more = more.get(at).copied().unwrap_or(0) as u64;
        if more >= stride.max(dilation) {
            return Err(op.bad("output_padding"));
        }
        // All that is written, were nothing cut off (ONNX, ConvTranspose).
        let full = (input - 1) * stride + (*kernel as u64 - 1) * dilation + 1 + more;
        if full > 1 << 31 {
            return Err(op.refuse("a tensor of this size"));
        }
        let wanted = match (auto, &wanted) {
            (_, Some(wanted)) => Some(wanted.get(at).copied().unwrap_or(0) as u64),
            ("SAME_UPPER" | "SAME_LOWER", None) => Some(input * stride),
            _ => None,
        };
        let (cut, output) = match (auto, wanted) {
            ("NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER", Some(wanted)) => {
                // What is wanted beyond all that is written stays 0 behind it.
                let total = full.saturating_sub(wanted);
                (if auto == "SAME_UPPER" { total / 2 } else { total - total / 2 }, wanted)
            }
            ("NOTSET", None) => (before[at] as u64, full.saturating_sub(before[at] as u64 + after[at] as u64)),
            ("VALID", None) => (0, full),
            _ => return Err(op.bad("auto_pad")),
        };
        let output = usize::try_from(output).ok().filter(|o| *o > 0).ok_or_else(|| op.bad("pads"))?;
        // The window of a convolution of the output that gives the input.
        axes.push(Axis {
            input: output,
            output: shape[at + 2],
            kernel: *kernel,
            stride: strides[at],
            dilation: dilations[at],
            before: cut as usize,
        });
    }
    let spatial = Spatial { axes, after: Vec::new() };
    spatial.work(op, &[shape[0], channels, each])?;
    let bias = bias(op, out)?;
    let shape = [shape[0], out].into_iter().chain(spatial.axes.iter().map(|a| a.input)).collect();
    let inputs: Vec<Wire> = [Some(x), Some(w), bias].into_iter().flatten().collect();
    op.add(ConvTranspose { shape, group, channels: channels / group, out: each, window: spatial.window() }, &inputs)
}

#[derive(Debug)]
struct ConvTranspose {
    shape: Vec<usize>,
    group: usize,
    /// Channels of the input and the output in a group.
    channels: usize,
    out: usize,
    /// Of the output, at each input.
    window: Window,
}

impl Kernel for ConvTranspose {
    fn name(&self) -> &'static str {
        "ConvTranspose"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, w) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?);
        let bias = if inputs.len() > 2 { inputs.get::<f32>(2)? } else { &[] };
        let out = outputs.get::<f32>(0)?;
        let size = |f: fn(&Axis) -> usize| self.window.iter().map(f).product::<usize>();
        let (cells, from, places) = (size(|a| a.input), size(|a| a.output), size(|a| a.kernel));
        let groups = x.chunks_exact(self.channels * from).zip(out.chunks_exact_mut(self.out * cells));
        for (number, (x, out)) in groups.enumerate() {
            let group = number % self.group;
            for (channel, out) in out.chunks_exact_mut(cells).enumerate() {
                out.fill(bias.get(group * self.out + channel).copied().unwrap_or(0.0));
                for (c, x) in x.chunks_exact(from).enumerate() {
                    let at = ((group * self.channels + c) * self.out + channel) * places;
                    transposed(x, w.get(at..at + places).unwrap_or_default(), &self.window, out);
                }
            }
        }
        Ok(())
    }
}
