//! The operators of ONNX that this build runs, one function each, in rooms by kind. A room names only those before it in this list:
//! base, control, pointwise, quantise, products, recurrent, attention, moving, rows, spatial, qoperator, ml; `register` names them all.

mod attention;
mod base;
mod control;
#[cfg(feature = "trees")]
mod ml;
mod moving;
mod pointwise;
mod products;
mod qoperator;
mod quantise;
mod recurrent;
mod register;
mod rows;
mod spatial;

pub(crate) use register::{MISSING, lower};

#[cfg(test)]
mod testing;
#[cfg(test)]
#[path = "../../tests/suite/writer.rs"]
pub(crate) mod writer;
