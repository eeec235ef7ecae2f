//! What a graph may ask for is held against the limits before anything is allocated or run.
use nearhand_onnx::{Code, Graph, GraphLimits, ModelLimits};

use crate::writer::File;

fn refusal(file: File, graph: GraphLimits) -> Option<Code> {
    Graph::load(&file.finish(), &ModelLimits { graph, ..ModelLimits::default() }).err().map(|e| e.code())
}

#[test]
fn steps_that_read_much_and_answer_little_are_held_to_the_limit() {
    let loaded = |products| {
        let mut file = File::default();
        file.input("x", 1, &[100]);
        for step in ["a", "b", "c", "d"] {
            file.node("ReduceMax", &["x"], &[step], &[]);
            file.output(step, 1, &[1]);
        }
        refusal(file, GraphLimits { products, ..GraphLimits::default() })
    };
    assert_eq!((loaded(399), loaded(400)), (Some(Code::ModelTooLarge), None));
}

#[test]
fn what_packed_matrices_are_filled_up_with_is_held_to_the_limit() {
    let loaded = |total_elements| {
        let mut file = File::default();
        file.input("x", 1, &[1, 64]);
        file.floats("w", &[64, 1], &[1.0; 64]);
        file.node("MatMul", &["x", "w"], &["y"], &[]);
        file.output("y", 1, &[1, 1]);
        refusal(file, GraphLimits { total_elements, ..GraphLimits::default() })
    };
    // 64 and 64 values, one, and panels of eight columns where there is one.
    assert_eq!((loaded(64 + 64 + 7 * 64), loaded(64 + 64 + 1 + 7 * 64)), (Some(Code::ModelTooLarge), None));
}
