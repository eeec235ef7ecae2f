//! From trained or given pieces to the bytes of a bundle.

use crate::bought;
use crate::files::{read_text, readable};
use crate::items::ItemList;
use crate::order;
use crate::sessions::SessionFile;
use crate::usual::UsualArgs;
use clap::Args;
use nearhand::bundle::{
    self, BlendSpec, CatalogSpec, FORMAT, GoldenEvent, ItemsSpec, ModelSpec, Parts, ServingSpec, SignalSpec, StoredTable,
    StoredVectors, TableSpec, Task, Training,
};
use nearhand::catalog::Catalog;
use nearhand::{Code, Error, EventKind, Manifest, Result, engine};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
    #[command(flatten)]
    pub usual: UsualArgs,
    /// The bundle to write
    #[arg(long, short)]
    pub out: PathBuf,
}

impl Label {
    /// Refuses what a manifest or a page would not take, and files that cannot be read.
    ///
    /// # Errors
    /// `invalid-option` with option, value and what is asked; `io`.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |option: &'static str, value: &str, why: &str| {
            Err(Error::new(Code::OptionInvalid, why.to_owned()).with("option", option).with("value", value))
        };
        if self.name.trim().is_empty() || self.name.len() > LONGEST_NAME {
            return refuse("--name", &self.name, &format!("a bundle's name has 1 to {LONGEST_NAME} bytes"));
        }
        if !is_day(&self.created_at) {
            return refuse("--created-at", &self.created_at, "a day is YYYY-MM-DD, as 2026-11-23");
        }
        if let Some(currency) = self.currency.as_ref().filter(|c| c.len() != 3 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            return refuse("--currency", currency, "a currency is three capital letters by ISO 4217, as EUR");
        }
        self.inputs().into_iter().try_for_each(|(option, path)| readable(option, path))
    }

    /// The files that are read.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, &Path)> {
        let files = [("--card", &self.card), ("--orders", &self.orders), ("--recent", &self.recent)];
        files.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?))).collect()
    }

    /// Reads them, once.
    pub(crate) fn beside(&self, items: &ItemList) -> Result<Beside> {
        let count = items.rows.len();
        let read = |option, path: &Option<PathBuf>| {
            path.as_ref().map(|path| SessionFile::read(option, path)?.indices(&items.by_key)).transpose()
        };
        Ok(Beside {
            card: self.card.as_ref().map(|path| read_text(path)).transpose()?.unwrap_or_default(),
            bought: read("--orders", &self.orders)?.map(|orders| bought::table(&orders, count)),
            recent: read("--recent", &self.recent)?.map(|sessions| popularity(&sessions, count)),
        })
    }
}

/// As the manifest has it.
pub(crate) const LONGEST_NAME: usize = 64;

/// Whether it is a day of the calendar as YYYY-MM-DD.
pub(crate) fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |at: usize, digits: usize| -> Option<u32> {
        parts.get(at).filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let (3, Some(year), Some(month), Some(day)) = (parts.len(), number(0, 4), number(1, 2), number(2, 2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// What a bundle holds beside model and table.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Markdown; may be empty.
    pub card: String,
    /// What was bought together.
    pub bought: Option<StoredTable>,
    /// Events an item in the newest sessions.
    pub recent: Option<Vec<u32>>,
}

/// What a bundle is made from.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub label: &'a Label,
    pub beside: &'a Beside,
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
    /// How it was made, as text.
    pub provenance: Option<String>,
    pub metrics: BTreeMap<String, f64>,
}

impl Draft<'_> {
    /// Records the goldens and writes the bundle.
    pub(crate) fn assemble(self) -> Result<Vec<u8>> {
        let (columns, present) = self.items.columns()?;
        let catalog = Catalog::new(columns)?;
        let goldens = self.goldens.iter().map(|session| session.iter().map(|i| self.golden_event(*i)).collect()).collect();
        let (spec, onnx) = self.model.unzip();
        let Beside { card, bought, recent } = self.beside;
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
            provenance: self.provenance,
            metrics: self.metrics.into_iter().collect(),
            licence: self.label.licence.clone(),
            attribution: self.label.attribution.clone(),
            card: card.clone(),
        };
        let parts = Parts {
            manifest,
            digest: String::new(),
            bytes: 0,
            catalog,
            vectors: self.vectors,
            table: self.table,
            bought: bought.clone(),
            popularity: self.popularity,
            recent: recent.clone(),
            onnx,
            golden_outputs: Vec::new(),
            reference: None,
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

/// The newest sessions that tell what is on the rise: one of so many.
const NEWEST: usize = 10;

/// Events an item in the newest tenth of the sessions. None where a tenth is no session.
pub(crate) fn recent(sessions: &[Vec<u32>], items: usize) -> Option<Vec<u32>> {
    let newest = sessions.get(sessions.len() - sessions.len() / NEWEST..).filter(|newest| !newest.is_empty())?;
    Some(popularity(newest, items))
}

/// Up to `count` sessions spread over the whole list, cut to 8 events: short, long, old and new ones.
pub(crate) fn golden_sample(sessions: &[Vec<u32>], count: usize) -> Vec<Vec<u32>> {
    let step = (sessions.len() / count.max(1)).max(1);
    sessions.iter().step_by(step).filter(|s| !s.is_empty()).take(count).map(|s| s.iter().take(8).copied().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        label: Label,
    }

    fn refused(flags: &[&str]) -> String {
        let usual = ["--out", "o", "--name", "n", "--created-at", "2026-11-23"];
        let usual = usual.chunks(2).filter(|two| two.first() != flags.first()).flatten();
        let label = Flags::try_parse_from(std::iter::once(&"test").chain(usual).chain(flags)).unwrap().label;
        label.check().map_or_else(|error| error.details()[0].1.clone(), |()| String::new())
    }

    #[test]
    fn what_a_page_would_not_take_is_refused() {
        for day in ["31.12.2026", "2026-13-01", "2026-02-29", "2026-1-1", "2026-11-23T00", "", "2026-11-00"] {
            assert_eq!(refused(&["--created-at", day]), "--created-at", "{day}");
        }
        assert_eq!(refused(&["--created-at", "2028-02-29"]), "");
        assert_eq!(
            (refused(&["--currency", "euro"]), refused(&["--currency", "eur"])),
            ("--currency".into(), "--currency".into())
        );
        assert_eq!((refused(&["--currency", "EUR"]), refused(&["--name", " "])), (String::new(), "--name".to_owned()));
        assert_eq!(refused(&["--card", "/nowhere/card.md"]), "/nowhere/card.md");
    }

    #[test]
    fn the_newest_tenth_is_on_the_rise() {
        let sessions: Vec<Vec<u32>> = (0..20).map(|i| vec![i % 3, i]).collect();
        let recent = recent(&sessions, 20).unwrap();
        assert_eq!((recent[18], recent[19], recent[0], recent[1], recent[2]), (1, 1, 1, 1, 0));
        assert!(super::recent(&sessions[..4], 20).is_none());
    }
}
