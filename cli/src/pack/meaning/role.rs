//! What each input of an export is for: by what its values pick from the weights, by its name, type and shape.

use crate::pack::meaning::fill::{Fill, Ids, Place, Sense, WORDS, parse};
use crate::pack::meaning::port::Port;
use crate::pack::meaning::{SPARE, SPARE_WHERE_SAID};
use nearhand::{Code, Error, Result};

/// What an input is, why, and what else it may be.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) fill: Fill,
    pub(crate) why: String,
    /// All that it may be, the likeliest first; one where that is settled.
    pub(crate) options: Vec<Fill>,
    /// Whether `--input` said it.
    pub(crate) said: bool,
}

/// The roles of all inputs.
///
/// # Errors
/// `invalid-option` for an input that cannot be known, and for words that the graph contradicts; `model-mismatch` for a
/// graph of another catalog.
pub(crate) fn roles(
    ports: &[Port],
    asked: &[(String, String)],
    items: usize,
    dim: Option<usize>,
    logits: Option<usize>,
) -> Result<Vec<Role>> {
    if let Some((name, _)) = asked.iter().find(|(name, _)| ports.iter().all(|port| port.name != *name)) {
        let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        return Err(Error::new(Code::OptionInvalid, "the graph has no such input")
            .with("option", "--input")
            .with("value", name)
            .with("inputs", names.join(" ")));
    }
    let mut roles = Vec::new();
    for port in ports {
        let word = asked.iter().find(|(name, _)| *name == port.name).map(|(_, word)| parse(word)).transpose()?;
        roles.push(role(port, word, items, dim, logits)?);
    }
    if roles.iter().all(|role| !matches!(role.fill, Fill::Ids(_) | Fill::ItemVector)) {
        return Err(unknown(ports.first(), "no input of the graph takes items: say which with --input NAME=item-index"));
    }
    Ok(roles)
}

fn role(port: &Port, word: Option<(Fill, bool)>, items: usize, dim: Option<usize>, logits: Option<usize>) -> Result<Role> {
    let said = |fill: Fill| {
        // What else it may be, so that what was said can be held against it.
        let options = match fill {
            Fill::Ids(_) => ids(port, items, logits).map_or_else(|_| Vec::new(), |role| role.options),
            Fill::Mask(_) => mask(port).options,
            Fill::Position(_) => positions(port).options,
            _ => Vec::new(),
        };
        Role { fill, why: "by --input".to_owned(), options, said: true }
    };
    match word {
        Some((Fill::Ids(_), true)) => return ids(port, items, logits),
        Some((Fill::Position(_), true)) => return Ok(positions(port)),
        Some((Fill::Ids(given), false)) => {
            fits(port, given, items)?;
            return Ok(said(Fill::Ids(given)));
        }
        Some((Fill::Length, _)) if port.dims.iter().skip(1).any(|d| d.fixed != Some(1)) => {
            return Err(unknown(Some(port), "one number, a length, fills no input of a window"));
        }
        Some((fill, _)) => return Ok(said(fill)),
        None => {}
    }
    let name = port.name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let of_items = port.tables.iter().any(|rows| (items..=items + SPARE).contains(rows));
    let windowed = port.dims.iter().any(|d| d.fixed != Some(1)) && !port.dims.is_empty();
    if of_items && windowed {
        return ids(port, items, logits);
    }
    if let (Some(dim), "f32", Some(last)) = (dim, port.dtype.as_str(), port.dims.last())
        && last.fixed == Some(dim)
        && port.dims.len() >= 2
    {
        return Ok(settled(Fill::ItemVector, format!("its last axis is as long as the item vectors, {dim}")));
    }
    if has(&["mask", "pad"]) || port.dtype == "bool" {
        return Ok(mask(port));
    }
    if has(&["len", "n_items", "num_items"]) && port.is_whole() && !has(&["max"]) {
        return Ok(settled(Fill::Length, "by its name and type".to_owned()));
    }
    if has(&["pos", "recency", "rank"]) && (port.is_whole() || port.dtype == "f32") {
        return Ok(positions(port));
    }
    if has(&["user", "visitor", "customer", "uid"]) {
        return Err(unknown(
            Some(port),
            "a graph that asks who the visitor is cannot be filled on a page: export it without, or give one value with --input NAME=const:VALUE",
        ));
    }
    if has(&["time", "gap", "delta", "interval", "dwell", "duration", "price", "kind", "type", "event", "behav", "action"]) {
        return Err(unknown(
            Some(port),
            "what an input holds cannot be known from its name (which unit, which code): say it with --input NAME=FEATURE",
        ));
    }
    if port.tables.is_empty()
        && windowed
        && (port.is_whole() || (port.dtype == "f32" && has(&["item", "ids", "seq", "input", "x", "session", "history"])))
    {
        return ids(port, items, logits);
    }
    if port.dtype == "f32" && dim.is_some() && port.dims.len() >= 2 && port.dims.last().is_some_and(|d| d.fixed.is_none()) {
        return Ok(settled(Fill::ItemVector, "floats of two axes and more, and item vectors are given".to_owned()));
    }
    if let Some(rows) = port.tables.iter().next_back().filter(|_| port.is_whole()) {
        return Err(Error::new(
            Code::ModelMismatch,
            "an input picks from a table of another size than the item list: is the graph of another catalog? Else say what fills \
             it with --input NAME=FEATURE",
        )
        .with("input", &port.name)
        .with("rows", rows)
        .with("items", items)
        .with("features", WORDS));
    }
    Err(unknown(Some(port), "say what fills an input with --input NAME=FEATURE"))
}

fn settled(fill: Fill, why: String) -> Role {
    Role { fill, why, options: vec![fill], said: false }
}

fn unknown(port: Option<&Port>, why: &'static str) -> Error {
    Error::new(Code::OptionInvalid, why)
        .with("option", "--input")
        .with("input", port.map_or("", |port| port.name.as_str()))
        .with("type", port.map_or(String::new(), Port::text))
        .with("features", WORDS)
}

/// The rows of the table of items that an input picks from; else as many as there are logits.
fn rows(port: &Port, items: usize, logits: Option<usize>) -> Option<usize> {
    port.tables.iter().copied().find(|rows| (items..=items + SPARE).contains(rows)).or(logits)
}

/// How items may be numbered, the likeliest first.
fn ids(port: &Port, items: usize, logits: Option<usize>) -> Result<Role> {
    if let (Some(rows), true) = (port.tables.iter().next_back(), port.tables.iter().all(|r| !(items..=items + SPARE).contains(r)))
    {
        return Err(Error::new(
            Code::ModelMismatch,
            "the table of items in the graph is not of this item list: is the graph of another catalog?",
        )
        .with("input", &port.name)
        .with("rows", rows)
        .with("items", items));
    }
    let n = items as i64;
    if let Some(most) =
        [("u8", 255), ("i8", 127)].into_iter().find(|(dtype, most)| port.dtype == *dtype && n > *most).map(|(_, most)| most)
    {
        return Err(Error::new(
            Code::ModelMismatch,
            "an input of 8 bits cannot name every item: export it with ids of 32 or 64 bits",
        )
        .with("input", &port.name)
        .with("type", port.text())
        .with("items", items)
        .with("most", most));
    }
    let id = |offset, pad, token| Fill::Ids(Ids { offset, pad, token });
    let table = port.tables.iter().copied().find(|rows| (items..=items + SPARE).contains(rows));
    let source = match (table, logits) {
        (Some(rows), _) => format!("its values pick rows of a table of {rows}, the list has {items} items"),
        (None, Some(width)) => format!("the graph answers {width} values, the list has {items} items"),
        (None, None) => "whole numbers; what they pick from is not seen".to_owned(),
    };
    let options = match rows(port, items, logits).map(|rows| rows - items) {
        Some(0) => vec![id(0, 0, None)],
        Some(1) => vec![id(1, 0, None), id(0, n, None)],
        Some(2) => vec![
            id(1, 0, None),
            id(1, 0, Some(n + 1)),
            id(2, 0, None),
            id(2, 0, Some(1)),
            id(0, n, None),
            id(0, n, Some(n + 1)),
            id(0, n + 1, None),
            id(0, n + 1, Some(n)),
        ],
        Some(spare) => {
            let k = spare as i64;
            let mut all = vec![
                id(1, 0, None),
                id(k, 0, None),
                id(0, n, None),
                id(2, 0, None),
                id(1, 0, Some(n + 1)),
                id(2, 0, Some(1)),
                id(k, 0, Some(1)),
                id(k, 0, Some(k - 1)),
                id(k - 1, 0, None),
                id(0, n, Some(n + 1)),
            ];
            let mut seen = Vec::new();
            all.retain(|fill| {
                !seen.contains(fill) && {
                    seen.push(*fill);
                    true
                }
            });
            all
        }
        None => vec![id(1, 0, None), id(0, n, None), id(0, 0, None)],
    };
    // The one row of zeros is what was trained for padding.
    let nil = port.nil.map(|row| row as i64);
    let is_nil = |fill: &Fill| matches!(fill, Fill::Ids(ids) if Some(ids.pad) == nil);
    let (options, source) = if options.iter().any(is_nil) {
        (options.into_iter().filter(is_nil).collect::<Vec<_>>(), format!("{source}, of which row {} is zeros", nil.unwrap_or(0)))
    } else {
        (options, source)
    };
    let fill = options.first().copied().unwrap_or(id(1, 0, None));
    Ok(Role { fill, why: source, options, said: false })
}

/// Refuses numbers of items that the graph has no rows for, and padding that is an item.
fn fits(port: &Port, ids: Ids, items: usize) -> Result<()> {
    let refuse = |why: &'static str| {
        Error::new(Code::OptionInvalid, why)
            .with("option", "--input")
            .with("input", &port.name)
            .with("value", Fill::Ids(ids))
            .with("items", items)
    };
    let of_items = ids.offset..ids.offset.saturating_add(items as i64);
    if of_items.contains(&ids.pad) {
        return Err(refuse(
            "what stands for padding is the number of an item: padding comes before the first or behind the last",
        )
        .with("numbers", format!("{} to {}", of_items.start, of_items.end - 1)));
    }
    if ids.token.is_some_and(|token| of_items.contains(&token)) {
        return Err(refuse("the token behind the newest item is the number of an item")
            .with("numbers", format!("{} to {}", of_items.start, of_items.end - 1)));
    }
    let table = port.tables.iter().copied().find(|rows| (items..=items + SPARE_WHERE_SAID).contains(rows));
    let highest = (of_items.end - 1).max(ids.pad).max(ids.token.unwrap_or(0));
    if let Some(rows) = table.filter(|rows| highest >= *rows as i64 || ids.offset < 0 || ids.pad < 0) {
        return Err(refuse("the graph's table of items has no row of that number").with("rows", rows).with("highest", highest));
    }
    Ok(())
}

fn mask(port: &Port) -> Role {
    let (events, padding, additive) = (Fill::Mask(Sense::Events), Fill::Mask(Sense::Padding), Fill::Mask(Sense::Additive));
    let padded = port.name.to_lowercase().contains("pad");
    let mut options = if padded { vec![padding, events] } else { vec![events, padding] };
    let why = match (port.dtype.as_str(), port.added) {
        ("bool", _) => "truth values",
        ("f32" | "f64", true) => {
            options = vec![additive];
            "by its name; the graph adds it as it is"
        }
        _ => "by its name",
    };
    Role { fill: options.first().copied().unwrap_or(events), why: why.to_owned(), options, said: false }
}

fn positions(port: &Port) -> Role {
    let places = [Place::Window(0), Place::Oldest(1), Place::Oldest(0), Place::Window(1), Place::Newest(0), Place::Newest(1)];
    let options: Vec<Fill> = places.into_iter().map(Fill::Position).collect();
    let why = if port.name.to_lowercase().contains("pos") { "by its name" } else { "by --input" };
    Role { fill: Fill::Position(Place::Window(0)), why: why.to_owned(), options, said: false }
}
