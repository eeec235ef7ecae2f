//! An ONNX graph whose edges are changed: what a page fills and reads is put where an export has something else.
//!
//! The nodes of the export stay as they are, byte by byte. Nodes go in front of them, where an input is made from another
//! one, and behind them, where an output is. So an input of 32-bit ids, an inverted mask or a batch that is fixed costs
//! some nodes of the graph and nothing in the engine.

mod external;
mod node;
mod widen;
mod wire;

pub(crate) use node::{Attribute, Element};

use nearhand::{Code, Error, Result};
use std::path::{Path, PathBuf};
use wire::{copy, field, fields};

/// A graph that can be changed.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    /// Fields of the model beside its graph, as they stand.
    model: Vec<u8>,
    /// The version of ONNX's own operators.
    pub(crate) opset: u64,
    before: Vec<Vec<u8>>,
    nodes: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
    initializers: Vec<Vec<u8>>,
    inputs: Vec<(String, Vec<u8>)>,
    outputs: Vec<(String, Vec<u8>)>,
    /// Fields of the graph that are none of these.
    rest: Vec<u8>,
    count: usize,
    /// Files that weights were read from.
    pub(crate) files: Vec<PathBuf>,
}

/// Values of a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Data<'a> {
    F32(&'a [f32]),
    I64(&'a [i64]),
    /// Halves, little-endian.
    F16(&'a [u8]),
}

/// Which side of the export's nodes a new one stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl Graph {
    /// Reads a file. What it keeps in other files of `folder` is put inside, and half-width floats become 32 bits wide.
    ///
    /// # Errors
    /// `model-malformed`; `model-external-data` where another file is missing, elsewhere, or too short.
    pub(crate) fn read(bytes: &[u8], folder: &Path) -> Result<Self> {
        let mut graph = Self {
            model: Vec::new(),
            opset: 0,
            before: Vec::new(),
            nodes: Vec::new(),
            after: Vec::new(),
            initializers: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            rest: Vec::new(),
            count: 0,
            files: Vec::new(),
        };
        let mut body = None;
        for (at, value) in fields(bytes)? {
            match at {
                7 if body.replace(value.bytes()).is_some() => {
                    return Err(Error::new(Code::ModelMalformed, "the ONNX file is malformed: it has two graphs"));
                }
                7 => {}
                _ => {
                    if at == 8 {
                        graph.opset = graph.opset.max(opset(value.bytes())?);
                    }
                    copy(&mut graph.model, at, value);
                }
            }
        }
        let body = body.ok_or_else(|| {
            Error::new(Code::ModelMalformed, "the file is no ONNX model: it has no graph").with("bytes", bytes.len())
        })?;
        let mut files = external::Files::of(folder);
        for (at, value) in fields(body)? {
            let bytes = value.bytes();
            match at {
                1 => graph.nodes.push(widen::node(bytes)?),
                5 => {
                    let tensor = files.inside(bytes)?;
                    graph.initializers.push(widen::tensor(&tensor)?);
                }
                11 => graph.inputs.push((name(bytes)?, widen::port(bytes)?)),
                12 => graph.outputs.push((name(bytes)?, widen::port(bytes)?)),
                // Shapes of values between: they go by what the inputs were.
                13 => {}
                _ => copy(&mut graph.rest, at, value),
            }
        }
        graph.files = files.paths();
        Ok(graph)
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for node in self.before.iter().chain(&self.nodes).chain(&self.after) {
            field(&mut body, 1, node);
        }
        self.initializers.iter().for_each(|tensor| field(&mut body, 5, tensor));
        self.inputs.iter().for_each(|(_, port)| field(&mut body, 11, port));
        self.outputs.iter().for_each(|(_, port)| field(&mut body, 12, port));
        body.extend_from_slice(&self.rest);
        let mut out = self.model.clone();
        field(&mut out, 7, &body);
        out
    }

    /// Whether the graph rounds what it computes to 8 bits, so that a difference of a float's last digit becomes a step.
    pub(crate) fn rounds_activations(&self) -> bool {
        let rounds = |kind: &str| matches!(kind, "DynamicQuantizeLinear" | "QuantizeLinear");
        let kind =
            |node: &Vec<u8>| fields(node).ok()?.into_iter().find(|(at, _)| *at == 4).map(|(_, value)| rounds(value.text()));
        self.nodes.iter().any(|node| kind(node).unwrap_or(false))
    }

    /// A node with one output of a name of its own, which is returned.
    pub(crate) fn op(&mut self, side: Side, kind: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> String {
        self.count += 1;
        let output = format!("nearhand.{}.{}", kind.to_lowercase(), self.count);
        self.op_named(side, kind, inputs, &output, attributes);
        output
    }

    /// A node with an output of the name.
    pub(crate) fn op_named(&mut self, side: Side, kind: &str, inputs: &[&str], output: &str, attributes: &[Attribute<'_>]) {
        let node = node::node(kind, inputs, output, attributes);
        if side == Side::Before { &mut self.before } else { &mut self.after }.push(node);
    }

    /// A constant of a name of its own, which is returned.
    pub(crate) fn constant(&mut self, dims: &[usize], data: Data<'_>) -> String {
        self.count += 1;
        let name = format!("nearhand.constant.{}", self.count);
        self.constant_named(&name, dims, data);
        name
    }

    /// A constant of the name.
    pub(crate) fn constant_named(&mut self, name: &str, dims: &[usize], data: Data<'_>) {
        let (element, raw): (_, Vec<u8>) = match data {
            Data::F32(values) => (Element::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Data::I64(values) => (Element::I64, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Data::F16(halves) => (Element::F16, halves.to_vec()),
        };
        self.initializers.push(node::tensor(name, dims, element, &raw));
    }

    /// Puts an input in the place of another one, whose name is then free for a node or constant that makes it.
    pub(crate) fn replace_input(&mut self, name: &str, new: Option<(&str, Element, &[usize])>) {
        let at = self.inputs.iter().position(|(input, _)| input == name);
        let new = new.map(|(name, element, dims)| (name.to_owned(), node::port(name, element, dims)));
        match (at, new) {
            (Some(at), Some(new)) => self.inputs.splice(at..=at, [new]).for_each(drop),
            (Some(at), None) => drop(self.inputs.remove(at)),
            (None, Some(new)) => self.inputs.push(new),
            (None, None) => {}
        }
    }

    /// Makes this the only output.
    pub(crate) fn only_output(&mut self, name: &str, element: Element, dims: &[usize]) {
        self.outputs = vec![(name.to_owned(), node::port(name, element, dims))];
    }

    /// Leaves one of the outputs, as it is declared.
    pub(crate) fn keep_output(&mut self, name: &str) {
        self.outputs.retain(|(output, _)| output == name);
    }
}

/// The version that an operator set names, of ONNX's own; 0 of others.
fn opset(bytes: &[u8]) -> Result<u64> {
    let (mut own, mut version) = (true, 0);
    for (at, value) in fields(bytes)? {
        match at {
            1 => own = matches!(value.text(), "" | "ai.onnx"),
            2 => version = value.int(),
            _ => {}
        }
    }
    Ok(if own { version } else { 0 })
}

/// The name of an input or output.
fn name(bytes: &[u8]) -> Result<String> {
    Ok(fields(bytes)?.iter().find(|(at, _)| *at == 1).map_or("", |(_, value)| value.text()).to_owned())
}

#[cfg(test)]
pub(crate) mod tests;
