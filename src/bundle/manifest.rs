//! The manifest: what the bundle holds and how a session becomes the model's inputs. Read in [`super::decode`].

use crate::error::{Code, Error, Result};
use crate::event::EventKind;
use serde::Serialize;

/// The manifest format this build reads and writes.
pub const FORMAT: u32 = 1;

/// What the bundle is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Session to slate.
    Recommend,
}

/// The manifest. Field order matters for the first one alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// Digest of the file, hex; see [`super::verify_digest`]. Always the first field.
    pub sha256: String,
    /// [`FORMAT`].
    pub format: u32,
    /// What it is for.
    pub task: Task,
    /// Short name, used for storage keys.
    pub name: String,
    /// Version of the bundle, the packer's choice.
    pub version: String,
    /// Day it was made, `YYYY-MM-DD`.
    pub created_at: String,
    /// The catalog's columns.
    pub catalog: CatalogSpec,
    /// The ONNX graph, if any.
    pub model: Option<ModelSpec>,
    /// The item vectors, if any.
    pub items: Option<ItemsSpec>,
    /// The transition table, if any.
    pub table: Option<TableSpec>,
    /// The file that holds graph and vectors, when they are not in this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_file: Option<ModelFileSpec>,
    /// How the parts become one score.
    pub blend: BlendSpec,
    /// Further evidence for placements, and how events weigh. Absent where a bundle has none and keeps the defaults.
    #[serde(skip_serializing_if = "ServingSpec::is_default")]
    pub serving: ServingSpec,
    /// Recorded sessions replayed at load.
    pub goldens: Vec<Golden>,
    /// Where it comes from.
    pub training: Option<Training>,
    /// How it was made, whole: command, inputs with their digests, time range, settings and trials. The packer's own text,
    /// which no page reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
    /// Figures measured on held-out data.
    #[serde(serialize_with = "crate::value::as_map")]
    pub metrics: Vec<(String, f64)>,
    /// SPDX expression or name of the licence.
    pub licence: String,
    /// Who must be named.
    pub attribution: String,
    /// Model card, Markdown.
    pub card: String,
}

/// The catalog in the bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CatalogSpec {
    /// Number of items.
    pub items: usize,
    /// Columns present besides ids and titles: `price category brand image url stock group`.
    pub columns: Vec<String>,
    /// ISO 4217 code of prices.
    pub currency: Option<String>,
}

/// An ONNX graph and its interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelSpec {
    /// Inputs, each filled from the session by one feature.
    pub inputs: Vec<InputSpec>,
    /// The output that is read.
    pub output: OutputSpec,
    /// The engine that the graph needs, where it is not that of the full tier. Absent else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<GraphEngine>,
}

/// An engine for graphs with operators that the full tier's does not have, in a build of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphEngine {
    /// tract-onnx.
    Tract,
}

/// One named model input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputSpec {
    /// Name in the graph.
    pub name: String,
    /// What fills it.
    pub feature: Feature,
    /// Fixed shape: the window length last (before the vector for `item-vector`), ones before it.
    pub shape: Vec<usize>,
    /// `f32` or `i64`.
    pub dtype: String,
    /// Where the newest event stands when the session is shorter than the window.
    pub align: Align,
}

/// Which end of the window holds the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    /// Events first, padding after.
    Left,
    /// Padding first, the newest event last.
    Right,
}

/// What an input holds, one value (or vector) an event of the window, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// The item's vector in float form; zeros as padding.
    ItemVector,
    /// The item's index plus `offset`; `pad` as padding.
    ItemIndex {
        /// Added to the index.
        offset: i64,
        /// Where there is no event.
        pad: i64,
    },
    /// 1 where there is an event, 0 else.
    Mask,
    /// Number of events in the window; shape `[]`, `[1]` or `[1, 1]`.
    Length,
    /// 0 for the newest, 1 for the one before, …; 0 as padding.
    Recency,
    /// ln(1 + dwell in seconds), 0 when not measured.
    DwellLog,
    /// ln(1 + seconds since the event before), 0 for the first.
    GapLog,
    /// Event kind code, see [`EventKind::code`]; 0 as padding.
    Kind,
    /// ln(1 + price), 0 when unknown.
    PriceLog,
}

/// The model output that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputSpec {
    /// Name in the graph.
    pub name: String,
    /// What it means.
    pub kind: OutputKind,
    /// Values read: the vector's dimension for a query, items (plus `offset`) for logits.
    pub width: usize,
    /// Logits before the first item (a padding row), 0 for a query.
    pub offset: usize,
}

/// What a model answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// A vector to be compared with the item vectors by dot product.
    Query,
    /// One score an item.
    Logits,
}

/// Item vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemsSpec {
    /// Values a row.
    pub dim: usize,
}

/// The second file of a bundle in two: what the full tier needs and the lite tier does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelFileSpec {
    /// SHA-256 of the whole file, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
}

/// The transition table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableSpec {
    /// Places a row.
    pub successors: usize,
}

/// How the parts become one score; see `recommend::score`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BlendSpec {
    /// Session items that vote through the table: 1 to 50.
    pub last: usize,
    /// Decay of a vote with position, in positions: exp(−p / lambda). Above 0.
    pub lambda: f32,
    /// Weight of the table part.
    pub table: f32,
    /// Weight of "is in the session" with a model; below 0 where visitors rarely come back to an item.
    pub repeat: f32,
    /// Decay of the repeat part in positions; 0 is none.
    pub repeat_lambda: f32,
    /// Weight of the model part.
    pub model: f32,
    /// Temperature of the model part. Above 0.
    pub temperature: f32,
    /// Weight of "is in the session" in the lite tier, where there is no model part.
    pub lite_repeat: f32,
    /// Decay of the lite tier's repeat part; 0 is none.
    pub lite_repeat_lambda: f32,
}

/// Evidence beside the table, and the weights of events.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServingSpec {
    /// The table of what was bought together; the main table is then one of views.
    pub bought: Option<TableSpec>,
    /// Whether the part `items.recent` is there: events an item in the newest tenth of the training sessions.
    pub recent: bool,
    /// How much an event says.
    pub signals: SignalSpec,
}

impl ServingSpec {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How much an event of a session says: its vote in the tables is
///
/// ```text
/// weight = kind · dwell · 2^(−gap / half_life_s)
/// kind   = view, search_click, cart_add or purchase
/// dwell  = clamp(log2(1 + dwell_s / dwell_ref_s), dwell_min, dwell_max) for a view of measured dwell, else 1
/// gap    = seconds from the event to the newest one, beyond five minutes: the pace of a visit is told by positions
/// ```
/// The defaults are set by hand, for what a log tells too little of; training fits the others (docs/training.md).
/// A view of 10 s, the newest event, weighs 1: 30 s weigh 2, a glance 0.5, a cart of four hours ago as much as a view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SignalSpec {
    /// A view. Default 1.
    pub view: f32,
    /// A click on a search result. Default 1.2: it was looked for.
    pub search_click: f32,
    /// Put into the cart. Default 2.
    pub cart_add: f32,
    /// Bought. Default 1.5: strong, but the wish is met.
    pub purchase: f32,
    /// The dwell that weighs 1, seconds. Default 10.
    pub dwell_ref_s: f32,
    /// What a glance weighs at least. Default 0.5.
    pub dwell_min: f32,
    /// What the longest look weighs at most. Default 2.
    pub dwell_max: f32,
    /// The gap after which an event weighs half, seconds. Default 14 400 (4 h).
    pub half_life_s: f32,
    /// What a dismissed item takes from those it votes for, 0 to 1: their score · (1 − dismiss · w). Default 0.5.
    pub dismiss: f32,
}

impl Default for SignalSpec {
    fn default() -> Self {
        Self {
            view: 1.0,
            search_click: 1.2,
            cart_add: 2.0,
            purchase: 1.5,
            dwell_ref_s: 10.0,
            dwell_min: 0.5,
            dwell_max: 2.0,
            half_life_s: 14_400.0,
            dismiss: 0.5,
        }
    }
}

impl SignalSpec {
    /// Whether the weights are in range: kinds and dwell 0 to 100, the least dwell not above the most, reference and
    /// half-life above 0, the dismissal 0 to 1.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let weights = [self.view, self.search_click, self.cart_add, self.purchase, self.dwell_min, self.dwell_max];
        weights.iter().all(|w| (0.0..=100.0).contains(w))
            && self.dwell_min <= self.dwell_max
            && above_zero(self.dwell_ref_s)
            && above_zero(self.half_life_s)
            && (0.0..=1.0).contains(&self.dismiss)
    }
}

impl Default for BlendSpec {
    fn default() -> Self {
        Self {
            last: 12,
            lambda: 3.0,
            table: 1.0,
            repeat: 0.0,
            repeat_lambda: 0.0,
            model: 1.0,
            temperature: 0.2,
            lite_repeat: 0.0,
            lite_repeat_lambda: 0.0,
        }
    }
}

/// A recorded session and its answers. The model's outputs stand in the part `golden.query`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Golden {
    /// The session, oldest first.
    pub events: Vec<GoldenEvent>,
    /// Ids of the best items by the full tier, nothing excluded.
    pub full: Vec<String>,
    /// Ids of the best items by the lite tier, nothing excluded.
    pub lite: Vec<String>,
}

/// One event of a golden session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoldenEvent {
    /// What happened.
    pub kind: EventKind,
    /// The item.
    pub item: String,
    /// Milliseconds since the event before.
    pub gap_ms: u32,
    /// Dwell, 0 when not measured.
    pub dwell_ms: u32,
}

/// Where a trained bundle comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Training {
    /// Name of the data.
    pub data: String,
    /// Sessions.
    pub sessions: u64,
    /// Events.
    pub events: u64,
    /// Seed.
    pub seed: u64,
    /// Encoder, in words.
    pub encoder: String,
}

/// Goldens of a bundle: all are replayed at load.
const MAX_GOLDENS: usize = 64;
/// Figures of a bundle: all are told by `info`; and events of a golden.
const MAX_METRICS: usize = 1_000;
/// Columns, inputs of a model, items of a golden: more than there are kinds of, or places recorded.
const MAX_NAMED: usize = 64;

impl Manifest {
    pub(super) fn check(&self) -> Result<()> {
        let longest = |list: &dyn Fn(&Golden) -> usize| self.goldens.iter().map(list).max().unwrap_or(0);
        for (field, count, limit) in [
            ("goldens", self.goldens.len(), MAX_GOLDENS),
            ("goldens.events", longest(&|g| g.events.len()), MAX_METRICS),
            ("goldens.full", longest(&|g| g.full.len()), MAX_NAMED),
            ("goldens.lite", longest(&|g| g.lite.len()), MAX_NAMED),
            ("metrics", self.metrics.len(), MAX_METRICS),
            ("catalog.columns", self.catalog.columns.len(), MAX_NAMED),
            ("model.inputs", self.model.as_ref().map_or(0, |model| model.inputs.len()), MAX_NAMED),
        ] {
            if count > limit {
                return Err(Error::new(Code::ManifestInvalid, "a list of the manifest is longer than the limit")
                    .with("field", field)
                    .with("count", count)
                    .with("limit", limit));
            }
        }
        let bad =
            |field: &'static str| Err(Error::new(Code::ManifestInvalid, "a manifest field is out of range").with("field", field));
        let b = &self.blend;
        let weights = [b.table, b.repeat_lambda, b.model, b.lite_repeat_lambda];
        if weights.iter().any(|w| !w.is_finite() || *w < 0.0) || !b.repeat.is_finite() || !b.lite_repeat.is_finite() {
            return bad("blend");
        }
        if !(1..=crate::session::MAX_EVENTS).contains(&b.last) || !above_zero(b.lambda) || !above_zero(b.temperature) {
            return bad("blend.last, lambda or temperature");
        }
        if self.name.is_empty() || self.name.len() > 64 || self.catalog.items == 0 {
            return bad("name or catalog.items");
        }
        if !self.serving.signals.is_sound() {
            return bad("serving.signals");
        }
        if self.metrics.iter().any(|(_, v)| !v.is_finite()) {
            return bad("metrics");
        }
        match &self.model {
            Some(model)
                if model.output.kind == OutputKind::Query && self.items.as_ref().map(|i| i.dim) != Some(model.output.width) =>
            {
                bad("model.output.width: a query needs item vectors of the same width")
            }
            Some(model)
                if model.output.kind == OutputKind::Logits
                    && Some(model.output.width) != self.catalog.items.checked_add(model.output.offset) =>
            {
                bad("model.output.width: logits need one value an item")
            }
            Some(_) if self.goldens.is_empty() => bad("goldens: a model needs at least one"),
            None if self.table.is_none() => bad("model or table: one is needed"),
            _ => Ok(()),
        }
    }
}

fn above_zero(value: f32) -> bool {
    value.is_finite() && value > 0.0
}
