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

    /// Bytes of constants that no file has, as often as they are read.
    pub(super) fn own(&self) -> usize {
        let read = self.steps.iter().flat_map(|s| &s.operands).filter_map(constant);
        sum(read.filter(|c| c.number().is_none()).map(|c| c.fact.bytes()))
    }

    /// The memory of it all.
    pub(super) fn memory(&self) -> Memory {
        let operands = self.steps.iter().flat_map(|s| &s.operands).chain(&self.outputs);
        // By the memory that they lie in: several constants may be views of one.
        let lies = operands.filter_map(constant).map(|c| (std::ptr::from_ref(c.raw().0).addr(), c.raw().0.all::<u8>().len()));
        let constants: BTreeMap<usize, usize> = lies.collect();
        Memory {
            arena: sum(self.slots.iter().copied()),
            scratch: self.scratch,
            constants: sum(constants.into_values()),
            packed: sum(self.steps.iter().map(|s| s.kernel.weights())),
            file: 0,
        }
    }
}
