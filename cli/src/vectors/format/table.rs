//! Tables with a row an item: CSV, JSON lines and Parquet, through the reader that logs and item lists have.
//!
//! The ids are the column with one of their usual names. The vectors are one column of lists (or of texts that are lists,
//! as pandas writes them into CSV), or many columns of numbers whose names count up: `v0 v1 v2 …`.

use super::Asked;
use crate::read::Table;
use crate::read::options::Options;
use crate::read::value::cell::{Cell, listed, short};
use crate::read::value::id;
use crate::read::value::number::Marks;
use crate::vectors::given::{Given, bad};
use nearhand::{Error, Result};

/// Names of the ids' column; the last ones are those of pandas' index, taken where there is no other.
const IDS: [&str; 16] = [
    "item",
    "itemid",
    "sku",
    "stockcode",
    "productid",
    "articleid",
    "aid",
    "asin",
    "id",
    "key",
    "token",
    "word",
    "name",
    "indexlevel0",
    "",
    "index",
];
/// Names of the vectors' column.
const VECTORS: [&str; 8] = ["vector", "embedding", "embeddings", "itemembedding", "vec", "emb", "factors", "itemvector"];
/// Columns of numbers that are read in one pass, beside the ids.
const PASS: usize = 15;

/// Which columns are what.
struct Columns {
    ids: Option<usize>,
    vectors: Vec<usize>,
}

/// Reads a table.
pub(super) fn read(asked: &Asked<'_>) -> Result<Given> {
    let path = asked.path;
    let (options, columns) = {
        let table = Table::open(path, &Options::default())?;
        if table.looks_headless() {
            // A first line of values: it has no names of its own.
            let width = table.header().len();
            let names = (0..width).map(|at| if at == 0 { "id".to_owned() } else { format!("v{at}") }).collect();
            let options = Options { columns: names, ..Options::default() };
            let columns = Columns { ids: Some(0), vectors: (1..width).collect() };
            (options, columns)
        } else {
            (Options::default(), columns(asked, &table)?)
        }
    };
    match columns.vectors.as_slice() {
        [] => Err(bad(path, "the table has no columns of values")),
        [one] => lists(asked, &options, columns.ids, *one),
        many => wide(asked, &options, columns.ids, many),
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn columns(asked: &Asked<'_>, table: &Table) -> Result<Columns> {
    let header = table.header();
    let refuse = |why: String| -> Error { listed(bad(asked.path, why), "columns", " ", header) };
    let named = |name: &str| header.iter().position(|h| h == name);
    let lacking = |name: &str| refuse(format!("the table has no column {}: see --vector-name", short(name)));
    let plains: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let ids = match asked.ids() {
        Some(name) => Some(named(name).ok_or_else(|| lacking(name))?),
        None => IDS.iter().find_map(|id| plains.iter().position(|name| name == id)),
    };
    let vectors = match asked.vectors() {
        Some(name) => match named(name) {
            Some(at) => vec![at],
            None => counted(header, |stem| stem == name).ok_or_else(|| lacking(name))?,
        },
        None => {
            let others = || (0..header.len()).filter(|at| Some(*at) != ids);
            let listed = |at: &usize| table.sample(*at).next().is_some_and(|cell| cell.trim_start().starts_with('['));
            let usual = |at: &usize| plains.get(*at).is_some_and(|name| VECTORS.contains(&name.as_str()));
            // Parquet's lists end in names of their own: `embedding.list.element`.
            let able: Vec<usize> = others().filter(|at| usual(at) || listed(at)).collect();
            match (able.as_slice(), others().count()) {
                ([one], _) => vec![*one],
                ([], 1) => others().collect(),
                ([], _) => counted(header, |_| true).ok_or_else(|| {
                    refuse("nothing tells which columns are the vectors: name them with --vector-name".to_owned())
                })?,
                _ => {
                    return Err(refuse("several columns can be the vectors: name one with --vector-name".to_owned()));
                }
            }
        }
    };
    Ok(Columns { ids, vectors })
}

/// The columns whose names are a stem and a number, in the order of the numbers, where there is one such stem.
fn counted(header: &[String], fits: impl Fn(&str) -> bool) -> Option<Vec<usize>> {
    let mut stems: std::collections::BTreeMap<&str, Vec<(usize, usize)>> = std::collections::BTreeMap::new();
    for (at, name) in header.iter().enumerate() {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if let Some(Ok(number)) = name.get(stem.len()..).map(str::parse::<usize>) {
            if fits(stem) {
                stems.entry(stem).or_default().push((number, at));
            }
        }
    }
    let mut most = stems.into_values().filter(|columns| columns.len() > 1);
    let (mut columns, None) = (most.next()?, most.next()) else { return None };
    columns.sort_unstable();
    let first = columns.first()?.0;
    // A hole in the numbers is a column that got lost.
    columns.iter().zip(first..).all(|((number, _), wanted)| *number == wanted).then(|| columns.iter().map(|c| c.1).collect())
}

/// One column of lists, which the reader hands out entry by entry, or of texts that are lists.
fn lists(asked: &Asked<'_>, options: &Options, ids: Option<usize>, vectors: usize) -> Result<Given> {
    let path = asked.path;
    let table = Table::open(path, options)?;
    let picked: Vec<usize> = ids.into_iter().chain([vectors]).collect();
    let (mut names, mut values, mut ends): (Vec<String>, Vec<f32>, Vec<usize>) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = 0;
    let done = table.rows(&picked, picked.len() - 1, &mut |cells, place| {
        if place.number != last {
            last = place.number;
            ends.push(values.len());
            if ids.is_some() {
                names.push(name(cells.first().copied().unwrap_or_default()).map_err(|why| place.bad(why))?);
            }
        }
        let cell = cells.last().copied().unwrap_or_default();
        match cell {
            Cell::Text(text) if text.starts_with('[') => values.extend(list(text).map_err(|why| place.error(why, "", cell))?),
            cell => values.push(number(cell).map_err(|why| place.error(why, "", cell))?),
        }
        if let Some(end) = ends.last_mut() {
            *end = values.len();
        }
        Ok(())
    })?;
    let dim = ends.first().copied().unwrap_or(0);
    let mut start = 0;
    for (row, end) in ends.iter().enumerate() {
        if end - start != dim {
            return Err(bad(path, "two vectors have another number of values")
                .with("row", row)
                .with("values", end - start)
                .with("first_row", dim));
        }
        start = *end;
    }
    let format = done.files.first().map_or("table", |file| file.format);
    Given::new(path, format, ids.map(|_| names), dim, values)
}

/// Many columns, some a pass.
fn wide(asked: &Asked<'_>, options: &Options, ids: Option<usize>, vectors: &[usize]) -> Result<Given> {
    let path = asked.path;
    let dim = vectors.len();
    let (mut names, mut values, mut format): (Vec<String>, Vec<f32>, &str) = (Vec::new(), Vec::new(), "table");
    for (pass, columns) in vectors.chunks(PASS).enumerate() {
        let table = Table::open(path, options)?;
        let header = table.header().to_vec();
        let picked: Vec<usize> = ids.iter().chain(columns).copied().collect();
        let mut row = 0;
        let done = table.rows(&picked, 0, &mut |cells, place| {
            if pass == 0 {
                values.resize(values.len() + dim, 0.0);
                if ids.is_some() {
                    names.push(name(cells.first().copied().unwrap_or_default()).map_err(|why| place.bad(why))?);
                }
            }
            let own = cells.iter().skip(usize::from(ids.is_some()));
            let slots = values.iter_mut().skip(row * dim + pass * PASS);
            for ((cell, slot), column) in own.zip(slots).zip(columns) {
                let column = header.get(*column).map_or("", String::as_str);
                *slot = number(*cell).map_err(|why| place.error(why, column, *cell))?;
            }
            row += 1;
            Ok(())
        })?;
        format = done.files.first().map_or(format, |file| file.format);
    }
    Given::new(path, format, ids.map(|_| names), dim, values)
}

fn name(cell: Cell<'_>) -> std::result::Result<String, &'static str> {
    id::id(cell)?.map(|id| id.into_owned()).ok_or("a vector has no id")
}

/// What is said of a value that is none. The reader takes NaN for nothing.
const NONE: &str = "a value of a vector is missing, NaN or no number";

fn number(cell: Cell<'_>) -> std::result::Result<f32, &'static str> {
    cell.number(Marks::Point).map(|v| v as f32).ok_or(NONE)
}

/// A list as text: `[0.1, 0.2]` as Python prints one, `[0.1 0.2]` as numpy does.
fn list(text: &str) -> std::result::Result<Vec<f32>, &'static str> {
    let inner = text.strip_prefix('[').and_then(|t| t.trim_end().strip_suffix(']')).ok_or("a list does not end")?;
    if inner.contains("...") {
        return Err("numpy printed the vector short, and the values in its middle are lost: write it with tolist()");
    }
    let words = inner.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|_| NONE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_count_up() {
        let of = |names: &[&str]| counted(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(), |_| true);
        assert_eq!(of(&["id", "v2", "v0", "v1"]), Some(vec![2, 3, 1]));
        assert_eq!(of(&["id", "0", "1"]), Some(vec![1, 2]));
        assert_eq!(of(&["id", "v0", "v2"]), None, "v1 is lost");
        assert_eq!(of(&["id", "v0", "v1", "w0", "w1"]), None, "two stems");
        assert_eq!(of(&["id", "price"]), None);
    }

    #[test]
    fn lists_in_texts() {
        assert_eq!(list("[0.5, -1]"), Ok(vec![0.5, -1.0]));
        assert_eq!(list("[ 0.5 -1.   2e-3]"), Ok(vec![0.5, -1.0, 0.002]));
        assert!(list("[0.5 ... 0.1]").unwrap_err().contains("lost"));
        assert!(list("[0.5, x]").is_err() && list("[0.5").is_err());
    }
}
