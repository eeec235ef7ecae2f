//! The kernel of sums, products and extremes along axes.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::ops::base::binary::{F, binary};
use crate::ops::base::unary::{EXP, Function, LOG, named, unary};
use crate::refusal::{failed, unsupported};
use crate::shape::{Loops, dense};
use nearhand_kernels::reduce::{Fold, down, row};

/// What is made of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Sum; integers wrap.
    Sum,
    /// Mean; of integers cut toward 0.
    Mean,
    /// Largest; NaN where one is.
    Max,
    /// Smallest; NaN where one is.
    Min,
    /// Product; integers wrap.
    Product,
    /// Sum of sizes.
    L1,
    /// Square root of the sum of squares.
    L2,
    /// Sum of squares.
    Squares,
    /// Logarithm of the sum.
    LogSum,
}

impl By {
    /// Whether it is defined for a type.
    const fn takes(self, dtype: DType) -> bool {
        match dtype {
            DType::F32 | DType::F64 => true,
            DType::I64 | DType::I32 => !matches!(self, Self::L2 | Self::LogSum),
            DType::I8 | DType::U8 | DType::Bool => matches!(self, Self::Max | Self::Min),
            DType::Str => false,
        }
    }
}

/// Elements of `x` made one along axes, which are sorted; with `keep` these stay, with extent 1. Of nothing come a sum of 0,
/// a product of 1, and as largest value the smallest of the type.
///
/// # Errors
/// `model-operator-unsupported` for types that do not have the function, and for a mean of nothing.
pub(crate) fn reduced(op: &mut Op<'_, '_>, by: By, x: Wire, axes: &[usize], keep: bool) -> Result<Wire> {
    let fact = op.fact(x)?.clone();
    let count: usize = axes.iter().filter_map(|a| fact.shape.get(*a)).product();
    if count == 0 && by == By::Mean {
        return Err(op.refuse("a mean of nothing"));
    }
    let steps = dense(&fact.shape);
    let loops = |reduced: bool| {
        let those: Vec<usize> = (0..fact.shape.len()).filter(|a| axes.contains(a) == reduced).collect();
        let of = |list: &[usize]| those.iter().filter_map(|a| list.get(*a).copied()).collect::<Vec<_>>();
        Loops::new(&of(&fact.shape), &[of(&steps)])
    };
    let kept = fact.shape.iter().enumerate().filter(|(a, _)| keep || !axes.contains(a));
    let shape = kept.map(|(a, dim)| if axes.contains(&a) { 1 } else { *dim }).collect();
    let innermost = fact.shape.iter().rposition(|dim| *dim != 1).unwrap_or(0);
    let across = axes.contains(&innermost);
    op.add(Reduce { by, count, shape, across, outer: loops(false), inner: loops(true) }, &[x])
}

/// ln Σ eˣ along axes, with the largest value taken out first so that nothing overflows.
///
/// # Errors
/// As [`reduced`].
pub(crate) fn log_sum_exp(op: &mut Op<'_, '_>, x: Wire, axes: &[usize], keep: bool) -> Result<Wire> {
    const FINITE: Function = Function {
        f32: Some(|x| if x.is_infinite() { 0.0 } else { x }),
        f64: Some(|x| if x.is_infinite() { 0.0 } else { x }),
        ..named("Finite")
    };
    let top = reduced(op, By::Max, x, axes, true)?;
    let top = unary(op, FINITE, top)?;
    let less = binary(op, F::Sub, x, top)?;
    let power = unary(op, EXP, less)?;
    let sum = reduced(op, By::Sum, power, axes, true)?;
    let log = unary(op, LOG, sum)?;
    let out = binary(op, F::Add, log, top)?;
    if keep {
        return Ok(out);
    }
    let shape: Vec<usize> = op.shape(out)?.iter().enumerate().filter(|(a, _)| !axes.contains(a)).map(|(_, d)| *d).collect();
    op.view(out, &shape, 0)
}

#[derive(Debug)]
struct Reduce {
    by: By,
    /// Elements that become one.
    count: usize,
    shape: Vec<usize>,
    /// Whether the elements that become one lie side by side; else those do that become one each.
    across: bool,
    /// Over the axes that stay.
    outer: Loops<1>,
    /// Over the others.
    inner: Loops<1>,
}

/// A fold of elements of a type.
trait Folds<T> {
    fn start(&self) -> T;
    fn row(&self, start: T, row: &[T]) -> T;
    fn down(&self, numbers: &mut [T], row: &[T]);
}

impl Folds<f32> for Fold {
    fn start(&self) -> f32 {
        Self::start(*self)
    }

    fn row(&self, start: f32, values: &[f32]) -> f32 {
        row(*self, start, values)
    }

    fn down(&self, numbers: &mut [f32], values: &[f32]) {
        down(*self, numbers, values);
    }
}

/// Element by element.
struct Plain<T>(T, fn(T, T) -> T);

impl<T: Element> Folds<T> for Plain<T> {
    fn start(&self) -> T {
        self.0
    }

    fn row(&self, start: T, row: &[T]) -> T {
        row.iter().fold(start, |a, v| (self.1)(a, *v))
    }

    fn down(&self, numbers: &mut [T], row: &[T]) {
        numbers.iter_mut().zip(row).for_each(|(a, v)| *a = (self.1)(*a, *v));
    }
}

impl Kernel for Reduce {
    fn name(&self) -> &'static str {
        "Reduce"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = single(inputs)?;
        if !self.by.takes(x.dtype) {
            return Err(unsupported("an element type that this build does not run here").with("type", x.dtype.name()));
        }
        Ok(vec![Fact::new(x.dtype, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        macro_rules! bytes {
            ($t:ty, $low:expr, $high:expr) => {{
                let fold: Plain<$t> = match self.by {
                    By::Max => Plain($low, |a, v| a.max(v)),
                    By::Min => Plain($high, |a, v| a.min(v)),
                    _ => return Err(failed("not a reduction of bytes")),
                };
                self.walk(inputs.get::<$t>(0)?, outputs.get::<$t>(0)?, &fold);
            }};
        }
        macro_rules! integers {
            ($t:ty) => {{
                let fold: Plain<$t> = match self.by {
                    By::Max => Plain(<$t>::MIN, |a, v| a.max(v)),
                    By::Min => Plain(<$t>::MAX, |a, v| a.min(v)),
                    By::Product => Plain(1, |a, v| a.wrapping_mul(v)),
                    By::L1 => Plain(0, |a, v| a.wrapping_add(v.wrapping_abs())),
                    By::Squares => Plain(0, |a, v| a.wrapping_add(v.wrapping_mul(v))),
                    _ => Plain(0, |a, v| a.wrapping_add(v)),
                };
                let out = outputs.get::<$t>(0)?;
                self.walk(inputs.get::<$t>(0)?, out, &fold);
                if self.by == By::Mean {
                    let count = <$t>::try_from(self.count).map_err(|_| failed("a mean of too many integers"))?;
                    out.iter_mut().for_each(|v| *v = v.checked_div(count).unwrap_or(0));
                }
            }};
        }
        macro_rules! finish {
            ($t:ty, $out:expr) => {{
                let count = self.count as $t;
                match self.by {
                    By::Mean => $out.iter_mut().for_each(|v| *v /= count),
                    By::L2 => $out.iter_mut().for_each(|v| *v = v.sqrt()),
                    By::LogSum => $out.iter_mut().for_each(|v| *v = v.ln()),
                    _ => {}
                }
            }};
        }
        match inputs.fact(0)?.dtype {
            DType::F32 => {
                let fold = match self.by {
                    By::Max => Fold::Largest,
                    By::Min => Fold::Smallest,
                    By::Product => Fold::Product,
                    By::L1 => Fold::Sizes,
                    By::L2 | By::Squares => Fold::Squares,
                    By::Sum | By::Mean | By::LogSum => Fold::Sum,
                };
                let out = outputs.get::<f32>(0)?;
                self.walk(inputs.get::<f32>(0)?, out, &fold);
                finish!(f32, out);
            }
            DType::F64 => {
                let fold: Plain<f64> = match self.by {
                    By::Max => Plain(f64::NEG_INFINITY, |a, v| if v > a || v.is_nan() { v } else { a }),
                    By::Min => Plain(f64::INFINITY, |a, v| if v < a || v.is_nan() { v } else { a }),
                    By::Product => Plain(1.0, |a, v| a * v),
                    By::L1 => Plain(0.0, |a, v| a + v.abs()),
                    By::L2 | By::Squares => Plain(0.0, |a, v| a + v * v),
                    By::Sum | By::Mean | By::LogSum => Plain(0.0, |a, v| a + v),
                };
                let out = outputs.get::<f64>(0)?;
                self.walk(inputs.get::<f64>(0)?, out, &fold);
                finish!(f64, out);
            }
            DType::I64 => integers!(i64),
            DType::I32 => integers!(i32),
            DType::I8 => bytes!(i8, i8::MIN, i8::MAX),
            DType::U8 => bytes!(u8, 0, u8::MAX),
            DType::Bool => bytes!(u8, 0, 1),
            DType::Str => return Err(crate::refusal::failed("an order of texts")),
        }
        Ok(())
    }
}

impl Reduce {
    fn walk<T: Element>(&self, x: &[T], out: &mut [T], fold: &dyn Folds<T>) {
        let cut = |from: usize, width: usize| x.get(from..from + width).unwrap_or_default();
        if self.across {
            let mut cells = out.iter_mut();
            self.outer.each(|[at]| {
                let mut sum = fold.start();
                self.inner.rows(|[skip], width, _| sum = fold.row(sum, cut(at + skip, width)));
                if let Some(cell) = cells.next() {
                    *cell = sum;
                }
            });
            return;
        }
        let mut rest = out;
        self.outer.rows(|[at], width, _| {
            let (numbers, after) = std::mem::take(&mut rest).split_at_mut_checked(width).unwrap_or_default();
            rest = after;
            numbers.fill(fold.start());
            self.inner.each(|[skip]| fold.down(numbers, cut(at + skip, width)));
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::*;
    use crate::tensor::{Tensor, Values};

    /// 2 × 3 × 2: 1 … 12.
    fn x() -> In {
        given(&[2, 3, 2], &(1..=12).map(|v| v as f32).collect::<Vec<_>>())
    }

    #[test]
    fn along_any_axes() {
        let sum = |axes: &[i64], keep: i64| {
            let answer = node(13, "ReduceSum", &[A::Int("keepdims", keep)], &[x(), ints(axes)], &["f32"]).unwrap();
            (answer[0].shape.clone(), numbers(&answer[0]))
        };
        assert_eq!(sum(&[2], 0), (vec![2, 3], vec![3.0, 7.0, 11.0, 15.0, 19.0, 23.0]));
        assert_eq!(sum(&[1], 1), (vec![2, 1, 2], vec![9.0, 12.0, 27.0, 30.0]));
        assert_eq!(sum(&[0], 0), (vec![3, 2], vec![8.0, 10.0, 12.0, 14.0, 16.0, 18.0]));
        assert_eq!(sum(&[0, -1], 0), (vec![3], vec![18.0, 26.0, 34.0]));
        assert_eq!(sum(&[0, 1], 1), (vec![1, 1, 2], vec![36.0, 42.0]));
        assert_eq!(sum(&[], 0), (vec![], vec![78.0]));
        // Axes of 1 beside the others.
        let flat =
            |shape: &[usize], axes: &[i64]| floats(13, "ReduceSum", &[], &[given(shape, &[1.0, 2.0, 3.0, 4.0]), ints(axes)]);
        assert_eq!((flat(&[2, 2, 1], &[1]), flat(&[1, 2, 2], &[0])), (vec![3.0, 7.0], vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!((flat(&[4, 1], &[0]), flat(&[4, 1], &[1])), (vec![10.0], vec![1.0, 2.0, 3.0, 4.0]));
    }

    #[test]
    fn every_function_by_hand() {
        let x = || given(&[2, 2], &[3.0, -4.0, 1.0, 2.0]);
        let by = |name| floats(17, name, &[A::Ints("axes", &[1])], &[x()]);
        assert_eq!((by("ReduceMean"), by("ReduceProd")), (vec![-0.5, 1.5], vec![-12.0, 2.0]));
        assert_eq!((by("ReduceMax"), by("ReduceMin")), (vec![3.0, 2.0], vec![-4.0, 1.0]));
        assert_eq!((by("ReduceL1"), by("ReduceSumSquare")), (vec![7.0, 3.0], vec![25.0, 5.0]));
        assert!(near(&by("ReduceL2"), &[5.0, 5.0_f32.sqrt()]));
        assert!(by("ReduceLogSum")[0].is_nan() && near(&by("ReduceLogSum")[1..], &[3.0_f32.ln()]));
        let want = [(3.0_f64.exp() + (-4.0_f64).exp()).ln() as f32, (1.0_f64.exp() + 2.0_f64.exp()).ln() as f32];
        assert!(near(&by("ReduceLogSumExp"), &want));
        let ends = given(&[2, 2], &[f32::NEG_INFINITY, f32::NEG_INFINITY, 1e38, 0.0]);
        assert_eq!(floats(17, "ReduceLogSumExp", &[A::Ints("axes", &[1])], &[ends]), [f32::NEG_INFINITY, 1e38]);
        let nan = given(&[2, 2], &[f32::NAN, 1.0, 2.0, f32::NEG_INFINITY]);
        let largest = floats(17, "ReduceMax", &[A::Ints("axes", &[1])], &[nan]);
        assert!(largest[0].is_nan() && largest[1] == 2.0);
    }

    #[test]
    fn other_types() {
        let by = |name: &str, values: Values, dtype: &str| {
            let x = In::Given(Tensor { shape: vec![2, 2], values });
            node(20, name, &[A::Int("keepdims", 0)], &[x, ints(&[0])], &[dtype]).map(|a| a[0].values.clone())
        };
        let doubles = || Values::F64(vec![3.0, 1.0, f64::NAN, -2.0]);
        let Ok(Values::F64(most)) = by("ReduceMax", doubles(), "f64") else { panic!() };
        assert!(most[0].is_nan() && most[1] == 1.0);
        let Ok(Values::F64(least)) = by("ReduceMin", doubles(), "f64") else { panic!() };
        assert!(least[0].is_nan() && least[1] == -2.0);
        let numbers = || Values::F64(vec![3.0, 1.0, 4.0, -2.0]);
        for (name, want) in [
            ("ReduceSum", [7.0, -1.0]),
            ("ReduceMean", [3.5, -0.5]),
            ("ReduceProd", [12.0, -2.0]),
            ("ReduceL1", [7.0, 3.0]),
            ("ReduceL2", [5.0, 5.0_f64.sqrt()]),
            ("ReduceSumSquare", [25.0, 5.0]),
        ] {
            assert_eq!(by(name, numbers(), "f64").unwrap(), Values::F64(want.to_vec()), "{name}");
        }
        let i64s = || Values::I64(vec![i64::MAX, 5, 1, -8]);
        assert_eq!(by("ReduceSum", i64s(), "i64").unwrap(), Values::I64(vec![i64::MIN, -3]));
        assert_eq!(by("ReduceMax", i64s(), "i64").unwrap(), Values::I64(vec![i64::MAX, 5]));
        let i32s = || Values::I32(vec![3, 5, 4, -8]);
        for (name, want) in [
            ("ReduceMean", [3, -1]),
            ("ReduceProd", [12, -40]),
            ("ReduceL1", [7, 13]),
            ("ReduceSumSquare", [25, 89]),
            ("ReduceMin", [3, -8]),
        ] {
            assert_eq!(by(name, i32s(), "i32").unwrap(), Values::I32(want.to_vec()), "{name}");
        }
        assert_eq!(by("ReduceMin", Values::I8(vec![3, -5, 4, 8]), "i8").unwrap(), Values::I8(vec![3, -5]));
        assert_eq!(by("ReduceMax", Values::U8(vec![3, 250, 4, 8]), "u8").unwrap(), Values::U8(vec![4, 250]));
        let truths = || Values::Bool(vec![true, false, true, true]);
        assert_eq!(by("ReduceMin", truths(), "bool").unwrap(), Values::Bool(vec![true, false]));
        for (name, values, dtype) in [
            ("ReduceSum", truths(), "bool"),
            ("ReduceL2", i32s(), "i32"),
            ("ReduceLogSumExp", i64s(), "i64"),
            ("ReduceMean", Values::U8(vec![1, 2, 3, 4]), "u8"),
        ] {
            assert_eq!(by(name, values, dtype).unwrap_err().code(), Code::ModelOperatorUnsupported, "{name}");
        }
    }

    #[test]
    fn of_nothing() {
        let by = |name| floats(18, name, &[A::Int("keepdims", 0)], &[given(&[2, 0], &[]), ints(&[1])]);
        assert_eq!((by("ReduceSum"), by("ReduceProd")), (vec![0.0; 2], vec![1.0; 2]));
        assert_eq!((by("ReduceMax"), by("ReduceMin")), (vec![f32::NEG_INFINITY; 2], vec![f32::INFINITY; 2]));
        assert_eq!((by("ReduceLogSum"), by("ReduceLogSumExp")), (vec![f32::NEG_INFINITY; 2], vec![f32::NEG_INFINITY; 2]));
        let none = floats(18, "ReduceSum", &[], &[given(&[2, 0], &[]), ints(&[0])]);
        assert!(none.is_empty());
        assert_eq!(refusal(18, "ReduceMean", &[], &[given(&[2, 0], &[]), ints(&[1])]), Code::ModelOperatorUnsupported);
    }
}
