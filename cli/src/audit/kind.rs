//! What a file is, and by which measures its report is judged.

use crate::completer::described;
use crate::files::{read, readable};
use nearhand::Result;
use std::path::Path;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Slates,
    Decisions,
    Texts,
    /// An index of suggestions.
    Suggestions,
    /// An ONNX file by its end.
    Model,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Slates => "a recommender's bundle",
            Self::Decisions => "an assessor's bundle",
            Self::Texts => "a completer",
            Self::Suggestions => "an index of suggestions",
            Self::Model => "a model without a bundle",
        }
    }

    /// What --fail-above may name: the measures of its reports.
    pub(super) const fn measures(self) -> &'static [&'static str] {
        match self {
            Self::Slates => &[
                "changed",
                "top1_changed",
                "lost",
                "coverage_lost",
                "gini_rise",
                "category_shift",
                "unknown",
                "worst_segment",
                "found_lost",
                "beyond_usual",
                "short",
                "failed",
            ],
            Self::Decisions => &[
                "changed",
                "money",
                "harder",
                "milder",
                "risk_difference",
                "worst_segment",
                "caught_lost",
                "beyond_usual",
                "refused",
                "failed",
            ],
            Self::Texts => &["changed", "first_word_changed", "beyond_usual", "empty"],
            Self::Suggestions | Self::Model => &[],
        }
    }
}

/// One side or a baseline, not opened yet.
pub(super) struct Given<'a> {
    pub path: &'a Path,
    pub kind: Kind,
    /// Of a completer none until it is opened, then the digests of its files.
    pub bytes: Vec<u8>,
}

impl<'a> Given<'a> {
    /// Reads a file that `option` names.
    ///
    /// # Errors
    /// As [`readable`], [`read`].
    pub(super) fn read(option: &'static str, path: &'a Path) -> Result<Self> {
        if described(path).is_some() {
            return Ok(Self { path, kind: Kind::Texts, bytes: Vec::new() });
        }
        readable(option, path)?;
        let bytes = read(path)?;
        let kind = match () {
            () if bytes.starts_with(b"nhsuggst") => Kind::Suggestions,
            () if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("onnx")) => Kind::Model,
            () if crate::assess::inspect::is_one(&bytes) => Kind::Decisions,
            () => Kind::Slates,
        };
        Ok(Self { path, kind, bytes })
    }
}
