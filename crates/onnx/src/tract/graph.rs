//! A graph planned anew for every set of input shapes.

use super::plan::{Plan, Source, datum_type, input_type};
use crate::check;
use crate::error::{Code, Error, Result};
use crate::interface::{Interface, declared, given};
use crate::limits::ModelLimits;
use crate::tensor::Tensor;

/// Plans kept: one for each set of input shapes used lately.
const PLANS: usize = 4;

/// An ONNX graph that is planned anew for every set of input shapes, and remembers the last few plans.
pub(crate) struct Planned {
    onnx: Vec<u8>,
    interface: Interface,
    limits: ModelLimits,
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
        let mut graph = Self { onnx: onnx.to_vec(), interface, limits: *limits, plans: Vec::new() };
        let fixed: Option<Vec<Vec<usize>>> =
            graph.interface.inputs.iter().filter(|p| !p.optional).map(|p| p.dims.iter().copied().collect()).collect();
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

    fn plan(&self, shapes: &[Vec<usize>]) -> Result<Plan> {
        let mut inputs: Vec<Source<'_>> = Vec::new();
        for (port, shape) in self.interface.inputs.iter().zip(shapes) {
            inputs.push((port.name.as_str(), input_type(&port.name, &port.dtype)?, shape.clone()));
        }
        if let Some(port) = self.interface.outputs.iter().find(|p| datum_type(&p.dtype).is_none()) {
            return Err(Error::new(Code::ModelOperatorUnsupported, "an output has a type that this build does not run")
                .with("output", &port.name)
                .with("type", &port.dtype));
        }
        let outputs: Vec<usize> = (0..self.interface.outputs.len()).collect();
        let plan = Plan::checked(&self.onnx, &inputs, &outputs, &self.limits)?;
        for (at, port) in self.interface.outputs.iter().enumerate() {
            let answered = plan.output(at).map_or("none", |(dtype, _)| dtype);
            declared(port, answered)?;
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
        let mut plan = match self.plans.iter().position(|p| p.fits(inputs)) {
            Some(at) => self.plans.remove(at),
            None => {
                let shapes: Vec<Vec<usize>> = inputs.iter().map(|t| t.shape.clone()).collect();
                self.plan(&shapes)?
            }
        };
        if self.plans.len() == PLANS {
            self.plans.remove(0);
        }
        let answer = plan.run(inputs).and_then(|outputs| outputs.tensors());
        self.plans.push(plan);
        answer
    }
}
