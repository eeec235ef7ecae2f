//! Values as JSON and JavaScript have them, and how plain structs are read from them.
//!
//! Both formats become a [`Value`] first, and each struct says once which keys it takes. serde's derive would write a
//! reader for every struct and format instead, which is most of what a small wasm holds. Reading is strict: a key that
//! nobody takes is refused, because a setting read by nobody is a silent change of behaviour.

mod decode;
mod fields;
mod json;
mod mismatch;
mod nearest;
mod plain;
mod tree;

pub use decode::{Decode, Faults};
pub(crate) use json::as_map;
pub use mismatch::Mismatch;
#[cfg(all(target_arch = "wasm32", feature = "shop"))]
pub(crate) use mismatch::Why;
pub(crate) use mismatch::short;
pub(crate) use nearest::Nearest;
pub(crate) use plain::Values;
pub use tree::Value;
