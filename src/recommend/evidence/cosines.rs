//! Cosines of a query with the item vectors.

use crate::ids::ItemIdx;
use crate::rank::ItemVectors;
use crate::recommend::state::Recommender;

impl Recommender {
    /// Cosine of a query with every item vector, 0 where one of them is nil, into `self.cosines`. Whether there are
    /// vectors.
    pub(in crate::recommend) fn find_cosines(&mut self, query: &[f32]) -> bool {
        let Some(vectors) = &self.vectors else { return false };
        vectors.scores(query, &mut self.cosines);
        measure(vectors, self.cosines.len(), &mut self.lengths);
        let own = length(query);
        for (x, length) in self.cosines.iter_mut().zip(&self.lengths) {
            *x = if own * length > 0.0 { (*x / (own * length)).clamp(-1.0, 1.0) } else { 0.0 };
        }
        true
    }
}

/// The lengths of the first `count` item vectors, as far as they are not yet known: passes that only likeness needs.
pub(in crate::recommend) fn measure(vectors: &ItemVectors, count: usize, lengths: &mut Vec<f32>) {
    if lengths.len() < count {
        let mut row = vec![0.0; vectors.dim()];
        lengths.extend((lengths.len()..count).map(|i| {
            vectors.dequantize(ItemIdx(i as u32), &mut row);
            length(&row)
        }));
    }
}

pub(in crate::recommend) fn length(v: &[f32]) -> f32 {
    libm::sqrtf(v.iter().map(|x| x * x).sum())
}
