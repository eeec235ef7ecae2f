//! Texts: files read as they are, and cut into documents.

mod documents;
mod read;
mod table;

pub(crate) use documents::pick;
pub use documents::{Documents, Kind, Source};
pub use read::read;
