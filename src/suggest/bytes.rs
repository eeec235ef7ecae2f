//! Numbers in bytes: read within bounds, written the same way.

/// A number of 32 bits, little-endian.
pub(super) fn wide(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

/// A number of 0 to 4 bytes, little-endian; 0 beyond the end.
pub(super) fn narrow(bytes: &[u8], at: usize, width: usize) -> u32 {
    let end = at.saturating_add(width);
    bytes.get(at..end).unwrap_or_default().iter().rev().fold(0, |all, byte| (all << 8) | u32::from(*byte))
}

/// The next number of seven bits a byte, the lowest first; none at the end, or where it has more than 32 bits.
pub(super) fn next(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let mut all = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if shift == 28 && byte > 15 {
            return None;
        }
        all |= u32::from(byte & 127) << shift;
        if byte < 128 {
            return Some(all);
        }
    }
    None
}

/// Where some letters stand within others, from a place on.
pub(super) fn find(word: &[u8], letters: &[u8], from: usize) -> Option<usize> {
    let at = word.get(from..)?.windows(letters.len().max(1)).position(|part| part == letters)?;
    Some(from + at)
}

/// Writes what [`next`] reads.
pub(super) fn put(out: &mut Vec<u8>, mut number: u32) {
    while number > 127 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Bytes that numbers up to the given one need.
pub(super) const fn width(most: usize) -> usize {
    match most {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

/// A sum over all bytes that differs whenever one of them does: FNV-1a's step (Fowler, Noll, Vo) on eight bytes at once, and
/// for each place it is one to one.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut step = |eight: [u8; 8]| hash = (hash ^ u64::from_le_bytes(eight)).wrapping_mul(0x0100_0000_01b3);
    let (eights, rest) = bytes.as_chunks::<8>();
    eights.iter().for_each(|eight| step(*eight));
    let mut last = [0; 8];
    rest.iter().zip(&mut last).for_each(|(byte, slot)| *slot = *byte);
    step(last);
    step((bytes.len() as u64).to_le_bytes());
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let mut out = Vec::new();
        let numbers = [0, 1, 127, 128, 16_383, 16_384, 1 << 21, 1 << 28, u32::MAX];
        numbers.iter().for_each(|number| put(&mut out, *number));
        let mut at = 0;
        for number in numbers {
            assert_eq!(next(&out, &mut at), Some(number));
        }
        assert_eq!((at, next(&out, &mut at)), (out.len(), None));
        assert_eq!(next(&[255, 255, 255, 255, 16], &mut 0), None, "33 bits");
        assert_eq!(next(&[128; 9], &mut 0), None, "it does not end");
        assert_eq!((narrow(&[1, 2, 3], 1, 2), narrow(&[1, 2, 3], 2, 2), wide(&[1, 2, 3], 0)), (0x0302, 0, None));
        let found = [find(b"eam", b"eam", 0), find(b"eam", b"eam", 1), find(b"steam", b"eam", 1), find(b"", b"eam", 1)];
        assert_eq!(found, [Some(0), None, Some(2), None]);
        assert_eq!([0, 255, 256, 65_536, 1 << 24].map(width), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn one_bit_changes_the_sum() {
        let bytes: Vec<u8> = (0..100).collect();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 128;
            assert_ne!(sum(&bytes), sum(&other));
        }
        assert_ne!(sum(&[0; 8]), sum(&[0; 9]));
    }
}
