//! One file in the place of another, at one stroke.

use std::fs::{File, OpenOptions, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside `end` and renames it over `end`. With `sync` both file and folder are on the disk afterwards.
///
/// # Errors
/// What the system says; nothing is left beside `end`, and `end` is as it was.
pub(crate) fn replace(
    end: &Path,
    permissions: Option<Permissions>,
    sync: bool,
    fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder(end);
    std::fs::create_dir_all(folder)?;
    let (file, mut part) = Part::create(folder, permissions.is_some())?;
    let mut to = BufWriter::with_capacity(1 << 18, file);
    fill(&mut to)?;
    let file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Some(permissions) = permissions {
        // Not every system has them, and the file is worth more than its mode.
        let _ = file.set_permissions(permissions);
    }
    if sync {
        match file.sync_all() {
            // Nor can every system sync.
            Err(e) if !matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => return Err(e),
            _ => {}
        }
    }
    drop(file);
    // Something else may have come there since it was checked.
    if std::fs::metadata(end).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "there is something that is no regular file"));
    }
    std::fs::rename(&part.path, end)?;
    part.placed = true;
    // The file itself is safe, where a folder cannot be synced.
    if sync && let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Whether a file can be made where `end` is to be, in the nearest folder that is there. Nothing is left.
pub(super) fn attempt(end: &Path) -> io::Result<()> {
    let mut folder = folder(end);
    loop {
        match std::fs::metadata(folder) {
            Ok(found) if !found.is_dir() => return Err(io::Error::from(ErrorKind::NotADirectory)),
            Ok(_) => return Part::create(folder, false).map(drop),
            Err(e) if e.kind() == ErrorKind::NotFound && folder != self::folder(folder) => folder = self::folder(folder),
            Err(e) => return Err(e),
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How a file is called while it is written.
pub(crate) const PART: (&str, &str) = (".nearhand-", ".part");

/// A file in the making, removed unless it gets to its place.
struct Part {
    path: PathBuf,
    placed: bool,
}

impl Part {
    /// Under a new name: the keys of a `RandomState` come from the system's source of chance.
    fn create(folder: &Path, private: bool) -> io::Result<(File, Self)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if private {
            // Until it has the permissions of the file it replaces.
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        loop {
            let name = format!("{}{:016x}{}", PART.0, RandomState::new().hash_one(std::time::SystemTime::now()), PART.1);
            let path = folder.join(name);
            match options.open(&path) {
                Ok(file) => return Ok((file, Self { path, placed: false })),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.placed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
