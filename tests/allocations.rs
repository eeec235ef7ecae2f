//! From the event to the slate nothing is allocated once the buffers have grown, but for what a run of tract allocates:
//! counted, and held against budgets.toml. Native only.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use allocation_counter::measure;
use budgets::ceiling;
use nearhand::arena::Arena;
use nearhand::catalog::{FacetTest, NumberRange, Where};
use nearhand::recommend::{Action, Caps, Explore, Placement, Rule};
use nearhand::{CatalogDelta, Consent, Engine, Event, EventKind, ItemIdx, Request, Settings, catalog::ItemUpdate};

#[path = "suite/budgets.rs"]
mod budgets;

fn engine(lite: bool) -> Engine {
    let bundle = include_bytes!("../models/online-retail/online-retail.safetensors");
    let mut engine = Engine::open(bundle, &Settings { consent: Consent::Memory, ..Settings::default() }).unwrap();
    if lite {
        engine.recommender().drop_model();
        engine.recommender().drop_vectors();
    }
    // The bundle has no facets; a delta brings some.
    let facets = |i: u32| ItemUpdate {
        item: engine.catalog().id(ItemIdx(i)).to_owned(),
        category: Some(format!("c{}", i % 7)),
        brand: Some(format!("b{}", i % 5)),
        ..ItemUpdate::default()
    };
    let update = (0..engine.catalog().len() as u32).step_by(3).map(facets).collect();
    engine.update_catalog(&CatalogDelta { update, ..CatalogDelta::default() }).unwrap();
    engine
}

/// A page that asks for all there is.
fn page() -> Vec<Request> {
    let cheaper = |price| Where { price: Some(NumberRange { lt: Some(price), ..NumberRange::default() }), ..Where::default() };
    let rule = |action, items: &[&str], r#where| Rule {
        name: "rule".into(),
        action,
        items: items.iter().map(|id| (*id).to_owned()).collect(),
        r#where,
        from: None,
        until: None,
        on: Vec::new(),
        source: None,
        test: None,
    };
    let brand = Where { brand: Some(FacetTest::any(&["b1", "b2"])), ..Where::default() };
    let rules = vec![
        rule(Action::Boost(1.5), &[], cheaper(3.0)),
        rule(Action::Bury(0.5), &[], brand),
        rule(Action::Boost(2.0), &["20725"], Where::default()),
        rule(Action::Pin(2), &["22423", "47566"], Where::default()),
        rule(Action::Hide, &["85123A"], Where::default()),
    ];
    let at = |placement| Request { placement: Some(placement), ..Request::default() };
    vec![
        Request {
            k: 10,
            r#where: cheaper(20.0),
            rules,
            caps: Caps { category: Some(2), brand: Some(3), group: None },
            diversity: 0.3,
            rotate: 0.9,
            min_relevance: 0.001,
            explain: true,
            ..Request::default()
        },
        Request { explore: Some(Explore { place: 3, rate: 0.5, among: 4, seed: 7 }), offset: 5, ..Request::default() },
        Request { category: Some("c3".into()), ..at(Placement::Category) },
        at(Placement::Cart),
        at(Placement::RecentlyViewed),
    ]
}

/// The most allocations of one event and its page, once the buffers have grown; all of it, and of one run of the model.
fn most(engine: &mut Engine, requests: &[Request]) -> (u64, u64) {
    let kinds = [EventKind::View, EventKind::CartAdd, EventKind::Dismiss, EventKind::Impression];
    let (mut whole, mut run) = (0, 0);
    for round in 0..80_u32 {
        engine.forget();
        for i in 0..16_u32 {
            let now_ms = 1_700_000_000_000 + u64::from(round) * 100_000 + u64::from(i);
            let item = engine.catalog().id(ItemIdx((round * 631 + i * 97) % 3421)).to_owned();
            let event = Event { kind: kinds[(i % 4) as usize], ..Event::view(item) };
            let counted = measure(|| {
                engine.observe(&event, now_ms).unwrap();
                engine.recommend_page(requests, now_ms).unwrap();
            });
            let (session, arena) = (engine.session().clone(), Arena::default());
            let context = engine.recommender().context(&session, None, now_ms, &arena);
            let model = measure(|| assert!(engine.recommender().run_model(context).is_ok()));
            // The first calls grow the buffers.
            if round >= 40 {
                whole = whole.max(counted.count_total);
                run = run.max(model.count_total);
            }
        }
    }
    (whole, run)
}

#[test]
fn nothing_is_allocated_from_the_event_to_the_slate() {
    for (name, requests) in [("plain", vec![Request::default()]), ("page", page())] {
        let (whole, _) = most(&mut engine(true), &requests);
        println!("allocations tier=lite request={name} call={whole}");
        assert!(whole <= ceiling("slate", "allocations"), "{name}: {whole}");
    }
}

#[cfg(feature = "onnx")]
#[test]
fn in_the_full_tier_a_run_of_tract_allocates_and_nothing_else() {
    for (name, requests) in [("plain", vec![Request::default()]), ("page", page())] {
        let (whole, run) = most(&mut engine(false), &requests);
        println!("allocations tier=full request={name} call={whole} model={run}");
        assert!(run <= ceiling("model", "native"), "{name}: {run}");
        assert!(whole <= ceiling("slate", "allocations") + run, "{name}: {whole}, of which the model {run}");
    }
}
