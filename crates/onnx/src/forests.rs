//! The tree ensembles of a file as they stand there, for whoever tells why they answered what they did.

use crate::attrs::Attrs;
use crate::check::{self, ML};
use crate::error::Result;
use crate::file::{Graph, Node, dtype_name};
use crate::interface::Interface;
use crate::limits::ModelLimits;
use crate::trees::{Spec, TreeEnsemble, spec_of_v3, spec_of_v5};

/// A tree ensemble of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// Name of its node, possibly empty.
    pub node: String,
    /// The graph's input whose columns it reads as they are, cast at most; `None` where something computes in between.
    pub input: Option<String>,
    /// Its trees. Verified: children and features are there, no branch leads back.
    pub spec: Spec,
}

/// The tree ensembles of a file, in its order: TreeEnsembleClassifier, TreeEnsembleRegressor, TreeEnsemble.
///
/// # Errors
/// `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`.
pub fn forests(onnx: &[u8], limits: &ModelLimits) -> Result<Vec<Forest>> {
    let model = check::read(onnx, &limits.file)?;
    let interface = Interface::read(&model);
    let mut out = Vec::new();
    for node in model.graph.nodes.iter().filter(|node| ML.contains(&node.op_type)) {
        let mut attrs = Attrs::new(node);
        let mut spec = match node.op_type {
            "TreeEnsembleClassifier" => {
                let labels = attrs.texts("classlabels_strings")?.len().max(attrs.ints("classlabels_int64s")?.len());
                spec_of_v3(&mut attrs, Some(labels))?
            }
            "TreeEnsembleRegressor" => spec_of_v3(&mut attrs, None)?,
            "TreeEnsemble" => spec_of_v5(&mut attrs)?,
            _ => continue,
        };
        let (input, dtype) = source(&model.graph, node);
        let input = input.and_then(|name| interface.inputs.iter().find(|port| port.name == name));
        // As the engine has it: 64-bit thresholds where the input has 64 bits.
        spec.double |= dtype.or(input.map(|port| port.dtype.as_str())) == Some("f64");
        TreeEnsemble::new(&spec, &limits.trees)?;
        out.push(Forest { node: node.name.to_owned(), input: input.map(|port| port.name.clone()), spec });
    }
    Ok(out)
}

/// Whether an operator is one of ai.onnx.ml's, by its name.
#[must_use]
pub fn is_tabular(operator: &str) -> bool {
    ML.contains(&operator)
}

/// What a node reads, behind casts and nodes that do nothing, and the last type that it was cast to.
fn source<'a>(graph: &Graph<'a>, node: &Node<'a>) -> (Option<&'a str>, Option<&'static str>) {
    let (mut name, mut dtype) = (node.inputs.first().copied(), None);
    // Nodes stand behind those they read, so that this ends.
    for before in graph.nodes.iter().rev() {
        if !name.is_some_and(|name| before.outputs.contains(&name)) {
            continue;
        }
        match before.op_type {
            "Cast" => {
                let to = before.attributes.iter().find(|a| a.name == "to").and_then(|a| a.int().ok());
                let to = to.and_then(|to| i32::try_from(to).ok()).and_then(dtype_name);
                dtype = dtype.or(to);
                // A type without fractions in between would change what is asked.
                name = before.inputs.first().copied().filter(|_| matches!(to, Some("f32" | "f64")));
            }
            "Identity" => name = before.inputs.first().copied(),
            _ => name = None,
        }
    }
    (name, dtype)
}
