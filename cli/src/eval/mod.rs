//! `eval`: a bundle measured on held-out pairs through the very engine.
//!
//! Every prefix is observed as views one second apart; the scores rank all items, ties against us. *all*: nothing is
//! excluded. *explore*: pairs whose target is new to the session, items of the session excluded. With
//! `--without-newest` the newest item of the session is never in the answer, as on its own product page. An item that the
//! bundle lacks is observed like any other, which the engine ignores; where it is the target the pair is a miss.

mod measure;
#[cfg(test)]
mod tests;

pub(crate) use measure::{Rule, Variant, measure, variants};

use crate::files::{read, readable};
use crate::items::{ItemArgs, ItemList};
use crate::output::{Output, distinct};
use crate::say;
use crate::sessions::PairFile;
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use nearhand::{Code, Error, ItemIdx, Result};
use std::path::PathBuf;

/// Arguments of `eval`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle
    bundle: PathBuf,
    /// Held-out pairs: prefix, tab, next
    #[arg(long)]
    pairs: PathBuf,
    #[command(flatten)]
    items: ItemArgs,
    /// Name in the printed lines [default: the bundle's]
    #[arg(long)]
    name: Option<String>,
    /// Cutoff of the measures and length of the slates
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..).map(usize::from))]
    k: usize,
    /// Leave the newest item of the session out of every answer
    #[arg(long)]
    without_newest: bool,
    /// Write the full tier's slates here: one line a pair, item ids separated by spaces
    #[arg(long)]
    slates: Option<PathBuf>,
}

/// Runs `eval`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let slates = args.slates.as_ref().map(|path| Output::check("--slates", path)).transpose()?;
    let inputs = [("BUNDLE", &args.bundle), ("--pairs", &args.pairs)].into_iter();
    let rules = args.items.departments.iter().map(|path| ("--departments", path));
    let tables = crate::read::inputs(&[("--items", &args.items.items)])?;
    let inputs = inputs.chain(rules).chain(tables.iter().map(|(option, file)| (*option, file)));
    let inputs: Vec<_> = inputs.map(|(option, path)| (option, path.as_path())).collect();
    inputs.iter().try_for_each(|(option, path)| readable(option, path))?;
    distinct(&slates.iter().collect::<Vec<_>>(), &inputs)?;
    let pairs = PairFile::read("--pairs", &args.pairs)?;
    let bytes = read(&args.bundle)?;
    let engine = measure::open(&bytes)?;
    let parts = variants(measure::open(&bytes)?);
    if slates.is_some() && !parts.contains(&Variant::Blend) {
        return Err(Error::new(Code::OptionInvalid, "the bundle has no model, so there are no slates of the full tier")
            .with("option", "--slates")
            .with("bundle", args.bundle.display()));
    }
    let ids: Vec<String> = (0..engine.catalog().base_len()).map(|i| engine.catalog().id(ItemIdx(i as u32)).to_owned()).collect();
    let list = ItemList::load(&args.items, ids.iter().cloned())?;
    let pairs = pairs.resolve(&list.keys_in(engine.catalog()))?;
    let name = args.name.clone().unwrap_or_else(|| engine.manifest().name.clone());
    let rule = Rule { k: args.k, without_newest: args.without_newest };
    let mut figures = Vec::new();
    for variant in parts {
        let report = measure(&bytes, &pairs.pairs, rule, variant)?;
        if let (Variant::Blend, Some(path)) = (variant, &slates) {
            path.write(report.slates.as_bytes())?;
        }
        println!("eval {name}{} {report} bundle_bytes={}{pairs}", variant.suffix(), bytes.len());
        if say::closed() {
            return Ok(());
        }
        figures.push((variant, report.all.hit_rate(), report.all.mrr()));
    }
    for line in below(args.k, &figures) {
        eprintln!("eval {name}: {line}");
    }
    Ok(())
}

/// Where the blend is below one of its parts, in words: variants with their hit rate and mean reciprocal rank, the blend first.
pub(crate) fn below(k: usize, figures: &[(Variant, f64, f64)]) -> Vec<String> {
    let Some(((Variant::Blend, hr, mrr), parts)) = figures.split_first() else { return Vec::new() };
    let mut lines = Vec::new();
    for (part, part_hr, part_mrr) in parts {
        let part = part.suffix().trim_start_matches('/');
        for (what, blend, alone) in
            [("hr", hr, part_hr), ("mrr", mrr, part_mrr)].into_iter().filter(|(_, blend, alone)| blend < alone)
        {
            lines.push(format!("on these pairs the blend is below {part} alone: {what}@{k} {blend:.4} < {alone:.4}"));
        }
    }
    lines
}
