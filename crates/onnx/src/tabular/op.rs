//! What an operator is once its node has been read.

use crate::error::Result;
use crate::tensor::Tensor;

/// What a node does: inputs (`None` where one is left out) to outputs.
pub(super) type Op = Box<dyn FnMut(&[Option<&Tensor>]) -> Result<Vec<Tensor>> + Send>;
