//! What a shop can filter by: columns, categories and brands with the number of their items.

use super::column::FacetColumn;
use super::columns::Column;
use super::rows::Catalog;
use crate::ids::{ItemIdx, ItemKey};
use serde::Serialize;

/// A name of a facet, and how many items have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named<'a> {
    /// As items have it.
    pub name: &'a str,
    /// Items, at least one.
    pub count: u32,
}

/// What there is to filter by, deltas included; names by number of items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facets<'a> {
    /// Columns in which an item can have a value.
    pub columns: Vec<&'static str>,
    /// Categories.
    pub categories: Vec<Named<'a>>,
    /// Brands.
    pub brands: Vec<Named<'a>>,
}

impl Catalog {
    /// What there is to filter by.
    #[must_use]
    pub fn facets(&self) -> Facets<'_> {
        let columns = [Column::Price, Column::Category, Column::Brand, Column::Stock, Column::Group];
        Facets {
            columns: columns.into_iter().filter(|column| self.has(*column)).map(Column::as_str).collect(),
            categories: self.names(Column::Category, self.base.category.as_ref()),
            brands: self.names(Column::Brand, self.base.brand.as_ref()),
        }
    }

    #[inline(never)]
    fn names<'a>(&'a self, column: Column, base: Option<&'a FacetColumn>) -> Vec<Named<'a>> {
        // Names by their keys, one an item; those of the bundle's own names once.
        let names = base.map(FacetColumn::names);
        let keys: Vec<ItemKey> = names.iter().flat_map(|names| (0..names.len()).map(|at| ItemKey::of(names.get(at)))).collect();
        let mut items: Vec<(ItemKey, ItemIdx)> = Vec::new();
        for item in (0..self.len() as u32).map(ItemIdx).filter(|item| !self.is_removed(*item)) {
            let key = match self.overlay.row(item) {
                Some(row) => row.facet(column).map(ItemKey::of),
                None => base.and_then(|base| keys.get(usize::from(*base.codes().get(item.at())?)).copied()),
            };
            items.extend(key.map(|key| (key, item)));
        }
        items.sort_unstable();
        let groups: Vec<&[(ItemKey, ItemIdx)]> = items.chunk_by(|a, b| a.0 == b.0).collect();
        // Most first: one integer a name.
        let mut order: Vec<u64> =
            groups.iter().zip(0_u64..).map(|(group, at)| u64::from(!(group.len() as u32)) << 32 | at).collect();
        order.sort_unstable();
        let named = |at: u64| {
            let group = groups.get(at as u32 as usize)?;
            Some(Named { name: self.facet(group.first()?.1, column)?, count: group.len() as u32 })
        };
        order.into_iter().filter_map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::catalog;
    use super::super::{CatalogDelta, ItemUpdate, NewItem};
    use super::*;
    use crate::catalog::Item;

    #[test]
    fn names_are_counted_deltas_included() {
        let mut c = catalog(&["a1", "b1", "a2", "c1"]).unwrap();
        let told = |c: &Catalog| {
            let mut all: Vec<_> = c.facets().categories.iter().map(|n| (n.name.to_owned(), n.count)).collect();
            assert!(all.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            all.sort();
            all
        };
        let names = |list: &[(&str, u32)]| list.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(told(&c), names(&[("a", 2), ("b", 1), ("c", 1)]));
        assert_eq!((c.facets().columns, c.facets().brands), (vec!["price", "category", "stock"], Vec::new()));
        let row = Item { item: "n".into(), title: "n".into(), brand: Some("Acme".into()), ..Item::default() };
        c.apply(&CatalogDelta {
            remove: vec!["c1".into()],
            update: vec![ItemUpdate { item: "a1".into(), category: Some("new".into()), ..ItemUpdate::default() }],
            add: vec![NewItem { row, ..NewItem::default() }],
            ..CatalogDelta::default()
        })
        .unwrap();
        assert_eq!(told(&c), names(&[("a", 1), ("b", 1), ("new", 1)]));
        assert_eq!(c.facets().brands, [Named { name: "Acme", count: 1 }]);
    }
}
