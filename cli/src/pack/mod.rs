//! `pack`: someone else's ONNX and an item list become a bundle, or are refused.
//!
//! What the graph's inputs and outputs mean is settled by the graph itself where its weights, names and types tell it
//! (`role`, `matters`), else by running every way on sessions (`settle`); each guess is told with its reason. Nodes go before
//! and behind the graph so that the engine can fill and read it (`adapt`). `--expect` holds it against the tops that the
//! model answers in its own runtime. Then the bundle is opened by the engine, and refused where its best items are not the
//! model's.

mod adapt;
mod args;
mod asked;
mod expect;
mod fill;
mod judge;
mod loss;
mod matters;
mod port;
mod probe;
mod reading;
mod role;
mod rows;
mod settle;
mod spread;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use args::Args;

use crate::assemble::{Draft, golden_sample, popularity};
use crate::files::{read, readable};
use crate::graph::Graph;
use crate::items::ItemList;
use crate::log::{self, Visits};
use crate::output::{Output, distinct};
use crate::sessions::SessionFile;
use expect::Expected;
use nearhand::bundle::{BlendSpec, SignalSpec, StoredVectors};
use nearhand::features::ContextEvent;
use nearhand::{Code, Error, Result};
use probe::{Export, Loaded};
use reading::Reading;
use rows::Rows;
use settle::{Found, Judge, Way};
use std::path::Path;
use told::Told;

/// Questions that sessions ask.
const QUESTIONS: usize = 2000;
/// Sessions that are answered by the whole bundle.
const SESSIONS: usize = 200;
/// Share of the expected tops that must be answered, in thousandths.
const AGREE: usize = 999;

/// Runs `pack`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut told = Told::default();
    let packed = pack(args, &mut told);
    if args.json {
        return judge::json(args, &told, packed);
    }
    if packed.is_err() {
        // What was understood before it was refused.
        told.print();
    }
    let bytes = packed?;
    told.print();
    println!("packed {} items={} bytes={}", args.label.out.display(), bytes.1, bytes.0);
    Ok(())
}

/// Packs, writes the bundle, and returns its bytes' number and items'.
fn pack(args: &Args, told: &mut Told) -> Result<(usize, usize)> {
    args.label.check()?;
    let out = Output::check("--out", &args.label.out)?;
    let files = [
        ("--onnx", Some(&args.onnx)),
        ("--vectors", args.vectors.as_ref()),
        ("--sessions", args.sessions.as_ref()),
        ("--expect", args.expect.as_ref()),
        ("--departments", args.items.departments.as_ref()),
    ];
    let files = files.into_iter().filter_map(|(option, path)| Some((option, path?.as_path())));
    let tables = crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items)])?;
    let tables = tables.iter().map(|(option, file)| (*option, file.as_path()));
    let files: Vec<_> = files.chain(args.label.inputs()).chain(tables).collect();
    files.iter().try_for_each(|(option, path)| readable(option, path))?;
    distinct(&[&out], &files)?;
    args.check()?;
    let folder = args.onnx.parent().unwrap_or(Path::new("."));
    let graph = Graph::read(&read(&args.onnx)?, folder)?;
    let (inputs, outputs) = port::ports(&graph.bytes())?;
    let (items, visits) = sessions(args)?;
    let n = items.rows.len();
    let beside = args.label.beside(&items)?;
    let rows = args.vectors.as_ref().map(|path| vectors(path, n)).transpose()?;
    let expected = args.expect.as_ref().map(|path| Expected::read(path, &items)).transpose()?;
    let told_of = |told: &log::Told| told.visits.clone();
    let contexts: Vec<Vec<ContextEvent>> = match visits.told.as_slice() {
        [] => visits.sessions.iter().map(|items| asked::views(items)).collect(),
        all => all.iter().map(told_of).collect(),
    };
    let rounding = if graph.rounds_activations() { expect::ROUNDING_OF_8_BITS } else { expect::ROUNDING };
    let export = Export { graph: &graph, inputs: &inputs, outputs: &outputs, items: n, rows: rows.as_ref(), rounding };
    let (mut loaded, reading) = understand(args, &export, &contexts, (expected.as_ref(), &items), told)?;
    judge::alone(&mut loaded, &export, &visits.sessions, told)?;
    let temperature = match args.temperature {
        Some(temperature) => temperature,
        None => judge::temperature(&mut loaded, &export, &contexts)?,
    };
    told.temperature = Some(temperature);
    let vectors = rows.as_ref().map(|rows| stored(rows, reading.cosine)).transpose()?;
    let bytes = Draft {
        label: &args.label,
        beside: &beside,
        popularity: popularity(&visits.sessions, n),
        vectors,
        table: None,
        model: Some((loaded.spec.clone(), loaded.bytes.clone())),
        blend: BlendSpec { temperature, ..BlendSpec::default() },
        signals: SignalSpec::default(),
        goldens: golden_sample(&visits.sessions, 4),
        training: None,
        metrics: std::collections::BTreeMap::new(),
        items: &items,
    }
    .assemble()?;
    judge::whole(&bytes, &items, &contexts, told)?;
    out.write(&bytes)?;
    Ok((bytes.len(), n))
}

/// The item list and the sessions.
fn sessions(args: &Args) -> Result<(ItemList, Visits)> {
    let Some(path) = &args.sessions else {
        let mut log = log::load(&args.log)?;
        let items = log.take_items(&args.items)?;
        let visits = log.into_visits(&items);
        if visits.sessions.is_empty() {
            return Err(Error::new(Code::DataInvalid, "no item of the log is in the item list: name its column with --key-col"));
        }
        return Ok((items, visits));
    };
    let file = SessionFile::read("--sessions", path)?;
    let keys = if args.items.items.is_some() { Vec::new() } else { file.keys()? };
    let items = ItemList::load(&args.items, keys.into_iter())?;
    let sessions = file.indices(&items.by_key)?;
    Ok((items, Visits { sessions, told: Vec::new() }))
}

fn vectors(path: &Path, items: usize) -> Result<Rows> {
    let bytes = read(path)?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let dim = values.len() / items.max(1);
    if dim == 0 || dim * items * 4 != bytes.len() {
        return Err(Error::new(Code::DataInvalid, "the vectors are not whole rows for the item list")
            .with("bytes", bytes.len())
            .with("items", items));
    }
    Rows::new(dim, values)
}

fn stored(rows: &Rows, cosine: bool) -> Result<StoredVectors> {
    let quantized = nearhand::rank::ItemVectors::quantize(rows.dim, if cosine { &rows.cosine } else { &rows.dot })?;
    Ok(StoredVectors { dim: rows.dim, rows: quantized.rows().to_vec(), scales: quantized.scales().to_vec() })
}

/// Settles how the graph is meant, and tells it.
fn understand(
    args: &Args,
    export: &Export<'_>,
    contexts: &[Vec<ContextEvent>],
    (expected, items): (Option<&Expected>, &ItemList),
    told: &mut Told,
) -> Result<(Loaded, Reading)> {
    let (ports, n) = (export.inputs, export.items);
    let declared = export.outputs.iter().filter_map(|port| port.dims.last()?.fixed).find(|width| (n..=n + 64).contains(width));
    let logits = declared.filter(|_| export.rows.is_none());
    let roles = role::roles(ports, &args.asked()?, n, export.rows.map(|rows| rows.dim), logits)?;
    let (mut start, window) = matters::start(args, ports, &roles)?;
    told.warnings.extend(matters::too_long(&start));
    let outputs = export.answered(&start).or_else(|error| {
        // Names of axes may mislead.
        let turned = Reading { window_first: !start.window_first, ..start.clone() };
        let outputs = export.answered(&turned).map_err(|_| error)?;
        start = turned;
        Ok(outputs)
    })?;
    let mut matters = matters::all(args, ports, &roles, &outputs, n, export.rows)?;
    if args.last.is_some() {
        matters.push(window.clone());
    }
    let questions = asked::questions(contexts, QUESTIONS);
    if unit_queries(export, &start, &matters, &questions) {
        for matter in matters.iter_mut().filter(|matter| matter.what == "score" && !matter.said && matter.ways.len() > 1) {
            matter.ways.reverse();
            matter.why = "the graph's queries have the length 1, so cosines seem to be meant".to_owned();
        }
    }
    let judge = expected.map_or(Judge::Next(&questions), Judge::Tops);
    let Found { mut reading, settled, loss: _ } = settle::settle(export, &start, &matters, &judge)?;
    if let (Some(expected), None) = (expected, args.last) {
        other_window(export, &mut reading, expected, &window)?;
    }
    for one in settled {
        told.guess(&one.what, &one.way, one.why);
        told.warnings.extend(one.against);
    }
    if args.last.is_none() {
        told.guess("window", Way::Window(reading.window), if reading.window == start.window { window.why } else { "with it the expected tops are answered".to_owned() });
    }
    if reading.batch > 1 {
        told.guess("batch", reading.batch, "fixed in the graph: every answer takes the work of so many");
    }
    reading.log = probabilities(export, &reading, contexts)?;
    if reading.log {
        told.guess("answers", "probabilities", "all lie from 0 to 1: they are ranked by their logarithms");
    }
    let outputs = export.answered(&reading)?;
    let mut loaded = export.load(&reading, &outputs)?;
    if loaded.spec.output.offset > 0 {
        told.guess("logits before the first item's", loaded.spec.output.offset, "as the numbers of items");
    }
    if let Some(expected) = expected {
        judge::expected(&mut loaded, export, (expected, items), told)?;
    }
    Ok((loaded, reading))
}

/// Whether the graph's queries have the length 1, under the likeliest way to read it.
fn unit_queries(export: &Export<'_>, start: &Reading, matters: &[settle::Matter], questions: &[asked::Question]) -> bool {
    let mut reading = start.clone();
    matters.iter().filter_map(|matter| matter.ways.first()).for_each(|way| way.set(&mut reading));
    let unit = || -> Result<bool> {
        let outputs = export.answered(&reading)?;
        let mut loaded = export.load(&reading, &outputs)?;
        let mut all = reading.kind == nearhand::bundle::OutputKind::Query && !questions.is_empty();
        for asked in questions.iter().take(5) {
            loaded.values(&asked.prefix, export.rows)?;
            let length: f32 = loaded.answer().iter().map(|v| v * v).sum();
            all &= (length - 1.0).abs() < 1e-3;
        }
        Ok(all)
    };
    unit().unwrap_or(false)
}

/// Windows that are tried where the graph leaves it open and the expected tops are not answered.
const WINDOWS: [usize; 12] = [20, 50, 10, 30, 100, 200, 15, 25, 40, 5, 64, 128];

/// The window under which most expected tops are answered.
fn other_window(export: &Export<'_>, reading: &mut Reading, expected: &Expected, window: &settle::Matter) -> Result<()> {
    let open = window.why.contains("open");
    let agreed = |reading: &Reading| -> Result<usize> {
        let outputs = export.answered(reading)?;
        Ok(expected.compare(&mut export.load(reading, &outputs)?, export.rows)?.0)
    };
    let (mut best, own) = (agreed(reading)?, reading.window);
    for other in WINDOWS.into_iter().filter(|other| open && *other != own) {
        if best == expected.tops.len() {
            break;
        }
        let with = Reading { window: other, ..reading.clone() };
        // A window that does not run is none.
        if let Ok(found) = agreed(&with)
            && found > best
        {
            (best, *reading) = (found, with);
        }
    }
    Ok(())
}

/// Whether all answers to some sessions are probabilities.
fn probabilities(export: &Export<'_>, reading: &Reading, contexts: &[Vec<ContextEvent>]) -> Result<bool> {
    if reading.kind == nearhand::bundle::OutputKind::Query {
        return Ok(false);
    }
    let outputs = export.answered(reading)?;
    let mut loaded = export.load(reading, &outputs)?;
    let mut all = true;
    for session in contexts.iter().rev().take(10) {
        all &= loaded.values(session, export.rows)?.iter().all(|value| (0.0..=1.0).contains(value));
    }
    Ok(all && !contexts.is_empty())
}
