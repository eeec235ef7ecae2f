//! Titles and prices as a log has them: the most frequent title, the median price.

use super::numbered::Names;
use crate::items::ItemList;
use crate::read::value::title::{MAX_BYTES, clean, cut};
use nearhand::Item;
use std::collections::HashMap;

/// What the rows say of each item.
#[derive(Debug, Default)]
pub(super) struct Votes {
    titles: Names,
    /// Rows an item and title.
    counts: HashMap<(u32, u32), u32>,
    /// Prices above zero by item.
    prices: HashMap<u32, Vec<f64>>,
}

/// What one row says of its item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vote {
    pub item: u32,
    title: Option<u32>,
    price: Option<f64>,
}

impl Votes {
    /// A vote that does not count yet.
    pub(super) fn vote(&mut self, item: u32, title: Option<&str>, price: Option<f64>) -> Vote {
        Vote { item, title: title.map(|title| self.titles.number(title)), price }
    }

    /// Lets a vote count.
    pub(super) fn count(&mut self, Vote { item, title, price }: Vote) {
        if let Some(title) = title {
            *self.counts.entry((item, title)).or_default() += 1;
        }
        // A price of zero or less is a gift or a correction, not what the item costs.
        if let Some(price) = price.filter(|p| *p > 0.0) {
            self.prices.entry(item).or_default().push(price);
        }
    }

    /// Gives items their new numbers; those of one new number are one item.
    pub(super) fn renumber(&mut self, new: &[u32]) {
        let number = |old: u32| new.get(old as usize).copied().unwrap_or(old);
        for ((item, title), count) in std::mem::take(&mut self.counts) {
            *self.counts.entry((number(item), title)).or_default() += count;
        }
        let mut old: Vec<(u32, Vec<f64>)> = std::mem::take(&mut self.prices).into_iter().collect();
        old.sort_unstable_by_key(|(item, _)| *item);
        for (item, prices) in old {
            self.prices.entry(number(item)).or_default().extend(prices);
        }
    }

    /// Titles that are longer than a catalog takes.
    pub(super) fn too_long(&self) -> usize {
        (0..self.titles.len() as u32).filter(|title| self.titles.name(*title).len() > MAX_BYTES).count()
    }

    /// The title that an item most often has, as it stands in the log.
    pub(super) fn title(&self, item: u32) -> Option<&str> {
        let of_item = self.counts.iter().filter(|((of, _), _)| *of == item);
        let best = of_item.map(|((_, title), count)| (std::cmp::Reverse(*count), self.titles.name(*title))).min();
        best.map(|(_, title)| title)
    }

    /// The item list: `items` in the order of [`order`], ids as titles where the log has none.
    pub(super) fn into_list(mut self, names: &Names, mut items: Vec<u32>) -> ItemList {
        items.sort_by_cached_key(|item| order(names.name(*item)));
        let mut best: HashMap<u32, (u32, &str)> = HashMap::new();
        for ((item, title), count) in &self.counts {
            let title = self.titles.name(*title);
            let vote = best.entry(*item).or_insert((*count, title));
            // Most rows; among equals the first by letters.
            if (std::cmp::Reverse(*count), title) < (std::cmp::Reverse(vote.0), vote.1) {
                *vote = (*count, title);
            }
        }
        let mut list = ItemList::default();
        for (item, row) in items.iter().zip(0..) {
            let id = names.name(*item).to_owned();
            let title = best.get(item).map(|(_, title)| clean(title)).filter(|t| !t.is_empty());
            let title = title.map(|title| cut(title).0);
            let price = self.prices.get_mut(item).and_then(|prices| median(prices));
            list.by_key.insert(id.clone(), row);
            list.rows.push(Item { title: title.unwrap_or_else(|| id.clone()), price, item: id, ..Item::default() });
        }
        list
    }
}

/// Numbers in their order, then words in theirs.
fn order(id: &str) -> (u64, String) {
    (id.parse().unwrap_or(u64::MAX), id.to_owned())
}

/// The middle value; the mean of the middle two, to the cent.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(((lower + upper) * 50.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_frequent_title_and_median_price() {
        let mut names = Names::default();
        let items: Vec<u32> = ["b", "10", "9", "none"].iter().map(|n| names.number(n)).collect();
        let mut votes = Votes::default();
        for (title, price) in [("LANTERN", 3.0), ("WHITE  LANTERN", 1.0), ("WHITE  LANTERN", 0.0), ("damaged", -5.0)] {
            let vote = votes.vote(items[0], Some(title), Some(price));
            votes.count(vote);
        }
        for title in ["Z", "A"] {
            let vote = votes.vote(items[1], Some(title), None);
            votes.count(vote);
        }
        let list = votes.into_list(&names, items);
        let rows: Vec<_> = list.rows.iter().map(|r| (r.item.as_str(), r.title.as_str(), r.price)).collect();
        assert_eq!(rows, [("9", "9", None), ("10", "A", None), ("b", "WHITE LANTERN", Some(2.0)), ("none", "none", None)]);
        assert_eq!(list.by_key["b"], 2);
    }
}
