//! Settings of an engine, with their defaults in one place.

use crate::bundle::Limits;
use crate::session::{Consent, Lifetimes};
use crate::value::{Decode, Faults, Value};

/// Settings of an engine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Expected SHA-256 of the bundle, hex. Default: only the bundle's own digest is checked.
    pub digest: Option<String>,
    /// SHA-256 of the bundle with its own digits as zeros, hex, where the host has computed it over these very bytes: it
    /// stands for the engine's own computation. Default: the engine computes it.
    pub computed_digest: Option<String>,
    /// SHA-256 of the model's own file, hex, where the host has computed it over these very bytes. Default: the engine
    /// computes it.
    pub computed_model_digest: Option<String>,
    /// Where the session may be kept. Default `memory`.
    pub consent: Consent,
    /// How long each kind of event counts.
    pub lifetimes: Lifetimes,
    /// Largest bundle, both files of it, bytes. Default 64 MiB.
    pub max_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            digest: None,
            computed_digest: None,
            computed_model_digest: None,
            consent: Consent::default(),
            lifetimes: Lifetimes::default(),
            max_bytes: Limits::default().bytes,
        }
    }
}

impl Decode for Settings {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut settings = Self::default();
        let mut of = value.fields(faults);
        of.fill("digest", &mut settings.digest);
        of.fill("computedDigest", &mut settings.computed_digest);
        of.fill("computedModelDigest", &mut settings.computed_model_digest);
        of.fill("consent", &mut settings.consent);
        of.fill("idleTimeoutMs", &mut settings.lifetimes.idle_ms);
        of.fill("viewedMs", &mut settings.lifetimes.viewed_ms);
        of.fill("dismissedMs", &mut settings.lifetimes.dismissed_ms);
        of.fill("cartMs", &mut settings.lifetimes.cart_ms);
        of.fill("maxBytes", &mut settings.max_bytes);
        of.end();
        settings
    }
}

impl Settings {
    /// The defaults without a bound on sizes: for a host's own files.
    #[must_use]
    pub fn unbounded() -> Self {
        Self { max_bytes: usize::MAX, ..Self::default() }
    }
}
