//! What is learnt makes its like likelier, the same everywhere, and not at all unless asked for.

use crate::models::{run, some, stories};
use nearhand::complete::{Adapting, Completer, Options};

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
    completer.adapting(Some(Adapting { bias: false, ..Adapting::default() })).unwrap();
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
