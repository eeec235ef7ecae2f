//! What the slates show, whether or not it is what comes next: how evenly, and how far from the best known.
//!
//! ```text
//! gini    = Σ_i (2i − n − 1) · x_i / (n · Σ_i x_i)      x: how often each of the catalog's n items is shown, ascending, i from 1
//! novelty = mean over the places shown of −log2(count(item) / Σ count)
//! ```
//! gini is 0 where all are shown alike, (n − 1)/n where one is shown alone (Gini 1912; for recommenders Fleder and Hosanagar
//! 2009). Novelty is in bits: how surprising the item is to who knows the shop's visits (Zhou et al., PNAS 2010). An item of no
//! training event counts as one of one.

use nearhand::ItemIdx;

/// How often each item is shown, and how novel the shown ones are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Exposure {
    pub gini: f64,
    pub novelty: f64,
}

/// Of slates over a catalog of `items`; `count` are an item's training events, `total` those of all.
pub(super) fn exposure<'a>(
    slates: impl Iterator<Item = &'a [ItemIdx]>,
    items: usize,
    count: impl Fn(ItemIdx) -> u64,
    total: u64,
) -> Exposure {
    let mut shown = vec![0_u64; items];
    for item in slates.flatten() {
        if let Some(times) = shown.get_mut(item.at()) {
            *times += 1;
        }
    }
    let places: u64 = shown.iter().sum();
    let bits = |item: usize| (total.max(1) as f64 / count(ItemIdx(item as u32)).max(1) as f64).log2();
    let novelty: f64 =
        shown.iter().enumerate().filter(|(_, times)| **times > 0).map(|(at, times)| *times as f64 * bits(at)).sum();
    shown.sort_unstable();
    let n = items as f64;
    let weighted: f64 = (1..).zip(&shown).map(|(i, x)| (2.0 * f64::from(i) - n - 1.0) * *x as f64).sum();
    let all = places.max(1) as f64;
    Exposure { gini: weighted / (n.max(1.0) * all), novelty: novelty / all }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(slates: &[&[u32]], counts: &[u64]) -> Exposure {
        let slates: Vec<Vec<ItemIdx>> = slates.iter().map(|s| s.iter().copied().map(ItemIdx).collect()).collect();
        exposure(slates.iter().map(Vec::as_slice), counts.len(), |item| counts[item.at()], counts.iter().sum())
    }

    #[test]
    fn worked_example() {
        // Shown: 0 twice, 1 once, 2 and 3 never. Ascending 0 0 1 2: (−3·0 − 1·0 + 1·1 + 3·2) / (4 · 3) = 7/12.
        // Shares 1/2 and 1/4: (1 + 1 + 2) / 3 bits.
        let found = of(&[&[0, 1], &[0]], &[8, 4, 4, 0]);
        assert!((found.gini - 7.0 / 12.0).abs() < 1e-12 && (found.novelty - 4.0 / 3.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn from_even_to_one_alone() {
        assert!(of(&[&[0, 1, 2, 3]], &[1; 4]).gini.abs() < 1e-12);
        assert!((of(&[&[2], &[2]], &[1; 4]).gini - 0.75).abs() < 1e-12);
        let nothing = of(&[&[]], &[1; 4]);
        assert_eq!(nothing, Exposure::default());
        // No training event counts as one.
        assert!((of(&[&[1]], &[4, 0]).novelty - 2.0).abs() < 1e-12);
    }
}
