//! States that are what another state was: they cross as they stand, and no run loses one.

use crate::writer::Attribute;
use crate::writer::File;
use nearhand_onnx::{Graph, ModelLimits, State, Tensor, Values};

/// Two states of one shape, `a2` and `b2` behind them, and `y`, which is `b + x`.
fn graph(rows: &str, nodes: &[(&str, &str)]) -> Graph {
    let mut file = File::default();
    for name in ["x", "a", "b"] {
        file.open_input(name, 1, &[rows, "2"]);
    }
    file.node("Add", &["b", "x"], &["y"], &[]);
    for (from, to) in nodes {
        file.node("Identity", &[from], &[to], &[]);
    }
    for name in ["y", "a2", "b2"] {
        file.open_output(name, 1, &[rows, "2"]);
    }
    let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
    graph.declare_states(&[("a", "a2"), ("b", "b2")]).unwrap();
    graph
}

/// Another number in every place.
fn filled(rows: usize, first: f32) -> Tensor {
    Tensor::f32(vec![rows, 2], (0..rows * 2).map(|at| first + at as f32 / 16.0).collect())
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    let Values::F32(values) = &tensor.values else { panic!("{tensor:?}") };
    values.clone()
}

/// Runs once, after a run that was ended, and answers what `b` was.
fn before(graph: &mut Graph, state: &mut State, x: &Tensor) -> Vec<f32> {
    let held = |state: &State| ["a", "b"].map(|name| state.get(name).ok());
    let was = held(state);
    let ended = graph.run_state(state, vec![x.clone()], &mut |_, _| false).unwrap_err();
    assert_eq!(ended.code().as_str(), "model-failed");
    if was[0].is_some() {
        assert_eq!(held(state), was);
    }
    let y = graph.run_state(state, vec![x.clone()], &mut |_, _| true).unwrap();
    numbers(&y[0]).iter().zip(numbers(x)).map(|(y, x)| y - x).collect()
}

#[test]
fn a_delay_line_hands_its_values_on() {
    for (open, rows) in [("n", 1), ("n", 3), ("1", 1), ("3", 3)] {
        let mut graph = graph(open, &[("a", "b2"), ("x", "a2")]);
        let mut state = graph.state();
        for turn in 0..6 {
            let want = if turn < 2 { vec![0.0; rows * 2] } else { numbers(&filled(rows, (turn - 2) as f32)) };
            assert_eq!(before(&mut graph, &mut state, &filled(rows, turn as f32)), want, "{open} {rows} {turn}");
        }
    }
}

#[test]
fn states_change_places() {
    for (open, rows) in [("n", 1), ("n", 3), ("1", 1), ("3", 3)] {
        let mut graph = graph(open, &[("a", "b2"), ("b", "a2")]);
        let mut state = graph.state();
        let (a, b) = (filled(rows, 8.0), filled(rows, 32.0));
        state.set("a", &a).unwrap();
        state.set("b", &b).unwrap();
        for turn in 0..5 {
            let (of_a, of_b) = if turn % 2 == 0 { (&a, &b) } else { (&b, &a) };
            assert_eq!(&state.get("a").unwrap(), of_a, "{open} {rows} {turn}");
            assert_eq!(before(&mut graph, &mut state, &filled(rows, 1.0)), numbers(of_b), "{open} {rows} {turn}");
        }
    }
}

/// A state that is a part of itself, from further on.
#[test]
fn a_window_loses_its_first_value() {
    let mut file = File::default();
    file.open_input("past", 1, &["n"]);
    file.ints("from", &[1], &[1]);
    file.ints("to", &[1], &[i64::MAX]);
    file.node("Neg", &["past"], &["y"], &[]);
    file.node("Slice", &["past", "from", "to"], &["rest"], &[] as &[(&str, Attribute)]);
    file.open_output("y", 1, &["n"]);
    file.open_output("rest", 1, &["m"]);
    let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
    graph.declare_states(&[("past", "rest")]).unwrap();
    let mut state = graph.state();
    state.set("past", &Tensor::f32(vec![4], vec![1.0, 2.0, 3.0, 4.0])).unwrap();
    for want in [vec![-1.0, -2.0, -3.0, -4.0], vec![-2.0, -3.0, -4.0], vec![-3.0, -4.0], vec![-4.0]] {
        let y = graph.run_state(&mut state, vec![], &mut |_, _| true).unwrap();
        assert_eq!(numbers(&y[0]), want);
    }
}
