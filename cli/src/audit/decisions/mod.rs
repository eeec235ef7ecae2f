//! Two assessors: what both decide about the same transactions.

mod baseline;
mod judge;
mod ranks;
mod segments;
#[cfg(test)]
mod tests;
mod told;

use super::declared;
use super::kind::Given;
use super::noise;
use super::report::{Cell, Note, Report};
use crate::assess::table::{ColumnArgs, FieldArgs};
use crate::read::options::ReadArgs;
use crate::read::value::cell::short;
use baseline::Usual;
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
    path: &'a Path,
    pub bytes: &'a [u8],
    pub assessor: Assessor,
}

impl<'a> Bundle<'a> {
    /// Opens a bundle, and replays its goldens.
    ///
    /// # Errors
    /// As [`Assessor::open`].
    pub(super) fn open(side: &'a Given<'_>) -> Result<Self> {
        let (path, bytes) = (side.path, side.bytes.as_slice());
        let of = |error: Error| error.with("bundle", path.display());
        Ok(Self { path, bytes, assessor: Assessor::open(bytes, None, usize::MAX).map_err(of)? })
    }

    fn name(&self) -> String {
        let manifest = self.assessor.manifest();
        format!("{} {}", manifest.name, manifest.version)
    }
}

/// Holds two bundles beside each other, and beside what is usual between the old one and each of the baselines.
///
/// # Errors
/// As the table's reader; `schema-mismatch` where the table lacks what a bundle declares; `data-invalid` where no transaction is judged by
/// both.
pub(super) fn audit(mut old: Bundle<'_>, mut new: Bundle<'_>, baselines: Vec<Bundle<'_>>, asking: &Asking<'_>) -> Result<Report> {
    let judged = Judged::of(&mut old, &mut new, asking)?;
    let mut usual = |mut other: Bundle<'_>| -> Result<Usual> {
        let judged = Judged::of(&mut old, &mut other, asking).map_err(|error| error.with("baseline", other.path.display()))?;
        Ok(Usual { name: other.name(), judged })
    };
    let all = baselines.into_iter().map(&mut usual).collect::<Result<Vec<_>>>()?;
    let usual = Usual::farthest(&all);
    let told = usual.map(|usual| usual.told(&judged));
    let (declared, more) = declared::differences(old.assessor.manifest(), new.assessor.manifest());
    let segments = judged.segments();
    let mut notes: Vec<Note> = told.iter().map(|(_, note)| note.clone()).collect();
    if asking.rows.is_none() {
        let what = "no table was given: the transactions are the goldens of the old bundle. --in TABLE asks with others";
        notes.push(("goldens", what.to_owned()));
    }
    notes.extend(more);
    let (was, is) = (old.assessor.manifest(), new.assessor.manifest());
    if is.created_at < was.created_at {
        let what =
            format!("the new bundle was made on {}, before the old one on {}", short(&is.created_at), short(&was.created_at));
        notes.push(("older", what));
    }
    notes.extend(judged.alike());
    notes.extend(judged.failing());
    notes.extend(judged.order());
    notes.extend(judged.rates());
    notes.extend(judged.hidden(&segments));
    notes.extend(judged.refused());
    notes.extend(judged.mixed());
    let (all, flipped, _) = judged.pairs.flips();
    let (changed, harder) = (judged.changed(), judged.harder());
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
        ("money_flipped", judged.money_flipped().map_or(Cell::None, Cell::Share)),
        ("risk_difference", judged.risk_difference().into()),
        ("rows_of", if asking.rows.is_some() { "the-table".into() } else { "the-goldens".into() }),
    ];
    let share = |part: u64, of: u64| part as f64 / of.max(1) as f64;
    let measures = vec![
        ("changed", changed),
        ("money", judged.money_flipped().unwrap_or(f64::NAN)),
        ("harder", share(harder, all)),
        ("milder", share(flipped - harder, all)),
        ("risk_difference", judged.risk_difference().unwrap_or(f64::NAN)),
        ("worst_segment", judged.worst_segment(&segments)),
        ("caught_lost", judged.caught_lost()),
        ("beyond_usual", noise::measure(usual.map(|usual| usual.beyond(&judged)))),
        ("refused", share(judged.refusals[1] as u64, judged.asked as u64)),
        ("failed", judged.shares(|answer| answer.failure.is_some())[1]),
    ];
    let title = format!("{} and {}", old.name(), new.name());
    let mut sections = judged.sections(&old, &new);
    sections.extend(told.map(|(section, _)| section));
    sections.extend(judged.who(&segments));
    sections.extend([judged.risks(), judged.rules(), declared]);
    let sides = judged.most_changed(&mut old, &mut new);
    Ok(Report { kind: "decisions", title, verdict, notes, sections, sides, measures })
}
