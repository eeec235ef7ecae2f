//! What people report of other completers, rebuilt small, with the right answer.

use crate::models::{List, run, says, some, stories, table};
use nearhand::complete::{Completer, FinishReason, Go, Options, Spec, Step};
use nearhand::onnx::ModelLimits;

/// A stop text is spread over tokens, and its beginning is shown before it is recognised (text-generation-inference#1254, mlx-knife#68);
/// or what was held back for its sake is never shown (llama.cpp#9867).
#[test]
fn a_stop_text_split_over_tokens_is_never_shown() {
    let pieces = ["Q", " yes", "\n", "Us", "er", ":", " no"];
    let way: [(&str, &[(&str, f32)]); 6] = [
        ("Q", &[(" yes", 5.0)]),
        (" yes", &[("\n", 5.0)]),
        ("\n", &[("Us", 5.0)]),
        ("Us", &[("er", 5.0)]),
        ("er", &[(":", 5.0)]),
        (":", &[(" no", 5.0)]),
    ];
    let mut completer = says(&pieces, &way, &[]);
    let stop = vec!["\nUser:".to_owned(), "never".to_owned()];
    let mut shown = String::new();
    let options = Options { stop, ..some(10) };
    let done = completer.complete("Q", options, &mut || Go::On, &mut |piece| shown.push_str(piece)).unwrap();
    assert_eq!((done.completion.as_str(), shown.as_str(), done.finish), (" yes", " yes", FinishReason::Stop));
    assert_eq!(done.usage.completion, 5);
    // One that is never met holds nothing back in the end.
    let done = run(&mut completer, "Q", Options { stop: vec!["\nUser: never".to_owned()], ..some(4) });
    assert_eq!((done.completion.as_str(), done.finish), (" yes\nUser", FinishReason::Length));
}

/// An emoji is four tokens of a byte: streams show question marks.
#[test]
fn an_emoji_comes_whole() {
    let smile = "😀".as_bytes();
    let pieces: Vec<Vec<u8>> = [b"a".to_vec()].into_iter().chain(smile.iter().map(|b| vec![*b])).collect();
    let rows: Vec<Vec<f32>> =
        (0..5).map(|at| (0..5).map(|next| if next == (at + 1) % 5 { 5.0 } else { 0.0 }).collect()).collect();
    let spec = Spec { context: 64, begin: None, ends: Vec::new(), padded: false };
    let mut completer = Completer::open(table(5, &rows), Box::new(List::of(&pieces)), spec, &ModelLimits::default()).unwrap();
    let mut shown = Vec::new();
    let done = completer.complete("a", some(7), &mut || Go::On, &mut |piece| shown.push(piece.to_owned())).unwrap();
    assert_eq!(shown, ["😀", "a"]);
    // Seven tokens: the second emoji has only two of its bytes, and they are left out.
    assert_eq!((done.completion.as_str(), done.usage.completion), ("😀a", 7));
}

/// A template writes the token that begins a text, and so does the tokenizer.
#[test]
fn the_token_that_begins_a_text_is_there_once() {
    let mut completer = says(&["<s>", "a", "b"], &[("a", &[("b", 5.0)])], &[]);
    let (plain, templated) = (run(&mut completer, "a", some(1)), run(&mut completer, "<s>a", some(1)));
    assert_eq!((plain.ids.as_slice(), plain.ids == templated.ids), (&[0, 1, 2][..], true));
    assert_eq!(templated.usage.prompt, 2);
}

/// A prompt that ends in a space is continued by a word without one, or worse, by two spaces.
#[test]
fn a_prompt_that_ends_in_a_space_is_healed() {
    let rules: [(&str, &[(&str, f32)]); 2] = [("I am", &[(" here", 5.0)]), (" ", &[(" here", 5.0), ("x", 4.0)])];
    let pieces = ["I am", " ", " here", "x"];
    let mut completer = says(&pieces, &rules, &[]);
    assert_eq!(run(&mut completer, "I am ", some(1)).text, "I am  here");
    let healed = run(&mut completer, "I am ", Options { heal: true, ..some(1) });
    assert_eq!((healed.text.as_str(), healed.completion.as_str()), ("I am here", "here"));
    // And one that ends within a word, or in the middle of "://".
    let mut completer = says(&["http", ":", "://", " x"], &[(":", &[(" x", 5.0)]), ("http", &[("://", 5.0)])], &[]);
    assert_eq!(run(&mut completer, "http:", some(1)).text, "http: x");
    assert_eq!(run(&mut completer, "http:", Options { heal: true, ..some(1) }).text, "http://");
    // A word that is several tokens as far as it is there: " t", "i" becomes " time".
    let done = run(&mut stories(), "Once upon a ti", Options { heal: true, ..some(12) });
    assert!(done.text.starts_with("Once upon a time, there was"), "{}", done.text);
}

/// Greedy text goes in circles; the penalty counts a token once, wherever it stands, the prompt's included.
#[test]
fn a_circle_is_left_with_a_penalty() {
    let rules: [(&str, &[(&str, f32)]); 3] =
        [("a", &[("b", 3.0), ("c", 2.0)]), ("b", &[("a", 3.0), ("c", 2.0)]), ("c", &[("d", 1.0)])];
    let mut completer = says(&["a", "b", "c", "d"], &rules, &[]);
    assert_eq!(run(&mut completer, "a", some(6)).completion, "bababa");
    assert_eq!(run(&mut completer, "a", Options { repetition_penalty: 2.0, ..some(3) }).completion, "bcd");
}

/// Cancelling throws away what was there, or the next call begins anew.
#[test]
fn what_is_cancelled_keeps_its_text_and_its_memory() {
    let mut completer = stories();
    let mut whole = run(&mut completer, "", some(30)).completion;
    completer.forget();
    let mut completion = completer.start("", some(30)).unwrap();
    for _ in 0..10 {
        assert_eq!(completer.step(&mut completion, &mut || Go::On).unwrap(), Step::Token);
    }
    // While the model runs: asked before it and then within it.
    let mut asked = 0;
    let mut go = || {
        asked += 1;
        if asked > 2 { Go::Cancelled } else { Go::On }
    };
    assert_eq!(completer.step(&mut completion, &mut go).unwrap(), Step::Done(FinishReason::Cancelled));
    assert_eq!(completer.step(&mut completion, &mut || Go::On).unwrap(), Step::Done(FinishReason::Cancelled));
    let part = completer.finish(completion);
    assert_eq!((part.finish, part.usage.completion), (FinishReason::Cancelled, 10));
    let rest = whole.split_off(part.completion.len());
    assert_eq!(whole, part.completion);
    assert!(!rest.is_empty());
    // The deadline likewise.
    let done = completer.complete("", some(30), &mut || Go::Deadline, &mut |_| {}).unwrap();
    assert_eq!((done.finish, done.completion.as_str()), (FinishReason::Deadline, ""));
}

/// After an edit in the middle the old cache is used for text that is not there any more; or for a prompt that is the beginning of what is
/// there nothing is reused (ds4#668), or one token that remains breaks it.
#[test]
fn an_edit_in_the_middle_keeps_what_stands_before_it() {
    let mut completer = stories();
    run(&mut completer, "Once upon a time there was a cat. The cat", some(8));
    let edited = run(&mut completer, "Once upon a time there was a dog. The dog", some(8));
    let fresh = run(&mut stories(), "Once upon a time there was a dog. The dog", some(8));
    assert_eq!(edited.completion, fresh.completion);
    assert!(edited.usage.reused >= 8 && edited.usage.reused < edited.usage.prompt, "{}", edited.usage.reused);
    assert_eq!(fresh.usage.reused, 0);
    // The same prompt again: all but its last token is there.
    let again = run(&mut completer, "Once upon a time there was a dog. The dog", some(8));
    assert_eq!((again.usage.reused, again.completion), (again.usage.prompt - 1, fresh.completion));
}

/// A list of tokens ends a text, and only its first is heeded. Or the name of a token is given as a stop text, and never met, as
/// that token has no text (llama.cpp#6772, koboldcpp#812).
#[test]
fn any_of_several_tokens_ends_a_text() {
    let pieces = ["<s>", "<end>", "<turn>", "a", "b"];
    for end in ["<end>", "<turn>"] {
        let rules: [(&str, &[(&str, f32)]); 2] = [("a", &[("b", 5.0)]), ("b", &[(end, 5.0)])];
        let done = run(&mut says(&pieces, &rules, &["<end>", "<turn>"]), "a", some(9));
        assert_eq!((done.completion.as_str(), done.finish, done.usage.completion), ("b", FinishReason::Stop, 1));
        let named = Options { stop: vec![end.to_owned()], ..some(9) };
        let done = run(&mut says(&pieces, &rules, &[]), "a", named);
        assert_eq!((done.completion.as_str(), done.finish, done.usage.completion), ("b", FinishReason::Stop, 1));
    }
}

/// An empty prompt crashes, or is answered with a text that begins with a space.
#[test]
fn an_empty_prompt_begins_a_text() {
    let done = run(&mut stories(), "", some(3));
    assert_eq!((done.usage.prompt, done.completion.as_str()), (1, "Once upon a"));
    let error = says(&["a", "b"], &[], &[]).start("", some(3)).unwrap_err();
    assert_eq!(error.code().as_str(), "prompt-empty");
}

/// No tokens at all: the prompt comes back, and the model does not run.
#[test]
fn no_tokens_are_no_tokens() {
    let mut completer = stories();
    let done =
        completer.complete("Hello", some(0), &mut || panic!("nothing is asked"), &mut |_| panic!("nothing is told")).unwrap();
    assert_eq!((done.text.as_str(), done.completion.as_str(), done.finish), ("Hello", "", FinishReason::Length));
}
