//! Graphs with states: any way of cutting a sequence into runs answers as one run of the whole does.

use crate::decoders::{KINDS, Kind, MOST, WORDS, decoder, draw, inputs};
use crate::writer::Attribute::{Int, Text};
use crate::writer::File;
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

/// Plans that were made of each other, over caches that grow and are cut back, answer bit for bit what a plan made for the occasion does.
#[test]
fn the_next_plan_is_as_one_made_anew() {
    let mut dice = Dice(31);
    for (kind, batch) in KINDS.into_iter().flat_map(|kind| [(kind, 1), (kind, 2)]) {
        let file = decoder(kind, "batch");
        let mut graph = load(&file);
        if !matches!(graph.states()[0].kind, StateKind::Appended { .. }) {
            continue;
        }
        let mut state = graph.state();
        for turn in 0..40 {
            let at = state.len();
            let rows = [1, 1, 1, 2, 5][dice.below(5)];
            let ids: Vec<Vec<i64>> = (0..batch).map(|_| (0..rows).map(|_| dice.below(WORDS) as i64).collect()).collect();
            let mut anew = load(&file);
            let mut other = anew.state();
            for port in graph.states().iter().filter(|_| turn > 0) {
                other.set(&port.input, &state.get(&port.input).unwrap()).unwrap();
            }
            let have = run(&mut graph, &mut state, inputs(kind, &ids, at)).unwrap();
            let want = run(&mut anew, &mut other, inputs(kind, &ids, at)).unwrap();
            assert_eq!(have, want, "{kind:?} {batch} {at} {rows}");
            same(&state, &other);
            if dice.below(7) == 0 {
                state.truncate(1 + dice.below(state.len())).unwrap();
            }
        }
    }
}

/// A cache that is added to itself: what is added is as long as it is.
#[test]
fn rows_that_are_the_cache_again_grow_with_it() {
    let mut file = File::default();
    file.open_input("x", 1, &["n"]);
    file.open_input("past", 1, &["rows", "2"]);
    file.node("Concat", &["past", "past"], &["present"], &[("axis", Int(0))]);
    file.node("Neg", &["x"], &["y"], &[]);
    file.open_output("y", 1, &["n"]);
    file.open_output("present", 1, &["more", "2"]);
    let mut graph = load(&file.finish());
    graph.declare_states(&[("past", "present")]).unwrap();
    let mut state = graph.state();
    state.set("past", &Tensor::f32(vec![3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])).unwrap();
    for (len, cut) in [(6, 5), (10, 4), (8, 8), (16, 3)] {
        run(&mut graph, &mut state, vec![Tensor::f32(vec![1], vec![1.0])]).unwrap();
        assert_eq!(state.len(), len);
        let values = numbers(&state.get("past").unwrap()).to_vec();
        let (first, second) = values.split_at(len);
        assert_eq!(first, second, "{len}");
        state.truncate(cut).unwrap();
    }
}

#[test]
fn caches_lie_where_they_are_and_rooms_grow_by_a_quarter() {
    for kind in KINDS.into_iter().filter(|k| !matches!(k, Kind::Scatter | Kind::Lstm)) {
        let mut graph = load(&decoder(kind, "batch"));
        assert_eq!(graph.states().len(), 4);
        for (layer, ports) in graph.states().chunks(2).enumerate() {
            for (port, name) in ports.iter().zip(["key", "value"]) {
                let names = (format!("past_key_values.{layer}.{name}"), format!("present.{layer}.{name}"));
                assert_eq!((&port.input, &port.output, port.kind), (&names.0, &names.1, StateKind::Appended { axis: 2 }));
            }
        }
        let mut state = graph.state();
        assert_eq!((state.len(), state.bytes(), state.is_empty()), (0, 0, true));
        for (at, rows, room) in [(0, 60, 64), (60, 1, 64), (61, 3, 64), (64, 1, 128), (65, 64, 192)] {
            let mut steps = Vec::new();
            let ids = [vec![1; rows], vec![2; rows]];
            let given = inputs(kind, &ids, at);
            graph
                .run_state(&mut state, given, &mut |_, name| {
                    steps.push(name);
                    true
                })
                .unwrap();
            assert!(!steps.contains(&"Past") && !steps.contains(&"Concat"), "{kind:?} {steps:?}");
            assert_eq!(steps.iter().filter(|s| **s == "Append").count(), 4, "{kind:?}");
            let dims = state.dims("past_key_values.1.value").unwrap().to_vec();
            let [2, groups, len, depth] = dims[..] else { panic!("{dims:?}") };
            assert_eq!((len, state.bytes()), (at + rows, 4 * 2 * groups * room * depth * 4));
        }
    }
}

#[test]
fn sequences_of_different_lengths_are_copied_and_come_out_the_same() {
    // reasoning-from-scratch 33: a sequence answers otherwise beside a longer one. onnxruntime 21523: several rows behind a cache.
    let mut graph = load(&decoder(Kind::Grouped, "batch"));
    let ends = |ends: [i32; 2], total: i32| {
        [
            Tensor { shape: vec![2], values: Values::I32(ends.to_vec()) },
            Tensor { shape: vec![1], values: Values::I32(vec![total]) },
        ]
    };
    let ids = |rows: usize| Tensor::i64(vec![2, rows], (0..2 * rows).map(|i| i as i64 % 7).collect());
    let mut state = graph.state();
    let mut other = graph.state();
    for (rows, last, total) in [(5, [4, 2], 5), (1, [5, 3], 6), (1, [6, 4], 7)] {
        let given: Vec<Tensor> = [ids(rows)].into_iter().chain(ends(last, total)).collect();
        // As tensors, in and out.
        let mut all = whole(&graph, given.clone(), &other);
        if other.dims("past_key_values.0.key").unwrap()[0] != 2 {
            all.iter_mut().filter(|t| t.shape.len() == 4).for_each(|t| t.shape[0] = 2);
        }
        let names: Vec<String> = graph.interface().outputs.iter().map(|p| p.name.clone()).collect();
        let want = graph.run(all).unwrap();
        let mut ports = graph.states().to_vec();
        let out = run(&mut graph, &mut state, given).unwrap();
        assert!(near(numbers(&out[0]), numbers(&want[names.iter().position(|n| n == "logits").unwrap()])), "{rows} {total}");
        for port in ports.drain(..) {
            let tensor = &want[names.iter().position(|n| *n == port.output).unwrap()];
            assert_eq!(state.get(&port.input).unwrap().shape, tensor.shape);
            assert!(near(numbers(&state.get(&port.input).unwrap()), numbers(tensor)));
            other.set(&port.input, tensor).unwrap();
        }
    }
}

/// A graph that adds 1 to each of these inputs, with outputs of these names.
fn named(pairs: &[(&str, &str)], shape: &[&str]) -> Vec<u8> {
    let mut file = File::default();
    file.floats("one", &[], &[1.0]);
    for (input, output) in pairs {
        file.open_input(input, 1, shape);
        file.open_output(output, 1, shape);
        file.node("Add", &[input, "one"], &[output], &[]);
    }
    file.finish()
}

#[test]
fn names_that_follow_each_other_are_known() {
    let pairs = [
        ("past_key_values.0.encoder.key", "present.0.encoder.key"),
        ("past_conv.3", "present_conv.3"),
        ("state", "stateN"),
        ("h0", "hn"),
        ("c_0", "c_n"),
        ("h", "hn2"),
        ("cached_len_0", "new_cached_len_0"),
        ("conv_cache", "conv_cache_out"),
        ("r1i", "r1o"),
        ("hidden_in", "hidden_out"),
        ("in_cell", "out_cell"),
        ("audio", "audio_out"),
        ("image_in", "image_new"),
        ("x", "y"),
    ];
    let graph = load(&named(&pairs, &["batch", "4"]));
    let found: Vec<(&str, &str)> = graph.states().iter().map(|p| (p.input.as_str(), p.output.as_str())).collect();
    let want: Vec<(&str, &str)> = pairs[..11].iter().copied().filter(|(input, _)| *input != "h").collect();
    assert_eq!(found, want);
    assert!(graph.states().iter().all(|p| p.kind == StateKind::Replaced));
    // Two inputs side by side are no cache; behind an input of fixed length nothing grows.
    for (new, past) in [("x", "past"), ("v", "7")] {
        let mut file = File::default();
        file.open_input("a", 1, &["1", past]);
        file.open_input("x", 1, &["1", "new"]);
        file.node("Neg", &["x"], &["v"], &[]);
        file.node("Concat", &["a", new], &["y"], &[("axis", Int(1))]);
        file.open_output("y", 1, &["1", "all"]);
        assert_eq!(load(&file.finish()).states(), []);
    }
}

#[test]
fn pairs_are_declared_by_name() {
    let mut graph = load(&named(&[("x", "y"), ("z", "w")], &["batch", "2"]));
    assert_eq!(graph.states(), []);
    let refused = |graph: &mut Graph, pairs: &[(&str, &str)]| graph.declare_states(pairs).unwrap_err();
    for pairs in [&[("q", "y")][..], &[("x", "q")], &[("x", "y"), ("x", "w")], &[("x", "y"), ("z", "y")]] {
        assert_eq!(refused(&mut graph, pairs).code().as_str(), "model-mismatch");
    }
    assert_eq!(graph.states(), []);
    let before = graph.state();
    graph.declare_states(&[("x", "w")]).unwrap();
    let foreign = run(&mut graph, &mut before.clone(), vec![]).unwrap_err();
    assert_eq!(foreign.code().as_str(), "model-mismatch");
    let z = || Tensor::f32(vec![3, 2], vec![0.5; 6]);
    let mut state = graph.state();
    // w = z + 1 is the next x, and y = x + 1.
    let out = run(&mut graph, &mut state, vec![z()]).unwrap();
    assert_eq!((&out[0].shape, numbers(&out[0])), (&vec![3, 2], &[1.0; 6][..]));
    let out = run(&mut graph, &mut state, vec![z()]).unwrap();
    assert_eq!((out.len(), numbers(&out[0])), (1, &[2.5; 6][..]));
    // Of other types and shapes.
    let mut file = File::default();
    file.open_input("a", 1, &["n", "2"]);
    file.open_input("b", 7, &["n", "2"]);
    file.node("Identity", &["b"], &["c"], &[]);
    file.node("Transpose", &["a"], &["d"], &[]);
    file.node("ReduceSum", &["a"], &["e"], &[]);
    file.open_output("c", 7, &["n", "2"]);
    file.open_output("d", 1, &["2", "n"]);
    file.open_output("e", 1, &["1"]);
    let mut graph = load(&file.finish());
    for output in ["c", "d", "e"] {
        assert_eq!(refused(&mut graph, &[("a", output)]).code().as_str(), "model-mismatch", "{output}");
    }
}

#[test]
fn misuse_is_refused_and_changes_nothing() {
    let mut graph = load(&decoder(Kind::Llama, "batch"));
    let mut other = load(&decoder(Kind::Llama, "batch"));
    let ids = |rows: usize| inputs(Kind::Llama, &[vec![3; rows]], 0);
    let mut state = graph.state();
    assert_eq!(run(&mut other, &mut state, ids(1)).unwrap_err().code().as_str(), "model-mismatch");
    run(&mut graph, &mut state, ids(5)).unwrap();
    let before = state.clone();
    for rows in [6, usize::MAX] {
        assert_eq!(state.truncate(rows).unwrap_err().code().as_str(), "model-mismatch");
    }
    for given in
        [vec![], [ids(1), ids(1)].concat(), vec![Tensor::f32(vec![1, 1], vec![1.0])], vec![Tensor::i64(vec![1], vec![1])]]
    {
        assert_eq!(run(&mut graph, &mut state, given).unwrap_err().code().as_str(), "model-mismatch");
    }
    // Of another batch than the state.
    assert!(run(&mut graph, &mut state, inputs(Kind::Llama, &[vec![3], vec![4]], 5)).is_err());
    // A word that the table does not have.
    let failed = run(&mut graph, &mut state, vec![Tensor::i64(vec![1, 1], vec![99])]).unwrap_err();
    assert_eq!(failed.code().as_str(), "model-failed");
    same(&state, &before);
    assert_eq!(state.len(), 5);
    for (name, tensor) in [
        ("past_key_values.9.key", Tensor::f32(vec![1, 2, 0, 8], vec![])),
        ("past_key_values.0.key", Tensor::f32(vec![1, 3, 0, 8], vec![])),
        ("past_key_values.0.key", Tensor::i64(vec![1, 2, 0, 8], vec![])),
        ("past_key_values.0.key", Tensor::f32(vec![1, 2, 2, 8], vec![0.0])),
    ] {
        assert!(["model-mismatch", "model-malformed"].contains(&state.set(name, &tensor).unwrap_err().code().as_str()));
    }
    same(&state, &before);
    assert!(state.get("ids").is_err() && state.dims("ids").is_none());
    // What is replaced cannot be gone back in.
    let mut graph = load(&decoder(Kind::Lstm, "batch"));
    let mut state = graph.state();
    state.truncate(0).unwrap();
    run(&mut graph, &mut state, ids(2)).unwrap();
    assert_eq!(state.truncate(0).unwrap_err().code().as_str(), "model-mismatch");
    // A state that comes out with another rank.
    let mut file = File::default();
    file.open_input("state", 1, &["n"]);
    file.ints("0", &[1], &[0]);
    file.node("Unsqueeze", &["state", "0"], &["stateN"], &[]);
    file.node("Size", &["state"], &["size"], &[]);
    file.output("stateN", 1, &[]);
    file.output("size", 7, &[]);
    let mut graph = load(&file.finish());
    let mut state = graph.state();
    assert_eq!(graph.states().len(), 1);
    assert_eq!(run(&mut graph, &mut state, vec![]).unwrap_err().code().as_str(), "model-mismatch");
    // Without states there is nothing to run otherwise.
    let mut graph = load(&named(&[("x", "y")], &["2"]));
    let mut state = graph.state();
    assert_eq!(run(&mut graph, &mut state, vec![Tensor::f32(vec![2], vec![1.0; 2])]).unwrap()[0].shape, [2]);
}

#[test]
fn memory_beyond_the_limit_is_refused_before_it_is_allocated() {
    let mut file = File::default();
    file.open_input("x", 1, &["1", "65536", "new", "1024"]);
    file.open_input("past", 1, &["1", "65536", "before", "1024"]);
    file.node("Neg", &["x"], &["v"], &[]);
    file.node("Concat", &["past", "v"], &["present"], &[("axis", Int(2))]);
    file.node("Shape", &["present"], &["shape"], &[]);
    file.open_output("present", 1, &["1", "65536", "all", "1024"]);
    file.output("shape", 7, &[4]);
    let mut graph = load(&file.finish());
    let mut state = graph.state();
    let refused = run(&mut graph, &mut state, vec![Tensor::f32(vec![1, 65536, 0, 1024], vec![])]).unwrap_err();
    assert_eq!((refused.code().as_str(), state.bytes()), ("model-too-large", 0));
    // Of a size that no number holds.
    let huge = (1_u64 << 40).to_string();
    let mut graph = load(&named(&[("state", "stateN"), ("x", "y")], &[&huge, &huge, "n"]));
    let mut state = graph.state();
    assert_eq!(state.get("state").unwrap_err().code().as_str(), "model-mismatch");
    assert!(run(&mut graph, &mut state, vec![Tensor::f32(vec![0], vec![])]).is_err());
}

#[test]
fn a_state_is_kept_and_put_back() {
    let mut graph = load(&decoder(Kind::Gpt, "batch"));
    let mut state = graph.state();
    run(&mut graph, &mut state, inputs(Kind::Gpt, &[vec![1, 2, 3]], 0)).unwrap();
    let mut again = graph.state();
    for port in state.ports() {
        again.set(&port.input, &state.get(&port.input).unwrap()).unwrap();
    }
    assert_eq!(again.len(), 3);
    let next = || inputs(Kind::Gpt, &[vec![4]], 3);
    assert_eq!(run(&mut graph, &mut state, next()).unwrap(), run(&mut graph, &mut again, next()).unwrap());
    same(&state, &again);
}

#[test]
fn rows_written_over_are_put_back_where_a_run_is_ended() {
    // A window of four rows that goes round, of fixed shape.
    let mut file = File::default();
    file.opset = 24;
    file.input("cache", 1, &[1, 1, 4, 1]);
    file.input("at", 7, &[1]);
    file.input("new", 1, &[1, 1, 2, 1]);
    file.floats("two", &[], &[2.0]);
    file.node("TensorScatter", &["cache", "new", "at"], &["cache_out"], &[("mode", Text("circular"))]);
    file.node("Mul", &["cache_out", "two"], &["y"], &[]);
    file.output("cache_out", 1, &[1, 1, 4, 1]);
    file.output("y", 1, &[1, 1, 4, 1]);
    let mut graph = load(&file.finish());
    assert_eq!((graph.states().len(), graph.states()[0].kind), (1, StateKind::Written));
    let mut state = graph.state();
    let given = |at: i64, values: [f32; 2]| vec![Tensor::i64(vec![1], vec![at]), Tensor::f32(vec![1, 1, 2, 1], values.to_vec())];
    run(&mut graph, &mut state, given(0, [1.0, 2.0])).unwrap();
    run(&mut graph, &mut state, given(2, [3.0, 4.0])).unwrap();
    let out = run(&mut graph, &mut state, given(3, [5.0, 6.0])).unwrap();
    assert_eq!((out.len(), numbers(&out[0])), (1, &[12.0, 4.0, 6.0, 10.0][..]));
    let mut names = Vec::new();
    let ended = graph.run_state(&mut state, given(1, [7.0, 8.0]), &mut |_, name| {
        names.push(name);
        name != "Mul"
    });
    assert_eq!((ended.unwrap_err().code().as_str(), names), ("model-failed", vec!["Saved", "TensorScatter", "Mul"]));
    assert_eq!(numbers(&state.get("cache").unwrap()), [6.0, 2.0, 3.0, 5.0]);
    assert_eq!(run(&mut graph, &mut state, given(-1, [0.0; 2])).unwrap_err().code().as_str(), "model-failed");
    assert_eq!(numbers(&state.get("cache").unwrap()), [6.0, 2.0, 3.0, 5.0]);
    assert_eq!((state.len(), state.bytes()), (0, 16));
}

#[test]
fn going_back_moves_nothing_and_leaves_nothing_behind() {
    // mlxcel 1209 and mlx-rs 336: going back copied the whole cache, and lost the room that it had. What is cut off is never read again,
    // not even to be multiplied by 0.
    for kind in KINDS.into_iter().filter(|k| !matches!(k, Kind::Scatter | Kind::Lstm)) {
        let mut graph = load(&decoder(kind, "batch"));
        let (mut fresh, mut state) = (graph.state(), graph.state());
        for port in graph.states().to_vec() {
            let shape = vec![2, port.dims[1].unwrap(), 90, 8];
            let cells = shape.iter().product();
            state.set(&port.input, &Tensor::f32(shape, vec![f32::NAN; cells])).unwrap();
        }
        let bytes = state.bytes();
        state.truncate(0).unwrap();
        assert_eq!((state.len(), state.bytes()), (0, bytes));
        for (at, rows) in [(0, 7), (7, 1), (8, 40), (48, 1)] {
            let given = || inputs(kind, &[vec![5; rows], vec![6; rows]], at);
            let (have, want) = (run(&mut graph, &mut state, given()).unwrap(), run(&mut graph, &mut fresh, given()).unwrap());
            assert!(near(numbers(&have[0]), numbers(&want[0])), "{kind:?} {at}");
            assert_eq!(state.bytes(), bytes);
        }
        same(&state, &fresh);
    }
}

#[test]
fn a_first_run_that_was_ended_leaves_room_for_another_batch() {
    for kind in KINDS {
        let mut graph = load(&decoder(kind, "batch"));
        let ids = |batch: usize| vec![vec![1, 2, 3]; batch];
        let mut fresh = graph.state();
        let want = run(&mut graph, &mut fresh, inputs(kind, &ids(3), 0)).unwrap();
        let mut state = graph.state();
        let mut left = 2;
        let ended = graph.run_state(&mut state, inputs(kind, &ids(1), 0), &mut |_, _| {
            left -= 1;
            left > 0
        });
        assert!(ended.is_err(), "{kind:?}");
        assert_eq!(run(&mut graph, &mut state, inputs(kind, &ids(3), 0)).unwrap(), want, "{kind:?}");
        same(&state, &fresh);
    }
}

#[test]
fn pairs_are_declared_where_large_constants_have_left_the_file() {
    let mut file = File::default();
    file.open_input("x", 1, &["n", "64"]);
    file.open_input("a", 1, &["n", "64"]);
    file.floats("w", &[64, 64], &[0.5; 64 * 64]);
    file.node("MatMul", &["x", "w"], &["p"], &[]);
    file.node("Add", &["p", "a"], &["b"], &[]);
    file.open_output("b", 1, &["n", "64"]);
    let mut graph = load(&file.finish());
    let x = || Tensor::f32(vec![1, 64], vec![1.0; 64]);
    graph.run(vec![x(), x()]).unwrap();
    graph.declare_states(&[("a", "b")]).unwrap();
    let mut state = graph.state();
    run(&mut graph, &mut state, vec![x()]).unwrap();
    run(&mut graph, &mut state, vec![x()]).unwrap();
    assert_eq!(numbers(&state.get("a").unwrap())[0], 64.0);
}

#[test]
fn a_graph_without_states_runs_with_an_empty_one() {
    let mut file = File::default();
    file.ml = 3;
    file.input("x", 1, &[1, 2]);
    file.node_of("ai.onnx.ml", "Binarizer", &["x"], &["y"], &[]);
    file.output("y", 1, &[1, 2]);
    let mut graph = load(&file.finish());
    let mut state = graph.state();
    // Any number of rows, as without a state.
    let x = Tensor::f32(vec![2, 2], vec![1.0, 0.0, -1.0, 2.0]);
    assert_eq!(numbers(&run(&mut graph, &mut state, vec![x]).unwrap()[0]), [1.0, 0.0, 0.0, 1.0]);
}
