//! Files put in place whole, and whether the disk has room for them.

use crate::error::{Code, Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Refuses a folder that cannot be written to or has no room for so many bytes; makes it where it is not there.
///
/// # Errors
/// `io`.
pub(super) fn room(folder: &Path, bytes: u64) -> Result<()> {
    let failed = |e: &std::io::Error| Error::file(folder, e);
    fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    let probe = folder.join(".room");
    File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(|e| failed(&e))?;
    let disk = rustix::fs::statvfs(folder).map_err(|e| failed(&e.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < bytes {
        return Err(Error::new(Code::Io, "the disk has no room for checkpoints and model: free some, or take another folder")
            .with("folder", folder.display())
            .with("bytes_needed", bytes)
            .with("bytes_free", free));
    }
    Ok(())
}

/// Writes a file beside its place, and moves it there when all of it is on the disk: it is there whole or as it was before.
///
/// # Errors
/// `io`.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let beside = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&beside);
        Error::file(path, &e)
    })
}

/// Removes a file, where there is one.
///
/// # Errors
/// `io`.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, &e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_refused_and_files_are_whole() {
        let folder = std::env::temp_dir().join(format!("nearhand-room-{}", std::process::id()));
        let error = room(&folder, u64::MAX / 2).unwrap_err();
        assert!(error.code() == Code::Io && error.details()[1].0 == "bytes_needed", "{error}");
        room(&folder, 1000).unwrap();
        let path = folder.join("file");
        put(&path, b"one").unwrap();
        put(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(put(&folder.join("none/file"), b"x").unwrap_err().code(), Code::Io);
        fs::remove_dir_all(&folder).unwrap();
    }
}
