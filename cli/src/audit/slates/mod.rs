//! Two recommenders: the slates of both for the same sessions.

mod ask;
mod baseline;
mod catalog;
mod items;
mod moments;
mod notes;
mod pairs;
mod segments;
mod shown;
#[cfg(test)]
mod tests;
mod told;
mod who;

use super::report::Report;
use crate::files::read;
use crate::replay::{From, START_MS};
use ask::ask;
use baseline::Usual;
use items::Items;
use moments::Moments;
use nearhand::bundle::{self, Limits, Manifest, StoredTable};
use nearhand::{Code, Consent, Engine, Error, Event, Request, Result, Settings};
use nearhand_monitor::overlap_at;
use pairs::Pairs;
use std::path::Path;
use told::Both;

/// Items, categories and fields that a table tells of.
const ROWS: usize = 20;
/// Sessions that are told whole.
const SESSIONS: usize = 10;

/// What is asked for.
pub(super) struct Asking<'a> {
    /// Where sessions come from; without it they are made of the old bundle's own items.
    pub from: Option<From<'a>>,
    /// Length of the slates.
    pub k: usize,
    /// Most sessions.
    pub limit: usize,
}

/// One bundle.
pub(super) struct Bundle {
    pub engine: Engine,
    /// Training events an item.
    pub popularity: Vec<u32>,
    pub table: Option<StoredTable>,
    /// Of its one or two files.
    pub bytes: usize,
}

impl Bundle {
    /// Opens a bundle, and replays its goldens.
    ///
    /// # Errors
    /// `io` and whatever opening says; `invalid-option` where the bundle is in two files and `model`, the second one's path, is not given.
    pub(super) fn open(option: &'static str, path: &Path, bytes: &[u8], model: Option<&Path>) -> Result<Self> {
        let of = |error: Error| error.with("bundle", path.display());
        let parts = bundle::open(bytes, None, &Limits::none()).map_err(of)?;
        let second = model.map(read).transpose()?;
        if let (Some(spec), None) = (&parts.manifest.model_file, &second) {
            let why = "the bundle is the first file of two: name the second one, which `split` wrote beside it";
            return Err(of(Error::new(Code::OptionInvalid, why).with("option", option).with("second_bytes", spec.bytes)));
        }
        let settings = Settings { consent: Consent::Memory, ..Settings::unbounded() };
        let engine = Engine::open_files(bytes, second.as_deref(), &settings).map_err(of)?;
        let size = bytes.len() + second.map_or(0, |second| second.len());
        Ok(Self { engine, popularity: parts.popularity, table: parts.table, bytes: size })
    }

    /// Whether these bytes are the first file of a bundle in two.
    pub(super) fn in_two(bytes: &[u8]) -> bool {
        bundle::open(bytes, None, &Limits::none()).is_ok_and(|parts| parts.manifest.model_file.is_some())
    }

    /// Name and version.
    fn name(&self) -> String {
        let manifest = self.engine.manifest();
        format!("{} {}", manifest.name, manifest.version)
    }
}

/// Holds two bundles beside each other, and beside what is usual between the old one and each of the baselines.
///
/// # Errors
/// As the log's reader; `item-unknown` where the sessions are another shop's, or the bundles have no item in common.
pub(super) fn audit(mut old: Bundle, mut new: Bundle, baselines: Vec<Bundle>, asking: &Asking<'_>) -> Result<Report> {
    let items = Items::new(old.engine.catalog(), new.engine.catalog());
    if items.common() == 0 {
        let id = |at: usize| items.ids.get(at).map(String::as_str).unwrap_or_default();
        return Err(Error::new(
            Code::ItemUnknown,
            "the bundles have no item in common: they are of two shops, or their ids are written otherwise",
        )
        .with("old", id(0))
        .with("new", id(items.old)));
    }
    let moments = Moments::read(asking, &old, &items)?;
    let (ours, theirs) = std::thread::scope(|scope| {
        let (items, moments) = (&items, &moments);
        let (old, new) = (&mut old, &mut new);
        let other = scope.spawn(move || ask(old, moments, asking.k, |at| at));
        let theirs = ask(new, moments, asking.k, |at| items.of_new.get(at as usize).copied().unwrap_or(u32::MAX));
        (other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), theirs)
    });
    let (ours, theirs) = (ours?, theirs?);
    let pairs = Pairs::of(&moments, &ours, &theirs, asking.k);
    let usual = |mut baseline: Bundle| Usual::of(&mut baseline, &items, &moments, &ours, asking);
    let all = baselines.into_iter().map(usual).collect::<Result<Vec<_>>>()?;
    let usual = Usual::farthest(&all);
    let canary = canary(old.engine.manifest(), &mut new.engine)?;
    Ok(Both { old: &old, new: &new, ours: &ours, theirs: &theirs, items: &items, moments: &moments, pairs: &pairs, usual }
        .report(asking.k, canary))
}

/// What the new bundle answers to the sessions that the old one was proved by: how many there are, and the mean share of the recorded
/// items that it has too.
fn canary(manifest: &Manifest, new: &mut Engine) -> Result<Option<(usize, f64)>> {
    let mut sum = 0.0;
    for golden in &manifest.goldens {
        let recorded = if golden.full.is_empty() { &golden.lite } else { &golden.full };
        let mut now = START_MS;
        new.anew();
        for event in &golden.events {
            now += u64::from(event.gap_ms);
            let dwell_ms = (event.dwell_ms > 0).then_some(event.dwell_ms);
            new.observe(&Event { kind: event.kind, item: event.item.clone(), at_ms: None, dwell_ms, quantity: None }, now)?;
        }
        let mut request = Request { k: recorded.len().clamp(1, 100), ..Request::default() };
        request.exclude.clear();
        let slate = new.recommend(&request, now)?;
        let found: Vec<&str> = slate.items.iter().map(|item| item.row.item).collect();
        sum += overlap_at(&recorded.iter().map(String::as_str).collect::<Vec<_>>(), &found, recorded.len());
    }
    let count = manifest.goldens.len();
    Ok((count > 0).then(|| (count, sum / count as f64)))
}
