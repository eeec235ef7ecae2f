//! What an engine tells of itself and of its session.

use crate::event::EventKind;
use crate::monitor::Counted;
use crate::recommend::{Recommender, Slate, Source};
use crate::session::{Consent, Counts as As};
use serde::Serialize;

/// Which build answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Table and popularity.
    Lite,
    /// With the ONNX model.
    Full,
}

/// An event of the session as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionEvent {
    /// What happened.
    pub kind: EventKind,
    /// The item's id; empty when the catalog does not know it (only its key is kept).
    pub item: String,
    /// Unix time, milliseconds.
    pub at: u64,
    /// Dwell, when measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dwell_ms: Option<u32>,
    /// Pieces, for cart and purchase events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u16>,
    /// Whether the catalog holds the item.
    pub known: bool,
    /// As what it counts.
    pub counts: As,
}

/// What has happened since the engine was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Events observed.
    pub events: u64,
    /// Events on items that the catalog does not hold.
    pub unknown_items: u64,
    /// Slates made.
    pub slates: u64,
    /// Slates for which the model failed.
    pub model_failures: u64,
    /// Slates from a lower stage than the tier's best although there was a session.
    pub fallbacks: u64,
}

impl Counts {
    pub(super) fn add(&mut self, slates: &[Slate<'_>], recommender: &Recommender) {
        self.slates += slates.len() as u64;
        self.model_failures = recommender.model_failures();
        // A placement with evidence of its own falls back where it ends in popular items.
        let fell = |s: &&Slate<'_>| match s.source {
            Source::Popular | Source::Curated => s.events > 0,
            Source::Table => s.events > 0 && recommender.has_model(),
            _ => false,
        };
        self.fallbacks += slates.iter().filter(fell).count() as u64;
    }
}

/// What the bundle says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleInfo {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SHA-256, hex.
    pub digest: String,
    /// Size.
    pub bytes: usize,
    /// Day it was made.
    pub created_at: String,
    /// Items in the catalog.
    pub items: usize,
    /// Licence.
    pub licence: String,
    /// Who must be named.
    pub attribution: String,
    /// Figures on held-out data.
    #[serde(serialize_with = "crate::value::as_map")]
    pub metrics: Vec<(String, f64)>,
}

/// What the engine is and has done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Version of nearhand.
    pub version: &'static str,
    /// The tier in force.
    pub tier: Tier,
    /// The bundle.
    pub bundle: BundleInfo,
    /// Where the session may be kept.
    pub consent: Consent,
    /// Counters.
    pub counts: Counts,
    /// What was usual, and what was counted on its bins; where the bundle has a reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<Counted>,
}
