//! Operators of ours inside tract's graphs.

use std::sync::Arc;
use tract_core::internal::*;

/// What an operator of ours is: facts out of facts, tensors out of tensors. Shapes are known when it is made.
pub(super) trait Kernel: std::fmt::Debug + Send + Sync + 'static {
    /// Name of the ONNX operator.
    fn name(&self) -> &'static str;
    /// Element type and shape of each output.
    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>>;
    /// Runs once.
    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>>;
}

/// A [`Kernel`] as tract sees it.
#[derive(Clone, Debug)]
pub(super) struct Own(Arc<dyn Kernel>);

impl Own {
    pub(super) fn new(kernel: impl Kernel) -> Self {
        Self(Arc::new(kernel))
    }
}

impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Own {}

impl Op for Own {
    fn name(&self) -> StaticName {
        self.0.name().into()
    }

    op_as_typed_op!();
}

impl EvalOp for Own {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        self.0.run(inputs)
    }
}

impl TypedOp for Own {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        self.0.facts(inputs)
    }

    as_op!();
}

/// The elements of a tensor.
pub(super) fn slice<T: Datum>(tensor: &Tensor) -> TractResult<&[T]> {
    tensor.try_as_plain_ram()?.as_slice::<T>()
}

/// The concrete shape of a fact.
pub(super) fn shape_of(fact: &TypedFact) -> TractResult<&[usize]> {
    fact.shape.as_concrete().ok_or_else(|| format_err!("a shape is not fixed"))
}

/// One output.
pub(super) fn one(tensor: Tensor) -> TractResult<TVec<TValue>> {
    Ok(tvec!(tensor.into_tvalue()))
}
