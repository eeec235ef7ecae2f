//! The engine for graphs of arithmetic: tract, fed by importers of ours. The only room that names tract.

#[cfg(feature = "all-ops")]
mod all;
mod graph;
mod import;
mod ops;
mod own;
mod plan;

pub(crate) use graph::Planned;
pub use plan::{Input, Outputs, Plan};
