//! The tree that JSON and JavaScript are read into.

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

impl Value {
    pub(super) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn len(&self) -> usize {
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
}
