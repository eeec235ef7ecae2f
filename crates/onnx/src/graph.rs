//! A graph as it is: any inputs in, all outputs out.

use crate::check;
use crate::error::Result;
#[cfg(not(feature = "trees"))]
use crate::error::{Code, Error};
use crate::interface::Interface;
use crate::limits::ModelLimits;
use crate::profile::{Memory, Step};
use crate::tabular::TabularModel;
use crate::tensor::Tensor;

/// An ONNX file, run by whichever engine of this build is right for it: a [`crate::Plan`] for each set of input shapes (feature
/// `plan`), of which the last four are kept, or, without the feature `trees`, [`TabularModel`] for tabular models.
///
/// Where all operators of a graph are tabular, the first dimension of its inputs is the number of rows, whatever the file was
/// exported with.
#[derive(Debug)]
pub struct Graph {
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    #[cfg(not(feature = "trees"))]
    Tabular(TabularModel),
    #[cfg(feature = "plan")]
    Planned(Box<crate::planned::Planned>),
}

impl Graph {
    /// Reads and checks a file; where its inputs are of fixed shape, plans it too, so that what cannot be run is refused
    /// now.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub fn load(onnx: &[u8], limits: &ModelLimits) -> Result<Self> {
        Self::open(onnx.to_vec(), limits)
    }

    /// As [`Graph::load`], with the file for its own: large constants are moved out of it one by one, so that a file of many
    /// megabytes is not there twice.
    ///
    /// # Errors
    /// As [`Graph::load`].
    pub fn open(onnx: Vec<u8>, limits: &ModelLimits) -> Result<Self> {
        #[cfg_attr(not(feature = "plan"), allow(unused_variables))]
        let (tabular, interface) = {
            let model = check::read(&onnx, &limits.file)?;
            (TabularModel::suits(&model.graph), Interface::with_maps(&model))
        };
        #[cfg(not(feature = "trees"))]
        if tabular || !cfg!(feature = "plan") {
            return Ok(Self { engine: Engine::Tabular(TabularModel::load(&onnx, &limits.file, &limits.trees)?) });
        }
        #[cfg(feature = "plan")]
        return Ok(Self { engine: Engine::Planned(Box::new(crate::planned::Planned::load(onnx, interface, limits, tabular)?)) });
        #[cfg(not(feature = "plan"))]
        Err(Error::new(Code::ModelFailed, "no engine"))
    }

    /// Inputs and outputs. Where ZipMap makes maps from class to probability, the output is a tensor of rows and classes.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        match &self.engine {
            #[cfg(not(feature = "trees"))]
            Engine::Tabular(model) => model.interface(),
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.interface(),
        }
    }

    /// The steps that the last run took, in order, as [`Graph::run_watched`] counts them. None before the first run, unless all
    /// shapes are fixed. A tabular model, and a graph on tract, is one step that tells no sizes.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        match &self.engine {
            #[cfg(not(feature = "trees"))]
            Engine::Tabular(_) => vec![Step::whole("tabular")],
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.steps(),
        }
    }

    /// What the plan of the last run holds in memory; `None` where there is none, as for tabular models and on tract.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        match &self.engine {
            #[cfg(not(feature = "trees"))]
            Engine::Tabular(_) => None,
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.memory(),
        }
    }

    /// Runs once: inputs in the interface's order, all outputs in the graph's order. Of those that may be left out, the first
    /// so many may be given.
    ///
    /// # Errors
    /// `model-mismatch` for inputs that are not the graph's, `model-failed`, and those of loading where these shapes
    /// need a plan of their own.
    pub fn run(&mut self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
        self.run_watched(inputs, &mut |_, _| true)
    }

    /// Runs once and asks `watch` before every step, with the step's number and the name of its kernel: `false` ends the run. So a
    /// host keeps a deadline, cancels, or takes the time of each step. Steps of a body have the number of the step that it
    /// is. A tabular model is one step where it is not planned.
    ///
    /// # Errors
    /// As [`Graph::run`]; `model-failed` when the run was ended.
    pub fn run_watched(
        &mut self,
        inputs: Vec<Tensor>,
        watch: &mut dyn FnMut(usize, &'static str) -> bool,
    ) -> Result<Vec<Tensor>> {
        match &mut self.engine {
            #[cfg(not(feature = "trees"))]
            Engine::Tabular(model) if watch(0, "tabular") => model.run(inputs),
            #[cfg(not(feature = "trees"))]
            Engine::Tabular(_) => Err(Error::new(Code::ModelFailed, "the model failed").with("why", "the run was ended")),
            #[cfg(feature = "plan")]
            Engine::Planned(model) => model.run(&inputs, watch),
        }
    }
}
