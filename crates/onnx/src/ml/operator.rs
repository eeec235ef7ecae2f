//! What an operator of ai.onnx.ml is to the engines that run it: one tensor in, numbers out, nothing allocated on the way.

use crate::error::{Code, Error, Result};
use crate::tensor::Values;
use std::fmt::Debug;

/// Elements of the input, in a type that the operator reads. Texts that an engine keeps as numbers come as integers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum View<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    I64(&'a [i64]),
    Str(&'a [String]),
}

/// Room for the elements of an output.
#[derive(Debug)]
pub(crate) enum Room<'a> {
    F32(&'a mut [f32]),
    F64(&'a mut [f64]),
    I64(&'a mut [i64]),
}

/// Type and shape of an output: `f32`, `f64` or `i64`.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) dtype: &'static str,
    pub(crate) shape: Vec<usize>,
}

impl Answer {
    pub(crate) const fn new(dtype: &'static str, shape: Vec<usize>) -> Self {
        Self { dtype, shape }
    }
}

/// An operator with one input, its attributes read.
pub(crate) trait Operator: Debug + Send + Sync {
    /// The type in which it reads an input of some type: whoever runs it casts before.
    ///
    /// # Errors
    /// `model-failed` for a type that it does not take.
    fn reads(&self, dtype: &'static str) -> Result<&'static str>;

    /// Types and shapes of its outputs, one or two, for an input of a type that it reads.
    ///
    /// # Errors
    /// `model-failed`, `model-mismatch` for a shape that it does not take.
    fn answers(&self, dtype: &'static str, shape: &[usize]) -> Result<Vec<Answer>>;

    /// Multiplications and comparisons that a row takes at least, beside reading it.
    #[cfg_attr(not(feature = "trees"), allow(dead_code))]
    fn work(&self) -> usize {
        0
    }

    /// Runs once, on an input for which [`Operator::answers`] has answered, into rooms of those sizes.
    ///
    /// # Errors
    /// `model-failed` for values that it does not take.
    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, second: Option<Room<'_>>) -> Result<()>;
}

/// An operator as its node has it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) operator: Box<dyn Operator>,
    /// What the integers of the first output name, where they are places in a list.
    pub(crate) labels: Option<Values>,
}

/// `model-failed`: an operator cannot do what it is asked to.
pub(crate) fn failed(why: &'static str) -> Error {
    Error::new(Code::ModelFailed, why)
}

/// An element type that an operator does not take.
pub(crate) fn wrong_type(dtype: &'static str) -> Error {
    failed("an operator does not take this element type").with("type", dtype)
}

/// For an operator that computes in 32 bits, whatever numbers it is given.
pub(crate) fn as_floats(dtype: &'static str) -> Result<&'static str> {
    if dtype == "str" { Err(wrong_type(dtype)) } else { Ok("f32") }
}

/// Rows and columns, as the operators of ai.onnx.ml take them: one dimension is one row.
pub(crate) fn matrix(shape: &[usize]) -> Result<(usize, usize)> {
    match *shape {
        [n] => Ok((1, n)),
        [rows, n] => Ok((rows, n)),
        _ => Err(failed("an operator wants one or two dimensions").with("dimensions", shape.len())),
    }
}

/// What an engine gave is not what the operator said: never, but for a fault of ours.
pub(crate) fn misplaced() -> Error {
    failed("an operator was given other memory than it asked for")
}
