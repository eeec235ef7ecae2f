//! `eval`: a bundle measured on held-out pairs through the very engine.
//!
//! Every prefix is observed as views one second apart; the scores rank all items, ties against us. *all*: nothing is
//! excluded. *explore*: pairs whose target is new to the session, items of the session excluded. With
//! `--without-newest` the newest item of the session is never in the answer, as on its own product page.

use crate::files::{progress, read, write};
use crate::items::{ItemArgs, ItemList};
use crate::sessions::read_pairs;
use clap::Args as ClapArgs;
use nearhand::arena::Arena;
use nearhand::rank::metrics::{Metrics, rank_of};
use nearhand::rank::{BitSet, top_k};
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
    /// Leave the newest item of the session out of every answer
    #[arg(long)]
    without_newest: bool,
    /// Write the full tier's slates here: one line a pair, item ids separated by spaces
    #[arg(long)]
    slates: Option<PathBuf>,
}

const START_MS: u64 = 1_600_000_000_000;

/// Runs `eval`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bytes = read(&args.bundle)?;
    let engine = open(&bytes)?;
    let ids: Vec<String> = (0..engine.catalog().base_len()).map(|i| engine.catalog().id(ItemIdx(i as u32)).to_owned()).collect();
    let list = ItemList::load(&args.items, ids.iter().cloned())?;
    let pairs = read_pairs(&args.pairs, &list.keys_in(engine.catalog()))?;
    let name = args.name.clone().unwrap_or_else(|| engine.manifest().name.clone());
    let rule = Rule { k: args.k, without_newest: args.without_newest };
    for variant in variants(engine) {
        let report = measure(&bytes, &pairs, rule, variant)?;
        println!("eval {name}{} {report} bundle_bytes={}", variant.suffix(), bytes.len());
        if let (Variant::Blend, Some(path)) = (variant, &args.slates) {
            write(path, report.slates.as_bytes())?;
        }
    }
    Ok(())
}

/// How an answer is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Cutoff.
    pub k: usize,
    /// The newest item of the session is never in the answer.
    pub without_newest: bool,
}

/// What there is to measure in an engine's bundle.
pub(crate) fn variants(mut engine: Engine) -> Vec<Variant> {
    let (model, table) = (engine.recommender().has_model(), engine.manifest().table.is_some());
    let all = [(Variant::Blend, model), (Variant::Vectors, model), (Variant::Table, table), (Variant::Popularity, true)];
    all.into_iter().filter(|(_, there)| *there).map(|(variant, _)| variant).collect()
}

fn open(bytes: &[u8]) -> Result<Engine> {
    Engine::open(bytes, &Settings { consent: Consent::Memory, ..Settings::default() })
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
    /// All that the bundle holds.
    Blend,
    /// The model's part of the score alone.
    Vectors,
    /// The lite tier: the table and the repeat part.
    Table,
    /// No session.
    Popularity,
}

impl Variant {
    /// As it stands behind a bundle's name.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Blend => "",
            Self::Vectors => "/vectors",
            Self::Table => "/table",
            Self::Popularity => "/popularity",
        }
    }
}

/// One pair's outcome: the target's rank among all and, where the target is new, among unseen items; and the slates.
struct Outcome {
    rank: Option<usize>,
    best: Vec<ItemIdx>,
    explore: Option<(Option<usize>, Vec<ItemIdx>)>,
}

/// Runs every pair through an engine, on all of the machine's threads.
pub(crate) fn measure(bytes: &[u8], pairs: &[(Vec<u32>, u32)], rule: Rule, variant: Variant) -> Result<Report> {
    let mut engine = open(bytes)?;
    let items = engine.catalog().base_len();
    let shares: Vec<f64> = (0..items).map(|i| f64::from(engine.recommender().popularity(ItemIdx(i as u32)))).collect();
    let total: f64 = shares.iter().sum();
    let share = |item: ItemIdx| shares.get(item.at()).copied().unwrap_or(0.0) / total;
    let bar = progress(pairs.len() as u64, "eval");
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let parts: Vec<Result<Vec<Outcome>>> = std::thread::scope(|scope| {
        let work = |pairs| {
            let mut engine = open(bytes)?;
            if matches!(variant, Variant::Table | Variant::Popularity) {
                engine.recommender().drop_model();
            }
            let outcomes: Result<Vec<Outcome>> = <[(Vec<u32>, u32)]>::iter(pairs)
                .map(|(prefix, next)| {
                    bar.inc(1);
                    outcome(&mut engine, prefix, ItemIdx(*next), rule, variant)
                })
                .collect();
            outcomes
        };
        let chunks = pairs.chunks(pairs.len().div_ceil(threads).max(1));
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(move || work(chunk))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    let (mut all, mut explore) = (Metrics::new(rule.k, items), Metrics::new(rule.k, items));
    let mut lines = String::new();
    for part in parts {
        for outcome in part? {
            all.add(outcome.rank, &outcome.best, share);
            if let Some((rank, best)) = outcome.explore {
                explore.add(rank, &best, share);
            }
            let words: Vec<&str> = outcome.best.iter().map(|i| engine.catalog().id(*i)).collect();
            lines.push_str(&words.join(" "));
            lines.push('\n');
        }
    }
    Ok(Report { k: rule.k, all, explore, slates: lines })
}

fn outcome(engine: &mut Engine, prefix: &[u32], target: ItemIdx, rule: Rule, variant: Variant) -> Result<Outcome> {
    let items = engine.catalog().base_len();
    let session = session(engine, prefix, variant)?;
    let recommender = engine.recommender();
    let arena = Arena::default();
    let context = recommender.context(&session, None, START_MS, &arena);
    recommender.score(context);
    let scores: Vec<f32> = if variant == Variant::Vectors {
        (0..items).map(|i| recommender.part(ItemIdx(i as u32)).model).collect()
    } else {
        recommender.totals()
    };
    let scores = scores.as_slice();
    let mut allowed = BitSet::full(items);
    if let Some(newest) = prefix.last().filter(|_| rule.without_newest) {
        allowed.remove(ItemIdx(*newest));
    }
    let best =
        |allowed: &BitSet| -> Result<Vec<ItemIdx>> { Ok(top_k(scores, allowed, rule.k)?.iter().map(|s| s.item).collect()) };
    let (rank, first) = (rank_of(target, scores, &allowed), best(&allowed)?);
    let mut explore = None;
    if !prefix.contains(&target.0) {
        prefix.iter().for_each(|i| allowed.remove(ItemIdx(*i)));
        explore = Some((rank_of(target, scores, &allowed), best(&allowed)?));
    }
    Ok(Outcome { rank, best: first, explore })
}

fn session(engine: &Engine, prefix: &[u32], variant: Variant) -> Result<SessionState> {
    let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS)?;
    if variant != Variant::Popularity {
        for (item, at) in prefix.iter().zip(0..) {
            session.observe(&Event::view(engine.catalog().id(ItemIdx(*item))), START_MS + at * 1000)?;
        }
    }
    Ok(session)
}
