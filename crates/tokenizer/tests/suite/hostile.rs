//! Files and texts that are not what they say: a typed error, never a panic and never a wrong answer.

use crate::fixtures::{Chance, tokenizer, variants, whole};
use nearhand_tokenizer::{Code, Encode, Parts, Tokenizer};

/// Small files of each kind of model.
fn small() -> Vec<String> {
    let vocab: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).chain([b"ab".to_vec(), b"abc".to_vec()]).collect();
    let parts = Parts {
        vocab: &vocab,
        merges: &[(97, 98), (256, 99)],
        special: &["<|end|>"],
        pattern: r"(?i:'s)|\p{N}{1,3}|[^\s]+|\s+(?!\S)",
        digits: true,
    };
    let pieces = r#"{"added_tokens":[{"id":1,"content":"<s>","special":true,"normalized":true,"lstrip":true}],"normalizer":{"type":"Sequence","normalizers":[
        {"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"},{"type":"NFKC"},{"type":"Strip","strip_left":true,"strip_right":false}]},
        "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},"post_processor":{"type":"TemplateProcessing","single":[
        {"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE","byte_fallback":true,"fuse_unk":true,"unk_token":"<unk>","ignore_merges":true,
        "vocab":{"<unk>":0,"<s>":1,"▁":2,"a":3,"b":4,"▁a":5,"ab":6,"<0xC3>":7,"<0xA9>":8},"merges":["▁ a",["a","b"]]}}"#;
    let unigram = r#"{"model":{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["<unk>",0],["a",-1.5],["b",-2e0],["ab",-2.25],["▁",-1]]},
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"MergedWithNext"},{"type":"Metaspace","replacement":"▁"}]},"decoder":null}"#;
    vec![parts.to_json(), pieces.to_owned(), unigram.to_owned()]
}

/// Reads a file, and where it is taken uses all of it.
fn tried(json: &[u8]) -> bool {
    let Ok(tokenizer) = Tokenizer::from_json(json) else { return false };
    let mut ids = Vec::new();
    for text in ["ab abc <s>  <|end|> é's 12345\n a", "", " "] {
        // A vocabulary may lack what the text has: an error, as it should be.
        let _ = tokenizer.encode(text, Encode::default(), &mut ids);
        let _ = tokenizer.tokens(text, Encode::PLAIN);
    }
    tokenizer.decode(&ids, true).expect("what was encoded has tokens");
    true
}

#[test]
fn any_changed_byte_is_an_error_or_another_tokenizer() {
    let mut chance = Chance(5);
    let (mut taken, mut refused) = (0, 0);
    for json in small() {
        assert!(tried(json.as_bytes()), "{}", Tokenizer::from_json(json.as_bytes()).unwrap_err());
        for at in 0..json.len() {
            let mut bytes = json.clone().into_bytes();
            let likely = b"\"\\{}[],:019-ae \xff";
            bytes[at] = if at % 2 == 0 { likely[chance.below(likely.len())] } else { u8::try_from(chance.below(256)).unwrap() };
            if tried(&bytes) {
                taken += 1
            } else {
                refused += 1
            }
            if at % 7 == 0 {
                tried(&json.as_bytes()[..at]);
                bytes.remove(at);
                tried(&bytes);
            }
        }
    }
    assert!(taken > 500 && refused > 2_000, "{taken} {refused}");
}

fn code(json: &str) -> Code {
    Tokenizer::from_json(json.as_bytes()).unwrap_err().code()
}

#[test]
fn what_contradicts_itself_is_refused() {
    let model = |text: &str| format!("{{\"model\":{text}}}");
    for bad in [
        "[]".to_owned(),
        "{}".to_owned(),
        model("{\"type\":\"BPE\"}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0}}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":1.5},\"merges\":[]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":\"0\"},\"merges\":[]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"ab\"]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b c\"]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[[\"a\",\"b\",\"c\"]]}"),
        model("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[[\"a\"]]}"),
        model("{\"type\":\"Unigram\",\"vocab\":[]}"),
        model("{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}"),
        model("{\"type\":\"Unigram\",\"vocab\":[[\"a\",1e999]]}"),
        model("{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":[[\"a\",0]]}"),
        model("{\"type\":\"Unigram\",\"vocab\":{\"a\":0}}"),
    ] {
        assert_eq!(code(&bad), Code::Malformed, "{bad}");
    }
    for (part, value) in [
        ("added_tokens", "[{\"id\":0,\"content\":\"new\"}]"),
        ("added_tokens", "[{\"content\":\"new\"}]"),
        ("added_tokens", "[{\"id\":-3,\"content\":\"new\"}]"),
        ("normalizer", "{}"),
        ("normalizer", "{\"type\":\"Replace\",\"content\":\"\"}"),
        ("normalizer", "{\"type\":\"Replace\",\"content\":\"\",\"pattern\":{\"String\":\"\"}}"),
        ("normalizer", "{\"type\":\"Sequence\"}"),
        ("pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"ab\"}"),
        ("post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[],\"special_tokens\":{}}"),
        (
            "post_processor",
            "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\"}},{\"Sequence\":{\"id\":\"A\"}}],\"special_tokens\":{}}",
        ),
        ("post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\",999999],\"sep\":[\"b\",1]}"),
        ("decoder", "{\"type\":\"Strip\",\"content\":\" \",\"start\":-1,\"stop\":0}"),
    ] {
        let error = Tokenizer::from_json(whole("gpt2", &[(part, value)]).as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::Malformed, "{part} {value}");
        assert_eq!(error.details()[0], ("place", part.to_owned()), "{error}");
    }
}

#[test]
fn what_is_not_done_here_is_refused_by_name() {
    for (part, value, shown) in [
        ("normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}", "Precompiled"),
        ("normalizer", "{\"type\":\"BertNormalizer\"}", "BertNormalizer"),
        ("pre_tokenizer", "{\"type\":\"UnicodeScripts\"}", "UnicodeScripts"),
        (
            "pre_tokenizer",
            "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?<=a)b\"},\"behavior\":\"Isolated\",\"invert\":false}",
            "(?<=a)b",
        ),
        ("pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\"},{\"type\":\"Digits\"}]}", "Digits"),
        ("post_processor", "{\"type\":\"Other\"}", "Other"),
        ("decoder", "{\"type\":\"WordPiece\"}", "WordPiece"),
        ("model", "{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}", "WordPiece"),
        ("model", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"dropout\":0.1}", "0.1"),
        ("model", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"end_of_word_suffix\":\"</w>\"}", "\"</w>\""),
    ] {
        let error = Tokenizer::from_json(whole("gpt2", &[("added_tokens", "[]"), (part, value)]).as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported, "{value}");
        assert!(error.details().contains(&("value", shown.to_owned())), "{error}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let at = |id: u32| format!("{{\"model\":{{\"type\":\"BPE\",\"vocab\":{{\"a\":{id}}},\"merges\":[]}}}}");
    assert_eq!(code(&at(4_294_967_295)), Code::TooLarge);
    assert_eq!(code(&at(2_097_152)), Code::TooLarge);
    assert_eq!(
        code(&format!("{{\"model\":{{\"type\":\"BPE\",\"vocab\":{{\"{}\":0}},\"merges\":[]}}}}", "a".repeat(4_097))),
        Code::TooLarge
    );
    let many = "{\"type\":\"Lowercase\"},".repeat(65);
    assert_eq!(
        code(&whole(
            "gpt2",
            &[("normalizer", &format!("{{\"type\":\"Sequence\",\"normalizers\":[{}]}}", many.trim_end_matches(',')))]
        )),
        Code::TooLarge
    );
    let long = format!("{{\"type\":\"Prepend\",\"prepend\":\"{}\"}}", "x".repeat(65));
    assert_eq!(code(&whole("gpt2", &[("normalizer", &long)])), Code::TooLarge);
    let pattern = format!("{{\"type\":\"Split\",\"pattern\":{{\"String\":\"{}\"}},\"behavior\":\"Isolated\"}}", "x".repeat(65));
    assert_eq!(code(&whole("gpt2", &[("pre_tokenizer", &pattern)])), Code::TooLarge);
    let added: Vec<String> = (0..16_385).map(|at| format!("{{\"id\":{},\"content\":\"<{at}>\"}}", 1_000 + at)).collect();
    assert_eq!(code(&whole("gpt2", &[("added_tokens", &format!("[{}]", added.join(",")))])), Code::TooLarge);
    assert!(
        Tokenizer::from_json(whole("gpt2", &[("added_tokens", &format!("[{}]", added[..16_384].join(",")))]).as_bytes()).is_ok()
    );
    let mut ids = Vec::new();
    let error = tokenizer("gpt2").encode(&"a".repeat((1 << 22) + 1), Encode::PLAIN, &mut ids).unwrap_err();
    assert_eq!((error.code(), ids.len()), (Code::TextTooLarge, 0));
}

#[test]
fn texts_do_not_grow_without_end() {
    let grow = "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}";
    let normalizer = format!("{{\"type\":\"Sequence\",\"normalizers\":[{}]}}", vec![grow; 20].join(","));
    let tokenizer =
        Tokenizer::from_json(whole("gpt2", &[("added_tokens", "[]"), ("normalizer", &normalizer)]).as_bytes()).unwrap();
    let error = tokenizer.encode("aaa", Encode::PLAIN, &mut Vec::new()).unwrap_err();
    assert_eq!(error.code(), Code::TextTooLarge);
    let decoder = format!("{{\"type\":\"Sequence\",\"decoders\":[{}]}}", vec![grow; 20].join(","));
    assert_eq!(code(&whole("gpt2", &[("decoder", &decoder)])), Code::TooLarge);
}

#[test]
fn a_pattern_that_takes_too_long_is_an_error() {
    let pattern = "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a*a*a*a*a*b\"},\"behavior\":\"Isolated\",\"invert\":false}";
    let tokenizer = Tokenizer::from_json(whole("gemma", &[("pre_tokenizer", pattern)]).as_bytes()).unwrap();
    let error = tokenizer.encode(&"a".repeat(2_000), Encode::PLAIN, &mut Vec::new()).unwrap_err();
    assert_eq!(error.code(), Code::TooSlow);
}

/// A stack is not what bounds it.
#[test]
fn a_pattern_of_endless_alternatives_is_refused() {
    for (ways, taken) in [(1_000, true), (300_000, false)] {
        let pattern =
            format!("{{\"type\":\"Split\",\"pattern\":{{\"Regex\":\"a{}\"}},\"behavior\":\"Isolated\"}}", "|".repeat(ways));
        assert_eq!(Tokenizer::from_json(whole("gemma", &[("pre_tokenizer", &pattern)]).as_bytes()).is_ok(), taken);
    }
}

/// The token of the unknown may be a byte's own: what is known is never one with what is not.
#[test]
fn only_the_unknown_is_written_together() {
    let json = r#"{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":false},"decoder":{"type":"ByteLevel"},
        "model":{"type":"BPE","unk_token":"a","fuse_unk":true,"vocab":{"a":0,"Ġ":1},"merges":[]}}"#;
    let mut ids = Vec::new();
    Tokenizer::from_json(json.as_bytes()).unwrap().encode("aZZa a", Encode::PLAIN, &mut ids).unwrap();
    assert_eq!(ids, [0, 0, 0, 1, 0]);
}

#[test]
fn nesting_has_an_end() {
    for (name, _) in variants().into_iter().take(1) {
        let deep = (0..20).fold("{\"type\":\"Lowercase\"}".to_owned(), |inner, _| {
            format!("{{\"type\":\"Sequence\",\"normalizers\":[{inner}]}}")
        });
        assert_eq!(code(&whole(&name, &[("normalizer", &deep)])), Code::Malformed);
    }
}
