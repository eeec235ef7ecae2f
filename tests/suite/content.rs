//! New items by title and category alone: vectors of their own, by hand on the shop of six items.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::arena::Arena;
use nearhand::bundle::Parts;
use nearhand::catalog::{Catalog, NewItem, TextColumn};
use nearhand::recommend::{Placement, Relation, Source};
use nearhand::{CatalogDelta, Engine, Item, ItemIdx, Request};

/// The shop with these titles, and a model: the mean of the session's vectors.
fn titled(titles: [&str; 6]) -> Engine {
    let parts = parts(Some((include_bytes!("../fixtures/query_mean.onnx"), query_spec())));
    let columns = nearhand::catalog::Columns { titles: TextColumn::of(&titles), ..parts.catalog.base().clone() };
    Engine::open(&bundle(Parts { catalog: Catalog::new(columns).unwrap(), ..parts }), &settings()).unwrap()
}

fn mugs() -> Engine {
    titled(["Large red mug", "Blue mug", "Bowl", "Lamp", "Candle", "Clock"])
}

fn add(title: &str, category: &str) -> CatalogDelta {
    let row = Item { item: "new".into(), title: title.into(), category: Some(category.into()), ..Item::default() };
    CatalogDelta { add: vec![NewItem { row, ..NewItem::default() }], ..CatalogDelta::default() }
}

fn vector_of(shop: &mut Engine, item: u32) -> [f32; 2] {
    let mut out = [0.0; 2];
    shop.recommender().vectors().unwrap().dequantize(ItemIdx(item), &mut out);
    out
}

/// The vector of the added item.
fn vector(shop: &mut Engine) -> [f32; 2] {
    vector_of(shop, 6)
}

#[test]
fn a_vector_by_hand() {
    // Of six titles two have "mug", 1.099 = ln 3 long; "large", "red", "blue" are ln 6. k = 1.099 / 2.762 = 0.398 to the red
    // mug and 0.523 to the blue, 0.208 between them, so that β = 0.248 and 0.362. The mean of all vectors is nil:
    // v ∝ 0.248 · (127, 0) + 0.362 · (120, 40) = (74.99, 14.50).
    let mut shop = mugs();
    shop.update_catalog(&add("Mug", "kitchen")).unwrap();
    let [x, y] = vector(&mut shop);
    assert!((y / x - 14.50 / 74.99).abs() < 0.01, "{x} {y}");
    // The blue mug is nearest: it lends its length, its row in the table, and its popularity.
    assert_eq!(shop.catalog().stand_in(ItemIdx(6)), Some(ItemIdx(1)));
    let length = (120.0_f32 * 120.0 + 40.0 * 40.0).sqrt() / 127.0;
    assert!(((x * x + y * y).sqrt() - length).abs() < 0.01);
}

#[test]
fn the_new_item_is_scored_and_read_by_its_own_vector() {
    let mut shop = mugs();
    shop.update_catalog(&add("Mug", "kitchen")).unwrap();
    view(&mut shop, "mug", 0);
    let everything = Request { k: 7, exclude: vec![], explain: true, ..Request::default() };
    let own = vector(&mut shop)[0];
    let slate = shop.recommend(&everything, NOW + 1000).unwrap();
    assert_eq!(slate.source, Source::Model);
    // The session is the red mug, (1, 0): the model's parts follow the dot products, the new one's among them.
    let new = slate.items.iter().find(|item| item.row.item == "new").unwrap();
    let want = ((own - 1.0) / 0.2).exp();
    assert!((new.parts.unwrap().model - want).abs() < 1e-5, "{:?} {want}", new.parts);
    // Its table part is that of the blue mug, "plate".
    let plate = slate.items.iter().find(|item| item.row.item == "plate").unwrap();
    assert_eq!((new.parts.unwrap().table, new.parts.unwrap().repeat), (plate.parts.unwrap().table, 0.0));
    let sum: f32 = new.reasons.iter().map(|reason| reason.contribution).sum();
    assert!((sum - new.score).abs() < 1e-6);
    // On its own page the query is its vector.
    shop.forget(NOW);
    view(&mut shop, "new", 0);
    let state = shop.session().clone();
    let arena = Arena::default();
    let context = shop.recommender().context(&state, None, NOW, &arena);
    let query = shop.recommender().run_model(context).unwrap().unwrap().to_vec();
    let own = vector(&mut shop);
    assert!(query.iter().zip(own).all(|(q, v)| (q - v).abs() < 1e-6), "{query:?} {own:?}");
    // What it repeats is itself, not the blue mug that stands in for it.
    let slate = shop.recommend(&everything, NOW + 1000).unwrap();
    let repeat = |id: &str| slate.items.iter().find(|item| item.row.item == id).unwrap().parts.unwrap().repeat;
    assert_eq!((repeat("new"), repeat("plate")), (0.3, 0.0));
}

#[test]
fn likeness_knows_new_items() {
    let mut shop = mugs();
    shop.update_catalog(&add("Mug", "kitchen")).unwrap();
    let similar = |source: &str| Request {
        k: 6,
        placement: Some(Placement::Product),
        relation: Some(Relation::Similar),
        source: Some(source.into()),
        ..Request::default()
    };
    // From (0.982, 0.190), as a direction: 0.991 to the blue mug, 0.982 to the red, 0.871 to the bowl.
    let slate = shop.recommend(&similar("new"), NOW).unwrap();
    assert_eq!(ids(&slate)[..3], ["plate", "mug", "bowl"]);
    assert_eq!(slate.source, Source::Vectors);
    let slate = shop.recommend(&similar("mug"), NOW).unwrap();
    assert_eq!(ids(&slate)[..1], ["new"]);
}

#[test]
fn a_title_that_tells_nothing_gives_no_vector() {
    let mut shop = mugs();
    shop.update_catalog(&add("Spoon", "kitchen")).unwrap();
    assert_eq!(shop.catalog().stand_in(ItemIdx(6)), None);
    view(&mut shop, "mug", 0);
    let slate = shop.recommend(&Request { k: 7, exclude: vec![], ..Request::default() }, NOW + 1000).unwrap();
    assert_eq!(ids(&slate).last(), Some(&"new"));
}

#[test]
fn an_item_that_leaves_may_come_back_in_one_delta() {
    let mut shop = mugs();
    let row = Item { item: "mug".into(), title: "Red mug".into(), category: Some("kitchen".into()), ..Item::default() };
    let add = vec![NewItem { row, ..NewItem::default() }];
    shop.update_catalog(&CatalogDelta { add, remove: vec!["mug".into()], ..CatalogDelta::default() }).unwrap();
    // Of the one that went nothing is known any more.
    assert_eq!(shop.catalog().stand_in(ItemIdx(6)), Some(ItemIdx(1)));
    // The same for a vector: that of the red mug, whose nearest is gone.
    let mut shop = mugs();
    let row = Item { item: "mug".into(), ..Item::default() };
    let add = vec![NewItem { row, vector: Some(vec![1.0, 0.1]), ..NewItem::default() }];
    shop.update_catalog(&CatalogDelta { add, remove: vec!["mug".into()], ..CatalogDelta::default() }).unwrap();
    assert_eq!(shop.catalog().stand_in(ItemIdx(6)), Some(ItemIdx(1)));
}

#[test]
fn vectors_of_any_size_are_brought_to_size() {
    for scale in [1e-38_f32, 1.0, 3e38] {
        let mut shop = mugs();
        let row = Item { item: "new".into(), ..Item::default() };
        let add = vec![NewItem { row, vector: Some(vec![scale, scale / 4.0]), ..NewItem::default() }];
        shop.update_catalog(&CatalogDelta { add, ..CatalogDelta::default() }).unwrap();
        let [x, y] = vector(&mut shop);
        assert!((y / x - 0.25).abs() < 0.01 && x < 1.0, "{scale}: {x} {y}");
        view(&mut shop, "mug", 0);
        let slate = shop.recommend(&Request { k: 7, exclude: vec![], ..Request::default() }, NOW + 1000).unwrap();
        assert!(slate.items.iter().all(|item| item.score.is_finite()));
    }
    // One without direction is read as its stand-in.
    let mut shop = mugs();
    let row = Item { item: "new".into(), ..Item::default() };
    let add = vec![NewItem { row, vector: Some(vec![0.0, 0.0]), ..NewItem::default() }];
    shop.update_catalog(&CatalogDelta { add, ..CatalogDelta::default() }).unwrap();
    assert_eq!(vector(&mut shop), vector_of(&mut shop, 0));
}

#[test]
fn a_refused_row_leaves_no_vector_behind() {
    let mut shop = mugs();
    let mut bad = add("Mug", "kitchen");
    bad.add.push(NewItem { row: Item { item: "lamp".into(), ..Item::default() }, ..NewItem::default() });
    assert!(shop.update_catalog(&bad).is_err());
    // The row beside it is in; only then comes one that is like the lamp.
    let row = Item { item: "newer".into(), ..Item::default() };
    let like = vec![NewItem { row, like: Some("lamp".into()), ..NewItem::default() }];
    shop.update_catalog(&CatalogDelta { add: like, ..CatalogDelta::default() }).unwrap();
    // What is like the lamp has the lamp's vector.
    assert_eq!(vector_of(&mut shop, 7), vector_of(&mut shop, 3));
}
