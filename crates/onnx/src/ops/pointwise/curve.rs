//! The kernels of functions with parameters, and of what a float is: finite, infinite, no number.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, in_place, single};
use crate::lower::{Op, Wire};
use nearhand_kernels::curves;

/// Formulas of ONNX's operator pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Acos,
    Acosh,
    Asin,
    Asinh,
    Atan,
    Atanh,
    Celu,
    /// Between a and b; b where a is larger.
    Clip,
    Cos,
    Cosh,
    Elu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Selu,
    Shrink,
    Sin,
    Sinh,
    Softplus,
    Softsign,
    /// x · sigmoid(a · x).
    Swish,
    Tan,
    ThresholdedRelu,
}

/// A function of one float with up to two parameters, where it lies. What is hot has loops of 32 bits in `kernels`, the
/// rest is computed in 64 bits, one by one.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) shape: Shape,
    pub(crate) a: f32,
    pub(crate) b: f32,
}

impl Curve {
    fn at(&self, x: f64) -> f64 {
        let (a, b) = (f64::from(self.a), f64::from(self.b));
        let softplus = |v: f64| v.max(0.0) + (-v.abs()).exp().ln_1p();
        match self.shape {
            Shape::Acos => x.acos(),
            Shape::Acosh => x.acosh(),
            Shape::Asin => x.asin(),
            Shape::Asinh => x.asinh(),
            Shape::Atan => x.atan(),
            Shape::Atanh => x.atanh(),
            Shape::Celu if x > 0.0 => x,
            Shape::Celu => a * (x / a).exp_m1(),
            Shape::Clip if x < a => a.min(b),
            Shape::Clip if x > b => b,
            Shape::Clip => x,
            Shape::Cos => x.cos(),
            Shape::Cosh => x.cosh(),
            Shape::Elu if x < 0.0 => a * x.exp_m1(),
            Shape::Elu => x,
            Shape::HardSigmoid => (a * x + b).clamp(0.0, 1.0),
            Shape::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Shape::LeakyRelu if x < 0.0 => a * x,
            Shape::LeakyRelu => x,
            Shape::Mish => x * softplus(x).tanh(),
            Shape::Selu if x <= 0.0 => b * (a * x.exp() - a),
            Shape::Selu => b * x,
            Shape::Shrink if x < -a => x + b,
            Shape::Shrink if x > a => x - b,
            Shape::Shrink => 0.0,
            Shape::Sin => x.sin(),
            Shape::Sinh => x.sinh(),
            Shape::Softplus => softplus(x),
            Shape::Softsign => x / (1.0 + x.abs()),
            Shape::Swish => x / (1.0 + (-a * x).exp()),
            Shape::Tan => x.tan(),
            Shape::ThresholdedRelu if x > a => x,
            Shape::ThresholdedRelu => 0.0,
        }
    }
}

impl Kernel for Curve {
    fn name(&self) -> &'static str {
        match self.shape {
            Shape::Clip => "Clip",
            Shape::Elu => "Elu",
            Shape::HardSigmoid => "HardSigmoid",
            Shape::HardSwish => "HardSwish",
            Shape::LeakyRelu => "LeakyRelu",
            Shape::Swish => "Swish",
            // None of these is hot.
            _ => "Curve",
        }
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![single(inputs)?.clone()])
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        if inputs.fact(0)?.dtype == DType::F64 {
            in_place::<f64>(inputs, outputs)?.iter_mut().for_each(|v| *v = self.at(*v));
            return Ok(());
        }
        let cells = in_place::<f32>(inputs, outputs)?;
        match self.shape {
            Shape::Clip => curves::clip(cells, self.a, self.b),
            Shape::HardSigmoid => curves::hard_sigmoid(cells, self.a, self.b),
            Shape::HardSwish => curves::hard_swish(cells),
            Shape::LeakyRelu => curves::leaky(cells, self.a),
            Shape::Swish => curves::swish(cells, self.a),
            _ => cells.iter_mut().for_each(|v| *v = self.at(f64::from(*v)) as f32),
        }
        Ok(())
    }
}

pub(crate) fn is_nan(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, DType::FLOATS)?;
    op.add(Test { nan: true, positive: false, negative: false }, &[x])
}

pub(crate) fn is_inf(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, DType::FLOATS)?;
    let positive = op.int("detect_positive", 1)? != 0;
    let negative = op.int("detect_negative", 1)? != 0;
    op.add(Test { nan: false, positive, negative }, &[x])
}

/// IsNaN and IsInf.
#[derive(Debug)]
struct Test {
    nan: bool,
    positive: bool,
    negative: bool,
}

impl Test {
    fn all<T: Element + Into<f64>>(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>) -> Result<()> {
        for (cell, v) in outputs.get::<u8>(0)?.iter_mut().zip(inputs.get::<T>(0)?) {
            let v: f64 = (*v).into();
            let infinite = (self.positive && v == f64::INFINITY) || (self.negative && v == f64::NEG_INFINITY);
            *cell = u8::from(infinite || (self.nan && v.is_nan()));
        }
        Ok(())
    }
}

impl Kernel for Test {
    fn name(&self) -> &'static str {
        "Test"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::Bool, &single(inputs)?.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        match inputs.fact(0)?.dtype {
            DType::F64 => self.all::<f64>(inputs, outputs),
            _ => self.all::<f32>(inputs, outputs),
        }
    }
}
