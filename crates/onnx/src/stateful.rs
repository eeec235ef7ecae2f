//! Runs of a graph that has states.

use crate::engine::input_type;
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::{Graph, Model};
use crate::interface::{declared, given};
use crate::kernel::Watch;
use crate::lower::{Importer, Memo, Room, Rules, Stop, Wanted};
use crate::ops;
use crate::plan::{self, Carrying, Running};
use crate::planned::{MAX_FIXED, Planned, fitting};
use crate::recognise::Pairs;
use crate::refusal::APART;
use crate::state::{Held, State, StateKind, StatePort, foreign, turned};
use crate::tensor::{Tensor, Values, shape_text};
use std::sync::Arc;

/// Rows that a state which grows has room for at first.
const FIRST_ROOM: usize = 64;
/// Plans kept.
const PLANS: usize = 4;

impl Planned {
    /// Takes these pairs for the states.
    ///
    /// # Errors
    /// `model-mismatch`.
    pub(crate) fn declare(&mut self, pairs: &[(&str, &str)]) -> Result<()> {
        self.states = match self.file() {
            Some(onnx) => {
                // It has been checked; what has been read of it since is not there any more.
                let model = Model::read(onnx, &self.limits.file)?;
                Pairs::new(&model.graph, &self.interface).declared(pairs)?
            }
            // Of fixed shape: what the interface says is all there is to know.
            None => Pairs::new(&Graph::default(), &self.interface).declared(pairs)?,
        }
        .into();
        self.running.clear();
        Ok(())
    }

    /// Runs once on inputs without the states, and answers the outputs without them.
    ///
    /// # Errors
    /// `model-mismatch`, `model-too-large`, `model-failed`.
    pub(crate) fn run_state(&mut self, state: &mut State, inputs: &[Tensor], watch: Watch<'_>) -> Result<Vec<Tensor>> {
        if !Arc::ptr_eq(&state.ports, &self.states) {
            return Err(foreign());
        }
        if self.states.is_empty() {
            return self.run(inputs, watch);
        }
        let of_state = |at: usize| self.states.iter().any(|p| p.at.0 == at);
        let others = self.interface.inputs.iter().enumerate().filter(|(at, _)| !of_state(*at));
        let ports = others.clone().map(|(_, port)| port);
        given(&mut ports.clone(), inputs.len())?;
        fitting(&mut { ports }, inputs, false)?;
        let arranged: Vec<(usize, &Tensor)> = others.map(|(at, _)| at).zip(inputs).collect();
        if !state.settled {
            settle(state, &arranged);
        }
        if self.file().is_none() {
            return self.by_tensors(state, &arranged, watch);
        }
        let facts = self.facts(state, &arranged)?;
        if !state.apart {
            match self.in_place(state, &facts, &arranged, watch) {
                Err(e) if e.details().iter().any(|(name, why)| *name == "why" && why == APART) => state.apart = true,
                Err(e) if e.message() == ops::MISSING => return self.by_tensors(state, &arranged, watch),
                answer => return answer,
            }
        }
        // Rows side by side, as many as there are.
        for (port, held) in self.states.iter().zip(&mut state.held) {
            if let Some(axis) = port.kind.axis() {
                held.grow(axis, extent(&held.fact, port));
            }
        }
        let running = self.running_for(state, &facts, &arranged)?;
        let after: Vec<usize> = running.plan.after().zip(&*self.states).map(|(fact, port)| extent(fact, port)).collect();
        self.affordable(state, &after)?;
        self.ran(running, state, &arranged, watch)
    }

    /// Runs with memory that has room for what comes.
    fn in_place(
        &mut self,
        state: &mut State,
        facts: &[Fact],
        arranged: &[(usize, &Tensor)],
        watch: Watch<'_>,
    ) -> Result<Vec<Tensor>> {
        self.make_room(state, |_, held| held.room.max(FIRST_ROOM))?;
        // Once more where memory has to grow for this run: how much is known once it is planned.
        let mut running = self.running_for(state, facts, arranged)?;
        if running.plan.after().zip(&state.held).zip(&*self.states).any(|((fact, held), port)| extent(fact, port) > held.room) {
            let wanted: Vec<usize> = running.plan.after().zip(&*self.states).map(|(fact, port)| extent(fact, port)).collect();
            self.running.push(running);
            self.make_room(state, |at, held| match wanted.get(at) {
                Some(wanted) if *wanted > held.room => more_room(*wanted),
                _ => held.room,
            })?;
            running = self.running_for(state, facts, arranged)?;
        }
        self.ran(running, state, arranged, watch)
    }

    fn ran(
        &mut self,
        mut running: Running,
        state: &mut State,
        arranged: &[(usize, &Tensor)],
        watch: Watch<'_>,
    ) -> Result<Vec<Tensor>> {
        let answer = running.plan.run(arranged, &mut state.held, &mut self.arena, watch);
        self.running.push(running);
        if answer.is_ok() {
            state.settled = true;
        }
        answer
    }

    /// Types and shapes of all inputs.
    fn facts(&self, state: &State, arranged: &[(usize, &Tensor)]) -> Result<Vec<Fact>> {
        let mut facts = Vec::new();
        for (at, port) in self.interface.inputs.iter().enumerate() {
            if let Some(held) = self.states.iter().zip(&state.held).find(|(p, _)| p.at.0 == at).map(|(_, held)| held) {
                facts.push(held.fact.clone());
            } else if let Some((_, tensor)) = arranged.iter().find(|(place, _)| *place == at) {
                let cells = tensor.shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
                if tensor.values.dtype() != port.dtype || cells != Some(tensor.values.len()) {
                    return Err(Error::new(Code::ModelMismatch, "an input has another type or shape than the graph declares")
                        .with("input", &port.name)
                        .with("have", format!("{} {}", tensor.values.dtype(), shape_text(&tensor.shape))));
                }
                facts.push(Fact::new(input_type(&port.name, &port.dtype)?, &tensor.shape));
            }
        }
        Ok(facts)
    }

    /// Grows what has less room than is asked for. The bytes of all states are held against the limit before.
    fn make_room(&self, state: &mut State, wanted: impl Fn(usize, &Held) -> usize) -> Result<()> {
        let rooms: Vec<usize> = state.held.iter().enumerate().map(|(at, held)| wanted(at, held)).collect();
        self.affordable(state, &rooms)?;
        for ((port, held), room) in self.states.iter().zip(&mut state.held).zip(rooms) {
            match port.kind.axis() {
                // Before the first run comes to its end, the extents that inputs tell may be others in the next.
                Some(axis) if room > held.room || !held.has(axis, room) => held.grow(axis, room),
                _ => held.settle(),
            }
        }
        Ok(())
    }

    /// Holds the bytes of all states, with so much room, against the limit.
    fn affordable(&self, state: &State, rooms: &[usize]) -> Result<()> {
        let bytes = self.states.iter().zip(&state.held).zip(rooms).try_fold(0_usize, |sum, ((port, held), room)| {
            Held::bytes(&held.fact, port.kind.axis(), *room).and_then(|bytes| sum.checked_add(bytes))
        });
        let limit = self.limits.graph.total_elements.saturating_mul(8);
        if bytes.is_none_or(|bytes| bytes > limit) {
            return Err(Error::new(
                Code::ModelTooLarge,
                "the states of the model want more memory than the limit: a larger maxBytes raises it",
            )
            .with("bytes", bytes.unwrap_or(usize::MAX))
            .with("limit", limit));
        }
        Ok(())
    }

    /// The plan for inputs of these types and shapes: one that was kept, or a new one.
    fn running_for(&mut self, state: &State, facts: &[Fact], arranged: &[(usize, &Tensor)]) -> Result<Running> {
        match self.running_as_told(state, facts, arranged) {
            Err(_) if self.whole() => self.running_as_told(state, facts, arranged),
            answer => answer,
        }
    }

    fn running_as_told(&mut self, state: &State, facts: &[Fact], arranged: &[(usize, &Tensor)]) -> Result<Running> {
        let mut rooms = vec![Room::Own; facts.len()];
        for (port, held) in self.states.iter().zip(&state.held) {
            let Some(room) = rooms.get_mut(port.at.0) else { continue };
            *room = match port.kind {
                StateKind::Appended { axis } if !state.apart => Room::Rows(axis, held.room),
                StateKind::Written => Room::Written,
                _ => Room::Own,
            };
        }
        let value = |at: usize| arranged.iter().find(|(place, _)| *place == at).map(|(_, tensor)| *tensor);
        let last = self.weights.last.clone();
        let fits = |r: &Running| {
            r.inputs == facts
                && r.rooms == rooms
                && r.last == last
                && r.values.iter().all(|(at, fixed)| value(*at) == Some(fixed))
        };
        if let Some(at) = self.running.iter().position(fits) {
            return Ok(self.running.remove(at));
        }
        let texts = self.weights.texts().clone();
        let small = |at| {
            value(at)
                .filter(|t| t.values.len() <= MAX_FIXED && !matches!(t.values, Values::Str(_)))
                .map(|t| Constant::of_tensor(t, &texts))
                .transpose()
        };
        let kept = |fixed: &[bool]| -> Vec<(usize, Tensor)> {
            let fixed = fixed.iter().enumerate().filter(|(_, fixed)| **fixed);
            fixed.filter_map(|(at, _)| Some((at, value(at)?.clone()))).collect()
        };
        let next = self.running.iter().rposition(|r| r.last == last && r.next_to(facts, &rooms));
        let next = next.map(|at| self.running.remove(at));
        if let Some(mut old) = next {
            let fixed = old.fixed();
            let known = fixed.into_iter().enumerate().map(|(at, fixed)| if fixed { small(at) } else { Ok(None) });
            let known = known.collect::<Result<Vec<_>>>()?;
            if self.again(&mut old, &Wanted { inputs: facts, rooms: &rooms, values: &known }) {
                let values = kept(&old.fixed());
                return Ok(Running { inputs: facts.to_vec(), rooms, values, ..old });
            }
        }
        if self.running.len() >= PLANS {
            self.running.remove(0);
        }
        let known = (0..facts.len()).map(small).collect::<Result<Vec<_>>>()?;
        self.all_types_known()?;
        let model = Model::read(&self.onnx, &self.limits.file)?;
        let inputs: Vec<(&str, Fact)> =
            self.interface.inputs.iter().map(|p| p.name.as_str()).zip(facts.iter().cloned()).collect();
        let rules = Rules::of(&model, &self.limits, (ops::lower, plan::body))?;
        let lowered = Importer::lower_states(&model, &inputs, &known, &rooms, &rules, &mut self.weights)?;
        for (port, wire) in self.interface.outputs.iter().zip(&lowered.outputs) {
            declared(port, lowered.builder.value(*wire)?.fact.dtype.name())?;
        }
        let plan = Carrying::new(&lowered, &self.states)?;
        let values = kept(&lowered.fixed);
        let bodies = model.graph.nodes.iter().any(|node| node.attributes.iter().any(|a| !a.graphs.is_empty()));
        let start = self.onnx.as_ptr() as usize;
        let spans = model.graph.messages.iter().map(|m| m.as_ptr() as usize - start).zip(&model.graph.messages);
        let spans = spans.map(|(from, message)| from..from + message.len()).collect();
        let memo = Memo::new(lowered, rules, spans, bodies, &self.kept).into();
        self.weights.release();
        Ok(Running { inputs: facts.to_vec(), rooms, values, last, plan, memo })
    }

    /// Makes the next plan of one that is kept. Tells whether it is: where not, it is of no use any more.
    fn again(&mut self, old: &mut Running, wanted: &Wanted<'_>) -> bool {
        let Ok(memo) = old.memo.get_mut() else { return false };
        let patched = match memo.again(&self.onnx, wanted, &mut self.weights) {
            Ok(changed) => old.plan.patch(&memo.lowered, &self.states, &changed).unwrap_or(false),
            Err(Stop::Wants(wire)) => {
                self.kept.push(wire);
                false
            }
            Err(Stop::Other) => false,
        };
        memo.settle();
        patched
    }

    /// As [`Planned::run_state`], by a run of the graph as it is: for graphs of fixed shape, whose plan is there, and for those of
    /// another engine.
    fn by_tensors(&mut self, state: &mut State, arranged: &[(usize, &Tensor)], watch: Watch<'_>) -> Result<Vec<Tensor>> {
        self.make_room(state, |_, held| held.room)?;
        let mut all = Vec::new();
        for at in 0..self.interface.inputs.len() {
            if let Some(port) = self.states.iter().find(|p| p.at.0 == at) {
                all.push(state.get(&port.input)?);
            } else if let Some((_, tensor)) = arranged.iter().find(|(place, _)| *place == at) {
                all.push((*tensor).clone());
            }
        }
        let mut out: Vec<Option<Tensor>> = self.run(&all, watch)?.into_iter().map(Some).collect();
        let mut held = Vec::new();
        for (port, before) in self.states.iter().zip(&state.held) {
            let tensor = out.get_mut(port.at.1).and_then(Option::take).ok_or_else(foreign)?;
            if tensor.shape.len() != before.fact.shape.len() {
                return Err(turned(&port.output, &before.fact.shape, &tensor.shape));
            }
            held.push(Held::of(port.kind, &tensor)?);
        }
        (state.held, state.settled) = (held, true);
        Ok(out.into_iter().flatten().collect())
    }
}

/// Room for so many rows and some more: a quarter, in whole first rooms.
const fn more_room(rows: usize) -> usize {
    rows.saturating_add(rows / 4).div_ceil(FIRST_ROOM).saturating_mul(FIRST_ROOM)
}

/// Rows of a state that grows.
fn extent(fact: &Fact, port: &StatePort) -> usize {
    port.kind.axis().and_then(|axis| fact.shape.get(axis)).copied().unwrap_or(0)
}

/// Extents that the graph leaves open are as long as what is given says.
fn settle(state: &mut State, arranged: &[(usize, &Tensor)]) {
    for (port, held) in state.ports.iter().zip(&mut state.held) {
        if held.set {
            continue;
        }
        for (axis, (dim, like)) in held.fact.shape.iter_mut().zip(&port.like).enumerate() {
            let Some((input, place)) = like.filter(|_| port.kind.axis() != Some(axis)) else { continue };
            let given = arranged.iter().find(|(at, _)| *at == input).and_then(|(_, t)| t.shape.get(place));
            *dim = given.copied().unwrap_or(*dim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::limits::ModelLimits;
    use crate::ops::writer::{Attribute, File};
    use crate::weights::Weights;

    /// A cache that grows, is cut back and gets another number of new rows takes no more out of the limit than it did.
    #[cfg(feature = "caches")]
    #[test]
    fn growing_and_lowering_again_leaves_no_elements_behind() {
        let mut file = File::default();
        file.open_input("x", 1, &["n", "2"]);
        file.open_input("past", 1, &["rows", "2"]);
        file.node("Concat", &["past", "x"], &["present"], &[("axis", Attribute::Int(0))]);
        file.open_output("present", 1, &["more", "2"]);
        let onnx = file.finish();
        let mut limits = ModelLimits::default();
        limits.graph.total_elements = 2000;
        let model = Model::read(&onnx, &limits.file).unwrap();
        let rules = Rules::of(&model, &limits, (ops::lower, plan::body)).unwrap();
        let rooms = [Room::Own, Room::Rows(0, 64)];
        let facts = |new, past| [Fact::new(DType::F32, &[new, 2]), Fact::new(DType::F32, &[past, 2])];
        let [x, past] = facts(1, 4);
        let mut weights = Weights::default();
        let inputs = [("x", x), ("past", past)];
        let lowered = Importer::lower_states(&model, &inputs, &[None, None], &rooms, &rules, &mut weights).unwrap();
        let start = onnx.as_ptr() as usize;
        let spans = model.graph.messages.iter().map(|m| m.as_ptr() as usize - start..m.as_ptr() as usize - start + m.len());
        let mut memo = Memo::new(lowered, rules, spans.collect(), false, &[]);
        for turn in 0..100 {
            for (new, past) in [(1, 40), (2, 40), (2, 4), (1, 4)] {
                let wanted = Wanted { inputs: &facts(new, past), rooms: &rooms, values: &[None, None] };
                assert!(memo.again(&onnx, &wanted, &mut weights).is_ok(), "{turn}: {new} {past}");
                memo.settle();
            }
        }
    }
}
