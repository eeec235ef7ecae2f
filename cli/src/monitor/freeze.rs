//! A table becomes a reference.

use super::{of_file, refused};
use crate::output::{Output, distinct};
use crate::read::Table;
use crate::read::options::{Options, ReadArgs};
use crate::read::value::cell::{listed, short};
use crate::read::value::plain::number;
use crate::sessions::SessionFile;
use crate::usual;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Bins, LONGEST_NAME, MOST_BINS, Rate, Reference, Role, Stream, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most different names of a column that may still be categories.
const MOST_NAMES: usize = 100_000;

/// Arguments of `monitor-reference`.
#[derive(ClapArgs, Debug)]
pub(crate) struct ReferenceArgs {
    /// Table of what the model was given and what it answered: text, JSON lines, Parquet or Arrow
    #[arg(long, value_name = "PATH", required_unless_present = "bundle")]
    table: Option<PathBuf>,
    /// A bundle: its reference is written to --out. With --sessions, --put or --table the bundle is written, with that reference in the
    /// place of its own
    #[arg(long, value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
    /// Sessions in plain text that the bundle's engine answers, oldest first: ids of its items, blanks between them. Best of those that it
    /// was not trained on
    #[arg(long, value_name = "FILE", requires = "bundle", conflicts_with_all = ["table", "put"])]
    sessions: Option<PathBuf>,
    /// Length of the slates that the page asks for [default: 5]
    #[arg(long, value_name = "K", requires = "sessions", value_parser = clap::value_parser!(u16).range(1..=100))]
    slate_k: Option<u16>,
    /// A reference that is put into --bundle, or a bundle that has one
    #[arg(long, value_name = "FILE", requires = "bundle", conflicts_with = "table")]
    put: Option<PathBuf>,
    /// Columns of the model's inputs [default: all that are nothing else; ids and clocks are left out]
    #[arg(long, requires = "table", value_delimiter = ',', value_name = "NAME,NAME,…")]
    inputs: Vec<String>,
    /// Columns of its scores
    #[arg(long, requires = "table", value_delimiter = ',', value_name = "NAME,NAME,…")]
    scores: Vec<String>,
    /// Columns that are properties of slates
    #[arg(long, requires = "table", value_delimiter = ',', value_name = "NAME,NAME,…")]
    slates: Vec<String>,
    /// Columns of 0 and 1 that say that something happened
    #[arg(long, requires = "table", value_delimiter = ',', value_name = "NAME,NAME,…")]
    rates: Vec<String>,
    /// Columns of numbers that are names, such as codes
    #[arg(long, requires = "table", value_delimiter = ',', value_name = "NAME,NAME,…")]
    names: Vec<String>,
    /// How much the model cares for an input, on any scale [default: for all the same]
    #[arg(long, requires = "table", value_delimiter = ',', value_name = "NAME=X,…", value_parser = importance)]
    importance: Vec<(String, f64)>,
    /// Bins of numbers, but for those beyond all and what is missing
    #[arg(long, requires = "table", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=60))]
    bins: u8,
    /// Names that are told apart in a column
    #[arg(long, requires = "table", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=60))]
    categories: u8,
    /// The reference, or the bundle with it
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
}

/// For clap.
fn importance(text: &str) -> std::result::Result<(String, f64), String> {
    let pair = text.rsplit_once('=').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
    pair.filter(|(_, value)| *value >= 0.0).ok_or_else(|| "an importance is NAME=X with a number from 0".to_owned())
}

/// A column that is read.
struct Column {
    name: String,
    /// None: a rate.
    role: Option<Role>,
    values: Values,
}

enum Values {
    Numbers(Vec<f64>),
    /// Names by how often, and how often there was none.
    Names(BTreeMap<String, u64>, u64),
}

/// Runs `monitor-reference`.
pub(crate) fn freeze(args: &ReferenceArgs) -> Result<()> {
    let out = Output::check("--out", &args.out)?;
    let mut inputs = crate::read::inputs(&[("--table", &args.table)])?;
    let files = [("--bundle", &args.bundle), ("--put", &args.put), ("--sessions", &args.sessions)];
    inputs.extend(files.into_iter().filter_map(|(option, path)| Some((option, path.clone()?))));
    distinct(&[&out], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    if let (Some(bundle), Some(sessions)) = (&args.bundle, &args.sessions) {
        let file = SessionFile::read("--sessions", sessions)?;
        let visits = file.sessions().map(|session| Ok(session?.1)).collect::<Result<Vec<_>>>()?;
        let visits: Vec<usual::Visit<'_>> = visits.iter().map(|visit| visit.iter().map(AsRef::as_ref).collect()).collect();
        let frozen = usual::frozen(&crate::files::read(bundle)?, &visits, args.slate_k)?;
        let (bytes, line) = frozen.ok_or_else(|| {
            let why =
                "there are too few visits for a reference: a visit gives one row at most, and none where no item is the bundle's";
            Error::new(Code::DataInvalid, why).with("visits", visits.len()).with("rows_at_least", usual::LEAST)
        })?;
        out.write(&bytes)?;
        println!("monitor-reference {} {line}", out.path().display());
        return Ok(());
    }
    let (reference, notes) = match (&args.table, args.put.as_ref().or(args.bundle.as_ref())) {
        (None, Some(path)) => {
            let read = Reference::from_bytes(&of_file(path)?);
            (read.map_err(|error| refused(&error).with("path", path.display()))?, Vec::new())
        }
        _ => made(args)?,
    };
    let bytes = reference.to_bytes();
    match &args.bundle {
        Some(bundle) if args.table.is_some() || args.put.is_some() => {
            out.write(&usual::put(&crate::files::read(bundle)?, bytes.clone())?)?;
        }
        _ => out.write(&bytes)?,
    }
    notes.iter().for_each(|note| println!("{note}"));
    let rows = reference.streams().iter().map(Stream::total).max().or_else(|| reference.rates().iter().map(|rate| rate.of).max());
    println!(
        "monitor-reference {} rows={} streams={} rates={} bytes={} digest={:016x}",
        out.path().display(),
        rows.unwrap_or(0),
        reference.streams().len(),
        reference.rates().len(),
        bytes.len(),
        reference.digest()
    );
    Ok(())
}

/// The reference of a table, and what a person should know.
pub(super) fn made(args: &ReferenceArgs) -> Result<(Reference, Vec<String>)> {
    let path = args.table.as_deref().unwrap_or(Path::new(""));
    let table = Table::open(path, &Options::from(&args.read))?.look_further(path)?;
    let (picked, mut columns) = columns(args, &table)?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let done = table.rows(&picked, usize::MAX, &mut |cells, place| {
        for ((column, cell), name) in columns.iter_mut().zip(cells).zip(&names) {
            match &mut column.values {
                Values::Numbers(all) => {
                    let why = "a number is plain, like 1050.5 or 1e-05; name the column with --names if these are names";
                    all.push(number(*cell).ok_or_else(|| place.error(why, name, *cell))?);
                }
                Values::Names(all, missing) => match cell.word() {
                    Some(_) if all.len() > MOST_NAMES => {}
                    Some(word) => *all.entry(word.into_owned()).or_default() += 1,
                    None => *missing += 1,
                },
            }
        }
        Ok(())
    })?;
    let mut notes: Vec<String> = done.notes.iter().map(ToString::to_string).collect();
    let (mut streams, mut rates) = (Vec::new(), Vec::new());
    for column in columns {
        match column.role {
            Some(role) => streams.extend(stream(args, column, role, &mut notes)?),
            None => rates.push(rate(column)?),
        }
    }
    Reference::new(streams, rates).map(|made| (made, notes)).map_err(|error| refused(&error))
}

/// Which columns are read, as what.
fn columns(args: &ReferenceArgs, table: &Table) -> Result<(Vec<usize>, Vec<Column>)> {
    let told = [
        ("--inputs", &args.inputs, Some(Role::Input)),
        ("--scores", &args.scores, Some(Role::Score)),
        ("--slates", &args.slates, Some(Role::Slate)),
        ("--rates", &args.rates, None),
    ];
    let mut wanted: Vec<(String, Option<Role>)> = Vec::new();
    for (option, names, role) in told {
        for name in names {
            if wanted.iter().any(|(other, _)| other == name) {
                let why = "a column is named twice";
                return Err(Error::new(Code::OptionInvalid, why).with("option", option).with("column", short(name)));
            }
            wanted.push((name.clone(), role));
        }
    }
    if args.inputs.is_empty() {
        let others = table.header().iter().filter(|name| !name.is_empty() && !wanted.iter().any(|(other, _)| other == *name));
        let others: Vec<_> = others.map(|name| (name.clone(), Some(Role::Input))).collect();
        wanted.splice(0..0, others);
    }
    let known = wanted.iter().map(|(name, _)| name);
    if let Some(name) =
        args.names.iter().chain(args.importance.iter().map(|(name, _)| name)).find(|n| !known.clone().any(|k| k == *n))
    {
        let why = "--names and --importance name columns that are read";
        return Err(Error::new(Code::OptionInvalid, why).with("column", short(name)));
    }
    let (mut picked, mut columns) = (Vec::new(), Vec::new());
    for (name, role) in wanted {
        let Some(at) = table.column(&name, |column| column == name)? else {
            let error =
                Error::new(Code::DataInvalid, "the table has no column of that name").with("path", table.path().display());
            return Err(listed(error.with("column", short(&name)), "columns", " ", table.header()));
        };
        let numeric = role.is_none() || table.is_numeric(at) && !args.names.contains(&name);
        let values = if numeric { Values::Numbers(Vec::new()) } else { Values::Names(BTreeMap::new(), 0) };
        picked.push(at);
        columns.push(Column { name, role, values });
    }
    Ok((picked, columns))
}

/// The stream of a column; nothing of one that has an id a row.
fn stream(args: &ReferenceArgs, column: Column, role: Role, notes: &mut Vec<String>) -> Result<Option<Stream>> {
    let name = column.name.as_str();
    let told = args.importance.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
    let importance = told.unwrap_or(if args.importance.is_empty() || role != Role::Input { 1.0 } else { 0.0 });
    let new = |bins| Stream::new(name, role, importance, bins).map_err(|error| refused(&error));
    match &column.values {
        Values::Numbers(values) => {
            if told.is_none() && args.inputs.is_empty() && role == Role::Input && is_id_or_clock(values) {
                let why = "has numbers that are all different or rise with the rows, as ids and clocks do";
                notes.push(format!("note ids: column {} {why}: it is left out; --inputs would keep it", short(name)));
                return Ok(None);
            }
            let mut stream = new(Bins::of_numbers(values, args.bins.into()))?;
            values.iter().for_each(|value| stream.add(Value::Number(*value)));
            Ok(Some(stream))
        }
        Values::Names(counts, missing) => {
            let total: u64 = counts.values().sum();
            if counts.len() > MOST_NAMES || counts.len() as u64 * 2 > total && counts.len() > MOST_BINS {
                notes.push(format!("note ids: column {} has a name of its own in most rows: it is left out", short(name)));
                return Ok(None);
            }
            let mut frequent: Vec<(&String, &u64)> = counts.iter().filter(|(name, _)| name.len() <= LONGEST_NAME).collect();
            frequent.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let names = frequent.iter().take(args.categories.into()).map(|(name, _)| (*name).clone()).collect();
            let mut stream = new(Bins::Named(names))?;
            for (name, count) in counts {
                (0..*count).for_each(|_| stream.add(Value::Name(name)));
            }
            (0..*missing).for_each(|_| stream.add(Value::Missing));
            Ok(Some(stream))
        }
    }
}

/// Whether numbers name rows or tell their time: whole ones that are all different, or any that rise or fall with the rows.
fn is_id_or_clock(values: &[f64]) -> bool {
    let known: Vec<f64> = values.iter().filter(|value| !value.is_nan()).copied().collect();
    let mut sorted = known.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    // Few numbers may be in order by chance, or be codes by which rows are sorted.
    if sorted.len() <= MOST_BINS {
        return false;
    }
    let different = sorted.len() == known.len() && sorted.iter().all(|value| value.trunc() == *value);
    different || known.is_sorted() || known.is_sorted_by(|a, b| a >= b)
}

fn rate(column: Column) -> Result<Rate> {
    let Values::Numbers(values) = &column.values else { return Ok(Rate { name: column.name, events: 0, of: 0 }) };
    if let Some(value) = values.iter().find(|value| **value != 0.0 && **value != 1.0) {
        let why = "a column of --rates has 0 and 1, or false and true, alone";
        return Err(Error::new(Code::DataInvalid, why).with("column", short(&column.name)).with("value", value));
    }
    Ok(Rate { events: values.iter().filter(|value| **value == 1.0).count() as u64, of: values.len() as u64, name: column.name })
}
