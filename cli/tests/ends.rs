//! How commands end: refused before they begin, or though nobody reads their lines.
#![allow(clippy::unwrap_used)]

mod common;

use common::{SMALL, folder, names, nearhand, run, sessions, text};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

fn prepare(name: &str) -> PathBuf {
    let folder = folder(name);
    std::fs::write(folder.join("sessions.txt"), sessions(200)).unwrap();
    std::fs::write(folder.join("pairs.tsv"), "i1 i2\ti3\ni4 stranger\ti5\ni6\tstranger\n").unwrap();
    folder
}

#[test]
fn a_reader_that_goes_away_stops_no_training() {
    let folder = prepare("pipe");
    let mut child = nearhand(&folder, &[&SMALL[..], &["--out", "shop.safetensors"]].concat()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(line.starts_with("train sessions="), "{line}");
    for args in [&["eval", "shop.safetensors", "--pairs", "pairs.tsv"][..], &["inspect", "shop.safetensors"]] {
        let mut child = nearhand(&folder, args).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        // A word about --train, and nothing of the reader.
        let quiet = text(&ended.stderr).lines().all(|line| line.starts_with("eval: session popularity"));
        assert!(ended.status.success() && quiet, "{args:?} {}", text(&ended.stderr));
    }
    let eval = run(&folder, &["eval", "shop.safetensors", "--pairs", "pairs.tsv"]);
    assert!(
        text(&eval.stdout)
            .lines()
            .filter(|line| line.starts_with("eval "))
            .all(|line| line.contains(" unknown_targets=1 unknown_in_prefix=1")),
        "{}",
        text(&eval.stdout)
    );
}

#[test]
fn nothing_to_measure_is_no_zero() {
    let folder = prepare("nothing");
    let trained = run(&folder, &[&SMALL[..], &["--out", "shop.safetensors"]].concat());
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    std::fs::write(folder.join("none.tsv"), "\n").unwrap();
    std::fs::write(folder.join("strangers.tsv"), "x\ty\n").unwrap();
    std::fs::write(folder.join("strangers.txt"), "x y\n").unwrap();
    for args in [
        ["eval", "shop.safetensors", "--pairs", "none.tsv"],
        ["eval", "shop.safetensors", "--pairs", "strangers.tsv"],
        ["replay", "shop.safetensors", "--pairs", "strangers.tsv"],
        ["replay", "shop.safetensors", "--sessions", "strangers.txt"],
    ] {
        let ended = run(&folder, &args);
        assert!(ended.status.code() == Some(1) && ended.stdout.is_empty(), "{args:?} {}", text(&ended.stdout));
        assert!(text(&ended.stderr).contains("nothing to measure"), "{args:?} {}", text(&ended.stderr));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/online-retail/online-retail.safetensors");
    let ended = nearhand(&folder("full"), &["inspect", shipped]).stdout(full).output().unwrap();
    assert!(ended.status.code() == Some(1) && text(&ended.stderr).contains("standard output"), "{}", text(&ended.stderr));
}

#[test]
fn what_cannot_be_done_is_said_at_once() {
    let folder = prepare("refused");
    std::fs::create_dir(folder.join("folder")).unwrap();
    std::fs::write(folder.join("strangers.tsv"), "x\ty\n").unwrap();
    for (flags, word) in [
        (&["--out", "sessions.txt/shop.safetensors"][..], "--out"),
        (&["--out", "folder"], "--out"),
        (&["--out", "sessions.txt"], "--sessions"),
        (&["--out", "shop", "--report", "./shop"], "--report"),
        (&["--out", "shop", "--report", "sessions.txt/r.html"], "--report"),
        (&["--out", "shop", "--test-pairs", "nowhere.tsv"], "nowhere.tsv"),
        (&["--out", "shop", "--test-pairs", "strangers.tsv"], "--test-pairs"),
        (&["--out", "shop", "--max-bytes", "1000"], "least="),
        (&["--out", "shop", "--currency", "euro"], "--currency"),
        (&["--out", "shop", "--threads=0"], "--threads"),
    ] {
        let flags: Vec<&str> = SMALL.iter().filter(|flag| **flag != "--threads" && **flag != "1").chain(flags).copied().collect();
        let ended = run(&folder, &flags);
        assert!(ended.status.code() == Some(1) && text(&ended.stderr).contains(word), "{flags:?} {}", text(&ended.stderr));
        assert!(!text(&ended.stdout).contains("epoch"), "{flags:?}");
        assert_eq!(names(&folder), ["folder", "pairs.tsv", "sessions.txt", "strangers.tsv"], "{flags:?}");
    }
}

#[test]
fn the_least_bytes_that_are_told_do() {
    let folder = prepare("least");
    let flags =
        ["train", "--sessions", "sessions.txt", "--name", "shop", "--created-at", "2026-11-23", "--epochs", "1", "--out", "shop"];
    let refused = text(&run(&folder, &[&flags[..], &["--max-bytes", "0"]].concat()).stderr);
    let least: u64 = refused.trim().split("least=").nth(1).unwrap().parse().unwrap();
    for bytes in [least, least + 300, least + 3000] {
        let ended = run(&folder, &[&flags[..], &["--max-bytes", &bytes.to_string()]].concat());
        assert!(ended.status.success(), "{bytes}: {}", text(&ended.stderr));
        assert!(std::fs::metadata(folder.join("shop")).unwrap().len() <= bytes, "{bytes}");
    }
}
