//! A plan for other shapes of the same graph: steps whose kernels are others now are put in the place of those that were there.

use super::memory::Step;
use super::run::Plan;
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Operand, Place};
use crate::lower::{Builder, Changed, Lowered, Origin, Wire};

/// The operand that a value is now, in the buffer where it was.
fn moved(builder: &Builder, wire: Wire, operand: &mut Operand) -> Result<bool> {
    let value = builder.value(wire)?;
    let skip = if let Origin::View(_, skip) = value.origin { skip } else { 0 };
    match (&mut operand.place, &value.origin) {
        (place @ Place::Constant(_), Origin::Constant(constant)) => *place = Place::Constant(constant.clone()),
        // Let go of, and the same as it was.
        (Place::Constant(_), Origin::Gone) => {}
        (Place::Slot(_, from), Origin::Input(_) | Origin::Made(..) | Origin::View(..)) => *from = skip,
        (Place::Taken, Origin::Input(_) | Origin::Made(..) | Origin::View(..)) if skip == 0 => {}
        _ => return Ok(false),
    }
    operand.fact.clone_from(&value.fact);
    Ok(true)
}

impl Plan {
    /// Makes it the plan of a graph that was lowered again; `outputs` are those that it was made for. Tells whether it is: where not,
    /// it is of no use any more.
    ///
    /// # Errors
    /// `model-too-large`.
    pub(super) fn patch(&mut self, lowered: &Lowered, outputs: &[Wire], changed: &Changed) -> Result<bool> {
        let builder = &lowered.builder;
        for (step, number) in self.layout.steps.iter_mut().zip(&self.layout.numbers) {
            if changed.made.get(*number) != Some(&true) {
                continue;
            }
            if !step.patch(builder, *number)? {
                return Ok(false);
            }
            for (slot, fact) in step.slots.iter().zip(&step.facts) {
                if let Some(size) = self.layout.slots.get_mut(*slot).filter(|_| !self.layout.lent.contains(slot)) {
                    *size = (*size).max(fact.bytes());
                }
            }
            let facts: Vec<&Fact> = step.operands.iter().map(|o| &o.fact).collect();
            self.layout.scratch = self.layout.scratch.max(step.kernel.scratch(&facts));
        }
        for undo in self.layout.undo.iter_mut().filter(|u| changed.made.get(u.number) == Some(&true)) {
            if !undo.step.patch(builder, undo.number)? {
                return Ok(false);
            }
        }
        for ((wire, fact), slot) in lowered.inputs.iter().zip(&mut self.inputs).zip(&self.layout.inputs) {
            let value = builder.value(*wire)?;
            if value.fact != *fact {
                fact.clone_from(&value.fact);
                if let Some(size) = self.layout.slots.get_mut(*slot).filter(|_| !self.layout.lent.contains(slot)) {
                    *size = (*size).max(fact.bytes());
                }
            }
        }
        for (wire, operand) in outputs.iter().zip(&mut self.layout.outputs) {
            if !moved(builder, *wire, operand)? {
                return Ok(false);
            }
        }
        builder.afford(self.layout.bytes())?;
        Ok(true)
    }
}

impl Step {
    fn patch(&mut self, builder: &Builder, number: usize) -> Result<bool> {
        let Some(made) = builder.made.get(number) else { return Ok(false) };
        for (fact, wire) in self.facts.iter_mut().zip(&made.outputs) {
            fact.clone_from(&builder.value(*wire)?.fact);
        }
        let whole = self.facts.first().map(Fact::bytes);
        for (at, (wire, operand)) in made.inputs.iter().zip(&mut self.operands).enumerate() {
            if !moved(builder, *wire, operand)? {
                return Ok(false);
            }
            // It lies in the output: one is made of the other, element by element.
            let taken = matches!(operand.place, Place::Taken);
            if taken && (Some(operand.fact.bytes()) != whole || !made.kernel.over().contains(&at)) {
                return Ok(false);
            }
        }
        self.kernel = made.kernel.clone();
        Ok(true)
    }
}
