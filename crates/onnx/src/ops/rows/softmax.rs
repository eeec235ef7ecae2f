//! Softmax, its logarithm, and Hardmax.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, in_place, single};
use crate::lower::{Op, Wire};
use nearhand_kernels::softmax::{columns, softmax as rows};

/// Softmax, LogSoftmax, Hardmax. Up to operator set 12 the axes from `axis` on are one.
pub(in crate::ops) fn softmax(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32])?;
    let old = op.opset() < 13;
    let axis = op.int("axis", if old { 1 } else { -1 })?;
    let kind = match op.node.op_type {
        "Softmax" => Kind::Softmax,
        "LogSoftmax" => Kind::Log,
        _ => Kind::Hard,
    };
    made(op, x, kind, axis, old)
}

/// Softmax along an axis; `old`: along all from it on.
pub(in crate::ops) fn along(op: &mut Op<'_, '_>, x: Wire, axis: i64, old: bool) -> Result<Wire> {
    made(op, x, Kind::Softmax, axis, old)
}

fn made(op: &mut Op<'_, '_>, x: Wire, kind: Kind, axis: i64, old: bool) -> Result<Wire> {
    let rank = op.rank(x)?;
    if old && axis == rank as i64 {
        return Err(op.refuse("an axis past the last"));
    }
    let axis = op.axis(axis, rank)?;
    let shape = op.shape(x)?;
    let rows = if old { shape.len() } else { axis + 1 };
    let extent = shape.iter().take(rows).skip(axis).product();
    let below = shape.iter().skip(rows).product();
    op.add(Softmax { kind, extent, below }, &[x])
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// eˣ / Σ eˣ.
    Softmax,
    /// x − ln Σ eˣ.
    Log,
    /// 1 at the first largest value, 0 elsewhere.
    Hard,
}

#[derive(Debug)]
pub(super) struct Softmax {
    pub(super) kind: Kind,
    pub(super) extent: usize,
    /// Elements from one to the next.
    pub(super) below: usize,
}

impl Kernel for Softmax {
    fn name(&self) -> &'static str {
        "Softmax"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![single(inputs)?.clone()])
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let x = in_place::<f32>(inputs, outputs)?;
        let log = self.kind == Kind::Log;
        match (self.kind, self.below) {
            (Kind::Hard, _) => self.hard(x),
            (_, 1) => rows(x, self.extent, log),
            _ => columns(x, self.extent, self.below, log),
        }
        Ok(())
    }
}

impl Softmax {
    /// NaN is above all numbers.
    fn hard(&self, x: &mut [f32]) {
        for block in x.chunks_exact_mut((self.extent * self.below).max(1)) {
            for skip in 0..self.below {
                let along = block.iter().enumerate().skip(skip).step_by(self.below);
                let ahead = |a: f32, b: f32| a > b || (a.is_nan() && !b.is_nan());
                let best = along.map(|(at, v)| (at, *v)).reduce(|a, b| if ahead(b.1, a.1) { b } else { a });
                block.iter_mut().skip(skip).step_by(self.below).for_each(|v| *v = 0.0);
                if let Some(cell) = best.and_then(|(at, _)| block.get_mut(at)) {
                    *cell = 1.0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::*;

    #[test]
    fn along_any_axis() {
        let two = std::f32::consts::LN_2;
        let x = || given(&[2, 2, 1], &[0.0, two, 0.0, 0.0]);
        let (third, half) = (1.0 / 3.0, 0.5);
        assert!(near(&floats(13, "Softmax", &[A::Int("axis", 1)], &[x()]), &[third, 2.0 * third, half, half]));
        assert!(near(&floats(13, "Softmax", &[A::Int("axis", 0)], &[x()]), &[half, 2.0 * third, half, third]));
        assert_eq!(floats(13, "Softmax", &[], &[x()]), [1.0; 4]);
        let log = floats(13, "LogSoftmax", &[A::Int("axis", -2)], &[x()]);
        assert!(near(&log, &[-(3.0_f32.ln()), two - 3.0_f32.ln(), -two, -two]));
        // Before operator set 13 all axes from the given one on are a row.
        assert!(near(&floats(12, "Softmax", &[A::Int("axis", 0)], &[x()]), &[0.2, 0.4, 0.2, 0.2]));
        assert_eq!(refusal(12, "Softmax", &[A::Int("axis", 3)], &[x()]), Code::ModelOperatorUnsupported);
        assert_eq!(refusal(13, "Softmax", &[A::Int("axis", 3)], &[x()]), Code::ModelMalformed);
    }

    #[test]
    fn the_first_largest_is_hard() {
        let x = || given(&[2, 3], &[1.0, 5.0, 5.0, 2.0, 1.0, -1.0]);
        assert_eq!(floats(13, "Hardmax", &[], &[x()]), [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(floats(13, "Hardmax", &[A::Int("axis", 0)], &[x()]), [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(floats(11, "Hardmax", &[A::Int("axis", 0)], &[x()]), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
