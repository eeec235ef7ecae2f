//! What counting words alone would do: a model must be better than that to be worth its bytes.

use super::measure::{Asked, borders};
use super::words::Words;
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
/// fewer than three, those of shorter contexts behind them. Of equals the one that was read first.
#[derive(Debug)]
pub struct WordGrams {
    names: Vec<Vec<u8>>,
    known: HashMap<Vec<u8>, u32>,
    words: Vec<u32>,
    /// Places of words, by the words before them: the nearest first.
    sorted: Vec<u32>,
}

/// The words before a place, the nearest first.
fn before(words: &[u32], place: usize) -> impl Iterator<Item = &u32> {
    words.get(place.saturating_sub(LONGEST)..place).unwrap_or_default().iter().rev()
}

/// Words of a text, line ends among them.
fn split(text: &str) -> impl Iterator<Item = &[u8]> {
    text.lines().flat_map(|line| line.split_whitespace().chain(["\n"])).map(str::as_bytes)
}

impl WordGrams {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (mut names, mut known) = (vec![b"\n".to_vec()], HashMap::from([(b"\n".to_vec(), LINE)]));
        let mut words = Vec::new();
        for word in split(text) {
            let new = names.len() as u32;
            let number = *known.entry(word.to_vec()).or_insert(new);
            if number == new {
                names.push(word.to_vec());
            }
            words.push(number);
        }
        let mut sorted: Vec<u32> = (0..words.len() as u32).collect();
        sorted.sort_by(|a, b| before(&words, *a as usize).cmp(before(&words, *b as usize)));
        Self { names, known, words, sorted }
    }

    /// Asks at the borders that [`super::measure`] asks at.
    ///
    /// # Errors
    /// `data-invalid` for a text without text.
    pub fn measure(&self, text: &str, asked: Asked) -> Result<Words> {
        let documents = pick(text, asked.bytes);
        if documents.is_empty() {
            return Err(Error::new(Code::DataInvalid, "there is no text to measure"));
        }
        let mut found = Words::default();
        for (number, place) in borders(&documents, asked.borders) {
            let Some((past, after)) = documents.get(number).and_then(|document| document.split_at_checked(place)) else {
                continue;
            };
            let mut history: Vec<u32> = split(past).map(|word| self.known.get(word).copied().unwrap_or(UNKNOWN)).collect();
            // The line goes on.
            history.pop();
            let likely: Vec<Vec<u8>> = self.likely(&history).into_iter().filter(|w| *w != LINE).map(|w| self.name(w)).collect();
            let mut said = Vec::new();
            while said.len() < found.exact.len() {
                let next = self.likely(&history).into_iter().find(|word| *word != LINE || !said.is_empty());
                let Some(word) = next.filter(|word| *word != LINE) else { break };
                said.push(self.name(word));
                history.push(word);
            }
            found.count(after.lines().next().unwrap_or_default(), &likely, &said);
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
        for order in (0..=LONGEST.min(history.len())).rev() {
            let context: Vec<&u32> = before(history, history.len()).take(order).collect();
            let compare =
                |place: &u32| -> Ordering { before(&self.words, *place as usize).take(order).cmp(context.iter().copied()) };
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
        let grams = WordGrams::of("the red bag is here\nthe red hat is here\nthe red bag is mine\nred sun\n");
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
}
