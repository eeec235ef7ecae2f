//! How rows are handed out.

use super::value::cell::{Cell, Place};
use nearhand::Result;

/// Columns of a row that are kept without an allocation: as many as a log has of interest.
pub(crate) const FEW: usize = 16;

/// Rows of a sample.
pub(crate) const SAMPLE: usize = 500;

/// The picked values of a row: a place for each, empty at first.
pub(crate) struct Cells<'a> {
    few: [Cell<'a>; FEW],
    many: Vec<Cell<'a>>,
    len: usize,
}

impl<'a> Cells<'a> {
    pub(crate) fn new(len: usize) -> Self {
        let many = if len > FEW { vec![Cell::Empty; len] } else { Vec::new() };
        Self { few: [Cell::Empty; FEW], many, len }
    }

    pub(crate) fn places(&mut self) -> &mut [Cell<'a>] {
        if self.len > FEW { &mut self.many } else { self.few.get_mut(..self.len).unwrap_or_default() }
    }

    pub(crate) fn all(&self) -> &[Cell<'a>] {
        if self.len > FEW { &self.many } else { self.few.get(..self.len).unwrap_or_default() }
    }
}

/// Takes a row: the picked values, and where it stands.
pub(crate) type Take<'a> = dyn FnMut(&[Cell<'_>], &Place<'_>) -> Result<()> + 'a;
