//! Constant tensors.

use super::limits::{Budget, large, malformed, spend};
use super::wire::{Value, Wire, run};
use crate::error::{Code, Error, Result};
use crate::tensor::{Tensor, Values};
use nearhand_kernels::bytes::Pod;

/// A constant: dimensions, element type, and values as they stand in the file.
#[derive(Clone, Debug)]
pub struct TensorProto<'a> {
    /// Its name, empty inside attributes.
    pub name: &'a str,
    /// Extents; a sound tensor has none below 0.
    pub dims: Vec<i64>,
    /// Element type by number (onnx.proto, `TensorProto.DataType`).
    pub data_type: i32,
    /// Whether the values are kept in another file.
    pub external: bool,
    raw: Option<&'a [u8]>,
    /// The whole message: typed values are read when asked for.
    body: Wire<'a>,
}

/// Unsigned integers of 4 bits by number.
const UINT4: i32 = 21;
/// Integers of 4 bits by number.
const INT4: i32 = 22;
/// Extents of one tensor.
const MAX_RANK: usize = 64;

impl<'a> TensorProto<'a> {
    pub(super) fn read(body: Wire<'a>, budget: &mut Budget) -> Result<Self> {
        spend(&mut budget.tensors, "more tensors than the limit", budget.limits.tensors)?;
        let mut out = Self { name: "", dims: Vec::new(), data_type: 0, external: false, raw: None, body };
        let mut wire = body;
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => value.ints(&mut out.dims)?,
                2 => out.data_type = value.int32()?,
                3 => return Err(malformed("tensor in segments", out.name)),
                8 => out.name = value.name(budget.limits.name_bytes)?,
                9 => out.raw = Some(value.bytes()?),
                13 => out.external = true,
                // data_location 1 is EXTERNAL.
                14 => out.external |= value.int32()? == 1,
                _ => {}
            }
        }
        if out.dims.len() > MAX_RANK {
            return Err(malformed("more dimensions than the limit", out.dims.len()).with("tensor", out.name));
        }
        let elements = out.dims.iter().try_fold(1_u64, |n, d| n.checked_mul(d.unsigned_abs()));
        if elements.is_none_or(|n| n > budget.limits.elements as u64) {
            return Err(large("more values in a tensor than the limit", budget.limits.elements).with("tensor", out.name));
        }
        Ok(out)
    }

    /// The dense halves of a sparse tensor, so that both can be checked.
    pub(super) fn read_sparse(mut wire: Wire<'a>, budget: &mut Budget, out: &mut Vec<Self>) -> Result<()> {
        while let Some((number, value)) = wire.next()? {
            if let 1 | 2 = number {
                out.push(Self::read(value.wire()?, budget)?);
            }
        }
        Ok(())
    }

    /// The values. Half-width floats become `f32`.
    ///
    /// # Errors
    /// `model-malformed` when dimensions and values disagree; `model-external-data`; `model-operator-unsupported` for an
    /// element type that this crate has no tensor of.
    pub fn values(&self) -> Result<Tensor> {
        if self.external {
            return Err(Error::new(Code::ModelExternalData, "a tensor is kept in another file").with("tensor", self.name));
        }
        let values = match self.data_type {
            1 => Values::F32(self.fixed(4, Value::floats)?),
            11 => Values::F64(self.fixed(10, Value::doubles)?),
            7 => Values::I64(self.fixed(7, Value::ints)?),
            6 => Values::I32(self.narrow(|v| v as i32)?),
            3 => Values::I8(self.narrow(|v| v as i8)?),
            2 => Values::U8(self.narrow(|v| v as u8)?),
            9 => Values::Bool(self.narrow(|v| v as u8)?.into_iter().map(|b| b != 0).collect()),
            10 => Values::F32(self.narrow(|v| v as u16)?.into_iter().map(f16_to_f32).collect()),
            16 => Values::F32(self.narrow(|v| v as u16)?.into_iter().map(bf16_to_f32).collect()),
            8 => Values::Str(self.strings()?),
            other => {
                return Err(Error::new(Code::ModelOperatorUnsupported, "a tensor has an element type that is not read")
                    .with("onnx type", other)
                    .with("tensor", self.name));
            }
        };
        self.shaped(values)
    }

    /// Its values as raw data, where they stand in the file so.
    #[cfg(feature = "plan")]
    pub(crate) const fn raw(&self) -> Option<&'a [u8]> {
        self.raw
    }

    /// The same with these values, as raw data.
    #[cfg(feature = "plan")]
    pub(crate) fn with_raw<'b>(&self, raw: &'b [u8]) -> TensorProto<'b>
    where
        'a: 'b,
    {
        TensorProto { raw: Some(raw), ..self.clone() }
    }

    fn shaped(&self, values: Values) -> Result<Tensor> {
        let shape = self.dims.iter().map(|d| usize::try_from(*d)).collect::<std::result::Result<Vec<_>, _>>();
        let shape = shape.map_err(|_| malformed("negative dimension", self.name))?;
        let elements = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
        if elements != Some(values.len()) {
            return Err(malformed("number of values in a tensor", values.len()).with("tensor", self.name));
        }
        Ok(Tensor { shape, values })
    }

    /// Whether its elements are integers of 4 bits (onnx.proto, `UINT4` and `INT4`).
    #[must_use]
    pub const fn is_narrow(&self) -> bool {
        matches!(self.data_type, UINT4 | INT4)
    }

    /// Whether its elements are floats of 16 bits (onnx.proto, `FLOAT16` and `BFLOAT16`).
    #[cfg(feature = "plan")]
    pub(crate) const fn is_half(&self) -> bool {
        matches!(self.data_type, 10 | 16)
    }

    /// As [`TensorProto::values`], and integers of 4 bits a byte each. They lie two to a byte, the lower half first, in
    /// raw data as in numbers of the typed field.
    ///
    /// # Errors
    /// As [`TensorProto::values`].
    pub fn widened(&self) -> Result<Tensor> {
        if !self.is_narrow() || self.external {
            return self.values();
        }
        let bytes: Vec<u8> = match self.raw {
            Some(raw) => raw.to_vec(),
            None => self.fixed(5, Value::ints)?.into_iter().map(|v| v as u8).collect(),
        };
        let count = self.dims.iter().try_fold(1_u64, |n, d| n.checked_mul(d.unsigned_abs()));
        // The half that an odd number of elements leaves over is none.
        if count.is_none_or(|n| n.div_ceil(2) != bytes.len() as u64) {
            return Err(malformed("number of values in a tensor", bytes.len() * 2).with("tensor", self.name));
        }
        let halves = bytes.iter().flat_map(|b| [b & 15, b >> 4]).take(count.unwrap_or(0) as usize);
        self.shaped(match self.data_type {
            // The sign is the fourth bit.
            INT4 => Values::I8(halves.map(|h| (h << 4).cast_signed() >> 4).collect()),
            _ => Values::U8(halves.collect()),
        })
    }

    /// Raw bytes, or else the typed field of that number.
    fn fixed<T: Pod>(&self, field: u32, append: fn(Value<'a>, &mut Vec<T>) -> Result<()>) -> Result<Vec<T>> {
        let mut out = Vec::new();
        if let Some(raw) = self.raw {
            run(raw, &mut out)?;
            return Ok(out);
        }
        let mut wire = self.body;
        while let Some((number, value)) = wire.next()? {
            if number == field {
                append(value, &mut out)?;
            }
        }
        Ok(out)
    }

    /// Types that have no field of their own live in `int32_data`, one a value.
    fn narrow<T: Pod>(&self, cut: fn(i64) -> T) -> Result<Vec<T>> {
        if self.raw.is_some() {
            return self.fixed(0, |_, _| Ok(()));
        }
        Ok(self.fixed(5, Value::ints)?.into_iter().map(cut).collect())
    }

    fn strings(&self) -> Result<Vec<String>> {
        if self.raw.is_some() {
            return Err(malformed("strings as bytes", self.name));
        }
        let mut out = Vec::new();
        let mut wire = self.body;
        while let Some((number, value)) = wire.next()? {
            if number == 6 {
                let text = str::from_utf8(value.bytes()?).map_err(|_| malformed("string is not UTF-8, tensor", self.name))?;
                out.push(text.to_owned());
            }
        }
        Ok(out)
    }
}

/// What this crate calls an element type of onnx.proto: `f32`, `f64`, `i64`, `i32`, `i8`, `u8`, `bool`, `str`.
#[must_use]
pub const fn dtype_name(data_type: i32) -> Option<&'static str> {
    Some(match data_type {
        1 => "f32",
        2 => "u8",
        3 => "i8",
        6 => "i32",
        7 => "i64",
        8 => "str",
        9 => "bool",
        11 => "f64",
        _ => return None,
    })
}

/// IEEE 754 binary16 to binary32, exactly: 1 sign, 5 exponent (bias 15), 10 fraction bits.
#[must_use]
pub fn f16_to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(half >> 10) & 0x1f, u32::from(half & 0x3ff));
    let magnitude = match exponent {
        // Subnormal: fraction · 2⁻²⁴.
        0 => (fraction as f32 * f32::from_bits(0x3380_0000)).to_bits(),
        31 => 0x7f80_0000 | fraction << 13,
        e => (e + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// bfloat16 is the upper half of binary32.
fn bf16_to_f32(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Limits;

    fn read(bytes: &[u8]) -> Result<Tensor> {
        TensorProto::read(Wire::new(bytes), &mut Budget::new(&Limits::default()))?.values()
    }

    /// Values of the binary16 table in IEEE 754-2019, 3.6.
    #[test]
    fn halves_widen_exactly() {
        for (half, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(f16_to_f32(half), value);
        }
        assert!(f16_to_f32(0x7e00).is_nan() && f16_to_f32(0xfc00) == f32::NEG_INFINITY);
        assert_eq!(f16_to_f32(0x8000).to_bits(), 0x8000_0000);
        assert_eq!(bf16_to_f32(0xc040), -3.0);
    }

    #[test]
    fn typed_and_raw_values_are_the_same() {
        // dims [2], type FLOAT: float_data packed, float_data single, raw_data.
        let values = [&1.0_f32.to_le_bytes()[..], &2.0_f32.to_le_bytes()].concat();
        let head = b"\x08\x02\x10\x01";
        let packed = [&head[..], b"\x22\x08", &values].concat();
        let single = [&head[..], b"\x25", &values[..4], b"\x25", &values[4..]].concat();
        let raw = [&head[..], b"\x4a\x08", &values].concat();
        for bytes in [packed, single, raw] {
            assert_eq!(read(&bytes).unwrap(), Tensor::f32(vec![2], vec![1.0, 2.0]));
        }
        // int8 −1 in int32_data, bool, strings, float16.
        assert_eq!(read(b"\x10\x03\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").unwrap().values, Values::I8(vec![-1]));
        assert_eq!(read(b"\x08\x02\x10\x09\x4a\x02\x00\x01").unwrap().values, Values::Bool(vec![false, true]));
        assert_eq!(read(b"\x08\x01\x10\x08\x32\x02hi").unwrap().values, Values::Str(vec!["hi".into()]));
        assert_eq!(read(b"\x10\x0a\x28\x80\x78").unwrap().values, Values::F32(vec![1.0]));
    }

    /// The example of onnx.proto: two to a byte, the first in the lower half.
    #[test]
    fn integers_of_four_bits_widen() {
        let read = |bytes| TensorProto::read(Wire::new(bytes), &mut Budget::new(&Limits::default()))?.widened();
        let signed = read(b"\x08\x03\x10\x16\x4a\x02\xf1\x08").unwrap();
        assert_eq!(signed, Tensor { shape: vec![3], values: Values::I8(vec![1, -1, -8]) });
        // In int32_data, packed.
        assert_eq!(read(b"\x08\x02\x10\x15\x2a\x02\xf1\x01").unwrap().values, Values::U8(vec![1, 15]));
        assert_eq!(read(b"\x08\x03\x10\x15\x4a\x01\xf1").unwrap_err().details()[0].1, "number of values in a tensor");
        assert_eq!(read(b"\x08\x02\x10\x01\x4a\x04\0\0\0\0").unwrap_err().code(), Code::ModelMalformed);
    }

    #[test]
    fn tensors_that_do_not_add_up_are_refused() {
        for (bytes, what) in [
            (&b"\x08\x02\x10\x01\x4a\x04\0\0\0\0"[..], "number of values in a tensor"),
            (b"\x08\x01\x10\x01\x4a\x03\0\0\0", "length of packed values"),
            (b"\x08\xff\xff\xff\xff\x7f\x08\xff\xff\xff\xff\x7f\x10\x01", "more values in a tensor than the limit"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01\x4a\x04\0\0\0\0", "negative dimension"),
        ] {
            assert_eq!(read(bytes).unwrap_err().details()[0].1, what);
        }
        assert_eq!(read(b"\x10\x0c").unwrap_err().code(), Code::ModelOperatorUnsupported);
        assert_eq!(read(b"\x10\x01\x70\x01").unwrap_err().code(), Code::ModelExternalData);
    }
}
