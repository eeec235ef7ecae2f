//! Words by number and numbers by word: one block of bytes, and a table of slots. A file that is made so that its words fall
//! into the same slots is refused, so that a look never takes long.

use crate::error::{Code, Error, Result};

/// Slots that are looked at in a row.
const REACH: usize = 512;
const FREE: u32 = u32::MAX;

/// Words by id. Ids without a word are holes, as is the empty word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    slots: Vec<u32>,
}

impl Words {
    pub(crate) fn push(&mut self, word: &[u8]) {
        self.bytes.extend_from_slice(word);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The word of an id; of one that has none, none.
    pub(crate) fn get(&self, id: usize) -> &[u8] {
        let from = id.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = from.zip(self.ends.get(id)).map(|(from, &to)| from as usize..to as usize);
        range.and_then(|range| self.bytes.get(range)).unwrap_or(&[])
    }

    /// Makes the words findable. Of equal words the last is found.
    pub(crate) fn index(&mut self) -> Result<()> {
        let size = (self.len() + self.len() / 2).next_power_of_two().max(16);
        self.slots = vec![FREE; size];
        for id in 0..self.len() {
            if self.get(id).is_empty() {
                continue;
            }
            let Some(slot) = self.slot(self.get(id)) else {
                return Err(Error::new(Code::Malformed, "words of the vocabulary are made to collide"));
            };
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = u32::try_from(id).unwrap_or(FREE);
            }
        }
        Ok(())
    }

    /// The slot of a word: that with it, or the free one where it belongs.
    fn slot(&self, word: &[u8]) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let from = hash(word) as usize;
        (0..REACH).map(|step| from.wrapping_add(step) & mask).find(|&slot| {
            let id = self.slots.get(slot).copied().unwrap_or(FREE);
            id == FREE || self.get(id as usize) == word
        })
    }

    /// The id of a word.
    pub(crate) fn find(&self, word: &[u8]) -> Option<u32> {
        self.slot(word).and_then(|slot| self.slots.get(slot)).copied().filter(|id| *id != FREE)
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

fn hash(word: &[u8]) -> u64 {
    let mut hash = word.len() as u64;
    for chunk in word.chunks(8) {
        let value = chunk.iter().fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
        hash = mix(hash ^ value);
    }
    hash
}

const fn mix(value: u64) -> u64 {
    let value = value.wrapping_mul(MIX);
    let value = (value ^ value >> 32).wrapping_mul(MIX);
    value ^ value >> 29
}

/// Merges: a pair of ids → its rank and the id it becomes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    slots: Vec<(u64, u32, u32)>,
}

const NONE: u64 = u64::MAX;

const fn key(left: u32, right: u32) -> u64 {
    (left as u64) << 32 | right as u64
}

impl Pairs {
    pub(crate) fn for_count(count: usize) -> Self {
        Self { slots: vec![(NONE, 0, 0); (count + count / 2).next_power_of_two().max(16)] }
    }

    fn slot(&self, key: u64) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let from = mix(key) as usize;
        (0..REACH).map(|step| from.wrapping_add(step) & mask).find(|&slot| {
            let there = self.slots.get(slot).map_or(NONE, |slot| slot.0);
            there == NONE || there == key
        })
    }

    /// Of a pair that comes twice the later rank counts.
    pub(crate) fn insert(&mut self, left: u32, right: u32, rank: u32, merged: u32) -> Result<()> {
        match self.slot(key(left, right)).and_then(|slot| self.slots.get_mut(slot)) {
            Some(slot) => {
                *slot = (key(left, right), rank, merged);
                Ok(())
            }
            None => Err(Error::new(Code::Malformed, "merges are made to collide")),
        }
    }

    pub(crate) fn get(&self, left: u32, right: u32) -> Option<(u32, u32)> {
        let key = key(left, right);
        let &(there, rank, merged) = self.slots.get(self.slot(key)?)?;
        (there == key).then_some((rank, merged))
    }
}

/// Words in the order of their bytes, for finding those with which a text begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefixes {
    order: Vec<u32>,
}

impl Prefixes {
    /// Of all words that are not empty.
    pub(crate) fn of(words: &Words) -> Self {
        let all = 0..u32::try_from(words.len()).unwrap_or(0);
        let mut order: Vec<u32> = all.filter(|&id| !words.get(id as usize).is_empty()).collect();
        // Of equal words the last is found.
        order.sort_unstable_by(|&a, &b| words.get(a as usize).cmp(words.get(b as usize)).then(b.cmp(&a)));
        order.dedup_by(|later, kept| words.get(*later as usize) == words.get(*kept as usize));
        Self { order }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Calls with the id and length of each word with which the text begins, shortest first. `steps` is what may still be done.
    ///
    /// # Errors
    /// `tokenizer-too-slow`.
    pub(crate) fn each(&self, words: &Words, text: &[u8], steps: &mut u64, mut tell: impl FnMut(u32, usize)) -> Result<()> {
        let mut range = self.order.as_slice();
        for (depth, &byte) in text.iter().enumerate() {
            *steps = steps.checked_sub(1).ok_or_else(Error::too_slow)?;
            let at = |id: &u32| words.get(*id as usize).get(depth).map_or(-1, |&there| i32::from(there));
            let from = range.partition_point(|id| at(id) < i32::from(byte));
            range = range.get(from..).unwrap_or(&[]);
            let to = range.partition_point(|id| at(id) == i32::from(byte));
            range = range.get(..to).unwrap_or(&[]);
            let Some(&first) = range.first() else { break };
            if words.get(first as usize).len() == depth + 1 {
                tell(first, depth + 1);
            }
        }
        Ok(())
    }

    /// The longest word with which the text begins.
    ///
    /// # Errors
    /// `tokenizer-too-slow`.
    pub(crate) fn longest(&self, words: &Words, text: &[u8], steps: &mut u64) -> Result<Option<(u32, usize)>> {
        let mut longest = None;
        self.each(words, text, steps, |id, len| longest = Some((id, len)))?;
        Ok(longest)
    }
}
