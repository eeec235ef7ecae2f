//! Tabular models, planned: onnxruntime's answers (`tests/fixtures/trees.py`), and those of [`TabularModel`], bit by bit.

use nearhand_onnx::tabular::TabularModel;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use serde_json::Value;

/// safetensors: the header's length, its JSON, and what it gives places in.
const MODELS: &[u8] = include_bytes!("../../../../tests/fixtures/tabular/models.safetensors");
const CASES: &str = include_str!("../../../../tests/fixtures/tabular/cases.json");

fn model<'m>(header: &Value, body: &'m [u8], name: &str) -> &'m [u8] {
    let place = |at: usize| header[name]["data_offsets"][at].as_u64().unwrap() as usize;
    &body[place(0)..place(1)]
}

/// The first `rows` rows, or all.
fn tensor(json: &Value, rows: Option<usize>) -> Tensor {
    let mut shape: Vec<usize> = json["shape"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let list = json["values"].as_array().unwrap();
    let row = list.len() / shape[0].max(1);
    shape[0] = rows.unwrap_or(shape[0]);
    let list = &list[..shape[0] * row];
    let real = |v: &Value| v.as_str().map_or(v.as_f64().unwrap_or(f64::NAN), |t| t.parse().unwrap());
    let values = match json["dtype"].as_str().unwrap() {
        "f32" => Values::F32(list.iter().map(|v| real(v) as f32).collect()),
        "f64" => Values::F64(list.iter().map(real).collect()),
        "i64" => Values::I64(list.iter().map(|v| v.as_i64().unwrap()).collect()),
        "i32" => Values::I32(list.iter().map(|v| v.as_i64().unwrap() as i32).collect()),
        "bool" => Values::Bool(list.iter().map(|v| v.as_bool().unwrap()).collect()),
        _ => Values::Str(list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()),
    };
    Tensor { shape, values }
}

fn tensors(json: &Value, rows: Option<usize>) -> Vec<Tensor> {
    json.as_array().unwrap().iter().map(|t| tensor(t, rows)).collect()
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

/// What trees answer is the same to the bit in both engines, and so is all else but for the order of sums.
#[test]
fn a_plan_answers_as_the_tabular_engine_does() {
    let (length, rest) = MODELS.split_first_chunk().unwrap();
    let (header, body) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: Value = serde_json::from_slice(header).unwrap();
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let limits = ModelLimits::default();
    for (name, case) in cases.as_object().unwrap() {
        let onnx = model(&header, body, name);
        let mut table = TabularModel::load(onnx, &limits.file, &limits.trees).unwrap();
        let mut graph = Graph::load(onnx, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(graph.interface(), table.interface(), "{name}");
        let all = case["inputs"][0]["shape"][0].as_u64().unwrap() as usize;
        // Rows come and go, whatever the file was exported with; graphs of single operators have inputs of other meaning.
        let whole = name.starts_with("op_");
        for rows in [all, 1, all].into_iter().filter(|rows| *rows == all || !whole) {
            let rows = (!whole).then_some(rows);
            let (inputs, want) = (tensors(&case["inputs"], rows), tensors(&case["outputs"], rows));
            let got = graph.run(inputs.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(got.len() == want.len() && got.iter().zip(&want).all(|(g, w)| same(g, w)), "{name}:\n{got:?}\n{want:?}");
            let sums = ["op_arithmetic", "op_softmax_old", "sk_calibrated", "sk_sgd"].contains(&name.as_str());
            // As text, in which NaN is NaN.
            assert!(sums || format!("{got:?}") == format!("{:?}", table.run(inputs).unwrap()), "{name}");
        }
    }
}
