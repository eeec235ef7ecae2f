//! What a graph of open shapes takes: whole bytes, counted by the allocator.
#![cfg(feature = "plan")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use allocation_counter::measure;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};
use writer::Attribute::Int;
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
    let bytes = file().into_boxed_slice().into_vec();
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

/// How a decoder's matrices are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weights {
    Floats,
    /// Signed bytes by column, multiplied by MatMulInteger with activations in bytes, as `quantize_dynamic` writes it.
    Integers,
    /// The same in unsigned bytes with zero points.
    Unsigned,
    /// Signed bytes behind DequantizeLinear.
    Dequantised,
}

/// So wide that matrices are most of it: what plans hold of their nodes is the same for any width.
const MODEL: usize = 384;
const HEADS: i64 = 4;
const WORDS: usize = 256;
const DEEP: usize = 3;

struct Writer {
    file: File,
    weights: Weights,
    names: usize,
}

impl Writer {
    fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, writer::Attribute)]) -> String {
        self.names += 1;
        let name = format!("v{}", self.names);
        self.file.node(operator, inputs, &[&name], attributes);
        name
    }

    /// A matrix's codes, and its scales by column.
    fn codes(&mut self, name: &str, from: usize, to: usize) {
        let raw: Vec<u8> = (0..from * to).map(|i| (i * 37 % 251 + self.names) as u8).collect();
        let kind = if self.weights == Weights::Unsigned { 2 } else { 3 };
        self.file.initializer(name, kind, &[from, to], &raw);
        self.file.floats(&format!("{name}.scale"), &[to], &vec![0.001; to]);
        self.file.initializer(&format!("{name}.zero"), kind, &[to], &vec![if kind == 2 { 131 } else { 0 }; to]);
    }

    fn linear(&mut self, x: &str, from: usize, to: usize) -> String {
        self.names += 1;
        let name = format!("w{}", self.names);
        match self.weights {
            Weights::Floats => {
                let values: Vec<f32> = (0..from * to).map(|i| ((i * 37 + self.names) % 23) as f32 / 500.0).collect();
                self.file.floats(&name, &[from, to], &values);
                self.node("MatMul", &[x, &name], &[])
            }
            Weights::Dequantised => {
                self.codes(&name, from, to);
                let given = [name.as_str(), &format!("{name}.scale"), &format!("{name}.zero")];
                let matrix = self.node("DequantizeLinear", &given, &[("axis", Int(1))]);
                self.node("MatMul", &[x, &matrix], &[])
            }
            Weights::Integers | Weights::Unsigned => {
                self.codes(&name, from, to);
                let made = [format!("{name}.x"), format!("{name}.x.scale"), format!("{name}.x.zero")];
                self.file.node("DynamicQuantizeLinear", &[x], &made.each_ref().map(String::as_str), &[]);
                let sums = self.node("MatMulInteger", &[&made[0], &name, &made[2], &format!("{name}.zero")], &[]);
                let sums = self.node("Cast", &[&sums], &[("to", Int(1))]);
                let scale = self.node("Mul", &[&made[1], &format!("{name}.scale")], &[]);
                self.node("Mul", &[&sums, &scale], &[])
            }
        }
    }
}

/// A decoder with a cache.
fn decoder(weights: Weights) -> Vec<u8> {
    let mut w = Writer { file: File::default(), weights, names: 0 };
    w.file.opset = 23;
    w.file.open_input("ids", 7, &["1", "sequence"]);
    let embedding: Vec<u8> = (0..WORDS * MODEL).map(|i| (i * 91 % 256) as u8).collect();
    w.file.initializer("table", 2, &[WORDS, MODEL], &embedding);
    w.file.floats("table.scale", &[], &[0.01]);
    w.file.initializer("table.zero", 2, &[], &[128]);
    let codes = w.node("Gather", &["table", "ids"], &[]);
    let mut x = w.node("DequantizeLinear", &[&codes, "table.scale", "table.zero"], &[]);
    let depth = (MODEL / HEADS as usize).to_string();
    for layer in 0..DEEP {
        let past = ["key", "value"].map(|s| format!("past.{layer}.{s}"));
        let present = ["key", "value"].map(|s| format!("present.{layer}.{s}"));
        let heads = HEADS.to_string();
        past.iter().for_each(|name| w.file.open_input(name, 1, &["1", &heads, "past", &depth]));
        present.iter().for_each(|name| w.file.open_output(name, 1, &["1", &heads, "total", &depth]));
        let [q, k, v] = [0; 3].map(|_| w.linear(&x, MODEL, MODEL));
        let mixed = format!("mixed.{layer}");
        let attributes = [("q_num_heads", Int(HEADS)), ("kv_num_heads", Int(HEADS)), ("is_causal", Int(1))];
        let given = [q.as_str(), &k, &v, "", &past[0], &past[1]];
        w.file.node("Attention", &given, &[&mixed, &present[0], &present[1]], &attributes);
        let out = w.linear(&mixed, MODEL, MODEL);
        x = w.node("Add", &[&x, &out], &[]);
        let wide = w.linear(&x, MODEL, 4 * MODEL);
        let wide = w.node("Tanh", &[&wide], &[]);
        let out = w.linear(&wide, 4 * MODEL, MODEL);
        x = w.node("Add", &[&x, &out], &[]);
    }
    let logits = w.linear(&x, MODEL, WORDS);
    w.file.node("Identity", &[&logits], &["logits"], &[]);
    w.file.open_output("logits", 1, &["1", "sequence", &WORDS.to_string()]);
    w.file.finish()
}

/// Bytes that are held once a prompt and some tokens after it were run, without the cache, by bytes of the file.
fn held_by_file(weights: Weights) -> f64 {
    let bytes = decoder(weights).into_boxed_slice().into_vec();
    let stored = bytes.len() as i64;
    let mut held = None;
    let taken = measure(|| {
        let mut graph = Graph::open(bytes, &ModelLimits::default()).unwrap();
        let mut state = graph.state();
        let mut run = |ids: Vec<i64>| {
            graph.run_state(&mut state, vec![Tensor::i64(vec![1, ids.len()], ids)], &mut |_, _| true).unwrap();
        };
        run((0..12).collect());
        (20..24).for_each(|id| run(vec![id]));
        assert_eq!(state.len(), 16);
        held = Some((graph, state));
    });
    let (graph, state) = held.unwrap();
    let live = stored + taken.bytes_current - state.bytes() as i64;
    drop(graph);
    live as f64 / stored as f64
}

#[test]
fn a_decoder_takes_little_more_than_its_file_and_its_cache() {
    let bytes = [Weights::Integers, Weights::Unsigned, Weights::Dequantised].map(|w| (w, 1.3));
    for (weights, most) in [(Weights::Floats, 1.1)].into_iter().chain(bytes) {
        let ratio = held_by_file(weights);
        assert!(ratio > 0.95 && ratio <= most, "{weights:?}: {ratio}");
    }
}

/// The next token's plan is that of the last with other numbers in it: nothing of it is lowered again.
#[cfg(feature = "caches")]
#[test]
fn a_token_more_takes_few_allocations() {
    let mut graph = Graph::open(decoder(Weights::Floats), &ModelLimits::default()).unwrap();
    let mut state = graph.state();
    let mut run = |graph: &mut Graph, ids: Vec<i64>| {
        let given = vec![Tensor::i64(vec![1, ids.len()], ids)];
        measure(|| drop(graph.run_state(&mut state, given, &mut |_, _| true).unwrap())).count_total
    };
    run(&mut graph, (0..12).collect());
    let anew = run(&mut graph, vec![20]);
    let next: Vec<u64> = (21..30).map(|id| run(&mut graph, vec![id])).collect();
    println!("allocations of a token: {anew} and {next:?}");
    assert!(next.iter().all(|n| *n * 12 < anew), "{next:?} of {anew}");
}

/// Rows of a table by number, and products with the same table: logits of a model whose two ends are tied.
fn tied() -> Vec<u8> {
    let (mut file, table) = (File::default(), vec![0.5; WORDS * WIDTH]);
    file.open_input("ids", 7, &["n"]);
    file.floats("table", &[WORDS, WIDTH], &table);
    file.node("Gather", &["table", "ids"], &["x"], &[]);
    file.node("Transpose", &["table"], &["head"], &[]);
    file.node("MatMul", &["x", "head"], &["logits"], &[]);
    file.open_output("logits", 1, &["n", &WORDS.to_string()]);
    file.finish()
}

#[test]
fn a_turned_matrix_is_packed_once_and_small_plans_are_kept() {
    let bytes = tied().into_boxed_slice().into_vec();
    let stored = bytes.len() as i64;
    let run = |graph: &mut Graph, rows: usize| measure(|| drop(graph.run(vec![Tensor::i64(vec![rows], vec![3; rows])]).unwrap()));
    let mut held = None;
    let taken = measure(|| {
        let mut graph = Graph::open(bytes, &ModelLimits::default()).unwrap();
        let new = run(&mut graph, 1).count_total;
        for rows in 2..=12 {
            run(&mut graph, rows);
        }
        let again = run(&mut graph, 1).count_total;
        assert!(again * 4 < new, "{again} allocations, {new} the first time");
        held = Some(graph);
    });
    drop(held);
    // The table as it is, and packed; what twelve plans hold of rows is as much as one of them.
    let live = stored + taken.bytes_current;
    assert!(live as f64 <= 3.2 * stored as f64, "{live} of {stored}");
}
