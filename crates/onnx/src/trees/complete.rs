//! Complete trees: the forests of boosting, whose trees are shallow and nearly full, filled up for the kernel's walk.

use super::forest::{Forest, LANES};
use nearhand_kernels::trees::{Eight, Question, WALKS, add_row, add_rows, row, rows};

/// Deepest trees that are laid out so: each takes 2^depth places.
const DEPTH: u32 = 8;
/// Filling up may multiply the splits by this.
const GROWTH: usize = 4;

/// Trees of one depth, whose questions are all v ≤ t.
#[derive(Clone, Debug)]
pub(super) struct Complete {
    depth: u32,
    /// 2^depth every eight trees; those that are missing ask nothing.
    questions: Vec<Eight>,
    /// 2^depth a tree, as places are: the bits of a leaf's number flipped.
    leaves: Vec<i32>,
    /// Their weights, where every leaf has one vote.
    values: Vec<f32>,
}

impl Complete {
    /// The forest laid out so; `None` where its trees are too deep or too uneven, or ask otherwise.
    pub(super) fn of(forest: &Forest<f32>) -> Option<Self> {
        if !forest.plain || forest.roots.is_empty() {
            return None;
        }
        let mut depth = 0;
        let mut level: Vec<i32> = forest.roots.clone();
        // Verified: the levels end. Shared nodes make them wide, which is no gain.
        loop {
            let splits = level.iter().filter_map(|p| usize::try_from(*p).ok().and_then(|at| forest.splits.get(at)));
            let next: Vec<i32> = splits.flat_map(|s| [s.yes, s.no]).collect();
            if next.is_empty() {
                break;
            }
            (level, depth) = (next, depth + 1);
            if depth > DEPTH || level.len() > (forest.splits.len() + forest.roots.len()) * GROWTH {
                return None;
            }
        }
        let leaves = 1_usize << depth;
        if depth == 0 || leaves.saturating_mul(forest.roots.len()) > forest.splits.len().saturating_mul(GROWTH) {
            return None;
        }
        let asked = vec![Eight::default(); forest.roots.len().div_ceil(WALKS) * leaves];
        let mut out = Self { depth, questions: asked, leaves: Vec::new(), values: Vec::new() };
        let mut places: Vec<i32> = Vec::with_capacity(2 * leaves);
        for (tree, root) in forest.roots.iter().enumerate() {
            places.clear();
            places.extend([-1, *root]);
            let eight = out.questions.chunks_exact_mut(leaves).nth(tree / WALKS).unwrap_or_default();
            for (at, eight) in eight.iter_mut().enumerate().skip(1) {
                let place = places.get(at).copied().unwrap_or(-1);
                let split = usize::try_from(place).ok().and_then(|at| forest.splits.get(at));
                // Past a leaf any question will do: both ways lead to it.
                let (question, ways) = match split {
                    Some(s) => (Question { threshold: s.threshold, feature: s.feature }, [s.no, s.yes]),
                    None => (Question::default(), [place; 2]),
                };
                if let Some(cell) = eight.get_mut(tree % WALKS) {
                    *cell = question;
                }
                places.extend(ways);
            }
            out.leaves.extend(places.iter().skip(leaves));
        }
        if forest.weights.len() + 1 == forest.starts.len() {
            let weight = |place: &i32| forest.weights.get((!place) as usize).copied().unwrap_or(0.0);
            out.values = out.leaves.iter().map(weight).collect();
        }
        Some(out)
    }

    /// Adds the only votes of the leaves of eight rows and eight more, tree by tree, to their sums. `x` has `features`
    /// columns for every eight.
    pub(super) fn add_rows(&self, x: &[[f32; LANES]], features: usize, sums: &mut [[f32; LANES]]) {
        for (tree, values) in self.values.chunks_exact(1 << self.depth).enumerate() {
            add_rows((self.eight(tree), tree), values, self.depth, x, features, sums);
        }
    }

    /// Adds the only votes of one row's leaves, tree by tree, to its sum.
    pub(super) fn add_row(&self, x: &[f32], sum: &mut f32) {
        add_row(&self.questions, &self.values, self.depth, x, sum);
    }

    /// Leaves of eight rows in a tree.
    pub(super) fn rows(&self, tree: usize, x: &[[f32; LANES]]) -> [i32; LANES] {
        let leaves = self.leaves.get(tree << self.depth..).unwrap_or_default();
        rows(self.eight(tree), tree, self.depth, x).map(|leaf| leaves.get(leaf).copied().unwrap_or(-1))
    }

    /// Leaves of one row in eight trees from `first` on, which eight trees precede or a multiple; of those that there are.
    pub(super) fn row(&self, first: usize, x: &[f32]) -> [i32; LANES] {
        let mut places = [-1; LANES];
        let trees = self.leaves.chunks_exact(1 << self.depth).skip(first);
        for ((place, leaf), leaves) in places.iter_mut().zip(row(self.eight(first), self.depth, x)).zip(trees) {
            *place = leaves.get(leaf).copied().unwrap_or(-1);
        }
        places
    }

    /// The eight trees of which this is one.
    fn eight(&self, tree: usize) -> &[Eight] {
        self.questions.chunks_exact(1 << self.depth).nth(tree / WALKS).unwrap_or_default()
    }
}
