//! The graph that makes a query of a session's vectors: ours, written here, so that nobody needs one of their own.
//!
//! Inputs `items` `[window, d]` (newest last, zeros in front of a shorter session) and `mask` `[window]`; output `query` `[d]`:
//!
//! ```text
//! w = mask · weights, q = (w · items) / Σ w; with cosine q / √(Σ q² + 10⁻²⁴)
//! ```

use super::query::{Query, Score};
use crate::onnx::{FLOAT, Graph};
use nearhand::bundle::{Align, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec};

/// Under the root, so that a session of items without vectors asks for nothing and is not divided by it.
const NOTHING: f32 = 1e-24;

/// The graph and its interface. The items' rows are `dim` values wide; `window` events are looked at.
pub(super) fn query_model(query: Query, score: Score, dim: usize, window: usize) -> (ModelSpec, Vec<u8>) {
    let window = query.window(window);
    let mut g = Graph::default();
    let q = pooled(&mut g, query, score, "items", window, dim);
    let flat = g.ints("flat", &[dim as i64]);
    g.op("Reshape", &[&q, &flat], "query");
    let inputs = [("items", FLOAT, &[window, dim][..]), ("mask", FLOAT, &[window])];
    let onnx = g.finish("session-query", &inputs, ("query", &[dim]));
    let spec = ModelSpec {
        inputs: vec![input("items", Feature::ItemVector, &[window, dim], "f32"), input("mask", Feature::Mask, &[window], "f32")],
        output: OutputSpec { name: "query".to_owned(), kind: OutputKind::Query, width: dim, offset: 0 },
        engine: None,
    };
    (spec, onnx)
}

/// The query `[1, d]` of the rows of a window.
pub(super) fn pooled(g: &mut Graph, query: Query, score: Score, rows: &str, window: usize, dim: usize) -> String {
    let line = g.ints("line", &[1, window as i64]);
    let weights = g.floats("weights", &[1, window], &query.weights(window));
    let mask = g.op("Reshape", &["mask", &line], "");
    let w = g.op("Mul", &[&mask, &weights], "");
    let ones = g.floats("ones", &[window, 1], &vec![1.0; window]);
    let sum = g.op("MatMul", &[&w, &ones], "");
    let q = g.op("MatMul", &[&w, rows], "");
    let q = g.op("Div", &[&q, &sum], "");
    if score == Score::Dot {
        return q;
    }
    let square = g.op("Mul", &[&q, &q], "");
    let across = g.floats("across", &[dim, 1], &vec![1.0; dim]);
    let sum = g.op("MatMul", &[&square, &across], "");
    let nothing = g.floats("nothing", &[], &[NOTHING]);
    let sum = g.op("Add", &[&sum, &nothing], "");
    let length = g.op("Sqrt", &[&sum], "");
    g.op("Div", &[&q, &length], "")
}

/// An input whose newest event stands last.
pub(super) fn input(name: &str, feature: Feature, shape: &[usize], dtype: &str) -> InputSpec {
    InputSpec { name: name.to_owned(), feature, shape: shape.to_vec(), dtype: dtype.to_owned(), align: Align::Right }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand::model::{Model, PlannedModel};
    use nearhand_onnx::Tensor;

    fn asked(query: Query, score: Score, window: usize, events: &[[f32; 2]]) -> Vec<f32> {
        let (spec, onnx) = query_model(query, score, 2, window);
        let mut model = PlannedModel::load(&onnx, &spec, &nearhand_onnx::ModelLimits::default()).unwrap();
        let window = spec.inputs[1].shape[0];
        let events = &events[events.len().saturating_sub(window)..];
        let pad = window - events.len();
        let rows: Vec<f32> = [vec![0.0; 2 * pad], events.concat()].concat();
        let mask: Vec<f32> = (0..window).map(|i| f32::from(u8::from(i >= pad))).collect();
        let mut answer = Vec::new();
        let inputs = [Tensor::f32(vec![window, 2], rows), Tensor::f32(vec![window], mask)];
        model.run(&inputs, events.len(), &mut answer).unwrap();
        answer
    }

    fn close(got: &[f32], want: [f32; 2]) {
        assert!(got.len() == 2 && got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {want:?}");
    }

    #[test]
    fn queries_by_hand() {
        let events = [[1.0, 0.0], [0.0, 1.0], [3.0, 1.0]];
        close(&asked(Query::Mean, Score::Dot, 5, &events), [4.0 / 3.0, 2.0 / 3.0]);
        // (0.25 · a + 0.5 · b + c) / 1.75
        close(&asked(Query::Decay(0.5), Score::Dot, 5, &events), [3.25 / 1.75, 1.5 / 1.75]);
        close(&asked(Query::Last, Score::Dot, 5, &events), [3.0, 1.0]);
        // The window cuts the oldest off.
        close(&asked(Query::Mean, Score::Dot, 2, &events), [1.5, 1.0]);
        close(&asked(Query::Mean, Score::Dot, 3, &events[..1]), [1.0, 0.0]);
        let root = 5_f32.sqrt();
        close(&asked(Query::Mean, Score::Cosine, 5, &events), [2.0 / root, 1.0 / root]);
        close(&asked(Query::Mean, Score::Cosine, 5, &[[0.0, 0.0]]), [0.0, 0.0]);
    }
}
