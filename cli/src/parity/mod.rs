//! `parity`: are the features that were served those that the log gives, and the slates those that the bundle gives?

mod compare;
mod html;
mod served;
mod slates;
mod text;
mod ties;

#[cfg(test)]
mod tests;

use crate::features::{Rows, SourceArgs, as_floats, compute, order, source, told};
use crate::output::{Output, distinct};
use crate::read::Table;
use crate::read::options::Options;
use crate::read::value::cell::{listed, short};
use clap::Args as ClapArgs;
use compare::{Compared, Comparison, Tolerance};
use nearhand::{Code, Error, Result};
use served::{Served, Where, column, id_column, rows};
use std::path::PathBuf;

/// Arguments of `parity`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Table of the features that were served: text, JSON lines, Parquet or Arrow; with --bundle the rows of slates that nearhand/request-log
    /// wrote
    #[arg(long, value_name = "PATH")]
    served: PathBuf,
    /// The bundle that answered: the slates of the log are computed anew
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recomputed", "spec", "log", "id", "features", "relative"])]
    bundle: Option<PathBuf>,
    /// The bundle's second file, where it is in two
    #[arg(long, value_name = "FILE", requires = "bundle")]
    model: Option<PathBuf>,
    /// What the page gave updateCatalog, as JSON, in order: rows are computed by the bundle's catalog and by that after each, and are to be the same by one
    #[arg(long = "feed", value_name = "FILE", requires = "bundle")]
    feeds: Vec<PathBuf>,
    /// Table of recomputed features; without it they are computed of --log by --spec
    #[arg(long, value_name = "PATH", conflicts_with_all = ["spec", "log"])]
    recomputed: Option<PathBuf>,
    /// Column of the ids in both tables [default: the specification's]
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
    /// Features that are compared [default: all that both sides have]
    #[arg(long, value_delimiter = ',', value_name = "NAME,NAME,…")]
    features: Vec<String>,
    /// How far two values may be from each other and be the same [default: 1e-9; of slates 1e-4, of the slate's best score]
    #[arg(long, value_name = "X", value_parser = distance)]
    tolerance: Option<f64>,
    /// The same for each unit of the recomputed value: 1e-6 where single floats were logged
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = distance)]
    relative: f64,
    /// Mismatches that are let pass
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_mismatches: u64,
    /// Rows that one side may lack; with --log, rows that were not served are not counted; with --bundle, rows of other bundles
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_missing: u64,
    /// Print one JSON object, of an error too
    #[arg(long)]
    json: bool,
    /// Write a page with plots here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
}

/// The tolerance of features, and of slates' scores.
const TOLERANCE: f64 = 1e-9;
const SCORES: f64 = 1e-4;

/// For clap.
fn distance(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0).ok_or_else(|| "a tolerance is a number from 0".to_owned())
}

/// What was found.
#[derive(Debug)]
struct Found {
    compared: Compared,
    tolerance: Tolerance,
    /// Whether recomputed rows that were not served count: not where they are the history in a log.
    both_ways: bool,
    served_rows: u64,
    /// Rows of one time that were taken in the order in which they were served.
    ties: u64,
    notes: Vec<String>,
}

/// What was compared.
enum Either {
    Features(Box<Found>),
    Slates(Box<slates::Found>),
}

/// Runs `parity`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let told = page(args).and_then(|page| {
        let (found, html, json, text) = match &args.bundle {
            Some(bundle) => {
                let asked = slates::Asked {
                    served: &args.served,
                    bundle,
                    model: args.model.as_deref(),
                    feeds: &args.feeds,
                    tolerance: args.tolerance.unwrap_or(SCORES),
                };
                let found = slates::look(&asked, &options(args))?;
                let told = (slates::page(&found), slates::json(&found), slates::report(&found));
                (Either::Slates(Box::new(found)), told.0, told.1, told.2)
            }
            None => {
                let found = look(args)?;
                let told = (html::page(&found), text::json(&found), text::report(&found));
                (Either::Features(Box::new(found)), told.0, told.1, told.2)
            }
        };
        if let Some(page) = page {
            page.write(html.as_bytes())?;
        }
        if args.json {
            println!("{json}");
        } else {
            print!("{text}");
        }
        Ok(found)
    });
    match told {
        Ok(Either::Features(found)) => found.verdict(args),
        Ok(Either::Slates(found)) => found.verdict(args.max_mismatches, args.max_missing),
        Err(error) => {
            if args.json {
                println!("{}", crate::refusal::json(&error));
            }
            Err(error)
        }
    }
}

/// The page, if it can be written and is no input.
fn page(args: &Args) -> Result<Option<Output>> {
    let mut inputs = crate::read::inputs(&[
        ("--served", &Some(args.served.clone())),
        ("--recomputed", &args.recomputed),
        ("--log", &args.source.log),
    ])?;
    let files = [("--spec", &args.source.spec), ("--bundle", &args.bundle), ("--model", &args.model)];
    inputs.extend(files.into_iter().filter_map(|(option, path)| Some((option, path.clone()?))));
    inputs.extend(args.feeds.iter().map(|path| ("--feed", path.clone())));
    let Some(path) = &args.html else { return Ok(None) };
    let page = Output::check("--html", path)?;
    distinct(&[&page], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    Ok(Some(page))
}

/// How logs are read: one that is copied while it is written ends in the middle of a row.
fn options(args: &Args) -> Options {
    Options { cut_off: true, ..Options::from(&args.source.read) }
}

fn look(args: &Args) -> Result<Found> {
    let options = || options(args);
    let table = Served::open(&args.served, &options())?;
    let tolerance = Tolerance { absolute: args.tolerance.unwrap_or(TOLERANCE), relative: args.relative };
    let mut found = Found {
        compared: Compared::default(),
        tolerance,
        both_ways: args.recomputed.is_some(),
        served_rows: 0,
        ties: 0,
        notes: Vec::new(),
    };
    if let Some(path) = &args.recomputed {
        let Some(id) = &args.id else {
            return Err(Error::new(Code::OptionInvalid, "name the column of the ids").with("option", "--id"));
        };
        let other = Served::open(path, &options())?;
        let names = names(args, &table, other.header().iter().filter(|name| *name != id), &mut found.notes)?;
        let names: Vec<String> = numbers(names, &[&table, &other], &mut found.notes)?;
        let (at, there) = (places(&table, id, &names)?, places(&other, id, &names)?);
        let served = read(table, &at, &options(), &mut found)?;
        let (mut comparison, mut floats) = (Comparison::new(&served, &names, tolerance), 0);
        found.notes.extend(rows(other, &there, &options(), &mut |id, values| {
            floats += u64::from(served.whole(id).is_some());
            comparison.row(id, values);
        })?);
        if floats > 0 {
            found.notes.push(as_floats(id, floats).to_string());
        }
        found.compared = comparison.end();
    } else {
        let (spec, log) = source(&args.source)?;
        // --id names the served table's column: events have ids by the specification alone.
        let Some(id) = spec.id().map(|own| args.id.clone().unwrap_or_else(|| own.to_owned())) else {
            return Err(Error::new(Code::OptionInvalid, "the specification has no id to compare by").with("option", "--spec"));
        };
        let all: Vec<String> = spec.features().iter().map(|feature| feature.name.clone()).collect();
        let names = names(args, &table, all.iter(), &mut found.notes)?;
        let at = places(&table, &id, &names)?;
        let served = read(table, &at, &options(), &mut found)?;
        let events = Rows::read(log, &spec, &args.source)?;
        found.notes.extend(told(&events));
        let wanted: Vec<usize> = names.iter().filter_map(|name| all.iter().position(|other| other == name)).collect();
        let compared = |places: &[u32]| {
            let (mut values, mut comparison) = (Vec::new(), Comparison::new(&served, &names, tolerance));
            let recomputed = compute(spec.clone(), &events, places, args.source.threads(), &mut |row, _, features| {
                if !features.is_empty() {
                    values.clear();
                    values.extend(wanted.iter().map(|at| features.get(*at).copied().unwrap_or(f64::NAN)));
                    comparison.row(events.ids.get(row), &values);
                }
                Ok(())
            });
            recomputed.map(|_| comparison)
        };
        let places = order(&events, args.source.order);
        let first = compared(&places)?;
        let other = ties::as_served(&spec, &events, &places, &served, &names, first.wrong());
        found.compared = first.end();
        if let Some((places, moved)) = other {
            let second = compared(&places)?.end();
            if second.mismatches < found.compared.mismatches {
                found.compared = second;
                found.ties = moved;
                found.notes.push(format!(
                    "note ties: {moved} rows have the time of another one of their key, and were served in another order than the log has \
                     them: they are compared in that order"
                ));
            }
        }
    }
    Ok(found)
}

fn read(table: Table, at: &Where, options: &Options, found: &mut Found) -> Result<Served> {
    let mut served = Served::read(table, at, options)?;
    found.notes.append(&mut served.notes);
    if served.repeated > 0 {
        let differ =
            if served.differ > 0 { format!("; {} of them have other values than it", served.differ) } else { String::new() };
        found.notes.push(format!(
            "note repeated: {} served rows have an id that was there before: the first counts{differ}",
            served.repeated
        ));
    }
    found.served_rows = served.len() as u64;
    Ok(served)
}

/// The features to compare: those that were asked for, or those that both sides have.
fn names<'a>(
    args: &Args,
    table: &Table,
    others: impl Iterator<Item = &'a String>,
    notes: &mut Vec<String>,
) -> Result<Vec<String>> {
    let (mut all, mut lacking) = (Vec::new(), Vec::new());
    for name in others.filter(|name| args.features.is_empty() || args.features.contains(name)) {
        if column(table, name)?.is_some() { all.push(name.clone()) } else { lacking.push(name.clone()) }
    }
    if let Some(name) = args.features.iter().find(|name| !all.contains(name)) {
        let why = "a feature that is to be compared is not on both sides";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--features").with("feature", short(name)));
    }
    if all.is_empty() {
        let error = Error::new(Code::DataInvalid, "no feature is on both sides: are they named alike?");
        let error = listed(error.with("path", table.path().display()), "recomputed", " ", &lacking);
        return Err(listed(error, "served", " ", table.header()));
    }
    if !args.features.is_empty() {
        return Ok(args.features.clone());
    }
    if !lacking.is_empty() {
        notes.push(format!(
            "note not-served: features that the served table lacks are not compared ({})",
            short(&lacking.join(" "))
        ));
    }
    Ok(all)
}

/// Those of the names whose columns hold numbers.
fn numbers(names: Vec<String>, tables: &[&Table], notes: &mut Vec<String>) -> Result<Vec<String>> {
    let (mut numbers, mut texts) = (Vec::new(), Vec::new());
    for name in names {
        let mut all = true;
        for table in tables {
            all &= column(table, &name)?.is_some_and(|at| table.is_numeric(at));
        }
        if all { numbers.push(name) } else { texts.push(name) }
    }
    if !texts.is_empty() {
        notes.push(format!("note texts: columns without numbers are not compared ({})", short(&texts.join(" "))));
    }
    if numbers.is_empty() {
        return Err(Error::new(Code::DataInvalid, "no column of numbers is on both sides"));
    }
    Ok(numbers)
}

fn places(table: &Table, id: &str, names: &[String]) -> Result<Where> {
    let features = names.iter().filter_map(|name| column(table, name).transpose()).collect::<Result<_>>()?;
    Ok(Where { id: id_column(table, id)?, features, kind: column(table, "nearhand.row")? })
}

impl Found {
    /// Rows that one side lacks.
    fn missing(&self) -> u64 {
        self.compared.missing_recomputed + if self.both_ways { self.compared.missing_served } else { 0 }
    }

    /// Whether it is as it should be.
    ///
    /// # Errors
    /// `data-invalid` beyond what is let pass, and where no row was compared.
    fn verdict(&self, args: &Args) -> Result<()> {
        let compared = &self.compared;
        let why = if compared.rows == 0 {
            "no row is on both sides: are the ids those of the same events?"
        } else if compared.mismatches > args.max_mismatches {
            "served features are not those that the log gives"
        } else if self.missing() > args.max_missing {
            "rows are missing on one side"
        } else {
            return Ok(());
        };
        Err(Error::new(Code::DataInvalid, why)
            .with("rows", compared.rows)
            .with("mismatches", compared.mismatches)
            .with("missing", self.missing()))
    }
}
