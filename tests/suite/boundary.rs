//! The JavaScript boundary from this side: what crosses, and what a call allocates for it. In wasm alone.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]

use crate::budgets::ceiling;
use crate::shop::{NOW, bundle, parts};
use allocation_counter::measure;
use js_sys::{Array, JSON, Object, Reflect};
use nearhand::EventKind;
use nearhand::bundle::{GoldenEvent, write};
use nearhand::engine::record_goldens;
use nearhand::wasm::Engine;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

fn js(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn at(second: u32) -> f64 {
    NOW as f64 + f64::from(second) * 1000.0
}

fn engine(bundle: &[u8]) -> Engine {
    Engine::open(bundle.to_vec(), js(r#"{"consent":"memory"}"#), None).unwrap()
}

/// The value at a path of keys and places, which stand apart by points.
fn of(value: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(value.clone(), |value, key| Reflect::get(&value, &key.into()).unwrap())
}

fn keys(value: &JsValue, path: &str) -> String {
    Object::keys(&of(value, path).into()).join(",").into()
}

#[test]
fn an_engine_proves_itself_before_it_answers() {
    // The host stops after some of the steps, and the first slate takes the others, two goldens among them.
    let bytes = bundle(parts(None));
    let mut whole = engine(&bytes);
    let steps = (1..).find(|_| !whole.replay().unwrap()).unwrap();
    let mut shop = engine(&bytes);
    (0..steps - 2).for_each(|_| assert!(shop.replay().unwrap()));
    let asked = || js(r#"[{"k":1}]"#);
    shop.recommend(asked(), at(1)).unwrap();
    assert!(!shop.replay().unwrap());
    let view = GoldenEvent { kind: EventKind::View, item: "mug".into(), gap_ms: 0, dwell_ms: 0 };
    let mut wrong = record_goldens(parts(None), vec![vec![view]]).unwrap();
    wrong.manifest.goldens[0].lite.swap(0, 1);
    let mut shop = engine(&write(&wrong).unwrap());
    for refused in [shop.recommend(asked(), at(1)).unwrap_err(), shop.replay().unwrap_err()] {
        assert_eq!(json(&of(&refused, "code")), r#""golden-mismatch""#);
    }
}

#[test]
fn a_slate_is_a_plain_object_in_the_order_of_its_fields() {
    let mut shop = engine(&bundle(parts(None)));
    shop.observe(js(r#"{"kind":"view","item":"mug","dwellMs":null}"#), at(0)).unwrap();
    let asked = js(r#"[{"k":1,"explain":true,"rules":[{"boost":2,"items":["plate"],"name":"two"}]},{"k":2,"placement":"home"}]"#);
    let page = shop.recommend(asked, at(1)).unwrap();
    assert_eq!(keys(&page, "0"), "items,source,notes,events,more,effects");
    assert_eq!(keys(&page, "1"), "items,source,placement,notes,events,more");
    assert_eq!(keys(&page, "0.items.0"), "item,title,price,category,stock,rank,score,propensity,reasons,parts,rules");
    assert_eq!(keys(&page, "1.items.0"), "item,title,price,category,stock,rank,score,propensity,reasons");
    assert_eq!(keys(&page, "0.items.0.reasons.0"), "kind,item,title,contribution");
    assert_eq!(keys(&page, "0.items.0.reasons.1"), "kind,contribution");
    let told = |path: &str| json(&of(&page, path));
    assert_eq!(told("0.items.0.title"), r#""Plate""#);
    assert_eq!(told("0.items.0.rules"), r#"[{"rule":"boost","name":"two","factor":2}]"#);
    assert_eq!(told("1.source"), r#""table""#);
    assert_eq!((told("0.more"), told("0.events"), told("0.notes")), ("true".into(), "1".into(), "[]".into()));
    // A float of 32 bits arrives as it is.
    assert!((of(&page, "0.items.0.score").as_f64().unwrap() - 2.0).abs() < 1e-5);
    // A map of names.
    assert_eq!(json(&of(&shop.info().unwrap(), "bundle.metrics")), r#"{"hr@20":0.5}"#);
}

#[test]
fn what_is_no_plain_value_is_refused_by_name() {
    let mut shop = engine(&bundle(parts(None)));
    let refused = |error: JsValue| (of(&error, "code").as_string().unwrap(), json(&of(&error, "details")));
    let (code, details) = refused(shop.recommend(js(r#"[{"k":2.5}]"#), at(0)).unwrap_err());
    let told = r#"{"option":"recommend.k","value":2.5,"expected":"an integer from 0"}"#;
    assert_eq!((code.as_str(), details.as_str()), ("invalid-option", told));
    let (code, details) = refused(shop.recommend(js(r#"[{},{"where":{"instock":true}}]"#), at(0)).unwrap_err());
    let told = r#"{"option":"recommendPage[1].where.instock","allowed":["inStock","price","stock","category","brand"],"nearest":"inStock"}"#;
    assert_eq!((code.as_str(), details.as_str()), ("unknown-option", told));
    let circle = Object::new();
    Reflect::set(&circle, &"where".into(), &circle).unwrap();
    let (code, details) = refused(shop.recommend(circle.into(), at(0)).unwrap_err());
    assert_eq!((code.as_str(), details.as_str()), ("invalid-option", r#"{"option":"recommendPage"}"#));
}

const SHIPPED: &[u8] = include_bytes!("../../models/online-retail/online-retail.safetensors");

/// The most allocations of an event and its slate, arguments and answers included, once the buffers have grown.
#[test]
fn an_ordinary_call_allocates_for_its_arguments_alone() {
    let mut shop = engine(SHIPPED);
    let items = shop.items(js(r#"{"limit":700}"#)).unwrap();
    let items: Array = of(&items, "items").into();
    let ids: Vec<String> = items.iter().map(|row| of(&row, "item").as_string().unwrap()).collect();
    let mut most = 0;
    for (second, id) in ids.iter().enumerate() {
        if second % 16 == 0 {
            shop.forget(at(second as u32));
        }
        let event = js(&format!(r#"{{"kind":"view","item":"{id}","dwellMs":5000}}"#));
        let page = js(&format!(r#"[{{"k":5,"source":"{id}"}}]"#));
        let now_ms = at(second as u32);
        let counted = measure(|| {
            shop.observe(event, now_ms).unwrap();
            shop.recommend(page, now_ms).unwrap();
        });
        if second >= 320 {
            most = most.max(counted.count_total);
        }
    }
    wasm_bindgen_test::console_log!("allocations call={most}");
    assert!(most <= ceiling("boundary", "allocations"));
}
