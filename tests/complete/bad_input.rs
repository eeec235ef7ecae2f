//! What is refused, by which code, and what is said of it.

use crate::models::{List, axes, bytes, cached, run, says, some, stories, table};
use crate::onnx::{constant, int, node, port};
use nearhand::complete::{Adapting, Allowed, Completer, Go, Options, Spec, prompt_of};
use nearhand::error::Error;
use nearhand::onnx::ModelLimits;
use std::sync::Arc;

fn spec() -> Spec {
    Spec { context: 32, begin: None, ends: Vec::new(), padded: false }
}

fn open(model: Vec<u8>, pieces: &[&str]) -> Result<Completer, Error> {
    Completer::open(model, Box::new(List::of(pieces)), spec(), &ModelLimits::default())
}

fn code(error: &Error) -> &'static str {
    error.code().as_str()
}

fn detail<'a>(error: &'a Error, name: &str) -> &'a str {
    error.details().iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
}

#[test]
fn prompts_that_are_no_text_or_too_long() {
    assert_eq!(prompt_of("é".as_bytes()).unwrap(), "é");
    let error = prompt_of(b"ab\xffc").unwrap_err();
    assert_eq!((code(&error), detail(&error, "at")), ("prompt-invalid", "2"));
    let error = stories().start(&"a".repeat((4 << 20) + 1), some(1)).unwrap_err();
    assert_eq!((code(&error), detail(&error, "bytes")), ("prompt-too-long", "4194305"));
    // Long, but a prompt: the newest of it counts.
    let mut completer = says(&["a", "b"], &[("a", &[("b", 3.0)])], &[]);
    let done = run(&mut completer, &"a".repeat(100_000), some(1));
    assert_eq!((done.completion.as_str(), done.usage.prompt), ("b", 100_000));
    assert!(done.usage.dropped > 99_900);
    // Characters that are hard to write are only text.
    let done = run(&mut stories(), "\0\u{202e}\u{feff}👩‍👩‍👧\u{10ffff}", some(2));
    assert!(done.text.starts_with("\0\u{202e}\u{feff}👩‍👩‍👧\u{10ffff}"));
}

#[test]
fn tokens_that_the_tokenizer_does_not_have() {
    let words = List::of(&["<s>", "a"]);
    let error = Spec::named(&words, 32, Some("<s>"), &["</s>"]).unwrap_err();
    assert_eq!((code(&error), detail(&error, "token")), ("token-unknown", "</s>"));
    let beyond = Spec { ends: vec![2], ..spec() };
    let error = Completer::open(table(2, &vec![vec![0.0; 2]; 2]), Box::new(words), beyond, &ModelLimits::default()).unwrap_err();
    assert_eq!((code(&error), detail(&error, "token")), ("token-unknown", "2"));
    let error = stories().start("a", Options { blocked: vec![vec![5, 512]], ..some(1) }).unwrap_err();
    assert_eq!((code(&error), detail(&error, "token")), ("token-unknown", "512"));
}

#[test]
fn a_tokenizer_that_does_not_fit_the_model() {
    for pieces in [&["a", "b"][..], &["a", "b", "c", "d"]] {
        let error = open(table(3, &vec![vec![0.0; 3]; 3]), pieces).unwrap_err();
        assert_eq!(
            (code(&error), detail(&error, "columns"), detail(&error, "tokens")),
            ("tokenizer-mismatch", "3", &*pieces.len().to_string())
        );
    }
    // Columns for padding, where they are expected: the largest logit is one of them.
    let rows = vec![vec![1.0, 2.0, 9.0]; 3];
    let padded = Spec { padded: true, ..spec() };
    let mut completer =
        Completer::open(table(3, &rows), Box::new(List::of(&["a", "b"])), padded.clone(), &ModelLimits::default()).unwrap();
    assert_eq!(run(&mut completer, "a", some(2)).completion, "bb");
    let error = Completer::open(table(3, &rows), Box::new(List::of(&["a"; 4])), padded, &ModelLimits::default()).unwrap_err();
    assert_eq!(code(&error), "tokenizer-mismatch");
    // Where the file does not tell, the first run does.
    let mut file = cached(3, &[]);
    file.outputs = vec![port("logits", 1, &[-1, -1, -1])];
    let mut completer = open(file.bytes(), &["a", "b"]).unwrap();
    let mut completion = completer.start("a", some(1)).unwrap();
    assert_eq!(code(&completer.step(&mut completion, &mut || Go::On).unwrap_err()), "tokenizer-mismatch");
}

#[test]
fn caches_that_disagree() {
    let refused = |caches: &[(&str, &str, i64, i64)]| open(cached(3, caches).bytes(), &["a", "b", "c"]).unwrap_err();
    let (key, value) = ("past_key_values.0.key", "past_key_values.0.value");
    let (key_out, value_out) = ("present.0.key", "present.0.value");
    let good = open(cached(3, &[(key, key_out, 1, 1), (value, value_out, 1, 1)]).bytes(), &["a", "b", "c"]);
    assert_eq!(run(&mut good.unwrap(), "a", some(3)).completion, "bca");
    // Heads differ from what comes out, keys from values; and nothing comes out at all.
    let error = refused(&[(key, key_out, 1, 1), (value, value_out, 1, 2)]);
    assert_eq!((code(&error), detail(&error, "input"), detail(&error, "have")), ("model-mismatch", value, "f32 [1, 1, ?, 1]"));
    let error = refused(&[(key, key_out, 1, 1), (value, value_out, 2, 2)]);
    assert_eq!((code(&error), detail(&error, "input"), detail(&error, "values")), ("model-mismatch", key, "2"));
    let mut file = cached(3, &[]);
    file.inputs.push(port(key, 1, &[1, 1, -1, 1]));
    let error = open(file.bytes(), &["a", "b", "c"]).unwrap_err();
    assert_eq!((code(&error), detail(&error, "input")), ("model-mismatch", key));
    // All layers in one, of other widths; and without a mask of floats.
    for (new, masked, why) in [([1, 1, -1, 2], true, "shapes"), ([1, 1, -1, 1], false, "mask")] {
        let mut file = cached(3, &[]);
        file.inputs.push(port("past_k", 1, &[1, 1, -1, 1]));
        file.outputs.push(port("new_k", 1, &new));
        file.nodes.push(node("Identity", "row", "new_k", &[]));
        if masked {
            file.inputs.push(port("mask", 1, &[-1, -1]));
        }
        let error = open(file.bytes(), &["a", "b", "c"]).unwrap_err();
        assert!(code(&error) == "model-mismatch" && detail(&error, "why").contains(why), "{error}");
    }
}

#[test]
fn graphs_that_are_no_language_models() {
    let words = ["a", "b", "c"];
    // An input that nobody fills, by name; one of another type; one of fixed length; two texts.
    for (name, kind, dims) in [
        ("pixel_values", 1, &[-1, -1][..]),
        ("attention_mask", 11, &[-1, -1]),
        ("position_ids", 7, &[-1, 8]),
        ("position_ids", 7, &[2, -1]),
    ] {
        let mut file = cached(3, &[]);
        file.inputs.push(port(name, kind, dims));
        let error = open(file.bytes(), &words).unwrap_err();
        assert_eq!((code(&error), detail(&error, "input")), ("model-mismatch", name), "{error}");
    }
    let mut file = cached(3, &[]);
    file.inputs.push(port("ids", 7, &[-1, -1]));
    assert_eq!(detail(&open(file.bytes(), &words).unwrap_err(), "input"), "ids");
    let mut file = cached(3, &[]);
    file.outputs = vec![port("row", 1, &[-1, 1, -1, 1]), port("new", 1, &[-1, -1])];
    assert!(detail(&open(file.bytes(), &words).unwrap_err(), "why").contains("logits"));
    // Logits of double width.
    let mut file = cached(3, &[]);
    file.outputs = vec![port("double", 11, &[-1, -1, 3])];
    file.nodes.push(node("Cast", "logits", "double", &[int("to", 11)]));
    let error = open(file.bytes(), &words).unwrap_err();
    assert!(code(&error) == "model-mismatch" && detail(&error, "type") == "f64", "{error}");
    assert_eq!(code(&open(b"no model".to_vec(), &words).unwrap_err()), "model-malformed");
    assert_eq!(code(&open(Vec::new(), &words).unwrap_err()), "model-malformed");
    // Logits of one position, whatever comes in, are enough to go on from.
    let mut file = cached(3, &[]);
    file.nodes.push(node("Gather", "logits last", "end", &[int("axis", 1)]));
    file.constants.push(constant("last", 7, &[1], &axes(&[-1])));
    file.outputs = vec![port("end", 1, &[-1, 1, 3])];
    assert_eq!(run(&mut open(file.bytes(), &words).unwrap(), "ab", some(3)).completion, "cab");
}

#[test]
fn logits_that_are_no_numbers() {
    for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let rows = [vec![0.0, 3.0, 0.0], vec![0.0, wrong, 0.0], vec![0.0; 3]];
        let mut completer = open(table(3, &rows), &["a", "b", "c"]).unwrap();
        let mut completion = completer.start("a", some(5)).unwrap();
        completer.step(&mut completion, &mut || Go::On).unwrap();
        // Each time the same, and the text that was there is kept.
        for _ in 0..2 {
            let error = completer.step(&mut completion, &mut || Go::On).unwrap_err();
            assert_eq!((code(&error), detail(&error, "token")), ("logits-not-finite", "1"));
        }
        assert_eq!(completer.finish(completion).completion, "b");
        assert_eq!(run(&mut completer, "c", some(1)).completion, "a");
    }
}

#[test]
fn options_out_of_range() {
    let mut completer = stories();
    let long = "x".repeat(1025);
    let wrong = [
        ("maxTokens", Options { max_tokens: 65_537, ..some(1) }),
        ("stop", Options { stop: vec![String::new()], ..some(1) }),
        ("stop", Options { stop: vec![long], ..some(1) }),
        ("stop", Options { stop: vec!["x".into(); 65], ..some(1) }),
        ("temperature", Options { temperature: -0.1, ..some(1) }),
        ("temperature", Options { temperature: f32::NAN, ..some(1) }),
        ("temperature", Options { temperature: f32::INFINITY, ..some(1) }),
        ("topP", Options { top_p: 0.0, ..some(1) }),
        ("topP", Options { top_p: 1.1, ..some(1) }),
        ("topP", Options { top_p: f32::NAN, ..some(1) }),
        ("minP", Options { min_p: -1.0, ..some(1) }),
        ("repetitionPenalty", Options { repetition_penalty: 0.0, ..some(1) }),
        ("repetitionPenalty", Options { repetition_penalty: f32::NAN, ..some(1) }),
        ("logprobs", Options { logprobs: Some(21), ..some(1) }),
        ("minConfidence", Options { min_confidence: 1.5, ..some(1) }),
        ("blocked", Options { blocked: vec![Vec::new()], ..some(1) }),
        ("keep", Options { keep: 256, ..some(1) }),
    ];
    for (option, options) in wrong {
        let error = completer.start("a", options).unwrap_err();
        assert_eq!((code(&error), detail(&error, "option")), ("invalid-option", option));
    }
    assert_eq!(code(&completer.best("a", some(1), 0, &mut || Go::On).unwrap_err()), "invalid-option");
    assert_eq!(code(&completer.best("a", some(1), 17, &mut || Go::On).unwrap_err()), "invalid-option");
    let adapting = Adapting::default();
    let weights = |weight| Adapting { ngram_weights: [0.2, weight, 0.4, 0.5], ..adapting };
    let wrong = [
        ("ngramBits", Adapting { ngram_bits: 7, ..adapting }),
        ("ngramBits", Adapting { ngram_bits: 21, ..adapting }),
        ("ngramBits", Adapting { ngram_bits: u32::MAX, ..adapting }),
        ("ngramOrder", Adapting { ngram_order: 0, ..adapting }),
        ("ngramOrder", Adapting { ngram_order: 5, ..adapting }),
        ("ngramWeights", weights(0.0)),
        ("ngramWeights", weights(1.0)),
        ("ngramWeights", weights(f32::NAN)),
        ("ngramRate", Adapting { ngram_rate: -0.1, ..adapting }),
        ("ngramRate", Adapting { ngram_rate: f32::NAN, ..adapting }),
        ("biasRate", Adapting { bias_rate: 1.1, ..adapting }),
        ("biasMost", Adapting { bias_most: 20.5, ..adapting }),
        ("biasMost", Adapting { bias_most: f32::NAN, ..adapting }),
    ];
    for (option, adapting) in wrong {
        let error = completer.adapting(Some(adapting)).unwrap_err();
        assert_eq!((code(&error), detail(&error, "option")), ("invalid-option", option));
    }
    for texts in [&[][..], &["a", ""]] {
        assert_eq!(code(&Allowed::new(texts.iter().copied()).unwrap_err()), "invalid-option");
    }
    for context in [0, 1, (1 << 20) + 1] {
        let narrow = Spec { context, ..spec() };
        let made = Completer::open(table(1, &[vec![0.0]]), Box::new(List::of(&["a"])), narrow, &ModelLimits::default());
        assert_eq!(code(&made.unwrap_err()), "invalid-option");
    }
    // The smallest context there is, and the smallest numbers.
    let small = Spec { context: 2, ..spec() };
    let model = table(2, &[vec![0.0, 1.0], vec![1.0, 0.0]]);
    let mut completer = Completer::open(model, Box::new(List::of(&["a", "b"])), small, &ModelLimits::default()).unwrap();
    assert_eq!(run(&mut completer, "abab", some(5)).completion, "ababa");
    let options = Options { temperature: f32::MIN_POSITIVE, min_p: 1.0, top_p: f32::MIN_POSITIVE, ..some(3) };
    assert_eq!(run(&mut completer, "b", options).completion, "aba");
}

/// Stop texts that never come, a blocklist that leaves nothing, a list that this tokenizer cannot write.
#[test]
fn what_can_never_be_met() {
    let mut completer = says(&["a", "b"], &[], &[]);
    let done = run(&mut completer, "a", Options { stop: vec!["zzz".into()], ..some(3) });
    assert_eq!(done.completion, "aaa");
    let error = completer.complete("a", Options { blocked: vec![vec![0], vec![1]], ..some(3) }, &mut || Go::On, &mut |_| {});
    assert_eq!(code(&error.unwrap_err()), "nothing-allowed");
    let allowed = Some(Arc::new(Allowed::new(["abc"]).unwrap()));
    for greedy in [true, false] {
        let options = Options { allowed: allowed.clone(), temperature: if greedy { 0.0 } else { 1.0 }, ..some(3) };
        let mut completion = completer.start("a", options).unwrap();
        assert!(
            completer.step(&mut completion, &mut || Go::On).is_ok() && completer.step(&mut completion, &mut || Go::On).is_ok()
        );
        assert_eq!(code(&completer.step(&mut completion, &mut || Go::On).unwrap_err()), "nothing-allowed");
        assert_eq!(completer.finish(completion).completion, "ab");
    }
    let error = completer.best("a", Options { blocked: vec![vec![0], vec![1]], ..some(3) }, 2, &mut || Go::On).unwrap_err();
    assert_eq!(code(&error), "nothing-allowed");
}

#[test]
fn tokens_of_another_tokenizer_are_not_judged() {
    let mut completer = stories();
    let error = completer.likelihood_of(&[1, 5, 9, 99_999], 1, true).unwrap_err();
    assert_eq!((code(&error), detail(&error, "token")), ("token-unknown", "99999"));
    let error = completer.likelihood_of(&[1, 5, 9], 77, false).unwrap_err();
    assert_eq!((code(&error), detail(&error, "from")), ("invalid-option", "77"));
}

/// Every file cut short, and with bytes turned: an answer or an error, never a panic.
#[test]
fn a_damaged_model_is_refused_or_answers() {
    let whole = include_bytes!("../fixtures/complete/optimum.onnx");
    let begin = Spec { context: 32, begin: Some(256), ends: Vec::new(), padded: false };
    for at in (0..whole.len()).step_by(1499) {
        for turned in [false, true] {
            let mut file = whole.to_vec();
            if turned {
                file[at] ^= 0x5a;
            } else {
                file.truncate(at);
            }
            if let Ok(mut completer) = Completer::open(file, Box::new(bytes()), begin.clone(), &ModelLimits::default()) {
                drop(completer.complete("ab", some(2), &mut || Go::On, &mut |_| {}));
            }
        }
    }
}
