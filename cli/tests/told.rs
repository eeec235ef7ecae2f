//! What a training tells of itself: on its way, in JSON, and in the bundle for good.
#![allow(clippy::unwrap_used)]

mod common;

use common::{folder, run, text};
use serde_json::Value;
use std::path::Path;

fn log() -> String {
    let mut log = "session\titem\ttime\n".to_owned();
    for s in 0..120 {
        (0..5).for_each(|i| {
            log.push_str(&format!("{s}\ti{}\t2026-01-{:02} 10:00:{:02}\n", (s + i) % 20, 1 + s / 10, s % 10 * 5 + i))
        });
    }
    log
}

const FLAGS: [&str; 16] = [
    "--dim",
    "8",
    "--bits",
    "8",
    "--blocks",
    "0",
    "--half-life",
    "0",
    "--epochs",
    "1",
    "--pairs",
    "50",
    "--name",
    "shop",
    "--created-at",
    "2026-02-01",
];

fn train(folder: &Path, flags: &[&str]) -> (String, String, bool) {
    let done = run(folder, &[&["train"], &FLAGS[..], flags].concat());
    (text(&done.stdout), text(&done.stderr), done.status.success())
}

#[test]
fn the_same_input_tells_the_same_wherever_it_lies() {
    let (here, there) = (folder("told-here"), folder("told-there"));
    std::fs::create_dir_all(there.join("data/secret")).unwrap();
    std::fs::write(here.join("log.tsv"), log()).unwrap();
    std::fs::write(there.join("data/secret/log.tsv"), log()).unwrap();
    let (said, heard, ok) = train(&here, &["--events", "log.tsv", "--out", "a.safetensors"]);
    assert!(ok, "{said}{heard}");
    let long = there.join("data/secret/log.tsv").display().to_string();
    let (_, _, ok) = train(&there, &["--events", &long, "--out", "data/b.safetensors", "--threads", "1", "--report", "r.html"]);
    assert!(ok);
    let bundle = std::fs::read(here.join("a.safetensors")).unwrap();
    assert!(bundle == std::fs::read(there.join("data/b.safetensors")).unwrap());
    assert!(!String::from_utf8_lossy(&bundle).contains("secret"));
    // In words: a command that can be given again, the input by its digest, the days.
    let told = text(&run(&here, &["inspect", "a.safetensors"]).stdout);
    for line in [
        "made by      nearhand ",
        ": nearhand train --dim 8 --bits 8 --blocks 0 --half-life 0 --epochs 1 --pairs 50 --events log.tsv --name shop --created-at 2026-02-01",
        "  input      --events log.tsv, ",
        "  data       from 2026-01-01 10:00:00 to 2026-01-12 10:00:49",
        "  settings   bits 8, blocks 0, dim 8, epochs 1,",
        "  trial      table: tried ",
        "  trial      blend: tried ",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let json: Value = serde_json::from_slice(&run(&here, &["inspect", "a.safetensors", "--json"]).stdout).unwrap();
    assert_eq!(json["provenance"]["inputs"][0][1], "log.tsv");
    // Another log is another digest.
    std::fs::write(here.join("log.tsv"), log() + "119\ti3\t2026-01-12 10:00:59\n").unwrap();
    assert!(train(&here, &["--events", "log.tsv", "--out", "c.safetensors"]).2);
    assert!(std::fs::read(here.join("c.safetensors")).unwrap() != bundle);
}

#[test]
fn the_lines_have_a_twin_in_json() {
    let folder = folder("told-json");
    std::fs::write(folder.join("log.tsv"), log()).unwrap();
    std::fs::write(folder.join("pairs.tsv"), "i1 i2\ti3\n").unwrap();
    let flags = ["--events", "log.tsv", "--out", "a.safetensors", "--test-pairs", "pairs.tsv"];
    let (said, _, ok) = train(&folder, &[&flags[..], &["--json"]].concat());
    assert!(ok);
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(told["bytes"], std::fs::metadata(folder.join("a.safetensors")).unwrap().len());
    assert_eq!((&told["items"], &told["sessions"], &told["held"]), (&20.into(), &108.into(), &12.into()));
    let titles: Vec<&str> = told["measured"].as_array().unwrap().iter().filter_map(|group| group["title"].as_str()).collect();
    assert_eq!((titles.len(), titles[3]), (4, "Held-out pairs, through the engine"));
    assert_eq!(told["provenance"]["settings"]["dim"], 8);
    // What is told on the way is there as well, and is what is told without the flag.
    let (plain, ..) = train(&folder, &flags);
    let (_, beside, _) = train(&folder, &[&flags[..], &["--json"]].concat());
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("chosen") || line.starts_with("test")).map(str::to_owned).collect()
    };
    assert!(lines(&plain).len() > 3);
    assert_eq!(lines(&plain), lines(&beside));
}

#[test]
fn a_page_s_bound_is_checked_by_a_flag() {
    let folder = folder("told-limit");
    std::fs::write(folder.join("log.tsv"), log()).unwrap();
    assert!(train(&folder, &["--events", "log.tsv", "--out", "a.safetensors"]).2);
    let bytes = std::fs::metadata(folder.join("a.safetensors")).unwrap().len();
    assert!(run(&folder, &["inspect", "a.safetensors", "--limit", &bytes.to_string()]).status.success());
    let refused = run(&folder, &["inspect", "a.safetensors", "--limit", &(bytes - 1).to_string()]);
    let told = text(&refused.stderr);
    assert!(
        !refused.status.success() && told.contains(&format!("[bundle-too-large] bytes={bytes} limit={}", bytes - 1)),
        "{told}"
    );
}
