//! CumSum and CumProd: sums and products of all elements up to each one, along an axis.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::elements::cast;
use crate::refusal::{failed, malformed};

pub(crate) fn cumulative(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, axis) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32, DType::F64, DType::I64, DType::I32])?;
    let rank = op.rank(x)?;
    op.only(axis, &[DType::I64, DType::I32])?;
    if op.fact(axis)?.len() != 1 {
        return Err(op.bad("axis"));
    }
    // The answer's shape does not depend on it, so it need not be known before it runs.
    if op.konst(axis)?.is_some() {
        let known = op.ints(axis, "axis")?.first().copied().unwrap_or(0);
        op.axis(known, rank)?;
    }
    let axis = cast(op, axis, DType::I64)?;
    let (exclusive, reverse) = (op.int("exclusive", 0)? != 0, op.int("reverse", 0)? != 0);
    op.add(Cumulative { product: op.node.op_type == "CumProd", exclusive, reverse }, &[x, axis])
}

#[derive(Debug)]
struct Cumulative {
    product: bool,
    /// Each element's own value is left out.
    exclusive: bool,
    reverse: bool,
}

impl Kernel for Cumulative {
    fn name(&self) -> &'static str {
        if self.product { "CumProd" } else { "CumSum" }
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let [x, _] = inputs else { return Err(malformed("number of inputs", "")) };
        Ok(vec![(*x).clone()])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        match (inputs.fact(0)?.dtype, self.product) {
            (DType::F32, false) => self.all::<f32>(inputs, outputs, 0.0, |a, b| a + b),
            (DType::F32, true) => self.all::<f32>(inputs, outputs, 1.0, |a, b| a * b),
            (DType::F64, false) => self.all::<f64>(inputs, outputs, 0.0, |a, b| a + b),
            (DType::F64, true) => self.all::<f64>(inputs, outputs, 1.0, |a, b| a * b),
            (DType::I64, false) => self.all::<i64>(inputs, outputs, 0, i64::wrapping_add),
            (DType::I64, true) => self.all::<i64>(inputs, outputs, 1, i64::wrapping_mul),
            (_, false) => self.all::<i32>(inputs, outputs, 0, i32::wrapping_add),
            (_, true) => self.all::<i32>(inputs, outputs, 1, i32::wrapping_mul),
        }
    }
}

impl Cumulative {
    fn all<T: Element>(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, unit: T, f: fn(T, T) -> T) -> Result<()> {
        let shape = &inputs.fact(0)?.shape;
        let given = inputs.get::<i64>(1)?.first().copied().unwrap_or(0);
        let axis = if given < 0 { given.saturating_add(shape.len() as i64) } else { given };
        let axis = usize::try_from(axis).ok().filter(|a| *a < shape.len());
        let axis = axis.ok_or_else(|| failed("axis outside the tensor's rank"))?;
        let n = shape.get(axis).copied().unwrap_or(1);
        let inner: usize = shape.iter().skip(axis + 1).product();
        let (x, out) = (inputs.get::<T>(0)?, outputs.get::<T>(0)?);
        let block = (n * inner).max(1);
        for (x, out) in x.chunks_exact(block).zip(out.chunks_exact_mut(block)) {
            for column in 0..inner {
                let mut so_far = unit;
                for step in 0..n {
                    let at = if self.reverse { n - 1 - step } else { step } * inner + column;
                    let (Some(v), Some(cell)) = (x.get(at), out.get_mut(at)) else { continue };
                    let with = f(so_far, *v);
                    *cell = if self.exclusive { so_far } else { with };
                    so_far = with;
                }
            }
        }
        Ok(())
    }
}
