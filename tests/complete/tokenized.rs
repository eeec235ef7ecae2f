//! With a `tokenizer.json`, as people have one.

use crate::llama2c::Words;
use crate::models::{STORIES, TOK512, run, some};
use nearhand::complete::{Completer, Spec, Tokenized, Vocabulary};
use nearhand::error::Code;
use nearhand::onnx::ModelLimits;
use serde_json::Value;

const TOKENIZER: &[u8] = include_bytes!("../../models/stories260k/tokenizer.json");

#[test]
fn the_story_is_the_same_by_its_tokenizer_json() {
    let words = Tokenized::from_json(TOKENIZER, false).unwrap();
    let spec = Spec::named(&words, 512, Some("<s>"), &["</s>", "<s>"]).unwrap();
    let mut completer = Completer::open(STORIES.to_vec(), Box::new(words), spec, &ModelLimits::default()).unwrap();
    let told: Value = serde_json::from_str(include_str!("../golden/stories260k.json")).unwrap();
    assert_eq!(run(&mut completer, "", some(200)).text, told["text"].as_str().unwrap());
    for case in told["prompts"].as_array().unwrap() {
        let done = run(&mut completer, case["prompt"].as_str().unwrap(), some(40));
        assert_eq!(done.completion, case["completion"].as_str().unwrap());
    }
}

/// Two readings of one vocabulary: ours of its `tokenizer.json`, and llama2.c's rule written down by itself.
#[test]
fn pieces_and_ids_are_those_of_the_file_it_was_made_of() {
    let (ours, theirs) = (Tokenized::from_json(TOKENIZER, false).unwrap(), Words::read(TOK512));
    assert_eq!(ours.len(), theirs.len());
    assert_eq!(ours.begins_with_space(), theirs.begins_with_space());
    for id in 0..=ours.len() as u32 {
        assert_eq!(ours.piece(id), theirs.piece(id), "token {id}");
    }
    for text in ["Once upon a time", " two  spaces ", "Ünïcödé – “quotes” 😀", "a\n\nb", "</s>", "1234567890"] {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        ours.encode(text, &mut a).unwrap();
        theirs.encode(text, &mut b).unwrap();
        assert_eq!(a, b, "{text}");
    }
}

/// Without a decoder words stand with spaces between, and a completion's as well; one that drops a space at the start of a text
/// does so for an empty prompt.
#[test]
fn spaces_between_words_are_the_decoders() {
    let words = |decoder: &str| {
        let json = r#"{"pre_tokenizer":{"type":"WhitespaceSplit"},"decoder":DECODER,
            "model":{"type":"BPE","vocab":{"a":0,"b":1," c":2},"merges":[]}}"#;
        Tokenized::from_json(json.replace("DECODER", decoder).as_bytes(), false).unwrap()
    };
    let open = |words: Tokenized| {
        let rows = [vec![0.0, 5.0, 0.0], vec![0.0, 0.0, 5.0], vec![5.0, 0.0, 0.0]];
        let spec = Spec { context: 16, begin: Some(1), ends: Vec::new(), padded: false };
        Completer::open(crate::models::table(3, &rows), Box::new(words), spec, &ModelLimits::default()).unwrap()
    };
    assert_eq!(words("null").piece(0), b" a");
    assert_eq!(run(&mut open(words("null")), "a", some(2)).text, "a b  c");
    assert_eq!(run(&mut open(words("null")), "", some(2)).text, " c a");
    let fused = r#"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"#;
    assert_eq!((words(fused).piece(0), words(fused).begins_with_space()), (&b"a"[..], true));
    assert_eq!(run(&mut open(words(fused)), "", some(2)).text, "ca");
    assert_eq!(run(&mut open(words(fused)), "ab", some(2)).text, "ab ca");
}

#[test]
fn special_tokens_in_a_text_are_text_unless_a_program_wrote_it() {
    let read = |specials| {
        let mut ids = Vec::new();
        Tokenized::from_json(TOKENIZER, specials).unwrap().encode("</s>", &mut ids).unwrap();
        ids
    };
    assert_eq!(read(true), [2]);
    assert!(!read(false).contains(&2));
}

#[test]
fn what_the_tokenizer_refuses_keeps_its_code_and_place() {
    let other = std::str::from_utf8(TOKENIZER).unwrap().replace("\"type\":\"BPE\"", "\"type\":\"WordPiece\"");
    let error = Tokenized::from_json(other.as_bytes(), false).unwrap_err();
    assert_eq!(error.code(), Code::TokenizerUnsupported);
    assert!(error.details().iter().any(|(name, _)| *name == "place"), "{error}");
    assert_eq!(Tokenized::from_json(b"{", false).unwrap_err().code(), Code::TokenizerMalformed);
}

/// Between tokens that a program wrote the text is what it is amid a text: no space is put before it where the tokenizer puts one at the
/// very start alone; and nobody takes such a token away by typing the beginning of another before it.
#[test]
fn text_between_marked_tokens_is_amid_a_text() {
    let json = r#"{"added_tokens":[{"id":5,"content":"<e>","special":true},{"id":6,"content":"<<","special":true}],
        "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false},
        "model":{"type":"BPE","vocab":{"▁":0,"a":1,"<":2,"e":3,">":4},"merges":[]}}"#;
    let words = Tokenized::from_json(json.as_bytes(), false).unwrap();
    let marked = |text: &str, parts: &[std::ops::Range<usize>]| {
        let mut ids = Vec::new();
        words.encode_marked(text, parts, &mut ids).unwrap();
        ids
    };
    assert_eq!(marked("a<e>a<e>", &[1..4, 5..8]), [0, 1, 5, 1, 5]);
    assert_eq!(marked("a<e>a<e>", std::slice::from_ref(&(1..4))), [0, 1, 5, 1, 2, 3, 4]);
    assert_eq!(marked("a<<e>", std::slice::from_ref(&(2..5))), [0, 1, 2, 5]);
}

/// What a program wrote of a prompt may end a turn; what was typed between may not.
#[test]
fn special_tokens_are_read_where_a_program_says_so() {
    let words = Tokenized::from_json(TOKENIZER, false).unwrap();
    let marked = |text: &str, part: std::ops::Range<usize>| {
        let mut ids = Vec::new();
        words.encode_marked(text, std::slice::from_ref(&part), &mut ids).unwrap();
        ids
    };
    let plain = |text: &str| {
        let mut ids = Vec::new();
        words.encode(text, &mut ids).unwrap();
        ids
    };
    let text = "a</s>b</s>";
    assert_eq!(marked(text, 1..5), [plain("a"), vec![2], plain("b</s>")].concat());
    assert_eq!(marked(text, 0..text.len()), [plain("a"), vec![2], plain("b"), vec![2]].concat());
    // Half a name is none.
    assert_eq!(marked(text, 1..4), plain(text));
    assert!(marked("", 0..9).is_empty());
    let spec = Spec::named(&words, 512, Some("<s>"), &["</s>"]).unwrap();
    let mut completer = Completer::open(STORIES.to_vec(), Box::new(words), spec, &ModelLimits::default()).unwrap();
    let usage = |completer: &mut Completer, part: Option<std::ops::Range<usize>>| {
        let options = nearhand::complete::Options { marked: part.into_iter().collect(), ..some(1) };
        run(completer, "Hi.</s>", options).usage.prompt
    };
    assert!(usage(&mut completer, Some(0..7)) < usage(&mut completer, None));
}

/// A prompt that is read in small parts is the same prompt.
#[test]
fn how_a_prompt_is_read_changes_nothing() {
    let prompt = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. ".repeat(4);
    let mut texts = Vec::new();
    for part in [1, 7, 32, 128, 1000] {
        let mut completer = crate::models::stories();
        completer.read_by(part);
        texts.push(run(&mut completer, &prompt, some(30)).completion);
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
}
