//! Words that nearly stand at every place of a text: looked for so long, and no longer; and how many may be looked for.

use crate::fixtures::{variants, whole};
use nearhand_tokenizer::{Code, Encode, Tokenizer};
use serde_json::{Value, json};

fn with_added(added: &[Value], more: &[(&str, &str)]) -> Result<Tokenizer, nearhand_tokenizer::Error> {
    let added = Value::from(added.to_vec()).to_string();
    let parts: Vec<(&str, &str)> = more.iter().copied().chain([("added_tokens", added.as_str())]).collect();
    Tokenizer::from_json(whole("gpt2", &parts).as_bytes())
}

#[test]
fn steps_are_counted_where_words_are_looked_for() {
    let nearly = "a".repeat(4095);
    let added = with_added(&[json!({ "id": 1000, "content": format!("{nearly}b") })], &[]).unwrap();
    let mut unigram = variants().into_iter().find(|(name, _)| name == "t5").unwrap().1;
    unigram["model"]["vocab"].as_array_mut().unwrap().push(json!([nearly, -1.0]));
    (unigram["added_tokens"], unigram["post_processor"]) = (json!([]), Value::Null);
    let unigram = Tokenizer::from_json(unigram.to_string().as_bytes()).unwrap();
    for tokenizer in [added, unigram] {
        let mut ids = Vec::new();
        let error = tokenizer.encode(&"a".repeat(1 << 15), Encode::default(), &mut ids).unwrap_err();
        assert_eq!(error.code(), Code::TooSlow);
        ids.clear();
        tokenizer.encode(&"a".repeat(1000), Encode::default(), &mut ids).unwrap();
        assert!(!ids.is_empty());
    }
}

#[test]
fn added_tokens_have_so_many_bytes_together() {
    let token = |at: usize, normalized: bool| json!({ "id": 1000 + at, "content": format!("{at:04}{}", "/".repeat(2044)), "normalized": normalized });
    let tokens = |count: usize, normalized: bool| (0..count).map(|at| token(at, normalized)).collect::<Vec<_>>();
    assert!(with_added(&tokens(512, false), &[]).is_ok());
    assert_eq!(with_added(&tokens(513, false), &[]).unwrap_err().code(), Code::TooLarge);
    // A normalizer makes three times as much of them.
    let normalizer = [("normalizer", "{\"type\": \"Replace\", \"pattern\": {\"String\": \"/\"}, \"content\": \"日\"}")];
    assert!(with_added(&tokens(170, true), &normalizer).is_ok());
    let error = with_added(&tokens(171, true), &normalizer).unwrap_err();
    assert!(
        error.code() == Code::TooLarge && error.details().iter().any(|(name, value)| *name == "place" && value == "added_tokens"),
        "{error}"
    );
}
