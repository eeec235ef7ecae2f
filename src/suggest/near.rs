//! Words that are nearly, or partly, what was typed, the likeliest first.
//!
//! The words stand in order, so that those with a beginning in common stand together. Where no word can go on from a beginning
//! the walk leaps to the next word that begins otherwise: it goes through the tree of their beginnings, and enters only what a
//! typed word with so many mistakes may lead to (Schulz and Mihov 2002, "Fast string correction with Levenshtein automata").

use super::index::{INITIALS, Index, Room};
use crate::text::Distance;
use std::cmp::Reverse;

/// Most ranges of words that are told for one typed word: the likeliest.
const MOST: usize = 256;

/// Words next to each other that may stand in the place of a typed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Near {
    pub low: u32,
    pub high: u32,
    /// The highest score of the texts that have one of them.
    pub top: u16,
}

/// Leaves the likeliest, in their order.
fn rank(index: &Index, out: &mut Vec<Near>) {
    out.iter_mut().for_each(|near| near.top = index.top((near.low, near.high)));
    // The highest score that at least so many have, bit by bit.
    let mut least = 0;
    for bit in (0..16).rev().map(|bit| 1_u16 << bit) {
        if out.iter().filter(|near| near.top >= least | bit).count() >= MOST {
            least |= bit;
        }
    }
    out.retain(|near| near.top >= least);
    out.sort_unstable_by_key(|near| (Reverse(near.top), near.low));
    out.truncate(MOST);
}

/// Where words begin, behind the initials.
fn first_word(index: &Index, room: &mut Room) -> u32 {
    let mut key = [0; 4];
    index.word_bound(INITIALS.encode_utf8(&mut key), true, room)
}

/// The letter at a byte of a word: of `line` what is there, of `rest` what is still to come.
fn letter(line: &mut Vec<u8>, rest: &mut impl Iterator<Item = u8>, at: usize) -> Option<char> {
    if at == line.len() {
        line.push(rest.next()?);
    }
    match *line.get(at)? {
        byte if byte < 128 => Some(char::from(byte)),
        byte => {
            let end = at + byte.leading_ones() as usize;
            line.extend(rest.take(end.saturating_sub(line.len())));
            std::str::from_utf8(line.get(at..end)?).ok()?.chars().next()
        }
    }
}

/// The words within so many mistakes of a typed one; with `open`, those that have a beginning within as many.
pub(super) fn near(index: &Index, typed: &str, open: bool, most: u8, room: &mut Room) -> Vec<Near> {
    let mut out = Vec::new();
    let Some(mut distance) = Distance::new(typed) else { return out };
    // Of the word that is looked at: its bytes as far as they were looked at, and where each letter that was taken ends.
    let (mut line, mut ends) = (Vec::with_capacity(64), vec![0]);
    // Where words begin that all have a beginning which is near.
    let mut all: Option<u32> = None;
    index.leap_words(first_word(index, room), |at, shared, rest| {
        if let Some(low) = all.take() {
            out.push(Near { low, high: at, top: 0 });
        }
        line.truncate(shared);
        while ends.len() > 1 && ends.last().is_some_and(|end| *end > shared) {
            ends.pop();
        }
        distance.back_to(ends.len() - 1);
        let mut end = ends.last().copied().unwrap_or(0);
        let mut rest = rest.iter().copied();
        while let Some(letter) = letter(&mut line, &mut rest, end) {
            end += letter.len_utf8();
            ends.push(end);
            if distance.push(letter).is_none_or(|least| least > most) {
                return end;
            }
            if open && distance.now() <= most {
                all = Some(at);
                return end;
            }
        }
        if distance.now() <= most {
            out.push(Near { low: at, high: at + 1, top: 0 });
        }
        usize::MAX
    });
    if let Some(low) = all {
        out.push(Near { low, high: index.words(), top: 0 });
    }
    rank(index, &mut out);
    out
}

/// The words that have the typed letters inside.
pub(super) fn inside(index: &Index, typed: &str, room: &mut Room) -> Vec<Near> {
    let mut out = Vec::new();
    let from = first_word(index, room);
    index.words_with(from, typed, &mut room.line, |at| out.push(Near { low: at, high: at + 1, top: 0 }));
    rank(index, &mut out);
    out
}
