//! More of what people report of other completers, rebuilt small, with the right answer.

use crate::models::{List, run, says, some, stories, stories_within, table};
use nearhand::complete::{Completed, Completer, FinishReason, Go, Options, Spec, Tokenized, Vocabulary};
use nearhand::onnx::ModelLimits;

fn shown(completer: &mut Completer, prompt: &str, options: Options) -> (Vec<String>, Completed) {
    let mut all = Vec::new();
    let done = completer.complete(prompt, options, &mut || Go::On, &mut |piece| all.push(piece.to_owned())).unwrap();
    (all, done)
}

/// A graph that writes these tokens one after the other, behind the one with number 0.
fn chain(tokens: usize) -> Vec<u8> {
    let row = |at: usize| (0..tokens).map(|next| if next == (at + 1) % tokens { 5.0 } else { 0.0 }).collect();
    table(tokens, &(0..tokens).map(row).collect::<Vec<_>>())
}

/// What was held back as the beginning of a stop text is lost where the model then ends the text by a token: "pleas", with a stop text
/// that holds "assistant" (koboldcpp#1031).
#[test]
fn what_was_held_back_is_told_when_a_token_ends_the_text() {
    let way: [(&str, &[(&str, f32)]); 3] = [("Q", &[(" ple", 5.0)]), (" ple", &[("as", 5.0)]), ("as", &[("<eot>", 5.0)])];
    let mut completer = says(&["<eot>", "Q", " ple", "as"], &way, &["<eot>"]);
    let (pieces, done) = shown(&mut completer, "Q", Options { stop: vec!["assistant".into()], ..some(9) });
    assert_eq!((pieces.concat().as_str(), done.completion.as_str(), done.finish), (" pleas", " pleas", FinishReason::Stop));
}

/// A stop text ends within a token: what stands behind it in the token is shown (SkyRL#778, mlx-knife#68).
#[test]
fn a_stop_text_within_a_token_cuts_the_token() {
    let way: [(&str, &[(&str, f32)]); 2] = [("a", &[(" b...", 5.0)]), (" b...", &[(" c", 5.0)])];
    let mut completer = says(&["a", " b...", " c"], &way, &[]);
    let (pieces, done) = shown(&mut completer, "a", Options { stop: vec!["..".into()], ..some(9) });
    assert_eq!((pieces.concat().as_str(), done.completion.as_str(), done.usage.completion), (" b", " b", 1));
    // One in the prompt, or begun there, ends nothing.
    let done = run(&mut completer, "a b...", Options { stop: vec!["... c".into(), "a".into()], ..some(1) });
    assert_eq!((done.completion.as_str(), done.finish), (" c", FinishReason::Length));
}

/// A stream shows a character twice, or a half one, where characters are spread over tokens (sglang#31598, mlc-llm#1397): whatever the
/// cuts, its pieces together are the text.
#[test]
fn pieces_of_a_stream_are_the_text_however_it_is_cut() {
    let text = "A 世界 ab😀👩‍👩‍👧é\u{301}ß. ";
    for size in 1..=7 {
        let mut pieces = vec![b"Q".to_vec()];
        pieces.extend(text.as_bytes().chunks(size).map(<[u8]>::to_vec));
        let spec = Spec { context: 256, begin: None, ends: Vec::new(), padded: false };
        let words = Box::new(List::of(&pieces));
        let mut completer = Completer::open(chain(pieces.len()), words, spec, &ModelLimits::default()).unwrap();
        let stop = vec!["界 abc".to_owned(), "😀!".to_owned(), ". end".to_owned()];
        for stop in [Vec::new(), stop] {
            let (all, done) = shown(&mut completer, "Q", Options { stop, ..some(pieces.len() - 1) });
            assert_eq!((all.concat().as_str(), done.completion.as_str()), (text, text), "{size}");
        }
    }
}

fn sentencepiece() -> Tokenized {
    let json = r#"{"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":4,"content":"<|im_end|>","special":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"BPE","byte_fallback":true,"unk_token":"<s>","vocab":{"<s>":0,"▁":1,"▁leading":2,"▁x":3},"merges":[]}}"#;
    Tokenized::from_json(json.as_bytes(), false).unwrap()
}

/// Of a text that begins with two spaces both are taken in a stream (mlx-lm#1754), or each word loses its own (litgpt#1822).
#[test]
fn one_space_is_the_tokenizers_and_no_more() {
    let open = || {
        let spec = Spec { context: 64, begin: Some(0), ends: Vec::new(), padded: false };
        Completer::open(chain(5), Box::new(sentencepiece()), spec, &ModelLimits::default()).unwrap()
    };
    let (pieces, done) = shown(&mut open(), "", some(3));
    assert_eq!((pieces.concat().as_str(), done.completion.as_str()), (" leading x", " leading x"));
    // Behind a prompt no space is taken.
    assert_eq!(run(&mut open(), " ", some(2)).completion, " leading x");
}

/// Somebody types the end of a turn, and ends it (transformers#29279, gemma#768): text that people type is text.
#[test]
fn nobody_types_the_end_of_a_turn() {
    let whole = std::str::from_utf8(include_bytes!("../../models/stories260k/tokenizer.json")).unwrap();
    let words = Tokenized::from_json(whole.as_bytes(), false).unwrap();
    for text in ["</s>", "hi</s><s>I am", "<s></s>", "</ s>", "<unk>"] {
        let mut ids = Vec::new();
        words.encode(text, &mut ids).unwrap();
        let special = |name| words.special(name).unwrap();
        assert!(!ids.contains(&special("</s>")) && !ids.contains(&special("<s>")), "{text} {ids:?}");
        let back: Vec<u8> = ids.iter().flat_map(|id| words.piece(*id)).copied().collect();
        assert_eq!(std::str::from_utf8(&back).unwrap().trim_start(), text);
    }
}

/// The penalty is applied once for each time that a token stands in the prompt (transformers.js#1062), or to tokens of the completion
/// alone.
#[test]
fn a_penalty_counts_once_and_the_prompts_tokens_too() {
    let mut completer = says(&["a", "b", "c"], &[("a", &[("b", 3.0), ("c", 1.2)])], &[]);
    let asked = |completer: &mut Completer, prompt: &str, penalty| {
        run(completer, prompt, Options { repetition_penalty: penalty, ..some(1) }).completion
    };
    // 3 / 2 is above 1.2, and 3 / 8 would be below.
    assert_eq!(asked(&mut completer, "bbba", 2.0), "b");
    assert_eq!(asked(&mut completer, "bbba", 2.6), "c");
    assert_eq!(asked(&mut completer, "aaa", 2.6), "b");
}

/// With the cache another text comes than without it (transformers#25420, #27040): token by token it is the one that a whole run
/// writes.
#[test]
fn with_and_without_its_memory_the_text_is_the_same() {
    let prompt = "Tom and his dog";
    let whole = run(&mut stories(), prompt, some(24));
    let (mut fresh, mut text) = (stories(), prompt.to_owned());
    for _ in 0..24 {
        fresh.forget();
        text = run(&mut fresh, &text, some(1)).text;
    }
    assert_eq!(text, whole.text);
    // And the same seed draws the same, whatever was computed before.
    let drawn = || Options { temperature: 0.9, seed: 11, ..some(24) };
    let mut used = stories();
    run(&mut used, "Tom and his dog went to the", some(30));
    let warm = run(&mut used, prompt, drawn());
    assert_eq!((warm.usage.reused > 0, &warm.text), (true, &run(&mut stories(), prompt, drawn()).text));
}

/// The score hangs on the prompt's length, or leaves the token out that ends the text (transformers#16413, #15869).
#[test]
fn a_score_is_of_the_completion_and_its_end() {
    let rules: [(&str, &[(&str, f32)]); 2] = [("a", &[("b", 3.0)]), ("b", &[("<end>", 2.0), ("a", 1.0)])];
    let mut completer = says(&["<end>", "a", "b"], &rules, &["<end>"]);
    let (b, end) = (3.0 - (3_f32.exp() + 2.0).ln(), 2.0 - (2_f32.exp() + 1_f32.exp() + 1.0).ln());
    for prompt in ["a", "aaaaaaaaaaaaaaaaaaaa"] {
        let alone = run(&mut completer, prompt, Options { logprobs: Some(0), ..some(9) });
        let beams = completer.best(prompt, some(9), 2, &mut || Go::On).unwrap();
        // Drawn so coldly that it is the likeliest.
        let drawn = completer.best(prompt, Options { temperature: 1e-3, ..some(9) }, 1, &mut || Go::On).unwrap();
        for one in [&alone, &beams[0], &drawn[0]] {
            assert_eq!((one.completion.as_str(), one.scored, one.usage.completion), ("b", 2, 1));
            assert!((one.score.unwrap() - b - end).abs() < 1e-6, "{:?}", one.score);
        }
    }
    // One that is cut off has no end.
    let cut = run(&mut completer, "a", Options { logprobs: Some(0), ..some(1) });
    assert_eq!((cut.scored, cut.finish), (1, FinishReason::Length));
}

/// Past the context the first prompt is lost although it was to be kept (llama.cpp#1647, ollama#13641), or what is told of the text is
/// of another (which tokens are the answer's, once the prompt was left out in part).
#[test]
fn past_the_context_it_is_still_known_whose_tokens_are_whose() {
    let system = "Tom is sad. ";
    let prompt = format!("{system}{}The end was", "They went to the park. ".repeat(3));
    for tokens in [4, 40, 120] {
        let mut completer = stories_within(64);
        let kept = completer.encode(system.trim_end()).unwrap();
        let done = run(&mut completer, &prompt, Options { keep: kept.len() + 1, logprobs: Some(0), ..some(tokens) });
        let written: Vec<u32> = done.logprobs.iter().map(|token| token.id).collect();
        assert_eq!((written.len(), &done.ids[1..=kept.len()]), (tokens, &kept[..]));
        assert_eq!(done.ids[done.ids.len() - done.new..], written[tokens - done.new..], "{tokens}");
        // The rest is the prompt's: its beginning, and of what follows the end, as long as it is there.
        let before = &done.ids[1 + kept.len()..done.ids.len() - done.new];
        assert!(completer.encode(&prompt).unwrap().ends_with(before), "{tokens} {before:?}");
        assert_eq!(done.new == tokens, tokens < 50, "{tokens} {}", done.new);
    }
}

/// A context that is full at the very end of the prompt, or an empty text, or a prompt of one character of four bytes: no panic, no
/// lost token.
#[test]
fn edges_of_prompts() {
    let mut completer = stories_within(16);
    let long = "One day a girl saw a big dog";
    let all = completer.encode(long).unwrap().len() + 1;
    for context in [all - 1, all, all + 1] {
        let mut completer = stories_within(context);
        let done = run(&mut completer, long, some(3));
        assert_eq!((done.usage.completion, done.usage.prompt), (3, all));
        let stopped = completer.start(long, Options { full: nearhand::complete::Full::Stop, ..some(3) });
        assert_eq!(stopped.is_err(), context < all, "{context}");
    }
    for prompt in ["", "😀"] {
        assert_eq!(run(&mut completer, prompt, some(2)).usage.completion, 2, "{prompt:?}");
    }
}
