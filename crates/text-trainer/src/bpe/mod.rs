//! The tokenizer: byte pairs, learnt from the text, in a file that Hugging Face's `tokenizers` reads.

mod encode;
mod json;
mod learn;
mod split;

pub use encode::{END, Tokenizer};
pub(crate) use json::END_NAME;
