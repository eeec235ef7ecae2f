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
    let folder = args.statement.parent().unwrap_or(Path::new(""));
    for (at, stated) in statement.files.iter().enumerate() {
        let path = args.file.get(at).cloned().unwrap_or_else(|| folder.join(&stated.path));
        let bytes = read(&path)?;
        let computed = sha256(&bytes);
        if computed != stated.sha256 || bytes.len() as u64 != stated.bytes {
            return Err(Error::new(Code::BundleDigestMismatch, "the file is not the one that was signed")
                .with("path", path.display())
                .with("computed", computed)
                .with("stated", &stated.sha256));
        }
    }
    println!("verify {} {} key={key}", args.statement.display(), told(&statement));
    Ok(())
}

/// No more of a file than a statement may have, and one byte.
fn bounded(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| io(path, &e))?;
    file.take(MOST as u64 + 1).read_to_end(&mut bytes).map_err(|e| io(path, &e))?;
    Ok(bytes)
}
