//! The order: blocks of 64 items that are alike, one after the other.
//!
//! All items are grouped by direction (`cluster`), some 96 a group. Of each group the nearest to its centre fill whole
//! blocks, halved again and again by the two directions that tell them apart best; what is left over of all groups is
//! grouped anew. The last few are halved alone.

use super::cluster::{nearest, row};
use crate::math::dot;

/// Items a block: those that the scan skips or reads together (`rank::scan`).
const BLOCK: usize = 64;
/// Items a group on average.
const GROUP: usize = 96;
/// Most groups: a pass compares every item with all of them.
const MOST: usize = 4096;

/// The new order: at each place the old index. Rows are of length 1 (or 0) and `dim` values.
pub(super) fn order(rows: &[f32], dim: usize) -> Vec<u32> {
    let mut left: Vec<u32> = (0..(rows.len() / dim) as u32).collect();
    let mut order = Vec::with_capacity(left.len());
    while left.len() > GROUP {
        let found = nearest(rows, dim, &left, left.len().div_ceil(GROUP).min(MOST));
        let mut groups: Vec<Vec<(f32, u32)>> = Vec::new();
        for (item, (group, cosine)) in left.iter().zip(&found) {
            groups.resize_with(groups.len().max(*group as usize + 1), Vec::new);
            groups[*group as usize].push((*cosine, *item));
        }
        let before = left.len();
        left.clear();
        for group in &mut groups {
            group.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let whole = group.len() / BLOCK * BLOCK;
            left.extend(group[whole..].iter().map(|(_, item)| *item));
            let mut items: Vec<u32> = group[..whole].iter().map(|(_, item)| *item).collect();
            halve(rows, dim, &mut items);
            order.extend(items);
        }
        left.sort_unstable();
        if left.len() == before {
            break;
        }
    }
    halve(rows, dim, &mut left);
    order.extend(left);
    order
}

/// Orders items along the line from one of two opposite ones to the other, cuts them at a block's edge, and does so again
/// with both sides.
fn halve(rows: &[f32], dim: usize, items: &mut [u32]) {
    if items.len() <= BLOCK {
        return;
    }
    // The farthest from the first, and the farthest from that one.
    let farthest = |from: u32| -> u32 {
        let from = row(rows, dim, from);
        let nearer = |a: &u32, b: &u32| dot(row(rows, dim, *a), from).total_cmp(&dot(row(rows, dim, *b), from)).then(a.cmp(b));
        items.iter().copied().min_by(nearer).unwrap_or(0)
    };
    let one = farthest(items[0]);
    let other = farthest(one);
    // Two rounds of two means.
    let mut ends = [row(rows, dim, one).to_vec(), row(rows, dim, other).to_vec()];
    for _ in 0..3 {
        let mut sums = [vec![0_f32; dim], vec![0_f32; dim]];
        for item in items.iter() {
            let v = row(rows, dim, *item);
            let side = usize::from(dot(v, &ends[1]) > dot(v, &ends[0]));
            sums[side].iter_mut().zip(v).for_each(|(sum, v)| *sum += v);
        }
        for (end, sum) in ends.iter_mut().zip(sums) {
            let length = dot(&sum, &sum).sqrt();
            if length > 0.0 {
                *end = sum.iter().map(|v| v / length).collect();
            }
        }
    }
    let mut along: Vec<(f32, u32)> = items
        .iter()
        .map(|item| {
            let v = row(rows, dim, *item);
            (dot(v, &ends[1]) - dot(v, &ends[0]), *item)
        })
        .collect();
    along.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    items.iter_mut().zip(&along).for_each(|(to, (_, item))| *to = *item);
    let near = along.partition_point(|(x, _)| *x <= 0.0);
    let cut = ((near + BLOCK / 2) / BLOCK * BLOCK).clamp(BLOCK, (items.len() - 1) / BLOCK * BLOCK);
    let (left, right) = items.split_at_mut(cut);
    halve(rows, dim, left);
    halve(rows, dim, right);
}

#[cfg(test)]
mod tests {
    use super::super::cluster::tests::around;
    use super::*;

    #[test]
    fn alike_items_share_blocks() {
        // Twelve directions with 150 rows each, in turns: of each two whole blocks, and what is left.
        let n = 12 * 150;
        let rows = around(n, 12, 16, 0.1);
        let order = order(&rows, 16);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..n as u32).collect::<Vec<_>>());
        let pure = order.chunks(BLOCK).filter(|block| block.iter().all(|item| item % 12 == block[0] % 12)).count();
        assert!(pure >= 24, "{pure} of {} blocks", n.div_ceil(BLOCK));
    }

    #[test]
    fn few_items_or_equal_ones_are_ordered_too() {
        for (n, value) in [(0, 0.0), (1, 1.0), (63, 1.0), (700, 0.0), (700, 1.0)] {
            let rows: Vec<f32> = (0..n).flat_map(|_| [value, 0.0]).collect();
            let mut order = order(&rows, 2);
            order.sort_unstable();
            assert_eq!(order, (0..n as u32).collect::<Vec<_>>());
        }
    }
}
