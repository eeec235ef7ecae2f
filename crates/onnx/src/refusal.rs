//! The two sentences with which a graph is refused.

use crate::error::{Code, Error};

/// `model-malformed`: the graph contradicts ONNX or itself.
pub(crate) fn malformed(what: &'static str, value: &str) -> Error {
    Error::new(Code::ModelMalformed, "the ONNX graph is malformed").with("what", what).with("value", value)
}

/// Why a graph is refused in which shapes depend on a value that is not known yet.
#[cfg(feature = "plan")]
pub(crate) const OPEN: &str = "a value must be constant here";

/// `model-operator-unsupported`: the graph is sound, and this build does not run it.
pub(crate) fn unsupported(why: &'static str) -> Error {
    Error::new(Code::ModelOperatorUnsupported, "the ONNX graph needs what this build does not run").with("why", why)
}

/// Why a run of a graph with states has to be made without their memory: new rows do not follow those that are there.
#[cfg(feature = "plan")]
pub(crate) const APART: &str = "sequences of different lengths";

/// `model-failed`: a run cannot go on.
#[cfg(feature = "plan")]
pub(crate) fn failed(why: &'static str) -> Error {
    Error::new(Code::ModelFailed, "the model failed").with("why", why)
}
