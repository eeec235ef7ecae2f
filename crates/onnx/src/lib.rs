//! Compact ONNX models: read as hostile bytes, checked, and run right or refused.
//!
//! ```no_run
//! use nearhand_onnx::{Graph, ModelLimits, Tensor};
//!
//! let onnx = std::fs::read("model.onnx")?;
//! let mut graph = Graph::load(&onnx, &ModelLimits::default())?;
//! for port in &graph.interface().inputs {
//!     println!("{} {} {:?}", port.name, port.dtype, port.dims);
//! }
//! let answer = graph.run(vec![Tensor::f32(vec![1, 4], vec![0.5; 4])])?;
//! println!("{:?}", answer[0].values);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | who wants | takes |
//! |---|---|
//! | to run a file as it is | [`Graph`] |
//! | what goes in and comes out, without an engine | [`Interface`] |
//! | shapes that are known, and one answer without a copy | [`Plan`] (feature `plan`) |
//! | the same shapes again and again, nothing copied that need not be | [`Graph::run_here`], [`Graph::run_again`] (feature `trees`) |
//! | a graph that hands values from one run to the next: a cache of keys, a hidden state | [`Graph::state`], [`Graph::run_state`] |
//! | trees that come from no file | [`trees::TreeEnsemble`] |
//! | the trees of a file, to tell why they answered what they did | `forests` (feature `explain`) |
//! | the file itself: nodes, attributes, constants | [`file::Model`] |
//!
//! A file is bounded by [`ModelLimits`] before anything is allocated for it. What is not understood is refused with an
//! [`Error`] that has a stable [`Code`], a sentence and the offending values: a model is answered right or not at all.
//! The crate keeps no clock, draws no random number, opens no file and no connection, and has no unsafe code.
//!
//! With the feature `trees` (on by default) tree ensembles, linear models, and the scaling, imputing and encoding in front of them run in
//! one plan with everything else. With `plan` and `tabular` they run in graphs of their own
//! (`tabular`), with `plan` alone not at all, and without it nothing else does.
//! With `tract` a graph with an operator that is not planned here runs on tract-onnx,
//! whole; [`lacking`] tells which operators that are.
//!
//! | layer | modules |
//! |---|---|
//! | words | [`short`] [`error`] [`tensor`] `order` `profile` |
//! | bytes | [`file`](mod@file) |
//! | meaning | `attrs` [`trees`] `limits` `check` `ml` `interface` `forests` |
//! | engines | `tabular` `plan` `tract` |
//! | face | `graph` |
//!
//! Imports go downward, and no two files import each other; `tests/layering.rs` of the workspace holds it.

// Of trees and what stands in front of them little is left in a build without them.
#[cfg_attr(all(feature = "plan", not(feature = "tabular")), allow(dead_code, unused_imports))]
mod attrs;
mod check;
#[cfg(feature = "plan")]
mod dtype;
#[cfg(feature = "plan")]
mod elsewhere;
#[cfg(feature = "plan")]
mod engine;
pub mod error;
#[cfg(feature = "plan")]
mod fact;
pub mod file;
#[cfg(feature = "plan")]
mod fixed;
#[cfg(feature = "explain")]
mod forests;
mod graph;
mod interface;
#[cfg(feature = "plan")]
mod kernel;
#[cfg(feature = "plan")]
mod lacking;
#[cfg(feature = "plan")]
mod last;
mod limits;
#[cfg(feature = "plan")]
mod lower;
#[cfg_attr(all(feature = "plan", not(feature = "tabular")), allow(dead_code, unused_imports))]
mod ml;
#[cfg(feature = "plan")]
mod ops;
mod order;
#[cfg(feature = "plan")]
mod plan;
#[cfg(feature = "plan")]
mod planned;
mod profile;
#[cfg(feature = "plan")]
mod recognise;
#[cfg(feature = "plan")]
mod refusal;
#[cfg(feature = "plan")]
mod shape;
mod short;
#[cfg(feature = "plan")]
mod state;
#[cfg(feature = "plan")]
mod stateful;
#[cfg(feature = "plan")]
mod store;
#[cfg(any(feature = "tabular", not(feature = "plan")))]
pub mod tabular;
pub mod tensor;
#[cfg(feature = "plan")]
mod texts;
#[cfg(feature = "tract")]
mod tract;
#[cfg_attr(all(feature = "plan", not(feature = "tabular")), allow(dead_code, unused_imports))]
pub mod trees;
#[cfg(feature = "plan")]
mod weights;

pub use error::{Code, Error, Result};
#[cfg(feature = "plan")]
pub use fixed::{Input, Outputs, Plan};
#[cfg(feature = "explain")]
pub use forests::{Forest, forests, is_tabular};
pub use graph::Graph;
pub use interface::{Interface, Port};
#[cfg(feature = "plan")]
pub use lacking::lacking;
pub use limits::{GraphLimits, ModelLimits};
pub use profile::{Memory, Step};
pub use short::short;
#[cfg(feature = "plan")]
pub use state::{State, StateKind, StatePort};
pub use tensor::{Tensor, Values, View};
pub use trees::TreeLimits;

/// Version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
