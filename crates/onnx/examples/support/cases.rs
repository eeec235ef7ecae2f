//! Files of cases, models with inputs and the answers wanted, as `tools/conformance/store.py` lays them out.

use nearhand_onnx::{Code, Graph, ModelLimits, Tensor, Values};
use serde::Deserialize;

/// What a file holds.
#[derive(Deserialize)]
pub(crate) struct Index {
    pub(crate) cases: Vec<Case>,
}

/// A model with what it is to answer.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Place and length in the body.
    model: (usize, usize),
    rtol: f64,
    atol: f64,
    pub(crate) sets: Vec<Set>,
    /// `pass`: the engine has answered this right before.
    #[serde(default)]
    pub(crate) expect: Option<String>,
}

/// Inputs and the outputs wanted.
#[derive(Deserialize)]
pub(crate) struct Set {
    #[serde(rename = "in")]
    pub(crate) inputs: Vec<Packed>,
    out: Vec<Packed>,
}

/// Name, element type, shape, place and length in the body; a place below 0 holds what no tensor here can be.
#[derive(Deserialize)]
pub(crate) struct Packed(String, String, Vec<usize>, i64, i64);

/// What came of a case that is not answered right.
pub(crate) enum Failure {
    /// With a code that refuses a sound model, or for a type that does not cross the boundary.
    Refused(String),
    /// Anything else.
    Wrong(String),
}

/// The index of a file, and its body.
pub(crate) fn open(file: &[u8]) -> (Index, &[u8]) {
    assert_eq!(&file[..8], b"NHCASES1");
    let length = u32::from_le_bytes(file[8..12].try_into().unwrap()) as usize;
    let (index, body) = file[12..].split_at(length);
    (serde_json::from_slice(index).unwrap(), body)
}

/// The tensor, where it is one of [`Values`].
pub(crate) fn unpack(Packed(_, dtype, shape, at, length): &Packed, body: &[u8]) -> Option<Tensor> {
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

impl Case {
    /// The model's bytes.
    pub(crate) fn model<'b>(&self, body: &'b [u8]) -> &'b [u8] {
        &body[self.model.0..self.model.0 + self.model.1]
    }

    /// Runs every set of inputs and holds the answers against those wanted.
    pub(crate) fn run(&self, body: &[u8]) -> Result<(), Failure> {
        let failed = |e: nearhand_onnx::Error| match e.code() {
            Code::ModelMalformed | Code::ModelExternalData => Failure::Wrong(e.to_string()),
            _ => Failure::Refused(e.to_string()),
        };
        let other = || Failure::Refused("a type that no tensor here has".to_owned());
        let mut graph = Graph::load(self.model(body), &ModelLimits::default()).map_err(failed)?;
        for set in &self.sets {
            let inputs: Option<Vec<Tensor>> = set.inputs.iter().map(|t| unpack(t, body)).collect();
            let answers = graph.run(inputs.ok_or_else(other)?).map_err(failed)?;
            if answers.len() != set.out.len() {
                return Err(Failure::Wrong(format!("{} outputs for {}", answers.len(), set.out.len())));
            }
            for (have, packed) in answers.iter().zip(&set.out) {
                let want = unpack(packed, body).ok_or_else(other)?;
                if !equal(have, &want, self.rtol, self.atol) {
                    let text = format!("output {}: {have:?} for {want:?}", packed.0);
                    return Err(Failure::Wrong(text.chars().take(400).collect()));
                }
            }
        }
        Ok(())
    }
}
