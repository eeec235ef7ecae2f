//! The operators that are tree ensembles.

use super::labels::read as labels_of;
use super::operator::{Answer, Built, Operator, Room, View, failed, matrix, misplaced, wrong_type};
use crate::attrs::Attrs;
use crate::error::Result;
use crate::trees::{Rows, Scratch, Spec, TreeEnsemble, TreeLimits, spec_of_v3, spec_of_v5};
use std::sync::{Mutex, PoisonError};

/// What an ensemble answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Classes, and a score for each in 32 bits.
    Classes,
    /// Scores in 32 bits.
    Scores,
    /// Scores in the thresholds' bits.
    Wide,
}

#[derive(Debug)]
struct Ensemble {
    trees: TreeEnsemble,
    /// How many trees there are.
    #[cfg_attr(not(feature = "trees"), allow(dead_code))]
    number: usize,
    form: Form,
    /// Buffers of the walk, which grow to what a call needs and stay.
    scratch: Mutex<Scratch>,
}

impl Ensemble {
    /// Verified, with 64-bit thresholds where the input has 64 bits.
    fn verified(mut spec: Spec, form: Form, dtype: Option<&'static str>, limits: &TreeLimits) -> Result<Box<dyn Operator>> {
        spec.double |= dtype == Some("f64");
        let trees = TreeEnsemble::new(&spec, limits)?;
        Ok(Box::new(Self { trees, number: spec.roots.len(), form, scratch: Mutex::default() }))
    }
}

pub(super) fn classifier(attrs: &mut Attrs<'_, '_>, dtype: Option<&'static str>, limits: &TreeLimits) -> Result<Built> {
    let labels = labels_of(attrs, "classlabels_int64s")?;
    let operator = Ensemble::verified(spec_of_v3(attrs, Some(labels.len()))?, Form::Classes, dtype, limits)?;
    Ok(Built { operator, labels: Some(labels) })
}

pub(super) fn regressor(
    attrs: &mut Attrs<'_, '_>,
    dtype: Option<&'static str>,
    limits: &TreeLimits,
) -> Result<Box<dyn Operator>> {
    Ensemble::verified(spec_of_v3(attrs, None)?, Form::Scores, dtype, limits)
}

/// TreeEnsemble answers in the type of its input.
pub(super) fn ensemble(attrs: &mut Attrs<'_, '_>, dtype: Option<&'static str>, limits: &TreeLimits) -> Result<Box<dyn Operator>> {
    Ensemble::verified(spec_of_v5(attrs)?, Form::Wide, dtype, limits)
}

impl Operator for Ensemble {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        match dtype {
            "str" => Err(wrong_type(dtype)),
            _ if self.trees.is_double() => Ok("f64"),
            // Thresholds would have to be compared in 64 bits; the type was not known when they were read.
            "f64" => Err(wrong_type(dtype).with("thresholds", "f32")),
            _ => Ok("f32"),
        }
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        let (rows, width) = matrix(shape)?;
        self.trees.takes(width)?;
        if width == 0 && rows > 0 {
            return Err(failed("rows without columns").with("rows", rows));
        }
        let dtype = if self.form == Form::Wide && self.trees.is_double() { "f64" } else { "f32" };
        let scores = Answer::new(dtype, vec![rows, self.trees.targets()]);
        Ok(if self.form == Form::Classes { vec![Answer::new("i64", vec![rows]), scores] } else { vec![scores] })
    }

    fn work(&self) -> usize {
        self.number
    }

    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, second: Option<Room<'_>>) -> Result<()> {
        let (rows, width) = matrix(shape)?;
        if rows == 0 {
            return Ok(());
        }
        let x = match x {
            View::F32(v) => Rows::F32(v),
            View::F64(v) => Rows::F64(v),
            _ => return Err(misplaced()),
        };
        let (mut classes, scores) = match (first, second) {
            (Room::I64(classes), Some(scores)) => (classes.iter_mut(), scores),
            (scores, None) => (Default::default(), scores),
            _ => return Err(misplaced()),
        };
        let targets = self.trees.targets();
        let scratch = &mut *self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut class_to = |class: usize| {
            if let Some(to) = classes.next() {
                *to = class as i64;
            }
        };
        match scores {
            Room::F32(out) => {
                let mut rest = out.chunks_exact_mut(targets);
                self.trees.each(x, width, scratch, &mut |row, class| {
                    class_to(class);
                    rest.next().unwrap_or_default().iter_mut().zip(row).for_each(|(to, s)| *to = *s as f32);
                })
            }
            Room::F64(out) => {
                let mut rest = out.chunks_exact_mut(targets);
                self.trees.each(x, width, scratch, &mut |row, class| {
                    class_to(class);
                    rest.next().unwrap_or_default().copy_from_slice(row);
                })
            }
            Room::I64(_) => Err(misplaced()),
        }
    }
}
