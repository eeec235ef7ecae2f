//! What narrows a completion: lists of texts, blocked sequences, confidence; and what is told besides the text.

use crate::models::{bytes, run, says, some, stories};
use nearhand::complete::{Allowed, Completed, Completer, FinishReason, Go, Options, Spec};
use nearhand::onnx::ModelLimits;
use std::sync::Arc;

fn one_of(texts: &[&str]) -> Option<Arc<Allowed>> {
    Some(Arc::new(Allowed::new(texts.iter().copied()).unwrap()))
}

#[test]
fn a_completion_is_one_of_the_allowed_texts() {
    let mut completer = stories();
    let colours = [" red", " blue", " green", " greenish"];
    for prompt in ["The ball was", "Her eyes were", "The tree is"] {
        let done = run(&mut completer, prompt, Options { allowed: one_of(&colours), ..some(20) });
        assert!(colours.contains(&done.completion.as_str()), "{}", done.completion);
        assert_eq!(done.finish, FinishReason::Stop);
    }
    // The likeliest of two, whatever the whole vocabulary would say; drawn as well.
    let done = run(&mut completer, "Once upon a", Options { allowed: one_of(&[" time", " zebra"]), ..some(20) });
    assert_eq!(done.completion, " time");
    for seed in 0..8 {
        let options = Options { allowed: one_of(&colours), temperature: 2.0, seed, ..some(20) };
        assert!(colours.contains(&run(&mut completer, "The ball was", options).completion.as_str()));
    }
    // Cut off by the number of tokens it is the beginning of one.
    let done = run(&mut completer, "The ball was", Options { allowed: one_of(&[" purple and orange"]), ..some(3) });
    assert!(" purple and orange".starts_with(&done.completion) && done.finish == FinishReason::Length, "{}", done.completion);
}

/// A text that another goes on from ends where the model would end it, by a token that ends a text.
#[test]
fn a_text_that_goes_on_may_end_before() {
    let pieces = ["<end>", "q", " tea", " pot"];
    let ends: [(&str, &[(&str, f32)]); 2] = [("q", &[(" tea", 3.0)]), (" tea", &[("<end>", 3.0), (" pot", 2.0)])];
    let goes: [(&str, &[(&str, f32)]); 2] = [("q", &[("<end>", 9.0)]), (" tea", &[(" pot", 3.0), ("<end>", 2.0)])];
    let options = || Options { allowed: one_of(&[" tea", " tea pot"]), ..some(9) };
    assert_eq!(run(&mut says(&pieces, &ends, &["<end>"]), "q", options()).completion, " tea");
    assert_eq!(run(&mut says(&pieces, &goes, &["<end>"]), "q", options()).completion, " tea pot");
}

#[test]
fn healing_and_allowed_texts_go_together() {
    let pieces = ["shop", "ping", "shopping", " bag", " cart", "s"];
    let mut completer = says(&pieces, &[(" bag", &[("shopping", 3.0)]), ("shopping", &[(" cart", 3.0)])], &[]);
    // "shop" is healed to "shopping", as its rest is allowed; a space is between the model's words.
    let options = Options { heal: true, allowed: one_of(&["ping bag", "ping cart"]), ..some(9) };
    let done = run(&mut completer, " bagshop", options);
    assert_eq!((done.text.as_str(), done.completion.as_str()), (" bagshopping cart", "ping cart"));
}

#[test]
fn many_texts_are_walked_as_few() {
    let texts: Vec<String> = (0..20_000).map(|i| format!(" item {i:05} of {}", i % 7)).collect();
    let allowed = Some(Arc::new(Allowed::new(texts.iter().map(String::as_str)).unwrap()));
    let spec = Spec { context: 64, begin: Some(256), ends: vec![257], padded: false };
    let model = include_bytes!("../fixtures/complete/optimum.onnx").to_vec();
    let mut completer = Completer::open(model, Box::new(bytes()), spec, &ModelLimits::default()).unwrap();
    let done = run(&mut completer, "an", Options { allowed, ..some(40) });
    assert!(texts.contains(&done.completion), "{}", done.completion);
}

#[test]
fn blocked_sequences_never_come() {
    let mut completer = stories();
    let words = |completer: &Completer, text: &str| completer.encode(text).unwrap();
    let girl = words(&completer, "little girl");
    assert!(girl.len() > 1);
    let free = run(&mut completer, "Once upon a time", some(40));
    assert!(free.ids.windows(girl.len()).any(|part| part == girl), "{}", free.completion);
    let done = run(&mut completer, "Once upon a time", Options { blocked: vec![girl.clone()], ..some(40) });
    assert!(done.ids.windows(girl.len()).all(|part| part != girl), "{}", done.completion);
    // Its beginning may come.
    assert!(done.completion.contains(" little"), "{}", done.completion);
}

#[test]
fn a_doubtful_token_ends_it() {
    let rules: [(&str, &[(&str, f32)]); 2] = [("a", &[("b", 9.0)]), ("b", &[("c", 1.0)])];
    let mut completer = says(&["a", "b", "c", "d"], &rules, &[]);
    let done = run(&mut completer, "a", Options { min_confidence: 0.5, ..some(9) });
    assert_eq!((done.completion.as_str(), done.finish), ("b", FinishReason::Confidence));
    // e / (e + 3) = .475: c is taken below that, and what follows c is one in four.
    let done = run(&mut completer, "a", Options { min_confidence: 0.47, ..some(9) });
    assert_eq!((done.completion.as_str(), done.finish), ("bc", FinishReason::Confidence));
}

/// A rare word that was typed halfway is no reason for silence: what is judged is how it goes on.
#[test]
fn doubt_is_about_what_is_new() {
    // Behind "x": "q" hardly, "qu" and "qa" hardly either, "qu" e² times as likely as "qa", and all far behind "z".
    let rules: [(&str, &[(&str, f32)]); 3] = [("x", &[("z", 20.0), ("qu", 2.0)]), ("qu", &[("a", 9.0)]), ("a", &[("z", 9.0)])];
    let pieces = ["x", "z", "q", "qu", "qa", "a"];
    let heal = |least: f32| {
        let done = run(&mut says(&pieces, &rules, &[]), "xq", Options { heal: true, min_confidence: least, ..some(2) });
        (done.text, done.finish)
    };
    // e² / (e² + 2) = .787
    assert_eq!(heal(0.78), ("xqua".into(), FinishReason::Length));
    assert_eq!(heal(0.79), ("xq".into(), FinishReason::Confidence));
    // Unhealed, "q" is the prompt's and what follows it is one of six.
    let done = run(&mut says(&pieces, &rules, &[]), "xq", Options { min_confidence: 0.5, ..some(2) });
    assert_eq!((done.text.as_str(), done.finish), ("xq", FinishReason::Confidence));
    // Typed whole, and written anew as it was: nothing new, no doubt. What comes then is in doubt.
    let rules: [(&str, &[(&str, f32)]); 1] = [("x", &[("z", 20.0), ("q", 2.0)])];
    let done = run(&mut says(&["x", "z", "q", "qu"], &rules, &[]), "xq", Options { heal: true, min_confidence: 0.5, ..some(2) });
    assert_eq!((done.text.as_str(), done.finish), ("xq", FinishReason::Confidence));
}

#[test]
fn log_probabilities_are_those_of_the_softmax() {
    let rules: [(&str, &[(&str, f32)]); 1] = [("a", &[("b", 2.0), ("c", 1.0)])];
    let mut completer = says(&["a", "b", "c", "d"], &rules, &[]);
    let done = run(&mut completer, "a", Options { logprobs: Some(2), ..some(1) });
    // ln(e² + e + 2) = 2.494…
    let sum = (2_f32.exp() + 1_f32.exp() + 2.0).ln();
    let [token] = &done.logprobs[..] else { panic!() };
    assert_eq!((token.id, token.top.iter().map(|t| t.0).collect::<Vec<_>>()), (1, vec![1, 2]));
    assert!((token.logprob - (2.0 - sum)).abs() < 1e-6 && (token.top[1].1 - (1.0 - sum)).abs() < 1e-6);
    assert_eq!(done.score, Some(token.logprob));
    // Penalty and temperature do not change what is told.
    let options = Options { logprobs: Some(0), repetition_penalty: 1.5, temperature: 0.1, ..some(1) };
    let again = run(&mut completer, "ab", options);
    assert!(again.logprobs[0].top.is_empty() && run(&mut completer, "a", some(1)).logprobs.is_empty());
}

/// Greedy takes the likelier first token; two tokens on the other way is likelier as a whole.
#[test]
fn beams_find_what_greedy_passes_by() {
    let pieces = ["a", "b", "c", "x", "y", "<end>"];
    let rules: [(&str, &[(&str, f32)]); 5] = [
        ("a", &[("b", 5.0), ("c", 4.9)]),
        // Behind b nothing is certain, behind c all is.
        ("b", &[("x", 1.0), ("y", 1.0)]),
        ("c", &[("x", 20.0)]),
        ("x", &[("<end>", 20.0)]),
        ("y", &[("<end>", 20.0)]),
    ];
    let mut completer = says(&pieces, &rules, &["<end>"]);
    assert!(run(&mut completer, "a", some(3)).completion.starts_with('b'));
    let best = completer.best("a", some(3), 3, &mut || Go::On).unwrap();
    assert_eq!(best[0].completion, "cx");
    assert!(best.len() > 1 && best.windows(2).all(|pair| pair[0].completion != pair[1].completion));
    let mean = |c: &Completed| c.score.unwrap() / c.scored as f32;
    assert!(best.windows(2).all(|pair| mean(&pair[0]) >= mean(&pair[1])));
    // As greedy where one is asked for.
    let one = completer.best("a", some(3), 1, &mut || Go::On).unwrap();
    assert_eq!(one[0].completion, run(&mut completer, "a", some(3)).completion);
    // Where enough have ended by themselves, one that has not is none of them, however likely it is so far.
    let rules: [(&str, &[(&str, f32)]); 3] =
        [("a", &[("<end>", 5.0), ("b", 4.9)]), ("b", &[("x", 9.0), ("<end>", 8.0)]), ("x", &[("x", 20.0)])];
    let ended = says(&pieces, &rules, &["<end>"]).best("a", some(9), 2, &mut || Go::On).unwrap();
    assert_eq!(
        ended.iter().map(|one| (one.completion.as_str(), one.finish)).collect::<Vec<_>>(),
        [("", FinishReason::Stop), ("b", FinishReason::Stop)]
    );
}

/// The sum of a beam's log-probabilities is what the model says of its text.
#[test]
fn scores_of_beams_are_those_of_their_texts() {
    let mut completer = stories();
    let best = completer.best("Once upon a time", some(6), 4, &mut || Go::On).unwrap();
    assert_eq!(best.len(), 4);
    for one in &best {
        let likely = completer.likelihood_of(&one.ids, one.ids.len() - one.new, false).unwrap();
        assert!((likely.logprob - f64::from(one.score.unwrap())).abs() < 1e-3, "{} {:?}", likely.logprob, one.score);
        assert_eq!(likely.tokens, 6);
    }
    let greedy = run(&mut completer, "Once upon a time", Options { logprobs: Some(0), ..some(6) });
    assert!(best[0].score >= greedy.score, "{:?} {:?}", best[0].score, greedy.score);
}

#[test]
fn several_are_drawn_and_the_first_as_alone() {
    let mut completer = stories();
    let options = || Options { temperature: 1.2, seed: 3, ..some(12) };
    let drawn = completer.best("Once upon a time", options(), 5, &mut || Go::On).unwrap();
    let alone = run(&mut completer, "Once upon a time", options());
    assert!(drawn.len() > 2 && drawn.iter().any(|d| d.completion == alone.completion));
    let again = completer.best("Once upon a time", options(), 5, &mut || Go::On).unwrap();
    let texts = |all: &[Completed]| all.iter().map(|c| c.completion.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&drawn), texts(&again));
    // Ended by the host there is what there is.
    assert!(
        completer.best("Once", options(), 3, &mut || Go::Deadline).unwrap().iter().all(|d| d.finish == FinishReason::Deadline)
    );
    assert!(
        completer.best("Once", some(9), 3, &mut || Go::Cancelled).unwrap().iter().all(|d| d.finish == FinishReason::Cancelled)
    );
}
