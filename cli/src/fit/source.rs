//! The sessions that table and fit are made of: plain text or an event log, told apart by what they hold.

use super::args::FitArgs;
use crate::items::{ItemArgs, ItemList};
use crate::log::{self, Log, LogArgs, Visits};
use crate::sessions::SessionFile;
use nearhand::{Code, Error, Result};
use std::collections::HashSet;
use std::path::Path;

/// What was read.
#[derive(Debug)]
pub(crate) struct Source {
    /// Oldest first.
    pub visits: Visits,
    /// Sessions that choose, where they have a file of their own.
    pub fit_on: Option<Visits>,
}

/// A file of one of the two kinds.
enum File {
    Plain(SessionFile),
    Log(Log),
}

impl File {
    fn read(option: &'static str, path: &Path, log: &LogArgs) -> Result<File> {
        // A folder, a pattern and standard input are logs; of another file, its text tells.
        let plain = option != "--events" && path.is_file();
        let refused = match plain.then(|| SessionFile::read(option, path)) {
            Some(Ok(file)) => return Ok(File::Plain(file)),
            Some(Err(refused)) => Some(refused),
            None => None,
        };
        let read = log::load(&LogArgs { events: Some(path.to_owned()), ..log.clone() });
        // What is neither is told as the plain file that it may have been meant to be.
        read.map(File::Log)
            .map_err(|error| refused.map_or(error.clone(), |plain| error.with("as_sessions", plain)).with("option", option))
    }

    /// The visits, by a list's keys.
    fn visits(self, items: &ItemList) -> Result<Visits> {
        match self {
            File::Plain(file) => Ok(Visits { sessions: file.indices(&items.by_key)?, told: Vec::new() }),
            File::Log(log) => Ok(log.into_visits(items)),
        }
    }
}

/// Reads the sessions, and the item list: that of `args`, or else the sessions' own.
///
/// # Errors
/// As the readers; `data-invalid` where nothing follows anything, `item-unknown` where the list has none of the items.
pub(crate) fn read(args: &FitArgs, item_args: &ItemArgs) -> Result<Option<(ItemList, Source)>> {
    let Some((option, path)) = args.source() else { return Ok(None) };
    let mut file = File::read(option, path, &args.log)?;
    let items = match &mut file {
        File::Plain(file) => {
            let keys = if item_args.items.is_some() { Vec::new() } else { file.keys()? };
            ItemList::load(item_args, keys.into_iter())?
        }
        File::Log(log) => log.take_items(item_args)?,
    };
    let visits = known(option, path, file.visits(&items)?)?;
    let fit_on = args.fit_on.as_deref().map(|path| {
        let file = File::read("--fit-on", path, &args.log)?;
        known("--fit-on", path, file.visits(&items)?)
    });
    Ok(Some((items, Source { visits, fit_on: fit_on.transpose()? })))
}

fn known(option: &'static str, path: &Path, visits: Visits) -> Result<Visits> {
    let refuse = |code, why: &str| Err(Error::new(code, why.to_owned()).with("option", option).with("path", path.display()));
    if visits.sessions.is_empty() {
        return refuse(Code::ItemUnknown, "no item of the sessions is in the item list: name its column with --key-col");
    }
    if visits.sessions.iter().all(|session| session.len() < 2) {
        return refuse(Code::DataInvalid, "every session has one item, so nothing follows anything");
    }
    Ok(visits)
}

impl Source {
    /// The sessions that a table is chosen by and those that choose; and how many were left out of the first as they are among
    /// the second.
    pub(super) fn split(&self, held: f64) -> (Visits, Visits, usize) {
        let all = &self.visits;
        let Some(fit_on) = &self.fit_on else {
            let newest = ((all.sessions.len() as f64 * held).round() as usize).min(all.sessions.len());
            let at = all.sessions.len() - newest;
            return (part(all, |number, _| number < at), part(all, |number, _| number >= at), 0);
        };
        let asked: HashSet<&[u32]> = fit_on.sessions.iter().filter(|s| s.len() > 1).map(Vec::as_slice).collect();
        let older = part(all, |_, session| !asked.contains(session));
        let (left_out, newer) = (all.sessions.len() - older.sessions.len(), part(fit_on, |_, _| true));
        (older, newer, left_out)
    }

    /// All sessions, oldest first: those that choose are the newest.
    pub(super) fn all(&self, held: f64) -> Visits {
        let (mut all, newer, _) = self.split(held);
        all.sessions.extend(newer.sessions);
        all.told.extend(newer.told);
        all
    }
}

/// The sessions that `keep` says, by number and items.
fn part(visits: &Visits, keep: impl Fn(usize, &[u32]) -> bool) -> Visits {
    let mut part = Visits::default();
    for (number, session) in visits.sessions.iter().enumerate().filter(|(number, session)| keep(*number, session)) {
        part.sessions.push(session.clone());
        part.told.extend(visits.told.get(number).cloned());
    }
    part
}
