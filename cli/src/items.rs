//! The item list: a TSV or CSV file with a header becomes catalog columns.

use crate::files::{bad_line, io, read_text};
use clap::Args;
use nearhand::catalog::{Catalog, Columns, FacetColumn, TextColumn};
use nearhand::{Code, Error, Item, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where the columns of an item list stand.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ItemArgs {
    /// Item list with a header, tab- or comma-separated (by extension)
    #[arg(long)]
    pub items: Option<PathBuf>,
    /// Column with the shop's item id [default: item, item_id, sku, stock_code or id]
    #[arg(long)]
    pub item_col: Option<String>,
    /// Column with the key that session files use [default: that of the item id]
    #[arg(long)]
    pub key_col: Option<String>,
    /// Column with the title [default: title, name or description]
    #[arg(long)]
    pub title_col: Option<String>,
    /// Column with the price [default: price, unit_price or median_price]
    #[arg(long)]
    pub price_col: Option<String>,
    /// Column with the category [default: category]
    #[arg(long)]
    pub category_col: Option<String>,
    /// Column with the brand [default: brand]
    #[arg(long)]
    pub brand_col: Option<String>,
    /// Column with the stock [default: stock]
    #[arg(long)]
    pub stock_col: Option<String>,
    /// Column with what variants of one thing have in common [default: group or item_group_id]
    #[arg(long)]
    pub group_col: Option<String>,
    /// Rules that give an item its category by words of its title: `department<TAB>words`, the first that fits
    #[arg(long)]
    pub departments: Option<PathBuf>,
    /// Category of items that no rule of --departments fits
    #[arg(long, default_value = "Other")]
    pub other: String,
}

/// An item list: rows, and the key of each row in session files.
#[derive(Debug, Default)]
pub(crate) struct ItemList {
    /// Rows in file order. A bundle's catalog may be in another (`order`).
    pub rows: Vec<Item>,
    /// Session key to row.
    pub by_key: HashMap<String, u32>,
}

impl ItemList {
    /// Reads the list, or makes one from session keys alone when there is no file.
    pub(crate) fn load(args: &ItemArgs, keys: impl Iterator<Item = String>) -> Result<Self> {
        let list = match &args.items {
            Some(path) => Self::read(path, args)?,
            None => {
                let rows: Vec<Item> = keys.map(|key| Item { title: key.clone(), item: key, ..Item::default() }).collect();
                let by_key = rows.iter().zip(0..).map(|(row, i)| (row.item.clone(), i)).collect();
                Self { rows, by_key }
            }
        };
        list.finish(args)
    }

    /// Gives categories by the rules of `--departments`, and checks every row.
    pub(crate) fn finish(mut self, args: &ItemArgs) -> Result<Self> {
        if let Some(path) = &args.departments {
            let rules = Departments::read(path)?;
            for row in &mut self.rows {
                row.category = Some(rules.of(&row.title).unwrap_or(&args.other).to_owned());
            }
        }
        for row in &self.rows {
            row.check()?;
        }
        Ok(self)
    }

    /// Session key to index in a catalog, whose order may be another one. What it does not hold is left out.
    pub(crate) fn keys_in(&self, catalog: &Catalog) -> HashMap<String, u32> {
        let index = |row: &u32| catalog.find(&self.rows.get(*row as usize)?.item);
        self.by_key.iter().filter_map(|(key, row)| Some((key.clone(), index(row)?.0))).collect()
    }

    fn read(path: &Path, args: &ItemArgs) -> Result<Self> {
        let tab = path.extension().is_some_and(|e| e == "tsv");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if tab { b'\t' } else { b',' })
            .quoting(!tab)
            .from_path(path)
            .map_err(|e| io(path, &e))?;
        let header = reader.headers().map_err(|e| io(path, &e))?.clone();
        let column = |asked: &Option<String>, usual: &[&str]| -> Result<Option<usize>> {
            let find = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
            match asked {
                None => Ok(usual.iter().find_map(|name| find(name))),
                Some(name) => find(name).map(Some).ok_or_else(|| {
                    Error::new(Code::DataInvalid, "the item list has no such column")
                        .with("column", name)
                        .with("columns", header.iter().collect::<Vec<_>>().join(" "))
                }),
            }
        };
        let item = column(&args.item_col, &["item", "item_id", "sku", "stock_code", "id"])?
            .ok_or_else(|| Error::new(Code::DataInvalid, "the item list needs a column of ids: name it with --item-col"))?;
        let key = column(&args.key_col, &[])?.unwrap_or(item);
        let title = column(&args.title_col, &["title", "name", "description"])?;
        let price = column(&args.price_col, &["price", "unit_price", "median_price"])?;
        let category = column(&args.category_col, &["category"])?;
        let brand = column(&args.brand_col, &["brand"])?;
        let stock = column(&args.stock_col, &["stock"])?;
        let group = column(&args.group_col, &["group", "item_group_id"])?;
        let mut list = Self::default();
        for (record, line) in reader.records().zip(2..) {
            let record = record.map_err(|e| bad_line(path, line, e.to_string()))?;
            let text = |at: Option<usize>| at.and_then(|a| record.get(a)).map(clean).filter(|t| !t.is_empty());
            let number = |at: Option<usize>, what: &str| -> Result<Option<f64>> {
                text(at).map(|t| t.parse().map_err(|_| bad_line(path, line, format!("{what} is no number: {t}")))).transpose()
            };
            let id = text(Some(item)).ok_or_else(|| bad_line(path, line, "an item without id"))?;
            let row = Item {
                title: text(title).unwrap_or_else(|| id.clone()),
                price: number(price, "price")?,
                category: text(category),
                brand: text(brand),
                stock: number(stock, "stock")?.map(|s| s as u32),
                group: text(group),
                item: id,
                ..Item::default()
            };
            let key = text(Some(key)).ok_or_else(|| bad_line(path, line, "an item without key"))?;
            if list.by_key.insert(key.clone(), list.rows.len() as u32).is_some() {
                return Err(Error::new(Code::CatalogDuplicateId, "two rows of the item list have the same key")
                    .with("key", key)
                    .with("line", line));
            }
            list.rows.push(row);
        }
        Ok(list)
    }

    /// The catalog's columns and the names of those present.
    pub(crate) fn columns(&self) -> Result<(Columns, Vec<String>)> {
        let texts = |get: fn(&Item) -> &str| TextColumn::of(&self.rows.iter().map(get).collect::<Vec<_>>());
        let facet = |get: fn(&Item) -> &Option<String>| -> Result<Option<FacetColumn>> {
            let any = self.rows.iter().any(|r| get(r).is_some());
            any.then(|| FacetColumn::of(&self.rows.iter().map(|r| get(r).clone()).collect::<Vec<_>>())).transpose()
        };
        let price = self.rows.iter().any(|r| r.price.is_some());
        let stock = self.rows.iter().any(|r| r.stock.is_some());
        let columns = Columns {
            ids: texts(|r| &r.item),
            titles: texts(|r| &r.title),
            price: price.then(|| self.rows.iter().map(|r| r.price.map_or(f32::NAN, |p| p as f32)).collect()),
            category: facet(|r| &r.category)?,
            brand: facet(|r| &r.brand)?,
            stock: stock.then(|| self.rows.iter().map(|r| r.stock.map_or(-1, |s| s.min(i32::MAX as u32) as i32)).collect()),
            group: self.rows.iter().any(|r| r.group.is_some()).then(|| texts(|r| r.group.as_deref().unwrap_or_default())),
            ..Columns::default()
        };
        let present = [
            ("price", columns.price.is_some()),
            ("category", columns.category.is_some()),
            ("brand", columns.brand.is_some()),
            ("stock", columns.stock.is_some()),
            ("group", columns.group.is_some()),
        ];
        Ok((columns, present.iter().filter(|(_, p)| *p).map(|(name, _)| (*name).to_owned()).collect()))
    }
}

/// Titles come as trade systems hold them: control characters and runs of blanks go.
pub(crate) fn clean(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Keyword rules for categories.
struct Departments(Vec<(String, Vec<Vec<String>>)>);

impl Departments {
    /// One rule a line: a department, a tab, words separated by blanks. A word fits as a whole word of the title,
    /// `a+b` when all its words do.
    fn read(path: &Path) -> Result<Self> {
        let mut rules = Vec::new();
        for (line, n) in read_text(path)?.lines().zip(1..) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (department, words) =
                line.split_once('\t').ok_or_else(|| bad_line(path, n, "a rule is: department, tab, words"))?;
            let words = words.split_whitespace().map(|w| w.split('+').map(str::to_lowercase).collect()).collect();
            rules.push((department.trim().to_owned(), words));
        }
        Ok(Self(rules))
    }

    fn of(&self, title: &str) -> Option<&str> {
        let title = title.to_lowercase();
        // A word is a run of letters, digits, ' and -; the pieces of a hyphenated one count as well.
        let runs = title.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
        let words: Vec<&str> = runs.flat_map(|run| std::iter::once(run).chain(run.split('-'))).collect();
        let fits = |all: &Vec<String>| all.iter().all(|w| words.contains(&w.as_str()));
        self.0.iter().find(|(_, any)| any.iter().any(fits)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_take_the_first_rule_that_fits() {
        let rules = Departments(vec![
            ("Kitchen".into(), vec![vec!["cake".into(), "stand".into()], vec!["mug".into()]]),
            ("Party".into(), vec![vec!["cake".into()]]),
        ]);
        assert_eq!(rules.of("REGENCY CAKE-STAND 3 TIER"), Some("Kitchen"));
        assert_eq!(rules.of("SET OF CAKE CASES, CAKE"), Some("Party"));
        assert_eq!(rules.of("PANCAKE PAN"), None);
    }
}
