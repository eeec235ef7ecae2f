//! `tokenizer.json`, as Hugging Face's `tokenizers` writes byte-level pairs: bytes stand for characters that can be seen (GPT-2).

use super::encode::{END, Tokenizer};
use super::learn::FIRST;
use super::split::PATTERN;
use crate::error::{Code, Error, Result};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The name of the token between texts.
pub(crate) const END_NAME: &str = "<|endoftext|>";

/// The character of a byte: itself where it can be seen, else one from U+0100 on.
fn seen(byte: u8) -> char {
    let own = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if own(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|b| !own(*b)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl Tokenizer {
    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let name = |token: u32| self.piece(token).into_iter().map(seen).collect::<String>();
        let mut vocabulary = Map::new();
        vocabulary.insert(END_NAME.to_owned(), json!(END));
        for token in 1..self.len() as u32 {
            vocabulary.insert(name(token), json!(token));
        }
        let merges: Vec<String> = self.pairs.iter().map(|(left, right)| format!("{} {}", name(*left), name(*right))).collect();
        let whole = json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [{
                "id": END, "content": END_NAME, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
                "special": true,
            }],
            "normalizer": null,
            "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
                { "type": "Split", "pattern": { "Regex": PATTERN }, "behavior": "Isolated", "invert": false },
                { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
            ] },
            "post_processor": null,
            "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
                "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary, "merges": merges,
            },
        });
        whole.to_string()
    }

    /// Reads a file that [`Tokenizer::to_json`] has written.
    ///
    /// # Errors
    /// `data-invalid`.
    pub fn from_json(text: &str) -> Result<Self> {
        let bad = |why: &str| Error::new(Code::DataInvalid, "this is no tokenizer that was trained here").with("why", why);
        let whole: Value = serde_json::from_str(text).map_err(|e| bad(&e.to_string()))?;
        let merges = whole.pointer("/model/merges").and_then(Value::as_array).ok_or_else(|| bad("no merges"))?;
        let mut tokens: HashMap<String, u32> = (0..=255).map(|b| (seen(b).to_string(), u32::from(b) + 1)).collect();
        let mut pairs = Vec::with_capacity(merges.len());
        for (number, merge) in merges.iter().enumerate() {
            let (left, right) = merge.as_str().and_then(|m| m.split_once(' ')).ok_or_else(|| bad("a merge of another form"))?;
            let (Some(l), Some(r)) = (tokens.get(left), tokens.get(right)) else { return Err(bad("a merge of unknown tokens")) };
            pairs.push((*l, *r));
            tokens.insert([left, right].concat(), FIRST + number as u32);
        }
        let tokenizer = Self::of(pairs);
        // All else is the same for each of ours.
        let own: Value = serde_json::from_str(&tokenizer.to_json()).map_err(|e| bad(&e.to_string()))?;
        if own == whole { Ok(tokenizer) } else { Err(bad("it has another vocabulary or pattern")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_read_again_is_the_same_tokenizer() {
        let text = "the red bag and the blue bag are bags that they bring".repeat(3);
        let tokenizer = Tokenizer::learn([(text.as_str(), 1)].into_iter(), 280).unwrap();
        let json = tokenizer.to_json();
        assert_eq!(Tokenizer::from_json(&json).unwrap(), tokenizer);
        assert!(json.contains("\"Ġthe\"") || json.contains("\"Ġb\""));
        for (from, to) in [("Isolated", "Removed"), ("\"merges\"", "\"other\""), ("{1,3}", "{1,2}")] {
            assert_eq!(Tokenizer::from_json(&json.replacen(from, to, 1)).unwrap_err().code(), Code::DataInvalid);
        }
    }

    #[test]
    fn bytes_are_shown_as_gpt2_shows_them() {
        let shown: String = [0, b' ', b'\n', b'a', 0x7F, 0xA0, 0xAD, 0xFF].into_iter().map(seen).collect();
        assert_eq!(shown, "ĀĠĊaġłŃÿ");
    }
}
