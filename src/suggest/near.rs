//! Words that are nearly, or partly, what was typed.

use super::index::{INITIALS, Index, Room};
use crate::text::Distance;

/// Most ranges of words that are told for one typed word.
const MOST: usize = 96;

/// Adds a word to ranges of words that rise.
fn add(out: &mut Vec<(u32, u32)>, word: u32) -> bool {
    let room = out.len() < MOST;
    match out.last_mut() {
        Some(last) if last.1 == word => last.1 += 1,
        _ if room => out.push((word, word + 1)),
        _ => return false,
    }
    true
}

/// Where words begin, behind the initials.
fn first_word(index: &Index, room: &mut Room) -> u32 {
    let mut key = [0; 4];
    index.word_bound(INITIALS.encode_utf8(&mut key), true, room)
}

/// The words within so many mistakes of a typed one; with `open`, those that have a beginning within as many.
pub(super) fn near(index: &Index, typed: &str, open: bool, most: u8, room: &mut Room, out: &mut Vec<(u32, u32)>) {
    out.clear();
    let Some(mut distance) = Distance::new(typed) else { return };
    // Letters after which no word can match, and after which every word does.
    let (mut dead, mut sure) = (usize::MAX, usize::MAX);
    let from = first_word(index, room);
    index.each_word(from, &mut room.line, |at, word| {
        let Ok(word) = std::str::from_utf8(word) else { return true };
        let mut letters = word.chars();
        let mut shared = 0;
        let mut rest = letters.clone();
        while let Some(letter) = letters.next() {
            if distance.letter(shared) != Some(letter) {
                break;
            }
            shared += 1;
            rest = letters.clone();
        }
        if shared >= dead {
            return true;
        }
        if open && shared >= sure {
            return add(out, at);
        }
        (dead, sure) = (usize::MAX, usize::MAX);
        distance.back_to(shared);
        for letter in rest {
            match distance.push(letter) {
                Some(least) if least <= most => {}
                _ => {
                    dead = distance.depth();
                    return true;
                }
            }
            if open && distance.now() <= most {
                sure = distance.depth();
                return add(out, at);
            }
        }
        distance.now() > most || add(out, at)
    });
}

/// The words that have the typed letters inside.
pub(super) fn inside(index: &Index, typed: &str, room: &mut Room, out: &mut Vec<(u32, u32)>) {
    out.clear();
    let Some((first, rest)) = typed.as_bytes().split_first() else { return };
    let from = first_word(index, room);
    index.each_word(from, &mut room.line, |at, word| {
        let starts = word.iter().zip(0..).skip(1).filter(|(letter, _)| *letter == first);
        let mut ends = starts.filter_map(|(_, at)| word.get(at + 1_usize..));
        !ends.any(|end| end.starts_with(rest)) || add(out, at)
    });
}
