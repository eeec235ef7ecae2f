//! Texts: files read as they are, and cut into documents.

mod documents;
mod read;
mod table;

pub use documents::{Documents, Kind, Source};
pub(crate) use documents::cut;
pub(crate) use read::read;
