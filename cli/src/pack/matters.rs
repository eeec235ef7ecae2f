//! What of a graph may be one way or another, and what is known before any session is asked.

use crate::pack::args::{Args, LONGEST_WINDOW};
use crate::pack::meaning::fill::{Fill, Place};
use crate::pack::meaning::port::{Port, Size};
use crate::pack::meaning::reading::Reading;
use crate::pack::meaning::role::Role;
use crate::pack::meaning::way::{Matter, Way};
use crate::pack::meaning::{SPARE, SPARE_WHERE_SAID};
use crate::pack::running::adapt::Answered;
use crate::pack::running::rows::Rows;
use crate::vectors::Score;
use nearhand::bundle::{Align, OutputKind};
use nearhand::session::MAX_EVENTS;
use nearhand::{Code, Error, Result};

/// The window where the graph leaves it open.
const WINDOW: usize = 20;

/// The reading to begin with.
///
/// # Errors
/// `invalid-option` for a window that the graph contradicts.
pub(super) fn start(args: &Args, (ports, outputs): (&[Port], &[Port]), roles: &[Role]) -> Result<(Reading, Matter)> {
    let fills: Vec<Fill> = roles.iter().map(|role| role.fill).collect();
    let mut reading = Reading {
        fills,
        said: roles.iter().map(|role| role.said).collect(),
        align: Align::Left,
        window: args.last.unwrap_or(WINDOW),
        window_first: args.window_first || ports.iter().any(|port| tells(port, outputs) == Some(true)),
        batch: 1,
        output: 0,
        kind: OutputKind::Logits,
        offset: None,
        cosine: false,
        log: false,
        exact: None,
    };
    let fixed = frame(&mut reading, ports, args.last);
    bounded(&reading)?;
    let why = match (fixed, args.last) {
        (Some(port), Some(last)) if reading.window != last => {
            return Err(Error::new(Code::OptionInvalid, "the graph's window is fixed")
                .with("option", "--last")
                .with("value", last)
                .with("window", reading.window)
                .with("input", &port.name)
                .with("type", port.text()));
        }
        (Some(port), _) => format!("fixed in the graph, {} {}", port.name, port.text()),
        (None, Some(_)) => "by --last".to_owned(),
        (None, None) => OPEN.to_owned(),
    };
    let mut ways = vec![Way::Window(reading.window)];
    if fixed.is_none() && args.last.is_some() {
        ways.extend([WINDOW, MAX_EVENTS].into_iter().filter(|window| *window != reading.window).map(Way::Window));
    }
    let said = args.last.is_some();
    let window = Matter { what: "window".to_owned(), option: "--last".to_owned(), ways, said, strict: true, why };
    Ok((reading, window))
}

/// What to say of a window that no session fills.
pub(super) fn too_long(reading: &Reading) -> Option<String> {
    (reading.events() > MAX_EVENTS).then(|| {
        format!(
            "the window has {} places, and a session keeps its newest {MAX_EVENTS} events: the rest is always padding",
            reading.events()
        )
    })
}

/// Window and batch of a reading by the graph's fixed axes, with the window first or not; the input that fixes the window.
fn frame<'a>(reading: &mut Reading, ports: &'a [Port], last: Option<usize>) -> Option<&'a Port> {
    let first = reading.window_first;
    // A fixed axis is the window: of two the one behind, unless the window is first.
    let of = |port: &Port, fill: Fill| {
        let own = usize::from(fill == Fill::ItemVector);
        let axes = port.dims.get(..port.dims.len().saturating_sub(own)).unwrap_or_default();
        let mut axes = axes.iter().filter(|size| size.fixed != Some(1));
        if first { axes.next() } else { axes.next_back() }.and_then(|size| size.fixed)
    };
    let windowed = ports.iter().zip(&reading.fills).filter(|(_, fill)| !matches!(fill, Fill::Length | Fill::Const(_)));
    let fixed = windowed.into_iter().find_map(|(port, fill)| Some((port, of(port, *fill)?)));
    reading.window = fixed.map_or(last.unwrap_or(WINDOW), |(_, window)| window);
    reading.batch = batch(ports, reading);
    fixed.map(|(port, _)| port)
}

/// Sessions of a batch that a page would answer for one.
const LARGEST_BATCH: usize = 256;

/// Refuses windows and batches that no page runs.
fn bounded(reading: &Reading) -> Result<()> {
    for (what, value, limit) in [("window", reading.window, LONGEST_WINDOW), ("batch", reading.batch, LARGEST_BATCH)] {
        if value > limit {
            return Err(Error::new(
                Code::ModelTooLarge,
                "an axis of the graph is fixed at more than a page would run: export it open",
            )
            .with("what", what)
            .with("value", value)
            .with("limit", limit));
        }
    }
    Ok(())
}

/// Why a window is as it is where nothing says it.
pub(super) const OPEN: &str = "the graph leaves it open; --last says another";

/// Whether the window is the first of two axes, where their names or the outputs tell: an answer a session has the batch in
/// front.
fn tells(port: &Port, outputs: &[Port]) -> Option<bool> {
    let [first, second] = port.dims.as_slice() else { return None };
    let is = |size: &Size, words: &[&str]| words.iter().any(|word| size.name.to_lowercase().contains(word));
    let (time, batch) = (["seq", "len", "time", "step", "window"], ["batch"]);
    if is(first, &batch) || is(second, &time) || first.fixed == Some(1) {
        return Some(false);
    }
    if is(second, &batch) || is(first, &time) || second.fixed == Some(1) {
        return Some(true);
    }
    let same = |size: &Size| {
        // Of rows for all positions it tells where it has the two axes turned round.
        let turned =
            |output: &&Port| output.dims.len() == 3 && output.dims.first() == Some(second) && output.dims.get(1) == Some(first);
        let answers = outputs.iter().filter(|output| output.dims.len() == 2 || turned(output));
        (size.fixed.is_some() || !size.name.is_empty()) && answers.into_iter().any(|output| output.dims.first() == Some(size))
    };
    match (same(first), same(second)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

/// Sessions that the graph answers at once, where that is fixed.
fn batch(ports: &[Port], reading: &Reading) -> usize {
    let of = |(port, fill): (&Port, &Fill)| {
        let shape = reading.shape(port, *fill);
        let own = match fill {
            Fill::Length | Fill::Const(_) => 1,
            Fill::ItemVector => reading.window.saturating_mul(shape.last().copied().unwrap_or(1)),
            _ => reading.window,
        };
        shape.iter().copied().fold(1, usize::saturating_mul) / own.max(1)
    };
    ports.iter().zip(&reading.fills).map(of).max().unwrap_or(1).max(1)
}

/// All that may be one way or another.
///
/// # Errors
/// `invalid-option`, `model-mismatch` for outputs that are neither.
pub(super) fn all(
    args: &Args,
    ports: &[Port],
    roles: &[Role],
    outputs: &[Answered],
    (items, rows): (usize, Option<&Rows>),
    (start, declared): (&Reading, &[Port]),
) -> Result<Vec<Matter>> {
    let window = start.window;
    let mut all = Vec::new();
    for (at, (port, role)) in ports.iter().zip(roles).enumerate() {
        all.push(Matter {
            what: format!("input {}", port.name),
            option: format!("--input {}=", port.name),
            ways: with_alternatives(at, role, port, window),
            said: role.said,
            strict: true,
            why: format!("{}, {}", port.text(), role.why),
        });
    }
    if roles.iter().any(|role| !matches!(role.fill, Fill::Length | Fill::Const(_))) {
        let (left, right) = (Way::Align(Align::Left), Way::Align(Align::Right));
        let (ways, said) = match args.align.as_deref() {
            Some("right") => (vec![right, left], true),
            Some(_) => (vec![left, right], true),
            None => (vec![left, right], false),
        };
        let why = if said { "by --align" } else { "" };
        all.push(Matter { what: "align".into(), option: "--align".into(), ways, said, strict: true, why: why.into() });
    }
    let untold = |port: &Port| port.dims.len() == 2 && tells(port, declared).is_none();
    if !args.window_first && ports.iter().zip(roles).any(|(port, role)| matches!(role.fill, Fill::Ids(_)) && untold(port)) {
        let way = |first: bool| {
            let mut reading = Reading { window_first: first, ..start.clone() };
            frame(&mut reading, ports, args.last);
            bounded(&reading).map(|()| Way::WindowFirst(first, reading.window, reading.batch))
        };
        let ways: Vec<Way> = [way(false), way(true)].into_iter().flatten().collect();
        let why = "the names of the axes do not tell".to_owned();
        all.push(Matter { what: "axes".into(), option: "--window-first".into(), ways, said: false, strict: true, why });
    }
    let spare = if roles.iter().any(|role| role.said && matches!(role.fill, Fill::Ids(_))) { SPARE_WHERE_SAID } else { SPARE };
    all.push(output(args, outputs, (items, spare), rows)?);
    let query = all.last().is_some_and(|matter| matches!(matter.ways.first(), Some(Way::Output(_, OutputKind::Query, _))));
    if let Some(rows) = rows.filter(|_| query) {
        let (dot, cosine) = (Way::Cosine(false), Way::Cosine(true));
        let (ways, said, why) = match args.vectors.score {
            Some(Score::Cosine) => (vec![cosine, dot], true, "by --score"),
            Some(_) => (vec![dot, cosine], true, "by --score"),
            None if rows.is_unit() => (vec![dot], false, "all item vectors have the length 1: dot and cosine are the same"),
            None => (vec![dot, cosine], false, "most exports mean the dot product"),
        };
        all.push(Matter { what: "score".into(), option: "--score".into(), ways, said, strict: false, why: why.into() });
    } else {
        let tied = Way::Offset(None);
        let (ways, said, why) = match args.offset {
            Some(_) => (vec![Way::Offset(args.offset), tied], true, "by --offset"),
            None if roles.iter().any(|role| matches!(role.fill, Fill::Ids(_))) => {
                (offsets_of_ids(tied, ports, &all, outputs, items), false, "as many as numbers before the first item's")
            }
            None => (offsets(&all, outputs, items), false, ""),
        };
        all.push(Matter { what: "offset".into(), option: "--offset".into(), ways, said, strict: true, why: why.into() });
    }
    Ok(all)
}

/// Where they have: as many as numbers before the first item's, unless the graph answers another number of values than its
/// table of items has rows; then none or all of what is more may stand in front as well.
fn offsets_of_ids(tied: Way, ports: &[Port], matters: &[Matter], outputs: &[Answered], items: usize) -> Vec<Way> {
    let way = matters.last().and_then(|matter| matter.ways.first());
    let Some(Way::Output(at, ..)) = way else { return vec![tied] };
    let width = outputs.get(*at).and_then(|output| output.shape.last()).copied().unwrap_or(items);
    if width <= items || ports.iter().any(|port| port.tables.contains(&width)) || ports.iter().all(|port| port.tables.is_empty())
    {
        return vec![tied];
    }
    vec![tied, Way::Offset(Some(0)), Way::Offset(Some(width - items))]
}

/// Where a graph's inputs have no numbers of items: as many logits before the first item's as there are more than items.
fn offsets(matters: &[Matter], outputs: &[Answered], items: usize) -> Vec<Way> {
    let way = matters.last().and_then(|matter| matter.ways.first());
    let Some(Way::Output(at, ..)) = way else { return vec![Way::Offset(Some(0))] };
    let spare = outputs.get(*at).and_then(|output| output.shape.last()).map_or(0, |last| last.saturating_sub(items));
    let mut all = vec![spare.min(1), 0, spare];
    all.dedup();
    all.into_iter().map(|offset| Way::Offset(Some(offset))).collect()
}

/// What was said first, then all that it may have been.
fn with_alternatives(at: usize, role: &Role, port: &Port, window: usize) -> Vec<Way> {
    let mut ways = vec![Way::Fill(at, role.fill)];
    if !role.said && !role.options.is_empty() {
        ways.clear();
    }
    for fill in role.options.iter().filter(|fill| reaches(**fill, port, window)) {
        let way = Way::Fill(at, *fill);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

/// Whether positions of that count pick the rows of the graph's table of positions, the last one too.
fn reaches(fill: Fill, port: &Port, window: usize) -> bool {
    let (Fill::Position(place), Some(rows)) = (fill, port.tables.iter().next_back()) else { return true };
    let (Place::Window(from) | Place::Oldest(from) | Place::Newest(from)) = place;
    let highest = window as i64 - 1 + from;
    highest < *rows as i64 && (*rows > window + 1 || highest + 1 == *rows as i64)
}

/// The output to read: the one with a value an item, or a query of the item vectors' length.
fn output(args: &Args, outputs: &[Answered], (items, most): (usize, usize), rows: Option<&Rows>) -> Result<Matter> {
    let last = |output: &Answered| output.shape.last().copied().unwrap_or(0);
    let is_float = |output: &Answered| matches!(output.dtype.as_str(), "f32" | "f64");
    let spare = args.offset.unwrap_or(0);
    let of_items = |output: &Answered| (items + spare..=items + most.max(spare)).contains(&last(output)) && is_float(output);
    let of_query = |output: &Answered| rows.is_some_and(|rows| last(output) == rows.dim) && is_float(output);
    let kind = |output: &Answered| match (of_query(output), of_items(output)) {
        (true, _) => Some(OutputKind::Query),
        (_, true) => Some(OutputKind::Logits),
        _ => None,
    };
    let way = |(at, output): (usize, &Answered)| Some(Way::Output(at, kind(output)?, output.name.clone()));
    let said = args.output.as_ref();
    let mut ways: Vec<Way> =
        outputs.iter().enumerate().filter(|(_, output)| said.is_none_or(|name| output.name == *name)).filter_map(way).collect();
    // Given vectors ask for a query.
    if ways.iter().any(|way| matches!(way, Way::Output(_, OutputKind::Query, _))) {
        ways.retain(|way| matches!(way, Way::Output(_, OutputKind::Query, _)));
    }
    let text = |output: &Answered| {
        let dims: Vec<String> = output.shape.iter().map(ToString::to_string).collect();
        format!("{}: {} [{}]", output.name, output.dtype, dims.join(", "))
    };
    if ways.is_empty() {
        let known = said.is_none_or(|name| outputs.iter().any(|output| output.name == *name));
        let all: Vec<String> = outputs.iter().map(text).collect();
        let whole = outputs.iter().filter(|o| said.is_none_or(|name| o.name == *name)).all(|output| !is_float(output));
        let (code, why) = match (known, whole, rows) {
            (false, ..) => (Code::OptionInvalid, "the graph has no such output"),
            (_, true, _) => (
                Code::ModelMismatch,
                "the graph answers whole numbers, such as the places of the best items: export it without that last step, so that it answers a value an item",
            ),
            (.., None) => (
                Code::ModelMismatch,
                "the graph answers neither one value an item of the list nor, as no --vectors are given, a query: is it of another catalog?",
            ),
            (.., Some(_)) => (
                Code::ModelMismatch,
                "the graph answers neither one value an item of the list nor a query as long as the item vectors: is it of another catalog?",
            ),
        };
        let mut error = Error::new(code, why).with("outputs", all.join("; ")).with("items", items);
        if let Some(name) = said {
            error = error.with("option", "--output").with("value", name);
        }
        return Err(rows.map_or(error.clone(), |rows| error.with("dim", rows.dim)));
    }
    let first = ways.first().and_then(|way| if let Way::Output(at, ..) = way { outputs.get(*at) } else { None });
    let why = first.map_or(String::new(), |output| {
        let spare = last(output).saturating_sub(items);
        match kind(output) {
            Some(OutputKind::Query) => format!("{}, as long as the item vectors", text(output)),
            _ if spare > 0 => format!("{}, a value for each of {items} items and {spare} more", text(output)),
            _ => format!("{}, a value an item", text(output)),
        }
    });
    Ok(Matter { what: "output".into(), option: "--output".into(), ways, said: said.is_some(), strict: true, why })
}
