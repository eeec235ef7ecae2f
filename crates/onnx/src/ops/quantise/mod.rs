//! Weights and activations of 8 bits and less.

mod blocks;
mod dynamic;
mod gather;
mod linear;
mod product;
mod qlinear;
mod work;

pub(super) use blocks::matmul_nbits;
pub(super) use dynamic::{dynamic_quantize_matmul, matmul_integer_to_float};
pub(super) use gather::gather_block_quantized;
pub(super) use linear::{dequantize_linear, dynamic_quantize_linear, quantize_linear};
pub(super) use product::{matmul_integer, scaled_product, shifted};
pub(super) use qlinear::qlinear_matmul;
