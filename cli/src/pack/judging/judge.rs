//! Whether what was packed is as good as the model: its own tops, what came next, and the whole bundle's answers.

use crate::items::ItemList;
use crate::pack::judging::asked;
use crate::pack::judging::expect::{self, Expected};
use crate::pack::judging::spread;
use crate::pack::judging::{AGREE, SESSIONS};
use crate::pack::running::probe::Loaded;
use crate::pack::running::rows::Rows;
use crate::pack::told::Told;
use nearhand::arena::Arena;
use nearhand::bundle::OutputKind;
use nearhand::features::ContextEvent;
use nearhand::rank::BitSet;
use nearhand::{Code, Consent, Engine, Error, Event, ItemIdx, Result, SessionState, Settings};

/// Places of a top.
const K: usize = 20;
/// Pairs that the model is measured on.
const PAIRS: usize = 1000;
/// Sessions whose spread makes the temperature.
const SPREADS: usize = 50;
/// Any time.
const START_MS: u64 = 1_600_000_000_000;

/// Holds a graph against the expected tops.
///
/// # Errors
/// `model-mismatch` where fewer than 99.9 % are answered, with the first difference.
pub(crate) fn expected(
    loaded: &mut Loaded,
    rows: Option<&Rows>,
    (expected, items): (&Expected, &ItemList),
    told: &mut Told,
) -> Result<()> {
    let (agreed, first) = expected.compare(loaded, rows)?;
    (told.expected, told.agreed) = (Some(expected.tops.len()), Some(agreed));
    if expected.unknown > 0 {
        told.warn(format!("{} lines of --expect name items that the item list lacks: they were left out", expected.unknown));
    }
    let Some(first) = first.filter(|_| agreed * 1000 < expected.tops.len() * AGREE) else { return Ok(()) };
    let id = |item: &u32| items.rows.get(*item as usize).map_or("", |row| row.item.as_str());
    let ids = |items: &[u32]| items.iter().map(id).collect::<Vec<_>>().join(" ");
    Err(Error::new(Code::ModelMismatch, "the graph does not answer the expected tops: another model's file, or the graph is meant otherwise; what was understood stands above")
        .with("option", "--expect")
        .with("agreed", format!("{agreed} of {}", expected.tops.len()))
        .with("line", first.line)
        .with("place", first.place)
        .with("wanted", ids(&first.wanted))
        .with("got", ids(&first.got))
        .with("inputs", first.inputs))
}

/// The hit rate of the model alone on the newest sessions, beside best sellers.
///
/// # Errors
/// Those of running the model.
pub(crate) fn alone(
    loaded: &mut Loaded,
    (rows, n): (Option<&Rows>, usize),
    sessions: &[Vec<ContextEvent>],
    told: &mut Told,
) -> Result<()> {
    let newest = sessions.len().div_ceil(10);
    let (older, newer) = sessions.split_at(sessions.len() - newest);
    let items = |session: &Vec<ContextEvent>| session.iter().map(|event| event.item.0).collect();
    let known: Vec<Vec<u32>> = if older.is_empty() { newer } else { older }.iter().map(items).collect();
    let counts = crate::assemble::popularity(&known, n);
    let popular: Vec<f32> = counts.iter().map(|count| *count as f32).collect();
    let pairs = newer.iter().rev().flat_map(|session| (1..session.len()).filter_map(|at| session.split_at_checked(at)));
    let (mut hits, mut popular_hits, mut asked) = (0_usize, 0_usize, 0_usize);
    let (mut fresh, mut popular_fresh) = (0_usize, 0_usize);
    for (prefix, next) in pairs.take(PAIRS) {
        let Some(next) = next.first() else { continue };
        let values = loaded.values(prefix, rows)?;
        asked += 1;
        let among = |values: &[f32]| asked::place(values, next.item.0) <= K as f64;
        let (by_model, popular) = (among(&values), among(&popular));
        hits += usize::from(by_model);
        popular_hits += usize::from(popular);
        if !prefix.iter().any(|event| event.item == next.item) {
            fresh += usize::from(by_model);
            popular_fresh += usize::from(popular);
        }
    }
    if asked == 0 {
        told.warn("no session has two items, so what the model is worth cannot be told".to_owned());
        return Ok(());
    }
    let rate = |hits: usize| hits as f64 / asked as f64;
    (told.hit_rate, told.popularity_hit_rate, told.pairs) = (Some(rate(hits)), Some(rate(popular_hits)), asked);
    // Two standard errors of the difference of two counts. Items that the session holds already are found in any order of the
    // list: those that are new to it tell whether the order is right.
    let clearly = |model: usize, popular: usize| model as f64 > popular as f64 + 2.0 * ((model + popular) as f64).sqrt();
    if clearly(hits, popular_hits) && !clearly(fresh, popular_fresh) {
        told.warn(format!(
            "of the next items that are new to their session the model alone finds {fresh}, best sellers {popular_fresh}: hardly more \
             than chance, though it finds what the session holds. Are its items those of the list, in its order?"
        ));
    }
    if !clearly(hits, popular_hits) {
        told.warn(format!(
            "on the newest sessions the model alone finds {hits} of {asked} next items among its first {K}, best sellers {popular_hits}: hardly more than chance. Are its items those of the list, in its order, and is what was understood right?"
        ));
    }
    Ok(())
}

/// The temperature by the spread of the model's values on the newest sessions.
///
/// # Errors
/// Those of running the model.
pub(crate) fn temperature(loaded: &mut Loaded, rows: Option<&Rows>, contexts: &[Vec<ContextEvent>]) -> Result<f32> {
    let newest = contexts.iter().rev().take(SPREADS);
    let values = newest.map(|session| loaded.values(session, rows)).collect::<Result<Vec<_>>>()?;
    Ok(spread::temperature(&values))
}

/// Opens the bundle and refuses it where its best items are not those of its model.
///
/// # Errors
/// `model-mismatch` with both lists; any of opening.
pub(crate) fn whole(
    bytes: &[u8],
    (items, said): (&ItemList, bool),
    contexts: &[Vec<ContextEvent>],
    told: &mut Told,
) -> Result<()> {
    let settings = Settings { consent: Consent::Memory, ..Settings::unbounded() };
    let mut engine = Engine::open(bytes, &settings)?;
    let Some(output) = engine.manifest().model.as_ref().map(|model| model.output.clone()) else { return Ok(()) };
    let n = engine.catalog().base_len();
    let (mut same, mut all) = (0, 0);
    for context in contexts.iter().rev().take(SESSIONS) {
        let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS)?;
        for (at, event) in (0..).zip(context) {
            if let Some(row) = items.rows.get(event.item.at()) {
                session.observe(&Event::view(&row.item), START_MS + at * 1000)?;
            }
        }
        let arena = Arena::default();
        let recommender = engine.recommender();
        let context = recommender.context(&session, None, START_MS + 1_000_000, &arena);
        let Some(answer) = recommender.run_model(context)? else { continue };
        let answer = answer.to_vec();
        let values: Vec<f32> = match output.kind {
            OutputKind::Logits => answer.get(output.offset..).unwrap_or_default().iter().take(n).copied().collect(),
            OutputKind::Query => recommender
                .vectors()
                .map_or_else(Vec::new, |vectors| (0..n as u32).map(|item| vectors.score(ItemIdx(item), &answer)).collect()),
        };
        recommender.score(context);
        let best: Vec<u32> = recommender.best(&BitSet::full(n), K)?.iter().map(|scored| scored.item.0).collect();
        all += 1;
        if expect::differing(&values, &best, expect::ROUNDING).is_empty() {
            same += 1;
            continue;
        }
        // What table and session say moves the items that they speak for, and no others.
        let part = |item: u32| recommender.part(ItemIdx(item));
        let spoken: Vec<bool> = (0..n as u32).map(|item| part(item).table != 0.0 || part(item).repeat != 0.0).collect();
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let others: Vec<f32> = values.iter().zip(&spoken).map(|(value, spoken)| if *spoken { low } else { *value }).collect();
        let left: Vec<u32> = best.iter().copied().filter(|item| spoken.get(*item as usize) == Some(&false)).collect();
        if expect::differing(&others, &left, expect::ROUNDING).is_empty() {
            continue;
        }
        let ids = |of: &[u32]| of.iter().map(|item| recommender.catalog().id(ItemIdx(*item))).collect::<Vec<_>>().join(" ");
        return Err(Error::new(
            Code::ModelMismatch,
            if said {
                "the bundle's best items are not its model's: --temperature is too small or too large for the model's values"
            } else {
                "the bundle's best items are not its model's: no one temperature serves values of such different spread; export \
                 logits or cosines of one scale, without values far from all others"
            },
        )
        .with("option", "--temperature")
        .with("value", told.temperature.unwrap_or_default())
        .with("model", ids(&expect::best(&values, K)))
        .with("bundle", ids(&best)));
    }
    told.own_top = Some((same, all));
    Ok(())
}
