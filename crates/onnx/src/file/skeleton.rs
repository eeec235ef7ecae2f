//! A file without the values of its large constants, for whoever keeps those apart.

use super::wire::{Value, Wire};
use crate::error::Result;
use std::ops::Range;

/// Bytes of a constant from which on it is taken out.
const LARGE: usize = 1 << 10;

/// A file whose large constants have no values: all else is as it was.
#[derive(Debug)]
pub(crate) struct Skeleton {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// By number of the initializer, where in the whole file its values are, as raw data.
    pub(crate) apart: Vec<(usize, Range<usize>)>,
}

impl Skeleton {
    /// That of a file.
    ///
    /// # Errors
    /// `model-malformed` where fields do not add up.
    pub(crate) fn of(file: &[u8]) -> Result<Self> {
        let (mut apart, mut number) = (Vec::new(), 0);
        let bytes = mapped(file, 7, 0, &mut |graph, at| {
            mapped(graph, 5, at, &mut |tensor, at| {
                number += 1;
                without_values(tensor, at, |values| apart.push((number - 1, values)))
            })
        })?;
        Ok(Self { bytes, apart })
    }
}

/// From a message, and where it begins in the file, to what stands in its place.
type Map<'m> = dyn FnMut(&[u8], usize) -> Result<Vec<u8>> + 'm;

/// A message with other messages in one of its fields.
fn mapped(message: &[u8], field: u32, at: usize, map: &mut Map<'_>) -> Result<Vec<u8>> {
    let (mut out, mut wire) = (Vec::new(), Wire::new(message));
    let mut before = 0;
    while let Some((number, value)) = wire.next()? {
        let after = message.len() - wire.left();
        match value {
            Value::Bytes(inner) if number == field => {
                let inner = map(inner, at + after - inner.len())?;
                varint(u64::from(field) << 3 | 2, &mut out);
                varint(inner.len() as u64, &mut out);
                out.extend_from_slice(&inner);
            }
            _ => out.extend_from_slice(message.get(before..after).unwrap_or_default()),
        }
        before = after;
    }
    Ok(out)
}

/// A tensor without its raw data where that is large, and where it was.
fn without_values(tensor: &[u8], at: usize, found: impl FnOnce(Range<usize>)) -> Result<Vec<u8>> {
    let (mut out, mut wire) = (Vec::new(), Wire::new(tensor));
    let (mut before, mut last) = (0, None);
    while let Some((number, value)) = wire.next()? {
        let after = tensor.len() - wire.left();
        match value {
            // The last one stands, as the reader has it.
            Value::Bytes(raw) if number == 9 => last = Some(after - raw.len()..after),
            _ => out.extend_from_slice(tensor.get(before..after).unwrap_or_default()),
        }
        before = after;
    }
    match last {
        Some(values) if values.len() >= LARGE => {
            found(at + values.start..at + values.end);
            Ok(out)
        }
        _ => Ok(tensor.to_vec()),
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Limits, Model};

    fn field(number: u64, inner: &[u8], out: &mut Vec<u8>) {
        varint(number << 3 | 2, out);
        varint(inner.len() as u64, out);
        out.extend_from_slice(inner);
    }

    /// A file of an input, three constants of so many bytes, and a node between.
    fn file() -> Vec<u8> {
        let mut graph = Vec::new();
        for (name, bytes) in [(&b"small"[..], 8), (b"large", 2048), (b"larger", 1024)] {
            // dims [bytes], type UINT8.
            let mut tensor = vec![8];
            varint(bytes, &mut tensor);
            tensor.extend([16, 2]);
            field(8, name, &mut tensor);
            // One that does not stand, and one that does.
            field(9, b"not these", &mut tensor);
            field(9, &(0..bytes).map(|b| b as u8).collect::<Vec<_>>(), &mut tensor);
            field(5, &tensor, &mut graph);
            field(1, b"\x0a\x01x\x12\x01y\x22\x04Relu", &mut graph);
        }
        field(11, b"\x0a\x01x", &mut graph);
        let mut out = vec![8, 9];
        field(7, &graph, &mut out);
        field(8, b"\x10\x14", &mut out);
        out
    }

    #[test]
    fn large_values_are_taken_out_and_found_again() {
        let (file, limits) = (file(), Limits::default());
        let Skeleton { bytes, apart } = Skeleton::of(&file).unwrap();
        assert_eq!(apart.iter().map(|(at, values)| (*at, values.len())).collect::<Vec<_>>(), [(1, 2048), (2, 1024)]);
        assert!(bytes.len() < 300);
        let (whole, skeleton) = (Model::read(&file, &limits).unwrap(), Model::read(&bytes, &limits).unwrap());
        for (at, (before, after)) in whole.graph.initializers.iter().zip(&skeleton.graph.initializers).enumerate() {
            assert_eq!((before.name, &before.dims, before.data_type), (after.name, &after.dims, after.data_type));
            let values = apart.iter().find(|(number, _)| *number == at).map(|(_, values)| values.clone());
            assert_eq!(after.raw().is_none(), values.is_some());
            let after = values.map_or_else(|| after.clone(), |values| after.with_raw(&file[values]));
            assert_eq!(after.values().unwrap(), before.values().unwrap());
        }
        assert_eq!(format!("{:?}", whole.graph.nodes), format!("{:?}", skeleton.graph.nodes));
        assert_eq!(format!("{:?}", whole.graph.inputs), format!("{:?}", skeleton.graph.inputs));
        assert_eq!(format!("{:?}", whole.opsets), format!("{:?}", skeleton.opsets));
    }

    #[test]
    fn flipped_bits_end_in_places_of_the_file() {
        for at in 0..file().len() * 8 {
            let mut file = file();
            file[at / 8] ^= 1 << (at % 8);
            if let Ok(Skeleton { apart, .. }) = Skeleton::of(&file) {
                assert!(apart.iter().all(|(_, values)| values.end <= file.len()));
            }
        }
    }
}
