//! How a table is made.

/// Farthest neighbour that counts by its distance, where nothing else is said.
pub(crate) const REACH: usize = 10;

/// How a table is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TableConfig {
    /// Most successors a row, 1..=64.
    pub(crate) width: usize,
    /// Successors an item on average, at most.
    pub(crate) mean: f64,
    /// Whether the distance of two items counts, or only that a session holds both.
    pub(crate) ordered: bool,
    /// Largest distance that counts, where it does, 1..=50.
    pub(crate) reach: usize,
    /// Weight of a predecessor relative to a successor, 0..=1.
    pub(crate) backward: f32,
    /// Power of the successor's popularity that divides, 0..=1.
    pub(crate) damp: f32,
    /// Power of the row's own popularity that divides, 0..=1.
    pub(crate) source: f32,
    /// As `TrainConfig::half_life`: sessions this share of the log old count half; 0 counts all alike.
    pub(crate) half_life: f32,
}

impl Default for TableConfig {
    fn default() -> Self {
        TableConfig { width: 32, mean: 12.0, ordered: true, reach: REACH, backward: 0.5, damp: 0.1, source: 0.5, half_life: 0.0 }
    }
}
