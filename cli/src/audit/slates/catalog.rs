//! What the catalogs say of the items that both have.

use super::super::report::{Cell, Section};
use super::told::Both;
use crate::read::value::cell::short;
use nearhand::Item;
use std::collections::HashSet;

/// Prices that are this many times others are in another unit, where most are.
const UNIT: f64 = 5.0;

type Row<'a> = Item<&'a str>;

/// A field as text; none where nothing is known.
type Field = (&'static str, fn(&Row<'_>) -> Option<String>);

const FIELDS: [Field; 8] = [
    ("title", |row| Some(row.title.to_owned())),
    ("price", |row| row.price.map(|price| price.to_string())),
    ("category", |row| row.category.map(str::to_owned)),
    ("brand", |row| row.brand.map(str::to_owned)),
    ("image", |row| row.image.map(str::to_owned)),
    ("url", |row| row.url.map(str::to_owned)),
    ("group", |row| row.group.map(str::to_owned)),
    ("stock", |row| row.stock.map(|stock| stock.to_string())),
];

impl Both<'_> {
    /// A row a field that differs anywhere, and what is to be said of it.
    pub(super) fn fields(&self) -> (Section, Vec<(&'static str, String)>) {
        let about = "Of the items that both catalogs have: how many say something else now, nothing any more, something where nothing was said. For example: one of them.";
        let mut section =
            Section::new("field", "What the catalog says", about, &["field", "items", "changed", "gone", "come", "example"]);
        let mut notes = Vec::new();
        let pairs: Vec<(Row<'_>, Row<'_>)> = (0..self.items.old as u32)
            .filter_map(|item| {
                let (old, new) = (self.items.in_old(item)?, self.items.in_new(item)?);
                Some((self.old.engine.catalog().row(old), self.new.engine.catalog().row(new)))
            })
            .collect();
        for (name, of) in FIELDS {
            let (mut changed, mut gone, mut come, mut example) = (0_u64, 0_u64, 0_u64, None);
            for (old, new) in &pairs {
                let (was, is) = (of(old), of(new));
                match (&was, &is) {
                    (Some(was), Some(is)) if was != is => changed += 1,
                    (Some(_), None) => gone += 1,
                    (None, Some(_)) => come += 1,
                    _ => continue,
                }
                let word = |text: Option<String>| text.map_or_else(|| "nothing".to_owned(), |text| short(&text));
                example.get_or_insert_with(|| format!("{}: {} → {}", short(old.item), word(was), word(is)));
            }
            if changed + gone + come == 0 {
                continue;
            }
            section.rows.push(vec![
                Cell::from(name),
                Cell::Count(pairs.len() as u64),
                Cell::Count(changed),
                Cell::Count(gone),
                Cell::Count(come),
                Cell::Text(example.unwrap_or_default()),
            ]);
            if gone > 0 && !pairs.iter().any(|(_, new)| of(new).is_some()) {
                notes.push(("field-gone", format!("no item has a {name} any more")));
            }
        }
        notes.extend(moved(&pairs));
        notes.extend(ratio(&pairs).map(|ratio| {
            let what = format!("most prices are about {} times what they were: is the unit the same?", crate::page::few(ratio));
            ("price-unit", what)
        }));
        (section, notes)
    }
}

/// Titles that have gone to other ids: most items are called otherwise, and most of the new names are another item's of before.
fn moved(pairs: &[(Row<'_>, Row<'_>)]) -> Option<(&'static str, String)> {
    let otherwise = |(old, new): &&(Row<'_>, Row<'_>)| !new.title.is_empty() && old.title != new.title;
    let known: HashSet<&str> = pairs.iter().map(|(old, _)| old.title).filter(|title| !title.is_empty()).collect();
    let others = pairs.iter().filter(otherwise).filter(|(_, new)| known.contains(new.title)).count();
    (2 * others > pairs.len() && pairs.len() > 1).then(|| {
        let what = format!(
            "{others} of {} ids have the title of another one of before: do they stand for other things now?",
            pairs.len()
        );
        ("ids-moved", what)
    })
}

/// The median ratio of prices, where more than half of them have left by a factor.
fn ratio(pairs: &[(Row<'_>, Row<'_>)]) -> Option<f64> {
    let both = |(old, new): &(Row<'_>, Row<'_>)| Some((old.price.filter(|p| *p > 0.0)?, new.price.filter(|p| *p > 0.0)?));
    let mut ratios: Vec<f64> = pairs.iter().filter_map(both).map(|(old, new)| new / old).collect();
    ratios.sort_by(f64::total_cmp);
    let far = ratios.iter().filter(|ratio| **ratio >= UNIT || **ratio <= 1.0 / UNIT).count();
    ratios.get(ratios.len() / 2).copied().filter(|_| 2 * far > ratios.len())
}
