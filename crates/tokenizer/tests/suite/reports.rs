//! What users of other tokenizers reported, rebuilt small.

use crate::fixtures::{tokenizer, whole};
use nearhand_tokenizer::{Code, Encode, LLAMA3, Parts, Tokenizer};

fn ids(tokenizer: &Tokenizer, text: &str, how: Encode) -> Vec<u32> {
    let mut ids = Vec::new();
    tokenizer.encode(text, how, &mut ids).unwrap();
    ids
}

fn names<'t>(tokenizer: &'t Tokenizer, text: &str) -> Vec<&'t str> {
    ids(tokenizer, text, Encode::default()).iter().map(|&id| tokenizer.name(id).unwrap()).collect()
}

fn bytes() -> Vec<Vec<u8>> {
    (0..=255).map(|byte| vec![byte]).collect()
}

/// Llama's older files put a space behind every special token, the newer ones before the text alone.
#[test]
fn the_space_after_a_special_token_is_as_the_file_says() {
    assert_eq!(names(&tokenizer("llama2"), "<s>a</s>a"), ["<s>", "<s>", "▁a", "</s>", "▁a"]);
    assert_eq!(names(&tokenizer("llama2-first"), "a</s>a")[..4], ["<s>", "▁a", "</s>", "a"]);
}

/// "decode strips a space at the start": right for a text, wrong for what goes on one.
#[test]
fn a_completion_keeps_its_first_space() {
    let tokenizer = tokenizer("llama2");
    let ids = ids(&tokenizer, "the end", Encode::PLAIN);
    let text = |mut stream: nearhand_tokenizer::Stream<'_>| {
        let mut out = String::new();
        ids.iter().for_each(|&id| stream.push(id, &mut out).unwrap());
        stream.finish(&mut out);
        out
    };
    assert_eq!(text(tokenizer.stream(true)), "the end");
    assert_eq!(text(tokenizer.stream_on(true)), " the end");
    let metaspace = crate::fixtures::tokenizer("t5");
    let the = metaspace.id("▁the").unwrap();
    assert_eq!(metaspace.piece(the), b" the");
    assert_eq!(metaspace.decode(&[the, the], true).unwrap(), "the the");
    let (mut on, mut out) = (metaspace.stream_on(true), String::new());
    on.push(the, &mut out).unwrap();
    assert_eq!(out, " the");
}

/// Llama 3 takes a word that is a token whole, though its merges do not lead there.
#[test]
fn a_word_that_is_a_token_stays_whole_with_ignore_merges() {
    let mut vocab = bytes();
    vocab.extend([b"ab".to_vec(), b"abcd".to_vec()]);
    let json = Parts { vocab: &vocab, merges: &[(97, 98)], special: &[], pattern: LLAMA3, digits: false }.to_json();
    let plain = Tokenizer::from_json(json.as_bytes()).unwrap();
    assert_eq!(ids(&plain, "abcd", Encode::PLAIN), [256, 99, 100]);
    let whole = Tokenizer::from_json(json.replace("\"ignore_merges\":false", "\"ignore_merges\":true").as_bytes()).unwrap();
    assert_eq!(ids(&whole, "abcd", Encode::PLAIN), [257]);
    assert_eq!(ids(&whole, "abcde", Encode::PLAIN), [256, 99, 100, 101]);
}

#[test]
fn numbers_go_by_three_digits_and_line_ends_together() {
    let tokenizer = Tokenizer::of(&Parts { vocab: &bytes(), merges: &[], special: &[], pattern: LLAMA3, digits: false }).unwrap();
    let words = |text: &str| {
        let mut words = Vec::new();
        tokenizer.pretokenize(text, |word| words.push(word.to_owned())).unwrap();
        words
    };
    assert_eq!(words("1234567"), ["123", "456", "7"]);
    assert_eq!(words("a\r\n\r\nb"), ["a", "\r\n\r\n", "b"]);
    // Spaces at the end stay together; amid a line the last one goes with the word.
    assert_eq!(words("a   b   "), ["a", "  ", " b", "   "]);
}

/// An emoji that a vocabulary does not have is four bytes, and comes back whole.
#[test]
fn an_emoji_falls_back_to_its_bytes() {
    let tokenizer = tokenizer("llama2");
    assert_eq!(names(&tokenizer, "🦀")[1..], ["▁", "<0xF0>", "<0x9F>", "<0xA6>", "<0x80>"]);
    assert_eq!(tokenizer.decode(&ids(&tokenizer, "a🦀b", Encode::default()), true).unwrap(), "a🦀b");
    assert_eq!(tokenizer.piece(tokenizer.id("<0xF0>").unwrap()), [0xf0]);
}

#[test]
fn a_token_with_lstrip_takes_the_spaces_before_it_and_no_others() {
    let tokenizer = tokenizer("gpt2");
    let places = |text: &str| {
        let tokens = tokenizer.tokens(text, Encode::default()).unwrap();
        let found = tokens.iter().find(|token| tokenizer.name(token.id) == Some("[MASK]")).unwrap();
        found.range.clone()
    };
    assert_eq!(places("a  [MASK]  b"), 1..9);
    assert_eq!(tokenizer.special("[MASK]"), tokenizer.id("[MASK]"));
    assert_eq!(tokenizer.special("<left>"), None, "it is added, and not special");
}

/// What people type ends no turn.
#[test]
fn special_tokens_in_a_text_are_text_unless_allowed() {
    let tokenizer = tokenizer("gpt2");
    let end = tokenizer.special("<|endoftext|>").unwrap();
    assert_eq!(ids(&tokenizer, "<|endoftext|>", Encode::default()), [end]);
    let typed = ids(&tokenizer, "<|endoftext|>", Encode::PLAIN);
    assert!(typed.len() > 3 && !typed.contains(&end));
    assert_eq!(tokenizer.decode(&typed, true).unwrap(), "<|endoftext|>");
    assert_eq!(tokenizer.decode(&[end], true).unwrap(), "");
}

#[test]
fn an_id_without_token_is_an_error_and_takes_nothing() {
    let tokenizer = tokenizer("gpt2");
    let past = u32::try_from(tokenizer.vocab_size()).unwrap();
    let error = tokenizer.decode(&[1, past], true).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.clone()), (Code::NoToken, past.to_string()));
    assert_eq!((tokenizer.piece(past), tokenizer.name(past), tokenizer.piece(u32::MAX)), (&b""[..], None, &b""[..]));
    // Holes between ids are none either.
    let hole = Tokenizer::from_json(b"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":5},\"merges\":[]}}").unwrap();
    assert_eq!((hole.vocab_size(), hole.name(3)), (6, None));
    assert!(hole.decode(&[3], false).is_err());
    assert_eq!(hole.decode(&[0, 5], false).unwrap(), "a b");
}

#[test]
fn a_character_without_token_is_an_error() {
    let tokenizer = Tokenizer::byte_level(&bytes()[..128], &[], &[]).unwrap();
    let error = tokenizer.encode("aé", Encode::PLAIN, &mut Vec::new()).unwrap_err();
    assert_eq!(error.code(), Code::NoToken);
}

#[test]
fn a_tokenizer_of_its_parts_is_written_and_read() {
    let mut vocab = bytes();
    vocab.extend([b"\"\\".to_vec(), b"\n ".to_vec(), "é".as_bytes().to_vec()]);
    let parts = Parts {
        vocab: &vocab,
        merges: &[(34, 92), (10, 32), (0xc3, 0xa9)],
        special: &["<|\"end\"\\\n|>", "日"],
        pattern: r"[^x]+|x",
        digits: true,
    };
    let (tokenizer, json) = (Tokenizer::of(&parts).unwrap(), parts.to_json());
    assert_eq!(Tokenizer::from_json(json.as_bytes()).unwrap().vocab_size(), 261);
    let special = tokenizer.special("<|\"end\"\\\n|>").unwrap();
    assert_eq!(special, 259);
    assert_eq!(ids(&tokenizer, "\"\\\n é<|\"end\"\\\n|>1", Encode::PLAIN)[..3], [256, 257, 258]);
    assert_eq!(ids(&tokenizer, "日<|\"end\"\\\n|>", Encode::default()), [260, 259]);
    assert_eq!(tokenizer.decode(&[258, 260], false).unwrap(), "é日", "an added token is read as it is written");
}

/// The byte 0xe9 is written é: as a special token it would be that byte.
#[test]
fn a_special_token_that_is_written_as_another_is_refused() {
    let error = Tokenizer::byte_level(&bytes(), &[], &["é"]).unwrap_err();
    assert_eq!((error.code(), error.details()[1].1.as_str()), (Code::Malformed, "é"));
    assert!(Tokenizer::byte_level(&bytes(), &[], &["<s>", "<s>"]).is_err());
    assert!(Tokenizer::byte_level(&[], &[], &[]).is_ok());
}

/// Places are those of the text that was given, whatever normalizers made of it.
#[test]
fn places_are_those_of_the_text_as_it_was() {
    let text = "Cafe\u{301} ﬁne";
    let tokenizer =
        Tokenizer::from_json(whole("qwen2", &[("added_tokens", "[]"), ("normalizer", "{\"type\":\"NFKC\"}")]).as_bytes())
            .unwrap();
    let tokens = tokenizer.tokens(text, Encode::PLAIN).unwrap();
    let of = |part: &str| tokens.iter().filter(|token| text.get(token.range.clone()) == Some(part)).count();
    assert_eq!(of("e\u{301}"), 2, "two bytes of é: {tokens:?}");
    assert!(tokens.iter().all(|token| !text[token.range.clone()].is_empty()));
    assert_eq!(tokens.last().unwrap().range.end, text.len());
    // What is put before the text has no place in it.
    let llama = crate::fixtures::tokenizer("llama2");
    let tokens = llama.tokens("🦀", Encode::default()).unwrap();
    assert_eq!(tokens.iter().map(|token| token.range.clone()).collect::<Vec<_>>(), [0..0, 0..0, 0..4, 0..4, 0..4, 0..4]);
}

/// Somebody types the end of a turn into a prompt that a program puts together (transformers#29279): where it is marked as the
/// program's it is read, and nowhere else, whatever normalizers make of the text.
#[test]
fn special_tokens_are_read_where_they_are_marked() {
    for (name, whole) in crate::fixtures::variants() {
        let tokenizer = Tokenizer::from_json(whole.to_string().as_bytes()).unwrap();
        let plain = Encode { allow_special: false, ..Encode::default() };
        let encode = |text: &str, how: Encode, marked: &[std::ops::Range<usize>]| {
            let mut ids = Vec::new();
            tokenizer.encode_marked(text, how, marked, &mut ids).unwrap();
            ids
        };
        for text in ["Café </s> x</s>y <s> 日本<s></s>", "</s>", "<s>ＡＢ  cafe\u{301}</s>", "", "a </ s>"] {
            let all = encode(text, Encode::default(), &[]);
            // All of it marked is all of it read; none of it is none; and the marks of a part read no more than that part.
            assert_eq!(
                encode(text, plain, &[0..text.len()]),
                if text.is_empty() { encode(text, plain, &[]) } else { all.clone() },
                "{name} {text}"
            );
            let mut ids = Vec::new();
            tokenizer.encode(text, plain, &mut ids).unwrap();
            assert_eq!(encode(text, plain, &[]), ids, "{name} {text}");
            let end = tokenizer.special("</s>").unwrap();
            let count = |ids: &[u32]| ids.iter().filter(|id| **id == end).count();
            if let Some(at) = text.rfind("</s>") {
                let last = at..at + 4;
                let (one, none) = (encode(text, plain, std::slice::from_ref(&last)), encode(text, plain, &[]));
                assert_eq!(count(&one), count(&none) + 1, "{name} {text}");
                assert_eq!(encode(text, plain, &[at..at + 3]), none, "{name} {text}");
            }
        }
    }
}
