//! Item vectors that a query is compared with.

use nearhand::Result;
use nearhand::rank::ItemVectors;

/// Item vectors, as given and of length 1.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) dim: usize,
    /// As given.
    pub(crate) dot: Vec<f32>,
    /// Of length 1; zeros stay.
    pub(crate) cosine: Vec<f32>,
    /// In 8 bits, as they go into a graph.
    pub(crate) stored: ItemVectors,
}

impl Rows {
    /// From vectors in the list's order.
    pub(crate) fn new(dim: usize, values: Vec<f32>) -> Result<Self> {
        let mut cosine = values.clone();
        for row in cosine.chunks_exact_mut(dim.max(1)) {
            let length = row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            if length > 0.0 {
                row.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
            }
        }
        Ok(Self { dim, stored: ItemVectors::quantize(dim, &values)?, dot: values, cosine })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.dot.len() / self.dim.max(1)
    }

    /// Whether all have the length 1, but for rounding: then the dot product is the cosine.
    pub(crate) fn is_unit(&self) -> bool {
        self.dot.iter().zip(&self.cosine).all(|(a, b)| (a - b).abs() < 1e-3)
    }
}
