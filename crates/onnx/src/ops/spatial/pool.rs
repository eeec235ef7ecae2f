//! Pools: the largest, the mean or the norm of what each window reads.

use super::window::{Spatial, sizes};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire, Wires};
use crate::ops::moving::indexing::typed;
use nearhand_kernels::conv::{Axis, Window, rows};

/// What a pool makes of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Max,
    /// Sum over the number of places, padding counted or not.
    Mean {
        padding: bool,
    },
    /// Root of the sum of powers of sizes.
    Norm(f32),
}

pub(in crate::ops) fn pool(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    let bytes = op.node.op_type == "MaxPool" && !op.wants(1);
    let dtype = op.only(x, if bytes { &[DType::F32, DType::U8, DType::I8] } else { &[DType::F32] })?;
    let shape = op.shape(x)?;
    if shape.len() < 3 || shape.len() > 5 || shape.contains(&0) {
        return Err(op.refuse("a pool of this rank"));
    }
    let kernel = sizes(op, "kernel_shape", shape.len() - 2)?.ok_or_else(|| op.bad("kernel_shape missing"))?;
    let spatial = Spatial::read(op, &shape, &kernel, true)?;
    spatial.work(op, &[shape[0], shape[1]])?;
    let kind = match op.node.op_type {
        "MaxPool" => Kind::Max,
        "LpPool" => match op.int("p", 2)? {
            p @ 1..=64 => Kind::Norm(p as f32),
            _ => return Err(op.bad("p")),
        },
        _ => Kind::Mean { padding: op.int("count_include_pad", 0)? != 0 },
    };
    let turned = kind == Kind::Max && op.int("storage_order", 0)? != 0;
    let window = spatial.window();
    let shape: Vec<usize> = shape.iter().take(2).copied().chain(spatial.outputs()).collect();
    if kind == Kind::Max && op.wants(1) {
        return op.add_all(MaxPlaces { shape, window, turned }, &[x]);
    }
    if dtype != DType::F32 {
        let flip = if dtype == DType::I8 { 0x80 } else { 0 };
        return Ok(vec![op.add(MaxBytes { shape, window, flip }, &[x])?]);
    }
    let mut after = [0; 3];
    after.iter_mut().rev().zip(spatial.after.iter().rev()).for_each(|(to, from)| *to = *from);
    Ok(vec![op.add(Pool { shape, window, after, kind }, &[x])?])
}

fn cells(window: &Window, f: fn(&Axis) -> usize) -> usize {
    window.iter().map(f).product()
}

#[derive(Debug)]
struct Pool {
    shape: Vec<usize>,
    window: Window,
    /// Padding after each axis.
    after: [usize; 3],
    kind: Kind,
}

impl Kernel for Pool {
    fn name(&self) -> &'static str {
        "Pool"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let x = inputs.get::<f32>(0)?.chunks_exact(cells(&self.window, |a| a.input));
        let out = outputs.get::<f32>(0)?.chunks_exact_mut(cells(&self.window, |a| a.output));
        let stride = self.window[2].stride;
        for (x, out) in x.zip(out) {
            out.fill(if self.kind == Kind::Max { f32::NEG_INFINITY } else { 0.0 });
            rows(&self.window, &mut |_, to, at, count| {
                let row = out.get_mut(to..to + count).unwrap_or_default();
                let from = x.get(at..).unwrap_or_default().iter().step_by(stride);
                match self.kind {
                    Kind::Max => row.iter_mut().zip(from).for_each(|(cell, v)| *cell = if *v > *cell { *v } else { *cell }),
                    Kind::Mean { .. } => row.iter_mut().zip(from).for_each(|(cell, v)| *cell += v),
                    Kind::Norm(1.0) => row.iter_mut().zip(from).for_each(|(cell, v)| *cell += v.abs()),
                    Kind::Norm(2.0) => row.iter_mut().zip(from).for_each(|(cell, v)| *cell += v * v),
                    Kind::Norm(p) => row.iter_mut().zip(from).for_each(|(cell, v)| *cell += v.abs().powf(p)),
                }
            });
            match self.kind {
                Kind::Mean { padding } => self.divide(padding, out),
                Kind::Norm(2.0) => out.iter_mut().for_each(|v| *v = v.sqrt()),
                Kind::Norm(p) if p != 1.0 => out.iter_mut().for_each(|v| *v = v.powf(p.recip())),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Pool {
    /// Sums over the number of places that count.
    fn divide(&self, padding: bool, out: &mut [f32]) {
        let [d, h, w] = self.window;
        let count = |axis: &Axis, at: usize, after: usize| counted(axis, at, if padding { Some(after) } else { None });
        let mut out = out.iter_mut();
        for i in 0..d.output {
            for j in 0..h.output {
                let outer = count(&d, i, self.after[0]) * count(&h, j, self.after[1]);
                for (k, cell) in (0..w.output).zip(out.by_ref()) {
                    *cell /= (outer * count(&w, k, self.after[2])) as f32;
                }
            }
        }
    }
}

/// Places of the window at `output` that lie in the input, or in it and its padding.
fn counted(axis: &Axis, output: usize, padding: Option<usize>) -> usize {
    // Places below an input, counted from the padding's start.
    let below = |end: usize| end.saturating_sub(output * axis.stride).div_ceil(axis.dilation).min(axis.kernel);
    match padding {
        Some(after) => below(axis.before + axis.input + after),
        None => below(axis.before + axis.input) - below(axis.before),
    }
}

/// MaxPool of bytes.
#[derive(Debug)]
struct MaxBytes {
    shape: Vec<usize>,
    window: Window,
    /// What turns bytes into unsigned ones of the same order.
    flip: u8,
}

impl Kernel for MaxBytes {
    fn name(&self) -> &'static str {
        "MaxPool"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        typed(inputs, &self.shape)
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let x = inputs.bytes(0)?.chunks_exact(cells(&self.window, |a| a.input));
        let out = outputs.bytes(0)?.chunks_exact_mut(cells(&self.window, |a| a.output));
        for (x, out) in x.zip(out) {
            out.fill(self.flip);
            rows(&self.window, &mut |_, to, at, count| {
                let row = out.get_mut(to..to + count).unwrap_or_default().iter_mut();
                let from = x.get(at..).unwrap_or_default().iter().step_by(self.window[2].stride);
                row.zip(from).for_each(|(cell, v)| *cell = (*cell ^ self.flip).max(v ^ self.flip) ^ self.flip);
            });
        }
        Ok(())
    }
}

/// MaxPool with the places of the largest values in the whole input.
#[derive(Debug)]
struct MaxPlaces {
    shape: Vec<usize>,
    window: Window,
    /// Whether places count the first spatial axis fastest.
    turned: bool,
}

impl Kernel for MaxPlaces {
    fn name(&self) -> &'static str {
        "MaxPool"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape), Fact::new(DType::I64, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (inner, outer) = (cells(&self.window, |a| a.input), cells(&self.window, |a| a.output));
        let [d, h, w] = self.window;
        let (out, places) = outputs.two::<f32, i64>()?;
        let both = out.chunks_exact_mut(outer).zip(places.chunks_exact_mut(outer));
        for (number, (x, (out, places))) in inputs.get::<f32>(0)?.chunks_exact(inner).zip(both).enumerate() {
            out.fill(f32::NEG_INFINITY);
            places.fill(0);
            rows(&self.window, &mut |_, to, at, count| {
                for n in 0..count {
                    let from = at + n * w.stride;
                    if let (Some(v), Some(cell), Some(place)) = (x.get(from), out.get_mut(to + n), places.get_mut(to + n))
                        && *v > *cell
                    {
                        *cell = *v;
                        *place = from as i64;
                    }
                }
            });
            for place in places {
                let at = *place as usize;
                let turned = (at % w.input * h.input + at / w.input % h.input) * d.input + at / (w.input * h.input);
                *place = (number * inner + if self.turned { turned } else { at }) as i64;
            }
        }
        Ok(())
    }
}

/// The inverse of MaxPool with places: values where they were, 0 elsewhere.
pub(in crate::ops) fn max_unpool(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, places) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.only(places, &[DType::I64])?;
    let shape = op.shape(x)?;
    if shape.len() < 3 || shape.contains(&0) || op.shape(places)? != shape {
        return Err(op.bad("places of another shape than the values"));
    }
    let axes = shape.len() - 2;
    let kernel = sizes(op, "kernel_shape", axes)?.ok_or_else(|| op.bad("kernel_shape missing"))?;
    let strides = sizes(op, "strides", axes)?.unwrap_or_else(|| vec![1; axes]);
    let (before, after) = super::window::pads(op, axes)?;
    let mut pooled = shape[..2].to_vec();
    for axis in 0..axes {
        let full = (shape[axis + 2] - 1).checked_mul(strides[axis]).and_then(|n| n.checked_add(kernel[axis]));
        let extent = full.and_then(|n| n.checked_sub(before[axis] + after[axis])).filter(|n| *n > 0);
        pooled.push(extent.ok_or_else(|| op.bad("pads"))?);
    }
    let wanted = match op.maybe(2) {
        Some(wanted) => crate::ops::base::elements::dims(op, wanted, "output_shape")?,
        None => pooled.clone(),
    };
    if wanted.len() != pooled.len() || wanted.iter().zip(&pooled).any(|(w, p)| w < p) {
        return Err(op.bad("output_shape"));
    }
    op.add(MaxUnpool { shape: wanted, pooled }, &[x, places])
}

#[derive(Debug)]
struct MaxUnpool {
    shape: Vec<usize>,
    /// The shape in which places count: it lies at the start of the output.
    pooled: Vec<usize>,
}

impl Kernel for MaxUnpool {
    fn name(&self) -> &'static str {
        "MaxUnpool"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, places) = (inputs.get::<f32>(0)?, crate::ops::moving::places::Indices::of(inputs, 1)?);
        let out = outputs.get::<f32>(0)?;
        out.fill(0.0);
        let cells = self.pooled.iter().product();
        for (number, value) in x.iter().enumerate() {
            let (mut rest, mut at, mut step) = (places.place(number, cells)?, 0, 1);
            for (dim, wide) in self.pooled.iter().zip(&self.shape).rev() {
                at += rest % dim * step;
                rest /= dim;
                step *= wide;
            }
            if let Some(cell) = out.get_mut(at) {
                *cell = *value;
            }
        }
        Ok(())
    }
}
