//! ONNX files as people have them, and as nobody should: each kind with small files made on the spot.
#![allow(clippy::panic, clippy::unwrap_used)]

use crate::attribute::test;
use crate::onnx::*;
use nearhand_onnx::tabular::TabularModel;
use nearhand_onnx::{Code, Error, Graph, ModelLimits, Result, Tensor, Values};

fn load(file: &File) -> Result<Graph> {
    Graph::load(&file.bytes(), &ModelLimits::default())
}

fn run(file: &File, inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
    load(file)?.run(inputs)
}

fn column(values: &[f32]) -> Tensor {
    Tensor::f32(vec![values.len(), 1], values.to_vec())
}

/// The floats of an answer.
fn reals(tensor: &Tensor) -> Vec<f32> {
    let Values::F32(v) = &tensor.values else { panic!("{tensor:?}") };
    v.clone()
}

fn near(have: &[f32], want: &[f64]) {
    let same = |(a, b): (&f32, &f64)| (f64::from(*a) - b).abs() <= 1e-5 * b.abs();
    assert!(have.len() == want.len() && have.iter().zip(want).all(same), "{have:?} {want:?}");
}

/// A tree ensemble of ai.onnx.ml 3 over one feature: (mode, value, yes, no) a node, (node, target, weight) a vote.
fn trees(operator: &str, nodes: &[(&str, f32, i64, i64)], votes: &[(i64, i64, f32)], more: &[Vec<u8>]) -> Vec<u8> {
    let prefix = if operator.ends_with("Classifier") { "class" } else { "target" };
    let all = |v: i64| vec![v; nodes.len()];
    let named = |name: &str| format!("{prefix}_{name}");
    let attributes = [
        ints("nodes_treeids", &all(0)),
        ints("nodes_nodeids", &(0..nodes.len() as i64).collect::<Vec<_>>()),
        ints("nodes_featureids", &all(0)),
        texts("nodes_modes", &nodes.iter().map(|n| n.0).collect::<Vec<_>>()),
        floats("nodes_values", &nodes.iter().map(|n| n.1).collect::<Vec<_>>()),
        ints("nodes_truenodeids", &nodes.iter().map(|n| n.2).collect::<Vec<_>>()),
        ints("nodes_falsenodeids", &nodes.iter().map(|n| n.3).collect::<Vec<_>>()),
        ints(&named("treeids"), &vec![0; votes.len()]),
        ints(&named("nodeids"), &votes.iter().map(|v| v.0).collect::<Vec<_>>()),
        ints(&named("ids"), &votes.iter().map(|v| v.1).collect::<Vec<_>>()),
        floats(&named("weights"), &votes.iter().map(|v| v.2).collect::<Vec<_>>()),
    ];
    let outputs = if prefix == "class" { "label y" } else { "y" };
    node(&format!("ml:{operator}"), "x", outputs, &[&attributes, more].concat())
}

const LEAF: (&str, f32, i64, i64) = ("LEAF", 0.0, 0, 0);

/// v ∈ {2, 5}: a chain whose yes is one node.
const CHAIN: [(&str, f32, i64, i64); 6] =
    [("BRANCH_EQ", 2.0, 2, 1), ("BRANCH_EQ", 5.0, 2, 5), ("BRANCH_LEQ", 3.0, 3, 4), LEAF, LEAF, LEAF];

#[test]
fn categories_that_share_a_subtree() {
    let regressor = trees("TreeEnsembleRegressor", &CHAIN, &[(3, 0, 1.0), (4, 0, 2.0), (5, 0, -7.0)], &[int("n_targets", 1)]);
    let x = [2.0, 5.0, 3.0, f32::NAN, -2.0];
    let answer = run(&File::of(vec![regressor], 1), vec![column(&x)]).unwrap();
    assert_eq!(answer, [column(&[1.0, 2.0, -7.0, -7.0, -7.0])]);
    let names = [texts("classlabels_strings", &["a", "b", "c"])];
    let classifier = trees("TreeEnsembleClassifier", &CHAIN, &[(3, 0, 1.0), (4, 1, 1.0), (5, 2, 1.0)], &names);
    let mut file = File::of(vec![classifier], 3);
    (file.inputs, file.outputs) = (vec![port("x", 1, &[-1, 1])], vec![port("label", 8, &[-1]), port("y", 1, &[-1, 3])]);
    let answer = run(&file, vec![column(&x)]).unwrap();
    assert_eq!(answer[0].values, Values::Str(["a", "b", "c", "c", "c"].map(str::to_owned).to_vec()));
}

/// ai.onnx.ml 5: inner nodes 0 and 1 lead to node 2, which two trees begin at as well.
#[test]
fn trees_of_the_newest_kind_share_nodes() {
    let file = |roots: &[i64], yes: &[i64]| {
        let of = |values: &[f32]| weight("", &[values.len() as i64], values);
        let attributes = [
            int("n_targets", 1),
            ints("tree_roots", roots),
            ints("nodes_featureids", &[0, 0, 0]),
            tensor("nodes_splits", &of(&[2.0, 0.0, 3.0])),
            tensor("nodes_modes", &constant("", 2, &[3], &field(9, &[4, 6, 0]))),
            tensor("membership_values", &of(&[7.0, 5.0, 6.5, f32::NAN])),
            ints("nodes_truenodeids", yes),
            ints("nodes_trueleafs", &[0, 0, 1]),
            ints("nodes_falsenodeids", &[1, 2, 1]),
            ints("nodes_falseleafs", &[0, 1, 1]),
            ints("leaf_targetids", &[0, 0, 0]),
            tensor("leaf_weights", &of(&[1.0, 2.0, -7.0])),
        ];
        File::of(vec![node("ml:TreeEnsemble", "x", "y", &attributes)], 1)
    };
    let x = column(&[2.0, 5.0, 6.5, 6.0, 0.0]);
    let want = [1.0, 2.0, 2.0, -7.0, -7.0];
    assert_eq!(run(&file(&[0], &[2, 2, 0]), vec![x.clone()]).unwrap(), [column(&want)]);
    assert_eq!(run(&file(&[0, 2, 2], &[2, 2, 0]), vec![x]).unwrap(), [column(&[3.0, 6.0, 6.0, -3.0, -5.0])]);
    // A circle, a root and a child that are not there.
    for (roots, yes) in [([0], [2, 0, 0]), ([3], [2, 2, 0]), ([-1], [2, 2, 0]), ([0], [2, 3, 0])] {
        assert_eq!(load(&file(&roots, &yes)).unwrap_err().code(), Code::ModelMalformed);
    }
}

#[test]
fn a_tree_with_more_ways_than_anybody_wrote() {
    let depth = 500;
    let mut nodes = vec![("BRANCH_LEQ", 0.5, 1, 2)];
    for level in 1..depth {
        nodes.extend([("BRANCH_LEQ", 0.5, 2 * level + 1, 2 * level + 2); 2]);
    }
    nodes.extend([LEAF, LEAF]);
    let last = nodes.len() as i64 - 1;
    let regressor = trees("TreeEnsembleRegressor", &nodes, &[(last - 1, 0, 1.0), (last, 0, 2.0)], &[int("n_targets", 1)]);
    let e = load(&File::of(vec![regressor], 1)).unwrap_err();
    assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelMalformed, "more ways to the leaves than the limit"));
}

/// Two classes by one score s: 1 / (1 + e⁻ˢ), whose small side a ranking goes by.
#[test]
fn small_probabilities_keep_their_digits() {
    let logistic = |s: f64| 1.0 / (1.0 + (-s).exp());
    let both = |s: &f32| [logistic(-f64::from(*s)), logistic(f64::from(*s))];
    let ports = |file: &mut File, width| {
        (file.inputs, file.outputs) = (vec![port("x", 1, &[-1, 1])], vec![port("label", 7, &[-1]), port("y", 1, &[-1, width])]);
    };
    let more = [ints("classlabels_int64s", &[0, 1]), text("post_transform", "LOGISTIC")];
    for score in [-17.25_f32, -43.0, -86.5] {
        let nodes = [("BRANCH_LEQ", 0.0, 1, 2), LEAF, LEAF];
        let tree = trees("TreeEnsembleClassifier", &nodes, &[(1, 0, score), (2, 0, -score)], &more);
        let mut file = File::of(vec![tree], 2);
        ports(&mut file, 2);
        let answer = run(&file, vec![column(&[0.0, 1.0])]).unwrap();
        assert_eq!(answer[0].values, Values::I64(vec![0, 1]));
        near(&reals(&answer[1]), &[both(&score), both(&-score)].concat());
    }
    let x = [-17.25_f32, -86.5, 0.0, 20.0];
    let more = [ints("classlabels_ints", &[0, 1]), text("post_transform", "LOGISTIC")];
    for (weights, zeros) in [(vec![1.0], vec![0.0]), (vec![-1.0, 1.0], vec![0.0, 0.0])] {
        let linear = [floats("coefficients", &weights), floats("intercepts", &zeros)];
        let mut file = File::of(vec![node("ml:LinearClassifier", "x", "label y", &[&linear[..], &more].concat())], 2);
        ports(&mut file, 2);
        near(&reals(&run(&file, vec![column(&x)]).unwrap()[1]), &x.iter().flat_map(both).collect::<Vec<_>>());
    }
    let scaler = node("ml:Scaler", "x", "s", &[floats("offset", &[0.0]), floats("scale", &[1.0])]);
    let file = File::of(vec![scaler, node("Sigmoid", "s", "y", &[])], 1);
    near(&reals(&run(&file, vec![column(&x)]).unwrap()[0]), &x.map(|s| logistic(f64::from(s))));
}

/// A forest trained on one class, as scikit-learn exports it: its votes sum up to 1.
#[test]
fn one_class() {
    let nodes = [LEAF];
    for (labels, want, kind) in [
        (ints("classlabels_int64s", &[7]), Values::I64(vec![7, 7]), 7),
        (texts("classlabels_strings", &["only"]), Values::Str(vec!["only".into(); 2]), 8),
    ] {
        let tree =
            |post| trees("TreeEnsembleClassifier", &nodes, &[(0, 0, 1.0)], &[labels.clone(), text("post_transform", post)]);
        let mut file = File::of(vec![tree("NONE")], 1);
        file.outputs.insert(0, port("label", kind, &[-1]));
        let answer = run(&file, vec![column(&[0.0, 1.0])]).unwrap();
        assert_eq!((&answer[0].values, &answer[1]), (&want, &column(&[1.0, 1.0])));
        // LightGBM writes this, and answers two columns.
        file.nodes = vec![tree("LOGISTIC")];
        assert_eq!(load(&file).unwrap_err().code(), Code::ModelOperatorUnsupported);
    }
}

/// Files of version 3 list all weights as inputs. From version 4 on such a weight is what counts where none is given.
#[test]
fn an_input_given_takes_the_place_of_its_initializer() {
    let scaler = node("ml:Scaler", "x", "s", &[floats("offset", &[0.0]), floats("scale", &[1.0])]);
    let tabular = vec![scaler, node("Mul", "s w", "y", &[])];
    let mut all = vec![tabular];
    if cfg!(feature = "onnx") {
        all.push(vec![node("Mul", "x w", "y", &[])]);
    }
    for nodes in all {
        let mut file = File::of(nodes, 2);
        file.constants = vec![weight("w", &[2], &[2.0, 3.0])];
        file.inputs.insert(0, port("w", 1, &[2]));
        let (x, w) = (Tensor::f32(vec![1, 2], vec![1.0, 10.0]), Tensor::f32(vec![2], vec![5.0, 7.0]));
        let mut graph = load(&file).unwrap();
        let ports: Vec<(&str, bool)> = graph.interface().inputs.iter().map(|p| (p.name.as_str(), p.optional)).collect();
        assert_eq!(ports, [("x", false), ("w", true)]);
        for _ in 0..2 {
            assert_eq!(reals(&graph.run(vec![x.clone()]).unwrap()[0]), [2.0, 30.0]);
            assert_eq!(reals(&graph.run(vec![x.clone(), w.clone()]).unwrap()[0]), [5.0, 70.0]);
        }
        let other = Tensor::i64(vec![2], vec![5, 7]);
        for inputs in [vec![], vec![x.clone(), other], vec![x.clone(), w.clone(), w.clone()]] {
            assert_eq!(graph.run(inputs).unwrap_err().code(), Code::ModelMismatch);
        }
        assert_eq!(reals(&graph.run(vec![x.clone()]).unwrap()[0]), [2.0, 30.0]);
        file.version = 3;
        let mut graph = load(&file).unwrap();
        assert_eq!(graph.interface().inputs.len(), 1);
        assert_eq!(graph.run(vec![x.clone(), w]).unwrap_err().code(), Code::ModelMismatch);
        assert_eq!(reals(&graph.run(vec![x]).unwrap()[0]), [2.0, 30.0]);
    }
}

fn row() -> Vec<Tensor> {
    vec![Tensor::f32(vec![1, 3], vec![1.0, 2.0, 3.0])]
}

/// Why a file is refused.
fn refusal(file: &File) -> Error {
    load(file).and_then(|mut graph| graph.run(row())).unwrap_err()
}

/// Why the tabular engine refuses a file. Planned, where this build plans such graphs, it is refused too.
fn tabular_refusal(file: &File) -> Error {
    let planned = refusal(file);
    assert!(matches!(planned.code(), Code::ModelMalformed | Code::ModelOperatorUnsupported), "{planned}");
    let limits = ModelLimits::default();
    TabularModel::load(&file.bytes(), &limits.file, &limits.trees).and_then(|mut model| model.run(row())).unwrap_err()
}

#[test]
fn malformed_declarations_are_refused() {
    let scaler = || node("ml:Scaler", "x", "s", &[floats("offset", &[0.0]), floats("scale", &[1.0])]);
    let of = |more: &[Vec<u8>]| File::of([&[scaler()], more].concat(), 3);
    let with = |constants: &[Vec<u8>]| File { constants: constants.to_vec(), ..of(&[node("Add", "s w", "y", &[])]) };
    let add = || of(&[node("Add", "s s", "y", &[])]);
    let bad_kind = |kind, value: Vec<u8>| field(5, &[field(1, b"axis"), value, whole(20, kind)].concat());
    let softmax = |attributes: &[Vec<u8>]| of(&[node("Softmax", "s", "y", attributes)]);
    assert!(load(&add()).is_ok() && load(&softmax(&[int("axis", 1)])).is_ok());
    // What is 0 may be left out.
    assert!(load(&softmax(&[bad_kind(2, Vec::new())])).is_ok());
    for (what, file) in [
        ("number of inputs or outputs of an operator", of(&[node("Add", "s", "y", &[])])),
        ("number of inputs or outputs of an operator", of(&[node("Add", "s s s", "y", &[])])),
        ("number of inputs or outputs of an operator", of(&[node("Abs", "s s", "y", &[])])),
        ("number of inputs or outputs of an operator", of(&[node("Abs", "", "y", &[])])),
        ("number of inputs or outputs of an operator", of(&[node("Abs", "s", "y z", &[])])),
        ("node without output", of(&[node("Abs", "s", "", &[]), node("Neg", "s", "y", &[])])),
        ("graph without output", File { outputs: Vec::new(), ..add() }),
        ("name defined twice", File { inputs: vec![port("x", 1, &[-1, 3]), port("x", 1, &[-1, 3])], ..add() }),
        ("name defined twice", with(&[weight("w", &[1], &[1.0]), weight("w", &[1], &[0.0])])),
        ("attribute given twice", softmax(&[int("axis", 1), int("axis", 0)])),
        ("attribute of another type than it declares", softmax(&[bad_kind(2, whole(8, 1))])),
        ("attribute of another type than it declares", softmax(&[bad_kind(1, whole(3, 1))])),
        ("attribute of another type than its operator wants", softmax(&[ints("axis", &[1])])),
        ("negative dimension", with(&[weight("w", &[-1], &[1.0])])),
        ("negative dimension", with(&[weight("w", &[-1, -1], &[1.0])])),
        ("number of values in a tensor", with(&[weight("w", &[3], &[1.0])])),
        ("number of values in a tensor", with(&[constant("w", 1, &[1], &whole(5, 1))])),
        ("strings as bytes", with(&[constant("w", 8, &[1], &[field(9, b"a"), field(6, b"a")].concat())])),
    ] {
        let e = tabular_refusal(&file);
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelMalformed, what));
    }
    // Said to be integers, answered as floats.
    let e = tabular_refusal(&File { outputs: vec![port("y", 7, &[-1, 3])], ..add() });
    assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::ModelMalformed, "i64"));
}

/// Every prefix and every flipped bit is an error or a model that answers or fails.
#[test]
fn broken_files_never_panic() {
    let regressor = trees("TreeEnsembleRegressor", &CHAIN, &[(3, 0, 1.0), (4, 0, 2.0), (5, 0, -7.0)], &[int("n_targets", 1)]);
    let scaler = node("ml:Scaler", "x", "s", &[floats("offset", &[0.0]), floats("scale", &[1.0])]);
    let mut given = File::of(vec![scaler, node("Mul", "s w", "y", &[])], 1);
    given.constants = vec![weight("w", &[1], &[2.0])];
    given.inputs.push(port("w", 1, &[1]));
    for (file, inputs) in [(File::of(vec![regressor], 1), 1), (given, 2)] {
        let (mut bytes, inputs) = (file.bytes(), vec![column(&[2.0]), Tensor::f32(vec![1], vec![3.0])][..inputs].to_vec());
        let try_it = |bytes: &[u8]| {
            Graph::load(bytes, &ModelLimits::default()).and_then(|mut graph| graph.run(inputs.clone())).map(drop).is_ok()
        };
        assert!(try_it(&bytes) && (0..bytes.len()).filter(|end| try_it(&bytes[..*end])).count() < 40);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            try_it(&bytes);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[cfg(feature = "onnx")]
mod full {
    use super::*;
    use crate::attribute::test;

    #[test]
    fn malformed_declarations_are_refused() {
        let of = |nodes: &[Vec<u8>]| File::of(nodes.to_vec(), 3);
        assert!(load(&of(&[node("Clip", "x", "y", &[])])).is_ok());
        for (what, file) in [
            ("input missing, number", of(&[node("Add", "x", "y", &[])])),
            ("input that the operator does not have", of(&[node("Add", "x x x", "y", &[])])),
            ("input that the operator does not have", of(&[node("Relu", "x x", "y", &[])])),
            ("node without output", of(&[node("Relu", "x", "", &[]), node("Relu", "x", "y", &[])])),
        ] {
            let e = refusal(&file);
            assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelMalformed, what));
        }
        let e = refusal(&of(&[node("ml:Relu", "x", "y", &[])]));
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelOperatorUnsupported, "Relu"));
        let e = refusal(&File { outputs: vec![port("y", 7, &[-1, 3])], ..of(&[node("Relu", "x", "y", &[])]) });
        assert_eq!((e.code(), e.details()[2].1.as_str()), (Code::ModelMalformed, "f32"));
    }

    #[test]
    fn the_ends_of_a_sigmoid() {
        let mut file = File::of(vec![node("Sigmoid", "x", "s", &[]), node("Cast", "s", "y", &[int("to", 7)])], 8);
        file.outputs = vec![port("s", 1, &[-1, 8]), port("y", 7, &[-1, 8])];
        let x = [-86.5, -17.25, 0.0, 9.0, 15.0, 20.0, f32::INFINITY, f32::NEG_INFINITY];
        let answer = run(&file, vec![Tensor::f32(vec![1, 8], x.to_vec())]).unwrap();
        near(&reals(&answer[0]), &x.map(|s| 1.0 / (1.0 + (-f64::from(s)).exp())));
        assert_eq!(answer[1].values, Values::I64(vec![0, 0, 0, 0, 0, 1, 1, 0]));
        let answer = run(&file, vec![Tensor::f32(vec![1, 8], vec![f32::NAN; 8])]).unwrap();
        assert!(reals(&answer[0]).iter().all(|v| v.is_nan()));
    }

    #[test]
    fn the_ends_of_tanh() {
        let file = File::of(vec![node("Tanh", "x", "y", &[])], 8);
        let x = [-1e-6, 1e-20, 0.5, 20.0, -20.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        let answer = reals(&run(&file, vec![Tensor::f32(vec![1, 8], x.to_vec())]).unwrap()[0]);
        near(&answer[..7], &x.map(|v| f64::from(v).tanh())[..7]);
        assert!(answer.iter().all(|v| v.abs() <= 1.0 || v.is_nan()) && answer[7].is_nan());
    }

    /// Along rows and columns, from both ends: the lower place first, 0 and −0 alike, NaN above all, whatever its sign.
    #[test]
    fn equal_values_stand_in_their_order() {
        let x = vec![0.0, -0.0, 0.0, 5.0, f32::NAN, 5.0, -1.0, 5.0, -f32::NAN, 5.0, -0.0, 0.0];
        for (axis, largest, want) in [
            (1, 0, vec![0, 1, 2, 2, 1, 3, 2, 3, 1]),
            (1, 1, vec![3, 0, 1, 0, 1, 3, 0, 1, 2]),
            (0, 0, vec![0, 0, 1, 2, 1, 1, 0, 0, 2, 2, 2, 1]),
            (0, 1, vec![1, 1, 0, 0, 2, 2, 2, 1, 0, 0, 1, 2]),
        ] {
            let attributes = [int("axis", axis), int("largest", largest)];
            let mut file = File::of(vec![node("TopK", "x k", "v y", &attributes)], 4);
            file.constants = vec![constant("k", 7, &[1], &field(9, &3_i64.to_le_bytes()))];
            file.inputs = vec![port("x", 1, &[3, 4])];
            file.outputs = vec![port("y", 7, &[3, if axis == 1 { 3 } else { 4 }])];
            let answer = run(&file, vec![Tensor::f32(vec![3, 4], x.clone())]).unwrap();
            assert_eq!(answer[0].values, Values::I64(want), "{axis} {largest}");
        }
    }
}
