//! Rows that are objects: which columns they have, and how one object with a list becomes a row each of its entries.

use crate::read::row::Cells;
use crate::read::value::cell::Cell;
use nearhand::value::Value;
use std::collections::{HashMap, HashSet};

/// One step from an object down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// The value of a key.
    Key(String),
    /// An entry of a list.
    Entry,
    /// The value beside a key in a list of `{"key": …, "value": …}`, as GA4 has its parameters.
    Pair(String),
}

/// A value that rows have, by the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Keys, joined by points.
    pub name: String,
    path: Vec<Step>,
}

impl Column {
    /// The first key on the way.
    pub(super) fn root(&self) -> &str {
        match self.path.first() {
            Some(Step::Key(key)) => key,
            _ => "",
        }
    }
}

/// Most columns that are told apart.
const MOST: usize = 10_000;
/// Entries of a list that are looked at for columns.
const ENTRIES: usize = 50;

/// The columns of some rows, in the order they come up.
pub(super) fn columns<'a>(rows: impl Iterator<Item = &'a Value>) -> Vec<Column> {
    let mut found = Found::default();
    rows.for_each(|row| found.add(row));
    found.finish()
}

/// The columns of the rows seen so far.
#[derive(Default)]
pub(super) struct Found {
    seen: HashSet<Vec<Step>>,
    columns: Vec<Column>,
}

impl Found {
    /// The columns, of which one without a list that stands there with one as well is the same.
    pub(super) fn finish(self) -> Vec<Column> {
        let lists = |column: &Column| column.path.iter().filter(|step| **step == Step::Entry).count();
        let mut most: HashMap<String, usize> = HashMap::new();
        for column in &self.columns {
            let of = most.entry(column.name.clone()).or_default();
            *of = (*of).max(lists(column));
        }
        self.columns.into_iter().filter(|column| most.get(&column.name) == Some(&lists(column))).collect()
    }

    /// Adds the columns of a row.
    pub(super) fn add(&mut self, row: &Value) {
        self.walk(row, &mut Vec::new());
    }

    fn walk(&mut self, value: &Value, path: &mut Vec<Step>) {
        match value {
            Value::Map(map) => {
                for (key, value) in map {
                    path.push(Step::Key(key.clone()));
                    self.walk(value, path);
                    path.pop();
                }
            }
            Value::List(list) if are_pairs(list) => {
                for pair in list.iter().take(ENTRIES * 4) {
                    if let Some(Value::Text(key)) = entry(pair, "key") {
                        path.push(Step::Pair(key.clone()));
                        self.leaf(path);
                        path.pop();
                    }
                }
            }
            Value::List(list) => {
                for value in list.iter().take(ENTRIES) {
                    path.push(Step::Entry);
                    self.walk(value, path);
                    path.pop();
                }
            }
            _ => self.leaf(path),
        }
    }

    fn leaf(&mut self, path: &[Step]) {
        if self.columns.len() >= MOST || self.seen.contains(path) {
            return;
        }
        self.seen.insert(path.to_vec());
        let names = path.iter().filter_map(|step| match step {
            Step::Key(key) | Step::Pair(key) => Some(key.as_str()),
            Step::Entry => None,
        });
        self.columns.push(Column { name: names.collect::<Vec<_>>().join("."), path: path.to_vec() });
    }
}

fn entry<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        // Of a key that stands there twice the last counts, as elsewhere.
        Value::Map(map) => map.iter().rfind(|(k, _)| k == key).map(|(_, v)| v),
        _ => None,
    }
}

fn are_pairs(list: &[Value]) -> bool {
    let pair = |v: &Value| matches!(entry(v, "key"), Some(Value::Text(_))) && entry(v, "value").is_some();
    !list.is_empty() && list.iter().all(pair)
}

/// Calls `take` with the picked values of each row that an object holds: one, or one for each entry of the lists on the way
/// to the column `anchor` of the picked. Of other lists the first entry is taken.
///
/// # Errors
/// As `take`.
pub(super) fn unroll<E>(
    row: &Value,
    picked: &[&Column],
    anchor: usize,
    take: &mut dyn FnMut(&[Cell<'_>]) -> Result<(), E>,
) -> Result<(), E> {
    let path = picked.get(anchor).map_or(&[][..], |column| column.path.as_slice());
    each(row, path, &mut Vec::new(), &mut |at| {
        let mut cells = Cells::new(picked.len());
        for (cell, column) in cells.places().iter_mut().zip(picked) {
            *cell = find(row, &column.path, path, at).map_or(Cell::Empty, Cell::leaf);
        }
        take(cells.all())
    })
}

/// Every way through the lists of a path, as entry numbers.
fn each<E>(value: &Value, path: &[Step], at: &mut Vec<usize>, take: &mut dyn FnMut(&[usize]) -> Result<(), E>) -> Result<(), E> {
    let Some(lists) = path.iter().position(|step| *step == Step::Entry) else { return take(at) };
    let (before, after) = (path.get(..lists).unwrap_or_default(), path.get(lists + 1..).unwrap_or_default());
    match walk(value, before, &mut std::iter::empty()) {
        Some(Value::List(list)) if !list.is_empty() => {
            for (number, entry) in list.iter().enumerate() {
                at.push(number);
                each(entry, after, at, take)?;
                at.pop();
            }
            Ok(())
        }
        Some(one) if !matches!(one, Value::Null | Value::List(_)) => {
            at.push(0);
            each(one, after, at, take)?;
            at.pop();
            Ok(())
        }
        // No entry: the row has no value there.
        _ => take(at),
    }
}

/// The value at a path, of lists shared with the anchor's path the entry `at` names. A list beside the anchor's that is as
/// long goes along with it, as `collect_list` writes columns; one that is not says nothing. Where there is no anchor in a list,
/// the first entry is taken.
fn find<'a>(row: &'a Value, path: &[Step], anchor: &[Step], at: &[usize]) -> Option<&'a Value> {
    let shared = path.iter().zip(anchor).take_while(|(a, b)| a == b).filter(|(step, _)| **step == Step::Entry).count();
    if let ([number], 0) = (at, shared)
        && let Some(list) = path.iter().position(|step| *step == Step::Entry)
        && let Some(Value::List(beside)) = walk(row, path.get(..list)?, &mut std::iter::empty())
    {
        let before = anchor.iter().position(|step| *step == Step::Entry)?;
        let along = match walk(row, anchor.get(..before)?, &mut std::iter::empty()) {
            Some(Value::List(of)) => of.len() == beside.len(),
            _ => false,
        };
        return match (along, beside.len()) {
            (true, _) => walk(row, path, &mut std::iter::once(*number)),
            (false, 1) => walk(row, path, &mut std::iter::empty()),
            _ => None,
        };
    }
    walk(row, path, &mut (0..shared).map(|depth| at.get(depth).copied().unwrap_or(usize::MAX)))
}

fn walk<'a>(mut value: &'a Value, path: &[Step], entries: &mut dyn Iterator<Item = usize>) -> Option<&'a Value> {
    for step in path {
        value = match step {
            Step::Key(key) => entry(value, key)?,
            Step::Entry => match (value, entries.next().unwrap_or(0)) {
                (Value::List(list), at) => list.get(at)?,
                // One entry without its list, as converters from XML write it.
                (Value::Null, _) => return None,
                (value, 0) => value,
                _ => return None,
            },
            Step::Pair(key) => match value {
                Value::List(list) => {
                    let pair = list.iter().find(|v| matches!(entry(v, "key"), Some(Value::Text(k)) if k == key))?;
                    scalar(entry(pair, "value")?)?
                }
                _ => return None,
            },
        };
    }
    Some(value)
}

/// The value itself, or the first that is there of `{"string_value": …, "int_value": …}`.
fn scalar(value: &Value) -> Option<&Value> {
    match value {
        Value::Map(map) => map.iter().map(|(_, v)| v).find(|v| !matches!(v, Value::Null | Value::Map(_) | Value::List(_))),
        Value::Null | Value::List(_) => None,
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str, names: &[&str]) -> Vec<String> {
        let value: Value = serde_json::from_str(json).unwrap();
        let columns = columns(std::iter::once(&value));
        let picked: Vec<&Column> = names.iter().map(|name| columns.iter().find(|c| c.name == *name).unwrap()).collect();
        let mut out = Vec::new();
        unroll::<()>(&value, &picked, 0, &mut |cells| {
            out.push(cells.iter().map(|c| c.word().unwrap_or("-".into()).into_owned()).collect::<Vec<_>>().join(" "));
            Ok(())
        })
        .unwrap();
        out
    }

    #[test]
    fn lists_become_rows() {
        let otto = r#"{"session":12,"events":[{"aid":5,"ts":1,"type":"clicks"},{"aid":6,"ts":2,"type":"orders"}]}"#;
        assert_eq!(rows(otto, &["events.aid", "session", "events.type"]), ["5 12 clicks", "6 12 orders"]);
        let retail = r#"{"visitorId":"v","productDetails":[{"product":{"id":"p1"},"quantity":2},{"product":{"id":"p2"}}]}"#;
        assert_eq!(rows(retail, &["productDetails.product.id", "visitorId", "productDetails.quantity"]), ["p1 v 2", "p2 v -"]);
        let orders = r#"{"user":1,"orders":[{"no":7,"lines":[{"sku":"a"},{"sku":"b"}]},{"no":8,"lines":[{"sku":"c"}]}]}"#;
        assert_eq!(rows(orders, &["orders.lines.sku", "orders.no", "user"]), ["a 7 1", "b 7 1", "c 8 1"]);
        assert_eq!(rows(r#"{"id":"x","categories":["Home > Mugs","Gifts"],"ids":[]}"#, &["id", "categories"]), ["x Home > Mugs"]);
        assert_eq!(rows(r#"{"s":1,"ids":["a","b"]}"#, &["ids", "s"]), ["a 1", "b 1"]);
    }

    #[test]
    fn lists_beside_one_another_go_along() {
        let spark = r#"{"s":1,"item":["a","b"],"time":[20,10],"kind":["view","purchase"],"tags":["x","y","z"],"one":["q"]}"#;
        assert_eq!(rows(spark, &["item", "time", "kind", "s", "tags", "one"]), ["a 20 view 1 - q", "b 10 purchase 1 - q"]);
        assert_eq!(rows(r#"{"s":1,"s":2,"items":{"id":"a"}}"#, &["items.id", "s"]), ["a 2"]);
        let both: Vec<Value> =
            [r#"{"items":[{"id":"a"},{"id":"b"}]}"#, r#"{"items":{"id":"c"}}"#].map(|t| serde_json::from_str(t).unwrap()).into();
        let columns = columns(both.iter());
        assert_eq!(columns.len(), 1);
        let mut ids = Vec::new();
        for row in &both {
            unroll::<()>(row, &[&columns[0]], 0, &mut |cells| {
                ids.push(cells[0].word().unwrap().into_owned());
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(ids, ["a", "b", "c"]);
    }

    #[test]
    fn lists_of_keys_and_values_are_maps() {
        let ga4 = r#"{"user_pseudo_id":"u","event_params":[{"key":"ga_session_id","value":{"string_value":null,"int_value":77}},
            {"key":"page","value":{"string_value":"/x"}}],"items":[{"item_id":"a"},{"item_id":"b"}]}"#;
        assert_eq!(rows(ga4, &["items.item_id", "event_params.ga_session_id", "event_params.page"]), ["a 77 /x", "b 77 /x"]);
    }
}
