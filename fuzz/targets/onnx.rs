//! Any bytes as an ONNX file: loaded, and where that succeeds run once on small inputs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nearhand_onnx::file::Limits;
use nearhand_onnx::{Graph, GraphLimits, ModelLimits, Tensor, Values};

/// Small, so that an execution is short; the code that holds them is that of any other limits.
fn limits() -> ModelLimits {
    ModelLimits {
        file: Limits { bytes: 1 << 20, nodes: 256, elements: 1 << 16, ..Limits::default() },
        graph: GraphLimits { tensor_elements: 1 << 16, total_elements: 1 << 18, nodes: 512, products: 1 << 18, turns: 1 << 8 },
        ..ModelLimits::default()
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(mut graph) = Graph::load(data, &limits()) else { return };
    let mut inputs = Vec::new();
    for port in &graph.interface().inputs {
        let shape: Vec<usize> = port.dims.iter().map(|d| d.unwrap_or(2)).collect();
        let Some(n) = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= 1 << 14) else { return };
        let values = match port.dtype.as_str() {
            "f32" => Values::F32((0..n).map(|i| i as f32 - 1.5).collect()),
            "f64" => Values::F64((0..n).map(|i| i as f64 - 1.5).collect()),
            "i64" => Values::I64((0..n).map(|i| i as i64 - 1).collect()),
            "i32" => Values::I32((0..n).map(|i| i as i32 - 1).collect()),
            "i8" => Values::I8((0..n).map(|i| i as i8).collect()),
            "u8" => Values::U8((0..n).map(|i| i as u8).collect()),
            "bool" => Values::Bool((0..n).map(|i| i % 2 == 0).collect()),
            "str" => Values::Str((0..n).map(|i| i.to_string()).collect()),
            _ => return,
        };
        inputs.push(Tensor { shape, values });
    }
    let _ = graph.run(inputs);
});
