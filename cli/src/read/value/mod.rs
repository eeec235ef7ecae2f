//! Values of tables: ids, numbers, times and texts as files write them.

pub(crate) mod cell;
pub(crate) mod id;
pub(crate) mod number;
pub(crate) mod plain;
pub(crate) mod time;
pub(crate) mod title;
pub(crate) mod zone;
