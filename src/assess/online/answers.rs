//! Answers by id, for transactions that come again: the newest so many.

use crate::assess::assessing::{Assessment, By};
use nearhand_features::Outcome;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

/// An assessment: as it was made, or as a state had it. It is written as JSON when somebody asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// As it was made.
    Made(Assessment),
    /// As JSON.
    Json(String),
}

impl Told {
    /// The [`Assessment`] as JSON.
    #[must_use]
    pub fn json(&self) -> Cow<'_, str> {
        match self {
            // Of numbers and texts alone, which are always written.
            Self::Made(assessment) => Cow::Owned(serde_json::to_string(assessment).unwrap_or_default()),
            Self::Json(json) => Cow::Borrowed(json),
        }
    }

    /// The assessment, where the model alone has made it: no rule holds.
    #[must_use]
    pub fn by_model_alone(&self) -> Option<&Assessment> {
        match self {
            Self::Made(made) if made.by == By::Model && made.rules.is_empty() => Some(made),
            _ => None,
        }
    }
}

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) told: Told,
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
    /// Numbers by order of arrival.
    by_id: BTreeMap<Arc<str>, u64>,
    /// Oldest first.
    kept: VecDeque<(Arc<str>, Kept)>,
    /// The number of the oldest.
    first: u64,
}

impl Answers {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub(super) const fn most(&self) -> usize {
        self.most
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Kept> {
        let number = self.by_id.get(id)?.checked_sub(self.first)?;
        self.kept.get(usize::try_from(number).ok()?).map(|(_, kept)| kept)
    }

    /// The answer that was kept last.
    pub(super) fn newest(&self) -> Option<&Kept> {
        self.kept.back().map(|(_, kept)| kept)
    }

    /// Keeps an answer of an id that is not there, and forgets the oldest ones beyond the limit. What is not kept is given back.
    pub(super) fn keep(&mut self, id: &str, kept: Kept) -> Option<Kept> {
        if self.most == 0 || id.is_empty() {
            return Some(kept);
        }
        let id: Arc<str> = id.into();
        match self.by_id.entry(Arc::clone(&id)) {
            Entry::Occupied(_) => return Some(kept),
            Entry::Vacant(place) => place.insert(self.first + self.kept.len() as u64),
        };
        self.kept.push_back((id, kept));
        while self.kept.len() > self.most {
            if let Some((oldest, _)) = self.kept.pop_front() {
                self.by_id.remove(&oldest);
                self.first += 1;
            }
        }
        None
    }

    /// All, oldest first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (&str, &Kept)> {
        self.kept.iter().map(|(id, kept)| (&**id, kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let kept = |json: &str| Kept { told: Told::Json(json.to_owned()), features: Vec::new(), outcome: None, capped: false };
        let mut answers = Answers::new(2);
        let back: Vec<bool> = ["a", "b", "a", "", "c"].map(|id| answers.keep(id, kept(id)).is_some()).into();
        assert_eq!((back, answers.newest()), (vec![false, false, true, true, false], Some(&kept("c"))));
        let order: Vec<&str> = answers.in_order().map(|(id, _)| id).collect();
        assert_eq!((order, answers.get("a"), answers.get("b")), (vec!["b", "c"], None, Some(&kept("b"))));
        let mut none = Answers::new(0);
        assert_eq!((none.keep("a", kept("a")), none.len(), none.get("a")), (Some(kept("a")), 0, None));
    }
}
