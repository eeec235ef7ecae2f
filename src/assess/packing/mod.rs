//! From an ONNX file, a declaration and scored rows with labels to a bundle.

mod calibrated;
mod capacity;
mod contract;
mod costs;
mod goldens;
mod pack;
mod rows;
mod table;

pub use costs::Money;
pub use pack::{Packed, pack};
pub use table::{About, Labelled};
