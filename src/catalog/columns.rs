//! The columns of a catalog: their names, and those that a bundle has.

use super::column::{FacetColumn, TextColumn};

/// The columns that conditions and caps name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Price.
    Price,
    /// Stock.
    Stock,
    /// Category.
    Category,
    /// Brand.
    Brand,
    /// Variant group.
    Group,
}

impl Column {
    /// The column's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Stock => "stock",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Group => "group",
        }
    }
}

/// Columns of the base catalog, all of one length. Optional ones may be absent.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Ids, unique.
    pub ids: TextColumn,
    /// Titles.
    pub titles: TextColumn,
    /// Prices; NaN is unknown.
    pub price: Option<Vec<f32>>,
    /// Categories.
    pub category: Option<FacetColumn>,
    /// Brands.
    pub brand: Option<FacetColumn>,
    /// Image addresses; empty is unknown.
    pub image: Option<TextColumn>,
    /// Page addresses; empty is unknown.
    pub url: Option<TextColumn>,
    /// Stock; negative is unknown.
    pub stock: Option<Vec<i32>>,
    /// Variant groups; empty is none.
    pub group: Option<TextColumn>,
}
