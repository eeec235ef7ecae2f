//! The shipped bundle: opens, answers, and agrees with another engine's recorded answers.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::{NOW, settings, view};
use nearhand::recommend::Source;
use nearhand::{Engine, Request};

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
    for item in &slate.items {
        assert!(!item.row.title.is_empty() && item.row.price.is_some() && item.row.category.is_some());
        assert!(item.reasons.iter().any(|r| r.item.is_some()), "{item:?}");
        assert!(!["22386", "85099B", "20725"].contains(&item.row.item.as_str()));
    }
}

#[cfg(feature = "onnx")]
#[test]
fn tract_agrees_with_onnxruntime_within_1e_5() {
    let mut shop = shop();
    let mut rows = 0;
    for line in RECORDED.lines() {
        let (session, query) = line.split_once('\t').unwrap();
        shop.forget();
        for (second, id) in session.split(' ').enumerate() {
            view(&mut shop, id, second as u64);
        }
        let state = shop.session().clone();
        let recommender = shop.recommender();
        let context = recommender.context(&state, None, NOW + 60_000);
        let got = recommender.run_model(&context).unwrap().unwrap();
        let want: Vec<f32> = query.split(' ').map(|v| v.parse().unwrap()).collect();
        assert_eq!(got.len(), want.len());
        for (g, w) in got.iter().zip(&want) {
            assert!((g - w).abs() <= 1e-5, "{g} {w} in {session}");
        }
        rows += 1;
    }
    assert!(rows >= 32);
}
