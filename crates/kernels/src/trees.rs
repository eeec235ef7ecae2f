//! Walks through complete trees: trees filled up to one depth and laid out level by level from place 1 on, so that from place
//! i a no leads to 2i and a yes to 2i + 1. A step reads a question and its feature, nothing else, and all walks are equally
//! long. Eight of them at once fill the time that each waits. The questions at one place of eight trees lie side by side: so
//! eight walks of one row begin in one run of memory, and a step's address is a shift away.
//!
//! Where eight rows walk through one tree, the first three questions are asked of all of them by vectors: seven comparisons
//! of neighbouring values take half the time of 24 single steps.

use wide::bytemuck::cast;
use wide::{f32x4, i32x4};

/// Walks at once.
pub const WALKS: usize = 8;

/// Levels whose questions are all asked.
const ASKED: u32 = 3;
/// Questions of so many levels, and place 0, at which none is.
const FIRST: usize = 1 << ASKED;

/// v ≤ threshold?
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// What a yes does not exceed. NaN on either side is a no.
    pub threshold: f32,
    /// Which value is asked for.
    pub feature: u32,
}

/// Questions at one place of eight trees.
pub type Eight = [Question; WALKS];

/// Leaves, 0 to 2^depth − 1 from the side of the noes, of eight rows in one of eight trees of 2^depth places, of which the
/// first is none. `x` holds the rows feature by feature. A question or feature that is not there is a no.
#[inline]
#[must_use]
pub fn rows(trees: &[Eight], tree: usize, depth: u32, x: &[[f32; WALKS]]) -> [usize; WALKS] {
    let start = trees.first_chunk().filter(|_| depth >= ASKED).map(|first| first.map(|eight| eight[tree % WALKS]));
    rows_from(start, trees, tree, depth, x)
}

#[inline(always)]
fn rows_from(first: Option<[Question; FIRST]>, trees: &[Eight], tree: usize, depth: u32, x: &[[f32; WALKS]]) -> [usize; WALKS] {
    let (at, left) = first.map_or(([1; WALKS], depth), |first| (asked(first, x), depth - ASKED));
    let step = |walk: usize, at: usize| {
        let Some(question) = trees.get(at) else { return at * 2 };
        let question = question[tree % WALKS];
        let Some(values) = x.get(question.feature as usize) else { return at * 2 };
        at * 2 + usize::from(values[walk] <= question.threshold)
    };
    walk(at, left, depth, step)
}

/// Places of eight rows below the levels whose questions are all asked.
#[inline(always)]
fn asked(first: [Question; FIRST], x: &[[f32; WALKS]]) -> [usize; WALKS] {
    let columns = first.map(|question| x.get(question.feature as usize).unwrap_or(&[f32::NAN; WALKS]));
    let mut places = [i32x4::splat(FIRST as i32); WALKS / 4];
    for (half, places) in places.iter_mut().enumerate() {
        let yes = |at: usize| {
            let values = columns[at].as_chunks::<4>().0[half];
            f32x4::from(values).simd_le(f32x4::splat(first[at].threshold))
        };
        let one = yes(1);
        let two = one.select(yes(3), yes(2));
        let three = one.select(two.select(yes(7), yes(6)), two.select(yes(5), yes(4)));
        // A yes is −1.
        let [one, two, three]: [i32x4; 3] = [one, two, three].map(cast);
        *places = *places - (one << 2) - (two << 1) - three;
    }
    cast::<_, [u32; WALKS]>(places).map(|place| place as usize)
}

/// Leaves of one row in eight trees.
#[inline(never)]
#[must_use]
pub fn row(trees: &[Eight], depth: u32, x: &[f32]) -> [usize; WALKS] {
    let step = |walk: usize, at: usize| {
        let Some(question) = trees.get(at) else { return at * 2 };
        let question = question[walk];
        let Some(value) = x.get(question.feature as usize) else { return at * 2 };
        at * 2 + usize::from(*value <= question.threshold)
    };
    walk([1; WALKS], depth, depth, step)
}

/// Adds the values of the leaves that [`rows`] finds to the rows' sums: for every eight rows `features` columns of `x`, and
/// one of `sums`.
#[inline(never)]
pub fn add_rows(
    (trees, tree): (&[Eight], usize),
    values: &[f32],
    depth: u32,
    x: &[[f32; WALKS]],
    features: usize,
    sums: &mut [[f32; WALKS]],
) {
    let first = trees.first_chunk().filter(|_| depth >= ASKED).map(|first| first.map(|eight| eight[tree % WALKS]));
    for (x, sums) in x.chunks_exact(features.max(1)).zip(sums) {
        for (sum, leaf) in sums.iter_mut().zip(rows_from(first, trees, tree, depth, x)) {
            *sum += values.get(leaf).copied().unwrap_or(0.0);
        }
    }
}

/// Adds the values of one row's leaves to its sum, tree by tree: 2^depth places every eight trees, and 2^depth values each.
#[inline(never)]
pub fn add_row(trees: &[Eight], values: &[f32], depth: u32, x: &[f32], sum: &mut f32) {
    let leaves = 1_usize << depth;
    for (eight, values) in trees.chunks(leaves).zip(values.chunks(leaves * WALKS)) {
        for (start, leaf) in (0..).step_by(leaves).zip(row(eight, depth, x)) {
            if let Some(value) = values.get(start + leaf) {
                *sum += value;
            }
        }
    }
}

#[inline(always)]
fn walk(at: [usize; WALKS], steps: u32, depth: u32, step: impl Fn(usize, usize) -> usize) -> [usize; WALKS] {
    // Written out, so that all stay in registers.
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = at;
    for _ in 0..steps {
        a = step(0, a);
        b = step(1, b);
        c = step(2, c);
        d = step(3, d);
        e = step(4, e);
        f = step(5, f);
        g = step(6, g);
        h = step(7, h);
    }
    [a, b, c, d, e, f, g, h].map(|i| i.saturating_sub(1 << depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaf by the words of the definition.
    fn leaf(trees: &[Eight], tree: usize, depth: u32, x: &[f32]) -> usize {
        let step = |at: usize, _| at * 2 + usize::from(x[trees[at][tree].feature as usize] <= trees[at][tree].threshold);
        (0..depth).fold(1, step) - (1 << depth)
    }

    #[test]
    fn by_hand() {
        // Root: x0 ≤ 1? After a no: x1 ≤ 5? After a yes: x1 ≤ 0?
        let question = |threshold, feature| Question { threshold, feature };
        let tree = [Question::default(), question(1.0, 0), question(5.0, 1), question(0.0, 1)];
        let cases = [
            ([1.0, 0.0], 3),
            ([1.0, 0.1], 2),
            ([1.1, 5.0], 1),
            ([2.0, 6.0], 0),
            ([f32::NAN, f32::NAN], 0),
            ([0.0, f32::NAN], 2),
            ([f32::INFINITY, -1.0], 1),
            ([f32::NEG_INFINITY, 9.0], 2),
        ];
        // The second tree is the first mirrored at its root.
        let two = [tree[0], tree[1], tree[3], tree[2]];
        let mut trees = [[Question::default(); WALKS]; 4];
        for (at, eight) in trees.iter_mut().enumerate() {
            (eight[0], eight[1]) = (tree[at], two[at]);
        }
        let mut columns = [[0.0; WALKS]; 2];
        for (walk, (x, leaf)) in cases.iter().enumerate() {
            assert_eq!(row(&trees, 2, x)[0], *leaf);
            columns[0][walk] = x[0];
            columns[1][walk] = x[1];
        }
        assert_eq!(rows(&trees, 0, 2, &columns), cases.map(|(_, leaf)| leaf));
        let mut sums = [[1.0; WALKS], [2.0; WALKS]];
        add_rows((&trees, 0), &[0.5, 1.5, 2.5, 3.5], 2, &[columns, columns].concat(), 2, &mut sums);
        assert_eq!(sums, [1.5, 2.5].map(|more| cases.map(|(_, leaf)| leaf as f32 + more)));
        assert_eq!(row(&trees, 2, &[1.0, 3.0])[..2], [2, 3]);
        let mut sum = 1.0;
        add_row(&trees, &[0.5, 1.5, 2.5, 3.5, 10.0, 20.0, 30.0, 40.0], 2, &[1.0, 3.0], &mut sum);
        assert_eq!(sum, 1.0 + 2.5 + 40.0);
    }

    #[test]
    fn as_the_definition_says_at_every_depth() {
        let specials = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0];
        let number = |i: usize| specials.get(i * 7919 % 61).copied().unwrap_or((i * 37 % 101) as f32 / 8.0 - 6.0);
        for depth in 1..=7 {
            let (places, features) = (1 << depth, 5);
            let question = |i: usize| Question { threshold: number(i * 3 + depth as usize), feature: (i * 11 % features) as u32 };
            // Eleven trees.
            let mut trees: Vec<Eight> = (0..2 * places).map(|i| std::array::from_fn(|w| question(i * WALKS + w))).collect();
            trees[places..].iter_mut().for_each(|eight| eight[3..].fill(Question::default()));
            let values: Vec<f32> = (0..11 * places).map(|i| (i * 13 % 29) as f32).collect();
            let x: Vec<[f32; WALKS]> = (0..3 * features).map(|i| std::array::from_fn(|w| number(i * WALKS + w))).collect();
            let mut sums = [[0.0; WALKS]; 3];
            for tree in 0..11 {
                let eight = &trees[tree / WALKS * places..][..places];
                let values = &values[tree * places..][..places];
                add_rows((eight, tree), values, depth, &x, features, &mut sums);
                for (columns, walk) in x.chunks(features).flat_map(|c| (0..WALKS).map(move |w| (c, w))) {
                    let row: Vec<f32> = columns.iter().map(|c| c[walk]).collect();
                    let want = leaf(eight, tree % WALKS, depth, &row);
                    assert_eq!(rows(eight, tree, depth, columns)[walk], want);
                    assert_eq!(super::row(eight, depth, &row)[tree % WALKS], want);
                }
            }
            for (sums, columns) in sums.iter().zip(x.chunks(features)) {
                for (walk, want) in sums.iter().enumerate() {
                    let row: Vec<f32> = columns.iter().map(|c| c[walk]).collect();
                    let mut sum = 0.0;
                    add_row(&trees, &values, depth, &row, &mut sum);
                    assert_eq!(sum, *want);
                }
            }
        }
    }
}
