//! What counts say of themselves before they begin.

use crate::choosing::counting::{FAR, REACH};
use crate::choosing::slices::shift;
use crate::items::ItemList;
use crate::log::Looks;
use nearhand::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The header of a file of counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// The version of nearhand that counted.
    pub nearhand: String,
    /// How the log was read, by name; what a part leaves undecided is not there.
    pub reading: BTreeMap<String, String>,
    /// Farthest neighbour that counts by its distance, and by the length of the session.
    pub reach: usize,
    pub far: usize,
    /// Rows of the log, and those that look like returns, by reason.
    pub rows: u64,
    pub negative: u64,
    pub cancelled: u64,
    /// Sessions with an item, and what they hold.
    pub sessions: u64,
    pub events: u64,
    /// The first and the last end of a session, Unix milliseconds.
    pub first: u64,
    pub last: u64,
    /// SHA-256 of the parts that were added up, in order; none for what was counted at once.
    pub parts: BTreeSet<String>,
    /// Whether parts that share visitors were added up: sessions then end with a part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub split_visitors: bool,
}

/// Settings that a sample must share with the counts. Columns may be named otherwise in a sample.
const SHARED: [&str; 7] = ["since", "before", "idle_minutes", "kind", "kind_words", "min_session_length", "ids"];

/// What stands for items that no list decides.
const OF_THE_LOG: &str = "of the log";

/// What ids sessions are of: the log's own, or those of a list, told by the SHA-256 of its ids in order, a line each.
pub(crate) fn catalogue(items: &ItemList, listed: bool) -> String {
    if !listed {
        return OF_THE_LOG.to_owned();
    }
    let mut ids: Vec<&str> = items.rows.iter().map(|row| row.item.as_str()).collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    for id in &ids {
        hash.update(id);
        hash.update("\n");
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} listed, {digest}", ids.len())
}

impl Header {
    /// For what was counted at once.
    pub(super) fn of(reading: BTreeMap<String, String>, looks: Looks) -> Self {
        Self {
            nearhand: env!("CARGO_PKG_VERSION").to_owned(),
            reading,
            reach: REACH,
            far: FAR,
            rows: looks.rows,
            negative: looks.negative,
            cancelled: looks.cancelled,
            sessions: 0,
            events: 0,
            first: 0,
            last: 0,
            parts: BTreeSet::new(),
            split_visitors: false,
        }
    }

    /// How far a session's end is shifted to be its slice.
    pub(super) const fn shift(&self) -> u32 {
        shift(self.first, self.last)
    }

    /// Adds what another part says. `at` is that part's path, `ours` a path of those added up before.
    ///
    /// # Errors
    /// `data-invalid` with the setting in which they differ, both values and both paths.
    pub(super) fn join(&mut self, other: &Self, (ours, at): (&Path, &Path)) -> Result<()> {
        let differ = |name: &str, one: &str, other: &str| {
            Err(Error::new(Code::DataInvalid, "the parts were not counted alike: count them with the same options and columns")
                .with("path", at.display())
                .with("setting", name)
                .with("value", other)
                .with("other_path", ours.display())
                .with("other_value", one))
        };
        self.split_visitors |= other.split_visitors;
        for (name, value) in &other.reading {
            match self.reading.get(name) {
                Some(one) if one != value => return differ(name, one, value),
                Some(_) => {}
                None => drop(self.reading.insert(name.clone(), value.clone())),
            }
        }
        let add = |one: &mut u64, other: u64| {
            *one = one.checked_add(other).ok_or_else(|| {
                Error::new(Code::DataInvalid, "the counts are too large to be added up").with("path", at.display())
            })?;
            Ok(())
        };
        (self.first, self.last) = match (self.sessions, other.sessions) {
            (_, 0) => (self.first, self.last),
            (0, _) => (other.first, other.last),
            _ => (self.first.min(other.first), self.last.max(other.last)),
        };
        add(&mut self.rows, other.rows)?;
        add(&mut self.negative, other.negative)?;
        add(&mut self.cancelled, other.cancelled)?;
        add(&mut self.sessions, other.sessions)?;
        add(&mut self.events, other.events)
    }

    /// Refuses a sample that was not read as the counts were: its sessions would be others, or those it leaves out for tests be in
    /// the table. Counts of no list go with any. `at` is a path of the counts.
    ///
    /// # Errors
    /// `data-invalid` with the setting, both values and what to do.
    pub(super) fn check_sample(&self, sample: &BTreeMap<String, String>, at: &Path) -> Result<()> {
        let listed = self.reading.get("items").is_some_and(|items| items != OF_THE_LOG);
        for name in SHARED.into_iter().chain(listed.then_some("items")) {
            let (Some(counted), Some(read)) = (self.reading.get(name), sample.get(name)) else { continue };
            if counted != read {
                let why = format!(
                    "the sample is read otherwise than the counts: count anew with the {} of the training, or train with that of the counts",
                    name.replace('_', " ")
                );
                return Err(Error::new(Code::DataInvalid, why)
                    .with("path", at.display())
                    .with("setting", name)
                    .with("counted", counted)
                    .with("sample", read));
            }
        }
        Ok(())
    }

    /// Refuses what a log as a whole would not have been read like: returns are left out of every part, but no log is all returns.
    ///
    /// # Errors
    /// `data-invalid`.
    pub(super) fn check_returns(&self) -> Result<()> {
        for (count, what, option) in [
            (self.negative, "most rows have quantities of zero or less", "--quantity-col ''"),
            (self.cancelled, "most rows are of orders that look called off", "--session-col, by another name"),
        ] {
            if u128::from(count) * 2 > u128::from(self.rows) {
                let why = format!("{what}: they are no returns, and were left out of the parts: count anew with {option}");
                return Err(Error::new(Code::DataInvalid, why).with("rows", self.rows).with("left_out", count));
            }
        }
        Ok(())
    }
}
