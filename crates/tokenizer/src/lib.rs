//! nearhand-tokenizer: texts to the token ids of language models, and back.
//!
//! [`Tokenizer::from_json`] reads a Hugging Face `tokenizer.json`; [`Tokenizer::byte_level`] is made of a vocabulary and merges. Ids are
//! those of the Python package `tokenizers`, which the tests hold them against. What a file asks for and this crate does not do is
//! refused when the file is read, with a stable [`Code`], never answered otherwise. No dependencies, no unsafe code, no clock, no chance.
//!
//! | part | supported |
//! |---|---|
//! | models | BPE (byte-level; of characters with `byte_fallback`, `fuse_unk`, `ignore_merges`), Unigram (`byte_fallback`) |
//! | normalizers | NFC, NFD, NFKC, NFKD (feature `forms`, or by the host), Lowercase, StripAccents, Strip, Prepend, Replace, Sequence |
//! | pre-tokenizers | ByteLevel, Split (literal or pattern), Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, Sequence |
//! | post-processors | TemplateProcessing, ByteLevel, RobertaProcessing, BertProcessing, Sequence |
//! | decoders | ByteLevel, ByteFallback, Metaspace, Replace, Strip, Fuse, Sequence, none |
//!
//! `truncation` and `padding` of a file are not read: an encoding is whole and of its own length, and whoever has a context to fill cuts
//! it. Patterns are a subset of regular expressions (`pattern`); one outside is refused.
//!
//! Otherwise than the reference, on purpose: a character for which the vocabulary has nothing is an error, not left out; an id
//! without a token is an error, not left out; bytes that are no UTF-8 become one U+FFFD for each ill-formed stretch, in a stream as in one
//! piece; an added token is decoded as it is written, whatever the byte-level alphabet reads in it.

mod added;
mod bpe;
mod bytelevel;
mod cut;
mod decode;
mod error;
mod hosted;
mod json;
mod normal;
mod number;
mod parts;
mod pattern;
mod read;
mod stream;
mod table;
mod text;
mod tokenizer;
mod unicode;
mod unigram;

pub use error::{Code, Error, Result};
pub use hosted::Forms;
pub use parts::{GPT2, LLAMA3, Parts};
pub use stream::{Stream, StreamState};
pub use tokenizer::{Encode, Token, Tokenizer};
pub use unicode::UNICODE;
