//! What a token costs of the decoders in a file of cases, with states and without: `cargo run --release -p nearhand-onnx --example decode
//! -- FILE PATTERN [TOKENS]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/cases.rs"]
#[allow(dead_code)]
mod cases;

use cases::{open, unpack};
use nearhand_onnx::{Graph, ModelLimits, State, Tensor};
use std::time::{Duration, Instant};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = std::fs::read(arguments.next().expect("a file of cases")).unwrap();
    let pattern = arguments.next().unwrap_or_default();
    let tokens: usize = arguments.next().map_or(40, |n| n.parse().unwrap());
    let (index, body) = open(&file);
    for case in index.cases.iter().filter(|c| c.name.contains(&pattern)) {
        let mut graph = Graph::load(case.model(body), &ModelLimits::default()).unwrap();
        let inputs: Vec<Tensor> = case.sets[0].inputs.iter().map(|t| unpack(t, body).expect("a tensor")).collect();
        let ports = graph.interface().inputs.clone();
        let mut state = graph.state();
        let mut given = Vec::new();
        for (port, tensor) in ports.iter().zip(&inputs) {
            if state.set(&port.name, tensor).is_err() {
                given.push(tensor.clone());
            }
        }
        if state.ports().is_empty() {
            continue;
        }
        let mut names = Vec::new();
        let mut step = |graph: &mut Graph, state: &mut State| {
            let start = Instant::now();
            graph
                .run_state(state, given.clone(), &mut |_, name| {
                    names.push(name);
                    true
                })
                .unwrap();
            start.elapsed()
        };
        let (mut new, mut kept, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..tokens {
            let mut again = state.clone();
            new.push(step(&mut graph, &mut state));
            kept.push(step(&mut graph, &mut again));
        }
        let first = Instant::now();
        graph.run(inputs.clone()).unwrap();
        let first = first.elapsed();
        for _ in 0..tokens {
            let start = Instant::now();
            graph.run(inputs.clone()).unwrap();
            plain.push(start.elapsed());
        }
        names.sort_unstable();
        names.dedup();
        println!(
            "{} from {} rows: a token {:?}, with its plan kept {:?}; without states {:?}, the first {first:?}; steps {}",
            case.name,
            state.len() - tokens,
            median(new),
            median(kept),
            median(plain),
            names.join(" ")
        );
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
