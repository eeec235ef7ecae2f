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
use nearhand_kernels::shapley::{Branch, NONE, Pass, eight, four, sixteen};

/// Most features on a path: twice the most points.
const MOST_ASKED: usize = 32;
/// Longest path: it is gone along in recursion when it is laid out.
const MOST_DEPTH: usize = 64;
/// Most branches times points: some milliseconds of a row, and 32 MiB.
const MOST_WORK: usize = 1 << 21;

/// Trees laid out for one pass down and one up: nodes that several branches lead to stand there once for each.
#[derive(Clone, Debug)]
pub(super) struct Shap {
    trees: Trees,
    branches: Vec<Branch>,
    /// By two branches, the node that they begin at. The first is that of yes.
    questions: Vec<usize>,
    passes: Passes,
    /// Whether the row goes a branch, with all branches of its feature before.
    open: Vec<bool>,
}

#[derive(Clone, Debug)]
enum Passes {
    Four(Box<Pass<2>>),
    Eight(Box<Pass<4>>),
    Sixteen(Box<Pass<8>>),
}

/// Points and weights, two by two.
fn pairs<const N: usize, const H: usize>() -> [([f64; 2], [f64; 2]); H] {
    let all = points::<N>();
    let of = |at: usize| all.get(at).copied().unwrap_or((0.5, 0.0));
    std::array::from_fn(|i| {
        let (first, second) = (of(2 * i), of(2 * i + 1));
        ([first.0, second.0], [first.1, second.1])
    })
}

impl Shap {
    /// Lays trees out.
    ///
    /// # Errors
    /// `model-too-large` where paths are too long, or a row would take too many steps: see [`Shap::work`].
    pub(super) fn new(trees: &Trees) -> Result<Self> {
        let Extent { branches, points } = Extent::of(trees)?;
        let mut out = Self {
            trees: trees.clone(),
            branches: Vec::with_capacity(branches),
            questions: Vec::with_capacity(branches / 2),
            passes: Passes::Four(Box::new(Pass::new(&pairs::<4, 2>(), &[]))),
            open: vec![false; branches],
        };
        for root in trees.roots() {
            out.unfold(*root, NONE);
        }
        out.passes = match points {
            4 => Passes::Four(Box::new(Pass::new(&pairs::<4, 2>(), &out.branches))),
            8 => Passes::Eight(Box::new(Pass::new(&pairs::<8, 4>(), &out.branches))),
            _ => Passes::Sixteen(Box::new(Pass::new(&pairs::<16, 8>(), &out.branches))),
        };
        Ok(out)
    }

    /// Steps of a row, branches times points; `None` where these are too many.
    pub(super) fn work(trees: &Trees) -> Option<usize> {
        Extent::of(trees).ok().map(|extent| extent.branches * extent.points)
    }

    fn branch(&self, at: u32) -> Option<&Branch> {
        self.branches.get(at as usize)
    }

    /// Adds the branches below a node, and says whether it asks anything.
    fn unfold(&mut self, from: usize, above: u32) -> bool {
        let Some(node) = self.trees.question(from).copied() else { return false };
        let (share, feature) = (self.trees.share.get(from).copied().unwrap_or(0.5), feature(&node) as u32);
        let mut before = above;
        while let Some(branch) = self.branch(before).filter(|branch| branch.feature != feature) {
            before = branch.above;
        }
        let z_before = self.branch(before).map_or(1.0, |branch| branch.z);
        let first = self.branches.len() as u32;
        self.questions.push(from);
        for (node, share) in [(node.yes, share), (node.no, 1.0 - share)] {
            let value = self.trees.value.get(node).copied().unwrap_or(0.0);
            self.branches.push(Branch { above, before, feature, leaf: true, z: z_before * share, z_before, value });
        }
        for (at, node) in [(first, node.yes), (first + 1, node.no)] {
            if self.unfold(node, at)
                && let Some(branch) = self.branches.get_mut(at as usize)
            {
                branch.leaf = false;
            }
        }
        true
    }

    /// Adds to each feature its Shapley values.
    pub(super) fn add(&mut self, row: &[f32], out: &mut [f64]) {
        // Branches stand behind those above them, so that a feature's branch before is settled.
        for (at, (question, fork)) in self.questions.iter().zip(self.branches.chunks_exact(2)).enumerate() {
            let before = fork.first().map_or(NONE, |branch| branch.before);
            let before = before == NONE || self.open.get(before as usize).copied().unwrap_or(false);
            let yes = self.trees.question(*question).is_some_and(|node| self.trees.asks(node, row));
            if let Some([first, second]) = self.open.get_mut(2 * at..2 * at + 2) {
                (*first, *second) = (before && yes, before && !yes);
            }
        }
        match &mut self.passes {
            Passes::Four(pass) => four(pass, &self.branches, &self.open, out),
            Passes::Eight(pass) => eight(pass, &self.branches, &self.open, out),
            Passes::Sixteen(pass) => sixteen(pass, &self.branches, &self.open, out),
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
