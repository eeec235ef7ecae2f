//! The finished bundle on pairs that nobody has trained on.

use crate::choosing::parts::Line;
use crate::eval::{Rule, Variant, below, measure, variants};
use crate::items::ItemList;
use crate::sessions::PairFile;
use crate::train::checkpoint::Checkpoint;
use nearhand::bundle::sha256_hex;
use nearhand::{Engine, Result, Settings};
use std::collections::BTreeMap;

/// The finished bundle through the engine, and its parts alone: figures for the manifest, lines for the report. What has been
/// measured of these pairs is not measured anew.
pub(super) fn test(
    bytes: &[u8],
    pairs: &PairFile,
    items: &ItemList,
    rule: Rule,
    checkpoint: &mut Checkpoint,
) -> Result<(BTreeMap<String, f64>, Vec<Line>)> {
    let engine = Engine::open(bytes, &Settings::unbounded())?;
    let name = engine.manifest().name.clone();
    let pairs = pairs.resolve(&items.keys_in(engine.catalog()))?;
    let asked = sha256_hex(format!("{} {rule:?} {:?}", engine.manifest().sha256, pairs.pairs).as_bytes());
    let (mut lines, mut parts) = (Vec::new(), Vec::new());
    let mut figures = BTreeMap::from([("pairs".to_owned(), pairs.pairs.len() as f64)]);
    for variant in variants(engine) {
        let part = variant.suffix().trim_start_matches('/');
        let (told, measured) = checkpoint.step(&format!("test {part} {asked}"), |_| {
            let report = measure(bytes, &pairs.pairs, rule, variant)?;
            let line = |(rule, metrics): (&str, &nearhand::rank::metrics::Metrics)| Line {
                label: format!("{part} {rule}"),
                pairs: metrics.pairs() as usize,
                hr: metrics.hit_rate(),
                mrr: metrics.mrr(),
            };
            let measured = [("all", &report.all), ("explore", &report.explore)].map(line).to_vec();
            Ok((report.to_string(), measured))
        })?;
        println!("test {name}{} {told}{pairs}", variant.suffix());
        let mut note = |what: &str, at: usize| {
            if let Some(line) = measured.get(at) {
                figures.insert(format!("{what}hr@20"), round(line.hr));
                figures.insert(format!("{what}mrr@20"), round(line.mrr));
            }
        };
        match variant {
            Variant::Blend => {
                note("", 0);
                note("explore_", 1);
            }
            Variant::Vectors => note("vectors_", 0),
            Variant::Table => note("table_", 0),
            Variant::Popularity => {}
        }
        parts.extend(measured.first().map(|all| (variant, all.hr, all.mrr)));
        lines.extend(measured);
    }
    for line in below(rule.k, &parts) {
        eprintln!("test {name}: {line}");
    }
    Ok((figures, lines))
}

/// As the manifest holds a figure.
pub(super) fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Bytes that the figures of [`test`] may take in a manifest beyond those of a bundle without.
pub(super) const FIGURES: usize = 320;
