//! Events by id: what was answered, and where a label belongs.

use crate::hash::sip;
use crate::name::Name;
use crate::table::Table;
use std::collections::VecDeque;

/// An event that is remembered by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub id: Name,
    pub time: i64,
    /// The greatest time seen when it came, which never goes back.
    pub arrival: i64,
    /// The bits of its label.
    pub label: i64,
    /// What its answer said besides features.
    pub capped: bool,
    /// Whether its answer was ever known here.
    pub answered: bool,
    /// Labels of it that wait for their time.
    pub waiting: u32,
}

/// Ids in order of arrival. The events' numbers follow each other without a gap, so a number is a place.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    table: Table<u32>,
    known: VecDeque<(u64, Known)>,
    /// For each, where its values are: one number a key.
    slots: VecDeque<u32>,
    keys: usize,
    /// The number of the first.
    first: i64,
    /// Answers of the last ones, and of how many.
    answers: VecDeque<f64>,
    answered: usize,
    features: usize,
    /// Labels that wait, of all that are remembered.
    waiting: usize,
    seed: (u64, u64),
}

impl Ids {
    pub(crate) fn new(keys: usize, features: usize, first: i64, seed: (u64, u64)) -> Self {
        let (table, known, slots, answers) = Default::default();
        Self { table, known, slots, keys, first, answers, answered: 0, features, waiting: 0, seed }
    }

    /// The number that comes next.
    pub(crate) fn next(&self) -> i64 {
        self.first + self.known.len() as i64
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The number of the first.
    pub(crate) const fn first(&self) -> i64 {
        self.first
    }

    /// The number of an id.
    pub(crate) fn find(&self, id: &str) -> Option<i64> {
        self.find_by(self.hash(id), id)
    }

    /// The hash by which an id is found.
    pub(crate) fn hash(&self, id: &str) -> u64 {
        sip(self.seed, id.as_bytes())
    }

    /// The number of an id whose hash is known.
    pub(crate) fn find_by(&self, hash: u64, id: &str) -> Option<i64> {
        let is = |number: u32| {
            self.known.get(number.wrapping_sub(self.first as u32) as usize).is_some_and(|(_, known)| known.id.is(id))
        };
        let number = self.table.find(hash, is)?;
        Some(self.first + i64::from(number.wrapping_sub(self.first as u32)))
    }

    /// Reads the place where an id would be.
    pub(crate) fn look(&self, id: &str) -> i64 {
        self.table.look(self.hash(id))
    }

    /// Reads the places of those that are forgotten next.
    pub(crate) fn look_at_oldest(&self, most: usize) -> i64 {
        self.known.iter().take(most).fold(0, |read, (hash, _)| read ^ self.table.look(*hash))
    }

    fn place(&self, number: i64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok().filter(|at| *at < self.known.len())
    }

    pub(crate) fn get(&self, number: i64) -> Option<&Known> {
        self.known.get(self.place(number)?).map(|(_, known)| known)
    }

    pub(crate) fn set_label(&mut self, number: i64, bits: i64) {
        if let Some((_, known)) = self.place(number).and_then(|at| self.known.get_mut(at)) {
            known.label = bits;
        }
    }

    /// Labels that wait for their time. Those of ids that are forgotten are none: no event is left that they could reach.
    pub(crate) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// A label of an event begins to wait.
    pub(crate) fn wait(&mut self, number: i64) {
        if let Some((_, known)) = self.place(number).and_then(|at| self.known.get_mut(at)) {
            known.waiting += 1;
            self.waiting += 1;
        }
    }

    /// The time of a label that waited has come.
    pub(crate) fn waited(&mut self, number: i64) {
        if let Some((_, known)) = self.place(number).and_then(|at| self.known.get_mut(at)) {
            known.waiting = known.waiting.saturating_sub(1);
            self.waiting = self.waiting.saturating_sub(1);
        }
    }

    /// Where the value of a key is that the event had.
    pub(crate) fn slot(&self, number: i64, key: usize) -> Option<u32> {
        self.slots.get(self.place(number)? * self.keys + key).copied()
    }

    /// Says where the value of a key is that an event had.
    pub(crate) fn set_slot(&mut self, number: i64, key: usize, at: u32) {
        if let Some(slot) = self.place(number).and_then(|place| self.slots.get_mut(place * self.keys + key)) {
            *slot = at;
        }
    }

    /// Adds the next one.
    pub(crate) fn push(&mut self, hash: u64, known: Known, slots: &[u32]) {
        self.table.insert(hash, self.next() as u32);
        self.known.push_back((hash, known));
        let before = self.slots.len();
        self.slots.extend(slots.iter().take(self.keys));
        self.slots.resize(before + self.keys, u32::MAX);
    }

    /// Forgets the first.
    pub(crate) fn drop_first(&mut self) {
        let Some((hash, known)) = self.known.pop_front() else { return };
        self.waiting = self.waiting.saturating_sub(known.waiting as usize);
        let number = self.first as u32;
        self.table.remove(hash, |other| other == number);
        self.slots.drain(..self.keys.min(self.slots.len()));
        self.first += 1;
        while self.answered() > self.known.len() {
            self.drop_answer();
        }
    }

    /// Forgets those that came at or before a time, and the answers at or before another one.
    pub(crate) fn expire(&mut self, ids: i64, answers: i64) {
        while self.known.front().is_some_and(|(_, known)| known.arrival <= ids) {
            self.drop_first();
        }
        let first = |ids: &Self| ids.known.len() - ids.answered();
        while self.answered() > 0 && self.known.get(first(self)).is_some_and(|(_, known)| known.arrival <= answers) {
            self.drop_answer();
        }
    }

    /// How many of the last have a place for their answers.
    pub(crate) const fn answered(&self) -> usize {
        self.answered
    }

    fn drop_answer(&mut self) {
        self.answered -= 1;
        self.answers.drain(..self.features.min(self.answers.len()));
    }

    /// Keeps the answer of the last one.
    pub(crate) fn keep(&mut self, answer: &[f64]) {
        self.answers.extend(answer);
        self.answered += 1;
    }

    /// The places of all answers, oldest first.
    pub(crate) fn answers(&self) -> impl Iterator<Item = f64> {
        self.answers.iter().copied()
    }

    /// Fills in what was not known of an event when it was added: where its values are, and its answer where that is still kept.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn fill(&mut self, number: i64, slots: impl Iterator<Item = u32>, capped: bool, answer: &[f64]) {
        let Some(at) = self.place(number) else { return };
        self.slots.range_mut(at * self.keys..).zip(slots).for_each(|(place, slot)| *place = slot);
        if let Some((_, known)) = self.known.get_mut(at) {
            known.capped = capped;
        }
        if let Some(at) = at.checked_sub(self.known.len() - self.answered) {
            self.answers.range_mut(at * self.features..).zip(answer).for_each(|(place, value)| *place = *value);
        }
    }

    /// The answer of an event.
    pub(crate) fn answer(&self, number: i64) -> Option<impl Iterator<Item = f64>> {
        self.get(number).filter(|known| known.answered)?;
        let at = self.place(number)?.checked_sub(self.known.len() - self.answered())?;
        Some(self.answers.iter().skip(at * self.features).take(self.features).copied())
    }
}
