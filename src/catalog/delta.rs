//! Changes to a loaded catalog: added, changed and removed items, without a new model. Row by row: what is wrong with one
//! costs that one, and is told.

use super::index::bound;
use super::item::Item;
use super::rows::Catalog;
use super::words;
use crate::error::{Code, Error, Result};
use crate::ids::{ItemIdx, ItemKey};
use crate::value::{Decode, Faults, Value, Values};
use serde::Serialize;

/// A new item, optionally standing beside a known one.
#[derive(Clone, Debug, Default)]
pub struct NewItem {
    /// The row.
    pub row: Item,
    /// A bundle item whose vector and table row the new one borrows (a successor, a variant). Without it, and without
    /// `vector`, its title and category tell; where they do not, the new item is reached last.
    pub like: Option<String>,
    /// The item in the space of the bundle's item vectors, as a content encoder gives it; the item borrows the table row of
    /// the base item whose vector is nearest. Not together with `like`.
    pub vector: Option<Vec<f32>>,
}

impl Decode for NewItem {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        Upsert::of(value, Kind::Add, faults).into_new()
    }
}

/// A column that can be without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// Price.
    Price,
    /// Category.
    Category,
    /// Brand.
    Brand,
    /// Image address.
    Image,
    /// Page address.
    Url,
    /// Stock.
    Stock,
    /// Variant group.
    Group,
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
    /// Columns that lose their value.
    pub unset: Vec<Unset>,
}

impl ItemUpdate {
    #[inline(never)]
    fn write(&self, row: &mut Item) {
        if let Some(title) = &self.title {
            row.title.clone_from(title);
        }
        let unset = |column| self.unset.contains(&column);
        if self.price.is_some() || unset(Unset::Price) {
            row.price = self.price;
        }
        if self.stock.is_some() || unset(Unset::Stock) {
            row.stock = self.stock;
        }
        for (column, new, old) in [
            (Unset::Category, &self.category, &mut row.category),
            (Unset::Brand, &self.brand, &mut row.brand),
            (Unset::Image, &self.image, &mut row.image),
            (Unset::Url, &self.url, &mut row.url),
            (Unset::Group, &self.group, &mut row.group),
        ] {
            if new.is_some() || unset(column) {
                old.clone_from(new);
            }
        }
    }
}

impl Decode for ItemUpdate {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        Upsert::of(value, Kind::Update, faults).update
    }
}

/// A row that changes a known item or, with a title, is a new one.
#[derive(Clone, Debug, Default)]
pub struct Upsert {
    /// The columns.
    pub update: ItemUpdate,
    /// As [`NewItem::like`]; said of a known item it says nothing.
    pub like: Option<String>,
    /// As [`NewItem::vector`].
    pub vector: Option<Vec<f32>>,
}

impl Decode for Upsert {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        Self::of(value, Kind::Upsert, faults)
    }
}

/// The lists of a delta.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Update,
    Upsert,
    Remove,
}

/// The columns that a row can leave without a value.
const COLUMNS: [(&str, Unset); 7] = [
    ("price", Unset::Price),
    ("category", Unset::Category),
    ("brand", Unset::Brand),
    ("image", Unset::Image),
    ("url", Unset::Url),
    ("stock", Unset::Stock),
    ("group", Unset::Group),
];

impl Upsert {
    /// The one reader of rows: what a row of any list says is said by an upsert as well.
    #[inline(never)]
    fn of(value: Value, kind: Kind, faults: &mut Faults) -> Self {
        let mut row = Self::default();
        let to = &mut row.update;
        if kind == Kind::Remove {
            to.item = String::decode(value, faults);
            return row;
        }
        let mut of = value.fields(faults);
        for (key, column) in COLUMNS {
            if of.is_null(key) {
                to.unset.push(column);
            }
        }
        to.item = of.take("item");
        to.title = if kind == Kind::Add { Some(of.take("title")) } else { of.take("title") };
        of.fill("price", &mut to.price);
        of.fill("category", &mut to.category);
        of.fill("brand", &mut to.brand);
        of.fill("image", &mut to.image);
        of.fill("url", &mut to.url);
        of.fill("stock", &mut to.stock);
        of.fill("group", &mut to.group);
        if kind != Kind::Update {
            of.fill("like", &mut row.like);
            of.fill("vector", &mut row.vector);
        }
        of.end();
        row
    }

    fn into_new(self) -> NewItem {
        let ItemUpdate { item, title, price, category, brand, image, url, stock, group, .. } = self.update;
        let row = Item { item, title: title.unwrap_or_default(), price, category, brand, image, url, stock, group };
        NewItem { row, like: self.like, vector: self.vector }
    }

    fn as_new(&self) -> NewItem {
        let mut row = Item { item: self.update.item.clone(), ..Item::default() };
        self.update.write(&mut row);
        NewItem { row, like: self.like.clone(), vector: self.vector.clone() }
    }
}

/// A set of changes. Order: remove, update, upsert, add.
#[derive(Clone, Debug, Default)]
pub struct CatalogDelta {
    /// New items.
    pub add: Vec<NewItem>,
    /// Changed items.
    pub update: Vec<ItemUpdate>,
    /// Items that are changed where they are known, and new where they are not.
    pub upsert: Vec<Upsert>,
    /// Ids to take out.
    pub remove: Vec<String>,
    /// Rows that could not be read; in the lists an empty one stands in each one's place.
    pub unread: Vec<Skipped>,
}

impl Decode for CatalogDelta {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let mut lists: [Values; 4] = Default::default();
        for (name, list) in ["add", "update", "upsert", "remove"].into_iter().zip(&mut lists) {
            of.fill(name, list);
        }
        of.end();
        let [add, update, upsert, remove] = lists;
        let mut delta = Self::default();
        let unread = &mut delta.unread;
        rows("add", Kind::Add, add, unread, &mut |row| delta.add.push(row.into_new()));
        rows("update", Kind::Update, update, unread, &mut |row| delta.update.push(row.update));
        rows("upsert", Kind::Upsert, upsert, unread, &mut |row| delta.upsert.push(row));
        rows("remove", Kind::Remove, remove, unread, &mut |row| delta.remove.push(row.update.item));
        delta
    }
}

/// Rows read one by one, so that a bad one is no other's.
#[inline(never)]
fn rows(list: &'static str, kind: Kind, rows: Values, unread: &mut Vec<Skipped>, put: &mut dyn FnMut(Upsert)) {
    for (at, row) in rows.0.into_iter().enumerate() {
        let item = match row.get("item") {
            Some(Value::Text(item)) => item.clone(),
            _ => String::new(),
        };
        let mut faults = Faults::default();
        let read = Upsert::of(row, kind, &mut faults);
        put(match faults.first() {
            None => read,
            Some(why) => {
                let message = why.told(&format!("delta.{list}[{at}]"));
                unread.push(Skipped { list, at, item, code: why.code(), message });
                Upsert::default()
            }
        });
    }
}

/// A row that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// `add`, `update`, `upsert` or `remove`.
    pub list: &'static str,
    /// Its place there.
    pub at: usize,
    /// Its id, as far as it has one.
    pub item: String,
    /// The code of the error that it would be alone.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

/// What came of a delta.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Updated {
    /// Items that are new.
    pub added: usize,
    /// Rows that changed a known item.
    pub updated: usize,
    /// Items that are gone.
    pub removed: usize,
    /// Rows left out because the item to update or to remove is not known.
    pub unknown: usize,
    /// Rows left out for another reason.
    pub refused: usize,
    /// All that were left out.
    pub skipped: Vec<Skipped>,
    /// Of each new item whether its place was asked for.
    #[serde(skip)]
    pub(crate) placed: Vec<bool>,
}

/// Most items a delta may add in the life of a catalog, beyond which a new bundle is due.
pub(crate) const MAX_ADDED: usize = 100_000;

/// New items of a delta whose keys are put into their places one by one: of 100,000 a place costs some 50 µs, sorting 2 ms.
const FEW: usize = 32;

/// A delta on its way into the catalog.
struct Feed<'a> {
    catalog: &'a mut Catalog,
    done: Updated,
    first: Option<Error>,
}

impl Feed<'_> {
    #[inline(never)]
    fn skip(&mut self, list: &'static str, at: usize, item: &str, error: Error) {
        // An empty row stands in for one that is told already.
        let told = |other: &Skipped| (other.list, other.at) == (list, at);
        if !item.is_empty() || !self.done.skipped.iter().any(told) {
            let (code, message) = (error.code().as_str(), error.message().to_owned());
            self.done.skipped.push(Skipped { list, at, item: item.to_owned(), code, message });
        }
        self.first.get_or_insert(error);
    }

    #[inline(never)]
    fn update(&mut self, list: &'static str, at: usize, update: &ItemUpdate) {
        let Some(item) = self.catalog.find(&update.item) else { return self.skip(list, at, &update.item, unknown(&update.item)) };
        let mut row = self.catalog.row(item).owned();
        update.write(&mut row);
        match row.check() {
            Ok(()) => {
                if row.title != self.catalog.title(item) {
                    self.catalog.unlearn(item);
                }
                self.catalog.overlay.put(item, row);
                self.done.updated += 1;
            }
            Err(error) => self.skip(list, at, &update.item, error),
        }
    }

    /// Whether a row can be an item, but for its id being known. `dim`: values of a vector, where the bundle has any.
    fn check(&self, new: &NewItem, dim: Option<usize>) -> Result<()> {
        new.row.check()?;
        let bad = |why: &'static str| Err(Error::new(Code::CatalogInvalid, why).with("item", &new.row.item));
        if let Some(id) = &new.like {
            self.catalog.find(id).and_then(|item| self.catalog.stand_in(item)).ok_or_else(|| unknown(id))?;
        }
        match (&new.vector, dim) {
            (Some(_), None) => bad("the bundle has no item vectors to compare a new item's with"),
            (Some(_), _) if new.like.is_some() => bad("a new item has a vector or an item it is like, not both"),
            (Some(vector), Some(dim)) if vector.len() != dim || vector.iter().any(|v| !v.is_finite()) => {
                bad("a new item's vector is as long as the bundle's, and finite")
            }
            _ => Ok(()),
        }
    }
}

impl Catalog {
    /// Applies a delta in place, row by row. Time and memory go with the delta, not the catalog; but the first new item that
    /// says nothing of what it is like costs a pass over all titles, whose words are kept until a title of the bundle changes
    /// or goes. Of more than 65,536 items they are not kept: there every delta with such an item costs the pass.
    ///
    /// # Errors
    /// Why the first row was left out, if any was: `item-unknown` (update, remove, like), `catalog-duplicate-id` (add),
    /// `catalog-invalid` (a value, or a vector: a catalog alone has none to compare it with). The other rows are in.
    pub fn apply(&mut self, delta: &CatalogDelta) -> Result<Updated> {
        let (done, first) = self.feed(delta, None, &mut |catalog, new| by_words(catalog, new));
        first.map_or(Ok(done), Err)
    }

    /// [`Catalog::apply`] where `place` tells beside which base items the new ones that are `like` none stand. It is asked
    /// once, with the catalog as it is after removals and updates. With what came of it stands why the first row was left
    /// out.
    pub(crate) fn feed(&mut self, delta: &CatalogDelta, dim: Option<usize>, place: Place<'_>) -> (Updated, Option<Error>) {
        let done = Updated { skipped: delta.unread.clone(), ..Updated::default() };
        let mut feed = Feed { catalog: self, done, first: None };
        for (at, id) in delta.remove.iter().enumerate() {
            match feed.catalog.find(id) {
                Some(item) => {
                    feed.catalog.overlay.remove(item);
                    feed.catalog.unlearn(item);
                    feed.done.removed += 1;
                }
                None => feed.skip("remove", at, id, unknown(id)),
            }
        }
        for (at, update) in delta.update.iter().enumerate() {
            feed.update("update", at, update);
        }
        let mut upserted: Vec<(usize, NewItem)> = Vec::new();
        for (at, row) in delta.upsert.iter().enumerate() {
            let known = feed.catalog.find(&row.update.item).is_some();
            match &row.update.title {
                Some(_) if !known => upserted.push((at, row.as_new())),
                None if !known => feed.skip("upsert", at, &row.update.item, untitled(&row.update.item)),
                _ => feed.update("upsert", at, &row.update),
            }
        }
        let mut fresh: Vec<(&'static str, usize, &NewItem)> = Vec::with_capacity(upserted.len() + delta.add.len());
        for (at, new) in &upserted {
            fresh.push(("upsert", *at, new));
        }
        for (at, new) in delta.add.iter().enumerate() {
            fresh.push(("add", at, new));
        }
        feed.add(&fresh, delta, dim, place);
        let Feed { mut done, first, .. } = feed;
        let unknown = |row: &&Skipped| row.code == Code::ItemUnknown.as_str() && matches!(row.list, "update" | "remove");
        done.unknown = done.skipped.iter().filter(unknown).count();
        done.refused = done.skipped.len() - done.unknown;
        (done, first)
    }
}

impl Feed<'_> {
    /// New items. Of two rows of one id the first is the item, and what the other says is an update or too much.
    fn add(&mut self, fresh: &[(&'static str, usize, &NewItem)], delta: &CatalogDelta, dim: Option<usize>, place: Place<'_>) {
        let id = |at: ItemIdx| fresh.get(at.at()).map_or("", |(.., new)| new.row.item.as_str());
        let mut order: Vec<(ItemKey, ItemIdx)> =
            (0..fresh.len() as u32).map(|at| (ItemKey::of(id(ItemIdx(at))), ItemIdx(at))).collect();
        order.sort_unstable();
        let mut again = vec![false; fresh.len()];
        for pair in order.windows(2) {
            if let [(_, a), (_, b)] = pair {
                again.get_mut(b.at()).into_iter().for_each(|again| *again = id(*a) == id(*b) && !id(*a).is_empty());
            }
        }
        let (mut items, mut late): (Vec<&NewItem>, Vec<(&'static str, usize)>) = (Vec::new(), Vec::new());
        for ((list, at, new), again) in fresh.iter().zip(again) {
            let id = &new.row.item;
            let wrong = match self.check(new, dim) {
                _ if again => {
                    late.push((list, *at));
                    continue;
                }
                Err(error) => error,
                Ok(()) if self.catalog.find(id).is_some() => duplicate(id),
                Ok(()) if self.catalog.likes.len() + items.len() >= MAX_ADDED => {
                    Error::new(Code::CatalogInvalid, "too many added items: pack a new bundle").with("limit", MAX_ADDED)
                }
                Ok(()) => {
                    items.push(*new);
                    continue;
                }
            };
            self.skip(list, *at, id, wrong);
        }
        let unplaced: Vec<&NewItem> = items.iter().copied().filter(|new| new.like.is_none()).collect();
        let mut places = Vec::new().into_iter();
        if !unplaced.is_empty() {
            self.catalog.learn();
            places = place(self.catalog, &unplaced).into_iter();
        }
        let first = self.catalog.len() as u32;
        for new in &items {
            let like = match &new.like {
                Some(id) => self.catalog.find(id).and_then(|item| self.catalog.stand_in(item)),
                None => places.next().flatten(),
            };
            let item = ItemIdx(self.catalog.len() as u32);
            self.catalog.overlay.put(item, new.row.borrowed().owned());
            self.catalog.likes.push(like);
            self.done.placed.push(new.like.is_none());
            self.done.added += 1;
        }
        // A few are put into their places, each of which moves what stands behind it; with many the list is sorted once.
        let (keys, few) = (&mut self.catalog.added_keys, items.len() <= FEW);
        for (new, item) in items.iter().zip((first..).map(ItemIdx)) {
            let key = (ItemKey::of(&new.row.item), item);
            keys.insert(if few { bound(keys, key) } else { keys.len() }, key);
        }
        if !few {
            keys.sort_unstable();
        }
        for (list, at) in late {
            match delta.upsert.get(at).filter(|_| list == "upsert") {
                Some(row) => self.update(list, at, &row.update),
                None => {
                    let id = delta.add.get(at).map_or("", |new| new.row.item.as_str());
                    self.skip(list, at, id, duplicate(id));
                }
            }
        }
    }
}

/// Beside which base items new ones stand: an answer an item.
pub(crate) type Place<'a> = &'a mut dyn FnMut(&Catalog, &[&NewItem]) -> Vec<Option<ItemIdx>>;

/// Beside those whose titles are most like theirs.
pub(crate) fn by_words(catalog: &Catalog, new: &[&NewItem]) -> Vec<Option<ItemIdx>> {
    let rows: Vec<&Item> = new.iter().map(|new| &new.row).collect();
    words::alike(catalog, &rows, 1).into_iter().map(|near| near.first().copied()).collect()
}

fn unknown(id: &str) -> Error {
    Error::new(Code::ItemUnknown, "a delta names an item that the catalog does not hold").with("item", id)
}

fn untitled(id: &str) -> Error {
    Error::new(Code::CatalogInvalid, "an item that is new needs a title").with("item", id)
}

fn duplicate(id: &str) -> Error {
    Error::new(Code::CatalogDuplicateId, "an added item has the id of a known one").with("item", id)
}

#[cfg(test)]
mod tests {
    use super::super::tests::catalog;
    use super::*;

    fn item(id: &str) -> Item {
        Item { item: id.to_owned(), title: format!("new {id}"), ..Item::default() }
    }

    fn read(json: &str) -> CatalogDelta {
        serde_json::from_str::<Value>(json).unwrap().read().unwrap()
    }

    /// What came of it, and of the rows that were left out list, place and code.
    #[allow(clippy::type_complexity)]
    fn told(done: &Updated) -> ((usize, usize, usize), Vec<(&str, usize, &str)>) {
        let skipped = done.skipped.iter().map(|row| (row.list, row.at, row.code)).collect();
        ((done.added, done.updated, done.removed), skipped)
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
            ..CatalogDelta::default()
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
    fn added_items_are_found_however_many_come_at_once() {
        let mut c = catalog(&["a", "b"]).unwrap();
        let mut all = Vec::new();
        for (delta, count) in [1, FEW, FEW + 1, 0, 3, 500, 2].into_iter().enumerate() {
            let ids: Vec<String> = (0..count).map(|i| format!("{delta}/{i}")).collect();
            let add = ids.iter().map(|id| NewItem { row: item(id), like: Some("a".into()), ..NewItem::default() }).collect();
            c.apply(&CatalogDelta { add, ..CatalogDelta::default() }).unwrap();
            all.extend(ids);
            assert!(c.added_keys.is_sorted());
            let found = all.iter().map(|id| c.find(id)).collect::<Vec<_>>();
            assert_eq!(found, (2..).map(ItemIdx).map(Some).take(all.len()).collect::<Vec<_>>());
        }
        // As many as there may be.
        let rest =
            (all.len()..MAX_ADDED).map(|i| NewItem { row: item(&format!("r{i}")), like: Some("a".into()), ..NewItem::default() });
        let done = c.apply(&CatalogDelta { add: rest.collect(), ..CatalogDelta::default() }).unwrap();
        assert_eq!((done.added, c.find("r99999")), (MAX_ADDED - all.len(), Some(ItemIdx(MAX_ADDED as u32 + 1))));
    }

    #[test]
    fn a_bad_row_costs_that_row() {
        let mut c = catalog(&["a", "b"]).unwrap();
        let feed = |c: &mut Catalog, json: &str| c.feed(&read(json), None, &mut |c, new| by_words(c, new)).0;
        let done = feed(
            &mut c,
            r#"{"remove":["z","b",7],"update":[{"item":"y","price":1},{"item":"a","price":-1},{"item":"a","price":"2"},{"item":"a","price":3}]}"#,
        );
        let skipped = vec![
            ("update", 2, "invalid-option"),
            ("remove", 2, "invalid-option"),
            ("remove", 0, "item-unknown"),
            ("update", 0, "item-unknown"),
            ("update", 1, "catalog-invalid"),
        ];
        assert_eq!(told(&done), ((0, 1, 1), skipped));
        assert_eq!(done.skipped[0].message, "delta.update[2].price must be a finite number, not string 2");
        assert_eq!(done.skipped[0].item, "a");
        assert_eq!((c.price(ItemIdx(0)), c.find("b")), (Some(3.0), None));
        let done = feed(
            &mut c,
            r#"{"add":[{"item":"x","title":"x"},{"item":"a","title":"x"},{"item":"x","title":"again"},{"item":"w"},{"item":"v","title":"v","like":"nope"},{"item":"u","title":"u","vector":[1]},{"item":"","title":"t"},{"item":"s","titel":"s"}]}"#,
        );
        let codes: Vec<_> = done.skipped.iter().map(|row| (row.at, row.code)).collect();
        let duplicate = "catalog-duplicate-id";
        let wanted = [
            (3, "invalid-option"),
            (7, "invalid-option"),
            (1, duplicate),
            (4, "item-unknown"),
            (5, "catalog-invalid"),
            (6, "catalog-invalid"),
            (2, duplicate),
        ];
        assert_eq!((done.added, codes), (1, wanted.to_vec()));
        assert_eq!(c.title(c.find("x").unwrap()), "x");
    }

    #[test]
    fn an_upsert_adds_or_updates_and_null_unsets() {
        let mut c = catalog(&["a", "b"]).unwrap();
        let done = c
            .feed(
                &read(r#"{"upsert":[{"item":"a","price":null,"stock":4},{"item":"n","title":"new","price":2,"brand":null},{"item":"m","price":2},{"item":"n","title":"newer","price":null},{"item":"b","category":null}]}"#),
                None,
                &mut |c, new| by_words(c, new),
            )
            .0;
        assert_eq!(told(&done), ((1, 3, 0), vec![("upsert", 2, "catalog-invalid")]));
        assert_eq!((c.price(ItemIdx(0)), c.stock(ItemIdx(0)), c.category(ItemIdx(1))), (None, Some(4), None));
        let n = c.find("n").unwrap();
        assert_eq!((c.title(n), c.price(n), c.len()), ("newer", None, 3));
        c.apply(&read(r#"{"update":[{"item":"a","stock":null}]}"#)).unwrap();
        assert_eq!(c.stock(ItemIdx(0)), None);
    }
}
