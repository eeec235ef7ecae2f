//! Protocol buffers' wire format, to be cut apart and put together again.
//!
//! Source: protobuf.dev/programming-guides/encoding. Field numbers in this room are those of onnx.proto3
//! (github.com/onnx/onnx).

pub(crate) use crate::onnx::{field, number, varint};
use nearhand::{Code, Error, Result};

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

impl<'a> Value<'a> {
    pub(crate) fn bytes(self) -> &'a [u8] {
        if let Value::Bytes(bytes) = self { bytes } else { &[] }
    }

    /// As text; what is none is empty.
    pub(crate) fn text(self) -> &'a str {
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    pub(crate) fn int(self) -> u64 {
        if let Value::Varint(value) = self { value } else { 0 }
    }
}

/// The fields of a message, with their numbers, in the file's order.
///
/// # Errors
/// `model-malformed`.
pub(crate) fn fields(mut bytes: &[u8]) -> Result<Vec<(u64, Value<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = take_varint(&mut bytes)?;
        let value = match tag & 7 {
            0 => Value::Varint(take_varint(&mut bytes)?),
            1 => Value::Fixed64(take_array(&mut bytes)?),
            2 => {
                let len = usize::try_from(take_varint(&mut bytes)?).unwrap_or(usize::MAX);
                let (head, rest) = bytes.split_at_checked(len).ok_or_else(cut_short)?;
                bytes = rest;
                Value::Bytes(head)
            }
            5 => Value::Fixed32(take_array(&mut bytes)?),
            _ => return Err(cut_short().with("wire_type", tag & 7)),
        };
        found.push((tag >> 3, value));
    }
    Ok(found)
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>().ok_or_else(cut_short)?;
    *bytes = rest;
    Ok(*head)
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let [byte] = take_array(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(cut_short())
}

fn cut_short() -> Error {
    Error::new(Code::ModelMalformed, "the ONNX file is malformed: a field is cut short")
}

/// Appends a field as it was read.
pub(crate) fn copy(out: &mut Vec<u8>, at: u64, value: Value<'_>) {
    match value {
        Value::Varint(value) => number(out, at, value),
        Value::Bytes(bytes) => field(out, at, bytes),
        Value::Fixed64(bytes) => {
            varint(out, at << 3 | 1);
            out.extend_from_slice(&bytes);
        }
        Value::Fixed32(bytes) => {
            varint(out, at << 3 | 5);
            out.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_apart_goes_together_again() {
        let mut bytes = Vec::new();
        number(&mut bytes, 1, 300);
        field(&mut bytes, 2, b"name");
        copy(&mut bytes, 3, Value::Fixed32([1, 2, 3, 4]));
        copy(&mut bytes, 4, Value::Fixed64([8; 8]));
        let read = fields(&bytes).unwrap();
        assert_eq!((read[0], read[1].1.text(), read.len()), ((1, Value::Varint(300)), "name", 4));
        let mut again = Vec::new();
        read.iter().for_each(|(at, value)| copy(&mut again, *at, *value));
        assert_eq!(again, bytes);
        // A cut between two fields leaves whole ones, any other is refused: the fields are 3, 6, 5 and 9 bytes long.
        for cut in 1..bytes.len() {
            assert_eq!(fields(&bytes[..cut]).is_ok(), [3, 9, 14].contains(&cut), "{cut}");
        }
        assert!(fields(&[0xff; 11]).is_err() && fields(&[3]).is_err());
    }
}
