//! A token allocates what the engine takes and answers, and nothing else.

use crate::models::{bytes, some, stories};
use allocation_counter::measure;
use nearhand::complete::{Completer, Go, Options, Spec, Step};
use nearhand::onnx::{Graph, ModelLimits, Tensor};

const OPTIMUM: &[u8] = include_bytes!("../fixtures/complete/optimum.onnx");

/// By token, what the engine alone allocates for it: its inputs made, a run, its answer.
fn of_the_engine(from: usize, tokens: usize) -> Vec<u64> {
    let mut graph = Graph::load(OPTIMUM, &ModelLimits::default()).unwrap();
    let mut state = graph.state();
    let mut run = |ids: Vec<i64>| {
        let (before, new) = (state.len(), ids.len());
        let positions = (before as i64..(before + new) as i64).collect();
        let feed = vec![
            Tensor::i64(vec![1, new], ids),
            Tensor::i64(vec![1, before + new], vec![1; before + new]),
            Tensor::i64(vec![1, new], positions),
        ];
        drop(graph.run_state(&mut state, feed, &mut |_, _| true).unwrap());
    };
    run((0..from as i64).collect());
    (0..tokens).map(|_| measure(|| run(vec![7])).count_total).collect()
}

#[test]
fn a_token_allocates_what_the_engine_does() {
    let spec = Spec { context: 64, begin: Some(256), ends: Vec::new(), padded: false };
    let mut completer = Completer::open(OPTIMUM.to_vec(), Box::new(bytes()), spec, &ModelLimits::default()).unwrap();
    let filters = Options { temperature: 0.9, top_k: 40, top_p: 0.9, min_p: 0.01, repetition_penalty: 1.1, ..some(40) };
    for options in [some(40), filters, Options { stop: vec!["never".into()], min_confidence: 1e-9, ..some(40) }] {
        completer.forget();
        let mut completion = completer.start("abc", options).unwrap();
        let mut counted = Vec::new();
        for _ in 0..40 {
            let mut step = || completer.step(&mut completion, &mut || Go::On).unwrap();
            let mut said = Step::Read;
            counted.push(measure(|| said = step()).count_total);
            assert!(!matches!(said, Step::Read));
        }
        // The first step reads four tokens; the n-th is the run behind n + 3 others.
        let engine = of_the_engine(4, 39);
        println!("allocations step={} engine={}", counted[20], engine[19]);
        for at in 8..39 {
            assert!(counted[at] <= engine[at - 1], "token {at}: {} and {}", counted[at], engine[at - 1]);
        }
    }
}

/// Nor does the memory of all layers in one: a step costs the same, and its buffers as well.
#[test]
fn the_story_model_takes_as_much_for_every_token() {
    let mut completer = stories();
    let mut completion = completer.start("", some(60)).unwrap();
    let mut counted = Vec::new();
    for _ in 0..60 {
        counted.push(
            measure(|| {
                completer.step(&mut completion, &mut || Go::On).unwrap();
            })
            .count_total,
        );
    }
    println!("allocations story step={}", counted[30]);
    assert!(counted[10..].iter().all(|count| *count == counted[10]), "{counted:?}");
    // Five inputs, three outputs: each a shape and values, and the lists.
    assert!(counted[10] <= 24, "{}", counted[10]);
}
