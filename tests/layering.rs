//! Imports go strictly downward. A module may name modules of lower layers, and siblings where listed.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Layers from the bottom up; modules of one layer in the order in which the later may name the earlier.
const LAYERS: &[&[&str]] = &[
    &["arena", "error", "ids", "value", "event", "tensor"],
    &["session", "catalog", "bundle", "onnx"],
    &["rank", "features", "model"],
    &["recommend"],
    &["settings", "engine"],
    &["wasm"],
];

/// Tasks never import each other.
const STRANGERS: &[&str] = &["recommend", "complete", "assess"];

fn sources() -> Vec<(String, PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, out) } else { out.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 20, "the sources are where they should be");
    files
        .into_iter()
        .filter(|f| f.file_name().is_some_and(|n| n != "lib.rs"))
        .map(|file| {
            let relative = file.strip_prefix(&root).unwrap().to_owned();
            let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).unwrap();
            (first.trim_end_matches(".rs").to_owned(), relative, text)
        })
        .collect()
}

/// Code without tests and comments.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn place(module: &str) -> (usize, usize) {
    let found = LAYERS.iter().enumerate().find_map(|(l, modules)| modules.iter().position(|m| *m == module).map(|p| (l, p)));
    found.unwrap_or_else(|| panic!("module {module} has no layer: add it to LAYERS"))
}

fn named(code: &str) -> Vec<String> {
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| {
            let rest = rest.trim_start();
            let word = |t: &str| t.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
            match rest.strip_prefix('{') {
                Some(list) => list[..list.find(';').unwrap_or(0)].split(',').map(|t| word(t.trim())).collect(),
                None => vec![word(rest)],
            }
        })
        .filter(|w| w.chars().next().is_some_and(char::is_lowercase))
        .collect()
}

#[test]
fn imports_go_downward() {
    for (module, file, text) in sources() {
        for other in named(&code(&text)).iter().filter(|o| **o != module) {
            assert!(place(other) < place(&module), "{} ({module}) names {other}, which is not below it", file.display());
        }
    }
}

#[test]
fn tasks_are_strangers() {
    for (module, file, text) in sources() {
        if STRANGERS.contains(&module.as_str()) {
            let others = named(&code(&text));
            assert!(
                !others.iter().any(|o| *o != module && STRANGERS.contains(&o.as_str())),
                "{} names another task",
                file.display()
            );
        }
    }
}

#[test]
fn bindings_and_engine_stay_in_their_rooms() {
    for (module, file, text) in sources() {
        let code = code(&text);
        for word in ["wasm_bindgen", "js_sys", "web_sys"] {
            assert!(module == "wasm" || !code.contains(word), "{} names {word}", file.display());
        }
        assert!(file.starts_with("model/tract") || !code.contains("tract_"), "{} names tract", file.display());
        for word in ["SystemTime", "Instant::now", "std::fs", "std::net", "thread_rng", "HashMap"] {
            assert!(
                !code.contains(word),
                "{} names {word}: clock, files, network, chance and unordered maps stay outside",
                file.display()
            );
        }
    }
}

#[test]
fn no_text_is_made_by_debug() {
    for (_, file, text) in sources().into_iter().filter(|(_, file, _)| !file.ends_with("tests.rs")) {
        assert!(!code(&text).contains("?}"), "{} formats with Debug, which prints nothing in what ships", file.display());
    }
}
