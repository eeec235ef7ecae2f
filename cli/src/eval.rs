//! `eval`: a bundle measured on held-out pairs through the very engine.
//!
//! Every prefix is observed as views one second apart; the scores rank all items, ties against us. *all*: nothing is
//! excluded. *explore*: pairs whose target is new to the session, items of the session excluded.

use crate::files::{progress, read, write};
use crate::items::{ItemArgs, ItemList};
use crate::sessions::read_pairs;
use clap::Args as ClapArgs;
use nearhand::rank::BitSet;
use nearhand::rank::metrics::{Metrics, rank_of};
use nearhand::{Consent, Engine, Event, ItemIdx, Result, SessionState, Settings};
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
    #[arg(long, default_value_t = 20)]
    k: usize,
    /// Write the full tier's slates here: one line a pair, item ids separated by spaces
    #[arg(long)]
    slates: Option<PathBuf>,
}

const START_MS: u64 = 1_600_000_000_000;

/// Runs `eval`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bytes = read(&args.bundle)?;
    let mut engine = Engine::open(&bytes, &Settings { consent: Consent::Memory, ..Settings::default() })?;
    let ids: Vec<String> = (0..engine.catalog().base_len()).map(|i| engine.catalog().id(ItemIdx(i as u32)).to_owned()).collect();
    let list = ItemList::load(&args.items, ids.iter().cloned())?;
    let pairs = read_pairs(&args.pairs, &list.by_key)?;
    let name = args.name.clone().unwrap_or_else(|| engine.manifest().name.clone());
    let size = bytes.len();
    if engine.recommender().has_model() {
        let report = measure(&mut engine, &pairs, args.k, Variant::Blend)?;
        println!("eval {name} {report} bundle_bytes={size}");
        if let Some(path) = &args.slates {
            write(path, report.slates.as_bytes())?;
        }
    }
    engine.recommender().drop_model();
    for (variant, word) in [(Variant::Blend, "table"), (Variant::Popularity, "popularity")] {
        println!("eval {name}/{word} {}", measure(&mut engine, &pairs, args.k, variant)?);
    }
    Ok(())
}

/// What a measurement found.
#[derive(Debug)]
pub(crate) struct Report {
    k: usize,
    /// Nothing excluded.
    pub all: Metrics,
    /// Targets new to their session, items of the session excluded.
    pub explore: Metrics,
    /// One line a pair: item ids separated by spaces.
    slates: String,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (k, all, explore) = (self.k, &self.all, &self.explore);
        write!(f, "hr@{k}={:.4} mrr@{k}={:.4} ", all.hit_rate(), all.mrr())?;
        write!(f, "explore_hr@{k}={:.4} explore_mrr@{k}={:.4} ", explore.hit_rate(), explore.mrr())?;
        write!(
            f,
            "ndcg@{k}={:.4} coverage@{k}={:.3} popularity_bias@{k}={:.2} ",
            all.ndcg(),
            all.coverage(),
            all.popularity_bias()
        )?;
        write!(f, "n={} explore_n={}", all.pairs(), explore.pairs())
    }
}

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// All that the engine holds.
    Blend,
    /// No session.
    Popularity,
}

/// Runs every pair through the engine.
pub(crate) fn measure(engine: &mut Engine, pairs: &[(Vec<u32>, u32)], k: usize, variant: Variant) -> Result<Report> {
    let items = engine.catalog().base_len();
    let shares: Vec<f64> = (0..items).map(|i| f64::from(engine.recommender().popularity(ItemIdx(i as u32)))).collect();
    let total: f64 = shares.iter().sum();
    let share = |item: ItemIdx| shares.get(item.at()).copied().unwrap_or(0.0) / total;
    let (mut all, mut explore) = (Metrics::new(k, items), Metrics::new(k, items));
    let everything = BitSet::full(items);
    let bar = progress(pairs.len() as u64, "eval");
    let mut lines = String::new();
    for (prefix, next) in pairs {
        bar.inc(1);
        let target = ItemIdx(*next);
        let session = session(engine, prefix, variant)?;
        let recommender = engine.recommender();
        let context = recommender.context(&session, None, START_MS);
        recommender.score(&context);
        let scores = &recommender.totals();
        let best: Vec<ItemIdx> = recommender.best(&everything, k)?.iter().map(|s| s.item).collect();
        all.add(rank_of(target, scores, &everything), &best, share);
        if !prefix.contains(next) {
            let mut unseen = everything.clone();
            prefix.iter().for_each(|i| unseen.remove(ItemIdx(*i)));
            let best: Vec<ItemIdx> = recommender.best(&unseen, k)?.iter().map(|s| s.item).collect();
            explore.add(rank_of(target, scores, &unseen), &best, share);
        }
        let words: Vec<&str> = best.iter().map(|i| engine.catalog().id(*i)).collect();
        lines.push_str(&words.join(" "));
        lines.push('\n');
    }
    bar.finish_and_clear();
    Ok(Report { k, all, explore, slates: lines })
}

fn session(engine: &Engine, prefix: &[u32], variant: Variant) -> Result<SessionState> {
    let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS)?;
    if variant == Variant::Blend {
        for (item, at) in prefix.iter().zip(0..) {
            session.observe(&Event::view(engine.catalog().id(ItemIdx(*item))), START_MS + at * 1000)?;
        }
    }
    Ok(session)
}
