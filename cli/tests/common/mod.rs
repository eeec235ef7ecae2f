//! The built command line on files made here.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An empty folder of its own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("nearhand-cli-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The command, its lines caught.
pub(crate) fn nearhand(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearhand"));
    command.current_dir(folder).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    nearhand(folder, args).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Sessions of thirty items: after each mostly comes the next.
pub(crate) fn sessions(count: u64) -> String {
    let mut state = 7_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut text = String::new();
    for _ in 0..count {
        let mut item = below(30);
        for _ in 0..3 + below(5) {
            text.push_str(&format!("i{item} "));
            item = if below(5) == 0 { below(30) } else { (item + 1) % 30 };
        }
        text.push('\n');
    }
    text
}

/// Flags of a training that ends soon.
pub(crate) const SMALL: [&str; 20] = [
    "train",
    "--sessions",
    "sessions.txt",
    "--name",
    "shop",
    "--created-at",
    "2026-11-23",
    "--dim",
    "16",
    "--bits",
    "4",
    "--half-life",
    "0.5",
    "--batch",
    "64",
    "--pairs",
    "200",
    "--threads",
    "1",
    "--epochs=4",
];
