//! ONNX files made on the spot: protobuf's wire format, as much of it as the tests need.

/// A field of bytes.
pub(crate) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field of a whole number.
pub(crate) fn whole(number: u64, value: i64) -> Vec<u8> {
    [varint(number << 3), varint(value.cast_unsigned())].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn attribute(name: &str, kind: i64, value: &[u8]) -> Vec<u8> {
    field(5, &[&field(1, name.as_bytes()), value, &whole(20, kind)].concat())
}

pub(crate) fn int(name: &str, value: i64) -> Vec<u8> {
    attribute(name, 2, &whole(3, value))
}

pub(crate) fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    attribute(name, 7, &values.iter().flat_map(|v| whole(8, *v)).collect::<Vec<_>>())
}

pub(crate) fn floats(name: &str, values: &[f32]) -> Vec<u8> {
    attribute(name, 6, &field(7, &bytes(values)))
}

pub(crate) fn text(name: &str, value: &str) -> Vec<u8> {
    attribute(name, 3, &field(4, value.as_bytes()))
}

pub(crate) fn texts(name: &str, values: &[&str]) -> Vec<u8> {
    attribute(name, 8, &values.iter().flat_map(|v| field(9, v.as_bytes())).collect::<Vec<_>>())
}

pub(crate) fn tensor(name: &str, value: &[u8]) -> Vec<u8> {
    attribute(name, 4, &field(5, value))
}

pub(crate) fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Name, element type and dimensions of a constant, with the field that holds its values.
pub(crate) fn constant(name: &str, kind: i64, dims: &[i64], values: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|d| whole(1, *d)).collect();
    [dims, whole(2, kind), field(8, name.as_bytes()), values.to_vec()].concat()
}

/// A constant of floats.
pub(crate) fn weight(name: &str, dims: &[i64], values: &[f32]) -> Vec<u8> {
    constant(name, 1, dims, &field(9, &bytes(values)))
}

/// An operator of ai.onnx, or of ai.onnx.ml where it says so: `ml:Scaler`. Names are apart by blanks.
pub(crate) fn node(operator: &str, inputs: &str, outputs: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let (domain, operator) = operator.strip_prefix("ml:").map_or(("", operator), |rest| ("ai.onnx.ml", rest));
    let names = |number, list: &str| list.split_whitespace().flat_map(|n| field(number, n.as_bytes())).collect::<Vec<_>>();
    let end = [field(4, operator.as_bytes()), field(7, domain.as_bytes()), attributes.concat()].concat();
    [names(1, inputs), names(2, outputs), end].concat()
}

/// A graph's input or output: name, element type, dimensions (−1: open).
pub(crate) fn port(name: &str, kind: i64, dims: &[i64]) -> Vec<u8> {
    let dim = |d: &i64| field(1, &if *d < 0 { Vec::new() } else { whole(1, *d) });
    let shape = dims.iter().flat_map(dim).collect::<Vec<_>>();
    [field(1, name.as_bytes()), field(2, &field(1, &[whole(1, kind), field(2, &shape)].concat()))].concat()
}

/// A file: its parts as made by the functions above.
#[derive(Clone, Default)]
pub(crate) struct File {
    pub(crate) version: i64,
    pub(crate) nodes: Vec<Vec<u8>>,
    pub(crate) constants: Vec<Vec<u8>>,
    pub(crate) inputs: Vec<Vec<u8>>,
    pub(crate) outputs: Vec<Vec<u8>>,
}

impl File {
    /// One node between float rows `x` and `y`, each of `width` values.
    pub(crate) fn of(nodes: Vec<Vec<u8>>, width: i64) -> Self {
        let row = |name| vec![port(name, 1, &[-1, width])];
        Self { version: 8, nodes, constants: Vec::new(), inputs: row("x"), outputs: row("y") }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let all = |number, list: &[Vec<u8>]| list.iter().flat_map(|part| field(number, part)).collect::<Vec<_>>();
        let graph = [all(1, &self.nodes), all(5, &self.constants), all(11, &self.inputs), all(12, &self.outputs)].concat();
        let opset = |domain: &str, version| field(8, &[field(1, domain.as_bytes()), whole(2, version)].concat());
        [whole(1, self.version), field(7, &graph), opset("", 17), opset("ai.onnx.ml", 5)].concat()
    }
}
