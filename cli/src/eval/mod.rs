//! `eval`: bundles, baselines and lists from elsewhere, judged on the same held-out pairs.
//!
//! A bundle is asked through the very engine: every prefix is observed as views one second apart; the scores rank all items,
//! ties against us. *all*: nothing is excluded. *explore*: pairs whose target is new to the session, items of the session
//! excluded. With `--without-newest` the newest item of the session is never in the answer, as on its own product page. An item
//! that a bundle lacks is observed like any other, which the engine ignores; where it is the target the pair is a miss.
//!
//! `held_out → bundles → ways (measure, baselines, lists) → found (intervals, segments) → text, json, html`

mod answer;
mod args;
mod baselines;
mod bundles;
mod exposure;
mod found;
mod held_out;
mod html;
mod intervals;
mod json;
mod lists;
mod measure;
mod notes;
mod scores;
mod segments;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod traps;
mod ways;

pub(crate) use answer::Rule;
pub(crate) use args::Args;
pub(crate) use measure::{Variant, measure, variants};
pub(crate) use notes::below;
pub(crate) use segments::{classes, length};

use crate::files::readable;
use crate::output::{Output, distinct};
use crate::sessions::{ListFile, Slates};
use bundles::Opened;
use found::{Found, Judge};
use held_out::{HeldOut, seen_in_training};
use intervals::Draws;
use nearhand::{Code, Error, Result};
use segments::{By, Facts};
use std::path::{Path, PathBuf};
use ways::{Answered, Asked};

/// Runs `eval`.
pub(crate) fn run(args: &Args) -> Result<()> {
    match look(args) {
        Ok(found) if args.json => println!("{}", json::found(&found)),
        Ok(found) => println!("{}", text::report(&found, &args.by)),
        Err(error) => {
            if args.json {
                println!("{}", crate::refusal::json(&error));
            }
            return Err(error);
        }
    }
    Ok(())
}

fn look(args: &Args) -> Result<Found> {
    let outputs = Outputs::check(args)?;
    let files: Vec<(String, ListFile)> = args
        .lists
        .iter()
        .map(|said| {
            let (name, path) = args::named(said);
            Ok((name.unwrap_or_else(|| args::stem(&path)), ListFile::read("--lists", &path)?))
        })
        .collect::<Result<_>>()?;
    let mut held_out = held_out::read(args)?;
    let mut bundles = bundles::open(args, &held_out.pairs)?;
    let (by_key, by_id) = bundles.first().map(|first| (first.by_key.clone(), first.by_id())).unwrap_or_default();
    let train = held_out.train(&by_key)?;
    let resolved = |(name, file): (String, ListFile)| {
        let pairs = bundles.first().map_or(&[][..], |first| first.pairs.pairs.as_slice());
        Ok((name, file.resolve(pairs, &by_key, &by_id)?))
    };
    let mut lists: Vec<(String, Slates)> = files.into_iter().map(resolved).collect::<Result<_>>()?;
    if args.only_listed {
        only_listed(&mut held_out, &mut bundles, &mut lists)?;
    }
    let rule = Rule { k: args.k, without_newest: args.without_newest };
    let asked = Asked::new(rule, &bundles, train.as_deref(), &lists);
    let against = asked.against(args.against.as_deref())?;
    if args.slates.is_some() && !asked.has_model() {
        return Err(Error::new(Code::OptionInvalid, "the bundle has no model, so there are no slates of the full tier")
            .with("option", "--slates")
            .with("bundle", args.bundles.first().map_or(Path::new(""), PathBuf::as_path).display()));
    }
    let Answered { ways, slates } = asked.ask()?;
    let Some(first) = bundles.first() else { return Err(Error::new(Code::OptionInvalid, "name a bundle")) };
    let facts = Facts {
        pairs: &first.pairs.pairs,
        catalog: first.engine.catalog(),
        counts: &asked.counts,
        returning: held_out.returning.as_deref(),
    };
    let kinds = By::ALL.into_iter().filter(|by| outputs.shows(args, *by));
    let segments = kinds.flat_map(|by| facts.segments(by)).collect();
    let draws = Draws { resamples: args.resamples, seed: args.seed };
    let (figures, differences, parts) = Judge { rule, draws, sessions: &held_out.sessions, against }.judge(&ways, segments);
    let seen = train.as_ref().map(|train| seen_in_training(&first.pairs.pairs, &held_out.sessions, train));
    let found = Found {
        name: first.name.clone(),
        rule,
        draws,
        pairs: first.pairs.pairs.len(),
        sessions: held_out.sessions.iter().max().map_or(0, |most| *most as usize + 1),
        notes: notes::of(args, seen, &lists, &bundles, &ways),
        ways,
        figures,
        against,
        differences,
        parts,
    };
    found.notes.iter().for_each(|note| eprintln!("eval: {note}"));
    outputs.write(&found, &slates)?;
    Ok(found)
}

/// What is written beside the printed lines.
struct Outputs {
    slates: Option<Output>,
    ranks: Option<Output>,
    html: Option<Output>,
}

impl Outputs {
    /// Looks at all files that are named before anything takes its time.
    fn check(args: &Args) -> Result<Self> {
        let output = |option, path: &Option<PathBuf>| path.as_ref().map(|path| Output::check(option, path)).transpose();
        let outputs = Self {
            slates: output("--slates", &args.slates)?,
            ranks: output("--ranks", &args.ranks)?,
            html: output("--html", &args.html)?,
        };
        let path = |said: &PathBuf| args::named(said).1;
        let mut inputs: Vec<(&'static str, PathBuf)> = args.bundles.iter().map(|said| ("BUNDLE", path(said))).collect();
        inputs.extend(args.lists.iter().map(|said| ("--lists", path(said))));
        inputs.extend(args.model.iter().map(|path| ("--model", path.clone())));
        inputs.extend(args.pairs.iter().map(|path| ("--pairs", path.clone())));
        inputs.extend(args.train.iter().map(|path| ("--train", path.clone())));
        inputs.extend(args.items.departments.iter().map(|path| ("--departments", path.clone())));
        let tables = crate::read::inputs(&[("--items", &args.items.items), ("--events", &args.log.events)])?;
        inputs.extend(tables.iter().map(|(option, file)| (*option, file.clone())));
        let inputs: Vec<(&'static str, &Path)> = inputs.iter().map(|(option, path)| (*option, path.as_path())).collect();
        inputs.iter().try_for_each(|(option, path)| readable(option, path))?;
        distinct(&[&outputs.slates, &outputs.ranks, &outputs.html].into_iter().flatten().collect::<Vec<_>>(), &inputs)?;
        Ok(outputs)
    }

    /// Whether somebody will see the segments of a kind: they cost time.
    fn shows(&self, args: &Args, by: By) -> bool {
        args.by.contains(&by) || (args.by.is_empty() && (args.json || self.html.is_some()))
    }

    fn write(&self, found: &Found, slates: &str) -> Result<()> {
        let write = |output: &Option<Output>, text: &dyn Fn() -> String| {
            output.as_ref().map_or(Ok(()), |output| output.write(text().as_bytes()))
        };
        write(&self.slates, &|| slates.to_owned())?;
        write(&self.ranks, &|| text::ranks(found))?;
        write(&self.html, &|| html::page(found))
    }
}

/// Leaves the pairs alone for which every file has a list.
fn only_listed(held_out: &mut HeldOut, bundles: &mut [Opened], lists: &mut [(String, Slates)]) -> Result<()> {
    let keep: Vec<bool> = (0..held_out.sessions.len())
        .map(|at| lists.iter().all(|(_, slates)| slates.lists.get(at).is_some_and(Option::is_some)))
        .collect();
    if !keep.contains(&true) {
        return Err(Error::new(Code::DataInvalid, "there is no pair for which all of the files have a list")
            .with("option", "--only-listed")
            .with("pairs", keep.len()));
    }
    let kept = |at: &mut usize| {
        *at += 1;
        keep.get(*at - 1).copied().unwrap_or(false)
    };
    let mut at = 0;
    held_out.sessions.retain(|_| kept(&mut at));
    let mut numbers: Vec<u32> = held_out.sessions.clone();
    numbers.dedup();
    let number = |session: &u32| numbers.binary_search(session).unwrap_or_default() as u32;
    held_out.sessions = held_out.sessions.iter().map(number).collect();
    if let Some(returning) = &mut held_out.returning {
        let mut at = 0;
        returning.retain(|_| kept(&mut at));
    }
    for bundle in bundles {
        let mut at = 0;
        bundle.pairs.pairs.retain(|_| kept(&mut at));
        bundle.pairs.count();
    }
    for (_, slates) in lists {
        let mut at = 0;
        slates.lists.retain(|_| kept(&mut at));
        slates.without = 0;
    }
    Ok(())
}
