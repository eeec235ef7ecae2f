//! Files at the edges of what is read, as recorded by tools/tokenizer_edges.py: taken with the ids of the reference, or refused by code and
//! place. `nearhand/tokenizer` is held to the same.

use crate::fixtures::{json, whole};
use nearhand_tokenizer::{Code, Encode, Tokenizer};

#[test]
fn files_at_the_edges_are_taken_with_the_references_ids_or_refused_by_their_place() {
    let cases = json("edges.json");
    let (mut taken, mut refused) = (0, 0);
    for case in cases.as_array().unwrap() {
        let (name, file) = (case["name"].as_str().unwrap(), case["file"].as_str().unwrap());
        let read = Tokenizer::from_json(file.as_bytes());
        if let Some(texts) = case.get("texts") {
            let tokenizer = read.unwrap_or_else(|error| panic!("{name}: {error}"));
            for text in texts.as_array().unwrap() {
                let mut ids = Vec::new();
                tokenizer.encode(text["text"].as_str().unwrap(), Encode::default(), &mut ids).unwrap();
                let want: Vec<u32> = serde_json::from_value(text["ids"].clone()).unwrap();
                assert_eq!(ids, want, "{name}");
            }
            taken += 1;
            continue;
        }
        let error = read.map(|_| ()).expect_err(name);
        assert_eq!(error.code().as_str(), case["code"].as_str().unwrap(), "{name}: {error}");
        if let Some(place) = case["place"].as_str() {
            assert!(error.details().contains(&("place", place.to_owned())), "{name}: {error}");
        }
        refused += 1;
    }
    assert!(taken > 30 && refused > 50, "{taken} {refused}");
}

#[test]
fn limits_are_bytes() {
    let (mut ids, long) = (Vec::new(), "é".repeat((1 << 21) + 1));
    let tokenizer = crate::fixtures::tokenizer("gpt2");
    assert_eq!(tokenizer.encode(&long, Encode::PLAIN, &mut ids).unwrap_err().code(), Code::TextTooLarge);
    assert!(ids.is_empty());
}

/// As many added tokens as there may be, all of which begin alike, in a text that is full of such beginnings (tokenizers#914: files with
/// many added tokens take minutes).
#[test]
fn many_added_tokens_take_no_square_of_their_number() {
    let token = |at: usize| format!("{{\"id\":{},\"content\":\"<<<<<<<<{at}>\"}}", 1_000 + at);
    let added: Vec<String> = (0..1 << 14).map(token).collect();
    let file = whole("gpt2", &[("added_tokens", &format!("[{}]", added.join(",")))]);
    let tokenizer = Tokenizer::from_json(file.as_bytes()).unwrap();
    let mut ids = Vec::new();
    tokenizer.encode(&"<".repeat(1 << 18), Encode::default(), &mut ids).unwrap();
    tokenizer.encode("<<<<<<<<16383>", Encode::default(), &mut ids).unwrap();
    assert_eq!(ids.last().copied(), tokenizer.id("<<<<<<<<16383>"));
}

/// Without a decoder words stand with spaces between: such a piece has its space, amid a text.
#[test]
fn a_piece_amid_a_text_has_the_space_before_it() {
    let file = whole("gpt2", &[("decoder", "null")]);
    let tokenizer = Tokenizer::from_json(file.as_bytes()).unwrap();
    let id = tokenizer.id("a").unwrap();
    assert_eq!((tokenizer.piece(id), tokenizer.decode(&[id, id], true).unwrap().as_str()), (&b" a"[..], "a a"));
}
