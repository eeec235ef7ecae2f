//! Reductions along axes, places of extremes, and pools over everything.

use super::fold::{By, log_sum_exp, reduced};
use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::ops::base::layout::reshaped;
use nearhand_kernels::reduce::{Fold, row};

/// The Reduce family. Axes are an attribute up to operator set 17 (12 for ReduceSum), an input from there on.
pub(in crate::ops) fn reduce(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let rank = op.rank(x)?;
    let keep = op.int("keepdims", 1)? != 0;
    let name = op.node.op_type;
    let by_input = op.opset() >= if name == "ReduceSum" { 13 } else { 18 };
    let noop = op.int("noop_with_empty_axes", 0)? != 0;
    let given = if by_input { op.maybe(1).map(|w| op.ints(w, "axes")).transpose()? } else { op.int_list("axes")? };
    let given = given.filter(|axes| !axes.is_empty());
    let by = match name {
        "ReduceSum" => By::Sum,
        "ReduceMean" => By::Mean,
        "ReduceMax" => By::Max,
        "ReduceMin" => By::Min,
        "ReduceProd" => By::Product,
        "ReduceL1" => By::L1,
        "ReduceL2" => By::L2,
        "ReduceSumSquare" => By::Squares,
        // The sum of ReduceLogSumExp is of powers.
        _ => By::LogSum,
    };
    let none = given.is_none() && noop;
    if none && matches!(by, By::Sum | By::Mean | By::Max | By::Min | By::Product) {
        return Ok(x);
    }
    // Without axes what is left is done element by element: a square, say.
    let axes = if none { Vec::new() } else { op.axes(given, rank)? };
    if name == "ReduceLogSumExp" { log_sum_exp(op, x, &axes, keep) } else { reduced(op, by, x, &axes, keep) }
}

/// ArgMax and ArgMin.
pub(in crate::ops) fn arg(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32, DType::F64, DType::I64, DType::I32, DType::I8, DType::U8])?;
    let mut shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", 0)?, shape.len())?;
    let keep = op.int("keepdims", 1)? != 0;
    let last = op.int("select_last_index", 0)? != 0;
    if shape.contains(&0) {
        return Err(op.refuse("a reduction of nothing"));
    }
    let below = shape.iter().skip(axis + 1).product();
    let extent = shape.get(axis).copied().unwrap_or(1);
    shape.remove(axis);
    let out = op.add(Arg { largest: op.node.op_type == "ArgMax", last, extent, below, shape: shape.clone() }, &[x])?;
    if keep {
        shape.insert(axis, 1);
    }
    reshaped(op, out, &shape)
}

/// Place of the largest or smallest element along an axis: NaN where one is; the first of equal ones, or the last.
#[derive(Debug)]
struct Arg {
    largest: bool,
    last: bool,
    extent: usize,
    /// Elements from one to the next along the axis.
    below: usize,
    shape: Vec<usize>,
}

impl Arg {
    /// `ahead` says whether the first displaces the second.
    fn pick<T: Element>(&self, x: &[T], out: &mut [i64], ahead: fn(&T, &T) -> bool) {
        let (extent, below) = (self.extent.max(1), self.below.max(1));
        for (block, out) in x.chunks_exact(extent * below).zip(out.chunks_exact_mut(below)) {
            for (skip, place) in out.iter_mut().enumerate() {
                let mut found = (0, T::default());
                for (at, v) in block.iter().skip(skip).step_by(below).enumerate() {
                    if at == 0 || ahead(v, &found.1) || (self.last && !ahead(&found.1, v)) {
                        found = (at, *v);
                    }
                }
                *place = found.0 as i64;
            }
        }
    }

    /// Places in rows of floats: the extreme first, then where it stands.
    fn rows(&self, x: &[f32], out: &mut [i64]) {
        let fold = if self.largest { Fold::Largest } else { Fold::Smallest };
        for (values, place) in x.chunks_exact(self.extent.max(1)).zip(out) {
            let best = row(fold, fold.start(), values);
            let is_it = |v: &f32| *v == best || (best.is_nan() && v.is_nan());
            let found = if self.last { values.iter().rposition(is_it) } else { values.iter().position(is_it) };
            *place = found.unwrap_or(0) as i64;
        }
    }
}

impl Kernel for Arg {
    fn name(&self) -> &'static str {
        "Arg"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        single(inputs)?;
        Ok(vec![Fact::new(DType::I64, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let out = outputs.get::<i64>(0)?;
        macro_rules! by {
            ($t:ty, $nan:expr) => {
                match self.largest {
                    true => self.pick::<$t>(inputs.get(0)?, out, |a, b| a > b || ($nan(a) && !$nan(b))),
                    false => self.pick::<$t>(inputs.get(0)?, out, |a, b| a < b || ($nan(a) && !$nan(b))),
                }
            };
        }
        match inputs.fact(0)?.dtype {
            DType::F32 if self.below == 1 => self.rows(inputs.get(0)?, out),
            DType::F32 => by!(f32, |v: &f32| v.is_nan()),
            DType::F64 => by!(f64, |v: &f64| v.is_nan()),
            DType::I64 => by!(i64, |_| false),
            DType::I32 => by!(i32, |_| false),
            DType::I8 => by!(i8, |_| false),
            DType::U8 | DType::Bool => by!(u8, |_| false),
            DType::Str => return Err(crate::refusal::failed("an order of texts")),
        }
        Ok(())
    }
}

/// Pools over all axes after the channels.
pub(in crate::ops) fn global_pool(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, DType::FLOATS)?;
    let shape = op.shape(x)?;
    if shape.len() < 3 {
        return Err(op.bad("rank is below 3"));
    }
    let axes: Vec<usize> = (2..shape.len()).collect();
    let by = match op.node.op_type {
        "GlobalMaxPool" => By::Max,
        "GlobalAveragePool" => By::Mean,
        _ => match op.int("p", 2)? {
            1 => By::L1,
            2 => By::L2,
            _ => return Err(op.refuse("a norm other than the first and the second")),
        },
    };
    reduced(op, by, x, &axes, true)
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::*;
    use crate::tensor::{Tensor, Values};

    #[test]
    fn without_axes() {
        let noop = [A::Int("noop_with_empty_axes", 1)];
        let x = || given(&[1, 2], &[3.0, -4.0]);
        assert_eq!(floats(18, "ReduceSum", &noop, &[x()]), [3.0, -4.0]);
        assert_eq!(floats(18, "ReduceL1", &noop, &[x(), ints(&[])]), [3.0, 4.0]);
        assert_eq!(floats(18, "ReduceSumSquare", &noop, &[x()]), [9.0, 16.0]);
        assert_eq!(floats(18, "ReduceLogSumExp", &noop, &[x()]), [3.0, -4.0]);
        assert_eq!(floats(18, "ReduceMax", &[], &[x()]), [3.0]);
        assert_eq!(refusal(18, "ReduceMax", &[], &[x(), ints(&[2])]), Code::ModelMalformed);
        assert_eq!(refusal(18, "ReduceMax", &[], &[x(), ints(&[1, -1])]), Code::ModelMalformed);
        let axes = In::Given(Tensor { shape: vec![1], values: Values::I64(vec![1]) });
        // Axes that are given are known when a run is planned.
        assert_eq!(floats(18, "ReduceMax", &[A::Int("keepdims", 0)], &[x(), axes]), [3.0]);
    }

    fn places(operator: &str, attributes: &[A], x: In) -> (Vec<usize>, Vec<i64>) {
        let answer = node(13, operator, attributes, &[x], &["i64"]).unwrap();
        let Values::I64(places) = &answer[0].values else { panic!() };
        (answer[0].shape.clone(), places.clone())
    }

    #[test]
    fn places_of_extremes() {
        let x = || given(&[2, 3], &[2.0, 7.0, 7.0, 1.0, f32::NAN, -1.0]);
        let last = || A::Int("select_last_index", 1);
        assert_eq!(places("ArgMax", &[A::Int("axis", 1)], x()), (vec![2, 1], vec![1, 1]));
        assert_eq!(places("ArgMax", &[A::Int("axis", -1), last()], x()), (vec![2, 1], vec![2, 1]));
        assert_eq!(places("ArgMin", &[A::Int("axis", 1), A::Int("keepdims", 0)], x()), (vec![2], vec![0, 1]));
        assert_eq!(places("ArgMax", &[], x()), (vec![1, 3], vec![0, 1, 0]));
        assert_eq!(places("ArgMin", &[], x()), (vec![1, 3], vec![1, 1, 1]));
        let equal = || given(&[3, 1, 2], &[1.0, 2.0, 1.0, 3.0, 0.0, 3.0]);
        assert_eq!(places("ArgMax", &[A::Int("keepdims", 0)], equal()), (vec![1, 2], vec![0, 1]));
        assert_eq!(places("ArgMax", &[last()], equal()).1, [1, 2]);
        let all = given(&[2], &[f32::NEG_INFINITY; 2]);
        assert_eq!(places("ArgMax", &[last()], all).1, [1]);
        let whole = In::Given(Tensor { shape: vec![4], values: Values::I64(vec![3, -9, i64::MIN, 3]) });
        assert_eq!(places("ArgMin", &[], whole), (vec![1], vec![2]));
        let bytes = In::Given(Tensor { shape: vec![3], values: Values::U8(vec![3, 200, 200]) });
        assert_eq!(places("ArgMax", &[last()], bytes).1, [2]);
        assert_eq!(refusal(13, "ArgMax", &[A::Int("axis", 2)], &[x()]), Code::ModelMalformed);
        assert_eq!(refusal(13, "ArgMax", &[A::Int("axis", 1)], &[given(&[2, 0], &[])]), Code::ModelOperatorUnsupported);
    }

    #[test]
    fn pools_over_everything() {
        let x = || given(&[1, 2, 2, 2], &[1.0, 2.0, 3.0, 6.0, -3.0, 0.0, 0.0, 4.0]);
        assert_eq!(floats(13, "GlobalAveragePool", &[], &[x()]), [3.0, 0.25]);
        assert_eq!(floats(13, "GlobalMaxPool", &[], &[x()]), [6.0, 4.0]);
        assert!(near(&floats(13, "GlobalLpPool", &[], &[x()]), &[50.0_f32.sqrt(), 5.0]));
        assert_eq!(floats(13, "GlobalLpPool", &[A::Int("p", 1)], &[x()]), [12.0, 7.0]);
        assert_eq!(refusal(13, "GlobalLpPool", &[A::Int("p", 3)], &[x()]), Code::ModelOperatorUnsupported);
        assert_eq!(refusal(13, "GlobalMaxPool", &[], &[given(&[1, 2], &[1.0, 2.0])]), Code::ModelMalformed);
    }
}
