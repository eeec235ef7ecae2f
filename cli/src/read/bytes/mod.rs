//! From a place to plain bytes: which files, unpacked, in UTF-8.

mod decode;
mod places;
mod unpack;
mod unread;

pub(super) use decode::not_utf8;
pub(super) use places::{Part, parts};
pub(super) use unpack::{Ended, HEAD, Kind, Opened, open};
pub(super) use unread::unread;
