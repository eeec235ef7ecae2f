//! Numbers as programs write them.

use super::cell::Cell;
use super::number::Marks;

/// A number as programs write it; no number for nothing. What can be read in two ways, as 1,050, is none.
pub(crate) fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Empty => Some(f64::NAN),
        Cell::Text("true" | "True" | "TRUE") => Some(1.0),
        Cell::Text("false" | "False" | "FALSE") => Some(0.0),
        Cell::Text(text) => text.parse().ok(),
        Cell::Float(value) => Some(value),
        Cell::Single(value) => Some(value.into()),
        cell => cell.number(Marks::Point),
    }
}
