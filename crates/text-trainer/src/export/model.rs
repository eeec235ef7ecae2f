//! The decoder as a graph with the names of Hugging Face's optimum: `input_ids`, `attention_mask`, `position_ids` and
//! `past_key_values.N.key/value` in, `logits` and `present.N.key/value` out.
//!
//! The operators are those of onnxruntime's own exports (GroupQueryAttention with its rotation, MatMulNBits, GatherBlockQuantized,
//! SkipSimplifiedLayerNormalization): few steps, and each is one kernel of nearhand-onnx.

use super::wire::Attribute::{Float, Int};
use super::wire::Size::{Fixed, Open};
use super::wire::{Element, Writer};
use crate::model::Shape;
use crate::model::codes::{BLOCK, codes};
use crate::model::network::tables;
use crate::model::rows::EPSILON;
use std::ops::Range;

/// How weights are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// 32 bits.
    Floats,
    /// 4 bits in blocks of 32, with scales of 16; and what an engine may round activations to (MatMulNBits' `accuracy_level`).
    Codes(i64),
}

impl Form {
    /// 8 bits are allowed for activations, which nearhand-onnx takes as 16 of the largest value of a block: its fastest product.
    pub(crate) const FAST: Self = Self::Codes(4);
}

struct Graph<'a> {
    shape: &'a Shape,
    weights: &'a [f32],
    form: Form,
    writer: Writer,
}

/// The file.
pub(crate) fn graph(shape: &Shape, weights: &[f32], form: Form) -> Vec<u8> {
    let mut graph = Graph { shape, weights, form, writer: Writer::default() };
    graph.ports();
    graph.lengths();
    graph.write();
    graph.writer.finish("nearhand_text")
}

impl Graph<'_> {
    fn ports(&mut self) {
        let (batch, rows, all, past) =
            (Open("batch_size"), Open("sequence_length"), Open("total_sequence_length"), Open("past_sequence_length"));
        let (groups, depth) = (Fixed(self.shape.groups), Fixed(self.shape.depth()));
        let writer = &mut self.writer;
        writer.input("input_ids", Element::I64, &[batch, rows]);
        writer.input("attention_mask", Element::I64, &[batch, all]);
        writer.input("position_ids", Element::I64, &[batch, rows]);
        writer.output("logits", Element::F32, &[batch, rows, Fixed(self.shape.vocabulary)]);
        for layer in 0..self.shape.layers {
            for part in ["key", "value"] {
                writer.input(&format!("past_key_values.{layer}.{part}"), Element::F32, &[batch, groups, past, depth]);
                writer.output(&format!("present.{layer}.{part}"), Element::F32, &[batch, groups, all, depth]);
            }
        }
    }

    /// What GroupQueryAttention wants of the mask: the number of keys of each text less one, and that of the cache.
    fn lengths(&mut self) {
        let writer = &mut self.writer;
        writer.ints("one", &[1], &[1]);
        writer.ints("at_one", &[], &[1]);
        writer.node("ReduceSum", &["attention_mask", "one"], &["mask.sum"], &[Int("keepdims", 0)]);
        writer.node("Sub", &["mask.sum", "one"], &["mask.last"], &[]);
        writer.node("Cast", &["mask.last"], &["keys_less_one"], &[Int("to", Element::I32 as i64)]);
        writer.node("Shape", &["attention_mask"], &["mask.shape"], &[]);
        writer.node("Gather", &["mask.shape", "at_one"], &["mask.length"], &[Int("axis", 0)]);
        writer.node("Cast", &["mask.length"], &["keys"], &[Int("to", Element::I32 as i64)]);
        let [cos, sin] = tables(self.shape);
        let dims = [self.shape.context, self.shape.depth() / 2];
        writer.floats("cos", &dims, &cos);
        writer.floats("sin", &dims, &sin);
    }

    fn write(&mut self) {
        let places = self.shape.places();
        let width = self.shape.width;
        self.matrix("embedding", places.embedding.clone(), width);
        self.embed();
        self.factors("layers.0.norm", places.layers.first().map(|at| at.norm.clone()));
        let attributes = [Float("epsilon", EPSILON), Int("axis", -1)];
        self.writer.node("SimplifiedLayerNormalization", &["embedded", "layers.0.norm"], &["layers.0.normed"], &attributes);
        let mut carried = "embedded".to_owned();
        for (number, at) in places.layers.iter().enumerate() {
            let name = |part: &str| format!("layers.{number}.{part}");
            self.matrix(&name("qkv"), at.qkv.clone(), width);
            self.product(&name("normed"), &name("qkv"), (width, self.shape.qkv()), &name("qkv.out"));
            self.attention(number);
            self.matrix(&name("out"), at.out.clone(), width);
            self.product(&name("mixed"), &name("out"), (width, width), &name("out.out"));
            self.factors(&name("norm_inner"), Some(at.norm_inner.clone()));
            self.skip(&carried, &name("out.out"), &name("norm_inner"), &name("normed_inner"), &name("between"));
            self.gate(number, at.gate.clone());
            self.matrix(&name("down"), at.down.clone(), self.shape.inner);
            self.product(&name("gated"), &name("down"), (self.shape.inner, width), &name("down.out"));
            let next = |part: &str| format!("layers.{}.{part}", number + 1);
            let norm = places.layers.get(number + 1).map_or(places.norm.clone(), |at| at.norm.clone());
            self.factors(&next("norm"), Some(norm));
            carried = next("carried");
            self.skip(&name("between"), &name("down.out"), &next("norm"), &next("normed"), &carried);
        }
        let last = format!("layers.{}.normed", self.shape.layers);
        if self.form == Form::Floats {
            self.writer.node("Transpose", &["embedding"], &["head.turned"], &[]);
            self.writer.node("MatMul", &[&last, "head.turned"], &["logits"], &[]);
        } else {
            self.product(&last, "embedding", (width, self.shape.vocabulary), "logits");
        }
    }

    fn embed(&mut self) {
        let writer = &mut self.writer;
        if self.form == Form::Floats {
            writer.node("Gather", &["embedding", "input_ids"], &["embedded"], &[Int("axis", 0)]);
            return;
        }
        let dims = [self.shape.vocabulary as i64, self.shape.width as i64 / 2];
        writer.ints("embedding.dims", &[2], &dims);
        writer.node("Reshape", &["embedding", "embedding.dims"], &["embedding.rows"], &[]);
        let attributes = [Int("bits", 4), Int("block_size", BLOCK as i64), Int("gather_axis", 0), Int("quantize_axis", 1)];
        let inputs = ["embedding.rows", "input_ids", "embedding.scales"];
        writer.node("com.microsoft:GatherBlockQuantized", &inputs, &["embedded"], &attributes);
    }

    fn attention(&mut self, number: usize) {
        let name = |part: &str| format!("layers.{number}.{part}");
        let past = |part: &str| format!("past_key_values.{number}.{part}");
        let present = |part: &str| format!("present.{number}.{part}");
        let attributes = [
            Int("num_heads", self.shape.heads as i64),
            Int("kv_num_heads", self.shape.groups as i64),
            Int("do_rotary", 1),
            Int("rotary_interleaved", 0),
        ];
        let (qkv, key, value) = (name("qkv.out"), past("key"), past("value"));
        let inputs = [&qkv, "", "", &key, &value, "keys_less_one", "keys", "cos", "sin", "position_ids"];
        let outputs = [&*name("mixed"), &present("key"), &present("value")];
        self.writer.node("com.microsoft:GroupQueryAttention", &inputs, &outputs, &attributes);
    }

    /// Two products, as each is read where it lies; QuickGelu of factor 1 is SiLU.
    fn gate(&mut self, number: usize, at: Range<usize>) {
        let name = |part: &str| format!("layers.{number}.{part}");
        let (width, inner) = (self.shape.width, self.shape.inner);
        let middle = at.start + width * inner;
        for (part, range) in [("gate", at.start..middle), ("value", middle..at.end)] {
            self.matrix(&name(part), range, width);
            self.product(&name("normed_inner"), &name(part), (width, inner), &name(&[part, ".out"].concat()));
        }
        self.writer.node("com.microsoft:QuickGelu", &[&name("gate.out")], &[&name("gate.curve")], &[Float("alpha", 1.0)]);
        self.writer.node("Mul", &[&name("gate.curve"), &name("value.out")], &[&name("gated")], &[]);
    }

    /// The sum of what is carried and what is added, and that normed.
    fn skip(&mut self, carried: &str, added: &str, factors: &str, normed: &str, sum: &str) {
        let outputs = [normed, "", "", sum];
        let inputs = [carried, added, factors];
        self.writer.node("com.microsoft:SkipSimplifiedLayerNormalization", &inputs, &outputs, &[Float("epsilon", EPSILON)]);
    }

    fn factors(&mut self, name: &str, range: Option<Range<usize>>) {
        let values = range.and_then(|range| self.weights.get(range)).unwrap_or_default();
        self.writer.floats(name, &[values.len()], values);
    }

    /// A matrix of rows of `depth` numbers, as a product wants it.
    fn matrix(&mut self, name: &str, range: Range<usize>, depth: usize) {
        let values = self.weights.get(range).unwrap_or_default();
        let rows = values.len() / depth.max(1);
        if self.form != Form::Floats {
            let (codes, scales) = codes(values);
            let raw: Vec<u8> = scales.iter().flat_map(|s| s.to_le_bytes()).collect();
            let half = format!("{name}.halves");
            self.writer.weight(name, &[rows, depth / BLOCK, BLOCK / 2], Element::U8, &codes);
            self.writer.weight(&half, &[rows, depth / BLOCK], Element::F16, &raw);
            self.writer.node("Cast", &[&half], &[&format!("{name}.scales")], &[Int("to", Element::F32 as i64)]);
        } else if name == "embedding" {
            self.writer.floats(name, &[rows, depth], values);
        } else {
            let turned: Vec<f32> = (0..values.len()).map(|at| values[at % rows * depth + at / rows]).collect();
            self.writer.floats(name, &[depth, rows], &turned);
        }
    }

    fn product(&mut self, x: &str, matrix: &str, (depth, rows): (usize, usize), out: &str) {
        let Form::Codes(accuracy) = self.form else {
            self.writer.node("MatMul", &[x, matrix], &[out], &[]);
            return;
        };
        let attributes = [
            Int("K", depth as i64),
            Int("N", rows as i64),
            Int("bits", 4),
            Int("block_size", BLOCK as i64),
            Int("accuracy_level", accuracy),
        ];
        self.writer.node("com.microsoft:MatMulNBits", &[x, matrix, &format!("{matrix}.scales")], &[out], &attributes);
    }
}

#[cfg(test)]
mod tests;
