//! TopK.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wires};
use crate::refusal::malformed;
use nearhand_kernels::rank::{Ranked, sort};

pub(in crate::ops) fn top_k(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32, DType::F64, DType::I64, DType::I32, DType::I8, DType::U8])?;
    let shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", -1)?, shape.len())?;
    let k = if op.opset() < 10 {
        vec![op.int("k", 0)?]
    } else {
        let k = op.input(1)?;
        op.ints(k, "k")?
    };
    let &[k] = k.as_slice() else { return Err(op.bad("k")) };
    let extent = shape.get(axis).copied().unwrap_or(0);
    let k = usize::try_from(k).ok().filter(|k| *k <= extent).ok_or_else(|| op.bad("k"))?;
    let largest = op.int("largest", 1)? != 0;
    // Sorted is one of the orders that are right when none is asked for.
    let _ = op.int("sorted", 1)?;
    let below = shape.iter().skip(axis + 1).product();
    op.add_all(TopK { axis, k, largest, below, extent }, &[x])
}

/// The k largest or smallest along an axis and their places, best first; of equal values the first comes first.
#[derive(Debug)]
struct TopK {
    axis: usize,
    k: usize,
    largest: bool,
    /// Elements from one to the next along the axis.
    below: usize,
    extent: usize,
}

/// Whole numbers in the order of the values: 0 and −0 are equal, and so are all NaN, which are above all numbers.
fn key(v: f64) -> i64 {
    let bits = (v + 0.0).to_bits().cast_signed();
    match (v.is_nan(), bits < 0) {
        (true, _) => i64::MAX,
        (_, true) => bits ^ i64::MAX,
        (_, false) => bits,
    }
}

/// Lets the element at `at` sink in a heap whose worst is on top.
fn sink(heap: &mut [Ranked], mut at: usize) {
    loop {
        let child = |n: usize| heap.get(2 * at + n).map(|v| (*v, 2 * at + n));
        let Some((worse, next)) = child(1).max(child(2)) else { return };
        if heap.get(at).is_none_or(|v| *v >= worse) {
            return;
        }
        heap.swap(at, next);
        at = next;
    }
}

impl TopK {
    /// Fills `best` with the best of `keys`, best first: the smaller is the better. Of n keys all but the k best are seen once.
    fn select(best: &mut [Ranked], spare: &mut [Ranked], keys: impl Iterator<Item = i64>) {
        let mut keys = keys.zip(0..);
        for (free, (key, place)) in best.iter_mut().zip(&mut keys) {
            *free = [key, place];
        }
        let mut heap = false;
        for (key, place) in keys {
            if !heap {
                (0..best.len() / 2).rev().for_each(|at| sink(best, at));
                heap = true;
            }
            if let Some(worst) = best.first_mut()
                && key < worst[0]
            {
                *worst = [key, place];
                sink(best, 0);
            }
        }
        sort(best, spare);
    }

    fn rows<T: Element>(
        &self,
        inputs: &Inputs<'_>,
        outputs: &mut Outputs<'_>,
        (best, spare): (&mut [Ranked], &mut [Ranked]),
        key: impl Fn(T) -> i64,
    ) -> Result<()> {
        let x = inputs.get::<T>(0)?;
        let (values, places) = outputs.two::<T, i64>()?;
        let below = self.below.max(1);
        let size = (self.k * below).max(1);
        let blocks = values.chunks_exact_mut(size).zip(places.chunks_exact_mut(size));
        for (block, (values, places)) in x.chunks_exact(self.extent.max(1) * below).zip(blocks) {
            for skip in 0..self.below {
                let along = block.iter().skip(skip).step_by(below);
                // The order turned, not that of equals.
                Self::select(best, spare, along.map(|v| if self.largest { !key(*v) } else { key(*v) }));
                let cells = values.iter_mut().skip(skip).step_by(below).zip(places.iter_mut().skip(skip).step_by(below));
                for ([_, place], (value, at)) in best.iter().zip(cells) {
                    *at = *place;
                    if let Some(v) = block.get(*place as usize * below + skip) {
                        *value = *v;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Kernel for TopK {
    fn name(&self) -> &'static str {
        "TopK"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = single(inputs)?;
        let mut shape = x.shape.clone();
        *shape.get_mut(self.axis).ok_or_else(|| malformed("axis outside the tensor's rank", "TopK"))? = self.k;
        Ok(vec![Fact::new(x.dtype, &shape), Fact::new(DType::I64, &shape)])
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        self.k.saturating_mul(2 * size_of::<Ranked>())
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let room = scratch.all_mut::<i64>().as_chunks_mut::<2>().0;
        let best = room.split_at_mut(self.k.min(room.len()));
        match inputs.fact(0)?.dtype {
            DType::F32 => self.rows(inputs, outputs, best, |v: f32| key(f64::from(v))),
            DType::F64 => self.rows(inputs, outputs, best, key),
            DType::I64 => self.rows(inputs, outputs, best, |v: i64| v),
            DType::I32 => self.rows(inputs, outputs, best, |v: i32| i64::from(v)),
            DType::I8 => self.rows(inputs, outputs, best, |v: i8| i64::from(v)),
            DType::U8 | DType::Bool => self.rows(inputs, outputs, best, |v: u8| i64::from(v)),
            DType::Str => Err(crate::refusal::failed("an order of texts")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TopK, key};
    use crate::error::Code;
    use crate::ops::testing::*;
    use crate::tensor::{Tensor, Values};

    fn top(attributes: &[A], x: Tensor, k: i64) -> (Vec<usize>, Values, Vec<i64>) {
        let dtype = x.values.dtype();
        let answer = node(11, "TopK", attributes, &[In::Given(x), ints(&[k])], &[dtype, "i64"]).unwrap();
        let Values::I64(places) = &answer[1].values else { panic!() };
        assert_eq!(answer[0].shape, answer[1].shape);
        (answer[0].shape.clone(), answer[0].values.clone(), places.clone())
    }

    #[test]
    fn best_first_and_of_equals_the_first() {
        let x = || Tensor::f32(vec![2, 4], vec![1.0, 3.0, 3.0, 2.0, -1.0, 0.0, -0.0, 5.0]);
        let (shape, values, places) = top(&[], x(), 3);
        assert_eq!((shape, places), (vec![2, 3], vec![1, 2, 3, 3, 1, 2]));
        assert_eq!(values, Values::F32(vec![3.0, 3.0, 2.0, 5.0, 0.0, -0.0]));
        assert_eq!(top(&[A::Int("largest", 0), A::Int("sorted", 0)], x(), 2).2, [0, 3, 0, 1]);
        let (shape, values, places) = top(&[A::Int("axis", 0)], x(), 1);
        assert_eq!((shape, places), (vec![1, 4], vec![0, 0, 0, 1]));
        assert_eq!(values, Values::F32(vec![1.0, 3.0, 3.0, 5.0]));
        let nan = Tensor::f32(vec![3], vec![f32::INFINITY, f32::NAN, f32::NAN]);
        assert_eq!(top(&[], nan.clone(), 3).2, [1, 2, 0]);
        assert_eq!(top(&[A::Int("largest", 0)], nan, 3).2, [0, 1, 2]);
        let whole = Tensor { shape: vec![3], values: Values::I64(vec![i64::MIN, i64::MAX, i64::MAX - 1]) };
        assert_eq!(top(&[], whole, 2).1, Values::I64(vec![i64::MAX, i64::MAX - 1]));
        let bytes = Tensor { shape: vec![3], values: Values::U8(vec![200, 3, 100]) };
        assert_eq!(top(&[A::Int("largest", 0)], bytes, 2).1, Values::U8(vec![3, 100]));
        for k in [5, -1] {
            let bad = node(11, "TopK", &[], &[In::Given(x()), ints(&[k])], &["f32", "i64"]).unwrap_err();
            assert_eq!(bad.code(), Code::ModelMalformed, "{k}");
        }
    }

    #[test]
    fn as_sorting_everything_would() {
        let keys: Vec<i64> = (0..200_i64).map(|i| i * 7919 % 83 - 40).collect();
        let mut sorted: Vec<[i64; 2]> = keys.iter().copied().zip(0..).map(|(k, at)| [k, at]).collect();
        sorted.sort_unstable();
        for k in [1, 2, 3, 10, 64, 199, 200] {
            let mut best = vec![[0; 2]; k];
            TopK::select(&mut best, &mut vec![[7; 2]; k], keys.iter().copied());
            assert_eq!(best, sorted[..k], "{k}");
        }
        let order = [f64::NEG_INFINITY, -1.5, -1e-300, 0.0, 1e-300, 2.0, f64::INFINITY, f64::NAN];
        assert!(order.windows(2).all(|w| key(w[0]) < key(w[1])) && key(-0.0) == key(0.0));
    }
}
