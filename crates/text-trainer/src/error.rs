//! What can go wrong: a code for programs, a sentence for people, and the values that it is about.

use std::fmt;
use std::path::Path;

/// The kind of an error. Those that nearhand has too have its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A text, a query log or a catalog is not what it must be.
    DataInvalid,
    /// A file cannot be read or written, or the disk has no room.
    Io,
    /// An option is out of its range, or two do not go together.
    OptionInvalid,
    /// A checkpoint is damaged, or that of another run.
    CheckpointInvalid,
    /// The loss is not a number any more.
    TrainingDiverged,
    /// The model that was written does not run as it should.
    ModelFailed,
}

impl Code {
    /// The name, which stays.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataInvalid => "data-invalid",
            Self::Io => "io",
            Self::OptionInvalid => "invalid-option",
            Self::CheckpointInvalid => "checkpoint-invalid",
            Self::TrainingDiverged => "training-diverged",
            Self::ModelFailed => "model-failed",
        }
    }
}

/// An error with the values that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: String,
    details: Vec<(&'static str, String)>,
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        // A value may be anything that a file holds.
        let value: String = value.to_string().chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.details.push((name, value));
        self
    }

    pub(crate) fn file(path: &Path, why: &std::io::Error) -> Self {
        Self::new(Code::Io, "a file could not be read or written").with("file", path.display()).with("why", why)
    }

    /// The kind.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What is wrong and what to do, without the values.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The values, by name.
    #[must_use]
    pub fn details(&self) -> &[(&'static str, String)] {
        &self.details
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)?;
        for (number, (name, value)) in self.details.iter().enumerate() {
            write!(f, "{}{name} {value}", if number == 0 { " (" } else { ", " })?;
        }
        if self.details.is_empty() { Ok(()) } else { write!(f, ")") }
    }
}

impl std::error::Error for Error {}

impl From<nearhand_onnx::error::Error> for Error {
    fn from(error: nearhand_onnx::error::Error) -> Self {
        Self::new(Code::ModelFailed, "the engine refused the model").with("why", error)
    }
}
