//! Answers by id, for transactions that come again: the newest so many.

use nearhand_features::Outcome;
use std::collections::{BTreeMap, VecDeque};

/// An answer as it was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kept {
    /// The assessment as JSON.
    pub(super) json: String,
    /// Features in the order of the declaration; none where there were none.
    pub(super) features: Vec<f64>,
    /// What became of the transaction in the windows.
    pub(super) outcome: Option<Outcome>,
    pub(super) capped: bool,
}

/// The newest answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    most: usize,
    by_id: BTreeMap<Box<str>, Kept>,
    /// Oldest first.
    order: VecDeque<Box<str>>,
}

impl Answers {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub(super) const fn most(&self) -> usize {
        self.most
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Kept> {
        self.by_id.get(id)
    }

    /// Keeps an answer of an id that is not there, and forgets the oldest ones beyond the limit.
    pub(super) fn keep(&mut self, id: &str, kept: Kept) {
        if self.most == 0 || id.is_empty() || self.by_id.contains_key(id) {
            return;
        }
        self.by_id.insert(id.into(), kept);
        self.order.push_back(id.into());
        while self.order.len() > self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }

    /// All, oldest first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (&str, &Kept)> {
        self.order.iter().filter_map(|id| Some((&**id, self.by_id.get(id)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let kept = |json: &str| Kept { json: json.to_owned(), ..Kept::default() };
        let mut answers = Answers::new(2);
        for id in ["a", "b", "a", "", "c"] {
            answers.keep(id, kept(id));
        }
        let order: Vec<&str> = answers.in_order().map(|(id, _)| id).collect();
        assert_eq!((order, answers.get("a"), answers.get("b")), (vec!["b", "c"], None, Some(&kept("b"))));
        let mut none = Answers::new(0);
        none.keep("a", kept("a"));
        assert_eq!((none.len(), none.get("a")), (0, None));
    }
}
