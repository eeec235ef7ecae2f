//! The shipped bundle: opens, answers, and agrees with another engine's recorded answers.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::{NOW, settings, view};
use nearhand::bundle::Limits;
use nearhand::catalog::NewItem;
use nearhand::ids::ItemIdx;
use nearhand::recommend::Source;
use nearhand::{CatalogDelta, Engine, Item, Request};

const BUNDLE: &[u8] = include_bytes!("../../models/online-retail/online-retail.safetensors");
/// Session (ids), tab, query: answers of onnxruntime, recorded by `tools/check_onnx.py --record`.
#[cfg(feature = "onnx")]
const RECORDED: &str = include_str!("../golden/online-retail.tsv");

fn shop() -> Engine {
    Engine::open(BUNDLE, &settings()).unwrap()
}

#[test]
fn it_is_small_and_says_where_it_comes_from() {
    assert!(BUNDLE.len() <= 600_000, "{} bytes", BUNDLE.len());
    let info = shop().info();
    assert_eq!(info.bundle.items, 3421);
    assert!(info.bundle.attribution.contains("CC BY 4.0") && info.bundle.attribution.contains("Chen"));
    let figure = |name: &str| info.bundle.metrics.iter().find(|(n, _)| n == name).unwrap().1;
    assert!(figure("hr@20") >= 0.360 && figure("mrr@20") >= 0.172);
}

#[test]
fn a_session_gets_five_items_with_titles_prices_and_reasons() {
    let mut shop = shop();
    for (second, id) in ["22386", "85099B", "20725"].iter().enumerate() {
        view(&mut shop, id, second as u64);
    }
    let slate = shop.recommend(&Request { source: Some("20725".into()), ..Request::default() }, NOW + 3000).unwrap();
    assert_eq!(slate.items.len(), 5);
    assert_eq!(slate.source, if cfg!(feature = "onnx") { Source::Model } else { Source::Table });
    for item in slate.items {
        assert!(!item.row.title.is_empty() && item.row.price.is_some() && item.row.category.is_some());
        assert!(item.reasons.iter().any(|r| r.item.is_some()), "{item:?}");
        assert!(!["22386", "85099B", "20725"].contains(&item.row.item));
    }
}

#[test]
fn a_new_item_stands_beside_one_that_sells_like_it() {
    let parts = nearhand::bundle::open(BUNDLE, None, &Limits::default()).unwrap();
    let vectors = parts.vectors.as_ref().unwrap();
    let row = |item: usize| &vectors.rows[item * vectors.dim..(item + 1) * vectors.dim];
    let cosine = |a: usize, b: usize| {
        let dot = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(x, y)| f32::from(*x) * f32::from(*y)).sum::<f32>();
        dot(row(a), row(b)) / (dot(row(a), row(a)) * dot(row(b), row(b))).sqrt()
    };
    let n = parts.catalog.base_len();
    let (mut near, mut far, mut placed, mut asked) = (0.0, 0.0, 0, 0);
    // An item leaves the shop and comes back as a new one, with its title and category alone.
    for item in (0..n).step_by(29) {
        let mut shop = parts.catalog.clone();
        let old = shop.row(ItemIdx(item as u32)).map(str::to_owned);
        let row = Item { item: "new".into(), title: old.title, category: old.category, ..Item::default() };
        let add = vec![NewItem { row, ..NewItem::default() }];
        shop.apply(&CatalogDelta { add, remove: vec![old.item], ..CatalogDelta::default() }).unwrap();
        asked += 1;
        if let Some(like) = shop.stand_in(ItemIdx(n as u32)) {
            placed += 1;
            near += cosine(item, like.at());
            far += cosine(item, (item * 7919 + 1) % n);
        }
    }
    let (near, far) = (near / placed as f32, far / placed as f32);
    assert!(placed * 100 >= asked * 95, "{placed} of {asked}");
    assert!(near > 0.4 && near > 4.0 * far, "likeness {near} of stand-ins, {far} of any");
}

#[cfg(feature = "onnx")]
#[test]
fn tract_agrees_with_onnxruntime_within_1e_5() {
    let mut shop = shop();
    let mut rows = 0;
    for line in RECORDED.lines() {
        let (session, query) = line.split_once('\t').unwrap();
        shop.forget(NOW);
        for (second, id) in session.split(' ').enumerate() {
            view(&mut shop, id, second as u64);
        }
        let state = shop.session().clone();
        let recommender = shop.recommender();
        let arena = nearhand::arena::Arena::default();
        let context = recommender.context(&state, None, NOW + 60_000, &arena);
        let got = recommender.run_model(context).unwrap().unwrap();
        let want: Vec<f32> = query.split(' ').map(|v| v.parse().unwrap()).collect();
        assert_eq!(got.len(), want.len());
        for (g, w) in got.iter().zip(&want) {
            assert!((g - w).abs() <= 1e-5, "{g} {w} in {session}");
        }
        rows += 1;
    }
    assert!(rows >= 32);
}
