//! How well one way to read a graph does on one question.

/// How a way does on one question, and a mark of what it answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Loss {
    pub(crate) loss: f64,
    /// Mean and largest value, and their distance.
    mean: f64,
    largest: f64,
}

impl Loss {
    pub(crate) fn of(loss: f64, values: &[f32]) -> Self {
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len().max(1) as f64;
        Self { loss, mean, largest: values.iter().copied().fold(f32::NEG_INFINITY, f32::max).into() }
    }

    /// Whether the same was answered, but for rounding.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let near = 1e-5 * (self.largest - self.mean).abs().max(f64::MIN_POSITIVE);
        (self.mean - other.mean).abs() <= near && (self.largest - other.largest).abs() <= near
    }
}
