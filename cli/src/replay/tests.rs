//! A small bundle without a model, replayed.

use super::*;
use crate::assemble::{Beside, Draft, Label};
use crate::items::ItemList;
use crate::usual::UsualArgs;
use clap::Parser;
use nearhand::Item;
use nearhand::bundle::{BlendSpec, SignalSpec, StoredTable};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    replay: Args,
}

fn item(id: &str, title: &str, price: f64) -> Item {
    Item { item: id.into(), title: title.into(), price: Some(price), ..Item::default() }
}

/// Four items; after `a` comes `b`, after `b` comes `c`, after `c` comes `a`; `d` is but popular.
pub(crate) fn bundle() -> Vec<u8> {
    let rows = vec![item("a", "APPLE", 1.0), item("b", "BOWL", 2.5), item("c", "CUP", 3.0), item("d", "DISH", 4.0)];
    let items = ItemList { rows, ..ItemList::default() };
    let label = Label {
        name: "test".into(),
        version: "7".into(),
        created_at: "2025-01-31".into(),
        currency: Some("GBP".into()),
        licence: "CC0-1.0".into(),
        attribution: "nobody".into(),
        card: None,
        orders: None,
        recent: None,
        usual: UsualArgs::default(),
        out: PathBuf::new(),
    };
    let beside = Beside { card: "# Card\nMade by a test.\n".into(), ..Beside::default() };
    let draft = Draft {
        label: &label,
        beside: &beside,
        items: &items,
        popularity: vec![1, 2, 3, 9],
        vectors: None,
        table: Some(StoredTable { successors: 1, counts: Vec::new(), next: vec![1, 2, 0, 0], weights: vec![255, 255, 255, 0] }),
        model: None,
        blend: BlendSpec::default(),
        signals: SignalSpec::default(),
        goldens: vec![vec![0, 1], vec![2]],
        training: None,
        provenance: None,
        metrics: BTreeMap::from([("hr@20".into(), 0.25)]),
    };
    draft.assemble().unwrap()
}

fn engine() -> Engine {
    Engine::open(&bundle(), &Settings::default()).unwrap()
}

fn args(name: &str, log: &str, flags: &[&str]) -> Args {
    let path = crate::log::tests::temp(name, log.as_bytes());
    let path = path.to_str().unwrap();
    let source = if name.ends_with(".csv") {
        "--events"
    } else if name.ends_with("pairs.tsv") {
        "--pairs"
    } else {
        "--sessions"
    };
    Flags::try_parse_from([&["test", "bundle", source, path], flags].concat()).unwrap().replay
}

fn report(args: &Args) -> String {
    let (mut engine, sessions) = (engine(), source::read(args, engine().catalog()).unwrap());
    replay(&mut engine, &sessions, args).unwrap().report(&engine, &sessions, args.k)
}

#[test]
fn counts_hits_sources_and_unknown_items() {
    // Before b: a leads to b, a hit. Before x: b leads to c, a miss. Before c: x says nothing, b still leads to c.
    let report = report(&args("replayed.txt", "a b x c\n", &["-k", "1"]));
    assert!(report.contains("replay test version=7 tier=lite items=4"), "{report}");
    assert!(report.contains("sessions=1 events=4 unknown_items=1 (25.00 %)"), "{report}");
    assert!(report.contains("slates   3 k=1 model=0 table=3 popular=0 fallbacks=0 model_failures=0 short=0"), "{report}");
    assert!(report.contains("next     n=3 hr@1=0.6667 hr@20=0.6667"), "{report}");
}

#[test]
fn pairs_foresee_the_last_alone() {
    let report = report(&args("some-pairs.tsv", "a b\tc\nx\tb\n", &["-k", "1"]));
    assert!(report.contains("slates   2 k=1 model=0 table=1 popular=1"), "{report}");
    assert!(report.contains("next new n=2 hr@1=0.5000 hr@20=1.0000"), "{report}");
}

#[test]
fn a_log_keeps_its_own_time() {
    // An hour between the two: the engine starts a new session, so the page's slate is still that of the first event.
    let log = "session,item,time,type\n1,a,1767225600,view\n1,b,1767229200,view\n1,b,1767229201,addtocart\n1,c,1767229202,view\n";
    let report = report(&args("clock.csv", log, &["-k", "1"]));
    assert!(report.contains("next     n=2 hr@1=1.0000"), "{report}");
}

#[test]
fn repeats_are_hit_when_asked_for() {
    let lines = "a b c a\n";
    assert!(report(&args("repeats.txt", lines, &["-k", "1"])).contains("next     n=3 hr@1=0.6667"));
    assert!(report(&args("repeats.txt", lines, &["-k", "1", "--repeats"])).contains("next     n=3 hr@1=1.0000"));
}

#[test]
fn prints_a_session_and_its_slate() {
    let args = args("print-pairs.tsv", "a\tb\n", &["--print", "1", "-k", "2"]);
    let text = print::session(&mut engine(), &source::read(&args, engine().catalog()).unwrap()[0], &args).unwrap();
    assert!(text.starts_with("Session 1, 1 of 2 events\n   1  viewed     a  "), "{text}");
    assert!(text.contains("by table, lite tier"), "{text}");
    assert!(text.contains("BOWL"), "{text}");
    assert!(text.contains("2.50 GBP  viewed APPLE"), "{text}");
    assert!(text.ends_with("Then in the log: b  BOWL: number 1 of the slate\n"), "{text}");
}

/// What a model is fed in research is what the engine feeds it: a row an event, the newest at the right, as the manifest says.
#[test]
fn what_the_model_is_fed_is_written() {
    let bundle = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/online-retail/online-retail.safetensors");
    let settings = Settings { consent: Consent::Memory, ..Settings::unbounded() };
    let mut engine = Engine::open(&std::fs::read(&bundle).unwrap(), &settings).unwrap();
    let out = std::env::temp_dir().join(format!("nearhand-replay-{}-fed.csv", std::process::id()));
    let args = args("fed.txt", "23489 23582 nothing 23077\nnothing\n", &["--features", out.to_str().unwrap()]);
    let table = fed::check(&out, &mut engine).unwrap();
    let sessions = source::read(&args, engine.catalog()).unwrap();
    let told = fed::write(&mut engine, &sessions, &args, table).unwrap();
    assert!(told.starts_with("replay features sessions=2 events=5 rows=4 inputs=2 columns=983 "), "{told}");
    let text = std::fs::read_to_string(&out).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let at = |name: &str| lines[0].iter().position(|own| *own == name).unwrap();
    let numbers = |row: usize, from: usize, len: usize| {
        lines[row][from..from + len].iter().map(|v| v.parse().unwrap()).collect::<Vec<f32>>()
    };
    let (items, mask, event) = (at("items[0]"), at("mask[0]"), at("event"));
    assert_eq!((1..=4).map(|row| lines[row][event]).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    // What the catalog does not know is not fed.
    assert_eq!((1..=4).map(|row| numbers(row, mask, 20).iter().sum::<f32>()).collect::<Vec<_>>(), [1.0, 2.0, 2.0, 3.0]);
    assert_eq!(numbers(1, mask, 20)[19], 1.0);
    let mut own = vec![0.0; 48];
    for (row, place, item) in
        [(1, 19, "23489"), (2, 18, "23489"), (3, 18, "23489"), (4, 17, "23489"), (4, 18, "23582"), (4, 19, "23077")]
    {
        let item = engine.catalog().find(item).unwrap();
        engine.recommender().vectors().unwrap().dequantize(item, &mut own);
        assert_eq!(numbers(row, items + place * 48, 48), own, "row {row} place {place}");
    }
    // A bundle of a table alone feeds nothing.
    let told = fed::check(&out, &mut self::engine()).map(|_| ()).unwrap_err().to_string();
    assert!(told.contains("has no model"), "{told}");
    std::fs::remove_file(out).unwrap();
}

#[test]
fn bad_options_are_named() {
    let bad = args("print-pairs.tsv", "a\tb\n", &["--print", "1", "--at", "3"]);
    let error = print::session(&mut engine(), &source::read(&bad, engine().catalog()).unwrap()[0], &bad).unwrap_err();
    assert_eq!(error.details(), [("at", "3".to_owned()), ("events", "2".to_owned())]);
    assert!(Flags::try_parse_from(["test", "bundle"]).is_err());
    assert!(Flags::try_parse_from(["test", "bundle", "--pairs", "p", "-k", "101"]).is_err());
}

#[test]
fn malformed_pairs_are_named() {
    for line in ["a b", "a\t", "\tb", "a\tb c"] {
        let error = source::read(&args("bad-replay-pairs.tsv", &format!("a\tb\n{line}\n"), &[]), engine().catalog()).unwrap_err();
        assert_eq!(error.details()[1], ("line", "2".to_owned()), "{line}");
    }
}

#[test]
fn nothing_to_measure_is_an_error() {
    let code = |name: &str, text: &str| {
        let args = args(name, text, &[]);
        let sessions = source::read(&args, engine().catalog())?;
        source::check(&sessions, engine().catalog(), &args)
    };
    assert_eq!(code("strangers.txt", "x y\nz\n").unwrap_err().code(), Code::ItemUnknown);
    assert_eq!(code("alone.txt", "a\nb b\n").unwrap_err().code(), Code::DataInvalid);
    assert_eq!(code("strange-replay-pairs.tsv", "a\tx\n").unwrap_err().code(), Code::ItemUnknown);
    assert!(code("some-strangers.txt", "x a\n").is_ok());
    let error = code("most-strangers.txt", "x a y\n").unwrap_err();
    assert_eq!(error.code(), Code::ItemUnknown);
    for detail in [("unknown_events", "2"), ("events", "3"), ("item", "x"), ("known", "a")] {
        assert!(error.details().contains(&(detail.0, detail.1.to_owned())), "{error}");
    }
    let more = args("most-strangers.txt", "x a y\n", &["--max-unknown", "0.7"]);
    assert!(source::check(&source::read(&more, engine().catalog()).unwrap(), engine().catalog(), &more).is_ok());
    assert!(Flags::try_parse_from(["test", "bundle", "--pairs", "p", "--max-unknown", "1.1"]).is_err());
}

#[test]
fn ids_as_a_spreadsheet_or_json_spells_them() {
    let read = |name: &str, text: &str, items: &[&str]| {
        let listed = items.iter().map(|id| item(id, id, 1.0)).collect::<Vec<_>>();
        let catalog = nearhand::catalog::Catalog::new(ItemList { rows: listed, ..ItemList::default() }.columns().unwrap().0);
        let sessions = source::read(&args(name, text, &[]), &catalog.unwrap()).unwrap();
        sessions.iter().map(|s| s.events.iter().map(|e| e.item.clone()).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let tea = args("halves.txt", "TEA 1\n", &[]);
    let catalog = ItemList { rows: vec![item("TEA 1", "tea", 1.0)], ..ItemList::default() }.columns().unwrap().0;
    assert_eq!(source::read(&tea, &nearhand::catalog::Catalog::new(catalog).unwrap()).unwrap_err().code(), Code::ItemUnknown);
    assert_eq!(read("spelt.txt", "7.0 8.0 9.0\n[\"a b\", 7]\n", &["7", "8.0", "8"]), [vec!["7", "8.0", "9.0"], vec!["a b", "7"]]);
}
