//! A graph planned anew for every set of input shapes.

use crate::check;
use crate::dtype::DType;
use crate::error::{Code, Error, Result};
use crate::fact::Fact;
use crate::file::Model;
use crate::interface::{Interface, declared, given};
use crate::limits::ModelLimits;
use crate::lower::Importer;
use crate::ops;
use crate::plan::Plan;
use crate::tensor::Tensor;
use crate::weights::Weights;

/// Plans kept: one for each set of input shapes used lately.
const PLANS: usize = 4;

/// An ONNX graph that is planned anew for every set of input shapes, and remembers the last few plans.
pub(crate) struct Planned {
    onnx: Vec<u8>,
    interface: Interface,
    limits: ModelLimits,
    weights: Weights,
    /// Most recently used last.
    plans: Vec<Plan>,
}

impl std::fmt::Debug for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planned").field("interface", &self.interface).finish_non_exhaustive()
    }
}

impl Planned {
    /// Reads and checks a file; where its inputs are of fixed shape, plans it too, so that what cannot be run is refused
    /// now.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
    pub(crate) fn load(onnx: &[u8], limits: &ModelLimits) -> Result<Self> {
        let interface = Interface::read(&check::read(onnx, &limits.file)?);
        let fixed: Option<Vec<Vec<usize>>> =
            interface.inputs.iter().filter(|p| !p.optional).map(|p| p.dims.iter().copied().collect()).collect();
        let mut graph =
            Self { onnx: onnx.to_vec(), interface, limits: *limits, weights: Weights::default(), plans: Vec::new() };
        if let Some(shapes) = fixed {
            let plan = graph.plan(&shapes)?;
            graph.plans.push(plan);
        }
        Ok(graph)
    }

    /// Inputs and outputs.
    pub(crate) const fn interface(&self) -> &Interface {
        &self.interface
    }

    fn plan(&mut self, shapes: &[Vec<usize>]) -> Result<Plan> {
        let mut inputs: Vec<(&str, Fact)> = Vec::new();
        for (port, shape) in self.interface.inputs.iter().zip(shapes) {
            let dtype = DType::named(&port.dtype).ok_or_else(|| {
                Error::new(Code::ModelOperatorUnsupported, "an input has a type that this build does not run")
                    .with("input", &port.name)
                    .with("type", &port.dtype)
            })?;
            inputs.push((port.name.as_str(), Fact::new(dtype, shape)));
        }
        if let Some(port) = self.interface.outputs.iter().find(|p| DType::named(&p.dtype).is_none()) {
            return Err(Error::new(Code::ModelOperatorUnsupported, "an output has a type that this build does not run")
                .with("output", &port.name)
                .with("type", &port.dtype));
        }
        let outputs: Vec<usize> = (0..self.interface.outputs.len()).collect();
        let plan = plan(&self.onnx, &inputs, &outputs, &self.limits, &mut self.weights)?;
        for (at, port) in self.interface.outputs.iter().enumerate() {
            declared(port, plan.output(at).map_or("none", |f| f.dtype.name()))?;
        }
        Ok(plan)
    }

    /// Runs once: inputs in the graph's order, all outputs in the graph's order.
    ///
    /// # Errors
    /// `model-mismatch` for inputs that are not the graph's, `model-failed`, and those of loading where these shapes
    /// need a plan of their own.
    pub(crate) fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        given(&self.interface.inputs, inputs.len())?;
        let plan = match self.plans.iter().position(|p| p.fits(inputs)) {
            Some(at) => self.plans.remove(at),
            None => {
                let shapes: Vec<Vec<usize>> = inputs.iter().map(|t| t.shape.clone()).collect();
                self.plan(&shapes)?
            }
        };
        if self.plans.len() == PLANS {
            self.plans.remove(0);
        }
        self.plans.push(plan);
        let Some(plan) = self.plans.last_mut() else { return Ok(Vec::new()) };
        plan.run(inputs)?;
        (0..self.interface.outputs.len()).map(|at| plan.tensor(at)).collect()
    }
}

/// Reads, lowers and plans a file that has been checked, for given inputs. `outputs` are those of the graph's that are asked
/// for, in order.
///
/// # Errors
/// `model-malformed`, `model-operator-unsupported`, `model-too-large`.
pub(crate) fn plan(
    onnx: &[u8],
    inputs: &[(&str, Fact)],
    outputs: &[usize],
    limits: &ModelLimits,
    weights: &mut Weights,
) -> Result<Plan> {
    let model = Model::read(onnx, &limits.file)?;
    let lowered = Importer::lower(&model, inputs, &limits.graph, ops::lower, weights)?;
    Plan::new(&lowered, outputs)
}
