//! What holds for every text: nothing is lost, merges are those of brute force, a stream gives what decoding at once does.

use crate::fixtures::{Chance, bits, tokenizer, variants, whole};
use nearhand_tokenizer::{Encode, Tokenizer};
use serde_json::Value;
use std::collections::BTreeMap;

const BYTE_LEVEL: &[&str] = &["gpt2", "llama3", "llama3-merges", "smollm2", "o200k", "deepseek", "deepseek3"];

/// Texts of nasty parts, and of any characters.
fn texts(count: usize, seed: u64) -> Vec<String> {
    let (bits, mut chance) = (bits(), Chance(seed));
    let any = |chance: &mut Chance| {
        (0..20).filter_map(|_| char::from_u32(u32::try_from(chance.below(0x11_0000)).unwrap())).collect::<String>()
    };
    (0..count).map(|at| if at % 3 == 0 { any(&mut chance) } else { chance.text(&bits) }).collect()
}

fn bare(name: &str) -> Tokenizer {
    Tokenizer::from_json(whole(name, &[("added_tokens", "[]"), ("post_processor", "null")]).as_bytes()).unwrap()
}

#[test]
fn nothing_of_a_text_is_lost() {
    for name in BYTE_LEVEL {
        let tokenizer = bare(name);
        for text in texts(400, 7) {
            let tokens = tokenizer.tokens(&text, Encode::default()).unwrap();
            let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
            assert_eq!(tokenizer.decode(&ids, true).unwrap(), text, "{name}");
            let pieces: Vec<u8> = ids.iter().flat_map(|&id| tokenizer.piece(id)).copied().collect();
            assert_eq!(pieces, text.as_bytes(), "{name}");
            let mut end = 0;
            for token in &tokens {
                // Whole characters, none left out, and the token's bytes among them.
                assert!(
                    token.range.start <= end && token.range.end >= end && !text[token.range.clone()].is_empty(),
                    "{name} {text:?}"
                );
                end = token.range.end;
                let own = tokenizer.piece(token.id);
                assert!(text[token.range.clone()].as_bytes().windows(own.len()).any(|part| part == own), "{name} {text:?}");
            }
            assert_eq!(end, text.len());
        }
    }
}

/// Merges by the words of the definition: the lowest rank, the leftmost of equal ones, again and again.
fn brute(word: Vec<String>, ranks: &BTreeMap<(String, String), usize>) -> Vec<String> {
    let mut parts = word;
    loop {
        let best = (1..parts.len()).filter_map(|at| Some((ranks.get(&(parts[at - 1].clone(), parts[at].clone()))?, at))).min();
        let Some((_, at)) = best else { return parts };
        let right = parts.remove(at);
        parts[at - 1].push_str(&right);
    }
}

#[test]
fn merges_are_those_of_brute_force() {
    let (name, json) = variants().into_iter().find(|(name, _)| name == "gemma").unwrap();
    let merges = json["model"]["merges"].as_array().unwrap().iter().enumerate();
    let part = |merge: &Value, at: usize| merge[at].as_str().unwrap().to_owned();
    let ranks: BTreeMap<_, _> = merges.map(|(rank, merge)| ((part(merge, 0), part(merge, 1)), rank)).collect();
    let tokenizer = bare(&name);
    let (mut chance, mut merged) = (Chance(3), 0);
    let letters: Vec<char> = "etaoinshr dlu▁cgmp".chars().collect();
    for len in (1..200).chain([3_000]) {
        let text: String = (0..len).map(|_| letters[chance.below(letters.len())]).collect();
        let (mut ids, mut want) = (Vec::new(), Vec::new());
        tokenizer.encode(&text, Encode::default(), &mut ids).unwrap();
        tokenizer.pretokenize(&text, |word| want.extend(brute(word.chars().map(String::from).collect(), &ranks))).unwrap();
        let got: Vec<&str> = ids.iter().map(|&id| tokenizer.name(id).unwrap()).collect();
        assert_eq!(got, want, "{text}");
        merged += len - got.len();
    }
    assert!(merged > 5_000, "{merged}");
}

#[test]
fn a_stream_gives_what_decoding_at_once_does_and_no_half_characters() {
    let mut held = 0;
    for (name, json) in variants() {
        let tokenizer = Tokenizer::from_json(json.to_string().as_bytes()).unwrap();
        let mut chance = Chance(11);
        for round in 0..60 {
            // Any ids, so that bytes of characters come in any order; and those of a text.
            let size = tokenizer.vocab_size();
            let mut ids: Vec<u32> =
                (0..30).map(|_| u32::try_from(chance.below(if round % 2 == 0 { size } else { 300 })).unwrap()).collect();
            ids.retain(|&id| tokenizer.name(id).is_some());
            tokenizer.encode("日本 👍🏽", Encode::default(), &mut ids).unwrap();
            for skip in [false, true] {
                let (mut stream, mut out) = (tokenizer.stream(skip), String::new());
                for &id in &ids {
                    let before = out.len();
                    stream.push(id, &mut out).unwrap();
                    held += usize::from(out.len() == before);
                }
                stream.finish(&mut out);
                assert_eq!(out, tokenizer.decode(&ids, skip).unwrap(), "{name} {ids:?}");
            }
        }
    }
    assert!(held > 1_000, "bytes of characters were held back: {held}");
}

#[test]
fn a_character_is_given_with_its_last_byte_and_not_before() {
    let tokenizer = bare("gpt2");
    let mut ids = Vec::new();
    tokenizer.encode("🙂!", Encode::default(), &mut ids).unwrap();
    let (mut stream, mut seen) = (tokenizer.stream(true), Vec::new());
    for &id in &ids {
        let mut out = String::new();
        stream.push(id, &mut out).unwrap();
        seen.push(out);
    }
    assert_eq!(seen.concat(), "🙂!");
    assert!(seen.iter().all(|part| ["", "🙂", "!"].contains(&part.as_str())), "{seen:?}");
    // What ends amid a character says so.
    let mut out = String::new();
    let mut stream = tokenizer.stream(true);
    stream.push(ids[0], &mut out).unwrap();
    assert_eq!(out, "");
    stream.finish(&mut out);
    assert_eq!(out, "\u{fffd}");
}

#[test]
fn long_words_take_no_square_of_their_length() {
    // A square of this many symbols would take hours.
    let text = "ab".repeat(1 << 19);
    for name in ["gpt2", "llama2", "gemma"] {
        let (tokenizer, mut ids) = (tokenizer(name), Vec::new());
        tokenizer.encode(&text, Encode::PLAIN, &mut ids).unwrap();
        assert!(ids.len() > 1_000, "{name}");
    }
}
