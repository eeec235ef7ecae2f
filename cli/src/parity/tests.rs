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
    assert!(text::report(&found).contains("1 served rows have an id that was there before"));
    assert!(found.verdict(&args).unwrap_err().message().contains("missing"));
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
    let words = file("other-words.csv", "id,n\na,1\nb,2\n,3\n");
    assert!(told(&["--recomputed", &words, "--id", "id"]).contains("line=4"));
    let none = file("other-none.csv", "id,n\nq,1\n");
    let strangers = args(&["--served", &served, "--recomputed", &none, "--id", "id"]);
    assert!(look(&strangers).unwrap().verdict(&strangers).unwrap_err().message().contains("no row is on both sides"));
}
