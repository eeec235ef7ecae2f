//! Weights and activations of 8 bits and less.

mod blocks;
mod dynamic;
mod gather;
mod linear;
mod product;
mod qlinear;
mod stored;
mod work;

pub(super) use blocks::matmul_nbits;
pub(super) use dynamic::{dynamic_quantize_matmul, matmul_integer_to_float};
pub(super) use gather::gather_block_quantized;
pub(super) use linear::{dequantize_linear, dynamic_quantize_linear, narrowed, quantize_linear, widened};
pub(super) use product::{Sides, matmul_integer, scaled_product};
pub(super) use qlinear::qlinear_matmul;
pub(super) use stored::{by_stored, moved, turned};

use crate::error::Result;
use crate::lower::{Op, Wire};

/// A product of codes plus a constant, one value a column or one for all: the product with that as its bias.
pub(super) fn shifted(op: &mut Op<'_, '_>, x: Wire, y: Wire) -> Result<Option<Wire>> {
    match product::shifted(op, x, y)? {
        Some(wire) => Ok(Some(wire)),
        None => blocks::shifted(op, x, y),
    }
}

/// The product of bytes times `scale`, one number or one a column.
pub(super) fn product(op: &mut Op<'_, '_>, sides: Sides, scale: Wire) -> Result<Wire> {
    product::floats(op, sides, scale, Vec::new())
}

#[cfg(test)]
mod tests;
