//! Time by kernel over the cases of a file: `cargo run --release -p nearhand-onnx --example profile -- FILE PATTERN [RUNS]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[derive(Deserialize)]
struct Index {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    model: (usize, usize),
    sets: Vec<Set>,
}

#[derive(Deserialize)]
struct Set {
    #[serde(rename = "in")]
    inputs: Vec<Packed>,
}

/// Name, element type, shape, and where the bytes are: start and length.
type Packed = (String, String, Vec<usize>, usize, usize);

fn unpack((_, dtype, shape, at, length): &Packed, body: &[u8]) -> Tensor {
    let bytes = &body[*at..at + length];
    macro_rules! numbers {
        ($kind:ident, $t:ty) => {
            Values::$kind(bytes.chunks_exact(size_of::<$t>()).map(|b| <$t>::from_le_bytes(b.try_into().unwrap())).collect())
        };
    }
    let values = match dtype.as_str() {
        "f32" => numbers!(F32, f32),
        "f64" => numbers!(F64, f64),
        "i64" => numbers!(I64, i64),
        "i32" => numbers!(I32, i32),
        "i8" => numbers!(I8, i8),
        "u8" => Values::U8(bytes.to_vec()),
        "bool" => Values::Bool(bytes.iter().map(|b| *b != 0).collect()),
        other => panic!("{other} is not profiled"),
    };
    Tensor { shape: shape.clone(), values }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = std::fs::read(arguments.next().expect("a file of cases")).unwrap();
    let pattern = arguments.next().unwrap_or_default();
    let runs: u32 = arguments.next().map_or(200, |n| n.parse().unwrap());
    let length = u32::from_le_bytes(file[8..12].try_into().unwrap()) as usize;
    let (index, body) = file[12..].split_at(length);
    let index: Index = serde_json::from_slice(index).unwrap();
    for case in index.cases.iter().filter(|c| c.name.contains(&pattern)) {
        let start = Instant::now();
        let mut graph = Graph::load(&body[case.model.0..case.model.0 + case.model.1], &ModelLimits::default()).unwrap();
        let loaded = start.elapsed();
        let inputs: Vec<Tensor> = case.sets[0].inputs.iter().map(|t| unpack(t, body)).collect();
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
