//! Values as a stream's bins want them.

use nearhand_monitor::{Bins, Reference, Value};

/// A number of JavaScript's: where a stream's bins go by an index, a whole number is one.
pub(crate) fn number(reference: &Reference, stream: usize, value: f64) -> Value<'static> {
    match reference.streams().get(stream).map(|stream| stream.bins()) {
        Some(Bins::Indexed(_)) if value >= 0.0 && value <= f64::from(u32::MAX) && value % 1.0 == 0.0 => {
            Value::Index(value as u32)
        }
        _ => Value::Number(value),
    }
}
