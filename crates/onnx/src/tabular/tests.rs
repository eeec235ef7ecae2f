//! What operators refuse; what they answer is held against onnxruntime in `tests/suite/tabular.rs`.

use super::*;
use crate::file::Limits;
use crate::tensor::Values;

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 1 << 14);
    [&[number << 3 | 2, bytes.len() as u8 | 0x80, (bytes.len() >> 7) as u8], bytes].concat()
}

enum Attribute {
    Int(&'static str, u8),
    Ints(&'static str, Vec<u8>),
    Floats(&'static str, Vec<f32>),
    Text(&'static str, &'static str),
    Texts(&'static str, Vec<&'static str>),
}

fn attribute(a: &Attribute) -> Vec<u8> {
    let (name, kind, value) = match a {
        Attribute::Int(n, v) => (n, 2, vec![3 << 3, *v]),
        Attribute::Ints(n, v) => (n, 7, v.iter().flat_map(|v| [8 << 3, *v]).collect()),
        Attribute::Floats(n, v) => (n, 6, field(7, &v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>())),
        Attribute::Text(n, v) => (n, 3, field(4, v.as_bytes())),
        Attribute::Texts(n, v) => (n, 8, v.iter().flat_map(|v| field(9, v.as_bytes())).collect()),
    };
    field(5, &[field(1, name.as_bytes()), value, vec![0xa0, 1, kind]].concat())
}

/// A graph of one node from float inputs a, b, … to y.
fn file(domain: &str, operator: &str, inputs: usize, attributes: &[Attribute]) -> Vec<u8> {
    let names: Vec<String> = (0..inputs).map(|i| char::from(b'a' + i as u8).to_string()).collect();
    let io = names.iter().flat_map(|n| field(1, n.as_bytes())).chain(field(2, b"y"));
    let attributes = attributes.iter().flat_map(attribute);
    let node: Vec<u8> = io.chain(field(4, operator.as_bytes())).chain(attributes).chain(field(7, domain.as_bytes())).collect();
    // ValueInfo: name, type { tensor_type { elem_type FLOAT } }.
    let port = |n: &str| [field(1, n.as_bytes()), field(2, &field(1, &[1 << 3, 1]))].concat();
    let ports = names.iter().flat_map(|n| field(11, &port(n))).chain(field(12, &port("y")));
    let opset = |d: &str, v: u8| field(8, &[field(1, d.as_bytes()), vec![2 << 3, v]].concat());
    [field(7, &field(1, &node).into_iter().chain(ports).collect::<Vec<_>>()), opset("", 17), opset("ai.onnx.ml", 3)].concat()
}

fn load(bytes: &[u8]) -> Result<TabularModel> {
    TabularModel::load(bytes, &Limits::default(), &TreeLimits::default())
}

fn ml(operator: &str, attributes: &[Attribute]) -> Result<TabularModel> {
    load(&file("ai.onnx.ml", operator, 1, attributes))
}

use Attribute::*;

#[test]
fn a_small_file_runs() {
    let mut model = ml("Scaler", &[Floats("offset", vec![1.0]), Floats("scale", vec![2.0])]).unwrap();
    let answer = model.run(vec![Tensor::f32(vec![1, 2], vec![3.0, 1.0])]).unwrap();
    assert_eq!(answer, [Tensor::f32(vec![1, 2], vec![4.0, 0.0])]);
}

#[test]
fn what_is_not_known_is_refused() {
    // An operator of the other domain, an attribute nobody reads, a newer operator set.
    for (domain, operator) in [("", "Scaler"), ("com.microsoft", "Identity")] {
        let e = load(&file(domain, operator, 1, &[])).unwrap_err();
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelOperatorUnsupported, operator));
    }
    let e = load(&file("", "Identity", 1, &[Int("novelty", 1)])).unwrap_err();
    assert_eq!((e.code(), e.details().last().unwrap().1.as_str()), (Code::ModelOperatorUnsupported, "novelty"));
    let newer = [file("", "Identity", 1, &[]), field(8, &[2 << 3, 99])].concat();
    // The first import of a domain counts.
    assert!(load(&newer).is_ok());
    let newer = [field(8, &[2 << 3, 99]), file("", "Identity", 1, &[])].concat();
    assert_eq!(load(&newer).unwrap_err().code(), Code::ModelOperatorUnsupported);
    assert_eq!(load(&file("", "Cast", 1, &[Int("to", 14)])).unwrap_err().code(), Code::ModelOperatorUnsupported);
}

#[test]
fn malformed_attributes_are_refused() {
    let cases: &[(&str, &[Attribute])] = &[
        ("Scaler", &[]),
        ("Scaler", &[Floats("offset", vec![1.0]), Floats("scale", vec![1.0, 2.0])]),
        ("Scaler", &[Ints("offset", vec![1]), Floats("scale", vec![1.0])]),
        ("Imputer", &[]),
        ("Imputer", &[Floats("imputed_value_floats", vec![1.0]), Ints("imputed_value_int64s", vec![1])]),
        ("Normalizer", &[Text("norm", "L3")]),
        ("FeatureVectorizer", &[]),
        ("LabelEncoder", &[Texts("keys_strings", vec!["a"])]),
        ("LabelEncoder", &[Texts("keys_strings", vec!["a"]), Ints("values_int64s", vec![1, 2])]),
        ("LabelEncoder", &[Texts("keys_strings", vec!["a"]), Ints("keys_int64s", vec![1]), Ints("values_int64s", vec![1])]),
        ("OneHotEncoder", &[]),
        ("OneHotEncoder", &[Texts("cats_strings", vec!["a"]), Ints("cats_int64s", vec![1])]),
        ("LinearRegressor", &[]),
        ("LinearRegressor", &[Floats("coefficients", vec![1.0]), Floats("intercepts", vec![1.0, 2.0])]),
        ("LinearRegressor", &[Floats("coefficients", vec![1.0]), Int("targets", 0)]),
        ("LinearRegressor", &[Floats("coefficients", vec![1.0]), Text("post_transform", "TANH")]),
        ("LinearClassifier", &[Floats("coefficients", vec![1.0]), Floats("intercepts", vec![1.0])]),
        ("TreeEnsembleRegressor", &[Int("n_targets", 1)]),
        ("TreeEnsembleClassifier", &[Int("n_targets", 1)]),
        ("TreeEnsemble", &[Int("n_targets", 1)]),
    ];
    for (operator, attributes) in cases {
        assert_eq!(ml(operator, attributes).unwrap_err().code(), Code::ModelMalformed, "{operator}");
    }
}

#[test]
fn what_an_operator_cannot_do_names_it() {
    let row = || Tensor::f32(vec![1, 2], vec![0.5, f32::NAN]);
    let linear = [Floats("coefficients", vec![1.0; 3])];
    let cases: Vec<(&str, Vec<u8>, Vec<Tensor>)> = vec![
        (
            "Scaler",
            file("ai.onnx.ml", "Scaler", 1, &[Floats("offset", vec![1.0; 3]), Floats("scale", vec![2.0; 3])]),
            vec![row()],
        ),
        ("Binarizer", file("ai.onnx.ml", "Binarizer", 1, &[]), vec![row()]),
        ("LinearRegressor", file("ai.onnx.ml", "LinearRegressor", 1, &linear), vec![row()]),
        ("OneHotEncoder", file("ai.onnx.ml", "OneHotEncoder", 1, &[Ints("cats_int64s", vec![7]), Int("zeros", 0)]), vec![row()]),
        (
            "LabelEncoder",
            file("ai.onnx.ml", "LabelEncoder", 1, &[Ints("keys_int64s", vec![1]), Ints("values_int64s", vec![1])]),
            vec![row()],
        ),
        ("Imputer", file("ai.onnx.ml", "Imputer", 1, &[Ints("imputed_value_int64s", vec![7])]), vec![row()]),
        ("FeatureVectorizer", file("ai.onnx.ml", "FeatureVectorizer", 1, &[Ints("inputdimensions", vec![1, 1])]), vec![row()]),
        ("ArrayFeatureExtractor", file("ai.onnx.ml", "ArrayFeatureExtractor", 2, &[]), vec![row(), row()]),
        ("Add", file("", "Add", 2, &[]), vec![row(), Tensor::f32(vec![3], vec![0.0; 3])]),
        ("Concat", file("", "Concat", 2, &[Int("axis", 0)]), vec![row(), Tensor::f32(vec![1, 3], vec![0.0; 3])]),
        ("Concat", file("", "Concat", 1, &[Int("axis", 2)]), vec![row()]),
        ("MatMul", file("", "MatMul", 2, &[]), vec![row(), row()]),
        ("Reshape", file("", "Reshape", 2, &[]), vec![row(), row()]),
        ("Gather", file("", "Gather", 2, &[]), vec![row(), row()]),
        ("ReduceSum", file("", "ReduceSum", 1, &[Ints("axes", vec![1, 1])]), vec![row()]),
        // A million rows against a million columns.
        (
            "Mul",
            file("", "Mul", 2, &[]),
            vec![Tensor::f32(vec![1 << 16, 1], vec![0.0; 1 << 16]), Tensor::f32(vec![1, 1 << 16], vec![0.0; 1 << 16])],
        ),
    ];
    for (operator, bytes, inputs) in cases {
        let e = load(&bytes).unwrap().run(inputs).unwrap_err();
        assert_eq!(e.code(), Code::ModelFailed, "{operator}");
        assert!(e.details().contains(&("operator", operator.to_owned())), "{e}");
    }
}

#[test]
fn a_call_that_fails_leaves_nothing_behind() {
    let mut model = load(&file("", "Add", 2, &[])).unwrap();
    let row = |n: usize| Tensor::f32(vec![n], vec![1.0; n]);
    assert!(model.run(vec![row(2), row(3)]).is_err());
    assert_eq!(model.run(vec![row(2), row(2)]).unwrap()[0].values, Values::F32(vec![2.0; 2]));
}
