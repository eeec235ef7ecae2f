//! Columns of texts: ids, each another one, and values of keys, of which few are many times there.

use crate::read::value::id::{are_floats, as_whole};
use std::collections::HashMap;

/// Texts of a column, in one piece.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    pub(crate) fn get(&self, at: usize) -> &str {
        let end = self.ends.get(at).copied().unwrap_or(0);
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end).unwrap_or("")
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|at| self.get(at))
    }

    /// Where all texts with a point are whole numbers written as floats, takes them for the whole numbers. Gives how many were such.
    pub(super) fn settle_floats(&mut self) -> u64 {
        if !are_floats(self.all()) {
            return 0;
        }
        let (mut settled, mut floats) = (Self::default(), 0);
        for text in self.all() {
            let whole = as_whole(text);
            floats += u64::from(whole.is_some());
            settled.push(whole.unwrap_or(text));
        }
        *self = settled;
        floats
    }
}

/// Values of a key: each text once, and which a row has.
#[derive(Debug, Default)]
pub(crate) struct Named {
    texts: Texts,
    by_text: HashMap<String, u32>,
    rows: Vec<u32>,
}

impl Named {
    pub(super) fn push(&mut self, text: &str) {
        let number = self.number(text);
        self.rows.push(number);
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.by_text.get(text) {
            return *number;
        }
        let number = self.by_text.len() as u32;
        self.by_text.insert(text.to_owned(), number);
        self.texts.push(text);
        number
    }

    pub(crate) fn get(&self, row: usize) -> &str {
        self.rows.get(row).map_or("", |number| self.texts.get(*number as usize))
    }

    /// As [`Texts::settle_floats`]; the rows that had such a text are counted.
    pub(super) fn settle_floats(&mut self) -> u64 {
        if !are_floats(self.texts.all()) {
            return 0;
        }
        let mut settled = Self::default();
        let new: Vec<(u32, bool)> =
            self.texts.all().map(|text| (settled.number(as_whole(text).unwrap_or(text)), as_whole(text).is_some())).collect();
        let mut floats = 0;
        for row in std::mem::take(&mut self.rows) {
            let (number, float) = new.get(row as usize).copied().unwrap_or_default();
            floats += u64::from(float);
            settled.rows.push(number);
        }
        *self = settled;
        floats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_written_as_floats_are_those() {
        let (mut ids, mut keys) = (Texts::default(), Named::default());
        for text in ["7.0", "a", "7", "", "8.0", "7.0"] {
            ids.push(text);
            keys.push(text);
        }
        assert_eq!((ids.settle_floats(), keys.settle_floats()), (3, 3));
        assert_eq!(ids.all().collect::<Vec<_>>(), ["7", "a", "7", "", "8", "7"]);
        assert_eq!((0..6).map(|row| keys.get(row)).collect::<Vec<_>>(), ["7", "a", "7", "", "8", "7"]);
        assert_eq!((ids.settle_floats(), keys.settle_floats()), (0, 0));
        // Versions are no numbers.
        keys.push("1.5");
        keys.push("9.0");
        assert_eq!((keys.settle_floats(), keys.get(7)), (0, "9.0"));
    }
}
