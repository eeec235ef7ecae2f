//! What a training has done so far, on the disk, so that the same command goes on where it was killed.
//!
//! ```text
//! OUT.training/nearhand.lock   held while a training runs
//!              KEY.steps       what every finished search and fit came to
//!              KEY.fit         the running fit after its last epoch: weights, moments, state of chance
//! ```
//! The key is the digest of all that the result follows from: input, settings, version. So a checkpoint of other inputs is
//! left alone, and only the end of a training removes it. Every file is written aside and renamed, and sealed by its digest:
//! a damaged one is told and not used. What cannot be written is told, and the training goes on without.

mod bytes;
mod folder;
mod stored;
#[cfg(test)]
mod tests;

pub(super) use bytes::{Reader, Writer};
pub(super) use stored::Stored;

use crate::choosing::choose::{Choice, Stages};
use folder::Folder;
use nearhand::Result;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// A running fit as it was left.
pub(super) struct Running {
    /// Epochs done.
    pub(super) epoch: usize,
    bytes: Vec<u8>,
    /// Where its state begins.
    at: usize,
}

impl Running {
    /// Of a state alone.
    #[cfg(test)]
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { epoch: 0, bytes, at: 0 }
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(self.bytes.get(self.at..).unwrap_or_default())
    }

    /// The next value of the state.
    pub(super) fn take<T: Stored>(&mut self) -> Option<T> {
        let mut from = self.reader();
        let value = T::take(&mut from)?;
        self.at = self.bytes.len() - from.left();
        Some(value)
    }
}

/// The work done so far.
pub(super) struct Checkpoint {
    /// None where it cannot be made: all is kept in memory alone.
    folder: Option<Folder>,
    steps: BTreeMap<String, Vec<u8>>,
    /// The fit that was running, until it goes on.
    running: Option<(String, Running)>,
}

impl Checkpoint {
    /// Of the training that writes to `end` and whose result follows from what `key` digests. With `restart` what was done
    /// is forgotten.
    ///
    /// # Errors
    /// `io` while another training writes to the same end.
    pub(super) fn open(end: &Path, key: &str, restart: bool) -> Result<Self> {
        let folder = Folder::open(end, key)?;
        let mut open = Self { folder: None, steps: BTreeMap::new(), running: None };
        if let Some(folder) = &folder {
            if restart {
                folder.forget();
            }
            if folder.has_others() {
                println!("a checkpoint of other inputs or settings is left alone: {}", folder.path().display());
            }
            open.steps = folder.load("steps", steps).unwrap_or_default();
            open.running = folder.load("fit", running);
        }
        match &open.running {
            Some((name, running)) => println!("resumed at {name} epoch {}, steps done: {}", running.epoch, open.steps.len()),
            None if !open.steps.is_empty() => println!("resumed, steps done: {}", open.steps.len()),
            None => {}
        }
        Ok(Self { folder, ..open })
    }

    /// What a step came to, if it has been done, or else does it and keeps that.
    ///
    /// # Errors
    /// As `work`.
    pub(super) fn step<T: Stored>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if let Some(done) = self.steps.get(name).and_then(|bytes| T::take(&mut Reader::new(bytes))) {
            return Ok(done);
        }
        let done = work(self)?;
        let mut bytes = Vec::new();
        if done.put(&mut Writer::new(&mut bytes)).is_ok() {
            self.steps.insert(name.to_owned(), bytes);
            if let Some(folder) = &mut self.folder {
                let steps = &self.steps;
                folder.save("steps", &mut |to| {
                    to.u64(steps.len() as u64)?;
                    steps.iter().try_for_each(|(name, bytes)| {
                        to.text(name)?;
                        to.u64(bytes.len() as u64)?;
                        to.bytes(bytes)
                    })
                });
            }
        }
        Ok(done)
    }

    /// The state of the fit of that name, where it was the one that was running.
    pub(super) fn running(&mut self, name: &str) -> Option<Running> {
        self.running.take_if(|(running, _)| running == name).map(|(_, running)| running)
    }

    /// Keeps the state of the fit that is running.
    pub(super) fn keep(&mut self, name: &str, epoch: usize, state: &mut dyn FnMut(&mut Writer<'_>) -> io::Result<()>) {
        self.running = None;
        if let Some(folder) = &mut self.folder {
            folder.save("fit", &mut |to| {
                to.text(name)?;
                to.u64(epoch as u64)?;
                state(to)
            });
        }
    }

    /// The end: nothing of it is needed any more.
    pub(super) fn finish(self) {
        if let Some(folder) = self.folder {
            folder.remove();
        }
    }
}

impl Stages for Checkpoint {
    fn stage(&mut self, name: &str, work: &mut dyn FnMut() -> Result<Choice>) -> Result<Choice> {
        self.step(name, |_| work())
    }
}

fn steps(bytes: Vec<u8>, at: usize) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut from = Reader::new(bytes.get(at..)?);
    let count = from.usize()?;
    let mut step = || {
        let (name, len) = (from.text()?.to_owned(), from.usize()?);
        Some((name, from.bytes(len)?.to_vec()))
    };
    (0..count).map(|_| step()).collect()
}

fn running(bytes: Vec<u8>, at: usize) -> Option<(String, Running)> {
    let mut from = Reader::new(bytes.get(at..)?);
    let before = bytes.len();
    let (name, epoch) = (from.text()?.to_owned(), from.usize()?);
    let at = before - from.left();
    Some((name, Running { epoch, bytes, at }))
}
