//! Pairs through the very engine.

use super::answer::{Answer, Rule, ask_all};
use crate::sessions::{Named, Pair};
use nearhand::arena::Arena;
use nearhand::rank::metrics::{Metrics, rank_of};
use nearhand::rank::top_k;
use nearhand::{Consent, Engine, Event, ItemIdx, Result, SessionState, Settings};

const START_MS: u64 = 1_600_000_000_000;

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
    parts(&mut engine)
}

pub(super) fn parts(engine: &mut Engine) -> Vec<Variant> {
    let (model, table) = (engine.recommender().has_model(), engine.manifest().table.is_some());
    let all = [(Variant::Blend, model), (Variant::Vectors, model), (Variant::Table, table), (Variant::Popularity, true)];
    all.into_iter().filter(|(_, there)| *there).map(|(variant, _)| variant).collect()
}

/// A bundle's bytes, and those of its second file where it is one in two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    pub bundle: &'a [u8],
    pub model: Option<&'a [u8]>,
}

impl Bytes<'_> {
    pub(super) fn open(self) -> Result<Engine> {
        let settings = Settings { consent: Consent::Memory, ..Settings::unbounded() };
        Engine::open_files(self.bundle, self.model, &settings)
    }
}

/// What a measurement found.
#[derive(Debug)]
pub(crate) struct Report {
    k: usize,
    /// Nothing excluded.
    pub all: Metrics,
    /// Targets new to their session, items of the session excluded.
    pub explore: Metrics,
}

impl Report {
    /// Sums of fractions depend on their order in the last digits: it is the same one for the same pairs.
    pub(super) fn of(answers: &[Answer], rule: Rule, items: usize, share: impl Fn(ItemIdx) -> f64) -> Self {
        let mut sorted: Vec<&Answer> = answers.iter().collect();
        sorted.sort_by(|a, b| (a.rank, &a.best, &a.explore).cmp(&(b.rank, &b.best, &b.explore)));
        let (mut all, mut explore) = (Metrics::new(rule.k, items), Metrics::new(rule.k, items));
        for answer in sorted {
            all.add(answer.rank, &answer.best, &share);
            if let Some((rank, best)) = &answer.explore {
                explore.add(*rank, best, &share);
            }
        }
        Self { k: rule.k, all, explore }
    }
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

/// Runs every pair through an engine, on all of the machine's threads. The figures do not depend on the order of the pairs.
pub(crate) fn measure(bytes: &[u8], pairs: &[Pair], rule: Rule, variant: Variant) -> Result<Report> {
    let bytes = Bytes { bundle: bytes, model: None };
    let answers = answers(bytes, pairs, rule, variant)?;
    let mut engine = bytes.open()?;
    let items = engine.catalog().base_len();
    let shares: Vec<f64> = (0..items).map(|i| f64::from(engine.recommender().popularity(ItemIdx(i as u32)))).collect();
    let total: f64 = shares.iter().sum();
    Ok(Report::of(&answers, rule, items, |item| shares.get(item.at()).copied().unwrap_or(0.0) / total))
}

/// What a variant answers to every pair.
pub(super) fn answers(bytes: Bytes<'_>, pairs: &[Pair], rule: Rule, variant: Variant) -> Result<Vec<Answer>> {
    let worker = || {
        let mut engine = bytes.open()?;
        if matches!(variant, Variant::Table | Variant::Popularity) {
            engine.recommender().drop_model();
        }
        Ok(engine)
    };
    ask_all(pairs, worker, |engine, pair| answer(engine, pair, rule, variant))
}

fn answer(engine: &mut Engine, pair: &Pair, rule: Rule, variant: Variant) -> Result<Answer> {
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
    Answer::of(pair, items, rule, |allowed| {
        let rank = match pair.next {
            Named::Known(target) => rank_of(ItemIdx(target), scores, allowed),
            Named::Unknown(_) => None,
        };
        Ok((rank, top_k(scores, allowed, rule.k)?.iter().map(|s| s.item).collect()))
    })
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
