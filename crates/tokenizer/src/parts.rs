//! A tokenizer of one's own: of a vocabulary and merges, and its `tokenizer.json`.

use crate::bytelevel;
use crate::error::{Error, Result, digits};
use crate::tokenizer::Tokenizer;

/// The pattern by which GPT-2 cuts: words with their space, numbers, signs.
pub const GPT2: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// The pattern by which Llama 3 cuts: numbers by three digits, line ends apart.
pub const LLAMA3: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// What a byte-level tokenizer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The bytes of each token, by id. All 256 single bytes should be there, or some texts have no tokens.
    pub vocab: &'a [Vec<u8>],
    /// Which neighbours merge, by id, in the order of their ranks: what they become is in the vocabulary.
    pub merges: &'a [(u32, u32)],
    /// Special tokens, whose ids follow those of the vocabulary.
    pub special: &'a [&'a str],
    /// The pattern by which texts are cut before; [`GPT2`] where nothing else is wanted.
    pub pattern: &'a str,
    /// Whether each digit is a word of its own, as SmolLM2 has it.
    pub digits: bool,
}

impl Parts<'_> {
    /// The `tokenizer.json` of these parts, which the reference reads as well.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[");
        for (at, name) in self.special.iter().enumerate() {
            comma(&mut out, at);
            out.push_str("{\"id\":");
            out.push_str(&digits(self.vocab.len() + at));
            out.push_str(",\"content\":");
            quote(&mut out, name);
            out.push_str(",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}");
        }
        out.push_str("],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[");
        if self.digits {
            out.push_str("{\"type\":\"Digits\",\"individual_digits\":true},");
        }
        out.push_str("{\"type\":\"Split\",\"pattern\":{\"Regex\":");
        quote(&mut out, self.pattern);
        out.push_str("},\"behavior\":\"Isolated\",\"invert\":false},");
        let byte_level = "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":false,\"use_regex\":false}";
        out.push_str(byte_level);
        out.push_str("]},\"post_processor\":null,\"decoder\":");
        out.push_str(byte_level);
        out.push_str(",\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,\"continuing_subword_prefix\":null,");
        out.push_str(
            "\"end_of_word_suffix\":null,\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":false,\"vocab\":{",
        );
        for (id, bytes) in self.vocab.iter().enumerate() {
            comma(&mut out, id);
            quote(&mut out, &bytelevel::word(bytes));
            out.push(':');
            out.push_str(&digits(id));
        }
        out.push_str("},\"merges\":[");
        for (at, &(left, right)) in self.merges.iter().enumerate() {
            comma(&mut out, at);
            for (before, id) in [("[", left), (",", right)] {
                out.push_str(before);
                quote(&mut out, &self.vocab.get(id as usize).map(|bytes| bytelevel::word(bytes)).unwrap_or_default());
            }
            out.push(']');
        }
        out.push_str("]}}");
        out
    }
}

fn comma(out: &mut String, at: usize) {
    if at > 0 {
        out.push(',');
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                let code = u32::from(c);
                out.extend([code >> 4, code & 15].iter().filter_map(|&digit| char::from_digit(digit, 16)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

impl Tokenizer {
    /// A byte-level BPE tokenizer that cuts as GPT-2 does. Special tokens get the ids behind the vocabulary.
    ///
    /// # Errors
    /// As [`Tokenizer::from_json`]: merges that lead out of the vocabulary, words that are there twice, too large parts.
    pub fn byte_level(vocab: &[Vec<u8>], merges: &[(u32, u32)], special: &[&str]) -> Result<Self> {
        Self::of(&Parts { vocab, merges, special, pattern: GPT2, digits: false })
    }

    /// A byte-level BPE tokenizer of its parts.
    ///
    /// # Errors
    /// As [`Tokenizer::byte_level`].
    pub fn of(parts: &Parts<'_>) -> Result<Self> {
        let tokenizer = Self::from_json(parts.to_json().as_bytes())?;
        let stated = |at: usize| u32::try_from(parts.vocab.len() + at).ok();
        match parts.special.iter().enumerate().find(|(at, name)| tokenizer.special(name) != stated(*at)) {
            Some((_, name)) => {
                Err(Error::malformed("a special token is empty, or written as another token", "special").with("value", name))
            }
            None => Ok(tokenizer),
        }
    }
}
