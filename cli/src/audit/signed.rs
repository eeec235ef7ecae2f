//! Bundles as their signed statements name them: until when pages take them, and whether they may follow each other.

use super::report::{Cell, Report, Section};
use crate::read::value::cell::short;
use crate::sign::{Public, Signed};
use nearhand::Result;
use std::path::{Path, PathBuf};

/// Hours that a new statement has left at least, or it is told.
const SOON: f64 = 48.0;

/// One side: the files, and the statement that named them.
#[derive(Debug)]
pub(super) struct Side {
    pub path: PathBuf,
    pub model: Option<PathBuf>,
    pub signed: Option<Signed>,
}

impl Side {
    /// Of a bundle, or of a statement that names one.
    ///
    /// # Errors
    /// As [`Signed::read`].
    pub(super) fn of(path: &Path, model: Option<&Path>, keys: &[Public]) -> Result<Self> {
        let mut signed = if path.is_file() { Signed::read(path, keys, jiff::Timestamp::now())? } else { None };
        let mut files = signed.as_mut().map(|signed| std::mem::take(&mut signed.files)).unwrap_or_default().into_iter();
        let first = files.next().unwrap_or_else(|| path.to_owned());
        Ok(Self { path: first, model: model.map(Path::to_owned).or_else(|| files.next()), signed })
    }
}

/// Adds what the statements say.
pub(super) fn tell(report: &mut Report, old: &Side, new: &Side) {
    if old.signed.is_none() && new.signed.is_none() {
        return;
    }
    let about =
        "What the signed statements say; pages refuse one that has ended, and one whose sequence is below what they have seen.";
    let mut section = Section::new("signed", "Signed statements", about, &["signed", "old", "new"]);
    let mut row = |name: &str, of: &dyn Fn(&Signed) -> Cell| {
        let cell = |side: &Side| side.signed.as_ref().map_or(Cell::None, of);
        section.rows.push(vec![Cell::from(name), cell(old), cell(new)]);
    };
    row("name", &|signed| signed.name.as_str().into());
    row("sequence", &|signed| Cell::Count(signed.sequence));
    row("expires", &|signed| signed.expires.as_str().into());
    row("hours_left", &|signed| Cell::Number(signed.hours.round()));
    report.sections.insert(0, section);
    let mut notes = Vec::new();
    if let Some(signed) = &new.signed {
        if signed.hours <= 0.0 {
            notes.push(("expired", format!("the new statement ended on {}: pages refuse it", signed.expires)));
        } else if signed.hours < SOON {
            notes.push(("ends-soon", format!("the new statement ends on {}, in {:.0} hours", signed.expires, signed.hours)));
        }
    }
    if let (Some(was), Some(is)) = (&old.signed, &new.signed) {
        if is.sequence < was.sequence {
            let what = format!(
                "the new sequence {} is below the old one {}: pages that have seen the old one refuse it",
                is.sequence, was.sequence
            );
            notes.push(("rolled-back", what));
        }
        if is.name != was.name {
            let what = format!("the statements are of {} and {}: a page takes one name", short(&was.name), short(&is.name));
            notes.push(("other-name", what));
        }
    }
    report.notes.splice(0..0, notes);
}
