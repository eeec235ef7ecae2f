//! Which engine runs a plan: ours, or tract in the build that has it.

use crate::dtype::DType;
use crate::elsewhere;
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::Model;
use crate::kernel::Watch;
use crate::limits::ModelLimits;
use crate::lower::Importer;
use crate::ops;
use crate::plan;
use crate::profile::{Memory, Step};
#[cfg(feature = "trees")]
use crate::tensor::View;
use crate::tensor::{Tensor, shape_text};
use crate::weights::Weights;

/// The detail of a refusal that another build may not share: the feature of this crate that it has.
#[cfg(not(feature = "tract"))]
const FEATURE: &str = "feature";
pub(crate) fn input_type(name: &str, dtype: &str) -> Result<DType> {
    DType::named(dtype).ok_or_else(|| {
        Error::new(Code::ModelOperatorUnsupported, "an input has a type that this build does not run")
            .with("input", name)
            .with("type", dtype)
    })
}

/// A plan of whichever engine takes the graph: ours, or tract in the build that has it.
#[derive(Debug)]
pub(crate) enum Engine {
    Ours(Box<plan::Plan>),
    #[cfg(feature = "tract")]
    Tract(Box<crate::tract::Plan>),
}

impl Engine {
    /// Reads, lowers and plans a file that has been checked, for given inputs. It runs once it has taken memory. Tells by input whether the plan holds for its
    /// value in `known` alone.
    #[cfg_attr(not(feature = "tract"), allow(unused_variables))]
    pub(crate) fn build(
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
        let plan = plan::Plan::without_memory(&lowered, outputs)?;
        Ok((Self::Ours(Box::new(plan)), lowered.fixed))
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => "nearhand",
            #[cfg(feature = "tract")]
            Self::Tract(_) => "tract",
        }
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        match self {
            Self::Ours(plan) => plan.steps(),
            #[cfg(feature = "tract")]
            Self::Tract(_) => vec![Step::whole("tract")],
        }
    }

    pub(crate) fn memory(&self) -> Option<Memory> {
        match self {
            Self::Ours(plan) => Some(plan.memory()),
            #[cfg(feature = "tract")]
            Self::Tract(_) => None,
        }
    }

    /// Takes the memory of another plan of its graph, which is not to be run or read any more, or some of its own.
    pub(crate) fn take(&mut self, other: Option<&mut Self>) {
        let arena = match other {
            Some(Self::Ours(plan)) => plan.give(),
            _ => plan::Arena::default(),
        };
        match self {
            Self::Ours(plan) => plan.take(arena),
            #[cfg(feature = "tract")]
            Self::Tract(_) => {}
        }
    }

    /// Bytes of constants that were computed for it alone.
    pub(crate) fn own(&self) -> usize {
        match self {
            Self::Ours(plan) => plan.own(),
            #[cfg(feature = "tract")]
            Self::Tract(_) => usize::MAX,
        }
    }

    pub(crate) fn inputs(&self) -> &[Fact] {
        match self {
            Self::Ours(plan) => plan.inputs(),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.inputs(),
        }
    }

    pub(crate) fn output(&self, at: usize) -> Option<&Fact> {
        match self {
            Self::Ours(plan) => plan.output(at),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.output(at),
        }
    }

    pub(crate) fn f32(&self, at: usize) -> Option<&[f32]> {
        match self {
            Self::Ours(plan) => plan.get::<f32>(at),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.f32(at),
        }
    }

    pub(crate) fn tensor(&self, at: usize) -> Result<Tensor> {
        match self {
            Self::Ours(plan) => plan.tensor(at),
            #[cfg(feature = "tract")]
            Self::Tract(plan) => plan.tensor(at),
        }
    }

    /// Output `at` where it lies; `None` where the engine is another, which has no memory of ours.
    #[cfg(feature = "trees")]
    pub(crate) fn view(&self, at: usize) -> Option<View<'_>> {
        match self {
            Self::Ours(plan) => plan.view(at),
            #[cfg(feature = "tract")]
            Self::Tract(_) => None,
        }
    }

    /// Memory of input `at`, for the next run; `None` for texts and where the engine is another.
    #[cfg(feature = "trees")]
    pub(crate) fn input_mut(&mut self, at: usize) -> Option<&mut [u8]> {
        match self {
            Self::Ours(plan) => plan.input_mut(at),
            #[cfg(feature = "tract")]
            Self::Tract(_) => None,
        }
    }

    /// Runs on what lies in the inputs' memory.
    #[cfg(feature = "trees")]
    pub(crate) fn run_again(&mut self, watch: Watch<'_>) -> Result<()> {
        match self {
            Self::Ours(plan) => plan.run_again(watch),
            #[cfg(feature = "tract")]
            Self::Tract(_) => Err(crate::refusal::failed("inputs without memory of their own")),
        }
    }

    /// Whether it was planned for these inputs' shapes.
    pub(crate) fn fits(&self, inputs: &[Tensor]) -> bool {
        let planned = self.inputs();
        planned.len() == inputs.len() && planned.iter().zip(inputs).all(|(fact, tensor)| fact.shape == tensor.shape)
    }

    pub(crate) fn run(&mut self, inputs: &[Tensor], watch: Watch<'_>) -> Result<()> {
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
