//! Texts that match once one or two typing mistakes are taken back.

use super::asked::Kind;
use super::best::How;
use super::meant::swap_words;
use super::others::{Like, Other};
use super::reading::Reading;
use super::search::Search;

impl Search<'_> {
    /// One letter too much, too few, or another one; two swapped; a blank among them. Gives back what may stand for the one word
    /// that is unknown.
    pub(super) fn one_mistake(&mut self, typed: &Reading, unknown: &[usize]) -> Option<Other> {
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
            _ => return None,
        };
        let mut last = None;
        for at in places {
            let mut others = [Other::new(typed, at, Like::Near(1))];
            self.starts(typed, &mut others, how);
            self.memory.best.settle();
            if !self.memory.best.is_full() {
                self.words(typed, &mut others, false, how);
            }
            [last] = others.map(Some);
        }
        last.filter(|_| !unknown.is_empty())
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
        let mut others = [Other::new(&reading, at - 1, Like::Near(1))];
        self.starts(&reading, &mut others, How { kind: Kind::Typo, typos: 1, reading: place });
        self.memory.readings.put(place, reading);
    }

    /// Two mistakes in one long word, or one in each of two; or one, which was looked for before, and no word finished.
    pub(super) fn two_mistakes(&mut self, typed: &Reading, unknown: &[usize], one_mistake: Option<Other>) {
        let how = How { kind: Kind::Typo, typos: 2, reading: 0 };
        match (unknown, one_mistake) {
            ([one], Some(other)) => {
                let mut others = [other];
                if typed.word(*one).chars().count() >= 8 {
                    others = [Other::new(typed, *one, Like::Near(2))];
                    self.starts(typed, &mut others, how);
                    self.memory.best.settle();
                }
                self.words(typed, &mut others, true, how);
            }
            ([one, two], _) => {
                let mut others = [*one, *two].map(|at| Other::new(typed, at, Like::Near(1)));
                self.starts(typed, &mut others, how);
                self.memory.best.settle();
                self.words(typed, &mut others, false, how);
            }
            _ => {}
        }
    }
}
