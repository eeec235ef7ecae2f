//! Numbers as the tables write them.

/// A number in seven bits a byte, the lowest first.
pub(super) fn varint<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> u32 {
    let (mut value, mut shift) = (0, 0);
    for &byte in bytes {
        value |= u32::from(byte & 127) << shift;
        shift += 7;
        if byte < 128 || shift > 28 {
            break;
        }
    }
    value
}
