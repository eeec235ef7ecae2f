//! What a layout tells of itself.

use super::memory::{Layout, Step};
use crate::fact::{Constant, Fact};
use crate::kernel::{Operand, Place};
use crate::profile::{self, Memory};
use std::collections::BTreeMap;

fn constant(operand: &Operand) -> Option<&Constant> {
    if let Place::Constant(constant) = &operand.place { Some(constant) } else { None }
}

fn sum(bytes: impl Iterator<Item = usize>) -> usize {
    bytes.fold(0, usize::saturating_add)
}

impl Step {
    fn told(&self) -> profile::Step {
        let facts: Vec<&Fact> = self.operands.iter().map(|o| &o.fact).collect();
        let (held, read): (Vec<&Operand>, Vec<&Operand>) = self.operands.iter().partition(|o| constant(o).is_some());
        let bytes = |operands: &[&Operand]| sum(operands.iter().map(|o| o.fact.bytes()));
        profile::Step {
            kernel: self.kernel.name(),
            node: self.node,
            output: self.facts.first().map_or(("none", Vec::new()), |f| (f.dtype.name(), f.shape.clone())),
            reads: bytes(&read),
            writes: sum(self.facts.iter().map(Fact::bytes)),
            weights: bytes(&held).saturating_add(self.kernel.weights()),
            scratch: self.kernel.scratch(&facts),
        }
    }
}

impl Layout {
    /// The steps, in order.
    pub(super) fn told(&self) -> Vec<profile::Step> {
        self.steps.iter().map(Step::told).collect()
    }

    /// Bytes of some of the constants.
    pub(super) fn constants(&self, which: impl Fn(&&Constant) -> bool) -> usize {
        let operands = self.steps.iter().flat_map(|s| &s.operands).chain(&self.outputs);
        // By the memory that they lie in: several constants may be views of one.
        let some = operands.filter_map(constant).filter(which);
        let lies = some.map(|c| (std::ptr::from_ref(c.raw().0).addr(), c.raw().0.all::<u8>().len()));
        let constants: BTreeMap<usize, usize> = lies.collect();
        sum(constants.into_values())
    }

    /// The memory of it all.
    pub(super) fn memory(&self) -> Memory {
        Memory {
            arena: sum(self.slots.iter().copied()),
            scratch: self.scratch,
            constants: self.constants(|_| true),
            packed: sum(self.steps.iter().map(|s| s.kernel.weights())),
            file: 0,
        }
    }
}
