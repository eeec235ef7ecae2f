//! Working memory, cut into slices of several types.

use crate::error::Result;
use crate::refusal::failed;
use bytemuck::{Pod, try_cast_slice_mut};

/// Bytes that so many elements take: whole words, so that what follows is aligned.
pub(super) const fn room<T>(count: usize) -> usize {
    // What is beyond all memory is refused when it is asked for.
    size_of::<T>().saturating_mul(count).saturating_add(7) / 8 * 8
}

/// The first `count` elements, whatever they are, and what is left.
///
/// # Errors
/// `model-failed` where there are fewer.
pub(super) fn carve<T: Pod>(bytes: &mut [u8], count: usize) -> Result<(&mut [T], &mut [u8])> {
    let (here, rest) = bytes.split_at_mut_checked(room::<T>(count)).ok_or_else(|| failed("too little working memory"))?;
    let all = try_cast_slice_mut::<u8, T>(here).map_err(|_| failed("working memory out of line"))?;
    Ok((all.get_mut(..count).ok_or_else(|| failed("too little working memory"))?, rest))
}
