//! From what was typed to the texts that match, kind by kind: an earlier kind never gives way to a later one.

use super::asked::Kind;
use super::best::{Best, Field, How, SPAN};
use super::index::{INITIALS, Room};
use super::near::inside;
use super::reading::{Reading, Readings};

/// Fewer texts than these, none of them from their start on, let mistakes be looked for.
const FEW: usize = 3;
/// Most words of a text that is looked at beyond its start.
const MOST_WORDS: usize = 12;
/// Texts of which so few are left are read, where the words that are left would name many.
const MOST_READ: u32 = 96;
/// Most beginnings of texts that are tried for one reading.
const MOST_TRIED: usize = 160;

/// Memory of a search, used again by the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub room: Room,
    pub readings: Readings,
    pub best: Best,
    key: String,
    sets: [Vec<u64>; 2],
    /// Words in the place of a typed one.
    pub(super) instead: [Vec<(u32, u32)>; 2],
}

/// A typed word and what stands in its place: a list of [`Memory::instead`].
pub(super) type Instead<'a> = [(usize, &'a [(u32, u32)])];

/// Most texts of a start that are looked at letter by letter.
const MOST_LITERAL: u32 = 4096;

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
        self.starts(&typed, &[], how(Kind::Start));
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
        self.words(typed, &[], false, how(Kind::Words));
        if self.done() {
            return;
        }
        if typed.len() > 1 && !from_the_start {
            self.words(typed, &[], true, how(Kind::Words));
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
        if typed.len() == 1 && (2..=6).contains(&typed.letters()) {
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
        self.one_mistake(typed, &unknown);
        if !self.done() && typed.letters() >= 8 {
            self.two_mistakes(typed, &unknown);
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

    fn is_known(&mut self, reading: &Reading, at: usize) -> bool {
        let (low, high) = self.word_range(reading.word(at), reading.is_open(at));
        low < high
    }

    /// Texts that begin with a reading, with other words in the place of some of its own.
    pub(super) fn starts(&mut self, reading: &Reading, instead: &Instead<'_>, how: How) {
        let mut key = std::mem::take(&mut self.memory.key);
        key.clear();
        let mut left = MOST_TRIED;
        if instead.is_empty() {
            key.push_str(&reading.text);
            let within = (0, self.field.index.len());
            let range = if reading.finished { self.finished(&mut key, within) } else { self.begun(&key, within) };
            if how.kind == Kind::Start {
                self.literal(range, how);
            }
            self.memory.best.range(&self.field, range, how);
        } else {
            self.extend(reading, instead, 0, &mut key, (0, self.field.index.len()), &mut left, how);
        }
        self.memory.key = key;
    }

    /// Where marks were typed ("1/2", "t-"), the texts that begin with the very same marks come first.
    fn literal(&mut self, (low, high): (u32, u32), how: How) {
        let typed = self.typed.trim_start().as_bytes();
        if !typed.iter().any(u8::is_ascii_punctuation) || high.saturating_sub(low) > MOST_LITERAL {
            return;
        }
        let Self { field, memory, .. } = self;
        field.index.each_line((low, high), &mut memory.room.line, |entry, text| {
            if text.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed)) {
                memory.best.range(field, (entry, entry + 1), how);
            }
        });
        memory.best.settle();
    }

    /// Of a range of texts those that begin with a key.
    fn begun(&mut self, key: &str, (low, high): (u32, u32)) -> (u32, u32) {
        let (index, room) = (self.field.index, &mut self.memory.room);
        let low = index.bound((low, high), key, false, room);
        (low, index.bound((low, high), key, true, room))
    }

    /// Of a range of texts those that are a key, or begin with it and a blank.
    fn finished(&mut self, key: &mut String, (low, high): (u32, u32)) -> (u32, u32) {
        let (index, room) = (self.field.index, &mut self.memory.room);
        let low = index.bound((low, high), key, false, room);
        key.push(' ');
        let high = index.bound((low, high), key, true, room);
        key.pop();
        (low, high)
    }

    /// Goes on with the word at a place, in every way that it may be read, within the texts that begin with the key so far.
    #[expect(clippy::too_many_arguments, reason = "a recursion with what it is about")]
    fn extend(
        &mut self,
        reading: &Reading,
        instead: &Instead<'_>,
        at: usize,
        key: &mut String,
        within: (u32, u32),
        left: &mut usize,
        how: How,
    ) {
        let length = key.len();
        let last = at + 1 == reading.len();
        let other = instead.iter().find(|(place, _)| *place == at).map(|(_, words)| *words);
        if let (Some(words), true) = (other, reading.is_open(at)) {
            // The typed word is open: so is what stands in its place, and a range of words is a range of texts.
            for (low, high) in words {
                if *left == 0 {
                    break;
                }
                *left -= 1;
                let first = self.keyed(key, length, *low);
                let low = self.field.index.bound(within, &first, false, &mut self.memory.room);
                let end = self.keyed(key, length, high - 1);
                let high = self.field.index.bound((low, within.1), &end, true, &mut self.memory.room);
                self.memory.best.range(&self.field, (low, high), how);
            }
            key.truncate(length);
            return;
        }
        let one = [(0, 1)];
        for (low, high) in other.unwrap_or(&one) {
            for word in *low..*high {
                if *left == 0 {
                    return;
                }
                *left -= 1;
                key.truncate(length);
                match other {
                    Some(_) => key.push_str(self.field.index.word(word, &mut self.memory.room.line)),
                    None => key.push_str(reading.word(at)),
                }
                let range = match (last, reading.finished) {
                    (true, false) => self.begun(key, within),
                    _ => self.finished(key, within),
                };
                if last {
                    self.memory.best.range(&self.field, range, how);
                } else if range.0 < range.1 {
                    key.push(' ');
                    self.extend(reading, instead, at + 1, key, range, left, how);
                }
            }
        }
        key.truncate(length);
    }

    /// The key with a word behind it.
    fn keyed(&mut self, key: &mut String, length: usize, word: u32) -> String {
        key.truncate(length);
        key.push_str(self.field.index.word(word, &mut self.memory.room.line));
        key.clone()
    }

    /// Texts that have all words of a reading, in any order; with `open`, words that begin with them.
    pub(super) fn words(&mut self, reading: &Reading, instead: &Instead<'_>, open: bool, how: How) {
        if reading.len() > MOST_WORDS + 1 {
            return;
        }
        // Of each word: the bytes of its lists, its place, its range.
        let mut parts = [(0, 0, (0, 0)); MOST_WORDS + 1];
        let mut len = 0;
        for (at, (part, word)) in parts.iter_mut().zip(reading.words()).enumerate() {
            let bytes = |range| self.field.index.list_bytes(range);
            *part = match instead.iter().find(|(place, _)| *place == at) {
                Some((_, ranges)) => (ranges.iter().map(|range| bytes(*range)).sum(), at, (0, 0)),
                None => {
                    let range = self.word_range(word, open || reading.is_open(at));
                    (self.field.index.list_bytes(range), at, range)
                }
            };
            if part.0 == 0 {
                return;
            }
            len = at + 1;
        }
        // The rarest first, so that little is left when the frequent ones come.
        let Some(parts) = parts.get_mut(..len) else { return };
        parts.sort_unstable();
        let [mut all, mut one] = std::mem::take(&mut self.memory.sets);
        let size = self.field.index.len().div_ceil(64) as usize;
        let mut looked_at = false;
        for (turn, (_, at, range)) in parts.iter().enumerate() {
            let set = if turn == 0 { &mut all } else { &mut one };
            set.clear();
            set.resize(size, 0);
            let mut mark = |range| {
                self.field.index.each_text(range, |text| {
                    if let Some(bits) = set.get_mut(text as usize / 64) {
                        *bits |= 1 << (text % 64);
                    }
                });
            };
            match instead.iter().find(|(place, _)| place == at) {
                Some((_, ranges)) => ranges.iter().for_each(|range| mark(*range)),
                None => mark(*range),
            }
            if turn > 0 {
                all.iter_mut().zip(&one).for_each(|(bits, other)| *bits &= other);
            }
            let left = parts.get(turn + 1..).unwrap_or_default();
            let plain = |(_, at, _): &(usize, usize, (u32, u32))| instead.iter().all(|(place, _)| place != at);
            let few = all.iter().map(|bits| bits.count_ones()).sum::<u32>() <= MOST_READ;
            if few && !left.is_empty() && left.iter().all(plain) {
                let rest = left.iter().map(|(_, at, _)| *at);
                self.read(&all, reading, rest, open, how);
                looked_at = true;
                break;
            }
        }
        if !looked_at {
            self.memory.best.set(&self.field, &all, how);
        }
        self.memory.sets = [all, one];
    }

    /// Offers the texts of a small set that have the words of a reading at some places.
    fn read(&mut self, set: &[u64], reading: &Reading, places: impl Iterator<Item = usize> + Clone, open: bool, how: How) {
        for (span, bits) in (0..).zip(set) {
            let mut rest = *bits;
            while rest != 0 {
                let text = span * SPAN + rest.trailing_zeros();
                rest &= rest - 1;
                let Room { line, folded } = &mut self.memory.room;
                folded.fold(self.field.index.text(text, line));
                let has = |at: usize| {
                    let typed = reading.word(at);
                    let begun = open || reading.is_open(at);
                    folded.normal().split(' ').any(|word| if begun { word.starts_with(typed) } else { word == typed })
                };
                if places.clone().all(has) {
                    self.memory.best.range(&self.field, (text, text + 1), how);
                }
            }
        }
    }

    /// Texts that have one of a range of words.
    fn offer_words(&mut self, range: (u32, u32), how: How) {
        let best = &mut self.memory.best;
        self.field.index.each_text(range, |text| best.range(&self.field, (text, text + 1), how));
    }

    /// Adds a reading and looks for it as it stands.
    pub(super) fn look(&mut self, finished: bool, kind: Kind, typos: u8, write: impl FnOnce(&mut String)) -> Option<usize> {
        let at = self.memory.readings.add(finished, write)?;
        let reading = self.memory.readings.take(at);
        self.starts(&reading, &[], How { kind, typos, reading: at });
        self.words(&reading, &[], false, How { kind, typos, reading: at });
        self.memory.readings.put(at, reading);
        Some(at)
    }

    /// Neighbours written together, and words that are none parted in two.
    fn join(&mut self, typed: &Reading) {
        for at in 1..typed.len() {
            let joined = format!("{}{}", typed.word(at - 1), typed.word(at));
            let (low, high) = self.word_range(&joined, typed.is_open(at));
            if low < high {
                self.look(typed.finished, Kind::Joined, 0, |to| swap_words(typed, at - 1, 2, &[&joined], to));
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
    fn synonyms(&mut self, typed: &Reading) {
        let mut meant: Vec<(usize, usize, String)> = Vec::new();
        let words = typed.len();
        for (from, length) in (0..words).flat_map(|from| (1..=words - from).map(move |length| (from, length))) {
            let phrase: Vec<&str> = typed.words().skip(from).take(length).collect();
            let mut tell = |other: &str| meant.push((from, length, other.to_owned()));
            self.field.index.each_synonym(&phrase.join(" "), &mut self.memory.room.line, &mut tell);
        }
        for (from, length, other) in meant {
            self.look(typed.finished, Kind::Synonym, 0, |to| swap_words(typed, from, length, &[&other], to));
        }
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
        let mut words = std::mem::take(&mut self.memory.instead[0]);
        inside(self.field.index, typed.word(at), &mut self.memory.room, &mut words);
        self.words(typed, &[(at, &words)], false, How { kind: Kind::Inside, typos: 0, reading: 0 });
        self.memory.instead[0] = words;
    }
}

/// Writes a reading with others in the place of some of its words.
pub(super) fn swap_words(typed: &Reading, from: usize, length: usize, others: &[&str], to: &mut String) {
    let before = typed.words().take(from);
    let behind = typed.words().skip(from + length);
    for word in before.chain(others.iter().copied()).chain(behind) {
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(word);
    }
}
