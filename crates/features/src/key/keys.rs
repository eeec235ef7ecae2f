//! All values of one key: found by their text, and forgotten in order of when they were seen last.

use super::slot::Slot;
use crate::hash::sip;
use crate::name::Name;
use crate::table::Table;

/// How many values are best looked at together.
pub(crate) const AHEAD: usize = 16;

/// No value.
pub(crate) const NOBODY: u32 = u32::MAX;

/// A value.
#[derive(Clone, Debug)]
struct Entry {
    name: Name,
    hash: u64,
    slot: Slot,
}

/// A value's neighbours in the order of when they were seen.
#[derive(Clone, Copy, Debug)]
struct Link {
    newer: u32,
    older: u32,
}

/// All values of a key.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    table: Table<u32>,
    entries: Vec<Option<Entry>>,
    /// One an entry, by themselves: who is seen moves past two others, whose entries lie anywhere.
    links: Vec<Link>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
    /// Records of all values.
    pub events: usize,
    seed: (u64, u64),
}

impl Keys {
    pub(crate) fn new(seed: (u64, u64)) -> Self {
        let (table, entries, links, free) = Default::default();
        Self { table, entries, links, free, newest: NOBODY, oldest: NOBODY, events: 0, seed }
    }

    fn entry(&self, at: u32) -> Option<&Entry> {
        self.entries.get(at as usize)?.as_ref()
    }

    fn entry_mut(&mut self, at: u32) -> Option<&mut Entry> {
        self.entries.get_mut(at as usize)?.as_mut()
    }

    /// Values.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Where a value is.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.table.find(sip(self.seed, name.as_bytes()), |at| self.entry(at).is_some_and(|entry| entry.name.is(name)))
    }

    pub(crate) fn slot(&self, at: u32) -> Option<&Slot> {
        self.entry(at).map(|entry| &entry.slot)
    }

    pub(crate) fn slot_mut(&mut self, at: u32) -> Option<&mut Slot> {
        self.entry_mut(at).map(|entry| &mut entry.slot)
    }

    pub(crate) fn name(&self, at: u32) -> &str {
        self.entry(at).map_or("", |entry| entry.name.text())
    }

    /// Reads what a value's windows will ask for.
    pub(crate) fn look(&self, at: u32) -> i64 {
        self.slot(at).map_or(0, Slot::look)
    }

    /// The same of several values, of which the first [`AHEAD`] count: each is found before any is read.
    pub(crate) fn look_at<'a>(&self, values: impl Iterator<Item = &'a str>) -> i64 {
        let mut found = [NOBODY; AHEAD];
        found.iter_mut().zip(values).for_each(|(place, value)| *place = self.find(value).unwrap_or(NOBODY));
        found.iter().fold(0, |read, at| read ^ self.look(*at))
    }

    /// Finds a value; it is now the one seen last.
    pub(crate) fn meet(&mut self, name: &str) -> Option<u32> {
        let at = self.find(name)?;
        if self.newest != at {
            self.unlink(at);
            self.link(at);
        }
        Some(at)
    }

    /// Adds a value that is not there yet, as the one seen last.
    pub(crate) fn add(&mut self, name: &str, slot: Slot) -> u32 {
        let hash = sip(self.seed, name.as_bytes());
        self.events += slot.ring.len();
        let entry = Some(Entry { name: Name::new(name), hash, slot });
        let at = match self.free.pop() {
            Some(at) => {
                if let Some(place) = self.entries.get_mut(at as usize) {
                    *place = entry;
                }
                at
            }
            None => {
                self.entries.push(entry);
                self.links.push(Link { newer: NOBODY, older: NOBODY });
                (self.entries.len() - 1) as u32
            }
        };
        self.table.insert(hash, at);
        self.link(at);
        at
    }

    /// Forgets a value.
    pub(crate) fn forget(&mut self, at: u32) {
        if let Some(entry) = self.entries.get_mut(at as usize).and_then(Option::take) {
            self.unlink(at);
            self.table.remove(entry.hash, |other| other == at);
            self.events -= entry.slot.ring.len();
            self.free.push(at);
        }
    }

    /// The value seen least recently.
    pub(crate) const fn oldest(&self) -> u32 {
        self.oldest
    }

    /// Values from the one seen least recently to the one seen last.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = u32> {
        let newer = |at: &u32| self.links.get(*at as usize).map(|link| link.newer).filter(|at| *at != NOBODY);
        std::iter::successors(Some(self.oldest).filter(|at| *at != NOBODY), newer)
    }

    fn unlink(&mut self, at: u32) {
        let Some(Link { newer, older }) = self.links.get(at as usize).copied() else { return };
        match self.links.get_mut(newer as usize) {
            Some(link) => link.older = older,
            None => self.newest = older,
        }
        match self.links.get_mut(older as usize) {
            Some(link) => link.newer = newer,
            None => self.oldest = newer,
        }
    }

    fn link(&mut self, at: u32) {
        let before = self.newest;
        if let Some(link) = self.links.get_mut(at as usize) {
            *link = Link { newer: NOBODY, older: before };
        }
        match self.links.get_mut(before as usize) {
            Some(link) => link.newer = at,
            None => self.oldest = at,
        }
        self.newest = at;
    }

    /// Forgets the value seen least recently if it has nothing left that could matter: no record after a time.
    pub(crate) fn sweep(&mut self, until: i64) {
        let idle = |slot: &Slot| slot.ring.len() == 0 || slot.ring.time(slot.ring.len() - 1) <= until;
        if self.slot(self.oldest).is_some_and(|slot| idle(slot) && slot.lost <= until) {
            self.forget(self.oldest);
        }
    }
}
