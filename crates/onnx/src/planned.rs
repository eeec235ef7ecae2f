//! A graph planned anew for every set of input shapes, and of input values on which shapes depend.

use crate::check;
use crate::dtype::DType;
use crate::elsewhere;
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::{Model, Skeleton, hollow};
use crate::interface::{Interface, Port, declared, given};
use crate::kernel::Watch;
use crate::lacking::lacking;
use crate::limits::ModelLimits;
use crate::lower::{Importer, Wire};
use crate::ops;
use crate::plan::{self, Running};
use crate::profile::{Memory, Step};
use crate::recognise::Pairs;
use crate::refusal::OPEN;
use crate::state::{StateKind, StatePort};
use crate::tensor::{Tensor, Values, shape_text};
use crate::weights::Weights;
use std::sync::Arc;

/// The detail of a refusal that another build may not share: the feature of this crate that it has.
#[cfg(not(feature = "tract"))]
const FEATURE: &str = "feature";
/// Plans kept: one for each set of input shapes used lately.
const PLANS: usize = 4;
/// Plans kept where inputs may have any number of rows: they are small, and the number changes from call to call.
const PLANS_OF_ROWS: usize = 16;
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
    /// Constants that are wanted again when a plan with states is made of another.
    pub(crate) kept: Vec<Wire>,
    /// Most recently used last.
    plans: Vec<Kept>,
}

/// A plan, and the inputs for whose very values it was made.
#[derive(Debug)]
struct Kept {
    engine: Engine,
    values: Vec<(usize, Tensor)>,
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
    /// Reads and checks a file; where its inputs are of fixed shape, plans it too, so that what cannot be run is refused
    /// now. With `any_rows` the first dimension of inputs is the number of rows, which a call may choose.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub(crate) fn load(onnx: Vec<u8>, limits: &ModelLimits, any_rows: bool) -> Result<Self> {
        let (interface, states) = {
            let model = check::read(&onnx, &limits.file)?;
            let interface = Interface::with_maps(&model);
            let states = Pairs::new(&model.graph, &interface).recognised().into();
            (interface, states)
        };
        let mut weights = Weights::default();
        // tract reads files alone.
        let whole = cfg!(feature = "tract") && !lacking(&onnx, limits)?.is_empty();
        let onnx = if whole { onnx } else { taken_apart(onnx, limits, &mut weights)? };
        let (running, kept, plans) = (Vec::new(), Vec::new(), Vec::new());
        let mut graph = Self { onnx, interface, states, limits: *limits, any_rows, weights, running, kept, plans };
        let planned = graph.fixed(1).map(|shapes| graph.plan(&shapes, &[]));
        // What cannot be done with one row is no fault of the graph if it can be done with some.
        let planned = match planned {
            Some(Err(_)) if any_rows => graph.fixed(3).map(|shapes| graph.plan(&shapes, &[])),
            planned => planned,
        };
        match planned {
            Some(Ok(plan)) => {
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
        let (engine, fixed) = Engine::build(&self.onnx, &model, &inputs, &known, &outputs, &self.limits, &mut self.weights)?;
        let read = Importer::read_already(&model.graph, &self.onnx, &self.weights);
        hollow(&mut self.onnx, &read);
        for (at, port) in self.interface.outputs.iter().enumerate().filter(|(_, p)| !self.any_rows || p.dtype != "none") {
            declared(port, engine.output(at).map_or("none", |f| f.dtype.name()))?;
        }
        let values = given.iter().enumerate().zip(fixed).filter(|(_, fixed)| *fixed).map(|((at, value), _)| (at, value.clone()));
        Ok(Kept { engine, values: values.collect() })
    }

    /// Runs once: inputs in the graph's order, all outputs in the graph's order.
    ///
    /// # Errors
    /// `model-mismatch` for inputs that are not the graph's, `model-failed`, and those of loading where these shapes
    /// need a plan of their own.
    pub(crate) fn run(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<Vec<Tensor>> {
        given(&self.interface.inputs, inputs.len())?;
        let plan = match self.plans.iter().position(|p| p.fits(inputs)) {
            Some(at) => self.plans.remove(at),
            None => {
                fitting(&self.interface.inputs, inputs, self.any_rows)?;
                let shapes: Vec<Vec<usize>> = inputs.iter().map(|t| t.shape.clone()).collect();
                let plan = self.plan(&shapes, inputs)?;
                self.weights.release();
                plan
            }
        };
        if self.plans.len() == if self.any_rows { PLANS_OF_ROWS } else { PLANS } {
            self.plans.remove(0);
        }
        self.plans.push(plan);
        let Some(plan) = self.plans.last_mut() else { return Ok(Vec::new()) };
        plan.engine.run(inputs, watch)?;
        (0..self.interface.outputs.len()).map(|at| plan.engine.tensor(at)).collect()
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
    apart.sort_by_key(|(_, values)| std::cmp::Reverse(values.start));
    let model = Model::read(&bytes, &limits.file)?;
    for (number, values) in apart {
        let (Some(tensor), Some(raw)) = (model.graph.initializers.get(number), onnx.get(values.clone())) else { continue };
        let constant = Constant::read(&tensor.with_raw(raw), weights.texts())?;
        weights.keep(&["/", tensor.name].concat(), constant);
        onnx.truncate(values.start);
        onnx.shrink_to_fit();
    }
    Ok(bytes)
}

/// Refuses inputs of other shapes than the graph declares.
pub(crate) fn fitting(ports: &[Port], inputs: &[Tensor], any_rows: bool) -> Result<()> {
    for (port, tensor) in ports.iter().zip(inputs) {
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

/// An input of a graph as a plan takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// Its name in the graph.
    pub name: &'a str,
    /// Its element type, as [`crate::Port::dtype`] names it.
    pub dtype: &'a str,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// A graph planned for inputs of fixed types and shapes, and for those of its outputs that are asked for. All other shapes
/// are known then, and all that depends on them alone is computed. After the first run nothing is allocated.
pub struct Plan {
    engine: Engine,
    outputs: usize,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("inputs", &self.engine.inputs().len()).finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads, checks and plans a graph within limits. `inputs` are what will be given, in the order of [`Plan::run`]: all that
    /// the graph must have, by name. `outputs` are the places of those asked for among the graph's, in the order of the answer;
    /// a place that the graph does not have is passed over.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub fn build(onnx: &[u8], inputs: &[Input<'_>], outputs: &[usize], limits: &ModelLimits) -> Result<Self> {
        let model = check::read(onnx, &limits.file)?;
        let mut sources = Vec::new();
        for Input { name, dtype, shape } in inputs {
            sources.push((*name, Fact::new(input_type(name, dtype)?, shape)));
        }
        let (engine, _) = Engine::build(onnx, &model, &sources, &[], outputs, limits, &mut Weights::default())?;
        Ok(Self { outputs: (0..).take_while(|at| engine.output(*at).is_some()).count(), engine })
    }

    /// Which engine runs it: `nearhand`, or `tract` for a graph with operators that ours does not have, in the build with the
    /// feature `tract`.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        self.engine.name()
    }

    /// Type and shape of output `at` of those asked for.
    #[must_use]
    pub fn output(&self, at: usize) -> Option<(&'static str, Vec<usize>)> {
        self.engine.output(at).map(|f| (f.dtype.name(), f.shape.clone()))
    }

    /// Its steps, in the order in which they run. On tract there is one, which tells no sizes.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.engine.steps()
    }

    /// What it holds in memory; `None` on tract.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        self.engine.memory()
    }

    /// Runs once.
    ///
    /// # Errors
    /// `model-mismatch` for inputs of another type or shape, `model-failed`.
    pub fn run(&mut self, inputs: &[Tensor]) -> Result<Outputs<'_>> {
        self.engine.run(inputs, &mut |_, _| true)?;
        Ok(Outputs { plan: self })
    }
}

/// What a plan answered, in the order in which it was asked for, until the plan is run again.
pub struct Outputs<'p> {
    plan: &'p Plan,
}

impl std::fmt::Debug for Outputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outputs").field("len", &self.plan.outputs).finish()
    }
}

impl Outputs<'_> {
    /// The values of output `at`, where it is there and of 32-bit floats.
    #[must_use]
    pub fn f32(&self, at: usize) -> Option<&[f32]> {
        self.plan.engine.f32(at)
    }

    /// Copies of all outputs.
    ///
    /// # Errors
    /// `model-failed`.
    pub fn tensors(&self) -> Result<Vec<Tensor>> {
        (0..self.plan.outputs).map(|at| self.plan.engine.tensor(at)).collect()
    }
}

pub(crate) fn input_type(name: &str, dtype: &str) -> Result<DType> {
    DType::named(dtype).ok_or_else(|| {
        Error::new(Code::ModelOperatorUnsupported, "an input has a type that this build does not run")
            .with("input", name)
            .with("type", dtype)
    })
}

/// A plan of whichever engine takes the graph: ours, or tract in the build that has it.
#[derive(Debug)]
enum Engine {
    Ours(Box<plan::Plan>),
    #[cfg(feature = "tract")]
    Tract(Box<crate::tract::Plan>),
}

impl Engine {
    /// Reads, lowers and plans a file that has been checked, for given inputs. Tells by input whether the plan holds for its
    /// value in `known` alone.
    #[cfg_attr(not(feature = "tract"), allow(unused_variables))]
    fn build(
        onnx: &[u8],
        model: &Model<'_>,
        inputs: &[(&str, Fact)],
        known: &[Option<Constant>],
        outputs: &[usize],
        limits: &ModelLimits,
        weights: &mut Weights,
    ) -> Result<(Self, Vec<bool>)> {
        let lowered = Importer::lower(model, inputs, known, limits, (ops::lower, plan::body), weights);
        let lowered = match lowered {
            // Only for operators that are missing here: an attribute that is not understood stays a refusal.
            #[cfg(feature = "tract")]
            Err(e)
                if e.message() == ops::MISSING
                    && elsewhere::may_run(&model.graph)
                    && inputs.iter().all(|(_, fact)| fact.dtype != DType::Str) =>
            {
                let plan = crate::tract::Plan::build(onnx, inputs, outputs).map_err(|_| e)?;
                return Ok((Self::Tract(Box::new(plan)), Vec::new()));
            }
            #[cfg(not(feature = "tract"))]
            Err(e) if e.message() == ops::MISSING && elsewhere::may_run(&model.graph) => Err(e.with(FEATURE, "tract")),
            lowered => lowered,
        };
        let lowered = lowered?;
        let plan = plan::Plan::new(&lowered, outputs)?;
        Ok((Self::Ours(Box::new(plan)), lowered.fixed))
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => "nearhand",
            #[cfg(feature = "tract")]
            Self::Tract(_) => "tract",
        }
    }

    fn steps(&self) -> Vec<Step> {
        match self {
            Self::Ours(plan) => plan.steps(),
            #[cfg(feature = "tract")]
            Self::Tract(_) => vec![Step::whole("tract")],
        }
    }

    fn memory(&self) -> Option<Memory> {
        match self {
            Self::Ours(plan) => Some(plan.memory()),
            #[cfg(feature = "tract")]
            Self::Tract(_) => None,
        }
    }

    fn inputs(&self) -> &[Fact] {
        match self {
            Self::Ours(plan) => plan.inputs(),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.inputs(),
        }
    }

    fn output(&self, at: usize) -> Option<&Fact> {
        match self {
            Self::Ours(plan) => plan.output(at),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.output(at),
        }
    }

    fn f32(&self, at: usize) -> Option<&[f32]> {
        match self {
            Self::Ours(plan) => plan.get::<f32>(at),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.f32(at),
        }
    }

    fn tensor(&self, at: usize) -> Result<Tensor> {
        match self {
            Self::Ours(plan) => plan.tensor(at),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.tensor(at),
        }
    }

    /// Whether it was planned for these inputs' shapes.
    fn fits(&self, inputs: &[Tensor]) -> bool {
        let planned = self.inputs();
        planned.len() == inputs.len() && planned.iter().zip(inputs).all(|(fact, tensor)| fact.shape == tensor.shape)
    }

    fn run(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<()> {
        let planned = self.inputs();
        if inputs.len() != planned.len() {
            return Err(Error::new(Code::ModelMismatch, "the model has another number of inputs")
                .with("inputs", planned.len())
                .with("given", inputs.len()));
        }
        for (tensor, fact) in inputs.iter().zip(planned) {
            let same = tensor.values.dtype() == fact.dtype.name() && tensor.shape == fact.shape;
            if !same || tensor.values.len() != fact.len() {
                return Err(Error::new(Code::ModelMismatch, "an input has another type or shape than the model was planned for")
                    .with("have", format!("{} {}", tensor.values.dtype(), shape_text(&tensor.shape)))
                    .with("planned", format!("{} {}", fact.dtype.name(), shape_text(&fact.shape))));
            }
        }
        match self {
            Self::Ours(plan) => plan.run(inputs, watch),
            #[cfg(feature = "tract")]
            Self::Tract(plan) if watch(0, "tract") => plan.run(inputs),
            #[cfg(feature = "tract")]
            Self::Tract(_) => Err(crate::refusal::failed("the run was ended")),
        }
    }
}
