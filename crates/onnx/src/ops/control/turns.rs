//! The kernels of If, Loop and Scan: a body is fed, run and read, again and again, in memory of its own.

use crate::dtype::Buffer;
use crate::error::{Code, Error, Result};
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, Watch};
use crate::lower::Body;
use crate::refusal::failed;
use std::sync::{Mutex, MutexGuard, PoisonError};

fn lock(body: &Mutex<Box<dyn Body>>) -> MutexGuard<'_, Box<dyn Body>> {
    body.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the one of two bodies that a truth value asks for. Inputs: the truth value, what the first captured, what the second did.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) facts: Vec<Fact>,
    /// Where it holds and where not, each with the number of its inputs.
    pub(super) bodies: [(Mutex<Box<dyn Body>>, usize); 2],
}

impl Kernel for Branch {
    fn name(&self) -> &'static str {
        "If"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(self.facts.clone())
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        self.run_watched(inputs, outputs, scratch, &mut |_, _| true)
    }

    fn run_watched(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer, watch: Watch<'_>) -> Result<()> {
        let [(then, captured), (other, rest)] = &self.bodies;
        let holds = inputs.get::<u8>(0)?.first().is_some_and(|v| *v != 0);
        let (body, from, count) = if holds { (then, 1, *captured) } else { (other, 1 + captured, *rest) };
        let mut body = lock(body);
        for at in 0..count {
            body.feed(at, inputs.bytes(from + at)?)?;
        }
        body.run(watch)?;
        for at in 0..self.facts.len() {
            outputs.bytes(at)?.copy_from_slice(body.answer(at)?);
        }
        Ok(())
    }
}

/// How often a body runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    /// At most; `None` where a run tells.
    pub(super) known: Option<usize>,
    /// Turns beyond which a run is ended.
    pub(super) most: usize,
    /// Whether the first input is a number of turns, and the next one a truth value without which there is none.
    pub(super) given: [bool; 2],
    /// Whether the body's first output decides if there is another.
    pub(super) decides: bool,
}

/// A body turn by turn. Inputs: those that [`Count::given`] tells of; values that are carried from turn to turn; sequences, of
/// which a turn is fed one row; what the body captured. Outputs: the carried values as the last turn left them; one row of
/// each turn, one after the other.
#[derive(Debug)]
pub(super) struct Turns {
    pub(super) name: &'static str,
    pub(super) body: Mutex<Box<dyn Body>>,
    pub(super) facts: Vec<Fact>,
    pub(super) count: Count,
    /// Whether the body's first input is the number of the turn, and its first output a truth value.
    pub(super) counts: bool,
    pub(super) carried: usize,
    /// Of each sequence, and of each output of rows, whether it goes from the last row to the first.
    pub(super) sequences: Vec<bool>,
    pub(super) rows: Vec<bool>,
}

/// Row `turn` of `count` in `bytes`, from the end if it goes backward.
fn place(turn: usize, count: usize, backward: bool, width: usize) -> std::ops::Range<usize> {
    let row = if backward { count.saturating_sub(turn + 1) } else { turn };
    row * width..(row + 1) * width
}

impl Turns {
    /// Number of turns that this run is to make at most, whether it makes any, and the number of the inputs that told.
    fn asked(&self, inputs: &Inputs<'_>) -> Result<(usize, bool, usize)> {
        let [number, condition] = self.count.given;
        let mut most = self.count.known.unwrap_or(usize::MAX);
        if number {
            most = usize::try_from(inputs.get::<i64>(0)?.first().copied().unwrap_or(0).max(0)).unwrap_or(usize::MAX);
        }
        let at = usize::from(number);
        let any = !condition || inputs.get::<u8>(at)?.first().is_some_and(|v| *v != 0);
        Ok((most, any, at + usize::from(condition)))
    }
}

impl Kernel for Turns {
    fn name(&self) -> &'static str {
        self.name
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(self.facts.clone())
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        self.run_watched(inputs, outputs, scratch, &mut |_, _| true)
    }

    fn run_watched(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer, watch: Watch<'_>) -> Result<()> {
        let (count, mut more, from) = self.asked(inputs)?;
        let mut body = lock(&self.body);
        let (lead, sequences) = (usize::from(self.counts), self.sequences.len());
        for at in 0..self.carried {
            outputs.bytes(at)?.copy_from_slice(inputs.bytes(from + at)?);
        }
        let own = self.carried + sequences;
        for at in from + own..inputs.len() {
            body.feed(at - from + lead, inputs.bytes(at)?)?;
        }
        let mut turn = 0;
        while more && turn < count {
            if turn == self.count.most {
                return Err(Error::new(Code::ModelTooLarge, "a loop of the model takes more turns than the limit")
                    .with("limit", self.count.most));
            }
            if !watch(turn, self.name) {
                return Err(failed("the run was ended"));
            }
            if self.counts {
                body.feed(0, &(turn as i64).to_ne_bytes())?;
            }
            for at in 0..self.carried {
                body.feed(lead + at, outputs.bytes(at)?)?;
            }
            for (at, backward) in self.sequences.iter().enumerate() {
                let all = inputs.bytes(from + self.carried + at)?;
                let row = all.get(place(turn, count, *backward, all.len() / count)).ok_or_else(|| failed("a row"))?;
                body.feed(lead + self.carried + at, row)?;
            }
            body.run(&mut *watch)?;
            for at in 0..self.carried {
                outputs.bytes(at)?.copy_from_slice(body.answer(lead + at)?);
            }
            for (at, backward) in self.rows.iter().enumerate() {
                let row = body.answer(lead + self.carried + at)?;
                let to = outputs.bytes(self.carried + at)?.get_mut(place(turn, count, *backward, row.len()));
                to.ok_or_else(|| failed("a row"))?.copy_from_slice(row);
            }
            if self.count.decides {
                more = body.answer(0)?.first().is_some_and(|v| *v != 0);
            }
            turn += 1;
        }
        Ok(())
    }
}
