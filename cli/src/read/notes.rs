//! What a person should know of how their files were read: said, never silent, and no error.

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// A stable word.
    pub code: &'static str,
    /// A sentence: what was found and what to do where it is wrong.
    pub message: String,
    /// Values by name.
    pub details: Vec<(&'static str, String)>,
}

impl Note {
    /// A note without values.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// Adds a value under a name.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.details.push((name, super::value::cell::short(&value.to_string())));
        self
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "note {}: {}", self.code, self.message)?;
        for (at, (name, value)) in self.details.iter().enumerate() {
            write!(f, "{}{name}: {value}", if at == 0 { " (" } else { ", " })?;
        }
        f.write_str(if self.details.is_empty() { "" } else { ")" })
    }
}
