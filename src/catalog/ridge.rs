//! Of which known items a new one is made, by title and category: kernel ridge regression over the nearest titles.
//!
//! With n(w) the known items whose title has the word w, of N, a title is a vector x of its words, each ln(N / n(w)) long
//! (n = 1 for a word of the new title alone). How alike two items are, and what weight the known ones have for a new one:
//!
//! ```text
//! k(a, b) = x(a) · x(b) / (|x(a)| |x(b)|), × 0.5 where their categories differ
//! β       = (K + λ I)⁻¹ k(new)          K = k of the 64 known items nearest by words, λ = 0.3
//! ```
//! (Saunders, Gammerman and Vovk 1998). What the known items have a value v of, the new one then has mean(v) + Σ β_i (v_i −
//! mean(v)) of: the answer of ridge regression from words, and from words within a category, on those titles, without the
//! weight of any word being stored. Worked example: the one word of the new title is the whole title of two known items of
//! its category; K is all ones, and β = 1 / 2.3 each.

use super::index::Index;
use super::item::Item;
use super::rows::Catalog;
use super::words::alike;
use crate::ids::ItemIdx;

/// Known items that a new one is compared with.
const NEAR: usize = 64;
/// What is added to the diagonal: how much of an item its title does not tell.
const LAMBDA: f64 = 0.3;
/// What is left of the likeness of items from two categories.
const ELSEWHERE: f64 = 0.5;

impl Catalog {
    /// For each new item the known ones it is made of with their weights, nearest title first; none where no word that
    /// tells anything is shared, and for new items beyond the first 1,000.
    pub(crate) fn kin(&self, new: &[&Item]) -> Vec<Vec<(ItemIdx, f32)>> {
        let near = alike(self, new, NEAR);
        let own;
        let index = match &self.index {
            Some(index) => index,
            None => {
                let titles = new.iter().map(|row| row.title.as_str());
                own =
                    Index::of(self.known_titles(), Some(&mut titles.chain(near.iter().flatten().map(|item| self.title(*item)))));
                &own
            }
        };
        let texts = Texts { catalog: self, index };
        new.iter().zip(near).map(|(row, near)| texts.weights(row, near)).collect()
    }
}

/// Titles as vectors.
struct Texts<'a> {
    catalog: &'a Catalog,
    index: &'a Index,
}

/// One title: those of its words that known items have, by their places in the index, with the squares of their lengths.
struct Text<'a> {
    words: Vec<(usize, f64)>,
    length: f64,
    category: Option<&'a str>,
}

impl Texts<'_> {
    fn text<'b>(&self, title: &str, category: Option<&'b str>) -> Text<'b> {
        let (mut words, mut square) = (Vec::new(), 0.0);
        for word in self.index.find(title) {
            let rarity = f64::from(self.index.rarity(&word));
            square += rarity * rarity;
            if !word.is_empty() {
                words.push((word.start, rarity * rarity));
            }
        }
        Text { words, length: libm::sqrt(square), category }
    }

    fn likeness(a: &Text<'_>, b: &Text<'_>) -> f64 {
        let shared = a.words.iter().filter(|word| b.words.contains(word));
        let dot: f64 = shared.map(|(_, square)| square).sum();
        let lengths = a.length * b.length;
        let cosine = if lengths > 0.0 { dot / lengths } else { 0.0 };
        cosine * if a.category == b.category { 1.0 } else { ELSEWHERE }
    }

    fn weights(&self, row: &Item, near: Vec<ItemIdx>) -> Vec<(ItemIdx, f32)> {
        let catalog = self.catalog;
        let new = self.text(&row.title, row.category.as_deref());
        let known: Vec<Text<'_>> = near.iter().map(|item| self.text(catalog.title(*item), catalog.category(*item))).collect();
        let mut weights: Vec<f64> = known.iter().map(|text| Self::likeness(text, &new)).collect();
        let mut matrix = Vec::with_capacity(known.len() * known.len());
        for (i, a) in known.iter().enumerate() {
            let like = |(j, b)| if i == j { 1.0 + LAMBDA } else { Self::likeness(a, b) };
            matrix.extend(known.iter().enumerate().map(like));
        }
        solve(&mut matrix, &mut weights);
        near.into_iter().zip(weights).map(|(item, weight)| (item, weight as f32)).collect()
    }
}

/// Solves A x = b by Cholesky's A = L Lᵀ, A symmetric with eigenvalues above 0 and row-major; x takes the place of b, the
/// lower half of A that of L.
fn solve(a: &mut [f64], b: &mut [f64]) {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - sum;
            a[i * n + j] = if i == j { libm::sqrt(rest) } else { rest / a[j * n + j] };
        }
        let sum: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i * n + i];
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CatalogDelta, Columns, FacetColumn, TextColumn};
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

    fn kin(catalog: &Catalog, title: &str, category: Option<&str>) -> Vec<(u32, f32)> {
        catalog.kin(&[&new(title, category)])[0].iter().map(|(item, weight)| (item.0, *weight)).collect()
    }

    #[test]
    fn by_hand() {
        // K is all ones: β = 1 / (2 + λ) each.
        let shop = catalog(&[("mug", None), ("Mug", None), ("bowl", None), ("dish", None)]);
        let close = |have: &[(u32, f32)], want: &[(u32, f64)]| {
            assert_eq!(have.len(), want.len(), "{have:?}");
            for (have, want) in have.iter().zip(want) {
                assert!(have.0 == want.0 && (f64::from(have.1) - want.1).abs() < 1e-6, "{have:?} {want:?}");
            }
        };
        close(&kin(&shop, "mug", None), &[(0, 1.0 / 2.3), (1, 1.0 / 2.3)]);
        // A word that nobody knows is ln 4 long, "mug" ln 2: k(new) = ln 2 / √(ln² 2 + ln² 4) = 1/√5.
        close(&kin(&shop, "unknown mug", None), &[(0, 0.2_f64.sqrt() / 2.3), (1, 0.2_f64.sqrt() / 2.3)]);
        // In another category half of it.
        close(&kin(&shop, "mug", Some("Kitchen")), &[(0, 0.5 / 2.3), (1, 0.5 / 2.3)]);
        assert!(kin(&shop, "x", None).is_empty() && kin(&shop, "spoon", None).is_empty());
        // Two titles that share one word of two, of 6: with c = ln² 3 / (ln² 3 + ln² 6), K = (1 + λ, c; c, 1 + λ), k = √c.
        let shop = catalog(&[("red mug", None), ("blue mug", None), ("a1", None), ("b2", None), ("c3", None), ("d4", None)]);
        let (three, six) = (3_f64.ln().powi(2), 6_f64.ln().powi(2));
        let c = three / (three + six);
        close(&kin(&shop, "mug", None), &[(0, c.sqrt() / (1.3 + c)), (1, c.sqrt() / (1.3 + c))]);
    }

    #[test]
    fn the_nearest_alone_are_asked_and_no_removed_ones() {
        let many: Vec<(String, Option<&str>)> =
            (0..200).map(|i| (if i < 150 { format!("mug {i}") } else { format!("bowl {i}") }, None)).collect();
        let mut shop = catalog(&many.iter().map(|(title, category)| (title.as_str(), *category)).collect::<Vec<_>>());
        let found = kin(&shop, "mug", None);
        assert_eq!(found.iter().map(|(item, _)| *item).collect::<Vec<_>>(), (0..NEAR as u32).collect::<Vec<_>>());
        shop.apply(&CatalogDelta { remove: vec!["i0".into(), "i2".into()], ..CatalogDelta::default() }).unwrap();
        assert_eq!(kin(&shop, "mug", None)[..2].iter().map(|(item, _)| *item).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn hostile_titles_are_bounded() {
        let long = "word ".repeat(800);
        let shop = catalog(&[(long.as_str(), None), ("", None), ("\u{e9}\u{e9}\u{e9}", None), ("word", None)]);
        let rows: Vec<Item> = (0..1500).map(|_| new(&long, None)).collect();
        let all = shop.kin(&rows.iter().collect::<Vec<_>>());
        // Beyond the first thousand nobody is compared.
        assert_eq!((all.len(), all[0].len(), all[999].len(), all[1000].len()), (1500, 2, 2, 0));
        assert!(all.iter().flatten().all(|(_, weight)| weight.is_finite()));
        // Titles all alike tell nothing.
        assert!(kin(&catalog(&[("set", None); 9]), "set", None).is_empty());
    }

    /// Gauss-Jordan elimination with the whole matrix.
    fn plain(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
        for i in 0..b.len() {
            let pivot = a[i][i];
            a[i].iter_mut().for_each(|x| *x /= pivot);
            b[i] /= pivot;
            for j in (0..b.len()).filter(|j| *j != i) {
                let factor = a[j][i];
                let row = a[i].clone();
                a[j].iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
                b[j] -= factor * b[i];
            }
        }
        b
    }

    proptest! {
        #[test]
        fn as_the_formula_says(
            titles in prop::collection::vec(("[a-c]{2}( [a-c]{2}){0,3}", prop::option::of("[XY]")), 2..20),
            title in "[a-c]{2}( [a-c]{2}){0,3}",
            category in prop::option::of("[XY]"),
        ) {
            let rows: Vec<(&str, Option<&str>)> = titles.iter().map(|(t, c)| (t.as_str(), c.as_deref())).collect();
            let shop = catalog(&rows);
            let have = kin(&shop, &title, category.as_deref());
            let split = |t: &str| { let mut w: Vec<String> = t.split(' ').map(str::to_owned).collect(); w.sort(); w.dedup(); w };
            let known: Vec<Vec<String>> = rows.iter().map(|(t, _)| split(t)).collect();
            let square = |w: &String| (known.len() as f64 / known.iter().filter(|k| k.contains(w)).count().max(1) as f64).ln().powi(2);
            let dot = |a: &[String], b: &[String]| -> f64 { a.iter().filter(|w| b.contains(w)).map(square).sum() };
            let like = |a: (&[String], Option<&str>), b: (&[String], Option<&str>)| {
                let lengths = (dot(a.0, a.0) * dot(b.0, b.0)).sqrt();
                (if lengths > 0.0 { dot(a.0, b.0) / lengths } else { 0.0 }) * if a.1 == b.1 { 1.0 } else { 0.5 }
            };
            let (mine, near) = (split(&title), have.iter().map(|(item, _)| *item as usize).collect::<Vec<_>>());
            let of = |i: usize| (known[i].as_slice(), rows[i].1);
            let matrix = near.iter().map(|i| near.iter().map(|j| if i == j { 1.3 } else { like(of(*i), of(*j)) }).collect()).collect();
            let want = plain(matrix, near.iter().map(|i| like(of(*i), (&mine, category.as_deref()))).collect());
            for ((_, have), want) in have.iter().zip(want) {
                prop_assert!((f64::from(*have) - want).abs() < 1e-5, "{have} {want}");
            }
        }
    }
}
