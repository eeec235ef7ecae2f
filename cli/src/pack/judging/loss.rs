//! How well one way to read a graph does on one question.

/// How a way does on one question, and a mark of what it answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Loss {
    pub(crate) loss: f64,
    /// Mean of the largest values, the largest, and the least of them.
    mean: f64,
    largest: f64,
    least: f64,
}

/// Values that make the mark: what is far below all others, as a mask makes it, is none of them.
const PLACES: usize = 20;

impl Loss {
    pub(crate) fn of(loss: f64, values: &[f32]) -> Self {
        let mut best = values.to_vec();
        let by = |a: &f32, b: &f32| b.total_cmp(a);
        if best.len() > PLACES {
            best.select_nth_unstable_by(PLACES - 1, by);
            best.truncate(PLACES);
        }
        best.sort_unstable_by(by);
        let wide = |value: Option<&f32>| value.copied().map_or(0.0, f64::from);
        // Half of a small catalog.
        let half = best.get(..best.len().min(values.len().div_ceil(2))).unwrap_or_default();
        let mean = half.iter().map(|v| f64::from(*v)).sum::<f64>() / half.len().max(1) as f64;
        Self { loss, mean, largest: wide(half.first()), least: wide(half.last()) }
    }

    /// Whether the same was answered, but for rounding.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let near = 1e-5 * (self.largest - self.least).abs() + 1e-6 * self.largest.abs();
        let close = |a: f64, b: f64| (a - b).abs() <= near;
        close(self.mean, other.mean) && close(self.largest, other.largest) && close(self.least, other.least)
    }
}
