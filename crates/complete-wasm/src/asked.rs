//! What a completion is asked for, as it crosses.

use nearhand::complete::{Allowed, Completer, Full, Options};
use nearhand::error::Result;
use std::ops::Range;
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// Options by place: maxTokens, temperature, topK, topP, minP, repetitionPenalty, seed, logprobs (-1: none), minConfidence, heal (0 or 1),
/// full (0 slides, 1 stops), keep. `marked`: first UTF-16 unit of a part of the prompt in which special tokens are read, and the one
/// after its last, in turns.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Asked {
    numbers: Vec<f64>,
    marked: Vec<u32>,
    stop: Vec<String>,
    blocked: Vec<String>,
    allowed: Vec<String>,
}

#[wasm_bindgen]
impl Asked {
    /// Takes them as they are.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(numbers: Vec<f64>, marked: Vec<u32>, stop: Vec<String>, blocked: Vec<String>, allowed: Vec<String>) -> Self {
        Self { numbers, marked, stop, blocked, allowed }
    }
}

impl Asked {
    pub(crate) fn into_options(self, completer: &Completer, prompt: &str) -> Result<Options> {
        let mut numbers = self.numbers.iter().copied();
        let mut next = || numbers.next().unwrap_or_default();
        Ok(Options {
            max_tokens: next() as usize,
            temperature: next() as f32,
            top_k: next() as usize,
            top_p: next() as f32,
            min_p: next() as f32,
            repetition_penalty: next() as f32,
            seed: next() as u64,
            logprobs: Some(next()).filter(|most| *most >= 0.0).map(|most| most as usize),
            min_confidence: next() as f32,
            heal: next() != 0.0,
            full: if next() == 0.0 { Full::Slide } else { Full::Stop },
            keep: next() as usize,
            stop: self.stop,
            blocked: blocked(completer, &self.blocked)?,
            allowed: if self.allowed.is_empty() {
                None
            } else {
                Some(Arc::new(Allowed::new(self.allowed.iter().map(String::as_str))?))
            },
            marked: bytes_of(prompt, &self.marked),
        })
    }
}

/// Tokens of texts, alone and behind a space.
fn blocked(completer: &Completer, texts: &[String]) -> Result<Vec<Vec<u32>>> {
    let mut all = Vec::new();
    for text in texts {
        for ids in [completer.encode(text)?, completer.encode(&[" ", text].concat())?] {
            if !ids.is_empty() && all.last() != Some(&ids) {
                all.push(ids);
            }
        }
    }
    Ok(all)
}

/// Parts of a text in bytes, of those in UTF-16 units; one that ends amid a character has none of it.
fn bytes_of(text: &str, units: &[u32]) -> Vec<Range<usize>> {
    let mut chars = text.char_indices();
    let mut unit = 0;
    let mut byte = |end: u32| {
        while unit < end as usize {
            let Some((_, c)) = chars.next() else { break };
            unit += c.len_utf16();
        }
        text.len() - chars.as_str().len()
    };
    units.chunks_exact(2).filter_map(|part| Some(byte(*part.first()?)..byte(*part.get(1)?))).collect()
}
