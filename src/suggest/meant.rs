//! Other readings of what was typed: words written together or apart, and other phrases for the same thing.

use super::asked::Kind;
use super::best::How;
use super::reading::Reading;
use super::search::Search;

impl Search<'_> {
    /// Adds a reading and looks for it as it stands.
    pub(super) fn look(&mut self, finished: bool, kind: Kind, typos: u8, write: impl FnOnce(&mut String)) -> Option<usize> {
        let at = self.memory.readings.add(finished, write)?;
        let reading = self.memory.readings.take(at);
        self.starts(&reading, &mut [], How { kind, typos, reading: at });
        self.words(&reading, &mut [], false, How { kind, typos, reading: at });
        self.memory.readings.put(at, reading);
        Some(at)
    }

    /// Neighbours written together, and words that are none parted in two.
    pub(super) fn join(&mut self, typed: &Reading) {
        let words = typed.len();
        for length in 2..=words {
            for from in 0..=words - length {
                let mut joined = String::new();
                (from..from + length).for_each(|at| joined.push_str(typed.word(at)));
                let (low, high) = self.word_range(&joined, typed.is_open(from + length - 1));
                if low < high {
                    self.look(typed.finished, Kind::Joined, 0, |to| swap_words(typed, from, length, &[&joined], to));
                }
            }
        }
        for at in 0..typed.len() {
            if !self.is_known(typed, at) {
                self.part(typed, at, 0);
            }
        }
    }

    /// A word parted into two that are known, with so many letters between them left out.
    pub(super) fn part(&mut self, typed: &Reading, at: usize, left_out: usize) {
        let word = typed.word(at);
        for (end, c) in word.char_indices().skip(1) {
            let rest = if left_out == 0 { end } else { end + c.len_utf8() };
            let (Some(left), Some(right)) = (word.get(..end), word.get(rest..)) else { continue };
            if right.is_empty() {
                continue;
            }
            let (low, high) = self.word_range(left, false);
            let known = low < high && {
                let (low, high) = self.word_range(right, typed.is_open(at));
                low < high
            };
            if known {
                let kind = if left_out == 0 { Kind::Joined } else { Kind::Typo };
                self.look(typed.finished, kind, left_out as u8, |to| swap_words(typed, at, 1, &[left, right], to));
            }
        }
    }

    /// Other phrases for the same thing: for all that was typed, or for one of its words.
    pub(super) fn synonyms(&mut self, typed: &Reading) {
        let mut meant: Vec<(usize, usize, String)> = Vec::new();
        let words = typed.len();
        for (from, length) in (0..words).flat_map(|from| (1..=words - from).map(move |length| (from, length))) {
            let mut phrase = String::new();
            for word in typed.words().enumerate().filter(|(at, _)| (from..from + length).contains(at)).map(|(_, word)| word) {
                if !phrase.is_empty() {
                    phrase.push(' ');
                }
                phrase.push_str(word);
            }
            let mut tell = |other: &str| meant.push((from, length, other.to_owned()));
            self.field.index.each_synonym(&phrase, &mut self.memory.room.line, &mut tell);
        }
        for (from, length, other) in meant {
            self.look(typed.finished, Kind::Synonym, 0, |to| swap_words(typed, from, length, &[&other], to));
        }
    }
}

/// Writes a reading with others in the place of some of its words.
pub(super) fn swap_words(typed: &Reading, from: usize, length: usize, others: &[&str], to: &mut String) {
    let mut put = |word: &str| {
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(word);
    };
    for (at, word) in typed.words().enumerate() {
        if at == from {
            others.iter().for_each(|other| put(other));
        }
        if at < from || at >= from + length {
            put(word);
        }
    }
}
