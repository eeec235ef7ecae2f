//! From an export and a table to a bundle, its words, and decisions.

use super::{inspect, judge, pack};
use clap::Parser;
use nearhand::{Code, Error, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

#[derive(Parser)]
struct Packing {
    #[command(flatten)]
    args: pack::Args,
}

#[derive(Parser)]
struct Judging {
    #[command(flatten)]
    args: judge::Args,
}

/// A folder of this test run.
pub(crate) fn temp(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("nearhand-test-{}", std::process::id())).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/assess")
}

fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixtures().join("golden.json")).unwrap()).unwrap()
}

/// A table of recorded rows: id, features in another order, amount, card, label, time, score.
pub(crate) fn table(folder: &Path, rows: &str, labels: &str, scores: Option<&str>) -> PathBuf {
    let golden = golden();
    let mut text = String::from("id,f5,f4,f3,f2,f1,f0,amount,card,fraud,at,score\n");
    let told = scores.map(|model| golden["models"][model]["scores"].as_array().unwrap().clone());
    for (at, (row, label)) in golden[rows].as_array().unwrap().chunks(6).zip(golden[labels].as_array().unwrap()).enumerate() {
        let number = |i: usize| row[i].as_f64().map(|v| v.to_string()).unwrap_or_default();
        let features = (0..6).rev().map(number).collect::<Vec<_>>().join(",");
        let score = told.as_ref().map_or_else(|| "0".to_owned(), |scores| scores[at].to_string());
        let day = 1 + at % 10;
        text += &format!("t{at},{features},{}.{:02},c{},{label},2026-01-{day:02} 10:00:00,{score}\n", at + 1, at % 100, at % 7);
    }
    let path = folder.join(format!("{rows}.csv"));
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) const SPEC: &str = r#"{
    "features": [{"name": "f0", "code": "A", "text": "first"}, {"name": "f1"}, {"name": "f2"}, {"name": "f3"}, {"name": "f4"}, {"name": "f5"}],
    "fields": ["card"],
    "calibration": {"kind": "isotonic"},
    "currencies": [{"code": "EUR", "costs": {"missed_fee": 1500, "margin": 0.1, "goodwill": 500, "review": 300}}],
    "decide": {"by": "costs"},
    "lists": [{"name": "blocked"}],
    "rules": [{"code": "BLOCK", "text": "blocked", "then": "decline", "when": [{"field": "card", "in": "blocked"}]}],
    "reasons": {"top": 3}
}"#;

pub(crate) fn packing(folder: &Path, model: &str, spec: &str, table: &Path, more: &[&str]) -> Result<PathBuf> {
    let (spec_path, out) = (folder.join("spec.json"), folder.join("out.safetensors"));
    std::fs::write(&spec_path, spec).unwrap();
    let onnx = fixtures().join(format!("{model}.onnx"));
    let mut said = vec!["pack-assess", "--name", "test", "--created-at", "2026-11-29"];
    let paths = [onnx, spec_path, table.to_owned(), out.clone()].map(|p| p.to_string_lossy().into_owned());
    for (option, path) in ["--onnx", "--spec", "--scored", "--out"].iter().zip(&paths) {
        said.extend([*option, path.as_str()]);
    }
    said.extend(more);
    pack::run(&Packing::parse_from(said).args).map(|()| out)
}

fn judging(folder: &Path, bundle: &Path, table: &Path, out: &str, more: &[&str]) -> Result<String> {
    let out = folder.join(out);
    let paths = [bundle.to_owned(), table.to_owned(), out.clone()].map(|p| p.to_string_lossy().into_owned());
    let mut said = vec!["assess"];
    for (option, path) in ["--bundle", "--in", "--out"].iter().zip(&paths) {
        said.extend([*option, path.as_str()]);
    }
    said.extend(more);
    judge::run(&Judging::parse_from(said).args).map(|()| std::fs::read_to_string(out).unwrap())
}

#[test]
fn from_export_to_decisions() {
    let folder = temp("assess");
    let scored = table(&folder, "rows", "labels", None);
    let bundle = packing(&folder, "boosting", SPEC, &scored, &[]).unwrap();
    let bytes = std::fs::read(&bundle).unwrap();
    assert!(bytes.len() < 30_000 && inspect::is_one(&bytes));
    let words = inspect::told(&bytes, usize::MAX, false).unwrap();
    for want in [
        "bundle       test version 1, made 2026-11-29, task assess, format 1",
        "model.onnx               U8 ",
        "operators Identity TreeEnsembleClassifier",
        "probabilities, column 1 of 2, a probability",
        "feature      f0 [A] first; missing: refused",
        "calibration  isotonic, ",
        "currency     EUR, 2 decimals, caught 1.0, goodwill 500, margin 0.1, missed_fee 1500, missed_share 1.0, review 300",
        "decides by   expected cost, of equal ones the mildest",
        "list         blocked, 0 keys in the bundle",
        "rule         BLOCK decline: field card, in blocked",
        "reasons      shap, the 3 strongest, expectations of 500 rows",
        "goldens      8 replayed as recorded",
        "metric       rows 500",
    ] {
        assert!(words.contains(want), "{want}\n{words}");
    }
    let json: Value = serde_json::from_str(&inspect::told(&bytes, usize::MAX, true).unwrap()).unwrap();
    assert_eq!((&json["manifest"]["task"], &json["goldens_replayed"]), (&"assess".into(), &8.into()));
    // The rows of another day, with a list.
    let held = table(&folder, "held", "held_labels", None);
    let list = folder.join("blocked.txt");
    std::fs::write(&list, "c3\n\n c5 \n").unwrap();
    let said = format!("blocked={}", list.display());
    let lines =
        judging(&folder, &bundle, &held, "out.jsonl", &["--id-col", "id", "--list", &said, "--explain", "always"]).unwrap();
    let answers: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 200);
    let told = golden();
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], format!("t{at}"));
        assert_eq!(answer["by"] == serde_json::json!({"rule": "BLOCK"}), at % 7 == 3 || at % 7 == 5);
        let score = answer["model"]["score"].as_f64().unwrap();
        assert!((score - told["models"]["boosting"]["scores"][at].as_f64().unwrap()).abs() < 3e-6);
        assert!(answer["reasons"].as_array().unwrap().len() <= 3);
        let costs = &answer["model"]["costs"];
        let least = ["approve", "review", "decline"].map(|word| costs[word].as_u64().unwrap()).into_iter().min();
        assert!(costs[answer["model"]["decision"].as_str().unwrap()].as_u64().unwrap() <= least.unwrap() + 1, "{answer}");
    }
    let csv = judging(&folder, &bundle, &held, "out.csv", &["--id-col", "id"]).unwrap();
    assert_eq!(csv.lines().count(), 201);
    assert!(csv.starts_with("id,decision,by,score,risk,model,rules,reasons\nt0,"), "{csv}");
    // The same command, the same bytes.
    packing(&folder, "boosting", SPEC, &scored, &[]).unwrap();
    assert_eq!(std::fs::read(&bundle).unwrap(), bytes);
}

fn code(result: Result<PathBuf>) -> (Code, String) {
    let error: Error = result.unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    let folder = temp("assess-bad");
    let scored = table(&folder, "held", "held_labels", Some("boosting"));
    // What the model answered where it was trained is what the bundle answers; another model's answers are not.
    assert!(packing(&folder, "boosting", SPEC, &scored, &["--score-col", "score"]).is_ok());
    let (refused, why) = code(packing(&folder, "forest", SPEC, &scored, &["--score-col", "score"]));
    assert!(refused == Code::ModelMismatch && why.contains("answers otherwise") && why.contains("of=200"), "{why}");
    assert!(packing(&folder, "forest", SPEC, &scored, &["--score-col", "score", "--max-mismatches", "200"]).is_ok());
    assert!(code(packing(&folder, "boosting", SPEC, &scored, &["--label-col", "label"])).1.contains("no column of this name"));
    let renamed = SPEC.replace("\"f5\"", "\"f6\"");
    let (refused, why) = code(packing(&folder, "boosting", &renamed, &scored, &[]));
    assert!(refused == Code::SchemaMismatch && why.contains("column=f6"), "{why}");
    let (refused, why) = code(packing(&folder, "boosting", &SPEC.replace("\"costs\"}", "\"cost\"}"), &scored, &[]));
    assert!(refused == Code::ManifestInvalid && why.contains("spec.json"), "{why}");
    let capacity = SPEC.replace(r#"{"by": "costs"}"#, r#"{"by": "capacity", "reviews": 3}"#);
    assert!(code(packing(&folder, "boosting", &capacity, &scored, &[])).1.contains("of how many days"));
    assert!(packing(&folder, "boosting", &capacity, &scored, &["--time-col", "at"]).is_ok());
    assert!(packing(&folder, "boosting", &capacity, &scored, &["--days", "10"]).is_ok());
    let bundle = packing(&folder, "boosting", SPEC, &scored, &[]).unwrap();
    for (from, to, why) in [
        (",c0,", ",,", ""),
        ("t5,", "t5,x", "a feature is no number"),
        ("1.00,c0", "1.001,c0", "an amount is a decimal"),
        ("1.00,c0", "-1.00,c0", "transaction-invalid"),
        (",f0,", ",g0,", "lacks a feature"),
    ] {
        let path = folder.join("bent.csv");
        std::fs::write(&path, std::fs::read_to_string(&scored).unwrap().replacen(from, to, 1)).unwrap();
        match judging(&folder, &bundle, &path, "bent.jsonl", &[]) {
            Ok(_) => assert_eq!(why, "", "{from}"),
            Err(error) => assert!(!why.is_empty() && error.to_string().contains(why), "{from}: {error}"),
        }
    }
    assert!(judging(&folder, &bundle, &scored, "x.jsonl", &["--list", "trusted=/dev/null"]).is_err());
    assert!(judging(&folder, &bundle, &scored, "x.jsonl", &["--list", "blocked"]).is_err());
}

/// A rule whose field has no column held for nobody, and nobody was told; a row of another currency than the one declared was judged as if
/// it were that one.
#[test]
fn no_rule_is_switched_off_in_silence_and_no_currency_is_taken_for_another() {
    let folder = temp("assess-fields");
    let scored = table(&folder, "held", "held_labels", None);
    let text = std::fs::read_to_string(&scored).unwrap();
    let spec = |currencies: &str, rule: &str| {
        SPEC.replace(r#"{"by": "costs"}"#, r#"{"by": "thresholds", "review": 0.99}"#)
            .replace(
                r#"{"code": "EUR", "costs": {"missed_fee": 1500, "margin": 0.1, "goodwill": 500, "review": 300}}"#,
                currencies,
            )
            .replace(r#"{"field": "card", "in": "blocked"}"#, rule)
    };
    let judged = |spec: &str, text: &str, more: &[&str]| {
        let bundle = packing(&folder, "boosting", spec, &scored, &[]).unwrap();
        let path = folder.join("rows.csv");
        std::fs::write(&path, text).unwrap();
        judging(&folder, &bundle, &path, "out.jsonl", more).map_err(|error| (error.code(), error.to_string()))
    };
    let held = |lines: String| lines.lines().filter(|line| line.contains(r#""by":{"rule":"BLOCK"}"#)).count();
    let refused = |got: std::result::Result<String, (Code, String)>, code: Code, words: &[&str]| {
        let (got, why) = got.unwrap_err();
        assert!(got == code && words.iter().all(|word| why.contains(word)), "{why}");
    };
    // A field by another name of its column, and left out on purpose.
    let card = spec("", r#"{"field": "card", "is": ["c1"]}"#);
    let renamed = text.replacen(",card,", ",token,", 1);
    let all = held(judged(&card, &text, &[]).unwrap());
    assert!(all > 20);
    refused(judged(&card, &renamed, &[]), Code::SchemaMismatch, &["field=card", "option=--field-col"]);
    assert_eq!(held(judged(&card, &renamed, &["--field-col", "card=token"]).unwrap()), all);
    assert_eq!(held(judged(&card, &renamed, &["--field-col", "card="]).unwrap()), 0);
    refused(judged(&card, &text, &["--field-col", "crad=token"]), Code::OptionInvalid, &["--field-col", "fields=card"]);
    // An amount, with and without declared currencies: 1.00 to 200.99.
    let (eur, high) = (r#"{"code": "EUR"}"#, r#"{"field": "amount", "gte": 10000}"#);
    let other = text.replacen(",amount,", ",price,", 1);
    assert_eq!(held(judged(&spec(eur, high), &text, &[]).unwrap()), 101);
    refused(judged(&spec(eur, high), &other, &[]), Code::SchemaMismatch, &["field=amount", "option=--amount-col"]);
    assert_eq!(held(judged(&spec(eur, high), &other, &["--amount-col", "price"]).unwrap()), 101);
    refused(judged(&spec("", high), &other, &[]), Code::SchemaMismatch, &["field=amount", "option=--amount-col"]);
    refused(judged(&spec("", r#"{"field": "currency", "is": ["X"]}"#), &text, &[]), Code::SchemaMismatch, &["--currency-col"]);
    // An empty amount, where it is compared, where a rule asks for it, and where nobody looks.
    let empty = text.replacen("1.00,c0", ",c0", 1);
    refused(judged(&spec(eur, high), &empty, &[]), Code::DataInvalid, &["line=2", "column=amount"]);
    assert_eq!(held(judged(&spec(eur, r#"{"field": "amount", "missing": true}"#), &empty, &[]).unwrap()), 1);
    assert!(judged(&card, &empty, &[]).is_ok());
    // Yen where euros alone are declared; nothing said is euros.
    let coded = |code: &str| {
        let mut lines = text.lines();
        let head = lines.next().unwrap();
        let rows: String = lines.enumerate().map(|(at, row)| format!("{row},{}\n", if at == 3 { code } else { "EUR" })).collect();
        format!("{head},currency\n{rows}")
    };
    refused(judged(&spec(eur, high), &coded("JPY"), &[]), Code::CurrencyUnknown, &["line=5", "currency=JPY", "known=EUR"]);
    assert_eq!(held(judged(&spec(eur, high), &coded(""), &[]).unwrap()), 101);
    let two = spec(r#"{"code": "EUR"}, {"code": "JPY", "decimals": 0}"#, r#"{"field": "amount", "currency": "JPY", "gte": 4}"#);
    let packs = |spec: &str, text: &str| {
        let path = folder.join("scored.csv");
        std::fs::write(&path, text).unwrap();
        packing(&folder, "boosting", spec, &path, &[])
    };
    let (refusal, why) = code(packs(&two, &text));
    assert!(refusal == Code::SchemaMismatch && why.contains("--currency-col"), "{why}");
    let yen = coded("JPY").replacen("4.03,c3", "4,c3", 1);
    let bundle = packs(&two, &yen).unwrap();
    assert_eq!(held(judging(&folder, &bundle, &folder.join("scored.csv"), "out.jsonl", &[]).unwrap()), 1);
    assert_eq!(code(packs(&two, &coded("USD"))).0, Code::CurrencyUnknown);
    assert!(code(packs(&two, &coded(""))).1.contains("an amount has no currency"));
}
