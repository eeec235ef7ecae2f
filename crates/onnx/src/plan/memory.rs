//! Which buffer every value lies in: one that nobody reads any more is taken again.

use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Kernel, Operand, Place};
use crate::lower::{Builder, Lowered, Made, Origin, Wire};
use crate::refusal::malformed;
use std::sync::Arc;

/// A kernel with the places of its inputs and outputs.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kernel: Arc<dyn Kernel>,
    pub(super) operands: Vec<Operand>,
    pub(super) facts: Vec<Fact>,
    /// Buffers of the outputs.
    pub(super) slots: Vec<usize>,
    /// Number of the node that it came from.
    pub(super) node: Option<usize>,
}

/// Steps, and the memory that they want.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) steps: Vec<Step>,
    /// Buffer of each input, all from their start.
    pub(super) inputs: Vec<usize>,
    pub(super) outputs: Vec<Operand>,
    /// Bytes of each buffer.
    pub(super) slots: Vec<usize>,
    /// Bytes of working memory.
    pub(super) scratch: usize,
    /// By step, the number of its kernel in the graph.
    pub(super) numbers: Vec<usize>,
    /// Buffers that come with every run.
    pub(super) lent: Vec<usize>,
    /// What puts back what was written into them.
    pub(super) undo: Vec<Undo>,
}

/// A step that is run where a run ends between another and its own end.
#[derive(Debug)]
pub(super) struct Undo {
    /// The step that it undoes.
    pub(super) after: usize,
    pub(super) step: Step,
    /// The number of its kernel in the graph.
    pub(super) number: usize,
}

impl Layout {
    /// Bytes of all of it.
    pub(super) fn bytes(&self) -> usize {
        self.slots.iter().fold(self.scratch, |sum, slot| sum.saturating_add(*slot))
    }
}

/// Number of the step that reads a value last; values that leave are read by nobody last.
const FOREVER: usize = usize::MAX;

struct Planner<'b> {
    builder: &'b Builder,
    /// By wire, for roots: the last step that reads it, where one does.
    last: Vec<Option<usize>>,
    /// By wire, for roots that have one: their buffer.
    slot_of: Vec<Option<usize>>,
    slots: Vec<usize>,
    free: Vec<usize>,
    /// Buffers that come with every run and leave it: what is in them stays in them, until a run has come to its end.
    lent: Vec<usize>,
}

/// Plans the memory of a graph. Kernels whose outputs nobody reads are left out. `lent` are inputs that bring their own memory.
pub(super) fn layout(lowered: &Lowered, outputs: &[Wire], lent: &[Wire]) -> Result<Layout> {
    let builder = &lowered.builder;
    let (numbers, order): (Vec<usize>, Vec<&Made>) = needed(builder, outputs)?.into_iter().unzip();
    let mut planner = Planner {
        builder,
        last: vec![None; builder.values.len()],
        slot_of: vec![None; builder.values.len()],
        slots: Vec::new(),
        free: Vec::new(),
        lent: Vec::new(),
    };
    for (at, made) in order.iter().enumerate() {
        for input in &made.inputs {
            let (root, _) = planner.root(*input)?;
            planner.read(root, at);
        }
    }
    let undone = builder.undone.iter().filter(|(done, _)| numbers.contains(done));
    let undone: Vec<(usize, usize, &Made)> =
        undone.filter_map(|(done, back)| Some((*done, *back, builder.made.get(*back)?))).collect();
    for wire in outputs.iter().chain(undone.iter().flat_map(|(_, _, back)| &back.inputs)) {
        let (root, _) = planner.root(*wire)?;
        planner.read(root, FOREVER);
    }
    let mut inputs = Vec::new();
    for input in &lowered.inputs {
        let own = lent.contains(input);
        let bytes = if own { 0 } else { builder.value(*input)?.fact.bytes() };
        let slot = planner.take(*input, bytes);
        inputs.push(slot);
        if own {
            planner.lent.push(slot);
        }
    }
    // What is given and never read is written all the same: its buffer is free once all inputs have theirs.
    for input in &lowered.inputs {
        if planner.last.get(input.0).copied().flatten().is_none() {
            planner.release(*input);
        }
    }
    let mut steps = Vec::new();
    let mut scratch = 0;
    for (at, made) in order.iter().enumerate() {
        let step = planner.step(at, made)?;
        let facts: Vec<&Fact> = step.operands.iter().map(|o| &o.fact).collect();
        scratch = scratch.max(step.kernel.scratch(&facts));
        steps.push(step);
    }
    let mut undo = Vec::new();
    for (done, number, back) in undone {
        let after = numbers.iter().position(|n| *n == done).unwrap_or(usize::MAX);
        let Some(of) = steps.get(after).filter(|s: &&Step| s.slots.iter().any(|slot| planner.lent.contains(slot))) else {
            continue;
        };
        let mut operands = back.inputs.iter().map(|w| planner.operand(*w)).collect::<Result<Vec<_>>>()?;
        operands.first_mut().into_iter().for_each(|o| o.place = Place::Taken);
        let step =
            Step { kernel: back.kernel.clone(), operands, facts: of.facts.clone(), slots: of.slots.clone(), node: of.node };
        undo.push(Undo { after, step, number });
    }
    let outputs = outputs.iter().map(|w| planner.operand(*w)).collect::<Result<Vec<_>>>()?;
    Ok(Layout { steps, inputs, outputs, slots: planner.slots, scratch, numbers, lent: planner.lent, undo })
}

/// Kernels on which outputs depend, in order.
fn needed<'b>(builder: &'b Builder, outputs: &[Wire]) -> Result<Vec<(usize, &'b Made)>> {
    let mut wanted = vec![false; builder.made.len()];
    // What undoes a kernel is no part of a run, but what it reads is.
    let undone = builder.undone.iter().filter_map(|(_, back)| builder.made.get(*back)).flat_map(|m| &m.inputs);
    let mut open: Vec<Wire> = outputs.iter().chain(undone).copied().collect();
    while let Some(wire) = open.pop() {
        match &builder.value(wire)?.origin {
            Origin::View(of, _) => open.push(*of),
            Origin::Made(number, _) => {
                if let (Some(flag), Some(made)) = (wanted.get_mut(*number), builder.made.get(*number))
                    && !*flag
                {
                    *flag = true;
                    open.extend(&made.inputs);
                }
            }
            _ => {}
        }
    }
    Ok(builder.made.iter().enumerate().zip(wanted).filter(|(_, w)| *w).map(|(m, _)| m).collect())
}

impl Planner<'_> {
    /// The value whose memory a value lies in, and the number of elements before its first.
    fn root(&self, wire: Wire) -> Result<(Wire, usize)> {
        Ok(match &self.builder.value(wire)?.origin {
            Origin::View(of, skip) => (*of, *skip),
            _ => (wire, 0),
        })
    }

    fn read(&mut self, root: Wire, at: usize) {
        if let Some(last) = self.last.get_mut(root.0) {
            *last = Some(last.map_or(at, |l| l.max(at)));
        }
    }

    /// A buffer for a value: the smallest free one that holds it, else the largest, grown; a new one where none is free.
    fn take(&mut self, wire: Wire, bytes: usize) -> usize {
        let size = |slot: &usize| self.slots.get(*slot).copied().unwrap_or(0);
        let fits = self.free.iter().enumerate().filter(|(_, s)| size(s) >= bytes).min_by_key(|(_, s)| size(s));
        let found = fits.or_else(|| self.free.iter().enumerate().max_by_key(|(_, s)| size(s))).map(|(at, _)| at);
        let slot = match found {
            Some(at) => self.free.swap_remove(at),
            None => {
                self.slots.push(0);
                self.slots.len() - 1
            }
        };
        if let Some(size) = self.slots.get_mut(slot) {
            *size = (*size).max(bytes);
        }
        self.lies_in(wire, slot);
        slot
    }

    fn lies_in(&mut self, wire: Wire, slot: usize) {
        if let Some(place) = self.slot_of.get_mut(wire.0) {
            *place = Some(slot);
        }
    }

    fn release(&mut self, root: Wire) {
        if let Some(slot) = self.slot_of.get_mut(root.0).and_then(Option::take)
            && !self.lent.contains(&slot)
        {
            self.free.push(slot);
        }
    }

    fn operand(&self, wire: Wire) -> Result<Operand> {
        let value = self.builder.value(wire)?;
        if let Origin::Constant(constant) = &value.origin {
            return Ok(Operand { fact: value.fact.clone(), place: Place::Constant(constant.clone()) });
        }
        let (root, skip) = self.root(wire)?;
        let slot = self.slot_of.get(root.0).copied().flatten();
        let slot = slot.ok_or_else(|| malformed("a value that is read before it is made", &wire.0.to_string()))?;
        Ok(Operand { fact: value.fact.clone(), place: Place::Slot(slot, skip) })
    }

    /// The input whose memory the first output takes: read here for the last time, and by nobody else here.
    fn taken(&self, at: usize, made: &Made, roots: &[(Wire, usize)], bytes: usize) -> Option<usize> {
        made.kernel.over().iter().copied().find(|input| {
            let Some((root, skip)) = roots.get(*input) else { return false };
            let last = self.last.get(root.0).copied().flatten();
            let alone = roots.iter().filter(|(r, _)| r == root).count() == 1;
            // Of a view that is repeated along an axis one element makes several.
            let whole = made.inputs.get(*input).is_some_and(|w| self.builder.value(*w).is_ok_and(|v| v.fact.bytes() == bytes));
            let slot = self.slot_of.get(root.0).copied().flatten();
            let held = slot.is_some_and(|slot| made.kernel.adds() || !self.lent.contains(&slot));
            *skip == 0 && last == Some(at) && alone && whole && held
        })
    }

    fn step(&mut self, at: usize, made: &Made) -> Result<Step> {
        let mut operands = made.inputs.iter().map(|w| self.operand(*w)).collect::<Result<Vec<_>>>()?;
        let roots = made.inputs.iter().map(|w| self.root(*w)).collect::<Result<Vec<_>>>()?;
        let facts = made.outputs.iter().map(|w| Ok(self.builder.value(*w)?.fact.clone())).collect::<Result<Vec<Fact>>>()?;
        let mut slots = Vec::with_capacity(facts.len());
        for (number, (wire, fact)) in made.outputs.iter().zip(&facts).enumerate() {
            let taken = if number == 0 { self.taken(at, made, &roots, fact.bytes()) } else { None };
            let over = taken.and_then(|input| Some((operands.get_mut(input)?, *roots.get(input)?)));
            if let Some((operand, (root, _))) = over
                && let Some(slot) = self.slot_of.get_mut(root.0).and_then(Option::take)
            {
                operand.place = Place::Taken;
                self.lies_in(*wire, slot);
                slots.push(slot);
            } else {
                slots.push(self.take(*wire, fact.bytes()));
            }
        }
        // Inputs that nobody reads after this, and outputs that nobody reads at all.
        for (root, _) in roots {
            if self.last.get(root.0).copied().flatten() == Some(at) {
                self.release(root);
            }
        }
        for wire in &made.outputs {
            if self.last.get(wire.0).copied().flatten().is_none() {
                self.release(*wire);
            }
        }
        Ok(Step { kernel: made.kernel.clone(), operands, facts, slots, node: made.node })
    }
}
