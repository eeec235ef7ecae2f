//! Parts read side by side: one item of all parts at a time, so that memory goes by items and not by pairs.

use super::file::{Entry, Reader, Slices};
use super::header::Header;
use super::sketch::Sketch;
use nearhand::{Code, Error, Result};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::{Path, PathBuf};

/// Most parts that are open at once.
pub(super) const MOST: usize = 256;

const SEEN: &str = "its items were seen more or less often than its header says";

/// Takes an item, and how often it was seen in each slice.
type TellItem<'a> = &'a mut dyn FnMut(&str, &[(u64, u64)]) -> Result<()>;
/// Takes the number of an item, and its row.
type TellRow<'a> = &'a mut dyn FnMut(u32, &[Entry]) -> Result<()>;

/// Parts that belong together: what they say before their items is read and agrees.
pub(super) struct Merge {
    readers: Vec<Reader>,
    /// Of all together.
    pub header: Header,
    pub visitors: Sketch,
    pub sessions: BTreeMap<u64, u64>,
    /// Visitors of the samples that more than one part has.
    pub shared: usize,
    /// By part: its items' numbers among all.
    numbers: Vec<Vec<u32>>,
}

impl Merge {
    /// Opens parts. A visitor in two of them is refused, unless `split`.
    ///
    /// # Errors
    /// Those of [`Reader`]; `data-invalid` for a part that is there twice, one counted otherwise, and shared visitors;
    /// `invalid-option` for too many parts.
    pub(super) fn open(paths: &[PathBuf], split: bool) -> Result<Self> {
        let Some(first) = paths.first().filter(|_| paths.len() <= MOST) else {
            let why = "name 1 to 256 files of counts: more are added up in steps by nearhand merge-counts";
            return Err(Error::new(Code::OptionInvalid, why).with("parts", paths.len()));
        };
        let mut readers = paths.iter().map(|path| Reader::open(path)).collect::<Result<Vec<_>>>()?;
        let mut header: Option<Header> = None;
        for reader in &readers {
            match &mut header {
                None => {
                    header = Some(Header {
                        nearhand: env!("CARGO_PKG_VERSION").to_owned(),
                        parts: Default::default(),
                        ..reader.header.clone()
                    })
                }
                Some(header) => header.join(&reader.header, (first, &reader.path))?,
            }
        }
        let Some(mut header) = header else { return Err(Error::new(Code::OptionInvalid, "name a file of counts")) };
        if let Some(part) = readers.iter().find(|reader| reader.header.split_visitors && !split) {
            let why = "the counts are sums of parts that may share visitors, whose sessions end with a part: say --split-visitors, \
                       where that is meant";
            return Err(Error::new(Code::DataInvalid, why).with("path", part.path.display()));
        }
        header.split_visitors = split;
        let mut by_digest: BTreeMap<String, &Path> = BTreeMap::new();
        // What holds no session may be there as often as it likes.
        for reader in readers.iter().filter(|reader| reader.header.sessions > 0) {
            let own = std::iter::once(&reader.digest).filter(|_| reader.header.parts.is_empty());
            for digest in reader.header.parts.iter().chain(own) {
                if let Some(other) = by_digest.insert(digest.clone(), &reader.path) {
                    let why = "a part is there twice: its sessions would count twice";
                    return Err(Error::new(Code::DataInvalid, why)
                        .with("path", reader.path.display())
                        .with("other_path", other.display())
                        .with("digest", digest));
                }
            }
        }
        header.parts = by_digest.into_keys().collect();
        header.check_returns()?;
        let (mut visitors, mut sessions, mut owners, mut shared) = (Sketch::default(), BTreeMap::new(), BTreeMap::new(), 0);
        let shift = header.shift();
        for (part, reader) in readers.iter_mut().enumerate() {
            let (own, by_slice) = reader.begin()?;
            for hash in own.hashes() {
                visitors.add(hash);
                let before = owners.insert(hash, part);
                shared += usize::from(before.is_some());
                if let (Some(other), false) = (before.and_then(|part| paths.get(part)), split) {
                    let why = "a visitor is in two parts: cut the log by visitor, so that no session is cut in two; or say \
                               --split-visitors, where every part is to end its sessions";
                    return Err(Error::new(Code::DataInvalid, why)
                        .with("path", reader.path.display())
                        .with("other_path", other.display())
                        .with("visitors_hash", format!("{hash:016x}")));
                }
            }
            let coarser = shift - reader.header.shift();
            for (slice, count) in by_slice {
                let all: &mut u64 = sessions.entry(slice >> coarser).or_insert(0);
                *all = all.saturating_add(count);
            }
        }
        let numbers = readers.iter().map(|_| Vec::new()).collect();
        Ok(Self { readers, header, visitors, sessions, shared, numbers })
    }

    /// The digests of the parts, in their order.
    pub(super) fn digests(&self) -> Vec<String> {
        self.readers.iter().map(|reader| reader.digest.clone()).collect()
    }

    /// Tells every item once, by the bytes of their ids, and how often it was seen in each slice.
    ///
    /// # Errors
    /// Those of the parts, and of `tell`.
    pub(super) fn items(&mut self, tell: TellItem<'_>) -> Result<()> {
        let shift = self.header.shift();
        let mut heads: BinaryHeap<Reverse<(String, usize)>> = BinaryHeap::new();
        let mut seen: Vec<Slices> = self.readers.iter().map(|_| Slices::new()).collect();
        let mut events = vec![0_u64; self.readers.len()];
        let mut take = |reader: &mut Reader, part: usize, heads: &mut BinaryHeap<_>, seen: &mut Vec<Slices>| -> Result<()> {
            let Some(events) = events.get_mut(part) else { return Ok(()) };
            match reader.item()? {
                Some((id, slices)) => {
                    *events = slices.iter().fold(*events, |all, (_, count)| all.saturating_add(*count));
                    if *events > reader.header.events {
                        return Err(reader.malformed(SEEN));
                    }
                    heads.push(Reverse((id, part)));
                    if let Some(seen) = seen.get_mut(part) {
                        *seen = slices;
                    }
                    Ok(())
                }
                None if *events == reader.header.events => Ok(()),
                None => Err(reader.malformed(SEEN)),
            }
        };
        for (part, reader) in self.readers.iter_mut().enumerate() {
            take(reader, part, &mut heads, &mut seen)?;
        }
        let (mut number, mut all) = (0, Slices::new());
        while let Some(Reverse((id, _))) = heads.peek() {
            let id = id.clone();
            all.clear();
            while let Some(Reverse((_, part))) = heads.peek().filter(|Reverse((other, _))| *other == id) {
                let part = *part;
                heads.pop();
                let (Some(reader), Some(slices)) = (self.readers.get_mut(part), seen.get(part)) else { break };
                let coarser = shift - reader.header.shift();
                all.extend(slices.iter().map(|(slice, count)| (slice >> coarser, *count)));
                if let Some(numbers) = self.numbers.get_mut(part) {
                    numbers.push(number);
                }
                take(reader, part, &mut heads, &mut seen)?;
            }
            all.sort_unstable();
            let mut joined = Slices::new();
            for (slice, count) in &all {
                match joined.last_mut().filter(|last| last.0 == *slice) {
                    Some(last) => last.1 = last.1.checked_add(*count).ok_or_else(|| too_large(&id))?,
                    None => joined.push((*slice, *count)),
                }
            }
            tell(&id, &joined)?;
            number += 1;
        }
        Ok(())
    }

    /// Tells the row of every item, in the order of [`Merge::items`], by neighbour and slice.
    ///
    /// # Errors
    /// Those of the parts, and of `tell`.
    pub(super) fn rows(&mut self, tell: TellRow<'_>) -> Result<()> {
        let shift = self.header.shift();
        let items = self.numbers.iter().filter_map(|numbers| numbers.last()).max().map_or(0, |last| last + 1);
        let mut at = vec![0_usize; self.readers.len()];
        let mut row: Vec<Entry> = Vec::new();
        for item in 0..items {
            row.clear();
            for ((reader, numbers), at) in self.readers.iter_mut().zip(&self.numbers).zip(&mut at) {
                if numbers.get(*at) != Some(&item) {
                    continue;
                }
                *at += 1;
                let (before, coarser) = (row.len(), shift - reader.header.shift());
                reader.row(&mut row, &|next| numbers.get(next as usize).copied().unwrap_or(u32::MAX))?;
                row.iter_mut().skip(before).for_each(|entry| entry.slice >>= coarser);
            }
            row.sort_unstable_by_key(|entry| (entry.next, entry.slice));
            let mut joined: Vec<Entry> = Vec::with_capacity(row.len());
            for entry in &row {
                match joined.last_mut().filter(|last| (last.next, last.slice) == (entry.next, entry.slice)) {
                    Some(last) => {
                        for (sum, more) in last.sums.iter_mut().zip(entry.sums) {
                            *sum = sum.checked_add(more).ok_or_else(|| too_large(&item.to_string()))?;
                        }
                    }
                    None => joined.push(*entry),
                }
            }
            tell(item, &joined)?;
        }
        for reader in &mut self.readers {
            reader.row(&mut row, &|next| next)?;
        }
        Ok(())
    }
}

fn too_large(item: &str) -> Error {
    Error::new(Code::DataInvalid, "the sums of an item have more than 64 bits").with("item", item)
}
