//! Makes the index and the answers that tests of the npm package hold its faces against: the same on every runtime.
//!
//! ```text
//! cargo run --release --features suggest --example suggest_fixture tests/js/package/suggest
//! ```
//! reads `shop.tsv` (text, count, category, item a line) and `asked.json`, writes `shop.suggest` and `answers.json`.

use nearhand::rank::BitSet;
use nearhand::suggest::{Asked, COUNT_UNIT, Did, Entry, Signal, Suggester, build};
use serde_json::{Value, json};
use std::path::Path;

type Whatever<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Whatever<()> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    let rows = std::fs::read_to_string(folder.join("shop.tsv"))?;
    let entries: Vec<Entry> = rows.lines().map(entry).collect::<Whatever<_>>()?;
    let synonyms = [("cakestand", "cake stand"), ("tote", "bag")].map(|(typed, meant)| (typed.to_owned(), meant.to_owned()));
    let built = build(entries, &synonyms)?;
    println!("{} texts, {} bytes", built.texts, built.bytes.len());
    std::fs::write(folder.join("shop.suggest"), &built.bytes)?;
    let asked: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("asked.json"))?)?;
    let answers: Vec<String> =
        asked.iter().map(|one| answer(&mut Suggester::open(built.bytes.clone())?, one)).collect::<Whatever<_>>()?;
    std::fs::write(folder.join("answers.json"), format!("[\n{}\n]\n", answers.join(",\n")))?;
    Ok(())
}

fn entry(row: &str) -> Whatever<Entry> {
    let mut cells = row.split('\t').map(str::to_owned);
    let text = cells.next().unwrap_or_default();
    let count = cells.next().unwrap_or_default().parse::<u64>()? * COUNT_UNIT;
    let mut named = || cells.next().filter(|name| !name.is_empty());
    Ok(Entry { text, count, category: named(), item: named() })
}

/// What is asked, with the answer to it: one line of JSON.
fn answer(suggester: &mut Suggester, asked: &Value) -> Whatever<String> {
    let text = |of: &Value, key: &str| of[key].as_str().map(str::to_owned);
    let mut signals = Vec::new();
    for event in asked["session"].as_array().into_iter().flatten() {
        let did = match event["kind"].as_str() {
            Some("search") => Did::Searched,
            Some("purchase") => Did::Bought,
            _ => Did::Viewed,
        };
        let told = text(event, "text").or_else(|| suggester.text_of(event["item"].as_str()?)).unwrap_or_default();
        signals.push((did, told, event["ageMs"].as_u64().unwrap_or(0)));
    }
    let signals: Vec<_> = signals.iter().map(|(did, text, age_ms)| Signal { did: *did, text, age_ms: *age_ms }).collect();
    suggester.set_session(&signals);
    let allowed = asked["allowed"].as_array().map(|ids| {
        let numbers: Vec<_> = ids.iter().filter_map(|id| suggester.find_item(id.as_str()?)).collect();
        let mut set = BitSet::full(suggester.items());
        set.retain(|item| numbers.contains(&item.at()));
        set
    });
    let (typed, category) = (text(asked, "typed").unwrap_or_default(), text(asked, "category"));
    let k = asked["k"].as_u64().unwrap_or(10) as usize;
    let asking = Asked { text: &typed, k, category: category.as_deref(), allowed: allowed.as_ref() };
    let items: Vec<Value> = suggester.suggest(&asking)?.map(|found| shown(&found)).collect();
    let mut whole = asked.clone();
    whole["items"] = json!(items);
    Ok(serde_json::to_string(&whole)?)
}

fn shown(found: &nearhand::suggest::Suggestion<'_>) -> Value {
    let highlights: Vec<_> = found.highlights.iter().map(|part| [part.start_utf16, part.end_utf16]).collect();
    let mut one = json!({
        "text": found.text, "kind": found.kind.as_str(), "typos": found.typos, "score": found.score, "highlights": highlights,
    });
    for (key, name) in [("category", found.category), ("item", found.item)] {
        if let Some(name) = name {
            one[key] = json!(name);
        }
    }
    one
}
