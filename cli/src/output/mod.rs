//! Files that are written: checked before the work begins, and put in place whole when it is done.
//!
//! A file is written beside its end under a name that nobody can guess, synced, and renamed over it: whatever happens, there
//! is the old file or the new one. A link at the end is followed, and what it leads to is replaced.

mod replace;
#[cfg(test)]
mod tests;

pub(crate) use replace::{PART, replace};

use crate::files::io;
use nearhand::{Code, Error, Result};
use std::fs::Permissions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where a file will be written.
#[derive(Debug)]
pub(crate) struct Output {
    option: &'static str,
    /// As it was said.
    said: PathBuf,
    /// Behind all links.
    end: PathBuf,
    /// Of the file that stands there.
    permissions: Option<Permissions>,
}

impl Output {
    /// Refuses a path that cannot be written: a folder, a device or pipe, a read-only file, a dangling link, a folder that
    /// takes no file.
    ///
    /// # Errors
    /// `invalid-option` and `io` with option, path and reason.
    pub(crate) fn check(option: &'static str, path: &Path) -> Result<Self> {
        let refuse =
            |why: &str| Err(Error::new(Code::OptionInvalid, why.to_owned()).with("option", option).with("path", path.display()));
        let text = path.to_string_lossy();
        let stream =
            ["-", "/dev/stdout", "/dev/stderr"].contains(&&*text) || text.starts_with("/dev/fd/") || text.starts_with("/proc/");
        if stream {
            return refuse("a file is written whole and then put in place: name a file, not a stream");
        }
        if text.ends_with(std::path::is_separator) || path.file_name().is_none() {
            return refuse("a folder cannot be written: name a file in it");
        }
        let failed = |e: &std::io::Error| io(path, e).with("option", option);
        let (end, permissions) = match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => return refuse("a folder cannot be written: name a file in it"),
            Ok(found) if !found.is_file() => return refuse("only a regular file is replaced, no device, pipe or socket"),
            Ok(found) if found.permissions().readonly() => return refuse("the file is there already, and read-only"),
            Ok(found) => (path.canonicalize().map_err(|e| failed(&e))?, Some(found.permissions())),
            Err(e) if e.kind() == ErrorKind::NotFound && path.symlink_metadata().is_ok() => {
                return refuse("a link leads to nothing: remove it, or name the file it should lead to");
            }
            Err(e) if e.kind() == ErrorKind::NotFound => (path.to_owned(), None),
            Err(e) => return Err(failed(&e)),
        };
        replace::attempt(&end).map_err(|e| failed(&e))?;
        Ok(Self { option, said: path.to_owned(), end, permissions })
    }

    /// As it was said.
    pub(crate) fn path(&self) -> &Path {
        &self.said
    }

    /// Behind all links.
    pub(crate) fn end(&self) -> &Path {
        &self.end
    }

    /// Puts a file with these bytes there. Its folder is made if need be; the permissions of the old file stay.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<()> {
        self.fill(&mut |file| file.write_all(bytes))
    }

    /// Puts a file there that is written piece by piece.
    pub(crate) fn fill(&self, fill: &mut dyn FnMut(&mut dyn std::io::Write) -> std::io::Result<()>) -> Result<()> {
        replace(&self.end, self.permissions.clone(), true, fill).map_err(|e| io(&self.said, &e).with("option", self.option))
    }
}

/// Refuses outputs that are one file, or the file of an input.
///
/// # Errors
/// `invalid-option` with both options and the path.
pub(crate) fn distinct(outputs: &[&Output], inputs: &[(&'static str, &Path)]) -> Result<()> {
    let known: Vec<(&str, &Path, Place)> = outputs
        .iter()
        .map(|o| (o.option, o.said.as_path(), Place::of(&o.end)))
        .chain(inputs.iter().map(|(option, path)| (*option, *path, Place::of(path))))
        .collect();
    for (at, (option, path, place)) in known.iter().enumerate().take(outputs.len()) {
        if let Some((other, ..)) = known.iter().skip(at + 1).find(|(_, _, other)| place.is(other)) {
            return Err(Error::new(Code::OptionInvalid, "an output would overwrite another file of this command")
                .with("option", option)
                .with("other", other)
                .with("path", path.display()));
        }
    }
    Ok(())
}

/// Which file a path names, by whatever way.
struct Place {
    path: PathBuf,
    /// Device and number on the disk, so that a second name of one file is known.
    node: Option<(u64, u64)>,
}

impl Place {
    fn of(path: &Path) -> Self {
        let below = || {
            Some(
                path.parent()
                    .filter(|p| !p.as_os_str().is_empty())
                    .unwrap_or(Path::new("."))
                    .canonicalize()
                    .ok()?
                    .join(path.file_name()?),
            )
        };
        let whole = path.canonicalize().ok().or_else(below);
        Self { path: whole.unwrap_or_else(|| path.to_owned()), node: node(path) }
    }

    fn is(&self, other: &Self) -> bool {
        self.path == other.path || (self.node.is_some() && self.node == other.node)
    }
}

#[cfg(unix)]
fn node(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn node(_: &Path) -> Option<(u64, u64)> {
    None
}
