//! The command from files to files.

use super::*;
use crate::read::Table;
use crate::read::options::Options;
use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

pub(crate) const SPEC: &str = r#"{"time": "at", "id": "id", "keys": ["card"], "amounts": [{"name": "amount"}], "flags": ["declined"],
    "label": {"name": "fraud", "delay": "1d"}, "zone": "Europe/Berlin", "features": [
    {"name": "hour", "kind": "hour"},
    {"name": "n", "kind": "count", "key": "card", "window": "1d"},
    {"name": "mean", "kind": "mean", "of": "amount", "key": "card", "window": "1d", "current": false, "missing": "nan"},
    {"name": "frauds", "kind": "frauds", "key": "card", "window": "7d"}]}"#;

pub(crate) const LOG: &str = "id,at,card,amount,declined,fraud\n\
    a,2026-01-01 00:30:00,c,10.00,0,1\n\
    b,2026-01-01 12:00:00,c,20.5,1,0\n\
    c,2026-01-02 00:29:59,c,1,no,\n\
    d,2026-01-02 00:30:00,d,85.64999999999999,false,0\n\
    e,2026-01-02 12:00:00,c,3,0,0\n";

/// A file of its own for a test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("nearhand-features-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn args(name: &str, spec: &str, log: &str, out: &str, more: &[&str]) -> (Args, PathBuf) {
    let (spec, log) = (file(&format!("{name}.json"), spec), file(&format!("{name}.csv"), log));
    let out = std::env::temp_dir().join(format!("nearhand-features-{}-{name}-{out}", std::process::id()));
    let text = |path: &PathBuf| path.display().to_string();
    let words = ["features".to_owned(), "--spec".into(), text(&spec), "--in".into(), text(&log), "--out".into(), text(&out)];
    (Cli::parse_from(words.into_iter().chain(more.iter().map(|word| (*word).to_owned()))).args, out)
}

/// All values of a table as words.
fn words(path: &Path) -> Vec<String> {
    let table = Table::open(path, &Options::default()).unwrap();
    let all: Vec<usize> = (0..table.header().len()).collect();
    let mut lines = vec![table.header().join(" ")];
    let mut line = |cells: &[crate::read::value::cell::Cell<'_>], _: &crate::read::value::cell::Place<'_>| {
        lines.push(cells.iter().map(|cell| cell.word().unwrap_or("-".into())).collect::<Vec<_>>().join(" "));
        Ok(())
    };
    table.rows(&all, usize::MAX, &mut line).unwrap();
    lines
}

#[test]
fn a_log_becomes_a_table() {
    let want = [
        "id time_ms hour n mean frauds",
        "a 1767227400000 1 1 - 0",
        "b 1767268800000 13 2 10 0",
        "c 1767313799000 1 3 15.25 0",
        "d 1767313800000 1 1 - 0",
        "e 1767355200000 13 2 1 1",
    ];
    for out in ["out.csv", "out.parquet"] {
        let (args, path) = args(&out.replace('.', "-"), SPEC, LOG, out, &[]);
        let made = make(&args).unwrap();
        assert_eq!((made.rows, made.written, made.counts.labels), (5, 5, 4));
        assert_eq!(words(&path), want, "{out}");
    }
    let (args, path) = args("arrow", SPEC, LOG, "out.arrow", &[]);
    make(&args).unwrap();
    let reader = arrow_ipc::reader::FileReader::try_new(std::fs::File::open(&path).unwrap(), None).unwrap();
    let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
    let means = batches[0].column_by_name("mean").unwrap();
    let means = means.as_any().downcast_ref::<arrow_array::Float64Array>().unwrap();
    assert!(means.value(0).is_nan() && means.value(2) == 15.25 && means.len() == 5);
}

/// A log that is taken in several parts, on one thread and on two.
#[test]
fn threads_change_no_byte() {
    let shops = r#""features": [{"name": "shop", "kind": "sum", "of": "amount", "key": "shop", "window": "6h"},"#;
    let spec = SPEC.replacen(r#"["card"]"#, r#"["card", "shop"]"#, 1).replacen(r#""features": ["#, shops, 1);
    let at = |n: u32| 1_767_225_600 + n / 3 * 7;
    let row =
        |n: u32| format!("{n},{},c{},s{},{}.5,0,{}\n", at(n), n * 7 % 50, n * 11 % 70, n % 40, u32::from(n.is_multiple_of(9)));
    let log = "id,at,card,shop,amount,declined,fraud\n".to_owned() + &(0..40_000).map(row).collect::<String>();
    let table = |threads: &str| {
        let (args, path) = args(&format!("threads-{threads}"), &spec, &log, "out.csv", &["--threads", threads]);
        let made = make(&args).unwrap();
        assert_eq!((made.rows, made.written), (40_000, 40_000));
        std::fs::read(path).unwrap()
    };
    assert!(table("1") == table("2"));
}

#[test]
fn the_order_is_that_of_time_unless_told() {
    let mut lines: Vec<&str> = LOG.lines().collect();
    lines.swap(1, 3);
    let log = lines.join("\n");
    let (by_time, path) = args("sorted", SPEC, &log, "out.csv", &[]);
    let made = make(&by_time).unwrap();
    assert!(made.sorted && made.text(&path).contains("note sorted"));
    assert_eq!(words(&path)[3], "c 1767313799000 1 3 15.25 0");
    let (by_log, path) = args("as-is", SPEC, &log, "out.csv", &["--order", "log"]);
    let made = make(&by_log).unwrap();
    assert_eq!((made.counts.late, made.written, made.rows), (2, 3, 5));
    assert!(made.text(&path).contains("2 rows came too late"));
}

#[test]
fn a_part_of_the_log_is_written_and_all_of_it_counts() {
    let (args, path) = args("part", SPEC, LOG, "out.csv", &["--since", "2026-01-02", "--before", "2026-01-02 10:00:00"]);
    assert_eq!(make(&args).unwrap().written, 2);
    assert_eq!(words(&path)[1..], ["c 1767313799000 1 3 15.25 0", "d 1767313800000 1 1 - 0"]);
}

#[test]
fn labels_and_times_as_the_log_has_them() {
    let log = "key;second;who;amount;declined;fraud;known\nx;30;c;1;0;1;90\ny;60;c;1;0;1;\nz;89;c;1;0;;\nw;90;c;1;0;;\n";
    let cols = ["--col", "id=key", "--col", "at=second", "--col", "card=who"];
    let times = ["--time-origin", "2026-01-01", "--label-time-col", "known"];
    let (args, path) = args("origin", SPEC, log, "out.csv", &[&cols[..], &times[..]].concat());
    make(&args).unwrap();
    assert_eq!(words(&path)[3..], ["z 1767225689000 1 3 1 0", "w 1767225690000 1 4 1 1"]);
}

/// A label column that is called otherwise is a log of today, or a mistake: every risk is 0 then, which is said.
#[test]
fn a_log_without_labels_is_told_of() {
    let (renamed, path) = args("unlabelled", SPEC, &LOG.replacen("fraud", "is_fraud", 1), "out.csv", &[]);
    let text = make(&renamed).unwrap().text(&path);
    assert!(text.contains("note no-labels: the log has no column fraud"), "{text}");
    let (named, path) = args("labelled", SPEC, &LOG.replacen("fraud", "is_fraud", 1), "out.csv", &["--col", "fraud=is_fraud"]);
    assert!(!make(&named).unwrap().text(&path).contains("no-labels"));
    let (timed, _) = args("untimed", SPEC, &LOG.replacen("fraud", "is_fraud", 1), "out.csv", &["--label-time-col", "at"]);
    assert!(make(&timed).unwrap_err().to_string().contains("--label-time-col"));
}

/// Labels without a delay tell a model what nobody knew yet.
#[test]
fn labels_that_are_known_at_once_are_told_of() {
    let spec = SPEC.replace(", \"delay\": \"1d\"", "");
    let (soon, path) = args("at-once", &spec, LOG, "out.csv", &[]);
    assert!(make(&soon).unwrap().text(&path).contains("note labels-at-once"));
    let (later, path) = args("delayed", SPEC, LOG, "out.csv", &[]);
    assert!(!make(&later).unwrap().text(&path).contains("labels-at-once"));
}

/// What a program writes of whole numbers in a column with gaps is those numbers, of a whole column or of a part of it.
#[test]
fn keys_and_ids_that_became_floats_are_whole_numbers() {
    let log =
        "id,at,card,amount,declined\n1.0,2026-01-01,5863.0,1,0\n2.0,2026-01-01,5863,1,0\n3,2026-01-01,,1,0\n4,2026-01-01,A,1,0\n";
    let (floats, path) = args("floats", SPEC, log, "out.csv", &[]);
    let text = make(&floats).unwrap().text(&path);
    let told = "they are read as the whole numbers (column:";
    assert!(text.contains(&format!("{told} id, rows: 2)")) && text.contains(&format!("{told} card, rows: 1)")), "{text}");
    let ids_and_counts: Vec<String> =
        words(&path)[1..].iter().map(|line| line.split(' ').take(4).map(str::to_owned).collect::<Vec<_>>().join(" ")).collect();
    let at = "1767225600000 1";
    assert_eq!(ids_and_counts, [format!("1 {at} 1"), format!("2 {at} 2"), format!("3 {at} 0"), format!("4 {at} 1")]);
    // One true fraction, and they are names.
    let (names, path) = args("no-floats", SPEC, &log.replace(",A,", ",1.5,"), "out.csv", &[]);
    let text = make(&names).unwrap().text(&path);
    assert!(text.contains("column: id") && !text.contains("column: card"), "{text}");
    assert!(words(&path)[2].contains("2 1767225600000 1 1"), "{:?}", words(&path));
}

/// Two ids are remembered: the label of the first comes when it is forgotten.
#[test]
fn labels_that_the_limits_lose_are_told_of() {
    let spec = SPEC.replacen('{', "{\"limits\": {\"ids\": 2}, ", 1);
    let (few, path) = args("few-ids", &spec, LOG, "out.csv", &[]);
    let text = make(&few).unwrap().text(&path);
    assert!(text.contains("ids were forgotten for the limits"), "{text}");
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let told = |name: &str, spec: &str, log: &str, more: &[&str]| {
        make(&args(name, spec, log, "out.csv", more).0).unwrap_err().to_string()
    };
    for (name, from, to, parts) in [
        ("negative", "20.5", "-20.5", &["line=3", "column=amount", "value=-20.5", "out of the range"][..]),
        ("nan", "20.5", "NaN", &["line=3", "column=amount", "finite"]),
        ("word", "20.5", "much", &["line=3", "value=much"]),
        ("decimals", "20.5", "20.555", &["line=3", "decimals=2"]),
        ("time", "2026-01-01 12:00:00", "noon", &["line=3", "column=at"]),
        ("flag", "c,1,no,", "c,1,maybe,", &["line=4", "column=declined", "yes or no"]),
        ("label", "0,1\n", "0,2\n", &["line=2", "column=fraud"]),
        ("no id", "\nb,", "\n,", &["line=3", "an event has an id"]),
        ("thousands", "20.5", "\"1,050\"", &["line=3", "column=amount", "value=1,050", "plain decimal"]),
        ("comma", "20.5", "\"1.050,00\"", &["line=3", "value=1.050,00", "no decimal comma"]),
        ("currency", "20.5", "€ 10", &["line=3", "value=€ 10", "no sign of a currency"]),
        ("brackets", "20.5", "(10.00)", &["line=3", "value=(10.00)", "no brackets"]),
        ("exponent", "20.5", "1e3", &["line=3", "value=1e3", "no exponent"]),
        ("twice", "id,at,card,amount,declined,fraud", "id,at,card,amount,amount,fraud", &["column=amount", "places=4 5"]),
        ("twice by case", "id,at,card,amount,declined,fraud", "id,AT,At,card,amount,fraud", &["column=at", "places=2 3"]),
        ("lost digits", "\nb,", "\n9007199254740992.0,", &["line=3", "column=id", "lost digits"]),
        ("no column", "id,at,card", "id,at,kart", &["missing=card", "--col FIELD=COLUMN", "columns=id at kart"]),
    ] {
        let text = told(&name.replace(' ', "-"), SPEC, &LOG.replacen(from, to, 1), &[]);
        assert!(parts.iter().all(|part| text.contains(part)), "{name}: {text}");
    }
    let text = told("spec", &SPEC.replace("\"7d\"", "\"7y\""), LOG, &[]);
    assert!(text.contains("place=features[3].window") && text.contains("features-spec-invalid"), "{text}");
    let text = told("zone", &SPEC.replace("Europe/Berlin", "Europe/Nowhere"), LOG, &[]);
    assert!(text.contains("IANA") && text.contains("Europe/Nowhere"), "{text}");
    assert!(told("col", SPEC, LOG, &["--col", "cart=card"]).contains("the specification does not have"));
    assert!(told("name", &SPEC.replace("\"hour\", \"kind\"", "\"time_ms\", \"kind\""), LOG, &[]).contains("call it otherwise"));
    let (skipping, path) = args("skip", SPEC, &LOG.replacen("20.5", "much", 1), "out.csv", &["--bad-rows", "skip"]);
    let made = make(&skipping).unwrap();
    assert!(made.written == 4 && made.text(&path).contains("note bad-rows: 1 rows"), "{}", made.text(&path));
    let (wrong, _) = args("end", SPEC, LOG, "out.txt", &[]);
    assert!(make(&wrong).is_err());
}

#[test]
fn repeats_and_a_currency() {
    let spec = SPEC.replace("\"flags\"", "\"currency\": {\"name\": \"money\", \"is\": \"EUR\"}, \"flags\"");
    let log = "id,at,card,amount,declined,money\na,2026-01-01,c,1,0,EUR\na,2026-01-01,c,1,0,EUR\nb,2026-01-01,c,1,0,EUR\n";
    let (twice, path) = args("twice", &spec, log, "out.csv", &[]);
    let made = make(&twice).unwrap();
    assert_eq!((made.counts.duplicates, made.written), (1, 3));
    assert_eq!(words(&path)[3], "b 1767225600000 1 2 1 0");
    let (foreign, _) = args("foreign", &spec, &log.replacen("0,EUR\nb", "0,USD\nb", 1), "out.csv", &[]);
    let text = make(&foreign).unwrap_err().to_string();
    assert!(text.contains("line=3") && text.contains("declared=EUR"), "{text}");
}
