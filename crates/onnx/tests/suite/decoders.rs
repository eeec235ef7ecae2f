//! Small graphs with states, as exporters write them.

use crate::writer::Attribute::{Int, Ints};
use crate::writer::File;
use nearhand_onnx::{Tensor, Values};

/// Sizes of the decoders: heads, heads of keys, width of a head, words.
pub(crate) const HEADS: usize = 4;
pub(crate) const GROUPS: usize = 2;
pub(crate) const DEPTH: usize = 8;
pub(crate) const WORDS: usize = 11;
const WIDTH: usize = HEADS * DEPTH;
/// Rows of a cache of fixed size, and of tables by position.
pub(crate) const MOST: usize = 160;

/// Numbers between −1 and 1, of a seed.
pub(crate) fn draw(count: usize, seed: u64) -> Vec<f32> {
    let mut at = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        at ^= at << 13;
        at ^= at >> 7;
        at ^= at << 17;
        (at >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// How a decoder remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As optimum exports Llama: Concat behind the cache, heads of keys repeated by Expand, rows of masks by Shape and Range.
    Llama,
    /// As optimum exports GPT-2: as many heads of keys, a mask that is cut out of a triangle, and one for padding that is given.
    Gpt,
    /// Attention of operator set 23, rows of heads side by side.
    Attention,
    /// GroupQueryAttention with rotations.
    Grouped,
    /// MultiHeadAttention.
    Multi,
    /// TensorScatter before Attention of operator set 24.
    Scatter,
    /// An LSTM of ONNX.
    Lstm,
}

pub(crate) const KINDS: [Kind; 7] =
    [Kind::Llama, Kind::Gpt, Kind::Attention, Kind::Grouped, Kind::Multi, Kind::Scatter, Kind::Lstm];

struct Writer {
    file: File,
    seed: u64,
    names: usize,
}

impl Writer {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn weight(&mut self, shape: &[usize]) -> String {
        let name = self.name();
        self.seed += 1;
        let scale = 1.0 / (shape[0] as f32).sqrt();
        let values: Vec<f32> = draw(shape.iter().product(), self.seed).iter().map(|v| v * scale).collect();
        self.file.floats(&name, shape, &values);
        name
    }

    fn ints(&mut self, values: &[i64]) -> String {
        let name = self.name();
        self.file.ints(&name, &[values.len()], values);
        name
    }

    fn number(&mut self, value: i64) -> String {
        let name = self.name();
        self.file.ints(&name, &[], &[value]);
        name
    }

    fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, crate::writer::Attribute)]) -> String {
        let name = self.name();
        self.nodes(operator, inputs, &[&name], attributes);
        name
    }

    fn nodes(&mut self, operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[(&str, crate::writer::Attribute)]) {
        let (domain, operator) = operator.rsplit_once('.').unwrap_or(("", operator));
        self.file.node_of(domain, operator, inputs, outputs, attributes);
    }

    fn linear(&mut self, x: &str, from: usize, to: usize) -> String {
        let weight = self.weight(&[from, to]);
        self.node("MatMul", &[x, &weight], &[])
    }

    fn split(&mut self, x: &str, heads: usize) -> String {
        let shape = self.ints(&[0, -1, heads as i64, DEPTH as i64]);
        let split = self.node("Reshape", &[x, &shape], &[]);
        self.node("Transpose", &[&split], &[("perm", Ints(vec![0, 2, 1, 3]))])
    }

    /// An extent of a value, as a list of one.
    fn extent(&mut self, x: &str, axis: i64) -> String {
        let (shape, at) = (self.node("Shape", &[x], &[]), self.ints(&[axis]));
        self.node("Gather", &[&shape, &at], &[])
    }
}

/// A decoder of two layers. Inputs: ids `[batch, sequence]`, what its operators want besides, the states.
pub(crate) fn decoder(kind: Kind, batch: &str) -> Vec<u8> {
    let opset = if kind == Kind::Scatter { 24 } else { 23 };
    let mut w = Writer { file: File::default(), seed: 7, names: 0 };
    w.file.opset = opset;
    w.file.open_input("ids", 7, &[batch, "sequence"]);
    let groups = if matches!(kind, Kind::Gpt | Kind::Multi) { HEADS } else { GROUPS };
    let table = w.weight(&[WORDS, WIDTH]);
    let mut x = w.node("Gather", &[&table, "ids"], &[]);
    match kind {
        Kind::Grouped => {
            w.file.open_input("seqlens_k", 6, &[batch]);
            w.file.open_input("total_sequence_length", 6, &["1"]);
        }
        Kind::Scatter => {
            w.file.open_input("write_indices", 7, &[batch]);
            w.file.open_input("nonpad", 7, &[batch]);
        }
        Kind::Gpt => w.file.open_input("attention_mask", 7, &[batch, "total"]),
        _ => {}
    }
    for layer in 0..2 {
        if kind == Kind::Lstm {
            x = lstm(&mut w, layer, &x, batch);
            continue;
        }
        let size = if kind == Kind::Scatter { MOST.to_string() } else { "past".to_owned() };
        let total = if kind == Kind::Scatter { MOST.to_string() } else { "total".to_owned() };
        let (g, d) = (groups.to_string(), DEPTH.to_string());
        let past = [format!("past_key_values.{layer}.key"), format!("past_key_values.{layer}.value")];
        let present = [format!("present.{layer}.key"), format!("present.{layer}.value")];
        past.iter().for_each(|name| w.file.open_input(name, 1, &[batch, &g, &size, &d]));
        present.iter().for_each(|name| w.file.open_output(name, 1, &[batch, &g, &total, &d]));
        let [q, k, v] = [HEADS, groups, groups].map(|heads| w.linear(&x, WIDTH, heads * DEPTH));
        let mixed = attend(&mut w, kind, groups, [&q, &k, &v], &past, &present);
        let out = w.linear(&mixed, WIDTH, WIDTH);
        let out = w.node("Tanh", &[&out], &[]);
        x = w.node("Add", &[&x, &out], &[]);
    }
    let weight = w.weight(&[WIDTH, WORDS]);
    w.nodes("MatMul", &[&x, &weight], &["logits"], &[]);
    w.file.open_output("logits", 1, &[batch, "sequence", "11"]);
    w.file.finish()
}

fn lstm(w: &mut Writer, layer: usize, x: &str, batch: &str) -> String {
    let names = [format!("h_{layer}"), format!("c_{layer}")];
    let outs = [format!("h_{layer}_out"), format!("c_{layer}_out")];
    for (name, out) in names.iter().zip(&outs) {
        w.file.open_input(name, 1, &["1", batch, "32"]);
        w.file.open_output(out, 1, &["1", batch, "32"]);
    }
    let (a, b, c) = (w.weight(&[1, 4 * WIDTH, WIDTH]), w.weight(&[1, 4 * WIDTH, WIDTH]), w.weight(&[1, 8 * WIDTH]));
    let turned = w.node("Transpose", &[x], &[("perm", Ints(vec![1, 0, 2]))]);
    let y = w.name();
    let given = [turned.as_str(), &a, &b, &c, "", &names[0], &names[1]];
    w.nodes("LSTM", &given, &[&y, &outs[0], &outs[1]], &[("hidden_size", Int(WIDTH as i64))]);
    let one = w.ints(&[1]);
    let y = w.node("Squeeze", &[&y, &one], &[]);
    w.node("Transpose", &[&y], &[("perm", Ints(vec![1, 0, 2]))])
}

fn attend(w: &mut Writer, kind: Kind, groups: usize, [q, k, v]: [&str; 3], past: &[String; 2], present: &[String; 2]) -> String {
    let heads = |a: &'static str, b: &'static str| [(a, Int(HEADS as i64)), (b, Int(groups as i64))];
    let out = w.name();
    match kind {
        Kind::Attention => {
            let attributes: Vec<_> = heads("q_num_heads", "kv_num_heads").into_iter().chain([("is_causal", Int(1))]).collect();
            w.nodes("Attention", &[q, k, v, "", &past[0], &past[1]], &[&out, &present[0], &present[1]], &attributes);
            return out;
        }
        Kind::Grouped => {
            let angles: Vec<f32> = draw(MOST * DEPTH / 2, 99);
            let table = |f: fn(f32) -> f32| angles.iter().map(|a| f(a * 3.0)).collect::<Vec<_>>();
            let (cos, sin) = (w.name(), w.name());
            w.file.floats(&cos, &[MOST, DEPTH / 2], &table(f32::cos));
            w.file.floats(&sin, &[MOST, DEPTH / 2], &table(f32::sin));
            let attributes: Vec<_> = heads("num_heads", "kv_num_heads").into_iter().chain([("do_rotary", Int(1))]).collect();
            let given = [q, k, v, &past[0], &past[1], "seqlens_k", "total_sequence_length", &cos, &sin];
            w.nodes("com.microsoft.GroupQueryAttention", &given, &[&out, &present[0], &present[1]], &attributes);
            return out;
        }
        Kind::Multi => {
            let given = [q, k, v, "", "", "", &past[0], &past[1]];
            let attributes = [("num_heads", Int(HEADS as i64)), ("unidirectional", Int(1))];
            w.nodes("com.microsoft.MultiHeadAttention", &given, &[&out, &present[0], &present[1]], &attributes);
            return out;
        }
        _ => {}
    }
    let (q, k, v) = (w.split(q, HEADS), w.split(k, groups), w.split(v, groups));
    if kind == Kind::Scatter {
        for (at, new) in [&k, &v].into_iter().enumerate() {
            w.nodes("TensorScatter", &[&past[at], new, "write_indices"], &[&present[at]], &[("axis", Int(2))]);
        }
        let given = [q.as_str(), &present[0], &present[1], "", "", "", "nonpad"];
        let mixed = w.node("Attention", &given, &[("is_causal", Int(1))]);
        return joined(w, &mixed);
    }
    w.nodes("Concat", &[&past[0], &k], &[&present[0]], &[("axis", Int(-2))]);
    w.nodes("Concat", &[&past[1], &v], &[&present[1]], &[("axis", Int(2))]);
    let (mut keys, mut values) = (present[0].clone(), present[1].clone());
    if groups != HEADS {
        (keys, values) = (repeated(w, &keys, groups), repeated(w, &values, groups));
    }
    let turned = w.node("Transpose", &[&keys], &[("perm", Ints(vec![0, 1, 3, 2]))]);
    let scores = w.node("MatMul", &[&q, &turned], &[]);
    let factor = w.name();
    w.file.floats(&factor, &[], &[(DEPTH as f32).powf(-0.5)]);
    let scores = w.node("Mul", &[&scores, &factor], &[]);
    let (rows, total) = (w.extent("ids", 1), w.extent(&present[0], 2));
    let before = w.node("Sub", &[&total, &rows], &[]);
    let scores = if kind == Kind::Gpt {
        // Rows of a triangle as large as the model's context.
        let triangle: Vec<u8> = (0..MOST * MOST).map(|i| u8::from(i % MOST <= i / MOST)).collect();
        let name = w.name();
        w.file.initializer(&name, 9, &[MOST, MOST], &triangle);
        let (zero, one) = (w.ints(&[0]), w.ints(&[1]));
        let cut = w.node("Slice", &[&name, &before, &total, &zero], &[]);
        let mask = w.node("Slice", &[&cut, &zero, &total, &one], &[]);
        let low = w.name();
        w.file.floats(&low, &[], &[f32::MIN]);
        let scores = w.node("Where", &[&mask, &scores, &low], &[]);
        let axes = w.ints(&[1, 2]);
        let given = w.node("Unsqueeze", &["attention_mask", &axes], &[]);
        let kept = w.node("Cast", &[&given], &[("to", Int(9))]);
        w.node("Where", &[&kept, &scores, &low], &[])
    } else {
        let (zero, one) = (w.number(0), w.number(1));
        let (rows, total, before) =
            (w.node("Squeeze", &[&rows], &[]), w.node("Squeeze", &[&total], &[]), w.node("Squeeze", &[&before], &[]));
        let places = w.node("Range", &[&zero, &total, &one], &[]);
        let own = w.node("Range", &[&zero, &rows, &one], &[]);
        let own = w.node("Add", &[&own, &before], &[]);
        let last = w.ints(&[1]);
        let own = w.node("Unsqueeze", &[&own, &last], &[]);
        let later = w.node("Greater", &[&places, &own], &[]);
        let (low, none) = (w.name(), w.name());
        w.file.floats(&low, &[], &[f32::MIN]);
        w.file.floats(&none, &[], &[0.0]);
        let mask = w.node("Where", &[&later, &low, &none], &[]);
        w.node("Add", &[&scores, &mask], &[])
    };
    let weights = w.node("Softmax", &[&scores], &[("axis", Int(-1))]);
    let mixed = w.node("MatMul", &[&weights, &values], &[]);
    joined(w, &mixed)
}

/// Heads side by side.
fn joined(w: &mut Writer, mixed: &str) -> String {
    let turned = w.node("Transpose", &[mixed], &[("perm", Ints(vec![0, 2, 1, 3]))]);
    let shape = w.ints(&[0, -1, WIDTH as i64]);
    w.node("Reshape", &[&turned, &shape], &[])
}

/// repeat_kv of the transformers library.
fn repeated(w: &mut Writer, x: &str, groups: usize) -> String {
    let two = w.ints(&[2]);
    let (batch, rows) = (w.extent(x, 0), w.extent(x, 2));
    let (g, n, d, h) =
        (w.ints(&[groups as i64]), w.ints(&[(HEADS / groups) as i64]), w.ints(&[DEPTH as i64]), w.ints(&[HEADS as i64]));
    let wide = w.node("Unsqueeze", &[x, &two], &[]);
    let shape = w.node("Concat", &[&batch, &g, &n, &rows, &d], &[("axis", Int(0))]);
    let wide = w.node("Expand", &[&wide, &shape], &[]);
    let shape = w.node("Concat", &[&batch, &h, &rows, &d], &[("axis", Int(0))]);
    w.node("Reshape", &[&wide, &shape], &[])
}

/// Inputs besides the states for rows from `at` on.
pub(crate) fn inputs(kind: Kind, ids: &[Vec<i64>], at: usize) -> Vec<Tensor> {
    let (batch, rows) = (ids.len(), ids[0].len());
    let mut out = vec![Tensor::i64(vec![batch, rows], ids.concat())];
    let end = at + rows;
    match kind {
        Kind::Grouped => {
            out.push(Tensor { shape: vec![batch], values: Values::I32(vec![end as i32 - 1; batch]) });
            out.push(Tensor { shape: vec![1], values: Values::I32(vec![end as i32]) });
        }
        Kind::Scatter => {
            out.push(Tensor::i64(vec![batch], vec![at as i64; batch]));
            out.push(Tensor::i64(vec![batch], vec![end as i64; batch]));
        }
        Kind::Gpt => out.push(Tensor::i64(vec![batch, end], vec![1; batch * end])),
        _ => {}
    }
    out
}
