//! What a model says behind tokens that were tried at a border: each is run once, whoever asks.

use super::engine::Model;
use crate::error::Result;
use nearhand_onnx::State;
use std::collections::BTreeMap;

/// A state at a border and what was run from there.
pub(super) struct Ahead {
    /// By the tokens that were written: the state that has them, and the logits of the next.
    rows: BTreeMap<Vec<u32>, (State, Vec<f32>)>,
}

impl Ahead {
    /// From a state, and the logits of the token behind it.
    pub(super) fn new(state: State, row: Vec<f32>) -> Self {
        Self { rows: BTreeMap::from([(Vec::new(), (state, row))]) }
    }

    /// The model's own logits behind tokens that were written; none where its context is full.
    pub(super) fn row(&mut self, model: &mut Model, written: &[u32]) -> Result<Option<&[f32]>> {
        let known =
            (0..=written.len()).rev().find(|count| written.get(..*count).is_some_and(|part| self.rows.contains_key(part)));
        for count in known.unwrap_or_default()..written.len() {
            let (Some(past), Some(part)) = (written.get(..count), written.get(..=count)) else { break };
            let Some(mut state) = self.rows.get(past).map(|(state, _)| state.clone()).filter(|s| s.len() < model.context) else {
                return Ok(None);
            };
            let row = model.feed(&mut state, part.get(count..).unwrap_or_default())?;
            self.rows.insert(part.to_vec(), (state, row));
        }
        Ok(self.rows.get(written).map(|(_, row)| row.as_slice()))
    }
}
