//! What the shop sells, row by row.

use super::column::{FacetColumn, TextColumn};
use super::columns::{Column, Columns};
use super::index::{Index, bound};
use super::item::Item;
use super::overlay::Overlay;
use crate::error::{Code, Error, Result};
use crate::event::MAX_ID_BYTES;
use crate::ids::{ItemIdx, ItemKey};

/// What the shop sells. Indices 0 to `base_len` − 1 are the bundle's items; added items follow.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub(super) base: Columns,
    /// Keys of the base items, sorted: lookup by id and by key. Removed ones stay.
    pub(super) keys: Vec<(ItemKey, ItemIdx)>,
    /// Keys of the added items, sorted: a short list, so that adding moves no large one.
    pub(super) added_keys: Vec<(ItemKey, ItemIdx)>,
    /// Added items and changed rows.
    pub(super) overlay: Overlay,
    /// One an added item: the base item whose table row it borrows, if any.
    pub(super) likes: Vec<Option<ItemIdx>>,
    /// The words of the bundle's titles as they are, once a new item has asked for them.
    pub(super) index: Option<Index>,
}

impl Catalog {
    /// A catalog from its base columns.
    ///
    /// # Errors
    /// `catalog-duplicate-id` with the id; `catalog-invalid` when columns differ in length or a value is out of range.
    pub fn new(base: Columns) -> Result<Self> {
        let len = base.ids.len();
        let lengths = [
            ("title", Some(base.titles.len())),
            ("price", base.price.as_ref().map(Vec::len)),
            ("category", base.category.as_ref().map(FacetColumn::len)),
            ("brand", base.brand.as_ref().map(FacetColumn::len)),
            ("image", base.image.as_ref().map(TextColumn::len)),
            ("url", base.url.as_ref().map(TextColumn::len)),
            ("stock", base.stock.as_ref().map(Vec::len)),
            ("group", base.group.as_ref().map(TextColumn::len)),
        ];
        for (column, n) in lengths {
            if let Some(n) = n.filter(|n| *n != len) {
                return Err(Error::new(Code::CatalogInvalid, "a catalog column's length differs from the ids'")
                    .with("column", column)
                    .with("length", n)
                    .with("ids", len));
            }
        }
        if base.price.iter().flatten().any(|p| p.is_infinite() || *p < 0.0) {
            return Err(Error::new(Code::CatalogInvalid, "a catalog price is negative or infinite").with("column", "price"));
        }
        let mut keys: Vec<(ItemKey, ItemIdx)> = (0..len).map(|i| (ItemKey::of(base.ids.get(i)), ItemIdx(i as u32))).collect();
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [(a, i), (b, j)] = pair
                && a == b
                && base.ids.get(i.at()) == base.ids.get(j.at())
            {
                return Err(
                    Error::new(Code::CatalogDuplicateId, "two catalog items have the same id").with("item", base.ids.get(i.at()))
                );
            }
        }
        if let Some(i) = (0..len).find(|i| base.ids.get(*i).is_empty() || base.ids.get(*i).len() > MAX_ID_BYTES) {
            return Err(Error::new(Code::CatalogInvalid, "a catalog id has 1 to 256 bytes").with("index", i));
        }
        Ok(Self { base, keys, ..Self::default() })
    }

    /// Number of indices in use: base and added items, removed ones counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.base_len() + self.likes.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of items of the bundle.
    #[must_use]
    pub fn base_len(&self) -> usize {
        self.base.ids.len()
    }

    /// The bundle's columns, without deltas.
    #[must_use]
    pub const fn base(&self) -> &Columns {
        &self.base
    }

    /// The index of an id. Removed and unknown ids have none.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ItemIdx> {
        let key = ItemKey::of(id);
        self.with_key(key).find(|i| self.id(*i) == id)
    }

    /// The indices of those ids that have one.
    pub fn find_all<'a>(&'a self, ids: &'a [String]) -> impl Iterator<Item = ItemIdx> + 'a {
        ids.iter().filter_map(|id| self.find(id))
    }

    /// The index of a key. Should two ids share the key, the lower index is meant.
    #[must_use]
    pub fn find_key(&self, key: ItemKey) -> Option<ItemIdx> {
        self.with_key(key).next()
    }

    fn with_key<'a>(&'a self, key: ItemKey) -> impl Iterator<Item = ItemIdx> + 'a {
        let of = move |keys: &'a [(ItemKey, ItemIdx)]| {
            keys.iter().skip(bound(keys, (key, ItemIdx(0)))).take_while(move |(k, _)| *k == key).map(|(_, i)| *i)
        };
        of(&self.keys).chain(of(&self.added_keys)).filter(|item| !self.is_removed(*item))
    }

    /// The id of an index; empty beyond the catalog.
    #[must_use]
    pub fn id(&self, item: ItemIdx) -> &str {
        self.overlay.row(item).map_or_else(|| self.base.ids.get(item.at()), |row| &row.item)
    }

    /// The title of an index.
    #[must_use]
    pub fn title(&self, item: ItemIdx) -> &str {
        self.overlay.row(item).map_or_else(|| self.base.titles.get(item.at()), |row| &row.title)
    }

    /// The price, when known.
    #[must_use]
    pub fn price(&self, item: ItemIdx) -> Option<f64> {
        match self.overlay.row(item) {
            Some(row) => row.price,
            // Prices have cents: the nearest hundredth undoes the widening from f32.
            None => self
                .base
                .price
                .as_ref()?
                .get(item.at())
                .filter(|p| !p.is_nan())
                .map(|p| libm::round(f64::from(*p) * 100.0) / 100.0),
        }
    }

    /// Pieces in stock, when known.
    #[must_use]
    pub fn stock(&self, item: ItemIdx) -> Option<u32> {
        match self.overlay.row(item) {
            Some(row) => row.stock,
            None => self.base.stock.as_ref()?.get(item.at()).and_then(|s| u32::try_from(*s).ok()),
        }
    }

    /// The category, when known.
    #[must_use]
    pub fn category(&self, item: ItemIdx) -> Option<&str> {
        match self.overlay.row(item) {
            Some(row) => row.category.as_deref(),
            None => self.base.category.as_ref()?.get(item.at()),
        }
    }

    /// The brand, when known.
    #[must_use]
    pub fn brand(&self, item: ItemIdx) -> Option<&str> {
        match self.overlay.row(item) {
            Some(row) => row.brand.as_deref(),
            None => self.base.brand.as_ref()?.get(item.at()),
        }
    }

    /// The whole row.
    #[must_use]
    pub fn row<'a>(&'a self, item: ItemIdx) -> Item<&'a str> {
        if let Some(row) = self.overlay.row(item) {
            return row.borrowed();
        }
        let text = |column: &'a Option<TextColumn>| column.as_ref().map(|c| c.get(item.at())).filter(|t| !t.is_empty());
        Item {
            item: self.id(item),
            title: self.title(item),
            price: self.price(item),
            category: self.category(item),
            brand: self.brand(item),
            image: text(&self.base.image),
            url: text(&self.base.url),
            stock: self.stock(item),
            group: text(&self.base.group),
        }
    }

    /// The variant group, when it has one.
    #[must_use]
    pub fn group(&self, item: ItemIdx) -> Option<&str> {
        match self.overlay.row(item) {
            Some(row) => row.group.as_deref(),
            None => self.base.group.as_ref().map(|c| c.get(item.at())).filter(|g| !g.is_empty()),
        }
    }

    /// Whether any item can have a value of the column: one of the bundle's, or one that a delta brought.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        let (base, brought): (bool, fn(&Item) -> bool) = match column {
            Column::Price => (self.base.price.is_some(), |row| row.price.is_some()),
            Column::Stock => (self.base.stock.is_some(), |row| row.stock.is_some()),
            Column::Category => (self.base.category.is_some(), |row| row.category.is_some()),
            Column::Brand => (self.base.brand.is_some(), |row| row.brand.is_some()),
            Column::Group => (self.base.group.is_some(), |row| row.group.is_some()),
        };
        base || self.overlay.rows().any(brought)
    }

    /// The name of an item in a facet; none for the columns that are no facets.
    #[must_use]
    pub fn facet(&self, item: ItemIdx, column: Column) -> Option<&str> {
        match column {
            Column::Category => self.category(item),
            Column::Brand => self.brand(item),
            Column::Group => self.group(item),
            Column::Price | Column::Stock => None,
        }
    }

    /// Items taken out by a delta, in ascending order.
    pub fn removed(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        self.overlay.removed()
    }

    /// Whether a delta took the item out.
    #[must_use]
    pub fn is_removed(&self, item: ItemIdx) -> bool {
        self.overlay.is_removed(item)
    }

    /// The base item that stands in for `item` where the table is read: itself for a base item, the item it is `like` or
    /// stands beside for an added one, none for an added item without.
    #[must_use]
    pub fn stand_in(&self, item: ItemIdx) -> Option<ItemIdx> {
        match item.at().checked_sub(self.base_len()) {
            None => Some(item),
            Some(added) => self.likes.get(added).copied().flatten(),
        }
    }

    /// Added items that have a stand-in, with it.
    pub fn likes(&self) -> impl Iterator<Item = (ItemIdx, ItemIdx)> + '_ {
        let added = (self.base_len() as u32..).map(ItemIdx);
        added.zip(&self.likes).filter_map(|(item, like)| like.map(|like| (item, like)))
    }
}
