//! Golden sessions that are replayed while the engine serves: what holds is never doubted, what has turned bad serves nobody.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::catalog::{ItemUpdate, NewItem};
use nearhand::engine::{REPLAY_MS, REPLAY_SLATES};
use nearhand::recommend::Action;
use nearhand::{CatalogDelta, Engine, Item, Request};

fn new(id: usize, vector: Option<[f32; 2]>, like: Option<&str>) -> NewItem {
    let row = Item { item: format!("new {id}"), title: format!("Mug {id}"), ..Item::default() };
    NewItem { row, vector: vector.map(Vec::from), like: like.map(str::to_owned) }
}

/// All that a feed can do: prices of other worlds, the goldens' own items gone, thousands of new ones nearer to every session than any
/// that was packed; a rule that hides, a dismissed item.
fn heavy(vectors: bool) -> CatalogDelta {
    let vector = |at: usize| Some([900.0, -900.0]).filter(|_| vectors && at.is_multiple_of(2));
    let dear = |id: &&str| ItemUpdate { item: (*id).to_owned(), price: Some(99_999.0), stock: Some(0), ..ItemUpdate::default() };
    CatalogDelta {
        add: (0..3000).map(|at| new(at, vector(at), vector(at).is_none().then_some("lamp"))).collect(),
        update: IDS.iter().map(dear).collect(),
        remove: vec!["mug".into(), "bowl".into()],
        ..CatalogDelta::default()
    }
}

fn under_feeds(mut shop: Engine, vectors: bool) {
    let hide = rule(Action::Hide, &IDS);
    view(&mut shop, "lamp", 0);
    // Before the first that is due, and then between two.
    for round in 0..3 {
        let request = Request { rules: vec![hide.clone()], ..Request::default() };
        for at in 0..REPLAY_SLATES as u64 {
            shop.recommend(&request, NOW + round * REPLAY_MS + at).unwrap();
        }
        if round < 2 {
            let delta = heavy(vectors);
            let delta = if round == 0 {
                delta
            } else {
                CatalogDelta { remove: (0..3000).map(|at| format!("new {at}")).collect(), ..CatalogDelta::default() }
            };
            shop.feed(&delta);
        }
    }
    assert_eq!(shop.info().counts.slates, 3 * REPLAY_SLATES as u64);
    assert_eq!(shop.info().counts.model_failures, 0);
}

#[test]
fn feeds_and_rules_change_nothing_that_is_compared() {
    under_feeds(lite(), false);
}

/// What a replay leaves behind: nothing. An engine that has none to replay answers alike, slate by slate.
#[test]
fn nobody_sees_a_replay() {
    let (mut proving, mut other) = (lite(), Engine::open(&nearhand::bundle::write(&parts(None)).unwrap(), &settings()).unwrap());
    for at in 0..2 * REPLAY_SLATES as u64 + 9 {
        let item = IDS[(at % 6) as usize];
        let page = [Request { k: 2, ..Request::default() }, Request { offset: 2, k: 2, ..Request::default() }];
        let [a, b] = [&mut proving, &mut other].map(|shop| {
            shop.observe(&nearhand::Event::view(item), NOW + at * 1000).unwrap();
            let slates = format!("{:?}", shop.recommend_page(&page, NOW + at * 1000).unwrap());
            (slates, shop.snapshot(), shop.info().counts)
        });
        assert_eq!(a, b);
    }
}

#[cfg(feature = "onnx")]
mod by_the_model {
    use super::*;
    use crate::attribute::test;
    use nearhand::bundle::Limits;
    use nearhand::model::{Model, PlannedModel};
    use nearhand::session::DEFAULT_IDLE_TIMEOUT_MS;
    use nearhand::{Code, Consent, Event, Result, SessionState, Tier};
    use nearhand_onnx::{ModelLimits, Tensor};

    const MEAN: &[u8] = include_bytes!("../fixtures/query_mean.onnx");

    /// Slates, one a second, until the engine refuses; how many there were.
    fn served(shop: &mut Engine, most: usize) -> usize {
        (0..most).take_while(|at| shop.recommend(&Request::default(), NOW + *at as u64).is_ok()).count()
    }

    #[test]
    fn feeds_and_rules_change_nothing_that_is_compared_by_the_model() {
        under_feeds(full(), true);
    }

    /// A model that has turned bad: what it answers is changed.
    struct Bad(PlannedModel, fn(&mut Vec<f32>));

    impl Model for Bad {
        fn run(&mut self, inputs: &[Tensor], events: usize, answer: &mut Vec<f32>) -> Result<()> {
            self.0.run(inputs, events, answer)?;
            self.1(answer);
            Ok(())
        }
    }

    fn turned(change: fn(&mut Vec<f32>)) -> Engine {
        let mut shop = full();
        let (spec, manifest) = (query_spec(), shop.manifest().clone());
        let model = PlannedModel::load(MEAN, &spec, &ModelLimits::default()).unwrap();
        shop.recommender().set_model(&manifest, &Limits::default(), Box::new(Bad(model, change))).unwrap();
        shop
    }

    #[test]
    fn a_model_that_turns_bad_serves_so_many_slates_and_no_more() {
        assert_eq!(served(&mut turned(|_| {}), 600), 600);
        type Change = fn(&mut Vec<f32>);
        let changes: [(Change, &str); 3] = [
            (|answer| answer[1] += 0.01, "model output"),
            (|answer| answer[0] = f32::NAN, "model failed"),
            (Vec::clear, "model failed"),
        ];
        for (change, why) in changes {
            let mut shop = turned(change);
            assert_eq!(served(&mut shop, 600), REPLAY_SLATES);
            // For good, whichever way it is asked.
            for _ in 0..2 {
                let error = shop.recommend_page(&[Request::default()], NOW).unwrap_err();
                assert_eq!((error.code(), error.details()[1].1.as_str()), (Code::GoldenMismatch, why));
            }
            assert_eq!((shop.info().counts.model_failures, shop.tier()), (0, Tier::Full));
        }
    }

    #[test]
    fn item_vectors_that_are_gone_are_seen() {
        let mut shop = full();
        shop.recommender().drop_vectors();
        assert_eq!(served(&mut shop, 600), REPLAY_SLATES);
    }

    /// By the clock it is sooner, though not at once.
    #[test]
    fn ten_minutes_are_enough() {
        let mut shop = turned(|answer| answer[1] += 0.01);
        assert_eq!(served(&mut shop, 20), 20);
        assert!(shop.recommend(&Request::default(), NOW + REPLAY_MS).is_err());
    }

    /// Many sessions at once, each with a clock of its own, and answers of the recommender itself are held to the same.
    #[test]
    fn slates_of_many_sessions_come_between_replays_as_well() {
        let asked = |shop: &mut Engine| {
            let slate = |at: &u64| {
                let now = NOW + at % 2 * 86_400_000;
                let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
                session.observe(&Event::view(IDS[(at % 6) as usize]), now).unwrap();
                shop.recommend_for(&session, &Request::default(), now).is_ok()
            };
            (0..600).take_while(slate).count()
        };
        assert_eq!(asked(&mut turned(|_| {})), 600);
        let mut bad = turned(|answer| answer[1] += 0.01);
        assert_eq!(asked(&mut bad), REPLAY_SLATES);
        assert_eq!(bad.recommend(&Request::default(), NOW).unwrap_err().code(), Code::GoldenMismatch);
        assert_eq!((bad.info().counts.slates, bad.session().events().len()), (0, 0));
        let mut bad = turned(|answer| answer[1] += 0.01);
        assert_eq!((0..600).take_while(|_| bad.replay_due(1).is_ok()).count(), REPLAY_SLATES);
    }

    /// The bundle that ships, with goldens of its own.
    #[test]
    fn the_shipped_bundle_holds_under_a_feed() {
        let bundle = include_bytes!("../../models/online-retail/online-retail.safetensors");
        let mut shop = Engine::open(bundle, &settings()).unwrap();
        let ids: Vec<String> = (0..3421).map(|at| shop.catalog().id(nearhand::ids::ItemIdx(at)).to_owned()).collect();
        let far: Vec<f32> = (0..48).map(|at| if at % 2 == 0 { 50.0 } else { -50.0 }).collect();
        let own = |at: usize| {
            let row = Item { item: format!("new {at}"), title: "New".into(), ..Item::default() };
            NewItem { row, vector: Some(far.clone()), like: None }
        };
        shop.feed(&CatalogDelta {
            add: (0..200).map(own).collect(),
            update: ids
                .iter()
                .skip(1)
                .step_by(2)
                .map(|id| ItemUpdate { item: id.clone(), price: Some(0.01), ..ItemUpdate::default() })
                .collect(),
            remove: ids.iter().step_by(2).cloned().collect(),
            ..CatalogDelta::default()
        });
        // One golden a replay: each of them.
        let goldens = shop.manifest().goldens.len();
        let page = vec![Request { k: 1, ..Request::default() }; 16];
        for at in 0..(goldens + 1) * REPLAY_SLATES / 16 {
            shop.recommend_page(&page, NOW + at as u64).unwrap();
        }
    }
}
