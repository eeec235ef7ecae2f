//! Operators that compute, in the type of their inputs.

use super::layout::{axes, input};
use super::op::Op;
use super::values::{Wide, axis, count, failed, narrow, room, widen, wrong_type};
use crate::attrs::Attrs;
use crate::error::Result;
use crate::tensor::{Tensor, Values};
use crate::trees::{logistic, softmax as softmax_of};

type Real = fn(f64, f64) -> f64;
type Int = fn(i64, i64) -> Option<i64>;

/// Add, Sub, Mul, Div and Sum, with numpy's broadcasting. One operation on two 32-bit floats, done in 64 bits and rounded
/// once more, is the 32-bit result to the bit.
pub(super) fn binary(operator: &str) -> Op {
    let (real, int): (Real, Int) = match operator {
        "Sub" => (|a, b| a - b, |a, b| Some(a.wrapping_sub(b))),
        "Mul" => (|a, b| a * b, |a, b| Some(a.wrapping_mul(b))),
        "Div" => (|a, b| a / b, i64::checked_div),
        _ => (|a, b| a + b, |a, b| Some(a.wrapping_add(b))),
    };
    Box::new(move |inputs| {
        let mut sum = input(inputs, 0)?.clone();
        for i in 1..inputs.len() {
            sum = pair(&sum, input(inputs, i)?, real, int)?;
        }
        Ok(vec![sum])
    })
}

fn pair(a: &Tensor, b: &Tensor, real: Real, int: Int) -> Result<Tensor> {
    let dtype = a.values.dtype();
    if dtype != b.values.dtype() {
        return Err(failed("an operator wants inputs of one type").with("type", dtype).with("other", b.values.dtype()));
    }
    let shape = broadcast(&a.shape, &b.shape)?;
    room(&shape)?;
    let (at_a, at_b) = (places(&a.shape, &shape), places(&b.shape, &shape));
    let places = at_a.into_iter().zip(at_b);
    let wide = match (widen(&a.values)?, widen(&b.values)?) {
        (Wide::Real(x), Wide::Real(y)) => {
            places.map(|(i, j)| Some(real(*x.get(i)?, *y.get(j)?))).collect::<Option<_>>().map(Wide::Real)
        }
        (Wide::Int(x), Wide::Int(y)) => places.map(|(i, j)| int(*x.get(i)?, *y.get(j)?)).collect::<Option<_>>().map(Wide::Int),
        _ => None,
    };
    let values = wide.and_then(|w| narrow(w, dtype)).ok_or_else(|| failed("integers are divided by 0"))?;
    Ok(Tensor { shape, values })
}

fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).and_then(|i| shape.get(i)).copied().unwrap_or(1);
    (0..rank)
        .map(|i| match (extent(a, i), extent(b, i)) {
            (x, y) if x == y || y == 1 => Ok(x),
            (1, y) => Ok(y),
            (x, y) => Err(failed("shapes do not go together").with("extent", x).with("other", y)),
        })
        .collect()
}

/// For each place of `to` in turn, the place in a tensor of shape `from` that is stretched over it.
fn places(from: &[usize], to: &[usize]) -> Vec<usize> {
    let mut out = vec![0_usize];
    let lead = to.len().saturating_sub(from.len());
    for (i, extent) in to.iter().enumerate() {
        let own = i.checked_sub(lead).and_then(|i| from.get(i)).copied().unwrap_or(1);
        let step = usize::from(own != 1);
        out = out.iter().flat_map(|p| (0..*extent).map(move |k| p * own + k * step)).collect();
    }
    out
}

pub(super) fn unary(operator: &str) -> Op {
    let f: fn(f32) -> f32 = match operator {
        "Abs" => f32::abs,
        "Exp" => libm::expf,
        "Log" => libm::logf,
        "Neg" => |v| -v,
        "Sqrt" => libm::sqrtf,
        _ => logistic,
    };
    Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let Values::F32(v) = &tensor.values else { return Err(wrong_type(&tensor.values)) };
        Ok(vec![Tensor::f32(tensor.shape.clone(), v.iter().map(|v| f(*v)).collect())])
    })
}

/// Two matrices; sums in 64 bits.
pub(super) fn mat_mul(inputs: &[Option<&Tensor>]) -> Result<Vec<Tensor>> {
    let (a, b) = (input(inputs, 0)?, input(inputs, 1)?);
    let ([rows, inner], [other, columns]) = (&a.shape[..], &b.shape[..]) else {
        return Err(failed("MatMul of other than two matrices"));
    };
    let (Values::F32(x), Values::F32(y)) = (&a.values, &b.values) else { return Err(wrong_type(&a.values)) };
    if inner != other {
        return Err(failed("MatMul of matrices that do not fit").with("columns", inner).with("rows", other));
    }
    let mut out = Vec::with_capacity(room(&[*rows, *columns])?);
    for row in 0..*rows {
        for column in 0..*columns {
            let row = x.iter().skip(row * inner).take(*inner);
            let column = y.iter().skip(column).step_by((*columns).max(1));
            out.push(row.zip(column).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32);
        }
    }
    Ok(vec![Tensor::f32(vec![*rows, *columns], out)])
}

pub(super) fn reduce(mean: bool, attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let fixed = attrs.ints("axes")?;
    let keep = attrs.int("keepdims", 1)? != 0;
    let noop = attrs.int("noop_with_empty_axes", 0)? != 0;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let rank = tensor.shape.len();
        let mut axes = axes(&fixed, inputs, rank)?;
        if axes.is_empty() && noop {
            return Ok(vec![tensor.clone()]);
        }
        if axes.is_empty() {
            axes = (0..rank).collect();
        }
        let kept: Vec<usize> = tensor.shape.iter().enumerate().map(|(i, e)| if axes.contains(&i) { 1 } else { *e }).collect();
        let Wide::Real(values) = widen(&tensor.values)? else { return Err(wrong_type(&tensor.values)) };
        let mut sums = vec![0.0; count(&kept)];
        for (to, value) in places(&kept, &tensor.shape).into_iter().zip(&values) {
            if let Some(sum) = sums.get_mut(to) {
                *sum += value;
            }
        }
        if mean {
            let n = values.len() as f64 / sums.len() as f64;
            sums.iter_mut().for_each(|s| *s /= n);
        }
        let shape = if keep {
            kept
        } else {
            tensor.shape.iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, e)| *e).collect()
        };
        let values = narrow(Wide::Real(sums), tensor.values.dtype()).ok_or_else(|| wrong_type(&tensor.values))?;
        Ok(vec![Tensor { shape, values }])
    }))
}

/// From operator set 13 on along one axis; before over all axes from it on.
pub(super) fn softmax(attrs: &mut Attrs<'_, '_>, opset: i64) -> Result<Op> {
    let along = attrs.int("axis", if opset >= 13 { -1 } else { 1 })?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let Values::F32(values) = &tensor.values else { return Err(wrong_type(&tensor.values)) };
        let at = axis(along, tensor.shape.len())?;
        let tail = count(tensor.shape.get(at..).unwrap_or_default());
        if opset >= 13 && at + 1 != tensor.shape.len() {
            return Err(failed("Softmax along another axis than the last").with("axis", along));
        }
        let mut values = values.clone();
        values.chunks_mut(tail.max(1)).for_each(softmax_of);
        Ok(vec![Tensor::f32(tensor.shape.clone(), values)])
    }))
}

pub(super) fn arg_max(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let along = attrs.int("axis", 0)?;
    let keep = attrs.int("keepdims", 1)? != 0;
    let last = attrs.int("select_last_index", 0)? != 0;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let at = axis(along, tensor.shape.len())?;
        let (outer, rest) = tensor.shape.split_at_checked(at).unwrap_or_default();
        let (extent, inner) = rest.split_first().unwrap_or((&1, &[]));
        if *extent == 0 {
            return Err(failed("ArgMax of nothing"));
        }
        let values = match widen(&tensor.values)? {
            Wide::Real(v) => v,
            Wide::Int(v) => v.into_iter().map(|v| v as f64).collect(),
        };
        let run = count(inner);
        let mut out = Vec::with_capacity(count(outer) * run);
        for row in 0..count(outer) {
            for column in 0..run {
                let line = values.iter().skip(row * extent * run + column).step_by(run.max(1)).take(*extent);
                let mut best = (0, f64::NEG_INFINITY);
                for (i, v) in line.enumerate() {
                    if i == 0 || *v > best.1 || (last && *v == best.1) {
                        best = (i as i64, *v);
                    }
                }
                out.push(best.0);
            }
        }
        let middle: &[usize] = if keep { &[1] } else { &[] };
        Ok(vec![Tensor::i64([outer, middle, inner].concat(), out)])
    }))
}
