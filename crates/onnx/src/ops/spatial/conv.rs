//! Convolutions: a product with what each window reads, packed block by block; channel by channel where each has its own.

use super::window::{Spatial, sizes};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::failed;
use nearhand_kernels::conv::{Axis, Window, columns, depthwise};
use nearhand_kernels::matmul_f32::{packed_len, product};

/// Values of a block of columns: they stay in the nearer caches.
const BLOCK: usize = 1 << 14;
/// Most values of a column.
const MAX_DEPTH: usize = 1 << 16;

/// The group of a node. Its ranks are checked.
pub(in crate::ops) fn grouped(op: &Op<'_, '_>, x: Wire, w: Wire) -> Result<usize> {
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    if shape.len() < 3 || shape.len() > 5 || weights.len() != shape.len() || shape.contains(&0) || weights.contains(&0) {
        return Err(op.refuse("a convolution of this rank"));
    }
    let group = usize::try_from(op.int("group", 1)?).ok().filter(|g| *g > 0).ok_or_else(|| op.bad("group"))?;
    if sizes(op, "kernel_shape", shape.len() - 2)?.is_some_and(|k| k != weights[2..]) {
        return Err(op.bad("kernel_shape"));
    }
    Ok(group)
}

/// What a convolution is over, besides types: shape of the output, group, channels of the input and the output in a group,
/// window.
pub(super) struct Frame {
    pub(in crate::ops) shape: Vec<usize>,
    pub(in crate::ops) group: usize,
    pub(in crate::ops) channels: usize,
    pub(in crate::ops) out: usize,
    pub(in crate::ops) window: Window,
}

impl Frame {
    pub(in crate::ops) fn read(op: &mut Op<'_, '_>, x: Wire, w: Wire) -> Result<Self> {
        let group = grouped(op, x, w)?;
        let (shape, weights) = (op.shape(x)?, op.shape(w)?);
        let (channels, out) = (shape[1], weights[0]);
        if channels % group != 0 || out % group != 0 || weights[1] != channels / group {
            return Err(op.bad("channels"));
        }
        let spatial = Spatial::read(op, &shape, &weights[2..], false)?;
        spatial.work(op, &[shape[0], out, channels / group])?;
        let mut window = spatial.window();
        // Where every element stands alone, all axes are one.
        if window.iter().all(|a| (a.kernel, a.stride, a.before) == (1, 1, 0)) && spatial.after.iter().all(|a| *a == 0) {
            let cells = window.iter().map(|a| a.input).product();
            window = [Axis::ONE, Axis::ONE, Axis { input: cells, output: cells, ..Axis::ONE }];
        }
        let shape = [shape[0], out].into_iter().chain(spatial.outputs()).collect();
        Ok(Self { shape, group, channels: channels / group, out: out / group, window })
    }
}

pub(super) fn bias(op: &Op<'_, '_>, channels: usize) -> Result<Option<Wire>> {
    let Some(bias) = op.maybe(2) else { return Ok(None) };
    if op.shape(bias)? == [channels] && op.dtype(bias)? == DType::F32 { Ok(Some(bias)) } else { Err(op.bad("bias")) }
}

pub(in crate::ops) fn conv(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, w) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.same_type(x, w)?;
    let Frame { shape, group, channels, out, window } = Frame::read(op, x, w)?;
    let bias = bias(op, out * group)?;
    let inputs: Vec<Wire> = [Some(x), Some(w), bias].into_iter().flatten().collect();
    op.add(Conv { shape, group, channels, out, window }, &inputs)
}

#[derive(Debug)]
struct Conv {
    shape: Vec<usize>,
    group: usize,
    /// Channels of the input and the output in a group.
    channels: usize,
    out: usize,
    window: Window,
}

impl Conv {
    /// Places of the window in all channels of a group.
    fn depth(&self) -> usize {
        self.channels * self.window.iter().map(|a| a.kernel).product::<usize>()
    }

    /// Outputs of a channel.
    fn cells(&self) -> usize {
        self.window.iter().map(|a| a.output).product()
    }

    /// Inputs of a channel.
    fn inputs(&self) -> usize {
        self.window.iter().map(|a| a.input).product()
    }

    /// Outputs of a block.
    fn block(&self) -> usize {
        (BLOCK / self.depth()).clamp(8, 1 << 10).next_multiple_of(8).min(self.cells())
    }

    /// Whether sums are added up place by place: where there is one channel to read, and where columns would take too much
    /// memory.
    fn is_direct(&self) -> bool {
        (self.channels == 1 && self.out == 1) || self.depth() > MAX_DEPTH
    }
}

impl Kernel for Conv {
    fn name(&self) -> &'static str {
        "Conv"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        let floats = if self.is_direct() { 0 } else { packed_len(self.depth(), self.block()) + self.out * self.block() };
        floats * size_of::<f32>()
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let (x, w) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?);
        let bias = if inputs.len() > 2 { inputs.get::<f32>(2)? } else { &[] };
        let out = outputs.get::<f32>(0)?;
        let (depth, cells, block) = (self.depth(), self.cells(), self.block());
        let (packed, sums) = scratch.all_mut::<f32>().split_at_mut_checked(packed_len(depth, block)).unwrap_or_default();
        let groups = x.chunks_exact(self.channels * self.inputs()).zip(out.chunks_exact_mut(self.out * cells));
        for (number, (x, out)) in groups.enumerate() {
            let group = number % self.group;
            let w = w.get(group * self.out * depth..(group + 1) * self.out * depth).unwrap_or_default();
            let bias = bias.get(group * self.out..).unwrap_or_default();
            if self.is_direct() {
                for (channel, (out, w)) in out.chunks_exact_mut(cells).zip(w.chunks_exact(depth)).enumerate() {
                    out.fill(bias.get(channel).copied().unwrap_or(0.0));
                    for (x, w) in x.chunks_exact(self.inputs()).zip(w.chunks_exact(depth / self.channels)) {
                        depthwise(x, w, &self.window, out);
                    }
                }
                continue;
            }
            for from in (0..cells).step_by(block) {
                let width = block.min(cells - from);
                let packed = packed.get_mut(..packed_len(depth, width)).ok_or_else(|| failed("working memory"))?;
                let sums = sums.get_mut(..self.out * width).ok_or_else(|| failed("working memory"))?;
                columns(x, self.channels, &self.window, (from, width), packed);
                product(w, packed, depth, width, &[], sums);
                for (channel, (row, sums)) in out.chunks_exact_mut(cells).zip(sums.chunks_exact(width)).enumerate() {
                    let shift = bias.get(channel).copied().unwrap_or(0.0);
                    let row = row.get_mut(from..from + width).unwrap_or_default();
                    row.iter_mut().zip(sums).for_each(|(cell, sum)| *cell = sum + shift);
                }
            }
        }
        Ok(())
    }
}

/// A convolution of each channel by itself along one axis, without padding; the bias is input 2.
pub(super) fn causal(op: &mut Op<'_, '_>, x: Wire, w: Wire) -> Result<Wire> {
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    let (&[batch, channels, input], &[_, _, kernel]) = (shape.as_slice(), weights.as_slice()) else {
        return Err(op.bad("rank is not 3"));
    };
    let output = (input + 1).checked_sub(kernel).filter(|o| *o > 0).ok_or_else(|| op.bad("kernel larger than the input"))?;
    op.work(&[batch, channels, output, kernel])?;
    let bias = bias(op, channels)?;
    let window = [Axis::ONE, Axis::ONE, Axis { input, output, kernel, ..Axis::ONE }];
    let inputs: Vec<Wire> = [Some(x), Some(w), bias].into_iter().flatten().collect();
    op.add(Conv { shape: vec![batch, channels, output], group: channels, channels: 1, out: 1, window }, &inputs)
}
