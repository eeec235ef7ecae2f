//! What a visitor viewed, searched and bought raises what is like it.
//!
//! A word that the session has seen adds to the score of each text with it
//!
//! ```text
//! ¼ · log₂(texts / texts with the word) · strength,   strength = Σ over the signals with the word of s · ½^(age / 30 min)
//! ```
//! at most 4 of strength a word, with s = 1 viewed, 2 searched, 1 bought; a category that the session has seen adds one half
//! times its strength. What was bought is not raised itself. In parts of 1,024, as the scores are.

use super::index::{Index, Room};
use super::reading::cut;
use super::score::{PARTS, log2};

/// What the visitor did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// Looked at it.
    Viewed,
    /// Asked for it.
    Searched,
    /// Bought it.
    Bought,
}

/// One thing a visitor did.
#[derive(Clone, Copy, Debug)]
pub struct Signal<'a> {
    /// What was done.
    pub did: Did,
    /// The query, or the title of the item.
    pub text: &'a str,
    /// How long ago, in milliseconds.
    pub age_ms: u64,
}

/// Most signals that count, the first of the list.
pub const MOST_SIGNALS: usize = 64;
/// Time after which a signal counts half.
const HALF_LIFE_MS: u64 = 30 * 60_000;
/// Most strength of a word, in parts.
const MOST_STRENGTH: i64 = 4 * PARTS;
/// How much a session may add to a score.
const MOST_RAISED: i64 = 8 * PARTS;

/// How much a signal counts, in parts: halved for each half-life, and between them along a line.
fn strength(signal: &Signal<'_>) -> i64 {
    let full = match signal.did {
        Did::Viewed | Did::Bought => PARTS,
        Did::Searched => 2 * PARTS,
    };
    let halves = (signal.age_ms / HALF_LIFE_MS).min(20);
    let rest = (signal.age_ms % HALF_LIFE_MS) as i64;
    let at = full >> halves;
    at - at / 2 * rest / HALF_LIFE_MS as i64
}

/// Adds to a list of numbers with strengths.
fn add(list: &mut Vec<(u32, i64)>, number: u32, more: i64) {
    match list.iter_mut().find(|(other, _)| *other == number) {
        Some((_, strength)) => *strength = (*strength + more).min(MOST_STRENGTH),
        None => list.push((number, more)),
    }
}

/// The scores of all texts for a session.
pub(super) fn scores(index: &Index, signals: &[Signal<'_>], room: &mut Room, scores: &mut Vec<u16>) {
    scores.clear();
    let (mut words, mut categories, mut bought) = (Vec::new(), Vec::new(), Vec::new());
    for signal in signals.iter().take(MOST_SIGNALS) {
        let strength = strength(signal);
        room.folded.fold(cut(signal.text));
        let normal = room.folded.normal().to_owned();
        for word in normal.split(' ').filter(|word| !word.is_empty()) {
            let at = index.word_bound(word, false, room);
            if at < index.words() && index.word(at, &mut room.line) == word {
                add(&mut words, at, strength);
            }
        }
        let whole = index.bound((0, index.len()), &normal, false, room);
        let text = index.text(whole, &mut room.line);
        room.folded.fold(text);
        if whole < index.len() && room.folded.normal() == normal {
            match index.category(whole) {
                0 => {}
                category => add(&mut categories, category, strength),
            }
            if signal.did == Did::Bought {
                bought.push(whole);
            }
        }
    }
    if words.is_empty() && categories.is_empty() {
        return;
    }
    let mut raised: Vec<i64> = vec![0; index.len() as usize];
    for (word, strength) in words {
        let mut texts = 0_u64;
        index.each_text((word, word + 1), &mut |_| texts += 1);
        let rare = log2(u64::from(index.len())) - log2(texts);
        let more = rare * strength / PARTS / 4;
        index.each_text((word, word + 1), &mut |text| {
            if let Some(raised) = raised.get_mut(text as usize) {
                *raised += more;
            }
        });
    }
    for (text, raised) in (0..).zip(&mut raised) {
        let category = index.category(text);
        let more =
            categories.iter().find(|(other, _)| category > 0 && *other == category).map_or(0, |(_, strength)| strength / 2);
        *raised = (*raised + more).min(MOST_RAISED);
    }
    for text in bought {
        if let Some(raised) = raised.get_mut(text as usize) {
            *raised = 0;
        }
    }
    scores.extend((0..).zip(&raised).map(|(text, raised)| (i64::from(index.score(text)) + raised).min(65_535) as u16));
}
