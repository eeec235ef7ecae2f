//! Worked examples and one test for each way to be malformed.

use super::*;

const LEAF: Node = Node { mode: Mode::Leaf, feature: 0, threshold: 0.0, yes: 0, no: 0, missing_is_yes: false };

fn branch(mode: Mode, threshold: f64, yes: usize, no: usize) -> Node {
    Node { mode, feature: 0, threshold, yes, no, missing_is_yes: false }
}

fn vote(node: usize, target: i64, weight: f64) -> Vote {
    Vote { node, target, weight }
}

/// One question about feature 0: yes is 1, no is 0.
fn stump(mode: Mode, threshold: f64) -> Spec {
    Spec {
        nodes: vec![branch(mode, threshold, 1, 2), LEAF, LEAF],
        roots: vec![0],
        votes: vec![vote(1, 0, 1.0), vote(2, 0, 0.0)],
        sets: vec![vec![1.0, 3.0]],
        targets: 1,
        ..Spec::default()
    }
}

/// `trees` stumps that ask v ≤ 0: yes and no have these votes (class, weight).
fn votes(yes: &[(i64, f64)], no: &[(i64, f64)], targets: usize) -> Spec {
    let all = yes.iter().map(|(t, w)| vote(1, *t, *w)).chain(no.iter().map(|(t, w)| vote(2, *t, *w)));
    Spec { votes: all.collect(), targets, ..stump(Mode::Leq, 0.0) }
}

fn scores(spec: &Spec, x: &[f32]) -> Vec<f32> {
    let ensemble = TreeEnsemble::new(spec, &TreeLimits::default()).unwrap();
    let mut out = vec![9.0; x.len() * spec.targets];
    if spec.double {
        let x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
        ensemble.predict(Rows::F64(&x), 1, &mut Scratch::default(), &mut out).unwrap();
    } else {
        ensemble.predict(Rows::F32(x), 1, &mut Scratch::default(), &mut out).unwrap();
    }
    out
}

fn classes(spec: &Spec, x: &[f32]) -> (Vec<usize>, Vec<f32>) {
    let spec = Spec { classifier: true, ..spec.clone() };
    let ensemble = TreeEnsemble::new(&spec, &TreeLimits::default()).unwrap();
    let (mut labels, mut out) = (Vec::new(), Vec::new());
    let mut emit = |scores: &[f64], class| {
        labels.push(class);
        out.extend(scores.iter().map(|s| *s as f32));
    };
    ensemble.each(Rows::F32(x), 1, &mut Scratch::default(), &mut emit).unwrap();
    (labels, out)
}

const NAN: f32 = f32::NAN;

#[test]
fn every_branch_mode() {
    let x = [-1.0, 0.0, -0.0, 1.0, 2.0, 3.0, f32::INFINITY, f32::NEG_INFINITY, NAN];
    for (mode, threshold, want) in [
        (Mode::Leq, 1.0, [1, 1, 1, 1, 0, 0, 0, 1, 0]),
        (Mode::Lt, 1.0, [1, 1, 1, 0, 0, 0, 0, 1, 0]),
        (Mode::Lt, 0.0, [1, 0, 0, 0, 0, 0, 0, 1, 0]),
        (Mode::Gte, 1.0, [0, 0, 0, 1, 1, 1, 1, 0, 0]),
        (Mode::Gte, 0.0, [0, 1, 1, 1, 1, 1, 1, 0, 0]),
        (Mode::Gt, 1.0, [0, 0, 0, 0, 1, 1, 1, 0, 0]),
        (Mode::Eq, 0.0, [0, 1, 1, 0, 0, 0, 0, 0, 0]),
        (Mode::Neq, 1.0, [1, 1, 1, 0, 1, 1, 1, 1, 1]),
        (Mode::Member, 0.0, [0, 0, 0, 1, 0, 1, 0, 0, 0]),
        (Mode::Lt, f64::NEG_INFINITY, [0; 9]),
        (Mode::Gte, f64::NEG_INFINITY, [1, 1, 1, 1, 1, 1, 1, 1, 0]),
        (Mode::Leq, f64::INFINITY, [1, 1, 1, 1, 1, 1, 1, 1, 0]),
    ] {
        for double in [false, true] {
            let mut spec = Spec { double, ..stump(mode, threshold) };
            let mut want = want.map(|w| w as f32);
            assert_eq!(scores(&spec, &x), want, "{mode:?} {threshold}");
            // A missing value is a yes where the node says so, whatever it asks.
            spec.nodes[0].missing_is_yes = true;
            want[8] = 1.0;
            assert_eq!(scores(&spec, &x), want, "{mode:?} {threshold} missing");
        }
    }
}

#[test]
fn a_double_threshold_is_finer_than_a_float() {
    let t = 1.0 + f64::EPSILON;
    let spec = Spec { double: true, ..stump(Mode::Lt, t) };
    let ensemble = TreeEnsemble::new(&spec, &TreeLimits::default()).unwrap();
    let mut out = [0.0; 2];
    ensemble.predict(Rows::F64(&[1.0, t]), 1, &mut Scratch::default(), &mut out).unwrap();
    assert_eq!(out, [1.0, 0.0]);
}

/// Three trees of one target: 1, 2 and 6.
fn three(aggregate: Aggregate) -> Spec {
    Spec {
        nodes: vec![LEAF; 3],
        roots: vec![0, 1, 2],
        votes: vec![vote(0, 0, 1.0), vote(1, 0, 2.0), vote(2, 0, 6.0)],
        targets: 1,
        base_values: vec![10.0],
        aggregate,
        ..Spec::default()
    }
}

#[test]
fn every_aggregate_and_base_value() {
    for (aggregate, want) in [(Aggregate::Sum, 19.0), (Aggregate::Average, 13.0), (Aggregate::Min, 11.0), (Aggregate::Max, 16.0)]
    {
        assert_eq!(scores(&three(aggregate), &[0.0]), [want]);
        // Two targets of which the second has votes of one tree alone.
        let mut two = three(aggregate);
        two.targets = 2;
        two.votes.push(vote(1, 1, -4.0));
        two.base_values = vec![10.0, 20.0];
        let second = if aggregate == Aggregate::Average { 20.0 - 4.0 / 3.0 } else { 16.0 };
        assert_eq!(scores(&two, &[0.0]), [want, second]);
    }
}

#[test]
fn many_classes_take_the_greatest_score_of_those_with_a_vote() {
    let spec = votes(&[(0, -3.0), (2, -1.0)], &[(1, 0.5), (2, 0.5)], 3);
    // Class 1 has no vote in the first row: its 0 is not greater than −1, it does not take part.
    assert_eq!(classes(&spec, &[0.0, 1.0]), (vec![2, 1], vec![-3.0, 0.0, -1.0, 0.0, 0.5, 0.5]));
    let with_base = Spec { base_values: vec![0.0, 1.0, 0.0], ..spec };
    assert_eq!(classes(&with_base, &[0.0]), (vec![1], vec![-3.0, 1.0, -1.0]));
}

#[test]
fn two_classes_with_one_weight() {
    // Probabilities: above one half is the second class; the scores are 1 − s and s.
    let spec = votes(&[(0, 0.75)], &[(0, 0.5)], 2);
    assert_eq!(classes(&spec, &[0.0, 1.0]), (vec![1, 0], vec![0.25, 0.75, 0.5, 0.5]));
    // Margins: above 0 is the second class; −s and s.
    let spec = votes(&[(0, 0.25)], &[(0, -2.0)], 2);
    assert_eq!(classes(&spec, &[0.0, 1.0]), (vec![1, 0], vec![-0.25, 0.25, 2.0, -2.0]));
    let logistic = Spec { post: Post::Logistic, base_values: vec![2.0], ..spec };
    let (labels, got) = classes(&logistic, &[1.0]);
    assert_eq!((labels, got), (vec![0], vec![0.5, 0.5]));
}

#[test]
fn two_classes_with_two_weights() {
    // The sign of the second score decides, as in onnxruntime, not the greater of the two.
    let spec = votes(&[(0, 0.9), (1, 0.1)], &[(0, 1.0), (1, 0.0)], 2);
    assert_eq!(classes(&spec, &[0.0, 1.0]), (vec![1, 0], vec![0.9, 0.1, 1.0, 0.0]));
}

/// A row's scores do not depend on its neighbours: 1 to 150 rows, whole bundles and what is left over.
#[test]
fn batches_equal_rows() {
    let mut spec = stump(Mode::Gt, 40.0);
    for t in 0..20 {
        let at = spec.nodes.len();
        spec.nodes.extend([branch(Mode::Leq, f64::from(t) * 5.0, at + 1, at + 2), LEAF, LEAF]);
        spec.roots.push(at);
        spec.votes.extend([vote(at + 1, 0, 0.1 * f64::from(t)), vote(at + 2, 0, -0.3)]);
    }
    let x: Vec<f32> = (0..150).map(|i| if i % 17 == 0 { NAN } else { i as f32 }).collect();
    let alone: Vec<f32> = x.iter().flat_map(|v| scores(&spec, &[*v])).collect();
    for n in [1, 7, 8, 9, 63, 64, 65, 150] {
        assert_eq!(scores(&spec, &x[..n]), alone[..n]);
    }
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let ensemble = TreeEnsemble::new(&stump(Mode::Leq, 0.0), &TreeLimits::default()).unwrap();
    assert_eq!((ensemble.features(), ensemble.targets(), ensemble.is_double()), (1, 1, false));
    let mut scratch = Scratch::default();
    for (rows, width, out) in [
        (Rows::F32(&[0.0]), 0, 1),
        (Rows::F32(&[0.0; 3]), 2, 1),
        (Rows::F32(&[0.0; 2]), 1, 1),
        (Rows::F64(&[0.0]), 1, 1),
        (Rows::F32(&[]), 1, 1),
    ] {
        let e = ensemble.predict(rows, width, &mut scratch, &mut vec![0.0; out]).unwrap_err();
        assert_eq!(e.code(), Code::ModelMismatch);
    }
    assert!(ensemble.predict(Rows::F32(&[]), 1, &mut scratch, &mut []).is_ok());
}

fn refusal(spec: &Spec) -> String {
    let e = TreeEnsemble::new(spec, &TreeLimits::default()).unwrap_err();
    assert_eq!(e.code(), Code::ModelMalformed);
    e.details()[0].1.clone()
}

#[test]
fn each_malformed_ensemble_has_its_own_error() {
    type Change = fn(&mut Spec);
    let changes: &[(&str, Change)] = &[
        ("branches lead in a circle", |s| s.nodes[0].yes = 0),
        ("branches lead in a circle", |s| {
            s.nodes[1] = branch(Mode::Leq, 0.0, 0, 3);
            s.nodes.push(LEAF);
        }),
        ("no branch leads to a node", |s| s.nodes.push(LEAF)),
        // A circle that no root leads to.
        ("no branch leads to a node", |s| s.nodes.extend([branch(Mode::Leq, 0.0, 4, 4), branch(Mode::Leq, 0.0, 3, 3)])),
        ("a child does not exist", |s| s.nodes[0].no = 3),
        ("a root does not exist", |s| s.roots.push(7)),
        ("the ensemble has no tree", |s| s.roots.clear()),
        ("the ensemble has no tree", |s| *s = Spec { targets: 1, roots: vec![0], ..Spec::default() }),
        ("the ensemble has no target", |s| s.targets = 0),
        ("feature out of range", |s| s.nodes[0].feature = -1),
        ("feature out of range", |s| s.nodes[0].feature = 1 << 16),
        ("threshold is NaN", |s| s.nodes[0].threshold = f64::NAN),
        ("target or class out of range", |s| s.votes[1].target = 1),
        ("target or class out of range", |s| s.votes[1].target = -1),
        ("weight is not finite", |s| s.votes[0].weight = f64::INFINITY),
        ("a weight's node is missing", |s| s.votes[0].node = 3),
        ("a leaf has no weight", |s| s.votes.truncate(1)),
        ("two weights of a leaf for one target", |s| s.votes.push(s.votes[0])),
        ("number of base values", |s| s.base_values = vec![0.0; 2]),
        ("base value is not finite", |s| s.base_values = vec![f64::NAN]),
        ("set of members", |s| s.nodes[0] = branch(Mode::Member, 1.0, 1, 2)),
        ("set of members", |s| s.nodes[0] = branch(Mode::Member, 0.5, 1, 2)),
    ];
    for (what, change) in changes {
        let mut spec = stump(Mode::Leq, 0.0);
        change(&mut spec);
        assert_eq!(refusal(&spec), *what);
    }
    assert_eq!(Mode::named("BRANCH_MAYBE").unwrap_err().details()[1].1, "BRANCH_MAYBE");
    assert!(Mode::numbered(7).is_err() && Post::named("TANH").is_err() && Post::numbered(5).is_err());
    assert!(Aggregate::named("PRODUCT").is_err() && Aggregate::numbered(-1).is_err());
}

#[test]
fn each_limit_holds() {
    let spec = stump(Mode::Leq, 0.0);
    let limits = TreeLimits::default();
    for limits in [
        TreeLimits { trees: 0, ..limits },
        TreeLimits { nodes: 2, ..limits },
        TreeLimits { targets: 0, ..limits },
        TreeLimits { features: 0, ..limits },
    ] {
        assert_eq!(TreeEnsemble::new(&spec, &limits).unwrap_err().code(), Code::ModelMalformed);
    }
}

#[test]
fn what_onnxruntime_leaves_undefined_is_refused() {
    let probit = Spec { post: Post::Probit, classifier: true, ..votes(&[(0, 0.5)], &[(0, 0.5)], 2) };
    let half = Spec { base_values: vec![0.5], classifier: true, ..votes(&[(0, 0.5), (1, 0.5)], &[(0, 0.5)], 2) };
    for spec in [probit, half] {
        assert_eq!(TreeEnsemble::new(&spec, &TreeLimits::default()).unwrap_err().code(), Code::ModelOperatorUnsupported);
    }
}

/// A leaf may end several branches, in several trees, and a tree may be a leaf, or a part of another.
#[test]
fn nodes_may_be_shared() {
    let mut spec = stump(Mode::Leq, 0.0);
    spec.nodes.push(branch(Mode::Leq, 0.0, 2, 1));
    spec.roots.extend([3, 1]);
    assert_eq!(scores(&spec, &[0.0, 1.0]), [2.0, 2.0]);
    spec.roots = vec![0, 0, 0, 3];
    assert_eq!(scores(&spec, &[0.0, 1.0]), [3.0, 1.0]);
}

/// What converters write for v ∈ {2, 5, 9}: a chain of v = t, each yes of which leads to one subtree.
fn chain() -> Spec {
    let mut spec = Spec {
        nodes: vec![
            branch(Mode::Eq, 2.0, 3, 1),
            branch(Mode::Eq, 5.0, 3, 2),
            branch(Mode::Eq, 9.0, 3, 6),
            branch(Mode::Leq, 4.0, 4, 5),
            LEAF,
            LEAF,
            LEAF,
        ],
        votes: vec![vote(4, 0, 1.0), vote(5, 0, 2.0), vote(6, 0, -7.0)],
        ..stump(Mode::Eq, 0.0)
    };
    spec.sets.clear();
    spec
}

#[test]
fn a_chain_of_categories_leads_to_one_subtree() {
    let x: Vec<f32> = (0..40).map(|i| i as f32 / 2.0).chain([NAN]).collect();
    let want: Vec<f32> = x
        .iter()
        .map(|v| {
            if *v == 2.0 {
                1.0
            } else if *v == 5.0 || *v == 9.0 {
                2.0
            } else {
                -7.0
            }
        })
        .collect();
    for double in [false, true] {
        let mut spec = Spec { double, ..chain() };
        assert_eq!(scores(&spec, &x), want);
        // The same as a set, and with NaN a yes at the second question.
        spec.nodes[1].missing_is_yes = true;
        assert_eq!(scores(&spec, &[5.0, NAN, 4.0]), [2.0, 2.0, -7.0]);
        spec.nodes.splice(0..1, [branch(Mode::Member, 0.0, 3, 6)]);
        spec.nodes.drain(1..3);
        spec.nodes[0] = branch(Mode::Member, 0.0, 1, 4);
        spec.nodes[1] = branch(Mode::Leq, 4.0, 2, 3);
        spec.sets = vec![vec![9.0, 2.0, 5.0, 2.0]];
        spec.votes.iter_mut().for_each(|v| v.node -= 2);
        assert_eq!(scores(&spec, &x), want);
    }
    let two = Spec { votes: vec![vote(4, 1, 1.0), vote(5, 0, 2.0), vote(6, 2, 7.0)], targets: 3, ..chain() };
    assert_eq!(classes(&two, &[2.0, 5.0, 0.0]).0, [1, 0, 2]);
}

/// `depth` levels of two nodes, each of which leads to both of the next: 2^depth ways.
fn lattice(depth: usize, mode: Mode) -> Spec {
    let mut nodes = vec![branch(mode, 0.5, 1, 2)];
    for level in 1..depth {
        nodes.extend([branch(mode, 0.5, 2 * level + 1, 2 * level + 2); 2]);
    }
    nodes.extend([LEAF, LEAF]);
    let (yes, no) = (nodes.len() - 2, nodes.len() - 1);
    Spec { nodes, votes: vec![vote(yes, 0, 1.0), vote(no, 0, 2.0)], ..stump(mode, 0.0) }
}

#[test]
fn many_ways_cost_nothing_and_are_bounded() {
    for mode in [Mode::Leq, Mode::Eq] {
        for depth in [1, 5, 8, 9, 60] {
            assert_eq!(scores(&lattice(depth, mode), &[0.5, 1.0]), [1.0, 2.0], "{mode:?} {depth}");
        }
        for depth in [61, 64, 65, 100_000] {
            assert_eq!(refusal(&lattice(depth, mode)), "more ways to the leaves than the limit");
        }
    }
    // Several trees count together, and so do steps where trees share their nodes.
    let limits = TreeLimits { paths: 63, ..TreeLimits::default() };
    let mut spec = lattice(5, Mode::Leq);
    assert!(TreeEnsemble::new(&spec, &limits).is_ok());
    spec.roots.push(0);
    assert_eq!(TreeEnsemble::new(&spec, &limits).unwrap_err().details()[2].1, "63");
    let limits = TreeLimits { nodes: 11, ..TreeLimits::default() };
    spec.roots.push(0);
    let e = TreeEnsemble::new(&spec, &limits).unwrap_err();
    assert_eq!((e.details()[0].1.as_str(), e.details()[2].1.as_str()), ("more steps to the leaves than the limit", "11"));
}

#[test]
fn a_set_of_many_members() {
    let mut spec = stump(Mode::Member, 0.0);
    spec.sets = vec![(0..50_000).map(|i| f64::from(i * 7 % 50_000) * 2.0 - 50_000.0).collect()];
    let x = [-50_000.0, -49_999.0, 0.0, -0.0, 49_998.0, 50_000.0, f32::INFINITY, NAN];
    assert_eq!(scores(&spec, &x), [1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    // 0.1 is what 32 bits make of it.
    spec.sets = vec![vec![0.1, f64::INFINITY]];
    assert_eq!(scores(&spec, &[0.1, f32::INFINITY, NAN]), [1.0, 1.0, 0.0]);
}

#[test]
fn one_class_keeps_its_score() {
    let spec = votes(&[(0, 0.25)], &[(0, 1.0)], 1);
    assert_eq!(classes(&spec, &[0.0, 1.0]), (vec![0, 0], vec![0.25, 1.0]));
    for post in [Post::Logistic, Post::Softmax, Post::SoftmaxZero, Post::Probit] {
        let spec = Spec { post, classifier: true, ..spec.clone() };
        assert_eq!(TreeEnsemble::new(&spec, &TreeLimits::default()).unwrap_err().code(), Code::ModelOperatorUnsupported);
    }
}

#[test]
fn a_deep_tree_needs_no_stack() {
    let depth = 100_000;
    let mut nodes: Vec<Node> = (0..depth).map(|i| branch(Mode::Leq, 0.0, 2 * depth, i + 1)).collect();
    (0..depth).for_each(|i| nodes[i].yes = depth + 1 + i);
    nodes.resize(2 * depth + 1, LEAF);
    let votes = (depth..=2 * depth).map(|i| vote(i, 0, i as f64)).collect();
    let spec = Spec { nodes, roots: vec![0], votes, targets: 1, ..Spec::default() };
    assert_eq!(scores(&spec, &[1.0, 0.0]), [depth as f32, (depth + 1) as f32]);
}
