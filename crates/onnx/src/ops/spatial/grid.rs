//! GridSample and AffineGrid: values of an image at places that a grid gives, and grids of affine maps.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};

/// Between pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Nearest,
    Linear,
    Cubic,
}

/// Outside of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    Zeros,
    Border,
    Reflection,
}

pub(in crate::ops) fn grid_sample(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, grid) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.same_type(x, grid)?;
    let (shape, places) = (op.shape(x)?, op.shape(grid)?);
    let axes = shape.len().saturating_sub(2);
    if !(1..=3).contains(&axes) || shape.contains(&0) {
        return Err(op.refuse("a grid of this rank"));
    }
    if places.len() != shape.len() || places[0] != shape[0] || places[axes + 1] != axes {
        return Err(op.bad("a grid of a shape that does not fit"));
    }
    let mode = match op.text("mode", "linear")? {
        "nearest" => Mode::Nearest,
        "linear" | "bilinear" => Mode::Linear,
        "cubic" | "bicubic" => Mode::Cubic,
        _ => return Err(op.bad("mode")),
    };
    let padding = match op.text("padding_mode", "zeros")? {
        "zeros" => Padding::Zeros,
        "border" => Padding::Border,
        "reflection" => Padding::Reflection,
        _ => return Err(op.bad("padding_mode")),
    };
    let mut dims = [1; 3];
    dims[3 - axes..].copy_from_slice(&shape[2..]);
    let out: Vec<usize> = shape[..2].iter().chain(&places[1..=axes]).copied().collect();
    let reach = [1, 2, 4][mode as usize];
    op.work(&[&out[..], &[reach; 3]].concat())?;
    let aligned = op.int("align_corners", 0)? != 0;
    op.add(Sample { shape: out, channels: shape[1], axes, dims, mode, padding, aligned }, &[x, grid])
}

#[derive(Debug)]
struct Sample {
    shape: Vec<usize>,
    channels: usize,
    /// Axes of the image; those that `dims` has besides are 1.
    axes: usize,
    dims: [usize; 3],
    mode: Mode,
    padding: Padding,
    aligned: bool,
}

/// Up to four pixels of an axis and their weights; no pixel where `None`.
type Near = [(Option<usize>, f32); 4];

impl Sample {
    /// The part of the axis outside of which is padding.
    fn border(&self, dim: usize) -> (f32, f32) {
        if self.aligned { (0.0, dim as f32 - 1.0) } else { (-0.5, dim as f32 - 0.5) }
    }

    fn reflected(&self, x: f32, dim: usize) -> f32 {
        let (low, high) = self.border(dim);
        let range = high - low;
        if range <= 0.0 {
            return 0.0;
        }
        let turn = (x - low).rem_euclid(2.0 * range);
        low + turn.min(2.0 * range - turn)
    }

    /// The pixel at a whole place.
    fn pixel(&self, at: f32, dim: usize) -> Option<usize> {
        let last = dim as f32 - 1.0;
        match self.padding {
            Padding::Zeros => (at >= 0.0 && at <= last).then_some(at as usize),
            Padding::Border => Some(at.clamp(0.0, last) as usize),
            Padding::Reflection => {
                let (low, high) = self.border(dim);
                let at = if at < low || at > high { self.reflected(at, dim) } else { at };
                Some(at.clamp(0.0, last) as usize)
            }
        }
    }

    /// Pixels near a place of the grid, −1 to 1, on an axis.
    #[inline(never)]
    fn near(&self, place: f32, dim: usize) -> Near {
        let size = dim as f32;
        let mut x = if self.aligned { (place + 1.0) / 2.0 * (size - 1.0) } else { ((place + 1.0) * size - 1.0) / 2.0 };
        let mut near = [(None, 0.0); 4];
        if !x.is_finite() {
            return near;
        }
        if self.mode == Mode::Nearest {
            x = x.round_ties_even();
        }
        let (low, high) = self.border(dim);
        if x < low || x > high {
            match self.padding {
                Padding::Zeros => {}
                // Of cubic curves the pixels are clamped and not the place, as PyTorch and onnxruntime do.
                Padding::Border if self.mode == Mode::Cubic => {}
                Padding::Border => x = x.clamp(0.0, size - 1.0),
                Padding::Reflection => x = self.reflected(x, dim),
            }
        }
        let base = x.floor();
        let r = x - base;
        let a = -0.75_f32;
        let outer = |t: f32| ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a;
        let inner = |t: f32| ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
        let weights: [(f32, f32); 4] = match self.mode {
            Mode::Nearest => [(0.0, 1.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)],
            Mode::Linear => [(0.0, 1.0 - r), (1.0, r), (0.0, 0.0), (0.0, 0.0)],
            Mode::Cubic => [(-1.0, outer(r + 1.0)), (0.0, inner(r)), (1.0, inner(1.0 - r)), (2.0, outer(2.0 - r))],
        };
        for (near, (step, weight)) in near.iter_mut().zip(weights) {
            *near = (self.pixel(base + step, dim).filter(|_| weight != 0.0), weight);
        }
        near
    }
}

impl Kernel for Sample {
    fn name(&self) -> &'static str {
        "GridSample"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, grid) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?);
        let plane: usize = self.dims.iter().product();
        let cells: usize = self.shape.iter().skip(2).product();
        let out = outputs.get::<f32>(0)?;
        let batches = x.chunks_exact(self.channels * plane).zip(out.chunks_exact_mut((self.channels * cells).max(1)));
        for (number, (x, out)) in batches.enumerate() {
            for cell in 0..cells {
                // The grid names the last axis first.
                let place = |axis: usize| grid.get((number * cells + cell) * self.axes + axis).copied().unwrap_or(0.0);
                let mut near = [[(Some(0), 1.0), (None, 0.0), (None, 0.0), (None, 0.0)]; 3];
                for axis in 0..self.axes {
                    near[2 - axis] = self.near(place(axis), self.dims[2 - axis]);
                }
                for (x, out) in x.chunks_exact(plane).zip(out.chunks_exact_mut(cells)) {
                    let mut sum = 0.0;
                    for (d, wd) in near[0].iter().filter_map(|(at, w)| Some(((*at)?, w))) {
                        for (h, wh) in near[1].iter().filter_map(|(at, w)| Some(((*at)?, w))) {
                            for (w, ww) in near[2].iter().filter_map(|(at, w)| Some(((*at)?, w))) {
                                let at = (d * self.dims[1] + h) * self.dims[2] + w;
                                sum += wd * wh * ww * x.get(at).copied().unwrap_or(0.0);
                            }
                        }
                    }
                    if let Some(out) = out.get_mut(cell) {
                        *out = sum;
                    }
                }
            }
        }
        Ok(())
    }
}

pub(in crate::ops) fn affine_grid(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (theta, size) = (op.input(0)?, op.input(1)?);
    op.only(theta, &[DType::F32])?;
    let size = crate::ops::base::elements::dims(op, size, "size")?;
    let axes = size.len().saturating_sub(2);
    if !(2..=3).contains(&axes) || op.shape(theta)? != [size[0], axes, axes + 1] {
        return Err(op.bad("theta of a shape that does not fit"));
    }
    let aligned = op.int("align_corners", 0)? != 0;
    let shape = [size[0]].iter().chain(&size[2..]).chain(&[axes]).copied().collect();
    op.add(Grid { shape, axes, aligned }, &[theta])
}

#[derive(Debug)]
struct Grid {
    shape: Vec<usize>,
    axes: usize,
    aligned: bool,
}

impl Kernel for Grid {
    fn name(&self) -> &'static str {
        "AffineGrid"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let theta = inputs.get::<f32>(0)?;
        let dims = self.shape.get(1..=self.axes).unwrap_or_default();
        let cells: usize = dims.iter().product();
        for (number, out) in outputs.get::<f32>(0)?.chunks_exact_mut(self.axes).enumerate() {
            let (batch, mut cell) = (number / cells, number % cells);
            // Coordinates −1 to 1, the last axis first, and the 1 of a shift.
            let mut place = [1.0_f32; 4];
            for (to, dim) in place.iter_mut().zip(dims.iter().rev()) {
                let (at, size) = ((cell % dim) as f32, *dim as f32);
                cell /= dim;
                *to = match (self.aligned, *dim) {
                    (true, 1) => 0.0,
                    (true, _) => 2.0 * at / (size - 1.0) - 1.0,
                    (false, _) => (2.0 * at + 1.0) / size - 1.0,
                };
            }
            for (row, out) in out.iter_mut().enumerate() {
                let theta = theta.get((batch * self.axes + row) * (self.axes + 1)..).unwrap_or_default();
                *out = theta.iter().zip(&place).take(self.axes + 1).map(|(t, p)| t * p).sum();
            }
        }
        Ok(())
    }
}
