//! The search box against a search without an index, against hostile bytes, and in situations that people have reported of others.

use super::bytes::sum;
use super::score::score;
use super::{Asked, COUNT_UNIT, Did, Entry, Kind, Signal, Suggester, build};
use crate::error::Code;
use crate::ids::ItemIdx;
use crate::rank::BitSet;
use crate::text::{Distance, Folded};
use proptest::prelude::*;

pub(super) fn entry(text: &str, count: u64) -> Entry {
    Entry { text: text.into(), count: count * COUNT_UNIT, ..Entry::default() }
}

pub(super) fn suggester(entries: Vec<Entry>, synonyms: &[(&str, &str)]) -> Suggester {
    let synonyms: Vec<(String, String)> = synonyms.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
    Suggester::open(build(entries, &synonyms).unwrap().bytes).unwrap()
}

pub(super) fn of(texts: &[&str]) -> Suggester {
    suggester(texts.iter().zip(0..).map(|(text, at)| entry(text, 100 - at)).collect(), &[])
}

pub(super) fn texts(suggester: &mut Suggester, typed: &str) -> Vec<String> {
    suggester.suggest(&Asked::new(typed)).unwrap().map(|suggestion| suggestion.text.to_owned()).collect()
}

pub(super) fn kinds(suggester: &mut Suggester, typed: &str) -> Vec<(String, Kind, u8)> {
    let found = suggester.suggest(&Asked::new(typed)).unwrap();
    found.map(|suggestion| (suggestion.text.to_owned(), suggestion.kind, suggestion.typos)).collect()
}

/// The parts that are shown as matching, in bytes and in UTF-16 units.
pub(super) fn shown(suggester: &mut Suggester, typed: &str) -> Vec<Vec<String>> {
    let found = suggester.suggest(&Asked::new(typed)).unwrap();
    found
        .map(|suggestion| {
            let units: Vec<u16> = suggestion.text.encode_utf16().collect();
            let part = |part: &super::Highlight| {
                let bytes = &suggestion.text[part.start..part.end];
                assert_eq!(String::from_utf16(&units[part.start_utf16..part.end_utf16]).unwrap(), bytes);
                bytes.to_owned()
            };
            suggestion.highlights.iter().map(part).collect()
        })
        .collect()
}

pub(super) fn normal(text: &str) -> (String, bool) {
    let mut folded = Folded::default();
    folded.fold(text);
    (folded.normal().to_owned(), folded.is_finished())
}

/// The text that is typed whole, texts that begin with what is typed, then those that have all its words; each by score, then by
/// text.
fn brute(entries: &[Entry], typed: &str) -> Vec<String> {
    let (query, finished) = normal(typed);
    let mut rows: Vec<(u16, String, &str)> = entries
        .iter()
        .map(|entry| {
            let (normal, _) = normal(&entry.text);
            (score(entry.count, normal.chars().count()), normal, entry.text.as_str())
        })
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let starts = |text: &str| {
        if finished { text == query || text.starts_with(&format!("{query} ")) } else { text.starts_with(&query) }
    };
    let words: Vec<&str> = query.split(' ').collect();
    let has = |text: &str, open: bool| {
        words.iter().enumerate().all(|(at, typed)| {
            let open = open || (at + 1 == words.len() && !finished);
            text.split(' ').any(|word| if open { word.starts_with(typed) } else { word == *typed })
        })
    };
    let mut found: Vec<String> = Vec::new();
    let begun = rows.iter().any(|row| starts(&row.1));
    let stages: [&dyn Fn(&str) -> bool; 4] =
        [&|text| text == query, &starts, &|text| has(text, false), &|text| has(text, !begun && words.len() > 1)];
    for stage in stages {
        for (_, normal, text) in &rows {
            if stage(normal) && !found.iter().any(|known| known == text) {
                found.push((*text).to_owned());
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn starts_and_words_are_those_of_a_search_without_an_index(
        drawn in prop::collection::btree_map("(red|rede|blue|mug|mugs|tea|pot|big|b|r|é)( (red|rede|blue|mug|mugs|tea|pot|big|b|r|é)){0,3}", 0..40_u64, 1..120),
        typed in "(red|rede|blue|mug|mugs|tea|pot|big|b|r|é)( (red|rede|blue|mug|mugs|tea|pot|big|b|r|é)){0,2} ?",
        cut in 0..4_usize,
        k in 1..=20_usize,
    ) {
        let entries: Vec<Entry> = drawn.iter().map(|(text, count)| entry(text, *count)).collect();
        prop_assume!(entries.iter().map(|e| normal(&e.text).0).collect::<std::collections::BTreeSet<_>>().len() == entries.len());
        let end = typed.char_indices().rev().nth(cut).map_or(typed.len(), |(at, _)| at);
        let typed = if cut == 0 { &typed[..] } else { &typed[..end] };
        prop_assume!(!normal(typed).0.is_empty());
        let mut want = brute(&entries, typed);
        let mut suggester = suggester(entries, &[]);
        let have: Vec<(String, Kind)> =
            suggester.suggest(&Asked { k, ..Asked::new(typed) }).unwrap().map(|s| (s.text.to_owned(), s.kind)).collect();
        let direct: Vec<String> = have.iter().filter(|(_, kind)| *kind <= Kind::Words).map(|(text, _)| text.clone()).collect();
        want.truncate(k);
        prop_assert_eq!(direct, want);
        prop_assert!(have.windows(2).all(|pair| pair[0].1 <= pair[1].1) && have.len() <= k);
    }

    /// One word with one mistake finds every text that has a word which begins nearly so, where nothing matches as it stands.
    #[test]
    fn one_mistake_finds_all_that_are_near(
        words in prop::collection::btree_set("[abcd]{3,7}", 1..18),
        typed in "[abcd]{4,7}",
    ) {
        let near: Vec<&String> = words.iter().filter(|word| Distance::new(&typed).unwrap().to(word).1 <= 1).collect();
        let direct = words.iter().any(|word| word.contains(&typed));
        let mut suggester = suggester(words.iter().map(|word| entry(word, 3)).collect(), &[]);
        let found = kinds(&mut suggester, &typed);
        if !direct {
            for word in near {
                prop_assert!(found.iter().any(|(text, ..)| text == word) || found.len() == 10, "{} {:?}", word, found);
            }
        }
        for (text, kind, typos) in found {
            if kind == Kind::Typo && typos == 1 && text.len() > 2 {
                let gap = (1..typed.len()).any(|at| words.contains(&typed[..at]));
                prop_assert!(gap || Distance::new(&typed).unwrap().to(&text).1 <= 1, "{} {}", typed, text);
            }
        }
    }

    /// Whatever is typed is answered, and every part that is shown is of whole characters.
    #[test]
    fn anything_may_be_typed(typed in "\\PC{0,30}") {
        let mut suggester = of(&["White hanging heart t-light holder", "Café «Größe» 3", "白い花", "שלום עולם", "🎄 lights"]);
        shown(&mut suggester, &typed);
    }
}

fn small() -> Vec<u8> {
    let entries = vec![
        Entry { category: Some("Kitchen".into()), item: Some("m1".into()), ..entry("White mug", 9) },
        Entry { category: Some("Kitchen".into()), item: Some("t1".into()), ..entry("White tea pot", 4) },
        entry("Garden chair", 2),
    ];
    build(entries, &[("cup".into(), "mug".into())]).unwrap().bytes
}

#[test]
fn a_flipped_bit_is_refused() {
    let bytes = small();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut other = bytes.clone();
            other[at] ^= 1 << bit;
            let code = Suggester::open(other).unwrap_err().code();
            let early = [Code::SuggestForeign, Code::SuggestUnsupportedVersion];
            assert!(code == Code::SuggestDigestMismatch || (at < 12 && early.contains(&code)), "{at} {bit} {code:?}");
        }
    }
}

/// With the sum made right again: refused, or open and answering.
#[test]
fn hostile_bytes_are_refused_or_answer() {
    let bytes = small();
    let (mut opened, mut refused) = (0, 0);
    for at in 20..bytes.len() {
        for byte in (0..=255_u8).step_by(5).chain([bytes[at] ^ 1, bytes[at] ^ 128]) {
            let mut other = bytes.clone();
            other[at] = byte;
            let summed = sum(&other[20..]);
            other[12..20].copy_from_slice(&summed.to_le_bytes());
            match Suggester::open(other) {
                Err(error) => {
                    assert_eq!(error.code(), Code::SuggestMalformed);
                    refused += 1;
                }
                Ok(mut suggester) => {
                    opened += 1;
                    let signal = Signal { did: Did::Viewed, text: "white mug", age_ms: 0 };
                    suggester.set_session(&[signal]);
                    for typed in ["w", "white m", "whote", "cup", "teapot", "chair garden", "wtp"] {
                        shown(&mut suggester, typed);
                    }
                }
            }
        }
    }
    assert!(opened > 100 && refused > 100, "{opened} {refused}");
}

#[test]
fn kinds_in_their_order() {
    let mut shop = suggester(
        vec![
            entry("Tea towel", 50),
            entry("Green tea towel", 90),
            entry("Steam iron", 10),
            entry("Teapot", 5),
            entry("Pot of tea", 1),
            entry("Couch", 7),
            entry("Regency cake stand", 4),
        ],
        &[("sofa", "couch")],
    );
    let of = |shop: &mut Suggester, typed: &str| -> Vec<(String, Kind)> {
        kinds(shop, typed).into_iter().map(|(text, kind, _)| (text, kind)).collect()
    };
    let want = |rows: &[(&str, Kind)]| rows.iter().map(|(text, kind)| ((*text).to_owned(), *kind)).collect::<Vec<_>>();
    use Kind::{Initials, Inside, Joined, Start, Synonym, Typo, Words};
    assert_eq!(
        of(&mut shop, "tea"),
        want(&[("Teapot", Start), ("Tea towel", Start), ("Green tea towel", Words), ("Pot of tea", Words)])
    );
    assert_eq!(of(&mut shop, "tea pot"), want(&[("Pot of tea", Words), ("Teapot", Joined)]));
    assert_eq!(of(&mut shop, "teatowel"), want(&[("Tea towel", Joined), ("Green tea towel", Joined)]));
    assert_eq!(of(&mut shop, "sofa"), want(&[("Couch", Synonym)]));
    assert_eq!(of(&mut shop, "eam"), want(&[("Steam iron", Inside)]));
    assert_eq!(of(&mut shop, "rcs"), want(&[("Regency cake stand", Initials)]));
    assert_eq!(of(&mut shop, "regancy ca"), want(&[("Regency cake stand", Typo)]));
    assert_eq!(kinds(&mut shop, "regancy caka"), [("Regency cake stand".to_owned(), Typo, 2)]);
    assert_eq!(shown(&mut shop, "tea pot")[0], ["Pot", "tea"]);
    assert_eq!(shown(&mut shop, "rcs"), [["R", "c", "s"]]);
    assert_eq!(shown(&mut shop, "eam"), [["eam"]]);
    assert_eq!(shown(&mut shop, "regancy ca"), [["Regency", "ca"]]);
}

#[test]
fn a_synonym_never_stands_before_a_direct_match() {
    let mut shop = suggester(vec![entry("Couch", 900), entry("Sofa bed", 1), entry("Corner sofa", 1)], &[("sofa", "couch")]);
    assert_eq!(texts(&mut shop, "sofa"), ["Sofa bed", "Corner sofa", "Couch"]);
}

#[test]
fn filters_leave_what_they_say() {
    let entries = vec![
        Entry { category: Some("Kitchen".into()), item: Some("b".into()), ..entry("White mug", 9) },
        Entry { category: Some("Garden".into()), item: Some("a".into()), ..entry("White chair", 4) },
        entry("white", 1),
    ];
    let mut shop = suggester(entries, &[]);
    let kitchen = Asked { category: Some("Kitchen"), ..Asked::new("whi") };
    let found: Vec<_> = shop
        .suggest(&kitchen)
        .unwrap()
        .map(|s| (s.text.to_owned(), s.category.map(str::to_owned), s.item.map(str::to_owned)))
        .collect();
    assert_eq!(found, [("White mug".to_owned(), Some("Kitchen".to_owned()), Some("b".to_owned()))]);
    assert_eq!(shop.suggest(&Asked { category: Some("Attic"), ..Asked::new("w") }).unwrap_err().code(), Code::NameUnknown);
    let mut stock = BitSet::full(shop.items());
    stock.remove(ItemIdx(shop.find_item("b").unwrap() as u32));
    let asked = Asked { allowed: Some(&stock), ..Asked::new("whi") };
    // What is no item's stays.
    assert_eq!(shop.suggest(&asked).unwrap().map(|s| s.text.to_owned()).collect::<Vec<_>>(), ["white", "White chair"]);
    let short = BitSet::full(1);
    for asked in [
        Asked { allowed: Some(&short), ..Asked::new("w") },
        Asked { k: 0, ..Asked::new("w") },
        Asked { k: 21, ..Asked::new("w") },
    ] {
        assert_eq!(shop.suggest(&asked).unwrap_err().code(), Code::OptionInvalid);
    }
}

#[test]
fn a_session_raises_what_is_like_it() {
    let entries = vec![entry("Mug gray", 9), entry("Mug blue", 8), entry("Mug tree", 7), entry("Lamp blue", 1), entry("Desk", 1)];
    let mut shop = suggester(entries, &[]);
    let before = texts(&mut shop, "mug");
    assert_eq!(before[0], "Mug gray");
    shop.set_session(&[Signal { did: Did::Viewed, text: "Lamp blue", age_ms: 0 }]);
    assert_eq!(texts(&mut shop, "mug")[0], "Mug blue");
    // What was bought is not raised itself; what is long ago, or nothing that is known, raises nothing.
    shop.set_session(&[Signal { did: Did::Bought, text: "MUG BLUE", age_ms: 0 }]);
    assert_ne!(texts(&mut shop, "mug")[0], "Mug blue");
    for quiet in [
        &[][..],
        &[Signal { did: Did::Viewed, text: "Lamp blue", age_ms: u64::MAX }],
        &[Signal { did: Did::Searched, text: "?", age_ms: 0 }],
    ] {
        shop.set_session(quiet);
        assert_eq!(texts(&mut shop, "mug"), before);
    }
}

#[test]
fn nothing_is_left_to_suggest() {
    let error = build(vec![entry("?", 3), entry(&"x".repeat(256), 1)], &[]).unwrap_err();
    assert_eq!(
        (error.code(), error.details()),
        (Code::DataInvalid, &[("wordless", "1".to_owned()), ("long", "1".to_owned())][..])
    );
    let built = build(vec![entry("a", 1), entry("A", 1), entry("?", 3)], &[]).unwrap();
    assert_eq!((built.texts, built.merged, built.wordless, built.long), (1, 1, 1, 0));
    // 254 bytes, of which each letter has one more in the normal form: left out, and stops nobody else.
    let built = build(vec![entry("mug", 1), entry(&"\u{23a}".repeat(127), 900)], &[]).unwrap();
    assert_eq!((built.texts, built.long), (1, 1));
    assert!(Suggester::open(built.bytes).is_ok());
}

#[test]
fn many_texts_are_written_in_codes_and_read_back() {
    let words = ["white", "hanging", "heart", "holder", "regency", "teacup", "saucer", "garden", "lantern", "vintage"];
    let name = |at: usize| format!("{} {} {} {at}", words[at % 10], words[at / 10 % 10], words[at / 100 % 10]);
    let mut shop = suggester((0..2000).map(|at| entry(&name(at), at as u64)).collect(), &[]);
    assert!(shop.bytes() < 2000 * 22, "{}", shop.bytes());
    for at in [0, 7, 999, 1234, 1999] {
        assert_eq!(texts(&mut shop, &name(at))[0], name(at));
    }
}

#[test]
fn what_is_merged_keeps_its_item_and_category() {
    let of_item = |text: &str, count, item: &str, category: Option<&str>| Entry {
        item: Some(item.into()),
        category: category.map(Into::into),
        ..entry(text, count)
    };
    // A query that is asked for more than its item is bought; two items of one title; a category by its own name.
    let mut entries = vec![
        entry("white mug", 900),
        of_item("White Mug", 5, "b", Some("Kitchen")),
        of_item("WHITE MUG", 7, "a", Some("Cups")),
        of_item("Garden chair", 3, "c", None),
        Entry { category: Some("Garden".into()), ..entry("Garden Chair", 1) },
        of_item("Desk", 2, "e", None),
        of_item("desk", 2, "d", None),
    ];
    let found = |entries: &[Entry]| {
        let built = build(entries.to_vec(), &[]).unwrap();
        assert_eq!((built.texts, built.merged, built.outdone), (3, 4, 2));
        let mut shop = Suggester::open(built.bytes).unwrap();
        ["wh", "gar", "de"].map(|typed| {
            let one = shop.suggest(&Asked::new(typed)).unwrap().next().unwrap();
            (one.text.to_owned(), one.item.unwrap().to_owned(), one.category.map(str::to_owned))
        })
    };
    let row = |text: &str, item: &str, category: Option<&str>| (text.to_owned(), item.to_owned(), category.map(str::to_owned));
    let want = [row("white mug", "a", Some("Cups")), row("Garden chair", "c", Some("Garden")), row("Desk", "d", None)];
    for _ in 0..entries.len() {
        assert_eq!(found(&entries), want);
        entries.rotate_left(1);
    }
    entries.reverse();
    assert_eq!(found(&entries), want);
}

#[test]
fn synonyms_that_are_of_no_use_are_counted() {
    let pair = |typed: &str, meant: &str| (typed.to_owned(), meant.to_owned());
    let synonyms =
        [pair("sofa", "couch"), pair("Sofa", "couch"), pair("?", "couch"), pair("couch", "COUCH"), pair("x", &"y".repeat(254))];
    let built = build(vec![entry("Couch", 1)], &synonyms).unwrap();
    assert_eq!((built.synonyms, built.useless), (1, 3));
    assert_eq!(texts(&mut Suggester::open(built.bytes).unwrap(), "sofa"), ["Couch"]);
}

#[test]
fn a_finished_word_is_shown_where_it_is_whole() {
    let parts = |text: &str, typed: &str| {
        let mut shop = of(&[text]);
        let found = shop.suggest(&Asked::new(typed)).unwrap().next().unwrap();
        found.highlights.iter().map(|part| (part.start, part.end)).collect::<Vec<_>>()
    };
    assert_eq!(parts("Teapot, tea", "tea "), [(8, 11)]);
    assert_eq!(parts("Teapot, tea", "tea"), [(0, 3)]);
    assert_eq!(parts("Tea pot", "tea "), [(0, 3)]);
    assert_eq!(parts("Tea", "tea "), [(0, 3)]);
    // The surer match chooses first, whichever was typed first.
    assert_eq!(parts("Tea towel t", "t tea"), [(0, 3), (10, 11)]);
}
