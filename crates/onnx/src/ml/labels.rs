//! Labels of classes, integers or texts.

use crate::attrs::{Attrs, malformed};
use crate::error::Result;
use crate::tensor::Values;

/// From `classlabels_strings` or the attribute of that name.
pub(super) fn read<'n>(attrs: &mut Attrs<'n, '_>, ints: &'n str) -> Result<Values> {
    let (texts, ints) = (attrs.texts("classlabels_strings")?, attrs.ints(ints)?);
    match (texts.is_empty(), ints.is_empty()) {
        (false, true) => Ok(Values::Str(texts)),
        (true, false) => Ok(Values::I64(ints)),
        _ => Err(malformed("a classifier wants labels of one type", texts.len()).with("integers", ints.len())),
    }
}
