//! Resize and Upsample: axis by axis, each output a weighted sum of the inputs near its place (ONNX, Resize).

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::ops::base::elements::MAX_CELLS;
use crate::ops::moving::movement::listed;
use crate::ops::moving::pick::{Positions, picked, positions};

/// How places of the output are places of the input.
#[derive(Clone, Copy, Debug, Default)]
struct Axis {
    input: f64,
    output: f64,
    scale: f64,
    /// Part of the input that is taken, 0 to 1.
    from: f64,
    to: f64,
}

impl Axis {
    /// The place of output `at`; `None` where the mode is not known.
    fn place(&self, mode: &str, at: usize) -> Option<f64> {
        // In 32-bit floats, as exporters and onnxruntime do: what falls between two cells is the same one.
        let [input, output, scale, from, to] = [self.input, self.output, self.scale, self.from, self.to].map(|v| v as f32);
        let (at, wide) = (at as f32, scale * input);
        Some(f64::from(match mode {
            "align_corners" if wide == 1.0 => 0.0,
            "align_corners" => at * (input - 1.0) / (wide - 1.0),
            "asymmetric" => at / scale,
            "tf_crop_and_resize" if wide == 1.0 => (to - from) * (input - 1.0) / 2.0 + from * (input - 1.0),
            "tf_crop_and_resize" => at * (to - from) * (input - 1.0) / (wide - 1.0) + from * (input - 1.0),
            "pytorch_half_pixel" if output == 1.0 => 0.0,
            "half_pixel" | "pytorch_half_pixel" => (at + 0.5) / scale - 0.5,
            "half_pixel_symmetric" => input / 2.0 * (1.0 - output / wide) + (at + 0.5) / scale - 0.5,
            _ => return None,
        }))
    }
}

/// Scales and extents of all axes.
fn axes(op: &Op<'_, '_>, shape: &[usize]) -> Result<Vec<Axis>> {
    let rank = shape.len();
    let list = |at: usize, what| match op.maybe(at) {
        Some(wire) => op.floats(wire, what).map(|v| Some(v).filter(|v| !v.is_empty())),
        None => Ok(None),
    };
    let (roi, scales, sizes) = match (op.node.op_type, op.opset()) {
        ("Upsample", ..9) => (None, op.attribute("scales").map(crate::file::Attribute::floats).transpose()?, None),
        ("Upsample", _) | (_, ..11) => (None, list(1, "scales")?, None),
        _ => {
            let sizes = op.maybe(3).map(|w| op.ints(w, "sizes")).transpose()?.filter(|s| !s.is_empty());
            (list(1, "roi")?, list(2, "scales")?, sizes)
        }
    };
    let chosen = listed(op, op.int_list("axes")?, rank)?;
    let count = chosen.len();
    let given = scales.as_ref().map(Vec::len).or(sizes.as_ref().map(Vec::len));
    if given != Some(count) || roi.as_ref().is_some_and(|r| r.len() != 2 * count) || (scales.is_some() && sizes.is_some()) {
        return Err(op.bad("number of scales or sizes"));
    }
    let whole = |d: &usize| Axis { input: *d as f64, output: *d as f64, scale: 1.0, from: 0.0, to: 1.0 };
    let mut axes: Vec<Axis> = shape.iter().map(whole).collect();
    let ratio = |(at, size): (&usize, &i64)| *size as f64 / axes[*at].input;
    let ratios: Vec<f64> = chosen.iter().zip(sizes.iter().flatten()).map(ratio).collect();
    let common = match op.text("keep_aspect_ratio_policy", "stretch")? {
        "stretch" => None,
        "not_larger" => Some(ratios.iter().copied().fold(f64::INFINITY, f64::min)),
        "not_smaller" => Some(ratios.iter().copied().fold(0.0, f64::max)),
        _ => return Err(op.bad("keep_aspect_ratio_policy")),
    };
    for (number, at) in chosen.iter().enumerate() {
        let axis = &mut axes[*at];
        match (&scales, &sizes, common) {
            (Some(scales), ..) => {
                axis.scale = f64::from(scales[number]);
                // 5 · 2.6 is 13 in 32-bit floats, and 12.9999995 in those of 64 bits, as 2.6 is a float already.
                let scaled = f64::from((axis.scale * axis.input) as f32).floor();
                axis.output = if axis.scale == 1.0 { axis.input } else { scaled };
            }
            (_, Some(_), Some(common)) => {
                axis.scale = common;
                axis.output = (common * axis.input + 0.5).floor();
            }
            (_, Some(sizes), None) => {
                axis.scale = ratios[number];
                axis.output = sizes[number] as f64;
            }
            _ => {}
        }
        if let Some(roi) = &roi {
            (axis.from, axis.to) = (f64::from(roi[number]), f64::from(roi[count + number]));
        }
    }
    let cells = axes.iter().map(|a| a.output).product::<f64>();
    let sound =
        axes.iter().all(|a| a.scale > 0.0 && a.scale.is_finite() && a.output >= 1.0 && a.from.is_finite() && a.to.is_finite());
    if !sound || cells > MAX_CELLS as f64 {
        return Err(op.refuse("a tensor of this size"));
    }
    Ok(axes)
}

pub(in crate::ops) fn resize(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let shape = op.shape(x)?;
    if shape.contains(&0) {
        return Err(op.refuse("a tensor of this size"));
    }
    let axes = axes(op, &shape)?;
    // What newer operator sets say is what older ones did.
    let old = op.node.op_type == "Upsample" || op.opset() < 11;
    let places = if old { "asymmetric" } else { op.text("coordinate_transformation_mode", "half_pixel")? };
    let crops = places == "tf_crop_and_resize";
    let mode = op.text("mode", "nearest")?;
    let rounding = if old { "floor" } else { op.text("nearest_mode", "round_prefer_floor")? };
    let (a, beyond) = (f64::from(op.float("cubic_coeff_a", -0.75)?), op.float("extrapolation_value", 0.0)?);
    let (inside, antialias) = (op.int("exclude_outside", 0)? != 0, op.int("antialias", 0)? != 0);
    let changes = |axis: &Axis| axis.scale != 1.0 || axis.output != axis.input || (crops && (axis.from, axis.to) != (0.0, 1.0));
    let mut taken: Vec<Positions> = vec![None; shape.len()];
    let mut out = x;
    for (at, axis) in axes.iter().enumerate().filter(|(_, axis)| changes(axis)) {
        let places = (0..axis.output as usize).map(|o| axis.place(places, o).filter(|p| p.is_finite()));
        let places: Vec<f64> = places.collect::<Option<_>>().ok_or_else(|| op.bad("coordinate_transformation_mode"))?;
        let lost = |p: f64| crops && (p < 0.0 || p > axis.input - 1.0);
        if mode == "nearest" {
            let near: fn(f64) -> f64 = match rounding {
                "round_prefer_floor" => |p| (p - 0.5).ceil(),
                "round_prefer_ceil" => |p| (p + 0.5).floor(),
                "floor" => f64::floor,
                "ceil" => f64::ceil,
                _ => return Err(op.bad("nearest_mode")),
            };
            let place = |p: &f64| (!lost(*p)).then(|| near(*p).clamp(0.0, axis.input - 1.0) as usize);
            taken[at] = positions(op, places.len(), |n| places.get(n).and_then(place))?;
            continue;
        }
        op.only(x, &[DType::F32])?;
        let (reach, shape): (f64, fn(f64, f64) -> f64) = match mode {
            "linear" | "bilinear" => (1.0, |x, _| (1.0 - x).max(0.0)),
            "cubic" => (2.0, cubic),
            _ => return Err(op.bad("mode")),
        };
        let scale = if antialias { axis.scale.min(1.0) } else { 1.0 };
        let first = (-reach / scale).floor() as i64 + 1;
        let mut taps = Taps { axis: at, count: (2 - 2 * first) as usize, from: Vec::new(), weights: Vec::new(), beyond };
        if taps.count.saturating_mul(places.len()) > MAX_CELLS {
            return Err(op.refuse("a tensor of this size"));
        }
        for p in places.iter().copied() {
            let mut weights: Vec<f64> = Vec::with_capacity(taps.count);
            for n in (first..).take(taps.count) {
                let from = p.floor() + n as f64;
                let outside = from < 0.0 || from >= axis.input;
                weights.push(if inside && outside { 0.0 } else { shape(((from - p) * scale).abs(), a) });
                taps.from.push(from.clamp(0.0, axis.input - 1.0) as u32);
            }
            let sum: f64 = weights.iter().sum();
            let sum = if sum == 0.0 { 1.0 } else { sum };
            // Weights that are no numbers stand for a place outside of what is cut out.
            taps.weights.extend(weights.iter().map(|w| if lost(p) { f32::NAN } else { (w / sum) as f32 }));
        }
        let others = op.fact(out)?.len() / axis.input as usize;
        op.work(&[others, places.len(), taps.count])?;
        out = op.add(taps, &[out])?;
    }
    if mode == "nearest" {
        let fill = op.scalar(beyond, x)?;
        out = picked(op, x, &taken, Some(fill))?;
    }
    Ok(out)
}

/// Cubic convolution with parameter `a`, at a distance.
fn cubic(x: f64, a: f64) -> f64 {
    match x {
        ..=1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
        ..2.0 => ((x - 5.0) * x + 8.0) * x * a - 4.0 * a,
        _ => 0.0,
    }
}

/// Weighted sums along one axis.
#[derive(Debug)]
struct Taps {
    axis: usize,
    /// Inputs of an output.
    count: usize,
    /// For each output: which inputs.
    from: Vec<u32>,
    weights: Vec<f32>,
    /// Value of outputs whose weights are no numbers.
    beyond: f32,
}

impl Kernel for Taps {
    fn name(&self) -> &'static str {
        "Resize"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let mut fact = single(inputs)?.clone();
        if let Some(dim) = fact.shape.get_mut(self.axis) {
            *dim = self.from.len() / self.count;
        }
        Ok(vec![fact])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let shape = &inputs.fact(0)?.shape;
        let inner: usize = shape.iter().skip(self.axis + 1).product();
        let dim = shape.get(self.axis).copied().unwrap_or(1);
        let x = inputs.get::<f32>(0)?;
        let mut rows = outputs.get::<f32>(0)?.chunks_exact_mut(inner.max(1));
        for x in x.chunks_exact((dim * inner).max(1)) {
            let taps = self.from.chunks_exact(self.count).zip(self.weights.chunks_exact(self.count));
            for ((from, weights), out) in taps.zip(rows.by_ref()) {
                if weights.iter().any(|w| w.is_nan()) {
                    out.fill(self.beyond);
                    continue;
                }
                out.fill(0.0);
                for (from, weight) in from.iter().zip(weights) {
                    let row = x.get(*from as usize * inner..).unwrap_or_default();
                    out.iter_mut().zip(row).for_each(|(cell, v)| *cell += weight * v);
                }
            }
        }
        Ok(())
    }
}
