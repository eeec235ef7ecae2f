//! What a graph sees for three events, input by input.

use crate::graph::Graph;
use crate::onnx::{FLOAT, Graph as Writer, INT64, whole};
use crate::pack::judging::asked::views;
use crate::pack::meaning::fill::{Fill, parse};
use crate::pack::meaning::port::ports;
use crate::pack::meaning::reading::Reading;
use crate::pack::running::probe::Export;
use nearhand::EventKind;
use nearhand::bundle::{Align, OutputKind};
use std::path::Path;

/// An export that answers its input as floats.
fn export(element: u64, dims: &[usize], answered: &[usize]) -> Vec<u8> {
    let mut g = Writer::default();
    let x = g.node("Cast", &["x"], "", &whole("to", FLOAT as u8));
    let shape: Vec<i64> = answered.iter().map(|d| *d as i64).collect();
    let shape = g.ints("shape", &shape);
    g.op("Reshape", &[&x, &shape], "y");
    // Another input, so that there is one where the first is a constant.
    let window = dims.iter().max().copied().unwrap_or(1).max(4);
    g.finish("seen", &[("x", element, dims), ("i", INT64, &[window])], ("y", answered))
}

fn token(fill: Fill) -> bool {
    matches!(fill, Fill::Ids(_))
}

/// What the graph answers after the events of items 0, 1, 2 a second apart.
fn seen(bytes: &[u8], word: &str, align: Align, change: &dyn Fn(&mut Reading)) -> Vec<f32> {
    let graph = Graph::read(bytes, Path::new(".")).unwrap();
    let (inputs, outputs) = ports(&graph.bytes()).unwrap();
    let fill: Fill = parse(word).unwrap().0;
    let window = inputs[1].dims[0].fixed.unwrap();
    let mut reading = Reading {
        fills: vec![fill, if token(fill) { fill } else { parse("item-index:1:0").unwrap().0 }],
        said: vec![true, true],
        align,
        window,
        window_first: false,
        batch: 1,
        output: 0,
        kind: OutputKind::Logits,
        offset: Some(0),
        cosine: false,
        log: false,
        exact: None,
    };
    change(&mut reading);
    let shapes = {
        let export = Export { graph: &graph, inputs: &inputs, outputs: &outputs, items: 1, rows: None, rounding: 0.0 };
        export.answered(&reading).unwrap()
    };
    let items = shapes[0].shape.last().copied().unwrap();
    let export = Export { graph: &graph, inputs: &inputs, outputs: &outputs, items, rows: None, rounding: 0.0 };
    let mut events = views(&[0, 1, 2]);
    (events[1].kind, events[2].kind) = (EventKind::CartAdd, EventKind::Purchase);
    export.load(&reading, &shapes).unwrap().values(&events, None).unwrap()
}

const NONE: &dyn Fn(&mut Reading) = &|_| {};

#[test]
fn each_feature_by_hand() {
    let (whole, float) = (export(INT64, &[1, 5], &[1, 5]), export(FLOAT, &[1, 5], &[1, 5]));
    let left = |word: &str| seen(&whole, word, Align::Left, NONE);
    let right = |word: &str| seen(&whole, word, Align::Right, NONE);
    assert_eq!(left("item-index:1:0"), [1.0, 2.0, 3.0, 0.0, 0.0]);
    assert_eq!(right("item-index:0:9"), [9.0, 9.0, 0.0, 1.0, 2.0]);
    assert_eq!(left("item-index:1:0:7"), [1.0, 2.0, 3.0, 7.0, 0.0]);
    assert_eq!(right("item-index:1:0:7"), [0.0, 1.0, 2.0, 3.0, 7.0]);
    assert_eq!(left("position:1"), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(right("position:oldest:1"), [0.0, 0.0, 1.0, 2.0, 3.0]);
    assert_eq!(left("position:oldest:0"), [0.0, 1.0, 2.0, 0.0, 0.0]);
    assert_eq!(left("position:newest:1"), [3.0, 2.0, 1.0, 0.0, 0.0]);
    assert_eq!(right("recency"), [0.0, 0.0, 2.0, 1.0, 0.0]);
    assert_eq!(left("kind"), [0.0, 1.0, 3.0, 0.0, 0.0]);
    assert_eq!(left("mask"), [1.0, 1.0, 1.0, 0.0, 0.0]);
    let left = |word: &str| seen(&float, word, Align::Left, NONE);
    assert_eq!(left("mask:padding"), [0.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(left("mask:additive"), [0.0, 0.0, 0.0, -1e9, -1e9]);
    // A second between events: none before the first.
    let gaps = left("gap:0.5");
    for (gap, want) in gaps.iter().zip([0.0, 2.0, 2.0, 0.0, 0.0]) {
        assert!((gap - want).abs() < 1e-5, "{gaps:?}");
    }
}

#[test]
fn other_types_and_shapes() {
    for (name, element) in [("i32", 6), ("f32", 1), ("f64", 11), ("u8", 2)] {
        let bytes = export(element, &[1, 4], &[1, 4]);
        assert_eq!(seen(&bytes, "item-index:1:0", Align::Right, NONE), [0.0, 1.0, 2.0, 3.0], "{name}");
    }
    let truth = export(9, &[1, 4], &[1, 4]);
    assert_eq!(seen(&truth, "mask:padding", Align::Right, NONE), [1.0, 0.0, 0.0, 0.0]);
    for dims in [&[4][..], &[1, 4, 1], &[1, 1, 1, 4], &[4, 1]] {
        let bytes = export(INT64, dims, &[1, 4]);
        assert_eq!(seen(&bytes, "item-index:1:0", Align::Right, NONE), [0.0, 1.0, 2.0, 3.0], "{dims:?}");
    }
    let bytes = export(6, &[1], &[1, 1]);
    assert_eq!(seen(&bytes, "length", Align::Right, &|r| r.window = 4), [3.0]);
    assert_eq!(seen(&export(FLOAT, &[1], &[1, 1]), "const:0.25", Align::Right, &|r| r.window = 4), [0.25]);
}

#[test]
fn a_batch_that_is_fixed_answers_with_its_first_row() {
    let bytes = export(INT64, &[3, 4], &[3, 4]);
    assert_eq!(seen(&bytes, "item-index:1:0", Align::Right, &|r| r.batch = 3), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn rows_of_all_positions_are_read_at_the_newest() {
    // Each position answers its own number, and the same doubled behind it as a batch of windows would.
    let rows = export(INT64, &[1, 4], &[1, 4, 1]);
    assert_eq!(seen(&rows, "item-index:1:0", Align::Left, NONE), [3.0]);
    assert_eq!(seen(&rows, "item-index:1:0", Align::Right, NONE), [3.0]);
    assert_eq!(seen(&rows, "item-index:1:0:9", Align::Left, NONE), [9.0], "the token's own");
    assert_eq!(seen(&rows, "item-index:1:0:9", Align::Right, NONE), [9.0]);
    let batch = export(INT64, &[3, 4], &[3, 4, 1]);
    for align in [Align::Left, Align::Right] {
        assert_eq!(seen(&batch, "item-index:1:0", align, &|r| r.batch = 3), [3.0], "{align:?}");
    }
    let turned = export(INT64, &[4, 3], &[4, 3, 1]);
    for align in [Align::Left, Align::Right] {
        let change = |r: &mut Reading| (r.window, r.window_first, r.batch) = (4, true, 3);
        assert_eq!(seen(&turned, "item-index:1:0", align, &change), [3.0], "{align:?}");
    }
    // A batch as long as the window: the window is the first axis all the same.
    let square = export(INT64, &[4, 4], &[4, 4, 1]);
    let change = |r: &mut Reading| (r.window, r.window_first, r.batch) = (4, true, 4);
    assert_eq!(seen(&square, "item-index:1:0", Align::Right, &change), [3.0]);
}
