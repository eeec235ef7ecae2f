//! A model and its tokenizer, as a client has them.

use crate::bpe::Tokenizer;
use crate::error::{Code, Error, Result};
use crate::export::Described;
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
    /// Bytes of its files.
    bytes: usize,
}

impl Model {
    /// Reads the model that a folder's `completer.json` names. `context`, where it is given, is less than the model could see.
    ///
    /// # Errors
    /// `io`; `data-invalid` for a `completer.json` or a tokenizer of another form, or files that are others than it says; `invalid-option`
    /// for a context beyond the model's; `model-failed` for a file that the engine refuses or whose ports are others.
    pub fn open(folder: &Path, context: Option<usize>) -> Result<Self> {
        let Described { model, tokenizer, context: most } = Described::read(folder)?;
        let context = context.unwrap_or(most);
        if context > most {
            return Err(Error::new(Code::OptionInvalid, "the model sees no more tokens at once")
                .with("context", context)
                .with("most", most));
        }
        let bytes = model.len() + tokenizer.len();
        let tokenizer = String::from_utf8(tokenizer)
            .map_err(|e| Error::new(Code::DataInvalid, "tokenizer.json is not UTF-8").with("why", e))?;
        Ok(Self { bytes, ..Self::of(&model, Tokenizer::from_json(&tokenizer)?, context)? })
    }

    /// A model of a file's bytes.
    ///
    /// # Errors
    /// `invalid-option` for a context below 8, as in training; `model-failed`.
    pub fn of(onnx: &[u8], tokenizer: Tokenizer, context: usize) -> Result<Self> {
        if context < 8 {
            return Err(Error::new(Code::OptionInvalid, "the context is 8 tokens or more").with("context", context));
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
        Ok(Self { graph, tokenizer, context, pieces, bytes: onnx.len() })
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

    /// Tokens of a text, without one that begins it.
    pub fn encode(&mut self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        self.tokenizer.encode(text, &mut tokens);
        tokens
    }

    /// Bytes of the files that a client fetches: model and tokenizer.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Tokens of the vocabulary.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.pieces.len()
    }
}

/// The logarithm of the sum of exponentials: less it, a logit is the logarithm of a share.
pub(super) fn total(logits: &[f32]) -> f64 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|v| f64::from(v - top).exp()).sum();
    f64::from(top) + sum.ln()
}

/// Logits as shares.
pub(super) fn shares(logits: &[f32]) -> Vec<f64> {
    let total = total(logits);
    logits.iter().map(|v| (f64::from(*v) - total).exp()).collect()
}
