//! The commands on small tables.

use super::*;
use clap::Parser;
use nearhand_monitor::{Bins, Kind, Monitor, Role, Stream, Value};
use std::fmt::Write;

pub(super) const READ: &str = "2026-11-30 10:51:07 UTC";

#[derive(Parser)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) args: Args,
}

#[derive(Parser)]
struct FreezeCli {
    #[command(flatten)]
    args: ReferenceArgs,
}

pub(super) fn place(name: &str) -> String {
    std::env::temp_dir().join(format!("nearhand-monitor-{}-{name}", std::process::id())).display().to_string()
}

pub(super) fn file(name: &str, bytes: &[u8]) -> String {
    std::fs::write(place(name), bytes).unwrap();
    place(name)
}

/// Rows of an id, a price in a unit, a kind, a score and whether the item was known.
fn rows(count: u64, unit: f64) -> String {
    let mut out = "id,price,kind,score,unknown\n".to_owned();
    for at in 0..count {
        let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let price = if mixed % 10 == 0 { String::new() } else { (unit * (mixed % 97) as f64).to_string() };
        let kind = ["view", "cart", "view", "buy"][mixed as usize % 4];
        let _ = writeln!(out, "order {at},{price},{kind},{},{}", (mixed % 50) as f64 / 50.0, u8::from(mixed % 40 == 0));
    }
    out
}

pub(super) fn reference(name: &str, extra: &[&str]) -> (String, Vec<String>) {
    let (table, out) = (file(&format!("{name}.csv"), rows(4000, 1.0).as_bytes()), place(&format!("{name}.ref")));
    let words = ["freeze", "--table", &table, "--scores", "score", "--rates", "unknown", "--out", &out];
    let args = FreezeCli::parse_from(words.iter().chain(extra)).args;
    let (_, notes) = freeze::made(&args).unwrap();
    freeze(&args).unwrap();
    (out, notes)
}

pub(super) fn watch(words: &[&str]) -> Result<Watched> {
    look(&Cli::parse_from(["monitor"].iter().chain(words)).args)
}

/// A thousand rows whose price is in another unit, with what came of their score, how long ten calls took, and what came of two slates.
pub(super) fn watched_table(name: &str) -> (Watched, feedback::Feedback) {
    let (reference, _) = reference(name, &["--importance", "price=2,kind=1"]);
    let cents = file(&format!("{name}-cents.csv"), rows(1000, 100.0).as_bytes());
    let labels = ["--label-col", "unknown", "--score-col", "score", "--no-calibration"];
    let mut watched = watch(&[&["--reference", &reference, "--table", &cents], &labels[..]].concat()).unwrap();
    (1..=10).for_each(|at| watched.tally.took(at * 700));
    let rows = "slate,item,rank,propensity,clickedAt,boughtAt,influenced,target\ns1,a,1,0.5,17,18,true,1\ns1,b,2,0.5,,,true,0\ns2,b,1,0.5,,,false,0.5\n";
    let path = file(&format!("{name}-feedback.csv"), rows.as_bytes());
    let args = Cli::parse_from(["monitor", "--reference", "x", "--table", "x"]).args;
    (watched, feedback::read(std::path::Path::new(&path), &Options::from(&args.read)).unwrap())
}

#[test]
fn a_page_says_what_stands_and_shows_each_stream() {
    let (watched, feedback) = watched_table("page");
    let page = html::page(&watched, Some(&feedback), READ);
    for want in [
        "<div class=\"standing fallback\"><b>Fall back</b>",
        "<span class=\"pill fallback\">fallback</span> <b>units</b> of price at row ",
        "<span>above 96</span>",
        "<a href=\"#s0\">Over time</a>",
        "<figure id=s0><figcaption><b>price</b>",
        "<b>First:</b> look in which unit it is told: numbers are beyond all that the reference has seen; the median of the last is ",
        "<b>unknown</b> <span class=\"pill quiet\">quiet</span>",
        "How long calls took",
        "clicks an item shown",
        "<summary>Bin by bin</summary>",
        "polyline",
    ] {
        assert!(page.contains(want), "{want}\n{page}");
    }
    for foreign in ["<script", "http:", "https:", "url(", "@import", " src="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    // The worst stream comes first.
    let at = |name: &str| page.find(&format!("<figcaption><b>{name}</b>")).unwrap();
    assert!(at("price") < at("kind"));
    let text = text::report(&watched, Some(&feedback));
    assert!(
        text.contains("feedback slates=2 shown=3 clicked=1 bought=1 influenced=2\n") && text.contains("verdict=waiting\n"),
        "{text}"
    );
    assert_eq!(text::json(&watched, Some(&feedback))["feedback"]["clicked"], 1);
}

/// An inbox that stays empty is no drift: distances from nothing would be the largest there are.
#[test]
fn where_nothing_was_seen_nothing_has_moved() {
    let (reference, _) = reference("nothing", &[]);
    std::fs::create_dir_all(place("nothing-inbox")).unwrap();
    let watched = watch(&["--reference", &reference, "--reports", &place("nothing-inbox")]).unwrap();
    let text = metrics::text(&metrics::made(&watched, None, 0.0));
    assert!(text.contains("nearhand_monitor_records{nearhand_record=\"report\"} 0\n"), "{text}");
    assert!(text.contains("observations{nearhand_stream=\"price\",nearhand_role=\"input\"} 0\n") && !text.contains("distance"));
    assert!(!text.contains("by_chance"), "{text}");
    let page = html::page(&watched, None, READ);
    assert!(page.contains("nothing seen yet") && !page.contains("<small>PSI"), "{page}");
    // Nor is it quiet: an inbox that nobody fills would be green for ever.
    assert!(page.contains("<div class=\"standing waiting\"><b>Waiting</b>") && page.contains(READ), "{page}");
    let words = text::report(&watched, None);
    assert!(words.ends_with(" standing=waiting\n") && text.contains("nearhand_monitor_standing -1.0\n"), "{words}{text}");
    assert_eq!(text::json(&watched, None)["standing"], "waiting");
    let among = format!("{}/page.html", place("nothing-inbox"));
    let words = ["monitor", "--reference", &reference, "--reports", &place("nothing-inbox"), "--html", &among];
    assert_eq!(run(&Cli::parse_from(words).args).unwrap_err().code(), Code::OptionInvalid);
}

#[test]
fn all_files_are_written_by_one_command() {
    let (reference, _) = reference("files", &["--importance", "price=2,kind=1"]);
    let table =
        file("files-cents.csv", (rows(6000, 1.0) + &rows(3000, 100.0).lines().skip(1).collect::<Vec<_>>().join("\n")).as_bytes());
    let out = ["monitor.html", "monitor.prom", "monitor.json"].map(|name| place(&format!("files-{name}")));
    let words = ["--reference", &reference, "--table", &table, "--html", &out[0], "--metrics", &out[1], "--otlp", &out[2]];
    run(&Cli::parse_from(["monitor"].iter().chain(&words)).args).unwrap();
    let read = |path: &String| std::fs::read_to_string(path).unwrap();
    assert!(read(&out[0]).contains("standing fallback") && read(&out[1]).ends_with("# EOF\n") && read(&out[2]).starts_with('{'));
    let same = ["--reference", &reference, "--table", &table, "--html", &table];
    assert_eq!(run(&Cli::parse_from(["monitor"].iter().chain(&same)).args).unwrap_err().code(), Code::OptionInvalid);
}

/// Names of a reference that somebody else made, with markup in them.
#[test]
fn nothing_of_a_reference_is_markup() {
    let name = "<script>alert(1)</script>";
    let kinds = vec!["<img src=x onerror=alert(2)>".to_owned(), "\"'><svg onload=alert(3)>".to_owned()];
    let mut stream = Stream::new(name, Role::Input, 1.0, Bins::Named(kinds.clone())).unwrap();
    (0..300).for_each(|at| stream.add(Value::Name(&kinds[at % 2])));
    let rates = vec![nearhand_monitor::Rate { name: "</style><b>rate".into(), events: 1, of: 300 }];
    let reference = Reference::new(vec![stream], rates).unwrap();
    let path = file("markup.ref", &reference.to_bytes());
    let mut page = Monitor::new(reference, Settings::default()).unwrap();
    for at in 0..3 {
        for _ in 0..2000 {
            page.observe(0, Value::Name(&kinds[0])).unwrap();
            page.occasion(0, true).unwrap();
            page.took(at);
        }
        std::fs::write(place(&format!("markup-{at}")), page.report(at).to_bytes()).unwrap();
    }
    let reports = [0, 1, 2].map(|at| place(&format!("markup-{at}")));
    let watched = watch(&["--reference", &path, "--reports", &reports[0], &reports[1], &reports[2]]).unwrap();
    assert!(watched.told.len() >= 2, "{:?}", watched.told);
    let page = html::page(&watched, None, READ);
    for markup in ["<script", "<img", "<svg onload", "</style><b>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;img src=x") && page.contains("report 3"));
}

#[test]
fn a_table_is_quiet_until_its_unit_changes() {
    let (reference, notes) = reference("unit", &["--importance", "price=2,kind=1"]);
    assert_eq!(notes, ["note ids: column id has a name of its own in most rows: it is left out"]);
    let same = file("same.csv", rows(9000, 1.0).as_bytes());
    let watched = watch(&["--reference", &reference, "--table", &same]).unwrap();
    assert_eq!((watched.told.len(), watched.rows, verdict(&watched, Some(Level::Notice)).is_ok()), (0, 9000, true));
    let text = text::report(&watched, None);
    assert!(text.contains("stream kind state=quiet seen=9000") && text.contains("rate unknown state=quiet seen=9000"), "{text}");
    assert!(text.ends_with("monitor rows=9000 streams=3 rates=1 notices=0 warnings=0 fallbacks=0 standing=none\n"), "{text}");

    let cents = file("cents.csv", rows(1000, 100.0).as_bytes());
    let watched = watch(&["--reference", &reference, "--table", &cents]).unwrap();
    let told: Vec<_> = watched.told.iter().map(|(_, alert)| (alert.kind, alert.subject.as_str(), alert.level)).collect();
    assert_eq!(told, [(Kind::Units, "price", Level::Warn), (Kind::Units, "price", Level::Fallback)]);
    assert!(watched.told[0].0 <= 10 && watched.told[1].0 <= 20, "rows {} and {}", watched.told[0].0, watched.told[1].0);
    let text = text::report(&watched, None);
    assert!(
        text.contains(" fallback units subject=price value=")
            && text.contains("; above 96: 0.000 → ")
            && text.contains(" times larger than"),
        "{text}"
    );
    let json = text::json(&watched, None);
    assert!(json["alerts"][0]["moved"][0]["bin"] == "above 96" && json["standing"] == "fallback", "{json}");
    assert!(json["alerts"][1]["ratio"].as_f64().is_some_and(|ratio| (40.0..250.0).contains(&ratio)), "{json}");
    assert!(verdict(&watched, None).is_ok() && verdict(&watched, Some(Level::Warn)).is_err());
}

/// Numbers with their unit, as a program writes for readers: told by the first few, and the table is read to its end.
#[test]
fn texts_where_numbers_were_are_told_and_counted() {
    let (reference, _) = reference("texts", &["--importance", "price=2,kind=1"]);
    let lines = rows(300, 1.0).replace(",view,", " EUR,view,").replace(",cart,", " EUR,cart,").replace(",buy,", " EUR,buy,");
    let texts = file("texts.csv", lines.as_bytes());
    let watched = watch(&["--reference", &reference, "--table", &texts]).unwrap();
    let (after, alert) = &watched.told[0];
    assert!(*after <= 16 && alert.kind == Kind::Schema && alert.subject == "price" && watched.rows == 300, "{after} {alert:?}");
    let note = watched.notes.iter().find(|note| note.starts_with("note texts: column price has ")).unwrap();
    assert!(note.contains(" cells that are no plain numbers, the first is ") && note.ends_with("EUR"), "{note}");
}

/// Names whose order is not that of the reports, more of one source than a ledger tells apart, each twice, and files that are none.
#[test]
fn reports_are_summed_each_once() {
    let (path, _) = reference("reports", &[]);
    let reference = Reference::from_bytes(&std::fs::read(&path).unwrap()).unwrap();
    let folder = place("reports");
    std::fs::create_dir_all(format!("{folder}/a-folder")).unwrap();
    let mut page = Monitor::new(reference, Settings::default()).unwrap();
    for at in 0..300 {
        for _ in 0..20 {
            page.observe(1, Value::Name("gift")).unwrap();
            page.occasion(0, true).unwrap();
        }
        let bytes = page.report(7).to_bytes();
        std::fs::write(format!("{folder}/{at}"), &bytes).unwrap();
        std::fs::write(format!("{folder}/{at}-again"), &bytes).unwrap();
    }
    std::fs::write(format!("{folder}/0-broken"), b"NHMT").unwrap();
    std::fs::write(format!("{folder}/large"), vec![0; 100_000]).unwrap();
    let watched = watch(&["--reference", &path, "--reports", &folder]).unwrap();
    assert_eq!((watched.rows, watched.tally.happened(0).of), (300, 6000));
    assert_eq!(watched.notes[0], "note repeats: 300 reports had been added already");
    assert!(watched.notes[1].starts_with("note passed-over: 3 files are no reports") && watched.notes[1].contains("0-broken"));
    assert!(watched.told.iter().any(|(_, a)| a.kind == Kind::RateHigh && a.level == Level::Fallback));
    assert!(text::report(&watched, None).contains("; other: 0.000 → 1.000"));
    let broken = file("broken", b"NHMT");
    let error = watch(&["--reference", &path, "--reports", &broken]).err().unwrap();
    assert!(error.to_string().contains("monitor-") && error.to_string().contains("broken"), "{error}");
}

/// A sum of counts that others sent may be more than fits.
#[test]
fn the_largest_reports_are_told_and_end_nothing() {
    let (path, _) = reference("largest", &[]);
    let reference = Reference::from_bytes(&std::fs::read(&path).unwrap()).unwrap();
    let mut tally = nearhand_monitor::Tally::new(&reference);
    let names = ["view", "cart", "buy"];
    names.iter().for_each(|name| tally.add(&reference, 1, Value::Name(name)).unwrap());
    (0..64).for_each(|_| tally.merge(&tally.clone()).unwrap());
    assert!(tally.saturated());
    let bytes = nearhand_monitor::Report { source: 1, sequence: 1, tally: tally.clone() }.to_bytes();
    let mut watched = watch(&["--reference", &path, "--reports", &file("largest", &bytes)]).unwrap();
    assert_eq!(watched.tally.counts(1).iter().sum::<u64>(), 3 << 48);
    watched.tally = tally;
    assert!(
        text::report(&watched, None).contains("stream kind state=")
            && text::report(&watched, None).contains(&format!("seen={}", u64::MAX))
    );
    assert_eq!(text::json(&watched, None)["streams"][1]["seen"], u64::MAX);
}

#[test]
fn a_rate_is_nothing_or_one_or_unknown() {
    let (reference, _) = reference("rate", &[]);
    let with = |name: &str, cell: &str| {
        let table = format!("price,kind,score,unknown\n1,view,0.5,1\n1,view,0.5,{cell}\n1,view,0.5,false\n");
        watch(&["--reference", &reference, "--table", &file(&format!("rate-{name}.csv"), table.as_bytes())])
    };
    let known = |watched: Watched| (watched.tally.happened(0).events, watched.tally.happened(0).of);
    assert_eq!((known(with("empty", "").unwrap()), known(with("true", "true").unwrap())), ((1, 2), (2, 3)));
    for cell in ["3", "0.5", "-1", "inf"] {
        let error = with(cell, cell).err().unwrap().to_string();
        assert!(error.contains("0 and 1") && error.contains("unknown") && error.contains('3'), "{error}");
    }
}

/// Bins by number, of a reference that a program made, and names that would write on a terminal.
#[test]
fn numbered_categories_are_read_and_hostile_names_are_escaped() {
    let mut stream = Stream::new("bucket\u{1b}[2J", Role::Slate, 1.0, Bins::Indexed(3)).unwrap();
    (0..300).for_each(|at| stream.add(Value::Index(at % 3)));
    let made = Reference::new(vec![stream], vec![]).unwrap();
    let path = file("indexed.ref", &made.to_bytes());
    let table = file("indexed.csv", "bucket\u{1b}[2J,other\n0,a\n1,a\n2,b\n2,c\n7,a\n1.5,a\n,b\n".as_bytes());
    let watched = watch(&["--reference", &path, "--table", &table]).unwrap();
    assert_eq!(watched.tally.counts(0), [1, 1, 2, 2, 1]);
    let text = text::report(&watched, None);
    assert!(text.contains("stream bucket\\x1b[2J state=waiting") && !text.contains('\u{1b}'), "{text}");
}

/// A column that is mostly zero has an edge just below it.
#[test]
fn bins_are_named_in_few_digits() {
    let bins = Bins::Numeric(vec![0.0_f64.next_down(), 0.0, 1e-9, 0.1 + 0.2, 1e20]);
    let labels: Vec<String> = (0..bins.count()).map(|bin| text::label(&bins, bin)).collect();
    assert_eq!(labels[1..4], ["exactly 0", "(0, 1e-9]", "(1e-9, 0.3]"]);
    assert!(labels.iter().all(|label| label.len() < 24), "{labels:?}");
    assert_eq!(text::label(&Bins::Numeric(vec![0.0_f64.next_down(), 9.0]), 1), "[0, 9]");
}

#[test]
fn ids_and_clocks_of_numbers_are_left_out() {
    let mut table = "order,at,sorted,price,stock\n".to_owned();
    for at in 0_u64..400 {
        let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let _ = writeln!(table, "{mixed},{}.5,{},{},{}", 1_700_000_000 + at, at / 100, mixed % 97, (mixed % 1000) as f64 / 7.0);
    }
    let path = file("ids.csv", table.as_bytes());
    let made = |words: &[&str]| {
        let all = ["freeze", "--table", &path, "--out", "x"];
        let (made, notes) = freeze::made(&FreezeCli::parse_from(all.iter().chain(words)).args).unwrap();
        (made.streams().iter().map(|stream| stream.name().to_owned()).collect::<Vec<_>>(), notes)
    };
    let (streams, notes) = made(&[]);
    assert_eq!(streams, ["sorted", "price", "stock"]);
    assert!(notes.len() == 2 && notes[0].starts_with("note ids: column order ") && notes[1].starts_with("note ids: column at "));
    assert_eq!(made(&["--inputs", "order,at"]).0, ["order", "at"]);
}

#[test]
fn what_does_not_fit_is_refused_by_its_name() {
    let (reference, _) = reference("refused", &[]);
    let other = file("other.csv", b"price,kind\n1,view\n");
    let error = watch(&["--reference", &reference, "--table", &other]).err().unwrap();
    assert!(error.message().contains("lacks") && error.to_string().contains("score"), "{error}");
    assert!(
        watch(&["--reference", &other, "--table", &other]).err().unwrap().to_string().contains("monitor-reference-malformed")
    );
    let error = watch(&["--reference", &reference, "--table", &other, "--alpha", "0"]).err().unwrap();
    let table = file("refused-again.csv", rows(10, 1.0).as_bytes());
    let late = watch(&["--reference", &reference, "--table", &table, "--alpha", "0"]).err().unwrap();
    assert!(error.code() == Code::DataInvalid && late.code() == Code::OptionInvalid, "{late}");
    let refused = |words: &[&str]| {
        let all = ["freeze", "--table", &table, "--out", "x"];
        freeze::made(&FreezeCli::parse_from(all.iter().chain(words)).args).unwrap_err().to_string()
    };
    assert!(refused(&["--scores", "nothing"]).contains("nothing"));
    assert!(refused(&["--scores", "price", "--rates", "price"]).contains("twice"));
    assert!(refused(&["--rates", "price"]).contains("0 and 1"));
    assert!(refused(&["--importance", "prize=1"]).contains("prize"));
}

#[test]
fn a_reference_goes_into_a_bundle_and_out_of_it() {
    let (shop, sessions) =
        (file("shop.safetensors", &crate::replay::tests::bundle()), file("visits.txt", "a b\nc a b\n".repeat(200).as_bytes()));
    let (with, out, other) = (place("with.safetensors"), place("out.reference"), place("other.safetensors"));
    let command = |words: &[&str]| freeze(&FreezeCli::parse_from(["freeze"].iter().chain(words)).args);
    let refused = |result: Result<()>| result.unwrap_err().to_string();
    assert!(refused(command(&["--bundle", &shop, "--out", &out])).contains("has no reference"));
    command(&["--bundle", &shop, "--sessions", &sessions, "--out", &with]).unwrap();
    let strangers = file("strangers.txt", "x y\n".repeat(400).as_bytes());
    assert!(refused(command(&["--bundle", &shop, "--sessions", &strangers, "--out", &other])).contains("too few visits"));
    command(&["--bundle", &with, "--out", &out]).unwrap();
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(nearhand_monitor::Reference::from_bytes(&bytes).unwrap().rates().len(), 4);
    // Of a file or of a bundle; into another it is the same.
    for source in [&out, &with] {
        command(&["--bundle", &shop, "--put", source, "--out", &other]).unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), std::fs::read(&with).unwrap());
        assert_eq!(of_file(Path::new(source)).unwrap(), bytes);
    }
    assert!(refused(command(&["--bundle", &shop, "--put", &sessions, "--out", &other])).contains("monitor-reference-malformed"));
    assert!(
        FreezeCli::try_parse_from(["freeze", "--out", "x"]).is_err()
            && command(&["--bundle", &shop, "--put", &out, "--out", &shop]).is_err()
    );
    // What is asked of a table's columns is asked of nothing else; what is usual for it is.
    for of_a_table in
        ["--inputs=a", "--scores=a", "--slates=a", "--rates=a", "--names=a", "--importance=a=1", "--bins=5", "--categories=5"]
    {
        assert!(FreezeCli::try_parse_from(["freeze", "--out", "x", "--bundle", "b", of_a_table]).is_err(), "{of_a_table}");
    }
    assert!(FreezeCli::try_parse_from(["freeze", "--out", "x", "--bundle", "b"]).is_ok());
}
