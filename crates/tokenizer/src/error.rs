//! What is refused, and why: a stable code, a sentence, and the place and the value that did not fit.

use std::fmt;

/// What went wrong, as a stable word. The string form ([`Code::as_str`]) never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The file does not parse, or contradicts itself.
    Malformed,
    /// The file asks for something that this crate does not do, and would be answered wrong without it.
    Unsupported,
    /// The file, its vocabulary or one of its parts is larger than the limits.
    TooLarge,
    /// A text is larger than the limits.
    TextTooLarge,
    /// An id that has no token, or a character for which the vocabulary has neither a token nor an unknown token.
    NoToken,
    /// A pattern of the file takes too many steps on a text.
    TooSlow,
}

impl Code {
    /// The stable word, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "tokenizer-malformed",
            Self::Unsupported => "tokenizer-unsupported",
            Self::TooLarge => "tokenizer-too-large",
            Self::TextTooLarge => "tokenizer-text-too-large",
            Self::NoToken => "tokenizer-no-token",
            Self::TooSlow => "tokenizer-too-slow",
        }
    }
}

/// An error with a stable [`Code`], a sentence that says what to do, and the offending values by name.
///
/// One pointer wide: every `?` moves it, which in wasm is code.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    code: Code,
    message: &'static str,
    details: Vec<(&'static str, String)>,
}

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Bytes of a detail: a longer value ends in "…".
const MAX_DETAIL: usize = 200;

impl Error {
    /// Kept out of line, so that who fails costs a call.
    #[cold]
    #[inline(never)]
    pub(crate) fn new(code: Code, message: &'static str) -> Self {
        Self(Box::new(Parts { code, message, details: Vec::new() }))
    }

    /// The file contradicts itself at a place.
    #[cold]
    pub(crate) fn malformed(message: &'static str, place: &str) -> Self {
        Self::new(Code::Malformed, message).with("place", place)
    }

    /// The file asks for what is not done here.
    #[cold]
    pub(crate) fn unsupported(message: &'static str, place: &str, value: &str) -> Self {
        Self::new(Code::Unsupported, message).with("place", place).with("value", value)
    }

    /// A text takes too many steps.
    #[cold]
    pub(crate) fn too_slow() -> Self {
        Self::new(
            Code::TooSlow,
            "the tokenizer's pattern, or its words, take too many steps on this text: cut the text, or simplify the tokenizer",
        )
    }

    /// Adds a value under a name: its first 200 bytes, control characters escaped.
    #[must_use]
    #[inline(never)]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        let mut cut = String::new();
        for c in value.chars() {
            if c.is_control() {
                let code = u32::from(c);
                cut.push_str("\\x");
                cut.extend([code >> 4, code & 15].iter().filter_map(|&digit| char::from_digit(digit, 16)));
            } else {
                cut.push(c);
            }
            if cut.len() > MAX_DETAIL {
                while cut.len() > MAX_DETAIL - "…".len() {
                    cut.pop();
                }
                cut.push('…');
                break;
            }
        }
        self.0.details.push((name, cut));
        self
    }

    /// Adds a number under a name.
    #[must_use]
    pub(crate) fn count(self, name: &'static str, value: usize) -> Self {
        self.with(name, &digits(value))
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence: what is wrong and what to do.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.0.message
    }

    /// Offending values by name.
    #[must_use]
    pub fn details(&self) -> &[(&'static str, String)] {
        &self.0.details
    }
}

/// A number as decimal digits, without the code that formatting brings into wasm.
pub(crate) fn digits(mut value: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(b'0' + u8::try_from(value % 10).unwrap_or(0));
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.iter().rev().map(|&byte| char::from(byte)).collect()
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nearhand: {} [{}]", self.0.message, self.0.code.as_str())?;
        for (name, value) in &self.0.details {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_and_control_characters_escaped() {
        let error = Error::malformed("no", "model").with("value", &"ü\n".repeat(200)).count("at", 1205);
        assert_eq!(error.details()[1].1.len(), 200);
        assert!(error.details()[1].1.starts_with("ü\\x0aü") && error.details()[1].1.ends_with('…'));
        assert!(error.to_string().ends_with(" at=1205"), "{error}");
        assert_eq!(digits(0), "0");
    }
}
