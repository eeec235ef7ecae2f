//! What does not fit, and the sentence that says so.

use super::tree::Value;
use std::fmt;

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
    /// The error's code across a boundary: `unknown-option` or `invalid-option`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.why {
            Why::Unknown { .. } => "unknown-option",
            _ => "invalid-option",
        }
    }

    /// The sentence, for a value that the host knows by this name.
    #[must_use]
    pub fn told(&self, root: &str) -> String {
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

/// What a message repeats of a text that came from outside: 64 bytes, so that it says its reason as well.
pub(crate) fn short(text: &str) -> &str {
    let end = (0..=64.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.split_at(end).0
}

impl Value {
    /// What is kept of it for a message: of a text the beginning, of lists and objects nothing but that they are some.
    pub(super) fn outline(&self) -> Self {
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
}
