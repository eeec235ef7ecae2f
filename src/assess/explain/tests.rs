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

/// All kinds of questions.
const ANY: &[Mode] = &[Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt, Mode::Eq, Mode::Neq, Mode::Leq];
/// The one that trainers write, for which there is a faster way.
const AT_MOST: &[Mode] = &[Mode::Leq];

/// A tree of these kinds of questions; some nodes have two branches that lead to them.
fn grow(numbers: &mut Numbers, spec: &mut Spec, modes: &[Mode], depth: u64) -> usize {
    let leaf = depth == 0 || numbers.below(5) == 0;
    let at = spec.nodes.len();
    let blank = Node { mode: Mode::Leaf, feature: 0, threshold: 0.0, yes: 0, no: 0, missing_is_yes: false };
    spec.nodes.push(blank);
    if leaf {
        spec.votes.push(Vote { node: at, target: 0, weight: numbers.below(2001) as f64 / 100.0 - 10.0 });
        return at;
    }
    let mode = modes[numbers.below(modes.len() as u64) as usize];
    let yes = grow(numbers, spec, modes, depth - 1);
    let no = if numbers.below(8) == 0 { yes } else { grow(numbers, spec, modes, depth - 1) };
    let (feature, threshold) = (numbers.below(FEATURES as u64) as i64, numbers.below(7) as f64 / 2.0);
    spec.nodes[at] = Node { mode, feature, threshold, yes, no, missing_is_yes: numbers.below(2) == 0 };
    at
}

fn forest(numbers: &mut Numbers, modes: &[Mode]) -> Forest {
    let mut spec = Spec { targets: 1, ..Spec::default() };
    for _ in 0..1 + numbers.below(3) {
        let root = grow(numbers, &mut spec, modes, 5);
        spec.roots.push(root);
    }
    whole(spec)
}

fn whole(spec: Spec) -> Forest {
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

/// Shapley's formula over all subsets of so many features.
fn shapley(trees: &Trees, row: &[f32], features: u32) -> Vec<f64> {
    let sum = |known: u32| trees.roots().iter().map(|root| expected(trees, *root, row, known)).sum::<f64>();
    let value: Vec<f64> = (0..1_u32 << features).map(sum).collect();
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let weight: Vec<f64> =
        (0..features).map(|size| factorial(size) * factorial(features - size - 1) / factorial(features)).collect();
    let of = |feature: u32| {
        let others = (0..1_usize << features).filter(|known| known & (1 << feature) == 0);
        others.map(|known| weight[known.count_ones() as usize] * (value[known | 1 << feature] - value[known])).sum()
    };
    (0..features).map(of).collect()
}

/// Holds the values of a row, and their sum, against all subsets; and the sum along paths.
fn hold(trees: &Trees, shap: &mut Shap, row: &[f32], case: &str) {
    let mut parts = vec![0.0; row.len()];
    shap.add(row, &mut parts);
    let want = shapley(trees, row, row.len() as u32);
    for (got, want) in parts.iter().zip(&want) {
        assert!((got - want).abs() < 1e-9, "{case}: {parts:?} {want:?}");
    }
    let sum = trees.base() + parts.iter().sum::<f64>();
    assert!((sum - trees.sum(row)).abs() < 1e-9, "{case}: base and contributions are the answer");
    let mut along = vec![0.0; row.len()];
    trees.along_paths(row, &mut along);
    assert!((trees.base() + along.iter().sum::<f64>() - trees.sum(row)).abs() < 1e-9, "{case}");
}

#[test]
fn exact_values_are_those_of_all_subsets() {
    let mut numbers = Numbers(11);
    for (case, modes) in [ANY, AT_MOST].into_iter().cycle().take(500).enumerate() {
        let forest = forest(&mut numbers, modes);
        let mut trees = Trees::new(&forest, &[1.0]).unwrap();
        let background: Vec<f32> = (0..FEATURES * 12).map(|_| numbers.value()).collect();
        let yes = trees.count(background.chunks(FEATURES));
        trees.learn(&yes, 12).unwrap();
        let mut shap = Shap::new(&trees).unwrap();
        assert_eq!(Shap::work(&trees).unwrap() % 4, 0);
        for _ in 0..10 {
            let row: Vec<f32> = (0..FEATURES).map(|_| numbers.value()).collect();
            hold(&trees, &mut shap, &row, &format!("case {case}"));
        }
    }
}

/// Questions one behind the other, each about the next of so many features and then about the first ones again; what is rarely answered ends.
fn chain(numbers: &mut Numbers, spec: &mut Spec, modes: &[Mode], questions: usize, features: usize) {
    let root = spec.nodes.len();
    spec.roots.push(root);
    let blank = Node { mode: Mode::Leaf, feature: 0, threshold: 0.0, yes: 0, no: 0, missing_is_yes: false };
    for asked in 0..questions {
        let at = spec.nodes.len();
        let mode = modes[numbers.below(modes.len() as u64) as usize];
        // Of values from 0 to 3 few are above; a chain of equals would go nowhere.
        let (feature, threshold) = ((asked % features) as i64, if asked < features { 2.5 } else { 2.0 });
        let mode = if matches!(mode, Mode::Eq | Mode::Neq) { Mode::Leq } else { mode };
        let (leaf, next) = (at + 1, at + 2);
        let goes_on = matches!(mode, Mode::Leq | Mode::Lt);
        let (yes, no) = if goes_on { (next, leaf) } else { (leaf, next) };
        spec.nodes.push(Node { mode, feature, threshold, yes, no, missing_is_yes: numbers.below(2) == 0 });
        spec.nodes.push(blank);
        spec.votes.push(Vote { node: leaf, target: 0, weight: numbers.below(2001) as f64 / 100.0 - 10.0 });
    }
    spec.votes.push(Vote { node: spec.nodes.len(), target: 0, weight: 7.5 });
    spec.nodes.push(blank);
}

/// Chains of questions about so many features, a shallow tree before each and one behind, against all subsets. `work`: what the chains take.
fn chains(seed: u64, features: usize, lengths: &[(usize, usize)], work: usize, rows: usize) {
    for modes in [ANY, AT_MOST] {
        let mut numbers = Numbers(seed);
        let mut spec = Spec { targets: 1, ..Spec::default() };
        for (questions, asked) in lengths {
            // Of two levels: four points.
            let root = grow(&mut numbers, &mut spec, modes, 2);
            spec.roots.push(root);
            chain(&mut numbers, &mut spec, modes, *questions, *asked);
        }
        let root = grow(&mut numbers, &mut spec, modes, 2);
        spec.roots.push(root);
        let shallow = (0..=lengths.len()).map(|tree| 4 * branches(&spec, spec.roots[2 * tree])).sum::<usize>();
        let forest = whole(spec);
        let mut trees = Trees::new(&forest, &[1.0]).unwrap();
        let background: Vec<f32> = (0..features * 600).map(|_| numbers.value()).collect();
        let yes = trees.count(background.chunks(features));
        trees.learn(&yes, 600).unwrap();
        assert_eq!(Shap::work(&trees), Some(work + shallow), "points are those that the paths want");
        let mut shap = Shap::new(&trees).unwrap();
        // To the very end, and then wherever it leads.
        hold(&trees, &mut shap, &vec![0.0; features], "to the end");
        for at in 1..rows {
            let row: Vec<f32> = (0..features).map(|_| numbers.value()).collect();
            hold(&trees, &mut shap, &row, &format!("row {at}"));
        }
    }
}

fn branches(spec: &Spec, at: usize) -> usize {
    let node = spec.nodes[at];
    if node.mode == Mode::Leaf { 0 } else { 2 + branches(spec, node.yes) + branches(spec, node.no) }
}

/// From nine features on a path eight points are taken, in two passes.
#[test]
fn paths_of_twelve_features_are_exact() {
    chains(17, 12, &[(12, 12)], 2 * 12 * 8, 6);
    // Asked again on the way: more questions than features.
    chains(18, 12, &[(17, 12), (9, 9)], 2 * (17 + 9) * 8, 6);
}

/// From seventeen on sixteen points, in four passes; beside them trees of four points and of eight, in turns.
#[test]
fn paths_of_eighteen_features_are_exact() {
    chains(19, 18, &[(12, 12), (18, 18), (10, 9), (22, 17)], 2 * (12 + 10) * 8 + 2 * (18 + 22) * 16, 3);
}

/// The walk here is that of the engine, whatever is asked and whatever is missing.
#[test]
fn trees_answer_as_the_engine() {
    let mut numbers = Numbers(5);
    for modes in [ANY, AT_MOST].into_iter().cycle().take(300) {
        let forest = forest(&mut numbers, modes);
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
    let mut trees = Trees::new(&whole(spec), &[1.0]).unwrap();
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
    let forest = forest(&mut numbers, ANY);
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
