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
//! cancels. A tree is gone through once, by as many points as its longest path wants; a feature that is asked again replaces its factor, and takes
//! back what the one before got for the leaves below.

use super::quadrature::points;
use super::trees::{Trees, feature};
use crate::error::{Code, Error, Result};
use nearhand_kernels::shapley::{AtMost, Fork, NONE, POINTS, Pass, add, at_most};
use nearhand_onnx::trees::{Mode, Node};

/// Most features on a path: twice the most points.
const MOST_ASKED: usize = 32;
/// Longest path: it is gone along in recursion when it is laid out.
const MOST_DEPTH: usize = 64;
/// Most branches times points: some milliseconds of a row; at most about 70 MiB beside the trees, and 85 while they are laid out.
const MOST_WORK: usize = 1 << 21;

/// Trees laid out for passes down and up, those of short paths and those of longer ones: nodes that several branches lead to stand there once for
/// each.
#[derive(Clone, Debug)]
pub(super) struct Shap {
    trees: Trees,
    laid: Vec<Laid>,
}

/// Trees that want equally many points.
#[derive(Clone, Debug)]
struct Laid {
    asks: Asks,
    passes: Vec<Pass>,
    /// What the row answers.
    yes: Vec<bool>,
}

/// Questions, in order.
#[derive(Clone, Debug)]
enum Asks {
    /// All of one kind.
    AtMost(Vec<AtMost>),
    Any(Vec<Node>),
}

impl Shap {
    /// Lays trees out.
    ///
    /// # Errors
    /// `model-too-large` where paths are too long, or a row would take too many steps: see [`Shap::work`].
    pub(super) fn new(trees: &Trees) -> Result<Self> {
        let all = extents(trees)?;
        let laid = [4, 8, 16].into_iter().filter_map(|many| {
            let own = all.iter().map(|own| own.points == many);
            let roots: Vec<usize> = trees.roots().iter().zip(own).filter(|(_, own)| *own).map(|(root, _)| *root).collect();
            (!roots.is_empty()).then(|| Laid::new(trees, &roots, &points(many)))
        });
        Ok(Self { laid: laid.collect(), trees: trees.clone() })
    }

    /// Steps of a row, branches times points; `None` where these are too many.
    pub(super) fn work(trees: &Trees) -> Option<usize> {
        extents(trees).ok().map(|all| all.iter().map(|extent| extent.branches * extent.points).sum())
    }

    /// Adds to each feature its Shapley values.
    pub(super) fn add(&mut self, row: &[f32], out: &mut [f64]) {
        for Laid { asks, passes, yes } in &mut self.laid {
            asks.answer(&self.trees, row, yes);
            passes.iter_mut().for_each(|pass| add(pass, yes, out));
        }
    }
}

impl Laid {
    fn new(trees: &Trees, roots: &[usize], points: &[(f64, f64)]) -> Self {
        let mut forks = Forks { trees, forks: Vec::new(), nodes: Vec::new() };
        for root in roots {
            forks.unfold(*root, NONE);
        }
        let Forks { forks, nodes, .. } = forks;
        let plain = |node: &Node| {
            let threshold = trees.threshold(node.threshold);
            let feature = feature(node) as u32;
            (node.mode == Mode::Leq).then_some(AtMost { feature, missing_is_yes: node.missing_is_yes, threshold })
        };
        let asks = nodes.iter().map(plain).collect::<Option<Vec<_>>>().map_or(Asks::Any(nodes), Asks::AtMost);
        let passes = points.as_chunks::<POINTS>().0.iter().map(|points| Pass::new(*points, &forks)).collect();
        Self { asks, passes, yes: vec![false; forks.len()] }
    }
}

impl Asks {
    fn answer(&self, trees: &Trees, row: &[f32], yes: &mut [bool]) {
        match self {
            Self::AtMost(questions) => at_most(questions, row, yes),
            Self::Any(nodes) => yes.iter_mut().zip(nodes).for_each(|(yes, node)| *yes = trees.asks(node, row)),
        }
    }
}

/// Trees as they are laid out.
struct Forks<'t> {
    trees: &'t Trees,
    forks: Vec<Fork>,
    nodes: Vec<Node>,
}

impl Forks<'_> {
    /// Adds the questions from a node on, and says whether it asks anything.
    fn unfold(&mut self, from: usize, above: u32) -> bool {
        let Some(node) = self.trees.question(from).copied() else { return false };
        let (share, feature) = (self.trees.share.get(from).copied().unwrap_or(0.5), feature(&node) as u32);
        let fork = |branch: u32| self.forks.get(branch as usize / 2);
        let mut before = above;
        while let Some(other) = fork(before).filter(|fork| fork.feature != feature) {
            before = other.above;
        }
        let z_before = fork(before).and_then(|fork| fork.z.get(before as usize % 2)).copied().unwrap_or(1.0);
        let at = self.forks.len();
        let leaf = [node.yes, node.no].map(|node| Some(self.trees.value.get(node).copied().unwrap_or(0.0)));
        self.forks.push(Fork { above, before, feature, z: [z_before * share, z_before * (1.0 - share)], z_before, leaf });
        self.nodes.push(node);
        for (side, node) in [node.yes, node.no].into_iter().enumerate() {
            if self.unfold(node, (2 * at + side) as u32)
                && let Some(leaf) = self.forks.get_mut(at).and_then(|fork| fork.leaf.get_mut(side))
            {
                *leaf = None;
            }
        }
        true
    }
}

/// How large a tree is, unfolded.
struct Extent {
    branches: usize,
    points: usize,
}

/// How large each tree is.
fn extents(trees: &Trees) -> Result<Vec<Extent>> {
    let (mut all, mut left): (Vec<Extent>, usize) = (Vec::new(), MOST_WORK);
    for root in trees.roots() {
        let extent = Extent::of(trees, *root)?;
        let Some(rest) = left.checked_sub(extent.branches * extent.points) else {
            return large("the trees have too many branches for exact values: take the method \"path\"", MOST_WORK);
        };
        left = rest;
        all.push(extent);
    }
    Ok(all)
}

fn large<T>(why: &'static str, limit: usize) -> Result<T> {
    Err(Error::new(Code::ModelTooLarge, why).with("limit", limit))
}

impl Extent {
    fn of(trees: &Trees, root: usize) -> Result<Self> {
        let (mut branches, mut most) = (0_usize, 0);
        // Features of the path, and the nodes that are left with the path's length at them.
        let mut path: Vec<usize> = Vec::new();
        let mut left: Vec<(usize, usize)> = vec![(root, 0)];
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
            17..=MOST_ASKED => 16,
            _ => {
                return large(
                    "the paths of the trees ask for too many features for exact values: take the method \"path\"",
                    MOST_ASKED,
                );
            }
        };
        Ok(Self { branches, points })
    }
}
