//! A model and its tokenizer, as a client has them.

use crate::bpe::Tokenizer;
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, ModelLimits, State, Tensor, Values};
use std::path::Path;

/// A language model that runs on nearhand-onnx.
#[derive(Debug)]
pub struct Model {
    graph: Graph,
    /// Its tokenizer.
    pub(super) tokenizer: Tokenizer,
    /// Tokens that are seen at once.
    pub(super) context: usize,
    /// The bytes of every token.
    pub(super) pieces: Vec<Vec<u8>>,
}

impl Model {
    /// Reads `model.onnx` and `tokenizer.json` of a folder.
    ///
    /// # Errors
    /// `io`; `model-failed` for a file that the engine refuses or whose ports are others; `data-invalid` for another tokenizer.
    pub fn open(folder: &Path, context: usize) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|e| Error::file(&path, &e))
        };
        let tokenizer = String::from_utf8(read("tokenizer.json")?)
            .map_err(|e| Error::new(Code::DataInvalid, "tokenizer.json is not UTF-8").with("why", e))?;
        Self::of(&read("model.onnx")?, Tokenizer::from_json(&tokenizer)?, context)
    }

    /// A model of a file's bytes.
    ///
    /// # Errors
    /// `invalid-option` for a context below 16; `model-failed`.
    pub fn of(onnx: &[u8], tokenizer: Tokenizer, context: usize) -> Result<Self> {
        if context < 16 {
            return Err(Error::new(Code::OptionInvalid, "the context is 16 tokens or more").with("context", context));
        }
        let graph = Graph::load(onnx, &ModelLimits::default())?;
        let ports = graph.interface();
        let inputs: Vec<&str> = ports.inputs.iter().map(|p| p.name.as_str()).collect();
        let wanted = ["input_ids", "attention_mask", "position_ids"];
        let logits = ports.outputs.first().filter(|p| p.name == "logits").and_then(|p| p.dims.last().copied().flatten());
        if inputs.get(..3) != Some(&wanted) || logits != Some(tokenizer.len()) {
            return Err(Error::new(
                Code::ModelFailed,
                "the model has other inputs and outputs, or another vocabulary than the tokenizer",
            )
            .with("tokens", tokenizer.len()));
        }
        let pieces = (0..tokenizer.len() as u32).map(|t| tokenizer.piece(t)).collect();
        Ok(Self { graph, tokenizer, context, pieces })
    }

    pub(super) fn state(&self) -> State {
        self.graph.state()
    }

    /// Tokens after those of a state: logits of each, a row each.
    pub(super) fn feed(&mut self, state: &mut State, tokens: &[u32]) -> Result<Vec<f32>> {
        let (from, rows) = (state.len(), tokens.len());
        let whole = |shape: [usize; 2], values: Vec<i64>| Tensor { shape: shape.to_vec(), values: Values::I64(values) };
        let inputs = vec![
            whole([1, rows], tokens.iter().map(|t| i64::from(*t)).collect()),
            whole([1, from + rows], vec![1; from + rows]),
            whole([1, rows], (from..from + rows).map(|n| n as i64).collect()),
        ];
        let answer = self.graph.run_state(state, inputs, &mut |_, _| true)?;
        match answer.into_iter().next().map(|t| t.values) {
            Some(Values::F32(values)) if values.iter().all(|v| v.is_finite()) => Ok(values),
            _ => Err(Error::new(Code::ModelFailed, "the model's logits are no numbers")),
        }
    }

    /// Tokens of the vocabulary.
    pub(super) fn vocabulary(&self) -> usize {
        self.pieces.len()
    }
}

/// Logits as shares.
pub(super) fn shares(logits: &[f32]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|v| f64::from(v - top).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}
