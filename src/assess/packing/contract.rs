//! Which inputs and which output of a graph are meant: found where there is one answer, declared, or refused.

use crate::assess::manifest::{Inputs, Output};
use crate::assess::spec::Spec;
use crate::error::{Code, Error, Result};
use nearhand_onnx::file::Model;
use nearhand_onnx::{Interface, ModelLimits, Port};

/// Names that exporters give to probabilities.
const USUAL: [&str; 6] =
    ["probabilities", "output_probability", "probability", "probabilities_tensor", "class_probabilities", "scores"];

/// Labels of two classes of which the second is the positive one.
const PLAIN: [[&str; 2]; 6] = [["0", "1"], ["-1", "1"], ["False", "True"], ["false", "true"], ["0.0", "1.0"], ["no", "yes"]];

fn mismatch(why: &'static str) -> Error {
    Error::new(Code::ModelMismatch, why)
}

fn listed<'p>(ports: impl Iterator<Item = &'p Port>) -> String {
    ports.map(|port| format!("{} {} {}", port.name, port.dtype, dims(port))).collect::<Vec<_>>().join("; ")
}

fn dims(port: &Port) -> String {
    nearhand_onnx::tensor::shape_text(port.dims.iter().map(|d| d.map_or_else(|| "?".to_owned(), |d| d.to_string())))
}

/// How rows enter: all features in one input, or each in an input of its name.
///
/// # Errors
/// `model-mismatch`.
pub(in crate::assess) fn inputs(interface: &Interface, spec: &Spec) -> Result<Inputs> {
    let ports: Vec<&Port> = interface.inputs.iter().filter(|port| !port.optional).collect();
    let names: Vec<&str> = spec.read_by_model().filter_map(|at| spec.features.get(at)).map(|f| f.name.as_str()).collect();
    let (Some(first), count) = (ports.first(), names.len()) else {
        return Err(mismatch("the graph has no input"));
    };
    if ports.iter().any(|port| !["f32", "f64"].contains(&port.dtype.as_str()) || port.dtype != first.dtype) {
        return Err(
            mismatch("features enter as floats, all of one type: export the model so").with("inputs", listed(ports.into_iter()))
        );
    }
    let width = |port: &Port| port.dims.get(1).copied().flatten();
    if ports.len() == 1 {
        if first.dims.len() != 2 || width(first).is_some_and(|width| width != count) {
            return Err(mismatch("the graph takes another number of features than the declaration gives to the model")
                .with("input", listed(ports.into_iter()))
                .with("features", count));
        }
    } else {
        if ports.iter().any(|port| width(port).is_some_and(|width| width != 1)) || ports.len() != count {
            return Err(mismatch("a graph takes all features in one input, or each in one of its own")
                .with("inputs", listed(ports.into_iter()))
                .with("features", count));
        }
        if let Some((port, name)) = ports.iter().zip(&names).find(|(port, name)| port.name != **name) {
            return Err(mismatch("the graph's inputs have other names, or another order, than the declared features")
                .with("input", &port.name)
                .with("feature", name));
        }
    }
    Ok(Inputs { names: ports.iter().map(|port| port.name.clone()).collect(), dtype: first.dtype.clone() })
}

/// Where the score comes out. Of an output whose width is not fixed, `width` is what a run answered.
///
/// # Errors
/// `model-mismatch`, which lists what there is to be declared.
pub(in crate::assess) fn output(
    onnx: &[u8],
    interface: &Interface,
    spec: &Spec,
    width: &dyn Fn(&str) -> Option<usize>,
) -> Result<Output> {
    let floats: Vec<&Port> = interface.outputs.iter().filter(|port| ["f32", "f64"].contains(&port.dtype.as_str())).collect();
    let all = || listed(interface.outputs.iter());
    let port = match (&spec.output.name, &floats[..]) {
        (Some(name), _) => floats.iter().find(|port| port.name == *name).copied().ok_or_else(|| {
            mismatch("the graph has no output of floats of this name").with("name", name).with("outputs", all())
        })?,
        (None, [one]) => one,
        (None, _) => {
            let usual = floats.iter().find(|port| USUAL.contains(&port.name.as_str())).copied();
            usual.ok_or_else(|| mismatch("which output is the score? declare output.name").with("outputs", all()))?
        }
    };
    let known = if port.dims.len() < 2 { None } else { port.dims.last().copied().flatten() };
    let width = known.or_else(|| width(&port.name)).unwrap_or(1);
    let labels = labels(onnx)?;
    let column = match (&spec.output.positive, spec.output.column) {
        (Some(label), _) => {
            let place = labels.iter().position(|own| own == label);
            place.ok_or_else(|| {
                mismatch("the model has no class of this label").with("positive", label).with("labels", labels.join(", "))
            })?
        }
        (None, Some(column)) => column,
        (None, None) if width == 1 => 0,
        (None, None) if width == 2 && (labels.is_empty() || PLAIN.iter().any(|plain| labels == plain)) => 1,
        (None, None) => {
            return Err(mismatch("which column is the risk of a fraud? declare output.positive, the label, or output.column")
                .with("columns", width)
                .with("labels", labels.join(", ")));
        }
    };
    if column >= width {
        return Err(mismatch("the output has no such column").with("column", column).with("columns", width));
    }
    Ok(Output { name: port.name.clone(), width, column, probability: false })
}

/// Labels of the last classifier of a file, or of its ZipMap.
fn labels(onnx: &[u8]) -> Result<Vec<String>> {
    let model = Model::read(onnx, &ModelLimits::none().file)?;
    let mut found = Vec::new();
    for attribute in model.graph.nodes.iter().flat_map(|node| &node.attributes) {
        match attribute.name {
            "classlabels_strings" => found = attribute.texts()?.into_iter().map(str::to_owned).collect(),
            "classlabels_ints" | "classlabels_int64s" => found = attribute.ints()?.into_iter().map(|l| l.to_string()).collect(),
            _ => {}
        }
    }
    Ok(found)
}
