//! Graphs with states: any way of cutting a sequence into runs answers as one run of the whole does.

use crate::decoders::{KINDS, Kind, MOST, WORDS, decoder, draw, inputs};
use nearhand_onnx::{Error, Graph, ModelLimits, State, StateKind, Tensor, Values};

fn load(bytes: &[u8]) -> Graph {
    Graph::load(bytes, &ModelLimits::default()).unwrap()
}

fn numbers(tensor: &Tensor) -> &[f32] {
    let Values::F32(values) = &tensor.values else { panic!("{tensor:?}") };
    values
}

/// Random numbers below a bound.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 += 1;
        ((draw(1, self.0)[0] + 1.0) / 2.0 * bound as f32) as usize % bound
    }
}

fn run(graph: &mut Graph, state: &mut State, inputs: Vec<Tensor>) -> Result<Vec<Tensor>, Error> {
    graph.run_state(state, inputs, &mut |_, _| true)
}

/// Rows `from..to` of every sequence.
fn cut(ids: &[Vec<i64>], from: usize, to: usize) -> Vec<Vec<i64>> {
    ids.iter().map(|row| row[from..to].to_vec()).collect()
}

/// Inputs in the graph's order, states among them.
fn whole(graph: &Graph, given: Vec<Tensor>, state: &State) -> Vec<Tensor> {
    let mut given = given.into_iter();
    let ports = graph.interface().inputs.iter();
    ports.map(|p| state.get(&p.name).unwrap_or_else(|_| given.next().unwrap())).collect()
}

/// The logits of each row, by one run of the graph as it is.
fn at_once(graph: &mut Graph, kind: Kind, ids: &[Vec<i64>]) -> Vec<f32> {
    let mut state = graph.state();
    let port = graph.states()[0].clone();
    // Extents that are open stand in the state once it has run; here they are set.
    for port in graph.states().to_vec() {
        let shape = port.dims.iter().enumerate().map(|(axis, dim)| match (dim, port.kind) {
            (Some(dim), _) => *dim,
            (None, StateKind::Appended { axis: grows }) if grows == axis => 0,
            (None, _) => ids.len(),
        });
        let shape: Vec<usize> = shape.collect();
        let cells = shape.iter().product();
        state.set(&port.input, &Tensor::f32(shape, vec![0.0; cells])).unwrap();
    }
    let at = graph.interface().outputs.iter().position(|p| p.name == "logits").unwrap();
    let all = whole(graph, inputs(kind, ids, 0), &state);
    assert_eq!(port.input, graph.states()[0].input);
    numbers(&graph.run(all).unwrap()[at]).to_vec()
}

fn near(have: &[f32], want: &[f32]) -> bool {
    have.len() == want.len() && have.iter().zip(want).all(|(a, b)| (a - b).abs() <= 1e-5)
}

fn same(a: &State, b: &State) {
    for port in a.ports() {
        assert_eq!(a.get(&port.input).unwrap(), b.get(&port.input).unwrap(), "{}", port.input);
    }
}

#[test]
fn any_cut_of_a_sequence_answers_as_the_whole() {
    let mut dice = Dice(11);
    for (kind, batch) in KINDS.into_iter().flat_map(|kind| [(kind, 1), (kind, 3)]) {
        let mut graph = load(&decoder(kind, "batch"));
        let long = 70 + dice.below(30);
        let ids: Vec<Vec<i64>> = (0..batch).map(|_| (0..long).map(|_| dice.below(WORDS) as i64).collect()).collect();
        let want = at_once(&mut graph, kind, &ids);
        let rows = |from: usize, to: usize| -> Vec<f32> {
            (0..batch).flat_map(|b| want[(b * long + from) * WORDS..(b * long + to) * WORDS].to_vec()).collect()
        };
        let mut state = graph.state();
        let mut kept = (state.clone(), 0);
        let mut at = 0;
        let mut turns = 0;
        while at < long {
            turns += 1;
            let rows_now = if at == 0 || dice.below(5) == 0 { 1 + dice.below(40) } else { 1 };
            let to = (at + rows_now).min(long);
            let out = run(&mut graph, &mut state, inputs(kind, &cut(&ids, at, to), at)).unwrap();
            assert!(near(numbers(&out[0]), &rows(at, to)), "{kind:?} {batch} {at}..{to}");
            assert_eq!(out.len(), 1);
            at = to;
            let grows = matches!(graph.states()[0].kind, StateKind::Appended { .. });
            if grows {
                assert_eq!(state.len(), at);
            }
            // Something else is tried and taken back.
            match dice.below(6) {
                0 if turns < 200 && grows => {
                    at = dice.below(at + 1);
                    state.truncate(at).unwrap();
                }
                1 if turns < 200 => (state, at) = kept.clone(),
                2 => kept = (state.clone(), at),
                3 => {
                    let wrong = cut(&ids, 0, 2);
                    let mut other = state.clone();
                    run(&mut graph, &mut other, inputs(kind, &wrong, at)).unwrap();
                }
                4 => {
                    // Ended in the midst.
                    let stop = dice.below(40);
                    let given = inputs(kind, &cut(&ids, 0, 1 + dice.below(3)), at);
                    let before = state.clone();
                    match graph.run_state(&mut state, given, &mut |step, _| step < stop) {
                        Ok(_) => state = before,
                        Err(e) => {
                            assert_eq!(e.code().as_str(), "model-failed");
                            same(&state, &before);
                        }
                    }
                }
                _ => {}
            }
        }
        assert!(MOST > long && state.bytes() > 0);
    }
}
