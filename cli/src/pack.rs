//! `pack`: someone else's ONNX and an item list become a bundle.

use crate::assemble::{Draft, golden_sample, popularity};
use crate::files::{read, read_text, write};
use crate::items::{ItemArgs, ItemList};
use crate::sessions::{keys, read_sessions};
use clap::Args as ClapArgs;
use nearhand::bundle::{Align, BlendSpec, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec, StoredVectors};
use nearhand::model::{Interface, Port};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Error, Result};
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
    /// Sessions in plain text: popularity, golden sessions
    #[arg(long)]
    sessions: PathBuf,
    /// What fills an input: NAME=FEATURE, features item-vector, item-index[:OFFSET[:PAD]], mask, length, recency,
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
    /// Name of the bundle
    #[arg(long)]
    name: String,
    /// Version of the bundle
    #[arg(long, default_value = "1")]
    version: String,
    /// Day the bundle was made, YYYY-MM-DD
    #[arg(long)]
    created_at: String,
    /// Licence of model and data
    #[arg(long, default_value = "unstated")]
    licence: String,
    /// Who must be named
    #[arg(long, default_value = "")]
    attribution: String,
    /// Model card, Markdown
    #[arg(long)]
    card: Option<PathBuf>,
    /// The bundle to write
    #[arg(long, short)]
    out: PathBuf,
}

/// Runs `pack`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let onnx = read(&args.onnx)?;
    let items = ItemList::load(&args.items, keys(&args.sessions)?.into_iter())?;
    let sessions = read_sessions(&args.sessions, &items.by_key)?;
    let interface = Interface::of(&onnx)?;
    let vectors = args.vectors.as_ref().map(|path| read_vectors(path, items.rows.len())).transpose()?;
    let spec = spec(args, &interface, items.rows.len(), vectors.as_ref().map(|v| v.dim))?;
    let bytes = Draft {
        name: args.name.clone(),
        version: args.version.clone(),
        created_at: args.created_at.clone(),
        currency: None,
        popularity: popularity(&sessions, items.rows.len()),
        vectors,
        table: None,
        model: Some((spec, onnx)),
        blend: BlendSpec { temperature: args.temperature, ..BlendSpec::default() },
        goldens: golden_sample(&sessions, 4),
        training: None,
        metrics: std::collections::BTreeMap::new(),
        licence: args.licence.clone(),
        attribution: args.attribution.clone(),
        card: args.card.as_ref().map(|path| read_text(path)).transpose()?.unwrap_or_default(),
        items: &items,
    }
    .assemble()?;
    write(&args.out, &bytes)?;
    println!("packed {} items={} bytes={}", args.out.display(), items.rows.len(), bytes.len());
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
    let inputs = interface.inputs.iter().map(input).collect::<Result<Vec<_>>>()?;
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
