//! `sign`, with `keygen` and `verify`: what vouches for a bundle where it is served. docs/signing.md says how pages use it.

mod keys;
mod statement;

pub(crate) mod keygen;
pub(crate) use keys::Public;
pub(crate) use verify::Signed;
pub(crate) mod verify;

use crate::files::read;
use crate::output::{Output, distinct};
use clap::Args as ClapArgs;
use jiff::{SignedDuration, Timestamp};
use keys::Secret;
use nearhand::assess::Assessor;
use nearhand::bundle::{self, Limits};
use nearhand::{Code, Engine, Error, Result, Settings};
use sha2::{Digest, Sha256};
use statement::{File, LAST, SIGNATURES, Statement};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Arguments of `sign`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle; any other file (an index of suggestions, an ONNX model) with --name and --version
    bundle: PathBuf,
    /// The second file of a bundle in two
    model: Option<PathBuf>,
    /// The private key, as `nearhand keygen` makes it; twice while keys are exchanged
    #[arg(long, required = true, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// When the statement ends: so long from now (14d, 36h), or a day or time in UTC (2026-12-14, 2026-12-14T06:00:00Z)
    #[arg(long, value_name = "WHEN")]
    expires: String,
    /// The statement; where one stands it is replaced, and its sequence is gone beyond
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Its place in the order of statements; pages refuse those below one they have seen [default: the time in seconds, or one
    /// more than that of the statement at --out]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=LAST))]
    sequence: Option<u64>,
    /// What is signed: pages say which name they want [default: the bundle's]
    #[arg(long)]
    name: Option<String>,
    /// Its version [default: the bundle's]
    #[arg(long)]
    version: Option<String>,
    /// Where each file will lie, as seen from the statement [default: where it lies]
    #[arg(long, value_name = "PATH")]
    path: Vec<String>,
    /// The time of signing, in UTC [default: now]
    #[arg(long, value_name = "TIME")]
    created_at: Option<String>,
}

fn refuse(option: &'static str, value: impl std::fmt::Display, why: &'static str) -> Error {
    Error::new(Code::OptionInvalid, why).with("option", option).with("value", value)
}

/// Runs `sign`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let files: Vec<&Path> = std::iter::once(&args.bundle).chain(&args.model).map(PathBuf::as_path).collect();
    if args.key.len() > SIGNATURES {
        return Err(refuse("--key", args.key.len(), "a statement has at most 8 signatures"));
    }
    if args.path.len() > files.len() {
        return Err(refuse("--path", args.path.len(), "there are more of them than files"));
    }
    let out = Output::check("--out", &args.out)?;
    let mut inputs = vec![("BUNDLE", args.bundle.as_path())];
    inputs.extend(args.model.as_deref().map(|path| ("MODEL", path)));
    inputs.extend(args.key.iter().map(|path| ("--key", path.as_path())));
    distinct(&[&out], &inputs)?;
    let created = match &args.created_at {
        Some(text) => moment(text).ok_or_else(|| refuse("--created-at", text, "a time is YYYY-MM-DDTHH:MM:SSZ"))?,
        None => Timestamp::now(),
    };
    let expires = until(&args.expires, created)?;
    let secrets = args.key.iter().map(|path| Secret::read("--key", path)).collect::<Result<Vec<_>>>()?;

    let bytes = files.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let (name, version) = named(args, &bytes)?;
    let sequence = sequence(args, &name, created, &secrets)?;
    let mut listed = Vec::new();
    for (at, (path, bytes)) in files.iter().zip(&bytes).enumerate() {
        listed.push(File {
            path: args.path.get(at).map_or_else(|| below(path, &args.out), |path| Ok(path.clone()))?,
            sha256: sha256(bytes),
            bytes: bytes.len() as u64,
        });
    }
    let text = |time, option| statement::written(time).ok_or_else(|| refuse(option, time, "a year has four digits"));
    let statement = Statement {
        name,
        version,
        sequence,
        created_at: text(created, "--created-at")?,
        expires: text(expires, "--expires")?,
        files: listed,
    };
    out.write(statement.sign(&secrets)?.as_bytes())?;
    println!("sign {} {}", args.out.display(), told(&statement));
    Ok(())
}

/// A line about a statement.
fn told(statement: &Statement) -> String {
    let Statement { name, version, sequence, expires, files, .. } = statement;
    let mut line = format!("name={name} version={version} sequence={sequence} expires={expires}");
    for File { path, sha256, bytes } in files {
        // Writing to a String cannot fail.
        let _ = write!(line, " file={path} sha256={sha256} bytes={bytes}");
    }
    line
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A time to the second, or the beginning of a day.
fn moment(text: &str) -> Option<Timestamp> {
    statement::time(text).or_else(|| (text.len() == 10).then(|| statement::time(&format!("{text}T00:00:00Z"))).flatten())
}

/// `14d` and `36h` from the time of signing on; else a moment.
fn until(text: &str, from: Timestamp) -> Result<Timestamp> {
    let hours = |unit: char, each: i64| text.strip_suffix(unit)?.parse::<u32>().ok().map(|n| i64::from(n) * each);
    let length = hours('d', 24).or_else(|| hours('h', 1));
    let end = match length {
        Some(hours) => from.checked_add(SignedDuration::from_hours(hours)).ok(),
        None => moment(text),
    };
    end.filter(|end| *end > from)
        .ok_or_else(|| refuse("--expires", text, "it ends after it begins: so long from now (14d, 36h), or a day or time in UTC"))
}

/// Opens the bundle, goldens and all, as pages will: what is broken is not signed. Gives name and version.
fn named(args: &Args, bytes: &[Vec<u8>]) -> Result<(String, String)> {
    let (first, second) = (&bytes[0], bytes.get(1).map(Vec::as_slice));
    let says = if crate::assess::inspect::is_one(first) {
        let manifest = Assessor::open(first, None, usize::MAX)?.manifest().clone();
        Some((manifest.name, manifest.version, false))
    } else {
        match bundle::open(first, None, &Limits::none()) {
            Ok(parts) => {
                Engine::open_files(first, second, &Settings::unbounded())?;
                Some((parts.manifest.name, parts.manifest.version, parts.manifest.model_file.is_some()))
            }
            Err(error) if error.code() == Code::BundleForeign => None,
            Err(error) => return Err(error),
        }
    };
    let Some((name, version, in_two)) = says else {
        return match (&args.name, &args.version) {
            (Some(name), Some(version)) => Ok((name.clone(), version.clone())),
            _ => Err(refuse("--name", args.bundle.display(), "this is no bundle that says its name: give --name and --version")),
        };
    };
    if in_two && second.is_none() {
        return Err(refuse("MODEL", args.bundle.display(), "the bundle is one in two files: name the second one, too"));
    }
    for (option, given, has) in [("--name", &args.name, &name), ("--version", &args.version, &version)] {
        if given.as_ref().is_some_and(|given| given != has) {
            return Err(refuse(option, has, "the bundle says otherwise itself"));
        }
    }
    Ok((name, version))
}

/// Where the file lies, as seen from the statement.
fn below(file: &Path, out: &Path) -> Result<String> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let inside = || Some(file.canonicalize().ok()?.strip_prefix(folder.canonicalize().ok()?).ok()?.to_owned());
    let parts = inside().map(|path| path.iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>().join("/"));
    parts.ok_or_else(|| {
        refuse("--path", file.display(), "the file is not below the statement's folder: say where it will lie, for each file")
    })
}

/// The time in seconds says by itself which statement is the later one; where the last one is ahead of the clock, one more than its.
fn sequence(args: &Args, name: &str, created: Timestamp, secrets: &[Secret]) -> Result<u64> {
    let now = u64::try_from(created.as_second()).unwrap_or(0).max(1);
    if !args.out.exists() {
        return Ok(args.sequence.unwrap_or(now));
    }
    let keys: Vec<Public> = secrets.iter().map(Secret::public).collect();
    let last = match Statement::open(&read(&args.out)?, &keys) {
        Ok((last, _)) => last,
        // Whoever has exchanged the key knows what was signed last.
        Err(_) if args.sequence.is_some() => return Ok(args.sequence.unwrap_or(now)),
        Err(error) => {
            return Err(error
                .with("path", args.out.display())
                .with("advice", "what stands at --out is not this key's: say --sequence, above its own"));
        }
    };
    if last.name != name {
        return Err(refuse("--out", &last.name, "the statement that stands there is of another name"));
    }
    match args.sequence {
        Some(sequence) if sequence <= last.sequence => Err(refuse(
            "--sequence",
            last.sequence,
            "the statement at --out has this one: pages that have seen it refuse what is not above it",
        )),
        Some(sequence) => Ok(sequence),
        None if last.sequence >= LAST => {
            Err(refuse("--out", last.sequence, "the statement there has the last sequence of all: exchange the key"))
        }
        None => Ok(now.max(last.sequence + 1)),
    }
}
