//! Rooms of the command line name rooms below them alone.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the bottom up; those of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["say", "files", "math", "bought", "limit", "onnx", "page", "refusal"],
    &["read", "output", "sessions", "order", "graph", "write"],
    &["items"],
    &["log", "vectors", "provenance", "usual"],
    &["assemble", "trained"],
    &["choosing"],
    &["fit", "assess", "counts", "completer"],
    &[
        "check", "eval", "inspect", "split", "pack", "replay", "compare", "cold", "suggest", "text", "features", "simulate",
        "monitor", "sign",
    ],
    &["train", "parity", "audit"],
    &["lib"],
    &["main"],
];

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, out) } else { out.push(path) }
    }
}

fn layer(room: &str) -> usize {
    LAYERS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("room {room} has no layer: add it to LAYERS"))
}

#[test]
fn rooms_name_rooms_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 80, "the sources are where they should be");
    let mut named = 0;
    for file in files.iter().filter(|file| file.file_name().is_some_and(|name| name != "tests.rs")) {
        let place = file.strip_prefix(&root).unwrap();
        let room = place.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(file).unwrap();
        // Tests may look at whatever they like.
        let code = text.split("#[cfg(test)]\n").next().unwrap();
        for rest in code.split("crate::").skip(1) {
            let other: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if other != room && !other.is_empty() && other != "say" {
                named += 1;
                assert!(layer(&other) < layer(&room), "{} names {other}, which is not below {room}", place.display());
            }
        }
    }
    assert!(named > 50, "names of other rooms are found");
}

#[test]
fn what_signs_is_the_command_lines_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut crates: Vec<PathBuf> = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path()).collect();
    crates.extend([root.clone(), root.join("python"), root.join("cli")]);
    let signing: Vec<PathBuf> = crates
        .into_iter()
        .filter(|dir| fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.contains("ed25519")))
        .collect();
    // What pages fetch verifies by the platform.
    assert_eq!(signing, [root.join("cli")]);
}
