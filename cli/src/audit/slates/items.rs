//! The items of two catalogs under one number each, by their ids.

use nearhand::ItemIdx;
use nearhand::catalog::Catalog;
use std::collections::HashMap;

/// The items of the old catalog first, in its order, and then those that the new one alone has.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub ids: Vec<String>,
    by_id: HashMap<String, u32>,
    /// How many the old catalog has.
    pub old: usize,
    /// The number of each item of the new catalog.
    pub of_new: Vec<u32>,
    /// Place of each number in the new catalog.
    new: Vec<Option<u32>>,
}

impl Items {
    pub(super) fn new(old: &Catalog, new: &Catalog) -> Self {
        let ids = |of: &Catalog| (0..of.base_len() as u32).map(|at| of.id(ItemIdx(at)).to_owned()).collect::<Vec<_>>();
        let mut items = Self { ids: ids(old), old: old.base_len(), ..Self::default() };
        items.by_id = items.ids.iter().cloned().zip(0..).collect();
        for id in ids(new) {
            let next = items.ids.len() as u32;
            let number = *items.by_id.entry(id.clone()).or_insert(next);
            if number == next {
                items.ids.push(id);
            }
            items.of_new.push(number);
        }
        items.new = vec![None; items.ids.len()];
        for (number, at) in items.of_new.iter().zip(0..) {
            if let Some(place) = items.new.get_mut(*number as usize) {
                *place = Some(at);
            }
        }
        items
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The item in the old catalog.
    pub(super) fn in_old(&self, number: u32) -> Option<ItemIdx> {
        ((number as usize) < self.old).then_some(ItemIdx(number))
    }

    /// The item in the new catalog.
    pub(super) fn in_new(&self, number: u32) -> Option<ItemIdx> {
        self.new.get(number as usize).copied().flatten().map(ItemIdx)
    }

    /// Numbers of items that the old catalog alone has.
    pub(super) fn lost(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.old as u32).filter(|number| self.in_new(*number).is_none())
    }

    /// Numbers of items that the new catalog alone has.
    pub(super) fn gained(&self) -> impl Iterator<Item = u32> + '_ {
        self.old as u32..self.ids.len() as u32
    }

    /// How many are in both.
    pub(super) fn common(&self) -> usize {
        self.of_new.len() + self.old - self.ids.len()
    }
}
