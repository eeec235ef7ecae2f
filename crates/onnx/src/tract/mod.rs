//! The engine of what ours does not take: tract-onnx with its register of all operators, in a build of its own. The only room
//! that names tract.

mod convert;
mod plan;

pub(crate) use plan::Plan;
