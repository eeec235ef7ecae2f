//! Rows a second over a log of card transactions on standard input: id, seconds, card, terminal, amount, fraud, separated by commas; on as many
//! threads as is said [the machine's, at most one a key].
//!
//! `zcat transactions.csv.gz | cargo run --release -p nearhand-features --example throughput -- models/card-fraud/features.json 2`
#![allow(clippy::unwrap_used, missing_docs)]

use nearhand_features::{Columns, Seen, Spec, Windows};
use std::io::Read;
use std::time::Instant;

/// The first second of the log, 2018-04-01, Unix milliseconds.
const START: i64 = 1_522_540_800_000;
/// Rows whose features are there at a time, as whoever writes a table has them.
const PART: usize = 1 << 13;

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
    let (features, mut observed, mut sum) = (spec.features().len(), 0_u64, 0.0);
    let mut out = vec![0.0; rows.len().min(PART) * features];
    let most = spec.keys().len().max(1);
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = std::env::args().nth(2).map_or_else(all, |threads| threads.parse().unwrap()).clamp(1, most);
    let mut windows = Windows::new(spec);
    let begun = Instant::now();
    for from in (0..rows.len()).step_by(PART) {
        let part = from..rows.len().min(from + PART);
        let columns = Columns {
            times: &times[part.clone()],
            ids: &ids[part.clone()],
            keys: &[&cards[part.clone()], &terminals[part.clone()]],
            amounts: &[&amounts[part.clone()]],
            labels: &labels[part.clone()],
            ..Columns::default()
        };
        let out = &mut out[..part.len() * features];
        let each = &mut |_, seen: Seen| observed += u64::from(seen.outcome.has_features());
        windows.observe_all_on(threads, &columns, out, each).unwrap();
        sum += out.iter().sum::<f64>();
    }
    let seconds = begun.elapsed().as_secs_f64();
    let snapshot = windows.snapshot().len();
    let each = rows.len() as f64 / seconds;
    println!(
        "throughput rows={observed} features={features} threads={threads} seconds={seconds:.2} rows_a_second={each:.0} snapshot_bytes={snapshot} sum={sum}"
    );
}
