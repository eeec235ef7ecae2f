//! Inputs and outputs of the export, and what its weights tell of them.

use nearhand::Result;
use nearhand_onnx::file::{Dim, Model, Node, TensorProto, Type, ValueInfo, dtype_name};
use nearhand_onnx::{ModelLimits, Values};
use std::collections::{BTreeMap, BTreeSet};

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// `f32`, `i64`, …; `onnx:N` of others.
    pub(crate) dtype: String,
    pub(crate) dims: Vec<Size>,
    /// Rows of the tables that its values pick rows of: how many different values it may have.
    pub(crate) tables: BTreeSet<usize>,
    /// The only row of zeros in a table that its values pick rows of: what an export trains for padding.
    pub(crate) nil: Option<usize>,
    /// Whether its values are added to something as they are, as those of a mask before a softmax.
    pub(crate) added: bool,
}

/// A dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) fixed: Option<usize>,
    /// Its name, where it is open and has one.
    pub(crate) name: String,
}

impl Port {
    /// Type and shape in words: `i64 [batch, 20]`.
    pub(crate) fn text(&self) -> String {
        let dims = self.dims.iter().map(|size| match (size.fixed, size.name.as_str()) {
            (Some(n), _) => n.to_string(),
            (None, "") => "?".to_owned(),
            (None, name) => name.to_owned(),
        });
        format!("{} [{}]", self.dtype, dims.collect::<Vec<_>>().join(", "))
    }

    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.dtype.as_str(), "i64" | "i32" | "u8" | "i8")
    }
}

/// The inputs that must be given and the outputs.
///
/// # Errors
/// `model-malformed`.
pub(crate) fn ports(onnx: &[u8]) -> Result<(Vec<Port>, Vec<Port>)> {
    let model = Model::read(onnx, &ModelLimits::none().file)?;
    let graph = &model.graph;
    let held: BTreeMap<&str, &[i64]> = graph.initializers.iter().map(|t| (t.name, t.dims.as_slice())).collect();
    let inputs = graph.inputs.iter().filter(|info| !held.contains_key(info.name));
    let inputs = inputs.map(|info| {
        let (tables, names) = tables(&graph.nodes, &held, info.name);
        let nil = graph.initializers.iter().filter(|tensor| names.contains(tensor.name)).find_map(only_nil_row);
        Port { tables, nil, added: added(&graph.nodes, info.name), ..port(info) }
    });
    Ok((inputs.collect(), graph.outputs.iter().map(port).collect()))
}

/// The only row of zeros of a table.
fn only_nil_row(table: &TensorProto<'_>) -> Option<usize> {
    let Values::F32(values) = table.values().ok()?.values else { return None };
    let width = usize::try_from(*table.dims.get(1)?).ok()?;
    let mut nil = values.chunks_exact(width.max(1)).enumerate().filter(|(_, row)| row.iter().all(|v| *v == 0.0));
    let (first, second) = (nil.next(), nil.next());
    first.filter(|_| second.is_none()).map(|(row, _)| row)
}

fn port(info: &ValueInfo<'_>) -> Port {
    let name = info.name.to_owned();
    let Type::Tensor(element, dims) = &info.kind else {
        return Port { name, dtype: "none".to_owned(), dims: Vec::new(), tables: BTreeSet::new(), nil: None, added: false };
    };
    let dtype = dtype_name(*element).map_or_else(|| format!("onnx:{element}"), str::to_owned);
    let size = |dim: &Dim<'_>| match dim {
        // Some exporters write an open dimension as 0 or −1.
        Dim::Fixed(n) => Size { fixed: usize::try_from(*n).ok().filter(|n| *n > 0), name: String::new() },
        Dim::Named(name) => Size { fixed: None, name: (*name).to_owned() },
        Dim::Open => Size { fixed: None, name: String::new() },
    };
    Port { name, dtype, dims: dims.iter().flatten().map(size).collect(), tables: BTreeSet::new(), nil: None, added: false }
}

/// Operators that hand their first input on as it is, or in another type or shape.
const SAME: [&str; 10] =
    ["Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten", "Expand", "Slice", "Clip"];

/// Rows of the tables that the values of an input pick rows of, and the tables' names.
fn tables<'a>(nodes: &[Node<'a>], held: &BTreeMap<&'a str, &'a [i64]>, input: &'a str) -> (BTreeSet<usize>, BTreeSet<&'a str>) {
    let (mut carried, mut rows, mut names) = (BTreeSet::from([input]), BTreeSet::new(), BTreeSet::new());
    // Weights may have been transposed or widened on their way.
    let mut shapes: BTreeMap<&str, Vec<i64>> = held.iter().map(|(name, dims)| (*name, dims.to_vec())).collect();
    for node in nodes {
        let first = node.inputs.first().copied().unwrap_or_default();
        let output = node.outputs.first().copied().unwrap_or_default();
        match node.op_type {
            "Gather" => {
                let by = node.inputs.get(1).is_some_and(|indices| carried.contains(indices));
                let picked = shapes.get(first).filter(|dims| dims.len() >= 2).and_then(|dims| dims.first());
                if let Some(picked) = picked.filter(|_| by && axis(node) == 0) {
                    rows.extend(usize::try_from(*picked));
                    names.insert(first);
                }
            }
            "Constant" => {
                let dims = node.attributes.iter().find_map(|a| a.tensors.first()).map(|t| t.dims.clone());
                shapes.extend(dims.map(|dims| (output, dims)));
            }
            "Transpose" if shapes.get(first).is_some_and(|dims| dims.len() == 2) => {
                let turned = shapes.get(first).map(|dims| dims.iter().rev().copied().collect());
                shapes.extend(turned.map(|dims| (output, dims)));
            }
            "DequantizeLinear" | "Cast" | "Identity" => {
                let same = shapes.get(first).cloned();
                shapes.extend(same.map(|dims| (output, dims)));
                if carried.contains(first) {
                    carried.insert(output);
                }
            }
            kind if SAME.contains(&kind) && carried.contains(first) => {
                carried.insert(output);
            }
            _ => {}
        }
    }
    (rows, names)
}

/// Whether the values of an input, in whatever shape, are added to something.
fn added(nodes: &[Node<'_>], input: &str) -> bool {
    let mut carried = BTreeSet::from([input]);
    for node in nodes {
        let by = node.inputs.iter().any(|input| carried.contains(input));
        if by && node.op_type == "Add" {
            return true;
        }
        if by && SAME.contains(&node.op_type) && node.inputs.first().is_some_and(|first| carried.contains(first)) {
            carried.extend(node.outputs.iter().copied());
        }
    }
    false
}

fn axis(node: &Node<'_>) -> i64 {
    node.attributes.iter().find(|a| a.name == "axis").and_then(|a| a.int().ok()).unwrap_or(0)
}
