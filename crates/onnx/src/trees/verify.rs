//! From a [`Spec`] to a [`Forest`], believing nothing.

use super::forest::{EQUAL, Forest, MEMBER, NAN_IS_YES, Split, bits};
use super::spec::{Mode, Node, Spec, TreeLimits, Vote};
use crate::attrs::malformed;
use crate::error::{Error, Result};
use crate::order::{self, Keyed};

/// State of a node while trees are followed.
#[derive(Clone, Copy, Default, PartialEq)]
enum Seen {
    #[default]
    Not,
    /// Between the root and where we are.
    OnPath,
    Done,
}

/// What is known of a node.
#[derive(Clone, Copy, Default)]
struct Met {
    seen: Seen,
    /// Place of an inner node among the splits, or the number of a leaf, with its bits flipped.
    place: i32,
    /// Steps of the longest way from here to a leaf.
    steps: u32,
    /// Ways from here to the leaves.
    paths: u64,
}

/// Sizes and values; after this every index and every number of a spec is known to be sound but for the trees' shape.
pub(super) fn values_ok(spec: &Spec, limits: &TreeLimits) -> Result<()> {
    let nodes = spec.nodes.len();
    if spec.roots.is_empty() || nodes == 0 {
        return Err(malformed("the ensemble has no tree", nodes));
    }
    for (what, value, limit) in [
        ("more trees than the limit", spec.roots.len(), limits.trees),
        ("more nodes than the limit", nodes, limits.nodes),
        ("more weights than the limit", spec.votes.len(), limits.nodes),
        ("more targets or classes than the limit", spec.targets, limits.targets),
        ("more sets than the limit", spec.sets.len(), limits.nodes),
    ] {
        if value > limit {
            return Err(malformed(what, value).with("limit", limit));
        }
    }
    if spec.targets == 0 {
        return Err(malformed("the ensemble has no target", 0));
    }
    for (i, node) in spec.nodes.iter().enumerate().filter(|(_, n)| n.mode != Mode::Leaf) {
        if usize::try_from(node.feature).ok().is_none_or(|f| f >= limits.features) {
            return Err(at("feature out of range", i).with("feature", node.feature).with("limit", limits.features));
        }
        if node.threshold.is_nan() {
            return Err(at("threshold is NaN", i));
        }
        if node.yes.max(node.no) >= nodes {
            return Err(at("a child does not exist", i).with("child", node.yes.max(node.no)));
        }
        if node.mode == Mode::Member && set_of(spec, node).is_none_or(|s| s.is_empty() || s.iter().any(|v| v.is_nan())) {
            return Err(at("set of members", i));
        }
    }
    for vote in &spec.votes {
        if usize::try_from(vote.target).ok().is_none_or(|t| t >= spec.targets) {
            return Err(at("target or class out of range", vote.node).with("target", vote.target).with("targets", spec.targets));
        }
        if !vote.weight.is_finite() || (!spec.double && !(vote.weight as f32).is_finite()) {
            return Err(at("weight is not finite", vote.node).with("weight", vote.weight));
        }
        if vote.node >= nodes {
            return Err(at("a weight's node is missing", vote.node));
        }
    }
    base_ok(spec)
}

fn base_ok(spec: &Spec) -> Result<()> {
    if let Some(bad) = spec.base_values.iter().find(|v| !v.is_finite()) {
        return Err(malformed("base value is not finite", bad));
    }
    let len = spec.base_values.len();
    let fits = len == 0 || len == spec.targets || (len == 1 && spec.classifier && spec.targets == 2);
    if fits { Ok(()) } else { Err(malformed("number of base values", len).with("targets", spec.targets)) }
}

fn set_of<'a>(spec: &'a Spec, node: &Node) -> Option<&'a Vec<f64>> {
    // Counted while reading, so exact; a hand-made fraction or negative number finds no set.
    let index = node.threshold as usize;
    spec.sets.get(index).filter(|_| index as f64 == node.threshold)
}

/// Follows every tree from its root; a node that several branches lead to is followed once.
/// Inner nodes come to stand in the order of that walk, yes before no, so that half of all steps go to the neighbour.
pub(super) fn forest(spec: &Spec, limits: &TreeLimits) -> Result<Forest<f64>> {
    let mut met = vec![Met::default(); spec.nodes.len()];
    let mut out = Forest::default();
    let mut leaves = Vec::new();
    let (mut paths, mut steps) = (0_u64, 0_usize);
    // (node, what is left to do: its yes, its no, nothing)
    let mut path: Vec<(usize, u8)> = Vec::new();
    for root in &spec.roots {
        path.push((*root, 0));
        while let Some((i, step)) = path.pop() {
            let of = |i: usize| met.get(i).copied().unwrap_or_default();
            let (Some(node), known) = (spec.nodes.get(i), of(i)) else {
                return Err(at("a root does not exist", i));
            };
            let new = match (step, known.seen) {
                (0, Seen::Done) => continue,
                (0, Seen::OnPath) => return Err(at("branches lead in a circle", i)),
                (0, Seen::Not) if node.mode == Mode::Leaf => {
                    leaves.push(i);
                    Met { seen: Seen::Done, place: !number(leaves.len() - 1)?, steps: 0, paths: 1 }
                }
                (0, Seen::Not) => {
                    out.splits.push(Split::default());
                    out.flags.push(0);
                    path.extend([(i, 1), (node.yes, 0)]);
                    Met { seen: Seen::OnPath, place: number(out.splits.len() - 1)?, ..known }
                }
                (1, _) => {
                    path.extend([(i, 2), (node.no, 0)]);
                    known
                }
                _ => {
                    let (yes, no) = (of(node.yes), of(node.no));
                    let (steps, paths) = (yes.steps.max(no.steps) + 1, yes.paths.saturating_add(no.paths));
                    Met { seen: Seen::Done, steps, paths, ..known }
                }
            };
            met.get_mut(i).into_iter().for_each(|known| *known = new);
        }
        let tree = met.get(*root).copied().unwrap_or_default();
        (paths, steps) = (paths.saturating_add(tree.paths), steps.saturating_add(tree.steps as usize));
        if paths > limits.paths {
            return Err(at("more ways to the leaves than the limit", *root).with("limit", limits.paths));
        }
        // Only trees that share their nodes are longer together than all nodes.
        if steps > limits.nodes {
            return Err(at("more steps to the leaves than the limit", *root).with("limit", limits.nodes));
        }
    }
    if let Some(i) = met.iter().position(|known| known.seen == Seen::Not) {
        return Err(at("no branch leads to a node", i));
    }
    let to = |i: usize| met.get(i).map_or(-1, |known| known.place);
    for (i, node) in spec.nodes.iter().enumerate().filter(|(_, n)| n.mode != Mode::Leaf) {
        let at = usize::try_from(to(i)).unwrap_or(usize::MAX);
        if let (Some(split), Some(flags)) = (out.splits.get_mut(at), out.flags.get_mut(at)) {
            (*split, *flags) = lay_out(node, to(node.yes), to(node.no), spec.double);
        }
    }
    out.plain = out.flags.iter().all(|f| f & (EQUAL | MEMBER) == 0);
    out.nan_is_told = out.flags.iter().any(|f| f & NAN_IS_YES != 0);
    out.roots = spec.roots.iter().map(|r| to(*r)).collect();
    for (set, members) in (0..).zip(&spec.sets) {
        out.sets.extend(members.iter().map(|v| (set, bits(if spec.double { *v } else { f64::from(*v as f32) }), 0)));
    }
    order::sort(&mut out.sets);
    votes(spec, &leaves, &to, &mut out)?;
    Ok(out)
}

/// The questions come down to three: v ≤ t, v = t, v ∈ set. v < t is v ≤ (the float before t); v > t and v ≥ t are a no to
/// the opposite question, and NaN, which says no to all of them, must then be told apart; v ≠ t is a no to v = t.
fn lay_out(node: &Node, yes: i32, no: i32, double: bool) -> (Split<f64>, u8) {
    let t = node.threshold;
    let (threshold, turned, kind) = match node.mode {
        Mode::Leq | Mode::Leaf => (t, false, 0),
        Mode::Lt => (before(t, double), false, 0),
        Mode::Gte => (before(t, double), true, 0),
        Mode::Gt => (t, true, 0),
        Mode::Eq => (t, false, EQUAL),
        Mode::Neq => (t, true, EQUAL),
        Mode::Member => (t, false, MEMBER),
    };
    let nan_is_yes = match node.mode {
        Mode::Gte | Mode::Gt => !node.missing_is_yes,
        // NaN ≠ t is true by itself.
        Mode::Neq => false,
        _ => node.missing_is_yes,
    };
    let (yes, no) = if turned { (no, yes) } else { (yes, no) };
    let feature = u32::try_from(node.feature).unwrap_or(u32::MAX);
    (Split { threshold, feature, yes, no }, kind | if nan_is_yes { NAN_IS_YES } else { 0 })
}

/// The greatest value of a width below this one; NaN (below which nothing is) for −∞.
fn before(t: f64, double: bool) -> f64 {
    match (t == f64::NEG_INFINITY, double) {
        (true, _) => f64::NAN,
        (_, true) => t.next_down(),
        (_, false) => f64::from((t as f32).next_down()),
    }
}

/// A forest in 32 bits, of values that are known to fit.
pub(super) fn narrow(wide: Forest<f64>) -> Forest<f32> {
    let split = |s: Split<f64>| Split { threshold: s.threshold as f32, feature: s.feature, yes: s.yes, no: s.no };
    Forest {
        splits: wide.splits.into_iter().map(split).collect(),
        flags: wide.flags,
        plain: wide.plain,
        nan_is_told: wide.nan_is_told,
        sets: wide.sets,
        roots: wide.roots,
        starts: wide.starts,
        targets: wide.targets,
        weights: wide.weights.into_iter().map(|v| v as f32).collect(),
    }
}

/// Votes by leaf and target. Votes at inner nodes are dropped, as onnxruntime does: old converters wrote them.
fn votes(spec: &Spec, leaves: &[usize], place: &dyn Fn(usize) -> i32, out: &mut Forest<f64>) -> Result<()> {
    // Leaves are numbered without gaps: votes are dealt out by their numbers.
    let leaf = |vote: &Vote| usize::try_from(!place(vote.node)).ok();
    let mut ends = vec![0_usize; leaves.len()];
    for leaf in spec.votes.iter().filter_map(leaf) {
        ends.get_mut(leaf).into_iter().for_each(|n| *n += 1);
    }
    let mut total = 0;
    for end in &mut ends {
        (*end, total) = (total, total + *end);
    }
    let mut dealt: Vec<Keyed> = vec![Keyed::default(); total];
    for (i, vote) in spec.votes.iter().enumerate() {
        if let Some(end) = leaf(vote).and_then(|leaf| ends.get_mut(leaf)) {
            dealt.get_mut(*end).into_iter().for_each(|place| *place = (0, vote.target, i));
            *end += 1;
        }
    }
    let mut from = 0;
    for (end, node) in ends.iter().zip(leaves) {
        let start = out.targets.len();
        out.starts.push(start as u32);
        let own = dealt.get_mut(from..*end).unwrap_or_default();
        from = *end;
        order::sort(own);
        for vote in own.iter().filter_map(|v| spec.votes.get(v.2)) {
            let target = vote.target as u32;
            if out.targets.last() == Some(&target) && out.targets.len() > start {
                return Err(at("two weights of a leaf for one target", *node).with("target", target));
            }
            out.targets.push(target);
            out.weights.push(vote.weight);
        }
        if out.targets.len() == start {
            return Err(at("a leaf has no weight", *node));
        }
    }
    out.starts.push(out.targets.len() as u32);
    Ok(())
}

fn number(value: usize) -> Result<i32> {
    i32::try_from(value).map_err(|_| malformed("more nodes than the limit", value))
}

/// `model-malformed` at a node, by its place in the file.
fn at(what: &'static str, node: usize) -> Error {
    malformed(what, node)
}
