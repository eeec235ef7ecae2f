//! A graph planned once, for known shapes.

use crate::check;
use crate::engine::{Engine, input_type};
use crate::error::Result;
use crate::fact::Fact;
use crate::limits::ModelLimits;
use crate::profile::{Memory, Step};
use crate::tensor::Tensor;
use crate::weights::Weights;

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
        let (mut engine, _) = Engine::build(onnx, &model, &sources, &[], outputs, limits, &mut Weights::default())?;
        engine.take(None);
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
