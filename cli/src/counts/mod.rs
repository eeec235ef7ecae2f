//! What a table is made of, counted part by part: a log of any size is cut into parts by visitor, each is counted by itself, and
//! the counts are added up. Sums are whole numbers: of parts they are those of the whole log, whatever the cuts and the order.
//!
//! `part` counts sessions; `file` is what a part is written as; `merge` reads parts side by side, an item at a time; `whole` makes
//! of them what training needs. `count` and `merge-counts` are the commands.

mod command;
mod file;
mod header;
mod merge;
mod part;
mod sketch;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use command::{Args, MergeArgs, files, merge, run};
pub(crate) use header::catalogue;
pub(crate) use whole::Whole;
