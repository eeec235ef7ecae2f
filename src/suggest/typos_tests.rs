//! Typing mistakes against a search without an index.

use super::score::score;
use super::tests::{entry, kinds, normal, suggester};
use super::{Entry, Kind};
use crate::text::Distance;
use proptest::prelude::*;

/// Texts in which a word is nearly the typed one, whole or where it is not finished with a beginning: by mistakes; then those that
/// begin with it before the others; each by score, then by text.
fn brute(entries: &[Entry], typed: &str, finished: bool) -> Vec<(String, Kind, u8)> {
    let mut rows: Vec<(u16, String)> =
        entries.iter().map(|entry| (score(entry.count, entry.text.chars().count()), entry.text.clone())).collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut found: Vec<(String, Kind, u8)> = Vec::new();
    for mistakes in 1..=if typed.len() < 8 { 1 } else { 2 } {
        for words in [1, usize::MAX] {
            for (_, text) in &rows {
                let near = text.split(' ').take(words).any(|word| {
                    let (whole, begun) = Distance::new(typed).unwrap().to(word);
                    whole.min(if finished { u8::MAX } else { begun }) <= mistakes
                });
                if near && !found.iter().any(|(known, ..)| known == text) {
                    found.push((text.clone(), Kind::Typo, mistakes));
                }
            }
        }
    }
    found.truncate(10);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Texts of words with few beginnings, so that most of them are near each other, and enough of them that the dictionary is
    /// walked rather than the texts read.
    #[test]
    fn mistakes_are_those_of_a_search_without_an_index(
        drawn in prop::collection::btree_map("(abcda|dbcaé|aacdb|cabda)[abcdé]{0,4}( (abcdb|bbcad)[abcd]{0,3})?", 0..9_u64, 110..260),
        typed in "(abcda|dbcae|aadcb|cabdd|bcda)[abcde]{0,4}",
        finished in any::<bool>(),
    ) {
        let entries: Vec<Entry> = drawn.iter().map(|(text, count)| entry(&normal(text).0, *count)).collect();
        let mut unique: Vec<&String> = entries.iter().map(|entry| &entry.text).collect();
        unique.sort();
        unique.dedup();
        prop_assume!(unique.len() == entries.len());
        // What is found as it stands, or parted, is another test's.
        let words = || entries.iter().flat_map(|entry| entry.text.split(' '));
        prop_assume!(!words().any(|word| word.contains(&typed) || typed.starts_with(word)));
        let want = brute(&entries, &typed, finished);
        let mut shop = suggester(entries, &[]);
        prop_assert_eq!(kinds(&mut shop, &format!("{typed}{}", if finished { " " } else { "" })), want);
    }
}
