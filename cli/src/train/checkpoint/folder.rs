//! The folder of a checkpoint beside the bundle it is for.

use super::bytes::{DIGEST, Reader, Writer};
use crate::files::io as failed;
use crate::output::{PART, replace};
use nearhand::{Code, Error, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The beginning of every file, with the number of its layout.
const MAGIC: &[u8] = b"nearhand training 1\n";
/// The file that is locked.
const LOCK: &str = "nearhand.lock";
/// Files saved sooner after the last synced one are not synced: what a power failure may take is no older than that.
const OFTEN: Duration = Duration::from_secs(2);

/// Files of one training.
pub(super) struct Folder {
    path: PathBuf,
    key: String,
    /// Held as long as this runs; the system lets it go, however it ends.
    _lock: File,
    synced: Option<Instant>,
    /// A failure has been told.
    told: bool,
}

impl Folder {
    /// Makes the folder and locks it. `None`, and told, where that cannot be done.
    ///
    /// # Errors
    /// `io` while another training holds the lock.
    pub(super) fn open(end: &Path, key: &str) -> Result<Option<Self>> {
        let mut name = end.file_name().unwrap_or_default().to_owned();
        name.push(".training");
        let path = end.with_file_name(name);
        let lock = std::fs::create_dir_all(&path)
            .and_then(|()| OpenOptions::new().write(true).create(true).truncate(false).open(path.join(LOCK)));
        let lock = match lock {
            Ok(lock) => lock,
            Err(error) => {
                eprintln!("no checkpoints can be kept: {}", failed(&path, &error));
                return Ok(None);
            }
        };
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(Error::new(Code::Io, "another training is writing there: wait for it, or name another --out")
                .with("option", "--out")
                .with("path", end.display()));
        }
        let folder = Self { path, key: key.to_owned(), _lock: lock, synced: None, told: false };
        // What a killed training was about to write.
        folder.remove_where(|name| name.starts_with(PART.0) && name.ends_with(PART.1));
        Ok(Some(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self, kind: &str) -> PathBuf {
        self.path.join(format!("{}.{kind}", self.key))
    }

    /// Whether there are checkpoints of other trainings.
    pub(super) fn has_others(&self) -> bool {
        self.names().iter().any(|name| is_checkpoint(name) && !name.starts_with(&self.key))
    }

    /// A file's content from where `take` is told that it begins; `None`, and told where it is damaged.
    pub(super) fn load<T>(&self, kind: &str, take: impl FnOnce(Vec<u8>, usize) -> Option<T>) -> Option<T> {
        let path = self.file(kind);
        let mut bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                eprintln!("a checkpoint is not used: {}", failed(&path, &error));
                return None;
            }
        };
        let sound = Reader::sealed(&bytes).is_some() && bytes.starts_with(MAGIC);
        let taken = sound.then(|| {
            bytes.truncate(bytes.len() - DIGEST);
            take(bytes, MAGIC.len())
        });
        if taken.as_ref().is_none_or(Option::is_none) {
            eprintln!("a checkpoint is damaged and not used: {}", path.display());
        }
        taken.flatten()
    }

    /// Saves a file. What fails is told once; the training goes on.
    pub(super) fn save(&mut self, kind: &str, fill: &mut dyn FnMut(&mut Writer<'_>) -> io::Result<()>) {
        let sync = self.synced.is_none_or(|at| at.elapsed() >= OFTEN);
        let path = self.file(kind);
        let saved = replace(&path, None, sync, &mut |file| {
            let mut to = Writer::new(file);
            to.bytes(MAGIC)?;
            fill(&mut to)?;
            to.seal()
        });
        match saved {
            Ok(()) if sync => self.synced = Some(Instant::now()),
            Ok(()) => {}
            Err(error) if !self.told => {
                eprintln!("the training goes on without a checkpoint: {}", failed(&path, &error));
                self.told = true;
            }
            Err(_) => {}
        }
    }

    /// Removes this training's files.
    pub(super) fn forget(&self) {
        self.remove_where(|name| is_checkpoint(name) && name.starts_with(&self.key));
    }

    /// Removes all checkpoints, and the folder unless something else lies in it.
    pub(super) fn remove(self) {
        self.remove_where(|name| is_checkpoint(name) || name == LOCK);
        let _ = std::fs::remove_dir(&self.path);
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    fn remove_where(&self, fits: impl Fn(&str) -> bool) {
        for name in self.names().iter().filter(|name| fits(name)) {
            let _ = std::fs::remove_file(self.path.join(name));
        }
    }
}

/// `KEY.steps` or `KEY.fit`.
fn is_checkpoint(name: &str) -> bool {
    let key = name.strip_suffix(".steps").or_else(|| name.strip_suffix(".fit"));
    key.is_some_and(|key| !key.is_empty() && key.bytes().all(|b| b.is_ascii_hexdigit()))
}
