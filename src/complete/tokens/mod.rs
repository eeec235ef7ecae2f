//! Which words a model knows: its tokens and their bytes, texts to tokens and back, and what begins and ends a text.

mod pieces;
mod spec;
mod tokenized;
mod vocabulary;

pub(super) use pieces::Pieces;
pub use spec::{Spec, prompt_of};
pub use tokenized::{Tokenized, Tokenizer};
pub use vocabulary::Vocabulary;
