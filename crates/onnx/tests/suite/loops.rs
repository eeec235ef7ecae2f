//! Loop, Scan and If: what is refused, limits, and who is asked between the steps of a body. What they answer is held against
//! onnxruntime in `tests/conformance` (`tools/conformance/models/loops.py`).

use crate::writer::{Attribute, File};
use nearhand_onnx::{Code, Error, Graph, GraphLimits, ModelLimits, Tensor, Values};

const TRUTH: u64 = 9;
const FLOAT: u64 = 1;
const INT: u64 = 7;

/// v → v + 1 for as long as v < `until`, where that is said; `rows` also answers v of each turn.
fn counting(until: Option<f32>, rows: bool) -> Vec<u8> {
    let mut body = File::default();
    body.input("i", INT, &[]);
    body.input("go", TRUTH, &[]);
    body.input("v", FLOAT, &[2]);
    body.floats("one", &[], &[1.0]);
    body.node("Add", &["v", "one"], &["w"], &[]);
    match until {
        Some(until) => {
            body.floats("until", &[], &[until]);
            body.node("ReduceMax", &["w"], &["most"], &[("keepdims", Attribute::Int(0))]);
            body.node("Less", &["most", "until"], &["on"], &[]);
        }
        None => body.node("Identity", &["go"], &["on"], &[]),
    }
    body.output("on", TRUTH, &[]);
    body.output("w", FLOAT, &[2]);
    if rows {
        body.node("Identity", &["w"], &["row"], &[]);
        body.output("row", FLOAT, &[2]);
    }
    body.graph()
}

/// A loop over a body that carries two floats from `x` to `y`, so often as `n` says where it is there: `known`, or given.
fn looped(body: Vec<u8>, known: Option<i64>, given: bool, rows: bool) -> File {
    let mut file = File::default();
    file.input("x", FLOAT, &[2]);
    let number = match known {
        Some(n) => {
            file.ints("n", &[], &[n]);
            "n"
        }
        None if given => {
            file.input("n", INT, &[]);
            "n"
        }
        None => "",
    };
    let outputs: &[&str] = if rows { &["y", "rows"] } else { &["y"] };
    file.node("Loop", &[number, "", "x"], outputs, &[("body", Attribute::Graph(body))]);
    outputs.iter().for_each(|name| file.output(name, FLOAT, &[]));
    file
}

fn load(file: &File, graph: GraphLimits) -> Result<Graph, Error> {
    Graph::load(&file.finish(), &ModelLimits { graph, ..ModelLimits::default() })
}

fn x() -> Tensor {
    Tensor::f32(vec![2], vec![0.5, -2.0])
}

fn number(n: i64) -> Tensor {
    Tensor::i64(vec![], vec![n])
}

fn floats(tensor: &Tensor) -> &[f32] {
    match &tensor.values {
        Values::F32(v) => v,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_given_number_of_turns_is_no_other_plan_and_held_to_the_limit() {
    let limits = GraphLimits { turns: 10, ..GraphLimits::default() };
    let mut graph = load(&looped(counting(None, false), None, true, false), limits).unwrap();
    for n in [3, 0, -5, 10, 1] {
        let added = n.max(0) as f32;
        assert_eq!(floats(&graph.run(vec![x(), number(n)]).unwrap()[0]), [0.5 + added, -2.0 + added]);
    }
    for n in [11, i64::MAX] {
        let e = graph.run(vec![x(), number(n)]).unwrap_err();
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelTooLarge, "10"));
    }
    // Nothing stays behind.
    assert_eq!(floats(&graph.run(vec![x(), number(2)]).unwrap()[0]), [2.5, 0.0]);
}

#[test]
fn a_condition_ends_a_loop_and_a_loop_without_end_is_ended() {
    let mut graph = load(&looped(counting(Some(7.0), false), None, false, false), GraphLimits::default()).unwrap();
    assert_eq!(floats(&graph.run(vec![x()]).unwrap()[0]), [7.5, 5.0]);
    let mut graph = load(&looped(counting(None, false), None, false, false), GraphLimits::default()).unwrap();
    let e = graph.run(vec![x()]).unwrap_err();
    assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelTooLarge, "65536"));
    // Whoever watches ends it sooner, between the steps of its body.
    let mut names = Vec::new();
    let e = graph
        .run_watched(vec![x()], &mut |step, name| {
            names.push((step, name));
            names.len() < 6
        })
        .unwrap_err();
    assert_eq!(
        (e.code(), names),
        (Code::ModelFailed, vec![(0, "Loop"), (0, "Loop"), (0, "Add"), (0, "Loop"), (0, "Add"), (0, "Loop")])
    );
}

#[test]
fn known_turns_are_held_to_the_multiplications() {
    let loaded = |n, products| {
        let limits = GraphLimits { products, turns: 1, ..GraphLimits::default() };
        load(&looped(counting(None, false), Some(n), false, false), limits).map(|_| ()).map_err(|e| e.code())
    };
    // A turn reads three numbers and has a step; the step and the turn count 256 each.
    let turn = 3 + 2 * 256;
    assert_eq!(loaded(1000, 1000 * turn + 2), Ok(()));
    assert_eq!(loaded(1000, 1000 * turn - 1), Err(Code::ModelTooLarge));
    assert_eq!(loaded(i64::MAX, 1 << 34), Err(Code::ModelTooLarge));
    // What a computed number may come to is what is left for it.
    let limits = GraphLimits { products: 100 * turn, ..GraphLimits::default() };
    let mut graph = load(&looped(counting(None, false), None, true, false), limits).unwrap();
    assert_eq!(floats(&graph.run(vec![x(), number(50)]).unwrap()[0]), [50.5, 48.0]);
    assert_eq!(graph.run(vec![x(), number(51)]).unwrap_err().code(), Code::ModelTooLarge);
}

#[test]
fn rows_of_known_number() {
    let mut graph = load(&looped(counting(None, true), Some(3), false, true), GraphLimits::default()).unwrap();
    let out = graph.run(vec![x()]).unwrap();
    assert_eq!((floats(&out[0]), floats(&out[1])), (&[3.5, 1.0][..], &[1.5, -1.0, 2.5, 0.0, 3.5, 1.0][..]));
    assert_eq!(out[1].shape, [3, 2]);
    for n in [0, -3, i64::MIN] {
        let mut graph = load(&looped(counting(None, true), Some(n), false, true), GraphLimits::default()).unwrap();
        let out = graph.run(vec![x()]).unwrap();
        assert_eq!((floats(&out[0]), &out[1].shape[..]), (&[0.5, -2.0][..], &[0, 2][..]));
    }
    // A number that is given is one that the rows depend on: a plan for each.
    let mut graph = load(&looped(counting(None, true), None, true, true), GraphLimits::default()).unwrap();
    for n in [2, 4] {
        assert_eq!(graph.run(vec![x(), number(n)]).unwrap()[1].shape, [n as usize, 2]);
    }
    // Rows of a number that only a run tells.
    let e = load(&looped(counting(Some(7.0), true), Some(9), false, true), GraphLimits::default()).map(|_| ()).unwrap_err();
    assert_eq!(e.code(), Code::ModelOperatorUnsupported);
    assert!(e.details()[0].1.contains("only a run tells"), "{e}");
}

#[test]
fn what_changes_its_shape_is_unrolled_where_its_turns_are_few() {
    let body = || {
        let mut body = File::default();
        body.input("i", INT, &[]);
        body.input("go", TRUTH, &[]);
        body.input("v", FLOAT, &[]);
        body.node("Identity", &["go"], &["on"], &[]);
        body.node("Concat", &["v", "v"], &["w"], &[("axis", Attribute::Int(0))]);
        body.output("on", TRUTH, &[]);
        body.output("w", FLOAT, &[]);
        body.graph()
    };
    let mut graph = load(&looped(body(), Some(3), false, false), GraphLimits::default()).unwrap();
    assert_eq!(graph.run(vec![x()]).unwrap()[0], Tensor::f32(vec![16], [0.5, -2.0].repeat(8)));
    // Two to the power of so many would be no tensor.
    let e = load(&looped(body(), Some(60), false, false), GraphLimits::default()).map(|_| ()).unwrap_err();
    assert_eq!(e.code(), Code::ModelTooLarge);
    let e = load(&looped(body(), Some(1 << 40), false, false), GraphLimits::default()).map(|_| ()).unwrap_err();
    assert_eq!(
        (e.code(), e.details()[0].1.as_str()),
        (Code::ModelOperatorUnsupported, "shapes or types that change from turn to turn")
    );
    let e = load(&looped(body(), None, false, false), GraphLimits::default()).map(|_| ()).unwrap_err();
    assert_eq!(
        (e.code(), e.details()[0].1.as_str()),
        (Code::ModelOperatorUnsupported, "shapes or types that change from turn to turn")
    );
}

#[test]
fn only_the_branch_that_is_taken_runs() {
    let branch = |operator: &str| {
        let mut body = File::default();
        body.node(operator, &["x"], &[operator], &[]);
        body.output(operator, FLOAT, &[2]);
        body.graph()
    };
    let mut file = File::default();
    file.input("x", FLOAT, &[2]);
    file.floats("zero", &[], &[0.0]);
    file.node("ReduceMax", &["x"], &["most"], &[("keepdims", Attribute::Int(0))]);
    file.node("Greater", &["most", "zero"], &["some"], &[]);
    let bodies = [("then_branch", Attribute::Graph(branch("Exp"))), ("else_branch", Attribute::Graph(branch("Neg")))];
    file.node("If", &["some"], &["y"], &bodies);
    file.output("y", FLOAT, &[2]);
    let mut graph = load(&file, GraphLimits::default()).unwrap();
    for (values, want, taken) in [([0.0, 1.0], [1.0, std::f32::consts::E], "Exp"), ([-1.0, -2.0], [1.0, 2.0], "Neg")] {
        let mut names = Vec::new();
        let out = graph
            .run_watched(vec![Tensor::f32(vec![2], values.to_vec())], &mut |step, name| {
                names.push((step, name));
                true
            })
            .unwrap();
        assert!(floats(&out[0]).iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{out:?}");
        let last: Vec<_> = names.iter().rev().take(2).collect();
        assert_eq!(last, [&(2, taken), &(2, "If")]);
    }
}

#[test]
fn malformed_loops_are_refused() {
    let code = |file: &File| load(file, GraphLimits::default()).map(|_| ()).unwrap_err().code();
    let scan = |attributes: &[(&str, Attribute)]| {
        let mut file = File::default();
        file.input("x", FLOAT, &[2]);
        file.node("Scan", &["x"], &["y"], attributes);
        file.output("y", FLOAT, &[]);
        file
    };
    let row = || {
        let mut body = File::default();
        body.input("r", FLOAT, &[]);
        body.node("Neg", &["r"], &["s"], &[]);
        body.output("s", FLOAT, &[]);
        Attribute::Graph(body.graph())
    };
    assert!(load(&scan(&[("body", row()), ("num_scan_inputs", Attribute::Int(1))]), GraphLimits::default()).is_ok());
    for (name, value) in [("num_scan_inputs", 0), ("num_scan_inputs", 2), ("num_scan_inputs", -1)] {
        assert_eq!(code(&scan(&[("body", row()), (name, Attribute::Int(value))])), Code::ModelMalformed);
    }
    for list in ["scan_input_axes", "scan_input_directions", "scan_output_axes", "scan_output_directions"] {
        let one = ("num_scan_inputs", Attribute::Int(1));
        assert_eq!(code(&scan(&[("body", row()), one, (list, Attribute::Ints(vec![0, 0]))])), Code::ModelMalformed);
    }
    for axes in ["scan_input_axes", "scan_output_axes"] {
        let one = ("num_scan_inputs", Attribute::Int(1));
        assert_eq!(code(&scan(&[("body", row()), one, (axes, Attribute::Ints(vec![1]))])), Code::ModelMalformed);
    }
    assert_eq!(code(&scan(&[("num_scan_inputs", Attribute::Int(1))])), Code::ModelMalformed);
    // A body of one input for two, a number that is none.
    let Attribute::Graph(body) = row() else { return };
    assert_eq!(code(&looped(body, Some(1), false, false)), Code::ModelMalformed);
    let mut file = File::default();
    file.input("x", FLOAT, &[2]);
    file.node("Loop", &["x", "", "x"], &["y"], &[("body", Attribute::Graph(counting(None, false)))]);
    file.output("y", FLOAT, &[]);
    assert_eq!(code(&file), Code::ModelOperatorUnsupported);
}

#[test]
fn a_body_may_not_take_more_memory_than_the_graph() {
    let limits = |total_elements| GraphLimits { total_elements, ..GraphLimits::default() };
    let file = looped(counting(None, false), Some(3), false, false);
    let code = |n| load(&file, limits(n)).map(|_| ()).map_err(|e| e.code());
    assert_eq!((code(8), code(64)), (Err(Code::ModelTooLarge), Ok(())));
}
