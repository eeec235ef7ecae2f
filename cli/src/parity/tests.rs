//! The command on small tables.

use super::*;
use crate::features::tests::{LOG, SPEC};
use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("nearhand-parity-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn args(words: &[&str]) -> Args {
    Cli::parse_from(["parity"].iter().chain(words)).args
}

const SERVED: &str = "id,n,mean,when\na,1,,x\nb,2,10,x\nc,3,15.25,x\n";

#[test]
fn two_tables() {
    let served = file("served.csv", SERVED);
    let other = file("other.csv", "id,n,mean,when\nc,3,15.25,y\nb,2,10.5,y\na,1,nan,y\n");
    let args = args(&["--served", &served, "--recomputed", &other, "--id", "id"]);
    let found = look(&args).unwrap();
    let of = &found.compared;
    assert_eq!((of.rows, of.mismatches, of.mismatched_rows, of.largest), (3, 1, 1, 0.5));
    let text = text::report(&found);
    assert!(text.contains("mismatch id=b feature=mean served=10 recomputed=10.5") && text.contains("note texts"), "{text}");
    assert!(text.ends_with("parity rows=3 mismatches=1 mismatched_rows=1 largest=0.5 missing_recomputed=0 missing_served=0 ties=0 features=2 tolerance=1e-9 relative=0e0\n"), "{text}");
    assert!(found.verdict(&args).unwrap_err().message().contains("not those"));
    let wide = Cli::parse_from(["parity", "--served", &served, "--recomputed", &other, "--id", "id", "--relative", "0.05"]).args;
    assert!(look(&wide).unwrap().verdict(&wide).is_ok());
    let one = Cli::parse_from(["parity", "--served", &served, "--recomputed", &other, "--id", "id", "--features", "n"]).args;
    assert_eq!(look(&one).unwrap().compared.features.len(), 1);
}

#[test]
fn rows_that_are_missing_and_repeated() {
    let served = file("served-more.csv", &format!("{SERVED}a,9,9,x\nz,1,1,x\n"));
    let other = file("other-more.csv", "id,n,mean\na,1,\nb,2,10\nc,3,15.25\nc,4,4\ny,1,1\n");
    let args = args(&["--served", &served, "--recomputed", &other, "--id", "id"]);
    let found = look(&args).unwrap();
    let of = &found.compared;
    assert_eq!((of.rows, of.missing_recomputed, of.missing_served, of.repeated, of.mismatches), (3, 1, 1, 1, 0));
    assert_eq!(of.missing_ids, ["z"]);
    let told = text::report(&found);
    assert!(
        told.contains("1 served rows have an id that was there before: the first counts; 1 of them have other values"),
        "{told}"
    );
    assert!(found.verdict(&args).unwrap_err().message().contains("missing"));
}

/// One request log of decisions and slates; a decision that was sent twice is no other one.
#[test]
fn rows_of_slates_are_passed_over() {
    let judged = |id: &str, n: u32| format!("{{\"nearhand\":{{\"row\":\"assess\",\"version\":1}},\"id\":\"{id}\",\"n\":{n}}}\n");
    let slates = "{\"nearhand\":{\"row\":\"slates\",\"version\":1},\"session\":[{\"kind\":\"view\"}],\"slates\":[{\"items\":[\"a\",\"b\"]}]}\n";
    let served = file("both.jsonl", &[judged("a", 1).as_str(), slates, &judged("b", 2), &judged("b", 2)].concat());
    let other = file("both-other.csv", "id,n\na,1\nb,2\n");
    let args = args(&["--served", &served, "--recomputed", &other, "--id", "id"]);
    let found = look(&args).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches, found.compared.missing_recomputed), (2, 0, 0));
    let told = text::report(&found);
    assert!(told.contains("note slates: 1 rows are of slates") && told.contains("the first counts\n"), "{told}");
}

/// A table of a log that was cut or emptied while it was written: what is left is compared, and what is not is told.
#[test]
fn tables_of_damaged_logs_tell_what_is_wanting() {
    let path = |name: &str, bytes: &[u8]| {
        let path = file(name, "");
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let other = file("damaged-other.csv", "id,n\na,1\nb,2\n");
    let seen = |served: &str| {
        let found = look(&args(&["--served", served, "--recomputed", &other, "--id", "id"])).unwrap();
        assert_eq!(found.compared.mismatches, 0);
        (found.compared.rows, text::report(&found))
    };
    let rows = "{\"id\":\"a\",\"n\":1}\n{\"id\":\"b\",\"n\":2}\n";
    let (compared, told) = seen(&path("hole.jsonl", &[&[0; 9000], rows.as_bytes()].concat()));
    assert!(compared == 2 && told.contains("note hole: zero bytes in front") && told.contains("bytes: 9000"), "{told}");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut packer, rows.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let (compared, told) = seen(&path("cut.jsonl.gz", &packed[..packed.len() - 12]));
    assert!(compared == 1 && told.contains("note cut-off: what is packed ends before its end"), "{told}");
    // The zero byte in front of a text of two bytes a character is none of a hole.
    let wide: Vec<u8> = "id,n\na,1\nb,2\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (compared, told) = seen(&path("wide.csv", &wide));
    assert!(compared == 2 && !told.contains("note"), "{told}");
}

/// Ids that a program wrote as floats, as tables with gaps have them, are known on either side.
#[test]
fn ids_that_became_floats_are_known_again() {
    let whole = "id,n\n1,1\n2,2\n3,3\n";
    let floats = "id,n\n1.0,1\n2.0,2\n3.0,3\n";
    let told = |found: &Found| found.notes.iter().filter(|note| note.contains("ids-as-floats")).cloned().collect::<Vec<_>>();
    for (n, (served, other, notes)) in
        [(whole, floats, 1), (floats, whole, 1), (floats, floats, 2), (whole, whole, 0)].into_iter().enumerate()
    {
        let (served, other) = (file(&format!("float-{n}.csv"), served), file(&format!("float-other-{n}.csv"), other));
        let found = look(&args(&["--served", &served, "--recomputed", &other, "--id", "id"])).unwrap();
        assert_eq!((found.compared.rows, found.compared.mismatches, found.compared.missing_recomputed), (3, 0, 0), "{n}");
        let told = told(&found);
        assert_eq!(told.len(), notes, "{told:?}");
        assert!(told.iter().all(|note| note.contains("(column: id, rows: 3)")), "{told:?}");
    }
    // 1 and 1.0 are one id: the first counts.
    let (twice, other) = (file("float-twice.csv", "id,n\n1,1\n1.0,9\n2,2\n"), file("float-once.csv", "id,n\n1.0,1\n2.0,2\n"));
    let found = look(&args(&["--served", &twice, "--recomputed", &other, "--id", "id"])).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches, found.served_rows), (2, 0, 2));
    assert!(found.notes.iter().any(|note| note.contains("note repeated: 1 served rows")), "{:?}", found.notes);
    // Versions are names.
    let (versions, other) = (file("versions.csv", "id,n\n1.0,1\n1.5,2\n"), file("versions-other.csv", "id,n\n1,1\n1.5,2\n"));
    let found = look(&args(&["--served", &versions, "--recomputed", &other, "--id", "id"])).unwrap();
    assert_eq!((found.compared.rows, found.compared.missing_recomputed, told(&found).len()), (1, 1, 0));
    // A log, and a served table of integer ids with gaps.
    let log = "id,at,card,amount,declined\n7,2026-01-01,c,1,0\n8,2026-01-02,c,2,0\n";
    let (spec, log) = (file("float-spec.json", SPEC), file("float-log.csv", log));
    let served = file("float-served.csv", "id,n\n7.0,1\n8.0,1\n");
    let found = look(&args(&["--served", &served, "--spec", &spec, "--log", &log])).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches, told(&found).len()), (2, 0, 1));
}

#[test]
fn a_log_and_its_specification() {
    let (spec, log) = (file("spec.json", SPEC), file("log.csv", LOG));
    let served = file("served-log.csv", "id,n,mean,hour\na,1,,1\ne,2,1,12\n");
    let args = args(&["--served", &served, "--spec", &spec, "--log", &log]);
    let found = look(&args).unwrap();
    let of = &found.compared;
    // An hour in another zone.
    assert_eq!((of.rows, of.mismatches, of.missing_recomputed, of.missing_served), (2, 1, 0, 3));
    assert_eq!(of.shown[0].feature, "hour");
    assert!(text::report(&found).contains("not_served=3") && found.notes.iter().any(|note| note.contains("frauds")));
    let page = html::page(&found);
    for tag in ["table", "div", "tr", "td", "h2", "svg", "figure"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(!page.contains("<script") && !page.contains("http") && !page.contains("NaN"));
    let json = text::json(&found);
    assert_eq!((json["rows"].clone(), json["features"][0]["name"].clone()), (2.into(), "hour".into()));
}

#[test]
fn events_of_one_time_have_the_order_in_which_they_were_served() {
    let log = "id,at,card,amount,declined\na,2026-01-01,c,1,0\nb,2026-01-02,c,2,0\nc,2026-01-02,c,4,0\nd,2026-01-02,x,4,0\n";
    let spec = SPEC.replace(r#""window": "1d""#, r#""window": "2d""#);
    let (spec, log) = (file("ties.json", &spec), file("ties-log.csv", log));
    // c came before b.
    let served = file("ties.csv", "id,n,mean\na,1,\nb,3,2.5\nc,2,1\nd,1,\n");
    let words = ["--served", &served, "--spec", &spec, "--log", &log];
    let found = look(&args(&words)).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches, found.ties), (4, 0, 2));
    assert!(found.notes.iter().any(|note| note.contains("note ties: 2 rows")), "{:?}", found.notes);
    // No order gives these.
    let served = file("no-ties.csv", "id,n,mean\na,1,\nb,3,2.5\nc,2,1.5\nd,1,\n");
    let found = look(&args(&["--served", &served, "--spec", &spec, "--log", &log])).unwrap();
    assert_eq!((found.compared.mismatches, found.compared.shown[0].id.as_str()), (1, "c"));
}

/// What has gone wrong elsewhere between what is served and what is trained on, rebuilt small: each is found, and said as it is.
#[test]
fn what_differs_in_the_field_is_found() {
    let spec = r#"{"time": "at", "id": "id", "keys": ["card"], "zone": "Europe/Berlin", "features": [
        {"name": "weekday", "kind": "weekday"}, {"name": "n", "kind": "count", "key": "card", "window": "1d"}]}"#;
    let spec = file("field.json", spec);
    let of = |name: &str, log: &str, served: &str, more: &[&str]| {
        let (log, served) = (file(&format!("{name}-log.csv"), log), file(&format!("{name}-served.csv"), served));
        let words = [&["--served", &served, "--spec", &spec, "--log", &log][..], more].concat();
        look(&args(&words)).unwrap().compared
    };
    // Days by UTC where the specification says Berlin: the last hour of a Sunday is Monday.
    let log = "id,at,card\na,2026-01-04T22:30:00Z,c\nb,2026-01-04T23:30:00Z,d\nc,2026-01-05T10:00:00Z,e\n";
    let found = of("weekday", log, "id,weekday\na,6\nb,6\nc,0\n", &[]);
    assert_eq!((found.mismatches, found.shown[0].id.as_str(), found.shown[0].recomputed), (1, "b", 0.0));
    // A service that counts its tries: the log has the second one, too, and it is one payment.
    let log = "id,at,card\na,2026-01-01T10:00:00Z,c\na,2026-01-01T10:00:01Z,c\nb,2026-01-01T11:00:00Z,c\n";
    let found = of("tries", log, "id,n\na,1\nb,3\n", &[]);
    assert_eq!((found.mismatches, found.repeated, found.shown[0].id.as_str(), found.shown[0].recomputed), (1, 1, "b", 2.0));
    // An event that came late: as the log lies it has no answer, and the one that was served is missing; by time it has one.
    let log = "id,at,card\na,2026-01-01T10:00:00Z,c\nb,2026-01-01T09:00:00Z,c\n";
    let late = of("late", log, "id,n\na,1\nb,1\n", &["--order", "log"]);
    assert_eq!((late.rows, late.mismatches, late.missing_recomputed, late.missing_ids), (1, 0, 1, vec!["b".to_owned()]));
    let by_time = of("late-by-time", log, "id,n\na,1\nb,1\n", &[]);
    assert_eq!((by_time.rows, by_time.mismatches, by_time.missing_recomputed, by_time.shown[0].id.as_str()), (2, 1, 0, "a"));
    // A window that takes both of its ends in counts the event of exactly a day ago.
    let log = "id,at,card\na,2026-01-01T10:00:00Z,c\nb,2026-01-02T10:00:00Z,c\nc,2026-01-03T09:59:59Z,c\n";
    let found = of("ends", log, "id,n\na,1\nb,2\nc,2\n", &[]);
    assert_eq!((found.mismatches, found.shown[0].id.as_str(), found.largest), (1, "b", 1.0));
    // A card that came back after a pause, answered with the value that it had.
    let log = "id,at,card\na,2026-01-01T10:00:00Z,c\nb,2026-01-01T11:00:00Z,c\nc,2026-03-01T10:00:00Z,c\n";
    let found = of("stale", log, "id,n\na,1\nb,2\nc,2\n", &[]);
    assert_eq!((found.mismatches, found.shown[0].id.as_str(), found.shown[0].recomputed), (1, "c", 1.0));
    // Two payments of one second are two rows, not one.
    let log = "id,at,card\na,2026-01-01T10:00:00Z,c\nb,2026-01-01T10:00:00Z,c\n";
    let found = of("same-second", log, "id,n\na,1\nb,2\n", &[]);
    assert_eq!((found.rows, found.mismatches, found.repeated), (2, 0, 0));
}

/// A value that one side lacks is told by the side that lacks it; single floats are near by their size alone.
#[test]
fn missing_and_single_values() {
    let served = file("sides.csv", "id,x,y\na,,0.33333334\nb,1,0.33333334\nc,2,1\nd,,1\n");
    let other = file("sides-other.csv", "id,x,y\na,1,0.3333333333333333\nb,,0.3333333333333333\nc,2,1\nd,,1\n");
    let words = ["--served", &served, "--recomputed", &other, "--id", "id"];
    let found = look(&args(&words)).unwrap();
    let x = &found.compared.features[0];
    assert_eq!((x.not_served, x.not_recomputed, x.first_one_sided.as_deref(), x.mismatches), (1, 1, Some("a"), 2));
    assert_eq!(found.compared.features[1].mismatches, 2);
    let page = html::page(&found);
    assert!(page.contains("<td>missing</td>") || page.contains(">missing</td>"), "{page}");
    assert!(page.contains("50.00 %") && !page.contains("NaN"), "{page}");
    let near = look(&args(&[&words[..], &["--relative", "1e-6"]].concat())).unwrap();
    assert_eq!((near.compared.features[1].mismatches, near.compared.features[0].mismatches), (0, 2));
}

/// Rows of a request log as they are: the columns of its own are not compared, nothing is a missing value, infinities are texts, ids that no
/// double holds stay as they are, and a reader of JSON that loses a last digit makes no mismatch.
#[test]
fn rows_of_a_request_log_are_a_table() {
    let spec = r#"{"time": "at", "id": "id", "keys": ["card"], "amounts": [{"name": "amount", "decimals": 2}], "features": [
        {"name": "n", "kind": "count", "key": "card", "window": "2d"}, {"name": "mean", "kind": "mean", "of": "amount", "key": "card", "window": "2d", "current": false}]}"#;
    let (big, other) = ("9007199254740993", "9007199254740992");
    let log = format!("id,at,card,amount\n{big},2026-01-01,c,15777777.77\n{other},2026-01-02,c,3\n");
    let (spec, log) = (file("rows-spec.json", spec), file("rows-log.csv", &log));
    let row = |id: &str, n: u8, mean: &str| {
        format!(
            r#"{{"nearhand":{{"row":"assess","version":1,"bundle":"b","time":"2026-01-01T00:00:00.000Z","score":0.5}},"id":"{id}","n":{n},"mean":{mean}}}"#
        )
    };
    let served = file("rows.jsonl", &format!("{}\n{}\n", row(big, 1, "0"), row(other, 2, "15777777.77")));
    let found = look(&args(&["--served", &served, "--spec", &spec, "--log", &log])).unwrap();
    assert_eq!(
        (found.compared.rows, found.compared.mismatches, found.compared.features.len()),
        (2, 0, 2),
        "{:?}",
        found.compared.shown
    );
    let digits = ["1.5777777777770001", "45123456.789012347", "8123456.7890123457", "5123456.7890123449"];
    let rows: String = digits.iter().enumerate().map(|(n, x)| format!("{{\"id\":\"{n}\",\"x\":{x}}}\n")).collect();
    let exact: String = digits.iter().enumerate().map(|(n, x)| format!("{n},{x}\n")).collect();
    let (rows, exact) = (file("digits.jsonl", &rows), file("digits.csv", &format!("id,x\n{exact}")));
    let found = look(&args(&["--served", &rows, "--recomputed", &exact, "--id", "id"])).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches), (4, 0), "{:?}", found.compared.shown);
    let infinite = file(
        "infinite.jsonl",
        "{\"id\":\"a\",\"x\":\"Infinity\"}\n{\"id\":\"b\",\"x\":\"-Infinity\"}\n{\"id\":\"c\",\"x\":null}\n",
    );
    let exact = file("infinite.csv", "id,x\na,inf\nb,-inf\nc,\n");
    let found = look(&args(&["--served", &infinite, "--recomputed", &exact, "--id", "id"])).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches), (3, 0), "{:?}", found.compared.shown);
}

/// Arrow in, Arrow out: what `features` writes is read.
#[test]
fn arrow_files_are_compared() {
    let path = |name: &str| format!("{}/../tests/world/arrow/{name}", env!("CARGO_MANIFEST_DIR"));
    let (one, other) = (path("all-zstd.feather"), path("all.arrow"));
    let found = look(&args(&["--served", &one, "--recomputed", &other, "--id", "large", "--features", "amount,f32,i8,number"]));
    // A row without an id.
    assert!(found.unwrap_err().to_string().contains("row=3"));
    let words =
        ["--served", &one, "--recomputed", &other, "--id", "large", "--features", "amount,f32,i8,number", "--bad-rows", "skip"];
    let found = look(&args(&words)).unwrap();
    assert_eq!((found.compared.rows, found.compared.mismatches, found.compared.features.len()), (3, 0, 4));
}

#[test]
fn what_cannot_be_compared_is_told() {
    let served = file("served-bad.csv", SERVED);
    let told = |words: &[&str]| look(&args(&[&["--served", served.as_str()][..], words].concat())).unwrap_err().to_string();
    let other = file("other-bad.csv", "id,x\na,1\n");
    assert!(told(&["--recomputed", &other, "--id", "id"]).contains("named alike"));
    assert!(told(&["--recomputed", &other]).contains("--id"));
    assert!(told(&["--recomputed", &served, "--id", "number"]).contains("columns=id n mean when"));
    assert!(told(&["--recomputed", &served, "--id", "id", "--features", "x"]).contains("not on both sides"));
    assert!(told(&[]).contains("--spec"));
    // Events without ids: a column of ids on one side alone compares nothing.
    let nameless =
        r#"{"time": "at", "keys": ["card"], "features": [{"name": "n", "kind": "count", "key": "card", "window": "1d"}]}"#;
    let (spec, log) = (file("nameless.json", nameless), file("nameless.csv", "at,card,amount,declined\n2026-01-01,c,1,0\n"));
    assert!(told(&["--spec", &spec, "--log", &log, "--id", "id"]).contains("no id to compare by"));
    let twice = file("other-twice.csv", "id,n,n\na,1,2\n");
    assert!(told(&["--recomputed", &twice, "--id", "id"]).contains("column=n places=2 3"));
    let thousands = file("other-thousands.csv", "id,n\na,1\nb,\"1,050\"\n");
    assert!(told(&["--recomputed", &thousands, "--id", "id"]).contains("no column of numbers"));
    let late: String = (0..600).map(|n| format!("x{n},1\n")).chain(["b,\"1,050\"\n".to_owned()]).collect();
    let late = file("other-late.csv", &format!("id,n\n{late}"));
    let text = told(&["--recomputed", &late, "--id", "id"]);
    assert!(text.contains("line=602") && text.contains("value=1,050") && text.contains("plain number"), "{text}");
    let words = file("other-words.csv", "id,n\na,1\nb,2\n,3\n");
    assert!(told(&["--recomputed", &words, "--id", "id"]).contains("line=4"));
    let none = file("other-none.csv", "id,n\nq,1\n");
    let strangers = args(&["--served", &served, "--recomputed", &none, "--id", "id"]);
    assert!(look(&strangers).unwrap().verdict(&strangers).unwrap_err().message().contains("no row is on both sides"));
}
