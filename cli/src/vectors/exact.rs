//! Vectors of 16 or 32 bits stand in the graph itself, which answers with the product of the query and every item.
//!
//! Inputs `ids` `[window]` (newest last) and `mask` `[window]`; output `logits`, one an item:
//!
//! ```text
//! table = 16 or 32 bits, [items, d];  q = that of `graph` over table[ids];  x = table · q
//! ```
//! In 32 bits these are the numbers that Python gets, but for the order of the sums. Halves are made 32 bits wide when the
//! graph is loaded, and computed with as such.

use super::graph::{input, pooled};
use super::query::{Query, Score};
use super::stored::unit_rows;
use crate::onnx::{FLOAT, FLOAT16, Graph, INT64, whole};
use nearhand::bundle::{Feature, ModelSpec, OutputKind, OutputSpec};
use nearhand::{Code, Error, Result};
use nearhand_onnx::file::Limits;

/// The largest half.
const LARGEST_HALF: f32 = 65_504.0;

/// The graph and its interface, for rows of `dim` values in 16 or 32 bits.
///
/// # Errors
/// `invalid-option` with item and value where a value is beyond the halves; `model-too-large` with both sizes.
pub(super) fn exact_model(
    query: Query,
    score: Score,
    values: &[f32],
    dim: usize,
    bits: usize,
    window: usize,
) -> Result<(ModelSpec, Vec<u8>)> {
    let window = query.window(window);
    let items = values.len() / dim.max(1);
    let limit = Limits::default().bytes;
    let bytes = values.len().saturating_mul(bits / 8);
    if bytes >= limit {
        let why = "vectors of so many bits make the graph larger than an engine reads: --bits 8 or fewer stand beside it";
        let error = Error::new(Code::ModelTooLarge, why).with("option", "--bits").with("value", bits);
        return Err(error.with("items", items).with("dim", dim).with("bytes", bytes).with("limit", limit));
    }
    let units;
    let values = match score {
        Score::Dot => values,
        Score::Cosine => {
            units = unit_rows(values, dim);
            &units
        }
    };
    let mut g = Graph::default();
    let table = if bits == 16 {
        let halves = halves(values, dim)?;
        let halves = g.tensor("halves", &[items, dim], FLOAT16, &halves);
        g.node("Cast", &[&halves], "table", &whole("to", FLOAT as u8))
    } else {
        g.floats("table", &[items, dim], values)
    };
    let rows = g.node("Gather", &[&table, "ids"], "", &whole("axis", 0));
    let q = pooled(&mut g, query, score, &rows, window, dim);
    let upright = g.ints("upright", &[dim as i64, 1]);
    let q = g.op("Reshape", &[&q, &upright], "");
    let x = g.op("MatMul", &[&table, &q], "");
    let flat = g.ints("flat", &[items as i64]);
    g.op("Reshape", &[&x, &flat], "logits");
    let inputs = [("ids", INT64, &[window][..]), ("mask", FLOAT, &[window])];
    let onnx = g.finish("session-logits", &inputs, ("logits", &[items]));
    let index = Feature::ItemIndex { offset: 0, pad: 0 };
    let spec = ModelSpec {
        inputs: vec![input("ids", index, &[window], "i64"), input("mask", Feature::Mask, &[window], "f32")],
        output: OutputSpec { name: "logits".to_owned(), kind: OutputKind::Logits, width: items, offset: 0 },
        engine: None,
    };
    Ok((spec, onnx))
}

/// Half-precision bytes, little-endian.
pub(crate) fn halves(values: &[f32], dim: usize) -> Result<Vec<u8>> {
    if let Some(at) = values.iter().position(|v| v.abs() > LARGEST_HALF) {
        return Err(Error::new(Code::OptionInvalid, "a value is beyond the largest of 16 bits, 65504: give --bits 32 or 8")
            .with("option", "--bits")
            .with("value", 16)
            .with("item", at / dim.max(1))
            .with("number", values.get(at).copied().unwrap_or_default()));
    }
    Ok(values.iter().flat_map(|v| half(*v).to_le_bytes()).collect())
}

/// The half nearest to a value of at most [`LARGEST_HALF`], ties to even (IEEE 754-2019, 4.3.1), the least ones included.
fn half(value: f32) -> u16 {
    let (sign, magnitude) = ((value.to_bits() >> 31 << 15) as u16, value.abs());
    if magnitude < 6.103_515_6e-5 {
        // A multiple of 2⁻²⁴; 1024 of them are the least normal half, whose bits follow.
        return sign | (magnitude * 16_777_216.0).round_ties_even() as u16;
    }
    let bits = magnitude.to_bits() - (112 << 23);
    // Rounds 23 bits of fraction to 10; a carry goes into the exponent.
    sign | ((bits + 0xFFF + (bits >> 13 & 1)) >> 13) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand::model::{Model, PlannedModel};
    use nearhand_onnx::Tensor;
    use nearhand_onnx::file::f16_to_f32;

    const ROWS: [f32; 6] = [1.0, 0.0, 0.5, 0.5, -1.0, 2.0];

    fn logits(query: Query, score: Score, bits: usize, session: &[i64]) -> Vec<f32> {
        let (spec, onnx) = exact_model(query, score, &ROWS, 2, bits, 4).unwrap();
        let mut model = PlannedModel::load(&onnx, &spec, &nearhand_onnx::ModelLimits::default()).unwrap();
        let window = spec.inputs[0].shape[0];
        let session = &session[session.len().saturating_sub(window)..];
        let pad = window - session.len();
        let ids = [vec![0; pad], session.to_vec()].concat();
        let mask: Vec<f32> = (0..window).map(|i| f32::from(u8::from(i >= pad))).collect();
        let mut answer = Vec::new();
        let inputs = [Tensor::i64(vec![window], ids), Tensor::f32(vec![window], mask)];
        model.run(&inputs, session.len(), &mut answer).unwrap();
        answer
    }

    #[test]
    fn logits_by_hand() {
        let close = |got: &[f32], want: [f32; 3]| {
            assert!(got.len() == 3 && got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {want:?}");
        };
        for bits in [16, 32] {
            // q = (0.75, 0.25): padding is item 0 and does not count.
            close(&logits(Query::Mean, Score::Dot, bits, &[0, 1]), [0.75, 0.5, -0.25]);
            close(&logits(Query::Last, Score::Dot, bits, &[0, 2]), [-1.0, 0.5, 5.0]);
        }
        let (half, long) = (0.5_f32.sqrt(), 1.0 / 5_f32.sqrt());
        close(&logits(Query::Last, Score::Cosine, 32, &[1]), [half, 1.0, half * long]);
    }

    #[test]
    fn halves_are_the_nearest() {
        for bits in (0..0x7C00).chain(0x8000..0xFC00) {
            assert_eq!(half(f16_to_f32(bits)), bits, "{bits:04x}");
        }
        // Between 1 and its neighbour 1 + 2⁻¹⁰: the even one is 1.
        assert_eq!([half(1.0 + 2_f32.powi(-11)), half(1.0 + 3.0 * 2_f32.powi(-11)), half(65_504.0)], [0x3C00, 0x3C02, 0x7BFF]);
    }

    #[test]
    fn what_is_too_large_is_refused_with_both_sides() {
        let error = exact_model(Query::Mean, Score::Dot, &[1.0, 65_536.0], 1, 16, 4).unwrap_err();
        assert_eq!((error.code(), error.details()[2].1.as_str()), (Code::OptionInvalid, "1"));
        assert!(exact_model(Query::Mean, Score::Dot, &[1.0, 65_536.0], 1, 32, 4).is_ok());
        let many = vec![0.5; 17 << 20];
        let error = exact_model(Query::Mean, Score::Dot, &many, 64, 32, 4).unwrap_err();
        assert_eq!((error.code(), error.details().last().unwrap().1.as_str()), (Code::ModelTooLarge, "67108864"));
    }
}
