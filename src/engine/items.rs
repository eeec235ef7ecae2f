//! Lists of catalog items for pages: filtered, searched, most popular first.

use super::Engine;
use crate::catalog::{Item, Where};
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// What a page lists.
#[derive(Clone, Debug)]
pub struct ItemsQuery {
    /// Conditions on columns.
    pub r#where: Where,
    /// Words that all occur in the title, whatever their case.
    pub search: Option<String>,
    /// Items to skip. Default 0.
    pub offset: usize,
    /// Items a page, 1 to 1000. Default 24.
    pub limit: usize,
}

impl Default for ItemsQuery {
    fn default() -> Self {
        Self { r#where: Where::default(), search: None, offset: 0, limit: 24 }
    }
}

impl Decode for ItemsQuery {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let default = Self::default();
        let mut of = value.fields(faults);
        let query = Self {
            r#where: of.take_or("where", default.r#where),
            search: of.take("search"),
            offset: of.take_or("offset", default.offset),
            limit: of.take_or("limit", default.limit),
        };
        of.end();
        query
    }
}

/// A page of items.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemsPage {
    /// The page, most popular first.
    pub items: Vec<Item>,
    /// Items that match in all.
    pub total: usize,
}

impl Engine {
    /// A page of catalog items.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn items(&self, query: &ItemsQuery) -> Result<ItemsPage> {
        if !(1..=1000).contains(&query.limit) {
            return Err(Error::new(Code::OptionInvalid, "limit is 1 to 1000").with("limit", query.limit));
        }
        query.r#where.check()?;
        let words: Vec<String> = query.search.iter().flat_map(|s| s.split_whitespace()).map(str::to_lowercase).collect();
        let catalog = self.catalog();
        let mut page = ItemsPage { items: Vec::new(), total: 0 };
        for item in self.recommender.by_popularity() {
            let title = if words.is_empty() { String::new() } else { catalog.title(item).to_lowercase() };
            if !query.r#where.holds(catalog, item) || !words.iter().all(|w| title.contains(w)) {
                continue;
            }
            if page.total >= query.offset && page.items.len() < query.limit {
                page.items.push(catalog.row(item));
            }
            page.total += 1;
        }
        Ok(page)
    }
}
