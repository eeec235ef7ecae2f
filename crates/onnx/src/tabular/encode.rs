//! Operators between categories and numbers: LabelEncoder, OneHotEncoder, Cast.

use super::layout::input;
use super::op::Op;
use super::values::{Wide, append, empty_like, failed, narrow, room, widen, wrong_type};
use crate::attrs::{Attrs, malformed, unsupported};
use crate::error::Result;
use crate::file::{Node, dtype_name};
use crate::order::{self, Keyed};
use crate::tensor::{Tensor, Values};
use std::collections::BTreeMap;

/// Keys of one type, with the place of each. NaN is one key, and so are 0 and −0.
struct Lookup {
    dtype: &'static str,
    texts: BTreeMap<String, usize>,
    numbers: Vec<Keyed>,
}

impl Lookup {
    /// Of keys given twice, the last counts or else the first.
    fn new(keys: &Values, last: bool) -> Result<Self> {
        let mut out = Self { dtype: keys.dtype(), texts: BTreeMap::new(), numbers: Vec::new() };
        if let Values::Str(keys) = keys {
            for (i, key) in keys.iter().enumerate() {
                if last || !out.texts.contains_key(key) {
                    out.texts.insert(key.clone(), i);
                }
            }
        } else {
            let rank = |i: usize| if last { -(i as i64) } else { i as i64 };
            out.numbers = bits(keys)?.into_iter().enumerate().map(|(i, key)| (key, rank(i), i)).collect();
            order::sort(&mut out.numbers);
            // Ranks have done their work: the first of each key is the one that counts.
            out.numbers.dedup_by_key(|k| k.0);
            out.numbers.iter_mut().for_each(|k| k.1 = 0);
        }
        Ok(out)
    }

    /// Place of each value's key; values of another type than the keys are refused.
    fn find(&self, values: &Values) -> Result<Vec<Option<usize>>> {
        if values.dtype() != self.dtype {
            return Err(wrong_type(values).with("keys", self.dtype));
        }
        if let Values::Str(values) = values {
            return Ok(values.iter().map(|v| self.texts.get(v).copied()).collect());
        }
        Ok(bits(values)?.into_iter().map(|key| order::find(&self.numbers, key, 0)).collect())
    }
}

/// Numbers as bits that are equal where the numbers are.
fn bits(values: &Values) -> Result<Vec<i64>> {
    Ok(match widen(values)? {
        Wide::Int(v) => v,
        Wide::Real(v) => v.into_iter().map(|v| if v.is_nan() { -1 } else { (v + 0.0).to_bits().cast_signed() }).collect(),
    })
}

/// Keys to values; unknown keys to a default. From ai.onnx.ml 2 on any type to any; before, names to their places and back.
pub(super) fn label_encoder(attrs: &mut Attrs<'_, '_>, ml: i64) -> Result<Op> {
    let texts = attrs.text("default_string", "_Unused")?.to_owned();
    let int = attrs.int("default_int64", -1)?;
    if ml < 2 {
        let classes = attrs.texts("classes_strings")?;
        let places: Vec<i64> = (0..classes.len() as i64).collect();
        let (names, places) = (Values::Str(classes), Values::I64(places));
        let mut there = mapping(Lookup::new(&names, true)?, places.clone(), &Values::I64(vec![int]))?;
        let mut back = mapping(Lookup::new(&places, true)?, names, &Values::Str(vec![texts]))?;
        return Ok(Box::new(move |inputs| match input(inputs, 0)?.values {
            Values::Str(_) => there(inputs),
            _ => back(inputs),
        }));
    }
    let float = attrs.float("default_float", -0.0)?;
    let given = attrs.values("default_tensor")?;
    let mut list = |names: [&'static str; 4]| -> Result<Values> {
        let [strings, int64s, floats, tensor] = names;
        let candidates = [
            Some(Values::Str(attrs.texts(strings)?)),
            Some(Values::I64(attrs.ints(int64s)?)),
            Some(Values::F32(attrs.floats(floats)?)),
            attrs.values(tensor)?,
        ];
        let mut found = candidates.into_iter().flatten().filter(|v| !v.is_empty());
        match (found.next(), found.next()) {
            (Some(values), None) => Ok(values),
            (_, Some(_)) => Err(malformed("LabelEncoder with lists of two types", strings)),
            _ => Err(malformed("attribute is missing or empty", strings)),
        }
    };
    let keys = list(["keys_strings", "keys_int64s", "keys_floats", "keys_tensor"])?;
    let values = list(["values_strings", "values_int64s", "values_floats", "values_tensor"])?;
    if keys.len() != values.len() {
        return Err(malformed("LabelEncoder: keys and values of unequal lengths", keys.len()).with("values", values.len()));
    }
    let default = match (given, &values) {
        (Some(given), _) => given,
        (None, Values::Str(_)) => Values::Str(vec![texts]),
        (None, Values::F32(_) | Values::F64(_)) => {
            narrow(Wide::Real(vec![f64::from(float)]), values.dtype()).unwrap_or(Values::F32(vec![float]))
        }
        (None, _) => narrow(Wide::Int(vec![int]), values.dtype()).unwrap_or(Values::I64(vec![int])),
    };
    mapping(Lookup::new(&keys, false)?, values, &default)
}

/// From each key's place to the value in that place, or to the default behind them.
fn mapping(lookup: Lookup, mut values: Values, default: &Values) -> Result<Op> {
    let unknown = values.len();
    append(&mut values, default, 0, 1).map_err(|_| malformed("LabelEncoder: default of another type", default.dtype()))?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let mut out = empty_like(&values);
        for place in lookup.find(&tensor.values)? {
            append(&mut out, &values, place.unwrap_or(unknown), 1)?;
        }
        Ok(vec![Tensor { shape: tensor.shape.clone(), values: out }])
    }))
}

/// A category to a row of zeros with a one in the category's place.
pub(super) fn one_hot_encoder(attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let (ints, texts) = (attrs.ints("cats_int64s")?, attrs.texts("cats_strings")?);
    let zeros = attrs.int("zeros", 1)? != 0;
    if ints.is_empty() == texts.is_empty() {
        return Err(malformed("OneHotEncoder wants categories of one type", ints.len()).with("strings", texts.len()));
    }
    let categories = ints.len().max(texts.len());
    let keys = if texts.is_empty() { Values::I64(ints) } else { Values::Str(texts) };
    let lookup = Lookup::new(&keys, true)?;
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let places = match &tensor.values {
            Values::Str(_) => lookup.find(&tensor.values)?,
            numbers => match widen(numbers)? {
                Wide::Int(v) => lookup.find(&Values::I64(v))?,
                // Fractions are cut; what is no integer at all is no category.
                Wide::Real(v) => {
                    let mut places = lookup.find(&Values::I64(v.iter().map(|v| *v as i64).collect()))?;
                    places.iter_mut().zip(&v).filter(|(_, v)| v.is_nan() || v.abs() >= 9.2e18).for_each(|(p, _)| *p = None);
                    places
                }
            },
        };
        let mut shape = tensor.shape.clone();
        shape.push(categories);
        let mut out = vec![0.0; room(&shape)?];
        for (row, place) in out.chunks_mut(categories).zip(places) {
            match place.and_then(|p| row.get_mut(p)) {
                Some(one) => *one = 1.0,
                None if zeros => {}
                None => return Err(failed("OneHotEncoder: unknown category, and zeros are not wanted")),
            }
        }
        Ok(vec![Tensor::f32(shape, out)])
    }))
}

/// Numbers to numbers, whole numbers to decimal strings. Reading numbers from strings would cost more code than it is
/// asked for: no converter writes it.
pub(super) fn cast(node: &Node<'_>, attrs: &mut Attrs<'_, '_>) -> Result<Op> {
    let to = attrs.int("to", 0)?;
    attrs.ignore("saturate");
    let name = i32::try_from(to).ok().and_then(dtype_name);
    let Some(to) = name else {
        return Err(unsupported(node, "a cast to an element type that this build does not have").with("onnx type", to));
    };
    Ok(Box::new(move |inputs| {
        let tensor = input(inputs, 0)?;
        let values = match (&tensor.values, to) {
            (same, _) if same.dtype() == to => same.clone(),
            (numbers, "str") => match widen(numbers)? {
                Wide::Int(v) if numbers.dtype() != "bool" => Values::Str(v.into_iter().map(|v| v.to_string()).collect()),
                // How many digits a float gets differs from engine to engine.
                _ => return Err(wrong_type(numbers).with("to", to)),
            },
            (numbers, _) => narrow(widen(numbers)?, to).ok_or_else(|| wrong_type(numbers).with("to", to))?,
        };
        Ok(vec![Tensor { shape: tensor.shape.clone(), values }])
    }))
}
