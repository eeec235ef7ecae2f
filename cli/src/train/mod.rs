//! `train`: from sessions to a bundle, in one command, on the processor alone.
//!
//! `before` refuses what cannot be done, `checkpoint` keeps what has been. `split` holds back the newest sessions; `table` counts; `fit` trains `model` (`net`, `attention`) on `batches` with `loss`
//! and `adam`, item vectors in the bits they are shipped in (`codes`), the encoder's matrices shipped in 8 (`round`); `plan`
//! shares out the bytes, `bound` holds them; `trials` finds bits and encoder, `choose` weighs table against vectors on the sessions held back;
//! `signals` fits the weights of events; then all is fitted anew on every session, `onnx` writes the encoder, and the engine
//! itself measures the finished bundle. Deterministic for a seed.

mod adam;
mod args;
mod attention;
mod batches;
mod before;
mod blend;
mod bound;
mod checkpoint;
mod choose;
mod codes;
mod command;
mod config;
mod encoder;
mod fit;
mod held;
mod key;
mod loss;
mod measured;
mod model;
mod net;
mod onnx;
mod parts;
mod plan;
mod quality;
mod report;
mod round;
mod signals;
mod size;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod trials;
mod work;

pub(crate) use args::Args;
pub(crate) use command::run;
