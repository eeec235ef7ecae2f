//! One token a call: what happens between two of them, and two completions at once.

use crate::models::{List, cached, run, some, stories};
use crate::onnx::{int, node, port, weight};
use nearhand::complete::{Completer, FinishReason, Go, Options, Spec, Step};
use nearhand::onnx::ModelLimits;

#[test]
fn two_completions_at_once_do_not_disturb_each_other() {
    let (prompts, mut completer) = (["Once upon a time", "Tom and Lily"], stories());
    let alone = prompts.map(|prompt| run(&mut stories(), prompt, some(20)).text);
    let mut both = prompts.map(|prompt| completer.start(prompt, some(20)).unwrap());
    while both.iter().any(|c| c.finish().is_none()) {
        for completion in &mut both {
            completer.step(completion, &mut || Go::On).unwrap();
        }
    }
    assert_eq!(both.map(|c| completer.finish(c).text), alone);
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut completer = stories();
    let mut first = completer.start("Once upon a time", Options { temperature: 1.0, seed: 5, ..some(20) }).unwrap();
    for _ in 0..5 {
        completer.step(&mut first, &mut || Go::On).unwrap();
    }
    let mut second = first.clone();
    let mut texts = Vec::new();
    for completion in [&mut first, &mut second] {
        while completion.finish().is_none() {
            completer.step(completion, &mut || Go::On).unwrap();
        }
        texts.push(completion.completion().to_owned());
    }
    assert_eq!(texts[0], texts[1]);
}

/// A long prompt is read in parts, between which the host is asked, and dropping a completion halfway leaves the completer whole.
#[test]
fn a_long_prompt_is_read_in_parts() {
    let prompt = "Tom had a red ball and a big blue box. ".repeat(11);
    let mut completer = stories();
    let mut completion = completer.start(&prompt, some(2)).unwrap();
    let tokens = completion.usage().prompt;
    assert!(tokens > 200);
    let mut reads = 0;
    while completer.step(&mut completion, &mut || Go::On).unwrap() == Step::Read {
        reads += 1;
    }
    assert_eq!(reads, tokens.div_ceil(128) - 1);
    drop(completion);
    assert_eq!(run(&mut completer, "", some(3)).completion, "Once upon a");
    // Ended while it reads: what was read is kept.
    let mut completion = completer.start(&prompt, some(2)).unwrap();
    completer.step(&mut completion, &mut || Go::On).unwrap();
    assert_eq!(completer.finish(completion).finish, FinishReason::Cancelled);
    // The token that begins a text was there before.
    assert_eq!(run(&mut completer, &prompt, some(1)).usage.reused, 1 + 128);
}

/// The memory of an ended completion is what its own tokens take, and goes when it is forgotten.
#[test]
fn memory_is_bounded_and_given_back() {
    let mut completer = stories();
    let mut most = 0;
    for round in 0..8 {
        run(&mut completer, "Once upon a time", some(if round % 2 == 0 { 100 } else { 5 }));
        most = most.max(completer.kept_bytes());
    }
    // 128 rows of keys and values of five layers with four heads of eight.
    assert!(most <= 2 * 5 * 4 * 8 * 4 * 128 + 4096, "{most}");
    completer.forget();
    assert_eq!(completer.kept_bytes(), 0);
}

#[test]
fn the_same_seed_draws_the_same_and_another_another() {
    let draw = |seed| {
        let options = Options { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.02, seed, ..some(40) };
        run(&mut stories(), "Once upon a time", options).completion
    };
    let first = draw(7);
    assert_eq!(first, draw(7));
    assert_ne!(first, draw(8));
    // One likeliest token is greedy.
    let options = Options { temperature: 1.0, top_k: 1, ..some(20) };
    assert_eq!(run(&mut stories(), "", options).completion, run(&mut stories(), "", some(20)).completion);
}

/// A state that is another with every token, as a GRU's: what comes next hangs on the sum of all tokens before. `wrong` is added to
/// the logits behind token 2.
fn recurrent(wrong: f32) -> Completer {
    let mut file = cached(3, &[]);
    file.inputs.push(port("h0", 1, &[1, 1, 1]));
    file.outputs = vec![port("logits", 1, &[-1, -1, 3]), port("hn", 1, &[1, 1, 1])];
    file.constants.push(weight("third", &[1], &[1.0 / 3.0]));
    file.constants.push(weight("push", &[3], &[0.0, 9.0, 4.0]));
    file.constants.push(weight("wrong", &[3, 1], &[0.0, 0.0, wrong]));
    file.nodes = vec![
        node("Cast", "input_ids", "new", &[int("to", 1)]),
        node("ReduceSum", "new", "sum", &[int("keepdims", 1)]),
        node("Add", "h0 sum", "hn", &[]),
        // How far the sum is above a multiple of three: 0, a third or two thirds.
        node("Mul", "hn third", "part", &[]),
        node("Floor", "part", "floor", &[]),
        node("Sub", "part floor", "rest", &[]),
        node("Mul", "rest push", "pushed", &[]),
        node("Gather", "table input_ids", "from", &[int("axis", 0)]),
        node("Gather", "wrong input_ids", "extra", &[int("axis", 0)]),
        node("Add", "from pushed", "both", &[]),
        node("Add", "both extra", "logits", &[]),
    ];
    let spec = Spec { context: 64, begin: None, ends: Vec::new(), padded: false };
    Completer::open(file.bytes(), Box::new(List::of(&["a", "b", "c"])), spec, &ModelLimits::default()).unwrap()
}

/// It cannot be gone back in: a prompt that was changed is computed anew, one that grew is not.
#[test]
fn a_state_that_is_replaced_is_begun_anew() {
    let mut completer = recurrent(0.0);
    let first = run(&mut completer, "abba", some(6));
    for prompt in ["abba", "abca", "ba", &format!("{}b", first.text)] {
        let (kept, fresh) = (run(&mut completer, prompt, some(6)), run(&mut recurrent(0.0), prompt, some(6)));
        assert_eq!(kept.completion, fresh.completion, "{prompt}");
    }
    let before = run(&mut completer, "abba", some(6));
    let grown = run(&mut completer, &format!("{}ab", before.text), some(2));
    assert!(grown.usage.reused >= 9, "{}", grown.usage.reused);
    // The text hangs on more than the last token.
    assert_ne!(run(&mut completer, "bc", some(4)).completion, run(&mut completer, "aac", some(4)).completion);
    // And what is no number is told each time.
    let mut broken = recurrent(f32::NAN);
    let mut completion = broken.start("c", some(4)).unwrap();
    for _ in 0..3 {
        let error = broken.step(&mut completion, &mut || Go::On).unwrap_err();
        assert_eq!(error.code().as_str(), "logits-not-finite");
    }
}
