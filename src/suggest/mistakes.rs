//! Texts that match once one or two typing mistakes are taken back.

use super::asked::Kind;
use super::best::How;
use super::near::near;
use super::reading::Reading;
use super::search::{Instead, Search, swap_words};

impl Search<'_> {
    /// One letter too much, too few, or another one; two swapped; a blank among them.
    pub(super) fn one_mistake(&mut self, typed: &Reading, unknown: &[usize]) {
        let how = How { kind: Kind::Typo, typos: 1, reading: 0 };
        if unknown.len() <= 2 {
            for at in 0..typed.len() {
                if unknown.contains(&at) {
                    self.part(typed, at, 1);
                }
                let pair = at > 0 && (unknown.contains(&at) || unknown.contains(&(at - 1)));
                if pair {
                    self.blank_moved(typed, at);
                }
            }
        }
        let places: Vec<usize> = match unknown {
            [one] => vec![*one],
            // All words are known, yet no text has them: one of them is another word by mistake.
            [] => (0..typed.len()).rev().take(4).collect(),
            _ => return,
        };
        for at in places {
            let mut words = std::mem::take(&mut self.memory.instead[0]);
            self.nearly(typed, at, 1, &mut words);
            self.starts(typed, &[(at, &words)], how);
            self.memory.best.settle();
            if !self.memory.best.is_full() {
                self.words(typed, &[(at, &words)], false, how);
            }
            self.memory.instead[0] = words;
        }
    }

    /// A blank one letter too far, or a letter that became one.
    fn blank_moved(&mut self, typed: &Reading, at: usize) {
        let (left, right) = (typed.word(at - 1).to_owned(), typed.word(at).to_owned());
        let back = left.char_indices().next_back().map(|(end, _)| end).filter(|end| *end > 0);
        let ahead = right.char_indices().nth(1).map(|(end, _)| end);
        let back = back.and_then(|end| Some((left.get(..end)?.to_owned(), format!("{}{right}", left.get(end..)?))));
        let ahead = ahead.and_then(|end| Some((format!("{left}{}", right.get(..end)?), right.get(end..)?.to_owned())));
        for (one, two) in [back, ahead].into_iter().flatten() {
            let (low, high) = self.word_range(&one, false);
            let (from, to) = self.word_range(&two, typed.is_open(at));
            if low < high && from < to {
                self.look(typed.finished, Kind::Typo, 1, |to| swap_words(typed, at - 1, 2, &[&one, &two], to));
            }
        }
        let joined = format!("{left}{right}");
        let Some(place) = self.memory.readings.add(typed.finished, |to| swap_words(typed, at - 1, 2, &[&joined], to)) else {
            return;
        };
        let reading = self.memory.readings.take(place);
        let mut words = std::mem::take(&mut self.memory.instead[0]);
        self.nearly(&reading, at - 1, 1, &mut words);
        self.starts(&reading, &[(at - 1, &words)], How { kind: Kind::Typo, typos: 1, reading: place });
        self.memory.instead[0] = words;
        self.memory.readings.put(place, reading);
    }

    /// Words within so many mistakes of a typed one. What has one letter may be any.
    fn nearly(&mut self, typed: &Reading, at: usize, mistakes: u8, words: &mut Vec<(u32, u32)>) {
        let word = typed.word(at);
        let open = typed.is_open(at);
        near(self.field.index, word, open, mistakes, &mut self.memory.room, words);
    }

    /// Two mistakes in one long word, or one in each of two.
    pub(super) fn two_mistakes(&mut self, typed: &Reading, unknown: &[usize]) {
        let how = How { kind: Kind::Typo, typos: 2, reading: 0 };
        let [mut first, mut second] = std::mem::take(&mut self.memory.instead);
        match unknown {
            [one] => {
                let mistakes = if typed.word(*one).chars().count() >= 8 { 2 } else { 1 };
                self.nearly(typed, *one, mistakes, &mut first);
                self.starts(typed, &[(*one, &first)], how);
                self.memory.best.settle();
                self.words(typed, &[(*one, &first)], true, how);
            }
            [one, two] => {
                self.nearly(typed, *one, 1, &mut first);
                self.nearly(typed, *two, 1, &mut second);
                let instead: &Instead<'_> = &[(*one, &first), (*two, &second)];
                self.starts(typed, instead, how);
                self.memory.best.settle();
                self.words(typed, instead, false, how);
            }
            _ => {}
        }
        self.memory.instead = [first, second];
    }
}
