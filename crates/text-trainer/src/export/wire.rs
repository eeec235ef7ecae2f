//! ONNX files, written byte by byte in protocol buffers' wire format (protobuf.dev/programming-guides/encoding). Field numbers are those
//! of onnx.proto3 (github.com/onnx/onnx).

/// Element types (onnx.proto3, `TensorProto.DataType`).
#[derive(Clone, Copy)]
pub(super) enum Element {
    F32 = 1,
    U8 = 2,
    I32 = 6,
    I64 = 7,
    F16 = 10,
}

/// A dimension: a number, or open under a name.
#[derive(Clone, Copy)]
pub(super) enum Size<'a> {
    Fixed(usize),
    Open(&'a str),
}

/// An attribute of a node.
#[derive(Clone, Copy)]
pub(super) enum Attribute<'a> {
    Int(&'a str, i64),
    Float(&'a str, f32),
}

/// A graph that grows by nodes, weights, inputs and outputs.
#[derive(Default)]
pub(super) struct Writer {
    nodes: Vec<u8>,
    weights: Vec<u8>,
    ports: Vec<u8>,
    count: usize,
}

impl Writer {
    /// A node of ONNX's own operators, or, after `com.microsoft:`, of onnxruntime's; an empty input is left out.
    pub(super) fn node(&mut self, kind: &str, inputs: &[&str], outputs: &[&str], attributes: &[Attribute<'_>]) {
        let (domain, kind) = kind.split_once(':').unwrap_or(("", kind));
        let mut node = Vec::new();
        inputs.iter().for_each(|name| field(&mut node, 1, name.as_bytes()));
        outputs.iter().for_each(|name| field(&mut node, 2, name.as_bytes()));
        field(&mut node, 3, format!("{kind}.{}", self.count).as_bytes());
        field(&mut node, 4, kind.as_bytes());
        attributes.iter().for_each(|a| field(&mut node, 5, &a.bytes()));
        if !domain.is_empty() {
            field(&mut node, 7, domain.as_bytes());
        }
        self.count += 1;
        field(&mut self.nodes, 1, &node);
    }

    /// Weights, little-endian.
    pub(super) fn weight(&mut self, name: &str, dims: &[usize], element: Element, raw: &[u8]) {
        let mut tensor = Vec::new();
        dims.iter().for_each(|dim| number(&mut tensor, 1, *dim as u64));
        number(&mut tensor, 2, element as u64);
        field(&mut tensor, 8, name.as_bytes());
        field(&mut tensor, 9, raw);
        field(&mut self.weights, 5, &tensor);
    }

    /// Weights of 32 bits.
    pub(super) fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.weight(name, dims, Element::F32, &raw);
    }

    /// Whole numbers.
    pub(super) fn ints(&mut self, name: &str, dims: &[usize], values: &[i64]) {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.weight(name, dims, Element::I64, &raw);
    }

    pub(super) fn input(&mut self, name: &str, element: Element, dims: &[Size<'_>]) {
        field(&mut self.ports, 11, &value(name, element, dims));
    }

    pub(super) fn output(&mut self, name: &str, element: Element, dims: &[Size<'_>]) {
        field(&mut self.ports, 12, &value(name, element, dims));
    }

    /// The file: IR 8, opset 17, and onnxruntime's operators.
    pub(super) fn finish(self, name: &str) -> Vec<u8> {
        let mut graph = self.nodes;
        field(&mut graph, 2, name.as_bytes());
        graph.extend(self.weights);
        graph.extend(self.ports);
        let mut model = Vec::new();
        number(&mut model, 1, 8);
        field(&mut model, 2, b"nearhand");
        field(&mut model, 7, &graph);
        for (domain, version) in [("", 17), ("com.microsoft", 1)] {
            let mut opset = Vec::new();
            field(&mut opset, 1, domain.as_bytes());
            number(&mut opset, 2, version);
            field(&mut model, 8, &opset);
        }
        model
    }
}

impl Attribute<'_> {
    fn bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Int(name, value) => {
                field(&mut out, 1, name.as_bytes());
                number(&mut out, 3, value.cast_unsigned());
                number(&mut out, 20, 2);
            }
            Self::Float(name, value) => {
                field(&mut out, 1, name.as_bytes());
                varint(&mut out, 2 << 3 | 5);
                out.extend(value.to_le_bytes());
                number(&mut out, 20, 1);
            }
        }
        out
    }
}

/// ValueInfo of a tensor.
fn value(name: &str, element: Element, dims: &[Size<'_>]) -> Vec<u8> {
    let (mut shape, mut tensor, mut kind, mut out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for size in dims {
        let mut dim = Vec::new();
        match size {
            Size::Fixed(size) => number(&mut dim, 1, *size as u64),
            Size::Open(name) => field(&mut dim, 2, name.as_bytes()),
        }
        field(&mut shape, 1, &dim);
    }
    number(&mut tensor, 1, element as u64);
    field(&mut tensor, 2, &shape);
    field(&mut kind, 1, &tensor);
    field(&mut out, 1, name.as_bytes());
    field(&mut out, 2, &kind);
    out
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        out.push(value as u8 & 127 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(out: &mut Vec<u8>, at: u64, value: u64) {
    varint(out, at << 3);
    varint(out, value);
}

fn field(out: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    varint(out, at << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
