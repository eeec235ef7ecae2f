//! Plans of graphs with states, whose memory is lent to a run and taken back.

use super::arena::Arena;
use super::run::Plan;
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::Watch;
use crate::kernel::{Operand, Place};
use crate::last::Last;
use crate::lower::{Changed, Lowered, Memo, Room, Wire};
use crate::refusal::failed;
use crate::state::{Held, StatePort, turned};
use crate::tensor::Tensor;
use std::sync::Mutex;

/// A plan for inputs of some types and shapes, states among them.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) inputs: Vec<Fact>,
    pub(crate) rooms: Vec<Room>,
    /// Inputs for whose very values it was made.
    pub(crate) values: Vec<(usize, Tensor)>,
    /// As [`crate::weights::Weights`] had it.
    pub(crate) last: Option<Last>,
    pub(crate) plan: Carrying,
    /// What it was made of, to make the next of it.
    pub(crate) memo: Mutex<Memo>,
}

impl Running {
    /// Whether a plan for these inputs is likely to be made in the same way: none is one or none on an axis where the other is more.
    pub(crate) fn next_to(&self, inputs: &[Fact], rooms: &[Room]) -> bool {
        let class = |extents: &[usize]| -> Vec<usize> { extents.iter().map(|e| (*e).min(2)).collect() };
        let axis = |room: &Room| if let Room::Rows(axis, _) = room { Room::Rows(*axis, 0) } else { *room };
        self.inputs.len() == inputs.len()
            && self.inputs.iter().zip(inputs).all(|(a, b)| a.dtype == b.dtype && class(&a.shape) == class(&b.shape))
            && self.rooms.iter().map(axis).eq(rooms.iter().map(axis))
    }

    /// By input, whether it holds for its very value.
    pub(crate) fn fixed(&mut self) -> Vec<bool> {
        self.memo.get_mut().map(|memo| memo.lowered.fixed.clone()).unwrap_or_default()
    }
}

/// A plan that states go through.
#[derive(Debug)]
pub(crate) struct Carrying {
    plan: Plan,
    /// How many outputs are no states.
    answers: usize,
    carried: Vec<Carried>,
}

/// Values that a plan with states is to leave behind.
struct Ways {
    /// Answers, then states.
    wires: Vec<Wire>,
    answers: usize,
    /// Inputs that bring their own memory.
    lent: Vec<Wire>,
    /// Of each state, what it is after a run, and whether it stays in its memory.
    after: Vec<(Fact, bool)>,
}

fn ways(lowered: &Lowered, ports: &[StatePort]) -> Result<Ways> {
    let builder = &lowered.builder;
    let answers = lowered.outputs.iter().enumerate().filter(|(at, _)| !ports.iter().any(|p| p.at.1 == *at));
    let mut wires: Vec<Wire> = answers.map(|(_, wire)| *wire).collect();
    let answers = wires.len();
    let (mut lent, mut after) = (Vec::new(), Vec::new());
    for port in ports {
        let (Some(input), Some(output)) = (lowered.inputs.get(port.at.0), lowered.outputs.get(port.at.1)) else {
            return Err(failed("a state without input or output"));
        };
        let (have, new) = (&builder.value(*input)?.fact, builder.value(*output)?.fact.clone());
        if have.shape.len() != new.shape.len() {
            return Err(turned(&port.output, &have.shape, &new.shape));
        }
        let memory = builder.grown(*output, *input);
        wires.push(memory.unwrap_or(*output));
        lent.push(*input);
        after.push((new, memory.is_some()));
    }
    Ok(Ways { wires, answers, lent, after })
}

/// A state's way through a plan.
#[derive(Debug)]
struct Carried {
    /// Its buffer.
    slot: usize,
    /// Axis along which it grows.
    axis: Option<usize>,
    /// What it is after a run.
    fact: Fact,
    /// Where it lies then.
    out: Operand,
    /// Whether that is its own memory, with further rows.
    grown: bool,
}

impl Carrying {
    /// Plans memory for the outputs of a graph that are no states, and for its states. Those that grow have memory with room.
    ///
    /// # Errors
    /// `model-malformed`, `model-mismatch` for a state that changes its rank, `model-too-large`.
    pub(crate) fn new(lowered: &Lowered, ports: &[StatePort]) -> Result<Self> {
        let Ways { wires, answers, lent, after } = ways(lowered, ports)?;
        let plan = Plan::of(lowered, &wires, &lent)?;
        let outs = plan.layout.outputs.iter().skip(answers);
        let mut carried = Vec::new();
        for ((port, (fact, grown)), out) in ports.iter().zip(after).zip(outs) {
            let slot = plan.layout.inputs.get(port.at.0).copied().ok_or_else(|| failed("a state without a buffer"))?;
            carried.push(Carried { slot, axis: port.kind.axis(), fact, out: out.clone(), grown });
        }
        Ok(Self { plan, answers, carried })
    }

    /// Makes it the plan of its graph lowered again for other shapes. Tells whether it is: where not, it is of no use any more.
    ///
    /// # Errors
    /// As [`Carrying::new`].
    pub(crate) fn patch(&mut self, lowered: &Lowered, ports: &[StatePort], changed: &Changed) -> Result<bool> {
        let Ways { wires, after, .. } = ways(lowered, ports)?;
        if !self.plan.patch(lowered, &wires, changed)? {
            return Ok(false);
        }
        let outs = self.plan.layout.outputs.iter().skip(self.answers);
        for ((way, (fact, grown)), out) in self.carried.iter_mut().zip(after).zip(outs) {
            if way.grown != grown {
                return Ok(false);
            }
            (way.fact, way.out) = (fact, out.clone());
        }
        Ok(true)
    }

    /// Types and shapes of the states after a run.
    pub(crate) fn after(&self) -> impl Iterator<Item = &Fact> {
        self.carried.iter().map(|c| &c.fact)
    }

    /// Runs once, in given memory, on given inputs, by number, and on states, which are as they were where it fails. Answers what is no state.
    ///
    /// # Errors
    /// `model-failed`, also when `watch` ends the run.
    pub(crate) fn run(
        &mut self,
        given: &[(usize, &Tensor)],
        held: &mut [Held],
        arena: &mut Arena,
        watch: Watch<'_>,
    ) -> Result<Vec<Tensor>> {
        self.plan.take(std::mem::take(arena));
        let answer = self.run_here(given, held, watch);
        *arena = self.plan.give();
        answer
    }

    fn run_here(&mut self, given: &[(usize, &Tensor)], held: &mut [Held], watch: Watch<'_>) -> Result<Vec<Tensor>> {
        for (at, tensor) in given {
            self.plan.feed(*at, tensor)?;
        }
        let Self { plan, answers, carried } = self;
        for (way, held) in carried.iter().zip(&mut *held) {
            swap(plan, way.slot, held);
        }
        let answer = plan.go(watch).and_then(|()| (0..*answers).map(|at| plan.tensor(at)).collect::<Result<Vec<_>>>());
        // What lies in a state's memory goes with it, and is another's too.
        let mut crossed: Vec<(usize, Vec<u8>)> = Vec::new();
        if answer.is_ok() {
            let crossing = carried.iter().enumerate().filter(|(_, way)| way.crosses(carried));
            crossed.extend(crossing.filter_map(|(at, way)| Some((at, way.bytes(plan)?.to_vec()))));
        }
        for (way, held) in carried.iter().zip(&mut *held) {
            swap(plan, way.slot, held);
        }
        let answer = answer?;
        for (at, (way, held)) in carried.iter().zip(&mut *held).enumerate() {
            let crossed = crossed.iter().find(|(of, _)| *of == at).map(|(_, bytes)| bytes.as_slice());
            way.keep(plan, held, crossed);
        }
        Ok(answer)
    }
}

fn swap(plan: &mut Plan, slot: usize, held: &mut Held) {
    if let Some(slot) = plan.arena.slots.get_mut(slot) {
        std::mem::swap(slot, &mut held.data);
    }
}

impl Carried {
    /// Whether it is what a state was before the run, or part of that, where it lies: another one's, or its own further on.
    fn crosses(&self, carried: &[Self]) -> bool {
        let Place::Slot(slot, from) = &self.out.place else { return false };
        !self.grown && (*slot, *from) != (self.slot, 0) && carried.iter().any(|way| way.slot == *slot)
    }

    /// Its elements after a run, where they lie side by side.
    fn bytes<'p>(&'p self, plan: &'p Plan) -> Option<&'p [u8]> {
        let (buffer, from) = match &self.out.place {
            Place::Constant(constant) => constant.raw(),
            Place::Slot(slot, from) => (plan.arena.slots.get(*slot).unwrap_or(&plan.arena.scratch), *from),
            Place::Taken => return None,
        };
        let (width, bytes) = (self.fact.dtype.bytes(), self.fact.bytes());
        Some(buffer.all::<u8>().get(from * width..from * width + bytes).unwrap_or_default())
    }

    /// The state as the run left it. Its memory is with it again; `crossed` are its elements where they were in memory that was lent.
    fn keep(&self, plan: &mut Plan, held: &mut Held, crossed: Option<&[u8]>) {
        let own = matches!(self.out.place, Place::Slot(slot, 0) if slot == self.slot);
        held.fact = self.fact.clone();
        held.set = true;
        match (&self.out.place, self.grown) {
            _ if own => {}
            // Written into other memory, as something read the old one afterwards.
            (Place::Slot(slot, 0), true) => swap(plan, *slot, held),
            _ => crossed.or_else(|| self.bytes(plan)).into_iter().for_each(|bytes| held.fill(self.axis, bytes)),
        }
    }
}
