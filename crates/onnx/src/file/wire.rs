//! Protocol buffers' wire format: tagged fields, one after another.
//!
//! Source: protobuf.dev/programming-guides/encoding.

use super::limits::malformed;
use crate::error::Result;
use nearhand_kernels::bytes::{Pod, read};

/// Fields of one message, read from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a> {
    bytes: &'a [u8],
}

/// A field's value as it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

impl<'a> Wire<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// What has not been read.
    #[cfg(feature = "plan")]
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Bytes not read yet.
    #[cfg(feature = "plan")]
    pub(super) const fn left(&self) -> usize {
        self.bytes.len()
    }

    /// The next field: its number and value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        // Field numbers have 29 bits; 0 is no number.
        let number = u32::try_from(tag >> 3).ok().filter(|n| (1..1 << 29).contains(n)).ok_or_else(|| malformed("field", tag))?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(self.array()?),
            2 => self.delimited()?,
            5 => Value::Fixed32(self.array()?),
            // 3 and 4 are groups, which ONNX never had; 6 and 7 are nothing.
            other => return Err(malformed("wire type", other)),
        };
        Ok(Some((number, value)))
    }

    /// As `each` of the fields that follow with this number and wire type, of which `tag` is the one byte: lists are long,
    /// and nothing but the value differs from one element to the next.
    #[inline]
    pub(super) fn run<const TAG: u8>(&mut self, mut each: impl FnMut(Value<'a>) -> Result<()>) -> Result<()> {
        while let Some((&first, rest)) = self.bytes.split_first()
            && first == TAG
        {
            self.bytes = rest;
            each(match TAG & 7 {
                0 => Value::Varint(self.varint()?),
                5 => Value::Fixed32(self.array()?),
                _ => self.delimited()?,
            })?;
        }
        Ok(())
    }

    fn delimited(&mut self) -> Result<Value<'a>> {
        let len = self.varint()?;
        let len = usize::try_from(len).map_err(|_| malformed("length", len))?;
        self.take(len).map(Value::Bytes)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64> {
        // Most are of one byte.
        if let [byte @ 0..0x80, rest @ ..] = self.bytes {
            self.bytes = rest;
            return Ok(u64::from(*byte));
        }
        self.long_varint()
    }

    /// Base-128, low group first, ten bytes at most.
    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let group = u64::from(byte & 0x7f);
            if shift == 63 && group > 1 {
                break;
            }
            value |= group << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(malformed("varint", "more than 64 bits"))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.bytes.split_at_checked(len).ok_or_else(|| malformed("length", len))?;
        self.bytes = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, tail) = self.bytes.split_first_chunk().ok_or_else(|| malformed("end of data", self.bytes.len()))?;
        self.bytes = tail;
        Ok(*head)
    }
}

impl<'a> Value<'a> {
    pub(super) fn int(self) -> Result<i64> {
        match self {
            Self::Varint(v) => Ok(v.cast_signed()),
            _ => Err(wrong()),
        }
    }

    /// An enum or int32: protobuf keeps the low 32 bits.
    pub(super) fn int32(self) -> Result<i32> {
        Ok(self.int()? as i32)
    }

    pub(super) fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Self::Bytes(v) => Ok(v),
            _ => Err(wrong()),
        }
    }

    pub(super) fn wire(self) -> Result<Wire<'a>> {
        self.bytes().map(Wire::new)
    }

    /// A name of at most `limit` bytes.
    pub(super) fn name(self, limit: usize) -> Result<&'a str> {
        let bytes = self.bytes()?;
        if bytes.len() > limit {
            return Err(malformed("length of a name", bytes.len()));
        }
        str::from_utf8(bytes).map_err(|e| malformed("name is not UTF-8, byte", e.valid_up_to()))
    }

    /// Appends one value, or a packed run of them.
    pub(super) fn ints(self, out: &mut Vec<i64>) -> Result<()> {
        match self {
            Self::Varint(v) => out.push(v.cast_signed()),
            Self::Bytes(bytes) => {
                let mut run = Wire::new(bytes);
                while !run.bytes.is_empty() {
                    out.push(run.varint()?.cast_signed());
                }
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    /// Appends one value, or a packed run of them.
    pub(super) fn floats(self, out: &mut Vec<f32>) -> Result<()> {
        match self {
            Self::Fixed32(v) => out.push(f32::from_le_bytes(v)),
            Self::Bytes(bytes) => run(bytes, out)?,
            _ => return Err(wrong()),
        }
        Ok(())
    }

    /// Appends one value, or a packed run of them.
    pub(super) fn doubles(self, out: &mut Vec<f64>) -> Result<()> {
        match self {
            Self::Fixed64(v) => out.push(f64::from_le_bytes(v)),
            Self::Bytes(bytes) => run(bytes, out)?,
            _ => return Err(wrong()),
        }
        Ok(())
    }

    pub(super) fn float(self) -> Result<f32> {
        match self {
            Self::Fixed32(v) => Ok(f32::from_le_bytes(v)),
            _ => Err(wrong()),
        }
    }
}

/// Appends a run of values, the lowest byte of each first.
pub(super) fn run<T: Pod>(bytes: &[u8], out: &mut Vec<T>) -> Result<()> {
    let (from, each) = (out.len(), size_of::<T>().max(1));
    if !bytes.len().is_multiple_of(each) {
        return Err(malformed("length of packed values", bytes.len()));
    }
    let len = from.saturating_add(bytes.len() / each);
    if from == 0 {
        // Zeros cost nothing where the memory is new.
        *out = vec![T::zeroed(); len];
    } else {
        out.resize(len, T::zeroed());
    }
    read(bytes, out.get_mut(from..).unwrap_or_default());
    Ok(())
}

fn wrong() -> crate::error::Error {
    malformed("field", "of another wire type than its number says")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Value<'_>)>> {
        let mut wire = Wire::new(bytes);
        let mut out = Vec::new();
        while let Some(field) = wire.next()? {
            out.push(field);
        }
        Ok(out)
    }

    /// The encoding guide's own examples: field 1 = 150, field 2 = "testing".
    #[test]
    fn fields_are_read() {
        let got = all(b"\x08\x96\x01\x12\x07testing\x1d\0\0\x80\x3f").unwrap();
        assert_eq!(got, [(1, Value::Varint(150)), (2, Value::Bytes(b"testing")), (3, Value::Fixed32(1.0_f32.to_le_bytes()))]);
        assert_eq!(all(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").unwrap()[0].1.int().unwrap(), -1);
    }

    #[test]
    fn packed_and_single_values_are_the_same() {
        let mut out = Vec::new();
        for (_, v) in all(b"\x08\x01\x0a\x03\x02\x96\x01").unwrap() {
            v.ints(&mut out).unwrap();
        }
        assert_eq!(out, [1, 2, 150]);
    }

    #[test]
    fn a_run_ends_where_another_field_begins() {
        let mut wire = Wire::new(b"\x08\x01\x08\x96\x01\x10\x07\x08\x02");
        let mut out = Vec::new();
        wire.run::<8>(|v| v.ints(&mut out)).unwrap();
        assert_eq!(wire.next().unwrap(), Some((2, Value::Varint(7))));
        wire.run::<8>(|v| v.ints(&mut out)).unwrap();
        assert_eq!((out, wire.next().unwrap()), (vec![1, 150, 2], None));
        let mut wire = Wire::new(b"\x3d\0\0\x80\x3f\x3d\0\0");
        let e = wire.run::<0x3d>(|_| Ok(())).unwrap_err();
        assert_eq!(e.details()[0].1, "end of data");
        assert_eq!(Wire::new(b"\x4a\x02ab\x4a\x09c").run::<0x4a>(|_| Ok(())).unwrap_err().details()[0].1, "length");
    }

    #[test]
    fn malformed_bytes_are_refused_with_the_offender() {
        for (bytes, what, value) in [
            (&b"\x08"[..], "end of data", "0"),
            (b"\x0a\x05ab", "length", "5"),
            (b"\x0b", "wire type", "3"),
            (b"\x00\x01", "field", "0"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "varint", "more than 64 bits"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "varint", "more than 64 bits"),
            (b"\x0d\0\0", "end of data", "2"),
            (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "length", "18446744073709551615"),
        ] {
            let e = all(bytes).unwrap_err();
            assert_eq!(e.details(), [("what", what.to_owned()), ("value", value.to_owned())]);
        }
    }
}
