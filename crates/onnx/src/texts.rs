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
    kept: BTreeMap<String, u32>,
    /// Those that a run brought.
    brought: BTreeMap<String, u32>,
    texts: Vec<String>,
}

impl Texts {
    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a text, a new one where it has none.
    pub(crate) fn number(&self, text: &str) -> i64 {
        let list = &mut *self.list();
        let known = list.kept.get(text).or_else(|| list.brought.get(text)).copied();
        i64::from(known.unwrap_or_else(|| {
            let next = list.texts.len() as u32;
            list.brought.insert(text.to_owned(), next);
            list.texts.push(text.to_owned());
            next
        }))
    }

    /// The text of a number, empty where there is none.
    pub(crate) fn text(&self, number: i64) -> String {
        usize::try_from(number).ok().and_then(|at| self.list().texts.get(at).cloned()).unwrap_or_default()
    }

    /// Keeps the texts that there are.
    pub(crate) fn keep(&self) {
        let list = &mut *self.list();
        for (number, text) in list.texts.iter().enumerate().skip(list.kept.len()) {
            list.kept.insert(text.clone(), number as u32);
        }
        list.brought = BTreeMap::new();
    }

    /// Forgets the texts that came since [`Texts::keep`].
    pub(crate) fn forget(&self) {
        let list = &mut *self.list();
        list.brought = BTreeMap::new();
        list.texts.truncate(list.kept.len());
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
