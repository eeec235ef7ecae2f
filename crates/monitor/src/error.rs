//! What is refused, and why: a stable code, a sentence, and the place and the value that did not fit.

use std::fmt;

/// What went wrong, as a stable word. The string form ([`Code::as_str`]) never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// What a reference is to be made of contradicts itself or is too much.
    ReferenceInvalid,
    /// The bytes are no reference, or contradict themselves.
    ReferenceMalformed,
    /// The bytes are no report, no state, or contradict themselves. Nothing of them is taken over.
    ReportMalformed,
    /// The bytes were written by another version of the format.
    VersionUnsupported,
    /// The report or state was counted on the bins of another reference.
    ReferenceOther,
    /// Reports of more sources than are told apart.
    SourcesTooMany,
    /// A setting is out of range.
    SettingInvalid,
    /// An observation names what the reference does not have.
    ObservationInvalid,
}

impl Code {
    /// The stable word, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReferenceInvalid => "monitor-reference-invalid",
            Self::ReferenceMalformed => "monitor-reference-malformed",
            Self::ReportMalformed => "monitor-report-malformed",
            Self::VersionUnsupported => "monitor-version-unsupported",
            Self::ReferenceOther => "monitor-reference-other",
            Self::SourcesTooMany => "monitor-sources-too-many",
            Self::SettingInvalid => "monitor-setting-invalid",
            Self::ObservationInvalid => "monitor-observation-invalid",
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

    /// Adds a value under a name: its first 200 bytes, control characters escaped.
    #[must_use]
    #[inline(never)]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        let mut cut = String::new();
        for c in value.chars() {
            if c.is_control() {
                cut.extend(c.escape_default());
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

    /// Adds a whole number under a name.
    #[must_use]
    pub(crate) fn count(self, name: &'static str, value: u64) -> Self {
        let (mut left, mut out) = (value, Vec::new());
        loop {
            out.push(b'0' + u8::try_from(left % 10).unwrap_or(0));
            left /= 10;
            if left == 0 {
                break;
            }
        }
        let digits: String = out.iter().rev().map(|&byte| char::from(byte)).collect();
        self.with(name, &digits)
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
        let error = Error::new(Code::SettingInvalid, "no").with("value", &"ü\n".repeat(200)).count("at", 1205).count("none", 0);
        assert!(error.details()[0].1.len() <= 200 && error.details()[0].1.ends_with('…'));
        assert!(error.details()[0].1.starts_with("ü\\nü"));
        assert!(error.to_string().ends_with(" at=1205 none=0"), "{error}");
    }
}
