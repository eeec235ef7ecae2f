//! The file of counts, version 1 (docs/counts.md).
//!
//! ```text
//! nearhand-counts 1 \n     header, JSON \n     body, a zstd frame     SHA-256 of all before, 32 bytes
//!
//! body      visitors  sessions  items  rows                                 numbers are LEB128, at most 64 bits
//! visitors  n, n × hash (8 bytes, least first)
//! sessions  slices                                                          how many ended in each slice
//! items     (length of id, id, slices)…, 0                                  by the bytes of their ids; how often in each slice
//! rows      of every item: n, n × (next, m, m × (slice, near after, near before, far after, far before))
//! slices    n, n × (slice, count)
//! ```
//! `next` and slices ascend: after the first, each is told by how much more than 1 it is above the one before; the first slice, by how
//! much above the first of the log.

mod read;
mod wire;
mod write;

pub(super) use read::Reader;
pub(super) use write::Writer;

/// The first line, but for the version.
const MAGIC: &str = "nearhand-counts ";
/// The version that is written and read.
const VERSION: &str = "1";
/// The longest header, bytes.
const HEADER: u64 = 1 << 22;
/// Bytes of the digest at the end.
const DIGEST: u64 = 32;

/// What was counted beside an item, by neighbour and slice: by distance after and before it, by length after and before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub next: u32,
    pub slice: u64,
    pub sums: [u64; 4],
}

/// Slices and how many of something each has, oldest first.
pub(super) type Slices = Vec<(u64, u64)>;
