//! Small graphs from packing to the first slate.

use super::*;
use crate::log::tests::temp;
use clap::Parser;
use nearhand::recommend::Source;
use nearhand::{Engine, Event, Request, Settings};

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    pack: Args,
}

/// Packs with three items, or refuses.
fn told(name: &str, flags: &[&str]) -> (Result<Engine>, Told) {
    let path = |file: &str, bytes: &[u8]| temp(&format!("{name}-{file}"), bytes).display().to_string();
    let items = path("items.csv", b"id,title,price\na,Apple,1\nb,Bowl,2\nc,Cup,3\n");
    let sessions = path("sessions.txt", b"a b\nb c\na\n");
    let out = path("out.safetensors", b"");
    let fixed = ["pack", "--items", &items, "--sessions", &sessions, "--name", name, "--created-at", "2026-01-01"];
    let args = Flags::try_parse_from([&fixed[..], &["--out", &out], flags].concat()).unwrap().pack;
    let mut told = Told::default();
    let packed = pack(&args, &mut told).and_then(|_| Engine::open(&std::fs::read(&out).unwrap(), &Settings::default()));
    (packed, told)
}

/// The same with a graph.
fn packed(name: &str, onnx: &[u8], flags: &[&str]) -> Result<Engine> {
    let onnx = temp(&format!("{name}-graph.onnx"), onnx).display().to_string();
    told(name, &[&["--onnx", &onnx], flags].concat()).0
}

fn first(engine: &mut Engine, item: &str) -> String {
    engine.observe(&Event::view(item), 1_000_000).unwrap();
    let slate = engine.recommend(&Request { k: 1, ..Request::default() }, 1_000_000).unwrap();
    assert_eq!(slate.source, Source::Model);
    slate.items[0].row.item.to_owned()
}

const QUERY: &[u8] = include_bytes!("../../../tests/fixtures/query_mean.onnx");
const LOGITS: &[u8] = include_bytes!("../../../tests/fixtures/logits_last.onnx");
/// How the graph of logits is meant; three sessions do not tell.
const MEANT: [&str; 6] = ["--input", "ids=item-index:1:0", "--align", "left", "--last", "5"];

fn vectors(name: &str, values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    temp(name, &bytes).display().to_string()
}

#[test]
fn a_graph_that_needs_tract_is_packed_and_says_so() {
    let file = vectors("pack-rare-vectors.f32", &[1.0, 0.0, 0.9, 0.1, -1.0, 0.0]);
    let onnx = temp("rare-graph.onnx", include_bytes!("../../../tests/fixtures/query_rare.onnx")).display().to_string();
    let meant = ["--vectors", &file, "--score", "dot", "--input", "mask=mask", "--align", "left"];
    let (engine, told) = told("rare", &[&["--onnx", &onnx], &meant[..]].concat());
    let mut engine = engine.unwrap();
    assert_eq!((engine.runs_on(), told.tract_for), (Some("tract"), vec!["ScaledTanh".to_owned()]));
    assert_eq!(engine.manifest().model.as_ref().unwrap().engine, Some(nearhand::bundle::GraphEngine::Tract));
    assert_eq!(first(&mut engine, "a"), "b");
}

#[test]
fn a_graph_that_ends_in_a_query_vector() {
    let file = vectors("pack-query-vectors.f32", &[1.0, 0.0, 0.9, 0.1, -1.0, 0.0]);
    for bits in [&[][..], &["--bits", "8"], &["--bits", "16"], &["--bits", "32"]] {
        let said = ["--vectors", &file, "--score", "dot", "--input", "mask=mask", "--align", "left"];
        let mut engine = packed("query", QUERY, &[&said[..], bits].concat()).unwrap();
        assert_eq!(first(&mut engine, "a"), "b", "{bits:?}");
    }
}

#[test]
fn vectors_without_a_graph() {
    let file = vectors("pack-lone-vectors.f32", &[1.0, 0.0, 0.9, 0.1, -1.0, 0.0]);
    for query in ["mean", "last", "decay:0.6"] {
        for bits in ["8", "32"] {
            let mut engine = told("lone", &["--vectors", &file, "--query", query, "--bits", bits]).0.unwrap();
            assert_eq!(first(&mut engine, "a"), "b", "{query} {bits}");
        }
    }
    let code = |flags: &[&str]| told("lone", flags).0.unwrap_err().code();
    assert_eq!(code(&["--vectors", &file]), Code::OptionInvalid, "neither graph nor query");
    assert_eq!(code(&["--query", "mean"]), Code::OptionInvalid, "a query of nothing");
}

#[test]
fn orders_and_recent_sessions_become_evidence_of_placements() {
    use nearhand::recommend::{Placement, Relation};
    let orders = temp("pack-orders.txt", b"a c\na c\nb c\n").display().to_string();
    let recent = temp("pack-recent.txt", b"c\nc\n").display().to_string();
    let flags = [&MEANT[..], &["--orders", &orders, "--recent", &recent]].concat();
    let mut engine = packed("evidence", LOGITS, &flags).unwrap();
    let product = Request {
        k: 1,
        placement: Some(Placement::Product),
        relation: Some(Relation::Complementary),
        source: Some("a".into()),
        ..Request::default()
    };
    let slate = engine.recommend(&product, 1_000_000).unwrap();
    assert_eq!((slate.items[0].row.item, slate.source), ("c", Source::Bought));
    let slate = engine.recommend(&Request { placement: Some(Placement::Trending), ..Request::default() }, 1_000_000).unwrap();
    assert_eq!((slate.items[0].row.item, slate.source), ("c", Source::Trending));
}

#[test]
fn a_graph_that_ends_in_logits_over_the_catalog() {
    // The row of b is 3 1 2: a is best, and c comes before b itself.
    assert_eq!(first(&mut packed("logits", LOGITS, &MEANT).unwrap(), "b"), "a");
    assert_eq!(first(&mut packed("logits-a", LOGITS, &MEANT).unwrap(), "a"), "c");
}

#[test]
fn expected_tops_settle_what_sessions_do_not_tell() {
    // By the graph: after a comes c, after b comes a.
    let expect = temp("pack-expect.tsv", b"a\tc b a\nb\ta c b\na b\ta c b\n").display().to_string();
    let onnx = temp("pack-expect.onnx", LOGITS).display().to_string();
    let (engine, said) = told("expected", &["--onnx", &onnx, "--expect", &expect]);
    let refused = engine.as_ref().err().map(ToString::to_string);
    let guessed: Vec<String> = said.guesses.iter().map(|guess| format!("{} = {}", guess.what, guess.value)).collect();
    assert_eq!((refused, said.agreed, said.expected), (None, Some(3), Some(3)), "{guessed:?}");
    assert!(guessed.contains(&"input ids = item-index:1:0".to_owned()), "{guessed:?}");
    let other = temp("pack-expect-other.tsv", b"a\tb c a\na\tc b a\n").display().to_string();
    let error = told("expected", &["--onnx", &onnx, "--expect", &other]).0.unwrap_err();
    assert_eq!(error.code(), Code::ModelMismatch);
    let strange = temp("pack-expect-strange.tsv", b"x\ty z\n").display().to_string();
    assert_eq!(told("expected", &["--onnx", &onnx, "--expect", &strange]).0.unwrap_err().code(), Code::ItemUnknown);
}

#[test]
fn what_is_said_must_count() {
    let file = vectors("pack-said.f32", &[1.0, 0.0, 0.9, 0.1, -1.0, 0.0]);
    let lone = ["--vectors", &file, "--query", "mean", "--bits", "8"];
    let code = |flags: &[&str]| told("said", &[&lone[..], flags].concat()).0.unwrap_err();
    for flags in [&["--last", "3"][..], &["--align", "left"], &["--output", "y"], &["--input", "a=mask"], &["--window-first"]] {
        let error = code(flags);
        assert!(error.code() == Code::OptionInvalid && error.to_string().contains(flags[0]), "{flags:?} {error}");
    }
    let wrong = temp("pack-said-expect.tsv", b"a\tc b a\nb\tc a b\n").display().to_string();
    assert_eq!(code(&["--expect", &wrong]).code(), Code::ModelMismatch, "rounded or not, it is another model's file");
    let trained = temp("pack-said-trained.nh", b"no bundle").display().to_string();
    let into = code(&["--into", &trained]);
    assert!(into.details().contains(&("option", "--into".to_owned())), "{into}");
    assert!(code(&["--into", &trained, "--temperature", "1"]).to_string().contains("--temperature"));
    assert!(code(&["--offset", "18446744073709551615"]).code() == Code::OptionInvalid);
}

#[test]
fn the_table_may_come_from_the_sessions_themselves() {
    let table_from = |flags: &[&str]| {
        let fixed = ["pack", "--name", "n", "--created-at", "2026-01-01", "--out", "o"];
        let args = Flags::try_parse_from([&fixed[..], flags].concat()).unwrap().pack;
        args.fit().table_from.map(|path| path.display().to_string())
    };
    assert_eq!(table_from(&["--sessions", "s.txt", "--table-from", "sessions"]), Some("s.txt".to_owned()));
    assert_eq!(table_from(&["--sessions", "s.txt", "--table-from", "other.txt"]), Some("other.txt".to_owned()));
    assert_eq!(table_from(&["--sessions", "s.txt"]), None);
}

#[test]
fn what_does_not_fit_is_refused() {
    let code = |flags: &[&str]| packed("refused", LOGITS, flags).unwrap_err().code();
    assert!(packed("refused", LOGITS, &[]).is_ok(), "the row of zeros tells of the numbers, and either end answers alike");
    assert_eq!(code(&["--input", "ids=wonder"]), Code::OptionInvalid);
    assert_eq!(code(&["--input", "ids=item-index:0:0"]), Code::OptionInvalid, "padding that is an item");
    assert_eq!(code(&["--input", "ids=item-index:7:0"]), Code::OptionInvalid, "no such rows");
    assert_eq!(code(&["--input", "wonder=mask"]), Code::OptionInvalid);
    assert_eq!(code(&["--output", "other"]), Code::OptionInvalid);
    assert_eq!(code(&[&MEANT[..], &["--temperature", "0.0001"]].concat()), Code::ModelMismatch, "the best are buried");
    let short = temp("pack-short.f32", &[0; 5]).display().to_string();
    assert_eq!(code(&["--vectors", &short]), Code::DataInvalid);
    let file = vectors("pack-refused.f32", &[1.0, 0.0, 0.9, 0.1, -1.0, 0.0]);
    assert_eq!(code(&[&MEANT[..], &["--vectors", &file]].concat()), Code::OptionInvalid, "values of items beside vectors");
    let external = include_bytes!("../../../tests/fixtures/external_data.onnx");
    assert_eq!(packed("external", external, &[]).unwrap_err().code(), Code::ModelExternalData);
}
