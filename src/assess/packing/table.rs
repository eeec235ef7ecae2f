//! What packing is given.

/// Rows that a calibration is fitted to, and that reasons take their expectations from. The model must not have learnt from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Labelled<'a> {
    /// Features in the order of the declaration, row by row.
    pub rows: &'a [f64],
    /// Whether each was a fraud.
    pub frauds: &'a [bool],
    /// Amounts, minor units, one a row; empty where there are none at all.
    pub amounts: &'a [Option<i64>],
    /// Codes of their currencies, one a row; empty where there are none at all.
    pub currencies: &'a [Option<String>],
    /// Days that the rows are of, for a capacity.
    pub days: Option<u64>,
}

/// What a bundle says of itself beside what is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Short name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Day, `YYYY-MM-DD`.
    pub created_at: String,
    /// SPDX expression or name of the licence.
    pub licence: String,
    /// Who must be named.
    pub attribution: String,
    /// Model card, Markdown.
    pub card: String,
}
