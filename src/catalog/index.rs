//! Words of titles: which items have which.

use crate::ids::{ItemIdx, ItemKey};
use std::ops::Range;

/// Words of a title that count, the first ones.
const WORDS: usize = 32;

/// The first runs of letters and digits, at least two bytes long, as keys of their lower case. Beyond ASCII every character is a letter,
/// and of one case.
pub(super) fn words(title: &str) -> impl Iterator<Item = ItemKey> {
    let runs = title.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    runs.filter(|run| run.len() > 1).take(WORDS).map(|run| ItemKey::of_bytes(run.iter().map(u8::to_ascii_lowercase)))
}

/// Which of the bundle's items have a word, as of when it was made. Removed ones have none.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Sorted, so that the items of a word stand together.
    pub(super) holders: Vec<(ItemKey, ItemIdx)>,
    /// Words of each item's title.
    pub(super) lengths: Vec<u8>,
    /// Items that are not removed.
    pub(super) known: usize,
}

impl Index {
    /// Of all titles, none where an item is removed, for all words or for those that are `asked` for.
    pub(super) fn of<'t>(titles: impl Iterator<Item = Option<&'t str>>, asked: Option<&mut dyn Iterator<Item = &str>>) -> Self {
        let asked = asked.map(|titles| {
            let mut keys = Vec::new();
            titles.for_each(|title| words(title).for_each(|word| keys.push((word, ItemIdx(0)))));
            keys.sort_unstable();
            keys
        });
        let (mut holders, mut lengths, mut known) = (Vec::new(), Vec::new(), 0);
        for (item, title) in (0..).map(ItemIdx).zip(titles) {
            let mut length = 0;
            if let Some(title) = title {
                known += 1;
                for word in words(title) {
                    length += 1;
                    if asked.as_ref().is_none_or(|asked| !of_word(asked, word).is_empty()) {
                        holders.push((word, item));
                    }
                }
            }
            lengths.push(length);
        }
        holders.sort_unstable();
        holders.dedup();
        Self { holders, lengths, known }
    }

    /// The words of a title, each once: where the items stand that have it.
    pub(super) fn find(&self, title: &str) -> Vec<Range<usize>> {
        let (mut seen, mut found) = (Vec::new(), Vec::new());
        for word in words(title) {
            if !seen.contains(&word) {
                seen.push(word);
                found.push(of_word(&self.holders, word));
            }
        }
        found
    }

    /// ln(N / n) of a word; n is 1 for one that no known item has.
    pub(super) fn rarity(&self, word: &Range<usize>) -> f32 {
        libm::logf(self.known.max(1) as f32 / word.len().max(1) as f32)
    }
}

/// Where the entries of a word stand.
fn of_word(list: &[(ItemKey, ItemIdx)], word: ItemKey) -> Range<usize> {
    bound(list, (word, ItemIdx(0)))..bound(list, (word, ItemIdx(u32::MAX)))
}

/// Where an entry stands in a sorted list, or would.
#[inline(never)]
pub(super) fn bound(list: &[(ItemKey, ItemIdx)], entry: (ItemKey, ItemIdx)) -> usize {
    list.partition_point(|other| *other < entry)
}
