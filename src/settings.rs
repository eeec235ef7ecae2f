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
        let default = Self::default();
        let usual = default.lifetimes;
        let mut of = value.fields(faults);
        let settings = Self {
            digest: of.take("digest"),
            computed_digest: of.take("computedDigest"),
            computed_model_digest: of.take("computedModelDigest"),
            consent: of.take_or("consent", default.consent),
            lifetimes: Lifetimes {
                idle_ms: of.take_or("idleTimeoutMs", usual.idle_ms),
                viewed_ms: of.take_or("viewedMs", usual.viewed_ms),
                dismissed_ms: of.take_or("dismissedMs", usual.dismissed_ms),
                cart_ms: of.take_or("cartMs", usual.cart_ms),
            },
            max_bytes: of.take_or("maxBytes", default.max_bytes),
        };
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
