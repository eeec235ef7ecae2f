//! Texts that have all words of what was typed, in any order.

use super::best::{How, SPAN};
use super::index::Room;
use super::others::{Other, at as place_of};
use super::reading::Reading;
use super::search::{MOST_WORDS, Search};

/// A typed word, and what texts must have of it.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// Bytes of the lists of what it may be.
    bytes: usize,
    /// Its place in the reading.
    at: usize,
    /// The words that it may be, where no other may stand for it.
    words: (u32, u32),
    /// Which of the others may.
    other: Option<usize>,
}

/// How a search for all words goes.
struct Way<'a> {
    reading: &'a Reading,
    /// Whether no word is finished.
    open: bool,
    how: How,
}

/// To read a text costs about as much as so many bytes of lists.
const BYTES_A_TEXT: usize = 800;
/// To look for the words that may stand for a typed one costs about as much as so many bytes of lists.
const BYTES_AN_OTHER: usize = 80_000;

/// Whether it costs less to read so many texts than to go through the lists that are left.
fn few(texts: usize, left: &[Part]) -> bool {
    !left.is_empty() && texts * BYTES_A_TEXT <= 4096 + left.iter().map(|part| part.bytes).sum::<usize>()
}

impl Search<'_> {
    /// Texts that have all words of a reading, in any order; with `open`, words that begin with them.
    pub(super) fn words(&mut self, reading: &Reading, others: &mut [Other], open: bool, how: How) {
        if reading.len() > MOST_WORDS + 1 {
            return;
        }
        let mut parts = [Part::default(); MOST_WORDS + 1];
        let mut len = 0;
        for ((at, word), slot) in reading.words().enumerate().zip(&mut parts) {
            let other = place_of(others, at);
            let words = match other {
                Some(_) => (0, 0),
                None => self.word_range(word, open || reading.is_open(at)),
            };
            let bytes = match other.and_then(|other| others.get(other)) {
                Some(other) => other.known().map_or(BYTES_AN_OTHER, |words| {
                    words.iter().map(|near| self.field.index.list_bytes((near.low, near.high))).sum()
                }),
                None => self.field.index.list_bytes(words),
            };
            if bytes == 0 {
                return;
            }
            *slot = Part { bytes, at, words, other };
            len = at + 1;
        }
        // The rarest first, so that little is left when the frequent ones come.
        let Some(parts) = parts.get_mut(..len) else { return };
        parts.sort_unstable_by_key(|part| (part.bytes, part.at));
        if let ([_], [other]) = (&*parts, &mut *others) {
            return self.one_of(other, how);
        }
        let way = Way { reading, open, how };
        if let Some((rarest, left)) = parts.split_first().filter(|(rarest, left)| few(rarest.bytes, left)) {
            let mut texts = Vec::new();
            for words in self.lists_of(rarest, others) {
                self.field.index.each_text(words, &mut |text| texts.push(text));
            }
            return texts.into_iter().for_each(|text| self.read(&way, text, left, others));
        }
        let [mut all, mut one] = std::mem::take(&mut self.memory.sets);
        self.narrow(&way, parts, others, [&mut all, &mut one]);
        self.memory.sets = [all, one];
    }

    /// Offers the texts that have all parts: by sets, until few are left, which are read.
    fn narrow(&mut self, way: &Way<'_>, parts: &[Part], others: &mut [Other], [all, one]: [&mut Vec<u64>; 2]) {
        let size = self.field.index.len().div_ceil(64) as usize;
        for (turn, part) in parts.iter().enumerate() {
            let set: &mut Vec<u64> = if turn == 0 { all } else { one };
            set.clear();
            set.resize(size, 0);
            for words in self.lists_of(part, others) {
                self.field.index.mark(words, set);
            }
            if turn > 0 {
                all.iter_mut().zip(&*one).for_each(|(bits, other)| *bits &= other);
            }
            let left = parts.get(turn + 1..).unwrap_or_default();
            if few(all.iter().map(|bits| bits.count_ones() as usize).sum(), left) {
                for (span, bits) in (0..).zip(&*all) {
                    let mut rest = *bits;
                    while rest != 0 {
                        self.read(way, span * SPAN + rest.trailing_zeros(), left, others);
                        rest &= rest - 1;
                    }
                }
                return;
            }
        }
        self.memory.best.set(&self.field, all, way.how);
    }

    /// The words whose texts have what a part asks for.
    fn lists_of(&mut self, part: &Part, others: &mut [Other]) -> Vec<(u32, u32)> {
        match part.other.and_then(|other| others.get_mut(other)) {
            None => vec![part.words],
            Some(other) => {
                let words = other.words(self.field.index, &mut self.memory.room, &mut self.memory.recent);
                words.iter().map(|near| (near.low, near.high)).collect()
            }
        }
    }

    /// Offers a text if it has the parts that are left.
    fn read(&mut self, way: &Way<'_>, text: u32, left: &[Part], others: &mut [Other]) {
        let Room { line, folded } = &mut self.memory.room;
        folded.fold(self.field.index.text(text, line));
        let words = || folded.normal().split(' ');
        let fits = left.iter().all(|part| match part.other.and_then(|other| others.get_mut(other)) {
            Some(other) => words().any(|word| other.fits(word)),
            None => {
                let (typed, begun) = (way.reading.word(part.at), way.open || way.reading.is_open(part.at));
                words().any(|word| if begun { word.starts_with(typed) } else { word == typed })
            }
        });
        if fits {
            self.memory.best.range(&self.field, (text, text + 1), way.how);
        }
    }

    /// Offers the texts that have one of the words of the only place there is, the likeliest words first, while they can add.
    fn one_of(&mut self, other: &mut Other, how: How) {
        for near in other.words(self.field.index, &mut self.memory.room, &mut self.memory.recent) {
            if !self.memory.best.may_stand(near.top) {
                return;
            }
            self.offer_words((near.low, near.high), how);
        }
    }

    /// Texts that have one of a range of words.
    pub(super) fn offer_words(&mut self, range: (u32, u32), how: How) {
        let best = &mut self.memory.best;
        self.field.index.each_text(range, &mut |text| best.range(&self.field, (text, text + 1), how));
    }
}
