//! How rows are handed out.

use super::value::cell::{Cell, Place};
use nearhand::Result;

/// Most columns that are read of a table.
pub(crate) const MOST_PICKED: usize = 16;

/// Rows of a sample.
pub(crate) const SAMPLE: usize = 500;

/// Takes a row: the picked values, and where it stands.
pub(crate) type Take<'a> = dyn FnMut(&[Cell<'_>], &Place<'_>) -> Result<()> + 'a;
