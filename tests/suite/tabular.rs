//! Tabular models, held against what onnxruntime answers (`tests/fixtures/trees.py`).
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use nearhand_onnx::file::Limits;
use nearhand_onnx::tabular::TabularModel;
use nearhand_onnx::trees::TreeLimits;
use nearhand_onnx::{Code, Result};
use nearhand_onnx::{Tensor, Values};
use safetensors::SafeTensors;
use serde_json::Value;

const MODELS: &[u8] = include_bytes!("../fixtures/tabular/models.safetensors");
const CASES: &str = include_str!("../fixtures/tabular/cases.json");

fn load(onnx: &[u8]) -> Result<TabularModel> {
    TabularModel::load(onnx, &Limits::default(), &TreeLimits::default())
}

fn model(name: &str) -> Vec<u8> {
    SafeTensors::deserialize(MODELS).unwrap().tensor(name).unwrap().data().to_vec()
}

fn tensor(json: &Value) -> Tensor {
    let list = json["values"].as_array().unwrap();
    let real = |v: &Value| v.as_str().map_or(v.as_f64().unwrap_or(f64::NAN), |t| t.parse().unwrap());
    let int = |v: &Value| v.as_i64().unwrap();
    let values = match json["dtype"].as_str().unwrap() {
        "f32" => Values::F32(list.iter().map(|v| real(v) as f32).collect()),
        "f64" => Values::F64(list.iter().map(real).collect()),
        "i64" => Values::I64(list.iter().map(int).collect()),
        "i32" => Values::I32(list.iter().map(|v| int(v) as i32).collect()),
        "bool" => Values::Bool(list.iter().map(|v| v.as_bool().unwrap()).collect()),
        _ => Values::Str(list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()),
    };
    Tensor { shape: json["shape"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect(), values }
}

fn tensors(json: &Value) -> Vec<Tensor> {
    json.as_array().unwrap().iter().map(tensor).collect()
}

/// Numbers within 1e-5, relative above 1; everything else equal.
fn same(got: &Tensor, want: &Tensor) -> bool {
    let near = |a: f64, b: f64| (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= 1e-5 * b.abs().max(1.0);
    got.shape == want.shape
        && match (&got.values, &want.values) {
            (Values::F32(a), Values::F32(b)) => a.iter().zip(b).all(|(a, b)| near(f64::from(*a), f64::from(*b))),
            (Values::F64(a), Values::F64(b)) => a.iter().zip(b).all(|(a, b)| near(*a, *b)),
            (a, b) => a == b,
        }
}

/// The first `rows` rows of each tensor.
fn head(all: &[Tensor], rows: usize) -> Vec<Tensor> {
    fn cut<T: Clone>(v: &[T], n: usize) -> Vec<T> {
        v[..n].to_vec()
    }
    all.iter()
        .map(|t| {
            let n = t.values.len() / t.shape[0] * rows;
            let values = match &t.values {
                Values::F32(v) => Values::F32(cut(v, n)),
                Values::F64(v) => Values::F64(cut(v, n)),
                Values::I64(v) => Values::I64(cut(v, n)),
                Values::I32(v) => Values::I32(cut(v, n)),
                Values::Str(v) => Values::Str(cut(v, n)),
                other => other.clone(),
            };
            let mut shape = t.shape.clone();
            shape[0] = rows;
            Tensor { shape, values }
        })
        .collect()
}

#[test]
fn every_answer_is_onnxruntimes() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let cases = cases.as_object().unwrap();
    assert!(cases.len() > 150, "{} cases", cases.len());
    for (name, case) in cases {
        let mut model = load(&model(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let want = tensors(&case["outputs"]);
        // Twice: nothing stays behind from a call.
        for _ in 0..2 {
            let got = model.run(tensors(&case["inputs"])).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(got.len() == want.len() && got.iter().zip(&want).all(|(g, w)| same(g, w)), "{name}:\n{got:?}\n{want:?}");
        }
        let ports = &model.interface().outputs;
        assert_eq!(ports.len(), want.len(), "{name}");
        for (port, want) in ports.iter().zip(&want) {
            assert_eq!(port.dtype, want.values.dtype(), "{name}: {}", port.name);
        }
    }
}

#[test]
fn one_row_answers_as_in_a_batch() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    for (name, case) in cases.as_object().unwrap().iter().filter(|(n, _)| !n.starts_with("op_")) {
        let mut model = load(&model(name)).unwrap();
        let got = model.run(head(&tensors(&case["inputs"]), 1)).unwrap();
        let want = head(&tensors(&case["outputs"]), 1);
        assert!(got.iter().zip(&want).all(|(g, w)| same(g, w)), "{name}:\n{got:?}\n{want:?}");
    }
}

#[test]
fn a_map_a_row_becomes_a_tensor() {
    let model = load(&model("sk_forest_three")).unwrap();
    let ports = &model.interface().outputs;
    assert_eq!(
        (ports[1].name.as_str(), ports[1].dtype.as_str(), &ports[1].dims[..]),
        ("output_probability", "f32", &[None, Some(3)][..])
    );
}

/// Every prefix, and every flipped bit of a small file, is an error or a model that answers or fails: never a panic.
#[test]
fn broken_files_never_panic() {
    for name in ["mode_leq", "v5_float32", "op_labels4_floats_strings", "op_layout"] {
        let cases: Value = serde_json::from_str(CASES).unwrap();
        let inputs = tensors(&cases[name]["inputs"]);
        let mut bytes = model(name);
        for end in 0..bytes.len() {
            assert!(load(&bytes[..end]).is_err() || end > 0);
        }
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(mut model) = load(&bytes) {
                let _ = model.run(inputs.clone());
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_graph_with_another_operator_is_refused_by_name() {
    let error = load(include_bytes!("../fixtures/operator_unknown.onnx")).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::ModelOperatorUnsupported, "Wonder"));
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let mut model = load(&model("mode_leq")).unwrap();
    for inputs in [
        vec![],
        vec![Tensor::f32(vec![1, 3], vec![0.0; 3])],
        vec![Tensor::f32(vec![2], vec![0.0; 2])],
        vec![Tensor::i64(vec![1, 2], vec![0; 2])],
    ] {
        assert_eq!(model.run(inputs).unwrap_err().code(), Code::ModelMismatch);
    }
    assert_eq!(model.run(vec![Tensor::f32(vec![2, 2], vec![0.0; 3])]).unwrap_err().code(), Code::ModelMalformed);
    assert_eq!(model.run(vec![Tensor::f32(vec![0, 2], vec![])]).unwrap(), [Tensor::f32(vec![0, 1], vec![])]);
}
