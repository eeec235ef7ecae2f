//! The assessor: `pack-assess` makes its bundle of an ONNX file, a declaration and labelled rows; `assess` judges rows by one.
//!
//! ```text
//! table → columns by name → rows (features, amount, currency, fields, label, time)
//! model + declaration + rows → bundle;  bundle + rows → a decision a row
//! ```

pub(crate) mod inspect;
pub(crate) mod judge;
pub(crate) mod pack;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod tests;
