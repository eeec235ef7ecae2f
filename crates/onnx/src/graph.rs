//! A graph as it is: any inputs in, all outputs out.

use crate::error::Result;
#[cfg(not(feature = "plan"))]
use crate::error::{Code, Error};
use crate::interface::Interface;
use crate::limits::ModelLimits;
use crate::tabular::TabularModel;
use crate::tensor::Tensor;

/// An ONNX file, run by the engine of this build: a [`crate::Plan`] for each set of input shapes, of which the last four are
/// kept (feature `plan`), or [`TabularModel`].
///
/// Where all operators of a graph are tabular, the first dimension of its inputs is the number of rows, whatever the file was
/// exported with.
#[derive(Debug)]
pub struct Graph {
    #[cfg(feature = "plan")]
    engine: Box<crate::planned::Planned>,
    #[cfg(not(feature = "plan"))]
    engine: TabularModel,
}

impl Graph {
    /// Reads and checks a file; where its inputs are of fixed shape, plans it too, so that what cannot be run is refused
    /// now.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    #[cfg(feature = "plan")]
    pub fn load(onnx: &[u8], limits: &ModelLimits) -> Result<Self> {
        let model = crate::check::read(onnx, &limits.file)?;
        let tabular = TabularModel::suits(&model.graph);
        Ok(Self { engine: Box::new(crate::planned::Planned::load(onnx, &model, limits, tabular)?) })
    }

    /// Reads, checks and prepares a file.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    #[cfg(not(feature = "plan"))]
    pub fn load(onnx: &[u8], limits: &ModelLimits) -> Result<Self> {
        Ok(Self { engine: TabularModel::load(onnx, &limits.file, &limits.trees)? })
    }

    /// Inputs and outputs. Where ZipMap makes maps from class to probability, the output is a tensor of rows and classes.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        self.engine.interface()
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
    /// host keeps a deadline, cancels, or takes the time of each step. Without the feature `plan` a model is one step.
    ///
    /// # Errors
    /// As [`Graph::run`]; `model-failed` when the run was ended.
    pub fn run_watched(
        &mut self,
        inputs: Vec<Tensor>,
        watch: &mut dyn FnMut(usize, &'static str) -> bool,
    ) -> Result<Vec<Tensor>> {
        #[cfg(feature = "plan")]
        return self.engine.run(&inputs, watch);
        #[cfg(not(feature = "plan"))]
        if watch(0, "tabular") {
            self.engine.run(inputs)
        } else {
            Err(Error::new(Code::ModelFailed, "the model failed").with("why", "the run was ended"))
        }
    }
}
