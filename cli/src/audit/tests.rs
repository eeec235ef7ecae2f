//! The command on small bundles.

use super::*;
use crate::assemble::{Beside, Draft, Label};
use crate::assess::tests::{SPEC, packing, table, temp};
use crate::items::ItemList;
use crate::usual::UsualArgs;
use clap::Parser;
use nearhand::Item;
use nearhand::bundle::{BlendSpec, SignalSpec, StoredTable};
use std::collections::BTreeMap;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn args(words: &[&str]) -> Args {
    Line::parse_from(["audit"].iter().chain(words)).args
}

fn audit(words: &[&str]) -> Result<Report> {
    look(&args(words))
}

fn file(name: &str, bytes: &[u8]) -> String {
    let path = temp("audit").join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn item(id: &str, title: &str, price: f64, brand: Option<&str>) -> Item {
    let category = Some(if price < 3.0 { "Cups" } else { "<b>Bowls" }.to_owned());
    Item {
        item: id.into(),
        title: title.into(),
        price: Some(price),
        category,
        brand: brand.map(str::to_owned),
        ..Item::default()
    }
}

/// A bundle without a model: after item i comes `next[i]`.
fn bundle(version: &str, rows: Vec<Item>, popularity: Vec<u32>, next: Vec<u32>) -> Vec<u8> {
    let items = ItemList { rows, ..ItemList::default() };
    let label = Label {
        name: "shop".into(),
        version: version.into(),
        created_at: "2026-11-30".into(),
        currency: None,
        licence: "CC0-1.0".into(),
        attribution: String::new(),
        card: None,
        orders: None,
        recent: None,
        out: PathBuf::new(),
        usual: UsualArgs::default(),
    };
    let weights = vec![255; next.len()];
    let draft = Draft {
        label: &label,
        beside: &Beside::default(),
        items: &items,
        popularity,
        vectors: None,
        table: Some(StoredTable { successors: 1, counts: Vec::new(), next, weights }),
        model: None,
        blend: BlendSpec::default(),
        signals: SignalSpec::default(),
        goldens: vec![vec![0, 1], vec![2]],
        training: None,
        provenance: None,
        metrics: BTreeMap::new(),
    };
    draft.assemble().unwrap()
}

fn old() -> String {
    let rows = vec![
        item("a", "APPLE", 1.0, Some("Own")),
        item("b", "BOWL", 2.5, Some("Own")),
        item("c", "CUP", 3.0, None),
        item("d", "DISH", 4.0, None),
    ];
    file("old.safetensors", &bundle("1", rows, vec![1, 2, 3, 9], vec![1, 2, 3, 0]))
}

/// `c` is gone and `e` is new, prices are in cents, no brand is told, and after `a` comes what came before it.
fn new() -> String {
    let rows = vec![
        item("e", "<img src=x onerror=alert(1)>\u{202e}", 500.0, None),
        item("d", "DISH", 400.0, None),
        item("b", "BOWL", 250.0, None),
        item("a", "APPLE", 100.0, None),
    ];
    file("new.safetensors", &bundle("2", rows, vec![4, 9, 2, 1], vec![1, 2, 0, 1]))
}

fn value<'a>(report: &'a Report, name: &str) -> &'a report::Cell {
    &report.verdict.iter().find(|(own, _)| *own == name).unwrap().1
}

fn measures(report: &Report) -> Vec<&'static str> {
    report.measures.iter().map(|(name, _)| *name).collect()
}

fn notes(report: &Report) -> Vec<&'static str> {
    report.notes.iter().map(|(name, _)| *name).collect()
}

#[test]
fn a_bundle_beside_itself_changes_nothing() {
    let old = old();
    let report = audit(&[&old, &old, "--limit", "40", "-k", "2"]).unwrap();
    let text = text::lines(&report);
    assert!(
        text.contains(
            "\naudit sessions=40 overlap=1.0000 rbo=1.0000 top1_changed=0.0000 gained=0 lost=0 coverage_old=1.0000 coverage_new=1.0000 "
        ),
        "{text}"
    );
    assert!(text.ends_with("sessions_of=the-old-bundle\n") && text.contains("note made: no log was given"), "{text}");
    assert_eq!((report.sides.len(), notes(&report)), (0, vec!["made"]));
    assert_eq!(measures(&report), Kind::Slates.measures());
    assert!(report.measures.iter().all(|(_, value)| *value == 0.0), "{:?}", report.measures);
    assert_eq!(text::lines(&audit(&[&old, &old, "--limit", "40", "-k", "2"]).unwrap()).lines().count(), text.lines().count());
}

/// A log in other ids: both bundles answer what is popular, whatever has changed.
#[test]
fn a_log_of_strangers_is_told_and_pairs_are_asked_after_all_of_their_prefix() {
    let old = old();
    let strangers = file("strangers-but-one.txt", b"1.0 2.0\n3.0 4.0 5.0\na\n");
    let report = audit(&[&old, &old, "--sessions", &strangers, "-k", "2"]).unwrap();
    assert!(notes(&report) == ["strangers"] && report.notes[0].1.starts_with("83.3 % of the pages"), "{:?}", report.notes);
    let pairs = file("long.tsv", format!("{}d\tb\n", "a ".repeat(55)).as_bytes());
    let text = text::lines(&audit(&[&old, &old, "--pairs", &pairs, "-k", "2"]).unwrap());
    assert!(text.contains("page_category <b>Bowls slates=1") && text.contains(" slates=1 "), "{text}");
}

/// What people have met: ids that come and go, prices in another unit, a column that is lost, and names that are markup.
#[test]
fn what_changes_is_told_and_nothing_of_it_is_markup() {
    let (old, new) = (old(), new());
    let sessions = file("sessions.txt", b"a b\na\nb c\nz a\n");
    let report = audit(&[&old, &new, "--sessions", &sessions, "-k", "2"]).unwrap();
    assert_eq!((value(&report, "sessions"), value(&report, "slates")), (&report::Cell::Count(4), &report::Cell::Count(7)));
    assert_eq!((value(&report, "gained"), value(&report, "lost")), (&report::Cell::Count(1), &report::Cell::Count(1)));
    let text = text::lines(&report);
    for want in [
        "note price-unit: most prices are about 100 times",
        "note field-gone: no item has a brand any more",
        "note disappeared: column brand is not declared any more",
        "note unknown: 14.3 % more",
        "lost c title=CUP training_events=3",
        "gained e title=",
        "field price items=3 changed=3 gone=0 come=0 example=\"a: 1 → 100\"",
        "figure pages_unknown old=0.1429 new=0.2857",
        "length 1 slates=4",
        "declared version old=1 new=2",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert!(!text.contains('\u{202e}') && !report.sides.is_empty());
    let to = temp("audit").join("audit.html").display().to_string();
    run(&args(&[&old, &new, "--sessions", &sessions, "-k", "2", "--html", &to])).unwrap();
    let page = std::fs::read_to_string(to).unwrap();
    assert!(!page.contains("<img") && !page.contains("<b>Bowls") && !page.contains("<script") && page.contains("&lt;img src=x"));
    assert!(!page.contains("http:") && !page.contains("https:") && page.contains("&lt;b&gt;Bowls"));
    let json = text::json(&report);
    assert!(json["ok"] == true && json["verdict"]["lost"] == 1 && json["sections"]["lost"]["rows"][0]["lost"] == "c", "{json}");
    let held = |limit: &str| limits::held(&args(&[&old, &new, "--fail-above", limit]).fail_above, &report);
    assert!(held("1").is_ok() && held("lost=0.25,unknown=0.3").is_ok());
    assert!(held("lost=0.2").unwrap_err().to_string().contains("lost=0.25 above 0.2"));
}

#[test]
fn what_cannot_be_compared_is_refused_by_its_kind() {
    let old = old();
    let refused = |words: &[&str]| audit(words).err().unwrap();
    let index = file("box.nhs", b"nhsuggst and more");
    let error = refused(&[&old, &index]);
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("an index of suggestions"), "{error}");
    let graph = file("model.onnx", b"");
    assert!(refused(&[&graph, &graph]).to_string().contains("two recommenders' bundles"));
    assert_eq!(refused(&[&old, &file("foreign", b"what is this?")]).code(), Code::BundleForeign);
    for words in [["--prompts", index.as_str()], ["--tokens", "3"], ["--amount-col", "price"]] {
        assert!(refused(&[&old, &old, words[0], words[1]]).to_string().contains("another kind of bundle"));
    }
    let error = refused(&[&old, &old, "--fail-above", "flips=1"]);
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("changed, top1_changed, lost"), "{error}");
    let other = bundle(
        "1",
        vec![item("x", "X", 1.0, None), item("y", "Y", 1.0, None), item("z", "Z", 1.0, None)],
        vec![1; 3],
        vec![1, 2, 0],
    );
    let other = file("other.safetensors", &other);
    let error = refused(&[&old, &other]);
    assert!(error.code() == Code::ItemUnknown && error.to_string().contains("no item in common"), "{error}");
    let strangers = file("strangers.txt", b"p q\nr\n");
    assert_eq!(refused(&[&old, &old, "--sessions", &strangers]).code(), Code::ItemUnknown);
    let outside = temp("audit-outside");
    std::fs::write(outside.join("completer.json"), r#"{"model": {"file": "../m"}, "tokenizer": {"file": "t"}}"#).unwrap();
    let outside = outside.display().to_string();
    let error = refused(&[&outside, &outside]);
    assert!(error.code() == Code::ManifestInvalid && error.to_string().contains("does not lie beside it"), "{error}");
}

#[test]
fn decisions_that_flip_are_counted_with_their_money() {
    let folder = temp("audit-assess");
    let scored = table(&folder, "rows", "labels", None);
    let pack = |name: &str, spec: &str| {
        let made = packing(&folder, "boosting", spec, &scored, &[]).unwrap();
        let to = folder.join(name);
        std::fs::rename(made, &to).unwrap();
        to.display().to_string()
    };
    let one = pack("one.safetensors", SPEC);
    let rule = SPEC.find("\"rules\"").unwrap()..SPEC.find("\"reasons\"").unwrap();
    let mut spec = SPEC.replace("\"review\": 300", "\"review\": 30");
    spec.replace_range(rule.start - 1..rule.end - 1, "");
    let two = pack("two.safetensors", &spec);
    let held = table(&folder, "held", "held_labels", None).display().to_string();
    let words = [one.as_str(), &two, "--in", &held, "--label-col", "fraud", "--id-col", "id"];
    let report = audit(&words).unwrap();
    let report::Cell::Count(flipped) = value(&report, "flipped") else { panic!("{:?}", report.verdict) };
    assert!(*flipped > 0 && value(&report, "to_review") == &report::Cell::Count(*flipped), "{:?}", report.verdict);
    assert_eq!(
        (value(&report, "rows"), value(&report, "risk_difference")),
        (&report::Cell::Count(200), &report::Cell::Number(0.0))
    );
    assert!(report.notes.iter().any(|(_, text)| text == "rule BLOCK is not declared any more"), "{:?}", report.notes);
    let text = text::lines(&report);
    for want in
        ["decision approve→review rows=", "figure frauds_approved old=", "figure cost_by_old_risks old=", "changed transaction t"]
    {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert!(html::page(&report).contains("approve → review"));
    assert_eq!(measures(&report), Kind::Decisions.measures());
    let refused = |words: &[&str]| audit(&[&[one.as_str(), &two], words].concat()).err().unwrap().to_string();
    assert!(refused(&["--in", "-"]).contains("no pipe") && refused(&["--in", &held, "--limit", "9"]).contains("another kind"));
    // Without a table, the goldens.
    let report = audit(&[&one, &one]).unwrap();
    assert_eq!((value(&report, "rows"), value(&report, "agreement")), (&report::Cell::Count(8), &report::Cell::Share(1.0)));
    assert_eq!(notes(&report), ["goldens"]);
}

#[test]
fn texts_are_compared_prompt_by_prompt() {
    let model = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../models").join(name).display().to_string();
    let one = model("stories260k");
    let report = audit(&[&one, &one, "--limit", "2", "--tokens", "3"]).unwrap();
    assert_eq!((value(&report, "same"), value(&report, "prompts_of")), (&report::Cell::Share(1.0), &"the-old-model".into()));
    assert_eq!(measures(&report), Kind::Texts.measures());
    let tokenizer = format!("{one}/tokenizer.json");
    let error = page(&args(&[&one, &one, "--html", &tokenizer])).err().unwrap();
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("overwrite"), "{error}");
    assert!(page(&args(&[&one, &one, "--html", &format!("{one}/completer.json")])).is_err());
    let prompts = file("prompts.txt", b"Once upon a\n\nThe <b>dog\n");
    let report = audit(&[&one, &model("assistant"), "--prompts", &prompts, "--tokens", "3"]).unwrap();
    assert_eq!((value(&report, "prompts"), notes(&report)), (&report::Cell::Count(2), vec!["tokenizer"]));
    assert!(html::page(&report).contains("The &lt;b&gt;dog") && text::lines(&report).contains("figure vocabulary old=512 new="));
}
