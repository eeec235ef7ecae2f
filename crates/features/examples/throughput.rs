//! Rows a second over a log of card transactions on standard input: id, seconds, card, terminal, amount, fraud, separated by commas.
//!
//! `zcat transactions.csv.gz | cargo run --release -p nearhand-features --example throughput -- models/card-fraud/features.json`
#![allow(clippy::unwrap_used, missing_docs)]

use nearhand_features::{Columns, Seen, Spec, Windows};
use std::io::Read;
use std::time::Instant;

/// The first second of the log, 2018-04-01, Unix milliseconds.
const START: i64 = 1_522_540_800_000;

fn main() {
    let spec = Spec::from_json(&std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap()).unwrap();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<&str>>();
    let times: Vec<i64> = rows.iter().map(|row| START + row[1].parse::<i64>().unwrap() * 1000).collect();
    let delay = spec.label().map_or(0, |label| label.delay);
    let labels: Vec<Option<(bool, i64)>> =
        rows.iter().zip(&times).map(|(row, time)| Some((row[5] == "1", time + delay))).collect();
    let amounts: Vec<i64> = rows.iter().map(|row| spec.units(0, row[4].parse().unwrap()).unwrap()).collect();
    let (ids, cards, terminals) = (column(0), column(2), column(3));
    let columns = Columns {
        times: &times,
        ids: &ids,
        keys: &[&cards, &terminals],
        amounts: &[&amounts],
        labels: &labels,
        ..Columns::default()
    };
    let (features, mut observed) = (spec.features().len(), 0_u64);
    let mut out = vec![0.0; rows.len() * features];
    let mut windows = Windows::new(spec);
    let begun = Instant::now();
    windows.observe_all(&columns, &mut out, &mut |_, seen: Seen| observed += u64::from(seen.outcome.has_features())).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let sum: f64 = out.iter().sum();
    let snapshot = windows.snapshot().len();
    let each = rows.len() as f64 / seconds;
    println!(
        "throughput rows={observed} features={features} seconds={seconds:.2} rows_a_second={each:.0} snapshot_bytes={snapshot} sum={sum}"
    );
}
