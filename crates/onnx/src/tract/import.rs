//! From an ONNX graph to tract's typed graph, operator by operator.
//!
//! Shapes are known from the start, so every operator is checked against the shapes and types that it gets, and what
//! depends on shapes alone is folded away. An operator, an attribute or a type that is not understood is refused: a
//! model is answered right or not at all.

use super::ops;
use super::own::{Kernel, Own};
use crate::error::{Code, Error, Result};
use crate::file::{Attribute, Graph, Model, Node};
use crate::limits::GraphLimits;
use crate::tensor::{Tensor as Plain, Values, shape_text};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use tract_core::internal::*;
use tract_core::ops::binary::TypedBinOp;
use tract_core::ops::change_axes::wire_rank_broadcast;

/// Element types that flow through graphs.
pub(super) const TYPES: &[DatumType] =
    &[DatumType::F32, DatumType::F64, DatumType::I64, DatumType::I32, DatumType::I8, DatumType::U8, DatumType::Bool];

/// Oldest and newest operator sets whose meaning is known.
pub(super) const OPSETS: std::ops::RangeInclusive<i64> = 7..=28;

/// The typed graph under construction.
pub(super) struct Importer<'a> {
    pub(super) model: TypedModel,
    pub(super) opset: i64,
    limits: &'a GraphLimits,
    wires: BTreeMap<&'a str, OutletId>,
    /// Products of bytes, for the scaling that follows them.
    pub(super) products: ops::Products,
    /// Products with constant matrices, for the bias that follows them.
    pub(super) affines: ops::Affines,
    fresh: usize,
    cells: usize,
    work: u64,
}

impl<'a> Importer<'a> {
    /// Imports a whole model for inputs of the given shapes.
    ///
    /// # Errors
    /// `model-malformed`, `model-operator-unsupported`, `model-mismatch`, `model-too-large`.
    pub(super) fn import(
        model: &'a Model<'a>,
        inputs: &[(&'a str, DatumType, Vec<usize>)],
        limits: &'a GraphLimits,
    ) -> Result<TypedModel> {
        let opset = model.opset("").unwrap_or(1);
        if !OPSETS.contains(&opset) {
            return Err(Error::new(Code::ModelOperatorUnsupported, "the ONNX file is of an operator set that is not known here")
                .with("opset", opset)
                .with("oldest", OPSETS.start())
                .with("newest", OPSETS.end()));
        }
        let mut importer = Self {
            model: TypedModel::default(),
            opset,
            limits,
            wires: BTreeMap::new(),
            products: ops::Products::default(),
            affines: ops::Affines::default(),
            fresh: 0,
            cells: 0,
            work: 0,
        };
        for (name, dtype, shape) in inputs {
            importer.spend(shape)?;
            let wire = importer.model.add_source(*name, dtype.fact(shape)).map_err(|e| engine(&e))?;
            importer.wires.insert(name, wire);
        }
        importer.graph(&model.graph)?;
        let mut outputs = Vec::new();
        for output in &model.graph.outputs {
            let wire = importer.wires.get(output.name);
            outputs.push(*wire.ok_or_else(|| malformed("output comes from nowhere", output.name))?);
        }
        importer.model.select_output_outlets(&outputs).map_err(|e| engine(&e))?;
        Ok(importer.model)
    }

    /// Imports initializers and nodes into the names in force.
    pub(super) fn graph(&mut self, graph: &'a Graph<'a>) -> Result<()> {
        for tensor in &graph.initializers {
            if self.wires.contains_key(tensor.name) {
                continue;
            }
            let wire = self.constant(into_tract(&tensor.values()?)?)?;
            self.wires.insert(tensor.name, wire);
        }
        for node in &graph.nodes {
            self.node(node)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &'a Node<'a>) -> Result<()> {
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for name in &node.inputs {
            inputs.push(match *name {
                "" => None,
                name => Some(*self.wires.get(name).ok_or_else(|| malformed("input comes from nowhere", name))?),
            });
        }
        let used = RefCell::new(Vec::new());
        let mut op = Op { node, inputs, importer: self, used, asked: Cell::new(0) };
        let outputs = ops::import(&mut op).map_err(|e| e.with("operator", node.op_type).with("node", node.name))?;
        let (used, asked) = (op.used.into_inner(), op.asked.get());
        if let Some(extra) = node.inputs.iter().skip(asked).find(|name| !name.is_empty()) {
            return Err(malformed("input that the operator does not have", extra)
                .with("operator", node.op_type)
                .with("node", node.name));
        }
        if let Some(extra) = node.attributes.iter().find(|a| !used.contains(&a.name)) {
            return Err(unsupported("the ONNX graph has an attribute that this build does not know")
                .with("attribute", extra.name)
                .with("operator", node.op_type)
                .with("node", node.name));
        }
        for (at, name) in node.outputs.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
            let wire = outputs.get(at).ok_or_else(|| {
                unsupported("the ONNX graph reads an output that this build does not give")
                    .with("output", name)
                    .with("operator", node.op_type)
            })?;
            self.wires.insert(name, *wire);
        }
        Ok(())
    }

    /// Names the outputs of an inlined body as the node's outputs.
    pub(super) fn named(&self, name: &str) -> Option<OutletId> {
        self.wires.get(name).copied()
    }

    /// Takes a tensor and a node out of the limits.
    fn spend(&mut self, shape: &[usize]) -> Result<()> {
        if self.model.nodes().len() >= self.limits.nodes {
            return Err(
                Error::new(Code::ModelTooLarge, "the model has more nodes than the limit").with("limit", self.limits.nodes)
            );
        }
        let GraphLimits { tensor_elements, total_elements, .. } = *self.limits;
        let cells = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= tensor_elements);
        let total = cells.and_then(|n| self.cells.checked_add(n)).filter(|n| *n <= total_elements);
        self.cells = total.ok_or_else(|| {
            Error::new(Code::ModelTooLarge, "the tensors of the model are larger than the limit: a larger maxBytes raises it")
                .with("shape", shape_text(shape))
                .with("limit", if cells.is_some() { total_elements } else { tensor_elements })
                .with("elements", self.cells)
        })?;
        Ok(())
    }

    /// Takes multiplications out of the limit, before anything is folded: as many as the factors' product.
    fn work(&mut self, factors: &[usize]) -> Result<()> {
        let more = factors.iter().try_fold(1_u64, |n, f| n.checked_mul(*f as u64));
        let total = more.and_then(|n| self.work.checked_add(n)).filter(|n| *n <= self.limits.products);
        self.work = total.ok_or_else(|| {
            Error::new(Code::ModelTooLarge, "the model asks for more multiplications than the limit")
                .with("factors", shape_text(factors))
                .with("limit", self.limits.products)
        })?;
        Ok(())
    }

    pub(super) fn constant(&mut self, tensor: Tensor) -> Result<OutletId> {
        self.spend(tensor.shape())?;
        self.fresh += 1;
        let name = format!("c{}", self.fresh);
        // Not through tract's add_const: it compares the tensor with every constant there is.
        let tensor = tensor.into_arc_tensor();
        let fact = TypedFact::try_from(tensor.clone()).map_err(|e| engine(&e))?;
        let op = tract_core::ops::konst::Const::new(tensor).map_err(|e| engine(&e))?;
        self.model.add_node(name, op, tvec!(fact)).map(Into::into).map_err(|e| engine(&e))
    }

    fn wire(&mut self, op: Box<dyn TypedOp>, inputs: &[OutletId]) -> Result<TVec<OutletId>> {
        let facts: TVec<TypedFact> =
            inputs.iter().map(|i| self.model.outlet_fact(*i).cloned()).collect::<TractResult<_>>().map_err(|e| engine(&e))?;
        let out = op.output_facts(&facts.iter().collect::<TVec<_>>()).map_err(|e| engine(&e))?;
        for fact in &out {
            let shape = fact.shape.as_concrete().ok_or_else(|| unsupported("a shape depends on values"))?;
            self.spend(shape)?;
            if !TYPES.contains(&fact.datum_type) {
                return Err(unsupported("an element type that this build does not run").with("type", type_name(fact.datum_type)));
            }
        }
        // Constants give constants: at once, where the graph's own shapes may depend on them.
        if !facts.is_empty() && facts.iter().all(|f| f.konst.is_some()) {
            let values: TVec<TValue> = facts.iter().flat_map(|f| f.konst.clone()).map(IntoTValue::into_tvalue).collect();
            if let Some(values) = op.eval_out_of_plan(values).map_err(|e| engine(&e))? {
                return values.into_iter().map(|v| self.constant(v.into_tensor())).collect();
            }
        }
        self.fresh += 1;
        let id = self.model.add_node(format!("n{}", self.fresh), op, out).map_err(|e| engine(&e))?;
        for (slot, input) in inputs.iter().enumerate() {
            self.model.add_edge(*input, InletId::new(id, slot)).map_err(|e| engine(&e))?;
        }
        Ok((0..self.model.node(id).outputs.len()).map(|slot| OutletId::new(id, slot)).collect())
    }
}

/// One node being imported.
pub(super) struct Op<'i, 'a> {
    pub(super) node: &'a Node<'a>,
    pub(super) inputs: Vec<Option<OutletId>>,
    pub(super) importer: &'i mut Importer<'a>,
    used: RefCell<Vec<&'a str>>,
    /// Inputs that the operator may have.
    asked: Cell<usize>,
}

/// Wires out of an operator.
pub(super) type Wires = TVec<OutletId>;

impl<'a> Op<'_, 'a> {
    pub(super) const fn opset(&self) -> i64 {
        self.importer.opset
    }

    /// Input `at`, which must be there.
    pub(super) fn input(&self, at: usize) -> Result<OutletId> {
        self.maybe(at).ok_or_else(|| malformed("input missing, number", &at.to_string()))
    }

    /// Input `at`, if given.
    pub(super) fn maybe(&self, at: usize) -> Option<OutletId> {
        self.asked.set(self.asked.get().max(at + 1));
        self.inputs.get(at).copied().flatten()
    }

    /// Whether output `at` is read.
    pub(super) fn wants(&self, at: usize) -> bool {
        self.node.outputs.get(at).is_some_and(|n| !n.is_empty())
    }

    fn fact(&self, wire: OutletId) -> Result<&TypedFact> {
        self.importer.model.outlet_fact(wire).map_err(|e| engine(&e))
    }

    pub(super) fn shape(&self, wire: OutletId) -> Result<TVec<usize>> {
        let shape = self.fact(wire)?.shape.as_concrete();
        Ok(shape.ok_or_else(|| unsupported("a shape depends on values"))?.into())
    }

    pub(super) fn rank(&self, wire: OutletId) -> Result<usize> {
        Ok(self.fact(wire)?.rank())
    }

    pub(super) fn dtype(&self, wire: OutletId) -> Result<DatumType> {
        Ok(self.fact(wire)?.datum_type)
    }

    /// The value of a wire that is constant.
    pub(super) fn konst(&self, wire: OutletId) -> Result<Option<Arc<Tensor>>> {
        Ok(self.fact(wire)?.konst.clone())
    }

    /// The integers of a constant wire, whatever its integer type.
    pub(super) fn ints(&self, wire: OutletId, what: &'static str) -> Result<Vec<i64>> {
        let tensor = self.konst(wire)?.ok_or_else(|| unsupported("a value must be constant here").with("input", what))?;
        let tensor = tensor.cast_to::<i64>().map_err(|e| engine(&e))?;
        Ok(super::own::slice::<i64>(&tensor).map_err(|e| engine(&e))?.to_vec())
    }

    /// The floats of a constant wire.
    pub(super) fn floats(&self, wire: OutletId, what: &'static str) -> Result<Vec<f32>> {
        let tensor = self.konst(wire)?.ok_or_else(|| unsupported("a value must be constant here").with("input", what))?;
        let tensor = tensor.cast_to::<f32>().map_err(|e| engine(&e))?;
        Ok(super::own::slice::<f32>(&tensor).map_err(|e| engine(&e))?.to_vec())
    }

    /// An attribute, marked as understood.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a Attribute<'a>> {
        let found = self.node.attributes.iter().find(|a| a.name == name)?;
        self.used.borrow_mut().push(found.name);
        Some(found)
    }

    pub(super) fn int(&self, name: &str, default: i64) -> Result<i64> {
        self.attribute(name).map_or(Ok(default), Attribute::int)
    }

    pub(super) fn float(&self, name: &str, default: f32) -> Result<f32> {
        self.attribute(name).map_or(Ok(default), Attribute::float)
    }

    pub(super) fn text(&self, name: &str, default: &'static str) -> Result<&'a str> {
        self.attribute(name).map_or(Ok(default), Attribute::text)
    }

    pub(super) fn int_list(&self, name: &str) -> Result<Option<Vec<i64>>> {
        self.attribute(name).map(Attribute::ints).transpose()
    }

    /// An axis, counted from the end where negative.
    pub(super) fn axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let at = if axis < 0 { axis.checked_add(rank as i64).unwrap_or(-1) } else { axis };
        usize::try_from(at)
            .ok()
            .filter(|a| *a < rank)
            .ok_or_else(|| malformed("axis outside the tensor's rank", &axis.to_string()))
    }

    /// Distinct axes, sorted; all where none are given.
    pub(super) fn axes(&self, axes: Option<Vec<i64>>, rank: usize) -> Result<Vec<usize>> {
        let Some(axes) = axes else { return Ok((0..rank).collect()) };
        let mut out = axes.iter().map(|a| self.axis(*a, rank)).collect::<Result<Vec<_>>>()?;
        out.sort_unstable();
        let given = out.len();
        out.dedup();
        if out.len() == given { Ok(out) } else { Err(malformed("axis given twice", self.node.op_type)) }
    }

    pub(super) fn constant(&mut self, tensor: Tensor) -> Result<OutletId> {
        self.importer.constant(tensor)
    }

    /// Takes multiplications out of the limit: as many as the factors' product.
    pub(super) fn work(&mut self, factors: &[usize]) -> Result<()> {
        self.importer.work(factors)
    }

    /// A float constant in a wire's type.
    pub(super) fn scalar(&mut self, value: f32, like: OutletId) -> Result<OutletId> {
        let tensor = tensor0(value).cast_to_dt(self.dtype(like)?).map_err(|e| engine(&e))?.into_owned();
        self.constant(tensor)
    }

    /// Wires an operator with one output.
    pub(super) fn wire(&mut self, op: impl Into<Box<dyn TypedOp>>, inputs: &[OutletId]) -> Result<OutletId> {
        self.wires(op, inputs)?.first().copied().ok_or_else(|| malformed("operator without output", self.node.op_type))
    }

    /// Wires an operator.
    pub(super) fn wires(&mut self, op: impl Into<Box<dyn TypedOp>>, inputs: &[OutletId]) -> Result<Wires> {
        self.importer.wire(op.into(), inputs)
    }

    /// Wires an operator of ours.
    pub(super) fn own(&mut self, kernel: impl Kernel, inputs: &[OutletId]) -> Result<OutletId> {
        self.wire(Own::new(kernel), inputs)
    }

    /// Wires one of tract's two-sided operators, with ONNX's broadcasting.
    pub(super) fn binary(&mut self, op: TypedBinOp, a: OutletId, b: OutletId) -> Result<OutletId> {
        let [x, y] = [self.shape(a)?, self.shape(b)?];
        broadcast(&[&x, &y])?;
        let model = &mut self.importer.model;
        let wires = wire_rank_broadcast("rank", model, &[a, b]).map_err(|e| engine(&e))?;
        self.wire(op, &wires)
    }

    /// Refuses types other than those listed.
    pub(super) fn only(&self, wire: OutletId, types: &[DatumType]) -> Result<DatumType> {
        let dtype = self.dtype(wire)?;
        if types.contains(&dtype) {
            return Ok(dtype);
        }
        Err(unsupported("an element type that this build does not run here").with("type", type_name(dtype)))
    }

    /// `model-operator-unsupported` for this operator.
    pub(super) fn refuse(&self, why: &'static str) -> Error {
        unsupported(why)
    }

    /// `model-malformed` for this operator.
    pub(super) fn bad(&self, what: &'static str) -> Error {
        malformed(what, self.node.op_type)
    }
}

/// The shape to which all shapes broadcast (ONNX, Broadcasting.md).
pub(super) fn broadcast(shapes: &[&[usize]]) -> Result<TVec<usize>> {
    let rank = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut out: TVec<usize> = tvec!(1; rank);
    for shape in shapes {
        let skip = rank - shape.len();
        for (have, dim) in out.iter_mut().skip(skip).zip(*shape) {
            match (*have, *dim) {
                (h, d) if h == d || d == 1 => {}
                (1, d) => *have = d,
                _ => {
                    return Err(malformed("shapes that do not broadcast", &shape_text(*shape)));
                }
            }
        }
    }
    Ok(out)
}

pub(super) fn into_tract(tensor: &Plain) -> Result<Tensor> {
    let shape = &tensor.shape;
    match &tensor.values {
        Values::F32(v) => Tensor::from_shape(shape, v),
        Values::F64(v) => Tensor::from_shape(shape, v),
        Values::I64(v) => Tensor::from_shape(shape, v),
        Values::I32(v) => Tensor::from_shape(shape, v),
        Values::I8(v) => Tensor::from_shape(shape, v),
        Values::U8(v) => Tensor::from_shape(shape, v),
        Values::Bool(v) => Tensor::from_shape(shape, v),
        Values::Str(_) => return Err(unsupported("strings run in tabular models alone")),
    }
    .map_err(|e| engine(&e))
}

pub(super) fn from_tract(tensor: &Tensor) -> Result<Plain> {
    use super::own::slice;
    let values = match tensor.datum_type() {
        DatumType::F32 => slice(tensor).map(|v| Values::F32(v.to_vec())),
        DatumType::F64 => slice(tensor).map(|v| Values::F64(v.to_vec())),
        DatumType::I64 => slice(tensor).map(|v| Values::I64(v.to_vec())),
        DatumType::I32 => slice(tensor).map(|v| Values::I32(v.to_vec())),
        DatumType::I8 => slice(tensor).map(|v| Values::I8(v.to_vec())),
        DatumType::U8 => slice(tensor).map(|v| Values::U8(v.to_vec())),
        DatumType::Bool => slice(tensor).map(|v| Values::Bool(v.to_vec())),
        other => return Err(unsupported("an element type that does not leave a model").with("type", type_name(other))),
    };
    Ok(Plain { shape: tensor.shape().to_vec(), values: values.map_err(|e| engine(&e))? })
}

pub(super) fn type_name(dtype: DatumType) -> &'static str {
    match dtype {
        DatumType::F32 => "f32",
        DatumType::F64 => "f64",
        DatumType::F16 => "f16",
        DatumType::I64 => "i64",
        DatumType::I32 => "i32",
        DatumType::I8 => "i8",
        DatumType::U8 => "u8",
        DatumType::Bool => "bool",
        _ => "other",
    }
}

pub(super) fn malformed(what: &'static str, value: &str) -> Error {
    Error::new(Code::ModelMalformed, "the ONNX graph is malformed").with("what", what).with("value", value)
}

pub(super) fn unsupported(why: &'static str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, "the ONNX graph needs what this build does not run").with("why", why)
}

/// What tract says against a graph.
pub(super) fn engine(error: &TractError) -> Error {
    Error::new(Code::ModelOperatorUnsupported, "the ONNX engine refused").with("why", format_args!("{error:#}"))
}
