//! All pieces of a vocabulary in the order of their bytes: which tokens begin with a text is then a range.

use super::vocabulary::Vocabulary;

/// Numbers of the tokens that are text, sorted by their bytes, then by number.
#[derive(Clone, Debug, Default)]
pub(in crate::complete) struct Pieces {
    sorted: Vec<u32>,
}

impl Pieces {
    pub(in crate::complete) fn new(words: &dyn Vocabulary) -> Self {
        let mut sorted: Vec<u32> = (0..words.len() as u32).filter(|id| !words.piece(*id).is_empty()).collect();
        sorted.sort_by(|a, b| words.piece(*a).cmp(words.piece(*b)).then(a.cmp(b)));
        Self { sorted }
    }

    /// Tokens whose text begins with these bytes.
    pub(in crate::complete) fn beginning(&self, words: &dyn Vocabulary, bytes: &[u8]) -> &[u32] {
        let from = self.sorted.partition_point(|id| words.piece(*id) < bytes);
        let rest = self.sorted.get(from..).unwrap_or_default();
        let to = rest.partition_point(|id| words.piece(*id).starts_with(bytes));
        rest.get(..to).unwrap_or_default()
    }

    /// Tokens whose text is exactly this.
    pub(in crate::complete) fn being(&self, words: &dyn Vocabulary, bytes: &[u8]) -> &[u32] {
        let begun = self.beginning(words, bytes);
        let same = begun.partition_point(|id| words.piece(*id).len() == bytes.len());
        begun.get(..same).unwrap_or_default()
    }
}
