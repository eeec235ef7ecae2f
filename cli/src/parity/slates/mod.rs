//! Slates of a request log, computed once more by the bundle that answered.
//!
//! `rows → those that are no repeats → session, requests → the engine of the row's tier → slates side by side → report`

mod again;
mod engines;
mod explained;
mod html;
mod repeats;
mod row;
#[cfg(test)]
mod tests;
mod text;

use crate::read::objects;
use crate::read::options::{BadRows, Options};
use crate::read::value::cell::{Place, short};
use crate::replay::START_MS;
use again::{Held, Kind};
use engines::{Engines, Fed};
use nearhand::arena::Arena;
use nearhand::value::Value;
use nearhand::{Code, Error, Result, SessionState, Tier};
use repeats::{Before, Repeats};
use row::Row;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) use html::page;
pub(super) use text::{json, report};

/// Mismatches that are shown.
const SHOWN: usize = 20;
/// Reasons for which rows are passed over that are told apart.
const REASONS: usize = 16;

/// A slate that is not the same.
#[derive(Clone, Debug)]
struct Mismatch {
    /// The file, as it is read; and below what was named, where that is a folder, else nothing.
    path: PathBuf,
    within: Option<PathBuf>,
    line: u64,
    id: String,
    /// Which of the row's, from 1.
    slate: usize,
    difference: again::Difference,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Name, version and digest of the bundle.
    bundle: String,
    digest: String,
    /// Rows, those that were computed anew, and their slates, all and by tier.
    rows: u64,
    compared: u64,
    slates: u64,
    lite: u64,
    full: u64,
    /// Slates that are not the same, by kind.
    kinds: BTreeMap<Kind, u64>,
    /// The largest difference of a score, of its slate's best.
    largest: f64,
    ties: u64,
    /// Rows that were there before, of them those without an id; and rows that differ from another one of their id.
    repeated: u64,
    unnamed: u64,
    other_of_id: u64,
    /// Feeds, and how many rows are the same by the bundle's own catalog and after each.
    feeds: Vec<Fed>,
    by_feed: Vec<u64>,
    /// Rows that another bundle has answered, and the first such bundle.
    other_bundle: u64,
    other: Option<String>,
    /// Rows that are passed over, by why.
    apart: BTreeMap<String, u64>,
    shown: Vec<Mismatch>,
    tolerance: f64,
    notes: Vec<String>,
}

impl Found {
    fn mismatches(&self) -> u64 {
        self.kinds.values().sum()
    }

    fn count(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }

    /// Whether it is as it should be: no more mismatches, and rows of other bundles, than are let pass.
    ///
    /// # Errors
    /// `data-invalid` beyond that, and where nothing was compared.
    pub(super) fn verdict(&self, max_mismatches: u64, max_missing: u64) -> Result<()> {
        let why = if self.other_bundle > max_missing {
            "rows were answered by another bundle: compare each with its own"
        } else if self.slates == 0 {
            "no slate could be computed anew"
        } else if self.mismatches() > max_mismatches && self.mismatches() == self.count(Kind::Catalog) {
            "served slates are of another catalog than the bundle's: tell the log of feeds (fed) or name them with --feed; or ids are wrong"
        } else if self.mismatches() > max_mismatches {
            "served slates are not those that the bundle gives"
        } else {
            return Ok(());
        };
        Err(Error::new(Code::DataInvalid, why)
            .with("slates", self.slates)
            .with("mismatches", self.mismatches())
            .with("other_bundle", self.other_bundle))
    }

    fn pass(&mut self, why: &str) {
        let why = if self.apart.contains_key(why) || self.apart.len() < REASONS { short(why) } else { "others".to_owned() };
        *self.apart.entry(why).or_default() += 1;
    }

    fn take(&mut self, place: &Place<'_>, within: Option<&Path>, id: &str, held: Vec<Held>) {
        for (at, Held { difference, largest, ties }) in held.into_iter().enumerate() {
            self.largest = self.largest.max(largest);
            self.ties += ties;
            if let Some(difference) = difference {
                *self.kinds.entry(difference.kind).or_default() += 1;
                if self.shown.len() < SHOWN {
                    let (path, within) = (place.path.to_owned(), within.map(Path::to_owned));
                    self.shown.push(Mismatch { path, within, line: place.number, id: id.to_owned(), slate: at + 1, difference });
                }
            }
        }
    }

    /// Whether a row has come before; if it has, it is not compared once more.
    fn has(&mut self, value: &Value, row: &Row, repeats: &mut Repeats) -> bool {
        let before = repeats.take(value, &row.id);
        self.repeated += u64::from(before == Before::Repeated);
        self.unnamed += u64::from(before == Before::Repeated && row.id.is_empty());
        self.other_of_id += u64::from(before == Before::OtherOfId);
        before == Before::Repeated
    }

    /// Why a row is not computed anew, if it is not.
    fn passed(&mut self, row: &Row) -> bool {
        let why = if row.tier.is_none() {
            // The popular items, or the host's own, without an engine, and perhaps without a bundle.
            "no-engine"
        } else if row.bundle != self.digest {
            self.other_bundle += 1;
            self.other.get_or_insert_with(|| short(&row.bundle));
            return true;
        } else if let Some(why) = row.apart.iter().find(|why| *why != "fed" || self.feeds.is_empty()) {
            why
        } else if row.slates.iter().any(|slate| slate.failed) {
            "model-failed"
        } else {
            return false;
        };
        self.pass(why);
        true
    }
}

/// What is asked of all rows.
pub(super) struct Asked<'a> {
    pub served: &'a Path,
    pub bundle: &'a Path,
    /// The bundle's second file, where it is in two.
    pub model: Option<&'a Path>,
    /// What `updateCatalog` was given, in order.
    pub feeds: &'a [PathBuf],
    pub tolerance: f64,
}

/// Computes the slates of a log anew.
///
/// # Errors
/// Whatever opening the bundle says; `io`; `data-invalid` with path, line and the way to what does not fit; `invalid-option` where rows are
/// of the full tier and the bundle's second file is not given.
pub(super) fn look(asked: &Asked<'_>, options: &Options) -> Result<Found> {
    let Asked { served, bundle, model, feeds, tolerance } = *asked;
    let (mut engines, fed) = Engines::all(bundle, model, feeds)?;
    let Some(full) = engines.first().map(|engines| &engines.full) else { return Ok(Found::default()) };
    let (manifest, has_model) = (full.manifest(), full.tier() == Tier::Full);
    let mut found = Found {
        bundle: format!("{} {}", manifest.name, manifest.version),
        digest: full.info().bundle.digest,
        by_feed: vec![0; engines.len()],
        feeds: fed,
        tolerance,
        ..Found::default()
    };
    let (mut arena, mut repeats, mut newest) = (Arena::default(), Repeats::default(), 0);
    let (mut skipped, mut first) = (0_u64, None);
    let notes = objects(served, options, &mut |value, place| {
        let read = row::row(value, place, START_MS).and_then(|row| {
            let Some(row) = row else { return Ok(None) };
            let session = again::session(&row).map_err(|error| place.bad(error.message().to_owned()))?;
            Ok(Some((row, session)))
        });
        let read = match read {
            Err(error) if options.bad_rows == BadRows::Skip => {
                skipped += 1;
                first.get_or_insert(error);
                return Ok(());
            }
            read => read?,
        };
        let Some((row, session)) = read else {
            found.rows += 1;
            found.pass("assess");
            return Ok(());
        };
        if found.has(value, &row, &mut repeats) {
            return Ok(());
        }
        found.rows += 1;
        if found.passed(&row) {
            return Ok(());
        }
        let slates = row.slates.len() as u64;
        match row.tier {
            Some(Tier::Full) if !has_model => {
                let why = "the row is of the full tier, and the bundle has no model: name its second file with --model";
                return Err(place.bad(why).with("option", "--model"));
            }
            Some(Tier::Full) => found.full += slates,
            _ => found.lite += slates,
        }
        found.compared += 1;
        found.slates += slates;
        let held = match session {
            Ok(session) => {
                let (at, held) = again(&mut engines, newest, &session, &row, tolerance, &mut arena)?;
                if held.iter().all(|held| held.difference.is_none()) {
                    newest = at;
                    found.by_feed.get_mut(at).into_iter().for_each(|rows| *rows += 1);
                }
                held
            }
            Err(difference) => {
                let other = Held { difference: Some(difference), ..Held::default() };
                row.slates.iter().map(|_| other.clone()).collect()
            }
        };
        found.take(
            place,
            place.path.strip_prefix(served).ok().or(Some(place.path)).filter(|_| place.path != served),
            &row.id,
            held,
        );
        Ok(())
    })?;
    found.notes = notes.iter().map(ToString::to_string).collect();
    if let Some(first) = first {
        found.notes.push(format!(
            "note bad-rows: {skipped} rows do not fit and were left out (the first: {})",
            short(&first.to_string())
        ));
    }
    Ok(found)
}

/// A row computed anew by the catalog that was right for the last one, and by all others where it is not the same by that: rows do not say
/// which feeds had reached their page. Gives which it was, or which is nearest.
fn again(
    engines: &mut [Engines],
    first: usize,
    session: &SessionState,
    row: &Row,
    tolerance: f64,
    arena: &mut Arena,
) -> Result<(usize, Vec<Held>)> {
    let tier = row.tier.unwrap_or(Tier::Lite);
    let mut nearest: Option<(usize, usize, Vec<Held>)> = None;
    for at in [first].into_iter().chain((0..engines.len()).rev().filter(|at| *at != first)) {
        let Some(engine) = engines.get_mut(at).map(|engines| engines.of(tier)) else { continue };
        engine.replay_due(row.slates.len())?;
        arena.empty();
        let held = again::held(engine.recommender(), session, row, tolerance, arena);
        let others = held.iter().filter(|held| held.difference.is_some()).count();
        if nearest.as_ref().is_none_or(|(_, least, _)| others < *least) {
            nearest = Some((at, others, held));
        }
        if others == 0 {
            break;
        }
    }
    let (at, _, mut held) = nearest.unwrap_or_default();
    if let Some(engines) = engines.get_mut(at) {
        explained::by_catalog(engines.of(tier).recommender(), session, row, tolerance, &mut held);
    }
    Ok((at, held))
}
