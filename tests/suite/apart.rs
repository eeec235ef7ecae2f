//! A bundle in two files: the first alone is the lite tier, both are the bundle, and no other second file is taken.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::bundle::{Limits, open, write_apart};
#[cfg(feature = "onnx")]
use nearhand::{Code, Settings};
use nearhand::{Engine, Request, Tier};

fn shipped() -> (Vec<u8>, Vec<u8>) {
    let bytes = include_bytes!("../../models/online-retail/online-retail.safetensors");
    write_apart(&open(bytes, None, &Limits::default()).unwrap()).unwrap()
}

#[test]
fn the_first_file_is_the_lite_tier() {
    let (shop, model) = shipped();
    assert!(shop.len() + model.len() < 605_000 && model.len() > 150_000, "{} {}", shop.len(), model.len());
    let mut engine = Engine::open(&shop, &settings()).unwrap();
    assert_eq!(engine.tier(), Tier::Lite);
    view(&mut engine, "22386", 0);
    assert_eq!(engine.recommend(&Request::default(), NOW).unwrap().items.len(), 5);
}

#[cfg(feature = "onnx")]
#[test]
fn both_files_are_the_bundle() {
    let (shop, model) = shipped();
    let whole = include_bytes!("../../models/online-retail/online-retail.safetensors");
    let mut engines = [Engine::open_files(&shop, Some(&model), &settings()).unwrap(), Engine::open(whole, &settings()).unwrap()];
    let slates = engines.each_mut().map(|engine| {
        assert_eq!(engine.tier(), Tier::Full);
        view(engine, "22386", 0);
        view(engine, "85099B", 1);
        engine.recommend(&Request { k: 20, explain: true, ..Request::default() }, NOW + 2000).unwrap()
    });
    assert_eq!(slates[0], slates[1]);
}

#[cfg(feature = "onnx")]
#[test]
fn another_second_file_is_refused() {
    let (shop, model) = shipped();
    let refusal = |model: &[u8], settings: &Settings| Engine::open_files(&shop, Some(model), settings).unwrap_err().code();
    for at in [0, 9, 300, model.len() / 2, model.len() - 1] {
        let mut flipped = model.clone();
        flipped[at] ^= 1;
        assert_eq!(refusal(&flipped, &settings()), Code::BundleDigestMismatch);
    }
    assert_eq!(refusal(&model[..model.len() - 1], &settings()), Code::BundleDigestMismatch);
    assert_eq!(refusal(&[], &settings()), Code::BundleDigestMismatch);
    let small = Settings { max_bytes: shop.len() + model.len() - 1, ..settings() };
    assert_eq!(refusal(&model, &small), Code::BundleTooLarge);
    let whole = bundle(parts(None));
    assert_eq!(Engine::open_files(&whole, Some(&model), &settings()).unwrap_err().code(), Code::BundlePartInvalid);
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_build_without_models_reads_no_second_file() {
    let (shop, _) = shipped();
    assert_eq!(Engine::open_files(&shop, Some(b"whatever"), &settings()).unwrap().tier(), Tier::Lite);
}
