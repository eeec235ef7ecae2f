//! Half-width floats (float16, bfloat16) become 32 bits wide: weights, attributes, casts, inputs and outputs.
//!
//! Every half is a float of 32 bits, so nothing is lost; sums are nearer to the exact ones than the export's own.

use super::wire::{copy, field, fields, number};
use nearhand::Result;
use nearhand_onnx::file::f16_to_f32;

const F16: u64 = 10;
const BF16: u64 = 16;

const fn is_half(element: u64) -> bool {
    matches!(element, F16 | BF16)
}

/// A TensorProto.
pub(super) fn tensor(bytes: &[u8]) -> Result<Vec<u8>> {
    let all = fields(bytes)?;
    let element = all.iter().find(|(at, _)| *at == 2).map_or(0, |(_, value)| value.int());
    if !is_half(element) {
        return Ok(bytes.to_vec());
    }
    let wide = |half: u16| if element == F16 { f16_to_f32(half) } else { f32::from_bits(u32::from(half) << 16) };
    let (mut out, mut raw) = (Vec::with_capacity(2 * bytes.len()), Vec::new());
    for (at, value) in all {
        match at {
            2 => number(&mut out, 2, 1),
            // int32_data: one a value, packed or not.
            5 => match value.bytes() {
                [] => raw.extend(wide(value.int() as u16).to_le_bytes()),
                packed => unpacked(packed)?.iter().for_each(|half| raw.extend(wide(*half as u16).to_le_bytes())),
            },
            9 => raw.extend(value.bytes().as_chunks::<2>().0.iter().flat_map(|b| wide(u16::from_le_bytes(*b)).to_le_bytes())),
            _ => copy(&mut out, at, value),
        }
    }
    field(&mut out, 9, &raw);
    Ok(out)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u64>> {
    // A packed list is the values of fields without their tags: give each one.
    let mut tagged = Vec::with_capacity(2 * bytes.len());
    let mut starts = true;
    for byte in bytes {
        if starts {
            tagged.push(1 << 3);
        }
        tagged.push(*byte);
        starts = *byte < 0x80;
    }
    Ok(fields(&tagged)?.into_iter().map(|(_, value)| value.int()).collect())
}

/// A ValueInfoProto.
pub(super) fn port(bytes: &[u8]) -> Result<Vec<u8>> {
    // value_info.type (2) . tensor_type (1) . elem_type (1)
    inner(bytes, 2, &|kind| inner(kind, 1, &|tensor| element(tensor, 1)))
}

/// A NodeProto: casts to half, constants, and the graphs inside.
pub(super) fn node(bytes: &[u8]) -> Result<Vec<u8>> {
    let all = fields(bytes)?;
    let cast = all.iter().any(|(at, value)| *at == 4 && matches!(value.text(), "Cast" | "EyeLike" | "RandomNormal"));
    let touched = all.iter().any(|(at, _)| *at == 5);
    if !touched {
        return Ok(bytes.to_vec());
    }
    inner(bytes, 5, &|attribute| {
        let of = |at: u64| fields(attribute).map(|all| all.into_iter().find(|(a, _)| *a == at).map(|(_, v)| v));
        let name = of(1)?.map_or("", |v| v.text());
        if cast && matches!(name, "to" | "dtype") {
            return element(attribute, 3);
        }
        let with_tensor = inner(attribute, 5, &tensor)?;
        inner(&with_tensor, 6, &graph)
    })
}

/// A GraphProto in an attribute.
fn graph(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    for (at, value) in fields(bytes)? {
        match at {
            1 => field(&mut out, 1, &node(value.bytes())?),
            5 => field(&mut out, 5, &tensor(value.bytes())?),
            11 | 12 => field(&mut out, at, &port(value.bytes())?),
            13 => {}
            _ => copy(&mut out, at, value),
        }
    }
    Ok(out)
}

/// A message with the messages in one of its fields changed.
fn inner(bytes: &[u8], at: u64, change: &dyn Fn(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    for (number, value) in fields(bytes)? {
        if number == at { field(&mut out, at, &change(value.bytes())?) } else { copy(&mut out, number, value) }
    }
    Ok(out)
}

/// A message whose field names an element type: halves become floats.
fn element(bytes: &[u8], at: u64) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    for (field_number, value) in fields(bytes)? {
        if field_number == at && is_half(value.int()) { number(&mut out, at, 1) } else { copy(&mut out, field_number, value) }
    }
    Ok(out)
}
