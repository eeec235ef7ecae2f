//! The trees of a file with what background rows tell of them: how many go which way, and what is expected at each node.

use crate::error::{Code, Error, Result};
use nearhand_onnx::Forest;
use nearhand_onnx::trees::{Aggregate, Mode, Node, Spec};

/// Trees that can be explained: one value a leaf, and their sum.
#[derive(Clone, Debug)]
pub struct Trees {
    spec: Spec,
    /// Nodes, children before those who lead to them.
    order: Vec<usize>,
    /// Value of each node: of a leaf its votes, weighed and summed.
    pub(super) value: Vec<f64>,
    /// Share of the rows at a question that go the way of yes.
    pub(super) share: Vec<f64>,
    /// Expectation at each node.
    pub(super) expected: Vec<f64>,
}

impl Trees {
    /// The sum over the trees of Σ factor · vote, a factor for each target. Without background rows: see [`Trees::learn`].
    ///
    /// # Errors
    /// `model-mismatch` where trees are not summed, or the factors are of other targets.
    pub fn new(forest: &Forest, factors: &[f64]) -> Result<Self> {
        let spec = forest.spec.clone();
        let divisor = match spec.aggregate {
            Aggregate::Sum => 1.0,
            Aggregate::Average => spec.roots.len() as f64,
            _ => return Err(Error::new(Code::ModelMismatch, "what trees answer is shared out only where they are summed")),
        };
        if factors.len() != spec.targets {
            return Err(Error::new(Code::ModelMismatch, "the trees have another number of targets").with("targets", spec.targets));
        }
        let mut value = vec![0.0; spec.nodes.len()];
        for vote in &spec.votes {
            let is_leaf = spec.nodes.get(vote.node).is_some_and(|node| node.mode == Mode::Leaf);
            let factor = usize::try_from(vote.target).ok().and_then(|target| factors.get(target)).copied().unwrap_or(0.0);
            if let Some(value) = value.get_mut(vote.node).filter(|_| is_leaf) {
                *value += factor * vote.weight / divisor;
            }
        }
        let order = post_order(&spec);
        let (share, expected) = (vec![0.5; spec.nodes.len()], vec![0.0; spec.nodes.len()]);
        let mut trees = Self { spec, order, value, share, expected };
        trees.expect();
        Ok(trees)
    }

    /// Questions of all trees: nodes that are no leaves.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.spec.nodes.iter().filter(|node| node.mode != Mode::Leaf).count()
    }

    /// Of each question, in the file's order, how many of these rows go the way of yes.
    #[must_use]
    pub fn count<'r>(&self, rows: impl Iterator<Item = &'r [f32]>) -> Vec<u32> {
        let mut yes = vec![0_u32; self.spec.nodes.len()];
        for row in rows {
            for root in &self.spec.roots {
                self.walk(*root, row, &mut |at, _, is_yes| {
                    yes.get_mut(at).into_iter().for_each(|count| *count = count.saturating_add(u32::from(is_yes)));
                });
            }
        }
        let questions = self.spec.nodes.iter().zip(yes).filter(|(node, _)| node.mode != Mode::Leaf);
        questions.map(|(_, count)| count).collect()
    }

    /// Takes over the counts of so many background rows. A question that none of them reached has both ways alike.
    ///
    /// # Errors
    /// `bundle-part-invalid` for counts that cannot be.
    pub fn learn(&mut self, yes: &[u32], rows: u32) -> Result<()> {
        let bad = || {
            Error::new(Code::BundlePartInvalid, "counts of the trees' questions contradict each other").with("part", "trees.yes")
        };
        let nodes = self.spec.nodes.len();
        let mut counts = vec![0_u64; nodes];
        let mut given = yes.iter();
        for (count, _) in counts.iter_mut().zip(&self.spec.nodes).filter(|(_, node)| node.mode != Mode::Leaf) {
            *count = u64::from(*given.next().ok_or_else(bad)?);
        }
        if given.next().is_some() {
            return Err(bad());
        }
        let mut arrived = vec![0_u64; nodes];
        for root in &self.spec.roots {
            arrived.get_mut(*root).into_iter().for_each(|count| *count += u64::from(rows));
        }
        for at in self.order.iter().rev() {
            let (Some(node), Some(here), Some(yes)) = (self.spec.nodes.get(*at), arrived.get(*at), counts.get(*at)) else {
                continue;
            };
            if node.mode == Mode::Leaf {
                continue;
            }
            let no = here.checked_sub(*yes).ok_or_else(bad)?;
            let (here, yes) = (*here, *yes);
            self.share.get_mut(*at).into_iter().for_each(|share| *share = if here == 0 { 0.5 } else { yes as f64 / here as f64 });
            for (to, count) in [(node.yes, yes), (node.no, no)] {
                arrived.get_mut(to).into_iter().for_each(|place| *place = place.saturating_add(count));
            }
        }
        self.expect();
        Ok(())
    }

    fn expect(&mut self) {
        for at in &self.order {
            let of = |list: &[f64], at: usize| list.get(at).copied().unwrap_or(0.0);
            let expected = match self.spec.nodes.get(*at) {
                Some(node) if node.mode != Mode::Leaf => {
                    let share = of(&self.share, *at);
                    share * of(&self.expected, node.yes) + (1.0 - share) * of(&self.expected, node.no)
                }
                _ => of(&self.value, *at),
            };
            self.expected.get_mut(*at).into_iter().for_each(|place| *place = expected);
        }
    }

    /// What the trees answer without a row: the sum of the roots' expectations.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.spec.roots.iter().filter_map(|root| self.expected.get(*root)).sum()
    }

    /// What the trees answer to a row.
    #[must_use]
    pub fn sum(&self, row: &[f32]) -> f64 {
        let leaf = |root: &usize| self.value.get(self.walk(*root, row, &mut |_, _, _| {})).copied().unwrap_or(0.0);
        self.spec.roots.iter().map(leaf).sum()
    }

    /// Adds to each feature what the expectation changes by on the row's paths where the feature is asked (Saabas 2014).
    pub(super) fn along_paths(&self, row: &[f32], out: &mut [f64]) {
        let expected = |at: usize| self.expected.get(at).copied().unwrap_or(0.0);
        for root in &self.spec.roots {
            self.walk(*root, row, &mut |at, node, is_yes| {
                let change = expected(if is_yes { node.yes } else { node.no }) - expected(at);
                out.get_mut(feature(node)).into_iter().for_each(|place| *place += change);
            });
        }
    }

    /// Roots of the trees.
    pub(super) fn roots(&self) -> &[usize] {
        &self.spec.roots
    }

    /// A node, where it asks something.
    pub(super) fn question(&self, at: usize) -> Option<&Node> {
        self.spec.nodes.get(at).filter(|node| node.mode != Mode::Leaf)
    }

    /// A threshold in the bits that it is compared with.
    pub(super) const fn threshold(&self, threshold: f64) -> f64 {
        if self.spec.double { threshold } else { (threshold as f32) as f64 }
    }

    /// Whether the answer is yes.
    pub(super) fn asks(&self, node: &Node, row: &[f32]) -> bool {
        let value = row.get(feature(node)).copied().unwrap_or(f32::NAN);
        if value.is_nan() {
            // NaN ≠ t is true by itself.
            return node.missing_is_yes || node.mode == Mode::Neq;
        }
        // Both are widened, which is exact: the comparison is that of 32 bits where the thresholds have 32.
        let narrow = |t: f64| self.threshold(t);
        let (value, threshold) = (f64::from(value), narrow(node.threshold));
        match node.mode {
            Mode::Leq => value <= threshold,
            Mode::Lt => value < threshold,
            Mode::Gte => value >= threshold,
            Mode::Gt => value > threshold,
            Mode::Eq => value == threshold,
            Mode::Neq => value != threshold,
            Mode::Member => {
                self.spec.sets.get(node.threshold as usize).is_some_and(|set| set.iter().any(|v| narrow(*v) == value))
            }
            Mode::Leaf => false,
        }
    }

    /// Walks from a node to its leaf.
    fn walk(&self, from: usize, row: &[f32], step: &mut dyn FnMut(usize, &Node, bool)) -> usize {
        let mut at = from;
        // Verified when the file was read: no branch leads back.
        while let Some(node) = self.question(at) {
            let is_yes = self.asks(node, row);
            step(at, node, is_yes);
            at = if is_yes { node.yes } else { node.no };
        }
        at
    }
}

/// Place of the feature that a node asks for.
pub(super) fn feature(node: &Node) -> usize {
    usize::try_from(node.feature).unwrap_or(usize::MAX)
}

/// All nodes that roots lead to, each after those that it leads to.
fn post_order(spec: &Spec) -> Vec<usize> {
    let mut seen = vec![false; spec.nodes.len()];
    let mut order = Vec::with_capacity(spec.nodes.len());
    let mut stack: Vec<(usize, bool)> = Vec::new();
    for root in &spec.roots {
        stack.push((*root, false));
        while let Some((at, done)) = stack.pop() {
            if done {
                order.push(at);
                continue;
            }
            let Some(met) = seen.get_mut(at).filter(|met| !**met) else { continue };
            *met = true;
            stack.push((at, true));
            if let Some(node) = spec.nodes.get(at).filter(|node| node.mode != Mode::Leaf) {
                stack.extend([(node.no, false), (node.yes, false)]);
            }
        }
    }
    order
}
