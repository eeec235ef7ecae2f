//! Time by kernel over the cases of a file: `cargo run --release -p nearhand-onnx --example profile -- FILE PATTERN [RUNS]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/cases.rs"]
#[allow(dead_code)]
mod cases;

use cases::{open, unpack};
use nearhand_onnx::{Graph, ModelLimits, Tensor};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = std::fs::read(arguments.next().expect("a file of cases")).unwrap();
    let pattern = arguments.next().unwrap_or_default();
    let runs: u32 = arguments.next().map_or(200, |n| n.parse().unwrap());
    let (index, body) = open(&file);
    for case in index.cases.iter().filter(|c| c.name.contains(&pattern)) {
        let start = Instant::now();
        let mut graph = Graph::load(case.model(body), &ModelLimits::default()).unwrap();
        let loaded = start.elapsed();
        let inputs: Vec<Tensor> = case.sets[0].inputs.iter().map(|t| unpack(t, body).expect("a tensor")).collect();
        graph.run(inputs.clone()).unwrap();
        let mut steps: BTreeMap<&'static str, (u32, Duration)> = BTreeMap::new();
        let start = Instant::now();
        for _ in 0..runs {
            let (mut last, mut since) = ("", Instant::now());
            graph
                .run_watched(inputs.clone(), &mut |_, name| {
                    let entry = steps.entry(last).or_default();
                    *entry = (entry.0 + 1, entry.1 + since.elapsed());
                    (last, since) = (name, Instant::now());
                    true
                })
                .unwrap();
            let entry = steps.entry(last).or_default();
            *entry = (entry.0 + 1, entry.1 + since.elapsed());
        }
        println!("{} load {loaded:?}, a run {:?}", case.name, start.elapsed() / runs);
        let mut rows: Vec<_> = steps.into_iter().collect();
        rows.sort_by_key(|(_, (_, time))| std::cmp::Reverse(*time));
        for (name, (count, time)) in rows {
            println!("  {:>10.2?} {:>4} {name}", time / runs, count / runs);
        }
    }
}
