//! The table of what was bought together, from a list of orders.
//!
//! ```text
//! w(a → b) = orders with a and b / sqrt(orders with a · orders with b)      the cosine of Linden, Smith and York (2003)
//! ```
//! The best [`WIDTH`] of every item, over the largest of all, in 8 bits. An item bought twice in an order counts once.

use nearhand::bundle::StoredTable;
use std::collections::{HashMap, HashSet};

/// Places a row.
const WIDTH: usize = 8;
/// Items of an order that count: a wholesaler's order of a thousand lines says nothing of any two of them.
const LONGEST: usize = 100;

/// Orders of two items and more from which on they tell anything: with fewer, a placement that asks for what goes with an item
/// would find nothing for nearly all.
const ORDERS: usize = 20;

/// How many orders have two items and more.
pub(crate) fn of_several(orders: &[Vec<u32>]) -> usize {
    orders.iter().filter(|order| order.iter().any(|item| Some(item) != order.first())).count()
}

/// The table of a log's purchases, of at most so many places; none where they are too few to tell anything.
pub(crate) fn of_log(orders: &[Vec<u32>], items: usize, most: usize) -> Option<StoredTable> {
    (of_several(orders) >= ORDERS).then(|| table_of(orders, items, most))
}

/// The table for `items` items.
pub(crate) fn table(orders: &[Vec<u32>], items: usize) -> StoredTable {
    table_of(orders, items, usize::MAX)
}

/// As [`table`], of at most so many places: those of the pairs bought most often, of equals those further in front.
fn table_of(orders: &[Vec<u32>], items: usize, most: usize) -> StoredTable {
    let mut alone = vec![0_u32; items];
    let mut together: Vec<HashMap<u32, u32>> = vec![HashMap::new(); items];
    for order in orders {
        let mut seen = HashSet::new();
        let unique: Vec<u32> = order.iter().copied().filter(|i| seen.insert(*i)).take(LONGEST).collect();
        for a in &unique {
            let Some(row) = together.get_mut(*a as usize) else { continue };
            unique.iter().filter(|b| *b != a).for_each(|b| *row.entry(*b).or_default() += 1);
            if let Some(count) = alone.get_mut(*a as usize) {
                *count += 1;
            }
        }
    }
    let orders_of = |item: u32| f64::from(alone.get(item as usize).copied().unwrap_or(1));
    let mut rows: Vec<Vec<(f64, u32, u32)>> = Vec::with_capacity(items);
    for (a, row) in together.iter().enumerate() {
        let weight = |(b, n): (&u32, &u32)| (f64::from(*n) / (orders_of(a as u32) * orders_of(*b)).sqrt(), *b, *n);
        let mut row: Vec<(f64, u32, u32)> = row.iter().map(weight).collect();
        row.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        row.truncate(WIDTH);
        rows.push(row);
    }
    keep(&mut rows, most);
    let largest = rows.iter().filter_map(|row| row.first()).map(|first| first.0).fold(f64::MIN_POSITIVE, f64::max);
    let mut table = StoredTable { successors: WIDTH, counts: Vec::new(), next: Vec::new(), weights: Vec::new() };
    for row in &rows {
        for place in 0..WIDTH {
            let (weight, item, _) = row.get(place).copied().unwrap_or((0.0, 0, 0));
            let level = (255.0 * weight / largest).round() as u8;
            table.next.push(if level > 0 { item } else { 0 });
            table.weights.push(level);
        }
    }
    table
}

/// Leaves `most` places in all.
fn keep(rows: &mut [Vec<(f64, u32, u32)>], most: usize) {
    let mut all: Vec<(u32, usize, usize)> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        all.extend(row.iter().enumerate().map(|(at, (_, _, n))| (*n, at, number)));
    }
    if all.len() <= most {
        return;
    }
    all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut kept: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    for (_, at, number) in all.into_iter().take(most) {
        if let Some(kept) = kept.get_mut(number) {
            kept.push(at);
        }
    }
    for (row, kept) in rows.iter_mut().zip(&mut kept) {
        kept.sort_unstable();
        *row = kept.iter().filter_map(|at| row.get(*at).copied()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worked_example() {
        // 0 and 1 in two orders of three each have; 2 once with 0. w(0,1) = 2/3, w(0,2) = 1/√3.
        let orders = [vec![0, 1, 0], vec![0, 1], vec![0, 2], vec![1]];
        let t = table(&orders, 4);
        let row = |i: usize| (t.next[i * WIDTH..i * WIDTH + 2].to_vec(), t.weights[i * WIDTH..i * WIDTH + 2].to_vec());
        let level = (255.0 * (1.0 / 3_f64.sqrt()) / (2.0 / 3.0)).round() as u8;
        assert_eq!(row(0), (vec![1, 2], vec![255, level]));
        assert_eq!(row(1), (vec![0, 0], vec![255, 0]));
        assert_eq!(row(2), (vec![0, 0], vec![level, 0]));
        assert_eq!(row(3), (vec![0, 0], vec![0, 0]));
        assert_eq!(t.next.len(), 4 * WIDTH);
    }

    #[test]
    fn of_few_places_the_most_bought_stay() {
        // 0 and 1 twice, 0 and 2 once: of four places the two of 0 and 1.
        let orders = [vec![0, 1], vec![0, 1], vec![0, 2]];
        let t = table_of(&orders, 3, 2);
        let used = |t: &StoredTable| t.weights.iter().filter(|w| **w > 0).count();
        assert_eq!((used(&t), t.next[0], t.next[WIDTH], t.weights[0], t.weights[WIDTH]), (2, 1, 0, 255, 255));
        // The third is the first place of 2, before the second of 0.
        let t = table_of(&orders, 3, 3);
        assert_eq!((used(&t), t.weights[1], t.weights[2 * WIDTH]), (3, 0, 180));
        assert_eq!(table_of(&orders, 3, 4), table(&orders, 3));
        assert_eq!(used(&table_of(&orders, 3, 0)), 0);
    }
}
