//! Numbers as bytes: seven bits each, least first.

use std::io::{self, Read, Write};

/// Writes a number.
pub(super) fn put(to: &mut dyn Write, mut number: u64) -> io::Result<()> {
    let mut bytes = [0; 10];
    let mut length = 0;
    for byte in &mut bytes {
        length += 1;
        *byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            break;
        }
        *byte |= 0x80;
    }
    to.write_all(bytes.get(..length).unwrap_or_default())
}

/// Reads a number.
///
/// # Errors
/// `InvalidData` for one of more than 64 bits, or written longer than it is.
pub(super) fn take(from: &mut impl Read) -> io::Result<u64> {
    let mut number = 0_u64;
    let mut byte = [0];
    for shift in (0..64).step_by(7) {
        from.read_exact(&mut byte)?;
        let bits = u64::from(byte[0] & 0x7f);
        if shift == 63 && bits > 1 || bits == 0 && shift > 0 && byte[0] == 0 {
            break;
        }
        number |= bits << shift;
        if byte[0] < 0x80 {
            return Ok(number);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "a number has more than 64 bits, or more bytes than it needs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 300, 1 << 32, u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, number).unwrap();
            assert_eq!(take(&mut &bytes[..]).unwrap(), number);
            assert!(take(&mut &bytes[..bytes.len() - 1]).is_err());
        }
        let mut bytes = Vec::new();
        put(&mut bytes, 300).unwrap();
        assert_eq!(bytes, [0xac, 0x02]);
    }

    #[test]
    fn what_is_too_large_or_too_long_is_refused() {
        let eleven = [0xff; 11];
        let large = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        for bytes in [&eleven[..], &large, &[0x80, 0x00], &[0x80]] {
            assert!(take(&mut &*bytes).is_err(), "{bytes:?}");
        }
    }
}
