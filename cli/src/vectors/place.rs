//! Vectors in the order of the item list.
//!
//! By their ids where the file has them: as session files spell items, or as the list does, whichever names more of them. An
//! item without a vector gets zeros, which no query likes or dislikes, and is counted; so is a vector whose id the list
//! lacks. Without ids row i is item i, and both counts must be the same.

use super::given::{Given, bad};
use crate::items::ItemList;
use crate::read::value::cell::short;
use crate::sessions::Known;
use nearhand::{Code, Error, Result};
use std::collections::HashMap;
use std::path::Path;

/// One vector an item, in the order of the list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    /// Values a vector.
    pub dim: usize,
    /// Item by item.
    pub values: Vec<f32>,
    /// What the file is.
    pub format: String,
    /// Whether items were found by ids.
    pub by_ids: bool,
    /// Items that the file lacks.
    pub without: usize,
    /// Vectors whose ids the list lacks.
    pub unknown: usize,
    /// Some such id.
    pub stranger: Option<String>,
    /// Items whose vector is zeros in the file.
    pub nil: usize,
}

impl std::fmt::Display for Placed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let items = self.values.len() / self.dim.max(1);
        let by = if self.by_ids { "ids" } else { "order" };
        write!(f, "vectors format={} dim={} items={items} by={by}", self.format.replace(' ', "-"), self.dim)?;
        let counts = [("without", self.without), ("unknown", self.unknown), ("zero", self.nil)];
        counts.into_iter().filter(|(_, n)| *n > 0).try_for_each(|(what, n)| write!(f, " {what}={n}"))?;
        self.stranger.iter().try_for_each(|id| write!(f, " unknown_id={id}"))
    }
}

/// Puts vectors in the order of the list.
///
/// # Errors
/// `data-invalid` with both counts where there are no ids and the counts differ, or where most items lack a vector;
/// `item-unknown` with an id of either side where the list has none of the ids.
pub(super) fn place(path: &Path, given: Given, items: &ItemList) -> Result<Placed> {
    let Given { dim, ids, values, format } = given;
    let count = items.rows.len();
    let mut placed = Placed { dim, values, format, by_ids: ids.is_some(), without: 0, unknown: 0, stranger: None, nil: 0 };
    match ids {
        Some(ids) => by_ids(path, &ids, items, &mut placed)?,
        None if items.columns_read.is_empty() => {
            let why = "the vectors have no ids, and without --items nobody can tell which row is whose: give the list whose \
                       order they are in, or ids with --vector-ids";
            return Err(bad(path, why).with("vectors", placed.values.len() / dim).with("items", count));
        }
        None => by_order(path, count, &placed)?,
    }
    let nil = placed.values.chunks_exact(dim).filter(|row| row.iter().all(|v| *v == 0.0)).count();
    placed.nil = nil.saturating_sub(placed.without);
    Ok(placed)
}

fn by_order(path: &Path, count: usize, placed: &Placed) -> Result<()> {
    let rows = placed.values.len() / placed.dim;
    if rows == count {
        return Ok(());
    }
    let is_nil = |row: usize| placed.values.chunks_exact(placed.dim).nth(row).is_some_and(|row| row.iter().all(|v| *v == 0.0));
    let hint = if rows == count + 1 && is_nil(count) {
        ": the last row is zeros, as padding is; leave it out"
    } else if rows == count + 1 {
        ": there is one row more, and row 0 often stands for padding or unknown items; leave it out"
    } else if placed.dim == count {
        ": they may be transposed, one column an item; save their transpose"
    } else {
        ": give the ids of the rows with --vector-ids, or the list that they were trained with"
    };
    let why = format!("the file has another number of vectors than the list has items{hint}");
    Err(bad(path, why).with("vectors", rows).with("dim", placed.dim).with("items", count))
}

fn by_ids(path: &Path, ids: &[String], items: &ItemList, placed: &mut Placed) -> Result<()> {
    let own: HashMap<String, u32> = items.rows.iter().zip(0..).map(|(row, at)| (row.item.clone(), at)).collect();
    let (keys, own) = (Known::new(&items.by_key), Known::new(&own));
    let hits = |known: &Known<'_>| ids.iter().filter(|id| known.find(id.trim()).is_some()).count();
    let known = if hits(&own) > hits(&keys) { &own } else { &keys };
    let (count, dim) = (items.rows.len(), placed.dim);
    let mut found: Vec<Option<usize>> = vec![None; count];
    for (row, id) in ids.iter().enumerate() {
        let Some(item) = known.find(id.trim()) else {
            placed.unknown += 1;
            placed.stranger.get_or_insert_with(|| short(id));
            continue;
        };
        if let Some(slot) = found.get_mut(item as usize) {
            if let Some(first) = *slot {
                return Err(bad(path, "two vectors are the same item's")
                    .with("first", short(ids.get(first).map_or("", String::as_str)))
                    .with("second", short(id)));
            }
            *slot = Some(row);
        }
    }
    let with = found.iter().flatten().count();
    placed.without = count - with;
    if with == 0 {
        let why = "the item list has none of the vectors' ids: name its column of such ids with --key-col";
        return Err(Error::new(Code::ItemUnknown, why)
            .with("option", "--vectors")
            .with("path", path.display())
            .with("vectors", ids.len())
            .with("id", placed.stranger.clone().unwrap_or_default())
            .with("items", count)
            .with("item", short(known.example())));
    }
    if placed.without * 2 > count {
        let lacking = found.iter().position(Option::is_none).and_then(|at| items.rows.get(at));
        let why = "most items of the list have no vector: it is another list than they were trained with, or most items were \
                   left out as rare";
        return Err(bad(path, why)
            .with("items", count)
            .with("with_vector", with)
            .with("vectors", ids.len())
            .with("item", lacking.map_or(String::new(), |row| short(&row.item))));
    }
    let old = std::mem::take(&mut placed.values);
    placed.values = Vec::with_capacity(count * dim);
    for row in found {
        match row.and_then(|row| old.get(row * dim..(row + 1) * dim)) {
            Some(row) => placed.values.extend_from_slice(row),
            None => placed.values.resize(placed.values.len() + dim, 0.0),
        }
    }
    Ok(())
}
