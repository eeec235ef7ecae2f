//! The typed graph under construction: values, and the kernels that make them.

use crate::dtype::Buffer;
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact, MAX_RANK};
use crate::kernel::{Inputs, Kernel, Operand, Outputs, Place};
use crate::limits::GraphLimits;
use crate::refusal::{malformed, unsupported};
use crate::tensor::shape_text;
use std::any::Any;
use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

/// Elements whose bytes are still a length, of the widest type.
const MAX_ELEMENTS: usize = isize::MAX as usize / 8;

/// A value of the graph, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wire(pub(crate) usize);

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// Given: the input of that number.
    Input(usize),
    /// Known.
    Constant(Constant),
    /// Output of a kernel: numbers of both.
    Made(usize, usize),
    /// Only output of the kernel of that number, whose inputs are known: run where what reads it wants the elements.
    Later(usize, OnceLock<Constant>),
    /// Elements of another value, from so many on.
    View(Wire, usize),
    /// Known once, and let go of.
    Gone,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) fact: Fact,
    pub(crate) origin: Origin,
}

/// A kernel with its inputs and outputs.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) kernel: Arc<dyn Kernel>,
    pub(crate) inputs: Vec<Wire>,
    pub(crate) outputs: Vec<Wire>,
    /// Number of the node of the graph for which it was added; of a body's, that of the node that has the body.
    pub(crate) node: Option<usize>,
}

/// A kernel for a cache with so many rows before the new ones, and so many with them, where it is made for that number of rows. Where it
/// is not, it stays as it is.
pub(crate) type Longer = fn(&dyn Kernel, usize, usize) -> Option<Arc<dyn Kernel>>;

/// What an operator says of caches to which it adds rows: how many are in them makes a difference to some of its kernels and to the rows
/// that it answers, and to nothing else, as long as there are any and memory has room.
#[derive(Debug)]
pub(crate) struct Grows {
    /// The rows that are there, of each cache, and how many they are in all of them.
    pub(crate) past: Vec<Wire>,
    pub(crate) len: usize,
    pub(crate) axis: usize,
    /// New rows.
    pub(crate) rows: usize,
    /// The number of both together, where it is an input.
    pub(crate) total: Option<Wire>,
    /// Multiplications by row.
    pub(crate) work: u64,
    pub(crate) longer: Longer,
}

/// The graph so far.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) values: Vec<Value>,
    pub(crate) made: Vec<Made>,
    /// Number of the node that is being lowered.
    pub(crate) node: Option<usize>,
    limits: GraphLimits,
    pub(super) cells: usize,
    pub(super) work: u64,
    /// Values that were looked at, with whether it was at the kernel that makes them.
    pub(super) reads: RefCell<Vec<(Wire, bool)>>,
    /// Inputs into whose memory may be written, where that can be undone.
    pub(super) written: Vec<Wire>,
    /// Kernels that write so, each with the one that undoes it.
    pub(crate) undone: Vec<(usize, usize)>,
    /// What the node that is being lowered has said of a cache that it adds to.
    pub(super) grows: Option<Grows>,
}

impl Builder {
    pub(crate) const fn new(limits: &GraphLimits) -> Self {
        Self {
            values: Vec::new(),
            made: Vec::new(),
            node: None,
            limits: *limits,
            cells: 0,
            work: 0,
            reads: RefCell::new(Vec::new()),
            written: Vec::new(),
            undone: Vec::new(),
            grows: None,
        }
    }

    /// An empty one for a body, which takes its tensors out of the same limits.
    pub(crate) fn within(&self) -> Self {
        Self { node: self.node, cells: self.cells, ..Self::new(&self.limits) }
    }

    /// Takes over what a body has taken out of the limits, but for its multiplications, which are answered.
    pub(crate) fn took(&mut self, body: &Self) -> u64 {
        self.cells = self.cells.max(body.cells);
        body.work
    }

    /// Takes the turns of a loop out of the limits, each of so many multiplications: `turns` of them where that is known. Else
    /// as many as may be run: half of what is left, so that other loops have some too.
    #[cfg(feature = "loops")]
    pub(crate) fn turns(&mut self, one: u64, turns: Option<usize>) -> Result<usize> {
        let most = turns.unwrap_or(self.limits.turns);
        let fits = |n: usize| one.checked_mul(n as u64).is_some_and(|n| n <= self.limits.products - self.work);
        if turns.is_some() || fits(most.saturating_mul(2)) {
            self.work(&[usize::try_from(one).unwrap_or(usize::MAX), most])?;
            return Ok(most);
        }
        let some = ((self.limits.products - self.work) / 2 / one.max(1)).min(most as u64);
        self.work = self.work.saturating_add(some * one);
        Ok(some as usize)
    }

    /// A value by its wire.
    pub(crate) fn value(&self, wire: Wire) -> Result<&Value> {
        self.reads.borrow_mut().push((wire, false));
        self.values.get(wire.0).ok_or_else(|| malformed("wire", &wire.0.to_string()))
    }

    /// Takes a tensor out of the limits.
    fn spend(&mut self, shape: &[usize]) -> Result<()> {
        if self.values.len() >= self.limits.nodes {
            return Err(
                Error::new(Code::ModelTooLarge, "the model has more nodes than the limit").with("limit", self.limits.nodes)
            );
        }
        if shape.len() > MAX_RANK {
            return Err(unsupported("a tensor of this rank").with("rank", shape.len()));
        }
        let GraphLimits { tensor_elements, total_elements, .. } = self.limits;
        // An extent of 0 makes no tensor small: its other extents are multiplied with each other too.
        let cells =
            shape.iter().try_fold(1_usize, |n, d| n.checked_mul((*d).max(1))).filter(|n| *n <= tensor_elements.min(MAX_ELEMENTS));
        self.hold(cells, shape, if cells.is_some() { total_elements } else { tensor_elements })
    }

    /// Takes elements out of the limit that no tensor has: what a matrix is filled up with when it is packed. To be asked
    /// before it is.
    pub(crate) fn filled(&mut self, more: Option<usize>) -> Result<()> {
        self.hold(more, &[], self.limits.total_elements)
    }

    fn hold(&mut self, cells: Option<usize>, shape: &[usize], limit: usize) -> Result<()> {
        let total = cells.and_then(|n| self.cells.checked_add(n)).filter(|n| *n <= self.limits.total_elements);
        self.cells = total.ok_or_else(|| {
            Error::new(Code::ModelTooLarge, "the tensors of the model are larger than the limit: a larger maxBytes raises it")
                .with("shape", shape_text(shape))
                .with("limit", limit)
                .with("elements", self.cells)
        })?;
        Ok(())
    }

    /// Holds memory against the limits before it is allocated, so many bytes at once.
    pub(crate) fn afford(&self, bytes: usize) -> Result<()> {
        let limit = self.limits.total_elements.saturating_mul(8);
        if bytes <= limit {
            return Ok(());
        }
        Err(Error::new(Code::ModelTooLarge, "the model wants more memory for a run than the limit: a larger maxBytes raises it")
            .with("bytes", bytes)
            .with("limit", limit))
    }

    /// Takes multiplications out of the limit, before anything is folded: as many as the factors' product.
    pub(crate) fn work(&mut self, factors: &[usize]) -> Result<()> {
        let more = factors.iter().try_fold(1_u64, |n, f| n.checked_mul(*f as u64));
        let total = more.and_then(|n| self.work.checked_add(n)).filter(|n| *n <= self.limits.products);
        self.work = total.ok_or_else(|| {
            Error::new(Code::ModelTooLarge, "the model asks for more multiplications than the limit")
                .with("factors", shape_text(factors))
                .with("limit", self.limits.products)
        })?;
        Ok(())
    }

    fn push(&mut self, fact: Fact, origin: Origin) -> Result<Wire> {
        self.spend(&fact.shape)?;
        self.values.push(Value { fact, origin });
        Ok(Wire(self.values.len() - 1))
    }

    /// An input of the graph.
    pub(crate) fn input(&mut self, number: usize, fact: Fact) -> Result<Wire> {
        self.push(fact, Origin::Input(number))
    }

    /// A known value.
    pub(crate) fn constant(&mut self, constant: Constant) -> Result<Wire> {
        self.push(constant.fact.clone(), Origin::Constant(constant))
    }

    /// The elements of `of` from `skip` on, in another shape: nothing is copied.
    pub(crate) fn view(&mut self, of: Wire, shape: &[usize], skip: usize) -> Result<Wire> {
        self.settle(of)?;
        let value = self.value(of)?.clone();
        let cells = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).and_then(|n| n.checked_add(skip));
        if cells.is_none_or(|n| n > value.fact.len()) {
            return Err(malformed("number of elements", &shape_text(shape)));
        }
        let fact = Fact::new(value.fact.dtype, shape);
        let origin = match value.origin {
            Origin::Constant(constant) => Origin::Constant(constant.view(shape, skip)),
            Origin::View(root, from) => Origin::View(root, from + skip),
            _ => Origin::View(of, skip),
        };
        self.push(fact, origin)
    }

    /// The last rows of a matrix that lies in one piece; all where there are no more.
    ///
    /// # Errors
    /// For several matrices.
    pub(crate) fn last_rows(&mut self, of: Wire, rows: usize) -> Result<Wire> {
        let mut shape = self.value(of)?.fact.shape.clone();
        let Some((outer, [have, width])) = shape.split_last_chunk_mut().filter(|(_, [have, _])| *have > rows) else {
            return Ok(of);
        };
        if outer.iter().any(|d| *d != 1) {
            return Err(malformed("rows", &shape_text(&shape)));
        }
        let skip = (*have - rows) * *width;
        *have = rows;
        self.view(of, &shape, skip)
    }

    /// Adds a kernel. Where all its inputs are known it is run at once, and its outputs are known: the graph's own shapes
    /// may depend on them.
    pub(crate) fn add(&mut self, kernel: Arc<dyn Kernel>, inputs: &[Wire]) -> Result<Vec<Wire>> {
        for input in inputs {
            self.settle(*input)?;
        }
        let facts = self.facts(&*kernel, inputs)?;
        if !inputs.is_empty()
            && let Some(outputs) = self.folded(&*kernel, inputs, &facts)?
        {
            return outputs.into_iter().map(|c| self.constant(c)).collect();
        }
        let number = self.made.len();
        let mut outputs = Vec::with_capacity(facts.len());
        for (at, fact) in facts.into_iter().enumerate() {
            self.values.push(Value { fact, origin: Origin::Made(number, at) });
            outputs.push(Wire(self.values.len() - 1));
        }
        self.made.push(Made { kernel, inputs: inputs.to_vec(), outputs: outputs.clone(), node: self.node });
        Ok(outputs)
    }

    /// As [`Builder::add`], for a kernel of one output. Where all its inputs are known it is run when the elements are asked
    /// for, if ever: what reads them may have a way of its own, by [`Builder::made_by`].
    pub(crate) fn later(&mut self, kernel: Arc<dyn Kernel>, inputs: &[Wire]) -> Result<Vec<Wire>> {
        let known = |w: &Wire| self.value(*w).is_ok_and(|v| matches!(v.origin, Origin::Constant(_)));
        if !inputs.iter().all(known) {
            return self.add(kernel, inputs);
        }
        let facts = self.facts(&*kernel, inputs)?;
        let [fact] = facts.as_slice() else { return Err(malformed("number of outputs", &facts.len().to_string())) };
        self.values.push(Value { fact: fact.clone(), origin: Origin::Later(self.made.len(), OnceLock::new()) });
        let output = Wire(self.values.len() - 1);
        self.made.push(Made { kernel, inputs: inputs.to_vec(), outputs: vec![output], node: self.node });
        Ok(vec![output])
    }

    /// The elements of a value, where they are known.
    pub(crate) fn known(&self, wire: Wire) -> Result<Option<Constant>> {
        let value = self.value(wire)?;
        Ok(match &value.origin {
            Origin::Constant(constant) => Some(constant.clone()),
            Origin::Later(number, held) => {
                if let Some(constant) = held.get() {
                    return Ok(Some(constant.clone()));
                }
                let made = self.made.get(*number).ok_or_else(|| malformed("kernel", &number.to_string()))?;
                let outputs = self.folded(&*made.kernel, &made.inputs, std::slice::from_ref(&value.fact))?;
                let constant = outputs.and_then(|o| o.into_iter().next());
                constant.map(|c| held.get_or_init(|| c).clone())
            }
            _ => None,
        })
    }

    /// Runs what was put off, so that whoever reads the value finds its elements.
    pub(crate) fn settle(&mut self, wire: Wire) -> Result<()> {
        if matches!(self.value(wire)?.origin, Origin::Later(..))
            && let Some(constant) = self.known(wire)?
            && let Some(value) = self.values.get_mut(wire.0)
        {
            value.origin = Origin::Constant(constant);
        }
        Ok(())
    }

    /// Types and shapes of a kernel's outputs, taken out of the limits, as is what it reads: many steps that make little of
    /// one large tensor take their time too.
    fn facts(&mut self, kernel: &dyn Kernel, inputs: &[Wire]) -> Result<Vec<Fact>> {
        let given = inputs.iter().map(|w| Ok(&self.value(*w)?.fact)).collect::<Result<Vec<_>>>()?;
        let facts = kernel.facts(&given)?;
        let reads: Vec<usize> = given.iter().map(|f| f.len()).collect();
        for cells in reads {
            self.work(&[cells])?;
        }
        for fact in &facts {
            self.spend(&fact.shape)?;
        }
        Ok(facts)
    }

    /// The outputs of a kernel whose inputs are all known.
    fn folded(&self, kernel: &dyn Kernel, inputs: &[Wire], facts: &[Fact]) -> Result<Option<Vec<Constant>>> {
        let mut operands = Vec::with_capacity(inputs.len());
        for input in inputs {
            let Origin::Constant(constant) = &self.value(*input)?.origin else { return Ok(None) };
            operands.push(Operand { fact: constant.fact.clone(), place: Place::Constant(constant.clone()) });
        }
        let given: Vec<&Fact> = operands.iter().map(|o| &o.fact).collect();
        let scratch = kernel.scratch(&given);
        self.afford(scratch)?;
        let mut scratch = Buffer::zeroed(scratch);
        let mut buffers: Vec<Buffer> = facts.iter().map(|f| Buffer::zeroed(f.bytes())).collect();
        let inputs = Inputs { operands: &operands, slots: &[] };
        // What fails on constants fails whenever it runs: the graph itself is at fault.
        kernel.run(&inputs, &mut Outputs { facts, buffers: &mut buffers }, &mut scratch)?;
        Ok(Some(facts.iter().zip(buffers).map(|(f, b)| Constant::new(f.clone(), b)).collect()))
    }

    /// Numbers of the inputs of the graph on which a value depends.
    pub(crate) fn sources(&self, wire: Wire) -> Vec<usize> {
        let (mut seen, mut open, mut found) = (vec![false; self.made.len()], vec![wire], Vec::new());
        while let Some(value) = open.pop().and_then(|wire| self.values.get(wire.0)) {
            match &value.origin {
                Origin::Input(number) => found.push(*number),
                Origin::View(of, _) => open.push(*of),
                Origin::Made(number, _) => {
                    if let (Some(seen), Some(made)) = (seen.get_mut(*number), self.made.get(*number))
                        && !std::mem::replace(seen, true)
                    {
                        open.extend(&made.inputs);
                    }
                }
                Origin::Constant(_) | Origin::Later(..) | Origin::Gone => {}
            }
        }
        found
    }

    /// The kernel of type `K` that made a value as its only output, and the kernel's inputs.
    pub(crate) fn made_by<K: Kernel>(&self, wire: Wire) -> Option<(&K, &[Wire])> {
        self.reads.borrow_mut().push((wire, true));
        let (Origin::Made(number, 0) | Origin::Later(number, _)) = &self.values.get(wire.0)?.origin else { return None };
        let made = self.made.get(*number).filter(|m| m.outputs.len() == 1)?;
        let kernel: &dyn Any = &*made.kernel;
        Some((kernel.downcast_ref::<K>()?, &made.inputs))
    }
}
