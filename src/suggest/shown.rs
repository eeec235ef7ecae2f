//! Which parts of a suggested text match, in the text as it was written.

use super::asked::{Highlight, Kind};
use super::bytes::find;
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
    // A blank behind the last word finishes it: it is no beginning of a longer one.
    let ends = |rest: &str| !reading.finished || rest.is_empty() || rest.starts_with(' ');
    if folded.normal().strip_prefix(&*reading.text).is_some_and(ends) {
        show(0, reading.text.len());
    } else if kind == Kind::Initials {
        for (word, letter) in folded.words().iter().zip(reading.text.chars()) {
            show(word.start, word.start + letter.len_utf8());
        }
    } else {
        // Each word of a text answers for one word that was typed; the surer matches choose first, each in a turn for all words.
        let (mut taken, mut answered) = (0_u128, 0_u128);
        for turn in 0..5_u8 {
            for (at, typed) in reading.words().enumerate().take(128) {
                if answered >> at & 1 == 1 {
                    continue;
                }
                let mut distance = if turn > 2 { Distance::new(typed) } else { None };
                let found = choose(folded, taken, |word| match turn {
                    0 => word == typed,
                    1 => word.starts_with(typed),
                    2 => find(word.as_bytes(), typed.as_bytes(), 0).is_some(),
                    _ => distance.as_mut().is_some_and(|distance| distance.to(word).1 <= turn - 2),
                });
                let Some((place, word)) = found else { continue };
                taken |= 1 << place;
                answered |= 1 << at;
                let letters = folded.normal().get(word.start..word.end).unwrap_or_default();
                match find(letters.as_bytes(), typed.as_bytes(), 0).filter(|_| turn < 3) {
                    Some(start) => show(word.start + start, word.start + start + typed.len()),
                    None => show(word.start, word.end),
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
