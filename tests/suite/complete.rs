//! The story model says the same in every runtime: greedy, drawn, and after learning.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use nearhand::complete::{Adapting, Completed, Completer, Go, Options, Spec, Vocabulary};
use nearhand::error::Result;
use nearhand::onnx::ModelLimits;

const MODEL: &[u8] = include_bytes!("../../models/stories260k/stories260k.onnx");
const TOKENS: &[u8] = include_bytes!("../../models/stories260k/tok512.bin");
const TOLD: &str = include_str!("../golden/stories260k.json");

/// Pieces of llama2.c's file. What is asked here begins with nothing, so that nothing is encoded.
struct Pieces(Vec<Vec<u8>>);

impl Vocabulary for Pieces {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn piece(&self, id: u32) -> &[u8] {
        self.0.get(id as usize).map_or(&[], Vec::as_slice)
    }

    fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        ids.extend(text.bytes().map(|b| u32::from(b) + 3));
        Ok(())
    }

    fn special(&self, _: &str) -> Option<u32> {
        None
    }

    fn begins_with_space(&self) -> bool {
        true
    }
}

fn completer() -> Completer {
    let (mut pieces, mut at) = (Vec::new(), 4);
    while at < TOKENS.len() {
        let length = u32::from_le_bytes(TOKENS[at + 4..at + 8].try_into().unwrap()) as usize;
        let id = pieces.len();
        pieces.push(match id {
            0..3 => Vec::new(),
            3..259 => vec![(id - 3) as u8],
            _ => TOKENS[at + 8..at + 8 + length].to_vec(),
        });
        at += 8 + length;
    }
    let spec = Spec { context: 512, begin: Some(1), ends: vec![1, 2], padded: false };
    Completer::open(MODEL.to_vec(), Box::new(Pieces(pieces)), spec, &ModelLimits::default()).unwrap()
}

fn run(completer: &mut Completer, options: Options) -> Completed {
    completer.complete("", options, &mut || Go::On, &mut |_| {}).unwrap()
}

#[test]
fn the_story_and_its_logits_are_the_references() {
    let told: serde_json::Value = serde_json::from_str(TOLD).unwrap();
    let mut completer = completer();
    let mut completion = completer.start("", Options { max_tokens: 200, ..Options::default() }).unwrap();
    let mut held = 0;
    for at in 0..200 {
        completer.step(&mut completion, &mut || Go::On).unwrap();
        for row in told["logits"].as_array().unwrap().iter().filter(|row| row["after"] == at) {
            for (have, want) in completion.logits().iter().zip(row["values"].as_array().unwrap()) {
                assert!((f64::from(*have) - want.as_f64().unwrap()).abs() < 1e-4);
                held += 1;
            }
        }
    }
    assert_eq!(held, 5 * 512);
    assert_eq!(completer.finish(completion).text, told["text"].as_str().unwrap());
}

/// Drawn from a seed, recorded natively.
#[test]
fn a_seed_draws_the_same_text_everywhere() {
    let options =
        Options { max_tokens: 60, temperature: 0.9, top_p: 0.95, seed: 15, repetition_penalty: 1.1, ..Options::default() };
    let done = run(&mut completer(), options);
    let drawn = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park with her mommy and daddy. \
                 One day, she saw a big hole in the rain. It was a";
    assert_eq!(done.completion, drawn);
}

/// Log-probabilities of what was learnt, recorded natively: the sums have one order everywhere.
#[test]
fn what_is_learnt_is_the_same_everywhere() {
    let mut completer = completer();
    completer.adapting(Some(Adapting::default())).unwrap();
    let done = run(&mut completer, Options { max_tokens: 40, ..Options::default() });
    for _ in 0..2 {
        completer.likelihood_of(&done.ids, 1, true).unwrap();
    }
    let likely = completer.likelihood_of(&done.ids, 1, false).unwrap();
    assert!((likely.logprob - LEARNT).abs() < 1e-3, "{}", likely.logprob);
    assert_eq!(likely.first, 40);
}

const LEARNT: f64 = -7.402_283;
