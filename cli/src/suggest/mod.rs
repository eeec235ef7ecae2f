//! The search box: `suggest-index` makes its index of a query log and the catalog, `eval-suggest` measures one.
//!
//! ```text
//! query log → counted: enough visitors, what is long ago counts less ┐
//! item list, event log → titles and categories with their events     ┴→ entries → index
//! ```

mod counts;
pub(crate) mod eval;
mod queries;

use crate::files::{read_text, readable};
use crate::items::{ItemArgs, ItemList};
use crate::log::LogArgs;
use crate::output::{Output, distinct};
use crate::read::options::Options;
use clap::Args as ClapArgs;
use nearhand::suggest::{COUNT_UNIT, Entry, Suggester, build};
use nearhand::{Code, Error, Result};
use queries::{By, QueryArgs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments of `suggest-index`. The reading options (`--columns`, `--encoding`, …) are for the query log and --events alike.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    queries: QueryArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    items: ItemArgs,
    /// Visitors that must have asked a query for it to be suggested; without a column of visitors, sessions, and without either
    /// how often it must have been asked. What fewer ask may be a name or an address
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    min_count: u32,
    /// Days after which a query or event counts half, where times are known; 0 for never
    #[arg(long, default_value_t = 14, value_name = "DAYS")]
    half_life: u32,
    /// Leave the names of categories out
    #[arg(long)]
    no_categories: bool,
    /// Other words for the same thing: a line each, `typed<TAB>meant`, or `one = other` for both directions
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
    /// The index
    #[arg(long)]
    out: PathBuf,
}

/// Runs `suggest-index`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let out = Output::check("--out", &args.out)?;
    let inputs = [
        ("--queries", &args.queries.queries),
        ("--events", &args.log.events),
        ("--items", &args.items.items),
        ("--synonyms", &args.synonyms),
    ];
    if inputs.iter().take(3).all(|(_, path)| path.is_none()) {
        return Err(Error::new(Code::OptionInvalid, "name what is to be suggested: --queries, --items or --events"));
    }
    let mut known: Vec<(&'static str, PathBuf)> = crate::read::inputs(inputs.get(..3).unwrap_or_default())?;
    if let Some(path) = &args.synonyms {
        readable("--synonyms", path)?;
        known.push(("--synonyms", path.clone()));
    }
    distinct(&[&out], &known.iter().map(|(option, path)| (*option, path.as_path())).collect::<Vec<_>>())?;
    let synonyms = args.synonyms.as_deref().map(synonyms).transpose()?.unwrap_or_default();
    let mut rare = 0;
    let mut by = None;
    let mut entries = Vec::new();
    if let Some(path) = &args.queries.queries {
        let queries = queries::read(path, &args.queries, &Options::from(&args.log.read))?;
        let counted = counts::counted(&queries, args.min_count as usize, args.half_life);
        rare = counted.rare;
        by = Some(queries.by);
        if queries.by == By::Sessions {
            eprintln!(
                "note: the query log tells sessions and no visitors, so that somebody who asks for the same in {} of them makes it \
                 a suggestion: name a column of visitors with --query-visitor-col, or raise --min-count",
                args.min_count
            );
        }
        entries.extend(counted.entries);
    }
    entries.extend(catalog(args)?);
    let built = build(entries, &synonyms)?;
    // What was written is what a page will open.
    let suggester = Suggester::open(built.bytes.clone())?;
    out.write(&built.bytes)?;
    let sizes = suggester.sizes().map(|(part, bytes)| format!(" {part}={bytes}")).concat();
    println!(
        "suggest-index {} entries={} bytes={} bytes_an_entry={:.1}{sizes} items={} merged={} same_title={} counted_by={} \
         rare={rare} wordless={} long={} synonyms={} synonyms_left_out={}",
        out.path().display(),
        built.texts,
        built.bytes.len(),
        built.bytes.len() as f64 / built.texts as f64,
        suggester.items(),
        built.merged,
        built.outdone,
        by.map_or("none", By::as_str),
        built.wordless,
        built.long,
        built.synonyms,
        built.useless,
    );
    Ok(())
}

/// Titles and categories with what their items' events count.
fn catalog(args: &Args) -> Result<Vec<Entry>> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut list = None;
    if args.log.events.is_some() {
        let log = crate::log::load(&args.log)?;
        let latest = log.range.map_or(0, |(_, last)| last);
        for event in log.sessions.iter().flat_map(|session| &session.events) {
            let age = if latest > 0 { latest.saturating_sub(event.at_ms) } else { 0 };
            *counts.entry(event.item.clone()).or_default() += counts::left(age, args.half_life);
        }
        list = Some(log.items);
    }
    if args.items.items.is_some() {
        list = Some(ItemList::load(&args.items, std::iter::empty())?);
    }
    let mut categories: BTreeMap<String, u64> = BTreeMap::new();
    let mut entries = Vec::new();
    for row in list.into_iter().flat_map(|list| list.rows) {
        let count = counts.get(&row.item).copied().unwrap_or(0) / (counts::left(0, 0) / COUNT_UNIT);
        if let Some(category) = &row.category {
            *categories.entry(category.clone()).or_default() += count;
        }
        entries.push(Entry { text: row.title, count, category: row.category, item: Some(row.item) });
    }
    if !args.no_categories {
        let named = |(name, count): (String, u64)| Entry { text: name.clone(), count, category: Some(name), item: None };
        entries.extend(categories.into_iter().map(named));
    }
    Ok(entries)
}

/// Reads synonyms.
fn synonyms(path: &Path) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for (line, at) in read_text(path)?.lines().zip(1..) {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (one, other, both) = match (line.split_once('\t'), line.split_once('=')) {
            (Some((one, other)), _) => (one.trim(), other.trim(), false),
            (None, Some((one, other))) => (one.trim(), other.trim(), true),
            _ => ("", "", false),
        };
        if one.is_empty() || other.is_empty() || other.contains('\t') {
            let why = "a line of synonyms is `typed<TAB>meant`, or `one = other` for both directions";
            return Err(crate::files::bad_line(path, at, why).with("option", "--synonyms"));
        }
        pairs.push((one.to_owned(), other.to_owned()));
        if both {
            pairs.push((other.to_owned(), one.to_owned()));
        }
    }
    Ok(pairs)
}
