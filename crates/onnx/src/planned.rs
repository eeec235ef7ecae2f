//! A graph planned anew for every set of input shapes, and of input values on which shapes depend.

use crate::dtype::DType;
use crate::engine::{Engine, input_type};
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::{Model, Skeleton, hollow};
use crate::interface::{Interface, Port, declared, given};
use crate::kernel::Watch;
use crate::lacking::lacking;
use crate::last::Last;
use crate::limits::ModelLimits;
use crate::lower::{Importer, Wire};
use crate::plan::{Arena, Running};
use crate::profile::{Memory, Step};
use crate::refusal::{OPEN, failed};
use crate::state::{StateKind, StatePort};
#[cfg(feature = "trees")]
use crate::tensor::View;
use crate::tensor::{Tensor, Values, shape_text};
use crate::weights::Weights;
use std::sync::Arc;

/// Plans kept, one for each set of input shapes used lately: so many at most.
const PLANS: usize = 16;
/// So many however much they hold for themselves …
const LARGE: usize = 4;
/// … and more while that is no more than so many bytes of all together.
const ROOM: usize = 1 << 21;
/// Most elements of an input on whose value shapes may depend.
pub(crate) const MAX_FIXED: usize = 1 << 10;

/// An ONNX graph that is planned anew for every set of input shapes, and remembers the last few plans.
pub(crate) struct Planned {
    pub(crate) onnx: Vec<u8>,
    pub(crate) interface: Interface,
    /// Pairs of an input and an output that are states.
    pub(crate) states: Arc<[StatePort]>,
    pub(crate) limits: ModelLimits,
    /// Whether inputs may have any number of rows, whatever the graph says.
    any_rows: bool,
    pub(crate) weights: Weights,
    /// Plans through which states go.
    pub(crate) running: Vec<Running>,
    /// Memory in which those run.
    pub(crate) arena: Arena,
    /// Constants that are wanted again when a plan with states is made of another.
    pub(crate) kept: Vec<Wire>,
    /// The output of which the last rows were asked for, and where they are enough.
    head: Option<(usize, Option<Last>)>,
    /// Most recently used last.
    plans: Vec<Kept>,
}

/// A plan, and the inputs for whose very values it was made.
#[derive(Debug)]
struct Kept {
    engine: Engine,
    values: Vec<(usize, Tensor)>,
    /// As [`Weights`] had it.
    last: Option<Last>,
    /// Bytes that it does not share with other plans.
    own: usize,
}

impl Kept {
    fn fits(&self, inputs: &[Tensor]) -> bool {
        self.engine.fits(inputs) && self.values.iter().all(|(at, value)| inputs.get(*at) == Some(value))
    }
}

impl std::fmt::Debug for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planned").field("interface", &self.interface).finish_non_exhaustive()
    }
}

impl Planned {
    /// Of a file that has been checked, with what it says of its inputs, outputs and states. Where its inputs are of fixed shape
    /// it is planned, so that what cannot be run is refused now. With `any_rows` the first dimension of inputs is the number of rows, which a call may choose.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub(crate) fn load(
        onnx: Vec<u8>,
        (states, interface): (Vec<StatePort>, Interface),
        limits: &ModelLimits,
        any_rows: bool,
    ) -> Result<Self> {
        let mut weights = Weights::default();
        // tract reads files alone.
        let whole = cfg!(feature = "tract") && !lacking(&onnx, limits)?.is_empty();
        let onnx = if whole { onnx } else { taken_apart(onnx, limits, &mut weights)? };
        let (states, running, kept, plans) = (states.into(), Vec::new(), Vec::new(), Vec::new());
        let arena = Arena::default();
        let mut graph =
            Self { onnx, interface, states, limits: *limits, any_rows, weights, running, arena, kept, head: None, plans };
        let planned = graph.fixed(1).map(|shapes| graph.plan(&shapes, &[]));
        // What cannot be done with one row is no fault of the graph if it can be done with some.
        let planned = match planned {
            Some(Err(_)) if any_rows => graph.fixed(3).map(|shapes| graph.plan(&shapes, &[])),
            planned => planned,
        };
        match planned {
            Some(Ok(mut plan)) => {
                plan.engine.take(None);
                graph.plans.push(plan);
                // No other shapes will come, so nothing is read of the file again, unless for states that are written in place.
                let replaced = graph.states.iter().all(|p| p.kind == StateKind::Replaced);
                if !any_rows && replaced && graph.interface.inputs.iter().all(|p| !p.optional) {
                    graph.onnx = Vec::new();
                    graph.weights = Weights::default();
                }
            }
            // Known once the inputs are there.
            Some(Err(e)) if e.details().iter().any(|(name, why)| *name == "why" && why == OPEN) => {}
            Some(Err(e)) => return Err(e),
            None => {}
        }
        graph.weights.release();
        Ok(graph)
    }

    /// The file, where it is kept: shapes are open.
    pub(crate) fn file(&self) -> Option<&[u8]> {
        (!self.onnx.is_empty()).then_some(self.onnx.as_slice())
    }

    /// The shapes of the inputs that must be given, where they are known: so many rows where any number may come.
    fn fixed(&self, rows: usize) -> Option<Vec<Vec<usize>>> {
        let first = |at: usize| (self.any_rows && at == 0).then_some(rows);
        let shape = |p: &Port| p.dims.iter().enumerate().map(|(at, dim)| dim.or_else(|| first(at))).collect();
        let said = |p: &&Port| !p.optional;
        // No row is a scalar: there no dimension is no shape.
        if self.any_rows && self.interface.inputs.iter().filter(said).any(|p| p.dims.is_empty()) {
            return None;
        }
        self.interface.inputs.iter().filter(said).map(shape).collect()
    }

    /// Inputs and outputs.
    pub(crate) const fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Steps of the plan that was used last; none where there is none yet.
    pub(crate) fn steps(&self) -> Vec<Step> {
        self.plans.last().map_or_else(Vec::new, |plan| plan.engine.steps())
    }

    /// Memory of the plan that was used last, where there is one that tells.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let memory = self.plans.last()?.engine.memory()?;
        Some(Memory { file: self.onnx.len(), ..memory })
    }

    /// Refuses outputs of types that no value here has. A tabular graph need not say of what types its outputs are.
    pub(crate) fn all_types_known(&self) -> Result<()> {
        let said = |p: &&Port| !self.any_rows || p.dtype != "none";
        match self.interface.outputs.iter().filter(said).find(|p| DType::named(&p.dtype).is_none()) {
            None => Ok(()),
            Some(port) => Err(Error::new(Code::ModelOperatorUnsupported, "an output has a type that this build does not run")
                .with("output", &port.name)
                .with("type", &port.dtype)),
        }
    }

    fn plan(&mut self, shapes: &[Vec<usize>], given: &[Tensor]) -> Result<Kept> {
        match self.plan_as_told(shapes, given) {
            Err(_) if self.whole() => self.plan_as_told(shapes, given),
            answer => answer,
        }
    }

    fn plan_as_told(&mut self, shapes: &[Vec<usize>], given: &[Tensor]) -> Result<Kept> {
        let mut inputs: Vec<(&str, Fact)> = Vec::new();
        for (port, shape) in self.interface.inputs.iter().zip(shapes) {
            inputs.push((port.name.as_str(), Fact::new(input_type(&port.name, &port.dtype)?, shape)));
        }
        self.all_types_known()?;
        let outputs: Vec<usize> = (0..self.interface.outputs.len()).collect();
        let texts = self.weights.texts().clone();
        let numbers = |t: &Tensor| t.values.len() <= MAX_FIXED && !matches!(t.values, Values::Str(_));
        let small = |t: &Tensor| numbers(t).then(|| Constant::of_tensor(t, &texts)).transpose();
        let known = given.iter().map(small).collect::<Result<Vec<_>>>()?;
        let model = read_again(&self.onnx, &self.limits, self.any_rows)?;
        self.weights.alone = false;
        let (engine, fixed) = Engine::build(&self.onnx, &model, &inputs, &known, &outputs, &self.limits, &mut self.weights)?;
        let read = Importer::read_already(&model.graph, &self.onnx, &self.weights);
        hollow(&mut self.onnx, &read);
        for (at, port) in self.interface.outputs.iter().enumerate().filter(|(_, p)| !self.any_rows || p.dtype != "none") {
            declared(port, engine.output(at).map_or("none", |f| f.dtype.name()))?;
        }
        let values = given.iter().enumerate().zip(fixed).filter(|(_, fixed)| *fixed).map(|((at, value), _)| (at, value.clone()));
        let own = engine.own().saturating_add(if self.weights.alone { ROOM } else { 0 });
        Ok(Kept { engine, values: values.collect(), last: self.weights.last.clone(), own })
    }

    /// Runs once: inputs in the graph's order, all outputs in the graph's order.
    ///
    /// # Errors
    /// `model-mismatch` for inputs that are not the graph's, `model-failed`, and those of loading where these shapes
    /// need a plan of their own.
    pub(crate) fn run(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<Vec<Tensor>> {
        self.run_here(inputs, watch)?;
        (0..self.interface.outputs.len()).map(|at| self.tensor(at)).collect()
    }

    /// Output `at` of the last run.
    pub(crate) fn tensor(&self, at: usize) -> Result<Tensor> {
        self.plans.last().ok_or_else(|| failed("there was no run"))?.engine.tensor(at)
    }

    /// Output `at` of the last run where it lies, if it has memory of ours.
    #[cfg(feature = "trees")]
    pub(crate) fn view(&self, at: usize) -> Option<View<'_>> {
        self.plans.last()?.engine.view(at)
    }

    /// Memory of input `at` of the last run; `None` where a next run may need another plan for other elements.
    #[cfg(feature = "trees")]
    pub(crate) fn input_mut(&mut self, at: usize) -> Option<&mut [u8]> {
        self.plans.last_mut().filter(|plan| plan.values.is_empty())?.engine.input_mut(at)
    }

    /// Runs the plan of the last run on what lies in its inputs' memory.
    ///
    /// # Errors
    /// `model-failed`, also where there was no run, or where it was for the very values of an input.
    #[cfg(feature = "trees")]
    pub(crate) fn run_again(&mut self, watch: Watch<'_>) -> Result<()> {
        let plan = self.plans.last_mut().filter(|plan| plan.values.is_empty());
        plan.ok_or_else(|| failed("there was no run whose inputs can be written in place"))?.engine.run_again(watch)
    }

    /// As [`Planned::run`]; the answers stay in the plan.
    ///
    /// # Errors
    /// As [`Planned::run`].
    pub(crate) fn run_here(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<()> {
        given(&mut self.interface.inputs.iter(), inputs.len())?;
        let last = &self.weights.last;
        let mut plan = match self.plans.iter().position(|p| p.last == *last && p.fits(inputs)) {
            Some(at) if at + 1 == self.plans.len() => return self.here(inputs, watch),
            Some(at) => self.plans.remove(at),
            None => {
                fitting(&mut self.interface.inputs.iter(), inputs, self.any_rows)?;
                let shapes: Vec<Vec<usize>> = inputs.iter().map(|t| t.shape.clone()).collect();
                let plan = self.plan(&shapes, inputs)?;
                self.weights.release();
                plan
            }
        };
        // Memory is with the plan that ran last.
        plan.engine.take(self.plans.last_mut().map(|plan| &mut plan.engine));
        self.make_way(&plan);
        self.plans.push(plan);
        self.here(inputs, watch)
    }

    /// Runs the plan of the last run.
    fn here(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<()> {
        self.plans.last_mut().map_or(Ok(()), |plan| plan.engine.run(inputs, watch))
    }
}

impl Planned {
    /// Lets go of the plans used least lately where they and a new one are too many or too large.
    fn make_way(&mut self, new: &Kept) {
        let small = |plans: &[Kept]| plans.iter().map(|plan| plan.own).fold(new.own, usize::saturating_add) <= ROOM;
        let mut gone = self.plans.len().saturating_sub(PLANS - 1);
        while self.plans.len() - gone >= LARGE && !small(self.plans.get(gone..).unwrap_or_default()) {
            gone += 1;
        }
        self.plans.drain(..gone);
    }

    /// From now on answers of an output the last rows alone, where they can be had without the others.
    ///
    /// # Errors
    /// `model-malformed`.
    pub(crate) fn last_rows(&mut self, output: usize, rows: usize) -> Result<()> {
        if self.head.as_ref().is_none_or(|(of, _)| *of != output) {
            let Some(onnx) = self.file() else { return Ok(()) };
            let model = Model::read(onnx, &self.limits.file)?;
            let last = self.interface.outputs.get(output).and_then(|port| Last::of(&model.graph, &port.name));
            self.head = Some((output, last));
        }
        self.weights.last = self.head.as_ref().and_then(|(_, last)| last.as_ref()).map(|last| last.with(rows));
        Ok(())
    }

    /// Wants all rows again, as a graph whose last ones are told apart cannot be planned. `false` where it did anyhow.
    pub(crate) fn whole(&mut self) -> bool {
        self.head.iter_mut().for_each(|(_, last)| *last = None);
        self.weights.last.take().is_some()
    }
}

/// Oldest operator set that the importer knows.
const OLDEST: i64 = 7;

/// A file that has been checked. The tabular operators mean in older sets what they mean in the oldest that is known.
fn read_again<'a>(onnx: &'a [u8], limits: &ModelLimits, tabular: bool) -> Result<Model<'a>> {
    let mut model = Model::read(onnx, &limits.file)?;
    let old = model.opsets.iter_mut().filter(|o| tabular && matches!(o.domain, "" | "ai.onnx"));
    old.for_each(|o| o.version = o.version.max(OLDEST));
    Ok(model)
}

/// Takes the values of large constants out of a file, from its end on, so that no more than one of them is there twice. What is
/// left of the file is small.
fn taken_apart(mut onnx: Vec<u8>, limits: &ModelLimits, weights: &mut Weights) -> Result<Vec<u8>> {
    let Skeleton { bytes, mut apart } = Skeleton::of(&onnx)?;
    // One that outweighs all else comes last: the memory that it leaves behind is in one piece then, for what is packed of it.
    let most = apart.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let heavy = most > onnx.len() / 2;
    apart.sort_by_key(|(_, values)| (heavy && values.len() == most, std::cmp::Reverse(values.start)));
    let model = Model::read(&bytes, &limits.file)?;
    for (number, values) in apart {
        let (Some(tensor), Some(raw)) = (model.graph.initializers.get(number), onnx.get(values.clone())) else { continue };
        let constant = Constant::read(&tensor.with_raw(raw), weights.texts())?;
        weights.keep(&["/", tensor.name].concat(), constant);
        if !heavy || values.len() == most {
            onnx.truncate(values.start);
            onnx.shrink_to_fit();
        }
    }
    Ok(bytes)
}

/// Refuses inputs of other shapes than the graph declares.
pub(crate) fn fitting(ports: &mut dyn Iterator<Item = &Port>, inputs: &[Tensor], any_rows: bool) -> Result<()> {
    for (port, tensor) in ports.zip(inputs) {
        let fits = port.dims.len() == tensor.shape.len()
            && port.dims.iter().zip(&tensor.shape).skip(usize::from(any_rows)).all(|(have, dim)| have.is_none_or(|d| d == *dim));
        // A graph may leave the rank of an input open.
        if !fits && !port.dims.is_empty() {
            return Err(Error::new(Code::ModelMismatch, "an input has another shape than the graph declares")
                .with("input", &port.name)
                .with("have", shape_text(&tensor.shape)));
        }
    }
    Ok(())
}
