//! Exact Shapley values of trees, path dependent: what a tree is expected to answer where only some features are known goes by the
//! shares of the background rows at each question that is not answered.
//!
//! Source of the values: Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020. The way
//! here is another one. A leaf of value v on whose path m features are asked, with o = 1 where the row's answers lead to it and z the
//! product of the shares on the way, gives feature i
//!
//! ```text
//! v · (oᵢ − zᵢ) · ∫₀¹ Π_{j≠i} (t·oⱼ + (1 − t)·zⱼ) dt
//! ```
//! as Shapley's weight of k known of m − 1 others is ∫ tᵏ(1 − t)^(m−1−k) dt. The integrand is a polynomial of degree m − 1: m/2 points of
//! Gauss and Legendre are exact (Yu et al., "Linear TreeSHAP", 2022, sum up a tree likewise). All terms are of one sign, so nothing
//! cancels. A tree is gone through once; a feature that is asked again replaces its factor, and takes back what the one before got for the
//! leaves below.

use super::quadrature::points;
use super::trees::{Trees, feature};
use crate::error::{Code, Error, Result};

/// Most features on a path: twice the most points.
const MOST_ASKED: usize = 32;
/// Longest path: it is gone along in recursion.
const MOST_DEPTH: usize = 64;
/// Most branches times points: some milliseconds of a row, and 16 MiB.
const MOST_WORK: usize = 1 << 21;

/// A branch of a tree, unfolded: nodes that several branches lead to stand there once for each.
#[derive(Clone, Copy, Debug)]
struct Branch {
    /// The node that it leads to.
    node: usize,
    /// The node that it begins at.
    from: usize,
    /// The feature that is asked there.
    feature: usize,
    /// Whether yes leads to it.
    on_yes: bool,
    /// The branch above.
    above: Option<usize>,
    /// Product of the shares of this feature's branches down to here.
    z: f64,
    /// The branch of the same feature before, on this path.
    before: Option<usize>,
    /// The first of the two branches below, unless a leaf is.
    below: Option<usize>,
}

/// Trees laid out for one pass.
#[derive(Clone, Debug)]
pub(super) struct Shap {
    trees: Trees,
    branches: Vec<Branch>,
    /// The first branch of each tree that asks anything: it and the next begin at the root.
    roots: Vec<usize>,
    passes: Passes,
    /// Whether the row goes a branch, with all branches of its feature before.
    open: Vec<bool>,
}

#[derive(Clone, Debug)]
enum Passes {
    Four(Box<Pass<4>>),
    Eight(Box<Pass<8>>),
    Sixteen(Box<Pass<16>>),
}

impl Shap {
    /// Lays trees out.
    ///
    /// # Errors
    /// `model-too-large` where paths are too long, or a row would take too many steps: see [`Shap::work`].
    pub(super) fn new(trees: &Trees) -> Result<Self> {
        let Extent { branches, points } = Extent::of(trees)?;
        let (branches, open) = (Vec::with_capacity(branches), vec![false; branches]);
        let mut out =
            Self { trees: trees.clone(), branches, roots: Vec::new(), passes: Passes::Four(Box::new(Pass::new(&[]))), open };
        for root in trees.roots() {
            let first = out.unfold(*root, None);
            out.roots.extend(first);
        }
        out.passes = match points {
            4 => Passes::Four(Box::new(Pass::new(&out.branches))),
            8 => Passes::Eight(Box::new(Pass::new(&out.branches))),
            _ => Passes::Sixteen(Box::new(Pass::new(&out.branches))),
        };
        Ok(out)
    }

    /// Steps of a row, branches times points; `None` where these are too many.
    pub(super) fn work(trees: &Trees) -> Option<usize> {
        Extent::of(trees).ok().map(|extent| extent.branches * extent.points)
    }

    /// Adds the branches below a node, if it asks anything, and answers the first of them.
    fn unfold(&mut self, from: usize, above: Option<usize>) -> Option<usize> {
        let node = *self.trees.question(from)?;
        let (share, feature) = (self.trees.share.get(from).copied().unwrap_or(0.5), feature(&node));
        let mut before = above.and_then(|at| self.branches.get(at).map(|branch| (at, *branch)));
        while let Some((_, branch)) = before.filter(|(_, branch)| branch.feature != feature) {
            before = branch.above.and_then(|at| self.branches.get(at).map(|branch| (at, *branch)));
        }
        let z = before.map_or(1.0, |(_, branch)| branch.z);
        let before = before.map(|(at, _)| at);
        let first = self.branches.len();
        for (node, on_yes, share) in [(node.yes, true, share), (node.no, false, 1.0 - share)] {
            self.branches.push(Branch { node, from, feature, on_yes, above, z: z * share, before, below: None });
        }
        for (at, node) in [(first, node.yes), (first + 1, node.no)] {
            let below = self.unfold(node, Some(at));
            self.branches.get_mut(at).into_iter().for_each(|branch| branch.below = below);
        }
        Some(first)
    }

    /// Adds to each feature its Shapley values.
    pub(super) fn add(&mut self, row: &[f32], out: &mut [f64]) {
        // Branches stand behind those above them, so that a feature's branch before is settled.
        for (at, fork) in self.branches.chunks_exact(2).enumerate() {
            let Some(first) = fork.first() else { continue };
            let before = first.before.is_none_or(|before| self.open.get(before).copied().unwrap_or(false));
            let yes = self.trees.question(first.from).is_some_and(|node| self.trees.asks(node, row));
            for (open, branch) in self.open.iter_mut().skip(2 * at).zip(fork) {
                *open = before && branch.on_yes == yes;
            }
        }
        let tree = Laid { trees: &self.trees, branches: &self.branches, open: &self.open };
        for root in &self.roots {
            match &self.passes {
                Passes::Four(pass) => _ = pass.fork(&tree, *root, &[1.0; 4], out),
                Passes::Eight(pass) => _ = pass.fork(&tree, *root, &[1.0; 8], out),
                Passes::Sixteen(pass) => _ = pass.fork(&tree, *root, &[1.0; 16], out),
            }
        }
    }
}

/// How large trees are, unfolded.
struct Extent {
    branches: usize,
    points: usize,
}

impl Extent {
    fn of(trees: &Trees) -> Result<Self> {
        let large = |why: &'static str, limit: usize| Err(Error::new(Code::ModelTooLarge, why).with("limit", limit));
        let (mut branches, mut most) = (0_usize, 0);
        // Features of the path, and the nodes that are left with the path's length at them.
        let mut path: Vec<usize> = Vec::new();
        let mut left: Vec<(usize, usize)> = trees.roots().iter().map(|root| (*root, 0)).collect();
        while let Some((at, depth)) = left.pop() {
            path.truncate(depth);
            let Some(node) = trees.question(at) else {
                let mut asked = path.clone();
                asked.sort_unstable();
                asked.dedup();
                most = most.max(asked.len());
                continue;
            };
            branches += 2;
            if depth >= MOST_DEPTH {
                return large("the paths of the trees are too long for exact values: take the method \"path\"", MOST_DEPTH);
            }
            if branches > MOST_WORK {
                return large("the trees have too many branches for exact values: take the method \"path\"", MOST_WORK);
            }
            path.push(feature(node));
            left.extend([(node.no, depth + 1), (node.yes, depth + 1)]);
        }
        let points = match most {
            0..=8 => 4,
            9..=16 => 8,
            17..=32 => 16,
            _ => {
                return large(
                    "the paths of the trees ask for too many features for exact values: take the method \"path\"",
                    MOST_ASKED,
                );
            }
        };
        if branches * points > MOST_WORK {
            return large("the trees have too many branches for exact values: take the method \"path\"", MOST_WORK / points);
        }
        Ok(Self { branches, points })
    }
}

/// The trees of a row.
struct Laid<'a> {
    trees: &'a Trees,
    branches: &'a [Branch],
    open: &'a [bool],
}

/// What is known of the points before a row is there.
#[derive(Clone, Debug)]
struct Pass<const N: usize> {
    t: [f64; N],
    /// 1 − t.
    u: [f64; N],
    /// 1 / (1 − t).
    over_u: [f64; N],
    weights: [f64; N],
    /// Of each branch 1 / (t + (1 − t)·z).
    over: Vec<[f64; N]>,
}

impl<const N: usize> Pass<N> {
    fn new(branches: &[Branch]) -> Self {
        let points = points::<N>();
        let (t, weights) = (points.map(|(t, _)| t), points.map(|(_, weight)| weight));
        let u = t.map(|t| 1.0 - t);
        let over = branches.iter().map(|branch| std::array::from_fn(|i| 1.0 / (t[i] + u[i] * branch.z))).collect();
        Self { t, u, over_u: u.map(|u| 1.0 / u), weights, over }
    }

    /// Goes down the two branches from `first` on, and answers Σ v · Π over the leaves below, point by point. `product` is that of the
    /// factors of the path.
    fn fork(&self, tree: &Laid<'_>, first: usize, product: &[f64; N], out: &mut [f64]) -> [f64; N] {
        let mut sum = [0.0; N];
        for at in [first, first + 1] {
            let (Some(branch), Some(open)) = (tree.branches.get(at), tree.open.get(at).copied()) else { continue };
            if !open && branch.z <= 0.0 {
                // Nobody goes here, known or not.
                continue;
            }
            // 1 / factor of this feature's branch before, and o − z of it.
            let before = branch.before.and_then(|before| Some((before, tree.branches.get(before)?, *tree.open.get(before)?)));
            let over_before = before.map_or([1.0; N], |(before, branch, open)| self.over(before, branch, open));
            let mut below = [0.0; N];
            for i in 0..N {
                let factor = if open { self.t[i] } else { 0.0 } + self.u[i] * branch.z;
                below[i] = product[i] * factor * over_before[i];
            }
            let below = match branch.below {
                Some(first) => self.fork(tree, first, &below, out),
                None => {
                    let value = tree.trees.value.get(branch.node).copied().unwrap_or(0.0);
                    below.map(|product| product * value)
                }
            };
            let over = self.over(at, branch, open);
            let (mut here, mut back) = (0.0, 0.0);
            for i in 0..N {
                let weighed = self.weights[i] * below[i];
                here += weighed * over[i];
                back += weighed * over_before[i];
                sum[i] += below[i];
            }
            let mut part = (f64::from(u8::from(open)) - branch.z) * here;
            if let Some((_, before, open)) = before {
                part -= (f64::from(u8::from(open)) - before.z) * back;
            }
            out.get_mut(branch.feature).into_iter().for_each(|place| *place += part);
        }
        sum
    }

    /// 1 over a branch's factor.
    fn over(&self, at: usize, branch: &Branch, open: bool) -> [f64; N] {
        if open {
            return self.over.get(at).copied().unwrap_or([0.0; N]);
        }
        let over_z = 1.0 / branch.z;
        self.over_u.map(|over_u| over_u * over_z)
    }
}
