//! Changes laid over the base catalog: what became of each item, found by one read.

use super::item::Item;
use crate::ids::ItemIdx;

/// What became of an item.
#[derive(Clone, Copy, Debug)]
enum Fate {
    AsPacked,
    Removed,
    /// Its row is here, at this place.
    Changed(u32),
}

/// Changed and added rows, and which items are gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    /// By item; items beyond its end are as packed.
    fates: Vec<Fate>,
    rows: Vec<Item>,
}

impl Overlay {
    fn fate(&self, item: ItemIdx) -> Fate {
        self.fates.get(item.at()).copied().unwrap_or(Fate::AsPacked)
    }

    /// The row of a changed or added item.
    pub(super) fn row(&self, item: ItemIdx) -> Option<&Item> {
        match self.fate(item) {
            Fate::Changed(at) => self.rows.get(at as usize),
            _ => None,
        }
    }

    pub(super) fn is_removed(&self, item: ItemIdx) -> bool {
        matches!(self.fate(item), Fate::Removed)
    }

    /// Items taken out, in ascending order.
    pub(super) fn removed(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        (0..self.fates.len() as u32).map(ItemIdx).filter(|item| self.is_removed(*item))
    }

    /// The changed and added rows. Rows of items removed later are among them.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Item> {
        self.rows.iter()
    }

    /// Takes an item out.
    pub(super) fn remove(&mut self, item: ItemIdx) {
        self.set(item, Fate::Removed);
    }

    /// Changes or adds a row.
    pub(super) fn put(&mut self, item: ItemIdx, row: Item) {
        let held = match self.fate(item) {
            Fate::Changed(at) => self.rows.get_mut(at as usize),
            _ => None,
        };
        if let Some(held) = held {
            *held = row;
            return;
        }
        self.set(item, Fate::Changed(self.rows.len() as u32));
        self.rows.push(row);
    }

    fn set(&mut self, item: ItemIdx, fate: Fate) {
        if self.fates.len() <= item.at() {
            self.fates.resize(item.at() + 1, Fate::AsPacked);
        }
        if let Some(held) = self.fates.get_mut(item.at()) {
            *held = fate;
        }
    }
}
