//! Graphs of one node, run.

use crate::same::again;
use crate::writer::{Attribute, File};
use nearhand_onnx::{Error, Graph, ModelLimits, Tensor, Values};

/// An input of the node.
pub(crate) struct Given {
    tensor: Option<Tensor>,
    open: bool,
}

/// Given when the graph runs.
pub(crate) fn open(tensor: Tensor) -> Given {
    Given { tensor: Some(tensor), open: true }
}

/// Known when the graph is planned.
pub(crate) fn known(tensor: Tensor) -> Given {
    Given { tensor: Some(tensor), open: false }
}

/// Left out, with others behind it.
pub(crate) fn absent() -> Given {
    Given { tensor: None, open: false }
}

/// A tensor of 32-bit floats.
pub(crate) fn f32s(shape: &[usize], values: &[f32]) -> Tensor {
    Tensor::f32(shape.to_vec(), values.to_vec())
}

/// A tensor of 64-bit integers.
pub(crate) fn i64s(shape: &[usize], values: &[i64]) -> Tensor {
    Tensor { shape: shape.to_vec(), values: Values::I64(values.to_vec()) }
}

/// A list of 64-bit integers that is known.
pub(crate) fn list(values: &[i64]) -> Given {
    known(i64s(&[values.len()], values))
}

fn kind(values: &Values) -> u64 {
    match values {
        Values::F32(_) => 1,
        Values::U8(_) => 2,
        Values::I8(_) => 3,
        Values::I32(_) => 6,
        Values::Bool(_) => 9,
        _ => 7,
    }
}

/// A graph of one node of operator set 20, of com.microsoft where the operator is written `com.microsoft.Name`. `outputs` are
/// onnx.proto's numbers of the outputs' types.
pub(crate) fn file(operator: &str, attributes: &[(&str, Attribute)], given: &[Given], outputs: &[u64]) -> Vec<u8> {
    file_of(20, operator, attributes, given, outputs)
}

/// [`file`] of another operator set.
fn file_of(opset: u64, operator: &str, attributes: &[(&str, Attribute)], given: &[Given], outputs: &[u64]) -> Vec<u8> {
    let mut file = File::default();
    file.opset = opset;
    let name = |(at, given): (usize, &Given)| given.tensor.as_ref().map_or_else(String::new, |_| format!("in{at}"));
    let inputs: Vec<String> = given.iter().enumerate().map(name).collect();
    for (name, Given { tensor, open }) in inputs.iter().zip(given) {
        let Some(tensor) = tensor else { continue };
        match (&tensor.values, open) {
            (values, true) => file.input(name, kind(values), &tensor.shape),
            (Values::F32(values), false) => file.floats(name, &tensor.shape, values),
            (Values::I64(values), false) => file.ints(name, &tensor.shape, values),
            (Values::U8(values), false) => file.initializer(name, 2, &tensor.shape, values),
            _ => panic!("a constant of this type"),
        }
    }
    let names: Vec<String> = (0..outputs.len()).map(|at| format!("out{at}")).collect();
    names.iter().zip(outputs).for_each(|(name, kind)| file.output(name, *kind, &[]));
    let text = |names: &[String]| names.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    let (inputs, names) = (text(&inputs), text(&names));
    let (domain, operator) = operator.rsplit_once('.').unwrap_or(("", operator));
    file.node_of(domain, operator, &inputs.split('\n').collect::<Vec<_>>(), &names.lines().collect::<Vec<_>>(), attributes);
    file.finish()
}

/// What the node answers: twice the same, as memory holds the last run's values the second time.
pub(crate) fn answer(
    operator: &str,
    attributes: &[(&str, Attribute)],
    given: &[Given],
    outputs: &[u64],
) -> Result<Vec<Tensor>, Error> {
    answer_of(20, operator, attributes, given, outputs)
}

/// [`answer`] of another operator set.
pub(crate) fn answer_of(
    opset: u64,
    operator: &str,
    attributes: &[(&str, Attribute)],
    given: &[Given],
    outputs: &[u64],
) -> Result<Vec<Tensor>, Error> {
    let mut graph = Graph::load(&file_of(opset, operator, attributes, given, outputs), &ModelLimits::default())?;
    let inputs: Vec<Tensor> = given.iter().filter(|g| g.open).filter_map(|g| g.tensor.clone()).collect();
    let first = graph.run(inputs.clone())?;
    // As text, in which NaN is NaN.
    assert_eq!(format!("{:?}", graph.run(inputs.clone())?), format!("{first:?}"), "{operator}");
    if let Some(third) = again(&mut graph, &inputs) {
        assert_eq!(format!("{:?}", third?), format!("{first:?}"), "{operator} in place");
    }
    Ok(first)
}

/// The one output of a node on open and known inputs: shape and floats.
pub(crate) fn floats(operator: &str, attributes: &[(&str, Attribute)], given: &[Given]) -> (Vec<usize>, Vec<f32>) {
    let out = answer(operator, attributes, given, &[1]).unwrap_or_else(|e| panic!("{operator}: {e}"));
    match &out[0] {
        Tensor { shape, values: Values::F32(values) } => (shape.clone(), values.clone()),
        other => panic!("{other:?}"),
    }
}

/// The code with which a node is refused, at load or when it runs.
pub(crate) fn refused(operator: &str, attributes: &[(&str, Attribute)], given: &[Given]) -> &'static str {
    match answer(operator, attributes, given, &[1]) {
        Err(e) => e.code().as_str(),
        Ok(out) => panic!("{operator}: {out:?}"),
    }
}
