//! Ensembles of ai.onnx.ml 1 and 3: parallel columns, nodes named by tree and number.

use super::spec::{Mode, Node, Vote};
use crate::attrs::malformed;
use crate::error::{Error, Result};
use crate::order::{self, Finder, Keyed};

/// Columns of the attributes `nodes_*` and `target_*` or `class_*`.
pub(super) struct Tables<'a> {
    pub(super) trees: Vec<i64>,
    pub(super) ids: Vec<i64>,
    pub(super) features: Vec<i64>,
    pub(super) thresholds: Vec<f64>,
    pub(super) modes: Vec<&'a str>,
    pub(super) yes: Vec<i64>,
    pub(super) no: Vec<i64>,
    pub(super) missing: Vec<i64>,
    pub(super) vote_trees: Vec<i64>,
    pub(super) vote_nodes: Vec<i64>,
    pub(super) vote_targets: Vec<i64>,
    pub(super) vote_weights: Vec<f64>,
}

/// Nodes, roots and votes with names resolved to indices.
pub(super) type Resolved = (Vec<Node>, Vec<usize>, Vec<Vote>);

impl Tables<'_> {
    /// Resolves names. A tree's root is the node of it that stands first, as in onnxruntime.
    pub(super) fn resolve(self) -> Result<Resolved> {
        self.lengths()?;
        let index = index(&self.trees, &self.ids)?;
        let mut nodes = Vec::with_capacity(self.ids.len());
        let mut finder = Finder::default();
        for (i, (((mode, tree), id), threshold)) in
            self.modes.iter().zip(&self.trees).zip(&self.ids).zip(&self.thresholds).enumerate()
        {
            let at = |column: &[i64]| column.get(i).copied().unwrap_or(0);
            let mode = Mode::named(mode)?;
            let mut child = |to: i64| finder.find(&index, *tree, to).ok_or_else(|| self.lost(*tree, *id, to));
            let (yes, no) = if mode == Mode::Leaf { (i, i) } else { (child(at(&self.yes))?, child(at(&self.no))?) };
            let missing_is_yes = at(&self.missing) == 1;
            nodes.push(Node { mode, feature: at(&self.features), threshold: *threshold, yes, no, missing_is_yes });
        }
        let roots = roots(&index);
        let mut votes = Vec::with_capacity(self.vote_nodes.len());
        for (((tree, id), target), weight) in
            self.vote_trees.iter().zip(&self.vote_nodes).zip(&self.vote_targets).zip(&self.vote_weights)
        {
            let node = finder.find(&index, *tree, *id).ok_or_else(|| place("a weight's node is missing", *tree, *id))?;
            votes.push(Vote { node, target: *target, weight: *weight });
        }
        Ok((nodes, roots, votes))
    }

    fn lengths(&self) -> Result<()> {
        let n = self.ids.len();
        for (name, len) in [
            ("nodes_treeids", self.trees.len()),
            ("nodes_featureids", self.features.len()),
            ("nodes_values", self.thresholds.len()),
            ("nodes_modes", self.modes.len()),
            ("nodes_truenodeids", self.yes.len()),
            ("nodes_falsenodeids", self.no.len()),
        ] {
            if len != n {
                return Err(malformed("nodes of unequal lengths", len).with("attribute", name).with("nodes", n));
            }
        }
        if !self.missing.is_empty() && self.missing.len() != n {
            return Err(malformed("nodes of unequal lengths", self.missing.len())
                .with("attribute", "nodes_missing_value_tracks_true")
                .with("nodes", n));
        }
        let n = self.vote_nodes.len();
        for (name, len) in
            [("treeids", self.vote_trees.len()), ("ids", self.vote_targets.len()), ("weights", self.vote_weights.len())]
        {
            if len != n {
                return Err(malformed("weights of unequal lengths", len).with("attribute", name).with("nodeids", n));
            }
        }
        Ok(())
    }

    /// Why a child was not found.
    fn lost(&self, tree: i64, id: i64, child: i64) -> Error {
        let elsewhere = self.ids.contains(&child);
        let what = if elsewhere { "a child is in another tree" } else { "a child does not exist" };
        place(what, tree, id).with("child", child)
    }
}

/// Where (tree, number) stands in the columns.
fn index(trees: &[i64], ids: &[i64]) -> Result<Vec<Keyed>> {
    let mut sorted: Vec<Keyed> = trees.iter().zip(ids).enumerate().map(|(i, (tree, id))| (*tree, *id, i)).collect();
    order::sort(&mut sorted);
    match sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| (a.0, a.1) == (b.0, b.1)) {
        Some(((tree, id, _), _)) => Err(place("a node's number is given twice", *tree, *id)),
        None => Ok(sorted),
    }
}

/// The node that stands first of each tree, in the order in which they stand.
fn roots(sorted: &[Keyed]) -> Vec<usize> {
    let mut firsts: Vec<Keyed> = Vec::new();
    for (tree, _, at) in sorted {
        match firsts.last_mut() {
            Some(last) if last.1 == *tree => last.0 = last.0.min(*at as i64),
            _ => firsts.push((*at as i64, *tree, 0)),
        }
    }
    order::sort(&mut firsts);
    firsts.iter().map(|f| f.0 as usize).collect()
}

/// `model-malformed` at a node.
fn place(what: &'static str, tree: i64, node: i64) -> Error {
    malformed(what, node).with("tree", tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two stumps: numbers 0, 1, 2 in tree 0 and 5, 6, 7 in tree 9.
    fn tables() -> Tables<'static> {
        Tables {
            trees: vec![0, 0, 0, 9, 9, 9],
            ids: vec![0, 1, 2, 5, 6, 7],
            features: vec![0; 6],
            thresholds: vec![0.5; 6],
            modes: vec!["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF"],
            yes: vec![1, 0, 0, 7, 0, 0],
            no: vec![2, 0, 0, 6, 0, 0],
            missing: Vec::new(),
            vote_trees: vec![0, 0, 9, 9],
            vote_nodes: vec![1, 2, 7, 6],
            vote_targets: vec![0; 4],
            vote_weights: vec![1.0, 2.0, 3.0, 4.0],
        }
    }

    #[test]
    fn names_become_places() {
        let (nodes, roots, votes) = tables().resolve().unwrap();
        assert_eq!(roots, [0, 3]);
        assert_eq!((nodes[0].yes, nodes[0].no, nodes[3].yes, nodes[3].no), (1, 2, 5, 4));
        assert_eq!(votes.iter().map(|v| v.node).collect::<Vec<_>>(), [1, 2, 5, 4]);
    }

    #[test]
    fn each_malformed_column_has_its_own_error() {
        type Change = fn(&mut Tables<'_>);
        let changes: &[(&str, Change)] = &[
            ("nodes of unequal lengths", |t| t.trees.truncate(1)),
            ("nodes of unequal lengths", |t| t.features.truncate(1)),
            ("nodes of unequal lengths", |t| t.thresholds.truncate(1)),
            ("nodes of unequal lengths", |t| t.modes.truncate(1)),
            ("nodes of unequal lengths", |t| t.yes.truncate(1)),
            ("nodes of unequal lengths", |t| t.no.push(0)),
            ("nodes of unequal lengths", |t| t.missing.push(0)),
            ("weights of unequal lengths", |t| t.vote_trees.truncate(1)),
            ("weights of unequal lengths", |t| t.vote_targets.truncate(1)),
            ("weights of unequal lengths", |t| t.vote_weights.truncate(1)),
            ("a node's number is given twice", |t| t.ids[2] = 1),
            ("a child does not exist", |t| t.yes[0] = 3),
            ("a child does not exist", |t| t.no[0] = -1),
            ("a child is in another tree", |t| t.yes[0] = 6),
            ("a weight's node is missing", |t| t.vote_nodes[0] = 6),
            ("node mode", |t| t.modes[0] = "BRANCH_MAYBE"),
        ];
        for (what, change) in changes {
            let mut t = tables();
            change(&mut t);
            assert_eq!(t.resolve().unwrap_err().details()[0].1, *what);
        }
    }
}
