//! From events to slates.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::catalog::{FacetTest, ItemUpdate, NewItem, NumberRange, Where};
use nearhand::recommend::{Exclude, ReasonKind, Source};
use nearhand::session::Lifetimes;
use nearhand::{CatalogDelta, Code, Consent, Event, EventKind, Item, Request, Settings, engine::ItemsQuery};

#[test]
fn an_empty_session_gets_the_popular_items() {
    let mut shop = lite();
    let slate = shop.recommend(&Request::default(), NOW).unwrap();
    assert_eq!(ids(&slate), ["mug", "plate", "bowl", "lamp", "candle"]);
    assert_eq!((slate.source, slate.events), (Source::Popular, 0));
    assert_eq!(slate.items[0].reasons[0].kind, ReasonKind::Popular);
    assert!(slate.notes.is_empty());
}

#[test]
fn the_table_answers_and_says_why() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let slate = shop.recommend(&Request { k: 2, explain: true, ..Request::default() }, NOW).unwrap();
    assert_eq!(ids(&slate), ["plate", "bowl"]);
    assert_eq!(slate.source, Source::Table);
    let reason = &slate.items[0].reasons[0];
    assert_eq!((reason.kind, reason.item, reason.title), (ReasonKind::Viewed, Some("mug"), Some("Mug")));
    for item in slate.items {
        let part = item.parts.unwrap();
        assert!((part.table + part.repeat + part.model + part.popularity - item.score).abs() < 1e-6);
    }
    assert!((slate.items[0].score - 1.0).abs() < 1e-5, "the table's best vote is 1");
}

#[test]
fn ranks_are_one_to_k_and_scores_fall() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let slate = shop.recommend(&Request::default(), NOW).unwrap();
    assert_eq!(slate.items.iter().map(|i| i.rank).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(slate.items.windows(2).all(|w| w[0].score >= w[1].score));
    assert_eq!(slate.notes, ["filled-with-popular"]);
}

#[test]
fn rules_apply_before_ranking() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let cart = Event { kind: EventKind::CartAdd, ..Event::view("plate") };
    shop.observe(&cart, NOW).unwrap();
    shop.observe(&Event { kind: EventKind::Dismiss, ..Event::view("bowl") }, NOW).unwrap();
    let all = shop.recommend(&Request { k: 6, ..Request::default() }, NOW).unwrap();
    assert_eq!(ids(&all), ["lamp", "candle", "clock"]);
    assert_eq!(all.notes, ["short"]);
    let cart = shop.recommend(&Request { exclude: vec![Exclude::Cart], ..Request::default() }, NOW).unwrap();
    assert!(ids(&cart).contains(&"mug") && !ids(&cart).contains(&"plate"));
    let none = shop
        .recommend(&Request { exclude: vec![], exclude_items: vec!["mug".into(), "ghost".into()], ..Request::default() }, NOW)
        .unwrap();
    assert!(!ids(&none).contains(&"mug"));
    let cheap =
        Where { price: Some(NumberRange { lt: Some(16.0), ..NumberRange::default() }), in_stock: Some(true), ..Where::default() };
    let sold = ItemUpdate { item: "plate".into(), stock: Some(0), ..ItemUpdate::default() };
    shop.update_catalog(&CatalogDelta { update: vec![sold], ..CatalogDelta::default() }).unwrap();
    let some = shop.recommend(&Request { r#where: cheap, exclude: vec![], ..Request::default() }, NOW).unwrap();
    let mut have = ids(&some);
    have.sort_unstable();
    assert_eq!(have, ["bowl", "clock", "mug"]);
    let light = Where { category: Some(FacetTest::any(&["light"])), ..Where::default() };
    assert_eq!(ids(&shop.recommend(&Request { r#where: light, ..Request::default() }, NOW).unwrap()), ["lamp", "candle"]);
}

#[test]
fn the_page_item_speaks_and_is_not_shown() {
    let mut shop = lite();
    let slate = shop.recommend(&Request { source: Some("mug".into()), k: 1, ..Request::default() }, NOW).unwrap();
    assert_eq!((ids(&slate), slate.events), (vec!["plate"], 1));
    view(&mut shop, "mug", 0);
    let slate = shop.recommend(&Request { source: Some("mug".into()), exclude: vec![], ..Request::default() }, NOW).unwrap();
    assert!(!ids(&slate).contains(&"mug"));
    assert_eq!(slate.events, 1, "the page just viewed does not count twice");
}

#[test]
fn an_unknown_item_is_kept_counted_and_harmless() {
    let mut shop = lite();
    assert!(!shop.observe(&Event::view("ghost"), NOW).unwrap());
    let slate = shop.recommend(&Request { source: Some("phantom".into()), ..Request::default() }, NOW).unwrap();
    assert_eq!((slate.items.len(), slate.source), (5, Source::Popular));
    assert_eq!(slate.notes, ["source-unknown"]);
    assert_eq!(shop.info().counts.unknown_items, 1);
    let delta = CatalogDelta {
        add: vec![NewItem {
            row: Item { item: "ghost".into(), title: "Ghost".into(), ..Item::default() },
            like: Some("mug".into()),
            ..NewItem::default()
        }],
        ..CatalogDelta::default()
    };
    shop.update_catalog(&delta).unwrap();
    let slate = shop.recommend(&Request { k: 1, ..Request::default() }, NOW).unwrap();
    assert_eq!(ids(&slate), ["plate"], "once the catalog knows it, the view counts");
    assert_eq!(slate.items[0].reasons[0].item, Some("ghost"));
}

#[test]
fn a_delta_needs_no_new_model() {
    let mut shop = lite();
    let row = |id: &str| Item { item: id.into(), title: id.to_uppercase(), price: Some(1.0), ..Item::default() };
    shop.update_catalog(&CatalogDelta {
        add: vec![NewItem { row: row("saucer"), like: Some("plate".into()), ..NewItem::default() }],
        remove: vec!["bowl".into()],
        ..CatalogDelta::default()
    })
    .unwrap();
    view(&mut shop, "mug", 0);
    let slate = shop.recommend(&Request { k: 2, ..Request::default() }, NOW).unwrap();
    assert_eq!(ids(&slate), ["plate", "saucer"]);
    let page = shop.items(&ItemsQuery::default(), str::to_lowercase).unwrap();
    assert_eq!(page.total, 6);
    assert!(page.items.iter().all(|i| i.item != "bowl"));
}

#[test]
fn an_unknown_id_costs_its_row() {
    let mut shop = lite();
    let delta = CatalogDelta { remove: vec!["ghost".into(), "mug".into()], ..CatalogDelta::default() };
    assert_eq!(shop.update_catalog(&delta).unwrap_err().code(), Code::ItemUnknown);
    assert!(shop.catalog().find("mug").is_none());
    let done = shop.feed(&delta);
    assert_eq!((done.removed, done.unknown, done.refused), (0, 2, 0));
}

#[test]
fn a_session_moves_between_engines() {
    let mut a = lite();
    let mut b = lite();
    view(&mut a, "mug", 0);
    b.restore(&a.snapshot(), NOW).unwrap();
    assert_eq!(a.recommend(&Request::default(), NOW).unwrap(), b.recommend(&Request::default(), NOW).unwrap());
    assert_eq!(b.restore(b"nonsense", NOW).unwrap_err().code(), Code::SnapshotForeign);
    assert_eq!(b.session_events(NOW)[0].item, "mug");
    b.forget(NOW);
    assert!(b.session_events(NOW).is_empty());
}

#[test]
fn two_tabs_share_a_session() {
    let mut a = lite();
    let mut b = lite();
    view(&mut a, "mug", 0);
    view(&mut b, "lamp", 1);
    a.merge(&b.snapshot(), NOW + 2000).unwrap();
    b.merge(&a.snapshot(), NOW + 2000).unwrap();
    assert_eq!(a.session_events(NOW), b.session_events(NOW));
    assert_eq!(a.session_events(NOW).len(), 2);
}

#[test]
fn without_consent_only_the_page_speaks() {
    let mut shop = lite();
    view(&mut shop, "lamp", 0);
    shop.set_consent(Consent::None);
    view(&mut shop, "lamp", 1);
    assert!(shop.session_events(NOW).is_empty());
    assert_eq!(shop.recommend(&Request::default(), NOW).unwrap().source, Source::Popular);
}

#[test]
fn idle_ends_the_session() {
    let mut shop = lite();
    view(&mut shop, "mug", 0);
    let slate = shop.recommend(&Request::default(), NOW + 30 * 60 * 1000 + 1).unwrap();
    assert_eq!((slate.source, slate.events), (Source::Popular, 0));
}

#[test]
fn one_item_catalog() {
    let mut p = parts(None);
    let columns = nearhand::catalog::Columns {
        ids: nearhand::catalog::TextColumn::of(&["only"]),
        titles: nearhand::catalog::TextColumn::of(&["Only"]),
        ..nearhand::catalog::Columns::default()
    };
    p.catalog = nearhand::catalog::Catalog::new(columns).unwrap();
    p.manifest.catalog.items = 1;
    p.manifest.catalog.columns.clear();
    p.vectors = None;
    p.manifest.items = None;
    p.table = Some(nearhand::bundle::StoredTable { successors: 1, counts: Vec::new(), next: vec![0], weights: vec![0] });
    p.manifest.table = Some(nearhand::bundle::TableSpec { successors: 1 });
    p.popularity = vec![0];
    let mut shop = nearhand::Engine::open(&nearhand::bundle::write(&p).unwrap(), &settings()).unwrap();
    let slate = shop.recommend(&Request::default(), NOW).unwrap();
    assert_eq!((ids(&slate), slate.notes), (vec!["only"], &["short"][..]));
    view(&mut shop, "only", 0);
    assert!(shop.recommend(&Request::default(), NOW).unwrap().items.is_empty());
}

#[test]
fn options_out_of_range_are_refused() {
    let mut shop = lite();
    for k in [0, 101] {
        assert_eq!(shop.recommend(&Request { k, ..Request::default() }, NOW).unwrap_err().code(), Code::OptionInvalid);
    }
    assert_eq!(
        shop.items(&ItemsQuery { limit: 0, ..ItemsQuery::default() }, str::to_lowercase).unwrap_err().code(),
        Code::OptionInvalid
    );
    let bytes = bundle(parts(None));
    let short = Settings { lifetimes: Lifetimes { idle_ms: 1, ..Lifetimes::default() }, ..settings() };
    assert_eq!(nearhand::Engine::open(&bytes, &short).unwrap_err().code(), Code::OptionInvalid);
}

#[test]
fn lists_filter_search_and_page() {
    let shop = lite();
    let page = shop.items(&ItemsQuery { limit: 2, offset: 1, ..ItemsQuery::default() }, str::to_lowercase).unwrap();
    assert_eq!((page.items[0].item, page.items.len(), page.total), ("plate", 2, 6));
    let page = shop.items(&ItemsQuery { search: Some("LA".into()), ..ItemsQuery::default() }, str::to_lowercase).unwrap();
    assert_eq!(page.items.iter().map(|i| i.item).collect::<Vec<_>>(), ["plate", "lamp"]);
}

#[test]
fn same_input_same_bytes() {
    assert_eq!(bundle(parts(None)), bundle(parts(None)));
    let (mut a, mut b) = (lite(), lite());
    for (i, id) in ["mug", "lamp", "plate"].iter().enumerate() {
        view(&mut a, id, i as u64);
        view(&mut b, id, i as u64);
    }
    assert_eq!(a.recommend(&Request::default(), NOW).unwrap(), b.recommend(&Request::default(), NOW).unwrap());
    assert_eq!(a.snapshot(), b.snapshot());
}
