//! Which operators of ai.onnx.ml with one input there are.

use super::operator::Built;
use super::{encode, ensemble, linear, scale};
use crate::attrs::Attrs;
use crate::error::Result;
use crate::file::Node;
use crate::trees::TreeLimits;

/// What an operator's meaning depends on besides its attributes.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Version of ai.onnx.ml's operators.
    pub(crate) ml: i64,
    /// Element type of the input, where it is known before running.
    pub(crate) dtype: Option<&'static str>,
    pub(crate) trees: &'a TreeLimits,
    /// How texts are numbered, by an engine that keeps them as numbers.
    pub(crate) numbering: encode::Numbering<'a>,
}

/// Reads a node's attributes; `None` where the operator is none of those here.
///
/// # Errors
/// `model-malformed`, `model-operator-unsupported`, `model-too-large`.
pub(crate) fn build(node: &Node<'_>, attrs: &mut Attrs<'_, '_>, context: Context<'_>) -> Result<Option<Built>> {
    let Context { ml, dtype, trees, numbering } = context;
    let operator = match node.op_type {
        "LabelEncoder" => return encode::label_encoder(attrs, ml, dtype, numbering).map(Some),
        "LinearClassifier" => return linear::classifier(node, attrs).map(Some),
        "TreeEnsembleClassifier" => return ensemble::classifier(attrs, dtype, trees).map(Some),
        "Binarizer" => scale::binarizer(attrs)?,
        "Imputer" => scale::imputer(attrs)?,
        "LinearRegressor" => linear::regressor(attrs)?,
        "Normalizer" => scale::normalizer(attrs)?,
        "OneHotEncoder" => encode::one_hot_encoder(attrs, numbering)?,
        "Scaler" => scale::scaler(attrs)?,
        "TreeEnsemble" => ensemble::ensemble(attrs, dtype, trees)?,
        "TreeEnsembleRegressor" => ensemble::regressor(attrs, dtype, trees)?,
        _ => return Ok(None),
    };
    Ok(Some(Built { operator, labels: None }))
}
