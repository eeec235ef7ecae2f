//! The one public error: a stable code, a sentence, and the offending values.

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
    /// The bytes are no index of suggestions.
    SuggestForeign,
    /// The index of suggestions is of a format this build does not read.
    SuggestUnsupportedVersion,
    /// The index of suggestions is not as it was written.
    SuggestDigestMismatch,
    /// The index of suggestions contradicts itself.
    SuggestMalformed,
    /// A request or setting is out of range.
    OptionInvalid,
    /// The prompt is not UTF-8.
    PromptInvalid,
    /// The prompt is empty, and the model has no token to begin with.
    PromptEmpty,
    /// The prompt is longer than the model's context, or than any prompt may be.
    PromptTooLong,
    /// The tokenizer does not have a token that was named.
    TokenUnknown,
    /// The tokenizer has another number of tokens than the model.
    TokenizerMismatch,
    /// The tokenizer's file does not parse, or contradicts itself.
    TokenizerMalformed,
    /// The tokenizer's file asks for something that is not done here.
    TokenizerUnsupported,
    /// The tokenizer's file, its vocabulary or one of its parts is larger than the limits.
    TokenizerTooLarge,
    /// A text is larger than a tokenizer takes.
    TokenizerTextTooLarge,
    /// An id that has no token, or a character for which the vocabulary has none.
    TokenizerNoToken,
    /// A pattern of the tokenizer takes too many steps on a text.
    TokenizerTooSlow,
    /// The language model answered NaN or infinity.
    LogitsNotFinite,
    /// What was allowed and what was blocked leave no token that may come next.
    NothingAllowed,
    /// A transaction has no amount or currency where one is needed, or one that is out of range, or a field that is not declared.
    #[cfg(feature = "assess")]
    TransactionInvalid,
    /// No costs are stated for this currency.
    #[cfg(feature = "assess")]
    CurrencyUnknown,
    /// A feature is missing, infinite, or too large for the model.
    #[cfg(feature = "assess")]
    FeatureInvalid,
    /// The named features are not those that the bundle wants.
    #[cfg(feature = "assess")]
    SchemaMismatch,
    /// The declaration of the windows does not parse, or contradicts itself.
    #[cfg(feature = "assess")]
    FeaturesSpecInvalid,
    /// The declaration of the windows names a time zone without its table of offsets.
    #[cfg(feature = "assess")]
    FeaturesZoneUnknown,
    /// An event does not fit the declaration of the windows.
    #[cfg(feature = "assess")]
    FeaturesEventInvalid,
    /// The bytes are no state of windows, or have changed.
    #[cfg(feature = "assess")]
    FeaturesSnapshotMalformed,
    /// The state was written by another version of the format.
    #[cfg(feature = "assess")]
    FeaturesSnapshotVersion,
    /// The state belongs to other windows.
    #[cfg(feature = "assess")]
    FeaturesSnapshotOtherSpec,
    /// A state or declaration of windows is larger than the limits.
    #[cfg(feature = "assess")]
    FeaturesTooLarge,
    /// A signed statement does not parse, or contradicts itself.
    #[cfg(feature = "signed")]
    StatementInvalid,
    /// Nothing vouches for these bytes.
    #[cfg(feature = "signed")]
    BundleUnsigned,
    /// The signature is not that of these bytes.
    #[cfg(feature = "signed")]
    SignatureInvalid,
    /// The statement is signed by none of the keys that are trusted.
    #[cfg(feature = "signed")]
    KeyUnknown,
    /// The statement is of another bundle than the one that is wanted.
    #[cfg(feature = "signed")]
    BundleOtherName,
    /// The statement is out of date.
    #[cfg(feature = "signed")]
    BundleExpired,
    /// The statement's sequence is below one that was seen before.
    #[cfg(feature = "signed")]
    BundleRolledBack,
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
            Self::SuggestForeign => "suggest-foreign",
            Self::SuggestUnsupportedVersion => "suggest-unsupported-version",
            Self::SuggestDigestMismatch => "suggest-digest-mismatch",
            Self::SuggestMalformed => "suggest-malformed",
            Self::OptionInvalid => "invalid-option",
            Self::PromptInvalid => "prompt-invalid",
            Self::PromptEmpty => "prompt-empty",
            Self::PromptTooLong => "prompt-too-long",
            Self::TokenUnknown => "token-unknown",
            Self::TokenizerMismatch => "tokenizer-mismatch",
            Self::TokenizerMalformed => "tokenizer-malformed",
            Self::TokenizerUnsupported => "tokenizer-unsupported",
            Self::TokenizerTooLarge => "tokenizer-too-large",
            Self::TokenizerTextTooLarge => "tokenizer-text-too-large",
            Self::TokenizerNoToken => "tokenizer-no-token",
            Self::TokenizerTooSlow => "tokenizer-too-slow",
            Self::LogitsNotFinite => "logits-not-finite",
            Self::NothingAllowed => "nothing-allowed",
            #[cfg(feature = "assess")]
            Self::TransactionInvalid => "transaction-invalid",
            #[cfg(feature = "assess")]
            Self::CurrencyUnknown => "currency-unknown",
            #[cfg(feature = "assess")]
            Self::FeatureInvalid => "feature-invalid",
            #[cfg(feature = "assess")]
            Self::SchemaMismatch => "schema-mismatch",
            #[cfg(feature = "assess")]
            Self::FeaturesSpecInvalid => "features-spec-invalid",
            #[cfg(feature = "assess")]
            Self::FeaturesZoneUnknown => "features-zone-unknown",
            #[cfg(feature = "assess")]
            Self::FeaturesEventInvalid => "features-event-invalid",
            #[cfg(feature = "assess")]
            Self::FeaturesSnapshotMalformed => "features-snapshot-malformed",
            #[cfg(feature = "assess")]
            Self::FeaturesSnapshotVersion => "features-snapshot-version",
            #[cfg(feature = "assess")]
            Self::FeaturesSnapshotOtherSpec => "features-snapshot-other-spec",
            #[cfg(feature = "assess")]
            Self::FeaturesTooLarge => "features-too-large",
            #[cfg(feature = "signed")]
            Self::StatementInvalid => "statement-invalid",
            #[cfg(feature = "signed")]
            Self::BundleUnsigned => "bundle-unsigned",
            #[cfg(feature = "signed")]
            Self::SignatureInvalid => "signature-invalid",
            #[cfg(feature = "signed")]
            Self::KeyUnknown => "key-unknown",
            #[cfg(feature = "signed")]
            Self::BundleOtherName => "bundle-other-name",
            #[cfg(feature = "signed")]
            Self::BundleExpired => "bundle-expired",
            #[cfg(feature = "signed")]
            Self::BundleRolledBack => "bundle-rolled-back",
            Self::Io => "io",
            Self::DataInvalid => "data-invalid",
        }
    }
}

nearhand_onnx::error_of!(Code);

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
        Self::from_parts(code, message, details)
    }
}

/// What the windows refuse, likewise.
#[cfg(feature = "assess")]
impl From<nearhand_features::Error> for Error {
    fn from(error: nearhand_features::Error) -> Self {
        let code = match error.code() {
            nearhand_features::Code::SpecInvalid => Code::FeaturesSpecInvalid,
            nearhand_features::Code::ZoneUnknown => Code::FeaturesZoneUnknown,
            nearhand_features::Code::EventInvalid => Code::FeaturesEventInvalid,
            nearhand_features::Code::SnapshotMalformed => Code::FeaturesSnapshotMalformed,
            nearhand_features::Code::SnapshotVersion => Code::FeaturesSnapshotVersion,
            nearhand_features::Code::SnapshotOtherSpec => Code::FeaturesSnapshotOtherSpec,
            nearhand_features::Code::TooLarge => Code::FeaturesTooLarge,
        };
        Self::from_parts(code, error.message().into(), error.details().to_vec())
    }
}

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

    #[cfg(feature = "assess")]
    #[test]
    fn what_the_windows_refuse_keeps_its_word() {
        for (text, code) in [
            ("{", "features-spec-invalid"),
            (r#"{"time": "t", "zone": "Europe/Paris", "features": []}"#, "features-zone-unknown"),
        ] {
            let refused = nearhand_features::Spec::from_json(text).unwrap_err();
            let (word, details) = (refused.code().as_str(), refused.details().to_vec());
            let error = Error::from(refused);
            assert_eq!((error.code().as_str(), word, error.details()), (code, code, &details[..]));
        }
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
