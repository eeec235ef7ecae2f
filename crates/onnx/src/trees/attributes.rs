//! From an ONNX node's attributes to a [`Spec`].
//!
//! Source: onnx, docs/Operators-ml.md: TreeEnsembleClassifier and TreeEnsembleRegressor (1 and 3), TreeEnsemble (5).

use super::spec::{Aggregate, Mode, Node, Post, Spec, Vote};
use super::tables::Tables;
use crate::attrs::{Attrs, malformed};
use crate::error::Result;
use crate::tensor::Values;

/// TreeEnsembleClassifier (without its class labels, of which there are `classes`) or TreeEnsembleRegressor.
pub(crate) fn spec_of_v3(attrs: &mut Attrs<'_, '_>, classes: Option<usize>) -> Result<Spec> {
    let (vote_trees, vote_nodes, vote_targets, weights) = match classes {
        Some(_) => ("class_treeids", "class_nodeids", "class_ids", ("class_weights", "class_weights_as_tensor")),
        None => ("target_treeids", "target_nodeids", "target_ids", ("target_weights", "target_weights_as_tensor")),
    };
    let (thresholds, double_thresholds) = attrs.numbers("nodes_values", "nodes_values_as_tensor")?;
    let (vote_weights, double_weights) = attrs.numbers(weights.0, weights.1)?;
    let (base_values, double_base) = attrs.numbers("base_values", "base_values_as_tensor")?;
    attrs.ignore("nodes_hitrates");
    attrs.ignore("nodes_hitrates_as_tensor");
    let tables = Tables {
        trees: attrs.ints("nodes_treeids")?,
        ids: attrs.ints("nodes_nodeids")?,
        features: attrs.ints("nodes_featureids")?,
        thresholds,
        modes: attrs.words("nodes_modes")?,
        yes: attrs.ints("nodes_truenodeids")?,
        no: attrs.ints("nodes_falsenodeids")?,
        missing: attrs.ints("nodes_missing_value_tracks_true")?,
        vote_trees: attrs.ints(vote_trees)?,
        vote_nodes: attrs.ints(vote_nodes)?,
        vote_targets: attrs.ints(vote_targets)?,
        vote_weights,
    };
    let (nodes, roots, votes) = tables.resolve()?;
    Ok(Spec {
        nodes,
        roots,
        votes,
        sets: Vec::new(),
        targets: match classes {
            Some(n) => n,
            None => index(attrs.int("n_targets", 0)?, "n_targets")?,
        },
        base_values,
        aggregate: if classes.is_some() { Aggregate::Sum } else { Aggregate::named(attrs.text("aggregate_function", "SUM")?)? },
        post: Post::named(attrs.text("post_transform", "NONE")?)?,
        classifier: classes.is_some(),
        double: double_thresholds || double_weights || double_base,
    })
}

/// TreeEnsemble of ai.onnx.ml 5: inner nodes and leaves are numbered apart; the leaves stand behind the inner nodes here.
pub(crate) fn spec_of_v5(attrs: &mut Attrs<'_, '_>) -> Result<Spec> {
    let (thresholds, double) = attrs.tensor_numbers("nodes_splits")?;
    let (leaf_weights, _) = attrs.tensor_numbers("leaf_weights")?;
    let (members, _) = attrs.tensor_numbers("membership_values")?;
    let Some(Values::U8(modes)) = attrs.values("nodes_modes")? else {
        return Err(malformed("attribute is not a tensor of bytes", "nodes_modes"));
    };
    attrs.ignore("nodes_hitrates");
    let features = attrs.ints("nodes_featureids")?;
    let yes = (attrs.ints("nodes_truenodeids")?, attrs.ints("nodes_trueleafs")?);
    let no = (attrs.ints("nodes_falsenodeids")?, attrs.ints("nodes_falseleafs")?);
    let missing = attrs.ints("nodes_missing_value_tracks_true")?;
    let leaf_targets = attrs.ints("leaf_targetids")?;
    let (inner, leaves) = (modes.len(), leaf_targets.len());
    for (name, len) in [
        ("nodes_splits", thresholds.len()),
        ("nodes_featureids", features.len()),
        ("nodes_truenodeids", yes.0.len()),
        ("nodes_trueleafs", yes.1.len()),
        ("nodes_falsenodeids", no.0.len()),
        ("nodes_falseleafs", no.1.len()),
        ("nodes_missing_value_tracks_true", if missing.is_empty() { inner } else { missing.len() }),
    ] {
        if len != inner {
            return Err(malformed("nodes of unequal lengths", len).with("attribute", name).with("nodes", inner));
        }
    }
    if leaf_weights.len() != leaves {
        return Err(malformed("weights of unequal lengths", leaf_weights.len()).with("leaves", leaves));
    }
    // One set a BRANCH_MEMBER node in the order of the nodes, with NaN between the sets.
    let mut sets: Vec<Vec<f64>> = members.split(|v| v.is_nan()).map(<[f64]>::to_vec).collect();
    if sets.last().is_some_and(Vec::is_empty) {
        sets.pop();
    }
    let mut next_set = 0_usize;
    let mut nodes = Vec::with_capacity(inner.saturating_add(leaves));
    for (i, (mode, threshold)) in modes.iter().zip(&thresholds).enumerate() {
        let at = |column: &[i64]| column.get(i).copied().unwrap_or(0);
        let child = |(ids, leafs): &(Vec<i64>, Vec<i64>)| {
            let (to, leaf) = (at(ids), at(leafs) != 0);
            let (first, count) = if leaf { (inner, leaves) } else { (0, inner) };
            let place = usize::try_from(to).ok().filter(|t| *t < count);
            place.map(|t| first + t).ok_or_else(|| malformed("a child does not exist", i).with("child", to))
        };
        let mode = Mode::numbered(*mode)?;
        let mut threshold = *threshold;
        if mode == Mode::Member {
            threshold = next_set as f64;
            next_set += 1;
        }
        let missing_is_yes = at(&missing) == 1;
        nodes.push(Node { mode, feature: at(&features), threshold, yes: child(&yes)?, no: child(&no)?, missing_is_yes });
    }
    if next_set != sets.len() {
        return Err(malformed("sets of members", sets.len()).with("nodes that ask for one", next_set));
    }
    let leaf = Node { mode: Mode::Leaf, feature: 0, threshold: 0.0, yes: 0, no: 0, missing_is_yes: false };
    nodes.resize(inner.saturating_add(leaves), leaf);
    let votes = leaf_targets.iter().zip(&leaf_weights).enumerate();
    let votes = votes.map(|(i, (target, weight))| Vote { node: inner + i, target: *target, weight: *weight }).collect();
    let roots = attrs.ints("tree_roots")?.into_iter();
    Ok(Spec {
        nodes,
        roots: roots.map(|r| index(r, "tree_roots")).collect::<Result<_>>()?,
        votes,
        sets,
        targets: index(attrs.int("n_targets", 0)?, "n_targets")?,
        base_values: Vec::new(),
        aggregate: Aggregate::numbered(attrs.int("aggregate_function", 1)?)?,
        post: Post::numbered(attrs.int("post_transform", 0)?)?,
        classifier: false,
        double,
    })
}

fn index(value: i64, name: &'static str) -> Result<usize> {
    usize::try_from(value).map_err(|_| malformed("number below 0", value).with("attribute", name))
}
