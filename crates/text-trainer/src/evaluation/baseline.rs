//! What counting words alone would do: a model must be better than that to be worth its bytes.

use super::cut::{Cut, LINE as END};
use super::measure::{Asked, borders};
use super::words::{MOST, Right};
use crate::error::{Code, Error, Result};
use crate::text::pick;
use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

/// Words of the longest context.
const LONGEST: usize = 4;
/// A line's end, which is a word here, and words that were never read.
const LINE: u32 = 0;
const UNKNOWN: u32 = u32::MAX;

/// Word 5-grams of a text: of the longest context of one to four words that was read, the word that followed most often; where it has
/// fewer than three, those of shorter contexts behind them. Of equals the one that was read first. Of units likewise, with contexts that
/// begin with their line.
#[derive(Debug)]
pub struct WordGrams {
    cut: Cut,
    names: Vec<Vec<u8>>,
    known: HashMap<Vec<u8>, u32>,
    words: Vec<u32>,
    /// Places of words, by the words before them: the nearest first.
    sorted: Vec<u32>,
}

/// The words before a place, the nearest first; of units those of its line, behind the end of the one before.
fn before(cut: Cut, words: &[u32], place: usize) -> impl Iterator<Item = u32> {
    let last = words.get(place.saturating_sub(LONGEST)..place).unwrap_or_default();
    let line = last.iter().rposition(|word| *word == LINE).filter(|_| cut == Cut::Units);
    // In front of the first line there is no end of another.
    let first = (line.is_none() && last.len() < LONGEST && cut == Cut::Units).then_some(LINE);
    last.get(line.unwrap_or_default()..).unwrap_or_default().iter().rev().copied().chain(first)
}

impl WordGrams {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str, cut: Cut) -> Self {
        let (mut names, mut known) = (vec![END.to_vec()], HashMap::from([(END.to_vec(), LINE)]));
        let mut words = Vec::new();
        for word in cut.all(text) {
            let new = names.len() as u32;
            let number = *known.entry(word.to_vec()).or_insert(new);
            if number == new {
                names.push(word.to_vec());
            }
            words.push(number);
        }
        let mut sorted: Vec<u32> = (0..words.len() as u32).collect();
        sorted.sort_by(|a, b| before(cut, &words, *a as usize).cmp(before(cut, &words, *b as usize)));
        Self { cut, names, known, words, sorted }
    }

    /// Asks at the borders that [`super::measure`] asks at.
    ///
    /// # Errors
    /// `data-invalid` for a text without text.
    pub fn measure(&self, text: &str, asked: Asked) -> Result<Right> {
        let documents = pick(text, asked.bytes);
        if documents.is_empty() {
            return Err(Error::new(Code::DataInvalid, "there is no text to measure"));
        }
        let mut found = Right::default();
        // A line's end is a unit, but no word: whoever is asked for a word knows that one follows.
        let ends = self.cut == Cut::Units;
        for (number, place) in borders(&documents, self.cut, asked.borders) {
            let Some(document) = documents.get(number) else { continue };
            let number = |word: &[u8]| self.known.get(word).copied().unwrap_or(UNKNOWN);
            let mut history: Vec<u32> = self.cut.before(document, place, LONGEST).into_iter().map(number).collect();
            let likely =
                self.likely(&history).into_iter().filter(|w| ends || *w != LINE).map(|w| self.name(w)).collect::<Vec<_>>();
            let mut said = Vec::new();
            while said.len() < MOST {
                let Some(word) = self.likely(&history).into_iter().find(|word| ends || *word != LINE || !said.is_empty()) else {
                    break;
                };
                if word != LINE || ends {
                    said.push(self.name(word));
                }
                if word == LINE {
                    break;
                }
                history.push(word);
            }
            let wanted = self.cut.wanted(document.get(place..).unwrap_or_default(), MOST);
            found.count(&wanted, &likely, &said);
        }
        found.share();
        Ok(found)
    }

    fn name(&self, word: u32) -> Vec<u8> {
        self.names.get(word as usize).cloned().unwrap_or_default()
    }

    /// Four words at least, where there are as many, best first: the line's end may be among them.
    fn likely(&self, history: &[u32]) -> Vec<u32> {
        let mut out = Vec::new();
        let whole: Vec<u32> = before(self.cut, history, history.len()).collect();
        for order in (0..=whole.len()).rev() {
            let context = whole.iter().copied().take(order);
            let compare =
                |place: &u32| -> Ordering { before(self.cut, &self.words, *place as usize).take(order).cmp(context.clone()) };
            let from = self.sorted.partition_point(|place| compare(place) == Ordering::Less);
            let to = self.sorted.partition_point(|place| compare(place) != Ordering::Greater);
            let mut counts: HashMap<u32, u32> = HashMap::new();
            for place in self.sorted.get(from..to).unwrap_or_default() {
                *counts.entry(self.words.get(*place as usize).copied().unwrap_or(LINE)).or_default() += 1;
            }
            let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
            counts.sort_unstable_by_key(|(word, count)| (Reverse(*count), *word));
            for (word, _) in counts.into_iter().take(8) {
                if !out.contains(&word) {
                    out.push(word);
                }
            }
            if out.len() > 3 {
                break;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behind "the red" came bag twice and hat once; behind "a red" nothing was read, so that "red" alone counts: bag, hat, sun.
    #[test]
    fn worked_example() {
        let grams = WordGrams::of("the red bag is here\nthe red hat is here\nthe red bag is mine\nred sun\n", Cut::Words);
        let number = |word: &str| grams.known[word.as_bytes()];
        let names =
            |words: Vec<u32>| words.into_iter().take(3).map(|w| String::from_utf8(grams.name(w)).unwrap()).collect::<Vec<_>>();
        assert_eq!(names(grams.likely(&[number("the"), number("red")])), ["bag", "hat", "sun"]);
        assert_eq!(names(grams.likely(&[UNKNOWN, number("red")])), ["bag", "hat", "sun"]);
        assert_eq!(names(grams.likely(&[number("hat"), number("is")])), ["here", "mine", "\n"]);
        let words = grams.measure("the red bag is here\n", Asked { bytes: 100, borders: 100 }).unwrap();
        assert_eq!((words.borders, words.top1, words.exact[3]), (4, Some(1.0), Some(1.0)));
        assert_eq!(grams.measure("", Asked { bytes: 1, borders: 1 }).unwrap_err().code(), Code::DataInvalid);
    }

    /// "cheap" was read once behind "a red hat" and once behind a line's beginning: contexts begin with their line. A comma is a unit, and the
    /// line's end is: behind "bag" it came twice of three times.
    #[test]
    fn units_have_lines_of_their_own() {
        let grams = WordGrams::of("U: a red hat\nS: cheap, isn't it\n---\nU: cheap bag\nS: red bag\nU: bag, red\n", Cut::Units);
        let likely = |history: &[&str]| {
            let history: Vec<u32> =
                history.iter().map(|word| grams.known.get(word.as_bytes()).copied().unwrap_or(UNKNOWN)).collect();
            grams.likely(&history).into_iter().take(3).map(|w| String::from_utf8(grams.name(w)).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(likely(&["hat", "\n", "cheap"]), [",", "bag", "\n"]);
        assert_eq!(likely(&["cheap"]), likely(&["hat", "\n", "cheap"]));
        assert_eq!(likely(&["new", "bag"])[0], "\n");
        let right = grams.measure("U: cheap bag\n", Asked { bytes: 100, borders: 100 }).unwrap();
        // Of a beginning cheap came first and most often; then the comma, not the bag; then the end.
        assert_eq!((right.borders, right.top1, right.top3), (3, Some(2.0 / 3.0), Some(1.0)));
    }
}
