//! `pack`: someone else's ONNX and an item list become a bundle, or are refused.
//!
//! What the graph's inputs and outputs mean is settled by the graph itself where its weights, names and types tell it
//! (`role`, `matters`), else by running every way on sessions (`settle`); each guess is told with its reason. Nodes go before
//! and behind the graph so that the engine can fill and read it (`adapt`). `--expect` holds it against the tops that the
//! model answers in its own runtime. Then the bundle is opened by the engine, and refused where its best items are not the
//! model's.

mod args;
mod bundle;
mod judging;
mod matters;
mod meaning;
mod running;
#[cfg(test)]
mod tests;
mod told;
mod understand;
mod width;

pub(crate) use args::Args;

use crate::files::{read, readable};
use crate::fit::{self, FitArgs, Source};
use crate::graph::Graph;
use crate::items::ItemList;
use crate::output::{Output, distinct};
use crate::pack::judging::expect::Expected;
use crate::pack::judging::{asked, expect, judge};
use crate::pack::meaning::port;
use crate::pack::meaning::reading::Reading;
use crate::pack::running::probe::Export;
use crate::pack::running::rows::Rows;
use crate::provenance::Provenance;
use crate::sessions::SessionFile;
use crate::usual;
use bundle::Packed;
use nearhand::bundle::{Limits, Parts};
use nearhand::features::ContextEvent;
use nearhand::{Code, Error, Result};
use std::path::Path;
use told::Told;
use understand::understand;
use width::Given;

/// Runs `pack`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut told = Told::default();
    let packed = pack(args, &mut told);
    if args.json {
        return told.json(&args.label.out, packed);
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
        ("--onnx", args.onnx.as_ref()),
        ("--sessions", args.sessions.as_ref()),
        ("--expect", args.expect.as_ref()),
        ("--departments", args.items.departments.as_ref()),
    ];
    let files = files.into_iter().filter_map(|(option, path)| Some((option, path?.as_path())));
    let mut tables = crate::read::inputs(&[("--items", &args.items.items)])?;
    let fit = args.fit();
    tables.extend(fit.inputs()?);
    let tables = tables.iter().map(|(option, file)| (*option, file.as_path()));
    let files: Vec<_> = files.chain(args.label.inputs()).chain(args.vectors.inputs()).chain(tables).collect();
    files.iter().try_for_each(|(option, path)| readable(option, path))?;
    distinct(&[&out], &files)?;
    args.check()?;
    let graph = args.onnx.as_ref().map(|path| Graph::read(&read(path)?, path.parent().unwrap_or(Path::new(".")))).transpose()?;
    let mut made = Provenance::begin(args.argv.iter().cloned());
    made.inputs(&files)?;
    // Weights that stand in other files are inputs too.
    let beside: Vec<(&'static str, &Path)> =
        graph.iter().flat_map(|graph| &graph.files).map(|path| ("--onnx, its weights", path.as_path())).collect();
    distinct(&[&out], &beside)?;
    made.inputs(&beside)?;
    let trained = args.fit.into.as_ref().map(|path| trained(path)).transpose()?;
    let (items, sessions, source) = sessions(args, &fit)?;
    let n = items.rows.len();
    if let Some((_, trained)) = &trained {
        fit::same_items(trained, &items)?;
    }
    let beside = args.label.beside(&items)?;
    let placed = args.vectors.read(&items)?;
    told.lines.extend(placed.as_ref().map(ToString::to_string));
    let rows = placed.as_ref().map(|placed| Rows::new(placed.dim, placed.values.clone())).transpose()?;
    let expected = args.expect.as_ref().map(|path| Expected::read(path, &items)).transpose()?;
    let heard = source.as_ref().filter(|_| args.sessions.is_none()).map_or(&[][..], |source| &source.visits.told);
    let contexts: Vec<Vec<ContextEvent>> = match heard {
        [] => sessions.iter().map(|items| asked::views(items)).collect(),
        all => all.iter().map(|told| told.visits.clone()).collect(),
    };
    if let Some((from, until)) = asked::range(heard) {
        made.range(from, until);
    }
    let vectors = placed.as_ref().zip(rows.as_ref()).map(|(placed, rows)| Given { args: &args.vectors, placed, rows });
    let (mut loaded, vectors) = match &graph {
        Some(graph) => {
            let (inputs, outputs) = port::ports(&graph.bytes())?;
            let rounding = if graph.rounds_activations() { expect::ROUNDING_OF_8_BITS } else { expect::ROUNDING };
            let export = Export { graph, inputs: &inputs, outputs: &outputs, items: n, rows: rows.as_ref(), rounding };
            let (mut loaded, reading) = understand(args, &export, &contexts, expected.as_ref(), told)?;
            if let Some(expected) = &expected {
                judge::expected(&mut loaded, rows.as_ref(), (expected, &items), told)?;
            }
            let exact = |bits| {
                let reading = Reading { exact: Some(bits), ..reading.clone() };
                export.load(&reading, &export.answered(&reading)?)
            };
            width::of_graph(vectors, (loaded, reading.cosine), &exact, (&contexts, expected.as_ref()), told)?
        }
        None => {
            let given = vectors.ok_or_else(|| {
                Error::new(Code::OptionInvalid, "give a graph with --onnx, or vectors with --vectors and --query")
            })?;
            let (mut loaded, stored, mut whole) = width::of_vectors(given, (&contexts, expected.as_ref()), told)?;
            if let Some(expected) = &expected {
                judge::expected(whole.as_mut().unwrap_or(&mut loaded), rows.as_ref(), (expected, &items), told)?;
            }
            (loaded, stored)
        }
    };
    judge::alone(&mut loaded, (rows.as_ref(), n), &contexts, told)?;
    let temperature = match args.temperature {
        Some(temperature) => temperature,
        None => judge::temperature(&mut loaded, rows.as_ref(), &contexts)?,
    };
    told.temperature = Some(temperature);
    for guess in &told.guesses {
        made.setting(&guess.what, guess.value.as_str());
    }
    made.setting("temperature", f64::from(temperature));
    told.tract_for = loaded.tract_for()?;
    let model = (loaded.spec.clone(), loaded.bytes.clone());
    drop(loaded);
    let mut packed = Packed { args, items: &items, sessions: &sessions, model, vectors, temperature, made };
    let alone = packed.alone(&beside)?;
    judge::whole(&alone, (&items, args.temperature.is_some()), &contexts, told)?;
    let bytes = match (&trained, source) {
        (None, None) => alone,
        (None, Some(source)) => packed.whole(&alone, beside, &source, told)?,
        (Some((trained, _)), source) => packed.put_into(trained, &alone, source.as_ref(), told)?,
    };
    if args.fit.into.is_some() || args.fit.source().is_some() {
        told.beside = true;
        judge::whole(&bytes, (&items, args.temperature.is_some()), &contexts, told)?;
    }
    let (bytes, reference) = usual::freeze(bytes, &usual::of_rows(&items, &sessions), &args.label.usual)?;
    told.lines.push(reference);
    out.write(&bytes)?;
    Ok((bytes.len(), n))
}

/// A trained bundle, looked at before anything takes its time.
fn trained(path: &Path) -> Result<(Vec<u8>, Parts)> {
    let bytes = read(path)?;
    let opened = nearhand::bundle::open(&bytes, None, &Limits::none());
    let opened = opened.map_err(|error| error.with("option", "--into").with("path", path.display()))?;
    Ok((bytes, opened))
}

/// The item list, the sessions of popularity and goldens, and what table and fit are made of.
fn sessions(args: &Args, asked: &FitArgs) -> Result<(ItemList, Vec<Vec<u32>>, Option<Source>)> {
    let plain = args.sessions.as_ref().map(|path| SessionFile::read("--sessions", path)).transpose()?;
    let found = fit::read(asked, &args.items)?;
    match (plain, found) {
        (None, None) => Err(Error::new(Code::OptionInvalid, "name sessions: --sessions FILE, --table-from FILE or --events LOG")),
        (None, Some((items, source))) => {
            let sessions = source.visits.sessions.clone();
            Ok((items, sessions, Some(source)))
        }
        (Some(file), Some((items, source))) => {
            let sessions = file.indices(&items.by_key)?;
            Ok((items, sessions, Some(source)))
        }
        (Some(file), None) => {
            let keys = if args.items.items.is_some() { Vec::new() } else { file.keys()? };
            let items = ItemList::load(&args.items, keys.into_iter())?;
            let sessions = file.indices(&items.by_key)?;
            Ok((items, sessions, None))
        }
    }
}
