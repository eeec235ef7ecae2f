//! Windows of convolutions and pools: the attributes that shape them, checked.

use crate::error::Result;
use crate::lower::Op;
use nearhand_kernels::conv::{Axis, Window};

/// Positive numbers of an attribute, one a spatial axis.
pub(super) fn sizes(op: &Op<'_, '_>, name: &str, axes: usize) -> Result<Option<Vec<usize>>> {
    let Some(list) = op.int_list(name)? else { return Ok(None) };
    let sizes: Vec<usize> = list.iter().filter_map(|v| usize::try_from(*v).ok()).filter(|v| (1..=1 << 16).contains(v)).collect();
    if list.len() == axes && sizes.len() == axes { Ok(Some(sizes)) } else { Err(op.bad("sizes of spatial axes")) }
}

/// Padding before and after each axis, as an attribute gives it; 0 where it does not.
pub(super) fn pads(op: &Op<'_, '_>, axes: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    let pads = op.int_list("pads")?.unwrap_or_else(|| vec![0; 2 * axes]);
    let list: Vec<usize> = pads.iter().filter_map(|v| usize::try_from(*v).ok()).filter(|v| *v <= 1 << 16).collect();
    match list.split_at_checked(axes) {
        Some((before, after)) if list.len() == 2 * axes && pads.len() == 2 * axes => Ok((before.to_vec(), after.to_vec())),
        _ => Err(op.bad("pads")),
    }
}

/// The window of a node over its spatial axes, and the padding after each.
#[derive(Debug)]
pub(super) struct Spatial {
    pub(super) axes: Vec<Axis>,
    /// Padding after each axis that the node asks for.
    pub(super) after: Vec<usize>,
}

impl Spatial {
    /// Reads kernel, strides, dilations and padding over an input of this shape; every output has at least one place.
    pub(super) fn read(op: &Op<'_, '_>, shape: &[usize], kernel: &[usize], pool: bool) -> Result<Self> {
        let count = kernel.len();
        let or_ones = |list: Option<Vec<usize>>| list.unwrap_or_else(|| vec![1; count]);
        let (strides, dilations) = (or_ones(sizes(op, "strides", count)?), or_ones(sizes(op, "dilations", count)?));
        let ceil = pool && op.int("ceil_mode", 0)? != 0;
        let (mut before, mut after) = pads(op, count)?;
        let auto = op.text("auto_pad", "NOTSET")?;
        if !["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(&auto) {
            return Err(op.bad("auto_pad"));
        }
        if pool && auto == "NOTSET" && before.iter().chain(&after).zip(kernel.iter().chain(kernel)).any(|(p, k)| p >= k) {
            return Err(op.refuse("a pad as large as the kernel"));
        }
        let mut axes = Vec::with_capacity(count);
        for (at, kernel) in kernel.iter().enumerate() {
            let (input, stride, dilation) = (shape.get(at + 2).copied().unwrap_or(0), strides[at], dilations[at]);
            // Places are counted in a page's 32 bits.
            let spread = (*kernel as u64 - 1).saturating_mul(dilation as u64).saturating_add(1);
            if spread > 1 << 31 {
                return Err(op.refuse("a window of this size"));
            }
            if auto != "NOTSET" {
                let outputs = (input as u64).div_ceil(stride as u64).max(1);
                let same = auto != "VALID";
                let total = if same { ((outputs - 1) * stride as u64 + spread).saturating_sub(input as u64) } else { 0 };
                let less = (total / 2) as usize;
                let more = (total - total / 2) as usize;
                (before[at], after[at]) = if auto == "SAME_UPPER" { (less, more) } else { (more, less) };
            }
            let padded = input as u64 + before[at] as u64 + after[at] as u64;
            let left = padded.checked_sub(spread).ok_or_else(|| op.bad("kernel larger than the input"))?;
            let mut output = left / stride as u64 + 1;
            // A last window that overlaps the end counts, but for one that would start in the padding there.
            if ceil && left % stride as u64 != 0 && output * (stride as u64) < input as u64 + before[at] as u64 {
                output += 1;
            }
            axes.push(Axis { input, output: output as usize, kernel: *kernel, stride, dilation, before: before[at] });
        }
        Ok(Self { axes, after })
    }

    /// Extents of the outputs.
    pub(super) fn outputs(&self) -> impl Iterator<Item = usize> {
        self.axes.iter().map(|a| a.output)
    }

    /// As three axes, those that are not there of one element.
    pub(super) fn window(&self) -> Window {
        let mut window = [Axis::ONE; 3];
        window.iter_mut().rev().zip(self.axes.iter().rev()).for_each(|(to, axis)| *to = *axis);
        window
    }

    /// Takes the multiplications of a run out of the limit: at each output each place of the window, `more` times.
    pub(super) fn work(&self, op: &mut Op<'_, '_>, more: &[usize]) -> Result<()> {
        let factors: Vec<usize> = self.axes.iter().flat_map(|a| [a.output, a.kernel]).chain(more.iter().copied()).collect();
        op.work(&factors)
    }
}
