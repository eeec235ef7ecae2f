//! Softmax, its logarithm, and Hardmax.

use super::layout::{inverse, permuted, reshaped};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, in_place, single};
use crate::lower::{Op, Wire};
use nearhand_kernels::reduce::{Fold, row};
use nearhand_kernels::softmax::softmax as rows;

/// Softmax, LogSoftmax, Hardmax. Up to operator set 12 the axes from `axis` on are one.
pub(super) fn softmax(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32])?;
    let rank = op.rank(x)?;
    let old = op.opset() < 13;
    let axis = op.int("axis", if old { 1 } else { -1 })?;
    if old && axis == rank as i64 {
        return Err(op.refuse("an axis past the last"));
    }
    let axis = op.axis(axis, rank)?;
    let kind = match op.node.op_type {
        "Softmax" => Kind::Softmax,
        "LogSoftmax" => Kind::Log,
        _ => Kind::Hard,
    };
    let shape = op.shape(x)?;
    if old {
        let width = shape.iter().skip(axis).product();
        return op.add(Softmax { kind, width }, &[x]);
    }
    along(op, kind, x, axis)
}

/// Softmax, or its logarithm, along an axis.
pub(crate) fn along(op: &mut Op<'_, '_>, kind: Kind, x: Wire, axis: usize) -> Result<Wire> {
    let shape = op.shape(x)?;
    let width = shape.get(axis).copied().unwrap_or(1);
    let perm: Vec<usize> = (0..shape.len()).filter(|a| *a != axis).chain([axis]).collect();
    let last = permuted(op, x, &perm)?;
    let out = op.add(Softmax { kind, width }, &[last])?;
    let out = permuted(op, out, &inverse(&perm))?;
    reshaped(op, out, &shape)
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// eˣ / Σ eˣ.
    Softmax,
    /// x − ln Σ eˣ.
    Log,
    /// 1 at the first largest value, 0 elsewhere.
    Hard,
}

#[derive(Debug)]
struct Softmax {
    kind: Kind,
    width: usize,
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
        if self.kind != Kind::Hard {
            rows(x, self.width, self.kind == Kind::Log);
            return Ok(());
        }
        for values in x.chunks_exact_mut(self.width.max(1)) {
            let best = row(Fold::Largest, Fold::Largest.start(), values);
            let at = values.iter().position(|v| *v == best || (best.is_nan() && v.is_nan()));
            values.fill(0.0);
            if let Some(cell) = at.and_then(|at| values.get_mut(at)) {
                *cell = 1.0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::error::Code;

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
