//! Writes the encoder as an ONNX file.
//!
//! Inputs `items` `[last, d]` (newest **last**, zeros in front of a shorter session) and `mask` `[last]` (1 an item, 0 padding);
//! output `query` `[d]` of length 1. Every dimension is fixed, there is no batch; the graph is [`Encoder::query`] over `last`
//! rows, with −1e9 added to the logits of padding. Matrices stand in 8 bits behind DequantizeLinear, a scale a column.

use crate::onnx::{self, Graph};
use crate::train::neural::encoder::{EPSILON, Encoder, MASKED};
use crate::train::neural::round::Rounded;
use std::ops::Range;

/// The file's bytes.
pub(crate) fn write(encoder: &Encoder) -> Vec<u8> {
    let (d, last, heads) = (encoder.dim, encoder.last, encoder.heads);
    let width = d / heads;
    let mut g = Graph::default();
    let epsilon = g.floats("epsilon", &[], &[EPSILON]);
    let epsilon2 = g.floats("epsilon2", &[], &[EPSILON * EPSILON]);
    let root = g.floats("root", &[], &[(d as f32).sqrt()]);
    let over_root = g.floats("over_root", &[], &[1.0 / (d as f32).sqrt()]);
    let one = g.floats("one", &[], &[1.0]);
    let masked = g.floats("masked", &[], &[MASKED]);
    let row = g.ints("row", &[1, last as i64]);
    let mask = g.op("Reshape", &["mask", &row], "");
    let absent = g.op("Sub", &[&one, &mask], "");
    let padding = g.op("Mul", &[&absent, &masked], "");
    let mut h = g.op("Mul", &["items", &root], "");
    for (number, block) in encoder.blocks.iter().enumerate() {
        let name = |what: &str| format!("block{number}.{what}");
        let (qkv, join) = (Rounded::new(&block.qkv, 3 * d), Rounded::new(&block.join, d));
        let mut joined = String::new();
        for head in 0..heads {
            let part = |kind: usize| kind * d + head * width..kind * d + (head + 1) * width;
            let wq = matrix(&mut g, &name(&format!("q{head}")), &qkv, 0..d, part(0), 1.0 / (width as f32).sqrt());
            let wk = matrix(&mut g, &name(&format!("k{head}")), &qkv, 0..d, part(1), 1.0);
            let wv = matrix(&mut g, &name(&format!("v{head}")), &qkv, 0..d, part(2), 1.0);
            let bias = causal(&block.bias[head * last..(head + 1) * last]);
            let bias = g.floats(&name(&format!("bias{head}")), &[last, last], &bias);
            let join = matrix(&mut g, &name(&format!("join{head}")), &join, head * width..(head + 1) * width, 0..d, 1.0);
            let (q, k, v) = (g.op("MatMul", &[&h, &wq], ""), g.op("MatMul", &[&h, &wk], ""), g.op("MatMul", &[&h, &wv], ""));
            let k = transpose(&mut g, &k);
            let logits = g.op("MatMul", &[&q, &k], "");
            let logits = g.op("Add", &[&logits, &bias], "");
            let logits = g.op("Add", &[&logits, &padding], "");
            let a = softmax(&mut g, &logits);
            let a = g.op("MatMul", &[&a, &v], "");
            let a = g.op("MatMul", &[&a, &join], "");
            joined = if joined.is_empty() { a } else { g.op("Add", &[&joined, &a], "") };
        }
        let sum = g.op("Add", &[&h, &joined], "");
        h = norm(&mut g, &sum, &block.norm1, &name("norm1"), &epsilon);
        let ffn = block.b1.len();
        let w1 = whole(&mut g, &name("w1"), &block.w1, d, ffn);
        let b1 = g.floats(&name("b1"), &[1, ffn], &block.b1);
        let w2 = whole(&mut g, &name("w2"), &block.w2, ffn, d);
        let b2 = g.floats(&name("b2"), &[1, d], &block.b2);
        let f = g.op("MatMul", &[&h, &w1], "");
        let f = g.op("Add", &[&f, &b1], "");
        let f = g.op("Relu", &[&f], "");
        let f = g.op("MatMul", &[&f, &w2], "");
        let f = g.op("Add", &[&f, &b2], "");
        let sum = g.op("Add", &[&h, &f], "");
        h = norm(&mut g, &sum, &block.norm2, &name("norm2"), &epsilon);
    }
    let choose: Vec<f32> = (0..last).map(|i| if i + 1 == last { 1.0 } else { 0.0 }).collect();
    let choose = g.floats("newest", &[1, last], &choose);
    let newest = g.op("MatMul", &[&choose, &h], "");
    let pool = whole(&mut g, "pool", &encoder.pool, d, d);
    let bias: Vec<f32> = encoder.bias.iter().rev().copied().collect();
    let bias = g.floats("pool.bias", &[1, last], &bias);
    let asked = g.op("MatMul", &[&newest, &pool], "");
    let asked = g.op("Mul", &[&asked, &over_root], "");
    let keys = transpose(&mut g, &h);
    let logits = g.op("MatMul", &[&asked, &keys], "");
    let logits = g.op("Add", &[&logits, &bias], "");
    let logits = g.op("Add", &[&logits, &padding], "");
    let alpha = softmax(&mut g, &logits);
    let mut q = g.op("MatMul", &[&alpha, "items"], "");
    if !encoder.out.is_empty() {
        let out = whole(&mut g, "out", &encoder.out, d, d);
        let image = g.op("MatMul", &[&newest, &out], "");
        q = g.op("Add", &[&q, &image], "");
    }
    let square = g.op("Mul", &[&q, &q], "");
    let ones = g.floats("ones", &[d, 1], &vec![1.0; d]);
    let sum = g.op("MatMul", &[&square, &ones], "");
    let sum = g.op("Add", &[&sum, &epsilon2], "");
    let length = g.op("Sqrt", &[&sum], "");
    let unit = g.op("Div", &[&q, &length], "");
    let flat = g.ints("flat", &[d as i64]);
    g.op("Reshape", &[&unit, &flat], "query");
    let inputs = [("items", onnx::FLOAT, &[last, d][..]), ("mask", onnx::FLOAT, &[last])];
    g.finish("session-encoder", &inputs, ("query", &[d]))
}

/// A bias by distance over [last, last]; the future is masked.
fn causal(bias: &[f32]) -> Vec<f32> {
    let last = bias.len();
    (0..last * last).map(|cell| (cell / last).checked_sub(cell % last).map_or(MASKED, |distance| bias[distance])).collect()
}

fn transpose(g: &mut Graph, input: &str) -> String {
    g.node("Transpose", &[input], "", &onnx::wholes("perm", &[1, 0]))
}

fn softmax(g: &mut Graph, input: &str) -> String {
    g.node("Softmax", &[input], "", &onnx::whole("axis", 1))
}

fn mean(g: &mut Graph, input: &str) -> String {
    g.node("ReduceMean", &[input], "", &onnx::wholes("axes", &[1]))
}

/// Layer norm over the columns; `affine` is gain and shift.
fn norm(g: &mut Graph, x: &str, affine: &[f32], name: &str, epsilon: &str) -> String {
    let (gain, shift) = affine.split_at(affine.len() / 2);
    let gain = g.floats(&format!("{name}.gain"), &[1, gain.len()], gain);
    let shift = g.floats(&format!("{name}.shift"), &[1, shift.len()], shift);
    let average = mean(g, x);
    let x = g.op("Sub", &[x, &average], "");
    let square = g.op("Mul", &[&x, &x], "");
    let spread = mean(g, &square);
    let spread = g.op("Add", &[&spread, epsilon], "");
    let spread = g.op("Sqrt", &[&spread], "");
    let x = g.op("Div", &[&x, &spread], "");
    let x = g.op("Mul", &[&x, &gain], "");
    g.op("Add", &[&x, &shift], "")
}

/// A matrix of `rows` by `columns`, in 8 bits.
fn whole(g: &mut Graph, name: &str, values: &[f32], rows: usize, columns: usize) -> String {
    matrix(g, name, &Rounded::new(values, columns), 0..rows, 0..columns, 1.0)
}

/// Some rows and columns of a matrix times a factor, which goes into the scales.
fn matrix(g: &mut Graph, name: &str, of: &Rounded, rows: Range<usize>, columns: Range<usize>, factor: f32) -> String {
    let line = |row: usize| &of.codes[row * of.scales.len()..][columns.clone()];
    let raw: Vec<u8> = rows.clone().flat_map(line).map(|code| code.cast_unsigned()).collect();
    let scales: Vec<f32> = of.scales[columns.clone()].iter().map(|scale| scale * factor).collect();
    let codes = g.tensor(&format!("{name}.codes"), &[rows.len(), columns.len()], onnx::INT8, &raw);
    let scales = g.floats(&format!("{name}.scales"), &[columns.len()], &scales);
    g.node("DequantizeLinear", &[&codes, &scales], name, &onnx::whole("axis", 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::neural::encoder::Block;
    use nearhand_numerics::random::Random;
    use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

    fn random_encoder(blocks: usize, residual: bool) -> Encoder {
        let (d, heads, last, ffn) = (8, 2, 5, 16);
        let mut random = Random::new(7);
        let mut some = |n: usize| (0..n).map(|_| 0.5 * random.normal()).collect::<Vec<f32>>();
        let blocks = (0..blocks).map(|_| Block {
            qkv: some(3 * d * d),
            bias: some(heads * last),
            join: some(d * d),
            norm1: some(2 * d),
            w1: some(d * ffn),
            b1: some(ffn),
            w2: some(ffn * d),
            b2: some(d),
            norm2: some(2 * d),
        });
        let blocks = blocks.collect();
        Encoder {
            dim: d,
            heads,
            last,
            blocks,
            pool: some(d * d),
            bias: some(last),
            out: if residual { some(d * d) } else { Vec::new() },
        }
    }

    #[test]
    fn the_engine_agrees_with_the_plain_encoder() {
        for (blocks, residual) in [(0, false), (1, true), (2, false)] {
            let encoder = random_encoder(blocks, residual);
            let bytes = write(&encoder);
            let mut graph = Graph::load(&bytes, &ModelLimits::default()).unwrap();
            let mut random = Random::new(9);
            for count in 1..=encoder.last + 2 {
                let items: Vec<f32> = (0..count * encoder.dim).map(|_| random.normal()).collect();
                let used = count.min(encoder.last);
                let mut padded = vec![0f32; (encoder.last - used) * encoder.dim];
                padded.extend_from_slice(&items[(count - used) * encoder.dim..]);
                let mask: Vec<f32> = (0..encoder.last).map(|i| if i + used < encoder.last { 0.0 } else { 1.0 }).collect();
                let inputs = [Tensor::f32(vec![encoder.last, encoder.dim], padded), Tensor::f32(vec![encoder.last], mask)];
                let out = graph.run(inputs.into()).unwrap();
                let Values::F32(answer) = &out[0].values else { panic!("floats") };
                assert_eq!(out[0].shape, [encoder.dim]);
                for (a, b) in answer.iter().zip(encoder.rounded().query(&items)) {
                    assert!((a - b).abs() < 1e-5, "{count} items: {a} {b}");
                }
            }
        }
    }
}
