//! Runs a file of cases (`tools/conformance/store.py` says how it is laid out) natively and says what comes out wrong or is
//! refused: `cargo run --release -p nearhand-onnx --example cases -- FILE [PATTERN] [-v]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use nearhand_onnx::{Code, Graph, ModelLimits, Tensor, Values};
use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// `node`, `group` and others are for the runner in JavaScript.
    #[serde(default)]
    expect: Option<String>,
}

#[derive(Deserialize)]
struct Set {
    #[serde(rename = "in")]
    inputs: Vec<Packed>,
    out: Vec<Packed>,
}

#[derive(Deserialize)]
struct Packed(String, String, Vec<usize>, i64, i64);

fn unpack(Packed(_, dtype, shape, at, length): &Packed, body: &[u8]) -> Option<Tensor> {
    let at = usize::try_from(*at).ok()?;
    let bytes = &body[at..at + usize::try_from(*length).ok()?];
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
        _ => return None,
    };
    Some(Tensor { shape: shape.clone(), values })
}

fn near(a: f64, b: f64, rtol: f64, atol: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (b.is_finite() && (a - b).abs() <= atol + rtol * b.abs())
}

fn equal(have: &Tensor, want: &Tensor, rtol: f64, atol: f64) -> bool {
    have.shape == want.shape
        && match (&have.values, &want.values) {
            (Values::F32(a), Values::F32(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near((*a).into(), (*b).into(), rtol, atol))
            }
            (Values::F64(a), Values::F64(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(*a, *b, rtol, atol)),
            (a, b) => a == b,
        }
}

/// What came of a case: passed, refused (why), or wrong (why).
fn outcome(case: &Case, body: &[u8]) -> Result<(), (bool, String)> {
    let said = |e: nearhand_onnx::Error| (matches!(e.code(), Code::ModelMalformed), e.to_string());
    let mut graph = Graph::load(&body[case.model.0..case.model.0 + case.model.1], &ModelLimits::default()).map_err(said)?;
    for set in &case.sets {
        let inputs: Option<Vec<Tensor>> = set.inputs.iter().map(|t| unpack(t, body)).collect();
        let inputs = inputs.ok_or((false, "an input of another type".to_owned()))?;
        let answers = graph.run(inputs).map_err(said)?;
        for (have, packed) in answers.iter().zip(&set.out) {
            let want = unpack(packed, body).ok_or((false, "an output of another type".to_owned()))?;
            if !equal(have, &want, case.rtol, case.atol) {
                return Err((true, format!("output {}: {have:?} for {want:?}", packed.0).chars().take(400).collect()));
            }
        }
    }
    Ok(())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = std::fs::read(arguments.next().expect("a file of cases")).unwrap();
    let rest: Vec<String> = arguments.collect();
    let verbose = rest.iter().any(|a| a == "-v");
    let pattern = rest.iter().find(|a| *a != "-v").cloned().unwrap_or_default();
    assert_eq!(&file[..8], b"NHCASES1");
    let length = u32::from_le_bytes(file[8..12].try_into().unwrap()) as usize;
    let (index, body) = file[12..].split_at(length);
    let index: Index = serde_json::from_slice(index).unwrap();
    let (mut passed, mut refused, mut wrong) = (0, 0, 0);
    let mut why: BTreeMap<String, usize> = BTreeMap::new();
    for case in index.cases.iter().filter(|c| c.name.contains(&pattern)) {
        let _ = &case.expect;
        match outcome(case, body) {
            Ok(()) => passed += 1,
            Err((true, text)) => {
                wrong += 1;
                println!("WRONG {}: {text}", case.name);
            }
            Err((false, text)) => {
                refused += 1;
                if verbose {
                    println!("refused {}: {text}", case.name);
                }
                let short = text.split(" node=").next().unwrap_or(&text).to_owned();
                *why.entry(short).or_default() += 1;
            }
        }
    }
    let mut why: Vec<_> = why.into_iter().collect();
    why.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    for (text, n) in why.iter().take(if verbose { 400 } else { 40 }) {
        println!("{n:5}  {text}");
    }
    println!("cases passed={passed} refused={refused} wrong={wrong}");
}
