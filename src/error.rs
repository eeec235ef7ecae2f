//! The one public error: a stable code, a sentence, and the offending values.

use std::fmt;

/// What went wrong, as a stable word. The string form ([`Code::as_str`]) never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The bundle is not a safetensors file with a nearhand manifest first.
    BundleForeign,
    /// The bundle ends before its header says.
    BundleTruncated,
    /// The bundle is larger than the host allows.
    BundleTooLarge,
    /// The bytes are not those that were packed.
    BundleDigestMismatch,
    /// The safetensors header is malformed: overlap, hole, wrong type, bad JSON.
    BundleMalformed,
    /// The manifest is of a format this build does not read.
    BundleUnsupportedFormat,
    /// A part named by the manifest is missing or has the wrong shape or type.
    BundlePartInvalid,
    /// The manifest contradicts itself or its parts.
    ManifestInvalid,
    /// Two catalog items have the same id.
    CatalogDuplicateId,
    /// A catalog value is out of range or not representable.
    CatalogInvalid,
    /// A catalog delta names an item that the catalog does not hold.
    ItemUnknown,
    /// A filter names a column that the catalog does not have.
    ColumnUnknown,
    /// The ONNX bytes do not parse.
    ModelMalformed,
    /// The ONNX file keeps tensors in other files.
    ModelExternalData,
    /// The ONNX graph has an operator the engine does not run.
    ModelOperatorUnsupported,
    /// A tensor of the model, or all of them, are larger than the limits.
    ModelTooLarge,
    /// Inputs or outputs of the ONNX graph differ from the manifest.
    ModelMismatch,
    /// The model failed while running.
    ModelFailed,
    /// The model answered NaN or infinity.
    ModelOutputNotFinite,
    /// The bundle's golden sessions are not answered as recorded.
    GoldenMismatch,
    /// A score is NaN.
    ScoreNotFinite,
    /// An event has a field out of range.
    EventInvalid,
    /// An event's time is ahead of the clock.
    EventInFuture,
    /// An event's time is further back than the idle timeout.
    EventTooOld,
    /// Snapshot bytes are not a nearhand session.
    SnapshotForeign,
    /// Snapshot bytes end early or contradict themselves.
    SnapshotMalformed,
    /// The snapshot was written by a newer version.
    SnapshotUnsupportedVersion,
    /// A request or setting is out of range.
    OptionInvalid,
    /// A file could not be read or written (command line only).
    Io,
    /// Input data of the command line is malformed.
    DataInvalid,
}

impl Code {
    /// The stable word, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BundleForeign => "bundle-foreign",
            Self::BundleTruncated => "bundle-truncated",
            Self::BundleTooLarge => "bundle-too-large",
            Self::BundleDigestMismatch => "bundle-digest-mismatch",
            Self::BundleMalformed => "bundle-malformed",
            Self::BundleUnsupportedFormat => "bundle-unsupported-format",
            Self::BundlePartInvalid => "bundle-part-invalid",
            Self::ManifestInvalid => "manifest-invalid",
            Self::CatalogDuplicateId => "catalog-duplicate-id",
            Self::CatalogInvalid => "catalog-invalid",
            Self::ItemUnknown => "item-unknown",
            Self::ColumnUnknown => "column-unknown",
            Self::ModelMalformed => "model-malformed",
            Self::ModelExternalData => "model-external-data",
            Self::ModelOperatorUnsupported => "model-operator-unsupported",
            Self::ModelTooLarge => "model-too-large",
            Self::ModelMismatch => "model-mismatch",
            Self::ModelFailed => "model-failed",
            Self::ModelOutputNotFinite => "model-output-not-finite",
            Self::GoldenMismatch => "golden-mismatch",
            Self::ScoreNotFinite => "score-not-finite",
            Self::EventInvalid => "event-invalid",
            Self::EventInFuture => "event-in-future",
            Self::EventTooOld => "event-too-old",
            Self::SnapshotForeign => "snapshot-foreign",
            Self::SnapshotMalformed => "snapshot-malformed",
            Self::SnapshotUnsupportedVersion => "snapshot-unsupported-version",
            Self::OptionInvalid => "invalid-option",
            Self::Io => "io",
            Self::DataInvalid => "data-invalid",
        }
    }
}

/// An error with a stable [`Code`], a message that names the offending value, and that value as a detail.
///
/// One pointer wide: every `?` of the crate moves it, which in wasm is code.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    code: Code,
    message: String,
    details: Vec<(&'static str, String)>,
}

/// Result with nearhand's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A new error. `message` says what failed and what to do; it gets the prefix `nearhand: ` when shown.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Parts { code, message: message.into(), details: Vec::new() }))
    }

    /// Adds an offending value under a name.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.details.push((name, value.to_string()));
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence without prefix.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
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
