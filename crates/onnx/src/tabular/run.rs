//! An operator of ai.onnx.ml, run on a tensor as it comes.

use super::layout::input;
use super::op::Op;
use super::values::{append, empty_like, narrow, room, widen, wrong_type};
use crate::error::Result;
use crate::ml::{Answer, Built, Room, View};
use crate::tensor::{Tensor, Values};

/// Zeros for an answer.
fn zeros(answer: &Answer) -> Result<Values> {
    let len = room(&answer.shape)?;
    Ok(match answer.dtype {
        "f32" => Values::F32(vec![0.0; len]),
        "f64" => Values::F64(vec![0.0; len]),
        _ => Values::I64(vec![0; len]),
    })
}

fn room_in(values: &mut Values) -> Result<Room<'_>> {
    Ok(match values {
        Values::F32(v) => Room::F32(v),
        Values::F64(v) => Room::F64(v),
        Values::I64(v) => Room::I64(v),
        other => return Err(wrong_type(other)),
    })
}

pub(super) fn of(Built { operator, labels }: Built) -> Op {
    Box::new(move |inputs| {
        let Tensor { shape, values } = input(inputs, 0)?;
        let reads = operator.reads(values.dtype())?;
        let cast = if reads == values.dtype() { None } else { narrow(widen(values)?, reads) };
        let view = match cast.as_ref().unwrap_or(values) {
            Values::F32(v) => View::F32(v),
            Values::F64(v) => View::F64(v),
            Values::I64(v) => View::I64(v),
            Values::Str(v) => View::Str(v),
            other => return Err(wrong_type(other)),
        };
        let answers = operator.answers(reads, shape)?;
        let mut made = answers.iter().map(zeros).collect::<Result<Vec<_>>>()?;
        if let [first, rest @ ..] = &mut made[..] {
            operator.run(shape, view, room_in(first)?, rest.first_mut().map(room_in).transpose()?)?;
        }
        if let (Some(labels), Some(Values::I64(places))) = (&labels, made.first()) {
            let mut named = empty_like(labels);
            for place in places {
                append(&mut named, labels, usize::try_from(*place).unwrap_or(usize::MAX), 1)?;
            }
            if let Some(first) = made.first_mut() {
                *first = named;
            }
        }
        Ok(answers.into_iter().zip(made).map(|(answer, values)| Tensor { shape: answer.shape, values }).collect())
    })
}

/// The first for texts, the second for numbers.
pub(super) fn either(texts: Built, numbers: Built) -> Op {
    let (mut texts, mut numbers) = (of(texts), of(numbers));
    Box::new(move |inputs: &[Option<&Tensor>]| match &input(inputs, 0)?.values {
        Values::Str(_) => texts(inputs),
        _ => numbers(inputs),
    })
}
