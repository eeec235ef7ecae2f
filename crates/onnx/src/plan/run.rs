//! Running a plan. After the first run nothing is allocated.

use super::arena::Arena;
use super::memory::{Layout, Step, layout};
#[cfg(feature = "trees")]
use crate::dtype::DType;
use crate::dtype::{Buffer, Element};
use crate::error::Result;
use crate::fact::{Fact, plain};
use crate::kernel::{Inputs, Outputs, Place, Watch};
use crate::lower::{Body, Lowered, Wire};
use crate::profile;
use crate::refusal::failed;
#[cfg(feature = "trees")]
use crate::tensor::View;
use crate::tensor::{Tensor, Values};
use crate::texts::Texts;
use std::sync::Arc;

/// A runnable graph.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) layout: Layout,
    pub(super) inputs: Vec<Fact>,
    pub(super) arena: Arena,
    texts: Arc<Texts>,
    /// Outputs of the step that runs.
    taken: Vec<Buffer>,
}

impl Plan {
    /// Plans memory for a graph. `outputs` are those of the graph's that are asked for, in order.
    ///
    /// # Errors
    /// `model-malformed`, `model-too-large`.
    pub(crate) fn new(lowered: &Lowered, outputs: &[usize]) -> Result<Self> {
        let mut plan = Self::without_memory(lowered, outputs)?;
        plan.take(Arena::default());
        Ok(plan)
    }

    /// As [`Plan::new`], of a graph that has other plans: memory comes by [`Plan::take`].
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub(crate) fn without_memory(lowered: &Lowered, outputs: &[usize]) -> Result<Self> {
        let wires: Vec<Wire> = outputs.iter().filter_map(|o| lowered.outputs.get(*o).copied()).collect();
        Self::of(lowered, &wires, &[])
    }

    /// As [`Plan::without_memory`], of values; `lent` are inputs whose memory comes with every run.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub(super) fn of(lowered: &Lowered, outputs: &[Wire], lent: &[Wire]) -> Result<Self> {
        let layout = layout(lowered, outputs, lent)?;
        lowered.builder.afford(layout.bytes())?;
        let inputs = lowered.inputs.iter().map(|w| Ok(lowered.builder.value(*w)?.fact.clone())).collect::<Result<_>>()?;
        let most = layout.steps.iter().map(|s| s.slots.len()).max().unwrap_or(0);
        Ok(Self { arena: Arena::default(), taken: Vec::with_capacity(most), texts: lowered.texts.clone(), inputs, layout })
    }

    /// Takes memory to run in, and grows it where it wants more.
    pub(crate) fn take(&mut self, mut arena: Arena) {
        arena.fit(&self.layout);
        self.arena = arena;
    }

    /// Gives its memory away, and what the last run left in it.
    pub(crate) fn give(&mut self) -> Arena {
        std::mem::take(&mut self.arena)
    }

    /// Types and shapes of the inputs.
    pub(crate) fn inputs(&self) -> &[Fact] {
        &self.inputs
    }

    /// Type and shape of output `at`.
    pub(crate) fn output(&self, at: usize) -> Option<&Fact> {
        self.layout.outputs.get(at).map(|o| &o.fact)
    }

    /// Names of the steps, in order.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.layout.steps.iter().map(|s| s.kernel.name())
    }

    /// The steps, in order.
    pub(crate) fn steps(&self) -> Vec<profile::Step> {
        self.layout.told()
    }

    /// Bytes that the plan holds.
    pub(crate) fn memory(&self) -> profile::Memory {
        self.layout.memory()
    }

    /// Bytes of constants that no file has.
    pub(crate) fn own(&self) -> usize {
        self.layout.own()
    }

    /// Elements of output `at` as the last run left them; `None` where the type is another.
    pub(crate) fn get<T: Element>(&self, at: usize) -> Option<&[T]> {
        let operand = self.layout.outputs.get(at).filter(|o| T::reads(o.fact.dtype))?;
        match &operand.place {
            Place::Constant(constant) => Some(constant.get::<T>()),
            Place::Slot(slot, from) => self.arena.slots.get(*slot)?.all::<T>().get(*from..*from + operand.fact.len()),
            Place::Taken => None,
        }
    }

    /// Output `at` as a tensor.
    pub(crate) fn tensor(&self, at: usize) -> Result<Tensor> {
        let operand = self.layout.outputs.get(at).ok_or_else(|| failed("an output is missing"))?;
        let (buffer, from) = match &operand.place {
            Place::Constant(constant) => constant.raw(),
            Place::Slot(slot, from) => (self.arena.slots.get(*slot).ok_or_else(|| failed("an output's memory"))?, *from),
            Place::Taken => return Err(failed("an output's memory")),
        };
        Ok(plain(&operand.fact, buffer, from, &self.texts))
    }

    pub(super) fn feed(&mut self, at: usize, tensor: &Tensor) -> Result<()> {
        let (Some(fact), Some(slot)) = (self.inputs.get(at), self.layout.inputs.get(at)) else { return Ok(()) };
        if tensor.values.len() != fact.len() {
            return Err(failed("an input of another size"));
        }
        let Some(buffer) = self.arena.slots.get_mut(*slot) else { return Ok(()) };
        fn fill<T: Element>(buffer: &mut Buffer, values: &[T]) {
            buffer.all_mut::<T>().iter_mut().zip(values).for_each(|(to, from)| *to = *from);
        }
        match &tensor.values {
            Values::F32(v) => fill(buffer, v),
            Values::F64(v) => fill(buffer, v),
            Values::I64(v) => fill(buffer, v),
            Values::I32(v) => fill(buffer, v),
            Values::I8(v) => fill(buffer, v),
            Values::U8(v) => fill(buffer, v),
            Values::Bool(v) => buffer.all_mut::<u8>().iter_mut().zip(v).for_each(|(to, from)| *to = u8::from(*from)),
            Values::Str(v) => buffer.all_mut::<i64>().iter_mut().zip(v).for_each(|(to, from)| *to = self.texts.number(from)),
        }
        Ok(())
    }

    /// Runs once, on inputs of the planned types and shapes, and asks before every step whether to go on.
    ///
    /// # Errors
    /// `model-failed`, also when `watch` ends the run.
    pub(crate) fn run(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<()> {
        self.texts.forget();
        for (at, tensor) in inputs.iter().enumerate() {
            self.feed(at, tensor)?;
        }
        self.go(watch)
    }

    /// Output `at` where it lies.
    #[cfg(feature = "trees")]
    pub(crate) fn view(&self, at: usize) -> Option<View<'_>> {
        let fact = self.output(at)?;
        // Texts lie as numbers, which mean nothing elsewhere.
        let bytes = if fact.dtype == DType::Str { &[] } else { self.answer(at).ok()? };
        Some(View { dtype: fact.dtype.name(), shape: &fact.shape, bytes })
    }

    /// Memory of input `at`, whatever the last run left in it; `None` for texts.
    #[cfg(feature = "trees")]
    pub(crate) fn input_mut(&mut self, at: usize) -> Option<&mut [u8]> {
        let fact = self.inputs.get(at).filter(|fact| fact.dtype != DType::Str)?;
        self.arena.slots.get_mut(*self.layout.inputs.get(at)?)?.all_mut::<u8>().get_mut(..fact.bytes())
    }

    /// Runs once on what lies in the inputs' memory, where truth values may be any bytes.
    ///
    /// # Errors
    /// As [`Plan::run`].
    #[cfg(feature = "trees")]
    pub(crate) fn run_again(&mut self, watch: Watch<'_>) -> Result<()> {
        self.texts.forget();
        for at in 0..self.inputs.len() {
            if self.inputs.get(at).is_some_and(|fact| fact.dtype == DType::Bool)
                && let Some(bytes) = self.input_mut(at)
            {
                bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
            }
        }
        self.go(watch)
    }

    /// Runs all steps on what lies in the inputs' buffers.
    pub(super) fn go(&mut self, watch: Watch<'_>) -> Result<()> {
        let Self { layout, arena: Arena { slots, scratch }, taken, .. } = self;
        for (number, step) in layout.steps.iter().enumerate() {
            let ran = if watch(number, step.kernel.name()) {
                // Steps within a step have its number and names of their own.
                step.run(slots, scratch, taken, &mut |_, name| watch(number, name))
            } else {
                Err(failed("the run was ended"))
            };
            let Err(e) = ran else { continue };
            for undo in layout.undo.iter().rev().filter(|u| u.after < number) {
                undo.step.run(slots, scratch, taken, &mut |_, _| true)?;
            }
            return Err(e);
        }
        Ok(())
    }
}

/// A plan as a body of another: fed and read as bytes.
impl Body for Plan {
    fn bytes(&self) -> usize {
        self.layout.bytes()
    }

    fn steps(&self) -> usize {
        self.layout.steps.len()
    }

    fn feed(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let slot = self.layout.inputs.get(at).and_then(|slot| self.arena.slots.get_mut(*slot));
        let room = slot.and_then(|slot| slot.all_mut::<u8>().get_mut(..bytes.len()));
        room.ok_or_else(|| failed("an input's memory"))?.copy_from_slice(bytes);
        Ok(())
    }

    fn answer(&self, at: usize) -> Result<&[u8]> {
        let operand = self.layout.outputs.get(at).ok_or_else(|| failed("an output is missing"))?;
        let inputs = Inputs { operands: std::slice::from_ref(operand), slots: &self.arena.slots };
        inputs.bytes(0)
    }

    fn run(&mut self, watch: Watch<'_>) -> Result<()> {
        self.go(watch)
    }
}

impl Step {
    /// The outputs' buffers leave the pool while the step runs, so that inputs are read and outputs written side by side.
    fn run(&self, slots: &mut [Buffer], scratch: &mut Buffer, taken: &mut Vec<Buffer>, watch: Watch<'_>) -> Result<()> {
        taken.clear();
        for slot in &self.slots {
            taken.push(slots.get_mut(*slot).map(std::mem::take).unwrap_or_default());
        }
        let inputs = Inputs { operands: &self.operands, slots };
        let mut outputs = Outputs { facts: &self.facts, buffers: taken };
        let answer = self.kernel.run_watched(&inputs, &mut outputs, scratch, watch);
        for (slot, buffer) in self.slots.iter().zip(taken.drain(..)) {
            if let Some(place) = slots.get_mut(*slot) {
                *place = buffer;
            }
        }
        answer.map_err(|e| e.with("step", self.kernel.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(not(feature = "trees"))]
    use crate::dtype::DType;
    use crate::error::Code;
    use crate::kernel::Kernel;
    use crate::limits::GraphLimits;
    use crate::lower::Builder;
    use std::sync::Arc;

    /// Wants more working memory than there is.
    #[derive(Debug)]
    struct Greedy;

    impl Kernel for Greedy {
        fn name(&self) -> &'static str {
            "Greedy"
        }

        fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
            Ok(inputs.iter().map(|f| (*f).clone()).collect())
        }

        fn scratch(&self, _: &[&Fact]) -> usize {
            1 << 40
        }

        fn run(&self, _: &Inputs<'_>, _: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn memory_beyond_the_limit_is_refused_before_it_is_allocated() {
        let mut builder = Builder::new(&GraphLimits::default());
        let input = builder.input(0, Fact::new(DType::F32, &[4])).unwrap();
        let outputs = builder.add(Arc::new(Greedy), &[input]).unwrap();
        let lowered = Lowered {
            builder,
            inputs: vec![input],
            outputs,
            fixed: vec![false],
            records: Vec::new(),
            narrow: Vec::new(),
            texts: Arc::default(),
        };
        assert_eq!(Plan::new(&lowered, &[0]).unwrap_err().code(), Code::ModelTooLarge);
        // Folded as well.
        let mut builder = lowered.builder;
        let known = builder.constant(crate::fact::Constant::f32(&[4], &[0.0; 4])).unwrap();
        assert_eq!(builder.add(Arc::new(Greedy), &[known]).unwrap_err().code(), Code::ModelTooLarge);
    }
}
