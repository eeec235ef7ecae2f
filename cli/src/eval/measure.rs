//! Pairs through the very engine.

use crate::files::progress;
use crate::sessions::{Named, Pair};
use nearhand::arena::Arena;
use nearhand::rank::metrics::{Metrics, rank_of};
use nearhand::rank::{BitSet, top_k};
use nearhand::{Consent, Engine, Event, ItemIdx, Result, SessionState, Settings};

const START_MS: u64 = 1_600_000_000_000;

/// How an answer is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Cutoff.
    pub k: usize,
    /// The newest item of the session is never in the answer.
    pub without_newest: bool,
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

/// What there is to measure in an engine's bundle.
pub(crate) fn variants(mut engine: Engine) -> Vec<Variant> {
    let (model, table) = (engine.recommender().has_model(), engine.manifest().table.is_some());
    let all = [(Variant::Blend, model), (Variant::Vectors, model), (Variant::Table, table), (Variant::Popularity, true)];
    all.into_iter().filter(|(_, there)| *there).map(|(variant, _)| variant).collect()
}

pub(super) fn open(bytes: &[u8]) -> Result<Engine> {
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
    pub(super) slates: String,
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

/// One pair's outcome: the target's rank among all and, where the target is new, among unseen items; and the slates.
struct Outcome {
    rank: Option<usize>,
    best: Vec<ItemIdx>,
    explore: Option<(Option<usize>, Vec<ItemIdx>)>,
}

/// Runs every pair through an engine, on all of the machine's threads. The figures do not depend on the order of the pairs.
pub(crate) fn measure(bytes: &[u8], pairs: &[Pair], rule: Rule, variant: Variant) -> Result<Report> {
    let mut engine = open(bytes)?;
    let items = engine.catalog().base_len();
    let shares: Vec<f64> = (0..items).map(|i| f64::from(engine.recommender().popularity(ItemIdx(i as u32)))).collect();
    let total: f64 = shares.iter().sum();
    let share = |item: ItemIdx| shares.get(item.at()).copied().unwrap_or(0.0) / total;
    let bar = progress(pairs.len() as u64, "eval");
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let parts: Vec<Result<Vec<Outcome>>> = std::thread::scope(|scope| {
        let work = |pairs: &[Pair]| {
            let mut engine = open(bytes)?;
            if matches!(variant, Variant::Table | Variant::Popularity) {
                engine.recommender().drop_model();
            }
            let one = |pair| {
                bar.inc(1);
                outcome(&mut engine, pair, rule, variant)
            };
            pairs.iter().map(one).collect()
        };
        let chunks = pairs.chunks(pairs.len().div_ceil(threads).max(1));
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(move || work(chunk))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    let mut outcomes: Vec<Outcome> = parts.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let mut slates = String::new();
    for outcome in &outcomes {
        let words: Vec<&str> = outcome.best.iter().map(|i| engine.catalog().id(*i)).collect();
        slates.push_str(&words.join(" "));
        slates.push('\n');
    }
    // Sums of fractions depend on their order in the last digits: let it be the same one for the same pairs.
    outcomes.sort_by(|a, b| (a.rank, &a.best, &a.explore).cmp(&(b.rank, &b.best, &b.explore)));
    let (mut all, mut explore) = (Metrics::new(rule.k, items), Metrics::new(rule.k, items));
    for outcome in outcomes {
        all.add(outcome.rank, &outcome.best, share);
        if let Some((rank, best)) = outcome.explore {
            explore.add(rank, &best, share);
        }
    }
    Ok(Report { k: rule.k, all, explore, slates })
}

fn outcome(engine: &mut Engine, pair: &Pair, rule: Rule, variant: Variant) -> Result<Outcome> {
    let items = engine.catalog().base_len();
    let session = session(engine, &pair.prefix, variant)?;
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
    if let Some(Named::Known(newest)) = pair.prefix.last().filter(|_| rule.without_newest) {
        allowed.remove(ItemIdx(*newest));
    }
    let answer = |allowed: &BitSet| -> Result<(Option<usize>, Vec<ItemIdx>)> {
        let rank = match pair.next {
            Named::Known(target) => rank_of(ItemIdx(target), scores, allowed),
            Named::Unknown(_) => None,
        };
        Ok((rank, top_k(scores, allowed, rule.k)?.iter().map(|s| s.item).collect()))
    };
    let (rank, best) = answer(&allowed)?;
    let mut explore = None;
    if !pair.prefix.contains(&pair.next) {
        for named in &pair.prefix {
            if let Named::Known(item) = named {
                allowed.remove(ItemIdx(*item));
            }
        }
        explore = Some(answer(&allowed)?);
    }
    Ok(Outcome { rank, best, explore })
}

fn session(engine: &Engine, prefix: &[Named], variant: Variant) -> Result<SessionState> {
    let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS)?;
    if variant != Variant::Popularity {
        for (named, at) in prefix.iter().zip(0..) {
            let id = match named {
                Named::Known(item) => engine.catalog().id(ItemIdx(*item)),
                Named::Unknown(id) => id,
            };
            session.observe(&Event::view(id), START_MS + at * 1000)?;
        }
    }
    Ok(session)
}
