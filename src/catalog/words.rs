//! Words of titles: which known item a new one is most like, before anybody has seen it.
//!
//! With n(w) the known items whose title has the word w, of N, the likeness of a known title b to a new one a is
//!
//! ```text
//! Σ ln(N / n(w)) over the words that both have, / √(words of b), × 0.5 where both name a category and not the same
//! ```
//! (the inverse document frequency of Spärck Jones 1972, with the length of b as its norm). Worked example: of four known
//! items two say "mug" and one "tin"; a new "Red tin mug" is ln 2 / √1 = 0.69 to "Mug" and ln 4 / √2 = 0.98 to "Tea tin".

use super::index::Index;
use super::item::Item;
use super::rows::Catalog;
use crate::ids::ItemIdx;

/// New items of a delta that are compared, the first ones.
const MOST: usize = 1_000;
/// What is left of the likeness of items from two categories.
const ELSEWHERE: f32 = 0.5;
/// Items of a catalog whose words are kept from one delta to the next, 16 bytes a word and title. In a larger one each delta
/// reads all titles for its own words.
const KEPT: usize = 1 << 16;

/// For each new item the `k` known ones that it is most like, best first, the lower index of equals; only those that share a
/// word that tells anything.
pub(super) fn alike(catalog: &Catalog, new: &[&Item], k: usize) -> Vec<Vec<ItemIdx>> {
    let rows = new.get(..MOST).unwrap_or(new);
    let own;
    let index = match &catalog.index {
        Some(index) => index,
        None => {
            own = Index::of(catalog.known_titles(), Some(&mut rows.iter().map(|row| row.title.as_str())));
            &own
        }
    };
    let (mut sums, mut touched) = (vec![0.0_f32; catalog.base_len()], Vec::new());
    let mut all = vec![Vec::new(); new.len()];
    for (row, near) in rows.iter().zip(&mut all) {
        for word in index.find(&row.title) {
            let rarity = index.rarity(&word);
            for (_, item) in index.holders.get(word).unwrap_or_default() {
                touched.push(*item);
                sums.get_mut(item.at()).into_iter().for_each(|sum| *sum += rarity);
            }
        }
        let mut best: Vec<(f32, ItemIdx)> = Vec::new();
        for item in touched.drain(..) {
            // An item that several words touched is told once: its sum is spent then.
            let (Some(sum), Some(length)) = (sums.get_mut(item.at()), index.lengths.get(item.at())) else { continue };
            let elsewhere = matches!((&row.category, catalog.category(item)), (Some(a), Some(b)) if a != b);
            let likeness = std::mem::take(sum) / libm::sqrtf(f32::from(*length)) * if elsewhere { ELSEWHERE } else { 1.0 };
            let place = best.partition_point(|(other, at)| *other > likeness || (*other == likeness && *at < item));
            if likeness > 0.0 && place < k {
                best.truncate(k - 1);
                best.insert(place, (likeness, item));
            }
        }
        near.extend(best.into_iter().map(|(_, item)| item));
    }
    all
}

impl Catalog {
    /// The titles of the bundle's items as they are; none where one is removed.
    pub(super) fn known_titles(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.base_len() as u32).map(ItemIdx).map(|item| (!self.is_removed(item)).then(|| self.title(item)))
    }

    /// Reads the words of all titles, unless they are known or too many.
    pub(super) fn learn(&mut self) {
        if self.index.is_none() && self.base_len() <= KEPT {
            self.index = Some(Index::of(self.known_titles(), None));
        }
    }

    /// Drops them where the title of one of the bundle's items changes or goes.
    pub(super) fn unlearn(&mut self, item: ItemIdx) {
        if item.at() < self.base_len() {
            self.index = None;
        }
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

    #[test]
    fn words_are_kept_while_the_titles_of_the_bundle_stay() {
        let mut shop = catalog(&[("mug", None), ("bowl", None)]);
        let mut kept = |json: &str| {
            let delta = serde_json::from_str::<crate::value::Value>(json).unwrap().read().unwrap();
            shop.apply(&delta).unwrap();
            shop.index.is_some()
        };
        assert!(!kept(r#"{"add":[{"item":"n0","title":"a tin","like":"i0"}]}"#), "a place that is told asks for no words");
        assert!(kept(r#"{"add":[{"item":"n1","title":"a mug"},{"item":"n2","title":"a bowl"}]}"#));
        assert!(kept(r#"{"update":[{"item":"n1","title":"a new mug"},{"item":"i0","price":2,"title":"mug"}],"remove":["n2"]}"#));
        assert!(!kept(r#"{"update":[{"item":"i0","title":"new mug"}]}"#));
        assert!(kept(r#"{"add":[{"item":"n3","title":"a mug"}]}"#));
        assert!(!kept(r#"{"remove":["i1"]}"#));
    }

    /// The formula, title by title: the best three.
    fn brute(shop: &Catalog, row: &Item) -> Vec<ItemIdx> {
        let split = |title: &str| title.split(' ').map(str::to_ascii_lowercase).collect::<Vec<_>>();
        let known: Vec<_> = (0..shop.base_len()).map(|i| split(shop.title(ItemIdx(i as u32)))).collect();
        let mut mine: Vec<String> = Vec::new();
        for word in split(&row.title) {
            if !mine.contains(&word) {
                mine.push(word);
            }
        }
        let mut all: Vec<(f32, ItemIdx)> = Vec::new();
        for (item, theirs) in (0..).map(ItemIdx).zip(&known) {
            let rarity = |w: &String| libm::logf(known.len() as f32 / known.iter().filter(|k| k.contains(w)).count() as f32);
            // In the order of the new title, as the sum is made.
            let sum: f32 = mine.iter().filter(|w| theirs.contains(w)).map(rarity).sum();
            if sum > 0.0 {
                all.push((sum / libm::sqrtf(theirs.len() as f32), item));
            }
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter().take(3).map(|(_, item)| item).collect()
    }

    proptest! {
        /// What is kept from one delta to the next is what the catalog says by then.
        #[test]
        fn kept_words_are_those_of_the_catalog(
            titles in prop::collection::vec("[a-c]{2}( [A-C]{2}){0,3}", 2..12),
            said in prop::collection::vec((0..4_u8, 0..12_usize, "[a-c]{2}( [a-c]{2}){0,3}"), 1..12),
        ) {
            let mut shop = catalog(&titles.iter().map(|t| (t.as_str(), None)).collect::<Vec<_>>());
            for (at, (what, item, title)) in said.into_iter().enumerate() {
                let item = format!("i{item}");
                let row = Item { item: format!("n{at}"), title: title.clone(), ..Item::default() };
                let changed = super::super::ItemUpdate { item: item.clone(), title: Some(title.clone()), ..Default::default() };
                let _ = shop.apply(&match what {
                    0 => super::super::CatalogDelta { remove: vec![item], ..Default::default() },
                    1 => super::super::CatalogDelta { update: vec![changed], ..Default::default() },
                    _ => super::super::CatalogDelta {
                        add: vec![super::super::NewItem { row: row.clone(), ..Default::default() }],
                        ..Default::default()
                    },
                });
                prop_assert!(shop.index.is_some() || what < 2);
                let asked = alike(&shop, &[&row], 3);
                prop_assert_eq!(asked, alike(&Catalog { index: None, ..shop.clone() }, &[&row], 3));
            }
        }

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
