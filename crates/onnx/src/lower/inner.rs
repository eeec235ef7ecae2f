//! Lowering a body by itself: what it reads of the graph around it becomes an input, or is known.

use super::body::Body;
use super::builder::{Builder, Wire};
use super::importer::{Importer, Lowered};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::file::Graph;
use crate::refusal::malformed;
use std::collections::BTreeMap;

/// What an input of a body is.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// Fed before a run.
    Given(Fact),
    /// The same in every run.
    Known(Constant),
}

/// A body that has been planned.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) body: Box<dyn Body>,
    /// Its own outputs; behind them it answers what it captured, which therefore stays in its memory.
    pub(crate) outputs: Vec<Fact>,
    /// The outputs that are known.
    pub(crate) known: Vec<Option<Constant>>,
    /// Values of the graph around it that it is fed, behind its own inputs.
    pub(crate) captured: Vec<Wire>,
    /// Multiplications of a run, as [`crate::GraphLimits::products`] counts them.
    pub(crate) work: u64,
}

/// What a step costs, in multiplications: bodies may be small, and their turns many.
const STEP: u64 = 256;

impl<'a> Importer<'a> {
    /// Lowers and plans a body by itself. `scope` tells the bodies of a graph apart.
    ///
    /// # Errors
    /// Those of [`Importer::lower`].
    pub(crate) fn inner(&mut self, scope: &str, graph: &'a Graph<'a>, inputs: &[Bound]) -> Result<Inner> {
        if graph.inputs.len() != inputs.len() {
            return Err(malformed("number of inputs of a body", &graph.inputs.len().to_string()));
        }
        let within = self.builder.within();
        let builder = std::mem::replace(&mut self.builder, within);
        let wires = std::mem::take(&mut self.wires);
        let narrow = std::mem::take(&mut self.narrow);
        let wanted = std::mem::take(&mut self.wanted);
        let before = (self.enter(scope), self.local.len());
        let mut captured = Vec::new();
        let lowered = self.alone(graph, inputs, (&builder, &wires, &narrow), &mut captured);
        self.scope = before.0;
        self.local.truncate(before.1);
        let inner = std::mem::replace(&mut self.builder, builder);
        (self.wires, self.narrow) = (wires, narrow);
        // What had to be known inside is known where what it depends on outside is.
        let own = inputs.iter().filter(|i| matches!(i, Bound::Given(_))).count();
        let inside = std::mem::replace(&mut self.wanted, wanted).into_inner();
        for wire in inside.iter().filter_map(|at| captured.get(at.checked_sub(own)?)) {
            self.wanted.borrow_mut().extend(self.builder.sources(*wire));
        }
        let (wires, outputs) = lowered?;
        self.finish(inner, wires, outputs, captured)
    }

    /// Lowers a body into the empty builder: its inputs, those captured included, and its outputs.
    fn alone(
        &mut self,
        graph: &'a Graph<'a>,
        inputs: &[Bound],
        (builder, wires, narrow): (&Builder, &BTreeMap<&'a str, Wire>, &[Wire]),
        captured: &mut Vec<Wire>,
    ) -> Result<(Vec<Wire>, Vec<Wire>)> {
        let mut given = Vec::new();
        for (info, bound) in graph.inputs.iter().zip(inputs) {
            let wire = match bound {
                Bound::Known(constant) => self.builder.constant(constant.clone())?,
                Bound::Given(fact) => self.given(&mut given, fact)?,
            };
            self.wires.insert(info.name, wire);
        }
        let mut read = BTreeMap::new();
        named(graph, wires, &mut read);
        for (name, outer) in read {
            if self.wires.contains_key(name) {
                continue;
            }
            let wire = match builder.known(outer)? {
                Some(constant) => self.builder.constant(constant)?,
                None => {
                    captured.push(outer);
                    self.given(&mut given, &builder.value(outer)?.fact)?
                }
            };
            if narrow.contains(&outer) {
                self.narrow.push(wire);
            }
            self.wires.insert(name, wire);
        }
        self.graph(graph)?;
        let mut outputs = Vec::new();
        for output in &graph.outputs {
            let wire = self.named(output.name).ok_or_else(|| malformed("output comes from nowhere", output.name))?;
            self.builder.settle(wire)?;
            outputs.push(wire);
        }
        Ok((given, outputs))
    }

    /// One more input of a body.
    fn given(&mut self, given: &mut Vec<Wire>, fact: &Fact) -> Result<Wire> {
        let wire = self.builder.input(given.len(), fact.clone())?;
        given.push(wire);
        Ok(wire)
    }

    fn finish(&mut self, builder: Builder, inputs: Vec<Wire>, mut outputs: Vec<Wire>, captured: Vec<Wire>) -> Result<Inner> {
        let facts = outputs.iter().map(|w| Ok(builder.value(*w)?.fact.clone())).collect::<Result<Vec<_>>>()?;
        let known = outputs.iter().map(|w| builder.known(*w)).collect::<Result<Vec<_>>>()?;
        outputs.extend(inputs.iter().skip(inputs.len() - captured.len()));
        let work = self.builder.took(&builder);
        let (fixed, records, narrow, texts) = (Vec::new(), Vec::new(), Vec::new(), self.weights().texts().clone());
        let lowered = Lowered { builder, inputs, outputs, fixed, records, narrow, texts };
        let body = (self.planner)(&lowered)?;
        self.builder.filled(Some(body.bytes().div_ceil(8)))?;
        let work = work.saturating_add(STEP.saturating_mul(body.steps() as u64 + 1));
        Ok(Inner { body, outputs: facts, known, captured, work })
    }
}

/// Values of a graph that a body, or one within it, reads, by name.
fn named<'a>(body: &Graph<'a>, wires: &BTreeMap<&'a str, Wire>, into: &mut BTreeMap<&'a str, Wire>) {
    let mut read = |name: &'a str| {
        if let Some(wire) = wires.get(name) {
            into.insert(name, *wire);
        }
    };
    body.outputs.iter().for_each(|output| read(output.name));
    body.nodes.iter().flat_map(|node| &node.inputs).for_each(|name| read(name));
    for inner in body.nodes.iter().flat_map(|node| &node.attributes).flat_map(|a| &a.graphs) {
        named(inner, wires, into);
    }
}
