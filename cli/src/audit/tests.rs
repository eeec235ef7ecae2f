//! The command on small bundles.

use super::*;
use crate::assemble::{Beside, Draft, Label};
use crate::assess::tests::temp;
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

pub(super) fn args(words: &[&str]) -> Args {
    Line::parse_from(["audit"].iter().chain(words)).args
}

pub(super) fn audit(words: &[&str]) -> Result<Report> {
    let args = args(words);
    look(&args, &sides(&args)?)
}

/// Several tests make the same file at once: whoever reads it finds it whole.
pub(super) fn file(name: &str, bytes: &[u8]) -> String {
    let folder = temp("audit");
    let (path, part) = (folder.join(name), folder.join(format!("{name}.{:?}", std::thread::current().id())));
    std::fs::write(&part, bytes).unwrap();
    std::fs::rename(&part, &path).unwrap();
    path.display().to_string()
}

pub(super) fn item(id: &str, title: &str, price: f64, brand: Option<&str>) -> Item {
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

pub(super) fn bundle(version: &str, rows: Vec<Item>, popularity: Vec<u32>, next: Vec<u32>) -> Vec<u8> {
    made("2026-11-30", version, rows, popularity, next)
}

/// A bundle without a model: after item i comes `next[i]`.
pub(super) fn made(day: &str, version: &str, rows: Vec<Item>, popularity: Vec<u32>, next: Vec<u32>) -> Vec<u8> {
    let weights = vec![255; next.len()];
    let table = Some(StoredTable { successors: 1, counts: Vec::new(), next, weights });
    let items = ItemList { rows, ..ItemList::default() };
    let (label, beside) = (label(day, version), Beside::default());
    draft(&label, &beside, &items, popularity, table).assemble().unwrap()
}

pub(super) fn label(day: &str, version: &str) -> Label {
    Label {
        name: "shop".into(),
        version: version.into(),
        created_at: day.into(),
        currency: None,
        licence: "CC0-1.0".into(),
        attribution: String::new(),
        card: None,
        orders: None,
        recent: None,
        out: PathBuf::new(),
        usual: UsualArgs::default(),
    }
}

pub(super) fn draft<'a>(
    label: &'a Label,
    beside: &'a Beside,
    items: &'a ItemList,
    popularity: Vec<u32>,
    table: Option<StoredTable>,
) -> Draft<'a> {
    Draft {
        label,
        beside,
        items,
        popularity,
        vectors: None,
        table,
        model: None,
        blend: BlendSpec::default(),
        signals: SignalSpec::default(),
        goldens: vec![vec![0, 1], vec![2]],
        training: None,
        provenance: None,
        metrics: BTreeMap::new(),
    }
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

pub(super) fn value<'a>(report: &'a Report, name: &str) -> &'a report::Cell {
    &report.verdict.iter().find(|(own, _)| *own == name).unwrap().1
}

pub(super) fn measure(report: &Report, wanted: &str) -> f64 {
    report.measures.iter().find(|(name, _)| *name == wanted).unwrap().1
}

pub(super) fn measures(report: &Report) -> Vec<&'static str> {
    report.measures.iter().map(|(name, _)| *name).collect()
}

pub(super) fn notes(report: &Report) -> Vec<&'static str> {
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
    assert_eq!((report.sides.len(), notes(&report)), (0, vec!["same-file", "made"]));
    assert_eq!(measures(&report), Kind::Slates.measures());
    let untold = ["found_lost", "beyond_usual"];
    // Four items fill no slate of each session: that is so of both.
    let nothing =
        |(name, value): &(&str, f64)| if untold.contains(name) { value.is_nan() } else { *name == "short" || *value == 0.0 };
    assert!(report.measures.iter().all(nothing), "{:?}", report.measures);
    assert_eq!(text::lines(&audit(&[&old, &old, "--limit", "40", "-k", "2"]).unwrap()).lines().count(), text.lines().count());
}

/// A log in other ids: both bundles answer what is popular, whatever has changed.
#[test]
fn a_log_of_strangers_is_told_and_pairs_are_asked_after_all_of_their_prefix() {
    let old = old();
    let strangers = file("strangers-but-one.txt", b"1.0 2.0\n3.0 4.0 5.0\na\n");
    let report = audit(&[&old, &old, "--sessions", &strangers, "-k", "2"]).unwrap();
    assert!(
        notes(&report) == ["same-file", "strangers"] && report.notes[1].1.starts_with("83.3 % of the pages"),
        "{:?}",
        report.notes
    );
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
        "note items-gone: 1 of 4 items are gone",
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

/// A mean of all visitors hides a department that is shown nothing of its own any more.
#[test]
fn what_befalls_one_department_is_told_and_so_is_what_is_found_no_more() {
    let rows = || {
        let of = |(id, price)| item(id, id, price, None);
        [("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0)].map(of).to_vec()
    };
    let old = file("departments-old.safetensors", &bundle("1", rows(), vec![9, 8, 7, 6], vec![1, 0, 3, 2]));
    let new = file("departments-new.safetensors", &bundle("2", rows(), vec![9, 8, 7, 6], vec![1, 0, 0, 1]));
    let sessions = file("departments.txt", format!("{}{}", "a b\n".repeat(600), "c d\n".repeat(250)).as_bytes());
    let words = [old.as_str(), &new, "--sessions", &sessions, "-k", "1"];
    let report = audit(&words).unwrap();
    let text = text::lines(&report);
    for want in [
        "note segment: page_category <b>Bowls: 0 % of the items stay in 500 slates, where over all it is 71 %",
        "note finds-less: page_category <b>Bowls: the item that came next is in 0.0 % of 250 slates, where it was in 100.0 %",
        "page_category <b>Bowls slates=500 overlap=0.0000 rbo=0.0000 top1_changed=1.0000 found_old=1.0000 found_new=0.0000",
        " found_old=1.0000 found_new=0.7059 ",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert!(measure(&report, "worst_segment") == 1.0 && (measure(&report, "found_lost") - 250.0 / 850.0).abs() < 1e-12);
    // Another training of the same data tells what is usual.
    let beside = |baseline: &str| audit(&[&words[..], &["--baseline", baseline]].concat()).unwrap();
    let report = beside(&old);
    assert!(report.notes[0].0 == "beyond-usual" && measure(&report, "beyond_usual") > 0.25, "{:?}", report.notes);
    assert!(report.notes.last().unwrap().1.starts_with("a baseline is the old bundle to the byte"), "{:?}", report.notes);
    let report = beside(&new);
    assert!(report.notes[0].0 == "as-usual" && measure(&report, "beyond_usual") == 0.0, "{:?}", report.notes);
    assert!(!notes(&report).contains(&"segment") && text::lines(&report).contains("usual overlap baseline=0.7059 new=0.7059"));
    assert!(report.notes.last().unwrap().1.starts_with("a baseline is the new bundle to the byte"), "{:?}", report.notes);
    // Of one session nothing is sure, in either direction.
    let one = file("department.txt", b"c d\n");
    let report = audit(&[&old, &new, "--sessions", &one, "-k", "1", "--baseline", &old]).unwrap();
    assert!(report.notes[0].0 == "unsure" && !report.notes[0].1.contains('±'), "{:?}", report.notes);
    let error = audit(&[&words[..], &["--baseline", &old, "--baseline-model", &new]].concat()).err().unwrap();
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("--baseline-model"), "{error}");
}

#[derive(Parser)]
struct Signing {
    #[command(flatten)]
    args: crate::sign::Args,
}

/// A statement is taken in the place of the bundle that it names, and says until when.
#[test]
fn a_signed_side_says_when_it_ends() {
    let folder = temp("audit");
    // RFC 8032, 7.1, the first one.
    let (body, public) = (
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g",
        "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    );
    let key = file("one.pem", format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").as_bytes());
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let own = |path: String, name: &str| file(name, &std::fs::read(path).unwrap());
    let (old, new) = (own(old(), "signed-old.safetensors"), own(new(), "signed-new.safetensors"));
    let sign = |bundle: &str, name: &str, more: &[&str]| {
        let out = folder.join(name).display().to_string();
        let words = ["sign", bundle, "--key", &key, "--out", &out, "--created-at", "2026-01-02"];
        crate::sign::run(&Signing::parse_from(words.iter().chain(more)).args).unwrap();
        out
    };
    let (served, over) =
        (sign(&old, "served.json", &["--expires", "9000d"]), sign(&new, "over.json", &["--expires", "1d", "--sequence", "5"]));
    let report = audit(&[&served, &over, "--key", public, "-k", "2"]).unwrap();
    assert_eq!(report.notes[..2].iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["expired", "rolled-back"]);
    let text = text::lines(&report);
    assert!(text.contains("signed expires old=2050-") && text.contains(" new=2026-01-03T00:00:00Z\n"), "{text}");
    assert!(text::lines(&audit(&[&old, &served, "--key", public, "-k", "2"]).unwrap()).contains("signed sequence old=none new="));
    let end = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 86_400).unwrap().to_string();
    let soon = sign(&old, "soon.json", &["--expires", &end, "--sequence", "9"]);
    let report = audit(&[&old, &soon, "--key", public, "-k", "2"]).unwrap();
    assert!(notes(&report).contains(&"ends-soon") && !notes(&report).contains(&"expired"), "{:?}", report.notes);
    let refused = |words: &[&str]| audit(words).err().unwrap();
    assert!(refused(&[&old, &served]).to_string().contains("--key"));
    assert!(refused(&[&old, &new, "--key", public]).to_string().contains("neither side is a signed statement"));
    std::fs::write(&new, b"another").unwrap();
    assert_eq!(refused(&[&served, &over, "--key", public]).code(), Code::BundleDigestMismatch);
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
    let error = refused(&[&old, &old, "--baseline", &index]);
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("a baseline is of another kind"), "{error}");
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
fn texts_are_compared_prompt_by_prompt() {
    let model = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../models").join(name).display().to_string();
    let one = model("stories260k");
    let report = audit(&[&one, &one, "--limit", "2", "--tokens", "3"]).unwrap();
    assert_eq!((value(&report, "same"), value(&report, "prompts_of")), (&report::Cell::Share(1.0), &"the-old-model".into()));
    assert_eq!(measures(&report), Kind::Texts.measures());
    assert_eq!(notes(&report), ["same-file", "made"]);
    // The model of before under another description: what the old one has sampled it computes as the new one does.
    let copy = temp("audit-packed-again");
    for name in ["stories260k.onnx", "tokenizer.json"] {
        std::fs::copy(format!("{one}/{name}"), copy.join(name)).unwrap();
    }
    let described = std::fs::read_to_string(format!("{one}/completer.json")).unwrap();
    std::fs::write(copy.join("completer.json"), described.replace("\"about\": \"", "\"about\": \"Tonight's. ")).unwrap();
    let report = audit(&[&one, &copy.display().to_string(), "--limit", "2", "--tokens", "3", "--baseline", &one]).unwrap();
    assert!(["same-answers", "same-file"].iter().all(|name| notes(&report).contains(name)), "{:?}", report.notes);
    let tokenizer = format!("{one}/tokenizer.json");
    let page = |words: &[&str]| {
        let args = args(words);
        page(&args, &sides(&args).unwrap())
    };
    let error = page(&[&one, &one, "--html", &tokenizer]).err().unwrap();
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("overwrite"), "{error}");
    assert!(page(&[&one, &one, "--html", &format!("{one}/completer.json")]).is_err());
    let prompts = file("prompts.txt", b"Once upon a\n\nThe <b>dog\n");
    let report = audit(&[&one, &model("assistant"), "--prompts", &prompts, "--tokens", "3"]).unwrap();
    assert_eq!((value(&report, "prompts"), notes(&report)), (&report::Cell::Count(2), vec!["tokenizer"]));
    assert!(html::page(&report).contains("The &lt;b&gt;dog") && text::lines(&report).contains("figure vocabulary old=512 new="));
    // A model that is as far from the old one as the new one makes it usual; one that is the old one does not.
    let prompts = file(
        "ten-prompts.txt",
        ["Once upon a", "The dog", "She said", "One day", "Tom"].map(|p| format!("{p}\n{p} was\n")).concat().as_bytes(),
    );
    let beside = |baseline: &str| {
        audit(&[&one, &model("assistant"), "--prompts", &prompts, "--tokens", "3", "--baseline", baseline]).unwrap()
    };
    let (usual, beyond) = (beside(&model("assistant")), beside(&one));
    assert_eq!((usual.notes[0].0, beyond.notes[0].0), ("as-usual", "beyond-usual"), "{:?} {:?}", usual.notes, beyond.notes);
    assert!(text::lines(&beyond).contains("usual agreement baseline=1.0000 new=0."), "{}", text::lines(&beyond));
}
