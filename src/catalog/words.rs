//! Words of titles: which known item a new one is most like, before anybody has seen it.
//!
//! With n(w) the known items whose title has the word w, of N, the likeness of a known title b to a new one a is
//!
//! ```text
//! Σ ln(N / n(w)) over the words that both have, / √(words of b), × 0.5 where both name a category and not the same
//! ```
//! (the inverse document frequency of Spärck Jones 1972, with the length of b as its norm). Worked example: of four known
//! items two say "mug" and one "tin"; a new "Red tin mug" is ln 2 / √1 = 0.69 to "Mug" and ln 4 / √2 = 0.98 to "Tea tin".

use super::{Catalog, Item};
use crate::ids::{ItemIdx, ItemKey};

/// New items of a delta that are compared, the first ones: a comparison reads all titles.
const MOST: usize = 1_000;
/// Words of a title that count, the first ones.
const WORDS: usize = 32;
/// What is left of the likeness of items from two categories.
const ELSEWHERE: f32 = 0.5;

/// The first runs of letters and digits, at least two bytes long, as keys of their lower case. Beyond ASCII every character is a letter,
/// and of one case.
pub(super) fn words(title: &str) -> impl Iterator<Item = ItemKey> {
    let runs = title.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    runs.filter(|run| run.len() > 1).take(WORDS).map(|run| ItemKey::of_bytes(run.iter().map(u8::to_ascii_lowercase)))
}

/// For each new item the `k` known ones that it is most like, best first, the lower index of equals; only those that share a
/// word that tells anything. Two passes over all titles, however many are new.
pub(super) fn alike(catalog: &Catalog, new: &[&Item], k: usize) -> Vec<Vec<ItemIdx>> {
    let rows = new.get(..MOST).unwrap_or(new);
    // Word by word, the places of the new items that have it.
    let mut postings: Vec<(ItemKey, ItemIdx)> = Vec::new();
    for (row, at) in rows.iter().zip((0..).map(ItemIdx)) {
        postings.extend(words(&row.title).map(|word| (word, at)));
    }
    let mut lexicon = Lexicon::new(postings);
    let mut best: Vec<Vec<(f32, ItemIdx)>> = vec![Vec::new(); new.len()];
    if !lexicon.words.is_empty() {
        let (total, counts) = lexicon.count(catalog);
        let mut sums = vec![0.0_f32; rows.len()];
        for item in known(catalog) {
            let length = lexicon.read(catalog.title(item));
            for first in &lexicon.found {
                let count = counts.get(*first).copied().unwrap_or(1);
                for at in lexicon.holders(*first) {
                    sums.get_mut(at).into_iter().for_each(|sum| *sum += libm::logf(total as f32 / count as f32));
                }
            }
            for at in lexicon.found.iter().flat_map(|first| lexicon.holders(*first)) {
                // A row that several words touched is told once: its sum is spent then.
                let (Some(sum), Some(best), Some(row)) = (sums.get_mut(at), best.get_mut(at), rows.get(at)) else { continue };
                let elsewhere = matches!((&row.category, catalog.category(item)), (Some(a), Some(b)) if a != b);
                let likeness = std::mem::take(sum) / libm::sqrtf(length as f32) * if elsewhere { ELSEWHERE } else { 1.0 };
                let place = best.partition_point(|(other, _)| *other >= likeness);
                if likeness > 0.0 && place < k {
                    best.truncate(k - 1);
                    best.insert(place, (likeness, item));
                }
            }
        }
    }
    best.into_iter().map(|best| best.into_iter().map(|(_, item)| item).collect()).collect()
}

/// The bundle's items that are not removed.
fn known(catalog: &Catalog) -> impl Iterator<Item = ItemIdx> {
    (0..catalog.base_len() as u32).map(ItemIdx).filter(|item| !catalog.is_removed(*item))
}

/// Words that titles are searched for, each with whom it is of: sorted, and each word's first entry stands for it.
pub(super) struct Lexicon {
    words: Vec<(ItemKey, ItemIdx)>,
    /// The first entries of the words of the title read last, each once.
    pub(super) found: Vec<usize>,
}

impl Lexicon {
    pub(super) fn new(mut words: Vec<(ItemKey, ItemIdx)>) -> Self {
        words.sort_unstable();
        words.dedup();
        Self { words, found: Vec::new() }
    }

    /// Reads a title, and gives the number of its words.
    pub(super) fn read(&mut self, title: &str) -> usize {
        self.found.clear();
        let mut length = 0;
        for word in words(title) {
            length += 1;
            let first = self.words.partition_point(|(other, _)| *other < word);
            if self.words.get(first).is_some_and(|(other, _)| *other == word) && !self.found.contains(&first) {
                self.found.push(first);
            }
        }
        length
    }

    /// The number of known items, and at the first entry of each word those of them that have it.
    pub(super) fn count(&mut self, catalog: &Catalog) -> (u32, Vec<u32>) {
        let (mut total, mut counts) = (0, vec![0; self.words.len()]);
        for item in known(catalog) {
            total += 1;
            self.read(catalog.title(item));
            for first in &self.found {
                counts.get_mut(*first).into_iter().for_each(|count| *count += 1);
            }
        }
        (total, counts)
    }

    /// Whom the word of this first entry is of.
    fn holders(&self, first: usize) -> impl Iterator<Item = usize> {
        let list = self.words.get(first..).unwrap_or_default();
        let word = list.first().map(|(word, _)| *word);
        list.iter().take_while(move |(other, _)| Some(*other) == word).map(|(_, at)| at.at())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, FacetColumn, TextColumn};
    use super::*;
    use proptest::prelude::*;

    fn catalog(rows: &[(&str, Option<&str>)]) -> Catalog {
        let ids: Vec<String> = (0..rows.len()).map(|i| format!("i{i}")).collect();
        let categories: Vec<Option<String>> = rows.iter().map(|(_, category)| category.map(str::to_owned)).collect();
        let columns = Columns {
            ids: TextColumn::of(&ids.iter().map(String::as_str).collect::<Vec<_>>()),
            titles: TextColumn::of(&rows.iter().map(|(title, _)| *title).collect::<Vec<_>>()),
            category: Some(FacetColumn::of(&categories).unwrap()),
            ..Columns::default()
        };
        Catalog::new(columns).unwrap()
    }

    fn new(title: &str, category: Option<&str>) -> Item {
        Item { item: "new".into(), title: title.into(), category: category.map(str::to_owned), ..Item::default() }
    }

    fn like(catalog: &Catalog, title: &str, category: Option<&str>) -> Option<u32> {
        alike(catalog, &[&new(title, category)], 1)[0].first().map(|item| item.0)
    }

    #[test]
    fn by_hand() {
        // ln 2 / √1 for "Mug", ln 4 / √2 for "Tea tin": 0.69 and 0.98.
        let shop = catalog(&[("Mug", None), ("mug, large", None), ("TEA TIN", None), ("Bowl", None)]);
        assert_eq!(like(&shop, "Red tin mug", None), Some(2));
        assert_eq!(like(&shop, "Red mug", None), Some(0));
        assert_eq!(like(&shop, "a b", None), None);
        assert_eq!(like(&shop, "", None), None);
        // Several at once, each for itself; a word twice in a title tells once.
        let rows = [new("tin tin", None), new("nothing", None), new("Bowl", None)];
        let places = alike(&shop, &rows.iter().collect::<Vec<_>>(), 1);
        assert_eq!(places, [vec![ItemIdx(2)], vec![], vec![ItemIdx(3)]]);
        // The best few in their order, of equals the lower index first.
        let shop = catalog(&[("mug", None), ("tin", None), ("tin mug", None), ("mug", None), ("bowl", None), ("dish", None)]);
        assert_eq!(alike(&shop, &[&rows[0], &new("tin mug", None)], 3)[1].iter().map(|i| i.0).collect::<Vec<_>>(), [2, 1, 0]);
        // A word that all have tells nothing.
        assert_eq!(like(&catalog(&[("set of two", None), ("set of three", None)]), "set of", None), None);
    }

    #[test]
    fn an_item_of_another_category_counts_half() {
        let shop = catalog(&[("mug", Some("Garden")), ("mug of tin", Some("Kitchen")), ("bowl", None)]);
        // ln 1.5 / √1 · ½ and ln 1.5 / √3.
        assert_eq!(like(&shop, "mug", Some("Kitchen")), Some(1));
        assert_eq!(like(&shop, "mug", None), Some(0));
    }

    #[test]
    fn removed_items_are_not_asked() {
        let mut shop = catalog(&[("mug", None), ("mug of tin", None), ("bowl", None)]);
        let delta = super::super::CatalogDelta { remove: vec!["i0".into()], ..Default::default() };
        shop.apply(&delta).unwrap();
        assert_eq!(like(&shop, "mug", None), Some(1));
    }

    /// The formula, title by title: the best three.
    fn brute(shop: &Catalog, row: &Item) -> Vec<ItemIdx> {
        let split = |title: &str| title.split(' ').map(str::to_ascii_lowercase).collect::<Vec<_>>();
        let known: Vec<_> = (0..shop.base_len()).map(|i| split(shop.title(ItemIdx(i as u32)))).collect();
        let mut mine = split(&row.title);
        mine.sort();
        mine.dedup();
        let mut all: Vec<(f32, ItemIdx)> = Vec::new();
        for (item, theirs) in (0..).map(ItemIdx).zip(&known) {
            let rarity = |w: &String| libm::logf(known.len() as f32 / known.iter().filter(|k| k.contains(w)).count() as f32);
            // In the order of the known title, as the sum is made.
            let mut shared: Vec<&String> = Vec::new();
            theirs.iter().filter(|w| mine.contains(w)).for_each(|w| {
                if !shared.contains(&w) {
                    shared.push(w)
                }
            });
            let sum: f32 = shared.iter().map(|w| rarity(w)).sum();
            if sum > 0.0 {
                all.push((sum / libm::sqrtf(theirs.len() as f32), item));
            }
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter().take(3).map(|(_, item)| item).collect()
    }

    proptest! {
        #[test]
        fn as_the_formula_says(titles in prop::collection::vec("[a-c]{2}( [A-C]{2}){0,3}", 1..12), news in prop::collection::vec("[a-c]{2}( [a-c]{2}){0,3}", 1..6)) {
            let shop = catalog(&titles.iter().map(|t| (t.as_str(), None)).collect::<Vec<_>>());
            let rows: Vec<Item> = news.iter().map(|title| new(title, None)).collect();
            let have = alike(&shop, &rows.iter().collect::<Vec<_>>(), 3);
            for (row, have) in rows.iter().zip(have) {
                prop_assert_eq!(have, brute(&shop, row));
            }
        }
    }
}
