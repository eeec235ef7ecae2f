//! Slates of a request log, computed once more by the bundle that answered.
//!
//! `rows → session, requests → the engine of the row's tier → slates side by side → report`

mod again;
mod html;
mod row;
#[cfg(test)]
mod tests;
mod text;

use crate::files::read;
use crate::read::objects;
use crate::read::options::{BadRows, Options};
use crate::read::value::cell::short;
use crate::replay::START_MS;
use again::{Held, Kind};
use nearhand::arena::Arena;
use nearhand::{Code, Engine, Error, Result, Settings, Tier};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) use html::page;
pub(super) use text::{json, report};

/// Mismatches that are shown.
const SHOWN: usize = 20;
/// Reasons for which rows are passed over that are told apart.
const REASONS: usize = 16;

/// A slate that is not the same.
#[derive(Clone, Debug)]
struct Mismatch {
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

    fn take(&mut self, line: u64, id: &str, held: Vec<Held>) {
        for (at, Held { difference, largest, ties }) in held.into_iter().enumerate() {
            self.largest = self.largest.max(largest);
            self.ties += ties;
            if let Some(difference) = difference {
                *self.kinds.entry(difference.kind).or_default() += 1;
                if self.shown.len() < SHOWN {
                    self.shown.push(Mismatch { line, id: id.to_owned(), slate: at + 1, difference });
                }
            }
        }
    }
}

/// Opens a bundle as a page does, all of it checked and its goldens replayed; the second with the table alone, as the lite tier answers.
struct Engines {
    full: Engine,
    lite: Engine,
}

impl Engines {
    fn open(bundle: &Path, model: Option<&Path>) -> Result<Self> {
        let (bytes, second) = (read(bundle)?, model.map(read).transpose()?);
        let open = || {
            let opened = Engine::open_files(&bytes, second.as_deref(), &Settings::unbounded());
            opened.map_err(|error| error.with("bundle", bundle.display()))
        };
        let (full, mut lite) = (open()?, open()?);
        lite.recommender().drop_model();
        lite.recommender().drop_vectors();
        Ok(Self { full, lite })
    }
}

/// Computes the slates of a log anew.
///
/// # Errors
/// Whatever opening the bundle says; `io`; `data-invalid` with path, line and the way to what does not fit; `invalid-option` where rows are
/// of the full tier and the bundle's second file is not given.
pub(super) fn look(served: &Path, bundle: &Path, model: Option<&Path>, tolerance: f64, options: &Options) -> Result<Found> {
    let mut engines = Engines::open(bundle, model)?;
    let manifest = engines.full.manifest();
    let mut found = Found {
        bundle: format!("{} {}", manifest.name, manifest.version),
        digest: engines.full.info().bundle.digest,
        tolerance,
        ..Found::default()
    };
    let (mut arena, mut skipped) = (Arena::default(), 0_u64);
    let notes = objects(served, options, &mut |value, place| {
        let read = row::row(value, place, START_MS).and_then(|row| {
            let session = again::session(&row).map_err(|error| place.bad(error.message().to_owned()))?;
            Ok((row, session))
        });
        let (row, session) = match read {
            Err(_) if options.bad_rows == BadRows::Skip => {
                skipped += 1;
                return Ok(());
            }
            read => read?,
        };
        found.rows += 1;
        // The popular items, or the host's own, without an engine, and perhaps without a bundle.
        let Some(tier) = row.tier else {
            found.pass("no-engine");
            return Ok(());
        };
        if row.bundle != found.digest {
            found.other_bundle += 1;
            found.other.get_or_insert_with(|| short(&row.bundle));
            return Ok(());
        }
        if let Some(why) = row.apart.first() {
            found.pass(why);
            return Ok(());
        }
        if row.slates.iter().any(|slate| slate.failed) {
            found.pass("model-failed");
            return Ok(());
        }
        let (engine, count) = match tier {
            Tier::Full if engines.full.tier() == Tier::Full => (&mut engines.full, &mut found.full),
            Tier::Full => {
                let why = "the row is of the full tier, and the bundle has no model: name its second file with --model";
                return Err(place.bad(why).with("option", "--model"));
            }
            Tier::Lite => (&mut engines.lite, &mut found.lite),
        };
        *count += row.slates.len() as u64;
        found.compared += 1;
        found.slates += row.slates.len() as u64;
        let held = match session {
            Ok(session) => {
                arena.empty();
                again::held(engine.recommender(), &session, &row, tolerance, &arena)
            }
            Err(difference) => {
                let other = Held { difference: Some(difference), ..Held::default() };
                row.slates.iter().map(|_| other.clone()).collect()
            }
        };
        found.take(place.number, &row.id, held);
        Ok(())
    })?;
    found.notes = notes.iter().map(ToString::to_string).collect();
    if skipped > 0 {
        found.notes.push(format!("note bad-rows: {skipped} rows do not fit and were left out"));
    }
    Ok(found)
}
