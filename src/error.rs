//! The one public error: a stable code, a sentence, and the offending values.

use nearhand_onnx::short;
use std::borrow::Cow;
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
    /// A filter names a category or brand that no item has, and was asked for strictly.
    NameUnknown,
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
            Self::NameUnknown => "name-unknown",
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
    message: Cow<'static, str>,
    details: Vec<(&'static str, String)>,
}

/// Result with nearhand's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Bytes of a detail: a longer value ends in "…".
const MAX_DETAIL: usize = 200;
/// Bytes of a message that is put together, likewise.
const MAX_MESSAGE: usize = 400;

impl Error {
    /// A new error. `message` says what failed and what to do; it gets the prefix `nearhand: ` when shown. One that is put
    /// together is cut at 400 bytes.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        match message.into() {
            Cow::Borrowed(text) => Self::fixed(code, text),
            Cow::Owned(text) => Self(Box::new(Parts { code, message: short(&text, MAX_MESSAGE).into(), details: Vec::new() })),
        }
    }

    /// Apart from [`Error::new`], as [`Error::detail`].
    #[inline(never)]
    fn fixed(code: Code, message: &'static str) -> Self {
        Self(Box::new(Parts { code, message: message.into(), details: Vec::new() }))
    }

    /// Adds an offending value under a name: its first 200 bytes, control characters escaped.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.detail(name, &value)
    }

    /// Apart from [`Error::with`], so that not every type has a copy.
    #[inline(never)]
    fn detail(mut self, name: &'static str, value: &dyn fmt::Display) -> Self {
        self.0.details.push((name, short(value, MAX_DETAIL)));
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

/// What the engine refuses keeps its code, its sentence and its values.
impl From<nearhand_onnx::Error> for Error {
    fn from(error: nearhand_onnx::Error) -> Self {
        let (code, message, details) = error.into_parts();
        let code = match code {
            nearhand_onnx::Code::ModelMalformed => Code::ModelMalformed,
            nearhand_onnx::Code::ModelExternalData => Code::ModelExternalData,
            nearhand_onnx::Code::ModelOperatorUnsupported => Code::ModelOperatorUnsupported,
            nearhand_onnx::Code::ModelTooLarge => Code::ModelTooLarge,
            nearhand_onnx::Code::ModelMismatch => Code::ModelMismatch,
            nearhand_onnx::Code::ModelFailed => Code::ModelFailed,
        };
        Self(Box::new(Parts { code, message, details }))
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
    fn long_values_are_cut_and_control_characters_escaped() {
        let error = Error::new(Code::OptionInvalid, "no").with("v", format_args!("{:>150}{:>150}", 1, 2)).with("w", 1.5);
        assert_eq!((error.details()[0].1.len(), error.details()[1].1.as_str()), (150 + 47 + 3, "1.5"));
        assert!(error.to_string().len() < 300);
        assert_eq!(Error::new(Code::Io, "é".repeat(1 << 20)).message().len(), 397 / 2 * 2 + 3);
        assert_eq!(Error::new(Code::Io, "a\nb".to_owned()).message(), "a\\x0ab");
    }

    #[test]
    fn what_the_engine_refuses_stays_what_it_was() {
        use nearhand_onnx::Code as Model;
        for code in [
            Model::ModelMalformed,
            Model::ModelExternalData,
            Model::ModelOperatorUnsupported,
            Model::ModelTooLarge,
            Model::ModelMismatch,
            Model::ModelFailed,
        ] {
            let error = nearhand_onnx::Error::new(code, "no").with("what", 7);
            let ours = Error::from(error.clone());
            assert_eq!((ours.code().as_str(), ours.message(), ours.details()), (code.as_str(), error.message(), error.details()));
            assert_eq!(ours.to_string(), error.to_string());
        }
    }
}
