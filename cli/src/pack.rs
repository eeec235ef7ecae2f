//! `pack`: someone else's ONNX and an item list become a bundle.

use crate::assemble::{Beside, Draft, Label, golden_sample, popularity};
use crate::files::{read, readable};
use crate::fit::{self, FitArgs, Fitted};
use crate::items::{ItemArgs, ItemList};
use crate::output::{Output, distinct};
use crate::sessions::SessionFile;
use clap::Args as ClapArgs;
use nearhand::bundle::{
    self, Align, BlendSpec, Feature, InputSpec, Limits, ModelSpec, OutputKind, OutputSpec, SignalSpec, StoredVectors,
};
use nearhand::model::{Interface, Port};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Engine, Error, Result, Settings};
use std::path::PathBuf;

/// Arguments of `pack`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The ONNX graph: ends in a query vector or in logits over the item list
    #[arg(long)]
    onnx: PathBuf,
    #[command(flatten)]
    items: ItemArgs,
    /// Item vectors for a query: little-endian f32, one row an item in list order
    #[arg(long)]
    vectors: Option<PathBuf>,
    /// Sessions in plain text: popularity, golden sessions [default: those of --table-from]
    #[arg(long)]
    sessions: Option<PathBuf>,
    #[command(flatten)]
    fit: FitArgs,
    /// What fills an input: NAME=FEATURE, features item-vector, item-index or item-index:OFFSET:PAD, mask, length, recency,
    /// dwell-log, gap-log, kind, price-log [default: guessed from name and type]
    #[arg(long = "input")]
    inputs: Vec<String>,
    /// The output to read [default: the only one]
    #[arg(long)]
    output: Option<String>,
    /// Logits before the first item
    #[arg(long, default_value_t = 0)]
    offset: usize,
    /// Session window where the graph leaves it open
    #[arg(long, default_value_t = 20)]
    last: usize,
    /// Which end of the window the events stand at
    #[arg(long, default_value = "left", value_parser = ["left", "right"])]
    align: String,
    /// Temperature of the model part
    #[arg(long, default_value_t = 0.2)]
    temperature: f32,
    #[command(flatten)]
    label: Label,
}

/// Runs `pack`.
pub(crate) fn run(args: &Args) -> Result<()> {
    args.label.check()?;
    let out = Output::check("--out", &args.label.out)?;
    let files = [
        ("--onnx", Some(&args.onnx)),
        ("--vectors", args.vectors.as_ref()),
        ("--sessions", args.sessions.as_ref()),
        ("--departments", args.items.departments.as_ref()),
    ];
    let files = files.into_iter().filter_map(|(option, path)| Some((option, path?.as_path())));
    let mut tables = crate::read::inputs(&[("--items", &args.items.items)])?;
    tables.extend(args.fit.inputs()?);
    let tables = tables.iter().map(|(option, file)| (*option, file.as_path()));
    let files: Vec<_> = files.chain(args.label.inputs()).chain(tables).collect();
    files.iter().try_for_each(|(option, path)| readable(option, path))?;
    distinct(&[&out], &files)?;
    check_flags(args)?;
    let onnx = read(&args.onnx)?;
    let (items, sessions, source) = sessions(args)?;
    let beside = args.label.beside(&items)?;
    let interface = Interface::of(&onnx)?;
    let vectors = args.vectors.as_ref().map(|path| read_vectors(path, items.rows.len())).transpose()?;
    let spec = spec(args, &interface, items.rows.len(), vectors.as_ref().map(|v| v.dim))?;
    let packed = Packed { args, items: &items, sessions: &sessions, model: (spec, onnx), vectors };
    let alone = packed.draft(&beside, None).assemble()?;
    let bytes = match (&args.fit.into, source) {
        (None, None) => alone,
        (Some(trained), source) => packed.put_into(&read(trained)?, &alone, source.as_ref())?,
        (None, Some(source)) => {
            let fitted = packed.fit(&alone, &source)?;
            let beside = Beside {
                bought: beside.bought.or_else(|| fitted.bought.clone()),
                recent: beside.recent.or_else(|| fitted.recent.clone()),
                ..beside
            };
            packed.draft(&beside, Some(fitted)).assemble()?
        }
    };
    out.write(&bytes)?;
    println!("packed {} items={} bytes={}", args.label.out.display(), items.rows.len(), bytes.len());
    Ok(())
}

/// The item list, the sessions of popularity and goldens, and what table and fit are made of.
fn sessions(args: &Args) -> Result<(ItemList, Vec<Vec<u32>>, Option<fit::Source>)> {
    let plain = args.sessions.as_ref().map(|path| SessionFile::read("--sessions", path)).transpose()?;
    let found = fit::read(&args.fit, &args.items)?;
    match (plain, found) {
        (None, None) => {
            let trained = args.fit.into.as_ref().map(|path| bundle::open(&read(path)?, None, &Limits::default())).transpose()?;
            let (Some(trained), Some(_)) = (trained, &args.items.items) else {
                let why =
                    "name sessions: --sessions FILE, --table-from FILE or --events LOG; or, with --into, the model's --items";
                return Err(Error::new(Code::OptionInvalid, why).with("option", "--sessions"));
            };
            let items = ItemList::load(&args.items, std::iter::empty())?;
            let sessions = fit::golden_sessions(&trained.manifest, &items);
            Ok((items, sessions, None))
        }
        (None, Some((items, source))) => {
            let sessions = source.visits.sessions.clone();
            Ok((items, sessions, Some(source)))
        }
        (Some(file), Some((items, source))) => {
            let sessions = file.indices(&items.by_key)?;
            Ok((items, sessions, Some(source)))
        }
        (Some(file), None) => {
            let items = ItemList::load(&args.items, file.keys()?.into_iter())?;
            let sessions = file.indices(&items.by_key)?;
            Ok((items, sessions, None))
        }
    }
}

/// What is packed, whatever stands beside it.
struct Packed<'a> {
    args: &'a Args,
    items: &'a ItemList,
    sessions: &'a [Vec<u32>],
    model: (ModelSpec, Vec<u8>),
    vectors: Option<StoredVectors>,
}

impl Packed<'_> {
    fn draft<'b>(&'b self, beside: &'b Beside, fitted: Option<Fitted>) -> Draft<'b> {
        let usual = BlendSpec { temperature: self.args.temperature, ..BlendSpec::default() };
        let blend = fitted.as_ref().map_or(usual, |fitted| fitted.blend);
        let signals = fitted.as_ref().map_or_else(SignalSpec::default, |fitted| fitted.signals);
        let (table, metrics) = fitted.map(|fitted| (fitted.table, fitted.metrics)).unzip();
        Draft {
            label: &self.args.label,
            beside,
            popularity: popularity(self.sessions, self.items.rows.len()),
            vectors: self.vectors.clone(),
            table,
            model: Some(self.model.clone()),
            blend,
            signals,
            goldens: golden_sample(self.sessions, 4),
            training: None,
            metrics: metrics.unwrap_or_default(),
            items: self.items,
        }
    }

    fn fit(&self, alone: &[u8], source: &fit::Source) -> Result<Fitted> {
        let fitted = fit::fit(&|| Engine::open(alone, &Settings::default()), self.items, source, &self.args.fit)?;
        fitted.told.iter().for_each(|(name, value)| println!("chosen {name} {value}"));
        fitted.warnings.iter().for_each(|warning| eprintln!("pack: {warning}"));
        Ok(fitted)
    }

    /// The model in a trained bundle.
    fn put_into(&self, trained: &[u8], alone: &[u8], source: Option<&fit::Source>) -> Result<Vec<u8>> {
        let open = |bytes| bundle::open(bytes, None, &Limits::default());
        let (old, model) = (open(trained)?, open(alone)?);
        fit::same_items(&old, &model)?;
        let (blend, metrics) = match source.filter(|_| self.args.fit.fit) {
            Some(source) => {
                let fitted = self.fit(alone, source)?;
                (fitted.blend, fitted.metrics)
            }
            None => {
                let engine = |bytes| Engine::open(bytes, &Settings::default());
                (fit::same_voice(&|| engine(trained), &|| engine(alone), self.items)?, std::collections::BTreeMap::new())
            }
        };
        bundle::write(&fit::put_into(old, model, blend, metrics, &self.args.label)?)
    }
}

/// Longest window of a graph, in events.
const LONGEST_WINDOW: usize = 4096;

/// Refuses what no graph could be filled by.
fn check_flags(args: &Args) -> Result<()> {
    args.fit.check()?;
    for (option, file) in [("--orders", &args.label.orders), ("--recent", &args.label.recent)] {
        if let (Some(_), Some(file)) = (&args.fit.into, file) {
            return Err(Error::new(Code::OptionInvalid, "the bundle of --into keeps its own")
                .with("option", option)
                .with("path", file.display()));
        }
    }
    if !(1..=LONGEST_WINDOW).contains(&args.last) {
        return Err(Error::new(Code::OptionInvalid, "a window is out of range")
            .with("option", "--last")
            .with("value", args.last)
            .with("low", 1)
            .with("high", LONGEST_WINDOW));
    }
    if !args.temperature.is_finite() || args.temperature <= 0.0 {
        return Err(Error::new(Code::OptionInvalid, "a temperature is above 0")
            .with("option", "--temperature")
            .with("value", args.temperature));
    }
    for input in &args.inputs {
        let (_, word) = input.split_once('=').ok_or_else(|| {
            Error::new(Code::OptionInvalid, "say what fills an input as NAME=FEATURE")
                .with("option", "--input")
                .with("value", input)
        })?;
        feature(word)?;
    }
    Ok(())
}

fn read_vectors(path: &std::path::Path, items: usize) -> Result<StoredVectors> {
    let bytes = read(path)?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let dim = values.len() / items.max(1);
    if dim == 0 || dim * items * 4 != bytes.len() {
        return Err(Error::new(Code::DataInvalid, "the vectors are not whole rows for the item list")
            .with("bytes", bytes.len())
            .with("items", items));
    }
    let quantized = ItemVectors::quantize(dim, &values)?;
    Ok(StoredVectors { dim, rows: quantized.rows().to_vec(), scales: quantized.scales().to_vec() })
}

fn spec(args: &Args, interface: &Interface, items: usize, dim: Option<usize>) -> Result<ModelSpec> {
    let asked: Vec<(&str, &str)> = args.inputs.iter().filter_map(|i| i.split_once('=')).collect();
    if let Some((name, _)) = asked.iter().find(|(name, _)| interface.inputs.iter().all(|port| port.name != *name)) {
        let names: Vec<&str> = interface.inputs.iter().map(|port| port.name.as_str()).collect();
        return Err(Error::new(Code::OptionInvalid, "the graph has no such input")
            .with("option", "--input")
            .with("value", name)
            .with("inputs", names.join(" ")));
    }
    let align = if args.align == "left" { Align::Left } else { Align::Right };
    let input = |port: &Port| -> Result<InputSpec> {
        let feature = match asked.iter().find(|(name, _)| *name == port.name) {
            Some((_, word)) => feature(word)?,
            None => guess(port)?,
        };
        let last = port.dims.len().saturating_sub(if feature == Feature::ItemVector { 2 } else { 1 });
        let open =
            |(i, d): (usize, &Option<usize>)| d.unwrap_or(if i == last && feature != Feature::Length { args.last } else { 1 });
        let shape = port.dims.iter().enumerate().map(open).collect();
        Ok(InputSpec { name: port.name.clone(), feature, shape, dtype: port.dtype.clone(), align })
    };
    let output = match (&args.output, interface.outputs.as_slice()) {
        (Some(name), all) => all.iter().find(|o| o.name == *name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let output = output.ok_or_else(|| {
        let names: Vec<&str> = interface.outputs.iter().map(|o| o.name.as_str()).collect();
        Error::new(Code::OptionInvalid, "name the output to read with --output").with("outputs", names.join(" "))
    })?;
    let (kind, width, offset) = match dim {
        Some(dim) => (OutputKind::Query, dim, 0),
        None => (OutputKind::Logits, items + args.offset, args.offset),
    };
    let inputs = interface.inputs.iter().filter(|port| !port.optional).map(input).collect::<Result<Vec<_>>>()?;
    Ok(ModelSpec { inputs, output: OutputSpec { name: output.name.clone(), kind, width, offset } })
}

fn feature(word: &str) -> Result<Feature> {
    let mut parts = word.split(':');
    let name = parts.next().unwrap_or_default();
    let mut number = || parts.next().map_or(Some(0), |n| n.parse::<i64>().ok());
    let known = match name {
        "item-vector" => Some(Feature::ItemVector),
        "item-index" => number().zip(number()).map(|(offset, pad)| Feature::ItemIndex { offset, pad }),
        "mask" => Some(Feature::Mask),
        "length" => Some(Feature::Length),
        "recency" => Some(Feature::Recency),
        "dwell-log" => Some(Feature::DwellLog),
        "gap-log" => Some(Feature::GapLog),
        "kind" => Some(Feature::Kind),
        "price-log" => Some(Feature::PriceLog),
        _ => None,
    };
    known.ok_or_else(|| Error::new(Code::OptionInvalid, "no such feature").with("feature", word))
}

/// By name first, then by type: integers are item indices.
fn guess(port: &Port) -> Result<Feature> {
    let name = port.name.to_lowercase();
    let has = |word: &str| name.contains(word);
    if has("mask") {
        return Ok(Feature::Mask);
    }
    if has("len") && port.dims.len() <= 1 {
        return Ok(Feature::Length);
    }
    if has("pos") || has("recency") {
        return Ok(Feature::Recency);
    }
    match port.dtype.as_str() {
        "i64" => Ok(Feature::ItemIndex { offset: 0, pad: 0 }),
        "f32" if port.dims.len() >= 2 => Ok(Feature::ItemVector),
        _ => Err(Error::new(Code::OptionInvalid, "say what fills an input with --input NAME=FEATURE").with("input", &port.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;
    use clap::Parser;
    use nearhand::recommend::Source;
    use nearhand::{Event, Request};

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        pack: Args,
    }

    /// Packs an ONNX file with three items and opens the result.
    fn packed(name: &str, onnx: &[u8], flags: &[&str]) -> Result<Engine> {
        let path = |file: &str, bytes: &[u8]| temp(&format!("{name}-{file}"), bytes).display().to_string();
        let items = path("items.csv", b"id,title,price\na,Apple,1\nb,Bowl,2\nc,Cup,3\n");
        let (onnx, sessions) = (path("graph.onnx", onnx), path("sessions.txt", b"a b\nb c\na\n"));
        let out = path("out.safetensors", b"");
        let fixed =
            ["pack", "--onnx", &onnx, "--items", &items, "--sessions", &sessions, "--name", name, "--created-at", "2026-01-01"];
        let args = Flags::try_parse_from([&fixed[..], &["--out", &out], flags].concat()).unwrap().pack;
        run(&args)?;
        Engine::open(&std::fs::read(&out).unwrap(), &Settings::default())
    }

    fn first(engine: &mut Engine, item: &str) -> String {
        engine.observe(&Event::view(item), 1_000_000).unwrap();
        let slate = engine.recommend(&Request { k: 1, ..Request::default() }, 1_000_000).unwrap();
        assert_eq!(slate.source, Source::Model);
        slate.items[0].row.item.to_owned()
    }

    #[test]
    fn a_graph_that_ends_in_a_query_vector() {
        let vectors: Vec<u8> = [1.0_f32, 0.0, 0.9, 0.1, -1.0, 0.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let file = temp("pack-query-vectors.f32", &vectors).display().to_string();
        let onnx = include_bytes!("../../tests/fixtures/query_mean.onnx");
        let mut engine = packed("query", onnx, &["--vectors", &file]).unwrap();
        assert_eq!(first(&mut engine, "a"), "b");
    }

    #[test]
    fn orders_and_recent_sessions_become_evidence_of_placements() {
        use nearhand::recommend::{Placement, Relation};
        let onnx = include_bytes!("../../tests/fixtures/logits_last.onnx");
        let orders = temp("pack-orders.txt", b"a c\na c\nb c\n").display().to_string();
        let recent = temp("pack-recent.txt", b"c\nc\n").display().to_string();
        let flags = ["--input", "ids=item-index:1:0", "--offset", "1", "--last", "5", "--orders", &orders, "--recent", &recent];
        let mut engine = packed("evidence", onnx, &flags).unwrap();
        let product = Request {
            k: 1,
            placement: Some(Placement::Product),
            relation: Some(Relation::Complementary),
            source: Some("a".into()),
            ..Request::default()
        };
        let slate = engine.recommend(&product, 1_000_000).unwrap();
        assert_eq!((slate.items[0].row.item, slate.source), ("c", Source::Bought));
        let slate = engine.recommend(&Request { placement: Some(Placement::Trending), ..Request::default() }, 1_000_000).unwrap();
        assert_eq!((slate.items[0].row.item, slate.source), ("c", Source::Trending));
    }

    #[test]
    fn a_graph_that_ends_in_logits_over_the_catalog() {
        let onnx = include_bytes!("../../tests/fixtures/logits_last.onnx");
        let flags = ["--input", "ids=item-index:1:0", "--offset", "1", "--last", "5"];
        // The row of b is 3 1 2: a is best, and c comes before b itself.
        assert_eq!(first(&mut packed("logits", onnx, &flags).unwrap(), "b"), "a");
        assert_eq!(first(&mut packed("logits-a", onnx, &flags).unwrap(), "a"), "c");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let onnx = include_bytes!("../../tests/fixtures/logits_last.onnx");
        let code = |flags: &[&str]| packed("refused", onnx, flags).unwrap_err().code();
        assert_eq!(code(&["--input", "ids=item-index:1:0"]), Code::ModelMismatch, "one logit too many");
        assert_eq!(code(&["--input", "ids=wonder"]), Code::OptionInvalid);
        assert_eq!(code(&["--output", "other"]), Code::OptionInvalid);
        let short = temp("pack-short.f32", &[0; 5]).display().to_string();
        assert_eq!(code(&["--vectors", &short]), Code::DataInvalid);
        let external = include_bytes!("../../tests/fixtures/external_data.onnx");
        assert_eq!(packed("external", external, &[]).unwrap_err().code(), Code::ModelExternalData);
    }
}
