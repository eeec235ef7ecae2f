//! From a table to an item list.

use super::ItemList;
use super::args::{Duplicates, ItemArgs};
use super::category::category;
use crate::read::Table;
use crate::read::notes::Note;
use crate::read::options::Options;
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::id;
use crate::read::value::number::Marks;
use crate::read::value::title::{clean, cut};
use nearhand::{Code, Error, Item, Result};
use std::collections::HashMap;
use std::path::Path;

/// What a column of a list holds, the option that names it, and its usual names; the first found is taken.
const ROLES: [(&str, &str, &[&str]); 8] = [
    (
        "item",
        "--item-col",
        &[
            "item",
            "itemid",
            "sku",
            "stockcode",
            "variantsku",
            "id",
            "productid",
            "productsku",
            "articleid",
            "aid",
            "asin",
            "parentasin",
            "objectid",
            "handle",
            "movieid",
        ],
    ),
    ("key", "--key-col", &[]),
    ("title", "--title-col", &["title", "name", "description", "itemname", "productname", "producttitle", "itemtitle"]),
    (
        "price",
        "--price-col",
        &["price", "unitprice", "medianprice", "variantprice", "regularprice", "saleprice", "itemprice", "productprice"],
    ),
    ("category", "--category-col", &["category", "categories", "productcategory", "producttype", "itemcategory", "genres"]),
    ("brand", "--brand-col", &["brand", "brands", "vendor", "manufacturer"]),
    ("stock", "--stock-col", &["stock", "qty", "stockquantity", "availablequantity", "variantinventoryqty", "inventory"]),
    ("group", "--group-col", &["group", "itemgroupid", "primaryproductid"]),
];
const ITEM: usize = 0;
const KEY: usize = 1;
const TITLE: usize = 2;
const PRICE: usize = 3;
const CATEGORY: usize = 4;
const BRAND: usize = 5;
const STOCK: usize = 6;
const GROUP: usize = 7;

/// Reads a list.
///
/// # Errors
/// `io`; `data-invalid` with path, line, column and value; `catalog-duplicate-id` with both lines.
pub(crate) fn list(path: &Path, args: &ItemArgs) -> Result<ItemList> {
    let options = Options {
        columns: args.items_columns.clone(),
        encoding: args.items_encoding.clone(),
        flags: "items-",
        ..Options::default()
    };
    let table = Table::open(path, &options)?;
    let columns = columns(&table, args)?;
    let picked: Vec<usize> = columns.iter().flatten().copied().collect();
    let header = table.header().to_vec();
    let name = |role: usize| columns.get(role).copied().flatten().and_then(|at| header.get(at)).map_or("", String::as_str);
    let marks = match (args.items_decimal_mark, columns.get(PRICE).copied().flatten()) {
        (Some(mark), _) => Some(mark),
        (None, Some(at)) => Marks::of(table.sample(at)).map_err(|value| {
            let why =
                "all prices of the first rows can be read in two ways: say what marks decimals with --items-decimal-mark . or ,";
            Error::new(Code::DataInvalid, why).with("path", path.display()).with("column", name(PRICE)).with("value", value)
        })?,
        (None, None) => None,
    };
    let mut reading =
        Reading { args, marks, list: ItemList::default(), seen: HashMap::new(), titles: HashMap::new(), nameless: 0 };
    // Place of each role among the picked values.
    let mut next = 0;
    let places: Vec<Option<usize>> = columns
        .iter()
        .map(|at| {
            at.map(|_| {
                next += 1;
                next - 1
            })
        })
        .collect();
    let anchor = places.get(ITEM).copied().flatten().unwrap_or(0);
    let done = table.rows(&picked, anchor, &mut |cells, place| {
        let of = |role: usize| places.get(role).copied().flatten().and_then(|at| cells.get(at)).copied().unwrap_or_default();
        reading.row(&of, &name, place)
    })?;
    let named = |role: usize| (!name(role).is_empty()).then(|| name(role).to_owned()).into_iter().collect::<Vec<_>>();
    let read = ROLES.iter().enumerate().map(|(role, (what, ..))| (*what, named(role)));
    let columns_read = read.collect();
    let mut list = reading.finish(path)?;
    // What a catalog cannot hold is known now.
    list.columns().map_err(|e| e.with("path", path.display()))?;
    list.columns_read = columns_read;
    list.notes.splice(0..0, done.notes);
    Ok(list)
}

/// Shopify's list of products: a row a variant, and rows with pictures alone.
const SHOPIFY: [&str; 3] = ["handle", "variantsku", "variantprice"];

/// The column of each role.
fn columns(table: &Table, args: &ItemArgs) -> Result<[Option<usize>; ROLES.len()]> {
    let plain =
        |name: &String| -> String { name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect() };
    let header = table.header();
    let whole: Vec<String> = header.iter().map(plain).collect();
    let last: Vec<String> = header.iter().map(|name| plain(&name.rsplit('.').next().unwrap_or(name).to_owned())).collect();
    let shopify = SHOPIFY.iter().all(|mark| whole.iter().any(|name| name == mark));
    let asked = [
        &args.item_col,
        &args.key_col,
        &args.title_col,
        &args.price_col,
        &args.category_col,
        &args.brand_col,
        &args.stock_col,
        &args.group_col,
    ];
    let refuse = |why: String| {
        let error = Error::new(Code::DataInvalid, why).with("path", table.path().display()).with("line", 1);
        listed(error, "columns", " ", header)
    };
    let mut found = [None; ROLES.len()];
    for (((role, option, usual), asked), at) in ROLES.iter().zip(asked).zip(&mut found) {
        *at = match asked {
            Some(none) if none.is_empty() => None,
            Some(name) => {
                let at = header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
                if header.iter().filter(|h| h.trim().eq_ignore_ascii_case(name)).count() > 1 {
                    return Err(refuse(format!("the item list has two columns of the name {}: see {option}", short(name))));
                }
                Some(at.ok_or_else(|| refuse(format!("the item list has no column {}: see {option}", short(name))))?)
            }
            None => {
                let there = |names: &[String]| {
                    usual
                        .iter()
                        .filter_map(|name| names.iter().position(|h| h == name))
                        .find(|at| *role != "item" || table.sample(*at).next().is_some())
                };
                let by_name = |name: &str| whole.iter().position(|h| h == name);
                match *role {
                    "group" if shopify => by_name("handle"),
                    "category" if shopify => {
                        by_name("type").filter(|at| table.sample(*at).next().is_some()).or_else(|| by_name("productcategory"))
                    }
                    _ => there(&whole).or_else(|| there(&last)),
                }
            }
        };
    }
    for ((at, (_, option, _)), asked) in found.iter().zip(ROLES).zip(asked) {
        let name = at.and_then(|at| whole.get(at));
        if let Some(name) = name.filter(|name| asked.is_none() && whole.iter().filter(|h| h == name).count() > 1) {
            return Err(refuse(format!("the item list has two columns of the name {name}: see {option}")));
        }
    }
    if found[ITEM].is_none() {
        let why = if table.looks_headless() {
            "the first line is taken for the header, and it looks like data: name the columns with --items-columns id,title,price"
        } else {
            "the item list needs a column of ids: name it with --item-col"
        };
        return Err(refuse(why.to_owned()));
    }
    Ok(found)
}

struct Reading<'a> {
    args: &'a ItemArgs,
    marks: Option<Marks>,
    list: ItemList,
    /// Line of each key, and its row of the list.
    seen: HashMap<String, (u64, usize)>,
    /// By group the first title: later variants may have none.
    titles: HashMap<String, String>,
    nameless: u64,
}

impl Reading<'_> {
    fn row<'c, 'n>(&mut self, of: &dyn Fn(usize) -> Cell<'c>, name: &dyn Fn(usize) -> &'n str, place: &Place<'_>) -> Result<()> {
        let lost = |role: usize| move |why: &'static str| place.error(why, name(role), of(role));
        let title = of(TITLE).word().map(|t| clean(&t)).filter(|t| !t.is_empty());
        let group = of(GROUP).word().map(|t| clean(&t));
        if let (Some(group), Some(title)) = (&group, &title) {
            self.titles.entry(group.clone()).or_insert_with(|| title.clone());
        }
        let Some(item) = id::id(of(ITEM)).map_err(lost(ITEM))?.map(|t| t.into_owned()) else {
            self.nameless += 1;
            return Ok(());
        };
        let key =
            if name(KEY).is_empty() { Some(item.clone()) } else { id::id(of(KEY)).map_err(lost(KEY))?.map(|t| t.into_owned()) };
        let Some(key) = key else { return Err(place.error("an item without key", name(KEY), Cell::Empty)) };
        let doubt = "the price can be read in two ways: say what marks decimals with --items-decimal-mark . or ,";
        let mark = Marks::settle(&mut self.marks, of(PRICE).as_text()).map_err(|_| place.error(doubt, name(PRICE), of(PRICE)))?;
        let number = |role: usize, what: &str| match of(role) {
            Cell::Empty => Ok(None),
            cell => cell.number(mark).filter(|v| v.abs() < f64::from(f32::MAX)).map(Some).ok_or_else(|| {
                let option = ROLES.get(role).map_or("", |(_, option, _)| option);
                place.error(format!("{what} is no number; leave the column out with {option} ''"), name(role), cell)
            }),
        };
        let price = number(PRICE, "a price")?;
        if price.is_some_and(|p| p < 0.0) {
            return Err(place.error("a price is not negative; leave the column out with --price-col ''", name(PRICE), of(PRICE)));
        }
        let stock = number(STOCK, "a stock")?;
        let title = title.or_else(|| self.titles.get(group.as_ref()?).cloned()).unwrap_or_else(|| item.clone());
        let (title, was_cut) = cut(title);
        self.list.titles_cut += u64::from(was_cut);
        let row = Item {
            title,
            price,
            category: of(CATEGORY).word().and_then(|t| category(&t, self.args.category_level)).map(|c| cut(c).0),
            brand: of(BRAND).word().map(|t| cut(clean(&t)).0).filter(|t| !t.is_empty()),
            stock: stock.map(|s| s.max(0.0) as u32),
            group: group.filter(|t| !t.is_empty()),
            item,
            ..Item::default()
        };
        row.check().map_err(|e| e.with("path", place.path.display()).with(place.unit, place.number))?;
        self.keep(key, row, place)
    }

    fn keep(&mut self, key: String, row: Item, place: &Place<'_>) -> Result<()> {
        let Some((line, at)) = self.seen.get(&key).copied() else {
            self.seen.insert(key.clone(), (place.number, self.list.rows.len()));
            self.list.by_key.insert(key, self.list.rows.len() as u32);
            self.list.rows.push(row);
            return Ok(());
        };
        let Some(before) = self.list.rows.get_mut(at) else { return Ok(()) };
        self.list.repeated += 1;
        if *before == row || self.args.duplicates == Duplicates::First {
            return Ok(());
        }
        if self.args.duplicates == Duplicates::Last {
            *before = row;
            return Ok(());
        }
        let why = "two rows of the item list have the same key and say different things: --duplicates first or last keeps one";
        Err(Error::new(Code::CatalogDuplicateId, why)
            .with("path", place.path.display())
            .with("key", short(&key))
            .with("first", format!("{} {line}", place.unit))
            .with("second", format!("{} {}", place.unit, place.number)))
    }

    fn finish(self, path: &Path) -> Result<ItemList> {
        let mut list = self.list;
        if list.rows.is_empty() {
            return Err(Error::new(Code::DataInvalid, "the item list has no item")
                .with("path", path.display())
                .with("rows_without_id", self.nameless));
        }
        if self.nameless > 0 {
            list.notes
                .push(Note::new("rows-without-id", "rows of the list without an id were left out").with("rows", self.nameless));
        }
        if list.titles_cut > 0 {
            list.notes.push(Note::new("titles-cut", "titles longer than 4,096 bytes were cut").with("titles", list.titles_cut));
        }
        settle_floats(&mut list, path)?;
        Ok(list)
    }
}

/// Ids and keys that were whole numbers before a program wrote them as floats are those numbers.
fn settle_floats(list: &mut ItemList, path: &Path) -> Result<()> {
    let whole = |id: &str| id::as_whole(id).map(str::to_owned);
    if id::are_floats(list.rows.iter().map(|row| row.item.as_str())) {
        let mut floats = 0;
        for row in &mut list.rows {
            if let Some(item) = whole(&row.item) {
                if row.title == row.item {
                    row.title.clone_from(&item);
                }
                row.item = item;
                floats += 1;
            }
        }
        let why = "ids are whole numbers that a program wrote as floats (5863.0): they are read as the whole numbers";
        list.notes.push(Note::new("ids-as-floats", why).with("ids", floats));
    }
    if id::are_floats(list.by_key.keys().map(String::as_str)) {
        let mut by_key = HashMap::new();
        for (key, row) in std::mem::take(&mut list.by_key) {
            let key = whole(&key).unwrap_or(key);
            if by_key.insert(key.clone(), row).is_some() {
                return Err(Error::new(Code::CatalogDuplicateId, "two rows of the item list have the same key, one as a float")
                    .with("path", path.display())
                    .with("key", key));
            }
        }
        list.by_key = by_key;
    }
    Ok(())
}
