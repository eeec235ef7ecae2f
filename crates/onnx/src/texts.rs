//! The texts of a graph, each with a number: plans hold and move numbers alone.
//!
//! Those that the file names are numbered once for all plans. Those that a run brings, and the file does not have, get numbers
//! behind them, and are forgotten before the next.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Texts by number, and numbers by text.
#[derive(Debug, Default)]
pub(crate) struct Texts(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    numbers: BTreeMap<String, u32>,
    texts: Vec<String>,
    /// How many stay.
    kept: usize,
}

impl Texts {
    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a text, a new one where it has none.
    pub(crate) fn number(&self, text: &str) -> i64 {
        let list = &mut *self.list();
        let next = list.texts.len() as u32;
        let number = list.numbers.get(text).copied().unwrap_or(next);
        if number == next {
            list.numbers.insert(text.to_owned(), next);
            list.texts.push(text.to_owned());
        }
        i64::from(number)
    }

    /// The text of a number, empty where there is none.
    pub(crate) fn text(&self, number: i64) -> String {
        usize::try_from(number).ok().and_then(|at| self.list().texts.get(at).cloned()).unwrap_or_default()
    }

    /// Keeps the texts that there are.
    pub(crate) fn keep(&self) {
        let list = &mut *self.list();
        list.kept = list.texts.len();
    }

    /// Forgets the texts that came since [`Texts::keep`].
    pub(crate) fn forget(&self) {
        let list = &mut *self.list();
        for text in list.texts.drain(list.kept..) {
            list.numbers.remove(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_once_and_forgotten() {
        let texts = Texts::default();
        assert_eq!((texts.number("a"), texts.number("b"), texts.number("a")), (0, 1, 0));
        texts.keep();
        assert_eq!((texts.number("c"), texts.number("b"), texts.text(2).as_str()), (2, 1, "c"));
        texts.forget();
        assert_eq!(
            (texts.text(2).as_str(), texts.text(-1).as_str(), texts.number("d"), texts.text(1).as_str()),
            ("", "", 2, "b")
        );
    }
}
