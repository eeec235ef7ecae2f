//! The finished bundle on pairs that nobody has trained on.

use super::report::Line;
use crate::eval::{Rule, Variant, below, measure, variants};
use crate::items::ItemList;
use crate::sessions::PairFile;
use nearhand::{Engine, Result, Settings};
use std::collections::BTreeMap;

/// The finished bundle through the engine, and its parts alone: figures for the manifest, lines for the report.
pub(super) fn test(bytes: &[u8], pairs: &PairFile, items: &ItemList, rule: Rule) -> Result<(BTreeMap<String, f64>, Vec<Line>)> {
    let engine = Engine::open(bytes, &Settings::default())?;
    let name = engine.manifest().name.clone();
    let pairs = pairs.resolve(&items.keys_in(engine.catalog()))?;
    let mut lines = Vec::new();
    let mut reports = Vec::new();
    let mut figures = BTreeMap::from([("pairs".to_owned(), pairs.pairs.len() as f64)]);
    for variant in variants(engine) {
        let report = measure(bytes, &pairs.pairs, rule, variant)?;
        println!("test {name}{} {report}{pairs}", variant.suffix());
        let what = [("all", &report.all), ("explore", &report.explore)];
        lines.extend(what.map(|(rule, metrics)| Line {
            label: format!("{} {rule}", variant.suffix().trim_start_matches('/')),
            pairs: metrics.pairs() as usize,
            hr: metrics.hit_rate(),
            mrr: metrics.mrr(),
        }));
        let mut note = |what: &str, value: f64| figures.insert(what.to_owned(), round(value));
        match variant {
            Variant::Blend => {
                note("hr@20", report.all.hit_rate());
                note("mrr@20", report.all.mrr());
                note("explore_hr@20", report.explore.hit_rate());
                note("explore_mrr@20", report.explore.mrr());
            }
            Variant::Vectors => {
                note("vectors_hr@20", report.all.hit_rate());
                note("vectors_mrr@20", report.all.mrr());
            }
            Variant::Table => {
                note("table_hr@20", report.all.hit_rate());
                note("table_mrr@20", report.all.mrr());
            }
            Variant::Popularity => {}
        }
        reports.push((variant, report));
    }
    for line in below(&reports) {
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
