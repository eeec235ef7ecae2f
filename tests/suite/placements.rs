//! Placements, rules and their notes, by hand on the shop of six items.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::arena::Arena;
use nearhand::bundle::{Parts, ServingSpec, StoredTable, TableSpec};
use nearhand::catalog::{FacetTest, ItemUpdate, NewItem, Where};
use nearhand::recommend::{
    Action, Caps, Exclude, Explore, Placement, ReasonKind, Recommender, Relate, Relates, Relation, Rule, Source, TestBucket,
    bucket,
};
use nearhand::{CatalogDelta, Code, Consent, Engine, Event, EventKind, Item, Request, SessionState};

/// With a table of purchases (mug → clock, lamp → clock and mug) and recent counts, in which the clock rises.
fn rich() -> Parts {
    let mut p = parts(None);
    p.bought = Some(StoredTable {
        successors: 2,
        counts: Vec::new(),
        next: vec![5, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0],
        weights: vec![255, 0, 0, 0, 0, 0, 200, 100, 0, 0, 0, 0],
    });
    p.recent = Some(vec![3, 3, 3, 3, 2, 7]);
    p.manifest.serving = ServingSpec { bought: Some(TableSpec { successors: 2 }), recent: true, ..ServingSpec::default() };
    p
}

/// The recommender alone keeps the vectors, which the engine's lite tier does not.
fn rich_recommender() -> Recommender {
    Recommender::new(rich()).unwrap().0
}

fn with_vectors<'a>(recommender: &mut Recommender, request: &Request, arena: &'a Arena) -> nearhand::Slate<'a> {
    let session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS).unwrap();
    recommender.recommend(&session, request, NOW, arena).unwrap()
}

fn open(parts: Parts) -> Engine {
    Engine::open(&bundle(parts), &settings()).unwrap()
}

fn product(source: &str, relation: Option<Relation>) -> Request {
    Request { placement: Some(Placement::Product), relation, source: Some(source.into()), k: 2, ..Request::default() }
}

fn at(placement: Placement) -> Request {
    Request { placement: Some(placement), ..Request::default() }
}

fn ask<'a>(shop: &'a mut Engine, request: &Request) -> nearhand::Slate<'a> {
    shop.recommend(request, NOW).unwrap()
}

fn event(shop: &mut Engine, kind: EventKind, id: &str) {
    shop.observe(&Event { kind, ..Event::view(id) }, NOW).unwrap();
}

#[test]
fn similar_and_complementary_come_from_different_evidence() {
    let mut shop = open(rich());
    // Likeness: bowl and plate point the mug's way. Bought together: the clock.
    let arena = Arena::default();
    let similar = with_vectors(&mut rich_recommender(), &product("mug", Some(Relation::Similar)), &arena);
    let mut alike = ids(&similar);
    alike.sort_unstable();
    assert_eq!((alike, similar.source), (vec!["bowl", "plate"], Source::Vectors));
    assert_eq!(similar.items[0].reasons[0].kind, ReasonKind::Similar);
    let goes = ask(&mut shop, &Request { k: 1, ..product("mug", Some(Relation::Complementary)) });
    assert_eq!((ids(&goes), goes.source), (vec!["clock"], Source::Bought));
    assert_eq!(goes.items[0].reasons[0].item, Some("mug"));
    // Among six items none stands out.
    assert_eq!((similar.notes, goes.notes), (&["likeness-weak"][..], &[][..]));
}

#[test]
fn without_the_evidence_a_placement_falls_back_and_says_so() {
    let mut shop = lite();
    // The main table among other categories: mug → plate, bowl are kitchen alike, so popular ones fill.
    let goes = ask(&mut shop, &product("mug", Some(Relation::Complementary)));
    assert!(goes.notes.contains(&"no-bought-table"));
    assert!(ids(&goes).iter().all(|i| !["plate", "bowl"].contains(i)));
    let mut p = parts(None);
    (p.vectors, p.manifest.items) = (None, None);
    let mut bare = open(p);
    let similar = ask(&mut bare, &product("mug", Some(Relation::Similar)));
    assert_eq!((ids(&similar), similar.notes), (vec!["plate", "bowl"], &["no-vectors"][..]));
    let trending = ask(&mut shop, &at(Placement::Trending));
    assert_eq!((trending.source, trending.notes), (Source::Popular, &["no-recent-counts"][..]));
    assert_eq!(ask(&mut shop, &Request { source: None, ..product("mug", None) }).notes[0], "source-missing");
}

#[test]
fn the_cart_and_the_order_speak_for_themselves() {
    let mut shop = open(rich());
    view(&mut shop, "plate", 0);
    assert_eq!(ask(&mut shop, &at(Placement::Cart)).notes[0], "cart-empty");
    event(&mut shop, EventKind::CartAdd, "lamp");
    let cart = ask(&mut shop, &Request { k: 2, ..at(Placement::Cart) });
    assert_eq!((ids(&cart), cart.source), (vec!["clock", "mug"], Source::Bought));
    assert_eq!(cart.items[0].reasons[0].kind, ReasonKind::InCart);
    assert_eq!(ask(&mut shop, &at(Placement::PostPurchase)).notes[0], "nothing-bought");
    event(&mut shop, EventKind::Purchase, "lamp");
    let after = ask(&mut shop, &Request { k: 2, ..at(Placement::PostPurchase) });
    assert_eq!((ids(&after), after.items[0].reasons[0].kind), (vec!["clock", "mug"], ReasonKind::Purchased));
}

#[test]
fn recently_viewed_is_the_history_newest_first_without_the_page() {
    let mut shop = lite();
    assert_eq!(ask(&mut shop, &at(Placement::RecentlyViewed)).notes, ["nothing-viewed", "nothing-allowed", "short"]);
    for (second, id) in ["mug", "lamp", "mug", "clock"].iter().enumerate() {
        view(&mut shop, id, second as u64);
    }
    let recent = ask(&mut shop, &Request { source: Some("clock".into()), k: 3, ..at(Placement::RecentlyViewed) });
    assert_eq!((ids(&recent), recent.source), (vec!["mug", "lamp"], Source::Session));
    assert!((recent.items[1].score - 0.5).abs() < 1e-5);
}

#[test]
fn trending_is_what_exceeds_its_popularity() {
    let mut shop = open(rich());
    let trending = ask(&mut shop, &Request { k: 1, ..at(Placement::Trending) });
    assert_eq!((ids(&trending), trending.source), (vec!["clock"], Source::Trending));
    assert_eq!(trending.items[0].reasons[0].kind, ReasonKind::Trending);
}

#[test]
fn a_category_comes_first_and_popular_ones_after_it() {
    let mut shop = lite();
    let light = Request { category: Some("light".into()), k: 3, ..at(Placement::Category) };
    let slate = ask(&mut shop, &light);
    assert_eq!(ids(&slate), ["lamp", "candle", "mug"]);
    assert_eq!(slate.notes, ["filled-beyond-category"]);
    let none = ask(&mut shop, &Request { category: Some("cellar".into()), ..light });
    assert!(none.notes.contains(&"category-unknown"));
    // A first hit on a page whose item the table knows nothing of: popular in its category, then popular.
    let first = ask(&mut shop, &Request { k: 3, ..product("candle", None) });
    assert_eq!((ids(&first), first.source), (vec!["lamp", "mug", "plate"], Source::Popular));
}

#[test]
fn without_popularity_the_shops_own_order_stands() {
    let mut p = parts(None);
    p.popularity = vec![0; 6];
    let mut shop = open(p);
    let curated = Request { curated: vec!["lamp".into(), "ghost".into(), "bowl".into()], k: 3, ..Request::default() };
    let slate = ask(&mut shop, &curated);
    assert_eq!(ids(&slate), ["lamp", "bowl", "mug"]);
    assert_eq!(slate.items[0].reasons[0].kind, ReasonKind::Curated);
    assert_eq!(ask(&mut shop, &Request { k: 2, ..curated }).source, Source::Curated);
}

#[test]
fn boost_bury_and_hide_by_id_and_by_condition() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let with = |rules: Vec<Rule>| Request { k: 2, rules, explain: true, ..Request::default() };
    // plate 1, bowl 0.5.
    let boosted = ask(&mut shop, &with(vec![rule(Action::Boost(3.0), &["bowl"])]));
    assert_eq!(ids(&boosted), ["bowl", "plate"]);
    assert!((boosted.items[0].score - 3.0 * 128.0 / 255.0).abs() < 1e-4);
    let applied = &boosted.items[0].rules.unwrap()[0];
    assert_eq!((applied.rule, applied.name, applied.factor), ("boost", "test", Some(3.0)));
    let p = boosted.items[0].parts.unwrap();
    assert!((p.rules - 2.0 * 128.0 / 255.0).abs() < 1e-4);
    let stock = nearhand::catalog::NumberRange { lte: Some(3.0), gt: Some(2.0), ..Default::default() };
    let kitchen = Where { stock: Some(stock), ..Where::default() };
    let buried = ask(&mut shop, &with(vec![Rule { r#where: kitchen, ..rule(Action::Bury(0.1), &[]) }]));
    assert_eq!(ids(&buried), ["bowl", "plate"], "the plate alone has three");
    let hidden = ask(&mut shop, &with(vec![rule(Action::Hide, &["plate"])]));
    assert_eq!(ids(&hidden)[0], "bowl");
    let effects = hidden.effects.unwrap();
    assert!(effects.iter().any(|e| e.rule == "hide" && e.items == 1));
    assert!(effects.iter().any(|e| e.rule == "seen" && e.items == 1));
}

#[test]
fn pins_stand_at_their_places_and_say_why_when_they_do_not() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let with = |rules: Vec<Rule>| Request { k: 3, rules, explain: true, ..Request::default() };
    let slate = ask(&mut shop, &with(vec![rule(Action::Pin(2), &["clock"])]));
    assert_eq!(ids(&slate), ["plate", "clock", "bowl"]);
    assert_eq!(slate.items[1].rules.unwrap()[0].rule, "pin");
    assert_eq!(slate.items[1].reasons[0].kind, ReasonKind::Rule);
    let fallback = ask(&mut shop, &with(vec![rule(Action::Pin(1), &["ghost", "mug", "lamp"])]));
    assert_eq!(ids(&fallback)[0], "lamp", "the first that may be shown");
    let forbidden = ask(&mut shop, &with(vec![rule(Action::Pin(1), &["mug"])]));
    assert_eq!((ids(&forbidden)[0], forbidden.notes[0]), ("plate", "pin-forbidden"));
    let taken = ask(&mut shop, &with(vec![rule(Action::Pin(1), &["lamp"]), rule(Action::Pin(1), &["clock"])]));
    assert_eq!((ids(&taken)[0], taken.notes[0]), ("lamp", "pin-place-taken"));
    let four = (1..=4).zip(["lamp", "clock", "candle", "bowl"]).map(|(p, i)| rule(Action::Pin(p), &[i])).collect();
    let many = ask(&mut shop, &with(four));
    assert_eq!((ids(&many), many.notes), (vec!["lamp", "clock", "candle"], &["pin-beyond-slate"][..]));
}

#[test]
fn rules_hold_in_their_time_place_bucket_and_page() {
    let mut shop = lite();
    let hide = rule(Action::Hide, &["mug"]);
    let with = |rule: Rule| Request { k: 1, rules: vec![rule], explain: true, ..Request::default() };
    let standing = |slate: &nearhand::Slate| slate.effects.unwrap()[0].standing;
    let expired = ask(&mut shop, &with(Rule { until: Some(NOW), ..hide.clone() }));
    assert_eq!((ids(&expired), expired.notes, standing(&expired)), (vec!["mug"], &["rule-expired"][..], "expired"));
    assert_eq!(standing(&ask(&mut shop, &with(Rule { from: Some(NOW + 1), ..hide.clone() }))), "not-yet");
    assert_eq!(standing(&ask(&mut shop, &with(Rule { on: vec![Placement::Cart], ..hide.clone() }))), "elsewhere");
    let light = Where { category: Some(FacetTest::any(&["light"])), ..Where::default() };
    let paged = Rule { source: Some(light), ..hide.clone() };
    assert_eq!(standing(&ask(&mut shop, &with(paged.clone()))), "no-source");
    let on_lamp = Request { source: Some("lamp".into()), k: 5, ..with(paged) };
    assert!(!ids(&ask(&mut shop, &on_lamp)).contains(&"mug"));
    let test = TestBucket { name: "t".into(), buckets: 2, bucket: 0 };
    let tested = Rule { test: Some(test), ..hide };
    assert_eq!(ask(&mut shop, &with(tested.clone())).notes, ["rule-without-visitor"]);
    for visitor in ["a", "b", "c", "d", "e"] {
        let slate = ask(&mut shop, &Request { visitor: Some(visitor.into()), ..with(tested.clone()) });
        assert_eq!(ids(&slate)[0] == "mug", bucket("t", visitor, 2) != 0, "{visitor}");
    }
}

#[test]
fn caps_relations_and_least_relevance_shorten_and_say_so() {
    let mut shop = lite();
    let one = Request { caps: Caps { category: Some(1), ..Caps::default() }, explain: true, ..Request::default() };
    let slate = ask(&mut shop, &one);
    assert_eq!((ids(&slate), slate.notes), (vec!["mug", "lamp", "clock"], &["short", "capped"][..]));
    let relate = |relate| Request { relate: Relates { category: Some(relate), brand: None }, ..product("mug", None) };
    assert_eq!(ids(&ask(&mut shop, &relate(Relate::Same))), ["plate", "bowl"]);
    assert_eq!(ids(&ask(&mut shop, &relate(Relate::Different))), ["lamp", "candle"]);
    let lost = Request { source: None, placement: None, ..relate(Relate::Same) };
    assert_eq!(ask(&mut shop, &lost).notes, ["relate-without-source"]);
    view(&mut shop, "mug", 0);
    let relevant = ask(&mut shop, &Request { min_relevance: 0.6, ..Request::default() });
    assert_eq!((ids(&relevant), relevant.notes), (vec!["plate"], &["short", "below-min-relevance"][..]));
}

#[test]
fn variants_of_the_page_stay_out() {
    let mut p = parts(None);
    let mut columns = p.catalog.base().clone();
    columns.group = Some(nearhand::catalog::TextColumn::of(&["cup", "cup", "", "", "", "cup"]));
    p.catalog = nearhand::catalog::Catalog::new(columns).unwrap();
    p.manifest.catalog.columns.push("group".into());
    let mut shop = open(p);
    let slate = ask(&mut shop, &Request { k: 5, ..product("mug", None) });
    assert!(!ids(&slate).contains(&"plate") && !ids(&slate).contains(&"clock"));
    let all = ask(&mut shop, &Request { exclude: vec![Exclude::Seen], k: 5, ..product("mug", None) });
    assert!(ids(&all).contains(&"plate"));
}

#[test]
fn what_was_shown_rotates_down_and_what_was_waved_away_takes_its_like_along() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    for _ in 0..2 {
        shop.observe(&Event { kind: EventKind::Impression, ..Event::view("plate") }, NOW).unwrap();
    }
    let request = Request { k: 2, rotate: 0.6, explain: true, ..Request::default() };
    // plate 1 · 0.6² = 0.36 below bowl 0.5.
    let slate = ask(&mut shop, &request);
    assert_eq!(ids(&slate), ["bowl", "plate"]);
    assert!((slate.items[1].rules.unwrap()[0].factor.unwrap() - 0.36).abs() < 1e-6);
    assert_eq!(ids(&ask(&mut shop, &Request { rotate: 1.0, ..request.clone() })), ["plate", "bowl"]);
    // plate → bowl 200/255: bowl · (1 − 0.5 · 0.784).
    event(&mut shop, EventKind::Dismiss, "plate");
    let slate = ask(&mut shop, &request);
    assert_eq!(slate.items[0].rules.unwrap()[0].rule, "dismissed-like");
    assert!((slate.items[0].score - 128.0 / 255.0 * (1.0 - 0.5 * 200.0 / 255.0)).abs() < 1e-4);
}

#[test]
fn an_exploring_place_carries_its_propensity() {
    let (mut shop, mut other) = (lite(), lite());
    let of = |seed| Request {
        explore: Some(Explore { place: 1, rate: 0.5, among: 4, seed }),
        k: 2,
        explain: true,
        ..Request::default()
    };
    let mut firsts = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let slate = ask(&mut shop, &of(seed));
        assert_eq!(slate, ask(&mut other, &of(seed)));
        let first = &slate.items[0];
        let want = if first.row.item == "mug" { 0.625 } else { 0.125 };
        assert!((first.propensity - want).abs() < 1e-6);
        assert_eq!(first.row.item != "mug", first.rules.unwrap().iter().any(|r| r.rule == "explore"));
        firsts.insert(first.row.item.to_owned());
    }
    assert_eq!(firsts.len(), 4);
    let far = Request { explore: Some(Explore { place: 9, rate: 0.5, among: 4, seed: 1 }), ..Request::default() };
    assert_eq!(ask(&mut shop, &far).notes, ["explore-off-slate"]);
}

#[test]
fn a_page_shows_nothing_twice_and_a_slate_has_pages() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let widgets = [Request { k: 2, ..Request::default() }, at(Placement::Trending), at(Placement::RecentlyViewed)];
    let page = shop.recommend_page(&widgets, NOW).unwrap();
    assert_eq!(page.iter().map(ids).collect::<Vec<_>>(), [vec!["plate", "bowl"], vec!["lamp", "candle", "clock"], vec!["mug"]]);
    assert_eq!(shop.recommend_page(&[], NOW).unwrap_err().code(), Code::OptionInvalid);
    assert!(ask(&mut shop, &Request { k: 3, ..Request::default() }).more);
    let second = ask(&mut shop, &Request { k: 3, offset: 3, ..Request::default() });
    assert_eq!((second.more, second.items[0].rank), (false, 4));
    assert_eq!(ids(&second), ["candle", "clock"]);
}

/// What a slate says is not there.
fn missing(slate: &nearhand::Slate<'_>) -> Vec<(String, String, Option<String>)> {
    let own = |text: &str| text.to_owned();
    slate.unknown.iter().map(|m| (own(m.option), own(m.value), m.nearest.map(own))).collect()
}

#[test]
fn what_the_catalog_does_not_have_is_left_out_and_told() {
    let mut shop = lite();
    let plain = ids(&ask(&mut shop, &Request::default())).join(" ");
    let brand = Where { brand: Some(FacetTest::any(&["x"])), ..Where::default() };
    let asked = Request { r#where: brand.clone(), ..Request::default() };
    let slate = ask(&mut shop, &asked);
    assert_eq!((ids(&slate).join(" "), slate.notes), (plain.clone(), &["column-unknown"][..]));
    assert_eq!(missing(&slate), [("where.brand".to_owned(), "brand".to_owned(), None)]);
    let error = shop.recommend(&Request { strict: true, ..asked.clone() }, NOW).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::ColumnUnknown, "brand"));
    // A rule about nothing that is there moves nothing, whenever it holds; least of all does it hide everything.
    for (action, from) in [(Action::Hide, None), (Action::Boost(2.0), Some(NOW * 2))] {
        let rule = Rule { r#where: brand.clone(), from, ..rule(action, &[]) };
        let asked = Request { rules: vec![rule], ..Request::default() };
        let slate = ask(&mut shop, &asked);
        assert_eq!((ids(&slate).join(" "), slate.notes), (plain.clone(), &["column-unknown"][..]));
        assert_eq!((slate.unknown[0].rule, slate.unknown[0].option), (Some(0), "where.brand"));
        assert_eq!(shop.recommend(&Request { strict: true, ..asked }, NOW).unwrap_err().code(), Code::ColumnUnknown);
    }
    // Names: the nearest is told, and those that are there remain.
    let category = |names: &[&str]| Request {
        r#where: Where { category: Some(FacetTest::any(names)), ..Where::default() },
        ..Request::default()
    };
    let slate = ask(&mut shop, &category(&["kitchn"]));
    assert_eq!((ids(&slate).join(" "), slate.notes), (plain, &["category-unknown"][..]));
    assert_eq!(missing(&slate), [("where.category".to_owned(), "kitchn".to_owned(), Some("kitchen".to_owned()))]);
    let kitchen = ids(&ask(&mut shop, &category(&["kitchen"]))).join(" ");
    assert_eq!(ids(&ask(&mut shop, &category(&["kitchn", "kitchen"]))).join(" "), kitchen);
    let error = shop.recommend(&Request { strict: true, ..category(&["kitchn"]) }, NOW).unwrap_err();
    assert_eq!((error.code(), error.details().last().unwrap().1.as_str()), (Code::NameUnknown, "kitchen"));
    let page = Request { category: Some("Kitchen".into()), ..at(Placement::Category) };
    let slate = ask(&mut shop, &page);
    assert_eq!(missing(&slate)[0], ("category".to_owned(), "Kitchen".to_owned(), Some("kitchen".to_owned())));
    assert!(slate.notes.contains(&"category-unknown") && !slate.items.is_empty());
    // A delta brings the column.
    let update = ItemUpdate { item: "mug".into(), brand: Some("x".into()), ..ItemUpdate::default() };
    shop.update_catalog(&CatalogDelta { update: vec![update], ..CatalogDelta::default() }).unwrap();
    let slate = ask(&mut shop, &asked);
    assert_eq!((ids(&slate), slate.unknown), (vec!["mug"], &[][..]));
}

#[test]
fn sold_out_items_stay_out_unless_asked_for() {
    let mut p = parts(None);
    let mut columns = p.catalog.base().clone();
    columns.stock = None;
    p.catalog = nearhand::catalog::Catalog::new(columns).unwrap();
    p.manifest.catalog.columns.retain(|column| column != "stock");
    let mut shop = open(p);
    view(&mut shop, "mug", 0);
    // Without any stock the condition says nothing, but is told.
    let in_stock = |want| Request { r#where: Where { in_stock: Some(want), ..Where::default() }, k: 9, ..Request::default() };
    for want in [true, false] {
        let slate = ask(&mut shop, &in_stock(want));
        assert!(slate.items.len() == 5 && slate.notes.contains(&"column-unknown"), "{:?}", slate.notes);
    }
    let sold = |item: &str| ItemUpdate { item: item.into(), stock: Some(0), ..ItemUpdate::default() };
    shop.update_catalog(&CatalogDelta { update: vec![sold("plate"), sold("mug")], ..CatalogDelta::default() }).unwrap();
    let all = Request { k: 9, explain: true, ..Request::default() };
    let slate = ask(&mut shop, &all);
    assert!(!ids(&slate).contains(&"plate") && slate.items.len() == 4);
    assert!(slate.effects.unwrap().iter().any(|effect| effect.rule == "sold-out" && effect.items == 1));
    let pinned = Request { rules: vec![rule(Action::Pin(1), &["plate", "bowl"])], curated: vec!["plate".into()], ..all.clone() };
    let slate = ask(&mut shop, &pinned);
    assert!(ids(&slate)[0] == "bowl" && !ids(&slate).contains(&"plate"));
    let shown = Request { exclude: vec![Exclude::Seen], ..all };
    assert!(ids(&ask(&mut shop, &shown)).contains(&"plate"));
    assert_eq!(ids(&ask(&mut shop, &in_stock(false))), ["plate"]);
    // One's own history is shown as it is.
    assert_eq!(ids(&ask(&mut shop, &at(Placement::RecentlyViewed))), ["mug"]);
}

#[test]
fn rules_that_contradict_each_other_end_in_a_note() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let here = || Where {
        category: Some(FacetTest { any: Some(vec!["kitchen".into()]), not: vec!["kitchen".into()] }),
        ..Where::default()
    };
    let everything = Rule { r#where: Where { in_stock: None, ..here() }, ..rule(Action::Hide, &[]) };
    for (request, note) in [
        (Request { r#where: here(), ..Request::default() }, "nothing-allowed"),
        (Request { rules: vec![everything], r#where: here(), ..Request::default() }, "nothing-allowed"),
        (
            Request { rules: vec![rule(Action::Pin(1), &["plate"]), rule(Action::Hide, &["plate"])], ..Request::default() },
            "pin-forbidden",
        ),
        (
            Request { rules: vec![rule(Action::Pin(1), &["plate"]), rule(Action::Pin(1), &["bowl"])], ..Request::default() },
            "pin-place-taken",
        ),
    ] {
        let slate = ask(&mut shop, &request);
        assert!(slate.notes.contains(&note), "{note}: {:?}", slate.notes);
    }
    let all: Vec<Rule> = ["mug", "plate", "bowl", "lamp", "clock"].map(|id| rule(Action::Hide, &[id])).to_vec();
    let slate = ask(&mut shop, &Request { rules: all, ..Request::default() });
    assert!(!slate.notes.is_empty());
}

#[test]
fn the_page_s_own_item_is_told_from_what_was_viewed() {
    let mut shop = lite();
    view(&mut shop, "lamp", 0);
    let slate = ask(&mut shop, &Request { k: 5, explain: true, ..product("mug", None) });
    let kinds = |id: &str| {
        let of = |item: &nearhand::recommend::SlateItem<'_>| {
            item.reasons.iter().filter(|r| r.item == Some(id)).map(|r| r.kind).collect::<Vec<_>>()
        };
        slate.items.iter().flat_map(of).collect::<Vec<_>>()
    };
    assert!(!kinds("mug").is_empty() && kinds("mug").iter().all(|kind| *kind == ReasonKind::ThisPage));
    assert!(kinds("lamp").iter().all(|kind| *kind == ReasonKind::Viewed));
}

#[test]
fn a_new_item_with_a_vector_stands_beside_the_nearest() {
    let mut shop = lite();
    let row = Item { item: "saucer".into(), title: "Saucer".into(), ..Item::default() };
    let add = |vector: Vec<f32>, like: Option<&str>| CatalogDelta {
        add: vec![NewItem { row: row.clone(), like: like.map(str::to_owned), vector: Some(vector) }],
        ..CatalogDelta::default()
    };
    for (vector, like) in [(vec![1.0], None), (vec![1.0, f32::NAN], None), (vec![1.0, 0.0], Some("mug"))] {
        assert_eq!(shop.update_catalog(&add(vector, like)).unwrap_err().code(), Code::CatalogInvalid);
    }
    // The plate's row is (120, 40). The lite build takes the item, and reaches it last.
    let mut recommender = rich_recommender();
    recommender.update_catalog(&add(vec![3.0, 1.0], None)).unwrap();
    let (asked, arena) = (Request { placement: None, relation: None, ..product("mug", None) }, Arena::default());
    let slate = with_vectors(&mut recommender, &asked, &arena);
    assert_eq!(ids(&slate), ["plate", if cfg!(feature = "onnx") { "saucer" } else { "bowl" }]);
    shop.update_catalog(&add(vec![3.0, 1.0], None)).unwrap();
    view(&mut shop, "mug", 0);
    let all = ask(&mut shop, &Request { k: 9, ..Request::default() });
    let at = ids(&all).iter().position(|id| *id == "saucer");
    assert_eq!((ids(&all)[0], at), ("plate", Some(if cfg!(feature = "onnx") { 1 } else { all.items.len() - 1 })));
    let mut p = parts(None);
    (p.vectors, p.manifest.items) = (None, None);
    assert_eq!(open(p).update_catalog(&add(vec![3.0, 1.0], None)).unwrap_err().code(), Code::CatalogInvalid);
}

#[test]
fn dwell_and_kind_weigh() {
    // mug → plate 1, bowl 0.5; lamp → candle 0.706. A long look at the lamp outweighs a glance at the mug after it.
    let mut shop = lite();
    shop.observe(&Event { dwell_ms: Some(60_000), ..Event::view("lamp") }, NOW).unwrap();
    shop.observe(&Event { dwell_ms: Some(1_000), ..Event::view("mug") }, NOW + 61_000).unwrap();
    assert_eq!(ids(&shop.recommend(&Request { k: 1, ..Request::default() }, NOW + 62_000).unwrap()), ["candle"]);
    let mut even = lite();
    view(&mut even, "lamp", 0);
    view(&mut even, "mug", 61);
    assert_eq!(ids(&even.recommend(&Request { k: 1, ..Request::default() }, NOW + 62_000).unwrap()), ["plate"]);
}

#[test]
fn an_earlier_visit_is_recently_viewed_and_nothing_else() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    view(&mut shop, "lamp", 1);
    let event = |kind, item: &str| Event { kind, ..Event::view(item) };
    shop.observe(&event(EventKind::Dismiss, "bowl"), NOW + 2000).unwrap();
    shop.observe(&event(EventKind::Purchase, "plate"), NOW + 3000).unwrap();
    shop.observe(&event(EventKind::Impression, "candle"), NOW + 4000).unwrap();
    let later = NOW + 86_400_000;
    let recent = shop.recommend(&Request { k: 9, ..at(Placement::RecentlyViewed) }, later).unwrap();
    assert_eq!((ids(&recent), recent.items[0].reasons[0].item), (vec!["lamp", "mug"], Some("lamp")));
    let home = shop.recommend(&Request { k: 9, rotate: 0.5, explain: true, ..Request::default() }, later).unwrap();
    assert_eq!(home.events, 0);
    assert!(home.items.iter().flat_map(|item| item.reasons).all(|reason| reason.item.is_none()));
    assert!(["mug", "lamp", "plate"].iter().all(|id| ids(&home).contains(id)), "neither seen nor purchased any more");
    assert!(!ids(&home).contains(&"bowl"), "dismissed still");
    assert!(home.items.iter().filter_map(|item| item.rules).flatten().all(|applied| applied.rule != "rotate"));
    assert_eq!(shop.recommend(&at(Placement::PostPurchase), later).unwrap().notes, ["nothing-bought"]);
    shop.undismiss("bowl");
    assert!(ids(&shop.recommend(&Request { k: 9, ..Request::default() }, later).unwrap()).contains(&"bowl"));
}
