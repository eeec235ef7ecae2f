//! Operators between categories and numbers: LabelEncoder, OneHotEncoder. Both find the place of a value in a list of keys.

use super::operator::{Answer, Built, Operator, Room, View, failed, misplaced, wrong_type};
use crate::attrs::{Attrs, malformed};
use crate::error::Result;
use crate::order::{self, Keyed};
use crate::tensor::Values;
use std::collections::BTreeMap;

/// How an engine that keeps texts as numbers numbers one.
pub(crate) type Numbering<'n> = Option<&'n dyn Fn(&str) -> i64>;

/// Keys of one type, with the place of each. NaN is one key, and so are 0 and −0.
#[derive(Debug)]
struct Lookup {
    dtype: &'static str,
    texts: BTreeMap<String, u32>,
    numbers: Vec<Keyed>,
}

impl Lookup {
    /// Of keys given twice, the last counts or else the first.
    fn new(keys: &Values, last: bool, numbering: Numbering<'_>) -> Result<Self> {
        let mut out = Self { dtype: keys.dtype(), texts: BTreeMap::new(), numbers: Vec::new() };
        let numbers: Vec<i64> = match (keys, numbering) {
            (Values::Str(keys), None) => {
                for (i, key) in keys.iter().enumerate() {
                    if last || !out.texts.contains_key(key) {
                        out.texts.insert(key.clone(), i as u32);
                    }
                }
                return Ok(out);
            }
            (Values::Str(keys), Some(numbering)) => keys.iter().map(|key| numbering(key)).collect(),
            (Values::F32(v), _) => v.iter().map(|v| bits(f64::from(*v))).collect(),
            (Values::F64(v), _) => v.iter().map(|v| bits(*v)).collect(),
            (Values::I64(v), _) => v.clone(),
            (Values::I32(v), _) => v.iter().map(|v| i64::from(*v)).collect(),
            (Values::I8(v), _) => v.iter().map(|v| i64::from(*v)).collect(),
            (Values::U8(v), _) => v.iter().map(|v| i64::from(*v)).collect(),
            (Values::Bool(v), _) => v.iter().map(|v| i64::from(*v)).collect(),
        };
        let rank = |i: usize| if last { -(i as i64) } else { i as i64 };
        out.numbers = numbers.into_iter().enumerate().map(|(i, key)| (key, rank(i), i)).collect();
        order::sort(&mut out.numbers);
        // Ranks have done their work: the first of each key is the one that counts.
        out.numbers.dedup_by_key(|k| k.0);
        out.numbers.iter_mut().for_each(|k| k.1 = 0);
        Ok(out)
    }

    /// The type in which values are looked up that are of the keys' type.
    fn reads(&self) -> &'static str {
        match self.dtype {
            "str" => "str",
            "f32" | "f64" => "f64",
            _ => "i64",
        }
    }

    fn number(&self, key: i64) -> Option<usize> {
        order::find(&self.numbers, key, 0)
    }

    /// Calls `each` with the place of every value's key.
    fn each(&self, values: View<'_>, mut each: impl FnMut(usize, Option<usize>)) -> Result<()> {
        match values {
            View::Str(v) => v.iter().enumerate().for_each(|(i, v)| each(i, self.texts.get(v).map(|place| *place as usize))),
            View::I64(v) => v.iter().enumerate().for_each(|(i, v)| each(i, self.number(*v))),
            View::F64(v) => v.iter().enumerate().for_each(|(i, v)| each(i, self.number(bits(*v)))),
            View::F32(_) => return Err(misplaced()),
        }
        Ok(())
    }
}

/// A number as bits that are equal where the numbers are.
fn bits(v: f64) -> i64 {
    if v.is_nan() { -1 } else { (v + 0.0).to_bits().cast_signed() }
}

/// Keys to values, unknown keys to a default: it answers places in a list of the values, with the default behind them.
#[derive(Debug)]
struct LabelEncoder {
    lookup: Lookup,
    unknown: usize,
}

impl Operator for LabelEncoder {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        let keys = self.lookup.dtype;
        if dtype == keys { Ok(self.lookup.reads()) } else { Err(wrong_type(dtype).with("keys", keys)) }
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        Ok(vec![Answer::new("i64", shape.to_vec())])
    }

    fn run(&self, _: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let Room::I64(out) = first else { return Err(misplaced()) };
        self.lookup.each(x, |i, place| {
            if let Some(to) = out.get_mut(i) {
                *to = place.unwrap_or(self.unknown) as i64;
            }
        })
    }
}

/// From ai.onnx.ml 2 on any type to any; before, names to their places and back, whichever `dtype` asks for.
pub(super) fn label_encoder(
    attrs: &mut Attrs<'_, '_>,
    ml: i64,
    dtype: Option<&'static str>,
    numbering: Numbering<'_>,
) -> Result<Built> {
    let texts = attrs.text("default_string", "_Unused")?.to_owned();
    let int = attrs.int("default_int64", -1)?;
    if ml < 2 {
        let classes = attrs.texts("classes_strings")?;
        let places: Vec<i64> = (0..classes.len() as i64).collect();
        let (names, places) = (Values::Str(classes), Values::I64(places));
        return if dtype == Some("str") {
            encoder(Lookup::new(&names, true, numbering)?, places, Values::I64(vec![int]))
        } else {
            encoder(Lookup::new(&places, true, numbering)?, names, Values::Str(vec![texts]))
        };
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
        (None, Values::F32(_)) => Values::F32(vec![float]),
        (None, Values::F64(_)) => Values::F64(vec![f64::from(float)]),
        (None, Values::I32(_)) => Values::I32(vec![int as i32]),
        (None, Values::I8(_)) => Values::I8(vec![int as i8]),
        (None, Values::U8(_)) => Values::U8(vec![int as u8]),
        (None, Values::Bool(_)) => Values::Bool(vec![int != 0]),
        (None, Values::I64(_)) => Values::I64(vec![int]),
    };
    encoder(Lookup::new(&keys, false, numbering)?, values, default)
}

fn encoder(lookup: Lookup, mut values: Values, default: Values) -> Result<Built> {
    let unknown = values.len();
    let dtype = default.dtype();
    let one = match (&mut values, default) {
        (Values::F32(list), Values::F32(one)) => push(list, one),
        (Values::F64(list), Values::F64(one)) => push(list, one),
        (Values::I64(list), Values::I64(one)) => push(list, one),
        (Values::I32(list), Values::I32(one)) => push(list, one),
        (Values::I8(list), Values::I8(one)) => push(list, one),
        (Values::U8(list), Values::U8(one)) => push(list, one),
        (Values::Bool(list), Values::Bool(one)) => push(list, one),
        (Values::Str(list), Values::Str(one)) => push(list, one),
        _ => None,
    };
    one.ok_or_else(|| malformed("LabelEncoder: default of another type", dtype))?;
    Ok(Built { operator: Box::new(LabelEncoder { lookup, unknown }), labels: Some(values) })
}

/// Appends the first of `one`.
fn push<T>(list: &mut Vec<T>, one: Vec<T>) -> Option<()> {
    list.push(one.into_iter().next()?);
    Some(())
}

/// A category to a row of zeros with a one in the category's place.
#[derive(Debug)]
struct OneHotEncoder {
    lookup: Lookup,
    categories: usize,
    zeros: bool,
}

pub(super) fn one_hot_encoder(attrs: &mut Attrs<'_, '_>, numbering: Numbering<'_>) -> Result<Box<dyn Operator>> {
    let (ints, texts) = (attrs.ints("cats_int64s")?, attrs.texts("cats_strings")?);
    let zeros = attrs.int("zeros", 1)? != 0;
    if ints.is_empty() == texts.is_empty() {
        return Err(malformed("OneHotEncoder wants categories of one type", ints.len()).with("strings", texts.len()));
    }
    let categories = ints.len().max(texts.len());
    let keys = if texts.is_empty() { Values::I64(ints) } else { Values::Str(texts) };
    Ok(Box::new(OneHotEncoder { lookup: Lookup::new(&keys, true, numbering)?, categories, zeros }))
}

impl Operator for OneHotEncoder {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        let texts = self.lookup.dtype;
        match dtype {
            "str" if texts == "str" => Ok("str"),
            _ if texts == "str" || dtype == "str" => Err(wrong_type(dtype).with("keys", texts)),
            "f32" | "f64" => Ok("f64"),
            _ => Ok("i64"),
        }
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        Ok(vec![Answer::new("f32", [shape, &[self.categories]].concat())])
    }

    fn run(&self, _: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let Room::F32(out) = first else { return Err(misplaced()) };
        out.fill(0.0);
        let (mut unknown, categories) = (false, self.categories);
        let mut one = |row: usize, place: Option<usize>| match place.and_then(|p| out.get_mut(row * categories + p)) {
            Some(cell) => *cell = 1.0,
            None => unknown = true,
        };
        match x {
            // Fractions are cut; what is no integer at all is no category.
            View::F64(v) => v.iter().enumerate().for_each(|(row, v)| {
                let whole = !v.is_nan() && v.abs() < 9.2e18;
                one(row, if whole { self.lookup.number(*v as i64) } else { None });
            }),
            other => self.lookup.each(other, one)?,
        }
        if unknown && !self.zeros {
            return Err(failed("OneHotEncoder: unknown category, and zeros are not wanted"));
        }
        Ok(())
    }
}
