//! What an engine has still to prove.

use crate::bundle::{Limits, Parts};

/// What an engine proves before it answers, a step at a time: the goldens by table and popularity, then the model, then
/// the goldens by the model.
#[derive(Debug)]
pub(super) struct Proof {
    /// Steps taken.
    pub(super) taken: usize,
    #[cfg(feature = "onnx")]
    pub(super) onnx: Option<Vec<u8>>,
    /// The host's.
    #[cfg(feature = "onnx")]
    pub(super) limits: Limits,
}

impl Proof {
    /// Takes what it needs out of the parts.
    #[cfg_attr(not(feature = "onnx"), expect(unused_variables))]
    pub(super) fn of(parts: &mut Parts, limits: Limits) -> Self {
        Self {
            taken: 0,
            #[cfg(feature = "onnx")]
            onnx: parts.onnx.take(),
            #[cfg(feature = "onnx")]
            limits,
        }
    }
}
