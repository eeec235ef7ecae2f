//! Lists of catalog items for pages: filtered, searched, most popular first.

use super::host::Engine;
use crate::arena::Arena;
use crate::catalog::{Item, MAX_MEANT, Where};
use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use crate::value::{Decode, Faults, Value, short};
use serde::Serialize;

/// Bytes of a search: every word of it is looked for in every title.
const MAX_SEARCH: usize = 256;

/// What a page lists.
#[derive(Clone, Debug)]
pub struct ItemsQuery {
    /// Conditions on columns.
    pub r#where: Where,
    /// Words that all occur in the title, whatever their case; 256 bytes at most.
    pub search: Option<String>,
    /// Items to skip. Default 0.
    pub offset: usize,
    /// Items a page, 1 to 1000. Default 24.
    pub limit: usize,
    /// Whether a column or a name that the catalog does not have is an error; else the condition is left out, and told.
    pub strict: bool,
}

impl Default for ItemsQuery {
    fn default() -> Self {
        Self { r#where: Where::default(), search: None, offset: 0, limit: 24, strict: false }
    }
}

impl Decode for ItemsQuery {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut query = Self::default();
        let mut of = value.fields(faults);
        of.fill("where", &mut query.r#where);
        of.fill("search", &mut query.search);
        of.fill("offset", &mut query.offset);
        of.fill("limit", &mut query.limit);
        of.fill("strict", &mut query.strict);
        of.end();
        query
    }
}

/// A page of items.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemsPage<'a> {
    /// The page, most popular first.
    pub items: Vec<Item<&'a str>>,
    /// Items that match in all.
    pub total: usize,
    /// What the conditions name and the catalog does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Left>,
}

/// A condition that was left out: [`crate::catalog::Unknown`] with texts of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// `where.brand`, …
    pub option: &'static str,
    /// The column, or the name.
    pub value: String,
    /// The name that may be meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl Engine {
    /// A page of catalog items. Search compares in lower case, by a table of the host's: `str::to_lowercase`, or
    /// JavaScript's, as Rust's would be a twentieth of the lite tier.
    ///
    /// # Errors
    /// `invalid-option`; where the query is strict `column-unknown`, `name-unknown`.
    pub fn items(&self, query: &ItemsQuery, lower_case: fn(&str) -> String) -> Result<ItemsPage<'_>> {
        if !(1..=1000).contains(&query.limit) {
            return Err(Error::new(Code::OptionInvalid, "limit is 1 to 1000").with("limit", query.limit));
        }
        if let Some(bytes) = query.search.as_ref().map(String::len).filter(|bytes| *bytes > MAX_SEARCH) {
            return Err(Error::new(Code::OptionInvalid, "search is at most 256 bytes")
                .with("bytes", bytes)
                .with("limit", MAX_SEARCH));
        }
        let (catalog, arena) = (self.catalog(), Arena::default());
        let (mut left, mut refused) = (Vec::new(), None);
        let filter = query.r#where.compile_known(catalog, &arena, &mut |one| {
            let one = if left.len() < MAX_MEANT { one.meant(catalog) } else { one };
            refused.get_or_insert_with(|| one.error());
            let nearest = one.nearest.map(str::to_owned);
            left.push(Left { option: one.option, value: short(one.value).to_owned(), nearest });
        })?;
        if let Some(error) = refused.filter(|_| query.strict) {
            return Err(error);
        }
        let mut found: Vec<ItemIdx> = self.recommender.by_popularity().filter(|item| filter.holds(*item)).collect();
        if let Some(search) = &query.search {
            let search = lower_case(search);
            let words: Vec<&str> = search.split_whitespace().collect();
            // One call for all titles; none of them holds a line feed.
            let titles: Vec<&str> = found.iter().map(|item| catalog.title(*item)).collect();
            let titles = lower_case(&titles.join("\n"));
            let mut titles = titles.split('\n');
            found.retain(|_| titles.next().is_some_and(|title| words.iter().all(|word| title.contains(word))));
        }
        let items = found.iter().skip(query.offset).take(query.limit).map(|item| catalog.row(*item)).collect();
        Ok(ItemsPage { items, total: found.len(), unknown: left })
    }
}
