//! From trained or given pieces to the bytes of a bundle.

use crate::bought;
use crate::files::read_text;
use crate::items::ItemList;
use crate::order;
use crate::sessions::read_sessions;
use clap::Args;
use nearhand::bundle::{
    self, BlendSpec, CatalogSpec, FORMAT, GoldenEvent, ItemsSpec, ModelSpec, Parts, ServingSpec, SignalSpec, StoredTable,
    StoredVectors, TableSpec, Task, Training,
};
use nearhand::catalog::Catalog;
use nearhand::{EventKind, Manifest, Result, engine};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a bundle says of itself, and where it goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Label {
    /// Name of the bundle
    #[arg(long)]
    pub name: String,
    /// Version of the bundle
    #[arg(long, default_value = "1")]
    pub version: String,
    /// Day the bundle was made, YYYY-MM-DD
    #[arg(long)]
    pub created_at: String,
    /// ISO 4217 code of prices
    #[arg(long)]
    pub currency: Option<String>,
    /// Licence of model and data
    #[arg(long, default_value = "unstated")]
    pub licence: String,
    /// Who must be named
    #[arg(long, default_value = "")]
    pub attribution: String,
    /// Model card, Markdown
    #[arg(long)]
    pub card: Option<PathBuf>,
    /// Orders in plain text, one a line, item keys separated by spaces: they make the table of what was bought together
    #[arg(long)]
    pub orders: Option<PathBuf>,
    /// The newest sessions, some tenth of them, in plain text: they tell what is on the rise
    #[arg(long)]
    pub recent: Option<PathBuf>,
    /// The bundle to write
    #[arg(long, short)]
    pub out: PathBuf,
}

impl Label {
    /// The model card's text; empty without a card.
    pub(crate) fn card_text(&self) -> Result<String> {
        Ok(self.card.as_ref().map(|path| read_text(path)).transpose()?.unwrap_or_default())
    }
}

/// What a bundle is made from.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub label: &'a Label,
    pub items: &'a ItemList,
    pub popularity: Vec<u32>,
    pub vectors: Option<StoredVectors>,
    pub table: Option<StoredTable>,
    pub model: Option<(ModelSpec, Vec<u8>)>,
    pub blend: BlendSpec,
    /// How much an event says.
    pub signals: SignalSpec,
    /// Sessions to record as goldens, item indices oldest first.
    pub goldens: Vec<Vec<u32>>,
    pub training: Option<Training>,
    pub metrics: BTreeMap<String, f64>,
}

impl Draft<'_> {
    /// Records the goldens and writes the bundle.
    pub(crate) fn assemble(self) -> Result<Vec<u8>> {
        let (columns, present) = self.items.columns()?;
        let catalog = Catalog::new(columns)?;
        let goldens = self.goldens.iter().map(|session| session.iter().map(|i| self.golden_event(*i)).collect()).collect();
        let (spec, onnx) = self.model.unzip();
        let read = |path: &Option<PathBuf>| path.as_ref().map(|p| read_sessions(p, &self.items.by_key)).transpose();
        let bought = read(&self.label.orders)?.map(|orders| bought::table(&orders, catalog.base_len()));
        let recent = read(&self.label.recent)?.map(|sessions| popularity(&sessions, catalog.base_len()));
        let serving = ServingSpec {
            bought: bought.as_ref().map(|t| TableSpec { successors: t.successors }),
            recent: recent.is_some(),
            signals: self.signals,
        };
        let manifest = Manifest {
            sha256: String::new(),
            format: FORMAT,
            task: Task::Recommend,
            name: self.label.name.clone(),
            version: self.label.version.clone(),
            created_at: self.label.created_at.clone(),
            catalog: CatalogSpec { items: catalog.base_len(), columns: present, currency: self.label.currency.clone() },
            model: spec,
            items: self.vectors.as_ref().map(|v| ItemsSpec { dim: v.dim }),
            table: self.table.as_ref().map(|t| TableSpec { successors: t.successors }),
            model_file: None,
            blend: self.blend,
            serving,
            goldens: Vec::new(),
            training: self.training,
            metrics: self.metrics.into_iter().collect(),
            licence: self.label.licence.clone(),
            attribution: self.label.attribution.clone(),
            card: self.label.card_text()?,
        };
        let parts = Parts {
            manifest,
            digest: String::new(),
            bytes: 0,
            catalog,
            vectors: self.vectors,
            table: self.table,
            bought,
            popularity: self.popularity,
            recent,
            onnx,
            golden_outputs: Vec::new(),
        };
        bundle::write(&engine::record_goldens(order::by_likeness(parts)?, goldens)?)
    }

    fn golden_event(&self, index: u32) -> GoldenEvent {
        let item = self.items.rows.get(index as usize).map(|r| r.item.clone()).unwrap_or_default();
        GoldenEvent { kind: EventKind::View, item, gap_ms: 1000, dwell_ms: 0 }
    }
}

/// Events an item in the sessions.
pub(crate) fn popularity(sessions: &[Vec<u32>], items: usize) -> Vec<u32> {
    let mut counts = vec![0_u32; items];
    for count in sessions.iter().flatten().filter_map(|i| usize::try_from(*i).ok()) {
        if let Some(slot) = counts.get_mut(count) {
            *slot = slot.saturating_add(1);
        }
    }
    counts
}

/// Up to `count` sessions spread over the whole list, cut to 8 events: short, long, old and new ones.
pub(crate) fn golden_sample(sessions: &[Vec<u32>], count: usize) -> Vec<Vec<u32>> {
    let step = (sessions.len() / count.max(1)).max(1);
    sessions.iter().step_by(step).filter(|s| !s.is_empty()).take(count).map(|s| s.iter().take(8).copied().collect()).collect()
}
