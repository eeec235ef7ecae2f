//! Contributions against their definitions, worked out in full.

use super::shap::Shap;
use super::trees::Trees;
use nearhand_onnx::Forest;
use nearhand_onnx::trees::{Mode, Node, Spec, TreeEnsemble, TreeLimits, Vote};

const FEATURES: usize = 5;

/// Numbers in a row, the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn value(&mut self) -> f32 {
        if self.below(9) == 0 { f32::NAN } else { self.below(7) as f32 / 2.0 }
    }
}

/// A tree of every kind of question; some nodes have two branches that lead to them.
fn grow(numbers: &mut Numbers, spec: &mut Spec, depth: u64) -> usize {
    let leaf = depth == 0 || numbers.below(5) == 0;
    let at = spec.nodes.len();
    let blank = Node { mode: Mode::Leaf, feature: 0, threshold: 0.0, yes: 0, no: 0, missing_is_yes: false };
    spec.nodes.push(blank);
    if leaf {
        spec.votes.push(Vote { node: at, target: 0, weight: numbers.below(2001) as f64 / 100.0 - 10.0 });
        return at;
    }
    let mode = [Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt, Mode::Eq, Mode::Neq, Mode::Leq][numbers.below(7) as usize];
    let yes = grow(numbers, spec, depth - 1);
    let no = if numbers.below(8) == 0 { yes } else { grow(numbers, spec, depth - 1) };
    let (feature, threshold) = (numbers.below(FEATURES as u64) as i64, numbers.below(7) as f64 / 2.0);
    spec.nodes[at] = Node { mode, feature, threshold, yes, no, missing_is_yes: numbers.below(2) == 0 };
    at
}

fn forest(numbers: &mut Numbers) -> Forest {
    let mut spec = Spec { targets: 1, ..Spec::default() };
    for _ in 0..1 + numbers.below(3) {
        let root = grow(numbers, &mut spec, 5);
        spec.roots.push(root);
    }
    TreeEnsemble::new(&spec, &TreeLimits::default()).unwrap();
    Forest { node: String::new(), input: None, spec }
}

/// What trees are expected to answer where the features of `known` are known.
fn expected(trees: &Trees, at: usize, row: &[f32], known: u32) -> f64 {
    let Some(node) = trees.question(at) else { return trees.value[at] };
    if known & (1 << node.feature) != 0 {
        return expected(trees, if trees.asks(node, row) { node.yes } else { node.no }, row, known);
    }
    trees.share[at] * expected(trees, node.yes, row, known) + (1.0 - trees.share[at]) * expected(trees, node.no, row, known)
}

/// Shapley's formula over all subsets.
fn shapley(trees: &Trees, row: &[f32]) -> Vec<f64> {
    let value = |known: u32| trees.roots().iter().map(|root| expected(trees, *root, row, known)).sum::<f64>();
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let n = FEATURES as u32;
    (0..n)
        .map(|feature| {
            let others = (0..1_u32 << n).filter(|known| known & (1 << feature) == 0);
            others
                .map(|known| {
                    let size = known.count_ones();
                    let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
                    weight * (value(known | 1 << feature) - value(known))
                })
                .sum()
        })
        .collect()
}

#[test]
fn exact_values_are_those_of_all_subsets() {
    let mut numbers = Numbers(11);
    for case in 0..300 {
        let forest = forest(&mut numbers);
        let mut trees = Trees::new(&forest, &[1.0]).unwrap();
        let background: Vec<f32> = (0..FEATURES * 12).map(|_| numbers.value()).collect();
        let yes = trees.count(background.chunks(FEATURES));
        trees.learn(&yes, 12).unwrap();
        let mut shap = Shap::new(&trees).unwrap();
        assert_eq!(Shap::work(&trees).unwrap() % 4, 0);
        for _ in 0..10 {
            let row: Vec<f32> = (0..FEATURES).map(|_| numbers.value()).collect();
            let mut parts = vec![0.0; FEATURES];
            shap.add(&row, &mut parts);
            let want = shapley(&trees, &row);
            for (got, want) in parts.iter().zip(&want) {
                assert!((got - want).abs() < 1e-9, "case {case}: {parts:?} {want:?}");
            }
            let sum = trees.base() + parts.iter().sum::<f64>();
            assert!((sum - trees.sum(&row)).abs() < 1e-9, "base and contributions are the answer");
            let mut along = vec![0.0; FEATURES];
            trees.along_paths(&row, &mut along);
            assert!((trees.base() + along.iter().sum::<f64>() - trees.sum(&row)).abs() < 1e-9);
        }
    }
}

/// The walk here is that of the engine, whatever is asked and whatever is missing.
#[test]
fn trees_answer_as_the_engine() {
    let mut numbers = Numbers(5);
    for _ in 0..200 {
        let forest = forest(&mut numbers);
        let trees = Trees::new(&forest, &[1.0]).unwrap();
        let engine = TreeEnsemble::new(&forest.spec, &TreeLimits::default()).unwrap();
        let rows: Vec<f32> = (0..FEATURES * 20).map(|_| numbers.value()).collect();
        let mut scores = vec![0.0_f32; 20];
        engine.predict(nearhand_onnx::trees::Rows::F32(&rows), FEATURES, &mut Default::default(), &mut scores).unwrap();
        for (row, score) in rows.chunks(FEATURES).zip(&scores) {
            assert!((trees.sum(row) - f64::from(*score)).abs() < 1e-4);
        }
    }
}

/// Two questions, worked by hand: 3 of 4 rows answer yes to x₀ ≤ 1; of those 1 yes to x₁ ≤ 1.
#[test]
fn worked_by_hand() {
    let question = |feature, yes, no| Node { mode: Mode::Leq, feature, threshold: 1.0, yes, no, missing_is_yes: false };
    let leaf = Node { mode: Mode::Leaf, ..question(0, 0, 0) };
    let votes = [(2, 6.0), (3, 0.0), (4, 8.0)].map(|(node, weight)| Vote { node, target: 0, weight }).to_vec();
    let nodes = vec![question(0, 1, 4), question(1, 2, 3), leaf, leaf, leaf];
    let spec = Spec { nodes, roots: vec![0], votes, targets: 1, ..Spec::default() };
    let forest = Forest { node: String::new(), input: None, spec };
    let mut trees = Trees::new(&forest, &[1.0]).unwrap();
    let background = [0.0, 0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0_f32];
    let yes = trees.count(background.chunks(2));
    assert_eq!(yes, [3, 1]);
    trees.learn(&yes, 4).unwrap();
    // E = ¾ · (⅓ · 6) + ¼ · 8.
    assert!((trees.base() - 3.5).abs() < 1e-12);
    // x = (0, 0): along the path 3.5 → 2 by x₀ → 6 by x₁.
    let mut along = [0.0; 2];
    trees.along_paths(&[0.0, 0.0], &mut along);
    assert!((along[0] + 1.5).abs() < 1e-12 && (along[1] - 4.0).abs() < 1e-12);
    // Known x₁ alone: ¾ · 6 + ¼ · 8 = 6.5; x₀ alone: 2; so φ₀ = ½(2 − 3.5) + ½(6 − 6.5), φ₁ = ½(6.5 − 3.5) + ½(6 − 2).
    let mut parts = [0.0; 2];
    Shap::new(&trees).unwrap().add(&[0.0, 0.0], &mut parts);
    assert!((parts[0] + 1.0).abs() < 1e-12 && (parts[1] - 3.5).abs() < 1e-12, "{parts:?}");
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let mut numbers = Numbers(3);
    let forest = forest(&mut numbers);
    let mut trees = Trees::new(&forest, &[1.0]).unwrap();
    let questions = trees.questions();
    assert!(questions > 0 && trees.learn(&vec![0; questions], 0).is_ok());
    for bad in [vec![0; questions + 1], vec![0; questions - 1], vec![9; questions]] {
        let code = trees.learn(&bad, 4).unwrap_err().code();
        assert_eq!(code.as_str(), "bundle-part-invalid");
    }
    assert!(Trees::new(&forest, &[1.0, 1.0]).is_err());
}

/// A path of many questions is refused before anything is laid out, and still explained along its path.
#[test]
fn what_is_too_long_is_refused() {
    let mut spec = Spec { targets: 1, ..Spec::default() };
    let deep = 40_000;
    for at in 0..deep {
        let node = Node {
            mode: Mode::Leq,
            feature: (at % 5) as i64,
            threshold: -1.0,
            yes: 2 * at + 1,
            no: 2 * at + 2,
            missing_is_yes: false,
        };
        spec.nodes.push(node);
        spec.nodes.push(Node { mode: Mode::Leaf, ..node });
        spec.votes.push(Vote { node: 2 * at + 1, target: 0, weight: 1.0 });
    }
    spec.nodes.push(Node { mode: Mode::Leaf, feature: 0, threshold: 0.0, yes: 0, no: 0, missing_is_yes: false });
    spec.votes.push(Vote { node: 2 * deep, target: 0, weight: 3.0 });
    for (at, node) in spec.nodes.iter_mut().enumerate().filter(|(_, node)| node.mode != Mode::Leaf) {
        (node.yes, node.no) = (at + 1, at + 2);
    }
    spec.roots.push(0);
    let forest = Forest { node: String::new(), input: None, spec };
    let trees = Trees::new(&forest, &[1.0]).unwrap();
    assert_eq!(Shap::new(&trees).unwrap_err().code().as_str(), "model-too-large");
    assert_eq!(Shap::work(&trees), None);
    let mut parts = vec![0.0; FEATURES];
    trees.along_paths(&[0.0; FEATURES], &mut parts);
    assert!((trees.base() + parts.iter().sum::<f64>() - 3.0).abs() < 1e-9);
}
