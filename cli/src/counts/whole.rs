//! Counts of a whole log for training: what is known of its items, and what a table is made of.

use super::merge::Merge;
use crate::choosing::counting::{Counts, Sums, number, occurrences};
use crate::choosing::settings::TableConfig;
use crate::choosing::slices::{WHOLE, weights};
use crate::choosing::table::Weigher;
use crate::items::ItemList;
use nearhand::{Code, Error, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// The counts of a log, in parts.
#[derive(Debug)]
pub(crate) struct Whole {
    parts: Vec<PathBuf>,
    digests: Vec<String>,
    split: bool,
    /// Events an item of the list.
    pub(crate) popularity: Vec<u32>,
    /// Sessions of the log, and their events on items of the list.
    pub(crate) sessions: u64,
    pub(crate) events: u64,
}

/// An item that the list lacks.
const UNKNOWN: u32 = u32::MAX;

impl Whole {
    /// Reads all parts once, to refuse before training begins what could not be used at its end. `sample` is how the sample was
    /// read, by name; what it does not tell is not compared.
    ///
    /// # Errors
    /// Those of [`Merge`]; `data-invalid` where no item is in the list, or the sample was read otherwise.
    pub(crate) fn check(parts: Vec<PathBuf>, split: bool, items: &ItemList, sample: &BTreeMap<String, String>) -> Result<Self> {
        let mut merge = Merge::open(&parts, split)?;
        if let Some(first) = parts.first() {
            merge.header.check_sample(sample, first)?;
        }
        if merge.header.split_visitors && merge.shared == 0 {
            eprintln!("counts: parts may share visitors: their sessions end with a part");
        }
        if merge.shared > 0 {
            eprintln!(
                "counts: parts share visitors ({} of {} sampled): their sessions end with a part",
                merge.shared,
                merge.visitors.hashes().len()
            );
        }
        let rows = by_id(items);
        let (mut popularity, mut events, mut unknown) = (vec![0_u32; items.rows.len()], 0_u64, 0);
        let mut example = String::new();
        merge.items(&mut |id, seen| {
            let count = seen.iter().fold(0_u64, |all, (_, count)| all.saturating_add(*count));
            match rows.get(id).and_then(|row| popularity.get_mut(*row as usize)) {
                Some(popularity) => {
                    *popularity = u32::try_from(count).unwrap_or(u32::MAX);
                    events = events.saturating_add(count);
                }
                None => {
                    unknown += 1;
                    id.clone_into(&mut example);
                }
            }
            Ok(())
        })?;
        merge.rows(&mut |_, _| Ok(()))?;
        if events == 0 {
            let listed = items.rows.first().map(|row| row.item.as_str()).unwrap_or_default();
            return Err(Error::new(Code::DataInvalid, "no item of the counts is in the item list")
                .with("counted", example)
                .with("listed", listed));
        }
        if unknown > 0 {
            eprintln!("counts: {unknown} items that the item list lacks were left out");
        }
        let sessions = merge.header.sessions;
        Ok(Self { digests: merge.digests(), parts, split, popularity, sessions, events })
    }

    /// The counts that a table of these settings is made of. Of every item's row, no more is kept than such a table may take.
    ///
    /// # Errors
    /// Those of [`Merge`]; `data-invalid` where a part is another than it was.
    pub(crate) fn counts(&self, items: &ItemList, config: &TableConfig) -> Result<Counts> {
        let mut merge = Merge::open(&self.parts, self.split)?;
        let found = merge.digests();
        if let Some(at) = self.digests.iter().zip(&found).position(|(checked, found)| checked != found) {
            let of = |digests: &[String]| digests.get(at).cloned().unwrap_or_default();
            let path = self.parts.get(at).map(|path| path.display().to_string()).unwrap_or_default();
            return Err(Error::new(Code::DataInvalid, "the counts were written anew while training: train again")
                .with("path", path)
                .with("checked", of(&self.digests))
                .with("digest", of(&found)));
        }
        let weights = weights(&merge.sessions, config.half_life);
        let weight = |slice: u64| u128::from(weights.get(&slice).copied().unwrap_or(WHOLE));
        let rows_by_id = by_id(items);
        let mut occurred = vec![0_u128; items.rows.len()];
        let mut row_of: Vec<u32> = Vec::new();
        merge.items(&mut |id, seen| {
            let row = rows_by_id.get(id).copied().unwrap_or(UNKNOWN);
            row_of.push(row);
            if let Some(sum) = occurred.get_mut(row as usize) {
                *sum = seen.iter().map(|(slice, count)| weight(*slice) * u128::from(*count)).sum();
            }
            Ok(())
        })?;
        let popularity: Vec<f32> = occurred.into_iter().map(occurrences).collect();
        let weigher = Weigher::of(&popularity, config);
        let mut rows: Vec<Vec<Sums>> = vec![Vec::new(); items.rows.len()];
        merge.rows(&mut |item, entries| {
            let row = row_of.get(item as usize).copied().unwrap_or(UNKNOWN);
            let Some(sums) = rows.get_mut(row as usize) else { return Ok(()) };
            for neighbour in entries.chunk_by(|a, b| a.next == b.next) {
                let next = neighbour.first().and_then(|entry| row_of.get(entry.next as usize)).copied();
                let Some(next) = next.filter(|next| *next != UNKNOWN) else { continue };
                let (mut forward, mut back) = (0_u128, 0_u128);
                for entry in neighbour {
                    let [near_after, near_before, far_after, far_before] = entry.sums.map(u128::from);
                    let (after, before) = if config.ordered { (near_after, near_before) } else { (far_after, far_before) };
                    forward += weight(entry.slice) * after;
                    back += weight(entry.slice) * before;
                }
                if (forward, back) != (0, 0) {
                    sums.push((next, number(forward, config.ordered), number(back, config.ordered)));
                }
            }
            sums.sort_unstable_by_key(|sums| sums.0);
            weigher.keep(row as usize, sums);
            sums.shrink_to_fit();
            Ok(())
        })?;
        Ok(Counts::of(rows, popularity))
    }
}

fn by_id(items: &ItemList) -> HashMap<&str, u32> {
    items.rows.iter().map(|row| row.item.as_str()).zip(0..).collect()
}
