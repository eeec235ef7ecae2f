//! What a graph of open shapes takes: whole bytes, counted by the allocator.
#![cfg(feature = "plan")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use allocation_counter::measure;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use writer::File;

#[path = "suite/writer.rs"]
mod writer;

const WIDTH: usize = 192;
const LAYERS: usize = 8;

/// So many layers of a matrix, as exporters write them: some turned.
fn file() -> Vec<u8> {
    let mut file = File::default();
    let shape = ["n", &WIDTH.to_string()];
    file.open_input("x0", 1, &shape);
    for at in 0..LAYERS {
        let values: Vec<f32> = (0..WIDTH * WIDTH).map(|i| ((i * 37 + at) % 23) as f32 / 500.0).collect();
        let (matrix, from, to) = (format!("w{at}"), format!("x{at}"), format!("x{}", at + 1));
        file.floats(&matrix, &[WIDTH, WIDTH], &values);
        let turned = writer::Attribute::Int((at % 2) as i64);
        file.node("Gemm", &[&from, &matrix], &[&to], &[("transB", turned)]);
    }
    file.open_output(&format!("x{LAYERS}"), 1, &shape);
    file.finish()
}

#[test]
fn weights_are_held_once_whatever_the_shapes() {
    let bytes = file();
    let stored = bytes.len() as i64;
    let run = |graph: &mut Graph, rows: usize| {
        let x = Tensor { shape: vec![rows, WIDTH], values: Values::F32(vec![0.5; rows * WIDTH]) };
        graph.run(vec![x]).unwrap().remove(0)
    };
    let mut held = None;
    let taken = measure(|| {
        let mut graph = Graph::open(bytes, &ModelLimits::default()).unwrap();
        let (one, three) = (run(&mut graph, 1), run(&mut graph, 3));
        // The same row comes out the same, however many there are.
        let (Values::F32(one), Values::F32(three)) = (&one.values, &three.values) else { panic!("floats") };
        assert_eq!(one[..], three[..WIDTH]);
        held = Some(graph);
    });
    drop(held);
    // The file was there before, and is not any more.
    let live = stored + taken.bytes_current;
    assert!(live as f64 <= 1.05 * stored as f64, "{live} of {stored}");
}
