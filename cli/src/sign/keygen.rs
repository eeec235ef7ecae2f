//! `keygen`: a key to sign bundles with.

use super::keys::Secret;
use clap::Args as ClapArgs;
use nearhand::Result;
use std::path::PathBuf;

/// Arguments of `keygen`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Where the private key goes; a file that is there is never written over
    #[arg(long, short, value_name = "FILE", required_unless_present = "key")]
    out: Option<PathBuf>,
    /// Make none: print the public half of this private key
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    key: Option<PathBuf>,
}

/// Runs `keygen`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let secret = match &args.key {
        Some(path) => Secret::read("--key", path)?,
        None => Secret::new()?,
    };
    if let Some(out) = &args.out {
        secret.write("--out", out)?;
        eprintln!(
            "note: keep a copy where it outlives this machine, and give it to nobody: who has it signs what pages take for yours"
        );
    }
    println!("keygen public={}", secret.public());
    Ok(())
}
