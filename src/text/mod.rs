//! Texts as people type them: folded, cut into words, and how far two words are from each other.
//!
//! ```text
//! "T-Light  CAFÉ" → words "t" "light" "cafe" → normal form "t light cafe"
//! ```
//! Two texts are the same to a search box when their normal forms are. Each letter of the normal form knows which bytes of the
//! text it came from, so that a match can be shown in the text as it was written.

mod distance;
mod fold;
mod words;

pub use distance::{Distance, MOST_LETTERS};
pub use words::{Folded, Word};
