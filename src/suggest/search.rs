//! From what was typed to the texts that match, kind by kind: an earlier kind never gives way to a later one.

use super::asked::Kind;
use super::best::{Best, Field, How};
use super::build::MOST_LETTERS;
use super::index::{INITIALS, Room};
use super::others::{Like, Other, Recent};
use super::reading::{Reading, Readings};

/// Fewer texts than these, none of them from their start on, let mistakes be looked for.
const FEW: usize = 3;
/// Most words of a text that is looked at beyond its start.
pub(super) const MOST_WORDS: usize = 12;

/// Memory of a search, used again by the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub room: Room,
    pub readings: Readings,
    pub best: Best,
    pub recent: Recent,
    pub(super) key: String,
    pub(super) sets: [Vec<u64>; 2],
}

/// One search.
pub(super) struct Search<'a> {
    /// What was typed, as it was typed.
    pub typed: &'a str,
    pub field: Field<'a>,
    pub memory: &'a mut Memory,
}

impl Search<'_> {
    /// Fills the memory's list of the best, for the first of its readings.
    pub(super) fn run(&mut self) {
        let how = |kind| How { kind, typos: 0, reading: 0 };
        let typed = self.memory.readings.take(0);
        self.starts(&typed, &mut [], how(Kind::Start));
        self.memory.best.settle();
        let from_the_start = !self.memory.best.found.is_empty();
        if typed.len() <= MOST_WORDS && !self.done() {
            self.rest(&typed, from_the_start);
        }
        self.memory.readings.put(0, typed);
    }

    /// Ends a stage and tells whether the answer is full.
    fn done(&mut self) -> bool {
        self.memory.best.settle();
        self.memory.best.is_full()
    }

    /// All kinds behind the first.
    fn rest(&mut self, typed: &Reading, from_the_start: bool) {
        let how = |kind| How { kind, typos: 0, reading: 0 };
        self.words(typed, &mut [], false, how(Kind::Words));
        if self.done() {
            return;
        }
        if typed.len() > 1 && !from_the_start {
            self.words(typed, &mut [], true, how(Kind::Words));
            if self.done() {
                return;
            }
        }
        self.join(typed);
        if self.done() {
            return;
        }
        if self.field.index.has_synonyms() {
            self.synonyms(typed);
            if self.done() {
                return;
            }
        }
        if from_the_start || self.memory.best.found.len() >= FEW {
            return;
        }
        let unknown: Vec<usize> = (0..typed.len()).filter(|at| !self.is_known(typed, *at)).collect();
        if typed.len() == 1 && (2..=MOST_LETTERS).contains(&typed.letters()) {
            let range = self.word_range(&format!("{INITIALS}{}", typed.text), true);
            self.offer_words(range, how(Kind::Initials));
            if self.done() {
                return;
            }
        }
        self.insides(typed, &unknown);
        if self.done() || typed.letters() < 4 {
            return;
        }
        let other = self.one_mistake(typed, &unknown);
        if !self.done() && typed.letters() >= 8 {
            self.two_mistakes(typed, &unknown, other);
            self.memory.best.settle();
        }
    }

    /// The words that are, or where it is open begin with, the given one.
    pub(super) fn word_range(&mut self, word: &str, open: bool) -> (u32, u32) {
        let (index, room) = (self.field.index, &mut self.memory.room);
        let low = index.word_bound(word, false, room);
        if open {
            return (low, index.word_bound(word, true, room));
        }
        let there = low < index.words() && index.word(low, &mut room.line) == word;
        (low, low + u32::from(there))
    }

    pub(super) fn is_known(&mut self, reading: &Reading, at: usize) -> bool {
        let (low, high) = self.word_range(reading.word(at), reading.is_open(at));
        low < high
    }

    /// Letters inside of words, for what is no word's beginning; or for the one word that was typed.
    fn insides(&mut self, typed: &Reading, unknown: &[usize]) {
        let at = match unknown {
            [one] => *one,
            [] if typed.len() == 1 => 0,
            _ => return,
        };
        if typed.word(at).chars().count() < 3 {
            return;
        }
        let mut others = [Other::new(typed, at, Like::Inside)];
        self.words(typed, &mut others, false, How { kind: Kind::Inside, typos: 0, reading: 0 });
    }
}
