//! Two assessors: what both decide about the same transactions.

mod judge;
mod told;

use super::declared;
use super::report::{Cell, Report};
use crate::assess::table::{ColumnArgs, FieldArgs};
use crate::read::options::ReadArgs;
use crate::read::value::cell::short;
use judge::Judged;
use nearhand::assess::Assessor;
use nearhand::{Error, Result};
use nearhand_monitor::Decided;
use std::path::Path;

/// What is asked for.
pub(super) struct Asking<'a> {
    /// The transactions; without a table the goldens of the old bundle.
    pub rows: Option<&'a Path>,
    pub columns: &'a ColumnArgs,
    pub fields: &'a FieldArgs,
    pub read: &'a ReadArgs,
    pub label: Option<&'a str>,
    pub id: Option<&'a str>,
}

/// One bundle.
pub(super) struct Bundle<'a> {
    pub bytes: &'a [u8],
    pub assessor: Assessor,
}

impl<'a> Bundle<'a> {
    /// Opens a bundle, and replays its goldens.
    ///
    /// # Errors
    /// As [`Assessor::open`].
    pub(super) fn open(path: &Path, bytes: &'a [u8]) -> Result<Self> {
        let of = |error: Error| error.with("bundle", path.display());
        Ok(Self { bytes, assessor: Assessor::open(bytes, None, usize::MAX).map_err(of)? })
    }

    fn name(&self) -> String {
        let manifest = self.assessor.manifest();
        format!("{} {}", manifest.name, manifest.version)
    }
}

/// Holds two bundles beside each other.
///
/// # Errors
/// As the table's reader; `schema-mismatch` where the table lacks what either bundle declares; `data-invalid` where no transaction is judged by
/// both.
pub(super) fn audit(mut old: Bundle<'_>, mut new: Bundle<'_>, asking: &Asking<'_>) -> Result<Report> {
    let judged = Judged::of(&mut old, &mut new, asking)?;
    let (declared, mut notes) = declared::differences(old.assessor.manifest(), new.assessor.manifest());
    if asking.rows.is_none() {
        let what = "no table was given: the transactions are the goldens of the old bundle. --in TABLE asks with others";
        notes.insert(0, ("goldens", what.to_owned()));
    }
    let (was, is) = (old.assessor.manifest(), new.assessor.manifest());
    if is.created_at < was.created_at {
        let what =
            format!("the new bundle was made on {}, before the old one on {}", short(&is.created_at), short(&was.created_at));
        notes.push(("older", what));
    }
    notes.extend(judged.failing());
    notes.extend(judged.rates());
    notes.extend(judged.refused());
    notes.extend(judged.mixed());
    let (all, flipped, money) = judged.pairs.flips();
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
    let (changed, moved) = (share(flipped as f64, all as f64), share(money, judged.money));
    let harder = judged.flips(|old, new| new as usize > old as usize);
    let flips_to = |to: Decided| Cell::Count(judged.flips(|old, new| old != new && new == to));
    let verdict = vec![
        ("rows", Cell::Count(all)),
        ("agreement", Cell::Share(1.0 - changed)),
        ("flipped", Cell::Count(flipped)),
        ("harder", Cell::Count(harder)),
        ("milder", Cell::Count(flipped - harder)),
        ("to_review", flips_to(Decided::Review)),
        ("to_decline", flips_to(Decided::Decline)),
        ("to_approve", flips_to(Decided::Approve)),
        ("money_flipped", Cell::Share(moved)),
        ("risk_difference", Cell::Number(judged.risk_difference())),
        ("rows_of", if asking.rows.is_some() { "the-table".into() } else { "the-goldens".into() }),
    ];
    let measures = vec![
        ("changed", changed),
        ("money", moved),
        ("harder", share(harder as f64, all as f64)),
        ("milder", share((flipped - harder) as f64, all as f64)),
        ("risk_difference", judged.risk_difference()),
        ("refused", share(judged.refusals[1] as f64, judged.asked as f64)),
        ("failed", judged.shares(|answer| answer.failure.is_some())[1]),
    ];
    let title = format!("{} and {}", old.name(), new.name());
    let sides = judged.most_changed(&mut old, &mut new);
    let mut sections = judged.sections(&old, &new);
    sections.push(declared);
    Ok(Report { kind: "decisions", title, verdict, notes, sections, sides, measures })
}
