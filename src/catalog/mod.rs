//! The catalog: what the shop sells, in columns, with changes laid over the bundle's base.

mod column;
mod columns;
mod delta;
mod facets;
mod filter;
mod index;
mod item;
mod overlay;
#[cfg(feature = "onnx")]
mod ridge;
mod rows;
mod words;

pub use column::{FacetColumn, TextColumn};
pub use columns::{Column, Columns};
pub(crate) use delta::by_words;
pub use delta::{CatalogDelta, ItemUpdate, NewItem, Skipped, Unset, Updated, Upsert};
pub use facets::{Facets, Named};
pub(crate) use filter::MAX_MEANT;
pub use filter::{FacetTest, Filter, NumberRange, Unknown, Where};
pub use item::Item;
pub use rows::Catalog;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::error::{Code, Result};
    use crate::ids::{ItemIdx, ItemKey};

    pub(crate) fn catalog(ids: &[&str]) -> Result<Catalog> {
        Catalog::new(Columns {
            ids: TextColumn::of(ids),
            titles: TextColumn::of(ids),
            price: Some((0..ids.len()).map(|i| i as f32 + 0.85).collect()),
            category: Some(
                FacetColumn::of(&ids.iter().map(|i| i.chars().next().map(|c| c.to_string())).collect::<Vec<_>>()).unwrap(),
            ),
            stock: Some((0..ids.len() as i32).map(|i| i - 1).collect()),
            ..Columns::default()
        })
    }

    #[test]
    fn finds_by_id_and_key() {
        let c = catalog(&["a1", "b2", "c3"]).unwrap();
        assert_eq!(c.find("b2"), Some(ItemIdx(1)));
        assert_eq!(c.find_key(ItemKey::of("c3")), Some(ItemIdx(2)));
        assert_eq!(c.find("zz"), None);
        let row = c.row(ItemIdx(1));
        assert_eq!((row.price, row.category, row.stock), (Some(1.85), Some("b"), Some(0)));
        assert_eq!(c.row(ItemIdx(0)).stock, None);
    }

    #[test]
    fn duplicate_ids_are_refused() {
        let error = catalog(&["a", "b", "a"]).unwrap_err();
        assert_eq!(error.code(), Code::CatalogDuplicateId);
        assert_eq!(error.details()[0].1, "a");
    }

    #[test]
    fn columns_of_other_length_are_refused() {
        let columns = Columns { ids: TextColumn::of(&["a"]), titles: TextColumn::of(&[]), ..Columns::default() };
        assert_eq!(Catalog::new(columns).unwrap_err().code(), Code::CatalogInvalid);
    }
}
