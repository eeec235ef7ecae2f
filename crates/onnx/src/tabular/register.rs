//! Which operators there are: from a node to something that runs.

use super::op::Op;
use super::{arithmetic, cast, layout, run, vectorize};
use crate::attrs::{Attrs, malformed, unsupported};
use crate::check::ML;
use crate::error::{Error, Result};
use crate::file::{Node, dtype_name};
use crate::ml::{self, Context};

/// Operators of ai.onnx.
const PLAIN: &[&str] = &[
    "Abs",
    "Add",
    "ArgMax",
    "Cast",
    "Concat",
    "Constant",
    "Div",
    "Exp",
    "Flatten",
    "Gather",
    "Identity",
    "Log",
    "MatMul",
    "Mul",
    "Neg",
    "ReduceMean",
    "ReduceSum",
    "Reshape",
    "Sigmoid",
    "Softmax",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Sum",
    "Unsqueeze",
];

/// Operators of ai.onnx.ml that are not run here.
const NOT_RUN: &[&str] = &["CastMap", "CategoryMapper", "DictVectorizer", "SVMClassifier", "SVMRegressor"];

/// Whether this operator is one of ai.onnx.ml's.
pub(super) fn is_ml(node: &Node<'_>) -> bool {
    node.domain == "ai.onnx.ml"
}

/// Whether there is an operator of that name in that domain.
pub(super) fn known(node: &Node<'_>) -> bool {
    match node.domain {
        "ai.onnx.ml" => ML.contains(&node.op_type) && !NOT_RUN.contains(&node.op_type),
        "" | "ai.onnx" => PLAIN.contains(&node.op_type),
        _ => false,
    }
}

/// Makes a node run.
pub(super) fn build(node: &Node<'_>, opset: i64, context: Context<'_>) -> Result<Op> {
    let mut attrs = Attrs::new(node);
    let a = &mut attrs;
    if !known(node) {
        return Err(unknown(node));
    }
    // Inputs that the operator has at least and at most.
    let (least, most) = match node.op_type {
        "Constant" => (0, 0),
        "Concat" | "FeatureVectorizer" | "Sum" => (1, usize::MAX),
        "Add" | "ArrayFeatureExtractor" | "Div" | "Gather" | "MatMul" | "Mul" | "Reshape" | "Sub" => (2, 2),
        "ReduceMean" | "ReduceSum" | "Squeeze" | "Unsqueeze" => (1, 2),
        _ => (1, 1),
    };
    let outputs = if node.op_type.ends_with("Classifier") { 2 } else { 1 };
    if !(least..=most).contains(&node.inputs.len()) || node.outputs.len() > outputs {
        return Err(malformed("number of inputs or outputs of an operator", node.inputs.len())
            .with("outputs", node.outputs.len())
            .with("operator", node.op_type));
    }
    let op = match node.op_type {
        "ArgMax" => arithmetic::arg_max(a)?,
        "Add" | "Sub" | "Mul" | "Div" | "Sum" => arithmetic::binary(node.op_type),
        "Abs" | "Exp" | "Log" | "Neg" | "Sigmoid" | "Sqrt" => arithmetic::unary(node.op_type),
        "MatMul" => Box::new(arithmetic::mat_mul),
        "ReduceMean" | "ReduceSum" => arithmetic::reduce(node.op_type == "ReduceMean", a)?,
        "Softmax" => arithmetic::softmax(a, opset)?,
        "Cast" => cast::cast(node, a)?,
        "Constant" => layout::constant(node, a)?,
        "Concat" => layout::concat(a)?,
        "Flatten" => layout::flatten(a)?,
        "Gather" => layout::gather(a)?,
        "Identity" => layout::identity(),
        "Reshape" => layout::reshape(a)?,
        "Squeeze" => layout::squeeze(a)?,
        "Unsqueeze" => layout::unsqueeze(a)?,
        "ArrayFeatureExtractor" => Box::new(layout::array_feature_extractor),
        "ZipMap" => {
            // Names of the columns, which stay columns: see `TabularModel`.
            a.ignore("classlabels_int64s");
            a.ignore("classlabels_strings");
            layout::identity()
        }
        "FeatureVectorizer" => vectorize::feature_vectorizer(a)?,
        "LabelEncoder" if context.ml < 2 && context.dtype.is_none() => {
            // Names to places or back, as the first input will tell.
            let mut of = |dtype| ml::build(node, a, Context { dtype: Some(dtype), ..context });
            let (Some(there), Some(back)) = (of("str")?, of("i64")?) else { return Err(unknown(node)) };
            run::either(there, back)
        }
        _ => run::of(ml::build(node, a, context)?.ok_or_else(|| unknown(node))?),
    };
    attrs.done()?;
    Ok(op)
}

fn unknown(node: &Node<'_>) -> Error {
    unsupported(node, "the ONNX graph has an operator that this build does not run")
}

/// Element types of a node's outputs, as far as they are known before running.
pub(super) fn dtypes(node: &Node<'_>, first: Option<&'static str>) -> Option<&'static str> {
    match node.op_type {
        "Cast" => {
            let to = node.attributes.iter().find(|a| a.name == "to").and_then(|a| a.int().ok());
            to.and_then(|t| i32::try_from(t).ok()).and_then(dtype_name)
        }
        "LabelEncoder" | "LinearClassifier" | "TreeEnsembleClassifier" | "TreeEnsemble" | "ArgMax" | "Constant" => None,
        "Binarizer"
        | "FeatureVectorizer"
        | "LinearRegressor"
        | "Normalizer"
        | "OneHotEncoder"
        | "Scaler"
        | "TreeEnsembleRegressor" => Some("f32"),
        _ => first,
    }
}
