//! Item vectors and their encoder: what is fitted, how, and how it is written.
//!
//! `fit` trains `model` (`net`, `attention`) on `batches` with `loss` and `adam`, as `config` says; item vectors in the bits they
//! are shipped in (`codes`), the encoder's matrices in 8 (`round`); `onnx` writes the encoder.

mod adam;
mod attention;
mod batches;
pub(crate) mod codes;
pub(crate) mod config;
pub(crate) mod encoder;
pub(crate) mod fit;
pub(crate) mod fitted;
mod loss;
pub(crate) mod model;
mod net;
pub(crate) mod onnx;
mod round;
