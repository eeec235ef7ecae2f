//! The request: what the host asks for.

use crate::catalog::Where;
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};

/// Items to leave out by what the session says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclude {
    /// Viewed or opened from search.
    Seen,
    /// In the cart now.
    Cart,
    /// Bought in this session.
    Purchased,
    /// Waved away.
    Dismissed,
}

impl Decode for Exclude {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(
            &[("seen", Self::Seen), ("cart", Self::Cart), ("purchased", Self::Purchased), ("dismissed", Self::Dismissed)],
            faults,
        )
    }
}

/// Most items a slate can have.
pub(crate) const MAX_K: usize = 100;

/// What a slate is asked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Slate length, 1 to 100. Default 5.
    pub k: usize,
    /// The item of the page. Never in the slate; part of the context.
    pub source: Option<String>,
    /// Default: all four.
    pub exclude: Vec<Exclude>,
    /// Ids never to show. Unknown ones are ignored.
    pub exclude_items: Vec<String>,
    /// Conditions on catalog columns.
    pub r#where: Where,
    /// Whether items carry their score parts. Default false.
    pub explain: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            k: 5,
            source: None,
            exclude: vec![Exclude::Seen, Exclude::Cart, Exclude::Purchased, Exclude::Dismissed],
            exclude_items: Vec::new(),
            r#where: Where::default(),
            explain: false,
        }
    }
}

impl Decode for Request {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let default = Self::default();
        let mut of = value.fields(faults);
        let request = Self {
            k: of.take_or("k", default.k),
            source: of.take("source"),
            exclude: of.take_or("exclude", default.exclude),
            exclude_items: of.take_or("excludeItems", default.exclude_items),
            r#where: of.take_or("where", default.r#where),
            explain: of.take_or("explain", default.explain),
        };
        of.end();
        request
    }
}

impl Request {
    /// Checks ranges.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn check(&self) -> Result<()> {
        if !(1..=MAX_K).contains(&self.k) {
            return Err(Error::new(Code::OptionInvalid, "k is 1 to 100").with("k", self.k));
        }
        self.r#where.check()
    }
}
