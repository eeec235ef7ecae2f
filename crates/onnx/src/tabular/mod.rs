//! Models whose operators are all tabular: what scikit-learn, LightGBM and XGBoost export.
//!
//! Tree ensembles, linear models, and the scaling, imputing and encoding in front of them run here without a plan, with the
//! answers of onnxruntime; the operators of ai.onnx.ml are those that plans run as well. A graph with any other operator is refused by that operator's name.

mod arithmetic;
mod cast;
mod layout;
mod op;
mod register;
mod run;
mod values;
mod vectorize;

#[cfg(test)]
mod tests;

use crate::attrs::malformed;
use crate::check;
use crate::error::{Code, Error, Result};
use crate::file::{Graph, Limits, Node};
use crate::interface::{Interface, Port, declared, given};
use crate::ml::{Context, NEWEST};
use crate::tensor::Tensor;
use crate::trees::TreeLimits;
use op::Op;
use std::collections::BTreeMap;

/// Newest operator sets whose meaning this build knows.
const MAX_OPSET: i64 = 28;

/// A tabular graph, ready to run.
///
/// ZipMap, which makes a map from class to probability of every row, is left out of it: the output has the
/// probabilities as a tensor of rows and classes, in the order of the classifier's labels.
pub struct TabularModel {
    interface: Interface,
    /// Constants in their places; the places of everything else are `None` between runs.
    places: Vec<Option<Tensor>>,
    /// Places of what is not constant.
    open: Vec<usize>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    steps: Vec<Step>,
}

struct Step {
    op: Op,
    operator: String,
    node: String,
    inputs: Vec<Option<usize>>,
    outputs: Vec<Option<usize>>,
}

impl std::fmt::Debug for TabularModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TabularModel").field("interface", &self.interface).finish_non_exhaustive()
    }
}

impl TabularModel {
    /// Whether a graph is tabular: an operator of ai.onnx.ml is in it, and none that is not run here.
    pub(crate) fn suits(graph: &Graph<'_>) -> bool {
        graph.nodes.iter().any(register::is_ml) && graph.nodes.iter().all(register::known)
    }

    /// Reads, checks and prepares a graph. `limits` bound the file, `trees` each tree ensemble in it.
    ///
    /// # Errors
    /// `model-malformed`, `model-external-data`, `model-operator-unsupported` naming the operator.
    pub fn load(onnx: &[u8], limits: &Limits, trees: &TreeLimits) -> Result<Self> {
        let model = check::read(onnx, limits)?;
        let (opset, ml) = (model.opset("").unwrap_or(1), model.opset("ai.onnx.ml").unwrap_or(1));
        for (domain, version, newest) in [("ai.onnx", opset, MAX_OPSET), ("ai.onnx.ml", ml, NEWEST)] {
            if version > newest {
                return Err(Error::new(
                    Code::ModelOperatorUnsupported,
                    "the ONNX file is of a newer operator set than this build knows",
                )
                .with("domain", domain)
                .with("version", version)
                .with("newest", newest));
            }
        }
        let interface = Interface::with_maps(&model);
        let mut plan = Plan::default();
        for tensor in &model.graph.initializers {
            let place = plan.place(tensor.name);
            if let Some(slot) = plan.places.get_mut(place) {
                *slot = Some(tensor.values()?);
            }
        }
        for input in &model.graph.inputs {
            plan.place(input.name);
        }
        let inputs: Vec<usize> = interface.inputs.iter().filter_map(|i| plan.names.get(i.name.as_str()).copied()).collect();
        for (port, place) in interface.inputs.iter().zip(&inputs) {
            if let Some(known) = plan.dtypes.get_mut(*place) {
                *known = ["f32", "f64", "i64", "i32", "i8", "u8", "bool", "str"].into_iter().find(|d| *d == port.dtype);
            }
        }
        let context = Context { ml, dtype: None, trees, numbering: None };
        let steps = model.graph.nodes.iter().map(|n| plan.step(n, opset, context)).collect::<Result<Vec<_>>>()?;
        let outputs = model.graph.outputs.iter().map(|o| plan.place(o.name)).collect();
        let open = plan.places.iter().enumerate().filter(|(_, t)| t.is_none()).map(|(i, _)| i).collect();
        Ok(Self { interface, places: plan.places, open, inputs, outputs, steps })
    }

    /// Inputs and outputs, in the order in which [`TabularModel::run`] takes and gives them.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Answers. `inputs` come in the interface's order, those that may be left out last, and may have any number of rows; so
    /// do the outputs.
    ///
    /// # Errors
    /// `model-mismatch` when an input has another type or shape than the graph declares; `model-failed` naming the
    /// operator that could not do what it was asked to.
    pub fn run(&mut self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
        given(&mut self.interface.inputs.iter(), inputs.len())?;
        for (tensor, port) in inputs.iter().zip(&self.interface.inputs) {
            fits(tensor, port)?;
        }
        // What is given for a constant takes its place for this run.
        let mut inputs: Vec<Option<Tensor>> = inputs.into_iter().map(Some).collect();
        self.exchange(&mut inputs);
        let answer = self.steps();
        self.exchange(&mut inputs);
        for place in &self.open {
            if let Some(slot) = self.places.get_mut(*place) {
                *slot = None;
            }
        }
        answer
    }

    /// Puts tensors in the places of the first inputs, and what stood there in theirs.
    fn exchange(&mut self, tensors: &mut [Option<Tensor>]) {
        for (tensor, place) in tensors.iter_mut().zip(&self.inputs) {
            if let Some(slot) = self.places.get_mut(*place) {
                std::mem::swap(slot, tensor);
            }
        }
    }

    fn steps(&mut self) -> Result<Vec<Tensor>> {
        for step in &mut self.steps {
            let inputs: Vec<Option<&Tensor>> =
                step.inputs.iter().map(|i| i.and_then(|i| self.places.get(i)).and_then(Option::as_ref)).collect();
            let named = |e: Error| e.with("operator", &step.operator).with("node", &step.node);
            let answers = (step.op)(&inputs).map_err(named)?;
            for (place, answer) in step.outputs.iter().zip(answers) {
                if let Some(slot) = place.and_then(|p| self.places.get_mut(p)) {
                    *slot = Some(answer);
                }
            }
        }
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for (place, port) in self.outputs.iter().zip(&self.interface.outputs) {
            let tensor = self.places.get(*place).and_then(Option::clone);
            let tensor = tensor.ok_or_else(|| Error::new(Code::ModelFailed, "an output was not answered"))?;
            if port.dtype != "none" {
                declared(port, tensor.values.dtype())?;
            }
            outputs.push(tensor);
        }
        Ok(outputs)
    }
}

/// Names become places while nodes become steps.
#[derive(Default)]
struct Plan<'a> {
    names: BTreeMap<&'a str, usize>,
    places: Vec<Option<Tensor>>,
    /// Element types by place, as far as they are known.
    dtypes: Vec<Option<&'static str>>,
}

impl<'a> Plan<'a> {
    fn place(&mut self, name: &'a str) -> usize {
        let next = self.places.len();
        let place = *self.names.entry(name).or_insert(next);
        if place == next {
            self.places.push(None);
            self.dtypes.push(None);
        }
        place
    }

    fn step(&mut self, node: &Node<'a>, opset: i64, mut context: Context<'_>) -> Result<Step> {
        let inputs: Vec<_> = node.inputs.iter().map(|n| (!n.is_empty()).then(|| self.place(n))).collect();
        let dtype = inputs.first().copied().flatten().and_then(|p| {
            let constant = self.places.get(p).and_then(Option::as_ref).map(|t| t.values.dtype());
            constant.or_else(|| self.dtypes.get(p).copied().flatten())
        });
        context.dtype = dtype;
        let op = register::build(node, opset, context)?;
        let outputs: Vec<_> = node.outputs.iter().map(|n| (!n.is_empty()).then(|| self.place(n))).collect();
        for place in outputs.iter().flatten() {
            if let Some(known) = self.dtypes.get_mut(*place) {
                *known = register::dtypes(node, dtype);
            }
        }
        Ok(Step { op, operator: node.op_type.to_owned(), node: node.name.to_owned(), inputs, outputs })
    }
}

fn fits(tensor: &Tensor, port: &Port) -> Result<()> {
    let rank = port.dims.is_empty() || port.dims.len() == tensor.shape.len();
    // The first dimension is the batch, whatever the file was exported with.
    let dims = port.dims.iter().zip(&tensor.shape).skip(1).all(|(d, s)| d.is_none_or(|d| d == *s));
    if port.dtype != tensor.values.dtype() || !rank || !dims {
        return Err(Error::new(Code::ModelMismatch, "an input has another type or shape than the graph declares")
            .with("name", &port.name)
            .with("graph", &port.dtype)
            .with("given", tensor.values.dtype()));
    }
    if values::count(&tensor.shape) != tensor.values.len() {
        return Err(malformed("an input's values do not fill its shape", tensor.values.len()).with("name", &port.name));
    }
    Ok(())
}
