//! Runs of a graph that has states.

use crate::check;
use crate::error::{Code, Error, Result};
use crate::file::Graph;
use crate::interface::{Port, given};
use crate::plan::Watch;
use crate::planned::Planned;
use crate::recognise::Pairs;
use crate::state::{Held, State, foreign};
use crate::tensor::{Tensor, shape_text};
use std::sync::Arc;

impl Planned {
    /// Takes these pairs for the states.
    ///
    /// # Errors
    /// `model-mismatch`.
    pub(crate) fn declare(&mut self, pairs: &[(&str, &str)]) -> Result<()> {
        self.states = match self.file() {
            Some(onnx) => {
                let model = check::read(onnx, &self.limits.file)?;
                Pairs::new(&model.graph, &self.interface).declared(pairs)?
            }
            // Of fixed shape: what the interface says is all there is to know.
            None => Pairs::new(&Graph::default(), &self.interface).declared(pairs)?,
        }
        .into();
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
        let of_state = |at: usize| self.states.iter().position(|p| p.at.0 == at);
        let ports = self.interface.inputs.iter().enumerate();
        let others: Vec<Port> = ports.filter(|(at, _)| of_state(*at).is_none()).map(|(_, p)| p.clone()).collect();
        given(&others, inputs.len())?;
        let mut rest = inputs.iter();
        let arranged: Vec<Option<&Tensor>> =
            (0..self.interface.inputs.len()).map(|at| if of_state(at).is_some() { None } else { rest.next() }).collect();
        if !state.settled {
            settle(state, &arranged);
        }
        let mut all = Vec::new();
        for (at, tensor) in arranged.iter().enumerate() {
            match (tensor, of_state(at)) {
                (Some(tensor), _) => all.push((*tensor).clone()),
                (None, Some(port)) => all.push(state.get(&self.states.get(port).ok_or_else(foreign)?.input)?),
                (None, None) => break,
            }
        }
        let mut out: Vec<Option<Tensor>> = self.run(&all, watch)?.into_iter().map(Some).collect();
        for (port, held) in self.states.iter().zip(&state.held) {
            let have = out.get(port.at.1).and_then(Option::as_ref).map(|t| t.shape.as_slice()).unwrap_or_default();
            if have.len() != held.fact.shape.len() {
                return Err(turned(&port.output, &held.fact.shape, have));
            }
        }
        for (port, held) in self.states.iter().zip(&mut state.held) {
            if let Some(tensor) = out.get_mut(port.at.1).and_then(Option::take) {
                *held = Held::of(port.kind, &tensor)?;
            }
        }
        state.settled = true;
        Ok(out.into_iter().flatten().collect())
    }
}

/// Extents that the graph leaves open are as long as what is given says.
fn settle(state: &mut State, arranged: &[Option<&Tensor>]) {
    for (port, held) in state.ports.iter().zip(&mut state.held) {
        if held.set {
            continue;
        }
        for (axis, (dim, like)) in held.fact.shape.iter_mut().zip(&port.like).enumerate() {
            let Some((input, place)) = like.filter(|_| port.kind.axis() != Some(axis)) else { continue };
            let given = arranged.get(input).copied().flatten().and_then(|t| t.shape.get(place));
            *dim = given.copied().unwrap_or(*dim);
        }
    }
}

/// The error for a state that comes out with another number of axes than it went in with.
fn turned(output: &str, have: &[usize], new: &[usize]) -> Error {
    Error::new(Code::ModelMismatch, "a state changes its rank in a run: it cannot be given to the next")
        .with("output", output)
        .with("have", shape_text(have))
        .with("answered", shape_text(new))
}
