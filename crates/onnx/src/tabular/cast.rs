//! Cast.

use super::layout::input;
use super::op::Op;
use super::values::{Wide, narrow, widen, wrong_type};
use crate::attrs::{Attrs, unsupported};
use crate::error::Result;
use crate::file::{Node, dtype_name};
use crate::tensor::{Tensor, Values};

/// Numbers to numbers, whole numbers to decimal strings. Reading numbers from strings would cost more code than it is
/// asked for: no converter writes it.
pub(super) fn cast(node: &Node<'_>, attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let to = attrs.int("to", 0)?;
    attrs.ignore("saturate");
    let name = i32::try_from(to).ok().and_then(dtype_name);
    let Some(to) = name else {
        return Err(unsupported(node, "a cast to an element type that this build does not have").with("onnx type", to));
    };
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let values = match (&tensor.values, to) {
            (same, _) if same.dtype() == to => same.clone(),
            (numbers, "str") => match widen(numbers)? {
                Wide::Int(v) if numbers.dtype() != "bool" => Values::Str(v.into_iter().map(|v| v.to_string()).collect()),
                // How many digits a float gets differs from engine to engine.
                _ => return Err(wrong_type(numbers).with("to", to)),
            },
            (numbers, _) => narrow(widen(numbers)?, to).ok_or_else(|| wrong_type(numbers).with("to", to))?,
        };
        Ok(vec![Tensor { shape: tensor.shape.clone(), values }])
    }))
}
