//! What a search box suggests: an index over queries, titles and categories, and its answers, key by key.
//!
//! ```text
//! build(entries) → bytes → Suggester::open → set_session (what the visitor did) → suggest (what is typed) → Suggestions
//! ```
//! ```
//! use nearhand::suggest::{Asked, COUNT_UNIT, Entry, Suggester, build};
//!
//! let entry = |text: &str, count| Entry { text: text.into(), count: count * COUNT_UNIT, ..Entry::default() };
//! let built = build(vec![entry("White mug", 9), entry("Tea towel, white", 4), entry("Red mug", 2)], &[])?;
//! let mut box_of_search = Suggester::open(built.bytes)?;
//! let texts = |box_of_search: &mut Suggester, typed: &str| -> nearhand::Result<Vec<String>> {
//!     Ok(box_of_search.suggest(&Asked::new(typed))?.map(|suggestion| suggestion.text.to_owned()).collect())
//! };
//! assert_eq!(texts(&mut box_of_search, "whi")?, ["White mug", "Tea towel, white"]);
//! assert_eq!(texts(&mut box_of_search, "whote mug")?, ["White mug"]);
//! # Ok::<(), nearhand::Error>(())
//! ```
//! No clock, no chance, no floating point: the same index and the same typed text give the same answer everywhere.

mod anywhere;
mod asked;
mod best;
mod build;
mod bytes;
mod codes;
mod guide;
mod index;
mod lines;
mod lists;
mod meant;
mod mistakes;
mod near;
mod opened;
mod others;
mod reading;
mod score;
mod search;
mod session;
mod shown;
mod starts;
mod suggester;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod typos_tests;
#[cfg(test)]
mod world_tests;

pub use asked::{Asked, Highlight, Kind, MOST, Suggestion};
pub use build::{Built, Entry, build};
pub use score::COUNT_UNIT;
pub use session::{Did, MOST_SIGNALS, Signal};
pub use suggester::{Suggester, Suggestions};
