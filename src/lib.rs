//! nearhand runs compact ONNX models where the visitor is, in the browser, at an edge worker or in Node, and answers
//! "you may also like" from the session's own signals.
//!
//! `event → observe → SessionState → context → features → Model → query → score catalog + table → top-k → Slate`
//!
//! ```no_run
//! use nearhand::{Engine, Event, Request, Settings};
//!
//! let bundle = std::fs::read("models/online-retail/online-retail.safetensors")?;
//! let mut engine = Engine::open(&bundle, &Settings::default())?;
//! let now_ms = 1_700_000_000_000;
//! engine.observe(&Event::view("85123A"), now_ms)?;
//! let slate = engine.recommend(&Request::default(), now_ms)?;
//! for item in slate.items {
//!     println!("{} {} {:.3}", item.rank, item.row.title, item.score);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It does no general tensor arithmetic for JavaScript, trains nothing by itself (the command line does), keeps no
//! clock, draws no random number, opens no file and no connection: those are arguments.
//!
//! | layer | modules |
//! |---|---|
//! | L0 words | [`arena`] [`error`] [`ids`] [`event`] [`value`], with the feature `suggest` `text` |
//! | L1 state | [`session`] [`catalog`] [`bundle`] |
//! | L2 compute | [`features`] [`model`] [`rank`] |
//! | L3 tasks | [`recommend`], with the features of their names `suggest`, `complete` and `assess` |
//! | L4 oversight | [`monitor`] |
//! | L5 engine | [`engine`] [`settings`] |
//! | L6 boundary | `wasm` |
//!
//! Below all of it lies the engine, [`onnx`], a crate of its own.
//!
//! Imports go downward; `tests/layering.rs` holds it. Three builds come from this source: lite (feature `shop`, the boundary,
//! alone), full (feature `onnx` as well), and full with tract for operators that the engine does not have (feature `tract`).

// wasm-pack builds every test target, though the suite is all it is asked for: there the unit tests are an empty crate.
#![cfg(not(all(test, target_arch = "wasm32")))]

pub mod arena;
#[cfg(feature = "assess")]
pub mod assess;
pub mod bundle;
pub mod catalog;
#[cfg(feature = "complete")]
pub mod complete;
pub mod engine;
pub mod error;
pub mod event;
pub mod features;
pub mod ids;
pub mod model;
pub mod monitor;
pub mod rank;
pub mod recommend;
pub mod session;
pub mod settings;
#[cfg(feature = "suggest")]
pub mod suggest;
#[cfg(feature = "suggest")]
pub mod text;
pub mod value;
#[cfg(all(target_arch = "wasm32", feature = "shop"))]
pub mod wasm;

pub use bundle::Manifest;
pub use catalog::{CatalogDelta, Item};
pub use engine::{Engine, Tier};
pub use error::{Code, Error, Result};
pub use event::{Event, EventKind};
pub use ids::{ItemIdx, ItemKey};
/// The engine: ONNX files, tensors, graphs.
pub use nearhand_onnx as onnx;
pub use recommend::{Request, Slate};
pub use session::{Consent, SessionState};
pub use settings::Settings;

/// Version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
