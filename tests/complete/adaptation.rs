//! What is learnt makes its like likelier, the same everywhere, and not at all unless asked for.

use crate::models::{run, some, stories};
use nearhand::complete::{Adapting, Completer, Go, Options};

const SHOP: &str = "The brass teapot with lid goes with the brass teapot stand. A brass teapot with lid is sold with a stand.";

fn bits(completer: &mut Completer, learn: bool) -> f64 {
    let likely = completer.likelihood("", SHOP, learn).unwrap();
    assert!(likely.tokens > 40 && likely.bytes == SHOP.len() + 1, "{} {}", likely.tokens, likely.bytes);
    -likely.logprob / std::f64::consts::LN_2 / likely.bytes as f64
}

#[test]
fn a_text_that_comes_again_is_likelier() {
    let plain = bits(&mut stories(), false);
    for (ngrams, bias, share) in [(true, false, 0.75), (false, true, 0.995), (true, true, 0.75)] {
        let mut completer = stories();
        completer.adapting(Some(Adapting { ngrams, bias, ..Adapting::default() })).unwrap();
        let first = bits(&mut completer, true);
        let again = bits(&mut completer, true);
        println!("adaptation ngrams={ngrams} bias={bias} plain={plain:.3} first={first:.3} again={again:.3}");
        assert!(again < share * plain && first < plain, "{ngrams} {bias}: {plain} {first} {again}");
        // Forgotten it is as before.
        completer.adapting(None).unwrap();
        assert_eq!(bits(&mut completer, false), plain);
    }
}

#[test]
fn counts_of_a_text_alone_help_as_well() {
    let mut completer = stories();
    // A text that was read once is believed as far as the weights say: half, behind four tokens.
    let ngram_weights = [0.2, 0.3, 0.4, 0.5];
    completer.adapting(Some(Adapting { bias: false, ngram_weights, ..Adapting::default() })).unwrap();
    completer.prime(SHOP).unwrap();
    let done = run(&mut completer, "A brass teapot with", some(8));
    assert!(done.completion.starts_with(" lid"), "{}", done.completion);
    assert!(!run(&mut stories(), "A brass teapot with", some(8)).completion.starts_with(" lid"));
}

#[test]
fn the_same_texts_make_the_same_and_off_is_off() {
    let learnt = || {
        let mut completer = stories();
        completer.adapting(Some(Adapting::default())).unwrap();
        for _ in 0..3 {
            bits(&mut completer, true);
        }
        let done = run(&mut completer, "The brass", Options { logprobs: Some(3), temperature: 0.7, seed: 2, ..some(30) });
        (done.completion, done.logprobs)
    };
    assert_eq!(learnt(), learnt());
    // Learning where nothing adapts changes nothing.
    let mut completer = stories();
    let before = run(&mut completer, "The brass", some(10)).completion;
    bits(&mut completer, true);
    completer.prime(SHOP).unwrap();
    assert_eq!(run(&mut completer, "The brass", some(10)).completion, before);
}

/// What is generated has the probabilities that `likelihood` tells of it, token by token, with all that was learnt.
#[test]
fn generating_and_scoring_agree() {
    let mut completer = stories();
    completer.adapting(Some(Adapting::default())).unwrap();
    completer.prime(SHOP).unwrap();
    let plain = run(&mut stories(), "The brass", Options { logprobs: Some(0), ..some(24) });
    for _ in 0..3 {
        bits(&mut completer, true);
    }
    let done = run(&mut completer, "The brass", Options { logprobs: Some(0), ..some(24) });
    assert_ne!(done.ids, plain.ids);
    let from = done.ids.len() - done.new;
    let whole = completer.likelihood_of(&done.ids, from, false).unwrap();
    assert!((whole.logprob - f64::from(done.score.unwrap())).abs() < 1e-3, "{} {:?}", whole.logprob, done.score);
    assert_eq!((whole.tokens, whole.first), (24, 24));
    for (at, token) in done.logprobs.iter().enumerate() {
        let one = completer.likelihood_of(&done.ids[..=from + at], from + at, false).unwrap();
        assert!((one.logprob - f64::from(token.logprob)).abs() < 1e-4, "{at} {} {}", one.logprob, token.logprob);
    }
    // A token is judged before it is learnt from: of a single one learning changes nothing but what comes later.
    let learnt = &done.ids[..=from];
    let asked = completer.likelihood_of(learnt, from, false).unwrap();
    assert_eq!(completer.likelihood_of(learnt, from, true).unwrap(), asked);
    assert!(completer.likelihood_of(learnt, from, false).unwrap().logprob > asked.logprob);
}

/// A step that failed behind the run is tried again on the same numbers: what was adapted to is in them once.
#[test]
fn a_step_that_is_tried_again_adapts_once() {
    let mut completer = stories();
    completer.adapting(Some(Adapting::default())).unwrap();
    bits(&mut completer, true);
    let all: Vec<Vec<u32>> = (0..512).map(|id| vec![id]).collect();
    let mut completion = completer.start("The brass", Options { blocked: all, ..some(4) }).unwrap();
    let mut told = Vec::new();
    for _ in 0..3 {
        let error = completer.step(&mut completion, &mut || Go::On).unwrap_err();
        assert_eq!(error.code().as_str(), "nothing-allowed");
        told.push(completion.logits().to_vec());
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[1], told[2]);
}

/// A text longer than the context, in windows; and the sum is that of tokens one by one.
#[test]
fn a_text_of_any_length_is_scored() {
    let mut completer = crate::models::stories_within(64);
    let text = "Once upon a time there was a little girl who had a cat. ".repeat(12);
    let likely = completer.likelihood("", &text, false).unwrap();
    assert_eq!((likely.tokens, likely.bytes), (completer.encode(&text).unwrap().len(), text.len() + 1));
    assert!(likely.logprob.is_finite() && likely.first > likely.tokens / 3);
    let done = run(&mut completer, "", Options { logprobs: Some(0), ..some(30) });
    let again = completer.likelihood_of(&done.ids, 1, false).unwrap();
    assert!((again.logprob - f64::from(done.score.unwrap())).abs() < 1e-3);
    assert_eq!(again.first, 30);
    assert_eq!(completer.likelihood("", "", false).unwrap().tokens, 0);
}

/// The smallest table there is, far too small for what comes: never anything but numbers.
#[test]
fn a_table_that_is_too_small_does_no_harm() {
    let mut completer = stories();
    completer.adapting(Some(Adapting { ngram_bits: 8, ..Adapting::default() })).unwrap();
    let mut seed = 1_u32;
    let mut word = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("{} ", seed >> 12)
    };
    for _ in 0..40 {
        let text: String = (0..10).map(|_| word()).collect();
        let likely = completer.likelihood("", &text, true).unwrap();
        assert!(likely.logprob.is_finite() && likely.logprob < 0.0, "{}", likely.logprob);
    }
}
