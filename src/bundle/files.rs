//! What a bundle is opened from.

use std::borrow::Cow;

/// The bytes of a bundle, and what the caller knows of them and vouches for.
#[derive(Clone, Debug, Default)]
pub struct Files<'a> {
    /// The bundle.
    pub bundle: Cow<'a, [u8]>,
    /// Its SHA-256 with its own digits as zeros, where the caller has computed it.
    pub computed_digest: Option<String>,
    /// The model's own file, where the bundle has one and it is at hand. A build without models reads none.
    pub model: Option<Cow<'a, [u8]>>,
    /// Its SHA-256, where the caller has computed it.
    pub computed_model_digest: Option<String>,
}

impl Files<'_> {
    /// The model's own file, in a build that reads it.
    pub(super) fn model(&self) -> Option<&[u8]> {
        self.model.as_deref().filter(|_| cfg!(feature = "onnx"))
    }
}
