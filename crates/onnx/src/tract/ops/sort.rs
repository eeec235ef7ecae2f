//! TopK.

use super::shape::permute;
use crate::error::Result;
use crate::tract::import::{Op, Wires};
use crate::tract::own::{Kernel, Own, shape_of, slice};
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

/// Whole numbers in the order of the values: 0 and −0 are equal, and so are all NaN, which are above all numbers.
fn key(v: f64) -> i64 {
    let bits = (v + 0.0).to_bits().cast_signed();
    match (v.is_nan(), bits < 0) {
        (true, _) => i64::MAX,
        (_, true) => bits ^ i64::MAX,
        (_, false) => bits,
    }
}

/// Values in these places.
fn gather<T: Datum + Copy>(x: &Tensor, places: &[usize], shape: &[usize]) -> TractResult<Tensor> {
    let all = slice::<T>(x)?;
    let values: Vec<T> = places.iter().filter_map(|at| all.get(*at)).copied().collect();
    Tensor::from_shape(shape, &values)
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
        let mut keys: Vec<i64> = match x.datum_type() {
            DatumType::F32 => slice::<f32>(&x)?.iter().map(|v| key(f64::from(*v))).collect(),
            DatumType::F64 => slice::<f64>(&x)?.iter().map(|v| key(*v)).collect(),
            DatumType::I64 => slice::<i64>(&x)?.to_vec(),
            _ => slice::<i32>(&x)?.iter().map(|v| i64::from(*v)).collect(),
        };
        if self.largest {
            // The order turned, not that of equals.
            keys.iter_mut().for_each(|key| *key = !*key);
        }
        let mut shape: TVec<usize> = x.shape().into();
        let width = shape.last().copied().unwrap_or(1).max(1);
        if let Some(last) = shape.last_mut() {
            *last = self.k;
        }
        let (mut places, mut within) = (Vec::new(), Vec::new());
        for (row, keys) in keys.chunks_exact(width).enumerate() {
            let mut order: Vec<(i64, usize)> = keys.iter().copied().zip(0..).collect();
            order.sort_unstable();
            for (_, at) in order.into_iter().take(self.k) {
                places.push(row * width + at);
                within.push(at as i64);
            }
        }
        let values = match x.datum_type() {
            DatumType::F32 => gather::<f32>(&x, &places, &shape),
            DatumType::F64 => gather::<f64>(&x, &places, &shape),
            DatumType::I64 => gather::<i64>(&x, &places, &shape),
            _ => gather::<i32>(&x, &places, &shape),
        };
        Ok(tvec!(values?.into_tvalue(), Tensor::from_shape(&shape, &within)?.into_tvalue()))
    }
}
