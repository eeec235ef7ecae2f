//! What an operator is once its node has been read, and what its meaning depends on.

use crate::error::Result;
use crate::tensor::Tensor;
use crate::trees::TreeLimits;

/// What a node does: inputs (`None` where one is left out) to outputs.
pub(super) type Op = Box<dyn FnMut(&[Option<&Tensor>]) -> Result<Vec<Tensor>> + Send>;

/// What an operator's meaning depends on besides its attributes.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// Version of ai.onnx's operators.
    pub(super) opset: i64,
    /// Version of ai.onnx.ml's operators.
    pub(super) ml: i64,
    /// Element type of the first input, where it is known before running.
    pub(super) dtype: Option<&'static str>,
    pub(super) trees: &'a TreeLimits,
}
