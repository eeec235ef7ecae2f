//! ONNX files put together field by field (onnx.proto's numbers).
// The unit tests, which have this file too, do not use all of it.
#![allow(dead_code)]

/// A model of one graph, operator set 20 where none is said.
#[derive(Default)]
pub(crate) struct File {
    /// Operator set; 0 for 20.
    pub(crate) opset: u64,
    /// Set of ai.onnx.ml's operators; 0 for none.
    pub(crate) ml: u64,
    nodes: Vec<u8>,
    initializers: Vec<u8>,
    inputs: Vec<u8>,
    outputs: Vec<u8>,
}

/// An extent that is not said.
pub(crate) const OPEN: usize = usize::MAX;

/// An attribute.
pub(crate) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Float(f32),
    Floats(Vec<f32>),
    Text(&'static str),
    Texts(Vec<&'static str>),
    /// As [`File::graph`] writes it.
    Graph(Vec<u8>),
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 128 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn info(name: &str, kind: u64, shape: &[usize]) -> Vec<u8> {
    info_of(name, kind, &shape.iter().map(usize::to_string).collect::<Vec<_>>())
}

/// Extents are numbers, or names of their own.
fn info_of<S: AsRef<str>>(name: &str, kind: u64, shape: &[S]) -> Vec<u8> {
    let (mut dims, mut tensor, mut kinds, mut out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for dim in shape {
        let mut one = Vec::new();
        match dim.as_ref().parse() {
            Ok(fixed) => number(1, fixed, &mut one),
            Err(_) => bytes(2, dim.as_ref().as_bytes(), &mut one),
        }
        bytes(1, &one, &mut dims);
    }
    number(1, kind, &mut tensor);
    bytes(2, &dims, &mut tensor);
    bytes(1, &tensor, &mut kinds);
    bytes(1, name.as_bytes(), &mut out);
    bytes(2, &kinds, &mut out);
    out
}

impl File {
    /// An input of the graph. `kind` is onnx.proto's number of the element type.
    pub(crate) fn input(&mut self, name: &str, kind: u64, shape: &[usize]) {
        bytes(11, &info(name, kind, shape), &mut self.inputs);
    }

    /// An input of the graph with extents that are numbers, or names where they are open.
    pub(crate) fn open_input(&mut self, name: &str, kind: u64, shape: &[&str]) {
        bytes(11, &info_of(name, kind, shape), &mut self.inputs);
    }

    /// An output of the graph, likewise.
    pub(crate) fn open_output(&mut self, name: &str, kind: u64, shape: &[&str]) {
        bytes(12, &info_of(name, kind, shape), &mut self.outputs);
    }

    /// An output of the graph.
    pub(crate) fn output(&mut self, name: &str, kind: u64, shape: &[usize]) {
        bytes(12, &info(name, kind, shape), &mut self.outputs);
    }

    /// A constant, its elements as raw data. `kind` is onnx.proto's number of the element type.
    pub(crate) fn initializer(&mut self, name: &str, kind: u64, shape: &[usize], raw: &[u8]) {
        let mut out = Vec::new();
        shape.iter().for_each(|dim| number(1, *dim as u64, &mut out));
        number(2, kind, &mut out);
        bytes(8, name.as_bytes(), &mut out);
        bytes(9, raw, &mut out);
        bytes(5, &out, &mut self.initializers);
    }

    /// A constant of 32-bit floats.
    pub(crate) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initializer(name, 1, shape, &raw);
    }

    /// A constant of 64-bit integers.
    pub(crate) fn ints(&mut self, name: &str, shape: &[usize], values: &[i64]) {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initializer(name, 7, shape, &raw);
    }

    /// A node of ai.onnx.
    pub(crate) fn node(&mut self, operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[(&str, Attribute)]) {
        self.node_of("", operator, inputs, outputs, attributes);
    }

    /// A node of some domain.
    pub(crate) fn node_of(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) {
        let mut out = Vec::new();
        bytes(7, domain.as_bytes(), &mut out);
        inputs.iter().for_each(|name| bytes(1, name.as_bytes(), &mut out));
        outputs.iter().for_each(|name| bytes(2, name.as_bytes(), &mut out));
        bytes(4, operator.as_bytes(), &mut out);
        for (name, attribute) in attributes {
            let mut one = Vec::new();
            bytes(1, name.as_bytes(), &mut one);
            match attribute {
                Attribute::Float(v) => {
                    varint(2 << 3 | 5, &mut one);
                    one.extend_from_slice(&v.to_le_bytes());
                    number(20, 1, &mut one);
                }
                Attribute::Int(v) => {
                    number(3, v.cast_unsigned(), &mut one);
                    number(20, 2, &mut one);
                }
                Attribute::Text(text) => {
                    bytes(4, text.as_bytes(), &mut one);
                    number(20, 3, &mut one);
                }
                Attribute::Texts(list) => {
                    list.iter().for_each(|text| bytes(9, text.as_bytes(), &mut one));
                    number(20, 8, &mut one);
                }
                Attribute::Floats(list) => {
                    let raw: Vec<u8> = list.iter().flat_map(|v| v.to_le_bytes()).collect();
                    bytes(7, &raw, &mut one);
                    number(20, 6, &mut one);
                }
                Attribute::Graph(graph) => {
                    bytes(6, graph, &mut one);
                    number(20, 5, &mut one);
                }
                Attribute::Ints(list) => {
                    list.iter().for_each(|v| number(8, v.cast_unsigned(), &mut one));
                    number(20, 7, &mut one);
                }
            }
            bytes(5, &one, &mut out);
        }
        bytes(1, &out, &mut self.nodes);
    }

    /// The graph alone, as an attribute holds it.
    pub(crate) fn graph(&self) -> Vec<u8> {
        let mut graph = self.nodes.clone();
        bytes(2, b"g", &mut graph);
        for part in [&self.initializers, &self.inputs, &self.outputs] {
            graph.extend_from_slice(part);
        }
        graph
    }

    /// The file's bytes.
    pub(crate) fn finish(&self) -> Vec<u8> {
        let (mut opset, mut microsoft, mut out) = (Vec::new(), Vec::new(), Vec::new());
        number(2, if self.opset == 0 { 20 } else { self.opset }, &mut opset);
        bytes(1, b"com.microsoft", &mut microsoft);
        number(2, 1, &mut microsoft);
        number(1, 9, &mut out);
        bytes(7, &self.graph(), &mut out);
        bytes(8, &opset, &mut out);
        bytes(8, &microsoft, &mut out);
        if self.ml > 0 {
            let mut opset = Vec::new();
            bytes(1, b"ai.onnx.ml", &mut opset);
            number(2, self.ml, &mut opset);
            bytes(8, &opset, &mut out);
        }
        out
    }
}
