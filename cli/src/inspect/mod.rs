//! `inspect`: what a bundle is, in words or as JSON; and what its model takes, step by step.
//!
//! Everything is checked before anything is printed: digest, header, manifest, parts, model, goldens. A refused bundle
//! prints its error alone.

mod given;
mod measured;
mod profile;
mod table;

use crate::files::read;
use crate::limit::LimitArgs;
use crate::provenance::{Told, plain as printable};
use clap::Args as ClapArgs;
use nearhand::bundle::{self, Manifest, SignalSpec};
use nearhand::{Code, Engine, Error, Result, Tier};
use nearhand_monitor::{Frozen, Reference};
use nearhand_onnx::{Interface, ModelLimits, lacking};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use table::spaced;

/// Arguments of `inspect`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle; with --profile an ONNX file as well
    bundle: PathBuf,
    /// Print JSON: parts, manifest, model; with --profile the steps
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    profile: profile::ProfileArgs,
    #[command(flatten)]
    limit: LimitArgs,
}

/// Runs `inspect`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bytes = read(&args.bundle)?;
    if args.profile.profile {
        return profile::run(&args.bundle, &bytes, &args.profile, args.limit, args.json);
    }
    args.limit.warn(bytes.len());
    if crate::assess::inspect::is_one(&bytes) {
        print!("{}", crate::assess::inspect::told(&bytes, args.limit.limit.unwrap_or(usize::MAX), args.json)?);
        return Ok(());
    }
    let findings = Findings::of(&bytes, args.limit)?;
    if args.json {
        let json = serde_json::to_string_pretty(&findings)
            .map_err(|e| Error::new(Code::ManifestInvalid, "the findings cannot be written as JSON").with("why", e))?;
        println!("{json}");
    } else {
        print!("{}", findings.text());
    }
    Ok(())
}

/// A tensor of the file.
#[derive(Debug, Serialize)]
struct Part {
    name: String,
    dtype: String,
    shape: Vec<usize>,
    bytes: usize,
}

/// The ONNX graph.
#[derive(Debug, Serialize)]
struct Graph {
    operators: Vec<String>,
    parameters: u64,
    /// What runs it: `nearhand`, or `tract` for operators that the former does not have.
    engine: Option<&'static str>,
    /// Those operators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tract_for: Vec<String>,
}

impl Graph {
    fn of(onnx: &[u8], engine: Option<&'static str>) -> Result<Self> {
        let Interface { operators, parameters, .. } = Interface::of(onnx)?;
        let tract_for = if engine == Some("tract") { lacking(onnx, &ModelLimits::none())? } else { Vec::new() };
        Ok(Self { operators, parameters, engine, tract_for })
    }
}

#[derive(Debug, Serialize)]
struct Findings {
    digest: String,
    bytes: usize,
    /// Bytes of the header: manifest and part list.
    header_bytes: usize,
    parts: Vec<Part>,
    manifest: Manifest,
    model: Option<Graph>,
    /// `lite` or `full`: what this build answers with.
    tier: Tier,
    /// Goldens answered as recorded, by each tier that the bundle has.
    goldens_replayed: usize,
    /// What its slates usually are, for a monitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Usual>,
    /// How it was made, as far as it says so.
    provenance: Option<serde_json::Value>,
}

/// A reference.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Usual {
    /// Streams with their observations, rates with how often they happened and of how many.
    Read { digest: String, streams: BTreeMap<String, u64>, rates: BTreeMap<String, (u64, u64)> },
    /// Of another version, on which this release counts nothing.
    Other { version: u8 },
}

impl Usual {
    fn of(bytes: &[u8]) -> Result<Self> {
        if Frozen::is_of_another_version(bytes) {
            return Ok(Self::Other { version: bytes.get(4).copied().unwrap_or(0) });
        }
        let read = Reference::from_bytes(bytes).map_err(|error| {
            let refused = Error::new(Code::BundlePartInvalid, error.message());
            refused.with("part", "monitor.reference").with("reason", error.code().as_str())
        })?;
        Ok(Self::Read {
            digest: format!("{:016x}", read.digest()),
            streams: read.streams().iter().map(|stream| (stream.name().to_owned(), stream.total())).collect(),
            rates: read.rates().iter().map(|rate| (rate.name.clone(), (rate.events, rate.of))).collect(),
        })
    }
}

impl Findings {
    fn of(bytes: &[u8], limit: LimitArgs) -> Result<Self> {
        let opened = bundle::open(bytes, None, &limit.limits())?;
        // Replays the goldens, or refuses.
        let engine = Engine::open(bytes, &limit.settings())?;
        let model = opened.onnx.as_deref().map(|onnx| Graph::of(onnx, engine.runs_on())).transpose()?;
        let tier = engine.tier();
        let (header_bytes, parts) = parts(bytes)?;
        Ok(Self {
            digest: opened.digest,
            bytes: bytes.len(),
            header_bytes,
            parts,
            model,
            tier,
            goldens_replayed: opened.manifest.goldens.len(),
            reference: opened.reference.as_deref().map(Usual::of).transpose()?,
            provenance: Told::of(&opened.manifest).map(|told| told.json().clone()),
            manifest: opened.manifest,
        })
    }

    fn text(&self) -> String {
        let m = &self.manifest;
        let mut out = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = if value.is_empty() { Ok(()) } else { writeln!(out, "{name:<12} {}", printable(&value)) };
        };
        line(
            "bundle",
            format!("{} version {}, made {}, task {}, format {}", m.name, m.version, m.created_at, words(&m.task), m.format),
        );
        line("digest", format!("sha256:{} ok", self.digest));
        line("size", format!("{} bytes", spaced(self.bytes)));
        for part in &self.parts {
            let shape = part.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
            let share = 100.0 * part.bytes as f64 / self.bytes as f64;
            line("", format!("{:<24} {:<4} {shape:<14} {:>12}  {share:>5.1} %", part.name, part.dtype, spaced(part.bytes)));
        }
        let share = 100.0 * self.header_bytes as f64 / self.bytes as f64;
        line(
            "",
            format!("{:<24} {:<4} {:<14} {:>12}  {share:>5.1} %", "(header and manifest)", "", "", spaced(self.header_bytes)),
        );
        let columns = m.catalog.columns.iter().map(String::as_str);
        let columns = ["id", "title"].into_iter().chain(columns).collect::<Vec<_>>().join(", ");
        let currency = m.catalog.currency.as_deref().map(|c| format!("; prices in {c}")).unwrap_or_default();
        line("catalog", format!("{} items with {columns}{currency}", spaced(m.catalog.items)));
        line("table", m.table.as_ref().map_or("none".to_owned(), |t| format!("{} successors an item", t.successors)));
        line("bought", m.serving.bought.as_ref().map_or(String::new(), |t| format!("{} successors an item", t.successors)));
        line(
            "recent",
            if m.serving.recent { "events an item in the newest tenth of the sessions".to_owned() } else { String::new() },
        );
        line("vectors", m.items.as_ref().map_or("none".to_owned(), |v| format!("{} int8 values an item", v.dim)));
        match (&m.model, &self.model) {
            (Some(spec), Some(graph)) => {
                line("model", format!("ONNX, {} parameters, operators {}", spaced(graph.parameters), graph.operators.join(" ")));
                if !graph.tract_for.is_empty() {
                    line("  engine", format!("tract, in nearhand-tract.wasm, for {}", graph.tract_for.join(" ")));
                }
                for input in &spec.inputs {
                    let feature = words(&input.feature);
                    line(
                        "  input",
                        format!(
                            "{} {} {:?} = {feature}, events at the {}",
                            input.name,
                            input.dtype,
                            input.shape,
                            words(&input.align)
                        ),
                    );
                }
                let o = &spec.output;
                line("  output", format!("{} = {}, width {}, offset {}", o.name, words(&o.kind), o.width, o.offset));
            }
            _ => line("model", "none: the table answers".to_owned()),
        }
        line("blend", words(&m.blend));
        let signals = &m.serving.signals;
        let whose = if *signals == SignalSpec::default() { "defaults" } else { "fitted" };
        line("signals", format!("{whose}: {}", words(signals)));
        line("goldens", format!("{} replayed as recorded, {} tier", self.goldens_replayed, words(&self.tier)));
        line(
            "reference",
            match &self.reference {
                Some(Usual::Read { streams, rates, .. }) => {
                    let rows = streams.values().max().or_else(|| rates.values().map(|(_, of)| of).max());
                    let names = streams.keys().chain(rates.keys()).map(String::as_str).collect::<Vec<_>>().join(", ");
                    format!("{} rows: {names}", spaced(rows.copied().unwrap_or(0)))
                }
                Some(Usual::Other { version }) => format!("of version {version}: this release counts nothing on it"),
                None => "none: its slates cannot be watched".to_owned(),
            },
        );
        line("training", m.training.as_ref().map_or("not stated".to_owned(), words));
        for (name, value) in Told::of(m).iter().flat_map(|told| told.lines(m)) {
            line(name, value);
        }
        for (name, value) in &m.metrics {
            line("metric", format!("{name} {value}"));
        }
        line("licence", m.licence.clone());
        line("attribution", m.attribution.clone());
        if !m.card.is_empty() {
            let card: Vec<String> = m.card.trim_end().lines().map(printable).collect();
            let _ = writeln!(out, "\n{}", card.join("\n"));
        }
        out
    }
}

/// Bytes of the header, and the parts in file order. The header was checked when the bundle was opened.
fn parts(bytes: &[u8]) -> Result<(usize, Vec<Part>)> {
    /// As the safetensors header has it.
    #[derive(Deserialize)]
    struct Entry {
        dtype: String,
        shape: Vec<usize>,
        data_offsets: (usize, usize),
    }
    let malformed =
        |why: &dyn std::fmt::Display| Error::new(Code::BundleMalformed, "the bundle's header is malformed").with("why", why);
    let length = bytes.first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b));
    let end = usize::try_from(length).ok().and_then(|l| l.checked_add(8)).ok_or_else(|| malformed(&"its length"))?;
    let json = bytes.get(8..end).ok_or_else(|| malformed(&"its length"))?;
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(json).map_err(|e| malformed(&e))?;
    let mut parts = Vec::new();
    for (name, entry) in header.into_iter().filter(|(name, _)| name != "__metadata__") {
        let entry: Entry = serde_json::from_value(entry).map_err(|e| malformed(&e))?;
        let (start, stop) = entry.data_offsets;
        parts.push((start, Part { name, dtype: entry.dtype, shape: entry.shape, bytes: stop.saturating_sub(start) }));
    }
    parts.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    Ok((end, parts.into_iter().map(|(_, part)| part).collect()))
}

/// A value of the manifest in words: a unit variant as itself, a struct as `name value, name value`.
fn words(value: &impl Serialize) -> String {
    // By way of text: a float keeps its shortest form, where a JSON value would widen it.
    let json = serde_json::to_string(value).ok().and_then(|text| serde_json::from_str(&text).ok());
    json.as_ref().map(plain).unwrap_or_default()
}

fn plain(json: &serde_json::Value) -> String {
    let Some(fields) = json.as_object() else { return json.as_str().map_or_else(|| json.to_string(), str::to_owned) };
    fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::tests::bundle;
    use nearhand::bundle::{BlendSpec, Feature};

    #[test]
    fn words_for_every_field() {
        let text = Findings::of(&bundle(), LimitArgs::default()).unwrap().text();
        for want in [
            "bundle       test version 7, made 2025-01-31, task recommend, format 1",
            "table.weights            U8   4 x 1                     4",
            "catalog      4 items with id, title, price; prices in GBP",
            "table        1 successors an item",
            "model        none: the table answers",
            "signals      defaults: cart_add 2.0, dismiss 0.5,",
            "goldens      2 replayed as recorded, lite tier",
            "reference    none: its slates cannot be watched\n",
            "metric       hr@20 0.25",
            "licence      CC0-1.0",
            "attribution  nobody",
            "\n# Card\nMade by a test.\n",
        ] {
            assert!(text.contains(want), "{want}\n{text}");
        }
    }

    #[test]
    fn a_reference_of_a_later_version_is_told_and_not_refused() {
        let mut parts = bundle::open(&crate::replay::tests::bundle(), None, &bundle::Limits::none()).unwrap();
        parts.reference = Some(b"NHMR\x02 and what is not known yet".to_vec());
        let text = Findings::of(&bundle::write(&parts).unwrap(), LimitArgs::default()).unwrap().text();
        assert!(text.contains("reference    of version 2: this release counts nothing on it\n"), "{text}");
    }

    #[test]
    fn a_graph_that_needs_tract_is_told_with_the_operators_that_it_needs_it_for() {
        let bytes = include_bytes!("../../../tests/fixtures/query_rare.safetensors");
        let findings = Findings::of(bytes, LimitArgs::default()).unwrap();
        let text = findings.text();
        assert!(text.contains("  engine     tract, in nearhand-tract.wasm, for ScaledTanh\n"), "{text}");
        let json = serde_json::to_value(findings).unwrap();
        assert_eq!((&json["model"]["engine"], &json["model"]["tract_for"][0]), (&"tract".into(), &"ScaledTanh".into()));
        assert_eq!(json["manifest"]["model"]["engine"], "tract");
    }

    #[test]
    fn json_has_every_byte() {
        let bytes = bundle();
        let json = serde_json::to_value(Findings::of(&bytes, LimitArgs::default()).unwrap()).unwrap();
        let parts = json["parts"].as_array().unwrap().iter().map(|p| p["bytes"].as_u64().unwrap()).sum::<u64>();
        assert_eq!(parts + json["header_bytes"].as_u64().unwrap(), bytes.len() as u64);
        assert_eq!(json["manifest"]["name"], "test");
        assert_eq!(json["digest"], json["manifest"]["sha256"]);
    }

    #[test]
    fn a_flipped_bit_is_refused() {
        let mut bytes = bundle();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(Findings::of(&bytes, LimitArgs::default()).unwrap_err().code(), Code::BundleDigestMismatch);
        assert_eq!(Findings::of(b"PK", LimitArgs::default()).unwrap_err().code(), Code::BundleForeign);
    }

    #[test]
    fn variants_and_structs_in_words() {
        assert_eq!(words(&Feature::DwellLog), "dwell-log");
        assert_eq!(words(&Feature::ItemIndex { offset: 1, pad: 0 }), "item-index offset 1, pad 0");
        assert!(words(&BlendSpec::default()).contains("temperature 0.2"));
    }
}
