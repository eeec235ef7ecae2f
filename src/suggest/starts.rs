//! Texts that begin with what was typed, word by word.

use super::asked::Kind;
use super::best::How;
use super::index::Room;
use super::others::{Other, at as place_of};
use super::reading::Reading;
use super::search::Search;

/// Most beginnings of texts that are tried for one reading, the likeliest first.
const MOST_TRIED: usize = 256;
/// So few texts are read, rather than all words that may stand for a typed one looked for.
const FEW: u32 = 96;
/// Most texts of a start that are looked at letter by letter.
const MOST_LITERAL: u32 = 4096;

/// How far a search for beginnings has come.
struct Way<'a> {
    reading: &'a Reading,
    how: How,
    /// Tries that are left.
    left: usize,
}

impl Search<'_> {
    /// Texts that begin with a reading, with other words in the place of some of its own.
    pub(super) fn starts(&mut self, reading: &Reading, others: &mut [Other], how: How) {
        let mut key = std::mem::take(&mut self.memory.key);
        key.clear();
        let within = (0, self.field.index.len());
        if others.is_empty() {
            key.push_str(&reading.text);
            let range = if reading.finished { self.finished(&mut key, within) } else { self.begun(&key, within) };
            if how.kind == Kind::Start {
                self.whole(reading, range, how);
                self.literal(range, how);
            }
            self.memory.best.range(&self.field, range, how);
        } else {
            self.extend(&mut Way { reading, how, left: MOST_TRIED }, others, 0, &mut key, within);
        }
        self.memory.key = key;
    }

    /// A text that is typed whole comes first, so that no number of longer ones can hide it.
    fn whole(&mut self, reading: &Reading, (low, high): (u32, u32), how: How) {
        let Room { line, folded } = &mut self.memory.room;
        folded.fold(self.field.index.text(low, line));
        if low < high && folded.normal() == reading.text {
            self.memory.best.range(&self.field, (low, low + 1), how);
            self.memory.best.settle();
        }
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
    fn extend(&mut self, way: &mut Way<'_>, others: &mut [Other], at: usize, key: &mut String, within: (u32, u32)) {
        let Some(place) = place_of(others, at) else {
            let length = key.len();
            key.push_str(way.reading.word(at));
            self.enter(way, others, at, key, within);
            key.truncate(length);
            return;
        };
        if within.1 - within.0 <= FEW {
            return self.read_starts(way, others, at, within);
        }
        let words = others
            .get_mut(place)
            .map(|other| other.words(self.field.index, &mut self.memory.room, &mut self.memory.recent).to_vec());
        let length = key.len();
        let last_and_open = way.reading.is_open(at);
        for near in words.unwrap_or_default() {
            if last_and_open {
                if way.left == 0 || !self.memory.best.may_stand(near.top) {
                    break;
                }
                way.left -= 1;
                // The typed word is open: so is what stands in its place, and a range of words is a range of texts.
                self.keyed(key, length, near.low);
                let low = self.field.index.bound(within, key, false, &mut self.memory.room);
                self.keyed(key, length, near.high - 1);
                let high = self.field.index.bound((low, within.1), key, true, &mut self.memory.room);
                self.memory.best.range(&self.field, (low, high), way.how);
                continue;
            }
            for word in near.low..near.high {
                if way.left == 0 || !self.memory.best.may_stand(near.top) {
                    break;
                }
                way.left -= 1;
                self.keyed(key, length, word);
                // One beginning leaves most of the tries to the others.
                let some = way.left.div_ceil(4);
                let mut apart = Way { left: some, ..*way };
                self.enter(&mut apart, others, at, key, within);
                way.left -= some - apart.left;
            }
        }
        key.truncate(length);
    }

    /// With a word at a place behind the key: offers what begins so, or goes on with the next word.
    fn enter(&mut self, way: &mut Way<'_>, others: &mut [Other], at: usize, key: &mut String, within: (u32, u32)) {
        let last = at + 1 == way.reading.len();
        let range = if last && !way.reading.finished { self.begun(key, within) } else { self.finished(key, within) };
        if last {
            self.memory.best.range(&self.field, range, way.how);
        } else if range.0 < range.1 {
            key.push(' ');
            self.extend(way, others, at + 1, key, range);
        }
    }

    /// Puts a word of the index behind the first letters of the key.
    fn keyed(&mut self, key: &mut String, length: usize, word: u32) {
        key.truncate(length);
        key.push_str(self.field.index.word(word, &mut self.memory.room.line));
    }

    /// Offers those of a few texts whose words from a place on are those of the reading; up to there they are.
    fn read_starts(&mut self, way: &Way<'_>, others: &mut [Other], from: usize, (low, high): (u32, u32)) {
        for text in low..high {
            let Room { line, folded } = &mut self.memory.room;
            folded.fold(self.field.index.text(text, line));
            let fits = (from..way.reading.len()).all(|at| {
                let word = folded.word(at);
                match place_of(others, at).and_then(|place| others.get_mut(place)) {
                    Some(other) => !word.is_empty() && other.fits(word),
                    None if way.reading.is_open(at) => word.starts_with(way.reading.word(at)),
                    None => word == way.reading.word(at),
                }
            });
            if fits {
                self.memory.best.range(&self.field, (text, text + 1), way.how);
            }
        }
    }
}
