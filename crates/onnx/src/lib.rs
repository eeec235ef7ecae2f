//! Compact ONNX models: read as hostile bytes, checked, and run right or refused.
//!
//! Nothing here knows of sessions, catalogs or bundles. The crate keeps no clock, opens no file and no connection, and has no
//! unsafe code.

pub mod error;
pub mod file;
mod short;
pub mod tensor;

pub use error::{Code, Error, Result};
pub use short::short;
pub use tensor::{Tensor, Values};

/// Version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
