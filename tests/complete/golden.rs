//! Greedy texts and logits against those that onnxruntime answered.

use crate::models::{STORIES, TOK512, bytes, run, some, stories};
use nearhand::complete::{Completer, FinishReason, Go, Options, Spec};
use nearhand::onnx::ModelLimits;
use serde_json::Value;
use sha2::{Digest, Sha256};

const STORIES_TOLD: &str = include_str!("../golden/stories260k.json");
const FIXTURES_TOLD: &str = include_str!("../fixtures/complete/answers.json");

const DRAWN_TOLD: &str = include_str!("../golden/stories260k-drawn.json");

/// Largest difference between logits of ours and onnxruntime's.
const WITHIN: f32 = 1e-4;

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u32).collect()
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_story_is_onnxruntimes_token_by_token() {
    let told: Value = serde_json::from_str(STORIES_TOLD).unwrap();
    let mut completer = stories();
    let mut completion = completer.start("", some(200)).unwrap();
    let logits: Vec<(usize, Vec<f32>)> = told["logits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["after"].as_u64().unwrap() as usize, floats(&row["values"])))
        .collect();
    let mut held = 0;
    for at in 0..200 {
        completer.step(&mut completion, &mut || Go::On).unwrap();
        for (_, want) in logits.iter().filter(|(after, _)| *after == at) {
            let apart = apart(completion.logits(), want);
            assert!(apart < WITHIN, "{apart} behind {at} tokens");
            held += 1;
        }
    }
    assert_eq!(held, 5);
    let done = completer.finish(completion);
    assert_eq!(done.ids, ids(&told["ids"]));
    assert_eq!(done.text, told["text"].as_str().unwrap());
    assert!(done.text.starts_with("Once upon a time, there was a little girl named Lily."));
    assert_eq!((done.finish, done.usage.prompt, done.usage.completion), (FinishReason::Length, 1, 200));
}

#[test]
fn prompts_are_read_and_continued_as_there() {
    let told: Value = serde_json::from_str(STORIES_TOLD).unwrap();
    let mut completer = stories();
    for case in told["prompts"].as_array().unwrap() {
        let prompt = case["prompt"].as_str().unwrap();
        let done = run(&mut completer, prompt, some(40));
        let begun = ids(&case["ids"]);
        assert_eq!(done.ids[..begun.len()], begun);
        assert_eq!(done.completion, case["completion"].as_str().unwrap());
        assert_eq!(done.text, [prompt, &done.completion].concat());
    }
}

/// As optimum exports (`past_key_values.0.key`, masks, positions), and as onnxruntime-genai does (GroupQueryAttention).
#[test]
fn graphs_of_exporters_answer_as_there() {
    let told: Value = serde_json::from_str(FIXTURES_TOLD).unwrap();
    let models: [(&str, &[u8]); 2] = [
        ("optimum", include_bytes!("../fixtures/complete/optimum.onnx")),
        ("genai", include_bytes!("../fixtures/complete/genai.onnx")),
    ];
    for (name, model) in models {
        let spec = Spec { context: 64, begin: Some(256), ends: Vec::new(), padded: false };
        let mut completer = Completer::open(model.to_vec(), Box::new(bytes()), spec, &ModelLimits::default()).unwrap();
        let case = &told[name];
        let mut completion = completer.start(case["prompt"].as_str().unwrap(), some(24)).unwrap();
        for at in 0..24 {
            completer.step(&mut completion, &mut || Go::On).unwrap();
            if let Some(row) = [0, 23].iter().position(|n| *n == at) {
                let apart = apart(completion.logits(), &floats(&case["logits"][row]));
                assert!(apart < WITHIN, "{name}: {apart} behind {at}");
            }
        }
        let done = completer.finish(completion);
        assert_eq!(done.ids[done.ids.len() - 24..], ids(&case["ids"]), "{name}");
        // The same with the prompt's beginning there already, and behind an edit.
        let prompt = case["prompt"].as_str().unwrap();
        run(&mut completer, &prompt.replace('h', "H"), some(3));
        let again = run(&mut completer, prompt, some(24));
        assert_eq!(again.ids, done.ids, "{name}");
        assert_eq!(again.usage.reused, 1 + prompt.find('h').unwrap(), "{name}");
    }
}

#[test]
fn what_ships_is_what_was_recorded() {
    let sums = include_str!("../../models/stories260k/stories260k.sha256");
    for (name, bytes) in [("stories260k.onnx", STORIES), ("tok512.bin", TOK512)] {
        let digest: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert!(sums.lines().any(|line| line == format!("{digest}  {name}")), "{name}");
    }
}

/// The texts that Node, Chromium and workerd draw (`tests/js/package/complete`).
#[test]
fn the_same_seed_draws_the_text_that_wasm_draws() {
    let told: Value = serde_json::from_str(DRAWN_TOLD).unwrap();
    let mut completer = stories();
    for case in told["cases"].as_array().unwrap() {
        let given = &case["options"];
        let number = |name: &str, default: f64| given[name].as_f64().unwrap_or(default);
        let options = Options {
            max_tokens: number("maxTokens", 64.0) as usize,
            temperature: number("temperature", 0.0) as f32,
            top_k: number("topK", 0.0) as usize,
            top_p: number("topP", 1.0) as f32,
            min_p: number("minP", 0.0) as f32,
            repetition_penalty: number("repetitionPenalty", 1.0) as f32,
            seed: given["seed"].as_u64().unwrap(),
            ..Options::default()
        };
        let done = run(&mut completer, case["prompt"].as_str().unwrap(), options);
        assert_eq!(done.completion, case["completion"].as_str().unwrap(), "{given}");
    }
    let best = completer.best("Once upon a time", some(6), 3, &mut || Go::On).unwrap();
    let told = told["numbers"]["best"].as_array().unwrap();
    assert_eq!(best.len(), told.len());
    for (ours, told) in best.iter().zip(told) {
        assert_eq!(ours.completion, told[0].as_str().unwrap());
        assert!((f64::from(ours.score.unwrap()) - told[1].as_f64().unwrap()).abs() < 1e-4);
    }
}
