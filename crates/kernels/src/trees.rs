//! Walks through complete trees: trees filled up to one depth and laid out level by level, so that the children of place i
//! are 2i + 1 and 2i + 2. A step reads a question and its feature, nothing else, and all walks are equally long. Eight
//! of them at once fill the time that each waits.

/// Walks at once.
pub const WALKS: usize = 8;

/// v ≤ threshold?
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// What a yes does not exceed. NaN on either side is a no.
    pub threshold: f32,
    /// Which value is asked for.
    pub feature: u32,
}

/// Leaves, 0 to 2^depth − 1 from the left, of eight rows in one tree of 2^depth − 1 questions. `x` holds the rows feature by
/// feature. A question or feature that is not there is a yes.
#[inline]
#[must_use]
pub fn rows(tree: &[Question], depth: u32, x: &[[f32; WALKS]]) -> [usize; WALKS] {
    let step = |walk: usize, at: usize| {
        let Some(question) = tree.get(at) else { return at * 2 + 1 };
        let Some(values) = x.get(question.feature as usize) else { return at * 2 + 1 };
        at * 2 + 2 - usize::from(values[walk] <= question.threshold)
    };
    walk(depth, step)
}

/// Leaves of one row in eight trees of 2^depth − 1 questions each, one after the other.
#[inline(never)]
#[must_use]
pub fn row(trees: &[Question], depth: u32, x: &[f32]) -> [usize; WALKS] {
    let inner = (1_usize << depth) - 1;
    let step = |walk: usize, at: usize| {
        let Some(question) = trees.get(walk * inner + at) else { return at * 2 + 1 };
        let Some(value) = x.get(question.feature as usize) else { return at * 2 + 1 };
        at * 2 + 2 - usize::from(*value <= question.threshold)
    };
    walk(depth, step)
}

/// Adds the values of the leaves that [`rows`] finds to the rows' sums: for every eight rows `features` columns of `x`, and
/// one of `sums`.
#[inline(never)]
pub fn add_rows(tree: &[Question], values: &[f32], depth: u32, x: &[[f32; WALKS]], features: usize, sums: &mut [[f32; WALKS]]) {
    for (x, sums) in x.chunks_exact(features.max(1)).zip(sums) {
        for (sum, leaf) in sums.iter_mut().zip(rows(tree, depth, x)) {
            *sum += values.get(leaf).copied().unwrap_or(0.0);
        }
    }
}

/// Adds the values of one row's leaves to its sum, tree by tree: 2^depth − 1 questions and 2^depth values each.
#[inline(never)]
pub fn add_row(trees: &[Question], values: &[f32], depth: u32, x: &[f32], sum: &mut f32) {
    let (inner, leaves) = ((1_usize << depth) - 1, 1_usize << depth);
    for (eight, values) in trees.chunks((inner * WALKS).max(1)).zip(values.chunks(leaves * WALKS)) {
        for (start, leaf) in (0..).step_by(leaves).zip(row(eight, depth, x)) {
            if let Some(value) = values.get(start + leaf) {
                *sum += value;
            }
        }
    }
}

#[inline(always)]
fn walk(depth: u32, step: impl Fn(usize, usize) -> usize) -> [usize; WALKS] {
    // Written out, so that all eight stay in registers.
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = [0_usize; WALKS];
    for _ in 0..depth {
        a = step(0, a);
        b = step(1, b);
        c = step(2, c);
        d = step(3, d);
        e = step(4, e);
        f = step(5, f);
        g = step(6, g);
        h = step(7, h);
    }
    let inner = (1_usize << depth) - 1;
    [a, b, c, d, e, f, g, h].map(|i| i.saturating_sub(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Root: x0 ≤ 1? Left: x1 ≤ 0? Right: x1 ≤ 5?
        let question = |threshold, feature| Question { threshold, feature };
        let tree = [question(1.0, 0), question(0.0, 1), question(5.0, 1)];
        let cases = [
            ([1.0, 0.0], 0),
            ([1.0, 0.1], 1),
            ([1.1, 5.0], 2),
            ([2.0, 6.0], 3),
            ([f32::NAN, f32::NAN], 3),
            ([0.0, f32::NAN], 1),
            ([f32::INFINITY, -1.0], 2),
            ([f32::NEG_INFINITY, 9.0], 1),
        ];
        let mut columns = [[0.0; WALKS]; 2];
        for (walk, (x, leaf)) in cases.iter().enumerate() {
            assert_eq!(row(&tree, 2, x)[..2], [*leaf, 0]);
            columns[0][walk] = x[0];
            columns[1][walk] = x[1];
        }
        assert_eq!(rows(&tree, 2, &columns), cases.map(|(_, leaf)| leaf));
        let mut sums = [[1.0; WALKS], [2.0; WALKS]];
        add_rows(&tree, &[0.5, 1.5, 2.5, 3.5], 2, &[columns, columns].concat(), 2, &mut sums);
        assert_eq!(sums, [1.5, 2.5].map(|more| cases.map(|(_, leaf)| leaf as f32 + more)));
        // Two trees; the second the first mirrored at its root.
        let two: Vec<Question> = tree.iter().chain(&[tree[0], tree[2], tree[1]]).copied().collect();
        assert_eq!(row(&two, 2, &[1.0, 3.0])[..3], [1, 0, 0]);
        let mut sum = 1.0;
        add_row(&two, &[0.5, 1.5, 2.5, 3.5, 10.0, 20.0, 30.0, 40.0], 2, &[1.0, 3.0], &mut sum);
        assert_eq!(sum, 1.0 + 1.5 + 10.0);
        // More trees than walk at once.
        let many: Vec<Question> = tree.iter().cycle().take(3 * 9).copied().collect();
        let values: Vec<f32> = (0..4 * 9).map(|i| if i % 4 == 1 { (i / 4) as f32 } else { 100.0 }).collect();
        let mut sum = 0.0;
        add_row(&many, &values, 2, &[1.0, 3.0], &mut sum);
        assert_eq!(sum, 36.0);
    }
}
