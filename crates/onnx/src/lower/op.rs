//! What an operator asks of the node being lowered, and what it may add to the graph.

use super::builder::{Builder, Wire};
use super::importer::{Op, Wires};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::Attribute;
use crate::kernel::Kernel;
use crate::refusal::{OPEN, malformed, unsupported};
use crate::store::Restore;
use crate::texts::Texts;
use crate::weights::Form;
use std::sync::Arc;

impl<'a> Op<'_, 'a> {
    /// Refuses what the operator has not looked at: a newer operator set may mean something by it.
    pub(super) fn all_understood(&self) -> Result<()> {
        let (node, used) = (self.node, self.used.borrow());
        if let Some(extra) = node.inputs.iter().skip(self.asked.get()).find(|name| !name.is_empty()) {
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
        Ok(())
    }

    /// The operator set of the file.
    pub(crate) const fn opset(&self) -> i64 {
        self.importer.opset
    }

    const fn builder(&self) -> &Builder {
        &self.importer.builder
    }

    /// Input `at`, which must be there.
    pub(crate) fn input(&self, at: usize) -> Result<Wire> {
        self.maybe(at).ok_or_else(|| malformed("input missing, number", &at.to_string()))
    }

    /// Input `at`, if given.
    pub(crate) fn maybe(&self, at: usize) -> Option<Wire> {
        self.asked.set(self.asked.get().max(at + 1));
        self.inputs.get(at).copied().flatten()
    }

    /// Whether output `at` is read.
    pub(crate) fn wants(&self, at: usize) -> bool {
        self.node.outputs.get(at).is_some_and(|n| !n.is_empty())
    }

    /// Type and shape of a value.
    pub(crate) fn fact(&self, wire: Wire) -> Result<&Fact> {
        Ok(&self.builder().value(wire)?.fact)
    }

    /// Shape of a value.
    pub(crate) fn shape(&self, wire: Wire) -> Result<Vec<usize>> {
        Ok(self.fact(wire)?.shape.clone())
    }

    /// Whether a value is integers of 4 bits, a byte each.
    pub(crate) fn narrow(&self, wire: Wire) -> bool {
        self.importer.narrow.contains(&wire)
    }

    /// Number of axes of a value.
    pub(crate) fn rank(&self, wire: Wire) -> Result<usize> {
        Ok(self.fact(wire)?.shape.len())
    }

    /// Element type of a value.
    pub(crate) fn dtype(&self, wire: Wire) -> Result<DType> {
        Ok(self.fact(wire)?.dtype)
    }

    /// The value, where it is known.
    pub(crate) fn konst(&self, wire: Wire) -> Result<Option<Constant>> {
        self.builder().known(wire)
    }

    /// Whether a value is made by a kernel: neither known nor given.
    pub(crate) fn is_computed(&self, wire: Wire) -> Result<bool> {
        use super::builder::Origin;
        Ok(match self.builder().value(wire)?.origin {
            Origin::Made(..) => true,
            Origin::View(of, _) => matches!(self.builder().value(of)?.origin, Origin::Made(..)),
            Origin::Input(_) | Origin::Constant(_) | Origin::Later(..) | Origin::Gone => false,
        })
    }

    fn known(&self, wire: Wire, what: &'static str) -> Result<Constant> {
        if let Some(known) = self.konst(wire)? {
            return Ok(known);
        }
        self.importer.wanted.borrow_mut().extend(self.builder().sources(wire));
        Err(unsupported(OPEN).with("input", what))
    }

    /// The integers of a known value, whatever its type.
    pub(crate) fn ints(&self, wire: Wire, what: &'static str) -> Result<Vec<i64>> {
        Ok(self.known(wire, what)?.ints())
    }

    /// The numbers of a known value, whatever its type, as 64-bit floats.
    pub(crate) fn doubles(&self, wire: Wire, what: &'static str) -> Result<Vec<f64>> {
        Ok(self.known(wire, what)?.floats())
    }

    /// The floats of a known value, whatever its type.
    pub(crate) fn floats(&self, wire: Wire, what: &'static str) -> Result<Vec<f32>> {
        Ok(self.known(wire, what)?.floats().into_iter().map(|v| v as f32).collect())
    }

    /// The one number of a known value, as a 32-bit float; `None` where it is not known or not one.
    pub(crate) fn number(&self, wire: Wire) -> Result<Option<f32>> {
        let known = self.konst(wire)?.filter(|c| c.fact.len() == 1);
        Ok(known.and_then(|c| c.floats().first().map(|v| *v as f32)))
    }

    /// An attribute, marked as understood.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a Attribute<'a>> {
        let found = self.node.attributes.iter().find(|a| a.name == name)?;
        self.used.borrow_mut().push(found.name);
        Some(found)
    }

    /// An integer attribute.
    pub(crate) fn int(&self, name: &str, default: i64) -> Result<i64> {
        self.attribute(name).map_or(Ok(default), Attribute::int)
    }

    /// A float attribute.
    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f32> {
        self.attribute(name).map_or(Ok(default), Attribute::float)
    }

    /// A text attribute.
    pub(crate) fn text(&self, name: &str, default: &'static str) -> Result<&'a str> {
        self.attribute(name).map_or(Ok(default), Attribute::text)
    }

    /// A list of integers, where the attribute is given.
    pub(crate) fn int_list(&self, name: &str) -> Result<Option<Vec<i64>>> {
        self.attribute(name).map(Attribute::ints).transpose()
    }

    /// An axis, counted from the end where negative.
    pub(crate) fn axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let at = if axis < 0 { axis.checked_add(rank as i64).unwrap_or(-1) } else { axis };
        usize::try_from(at)
            .ok()
            .filter(|a| *a < rank)
            .ok_or_else(|| malformed("axis outside the tensor's rank", &axis.to_string()))
    }

    /// Distinct axes, sorted; all where none are given.
    pub(crate) fn axes(&self, axes: Option<Vec<i64>>, rank: usize) -> Result<Vec<usize>> {
        let Some(axes) = axes else { return Ok((0..rank).collect()) };
        let mut out = axes.iter().map(|a| self.axis(*a, rank)).collect::<Result<Vec<_>>>()?;
        out.sort_unstable();
        let given = out.len();
        out.dedup();
        if out.len() == given { Ok(out) } else { Err(malformed("axis given twice", self.node.op_type)) }
    }

    /// The graph's texts.
    pub(crate) fn texts(&mut self) -> Arc<Texts> {
        self.importer.weights().texts().clone()
    }

    /// Takes multiplications out of the limit: as many as the factors' product.
    pub(crate) fn work(&mut self, factors: &[usize]) -> Result<()> {
        self.importer.builder.work(factors)
    }

    /// Takes elements out of the limit with which a matrix of so many is filled up to `packed`, before it is packed.
    pub(crate) fn filled(&mut self, packed: Option<usize>, elements: usize) -> Result<()> {
        self.importer.builder.filled(packed.map(|p| p.saturating_sub(elements)))
    }

    /// Adds a known value.
    pub(crate) fn constant(&mut self, constant: Constant) -> Result<Wire> {
        self.importer.builder.constant(constant)
    }

    /// Adds a number in a value's type.
    pub(crate) fn scalar(&mut self, value: f32, like: Wire) -> Result<Wire> {
        let dtype = self.dtype(like)?;
        self.constant(Constant::scalar(dtype, f64::from(value)))
    }

    /// Elements of a value from `skip` on in another shape: nothing is copied.
    pub(crate) fn view(&mut self, of: Wire, shape: &[usize], skip: usize) -> Result<Wire> {
        self.importer.builder.view(of, shape, skip)
    }

    /// Adds a kernel with one output.
    pub(crate) fn add(&mut self, kernel: impl Kernel, inputs: &[Wire]) -> Result<Wire> {
        let out = self.add_all(kernel, inputs)?;
        out.first().copied().ok_or_else(|| malformed("operator without output", self.node.op_type))
    }

    /// Adds a kernel.
    pub(crate) fn add_all(&mut self, kernel: impl Kernel, inputs: &[Wire]) -> Result<Wires> {
        self.importer.builder.add(Arc::new(kernel), inputs)
    }

    /// Adds a kernel with one output. Where its inputs are known it is run when its elements are asked for, if ever.
    pub(crate) fn later(&mut self, kernel: impl Kernel, inputs: &[Wire]) -> Result<Wire> {
        let out = self.importer.builder.later(Arc::new(kernel), inputs)?;
        out.first().copied().ok_or_else(|| malformed("operator without output", self.node.op_type))
    }

    /// The kernel of type `K` that made a value as its only output, and the kernel's inputs.
    pub(crate) fn made_by<K: Kernel>(&self, wire: Wire) -> Option<(&K, &[Wire])> {
        self.builder().made_by(wire)
    }

    /// What a constant is packed into, shared by all plans of the graph.
    pub(crate) fn packed<T: Send + Sync + 'static>(
        &mut self,
        constant: &Constant,
        form: Form<'_>,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        self.importer.weights().packed(constant, form, make)
    }

    /// The same for all elements of a constant, in a form that they can be had back from: the constant itself need not be kept.
    pub(crate) fn replaced<T: Restore + 'static>(
        &mut self,
        constant: &Constant,
        form: Form<'_>,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        self.importer.weights().replaced(constant, form, make)
    }

    /// Refuses types other than those listed.
    pub(crate) fn only(&self, wire: Wire, types: &[DType]) -> Result<DType> {
        let dtype = self.dtype(wire)?;
        if types.contains(&dtype) {
            return Ok(dtype);
        }
        Err(unsupported("an element type that this build does not run here").with("type", dtype.name()))
    }

    /// Refuses two values of different types.
    pub(crate) fn same_type(&self, a: Wire, b: Wire) -> Result<DType> {
        let (a, b) = (self.dtype(a)?, self.dtype(b)?);
        if a == b {
            return Ok(a);
        }
        Err(self.bad("inputs of different types").with("types", [a.name(), b.name()].join(" ")))
    }

    /// `model-operator-unsupported` for this operator.
    pub(crate) fn refuse(&self, why: &'static str) -> Error {
        unsupported(why)
    }

    /// `model-malformed` for this operator.
    pub(crate) fn bad(&self, what: &'static str) -> Error {
        malformed(what, self.node.op_type)
    }
}
