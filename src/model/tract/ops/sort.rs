//! TopK.

use super::shape::permute;
use crate::error::Result;
use crate::model::tract::import::{Op, Wires};
use crate::model::tract::own::{Kernel, Own, shape_of, slice};
use std::cmp::Ordering;
use tract_core::internal::*;

pub(super) fn top_k(op: &mut Op<'_, '_>) -> Result<Wires> {
    let x = op.input(0)?;
    op.only(x, &[DatumType::F32, DatumType::F64, DatumType::I64, DatumType::I32])?;
    let shape = op.shape(x)?;
    let axis = op.axis(op.int("axis", -1)?, shape.len())?;
    let k = if op.opset() < 10 {
        vec![op.int("k", 0)?]
    } else {
        let k = op.input(1)?;
        op.ints(k, "k")?
    };
    let &[k] = k.as_slice() else { return Err(op.bad("k")) };
    let k = usize::try_from(k).ok().filter(|k| (1..=shape[axis]).contains(k)).ok_or_else(|| op.bad("k"))?;
    let largest = op.int("largest", 1)? != 0;
    // Sorted is one of the orders that are right when none is asked for.
    let _ = op.int("sorted", 1)?;
    let perm: Vec<usize> = (0..shape.len()).filter(|a| *a != axis).chain([axis]).collect();
    let mut back = vec![0; perm.len()];
    for (to, from) in perm.iter().enumerate() {
        back[*from] = to;
    }
    let last = permute(op, x, &perm)?;
    let both = op.wires(Own::new(TopK { k, largest }), &[last])?;
    both.into_iter().map(|wire| permute(op, wire, &back)).collect()
}

/// The k largest or smallest of each row and their places, best first; of equal values the first comes first.
#[derive(Debug)]
struct TopK {
    k: usize,
    largest: bool,
}

impl TopK {
    fn pick<T: Datum + Copy>(&self, x: &Tensor, compare: fn(&T, &T) -> Ordering) -> TractResult<TVec<TValue>> {
        let width = x.shape().last().copied().unwrap_or(1).max(1);
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for row in slice::<T>(x)?.chunks_exact(width) {
            let mut order: Vec<(usize, T)> = row.iter().copied().enumerate().collect();
            order.sort_by(|(_, a), (_, b)| if self.largest { compare(b, a) } else { compare(a, b) });
            for (at, value) in order.into_iter().take(self.k) {
                values.push(value);
                places.push(at as i64);
            }
        }
        let mut shape: TVec<usize> = x.shape().into();
        if let Some(last) = shape.last_mut() {
            *last = self.k;
        }
        Ok(tvec!(Tensor::from_shape(&shape, &values)?.into_tvalue(), Tensor::from_shape(&shape, &places)?.into_tvalue()))
    }
}

impl Kernel for TopK {
    fn name(&self) -> &'static str {
        "TopK"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [x] = inputs else { bail!("one input") };
        let mut shape: TVec<usize> = shape_of(x)?.into();
        if let Some(last) = shape.last_mut() {
            *last = self.k;
        }
        Ok(tvec!(x.datum_type.fact(&*shape), i64::fact(&*shape)))
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let x = args_1!(inputs);
        // 0 and −0 are equal, and so are all NaN, which are above all numbers.
        macro_rules! floats {
            () => {
                |a, b| a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            };
        }
        match x.datum_type() {
            DatumType::F32 => self.pick::<f32>(&x, floats!()),
            DatumType::F64 => self.pick::<f64>(&x, floats!()),
            DatumType::I64 => self.pick::<i64>(&x, i64::cmp),
            _ => self.pick::<i32>(&x, i32::cmp),
        }
    }
}
