//! ONNX files as bytes: a small reader that borrows, bounds everything and trusts nothing.
//!
//! Field numbers are those of onnx.proto (github.com/onnx/onnx, `onnx/onnx.proto`). Fields that this crate does not need
//! are skipped; what it does need is read once, with checked arithmetic, and kept as slices of the file. What a field
//! *means* is the business of whoever reads the structs.

mod graph;
#[cfg(feature = "plan")]
mod hollow;
mod limits;
mod read;
#[cfg(feature = "plan")]
mod skeleton;
mod tensor;
mod wire;

pub use graph::{Attribute, Dim, Graph, Kind, Model, Node, Opset, Type, ValueInfo};
#[cfg(feature = "plan")]
pub(crate) use hollow::hollow;
pub use limits::Limits;
#[cfg(feature = "plan")]
pub(crate) use skeleton::Skeleton;
pub use tensor::{TensorProto, dtype_name, f16_to_f32};
