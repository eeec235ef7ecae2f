//! CumSum and CumProd: sums and products of all elements up to each one, along an axis.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};

pub(crate) fn cumulative(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, axis) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32, DType::F64, DType::I64, DType::I32])?;
    let rank = op.rank(x)?;
    let axis = op.ints(axis, "axis")?;
    let &[axis] = axis.as_slice() else { return Err(op.bad("axis")) };
    let axis = op.axis(axis, rank)?;
    let (exclusive, reverse) = (op.int("exclusive", 0)? != 0, op.int("reverse", 0)? != 0);
    op.add(Cumulative { product: op.node.op_type == "CumProd", axis, exclusive, reverse }, &[x])
}

#[derive(Debug)]
struct Cumulative {
    product: bool,
    axis: usize,
    /// Each element's own value is left out.
    exclusive: bool,
    reverse: bool,
}

impl Kernel for Cumulative {
    fn name(&self) -> &'static str {
        if self.product { "CumProd" } else { "CumSum" }
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![single(inputs)?.clone()])
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
        let n = shape.get(self.axis).copied().unwrap_or(1);
        let inner: usize = shape.iter().skip(self.axis + 1).product();
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
