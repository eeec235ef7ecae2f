//! From ONNX nodes to kernels: graph → checked → types and shapes known → constants folded.
//!
//! Shapes are known from the start, so every operator is checked against the types and shapes that it gets, and what
//! depends on shapes alone is folded away. An operator, an attribute or a type that is not understood is refused: a
//! model is answered right or not at all.

mod body;
mod builder;
mod cache;
mod importer;
mod inner;
mod memo;
mod op;
mod record;

pub(crate) use body::Body;
pub(crate) use builder::{Builder, Made, Origin, Wire};
pub(crate) use cache::longer;
pub(crate) use importer::{Importer, Lowered, Op, Room, Rules, Wires};
#[cfg(feature = "loops")]
pub(crate) use inner::{Bound, Inner};
pub(crate) use memo::{Changed, Memo, Stop, Wanted};
