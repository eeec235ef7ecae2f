//! Normal forms by the host give the same ids, and the same places of the tokens, as this crate's own tables.

use crate::fixtures::{Chance, bits, variants, whole};
use nearhand_tokenizer::{Encode, Tokenizer};
use std::ops::Range;
use std::sync::OnceLock;

/// A host: its tables are this crate's, seen through a tokenizer that does nothing but a normal form.
fn host(form: &'static str, text: &str) -> String {
    static ALL: OnceLock<Vec<(&'static str, Tokenizer)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let of = |form| {
            let normalizer = format!("{{\"type\": \"{form}\"}}");
            let parts = [("normalizer", normalizer.as_str()), ("pre_tokenizer", "null"), ("added_tokens", "[]")];
            (form, Tokenizer::from_json(whole("t5", &parts).as_bytes()).unwrap())
        };
        ["NFC", "NFD", "NFKC", "NFKD"].map(of).to_vec()
    });
    let mut out = String::new();
    all.iter().find(|(name, _)| *name == form).unwrap().1.pretokenize(text, |word| out.push_str(word)).unwrap();
    out
}

/// The ids of a text with their places.
fn tokens(tokenizer: &Tokenizer, text: &str) -> Vec<(u32, Range<usize>)> {
    tokenizer.tokens(text, Encode::default()).unwrap().into_iter().map(|token| (token.id, token.range)).collect()
}

fn both(json: &str) -> [Tokenizer; 2] {
    [Tokenizer::from_json(json.as_bytes()).unwrap(), Tokenizer::from_json_by(json.as_bytes(), host).unwrap()]
}

#[test]
fn ids_and_places_are_those_of_the_own_tables() {
    let mut seen = 0;
    for (name, whole) in variants() {
        let [own, by] = both(&whole.to_string());
        let (bits, mut chance) = (bits(), Chance(11));
        for _ in 0..200 {
            let text = chance.text(&bits);
            let wanted = tokens(&own, &text);
            assert_eq!(tokens(&by, &text), wanted, "{name} {text:?}");
            seen += usize::from(host("NFKD", &text) != text);
        }
    }
    assert!(seen > 1000, "{seen} texts are changed by a form");
}

/// Places stay those of single characters within a long stretch of characters that are changed.
#[test]
fn a_stretch_that_changes_is_told_character_by_character() {
    let nfkc = [("normalizer", "{\"type\": \"NFKC\"}")];
    let nfd = [("normalizer", "{\"type\": \"NFD\"}")];
    let marks = format!("a{}", "\u{301}".repeat(200));
    let texts = [
        "ＡＢＣ ｄｅｆ",
        "cafe\u{301}日本\u{ff9e}語が\u{3099}",
        "\u{1100}\u{1161}\u{11a8}한국ㄱㅏ",
        "ﬁnﬂé⑳㎏",
        "\u{301}é\u{323}ẛ\u{323}",
        "\u{16d67}\u{16d67}Ω\u{2126}",
        marks.as_str(),
    ];
    for json in [whole("qwen2", &nfkc), whole("t5", &nfkc), whole("t5", &nfd), whole("nfd", &[]), whole("qwen2", &[])] {
        let [own, by] = both(&json);
        for text in texts {
            assert_eq!(tokens(&by, text), tokens(&own, text), "{text:?}");
        }
    }
}

/// A space that a form makes and Strip takes away does not let the next character be the first (`prepend_scheme` first), and a special token
/// that is found in the normal text is read where it is marked, whatever stands beside it.
#[test]
fn what_is_first_and_what_is_marked_hangs_on_places() {
    let strip = "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFKC\"}, {\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}]}";
    let first = "{\"type\": \"Metaspace\", \"replacement\": \"\u{2581}\", \"prepend_scheme\": \"first\", \"split\": true}";
    let [own, by] = both(&whole("t5", &[("normalizer", strip), ("pre_tokenizer", first)]));
    for text in ["\u{a0}ｅ\u{301}", "\u{3000}\u{3000}Ａ a", "Ａ a"] {
        assert_eq!(tokens(&by, text), tokens(&own, text), "{text:?}");
    }
    let end = "[{\"id\": 1, \"content\": \"</s>\", \"special\": true, \"normalized\": true}]";
    let [own, by] = both(&whole("t5", &[("added_tokens", end)]));
    let text = "Ａ</s>\u{fb01}</s>é</s>";
    let at = text.find("</s>").unwrap();
    let end = text.len();
    let all: [(&[Range<usize>], usize); 4] = [(&[], 0), (&[at..at + 4], 1), (&[end - 4..end], 1), (&[0..end], 3)];
    for (marked, count) in all {
        let ids = |tokenizer: &Tokenizer| {
            let mut ids = Vec::new();
            let how = Encode { allow_special: false, add_special: false };
            tokenizer.encode_marked(text, how, marked, &mut ids).unwrap();
            ids
        };
        assert_eq!(ids(&by), ids(&own), "{marked:?}");
        assert_eq!(ids(&own).iter().filter(|id| **id == 1).count(), count, "{marked:?}");
    }
}

/// Nothing of a host is trusted but its text: one that answers otherwise for parts than for the whole, or with other lengths, costs places and
/// nothing else.
#[test]
fn a_host_that_answers_anything_is_taken_at_its_word() {
    fn odd(form: &'static str, text: &str) -> String {
        if text.chars().count() > 1 { "日".repeat(text.len() % 7) } else { host(form, text) }
    }
    let tokenizer = Tokenizer::from_json_by(whole("t5", &[]).as_bytes(), odd).unwrap();
    for text in ["é", "éé", "ＡＢＣＤＥＦ", "\u{301}\u{301}", ""] {
        let told = tokens(&tokenizer, text);
        assert!(told.iter().all(|(_, range)| range.end <= text.len() && text.get(range.clone()).is_some()));
        let mut ids = Vec::new();
        tokenizer.encode(text, Encode::default(), &mut ids).unwrap();
        assert_eq!(ids, told.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    }
}
