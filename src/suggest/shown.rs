//! Which parts of a suggested text match, in the text as it was written.

use super::asked::{Highlight, Kind};
use super::reading::Reading;
use crate::text::{Distance, Folded, Word};

/// Adds the parts of a text that match a reading, in order, apart from each other. `folded` is the text's normal form.
pub(super) fn highlights(text: &str, folded: &Folded, reading: &Reading, kind: Kind, out: &mut Vec<Highlight>) {
    let from = out.len();
    let mut show = |start: usize, end: usize| {
        let (start, end) = folded.origin(start, end);
        if start < end {
            out.push(Highlight { start, end, ..Highlight::default() });
        }
    };
    if folded.normal().starts_with(&reading.text) {
        show(0, reading.text.len());
    } else if kind == Kind::Initials {
        for (word, letter) in folded.words().iter().zip(reading.text.chars()) {
            show(word.start, word.start + letter.len_utf8());
        }
    } else {
        // Each word of a text answers for one word that was typed; the surer matches choose first.
        let mut taken = 0_u128;
        let mut left = 0_u128;
        for (at, typed) in reading.words().enumerate().take(128) {
            match choose(folded, taken, |word| word == typed).or_else(|| choose(folded, taken, |word| word.starts_with(typed))) {
                Some((place, word)) => {
                    taken |= 1 << place;
                    show(word.start, word.start + typed.len());
                }
                None => left |= 1 << at,
            }
        }
        for (at, typed) in reading.words().enumerate().take(128) {
            if left >> at & 1 == 0 {
                continue;
            }
            if let Some((place, word)) = choose(folded, taken, |word| word.contains(typed)) {
                taken |= 1 << place;
                let start = folded.normal().get(word.start..word.end).and_then(|word| word.find(typed)).unwrap_or(0);
                show(word.start + start, word.start + start + typed.len());
            } else if let Some(mut distance) = Distance::new(typed) {
                let near = choose(folded, taken, |word| distance.to(word).1 <= 1);
                if let Some((place, word)) = near.or_else(|| choose(folded, taken, |word| distance.to(word).1 <= 2)) {
                    taken |= 1 << place;
                    show(word.start, word.end);
                }
            }
        }
    }
    let new = out.get_mut(from..).unwrap_or_default();
    new.sort_unstable_by_key(|part| part.start);
    for part in new {
        let units = |end: usize| text.get(..end).unwrap_or_default().chars().map(char::len_utf16).sum();
        (part.start_utf16, part.end_utf16) = (units(part.start), units(part.end));
    }
}

/// The first word that fits and answers for nothing yet.
fn choose(folded: &Folded, taken: u128, mut fits: impl FnMut(&str) -> bool) -> Option<(usize, Word)> {
    let words = folded.words().iter().enumerate().take(128).filter(|(at, _)| taken >> at & 1 == 0);
    words.map(|(at, word)| (at, *word)).find(|(_, word)| folded.normal().get(word.start..word.end).is_some_and(&mut fits))
}
