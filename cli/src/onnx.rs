//! Writes ONNX files (IR 8, opset 17), byte by byte: nodes and weights as they come, then the graph around them.
//!
//! Field numbers are those of onnx.proto3 (github.com/onnx/onnx). Every dimension is fixed.

/// Element types by number (onnx.proto3, `TensorProto.DataType`).
pub(crate) const FLOAT: u64 = 1;
pub(crate) const INT8: u64 = 3;
pub(crate) const INT64: u64 = 7;
pub(crate) const FLOAT16: u64 = 10;

/// Nodes and weights, already encoded.
#[derive(Default)]
pub(crate) struct Graph {
    bytes: Vec<u8>,
    count: usize,
}

impl Graph {
    /// A node with one output, named by number unless `name` is given.
    pub(crate) fn op(&mut self, kind: &str, inputs: &[&str], name: &str) -> String {
        self.node(kind, inputs, name, &[])
    }

    /// As [`Graph::op`], with attributes of [`whole`] and [`wholes`].
    pub(crate) fn node(&mut self, kind: &str, inputs: &[&str], name: &str, attributes: &[u8]) -> String {
        self.count += 1;
        let name = if name.is_empty() { format!("v{}", self.count) } else { name.to_string() };
        let mut node = Vec::new();
        inputs.iter().for_each(|input| field(&mut node, 1, input.as_bytes()));
        field(&mut node, 2, name.as_bytes());
        field(&mut node, 3, format!("{kind}.{}", self.count).as_bytes());
        field(&mut node, 4, kind.as_bytes());
        node.extend_from_slice(attributes);
        field(&mut self.bytes, 1, &node);
        name
    }

    /// Weights of 32 bits.
    pub(crate) fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, dims, FLOAT, &raw)
    }

    /// A list of whole numbers.
    pub(crate) fn ints(&mut self, name: &str, values: &[i64]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, &[values.len()], INT64, &raw)
    }

    /// Weights of an element type, little-endian.
    pub(crate) fn tensor(&mut self, name: &str, dims: &[usize], kind: u64, raw: &[u8]) -> String {
        let mut tensor = Vec::new();
        dims.iter().for_each(|&dim| number(&mut tensor, 1, dim as u64));
        number(&mut tensor, 2, kind);
        field(&mut tensor, 8, name.as_bytes());
        field(&mut tensor, 9, raw);
        field(&mut self.bytes, 5, &tensor);
        name.to_string()
    }

    /// Wraps the graph in a model: inputs with their element types and shapes, one output of 32-bit floats.
    pub(crate) fn finish(mut self, name: &str, inputs: &[(&str, u64, &[usize])], output: (&str, &[usize])) -> Vec<u8> {
        field(&mut self.bytes, 2, name.as_bytes());
        inputs.iter().for_each(|&(name, kind, dims)| field(&mut self.bytes, 11, &value(name, kind, dims)));
        field(&mut self.bytes, 12, &value(output.0, FLOAT, output.1));
        let mut opset = Vec::new();
        field(&mut opset, 1, b"");
        number(&mut opset, 2, 17);
        let mut model = Vec::new();
        number(&mut model, 1, 8);
        field(&mut model, 2, b"nearhand");
        field(&mut model, 7, &self.bytes);
        field(&mut model, 8, &opset);
        model
    }
}

/// An attribute that is a whole number from 0 to 127.
pub(crate) fn whole(name: &str, value: u8) -> Vec<u8> {
    attribute(name, 3, &[value], 2)
}

/// An attribute that is a list of whole numbers from 0 to 127.
pub(crate) fn wholes(name: &str, values: &[u8]) -> Vec<u8> {
    attribute(name, 8, values, 7)
}

/// An attribute of type `kind` (2 an integer, 7 integers), its values in field `at`.
fn attribute(name: &str, at: u64, values: &[u8], kind: u64) -> Vec<u8> {
    let mut body = Vec::new();
    field(&mut body, 1, name.as_bytes());
    values.iter().for_each(|value| number(&mut body, at, u64::from(*value)));
    number(&mut body, 20, kind);
    let mut out = Vec::new();
    field(&mut out, 5, &body);
    out
}

/// ValueInfo of a tensor.
pub(crate) fn value(name: &str, element: u64, dims: &[usize]) -> Vec<u8> {
    let (mut shape, mut tensor, mut kind, mut out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for &size in dims {
        let mut dim = Vec::new();
        number(&mut dim, 1, size as u64);
        field(&mut shape, 1, &dim);
    }
    number(&mut tensor, 1, element);
    field(&mut tensor, 2, &shape);
    field(&mut kind, 1, &tensor);
    field(&mut out, 1, name.as_bytes());
    field(&mut out, 2, &kind);
    out
}

/// Appends a number in base 128.
pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        out.push(value as u8 & 127 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a field that holds a number.
pub(crate) fn number(out: &mut Vec<u8>, at: u64, value: u64) {
    varint(out, at << 3);
    varint(out, value);
}

/// Appends a field that holds bytes, text or a message.
pub(crate) fn field(out: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    varint(out, at << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
