//! Ranks of the fit against the library's own scores.

use super::*;
use crate::choosing::signals::Heard;
use crate::choosing::{counting, table};
use nearhand::arena::Arena;
use nearhand::bundle::{
    Align, CatalogSpec, FORMAT, Feature, Golden, InputSpec, Limits, ModelSpec, OutputKind, OutputSpec, Parts, ServingSpec,
    TableSpec, Task,
};
use nearhand::catalog::{Catalog, Columns, TextColumn};
use nearhand::features::ContextEvent;
use nearhand::model::Model;
use nearhand::rank::BitSet;
use nearhand::rank::metrics::rank_of;
use nearhand::recommend::{Exclude, Recommender, Request, joins};
use nearhand::{Consent, Event, EventKind, ItemIdx, Manifest, Result, SessionState};
use nearhand_numerics::random::Random;
use nearhand_onnx::Tensor;

/// Answers with given cosines.
struct Told(Vec<f32>);

impl Model for Told {
    fn run(&mut self, _: &[Tensor], _: usize, answer: &mut Vec<f32>) -> Result<()> {
        answer.clone_from(&self.0);
        Ok(())
    }
}

/// The library's recommender with a table, a blend, and a model that answers `cosines`.
fn recommender(table: &Table, blend: &Blend, signals: SignalSpec, cosines: &[f32]) -> Recommender {
    let n = cosines.len();
    let ids: Vec<String> = (0..n).map(|i| i.to_string()).collect();
    let column = || TextColumn::of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let spec = ModelSpec {
        inputs: vec![InputSpec {
            name: "mask".into(),
            feature: Feature::Mask,
            shape: vec![4],
            dtype: "f32".into(),
            align: Align::Right,
        }],
        output: OutputSpec { name: "logits".into(), kind: OutputKind::Logits, width: n, offset: 0 },
        engine: None,
    };
    let manifest = Manifest {
        sha256: String::new(),
        format: FORMAT,
        task: Task::Recommend,
        name: "told".into(),
        version: "1".into(),
        created_at: "2026-01-01".into(),
        catalog: CatalogSpec { items: n, ..CatalogSpec::default() },
        model: Some(spec),
        items: None,
        table: Some(TableSpec { successors: table.stored.successors }),
        model_file: None,
        blend: blend.spec(blend),
        serving: ServingSpec { signals, ..ServingSpec::default() },
        goldens: vec![Golden { events: vec![], full: vec![], lite: vec![] }],
        training: None,
        provenance: None,
        metrics: Vec::new(),
        licence: String::new(),
        attribution: String::new(),
        card: String::new(),
    };
    let parts = Parts {
        manifest,
        digest: String::new(),
        bytes: 0,
        catalog: Catalog::new(Columns { ids: column(), titles: column(), ..Columns::default() }).unwrap(),
        vectors: None,
        table: Some(table.stored.clone()),
        bought: None,
        popularity: vec![0; n],
        recent: None,
        onnx: None,
        golden_outputs: Vec::new(),
        reference: None,
    };
    let (mut recommender, manifest) = Recommender::new(parts).unwrap();
    if blend.model > 0.0 {
        recommender.set_model(&manifest, &Limits::default(), Box::new(Told(cosines.to_vec()))).unwrap();
    }
    recommender
}

fn session(events: &[Event]) -> SessionState {
    let mut session = SessionState::new(Consent::Memory, 86_400_000).unwrap();
    events.iter().for_each(|event| assert!(session.observe(event, event.at_ms.unwrap()).unwrap()));
    session
}

/// The library's own scores of every item under a blend.
fn scores(pair: &Pair, table: &Table, blend: &Blend, cosines: &[f32]) -> Vec<f32> {
    let mut recommender = recommender(table, blend, SignalSpec::default(), cosines);
    let event = |(item, at): (&u32, u64)| Event { at_ms: Some(at * 1000), ..Event::view(item.to_string()) };
    let events: Vec<Event> = pair.prefix.iter().zip(1..).map(event).collect();
    let arena = Arena::default();
    recommender.score(recommender.context(&session(&events), None, 100_000, &arena));
    recommender.totals()
}

#[test]
fn the_short_cut_ranks_as_the_library_does() {
    let mut random = Random::new(5);
    let n = 60;
    let sessions: Vec<Vec<u32>> = (0..80).map(|_| (0..8).map(|_| random.below(n) as u32).collect()).collect();
    let config = table::TableConfig { width: 4, ..Default::default() };
    let table = table::build(&counting::count(&sessions, n, &config), &config).unwrap();
    let mut scratch = Scratch::default();
    let rows = (0..n * n).map(|cell| i8::from(cell / n == cell % n)).collect();
    let identity = ItemVectors::new(n, rows, vec![1.0; n]).unwrap();
    let none = ItemVectors::new(1, vec![0; n], vec![0.0; n]).unwrap();
    for session in &sessions {
        let pair = Pair { prefix: session[..5].to_vec(), next: session[6], ..Pair::default() };
        let cosines: Vec<f32> = (0..n).map(|_| random.unit() * 2.0 - 1.0).collect();
        // Rows of the identity: the query is its own list of cosines.
        // What a case keeps does not grow with the catalog.
        let many = ItemVectors::new(1, vec![1; 50_000], vec![1.0; 50_000]).unwrap();
        let one = Case::new(Pair { prefix: vec![1], next: 2, ..Pair::default() }, vec![1.0], false, &many);
        assert!(one.sorted.capacity() <= crate::choosing::answer::MOST, "{}", one.sorted.capacity());
        let case = |without| Case::new(pair.clone(), cosines.clone(), without, &identity);
        let mut others = BitSet::full(n);
        others.remove(ItemIdx(session[4]));
        for (repeat, repeat_lambda) in [(-100.0, 0.0), (-0.3, 1.5), (0.0, 0.0), (0.5, 0.7), (0.5, 0.0)] {
            for model in [0.0, 0.5, 3.0] {
                let blend = Blend { repeat, repeat_lambda, model, ..Blend::default() };
                let scores = scores(&pair, &table, &blend, &cosines);
                for (without, allowed) in [(false, &BitSet::full(n)), (true, &others)] {
                    let rank = rank_of(ItemIdx(pair.next), &scores, allowed).unwrap_or(usize::MAX);
                    assert_eq!(case(without).rank(&identity, &table, &blend, &mut scratch), rank, "{blend:?} {without}");
                    // Of a model of another scale.
                    let loud = cosines.iter().map(|x| 4.0 * x).collect();
                    let mut answered = Case::answered(pair.clone(), without, loud, (0..n as u32).collect());
                    answered.divide(4.0);
                    assert_eq!(answered.rank(&none, &table, &blend, &mut scratch), rank, "{blend:?} {without}");
                }
            }
        }
    }
}

/// Beyond the largest values only those that a table may speak for are kept: every rank of the first 20 is the same.
#[test]
fn what_is_not_kept_is_not_missed() {
    let mut random = Random::new(6);
    let n = 3000;
    let sessions: Vec<Vec<u32>> = (0..600).map(|_| (0..8).map(|_| random.below(n) as u32).collect()).collect();
    let config = table::TableConfig { width: 4, ..Default::default() };
    let counts = counting::count(&sessions, n, &config);
    let table = table::build(&counts, &config).unwrap();
    let none = ItemVectors::new(1, vec![0; n], vec![0.0; n]).unwrap();
    let mut scratch = Scratch::default();
    let mut few = 0;
    for session in &sessions {
        let x: Vec<f32> = (0..n).map(|_| random.unit() * 2.0 - 1.0).collect();
        let pair = Pair { prefix: session[..5].to_vec(), next: session[5], ..Pair::default() };
        let near = pair.prefix.iter().flat_map(|item| counts.most_seen(*item, 512)).collect();
        let kept = Case::answered(pair.clone(), false, x.clone(), near);
        let whole = Case::answered(pair, false, x, (0..n as u32).collect());
        for (repeat, model) in [(-0.3, 0.5), (0.5, 3.0), (0.5, 0.1)] {
            let blend = Blend { repeat, model, ..Blend::default() };
            let ranks = [kept.rank(&none, &table, &blend, &mut scratch), whole.rank(&none, &table, &blend, &mut scratch)];
            assert_eq!(ranks.map(|rank| rank.min(21)), [ranks[1].min(21); 2], "{ranks:?} {blend:?}");
            few += usize::from(ranks[1] <= 20);
        }
    }
    assert!(few > 100, "{few}");
}

/// Events of every kind, with dwell and gaps from seconds to hours; and how training reads them.
fn told(random: &mut Random, n: usize) -> (Vec<Event>, Heard) {
    let (mut events, mut heard, mut at_ms) = (Vec::new(), Heard::default(), 1_000_000);
    for _ in 0..8 {
        at_ms += 1000 << random.below(14);
        let kind =
            [EventKind::View, EventKind::View, EventKind::CartAdd, EventKind::Purchase, EventKind::SearchClick][random.below(5)];
        let (item, dwell) = (random.below(n), random.below(60_000) as u32);
        let dwell_ms = (kind == EventKind::View && dwell > 9_000).then_some(dwell);
        events.push(Event { kind, at_ms: Some(at_ms), dwell_ms, ..Event::view(item.to_string()) });
        let (item, dwell_ms) = (ItemIdx(item as u32), dwell_ms.unwrap_or(0));
        let event = ContextEvent { item, stand_in: item, kind, at_ms, dwell_ms, price: None, weight: 1.0 };
        if !joins(heard.visits.last_mut(), &event) {
            heard.visits.push(event);
        }
        if random.below(6) == 0 {
            let waved = random.below(n) as u32;
            events.push(Event { kind: EventKind::Dismiss, at_ms: Some(at_ms), ..Event::view(waved.to_string()) });
            if !heard.dismissed.contains(&waved) {
                heard.dismissed.push(waved);
            }
        }
    }
    (events, heard)
}

#[test]
fn events_weigh_as_in_the_library() {
    let mut random = Random::new(9);
    let n = 60;
    let sessions: Vec<Vec<u32>> = (0..80).map(|_| (0..8).map(|_| random.below(n) as u32).collect()).collect();
    let config = table::TableConfig { width: 4, ..Default::default() };
    let table = table::build(&counting::count(&sessions, n, &config), &config).unwrap();
    let rows = (0..n * n).map(|cell| i8::from(cell / n == cell % n)).collect();
    let identity = ItemVectors::new(n, rows, vec![1.0; n]).unwrap();
    let signals = SignalSpec { cart_add: 5.0, view: 0.7, dwell_min: 0.1, dismiss: 0.8, ..SignalSpec::default() };
    let mut scratch = Scratch::default();
    let mut moved = 0;
    for _ in 0..200 {
        let (events, heard) = told(&mut random, n);
        let prefix: Vec<u32> = heard.visits.iter().map(|visit| visit.item.0).collect();
        let pair = Pair { next: random.below(n) as u32, prefix, heard };
        let cosines: Vec<f32> = (0..n).map(|_| random.unit() * 2.0 - 1.0).collect();
        let mut case = Case::new(pair.clone(), cosines.clone(), false, &identity);
        case.weigh(&signals);
        for model in [0.0, 1.5] {
            for repeat in [-0.3, 0.5] {
                let blend = Blend { repeat, model, ..Blend::default() };
                let mut recommender = recommender(&table, &blend, signals, &cosines);
                let request = Request { k: n, exclude: vec![Exclude::Dismissed], ..Request::default() };
                let arena = Arena::default();
                let slate = recommender.recommend(&session(&events), &request, u64::MAX / 2, &arena).unwrap();
                let id = pair.next.to_string();
                let own = slate.items.iter().find(|item| item.row.item == id).map(|item| item.score);
                let rank = own.map_or(usize::MAX, |own| slate.items.iter().filter(|item| item.score >= own).count());
                assert_eq!(case.rank(&identity, &table, &blend, &mut scratch), rank);
                moved += usize::from(own.is_some() && !pair.heard.dismissed.is_empty());
            }
        }
    }
    assert!(moved > 100);
}
