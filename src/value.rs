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
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// As JavaScript writes it: `.where.price.lt`, `[1].k`.
    pub(crate) path: String,
    pub(crate) why: Why,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Why {
    /// A value is of another type or out of range. Of lists and objects only the kind is kept.
    Wanted { expected: String, got: Value },
    /// A key that must be there is not.
    Missing,
    /// A key that nobody reads.
    Unknown { allowed: Vec<&'static str>, nearest: Option<&'static str> },
    /// What is there does not go together.
    Unfit(&'static str),
}

impl Mismatch {
    /// The error's code across the boundary.
    pub(crate) const fn code(&self) -> &'static str {
        match self.why {
            Why::Unknown { .. } => "unknown-option",
            _ => "invalid-option",
        }
    }

    /// The sentence, for a value that the host knows by this name.
    pub(crate) fn told(&self, root: &str) -> String {
        let path = [root, &self.path].concat();
        // A value without a name has none before the point either.
        let path = path.strip_prefix('.').unwrap_or(&path);
        match &self.why {
            Why::Wanted { expected, got } => [path, " must be ", expected, ", not ", &got.told()].concat(),
            Why::Missing => [path, " must be given"].concat(),
            Why::Unknown { allowed, nearest } => {
                let (within, key) = path.rsplit_once('.').unwrap_or(("", path));
                let (means, near, end) = nearest.map_or(("", ".", ""), |near| ("; did you mean \"", near, "\"?"));
                [within, " has no \"", key, "\"", means, near, end, " Allowed: ", &allowed.join(", ")].concat()
            }
            Why::Unfit(what) => [path, ": ", what].concat(),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(""))
    }
}

/// A value that is read later.
impl Decode for Value {
    fn decode(value: Value, _: &mut Faults) -> Self {
        value
    }
}

/// Values that are read later, one by one.
#[derive(Debug, Default)]
pub(crate) struct Values(pub(crate) Vec<Value>);

impl Decode for Values {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::List(list) => return Self(list),
            other => faults.wanted("an array", &other),
        }
        Self::default()
    }
}

/// What can be read from a [`Value`] by [`Value::read`].
///
/// A reader never stops: what does not fit is noted, and a stand-in of the type (0, an empty text, the first word) takes
/// its place, which nobody sees, as [`Value::read`] then fails. So a struct's reader is a list of its keys without a
/// branch at each.
pub trait Decode: Sized {
    /// Whether a key may be absent: it is read as null then.
    const MAY_BE_ABSENT: bool = false;

    /// The value, or a stand-in once a fault is noted.
    fn decode(value: Value, faults: &mut Faults) -> Self;
}

/// The first thing that did not fit. Where it was is put together on the way out of it, step by step: nearly always there is
/// none, and nothing is kept for it.
#[derive(Debug, Default)]
pub struct Faults {
    first: Option<Mismatch>,
}

/// One step of a path.
enum Step<'a> {
    Key(&'a str),
    At(usize),
}

/// What a message repeats of a text that came from outside: 64 bytes, so that it says its reason as well.
pub(crate) fn short(text: &str) -> &str {
    let end = (0..=64.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.split_at(end).0
}

/// The allowed name within a third of its length in edits, if any.
pub(crate) fn nearest<'a>(name: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let mut near = Nearest::to(name);
    allowed.iter().for_each(|allowed| near.see(allowed, allowed));
    near.name()
}

/// A name on the look-out for the one that may be meant.
pub(crate) struct Nearest<'n, 'a> {
    name: &'n str,
    letters: u32,
    best: Option<(usize, &'a str)>,
}

impl<'n, 'a> Nearest<'n, 'a> {
    pub(crate) fn to(name: &'n str) -> Self {
        Self { name, letters: letters(name), best: None }
    }

    /// Sees a word that stands for a name.
    #[inline(never)]
    pub(crate) fn see(&mut self, word: &str, of: &'a str) {
        let most = word.len().div_ceil(3);
        // So many edits are needed at least: a key of a megabyte is compared with none. An edit changes two letters at most.
        let far = self.name.len().abs_diff(word.len()) > most;
        if far || (self.letters ^ letters(word)).count_ones() as usize > 2 * most {
            return;
        }
        let distance = edits(self.name.as_bytes(), word.as_bytes());
        if distance <= most && self.best.is_none_or(|(least, _)| distance < least) {
            self.best = Some((distance, of));
        }
    }

    pub(crate) fn name(&self) -> Option<&'a str> {
        self.best.map(|(_, name)| name)
    }
}

/// Which letters occur, 32 kinds of them whatever their case.
fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |letters, byte| letters | 1 << (byte & 31))
}

/// Levenshtein distance of bytes, whatever the case of ASCII letters.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let (mut before, mut left) = (i, i + 1);
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let swap = before + usize::from(!x.eq_ignore_ascii_case(y));
            before = *cell;
            left = swap.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        row.first_mut().into_iter().for_each(|cell| *cell = i + 1);
    }
    row.last().copied().unwrap_or(0)
}

impl Faults {
    /// What [`Value::read`] says of what was read.
    pub(crate) fn first(self) -> Option<Mismatch> {
        self.first
    }

    #[inline(never)]
    fn note(&mut self, why: Why) {
        if self.first.is_none() {
            self.first = Some(Mismatch { path: String::new(), why });
        }
    }

    #[inline(never)]
    pub(crate) fn wanted(&mut self, expected: &str, got: &Value) {
        self.note(Why::Wanted { expected: expected.to_owned(), got: got.outline() });
    }

    fn within<T: Decode>(&mut self, step: Step<'_>, value: Value) -> T {
        let whole = self.whole();
        let read = T::decode(value, self);
        self.leave(whole, &step);
        read
    }

    /// Whether all has fitted so far.
    const fn whole(&self) -> bool {
        self.first.is_none()
    }

    /// Leaves a step that was begun while all had fitted, or not: what does not fit since then was within it.
    #[inline(never)]
    fn leave(&mut self, whole: bool, step: &Step<'_>) {
        if let Some(first) = self.first.as_mut().filter(|_| whole) {
            first.path = match step {
                Step::Key(key) => [".", short(key), &first.path].concat(),
                Step::At(at) => format!("[{at}]{}", first.path),
            };
        }
    }
}

impl Value {
    /// What this value stands for.
    ///
    /// # Errors
    /// The first [`Mismatch`] met.
    pub fn read<T: Decode>(self) -> Result<T, Mismatch> {
        let mut faults = Faults::default();
        let read = T::decode(self, &mut faults);
        faults.first.map_or(Ok(read), Err)
    }

    /// What is kept of it for a message: of a text the beginning, of lists and objects nothing but that they are some.
    fn outline(&self) -> Self {
        match self {
            Self::Text(text) => Self::Text(short(text).to_owned()),
            Self::List(_) => Self::List(Vec::new()),
            Self::Map(_) => Self::Map(Vec::new()),
            other => other.clone(),
        }
    }

    /// Type and value, for messages.
    fn told(&self) -> String {
        let (kind, value): (&str, &dyn fmt::Display) = match self {
            Self::Null => ("null", &""),
            Self::Bool(b) => ("boolean ", b),
            Self::Natural(n) => ("number ", n),
            Self::Negative(n) => ("number ", n),
            Self::Float(x) => ("number ", x),
            Self::Text(text) => ("string ", text),
            Self::List(_) => ("an array", &""),
            Self::Map(_) => ("an object", &""),
        };
        format!("{kind}{value}")
    }

    const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The values of a list, one after the other. Apart from the type that is made of each, so that not every type has a copy.
    #[inline(never)]
    fn each(self, faults: &mut Faults, read: &mut dyn FnMut(Self, &mut Faults)) {
        match self {
            Self::List(list) => {
                for (at, value) in list.into_iter().enumerate() {
                    let whole = faults.whole();
                    read(value, faults);
                    faults.leave(whole, &Step::At(at));
                }
            }
            other => faults.wanted("an array", &other),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            _ => 0,
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
        Fields { left, known: [""; MOST_KEYS], count: 0, faults }
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
            faults.wanted(&format!("one of {}", known.join(", ")), self);
            0
        })
    }

    /// A whole number from 0 to `largest`.
    #[inline(never)]
    fn natural(self, largest: u64, faults: &mut Faults) -> u64 {
        match self {
            Self::Natural(n) if n <= largest => return n,
            _ if largest < u64::from(u32::MAX) => faults.wanted(&format!("an integer from 0 to {largest}"), &self),
            // Whoever reads the number knows a better bound.
            _ => faults.wanted("an integer from 0", &self),
        }
        0
    }
}

/// Most keys that a struct reads; the rest would not be listed.
const MOST_KEYS: usize = 24;

/// The keys of an object that nobody has taken yet.
pub(crate) struct Fields<'a> {
    left: Vec<(String, Value)>,
    /// The keys that were asked for, to be listed where one is unknown.
    known: [&'static str; MOST_KEYS],
    count: usize,
    faults: &'a mut Faults,
}

impl Fields<'_> {
    /// Takes a key. Apart from [`Fields::take`], so that not every type has a copy.
    #[inline(never)]
    fn enter(&mut self, key: &'static str, may_be_absent: bool) -> Value {
        self.known.get_mut(self.count).into_iter().for_each(|known| *known = key);
        self.count += 1;
        match self.left.iter().position(|(k, _)| k == key) {
            Some(at) => self.left.swap_remove(at).1,
            None => {
                if !may_be_absent {
                    self.faults.note(Why::Missing);
                }
                Value::Null
            }
        }
    }

    /// The value of a key that must be there, or whose type has a meaning for its absence.
    #[inline(never)]
    pub(crate) fn take<T: Decode>(&mut self, key: &'static str) -> T {
        let whole = self.faults.whole();
        let value = self.enter(key, T::MAY_BE_ABSENT);
        let read = T::decode(value, self.faults);
        self.faults.leave(whole, &Step::Key(key));
        read
    }

    /// Puts the value of a key into its place; what is there stays when the key is absent or has no value.
    #[inline(never)]
    pub(crate) fn fill<T: Decode>(&mut self, key: &'static str, place: &mut T) {
        let value = self.enter(key, true);
        if !value.is_null() {
            *place = self.faults.within(Step::Key(key), value);
        }
    }

    /// The value of a key, or `default` when the key is absent or has no value.
    pub(crate) fn take_or<T: Decode>(&mut self, key: &'static str, default: T) -> T {
        let mut value = default;
        self.fill(key, &mut value);
        value
    }

    /// Whether a key is there without a value.
    pub(crate) fn is_null(&self, key: &str) -> bool {
        self.left.iter().any(|(k, value)| k == key && value.is_null())
    }

    /// All keys that are left, with what each stands for.
    pub(crate) fn rest<T: Decode>(self) -> Vec<(String, T)> {
        let Self { left, faults, .. } = self;
        left.into_iter()
            .map(|(key, value)| {
                let read = faults.within(Step::Key(&key), value);
                (key, read)
            })
            .collect()
    }

    /// Notes that what was taken does not fit together.
    pub(crate) fn fault(&mut self, why: &'static str) {
        self.faults.note(Why::Unfit(why));
    }

    /// Refuses a key that nobody took. One without a value says nothing, and JavaScript makes them freely.
    #[inline(never)]
    pub(crate) fn end(self) {
        let Self { left, known, count, faults } = self;
        if let Some((key, _)) = left.into_iter().find(|(_, value)| !value.is_null()) {
            let allowed = known.get(..count).unwrap_or(&known).to_vec();
            let twice = allowed.contains(&key.as_str());
            let nearest = nearest(&key, &allowed);
            let whole = faults.whole();
            faults.note(if twice { Why::Unfit("it is there twice") } else { Why::Unknown { allowed, nearest } });
            faults.leave(whole, &Step::Key(&key));
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
            other => faults.wanted("a string", &other),
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
            Value::Float(x) if x.is_finite() => return x,
            other => faults.wanted("a finite number", &other),
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
    const MAY_BE_ABSENT: bool = true;

    fn decode(value: Value, faults: &mut Faults) -> Self {
        if value.is_null() { None } else { Some(T::decode(value, faults)) }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut list = Self::with_capacity(value.len());
        value.each(faults, &mut |value, faults| list.push(T::decode(value, faults)));
        list
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
            (r#"[{"name":"a"},{}]"#, "[1].name must be given"),
            (r#"[{"name":1}]"#, "[0].name must be a string, not number 1"),
            (r#"[{"name":null}]"#, "[0].name must be a string, not null"),
            (r#"[{"name":[]}]"#, "[0].name must be a string, not an array"),
            (r#"[{"name":"a","count":65536}]"#, "[0].count must be an integer from 0 to 65535, not number 65536"),
            (r#"[{"name":"a","count":-1}]"#, "[0].count must be an integer from 0 to 65535, not number -1"),
            (r#"[{"name":"a","count":0.5}]"#, "[0].count must be an integer from 0 to 65535, not number 0.5"),
            (r#"[{"name":"a","more":1}]"#, "[0] has no \"more\". Allowed: name, count, size"),
            (r#"[{"name":"a","Cuont":1}]"#, "[0] has no \"Cuont\"; did you mean \"count\"? Allowed: name, count, size"),
            (r#"[{"name":"a","name":"b"}]"#, "[0].name: it is there twice"),
            (r#"{}"#, " must be an array, not an object"),
        ] {
            assert_eq!(read(json), Err(why.to_owned()));
        }
        let long = format!(r#"[{{"name":"a","{}":1}}]"#, "x".repeat(1 << 20));
        assert!(read(&long).unwrap_err().len() < 200);
    }

    #[test]
    fn the_nearest_name_is_within_a_third_of_its_edits() {
        let allowed = ["exclude", "where", "Tea & Coffee"];
        for (name, near) in [
            ("exlude", Some("exclude")),
            ("Where", Some("where")),
            ("tea and coffee", Some("Tea & Coffee")),
            ("colour", None),
            ("", None),
            ("eeeeeee", None),
        ] {
            assert_eq!(nearest(name, &allowed), near, "{name}");
        }
        let mut near = Nearest::to("kichen");
        ["Kitchen", "Baking"].iter().for_each(|word| near.see(word, "Kitchen & Baking"));
        assert_eq!(near.name(), Some("Kitchen & Baking"));
        assert_eq!(edits(b"kitten", b"sitting"), 3);
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
