//! Bundles of given vectors: opened, asked, split, and changed.

use crate::assemble::{Beside, Draft, Label};
use crate::log::tests::temp;
use crate::vectors::tests::{f32s, flags, list, npy};
use clap::Parser;
use nearhand::bundle::{self, BlendSpec, Limits, SignalSpec};
use nearhand::catalog::{CatalogDelta, NewItem};
use nearhand::{Engine, Event, Item, Request, Settings, Tier};
use nearhand_numerics::random::Random;

const ITEMS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const DIM: usize = 8;
const SESSION: [usize; 3] = [2, 5, 1];
const NOW: u64 = 1_700_000_000_000;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    label: Label,
}

fn rows() -> Vec<f32> {
    let mut random = Random::new(5);
    (0..ITEMS.len() * DIM).map(|_| random.normal()).collect()
}

fn packed(name: &str, more: &[&str]) -> Vec<u8> {
    let file = npy(1, "'<f4'", false, &format!("{}, {DIM}", ITEMS.len()), &f32s(&rows()));
    let path = temp(&format!("vectors-bundle-{name}.npy"), &file).display().to_string();
    let args = flags(&[&["--vectors", &path], more].concat());
    args.check().unwrap();
    let items = list(&ITEMS);
    let made = args.make(&args.read(&items).unwrap().unwrap(), 50).unwrap();
    let label = Flags::try_parse_from(["test", "--name", "n", "--created-at", "2026-11-23", "--out", "o"]).unwrap().label;
    let draft = Draft {
        provenance: None,
        label: &label,
        beside: &Beside::default(),
        items: &items,
        popularity: vec![1; ITEMS.len()],
        vectors: Some(made.stored.vectors),
        table: None,
        model: made.model,
        // Near the spread of the values, so that the tiny part of popularity decides nothing.
        blend: BlendSpec { temperature: 5.0, ..BlendSpec::default() },
        signals: SignalSpec::default(),
        goldens: vec![vec![0, 1], vec![3]],
        training: None,
        metrics: std::collections::BTreeMap::new(),
    };
    draft.assemble().unwrap()
}

fn order(engine: &mut Engine) -> Vec<String> {
    for (item, at) in SESSION.iter().zip(0..) {
        engine.observe(&Event::view(ITEMS[*item]), NOW + at).unwrap();
    }
    let request = Request { k: 5, ..Request::default() };
    let slate = engine.recommend(&request, NOW + 10).unwrap();
    assert_eq!(slate.source, nearhand::recommend::Source::Model);
    slate.items.iter().map(|item| item.row.item.to_owned()).collect()
}

/// The formula, written out in 64 bits; items of the session left out, as a slate does.
fn by_hand(weights: [f64; 3], cosine: bool) -> Vec<String> {
    let rows = rows();
    let row = |item: usize| -> Vec<f64> {
        let row: Vec<f64> = rows[item * DIM..(item + 1) * DIM].iter().map(|v| f64::from(*v)).collect();
        let length = if cosine { row.iter().map(|v| v * v).sum::<f64>().sqrt() } else { 1.0 };
        row.iter().map(|v| v / length).collect()
    };
    let mut query = vec![0.0; DIM];
    for (item, weight) in SESSION.iter().zip(weights) {
        query.iter_mut().zip(row(*item)).for_each(|(q, v)| *q += weight * v);
    }
    let x = |item: usize| -> f64 { row(item).iter().zip(&query).map(|(a, b)| a * b).sum() };
    let mut items: Vec<usize> = (0..ITEMS.len()).filter(|item| !SESSION.contains(item)).collect();
    items.sort_by(|a, b| x(*b).total_cmp(&x(*a)));
    items.into_iter().map(|item| ITEMS[item].to_owned()).collect()
}

#[test]
fn bundles_answer_by_the_formula() {
    for (query, weights) in [("mean", [1.0, 1.0, 1.0]), ("decay:0.6", [0.36, 0.6, 1.0]), ("last", [0.0, 0.0, 1.0])] {
        for score in ["dot", "cosine"] {
            for bits in ["8", "16", "32"] {
                let bytes = packed("formula", &["--query", query, "--score", score, "--bits", bits]);
                let mut engine = Engine::open(&bytes, &Settings::default()).unwrap();
                assert_eq!(order(&mut engine), by_hand(weights, score == "cosine"), "{query} {score} {bits}");
            }
        }
    }
    for bits in ["1", "2", "4"] {
        let bytes = packed("codes", &["--query", "mean", "--bits", bits]);
        let parts = bundle::open(&bytes, None, &Limits::default()).unwrap();
        let levels = bundle::levels(bits.parse().unwrap());
        assert!(parts.vectors.unwrap().rows.iter().all(|v| levels.contains(v)));
        assert_eq!(order(&mut Engine::open(&bytes, &Settings::default()).unwrap()).len(), 5);
    }
}

#[test]
fn bundles_are_split_and_changed() {
    for bits in ["4", "8", "32"] {
        let bytes = packed("whole", &["--query", "mean", "--bits", bits]);
        let want = order(&mut Engine::open(&bytes, &Settings::default()).unwrap());
        let (shop, model) = bundle::write_apart(&bundle::open(&bytes, None, &Limits::default()).unwrap()).unwrap();
        let mut engine = Engine::open_files(&shop, Some(&model), &Settings::default()).unwrap();
        assert_eq!(engine.tier(), Tier::Full);
        assert_eq!(order(&mut engine), want);
        // A new item whose vector is that of the best.
        let best = ITEMS.iter().position(|item| *item == want[0]).unwrap();
        let vector = Some(rows()[best * DIM..(best + 1) * DIM].to_vec());
        let row = Item { item: "new".into(), title: "New".into(), ..Item::default() };
        let delta = CatalogDelta { add: vec![NewItem { row, like: None, vector }], ..CatalogDelta::default() };
        engine.update_catalog(&delta).unwrap();
        let order = order(&mut engine);
        assert!(order[..2].contains(&"new".to_owned()), "{bits}: {order:?}");
    }
}
