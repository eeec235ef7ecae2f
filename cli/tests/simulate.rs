//! Made-up transactions are the same everywhere, and what the command says of them holds.
#![allow(clippy::unwrap_used)]

mod common;

use common::{folder, run, text};

const SMALL: [&str; 7] = ["simulate-transactions", "--customers", "300", "--terminals", "400", "--days", "40"];

#[test]
fn the_same_bytes_everywhere() {
    let folder = folder("simulate");
    let ended = run(&folder, &[&SMALL[..], &["--out", "small.csv"]].concat());
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    assert_eq!(text(&ended.stdout).trim_end(), GOLDEN);
    let table = std::fs::read_to_string(folder.join("small.csv")).unwrap();
    assert_eq!(table.lines().take(3).collect::<Vec<_>>(), LINES);
    let count = |of: &dyn Fn(&[&str]) -> bool| {
        table.lines().skip(1).filter(|line| of(&line.split(',').collect::<Vec<_>>())).count().to_string()
    };
    for (name, counted) in [
        ("rows", count(&|_| true)),
        ("frauds", count(&|row| row[6] == "1")),
        ("testing", count(&|row| row[7] == "4")),
        ("declined", count(&|row| row[5] == "1")),
        ("bytes", table.len().to_string()),
    ] {
        assert!(GOLDEN.contains(&format!(" {name}={counted} ")), "{name} {counted}");
    }
}

#[test]
fn what_cannot_be_simulated_leaves_nothing() {
    let folder = folder("simulate-refused");
    for flags in [["--out", "small.xlsx"], ["--out", "."], ["--out", "-"]] {
        let ended = run(&folder, &[&SMALL[..], &flags].concat());
        assert!(!ended.status.success() && text(&ended.stderr).contains("--out"), "{}", text(&ended.stderr));
    }
    let ended = run(&folder, &[&SMALL[..], &["--start", "yesterday", "--out", "small.csv"]].concat());
    assert!(text(&ended.stderr).contains("2026-01-31"), "{}", text(&ended.stderr));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

const LINES: [&str; 3] = [
    "id,time,card,terminal,amount,declined,fraud,scenario",
    "0,1767225731382,123,143,16.08,0,0,0",
    "1,1767226036534,86,310,87.82,0,0,0",
];
const GOLDEN: &str = "simulate-transactions small.csv rows=49435 frauds=8631 amount=17 terminal=3516 customer=880 testing=4218 \
                      declined=4518 stranded=18 bytes=2080629 sha256=92ee177d7e90199f6f5a0af46ea77ce8ce1ddc5d46e8f1fa6aafeb0f031c849f";
