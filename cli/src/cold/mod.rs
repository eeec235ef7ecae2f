//! `cold`: what new items are worth before anybody has seen them. A bundle is trained without some items; these come by
//! catalog delta, in several ways, and held-out pairs are asked through the very engine.
//!
//! ```text
//! nothing        title and category are not told: the item is reached last
//! words          the item borrows vector and table row of the known one whose title is most like its own
//! content        what the engine does with title and category
//! lite/…         without model and vectors, where words are all that is asked
//! ```
//! Measured apart: pairs whose target is new, pairs with new items in the session alone, all others (which new items may
//! only push down), and all.

#[cfg(test)]
mod tests;
mod ways;

use crate::files::{progress, read};
use crate::items::{ItemArgs, ItemList};
use crate::sessions::{Named, Pair, PairFile};
use clap::Args as ClapArgs;
use clap::builder::TypedValueParser as _;
use nearhand::arena::Arena;
use nearhand::rank::BitSet;
use nearhand::rank::metrics::{Metrics, rank_of};
use nearhand::{Code, Consent, Engine, Error, Event, Item, ItemIdx, Result, SessionState, Settings};
use std::path::PathBuf;
use ways::{Way, Ways};

/// Arguments of `cold`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The bundle, trained without the new items
    bundle: PathBuf,
    /// Held-out pairs: prefix, tab, next
    #[arg(long)]
    pairs: PathBuf,
    /// The whole item list: what the bundle lacks of it is new
    #[command(flatten)]
    items: ItemArgs,
    /// Name in the printed lines [default: the bundle's]
    #[arg(long)]
    name: Option<String>,
    /// Cutoff of the measures
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..).map(usize::from))]
    k: usize,
}

/// Any time: pairs have none.
const START_MS: u64 = 1_600_000_000_000;

/// Runs `cold`.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.items.items.is_none() {
        return Err(Error::new(Code::OptionInvalid, "name the whole item list with --items FILE"));
    }
    let pairs = PairFile::read("--pairs", &args.pairs)?;
    let bytes = read(&args.bundle)?;
    let engine = open(&bytes)?;
    let list = ItemList::load(&args.items, std::iter::empty())?;
    let pairs = pairs.resolve(&list.by_key)?;
    let name = args.name.clone().unwrap_or_else(|| engine.manifest().name.clone());
    let new: Vec<Item> = list.rows.iter().filter(|row| engine.catalog().find(&row.item).is_none()).cloned().collect();
    if new.is_empty() {
        return Err(Error::new(Code::DataInvalid, "the bundle has all items of the list: train it without some of them"));
    }
    let ways = Ways::new(&engine, &new)?;
    for way in Way::ALL {
        let tally = measure(&bytes, &ways, way, &Questions { list: &list, pairs: &pairs.pairs, new: &new, k: args.k })?;
        println!("cold {name}/{} {}{pairs}", way.name(), tally.report(args.k));
        if crate::say::closed() {
            return Ok(());
        }
    }
    Ok(())
}

fn open(bytes: &[u8]) -> Result<Engine> {
    Engine::open(bytes, &Settings { consent: Consent::Memory, ..Settings::unbounded() })
}

/// What is asked.
struct Questions<'a> {
    list: &'a ItemList,
    pairs: &'a [Pair],
    new: &'a [Item],
    k: usize,
}

/// What was found.
#[derive(Debug)]
struct Tally {
    /// The target is new.
    target: Metrics,
    /// The session holds a new item, the target is known.
    session: Metrics,
    other: Metrics,
    all: Metrics,
}

impl Tally {
    fn new(k: usize) -> Self {
        let none = || Metrics::new(k, 0);
        Self { target: none(), session: none(), other: none(), all: none() }
    }

    fn report(&self, k: usize) -> String {
        let groups = [("", &self.all), ("target_", &self.target), ("session_", &self.session), ("other_", &self.other)];
        let figure = |(group, m): &(&str, &Metrics)| format!("{group}hr@{k}={:.4} {group}mrr@{k}={:.4} ", m.hit_rate(), m.mrr());
        let counts = groups.map(|(group, m)| format!("{group}n={}", m.pairs())).join(" ");
        format!("{}{counts}", groups.iter().map(figure).collect::<String>())
    }
}

/// Asks all pairs, on all of the machine's threads.
fn measure(bytes: &[u8], ways: &Ways, way: Way, questions: &Questions<'_>) -> Result<Tally> {
    let bar = progress(questions.pairs.len() as u64, "cold");
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let parts: Vec<Result<Vec<Option<usize>>>> = std::thread::scope(|scope| {
        let bar = &bar;
        let work = move |pairs: &[Pair]| {
            let mut engine = open(bytes)?;
            ways.prepare(&mut engine, way)?;
            let ask = |pair| {
                bar.inc(1);
                rank(&mut engine, questions.list, pair)
            };
            pairs.iter().map(ask).collect()
        };
        let chunks = questions.pairs.chunks(questions.pairs.len().div_ceil(threads).max(1));
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(move || work(chunk))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    let new: std::collections::HashSet<&str> = questions.new.iter().map(|row| row.item.as_str()).collect();
    let is_new = |named: &Named| id(questions.list, named).is_some_and(|id| new.contains(id));
    let mut tally = Tally::new(questions.k);
    let ranks: Vec<Option<usize>> = parts.into_iter().collect::<Result<Vec<_>>>()?.concat();
    for (Pair { prefix, next }, rank) in questions.pairs.iter().zip(ranks) {
        let group = match (is_new(next), prefix.iter().any(is_new)) {
            (true, _) => &mut tally.target,
            (false, true) => &mut tally.session,
            (false, false) => &mut tally.other,
        };
        group.add(rank, &[], |_| 0.0);
        tally.all.add(rank, &[], |_| 0.0);
    }
    Ok(tally)
}

/// The target's rank among all items, ties against us; but a new item that shares the score of a known one, as what stands
/// beside another does, comes behind it, as in a slate.
fn rank(engine: &mut Engine, list: &ItemList, pair: &Pair) -> Result<Option<usize>> {
    let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS)?;
    for (named, at) in pair.prefix.iter().zip(0..) {
        session.observe(&Event::view(id(list, named).unwrap_or_default()), START_MS + at * 1000)?;
    }
    let target = id(list, &pair.next).and_then(|id| engine.catalog().find(id));
    let recommender = engine.recommender();
    let arena = Arena::default();
    recommender.score(recommender.context(&session, None, START_MS, &arena));
    let scores = recommender.totals();
    let Some(target) = target else { return Ok(None) };
    let known = recommender.catalog().base_len();
    let mut allowed = BitSet::full(scores.len());
    if target.at() < known {
        let own = scores.get(target.at());
        let behind = |item: &usize| scores.get(*item) == own;
        (known..scores.len()).filter(behind).for_each(|item| allowed.remove(ItemIdx(item as u32)));
    }
    Ok(rank_of(target, &scores, &allowed))
}

/// The id of an item, in the list or not.
fn id<'a>(list: &'a ItemList, named: &'a Named) -> Option<&'a str> {
    match named {
        Named::Known(row) => list.rows.get(*row as usize).map(|row| row.item.as_str()),
        Named::Unknown(id) => Some(id),
    }
}
