//! `verify`: what a page would say of a signed statement and its files.

use super::keys::Public;
use super::statement::{MOST, Statement, time};
use super::{moment, refuse, sha256, told};
use crate::files::{io, read};
use clap::Args as ClapArgs;
use jiff::{SignedDuration, Timestamp};
use nearhand::{Code, Error, Result};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Arguments of `verify`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The statement
    statement: PathBuf,
    /// A public key that is trusted, as `nearhand keygen` prints it; one of several must have signed
    #[arg(long, required = true, value_name = "KEY")]
    key: Vec<Public>,
    /// The name that is wanted [default: any]
    #[arg(long)]
    name: Option<String>,
    /// The lowest sequence that is taken
    #[arg(long, value_name = "N", default_value_t = 1)]
    lowest: u64,
    /// The time by which it is judged, in UTC [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How many seconds this clock may be ahead [pages: a day, their `toleranceMs`]
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=31_536_000))]
    tolerance: u32,
    /// The files, in the statement's order [default: where it says they lie]
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
}

/// Runs `verify`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let now = match &args.at {
        Some(text) => moment(text).ok_or_else(|| refuse("--at", text, "a time is YYYY-MM-DDTHH:MM:SSZ"))?,
        None => Timestamp::now(),
    };
    let (statement, key) = Statement::open(&bounded(&args.statement)?, &args.key)?;
    if let Some(name) = args.name.as_ref().filter(|name| **name != statement.name) {
        return Err(Error::new(Code::BundleOtherName, "the statement is of another bundle")
            .with("expected", name)
            .with("found", &statement.name));
    }
    let tolerance = SignedDuration::from_secs(args.tolerance.into());
    if time(&statement.expires).is_none_or(|end| now.duration_since(end) > tolerance) {
        return Err(
            Error::new(Code::BundleExpired, "the statement has ended: sign the bundle again").with("expires", &statement.expires)
        );
    }
    if statement.sequence < args.lowest {
        return Err(Error::new(Code::BundleRolledBack, "the statement is older than one that was seen")
            .with("sequence", statement.sequence)
            .with("lowest", args.lowest));
    }
    held(&statement, &args.statement, &args.file)?;
    println!("verify {} {} key={key}", args.statement.display(), told(&statement));
    Ok(())
}

/// Where the files of a statement lie, each held against its digest: `said` in their order, the others as seen from the statement.
fn held(statement: &Statement, path: &Path, said: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    for (at, stated) in statement.files.iter().enumerate() {
        let path = said.get(at).cloned().unwrap_or_else(|| folder.join(&stated.path));
        let bytes = read(&path)?;
        let computed = sha256(&bytes);
        if computed != stated.sha256 || bytes.len() as u64 != stated.bytes {
            return Err(Error::new(Code::BundleDigestMismatch, "the file is not the one that was signed")
                .with("path", path.display())
                .with("computed", computed)
                .with("stated", &stated.sha256));
        }
        files.push(path);
    }
    Ok(files)
}

/// A statement whose signature and digests hold, whether or not it has ended.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) name: String,
    pub(crate) sequence: u64,
    /// Seconds in UTC, as the statement has it.
    pub(crate) expires: String,
    /// Hours until then; below 0 it has ended.
    pub(crate) hours: f64,
    /// The bundle, and its second file if it is one in two.
    pub(crate) files: Vec<PathBuf>,
}

impl Signed {
    /// Reads a file, if it is a signed statement. `now` is the time by which it is judged.
    ///
    /// # Errors
    /// `invalid-option` where no key is named; as [`Statement::open`]; `bundle-digest-mismatch` where a file is not the one that was signed; `io`.
    pub(crate) fn read(path: &Path, keys: &[Public], now: Timestamp) -> Result<Option<Self>> {
        let bytes = bounded(path)?;
        if !Statement::is_one(&bytes) {
            return Ok(None);
        }
        if keys.is_empty() {
            let why = "the file is a signed statement: name the key that must have signed it, as `nearhand keygen` prints it";
            return Err(Error::new(Code::OptionInvalid, why).with("option", "--key").with("path", path.display()));
        }
        let (statement, _) = Statement::open(&bytes, keys).map_err(|error| error.with("path", path.display()))?;
        let files = held(&statement, path, &[])?;
        let hours = time(&statement.expires).map_or(f64::NAN, |end| end.duration_since(now).as_secs_f64() / 3600.0);
        Ok(Some(Self { name: statement.name, sequence: statement.sequence, expires: statement.expires, hours, files }))
    }
}

/// No more of a file than a statement may have, and one byte.
fn bounded(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| io(path, &e))?;
    file.take(MOST as u64 + 1).read_to_end(&mut bytes).map_err(|e| io(path, &e))?;
    Ok(bytes)
}
