//! A reference in a bundle, and what the engine counts on it.
#![allow(clippy::unwrap_used)]

use crate::attacks::reseal;
use crate::attribute::test;
use crate::shop::*;
use nearhand::bundle::{Limits, Parts, open, write, write_apart};
use nearhand::monitor::{Counted, RATES, STREAMS};
use nearhand::recommend::Placement;
use nearhand::{Code, Engine, Request};
use nearhand_monitor::{Bins, Rate, Reference, Role, Stream, Value};

/// Numbers have one edge, so that their bins are: up to it, beyond, missing.
fn reference() -> Reference {
    let names = |all: &[&str]| Bins::Named(all.iter().map(|name| (*name).to_owned()).collect());
    let bins = |name: &str| match name {
        "slate.events" => Bins::Numeric(vec![1.0]),
        "slate.items" => Bins::Numeric(vec![2.0]),
        "slate.source" => names(&["table", "popular"]),
        "slate.category" => names(&["kitchen"]),
        _ => Bins::Numeric(vec![0.0]),
    };
    let mut streams: Vec<Stream> =
        STREAMS.iter().map(|(name, role)| Stream::new(name, *role, 1.0, bins(name)).unwrap()).collect();
    // One that no slate has.
    streams.insert(0, Stream::new("dwell_ms", Role::Input, 1.0, Bins::Numeric(vec![5.0])).unwrap());
    streams.iter_mut().for_each(|stream| stream.add(Value::Missing));
    let rates = RATES.iter().map(|name| Rate { name: (*name).to_owned(), events: 0, of: 10 });
    Reference::new(streams, rates.collect()).unwrap()
}

fn with(reference: Vec<u8>) -> Vec<u8> {
    bundle(Parts { reference: Some(reference), ..parts(None) })
}

fn counted(shop: &Engine) -> Counted {
    shop.info().monitor.unwrap()
}

#[test]
fn it_is_read_back_and_a_bundle_without_one_is_as_before() {
    let bytes = reference().to_bytes();
    let read = open(&with(bytes.clone()), None, &Limits::default()).unwrap();
    assert_eq!(read.reference.as_deref(), Some(&bytes[..]));
    assert_eq!(write(&read).unwrap(), with(bytes.clone()), "the same parts give the same bytes");
    // The first file of two has it.
    let (first, _) = write_apart(&read).unwrap();
    assert_eq!(open(&first, None, &Limits::default()).unwrap().reference, Some(bytes));
    let without = bundle(parts(None));
    assert!(open(&without, None, &Limits::default()).unwrap().reference.is_none());
    assert_eq!(Engine::open(&without, &settings()).unwrap().info().monitor, None);
}

#[test]
fn slates_are_counted_on_its_bins() {
    let mut shop = Engine::open(&with(reference().to_bytes()), &settings()).unwrap();
    let nothing = counted(&shop);
    assert_eq!((nothing.bins.len(), nothing.bins.iter().sum::<u64>(), &nothing.rates[..]), (3 * 5 + 4 + 3, 0, &[0; 8][..]));
    let hex: String = reference().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(nothing.reference, hex);
    // No event speaks for the first.
    shop.recommend(&Request::default(), NOW).unwrap();
    assert_eq!(counted(&shop), nothing);
    shop.observe(&nearhand::Event::view("mug"), NOW).unwrap();
    shop.observe(&nearhand::Event::view("no such thing"), NOW).unwrap();
    let request = Request { k: 2, ..Request::default() };
    let slate = shop.recommend(&request, NOW).unwrap();
    assert_eq!((slate.items.len(), slate.items[0].row.category), (2, Some("kitchen")));
    let once = counted(&shop);
    // Of each stream the bins: dwell none; events, items, score, spread; table; kitchen.
    let bins = [&[0, 0, 0][..], &[1, 0, 0], &[1, 0, 0], &[0, 1, 0], &[0, 1, 0], &[1, 0, 0, 0], &[1, 0, 0]].concat();
    // Fallback, short, filled, and of two events one on an item that there is not.
    assert_eq!((once.bins, once.rates), (bins, vec![0, 1, 0, 1, 0, 1, 1, 2]));
    // Elsewhere and further pages are other distributions; a page's slates count each.
    for other in [
        Request { placement: Some(Placement::Trending), ..request.clone() },
        Request { placement: Some(Placement::Home), ..request.clone() },
        Request { offset: 2, ..request.clone() },
        // Behind the last item nothing is left.
        Request { offset: 90, ..request.clone() },
    ] {
        shop.recommend(&other, NOW).unwrap();
    }
    assert_eq!(counted(&shop).rates, [0, 1, 0, 1, 0, 1, 1, 2]);
    shop.recommend_page(&[request.clone(), Request { k: 100, ..request }], NOW).unwrap();
    let rates = counted(&shop).rates;
    assert_eq!((rates[1], rates[2], rates[3], rates[7]), (3, 1, 3, 2), "one of them is short");
}

/// The lite tier of a bundle with a model answers otherwise than the model, and is as it should be.
#[cfg(feature = "onnx")]
#[test]
fn where_a_model_is_usual_slates_without_one_are_passed_over() {
    let name = |name: &str| Bins::Named(vec![name.to_owned()]);
    let mut source = Stream::new("slate.source", Role::Slate, 1.0, name("model")).unwrap();
    source.add(Value::Name("model"));
    let unknown = Rate { name: "unknown-item".to_owned(), events: 0, of: 10 };
    let reference = Some(Reference::new(vec![source], vec![unknown]).unwrap().to_bytes());
    let model = Some((&include_bytes!("../fixtures/query_mean.onnx")[..], query_spec()));
    let mut shop = Engine::open(&bundle(Parts { reference, ..parts(model) }), &settings()).unwrap();
    let ask = |shop: &mut Engine, second| {
        view(shop, "mug", second);
        shop.recommend(&Request { k: 2, ..Request::default() }, NOW + second * 1000).unwrap();
        let Counted { bins, rates, .. } = counted(shop);
        (bins, rates)
    };
    assert_eq!(ask(&mut shop, 1), (vec![1, 0, 0], vec![0, 1]));
    shop.recommender().drop_model();
    assert_eq!(ask(&mut shop, 2), (vec![1, 0, 0], vec![0, 2]), "what the catalog has is counted all the same");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let bytes = reference().to_bytes();
    let refusal = |bytes: Vec<u8>| Engine::open(&with(bytes), &settings()).unwrap_err();
    let mut flipped = bytes.clone();
    flipped[20] ^= 1;
    for hostile in
        [flipped, bytes[..bytes.len() - 1].to_vec(), Vec::new(), b"NHMR\x01".to_vec(), b"NHMT\x01".to_vec(), vec![0; 300]]
    {
        let error = refusal(hostile);
        assert_eq!(error.code(), Code::BundlePartInvalid);
        assert!(error.to_string().contains("monitor.reference"), "{error}");
    }
    let error = refusal(vec![0; 128 * 1024 + 1]);
    assert_eq!(error.code(), Code::BundleTooLarge);
    assert!(error.to_string().contains("131072"), "{error}");
    // Another shape than bytes in a row.
    let (own, text) = (with(bytes.clone()), format!("\"monitor.reference\":{{\"dtype\":\"U8\",\"shape\":[{}]", bytes.len()));
    let other = text.replace("U8", "I8");
    let mut turned = own.clone();
    let at = own.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    turned[at..at + text.len()].copy_from_slice(other.as_bytes());
    reseal(&mut turned);
    assert_eq!(Engine::open(&turned, &settings()).unwrap_err().code(), Code::BundlePartInvalid);
}

/// A later release writes another format: the shop must not stop for it.
#[test]
fn one_of_another_version_counts_nothing_and_serves() {
    let mut later = reference().to_bytes();
    later[4] = 2;
    let mut shop = Engine::open(&with(later), &settings()).unwrap();
    shop.observe(&nearhand::Event::view("mug"), NOW).unwrap();
    assert!(!shop.recommend(&Request::default(), NOW).unwrap().items.is_empty());
    assert_eq!(shop.info().monitor, None);
}
