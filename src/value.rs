//! Values as JSON and JavaScript have them, and how plain structs are read from them.
//!
//! Both formats become a [`Value`] first, and each struct says once which keys it takes. serde's derive would write a
//! reader for every struct and format instead, which is most of what a small wasm holds. Reading is strict: a key that
//! nobody takes is refused, because a setting read by nobody is a silent change of behaviour.

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serializer};
use std::fmt;

/// A value as JSON and JavaScript have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// null or undefined.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number from 0.
    Natural(u64),
    /// A whole number below 0.
    Negative(i64),
    /// Any other number; NaN and infinity where the format has them.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Keys and values in the order they came.
    Map(Vec<(String, Value)>),
}

/// Why a value could not be read: where, and what was wanted there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    path: String,
    why: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str(&self.path)?;
            f.write_str(": ")?;
        }
        f.write_str(&self.why)
    }
}

/// What can be read from a [`Value`] by [`Value::read`].
///
/// A reader never stops: what does not fit is noted, and a stand-in of the type (0, an empty text, the first word) takes
/// its place, which nobody sees, as [`Value::read`] then fails. So a struct's reader is a list of its keys without a
/// branch at each.
pub trait Decode: Sized {
    /// The value, or a stand-in once a fault is noted.
    fn decode(value: Value, faults: &mut Faults) -> Self;

    /// What an absent key stands for; nothing where the key is needed.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// Where reading has come to, and the first thing that did not fit.
#[derive(Debug)]
pub struct Faults {
    path: Vec<Step>,
    first: Option<Mismatch>,
}

/// Written out only for a fault: nearly always there is none.
#[derive(Debug)]
enum Step {
    Key(&'static str),
    OtherKey(String),
    At(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::OtherKey(key) => f.write_str(short(key)),
            Self::At(at) => at.fmt(f),
        }
    }
}

/// What a message repeats of a text that came from outside: 64 bytes, so that it says its reason as well.
fn short(text: &str) -> &str {
    let end = (0..=64.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.split_at(end).0
}

impl Faults {
    #[inline(never)]
    fn note(&mut self, why: String) {
        if self.first.is_none() {
            let path: Vec<String> = self.path.iter().map(Step::to_string).collect();
            self.first = Some(Mismatch { path: path.join("."), why });
        }
    }

    #[inline(never)]
    pub(crate) fn wanted(&mut self, wanted: &str, got: &Value) {
        self.note(format!("{wanted} is needed, not {}", got.kind()));
    }

    fn within<T: Decode>(&mut self, step: Step, value: Value) -> T {
        self.path.push(step);
        let read = T::decode(value, self);
        self.path.pop();
        read
    }
}

impl Value {
    /// What this value stands for.
    ///
    /// # Errors
    /// The first [`Mismatch`] met.
    pub fn read<T: Decode>(self) -> Result<T, Mismatch> {
        let mut faults = Faults { path: Vec::new(), first: None };
        let read = T::decode(self, &mut faults);
        faults.first.map_or(Ok(read), Err)
    }

    /// The kind of the value, for messages.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a truth value",
            Self::Natural(_) => "a whole number",
            Self::Negative(_) => "a number below 0",
            Self::Float(_) => "a number that is not whole",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }

    /// The value of a key, where this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(fields) => fields.iter().find(|(k, _)| k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The number, where this is a whole one from 0.
    pub(crate) const fn as_natural(&self) -> Option<u64> {
        match self {
            Self::Natural(n) => Some(*n),
            _ => None,
        }
    }

    /// The keys of an object, to be taken one by one.
    #[inline(never)]
    pub(crate) fn fields(self, faults: &mut Faults) -> Fields<'_> {
        let left = match self {
            Self::Map(left) => left,
            other => {
                faults.wanted("an object", &other);
                Vec::new()
            }
        };
        Fields { left, faults }
    }

    /// The meaning of a word.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)], faults: &mut Faults) -> T {
        words[self.place(words.len(), &|at| words[at].0, faults)].1
    }

    /// The place of a word in a list of `len`. Apart from [`Value::word`], so that not every enumeration has a copy.
    #[inline(never)]
    fn place<'a>(&self, len: usize, word: &dyn Fn(usize) -> &'a str, faults: &mut Faults) -> usize {
        let at = match self {
            Self::Text(text) => (0..len).find(|at| word(*at) == text),
            _ => None,
        };
        at.unwrap_or_else(|| {
            let known: Vec<&str> = (0..len).map(word).collect();
            faults.note(format!("one of {} is needed, not {}", known.join(", "), self.quoted()));
            0
        })
    }

    fn quoted(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{}\"", short(text)),
            other => other.kind().to_owned(),
        }
    }

    /// A whole number from 0 to `largest`.
    fn natural(&self, largest: u64, faults: &mut Faults) -> u64 {
        match self {
            Self::Natural(n) if *n <= largest => return *n,
            Self::Natural(n) => faults.note(format!("{n} is above {largest}")),
            other => faults.wanted("a whole number from 0", other),
        }
        0
    }
}

/// The keys of an object that nobody has taken yet.
pub(crate) struct Fields<'a> {
    left: Vec<(String, Value)>,
    faults: &'a mut Faults,
}

impl Fields<'_> {
    /// Takes a key and steps into it. Apart from [`Fields::take`], so that not every type has a copy.
    #[inline(never)]
    fn enter(&mut self, key: &'static str, may_be_absent: bool) -> Option<Value> {
        let at = self.left.iter().position(|(k, _)| k == key);
        let value = at.map(|at| self.left.swap_remove(at).1);
        if value.is_none() {
            if may_be_absent {
                return None;
            }
            self.faults.note(format!("\"{key}\" is missing"));
        }
        self.faults.path.push(Step::Key(key));
        Some(value.unwrap_or(Value::Null))
    }

    /// The value of a key that must be there, or whose type has a meaning for its absence.
    pub(crate) fn take<T: Decode>(&mut self, key: &'static str) -> T {
        let absent = T::absent();
        match (self.enter(key, absent.is_some()), absent) {
            (None, Some(absent)) => absent,
            (value, _) => {
                let read = T::decode(value.unwrap_or(Value::Null), self.faults);
                self.faults.path.pop();
                read
            }
        }
    }

    /// The value of a key, or `default` when the key is absent or has no value.
    pub(crate) fn take_or<T: Decode>(&mut self, key: &'static str, default: T) -> T {
        self.take::<Option<T>>(key).unwrap_or(default)
    }

    /// All keys that are left, with what each stands for.
    pub(crate) fn rest<T: Decode>(self) -> Vec<(String, T)> {
        let Self { left, faults } = self;
        left.into_iter().map(|(key, value)| (key.clone(), faults.within(Step::OtherKey(key), value))).collect()
    }

    /// Notes that what was taken does not fit together.
    pub(crate) fn fault(&mut self, why: &str) {
        self.faults.note(why.to_owned());
    }

    /// Refuses a key that nobody took. One without a value says nothing, and JavaScript makes them freely.
    #[inline(never)]
    pub(crate) fn end(self) {
        if let Some((key, _)) = self.left.iter().find(|(_, value)| *value != Value::Null) {
            self.faults.note(format!("unknown or repeated key \"{}\"", short(key)));
        }
    }
}

impl Decode for bool {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Bool(b) => return b,
            other => faults.wanted("true or false", &other),
        }
        false
    }
}

impl Decode for String {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Text(text) => return text,
            other => faults.wanted("a text", &other),
        }
        Self::new()
    }
}

impl Decode for u64 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(Self::MAX, faults)
    }
}

impl Decode for u32 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(u64::from(Self::MAX), faults) as Self
    }
}

impl Decode for u16 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(u64::from(Self::MAX), faults) as Self
    }
}

impl Decode for usize {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(Self::MAX as u64, faults) as Self
    }
}

impl Decode for i64 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Negative(n) => n,
            other => other.natural(Self::MAX.cast_unsigned(), faults).cast_signed(),
        }
    }
}

impl Decode for f64 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Natural(n) => return n as Self,
            Value::Negative(n) => return n as Self,
            Value::Float(x) => return x,
            other => faults.wanted("a number", &other),
        }
        0.0
    }
}

impl Decode for f32 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        f64::decode(value, faults) as Self
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        (value != Value::Null).then(|| T::decode(value, faults))
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::List(list) => {
                return list.into_iter().enumerate().map(|(at, value)| faults.within(Step::At(at), value)).collect();
            }
            other => faults.wanted("a list", &other),
        }
        Self::new()
    }
}

impl<T: Decode> Decode for (T, T) {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let pair: Result<[Value; 2], Value> = match value {
            Value::List(list) => list.try_into().map_err(Value::List),
            other => Err(other),
        };
        let [a, b] = pair.unwrap_or_else(|other| {
            faults.wanted("a pair", &other);
            [Value::Null, Value::Null]
        });
        (faults.within(Step::At(0), a), faults.within(Step::At(1), b))
    }
}

/// From any format that serde reads.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Value::Natural(n))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(u64::try_from(n).map_or(Value::Negative(n), Value::Natural))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        Ok(Value::Float(x))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(value) = list.next_element()? {
            out.push(value);
        }
        Ok(Value::List(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(entry) = map.next_entry()? {
            out.push(entry);
        }
        Ok(Value::Map(out))
    }
}

/// Writes pairs as an object; for `serialize_with`.
pub(crate) fn as_map<S: Serializer>(pairs: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Row {
        name: String,
        count: Option<u16>,
        size: f32,
    }

    impl Decode for Row {
        fn decode(value: Value, faults: &mut Faults) -> Self {
            let mut of = value.fields(faults);
            let row = Self { name: of.take("name"), count: of.take("count"), size: of.take_or("size", 1.5) };
            of.end();
            row
        }
    }

    fn read(json: &str) -> Result<Vec<Row>, String> {
        let value: Value = serde_json::from_str(json).map_err(|e| e.to_string())?;
        value.read().map_err(|e| e.to_string())
    }

    #[test]
    fn reads_what_fits() {
        let row = |name: &str, count, size| Row { name: name.into(), count, size };
        assert_eq!(
            read(r#"[{"name":"a"},{"count":7,"name":"b","size":2}]"#),
            Ok(vec![row("a", None, 1.5), row("b", Some(7), 2.0)])
        );
        assert_eq!(read(r#"[{"name":"a","count":null,"size":null,"more":null}]"#), Ok(vec![row("a", None, 1.5)]));
    }

    #[test]
    fn says_where_and_why_not() {
        for (json, why) in [
            (r#"[{"name":"a"},{}]"#, "1: \"name\" is missing"),
            (r#"[{"name":1}]"#, "0.name: a text is needed, not a whole number"),
            (r#"[{"name":"a","count":65536}]"#, "0.count: 65536 is above 65535"),
            (r#"[{"name":"a","count":-1}]"#, "0.count: a whole number from 0 is needed, not a number below 0"),
            (r#"[{"name":"a","more":1}]"#, "0: unknown or repeated key \"more\""),
            (r#"[{"name":"a","name":"b"}]"#, "0: unknown or repeated key \"name\""),
            (r#"{}"#, "a list is needed, not an object"),
        ] {
            assert_eq!(read(json), Err(why.to_owned()));
        }
    }

    #[test]
    fn numbers_keep_their_kind() {
        let kinds = [("0", Value::Natural(0)), ("-3", Value::Negative(-3)), ("0.5", Value::Float(0.5))];
        for (json, value) in kinds {
            assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
        }
        assert_eq!(Value::Negative(i64::MIN).read(), Ok(i64::MIN));
        assert_eq!(Value::Natural(u64::MAX).read(), Ok(u64::MAX));
        assert!(Value::Natural(1 << 63).read::<i64>().is_err());
    }
}
