//! Bytes as 16-bit integers, of which products by pairs are made.

use wide::bytemuck::{cast, cast_slice};
#[cfg(not(target_feature = "simd128"))]
use wide::i16x16;
use wide::{i16x8, u8x16};

/// Bytes widened at a time. Rows are padded with zeros to a multiple of this.
const BYTES: usize = 16;
/// A byte's highest bit.
const SIGN: u8 = 0x80;

/// `depth` rounded up to whole blocks.
#[must_use]
pub const fn padded(depth: usize) -> usize {
    depth.next_multiple_of(BYTES)
}

/// Signed bytes in 16 bits.
#[cfg(not(target_feature = "simd128"))]
#[inline]
pub(crate) fn widened(bytes: [i8; BYTES]) -> [i16x8; 2] {
    cast(i16x16::from_i8x16(bytes.into()))
}

/// Signed bytes in 16 bits: two instructions, which load the bytes besides. `wide` does it lane by lane in wasm.
#[cfg(target_feature = "simd128")]
#[inline]
pub(crate) fn widened(bytes: [i8; BYTES]) -> [i16x8; 2] {
    use core::arch::wasm32::{i16x8_extend_low_i8x16, u64x2, u64x2_extract_lane};
    cast::<_, [u64; 2]>(bytes).map(|half| {
        let words = i16x8_extend_low_i8x16(u64x2(half, 0));
        cast([u64x2_extract_lane::<0>(words), u64x2_extract_lane::<1>(words)])
    })
}

/// Rows of `depth` bytes as 16 bits, each less its zero point (`zeros`: one, or one a row, in turns), padded with zeros to
/// [`padded`]`(depth)`: fills `out`.
#[inline(never)]
pub fn widen_rows_u8(bytes: &[u8], depth: usize, zeros: &[i16], out: &mut [i16]) {
    widen_rows(bytes, (0, 0), depth, zeros, out);
}

/// [`widen_rows_u8`] for signed bytes.
#[inline(never)]
pub fn widen_rows_i8(bytes: &[i8], depth: usize, zeros: &[i16], out: &mut [i16]) {
    // The highest bit turned over: the byte plus 128.
    widen_rows(cast_slice(bytes), (SIGN, 128), depth, zeros, out);
}

#[inline]
fn widen_rows(bytes: &[u8], (turned, less): (u8, i16), depth: usize, zeros: &[i16], out: &mut [i16]) {
    let rows = bytes.chunks_exact(depth.max(1)).zip(out.chunks_exact_mut(padded(depth).max(1)));
    for ((row, out), zero) in rows.zip(zeros.iter().cycle()) {
        let (blocks, rest) = row.as_chunks::<BYTES>();
        let zero = i16x8::splat(zero + less);
        let mut to = out.as_chunks_mut::<BYTES>().0.iter_mut();
        for (block, to) in blocks.iter().zip(&mut to) {
            *to = widen(*block, turned, zero);
        }
        if let (false, Some(to)) = (rest.is_empty(), to.next()) {
            let mut block = [0; BYTES];
            block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            to.iter_mut().zip(widen(block, turned, zero)).take(rest.len()).for_each(|(to, v)| *to = v);
        }
    }
}

#[inline]
fn widen(block: [u8; BYTES], turned: u8, zero: i16x8) -> [i16; BYTES] {
    let bytes = u8x16::from(block) ^ u8x16::splat(turned);
    cast([i16x8::from_u8x16_low(bytes) - zero, i16x8::from_u8x16_high(bytes) - zero])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_bytes_keep_their_values() {
        for first in [-128, -8, 112] {
            let bytes: [i8; BYTES] = std::array::from_fn(|i| (first + i as i32) as i8);
            assert_eq!(cast::<_, [i16; BYTES]>(widened(bytes)), bytes.map(i16::from));
        }
    }

    #[test]
    fn rows_by_hand() {
        let mut out = [9; 32];
        widen_rows_u8(&[1, 2, 3, 255], 2, &[1, 3], &mut out);
        assert_eq!(out[..3], [0, 1, 9]);
        assert_eq!(out[16..19], [0, 252, 9]);
        widen_rows_i8(&[-128, 127], 2, &[-1], &mut out);
        assert_eq!(out[..2], [-127, 128]);
    }
}
