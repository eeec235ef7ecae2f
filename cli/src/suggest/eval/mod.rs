//! `eval-suggest`: texts asked for on later days, typed letter by letter, before the index of the days until then.
//!
//! A line each way: the most frequent completion, ours, and rank files of others. With a mistake in what is typed every
//! beginning has one of its own. With a session, what came before in the visit where the text was asked for has been bought.

mod measure;
mod popular;
mod typed;

use super::counts::counted;
use super::queries::{self, Queries, QueryArgs};
use crate::files::{bad_line, progress, read_text};
use crate::log::time;
use crate::output::Output;
use crate::read::options::{Options, ReadArgs};
use clap::Args as ClapArgs;
use measure::{Measures, Ranks};
use nearhand::suggest::{Asked, COUNT_UNIT, Did, Signal, Suggester, build};
use nearhand::text::Folded;
use nearhand::{Code, Error, Result};
use nearhand_numerics::random::Random;
use popular::Popular;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use typed::mistake;

/// Arguments of `eval-suggest`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    queries: QueryArgs,
    #[command(flatten)]
    read: ReadArgs,
    /// The first day that is asked for; the index is made of those before
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: u64,
    /// The day after the last that is asked for
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    until: Option<u64>,
    /// Days after which a query counts half; 0 for never
    #[arg(long, default_value_t = 14, value_name = "DAYS")]
    half_life: u32,
    /// Seed of the mistakes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the texts with their counts, for others to complete: count, faded count, text
    #[arg(long, value_name = "FILE")]
    texts_out: Option<PathBuf>,
    /// Write what is typed, a line each: `plain` or `typo`, the text asked for, what is typed
    #[arg(long, value_name = "FILE")]
    typed_out: Option<PathBuf>,
    /// Ranks of others, a line for each of --typed-out, 0 for not among the first ten: NAME=FILE
    #[arg(long, value_name = "NAME=FILE", value_parser = named)]
    ranks: Vec<(String, PathBuf)>,
}

fn day(text: &str) -> std::result::Result<u64, String> {
    time::parse(text).ok_or_else(|| "a day is YYYY-MM-DD".to_owned())
}

fn named(text: &str) -> std::result::Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("NAME=FILE")?;
    Ok((name.to_owned(), path.into()))
}

/// A text that is asked for.
struct Target {
    normal: String,
    /// In small letters.
    letters: Vec<char>,
    /// Its beginnings, each with a mistake.
    mistaken: Vec<String>,
    /// What came before it in a visit, the last first.
    session: Vec<String>,
}

impl Target {
    fn plain(&self) -> impl Iterator<Item = String> {
        (1..self.letters.len()).map(|end| self.letters.iter().take(end).collect())
    }
}

/// Most texts of a visit that count as its session.
const SESSION: usize = 20;

/// Runs `eval-suggest`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let Some(path) = &args.queries.queries else {
        return Err(Error::new(Code::OptionInvalid, "name the query log with --queries FILE"));
    };
    let outputs = [("--texts-out", &args.texts_out), ("--typed-out", &args.typed_out)];
    let check =
        |(option, path): (&'static str, &Option<PathBuf>)| path.as_ref().map(|path| Output::check(option, path)).transpose();
    let [texts_out, typed_out] = outputs.map(check);
    let (texts_out, typed_out) = (texts_out?, typed_out?);
    let log = queries::read(path, &args.queries, &Options::from(&args.read))?;
    let until = args.until.unwrap_or(u64::MAX);
    let part = |from: u64, until: u64| Queries {
        rows: log.rows.iter().filter(|row| row.at_ms.is_some_and(|at| (from..until).contains(&at))).cloned().collect(),
        ..Queries::default()
    };
    let (before, asked) = (part(0, args.from), part(args.from, until));
    let plain = counted(&before, 1, 0).entries;
    let entries = counted(&before, 1, args.half_life).entries;
    let targets = targets(&asked, &plain.iter().map(|entry| normal(&entry.text)).collect(), args.seed);
    if targets.is_empty() {
        let why = "there is nothing to measure: no query of the days asked for was asked before; see --from and --query-time-col";
        return Err(Error::new(Code::DataInvalid, why).with("before", before.rows.len()).with("asked", asked.rows.len()));
    }
    if let Some(out) = texts_out {
        let lines = plain.iter().zip(&entries).map(|(plain, faded)| {
            format!("{}\t{}\t{}\n", plain.count / COUNT_UNIT, faded.count as f64 / COUNT_UNIT as f64, plain.text)
        });
        out.write(lines.collect::<String>().as_bytes())?;
    }
    if let Some(out) = typed_out {
        let line = |kind: &str, target: &Target, typed: &str| {
            format!("{kind}\t{}\t{typed}\n", target.letters.iter().collect::<String>())
        };
        let lines = targets.iter().flat_map(|target| {
            let plain = target.plain().map(move |typed| line("plain", target, &typed));
            plain.chain(target.mistaken.iter().map(move |typed| line("typo", target, typed)))
        });
        out.write(lines.collect::<String>().as_bytes())?;
    }
    let popular = Popular::new(before.rows.iter().map(|row| (row.text.as_str(), row.count)));
    let mut found = |typed: &str| Ok(popular.complete(typed).into_iter().map(normal).collect());
    let (clean, typos) = both(&targets, &mut found)?;
    println!("eval complete popular {} {} n={}", clean.line(""), typos.line("typo_"), targets.len());

    let built = build(entries, &[])?;
    let mut suggester = Suggester::open(built.bytes)?;
    let mut folded = Folded::default();
    let mut found = |typed: &str| suggestions(&mut suggester, &mut folded, typed);
    let (clean, typos) = both(&targets, &mut found)?;
    let session = in_session(&mut suggester, &targets)?;
    println!(
        "eval complete suggest {} saved_session={:.4} mrr_session@10={:.4} {} bytes_an_entry={:.1} n={}",
        clean.line(""),
        session.saved(false),
        session.mrr(),
        typos.line("typo_"),
        suggester.bytes() as f64 / suggester.texts() as f64,
        targets.len(),
    );
    for (name, path) in &args.ranks {
        let (clean, typos) = others(path, &targets)?;
        println!("eval complete {name} {} {} n={}", clean.line(""), typos.line("typo_"), targets.len());
    }
    Ok(())
}

fn normal(text: &str) -> String {
    let mut folded = Folded::default();
    folded.fold(text);
    folded.normal().to_owned()
}

/// The texts asked for, each once, that were known before; with the first visit that had something before them.
fn targets(asked: &Queries, known: &BTreeSet<String>, seed: u64) -> Vec<Target> {
    let mut visits: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    for row in &asked.rows {
        let normal = normal(&row.text);
        let visit = row.visitor.map(|visitor| visits.entry(visitor).or_default());
        if known.contains(&normal) {
            let target = targets.entry(normal.clone()).or_insert_with(|| Target {
                normal,
                letters: row.text.to_lowercase().chars().collect(),
                mistaken: Vec::new(),
                session: Vec::new(),
            });
            if let Some(visit) = visit.as_ref().filter(|visit| target.session.is_empty() && !visit.contains(&row.text.as_str())) {
                target.session.extend(visit.iter().rev().take(SESSION).map(|text| (*text).to_owned()));
            }
        }
        if let Some(visit) = visit {
            visit.push(&row.text);
        }
    }
    let mut random = Random::new(seed);
    let mut targets: Vec<Target> = targets.into_values().filter(|target| target.letters.len() > 1).collect();
    for target in &mut targets {
        let starts = (1..target.letters.len()).filter_map(|end| target.letters.get(..end));
        target.mistaken = starts.map(|start| mistake(start, &mut random)).collect();
    }
    targets
}

fn suggestions(suggester: &mut Suggester, folded: &mut Folded, typed: &str) -> Result<Vec<String>> {
    let normal = |text: &str| {
        folded.fold(text);
        folded.normal().to_owned()
    };
    Ok(suggester.suggest(&Asked::new(typed))?.map(|suggestion| suggestion.text).map(normal).collect())
}

/// The places of a target in the lists for what is typed.
fn ranks(target: &Target, typed: impl Iterator<Item = String>, found: &mut Find<'_>) -> Result<Ranks> {
    let place = |list: Vec<String>| list.iter().position(|text| *text == target.normal).map_or(0, |at| at as u8 + 1);
    typed.map(|typed| Ok(place(found(&typed)?))).collect()
}

/// Normal forms of what a way suggests.
type Find<'a> = dyn FnMut(&str) -> Result<Vec<String>> + 'a;

/// Without and with mistakes.
fn both(targets: &[Target], found: &mut Find<'_>) -> Result<(Measures, Measures)> {
    let bar = progress(targets.len() as u64, "typing");
    let (mut clean, mut typos) = (Measures::default(), Measures::default());
    for target in targets {
        clean.add(&ranks(target, target.plain(), found)?);
        typos.add(&ranks(target, target.mistaken.iter().cloned(), found)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((clean, typos))
}

/// Without mistakes, after what came before in the visit.
fn in_session(suggester: &mut Suggester, targets: &[Target]) -> Result<Measures> {
    let mut measures = Measures::default();
    let mut folded = Folded::default();
    for target in targets {
        let signal = |text| Signal { did: Did::Bought, text, age_ms: 0 };
        let signals: Vec<Signal<'_>> = target.session.iter().map(|text| signal(text)).collect();
        suggester.set_session(&signals);
        let mut found = |typed: &str| suggestions(suggester, &mut folded, typed);
        measures.add(&ranks(target, target.plain(), &mut found)?);
    }
    suggester.set_session(&[]);
    Ok(measures)
}

/// Ranks that another made.
fn others(path: &std::path::Path, targets: &[Target]) -> Result<(Measures, Measures)> {
    let text = read_text(path)?;
    let mut lines = text.lines().zip(1..);
    let mut take = |count: usize| -> Result<Ranks> {
        let mut ranks = Ranks::new();
        for (line, at) in lines.by_ref().take(count) {
            ranks.push(line.trim().parse().map_err(|_| bad_line(path, at, "a rank is 0 to 255"))?);
        }
        if ranks.len() < count {
            return Err(
                Error::new(Code::DataInvalid, "there are fewer ranks than lines of --typed-out").with("path", path.display())
            );
        }
        Ok(ranks)
    };
    let (mut clean, mut typos) = (Measures::default(), Measures::default());
    for target in targets {
        clean.add(&take(target.letters.len() - 1)?);
        typos.add(&take(target.mistaken.len())?);
    }
    Ok((clean, typos))
}
