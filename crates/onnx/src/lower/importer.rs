//! A whole graph, node by node, and the node that is being lowered: each holds the other.

use super::body::Body;
use super::builder::{Builder, Wire};
use super::record::{Mark, Record};
use crate::dtype::DType;
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::{Graph, Model, Node};
use crate::limits::ModelLimits;
use crate::refusal::{malformed, unsupported};
use crate::texts::Texts;
use crate::trees::TreeLimits;
use crate::weights::Weights;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Oldest and newest operator sets whose meaning is known.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=28;

/// Operators that take integers of 4 bits.
const OF_NARROW: &[&str] = &["DequantizeLinear", "GatherBlockQuantized"];

/// Operators that take texts, and move, find or name them. To all others they would be numbers.
const OF_TEXTS: &[&str] = &[
    "ArrayFeatureExtractor",
    "Cast",
    "Concat",
    "Equal",
    "Flatten",
    "Gather",
    "Identity",
    "If",
    "LabelEncoder",
    "Loop",
    "OneHotEncoder",
    "Reshape",
    "Scan",
    "Shape",
    "Size",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
    "Where",
];

/// Values that an operator answers.
pub(crate) type Wires = Vec<Wire>;

/// One node being lowered.
pub(crate) struct Op<'i, 'a> {
    pub(crate) node: &'a Node<'a>,
    pub(crate) inputs: Vec<Option<Wire>>,
    pub(crate) importer: &'i mut Importer<'a>,
    pub(super) used: RefCell<Vec<&'a str>>,
    /// Inputs that the operator may have.
    pub(super) asked: Cell<usize>,
}

/// What an input's memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// The input, which is as it is.
    Own,
    /// With room on that axis for so many rows.
    Rows(usize, usize),
    /// The input, which may be written into where that can be undone.
    Written,
}

/// The register: lowers one node, whichever operator it is.
pub(crate) type Register = fn(&mut Op<'_, '_>) -> Result<Wires>;

/// The planner: makes of a body that has been lowered what runs it, with all its outputs.
pub(crate) type Planner = fn(&Lowered) -> Result<Box<dyn Body>>;

/// By what a graph is lowered: the operator sets of its file, the limits, and who knows the operators and makes plans of bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) opset: i64,
    /// Version of ai.onnx.ml's operators.
    pub(crate) ml: i64,
    pub(crate) limits: ModelLimits,
    pub(crate) register: Register,
    pub(crate) planner: Planner,
}

impl Rules {
    /// Those of a file.
    ///
    /// # Errors
    /// `model-operator-unsupported` for an operator set that is not known.
    pub(crate) fn of(model: &Model<'_>, limits: &ModelLimits, (register, planner): (Register, Planner)) -> Result<Self> {
        // A graph of other operators than ONNX's own need not say of which set they would be.
        let other = || model.graph.nodes.iter().all(|node| !matches!(node.domain, "" | "ai.onnx"));
        let opset = model.opset("").unwrap_or_else(|| if other() { *OPSETS.end() } else { 1 });
        if !OPSETS.contains(&opset) {
            return Err(Error::new(Code::ModelOperatorUnsupported, "the ONNX file is of an operator set that is not known here")
                .with("opset", opset)
                .with("oldest", OPSETS.start())
                .with("newest", OPSETS.end()));
        }
        Ok(Self { opset, ml: model.opset("ai.onnx.ml").unwrap_or(1), limits: *limits, register, planner })
    }
}

/// A graph as kernels, with the wires of its outputs.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) builder: Builder,
    pub(crate) inputs: Vec<Wire>,
    pub(crate) outputs: Vec<Wire>,
    /// By input, whether its value was looked at: it holds for this very value.
    pub(crate) fixed: Vec<bool>,
    /// By node of the graph, what came of it.
    pub(crate) records: Vec<Record>,
    /// Values that are integers of 4 bits.
    pub(crate) narrow: Vec<Wire>,
    pub(crate) texts: Arc<Texts>,
}

/// The graph under construction and the names in force.
pub(crate) struct Importer<'a> {
    pub(crate) builder: Builder,
    pub(crate) opset: i64,
    /// Version of ai.onnx.ml's operators.
    #[cfg_attr(not(feature = "trees"), allow(dead_code))]
    pub(crate) ml: i64,
    #[cfg_attr(not(feature = "trees"), allow(dead_code))]
    pub(crate) trees: TreeLimits,
    register: Register,
    pub(super) planner: Planner,
    weights: &'a mut Weights,
    pub(super) wires: BTreeMap<&'a str, Wire>,
    /// Names given inside of bodies, to be forgotten where they end.
    pub(super) local: Vec<&'a str>,
    /// Which body this is; empty in the graph itself.
    pub(super) scope: String,
    /// Values that are integers of 4 bits, a byte each.
    pub(super) narrow: Vec<Wire>,
    /// Inputs whose values had to be known and were not.
    pub(super) wanted: RefCell<Vec<usize>>,
    records: Vec<Record>,
}

impl<'a> Importer<'a> {
    /// Of a builder, to go on from.
    pub(super) fn new(builder: Builder, rules: &Rules, weights: &'a mut Weights) -> Self {
        let (wires, wanted, records) = (BTreeMap::new(), RefCell::default(), Vec::new());
        let (local, scope, narrow) = (Vec::new(), String::new(), Vec::new());
        let Rules { opset, ml, limits, register, planner } = *rules;
        let trees = limits.trees;
        Self { builder, opset, ml, trees, register, planner, weights, wires, local, scope, narrow, wanted, records }
    }

    /// Lowers a whole model for inputs of the given names, types and shapes. `values` are what the inputs will be, where that
    /// is told: one on which shapes depend is taken as known. `weights` holds what plans share.
    ///
    /// # Errors
    /// `model-malformed`, `model-operator-unsupported`, `model-mismatch`, `model-too-large`.
    pub(crate) fn lower(
        model: &'a Model<'a>,
        inputs: &[(&'a str, Fact)],
        values: &[Option<Constant>],
        limits: &ModelLimits,
        means: (Register, Planner),
        weights: &mut Weights,
    ) -> Result<Lowered> {
        Self::lower_states(model, inputs, values, &[], &Rules::of(model, limits, means)?, weights)
    }

    /// As [`Importer::lower`]; of inputs that have one, `rooms` says the axis along which they grow and how many rows their memory
    /// has room for.
    ///
    /// # Errors
    /// As [`Importer::lower`].
    pub(crate) fn lower_states(
        model: &'a Model<'a>,
        inputs: &[(&'a str, Fact)],
        values: &[Option<Constant>],
        rooms: &[Room],
        rules: &Rules,
        weights: &mut Weights,
    ) -> Result<Lowered> {
        let texts = weights.texts().clone();
        texts.forget();
        let mut fixed = vec![false; inputs.len()];
        loop {
            let mut importer = Importer::new(Builder::new(&rules.limits.graph), rules, &mut *weights);
            let failed = match importer.whole(model, inputs, values, rooms, &fixed) {
                Ok((inputs, outputs)) => {
                    texts.keep();
                    let Importer { builder, records, narrow, .. } = importer;
                    return Ok(Lowered { builder, inputs, outputs, fixed, records, narrow, texts });
                }
                Err(e) => e,
            };
            // Each turn knows one more.
            let wanted = importer.wanted.into_inner();
            if wanted.is_empty() || !wanted.iter().all(|at| values.get(*at).is_some_and(Option::is_some)) {
                return Err(failed);
            }
            let known = fixed.iter().filter(|f| **f).count();
            wanted.iter().for_each(|at| fixed[*at] = true);
            if fixed.iter().filter(|f| **f).count() == known {
                return Err(failed);
            }
        }
    }

    fn whole(
        &mut self,
        model: &'a Model<'a>,
        inputs: &[(&'a str, Fact)],
        values: &[Option<Constant>],
        rooms: &[Room],
        fixed: &[bool],
    ) -> Result<(Vec<Wire>, Vec<Wire>)> {
        let mut given = Vec::with_capacity(inputs.len());
        for (number, ((name, fact), fixed)) in inputs.iter().zip(fixed).enumerate() {
            if let Some(Room::Rows(axis, room)) = rooms.get(number).copied() {
                let (mut memory, len) = (fact.clone(), fact.shape.get(axis).copied().unwrap_or(0));
                memory.shape.get_mut(axis).into_iter().for_each(|extent| *extent = room);
                let memory = self.builder.input(number, memory)?;
                given.push(memory);
                let wire = self.builder.past(memory, axis, len)?;
                self.wires.insert(name, wire);
                continue;
            }
            let wire = self.builder.input(number, fact.clone())?;
            given.push(wire);
            if rooms.get(number) == Some(&Room::Written) {
                self.builder.written.push(wire);
            }
            let known = values.get(number).and_then(Option::as_ref).filter(|v| *fixed && v.fact == *fact);
            let wire = if let Some(known) = known { self.builder.constant(known.clone())? } else { wire };
            self.wires.insert(name, wire);
        }
        self.graph(&model.graph)?;
        let mut outputs = Vec::new();
        for output in &model.graph.outputs {
            let wire = self.named(output.name).ok_or_else(|| malformed("output comes from nowhere", output.name))?;
            self.builder.settle(wire)?;
            outputs.push(wire);
        }
        Ok((given, outputs))
    }

    /// Lowers initializers and nodes into the names in force.
    pub(crate) fn graph(&mut self, graph: &'a Graph<'a>) -> Result<()> {
        for tensor in &graph.initializers {
            if self.wires.contains_key(tensor.name) {
                // A value that is given takes the place of the one that the graph holds. Bodies are given none.
                if self.scope.is_empty() {
                    continue;
                }
                return Err(malformed("name defined twice", tensor.name));
            }
            let texts = self.weights.texts().clone();
            let read = || Constant::read(tensor, &texts);
            let constant = self.weights.constant(&[&self.scope, "/", tensor.name].concat(), read)?;
            let wire = self.builder.constant(constant)?;
            if tensor.is_narrow() {
                self.narrow.push(wire);
            }
            self.name(tensor.name, wire);
        }
        for (number, node) in graph.nodes.iter().enumerate() {
            // What a body does is its node's.
            if self.scope.is_empty() {
                self.builder.node = Some(number);
            }
            self.node(node)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &'a Node<'a>) -> Result<()> {
        let mark = self.scope.is_empty().then(|| Mark::of(&mut self.builder));
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for name in &node.inputs {
            inputs.push(match *name {
                "" => None,
                name => Some(self.named(name).ok_or_else(|| malformed("input comes from nowhere", name))?),
            });
        }
        // As bytes they would be taken for what they are not: a type with a range of its own.
        let narrow = inputs.iter().flatten().any(|w| self.narrow.contains(w));
        if narrow && !OF_NARROW.contains(&node.op_type) {
            return Err(unsupported("integers of 4 bits in this operator")
                .with("operator", node.op_type)
                .with("node", node.name));
        }
        let texts = inputs.iter().flatten().any(|w| self.builder.value(*w).is_ok_and(|v| v.fact.dtype == DType::Str));
        if texts && !OF_TEXTS.contains(&node.op_type) {
            return Err(unsupported("strings in this operator").with("operator", node.op_type).with("node", node.name));
        }
        let outputs = self.one(node, inputs.clone())?;
        for (at, name) in node.outputs.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
            let wire = outputs.get(at).ok_or_else(|| {
                unsupported("the ONNX graph reads an output that this build does not give")
                    .with("output", name)
                    .with("operator", node.op_type)
            })?;
            self.name(name, *wire);
        }
        if let Some(mark) = mark {
            self.records.push(mark.record(&mut self.builder, inputs, outputs));
        }
        Ok(())
    }

    /// Lowers one node on given inputs: its outputs.
    pub(super) fn one(&mut self, node: &'a Node<'a>, mut inputs: Vec<Option<Wire>>) -> Result<Wires> {
        if let (Some(last), Some(number), true) = (&self.weights.last, self.builder.node, self.scope.is_empty()) {
            let (first, rows) = last.at(number);
            // By a vector, a product has no rows.
            let vector = |x: &Wire| self.builder.value(*x).is_ok_and(|v| v.fact.shape.len() < 2);
            let rows =
                if node.op_type == "MatMul" && inputs.get(1).into_iter().flatten().any(vector) { usize::MAX } else { rows };
            for x in inputs.iter_mut().take(first).flatten() {
                *x = self.builder.last_rows(*x, rows)?;
            }
        }
        let register = self.register;
        let mut op = Op { node, inputs, importer: self, used: RefCell::new(Vec::new()), asked: Cell::new(0) };
        let outputs = register(&mut op).map_err(|e| e.with("operator", node.op_type).with("node", node.name))?;
        op.all_understood()?;
        Ok(outputs)
    }

    fn name(&mut self, name: &'a str, wire: Wire) {
        self.wires.insert(name, wire);
        if !self.scope.is_empty() {
            self.local.push(name);
        }
    }

    /// Goes into a body: the scope to come back to.
    pub(super) fn enter(&mut self, scope: &str) -> String {
        // Names may hold anything: with its length in front, a part of the path ends in one place only.
        let inner = [&self.scope, &scope.len().to_string(), ":", scope].concat();
        std::mem::replace(&mut self.scope, inner)
    }

    /// Lowers a body that sees the names in force and leaves none behind: its outputs. `scope` tells the bodies of a graph
    /// apart, as the names of their own constants may be the same. `inputs` are those of the body.
    pub(crate) fn body(&mut self, scope: &str, graph: &'a Graph<'a>, inputs: &[Wire]) -> Result<Wires> {
        let (outer, before) = (self.enter(scope), self.local.len());
        for (info, wire) in graph.inputs.iter().zip(inputs) {
            if self.wires.contains_key(info.name) {
                return Err(malformed("name defined twice", info.name));
            }
            self.name(info.name, *wire);
        }
        self.graph(graph)?;
        let outputs: Result<Wires> = graph
            .outputs
            .iter()
            .map(|o| self.named(o.name).ok_or_else(|| malformed("output comes from nowhere", o.name)))
            .collect();
        for name in self.local.drain(before..) {
            self.wires.remove(name);
        }
        self.scope = outer;
        outputs
    }

    /// The value of a name.
    pub(crate) fn named(&self, name: &str) -> Option<Wire> {
        self.wires.get(name).copied()
    }

    /// What is read of the attributes of the node that answers `output`, once for all plans: types are those of the graph's
    /// inputs, and do not change.
    #[cfg_attr(not(feature = "trees"), allow(dead_code))]
    pub(crate) fn read<T: Send + Sync + 'static>(&mut self, output: &str, read: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        self.weights.read([&self.scope, "//", output].concat(), read)
    }

    /// Places in `file`, of which a graph was read, of the large attributes that no plan will read again.
    pub(crate) fn read_already(graph: &Graph<'_>, file: &[u8], weights: &Weights) -> Vec<Range<usize>> {
        let read = |node: &&Node<'_>| node.outputs.iter().any(|output| weights.was_read(&["//", output].concat()));
        graph.nodes.iter().filter(read).flat_map(|node| &node.attributes).filter_map(|a| a.place(file)).collect()
    }

    /// What plans share.
    pub(crate) fn weights(&mut self) -> &mut Weights {
        self.weights
    }
}
