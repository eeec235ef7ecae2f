//! `split`: a bundle in one file becomes two, so that a page with a large catalog answers before it has the vectors.
//! Alike items are put side by side, wherever the bundle was made: the search of a large catalog lives on that.

use crate::files::read;
use crate::order;
use crate::output::{Output, distinct};
use clap::Args as ClapArgs;
use nearhand::bundle::{self, Limits};
use nearhand::{Code, Engine, Error, Result, Settings, engine};
use std::path::PathBuf;

/// Arguments of `split`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle
    bundle: PathBuf,
    /// The first file: catalog, table, manifest; enough for the lite tier
    #[arg(long, short)]
    out: PathBuf,
    /// The second file: graph and item vectors
    #[arg(long)]
    model: PathBuf,
}

/// Runs `split`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (out, model) = (Output::check("--out", &args.out)?, Output::check("--model", &args.model)?);
    distinct(&[&out, &model], &[("BUNDLE", &args.bundle)])?;
    let bytes = read(&args.bundle)?;
    let parts = bundle::open(&bytes, None, &Limits::none())?;
    if parts.manifest.model_file.is_some() {
        return Err(Error::new(Code::DataInvalid, "the bundle is split already").with("bundle", args.bundle.display()));
    }
    if parts.onnx.is_none() {
        return Err(Error::new(Code::DataInvalid, "the bundle has no model to split off").with("bundle", args.bundle.display()));
    }
    // Goldens are recorded anew, as ties go by the order: what was recorded must hold first.
    Engine::open(&bytes, &Settings::unbounded())?;
    let goldens = parts.manifest.goldens.iter().map(|golden| golden.events.clone()).collect();
    let (first, second) = bundle::write_apart(&engine::record_goldens(order::by_likeness(parts)?, goldens)?)?;
    // The first file names the second one's digest: until it is there, nobody asks for the second.
    model.write(&second)?;
    out.write(&first)?;
    println!("split {} bytes={} {} bytes={}", args.out.display(), first.len(), args.model.display(), second.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand::Tier;

    #[test]
    fn two_files_are_the_bundle() {
        let dir = std::env::temp_dir().join(format!("nearhand-split-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let bundle = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/online-retail/online-retail.safetensors");
        let args = Args { bundle, out: dir.join("shop.safetensors"), model: dir.join("model.safetensors") };
        run(&args).unwrap();
        let (shop, model) = (std::fs::read(&args.out).unwrap(), std::fs::read(&args.model).unwrap());
        assert_eq!(Engine::open(&shop, &Settings::default()).unwrap().tier(), Tier::Lite);
        assert_eq!(Engine::open_files(&shop, Some(&model), &Settings::default()).unwrap().tier(), Tier::Full);
        let again = |bundle: &PathBuf, out: &PathBuf, model: &PathBuf| {
            run(&Args { bundle: bundle.clone(), out: out.clone(), model: model.clone() }).unwrap_err().code()
        };
        let other = dir.join("other.safetensors");
        assert_eq!(again(&args.out, &other, &args.model), Code::DataInvalid, "split already");
        assert_eq!(again(&args.out, &args.out, &args.model), Code::OptionInvalid, "over its input");
        assert_eq!(again(&args.bundle, &other, &dir.join("./other.safetensors")), Code::OptionInvalid, "one over the other");
        assert_eq!(std::fs::read(&args.out).unwrap(), shop);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
