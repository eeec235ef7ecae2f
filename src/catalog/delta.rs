//! Changes to a loaded catalog: added, changed and removed items, without a new model.

use super::{Catalog, Item, words};
use crate::error::{Code, Error, Result};
use crate::ids::{ItemIdx, ItemKey};
use crate::value::{Decode, Faults, Value};

/// A new item, optionally standing beside a known one.
#[derive(Clone, Debug, Default)]
pub struct NewItem {
    /// The row.
    pub row: Item,
    /// A bundle item whose vector and table row the new one borrows (a successor, a variant). Without it, and without
    /// `vector`, it is the one whose title is most like the new one's; where no title is, the new item is reached last.
    pub like: Option<String>,
    /// The item in the space of the bundle's item vectors, as a content encoder gives it: it then stands beside the base
    /// item whose vector is nearest. Not together with `like`.
    pub vector: Option<Vec<f32>>,
}

impl Decode for NewItem {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let row = Item {
            item: of.take("item"),
            title: of.take_or("title", String::new()),
            price: of.take("price"),
            category: of.take("category"),
            brand: of.take("brand"),
            image: of.take("image"),
            url: of.take("url"),
            stock: of.take("stock"),
            group: of.take("group"),
        };
        let new = Self { row, like: of.take("like"), vector: of.take("vector") };
        of.end();
        new
    }
}

/// Changed columns of a known item; `None` leaves a column as it is.
#[derive(Clone, Debug, Default)]
pub struct ItemUpdate {
    /// The item's id.
    pub item: String,
    /// New title.
    pub title: Option<String>,
    /// New price.
    pub price: Option<f64>,
    /// New category.
    pub category: Option<String>,
    /// New brand.
    pub brand: Option<String>,
    /// New image address.
    pub image: Option<String>,
    /// New page address.
    pub url: Option<String>,
    /// New stock.
    pub stock: Option<u32>,
    /// New variant group.
    pub group: Option<String>,
}

impl Decode for ItemUpdate {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let update = Self {
            item: of.take("item"),
            title: of.take("title"),
            price: of.take("price"),
            category: of.take("category"),
            brand: of.take("brand"),
            image: of.take("image"),
            url: of.take("url"),
            stock: of.take("stock"),
            group: of.take("group"),
        };
        of.end();
        update
    }
}

/// A set of changes, applied whole or not at all. Order: remove, update, add.
#[derive(Clone, Debug, Default)]
pub struct CatalogDelta {
    /// New items.
    pub add: Vec<NewItem>,
    /// Changed items.
    pub update: Vec<ItemUpdate>,
    /// Ids to take out.
    pub remove: Vec<String>,
}

impl Decode for CatalogDelta {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let delta = Self {
            add: of.take_or("add", Vec::new()),
            update: of.take_or("update", Vec::new()),
            remove: of.take_or("remove", Vec::new()),
        };
        of.end();
        delta
    }
}

/// Most items a delta may add in the life of a catalog, beyond which a new bundle is due.
pub(crate) const MAX_ADDED: usize = 100_000;

/// What a delta has done so far, in reverse: enough to take all of it back.
#[derive(Debug, Default)]
struct Undo(Vec<Before>);

#[derive(Debug)]
enum Before {
    Overlay(Box<super::overlay::Before>),
    Added,
}

impl Catalog {
    /// Applies a delta in place: whole or, on an error, not at all. Time and memory go with the delta, not the catalog; but
    /// new items that say nothing of what they are like cost two passes over all titles.
    ///
    /// # Errors
    /// `item-unknown` (update, remove, like), `catalog-duplicate-id` (add), `catalog-invalid` (a value).
    pub fn apply(&mut self, delta: &CatalogDelta) -> Result<()> {
        let mut undo = Undo::default();
        let done = self.change(delta, &mut undo);
        if done.is_err() {
            while let Some(before) = undo.0.pop() {
                match before {
                    Before::Overlay(before) => self.overlay.restore(*before),
                    Before::Added => drop(self.likes.pop()),
                }
            }
        }
        // Once for all added items, however many.
        let from = self.base_len() + self.added_keys.len();
        for item in (from..self.len()).map(|i| ItemIdx(i as u32)) {
            self.added_keys.push((ItemKey::of(self.id(item)), item));
        }
        self.added_keys.sort_unstable();
        done
    }

    fn change(&mut self, delta: &CatalogDelta, undo: &mut Undo) -> Result<()> {
        for id in &delta.remove {
            let item = self.known(id)?;
            undo.0.push(Before::Overlay(Box::new(self.overlay.remove(item))));
        }
        for update in &delta.update {
            let item = self.known(&update.item)?;
            let mut row = self.row(item).map(str::to_owned);
            update.write(&mut row);
            row.check()?;
            undo.0.push(Before::Overlay(Box::new(self.overlay.put(item, row))));
        }
        // Ids of this delta's own new items, which no list of keys holds yet.
        let mut fresh: Vec<(&str, ItemIdx)> = Vec::with_capacity(delta.add.len());
        let unplaced: Vec<&Item> = delta.add.iter().filter(|new| new.like.is_none()).map(|new| &new.row).collect();
        let mut alike = words::alike(self, &unplaced).into_iter();
        for new in &delta.add {
            new.row.check()?;
            if new.vector.is_some() {
                return Err(Error::new(Code::CatalogInvalid, "the bundle has no item vectors to compare a new item's with")
                    .with("item", &new.row.item));
            }
            let like = match &new.like {
                Some(id) => Some(self.stand_in(self.known(id)?).ok_or_else(|| unknown(id))?),
                None => alike.next().flatten(),
            };
            if self.likes.len() >= MAX_ADDED {
                return Err(Error::new(Code::CatalogInvalid, "too many added items: pack a new bundle").with("limit", MAX_ADDED));
            }
            let item = ItemIdx(self.len() as u32);
            fresh.push((&new.row.item, item));
            undo.0.push(Before::Overlay(Box::new(self.overlay.put(item, new.row.clone()))));
            self.likes.push(like);
            undo.0.push(Before::Added);
        }
        fresh.sort_unstable();
        let twice = fresh.windows(2).find_map(|pair| matches!(pair, [a, b] if a.0 == b.0).then(|| pair[0].0));
        if let Some(id) = twice.or_else(|| fresh.iter().find(|(id, _)| self.find(id).is_some()).map(|(id, _)| *id)) {
            return Err(Error::new(Code::CatalogDuplicateId, "an added item has the id of a known one").with("item", id));
        }
        Ok(())
    }

    fn known(&self, id: &str) -> Result<ItemIdx> {
        self.find(id).ok_or_else(|| unknown(id))
    }
}

fn unknown(id: &str) -> Error {
    Error::new(Code::ItemUnknown, "a delta names an item that the catalog does not hold").with("item", id)
}

impl ItemUpdate {
    fn write(&self, row: &mut Item) {
        if let Some(title) = &self.title {
            row.title.clone_from(title);
        }
        row.price = self.price.or(row.price);
        row.stock = self.stock.or(row.stock);
        for (new, old) in [
            (&self.category, &mut row.category),
            (&self.brand, &mut row.brand),
            (&self.image, &mut row.image),
            (&self.url, &mut row.url),
            (&self.group, &mut row.group),
        ] {
            if new.is_some() {
                old.clone_from(new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::catalog;
    use super::*;

    fn item(id: &str) -> Item {
        Item { item: id.to_owned(), title: format!("new {id}"), ..Item::default() }
    }

    #[test]
    fn adds_updates_removes() {
        let mut c = catalog(&["a", "b", "c"]).unwrap();
        c.apply(&CatalogDelta {
            remove: vec!["a".into()],
            update: vec![ItemUpdate { item: "b".into(), stock: Some(9), ..ItemUpdate::default() }],
            add: vec![
                NewItem { row: item("d"), like: Some("c".into()), ..NewItem::default() },
                NewItem { row: item("e"), ..NewItem::default() },
            ],
        })
        .unwrap();
        assert_eq!(c.find("a"), None);
        assert_eq!((c.stock(ItemIdx(1)), c.price(ItemIdx(1))), (Some(9), Some(1.85)));
        let d = c.find("d").unwrap();
        assert_eq!((d, c.stand_in(d), c.title(d)), (ItemIdx(3), Some(ItemIdx(2)), "new d"));
        assert_eq!(c.stand_in(c.find("e").unwrap()), None);
        assert_eq!(c.len(), 5);
        // A removed id may come back as a new item.
        c.apply(&CatalogDelta { add: vec![NewItem { row: item("a"), ..NewItem::default() }], ..CatalogDelta::default() })
            .unwrap();
        assert_eq!(c.find("a"), Some(ItemIdx(5)));
    }

    #[test]
    fn a_bad_delta_changes_nothing() {
        let mut c = catalog(&["a", "b"]).unwrap();
        let bad = [
            (CatalogDelta { remove: vec!["b".into(), "z".into()], ..CatalogDelta::default() }, Code::ItemUnknown),
            (
                CatalogDelta {
                    add: vec![NewItem { row: item("x"), ..NewItem::default() }, NewItem { row: item("a"), ..NewItem::default() }],
                    ..CatalogDelta::default()
                },
                Code::CatalogDuplicateId,
            ),
            (
                CatalogDelta {
                    add: vec![NewItem { row: item("x"), like: Some("nope".into()), ..NewItem::default() }],
                    ..CatalogDelta::default()
                },
                Code::ItemUnknown,
            ),
            (
                CatalogDelta {
                    update: vec![ItemUpdate { item: "a".into(), price: Some(f64::NAN), ..ItemUpdate::default() }],
                    ..CatalogDelta::default()
                },
                Code::CatalogInvalid,
            ),
        ];
        for (delta, code) in bad {
            assert_eq!(c.apply(&delta).unwrap_err().code(), code);
            assert_eq!((c.len(), c.find("b"), c.find("x")), (2, Some(ItemIdx(1)), None));
        }
    }
}
