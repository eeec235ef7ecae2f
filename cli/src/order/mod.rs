//! The order of a catalog: items that are alike stand side by side, so that the search can skip them together
//! (`rank::scan`). It changes no answer but which of two equal scores comes first.

mod blocks;
mod cluster;

use crate::math::dot;
use nearhand::Result;
use nearhand::bundle::{ModelSpec, Parts};

/// The bundle with alike items side by side. One without item vectors, or with a graph that knows items by their index, stays as it
/// is. The same bundle gives the same order.
pub(crate) fn by_likeness(parts: Parts) -> Result<Parts> {
    let Some(vectors) = &parts.vectors else { return Ok(parts) };
    if parts.manifest.model.as_ref().is_some_and(ModelSpec::knows_indices) {
        return Ok(parts);
    }
    let mut rows: Vec<f32> = vectors.rows.iter().map(|v| f32::from(*v)).collect();
    for row in rows.chunks_exact_mut(vectors.dim) {
        let length = dot(row, row).sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|v| *v /= length);
        }
    }
    let order = blocks::order(&rows, vectors.dim);
    parts.in_order(&order)
}
