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
fn words(title: &str) -> impl Iterator<Item = ItemKey> {
    let runs = title.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    runs.filter(|run| run.len() > 1).take(WORDS).map(|run| ItemKey::of_bytes(run.iter().map(u8::to_ascii_lowercase)))
}

/// For each new item the known one that it is most like; none where no word that tells anything is shared. The lower index
/// of equals. Two passes over all titles, however many are new.
pub(super) fn alike(catalog: &Catalog, new: &[&Item]) -> Vec<Option<ItemIdx>> {
    let rows = new.get(..MOST).unwrap_or(new);
    // Word by word, the places of the new items that have it.
    let mut postings: Vec<(ItemKey, ItemIdx)> = Vec::new();
    for (row, at) in rows.iter().zip((0..).map(ItemIdx)) {
        postings.extend(words(&row.title).map(|word| (word, at)));
    }
    postings.sort_unstable();
    postings.dedup();
    let mut best = vec![(0.0_f32, ItemIdx(0)); new.len()];
    if !postings.is_empty() {
        let mut shared = Shared { postings: &postings, firsts: Vec::new() };
        let items = || (0..catalog.base_len()).map(|i| ItemIdx(i as u32)).filter(|item| !catalog.is_removed(*item));
        // Known items with a word, at its first posting.
        let (mut total, mut counts) = (0_u32, vec![0_u32; postings.len()]);
        for item in items() {
            total += 1;
            shared.read(catalog.title(item));
            for first in &shared.firsts {
                counts.get_mut(*first).into_iter().for_each(|count| *count += 1);
            }
        }
        let mut sums = vec![0.0_f32; rows.len()];
        for item in items() {
            let length = shared.read(catalog.title(item));
            for first in &shared.firsts {
                let count = counts.get(*first).copied().unwrap_or(1);
                for at in shared.holders(*first) {
                    sums.get_mut(at).into_iter().for_each(|sum| *sum += libm::logf(total as f32 / count as f32));
                }
            }
            for at in shared.firsts.iter().flat_map(|first| shared.holders(*first)) {
                // A row that several words touched is told once: its sum is spent then.
                let (Some(sum), Some(best), Some(row)) = (sums.get_mut(at), best.get_mut(at), rows.get(at)) else { continue };
                let elsewhere = matches!((&row.category, catalog.category(item)), (Some(a), Some(b)) if a != b);
                let likeness = std::mem::take(sum) / libm::sqrtf(length as f32) * if elsewhere { ELSEWHERE } else { 1.0 };
                if likeness > best.0 {
                    *best = (likeness, item);
                }
            }
        }
    }
    best.into_iter().map(|(likeness, item)| (likeness > 0.0).then_some(item)).collect()
}

/// What a known title shares with the new ones.
struct Shared<'a> {
    postings: &'a [(ItemKey, ItemIdx)],
    /// The first posting of each word that it shares, each once.
    firsts: Vec<usize>,
}

impl Shared<'_> {
    /// Reads a title, and gives the number of its words.
    fn read(&mut self, title: &str) -> usize {
        self.firsts.clear();
        let mut length = 0;
        for word in words(title) {
            length += 1;
            let first = self.postings.partition_point(|(other, _)| *other < word);
            if self.postings.get(first).is_some_and(|(other, _)| *other == word) && !self.firsts.contains(&first) {
                self.firsts.push(first);
            }
        }
        length
    }

    /// Places of the new items with the word whose first posting this is.
    fn holders(&self, first: usize) -> impl Iterator<Item = usize> {
        let list = self.postings.get(first..).unwrap_or_default();
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
        alike(catalog, &[&new(title, category)])[0].map(|item| item.0)
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
        let places = alike(&shop, &rows.iter().collect::<Vec<_>>());
        assert_eq!(places, [Some(ItemIdx(2)), None, Some(ItemIdx(3))]);
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

    /// The formula, title by title.
    fn brute(shop: &Catalog, row: &Item) -> Option<ItemIdx> {
        let split = |title: &str| title.split(' ').map(str::to_ascii_lowercase).collect::<Vec<_>>();
        let known: Vec<_> = (0..shop.base_len()).map(|i| split(shop.title(ItemIdx(i as u32)))).collect();
        let mut mine = split(&row.title);
        mine.sort();
        mine.dedup();
        let mut best: Option<(f32, ItemIdx)> = None;
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
            let likeness = sum / libm::sqrtf(theirs.len() as f32);
            if sum > 0.0 && best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, item));
            }
        }
        best.map(|(_, item)| item)
    }

    proptest! {
        #[test]
        fn as_the_formula_says(titles in prop::collection::vec("[a-c]{2}( [A-C]{2}){0,3}", 1..12), news in prop::collection::vec("[a-c]{2}( [a-c]{2}){0,3}", 1..6)) {
            let shop = catalog(&titles.iter().map(|t| (t.as_str(), None)).collect::<Vec<_>>());
            let rows: Vec<Item> = news.iter().map(|title| new(title, None)).collect();
            let have = alike(&shop, &rows.iter().collect::<Vec<_>>());
            for (row, have) in rows.iter().zip(have) {
                prop_assert_eq!(have, brute(&shop, row));
            }
        }
    }
}
