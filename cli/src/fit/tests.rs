//! A planted shop: a table knows its jumps, a model its neighbours, and only both together know all.

use super::asking::USUAL;
use super::into::golden_sessions;
use super::values::ask;
use super::*;
use crate::assemble::{Beside, Draft, Label, golden_sample, popularity};
use crate::choosing::split::Pair;
use crate::items::{ItemArgs, ItemList};
use crate::log::tests::temp;
use crate::log::{Told, Visits};
use clap::Parser;
use nearhand::bundle::{
    self, Align, BlendSpec, Feature, InputSpec, Limits, ModelSpec, OutputKind, OutputSpec, SignalSpec, StoredVectors,
};
use nearhand::features::ContextEvent;
use nearhand::rank::ItemVectors;
use nearhand::recommend::Source as Answers;
use nearhand::{Code, Engine, Event, EventKind, Item, ItemIdx, Request, Settings};
use nearhand_numerics::random::Random;
use std::collections::BTreeMap;

const ITEMS: usize = 240;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    items: ItemArgs,
    #[command(flatten)]
    label: Label,
}

fn flags(flags: &[&str]) -> Flags {
    let usual = ["test", "--name", "planted", "--created-at", "2026-01-01", "--out", "planted.safetensors"];
    Flags::try_parse_from(usual.iter().chain(flags)).unwrap()
}

fn list(prefix: &str) -> ItemList {
    let rows: Vec<Item> = (0..ITEMS).map(|i| Item { item: format!("{prefix}{i}"), ..Item::default() }).collect();
    let rows: Vec<Item> = rows.into_iter().map(|row| Item { title: row.item.clone(), ..row }).collect();
    let by_key = rows.iter().zip(0..).map(|(row, at)| (row.item.clone(), at)).collect();
    ItemList { rows, by_key, ..ItemList::default() }
}

/// Item i stands at angle 2πi / ITEMS, `loud` from the middle.
fn circle(loud: f32) -> Vec<f32> {
    let angle = |i: usize| std::f32::consts::TAU * i as f32 / ITEMS as f32;
    (0..ITEMS).flat_map(|i| [loud * angle(i).cos(), loud * angle(i).sin()]).collect()
}

/// A bundle of a model that answers with the mean of the session's vectors.
fn alone(label: &Label, items: &ItemList, loud: f32, table: Option<nearhand::bundle::StoredTable>) -> Vec<u8> {
    packed(label, items, loud, table, include_bytes!("../../../tests/fixtures/query_mean.onnx")).unwrap()
}

fn packed(
    label: &Label,
    items: &ItemList,
    loud: f32,
    table: Option<nearhand::bundle::StoredTable>,
    onnx: &[u8],
) -> nearhand::Result<Vec<u8>> {
    let input = |name: &str, feature, shape: &[usize]| InputSpec {
        name: name.to_owned(),
        feature,
        shape: shape.to_vec(),
        dtype: "f32".to_owned(),
        align: Align::Left,
    };
    let spec = ModelSpec {
        inputs: vec![input("items", Feature::ItemVector, &[4, 2]), input("mask", Feature::Mask, &[4])],
        output: OutputSpec { name: "query".to_owned(), kind: OutputKind::Query, width: 2, offset: 0 },
        engine: None,
    };
    let vectors = ItemVectors::quantize(2, &circle(loud)).unwrap();
    let sessions = jumps(1, 40);
    let draft = Draft {
        label,
        beside: &Beside::default(),
        items,
        popularity: popularity(&sessions, ITEMS),
        vectors: Some(StoredVectors { dim: 2, rows: vectors.rows().to_vec(), scales: vectors.scales().to_vec() }),
        table,
        model: Some((spec, onnx.to_vec())),
        blend: BlendSpec::default(),
        signals: SignalSpec::default(),
        goldens: golden_sample(&sessions, 4),
        training: None,
        provenance: None,
        metrics: BTreeMap::new(),
    };
    draft.assemble()
}

/// Sessions of three: from an item to its neighbour on the circle, or far across to where many went before.
fn jumps(seed: u64, sessions: usize) -> Vec<Vec<u32>> {
    let mut random = Random::new(seed);
    let mut next = |at: usize| if random.below(2) == 0 { (at + 1) % ITEMS } else { (at * 7 + 50) % ITEMS };
    let session = |start: usize| {
        let second = next(start);
        [start, second, next(second)].map(|item| item as u32).to_vec()
    };
    (0..sessions).map(|number| number * 89 % ITEMS).map(session).collect()
}

fn source(sessions: usize, fit_on: Option<usize>) -> Source {
    let plain = |sessions| Visits { sessions, told: Vec::new() };
    Source { visits: plain(jumps(2, sessions)), fit_on: fit_on.map(|count| plain(jumps(3, count))) }
}

fn fitted(bytes: &[u8], source: &Source, said: &[&str]) -> Fitted {
    fit(&|| Engine::open(bytes, &Settings::default()), &list("i"), source, &flags(said).fit).unwrap()
}

#[test]
fn the_models_values_stand_in_the_lists_order() {
    let (items, label) = (list("i"), flags(&[]).label);
    let bytes = alone(&label, &items, 3.0, None);
    let engine = Engine::open(&bytes, &Settings::default()).unwrap();
    assert!((0..ITEMS).any(|i| engine.catalog().id(ItemIdx(i as u32)) != items.rows[i].item), "the bundle has its own order");
    let pair = Pair { prefix: vec![5, 60], ..Pair::default() };
    let open = || Engine::open(&bytes, &Settings::default());
    let values = ask(&open, &items, &[pair], &|_, values| values).unwrap();
    let at = circle(3.0);
    let query = [0, 1].map(|k| (at[10 + k] + at[120 + k]) / 2.0);
    for (row, x) in values[0].x.iter().enumerate() {
        let want = query[0] * at[2 * row] + query[1] * at[2 * row + 1];
        assert!((x - want).abs() < 0.1, "{row} {x} {want}");
    }
    // Values lie on a cosine: its median is 0.
    let largest = values[0].x.iter().copied().fold(f32::MIN, f32::max);
    assert!((values[0].spread - largest).abs() < 0.2, "{} {largest}", values[0].spread);
}

#[test]
fn table_and_model_together_are_above_either() {
    let (items, label) = (list("i"), flags(&[]).label);
    let of = |loud: f32| fitted(&alone(&label, &items, loud, None), &source(300, Some(120)), &["--fit", "--fit-on", "x"]);
    let (quiet, loud) = (of(1.0), of(8.0));
    let figure = |name: &str| quiet.metrics[name];
    assert!(figure("validation_mrr@20") > figure("validation_model_mrr@20").max(figure("validation_table_mrr@20")) + 0.02);
    assert!(figure("validation_hr@20") >= figure("validation_model_hr@20").max(figure("validation_table_hr@20")));
    assert_eq!(quiet.table.next.len() / quiet.table.successors, ITEMS);
    assert!(quiet.recent.is_some() && quiet.bought.is_none() && quiet.told.len() == 2);
    // Eight times as long on both sides: 64 times the x.
    let times = loud.blend.temperature / quiet.blend.temperature;
    assert!((50.0..80.0).contains(&times), "{times}");
}

#[test]
fn a_model_that_may_have_seen_the_newest_does_not_lead() {
    let (items, label) = (list("i"), flags(&[]).label);
    // The mean of vectors has learnt from no session: it does as well on all.
    let found = fitted(&alone(&label, &items, 1.0, None), &source(500, None), &["--fit"]);
    assert!(found.warnings.iter().any(|warning| warning.contains("--fit-on")), "{:?}", found.warnings);
    assert!(found.blend.model < 0.2 && found.blend.table == 1.0);
    assert_eq!(found.metrics.keys().collect::<Vec<_>>(), ["validation_table_hr@20", "validation_table_mrr@20"]);
    // Without a fit nothing is chosen.
    let usual = fitted(&alone(&label, &items, 1.0, None), &source(500, None), &[]);
    assert_eq!((usual.blend.model, usual.blend.lambda), (USUAL.model, USUAL.lambda));
}

#[test]
fn a_model_that_answers_nan_is_no_model_to_fit() {
    let nan = include_bytes!("../../../tests/fixtures/query_nan.onnx");
    let error = packed(&flags(&[]).label, &list("i"), 1.0, None, nan).unwrap_err();
    assert_eq!(error.code(), Code::ModelOutputNotFinite);
}

#[test]
fn too_few_sessions_are_refused() {
    let (items, label) = (list("i"), flags(&[]).label);
    let bytes = alone(&label, &items, 1.0, None);
    let one = Source { visits: Visits { sessions: vec![vec![0, 1]], told: Vec::new() }, fit_on: None };
    let error = fit(&|| Engine::open(&bytes, &Settings::default()), &items, &one, &flags(&[]).fit).unwrap_err();
    assert_eq!(error.code(), Code::DataInvalid);
}

#[test]
fn a_log_gives_weights_of_events_and_what_was_bought_together() {
    let (items, label) = (list("i"), flags(&[]).label);
    let sessions = jumps(4, 400);
    let visit = |(at, item): (usize, &u32)| {
        let (item, kind) = (ItemIdx(*item), if at == 0 { EventKind::View } else { EventKind::Purchase });
        ContextEvent { item, stand_in: item, kind, at_ms: 1000 * at as u64, dwell_ms: 0, price: None, weight: 1.0 }
    };
    let told = sessions.iter().map(|s| Told { visits: s.iter().enumerate().map(visit).collect(), dismissed: Vec::new() });
    let visits = Visits { told: told.collect(), sessions };
    let source = Source { visits, fit_on: None };
    let found = fitted(&alone(&label, &items, 1.0, None), &source, &["--fit"]);
    assert!(found.told.iter().any(|(name, value)| name == "signals" && value.contains("purchase")), "{:?}", found.told);
    let bought = found.bought.unwrap();
    assert!(bought.weights.iter().any(|weight| *weight > 0));
}

#[test]
fn a_trained_bundle_keeps_all_but_the_model() {
    let items = list("i");
    let label = flags(&["--licence", "MIT"]).label;
    let bare = alone(&label, &items, 1.0, None);
    let table = fitted(&bare, &source(300, None), &[]).table;
    let trained = alone(&label, &items, 1.0, Some(table));
    // The other model's list is in another order, and its vectors are ten times as long.
    let mut turned = list("i");
    turned.rows.reverse();
    let model = alone(&label, &turned, 10.0, None);
    let open = |bytes: &[u8]| bundle::open(bytes, None, &Limits::default()).unwrap();
    let engine = |bytes: &[u8]| Engine::open(bytes, &Settings::default());
    assert_eq!(golden_sessions(&open(&trained).manifest, &turned).len(), 4);
    let blend = same_voice(&|| engine(&trained), &|| engine(&model), &turned).unwrap();
    let was = open(&trained).manifest.blend;
    // The rows are a hundred times as loud together.
    assert!((blend.temperature / was.temperature - 100.0).abs() < 2.0, "{}", blend.temperature);
    assert_eq!(BlendSpec { temperature: was.temperature, ..blend }, was);
    let other = Label { name: "other".to_owned(), ..flags(&[]).label };
    let both = put_into(open(&trained), open(&model), blend, BTreeMap::new(), &other).unwrap();
    assert_eq!((both.manifest.name.as_str(), both.manifest.licence.as_str()), ("other", "MIT"));
    let bytes = bundle::write(&both).unwrap();
    let best = |bytes: &[u8], lite: bool| {
        let mut engine = engine(bytes).unwrap();
        if lite {
            engine.recommender().drop_model();
        }
        engine.observe(&Event::view("i3"), 1_000_000).unwrap();
        let slate = engine.recommend(&Request { k: 3, ..Request::default() }, 1_000_000).unwrap();
        let item = |item: &nearhand::recommend::SlateItem<'_>| (item.score, item.row.item.to_owned());
        (slate.source, slate.items.iter().map(item).collect::<Vec<_>>())
    };
    let (lite, was) = (best(&bytes, true), best(&trained, true));
    let scores = |slate: &[(f32, String)]| slate.iter().map(|(score, _)| *score).collect::<Vec<_>>();
    assert_eq!((lite.0, scores(&lite.1)), (Answers::Table, scores(&was.1)));
    // A visitor who has seen what the bundle lacks still gets a slate.
    let mut stranger = engine(&bytes).unwrap();
    stranger.observe(&Event::view("unheard-of"), 1_000_000).unwrap();
    let slate = stranger.recommend(&Request { k: 3, ..Request::default() }, 1_000_000).unwrap();
    assert_eq!((slate.source, slate.items.len()), (Answers::Popular, 3));
    // i3 of the turned list stands at the angle of 236: its neighbours there are those of the list.
    let full = best(&bytes, false);
    assert_eq!(full.0, Answers::Model);
    assert!(full.1.iter().any(|(_, id)| ["i2", "i4"].contains(&id.as_str())), "{full:?}");
}

#[test]
fn a_bundle_of_other_items_is_refused_with_both_sides() {
    let label = flags(&[]).label;
    let open = |items: &ItemList| bundle::open(&alone(&label, items, 1.0, None), None, &Limits::default()).unwrap();
    let mut other = list("i");
    other.rows[7].item = "new".to_owned();
    let error = same_items(&open(&list("i")), &other).unwrap_err();
    let detail = |name: &str| error.details().iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(error.code(), Code::ModelMismatch);
    assert_eq!((detail("only_model"), detail("only_bundle")), ("new".to_owned(), "i7".to_owned()));
    assert_eq!((detail("model_items"), detail("bundle_items")), (ITEMS.to_string(), ITEMS.to_string()));
}

#[test]
fn plain_files_and_logs_are_told_apart() {
    let plain = temp("fit-plain.txt", b"a b c\nb c\n").display().to_string();
    let log = temp("fit-log.csv", b"session,item,time,type\n1,a,2026-01-01 10:00:00,view\n1,b,2026-01-01 10:01:00,purchase\n");
    let (log, newer) = (log.display().to_string(), temp("fit-newer.txt", b"b c\nc a\n").display().to_string());
    let read = |said: &[&str]| {
        let said = flags(said);
        super::read(&said.fit, &said.items)
    };
    let (items, found) = read(&["--table-from", &plain]).unwrap().unwrap();
    assert_eq!((items.rows.len(), found.visits.sessions, found.visits.told.len()), (3, vec![vec![0, 1, 2], vec![1, 2]], 0));
    for option in ["--table-from", "--events"] {
        let (items, found) = read(&[option, &log]).unwrap().unwrap();
        assert_eq!((items.rows.len(), found.visits.sessions, found.visits.told.len()), (2, vec![vec![0, 1]], 1));
    }
    assert!(read(&[]).unwrap().is_none());
    // A session that is in both chooses, and is left out of the table that is chosen by.
    let (_, found) = read(&["--table-from", &plain, "--fit", "--fit-on", &newer]).unwrap().unwrap();
    let (older, held, in_both) = found.split(0.1);
    assert_eq!((older.sessions, held.sessions, in_both), (vec![vec![0, 1, 2]], vec![vec![1, 2], vec![2, 0]], 1));
    assert_eq!(found.all(0.1).sessions.len(), 3);
    let neither = temp("fit-neither.parquet", b"PAR1 but cut off").display().to_string();
    assert_eq!(read(&["--table-from", &neither]).unwrap_err().code(), Code::DataInvalid);
    let ones = temp("fit-ones.txt", b"a\nb\n").display().to_string();
    assert_eq!(read(&["--table-from", &ones]).unwrap_err().code(), Code::DataInvalid);
}

#[test]
fn flags_are_refused_by_name() {
    let check = |said: &[&str]| flags(said).fit.check().map_err(|error| error.to_string());
    assert!(check(&["--table-from", "x", "--fit"]).is_ok());
    let wrong: [(&[&str], &str); 5] = [
        (&["--into", "x", "--table-from", "y"], "--table-from"),
        (&["--fit"], "--fit"),
        (&["--held", "0"], "--held"),
        (&["--pairs", "0"], "--pairs"),
        (&["--successors", "40"], "--successors"),
    ];
    for (said, option) in wrong {
        assert!(check(said).unwrap_err().contains(option), "{said:?}");
    }
}
