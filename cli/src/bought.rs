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

/// The table for `items` items.
pub(crate) fn table(orders: &[Vec<u32>], items: usize) -> StoredTable {
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
    let mut rows: Vec<Vec<(f64, u32)>> = Vec::with_capacity(items);
    for (a, row) in together.iter().enumerate() {
        let weight = |(b, n): (&u32, &u32)| (f64::from(*n) / (orders_of(a as u32) * orders_of(*b)).sqrt(), *b);
        let mut row: Vec<(f64, u32)> = row.iter().map(weight).collect();
        row.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        row.truncate(WIDTH);
        rows.push(row);
    }
    let largest = rows.iter().filter_map(|row| row.first()).map(|first| first.0).fold(f64::MIN_POSITIVE, f64::max);
    let mut table = StoredTable { successors: WIDTH, counts: Vec::new(), next: Vec::new(), weights: Vec::new() };
    for row in &rows {
        for place in 0..WIDTH {
            let (weight, item) = row.get(place).copied().unwrap_or((0.0, 0));
            let level = (255.0 * weight / largest).round() as u8;
            table.next.push(if level > 0 { item } else { 0 });
            table.weights.push(level);
        }
    }
    table
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
}
