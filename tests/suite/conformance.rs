//! A part of ONNX's own node tests and of models as people export them, with onnxruntime's answers: what the engine
//! answers is right, and what it would not answer right it refuses. `tools/conformance/pack.py` makes the file, whose
//! layout stands in `store.py`; docs/conformance.md says how the whole is run.
#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use nearhand_onnx::{Code, Error, Graph, ModelLimits, Tensor, Values};
use serde::Deserialize;

const FILE: &[u8] = include_bytes!("../conformance/part.cases");

#[derive(Deserialize)]
struct Index {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    model: (usize, usize),
    rtol: f64,
    atol: f64,
    sets: Vec<Set>,
    /// `pass`: the engine has answered this right before.
    expect: Option<String>,
}

#[derive(Deserialize)]
struct Set {
    #[serde(rename = "in")]
    inputs: Vec<Packed>,
    out: Vec<Packed>,
}

/// Name, element type, shape, place and length in the body.
#[derive(Deserialize)]
struct Packed(String, String, Vec<usize>, usize, usize);

fn open() -> (Index, &'static [u8]) {
    assert_eq!(&FILE[..8], b"NHCASES1");
    let length = u32::from_le_bytes(FILE[8..12].try_into().unwrap()) as usize;
    let (index, body) = FILE[12..].split_at(length);
    (serde_json::from_slice(index).unwrap(), body)
}

fn unpack(Packed(_, dtype, shape, at, length): &Packed, body: &[u8]) -> Tensor {
    let bytes = &body[*at..at + length];
    macro_rules! numbers {
        ($kind:ident, $t:ty) => {
            Values::$kind(bytes.chunks_exact(size_of::<$t>()).map(|b| <$t>::from_le_bytes(b.try_into().unwrap())).collect())
        };
    }
    let values = match dtype.as_str() {
        "f32" => numbers!(F32, f32),
        "f64" => numbers!(F64, f64),
        "i64" => numbers!(I64, i64),
        "i32" => numbers!(I32, i32),
        "i8" => numbers!(I8, i8),
        "u8" => Values::U8(bytes.to_vec()),
        "bool" => Values::Bool(bytes.iter().map(|b| *b != 0).collect()),
        "str" => Values::Str(serde_json::from_slice(bytes).unwrap()),
        other => unreachable!("pack.py leaves {other} out"),
    };
    Tensor { shape: shape.clone(), values }
}

/// As numpy's assert_allclose: NaN is NaN, infinities are equal by sign; all but floats exactly.
fn equal(have: &Tensor, want: &Tensor, rtol: f64, atol: f64) -> bool {
    let near = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (b.is_finite() && (a - b).abs() <= atol + rtol * b.abs());
    have.shape == want.shape
        && match (&have.values, &want.values) {
            (Values::F32(a), Values::F32(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near((*a).into(), (*b).into()))
            }
            (Values::F64(a), Values::F64(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(*a, *b)),
            (a, b) => a == b,
        }
}

/// Codes that refuse a sound model.
fn refuses(error: &Error) -> bool {
    !matches!(error.code(), Code::ModelMalformed | Code::ModelExternalData)
}

/// What is wrong with the engine's answers, or nothing.
fn fault(case: &Case, body: &[u8]) -> Option<String> {
    let refused = |e: Error| (case.expect.is_some() || !refuses(&e)).then(|| e.to_string());
    let mut graph = match Graph::load(&body[case.model.0..case.model.0 + case.model.1], &ModelLimits::default()) {
        Ok(graph) => graph,
        Err(e) => return refused(e),
    };
    for set in &case.sets {
        let answers = match graph.run(set.inputs.iter().map(|t| unpack(t, body)).collect()) {
            Ok(answers) => answers,
            Err(e) => return refused(e),
        };
        if answers.len() != set.out.len() {
            return Some(format!("{} outputs for {}", answers.len(), set.out.len()));
        }
        for (have, packed) in answers.iter().zip(&set.out) {
            let want = unpack(packed, body);
            if !equal(have, &want, case.rtol, case.atol) {
                return Some(format!("output {}: {have:?} for {want:?}", packed.0).chars().take(400).collect());
            }
        }
    }
    None
}

#[test]
fn what_is_answered_is_right() {
    let (index, body) = open();
    assert!(index.cases.len() > 150, "{} cases", index.cases.len());
    let faults: Vec<String> = index.cases.iter().filter_map(|c| fault(c, body).map(|f| format!("{}: {f}", c.name))).collect();
    assert!(faults.is_empty(), "{} of {} cases are wrong:\n{}", faults.len(), index.cases.len(), faults.join("\n"));
}
