//! The item list: a table of the shop's articles becomes catalog columns.

mod args;
mod category;
mod departments;
mod read;

pub(crate) use args::ItemArgs;
pub(crate) use read::list as read_list;

use crate::read::notes::Note;
use crate::read::value::id;
use departments::Departments;
use nearhand::catalog::{Catalog, Columns, FacetColumn, TextColumn};
use nearhand::{Item, Result};
use std::collections::HashMap;

/// An item list: rows, and the key of each row in session files.
#[derive(Debug, Default)]
pub(crate) struct ItemList {
    /// Rows in file order. A bundle's catalog may be in another (`order`).
    pub rows: Vec<Item>,
    /// Session key to row.
    pub by_key: HashMap<String, u32>,
    /// Titles that were cut.
    pub titles_cut: u64,
    /// Rows that repeat another one.
    pub repeated: u64,
    /// Names of the file's columns by what they hold.
    pub columns_read: Vec<(&'static str, Vec<String>)>,
    /// What a person should know of how it was read.
    pub notes: Vec<Note>,
}

impl ItemList {
    /// Reads the list, or makes one from session keys alone when there is no file.
    pub(crate) fn load(args: &ItemArgs, keys: impl Iterator<Item = String>) -> Result<Self> {
        let list = match &args.items {
            Some(path) => {
                let list = read::list(path, args)?;
                list.notes.iter().for_each(|note| eprintln!("{note}"));
                list
            }
            None => {
                let rows: Vec<Item> = keys.map(|key| Item { title: key.clone(), item: key, ..Item::default() }).collect();
                let by_key = rows.iter().zip(0..).map(|(row, i)| (row.item.clone(), i)).collect();
                Self { rows, by_key, ..Self::default() }
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

    /// Takes keys that are whole numbers written as floats for the whole numbers as well: a log whose ids all are such has
    /// them so.
    pub(crate) fn know_floats(&mut self) {
        let whole = |(key, row): (&String, &u32)| Some((id::as_whole(key)?.to_owned(), *row));
        let found: Vec<(String, u32)> = self.by_key.iter().filter_map(whole).collect();
        for (key, row) in found {
            self.by_key.entry(key).or_insert(row);
        }
    }

    /// Session key to index in a catalog, whose order may be another one. What it does not hold is left out.
    pub(crate) fn keys_in(&self, catalog: &Catalog) -> HashMap<String, u32> {
        let index = |row: &u32| catalog.find(&self.rows.get(*row as usize)?.item);
        self.by_key.iter().filter_map(|(key, row)| Some((key.clone(), index(row)?.0))).collect()
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
