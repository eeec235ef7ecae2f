//! A run as it stands, in a safetensors file: weights, moments, and what it goes on from.

use super::adam::Moments;
use super::options::Recipe;
use super::room::put;
use crate::error::{Code, Error, Result};
use crate::model::Shape;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// The name of the file in a run's folder.
pub(super) const NAME: &str = "checkpoint.safetensors";
/// The key of what is said of the run in the file's metadata.
const KEY: &str = "nearhand_text_run";

/// What a run goes on from, and what it must still be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Steps done.
    pub(super) step: u64,
    /// The epoch, and how many of its windows have been read.
    pub(super) epoch: u64,
    pub(super) window: u64,
    pub(super) shape: Shape,
    pub(super) recipe: Recipe,
    /// Digest of documents, weights and tokenizer.
    pub(super) data: String,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checkpoint {
    pub(super) place: Place,
    pub(super) weights: Vec<f32>,
    pub(super) moments: Moments,
}

const PARTS: [&str; 3] = ["weights", "mean", "square"];

/// Bytes of a checkpoint, about.
pub(super) const fn bytes(weights: usize) -> u64 {
    weights as u64 * 12 + (1 << 16)
}

/// Writes a run as it stands.
///
/// # Errors
/// `io`.
pub(super) fn save(path: &Path, place: &Place, weights: &[f32], moments: &Moments) -> Result<()> {
    let mut held = Vec::new();
    for (part, values) in PARTS.into_iter().zip([weights, &moments.mean, &moments.square]) {
        for (name, dims, range) in place.shape.named() {
            let bytes: Vec<u8> = values.get(range).unwrap_or_default().iter().flat_map(|v| v.to_le_bytes()).collect();
            held.push((format!("{part}.{name}"), dims, bytes));
        }
    }
    let failed = |e: &dyn std::fmt::Display| Error::new(Code::Io, "a checkpoint could not be made").with("why", e);
    let views: std::result::Result<Vec<_>, _> =
        held.iter().map(|(name, dims, bytes)| TensorView::new(Dtype::F32, dims.clone(), bytes).map(|v| (name, v))).collect();
    let said = serde_json::to_string(place).map_err(|e| failed(&e))?;
    let metadata = Some(HashMap::from([(KEY.to_owned(), said)]));
    let bytes = safetensors::serialize(views.map_err(|e| failed(&e))?, metadata).map_err(|e| failed(&e))?;
    put(path, &bytes)
}

/// Reads a run as it stood.
///
/// # Errors
/// `io`; `checkpoint-invalid` for a file that is damaged or is no checkpoint.
pub(super) fn load(path: &Path) -> Result<Checkpoint> {
    let bad = |why: &dyn std::fmt::Display| {
        Error::new(Code::CheckpointInvalid, "this is no checkpoint of a text model, or it is damaged")
            .with("file", path.display())
            .with("why", why)
    };
    let bytes = std::fs::read(path).map_err(|e| Error::file(path, &e))?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(&e))?;
    let said = metadata.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or_else(|| bad(&"nothing is said of a run"))?;
    let place: Place = serde_json::from_str(said).map_err(|e| bad(&e))?;
    place.shape.check().map_err(|e| bad(&e))?;
    let all = SafeTensors::deserialize(&bytes).map_err(|e| bad(&e))?;
    let mut parts = Vec::new();
    for part in PARTS {
        let mut values = Vec::with_capacity(place.shape.weights());
        for (name, dims, _) in place.shape.named() {
            let tensor = all.tensor(&format!("{part}.{name}")).map_err(|e| bad(&e))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != dims {
                return Err(bad(&format!("{part}.{name} is of another shape")));
            }
            values.extend(tensor.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(bad(&format!("{part} holds what is no number")));
        }
        parts.push(values);
    }
    let mut parts = parts.into_iter();
    let mut next = || parts.next().unwrap_or_default();
    Ok(Checkpoint { weights: next(), moments: Moments { mean: next(), square: next() }, place })
}

impl Place {
    /// Refuses to go on with another model or another recipe. The number of steps may be another.
    pub(super) fn same(&self, shape: &Shape, recipe: &Recipe) -> Result<()> {
        if self.shape != *shape {
            return Err(other("the model's sizes"));
        }
        let steps = Recipe { steps: recipe.steps, ..self.recipe };
        if steps == *recipe { Ok(()) } else { Err(other("the recipe (all but --steps stays)")) }
    }

    /// Refuses to go on with other texts.
    pub(super) fn same_data(&self, data: &str) -> Result<()> {
        if self.data == data { Ok(()) } else { Err(other("the texts, their weights or the tokenizer")) }
    }
}

fn other(differs: &str) -> Error {
    let message = "the checkpoint is of another run: go on with the same options, or begin in another folder";
    Error::new(Code::CheckpointInvalid, message).with("differs", differs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network::start;

    #[test]
    fn what_is_read_is_what_was_written_and_damage_is_told() {
        let shape = Shape { vocabulary: 300, width: 32, layers: 1, heads: 4, groups: 2, inner: 32, context: 8 };
        let weights = start(&shape, 3);
        let moments = Moments { mean: start(&shape, 4), square: start(&shape, 5) };
        let place = Place { step: 7, epoch: 1, window: 32, shape, recipe: Recipe::default(), data: "d".into() };
        let path = std::env::temp_dir().join(format!("nearhand-checkpoint-{}", std::process::id()));
        save(&path, &place, &weights, &moments).unwrap();
        assert_eq!(load(&path).unwrap(), Checkpoint { place: place.clone(), weights, moments });
        let whole = std::fs::read(&path).unwrap();
        let mut number = whole.clone();
        let end = number.len();
        number[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        for bad in [&whole[..whole.len() - 1], &whole[..40], b"not one", &number] {
            std::fs::write(&path, bad).unwrap();
            assert_eq!(load(&path).unwrap_err().code(), Code::CheckpointInvalid);
        }
        std::fs::remove_file(&path).unwrap();
        let (recipe, other) = (Recipe::default(), Shape { layers: 2, ..shape });
        assert!(place.same(&shape, &Recipe { steps: 9999, ..recipe }).is_ok() && place.same_data("d").is_ok());
        let refused = [place.same(&other, &recipe), place.same(&shape, &Recipe { seed: 2, ..recipe }), place.same_data("e")];
        for error in refused {
            assert_eq!(error.unwrap_err().code(), Code::CheckpointInvalid);
        }
    }
}
