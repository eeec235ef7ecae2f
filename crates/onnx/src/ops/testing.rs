//! ONNX files of one node, run through the front door, for the tests of operators.

use crate::dtype::DType;
use crate::error::{Code, Result};
use crate::graph::Graph;
use crate::limits::ModelLimits;
use crate::tensor::{Tensor, Values};

/// An input of the node.
#[derive(Clone)]
pub(super) enum In {
    /// Given when it runs.
    Given(Tensor),
    /// A constant of the graph.
    Known(Tensor),
    /// Left out.
    None,
}

/// An attribute of the node.
#[derive(Clone)]
pub(super) enum A {
    Int(&'static str, i64),
    Ints(&'static str, &'static [i64]),
    Float(&'static str, f32),
    Text(&'static str, &'static str),
}

pub(super) fn given(shape: &[usize], values: &[f32]) -> In {
    In::Given(Tensor::f32(shape.to_vec(), values.to_vec()))
}

pub(super) fn known(shape: &[usize], values: &[f32]) -> In {
    In::Known(Tensor::f32(shape.to_vec(), values.to_vec()))
}

pub(super) fn ints(values: &[i64]) -> In {
    In::Known(Tensor { shape: vec![values.len()], values: Values::I64(values.to_vec()) })
}

/// So many numbers between −1 and 1, other ones for every seed.
pub(super) fn draw(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.0 - 1.0).collect()
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while n > 0x7f {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

fn number(field: u64, value: i64) -> Vec<u8> {
    [varint(field << 3), varint(value.cast_unsigned())].concat()
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn attribute(a: &A) -> Vec<u8> {
    let (name, kind, value) = match a {
        A::Int(name, v) => (name, 2, number(3, *v)),
        A::Ints(name, list) => (name, 7, list.iter().flat_map(|v| number(8, *v)).collect()),
        A::Text(name, v) => (name, 3, bytes(4, v.as_bytes())),
        A::Float(name, v) => (name, 1, [varint(2 << 3 | 5), v.to_le_bytes().to_vec()].concat()),
    };
    bytes(5, &[bytes(1, name.as_bytes()), value, number(20, kind)].concat())
}

fn onnx(dtype: &str) -> i64 {
    (1..12).find(|n| *n != 10 && DType::of_onnx(*n) == DType::named(dtype)).unwrap()
}

fn port(field: u64, name: &str, dtype: &str, shape: Option<&[usize]>) -> Vec<u8> {
    let dims = |s: &[usize]| s.iter().flat_map(|d| bytes(1, &number(1, *d as i64))).collect::<Vec<_>>();
    let shape = shape.map_or(Vec::new(), |s| bytes(2, &dims(s)));
    let tensor = bytes(1, &[number(1, onnx(dtype)), shape].concat());
    bytes(field, &[bytes(1, name.as_bytes()), bytes(2, &tensor)].concat())
}

fn raw(values: &Values) -> Vec<u8> {
    match values {
        Values::F32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        Values::I64(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        Values::I32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        _ => panic!("a constant of a type that tests do not use"),
    }
}

/// Runs a node, `operator` or `domain:operator`, with outputs of these types; one that is "" is not asked for.
pub(super) fn node(opset: i64, operator: &str, attributes: &[A], inputs: &[In], outputs: &[&str]) -> Result<Vec<Tensor>> {
    let (domain, operator) = operator.split_once(':').unwrap_or(("", operator));
    let (mut graph, mut node, mut tensors) = (Vec::new(), Vec::new(), Vec::new());
    for (at, input) in inputs.iter().enumerate() {
        let name = ["x", &at.to_string()].concat();
        match input {
            In::Given(tensor) => {
                node.extend(bytes(1, name.as_bytes()));
                graph.extend(port(11, &name, tensor.values.dtype(), Some(&tensor.shape)));
                tensors.push(tensor.clone());
            }
            In::Known(tensor) => {
                node.extend(bytes(1, name.as_bytes()));
                let dims = tensor.shape.iter().flat_map(|d| number(1, *d as i64));
                let rest = [number(2, onnx(tensor.values.dtype())), bytes(8, name.as_bytes()), bytes(9, &raw(&tensor.values))];
                graph.extend(bytes(5, &dims.chain(rest.concat()).collect::<Vec<_>>()));
            }
            In::None => node.extend(bytes(1, b"")),
        }
    }
    for (at, dtype) in outputs.iter().enumerate() {
        let name = if dtype.is_empty() { String::new() } else { ["y", &at.to_string()].concat() };
        node.extend(bytes(2, name.as_bytes()));
        if !dtype.is_empty() {
            graph.extend(port(12, &name, dtype, None));
        }
    }
    node.extend([bytes(4, operator.as_bytes()), bytes(7, domain.as_bytes())].concat());
    node.extend(attributes.iter().flat_map(attribute));
    graph.extend(bytes(1, &node));
    let opset = [bytes(1, b""), number(2, opset)].concat();
    let file = [number(1, 8), bytes(7, &graph), bytes(8, &opset)].concat();
    Graph::load(&file, &ModelLimits::default())?.run(tensors)
}

/// The floats of the only output of a node.
pub(super) fn floats(opset: i64, operator: &str, attributes: &[A], inputs: &[In]) -> Vec<f32> {
    numbers(&node(opset, operator, attributes, inputs, &["f32"]).unwrap()[0])
}

/// The code of a node's refusal.
pub(super) fn refusal(opset: i64, operator: &str, attributes: &[A], inputs: &[In]) -> Code {
    node(opset, operator, attributes, inputs, &["f32"]).unwrap_err().code()
}

pub(super) fn numbers(tensor: &Tensor) -> Vec<f32> {
    let Values::F32(values) = &tensor.values else { panic!("{tensor:?} is not of 32-bit floats") };
    values.clone()
}

/// Whether numbers are these but for rounding.
pub(super) fn near(have: &[f32], want: &[f32]) -> bool {
    have.len() == want.len() && have.iter().zip(want).all(|(a, b)| a == b || (a - b).abs() <= 2e-6 * (1.0 + b.abs()))
}
