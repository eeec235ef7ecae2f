//! Convolutions and pools, by tract's kernels.

use crate::error::Result;
use crate::tract::import::Op;
use tract_core::internal::*;
use tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_core::ops::nn::DataFormat;

/// Positive numbers of an attribute, one a spatial axis.
fn sizes(op: &Op<'_, '_>, name: &str, axes: usize) -> Result<Option<TVec<usize>>> {
    let Some(list) = op.int_list(name)? else { return Ok(None) };
    let sizes: TVec<usize> = list.iter().filter_map(|v| usize::try_from(*v).ok()).filter(|v| (1..=1 << 16).contains(v)).collect();
    if list.len() == axes && sizes.len() == axes { Ok(Some(sizes)) } else { Err(op.bad("sizes of spatial axes")) }
}

/// Kernel, strides, dilations and padding, with the output's extents checked to be at least 1.
/// `each` is how many channels of the input one of the output reads.
fn window(
    op: &mut Op<'_, '_>,
    shape: &[usize],
    kernel: TVec<usize>,
    channels: (usize, usize),
    each: usize,
    pool: bool,
) -> Result<PoolSpec> {
    let axes = kernel.len();
    let (strides, dilations) = (sizes(op, "strides", axes)?, sizes(op, "dilations", axes)?);
    let ceil = op.int("ceil_mode", 0)? != 0;
    let pads = op.int_list("pads")?;
    let padding = match op.text("auto_pad", "NOTSET")? {
        "SAME_UPPER" => PaddingSpec::SameUpper,
        "SAME_LOWER" => PaddingSpec::SameLower,
        "VALID" => PaddingSpec::Valid,
        "NOTSET" => {
            let pads = pads.unwrap_or_else(|| vec![0; 2 * axes]);
            let list: Vec<usize> = pads.iter().filter_map(|v| usize::try_from(*v).ok()).filter(|v| *v <= 1 << 16).collect();
            if list.len() != 2 * axes || pads.len() != 2 * axes {
                return Err(op.bad("pads"));
            }
            let (before, after) = list.split_at(axes);
            if pool && before.iter().chain(after).zip(kernel.iter().chain(&kernel)).any(|(p, k)| p >= k) {
                return Err(op.refuse("a pad as large as the kernel"));
            }
            for axis in 0..axes {
                let at = |v: &Option<TVec<usize>>| v.as_ref().and_then(|v| v.get(axis)).copied().unwrap_or(1);
                let spread = (kernel[axis] - 1) * at(&dilations) + 1;
                if shape.get(axis + 2).copied().unwrap_or(0) + before[axis] + after[axis] < spread {
                    return Err(op.bad("kernel larger than the input"));
                }
            }
            if ceil {
                PaddingSpec::ExplicitOnnxPool(before.into(), after.into(), true)
            } else {
                PaddingSpec::Explicit(before.into(), after.into())
            }
        }
        _ => return Err(op.bad("auto_pad")),
    };
    if matches!(padding, PaddingSpec::Valid) && kernel.iter().zip(shape.iter().skip(2)).any(|(k, d)| k > d) {
        return Err(op.bad("kernel larger than the input"));
    }
    if !matches!(padding, PaddingSpec::Explicit(..)) && dilations.as_ref().is_some_and(|d| d.iter().any(|d| *d > 1)) {
        return Err(op.refuse("dilations with automatic padding"));
    }
    // At most so many places of the window, each with so many values.
    let pads = match &padding {
        PaddingSpec::Explicit(before, after) | PaddingSpec::ExplicitOnnxPool(before, after, _) => {
            before.iter().zip(after).map(|(b, a)| b + a).collect()
        }
        _ => vec![0; axes],
    };
    let stride = |axis: usize| strides.as_ref().and_then(|s| s.get(axis)).copied().unwrap_or(1);
    let places = pads.iter().enumerate().map(|(axis, pad)| (shape.get(axis + 2).copied().unwrap_or(0) + pad) / stride(axis) + 1);
    let mut factors: Vec<usize> = places.chain(kernel.iter().copied()).collect();
    factors.extend([shape.first().copied().unwrap_or(0), channels.1, each]);
    op.work(&factors)?;
    Ok(PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: kernel,
        padding,
        dilations,
        strides,
        input_channels: channels.0,
        output_channels: channels.1,
    })
}

pub(super) fn conv(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let (x, w) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DatumType::F32])?;
    super::arithmetic::same_type(op, x, w)?;
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    if shape.len() < 3 || shape.len() > 4 || weights.len() != shape.len() || shape.contains(&0) || weights.contains(&0) {
        return Err(op.refuse("a convolution of this rank"));
    }
    let group = usize::try_from(op.int("group", 1)?).ok().filter(|g| *g > 0).ok_or_else(|| op.bad("group"))?;
    let (channels, out) = (shape[1], weights[0]);
    if channels % group != 0 || out % group != 0 || weights[1] != channels / group {
        return Err(op.bad("channels"));
    }
    let kernel: TVec<usize> = weights.iter().skip(2).copied().collect();
    if sizes(op, "kernel_shape", kernel.len())?.is_some_and(|k| k != kernel) {
        return Err(op.bad("kernel_shape"));
    }
    if op.konst(w)?.is_none() {
        return Err(op.refuse("a kernel that is not constant"));
    }
    let spec = window(op, &shape, kernel, (channels, out), channels / group, false)?;
    let bias = match op.maybe(2) {
        Some(bias) if op.shape(bias)?[..] == [out] && op.dtype(bias)? == DatumType::F32 => bias,
        Some(_) => return Err(op.bad("bias")),
        None => op.constant(tensor0(0.0_f32))?,
    };
    op.wire(Conv::new(spec, KernelFormat::OIHW, group, None), &[x, w, bias])
}

pub(super) fn pool(op: &mut Op<'_, '_>) -> Result<OutletId> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32])?;
    let shape = op.shape(x)?;
    if shape.len() < 3 || shape.len() > 4 || shape.contains(&0) {
        return Err(op.refuse("a pool of this rank"));
    }
    let kernel = sizes(op, "kernel_shape", shape.len() - 2)?.ok_or_else(|| op.bad("kernel_shape missing"))?;
    let spec = window(op, &shape, kernel, (shape[1], shape[1]), 1, true)?;
    if op.node.op_type == "MaxPool" {
        if op.wants(1) || op.int("storage_order", 0)? != 0 {
            return Err(op.refuse("places of the largest values"));
        }
        return op.wire(MaxPool::new(spec, None), &[x]);
    }
    let count_include_pad = op.int("count_include_pad", 0)? != 0;
    op.wire(SumPool::new(spec, count_include_pad, true), &[x])
}
