//! The items of a bundle in another order. What a bundle answers does not depend on it, but for ties; how fast it is found
//! does (`rank::scan`).

use super::manifest::{Feature, ModelSpec, OutputKind};
use super::parts::Parts;
use super::stored::{StoredTable, StoredVectors};
use crate::catalog::{Catalog, Columns, FacetColumn, TextColumn};
use crate::error::{Code, Error, Result};

impl ModelSpec {
    /// Whether the graph itself knows items by their index.
    #[must_use]
    pub fn knows_indices(&self) -> bool {
        self.output.kind == OutputKind::Logits || self.inputs.iter().any(|i| matches!(i.feature, Feature::ItemIndex { .. }))
    }
}

impl Parts {
    /// The same bundle with the item of index `order[i]` at index i. Goldens name items by id and stay.
    ///
    /// # Errors
    /// `bundle-part-invalid` when `order` is no permutation of the items or the graph knows items by their index.
    pub fn in_order(self, order: &[u32]) -> Result<Self> {
        let n = self.catalog.base_len();
        let mut places = vec![u32::MAX; n];
        for (old, new) in order.iter().zip(0..) {
            if let Some(place) = places.get_mut(*old as usize).filter(|place| **place == u32::MAX) {
                *place = new;
            }
        }
        let bad = |why: &'static str| Err(Error::new(Code::BundlePartInvalid, why).with("items", n));
        if order.len() != n || places.contains(&u32::MAX) {
            return bad("the order of items is no permutation");
        }
        if self.manifest.model.as_ref().is_some_and(ModelSpec::knows_indices) {
            return bad("the graph knows items by their index: their order is its own");
        }
        let move_table = |table: StoredTable| {
            let to = |old: &u32| places.get(*old as usize).copied().unwrap_or(0);
            let all: Vec<(&[u32], &[u8])> = table.rows().collect();
            let counts = rows(&table.counts, 1, order);
            let mut new = StoredTable { successors: table.successors, counts, next: Vec::new(), weights: Vec::new() };
            for (next, weights) in order.iter().filter_map(|old| all.get(*old as usize)) {
                // An unused place stays as it is.
                new.next.extend(next.iter().zip(*weights).map(|(item, weight)| if *weight > 0 { to(item) } else { *item }));
                new.weights.extend_from_slice(weights);
            }
            new
        };
        let move_vectors =
            |v: StoredVectors| StoredVectors { dim: v.dim, rows: rows(&v.rows, v.dim, order), scales: rows(&v.scales, 1, order) };
        Ok(Self {
            catalog: Catalog::new(columns(self.catalog.base(), order)?)?,
            vectors: self.vectors.map(move_vectors),
            table: self.table.map(move_table),
            bought: self.bought.map(move_table),
            popularity: rows(&self.popularity, 1, order),
            recent: self.recent.map(|recent| rows(&recent, 1, order)),
            ..self
        })
    }
}

/// Rows of `width` values in the new order.
fn rows<T: Copy>(values: &[T], width: usize, order: &[u32]) -> Vec<T> {
    let row = |old: &u32| values.get(*old as usize * width..(*old as usize + 1) * width).unwrap_or_default();
    order.iter().flat_map(row).copied().collect()
}

fn columns(from: &Columns, order: &[u32]) -> Result<Columns> {
    let text = |column: &TextColumn| TextColumn::of(&order.iter().map(|old| column.get(*old as usize)).collect::<Vec<_>>());
    let facet = |name, column: &Option<FacetColumn>| -> Result<Option<FacetColumn>> {
        column.as_ref().map(|c| FacetColumn::new(name, c.names().clone(), rows(c.codes(), 1, order))).transpose()
    };
    Ok(Columns {
        ids: text(&from.ids),
        titles: text(&from.titles),
        price: from.price.as_ref().map(|price| rows(price, 1, order)),
        category: facet("category", &from.category)?,
        brand: facet("brand", &from.brand)?,
        image: from.image.as_ref().map(text),
        url: from.url.as_ref().map(text),
        stock: from.stock.as_ref().map(|stock| rows(stock, 1, order)),
        group: from.group.as_ref().map(text),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, open};
    use super::*;

    const SHIPPED: &[u8] = include_bytes!("../../models/online-retail/online-retail.safetensors");

    #[test]
    fn every_item_keeps_what_is_its_own() {
        let old = open(SHIPPED, None, &Limits::default()).unwrap();
        let n = old.catalog.base_len();
        let order: Vec<u32> = (0..n as u32).map(|i| (i * 1000 + 7) % n as u32).collect();
        let new = old.clone().in_order(&order).unwrap();
        let table = |parts: &Parts, item: usize| -> Vec<(String, u8)> {
            let (next, weights) = parts.table.as_ref().unwrap().rows().nth(item).unwrap();
            let used = next.iter().zip(weights).filter(|(_, w)| **w > 0);
            used.map(|(next, w)| (parts.catalog.base().ids.get(*next as usize).to_owned(), *w)).collect()
        };
        let vector = |parts: &Parts, item: usize| {
            let v = parts.vectors.as_ref().unwrap();
            (v.rows[item * v.dim..(item + 1) * v.dim].to_vec(), v.scales[item])
        };
        for (i, from) in order.iter().enumerate() {
            let from = *from as usize;
            assert_eq!(new.catalog.row(crate::ItemIdx(i as u32)), old.catalog.row(crate::ItemIdx(from as u32)));
            assert_eq!(table(&new, i), table(&old, from));
            assert_eq!(vector(&new, i), vector(&old, from));
            assert_eq!(new.popularity[i], old.popularity[from]);
            assert_eq!(new.recent.as_ref().unwrap()[i], old.recent.as_ref().unwrap()[from]);
        }
    }

    #[test]
    fn no_permutation_is_refused() {
        let parts = open(SHIPPED, None, &Limits::default()).unwrap();
        let n = parts.catalog.base_len() as u32;
        let orders = [(0..n - 1).collect(), (0..=n).collect(), (0..n).map(|i| i / 2).collect::<Vec<u32>>()];
        for order in orders {
            assert_eq!(parts.clone().in_order(&order).unwrap_err().code(), Code::BundlePartInvalid);
        }
    }

    #[test]
    fn a_graph_that_knows_indices_keeps_its_order() {
        let mut parts = open(SHIPPED, None, &Limits::default()).unwrap();
        if let Some(model) = &mut parts.manifest.model {
            model.output.kind = OutputKind::Logits;
        }
        let order: Vec<u32> = (0..parts.catalog.base_len() as u32).collect();
        assert!(parts.in_order(&order).is_err());
    }
}
