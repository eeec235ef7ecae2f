//! The loops that must be fast. This crate is compiled for speed (`opt-level = 3` in every profile) while the rest of
//! the wasm is compiled for size, so what is hot lives here and what is not does not.
//!
//! What is called from outside is not inlined: in its caller it would be compiled for size again.
//!
//! Plain slices in, plain slices out; no allocation; every order of summation is fixed, so that results are the same
//! bits natively and in wasm. Slices that are too short are cut, never read past: the caller checks lengths and the
//! loops do not panic.

pub mod activation;
pub mod attention;
pub mod bytes;
pub mod coarse;
pub mod cones;
pub mod conv;
pub mod curves;
pub mod dot;
pub mod elementwise;
pub mod linear_i8;
pub mod matmul_f32;
pub mod matmul_i8;
pub mod matmul_nbits;
pub mod matmul_nbits_i16;
pub mod matmul_plain;
mod nbits_panel;
pub mod norm;
pub mod random;
pub mod rank;
pub mod recurrent;
pub mod reduce;
pub mod scan;
pub mod shapley;
pub mod softmax;
pub mod trees;
pub mod widen;
