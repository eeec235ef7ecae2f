//! The operators of ai.onnx.ml beside others in one plan.

use crate::cases;
use crate::writer::{Attribute, File, OPEN};
use nearhand_onnx::{Code, Error, Graph, Input, ModelLimits, Plan, Tensor, Values};

const ML: &str = "ai.onnx.ml";
const TEXT: u64 = 8;

/// A file with operators of ai.onnx.ml.
fn file() -> File {
    let mut file = File::default();
    file.ml = 3;
    file
}

fn texts(shape: &[usize], texts: &[&str]) -> Tensor {
    Tensor { shape: shape.to_vec(), values: Values::Str(texts.iter().map(|t| (*t).to_owned()).collect()) }
}

fn load(file: &File) -> Result<Graph, Error> {
    Graph::load(&file.finish(), &ModelLimits::default())
}

/// Encoders in front of forests, forests in front of networks, texts in and out: as onnxruntime answers
/// (`tools/conformance/models/mixed.py`).
#[test]
fn mixed_graphs_answer_as_onnxruntime_does() {
    let (index, body) = cases::open(include_bytes!("../../../../tests/conformance/mixed.cases"));
    assert!(index.cases.len() > 10);
    for case in &index.cases {
        if let Err(cases::Failure::Refused(why) | cases::Failure::Wrong(why)) = case.run(body) {
            panic!("{}: {why}", case.name);
        }
    }
}

/// A file with one forest of stumps: 1 up to 0.5 and 2 beyond, by the first of two columns, from `x` to `y`.
fn stump(file: &mut File, x: &str, y: &str) {
    let ints = |list: &[i64]| Attribute::Ints(list.to_vec());
    let attributes = [
        ("nodes_treeids", ints(&[0; 3])),
        ("nodes_nodeids", ints(&[0, 1, 2])),
        ("nodes_featureids", ints(&[0; 3])),
        ("nodes_modes", Attribute::Texts(vec!["BRANCH_LEQ", "LEAF", "LEAF"])),
        ("nodes_values", Attribute::Floats(vec![0.5, 0.0, 0.0])),
        ("nodes_truenodeids", ints(&[1, 0, 0])),
        ("nodes_falsenodeids", ints(&[2, 0, 0])),
        ("target_treeids", ints(&[0, 0])),
        ("target_nodeids", ints(&[1, 2])),
        ("target_ids", ints(&[0, 0])),
        ("target_weights", Attribute::Floats(vec![1.0, 2.0])),
        ("n_targets", Attribute::Int(1)),
    ];
    file.node_of(ML, "TreeEnsembleRegressor", &[x], &[y], &attributes);
}

/// x · w, into a forest, times 10: an input of open rows and two columns.
fn network_and_forest() -> File {
    let mut file = file();
    file.input("x", 1, &[OPEN, OPEN]);
    file.floats("w", &[2, 2], &[1.0, 0.0, 0.0, 1.0]);
    file.floats("ten", &[], &[10.0]);
    file.node("MatMul", &["x", "w"], &["h"], &[]);
    stump(&mut file, "h", "t");
    file.node("Mul", &["t", "ten"], &["y"], &[]);
    file.output("y", 1, &[]);
    file
}

#[test]
fn a_forest_between_arithmetic_is_read_once_for_all_numbers_of_rows() {
    let mut graph = load(&network_and_forest()).unwrap();
    // More numbers of rows than plans are kept: each is planned anew, of a file whose trees are not read again.
    for rows in [1_usize, 2, 3, 9, 17, 1, 2] {
        let x: Vec<f32> = (0..rows * 2).map(|i| if i % 4 == 0 { 0.25 } else { 0.75 }).collect();
        let want: Vec<f32> = (0..rows).map(|row| if row % 2 == 0 { 10.0 } else { 20.0 }).collect();
        assert_eq!(graph.run(vec![Tensor::f32(vec![rows, 2], x)]).unwrap(), [Tensor::f32(vec![rows, 1], want)]);
    }
    // Of a batch of none there is nothing to say.
    assert_eq!(graph.run(vec![Tensor::f32(vec![0, 2], vec![])]).unwrap(), [Tensor::f32(vec![0, 1], vec![])]);
    let plain = |e: Error| e.code();
    assert_eq!(graph.run(vec![Tensor::f32(vec![1, 3], vec![0.0; 3])]).map_err(plain), Err(Code::ModelMalformed));
    assert_eq!(graph.run(vec![Tensor::i64(vec![1, 2], vec![0; 2])]).map_err(plain), Err(Code::ModelMismatch));
}

#[test]
fn a_plan_of_a_forest_allocates_for_one_row_as_for_many() {
    let onnx = network_and_forest().finish();
    let inputs = [Input { name: "x", dtype: "f32", shape: vec![3, 2] }];
    let mut plan = Plan::build(&onnx, &inputs, &[0], &ModelLimits::default()).unwrap();
    assert_eq!((plan.engine(), plan.output(0)), ("nearhand", Some(("f32", vec![3, 1]))));
    let x = [Tensor::f32(vec![3, 2], vec![0.5, 0.0, 0.6, 0.0, f32::NAN, 0.0])];
    assert_eq!(plan.run(&x).unwrap().f32(0), Some(&[10.0, 20.0, 20.0][..]));
}

/// What a tabular graph may leave unsaid, and how old it may be.
#[test]
fn old_files_and_files_that_say_little() {
    for opset in [1, 6, 20] {
        let mut file = file();
        file.opset = opset;
        file.input("x", 1, &[1, 2]);
        stump(&mut file, "x", "t");
        file.node("Add", &["t", "t"], &["y"], &[]);
        file.output("y", 1, &[]);
        let mut graph = load(&file).unwrap();
        // Two rows, though the file says one.
        let x = Tensor::f32(vec![2, 2], vec![0.0, 9.0, 1.0, 9.0]);
        assert_eq!(graph.run(vec![x]).unwrap(), [Tensor::f32(vec![2, 1], vec![2.0, 4.0])]);
    }
    // Of a newer set nobody knows what it means, if it is used.
    let mut file = file();
    file.ml = 6;
    file.input("x", 1, &[1, 2]);
    file.node("Neg", &["x"], &["n"], &[]);
    file.output("n", 1, &[]);
    assert!(load(&file).is_ok());
    stump(&mut file, "x", "t");
    file.output("t", 1, &[]);
    assert_eq!(load(&file).map(|_| ()).unwrap_err().code(), Code::ModelOperatorUnsupported);
}

/// Texts that go through: as they came, picked, compared, joined, and found.
#[test]
fn texts_that_nobody_knows_go_through_and_are_forgotten() {
    let mut file = file();
    file.input("a", TEXT, &[2]);
    file.input("b", TEXT, &[2]);
    file.ints("last", &[1], &[-1]);
    file.node("Concat", &["a", "b"], &["all"], &[("axis", Attribute::Int(0))]);
    file.node("Gather", &["all", "last"], &["end"], &[]);
    file.node("Equal", &["a", "b"], &["same"], &[]);
    file.node("Where", &["same", "a", "b"], &["either"], &[]);
    let keys = [
        ("keys_strings", Attribute::Texts(vec!["x", "y", "x"])),
        ("values_floats", Attribute::Floats(vec![1.5, 2.5, 9.0])),
        ("default_float", Attribute::Float(-1.0)),
    ];
    file.node_of(ML, "LabelEncoder", &["all"], &["found"], &keys);
    for (name, kind) in [("all", TEXT), ("end", TEXT), ("same", 9), ("either", TEXT), ("found", 1)] {
        file.output(name, kind, &[]);
    }
    let mut graph = load(&file).unwrap();
    for stranger in ["s", "", "x\0", "another"] {
        let got = graph.run(vec![texts(&[2], &["x", stranger]), texts(&[2], &["y", stranger])]).unwrap();
        assert_eq!(got[0], texts(&[4], &["x", stranger, "y", stranger]));
        assert_eq!((&got[1], &got[3]), (&texts(&[1], &[stranger]), &texts(&[2], &["y", stranger])));
        assert_eq!(got[2].values, Values::Bool(vec![false, true]));
        assert_eq!(got[4], Tensor::f32(vec![4], vec![1.5, -1.0, 2.5, -1.0]));
    }
}

#[test]
fn whole_numbers_become_texts_that_are_found() {
    let mut file = file();
    file.input("x", 7, &[3]);
    file.floats("half", &[], &[0.5]);
    file.node("Cast", &["x"], &["t"], &[("to", Attribute::Int(8))]);
    file.node_of(ML, "OneHotEncoder", &["t"], &["hot"], &[("cats_strings", Attribute::Texts(vec!["7", "-12"]))]);
    file.node("Mul", &["hot", "half"], &["y"], &[]);
    file.output("t", TEXT, &[3]);
    file.output("y", 1, &[3, 2]);
    let mut graph = load(&file).unwrap();
    for _ in 0..2 {
        let got = graph.run(vec![Tensor::i64(vec![3], vec![-12, 7, 8])]).unwrap();
        assert_eq!(got[0], texts(&[3], &["-12", "7", "8"]));
        assert_eq!(got[1], Tensor::f32(vec![3, 2], vec![0.0, 0.5, 0.5, 0.0, 0.0, 0.0]));
    }
}

#[test]
fn texts_are_no_numbers() {
    let refused = |operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)], kind: u64| {
        let mut file = file();
        file.input("t", TEXT, &[2]);
        file.input("x", 1, &[2]);
        let domain = if operator == "Normalizer" || operator == "LabelEncoder" { ML } else { "" };
        file.node_of(domain, operator, inputs, &["y"], attributes);
        file.output("y", kind, &[2]);
        let given = vec![texts(&[2], &["a", "b"]), Tensor::f32(vec![2], vec![0.0; 2])];
        let error = load(&file).and_then(|mut graph| graph.run(given)).unwrap_err();
        assert!(error.details().contains(&("operator", operator.to_owned())), "{error}");
        error.code()
    };
    use Code::{ModelFailed, ModelOperatorUnsupported as Unsupported};
    for operator in ["Add", "Relu", "ReduceSum", "Sign", "Less", "Max", "Softmax", "ArgMax", "TopK"] {
        assert_eq!(refused(operator, &["t", "t"], &[], TEXT), Unsupported, "{operator}");
    }
    assert_eq!(refused("BitCast", &["t"], &[("to", Attribute::Int(7))], 7), Unsupported);
    assert_eq!(refused("BitCast", &["t"], &[("to", Attribute::Int(8))], TEXT), Unsupported);
    // How many digits a float gets, and what of a text is a number, engines see differently.
    assert_eq!(refused("Cast", &["x"], &[("to", Attribute::Int(8))], TEXT), Unsupported);
    assert_eq!(refused("Cast", &["t"], &[("to", Attribute::Int(1))], 1), Unsupported);
    // A place, a shape, a condition: never the number that a text has in the plan.
    assert_eq!(refused("Gather", &["x", "t"], &[], 1), Unsupported);
    assert_eq!(refused("Where", &["t", "x", "x"], &[], 1), Unsupported);
    assert_eq!(refused("Reshape", &["x", "t"], &[], 1), Unsupported);
    assert_eq!(refused("Normalizer", &["t"], &[], 1), Unsupported);
    let keys = [("keys_int64s", Attribute::Ints(vec![0])), ("values_int64s", Attribute::Ints(vec![5]))];
    assert_eq!(refused("LabelEncoder", &["t"], &keys, 7), ModelFailed);
}

#[test]
fn rows_are_held_to_the_limit_before_they_are_walked() {
    let limits = ModelLimits { graph: nearhand_onnx::GraphLimits { products: 100, ..Default::default() }, ..Default::default() };
    let mut graph = Graph::load(&network_and_forest().finish(), &limits).unwrap();
    assert!(graph.run(vec![Tensor::f32(vec![2, 2], vec![0.0; 4])]).is_ok());
    let many = graph.run(vec![Tensor::f32(vec![40, 2], vec![0.0; 80])]);
    assert_eq!(many.unwrap_err().code(), Code::ModelTooLarge);
}
