//! Item vectors and tables as a bundle has them.

/// Item vectors as stored: row i stands for `scales[i] · rows[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVectors {
    /// Values a row.
    pub dim: usize,
    /// The int8 values, row-major.
    pub rows: Vec<i8>,
    /// One scale a row.
    pub scales: Vec<f32>,
}

/// The transition table as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTable {
    /// Places a row, at most.
    pub successors: usize,
    /// Places of each row; empty where every row has all.
    pub counts: Vec<u8>,
    /// Successor indices, row by row.
    pub next: Vec<u32>,
    /// Weights, row by row: 255 stands for 1, 0 for an unused place.
    pub weights: Vec<u8>,
}

impl StoredTable {
    /// Successors and weights of each item.
    pub fn rows(&self) -> impl Iterator<Item = (&[u32], &[u8])> {
        let rows = if self.counts.is_empty() { self.next.len() / self.successors.max(1) } else { self.counts.len() };
        let mut end = 0;
        (0..rows).map(move |row| {
            let start = end;
            end += self.counts.get(row).map_or(self.successors, |count| usize::from(*count));
            (self.next.get(start..end).unwrap_or_default(), self.weights.get(start..end).unwrap_or_default())
        })
    }
}
