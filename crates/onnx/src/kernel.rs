//! What a step of a plan is: facts out of facts, elements out of elements.

use crate::dtype::{Buffer, Element};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::refusal::failed;
use std::any::Any;
use std::fmt::Debug;

/// One operation, made for inputs whose types and shapes are known.
pub(crate) trait Kernel: Any + Debug + Send + Sync {
    /// Name for profiles and messages.
    fn name(&self) -> &'static str;

    /// Type and shape of each output.
    ///
    /// # Errors
    /// `model-malformed`, `model-operator-unsupported`, where the inputs are not those that it was made for.
    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>>;

    /// Inputs in whose memory the first output may be written, dearest first: element i of the output is made of element i
    /// of that input alone, and both are of one size. Where one is taken, [`Inputs::taken`] says so.
    fn over(&self) -> &'static [usize] {
        &[]
    }

    /// Whether a run over its first input writes only what nobody counts on, or what another kernel undoes: so it may write into memory
    /// that is lent to a run.
    fn adds(&self) -> bool {
        false
    }

    /// Bytes of working memory that a run wants.
    fn scratch(&self, _inputs: &[&Fact]) -> usize {
        0
    }

    /// Bytes of weights that it holds itself, packed for its loops. For profiles.
    fn weights(&self) -> usize {
        0
    }

    /// Runs once. Outputs hold what was there before: every element is to be written. Nothing is to be allocated.
    ///
    /// # Errors
    /// `model-failed`.
    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()>;

    /// As [`Kernel::run`], for kernels that have steps of their own: before each they ask `watch`.
    ///
    /// # Errors
    /// `model-failed`.
    fn run_watched(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer, _watch: Watch<'_>) -> Result<()> {
        self.run(inputs, outputs, scratch)
    }
}

/// Told between steps: number and name of the step that comes next. `false` ends the run.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(usize, &'static str) -> bool;

/// Where the elements of an input lie.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a buffer of the plan, so many elements from its start.
    Slot(usize, usize),
    /// In memory of their own.
    Constant(Constant),
    /// In the first output: it takes this input's memory.
    Taken,
}

/// An input of a step.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) fact: Fact,
    pub(crate) place: Place,
}

/// The inputs of a run.
#[derive(Debug)]
pub(crate) struct Inputs<'r> {
    pub(crate) operands: &'r [Operand],
    pub(crate) slots: &'r [Buffer],
}

impl<'r> Inputs<'r> {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.operands.len()
    }

    /// Type and shape of input `at`.
    ///
    /// # Errors
    /// `model-failed` where there is none.
    pub(crate) fn fact(&self, at: usize) -> Result<&'r Fact> {
        self.operands.get(at).map(|o| &o.fact).ok_or_else(|| failed("an input is missing"))
    }

    /// Elements of input `at`.
    ///
    /// # Errors
    /// `model-failed` where there is none, it is of another type, or its memory is the output's.
    pub(crate) fn get<T: Element>(&self, at: usize) -> Result<&'r [T]> {
        let operand = self.operands.get(at).ok_or_else(|| failed("an input is missing"))?;
        if !T::reads(operand.fact.dtype) {
            return Err(failed("an input of another type"));
        }
        let len = operand.fact.len();
        let found = match &operand.place {
            Place::Constant(constant) => Some(constant.get::<T>()),
            Place::Slot(slot, from) => self.slots.get(*slot).and_then(|b| b.all::<T>().get(*from..*from + len)),
            Place::Taken => None,
        };
        found.filter(|elements| elements.len() == len).ok_or_else(|| failed("an input's memory"))
    }

    /// Elements of input `at` as bytes, whatever their type.
    ///
    /// # Errors
    /// As [`Inputs::get`].
    pub(crate) fn bytes(&self, at: usize) -> Result<&'r [u8]> {
        let operand = self.operands.get(at).ok_or_else(|| failed("an input is missing"))?;
        let (width, len) = (operand.fact.dtype.bytes(), operand.fact.bytes());
        let (buffer, from) = match &operand.place {
            Place::Constant(constant) => constant.raw(),
            Place::Slot(slot, from) => (self.slots.get(*slot).ok_or_else(|| failed("an input's memory"))?, *from),
            Place::Taken => return Err(failed("an input's memory")),
        };
        buffer.all::<u8>().get(from * width..from * width + len).ok_or_else(|| failed("an input's memory"))
    }

    /// The input whose elements lie in the first output already, if one does.
    pub(crate) fn taken(&self) -> Option<usize> {
        self.operands.iter().position(|o| matches!(o.place, Place::Taken))
    }
}

/// The outputs of a run.
#[derive(Debug)]
pub(crate) struct Outputs<'r> {
    pub(crate) facts: &'r [Fact],
    pub(crate) buffers: &'r mut [Buffer],
}

fn cut<'b, T: Element>(fact: &Fact, buffer: &'b mut Buffer) -> Result<&'b mut [T]> {
    if !T::reads(fact.dtype) {
        return Err(failed("an output of another type"));
    }
    buffer.all_mut::<T>().get_mut(..fact.len()).ok_or_else(|| failed("an output's memory"))
}

impl Outputs<'_> {
    /// Type and shape of output `at`.
    ///
    /// # Errors
    /// `model-failed` where there is none.
    pub(crate) fn fact(&self, at: usize) -> Result<&Fact> {
        self.facts.get(at).ok_or_else(|| failed("an output is missing"))
    }

    /// Elements of output `at`.
    ///
    /// # Errors
    /// `model-failed` where there is none or it is of another type.
    pub(crate) fn get<T: Element>(&mut self, at: usize) -> Result<&mut [T]> {
        match (self.facts.get(at), self.buffers.get_mut(at)) {
            (Some(fact), Some(buffer)) => cut(fact, buffer),
            _ => Err(failed("an output is missing")),
        }
    }

    /// Elements of the first two outputs.
    ///
    /// # Errors
    /// As [`Outputs::get`].
    pub(crate) fn two<T: Element, U: Element>(&mut self) -> Result<(&mut [T], &mut [U])> {
        match (self.facts, &mut *self.buffers) {
            ([a, b, ..], [x, y, ..]) => Ok((cut(a, x)?, cut(b, y)?)),
            _ => Err(failed("an output is missing")),
        }
    }

    /// Elements of the first three outputs.
    ///
    /// # Errors
    /// As [`Outputs::get`].
    #[allow(clippy::type_complexity)]
    pub(crate) fn three<T: Element, U: Element, V: Element>(&mut self) -> Result<(&mut [T], &mut [U], &mut [V])> {
        match (self.facts, &mut *self.buffers) {
            ([a, b, c, ..], [x, y, z, ..]) => Ok((cut(a, x)?, cut(b, y)?, cut(c, z)?)),
            _ => Err(failed("an output is missing")),
        }
    }

    /// Elements of output `at` as bytes, whatever their type.
    ///
    /// # Errors
    /// `model-failed` where there is none.
    pub(crate) fn bytes(&mut self, at: usize) -> Result<&mut [u8]> {
        match (self.facts.get(at), self.buffers.get_mut(at)) {
            (Some(fact), Some(buffer)) => {
                buffer.all_mut::<u8>().get_mut(..fact.bytes()).ok_or_else(|| failed("an output's memory"))
            }
            _ => Err(failed("an output is missing")),
        }
    }
}

/// The first output with the elements of the first input in it, for kernels that change elements where they lie.
///
/// # Errors
/// `model-failed` where they are of another type.
pub(crate) fn in_place<'o, T: Element>(inputs: &Inputs<'_>, outputs: &'o mut Outputs<'_>) -> Result<&'o mut [T]> {
    let taken = inputs.taken() == Some(0);
    let out = outputs.get::<T>(0)?;
    if !taken {
        let from = inputs.get::<T>(0)?;
        if from.len() != out.len() {
            return Err(failed("an output of another size"));
        }
        out.copy_from_slice(from);
    }
    Ok(out)
}

/// One input, which is all there is.
///
/// # Errors
/// `model-malformed` where there are others.
pub(crate) fn single<'f>(inputs: &[&'f Fact]) -> Result<&'f Fact> {
    match inputs {
        [one] => Ok(one),
        _ => Err(crate::refusal::malformed("number of inputs", &inputs.len().to_string())),
    }
}
