//! Distinct words, numbered.

use crate::read::value::id;
use std::collections::HashMap;

/// Distinct words, numbered in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_name: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Names {
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.by_name.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }

    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }

    /// Where all names with a point are whole numbers written as floats, takes them for the whole numbers: the new number of
    /// each, and how many names were such. `None` where nothing changes.
    pub(super) fn settle_floats(&mut self) -> Option<(Vec<u32>, usize)> {
        if !id::are_floats(self.names.iter().map(|name| &**name)) {
            return None;
        }
        let mut settled = Self::default();
        let mut floats = 0;
        let new = self.names.iter().map(|name| {
            let whole = id::as_whole(name);
            floats += usize::from(whole.is_some());
            settled.number(whole.unwrap_or(name))
        });
        let new = new.collect();
        *self = settled;
        Some((new, floats))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_their_whole_numbers() {
        let mut names = Names::default();
        assert_eq!(["7.0", "a", "7", "8.0", "a"].map(|n| names.number(n)), [0, 1, 2, 3, 1]);
        assert_eq!(names.settle_floats(), Some((vec![0, 1, 0, 2], 2)));
        assert_eq!((names.name(0), names.name(2), names.len()), ("7", "8", 3));
        assert_eq!(names.settle_floats(), None);
    }
}
