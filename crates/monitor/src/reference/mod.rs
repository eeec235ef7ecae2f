//! What was usual when the bundle was packed: streams of values on frozen bins, with their counts, and rates.

mod declared;
mod format;
mod whole;

pub(crate) use declared::MOST_COUNT;
pub use declared::{LONGEST_NAME, MOST_BINS, MOST_BYTES, MOST_RATES, MOST_STREAMS, Rate, Role, Stream};
pub use whole::Reference;

#[cfg(test)]
mod tests;
