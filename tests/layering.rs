//! Imports go strictly downward. A module may name modules of lower layers, and siblings where listed; files never name each
//! other in a circle.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A crate: where its sources are, and its layers from the bottom up; modules of one layer in the order in which the later
/// may name the earlier.
struct House {
    src: &'static str,
    layers: &'static [&'static [&'static str]],
}

const NEARHAND: House = House {
    src: "src",
    layers: &[
        &["arena", "error", "ids", "value", "event", "text"],
        &["session", "catalog", "bundle"],
        &["rank", "features", "model"],
        &["recommend", "suggest", "complete", "assess"],
        &["monitor"],
        &["settings", "engine"],
        &["wasm"],
    ],
};

const ONNX: House = House {
    src: "crates/onnx/src",
    layers: &[
        &["short", "error", "tensor", "order", "profile"],
        &["file"],
        &["attrs", "trees", "limits", "check", "ml", "interface", "forests"],
        &[
            "elsewhere",
            "refusal",
            "texts",
            "dtype",
            "store",
            "fact",
            "shape",
            "state",
            "recognise",
            "kernel",
            "last",
            "weights",
            "lower",
            "ops",
            "plan",
            "lacking",
            "tract",
            "engine",
            "fixed",
            "planned",
            "stateful",
        ],
        &["tabular"],
        &["graph"],
    ],
};

const TEXT_TRAINER: House = House {
    src: "crates/text-trainer/src",
    layers: &[&["error", "math"], &["text", "bpe", "model"], &["export"], &["training"], &["evaluation"]],
};

const TOKENIZER: House = House {
    src: "crates/tokenizer/src",
    layers: &[
        &["error"],
        &["number"],
        &["json", "table", "bytelevel", "unicode"],
        &["pattern", "text"],
        &["decode"],
        &["hosted", "normal", "cut", "bpe", "unigram", "added"],
        &["tokenizer"],
        &["stream", "parts"],
        &["read"],
    ],
};

const FEATURES: House = House {
    src: "crates/features/src",
    layers: &[
        &["error", "hash", "name", "number", "ring", "table", "pending"],
        &["json"],
        &["spec"],
        &["event", "plan"],
        &["key", "ids"],
        &["evaluate"],
        &["windows"],
        &["snapshot", "batch"],
    ],
};

const MONITOR: House = House {
    src: "crates/monitor/src",
    layers: &[
        &["error", "maths"],
        &["bytes"],
        &["bins", "latency", "staleness", "distance", "change", "slate", "quality", "evidence", "feedback"],
        &["shadow"],
        &["frozen"],
        &["reference"],
        &["tally", "alert"],
        &["monitor"],
    ],
};

/// The rooms of the engine's operators, each of which names only those before it.
const OPS: &[&str] = &[
    "base",
    "control",
    "pointwise",
    "quantise",
    "products",
    "recurrent",
    "attention",
    "moving",
    "rows",
    "spatial",
    "qoperator",
    "ml",
    "register",
];

/// The rooms of completions, likewise.
const COMPLETE: &[&str] = &["tokens", "model", "logits", "completing"];

/// The rooms of assessments, likewise.
const ASSESS: &[&str] = &["words", "spec", "manifest", "judging", "explain", "assessing", "online", "fit", "packing"];

/// Rooms that never name each other: tasks, and engines.
const STRANGERS: &[&[&str]] = &[&["recommend", "suggest", "complete", "assess"], &["tabular", "planned"]];

/// A source file: its module's path, where it is, and its text.
struct Source {
    module: Vec<String>,
    file: PathBuf,
    text: String,
}

impl Source {
    /// The room it is in.
    fn room(&self) -> &str {
        &self.module[0]
    }

    /// Whether it is compiled for tests alone, which look from above.
    fn is_test(&self) -> bool {
        self.file.ends_with("tests.rs") || self.file.ends_with("testing.rs")
    }
}

/// All sources of a crate but its lib.rs.
fn sources(house: &House) -> Vec<Source> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, out) } else { out.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(house.src);
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 20, "the sources are where they should be");
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let relative = file.strip_prefix(&root).unwrap().to_owned();
            let mut module: Vec<String> =
                relative.with_extension("").components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
            module.pop_if(|last| last == "mod" || last == "lib");
            Source { module, file: relative, text: fs::read_to_string(&file).unwrap() }
        })
        .filter(|source| !source.module.is_empty())
        .collect()
}

/// Code without tests and comments. Tests within a file stand at its end; those in a file of their own may be named anywhere.
fn code(text: &str) -> String {
    let mut lines = text.lines().filter(|l| !l.trim_start().starts_with("//"));
    let mut out = String::new();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            out.push_str(line);
            out.push('\n');
        } else if lines.next().is_some_and(|item| item.contains("mod ") && item.ends_with('{')) {
            break;
        }
    }
    out
}

fn place(house: &House, room: &str) -> (usize, usize) {
    let mut layers = house.layers.iter().enumerate();
    let found = layers.find_map(|(l, modules)| modules.iter().position(|m| *m == room).map(|p| (l, p)));
    found.unwrap_or_else(|| panic!("module {room} of {} has no layer: add it to its layers", house.src))
}

/// Rooms of its crate that code names.
fn named(code: &str) -> Vec<String> {
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| {
            let rest = rest.trim_start();
            match rest.strip_prefix('{') {
                Some(list) => list[..list.find(';').unwrap_or(0)].split(',').map(|t| word(t.trim())).collect(),
                None => vec![word(rest)],
            }
        })
        .filter(|w| w.chars().next().is_some_and(char::is_lowercase))
        .collect()
}

/// The word that a text begins with.
fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_go_downward() {
    for house in [NEARHAND, ONNX, TEXT_TRAINER, TOKENIZER, FEATURES, MONITOR] {
        for source in sources(&house).iter().filter(|s| !s.is_test()) {
            for other in named(&code(&source.text)).iter().filter(|o| *o != source.room()) {
                let below = place(&house, other) < place(&house, source.room());
                assert!(below, "{} ({}) names {other}, which is not below it", source.file.display(), source.room());
            }
        }
    }
}

#[test]
fn strangers_never_name_each_other() {
    for source in [NEARHAND, ONNX].iter().flat_map(sources) {
        for others in STRANGERS.iter().filter(|rooms| rooms.contains(&source.room())) {
            let names = named(&code(&source.text));
            let known = names.iter().find(|o| *o != source.room() && others.contains(&o.as_str()));
            assert!(known.is_none(), "{} names {known:?}", source.file.display());
        }
    }
}

#[test]
fn bindings_and_engine_stay_in_their_rooms() {
    for source in [NEARHAND, ONNX, TOKENIZER, FEATURES, MONITOR].iter().flat_map(sources) {
        let (room, code) = (source.room(), code(&source.text));
        for word in ["wasm_bindgen", "js_sys", "web_sys"] {
            assert!(room == "wasm" || !code.contains(word), "{} names {word}", source.file.display());
        }
        assert!(room == "tract" || !code.contains("tract_"), "{} names tract", source.file.display());
        for word in ["SystemTime", "Instant::now", "std::fs", "std::net", "thread_rng", "HashMap"] {
            assert!(
                !code.contains(word),
                "{} names {word}: clock, files, network, chance and unordered maps stay outside",
                source.file.display()
            );
        }
    }
}

#[test]
fn the_engine_knows_nothing_of_shops() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/onnx/Cargo.toml")).unwrap();
    assert!(manifest.lines().all(|line| !line.starts_with("nearhand =")), "nearhand-onnx depends on nearhand");
}

#[test]
fn the_tokenizer_depends_on_nothing() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tokenizer/Cargo.toml")).unwrap();
    assert!(manifest.contains("[features]") && !manifest.contains("[dependencies]"), "nearhand-tokenizer has dependencies");
}

/// What ships knows nothing of Python, tables and commands: research depends on the library, never the other way.
#[test]
fn the_wheel_alone_names_python() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = workspace.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
    let members = members.split('"').skip(1).step_by(2).chain([""]);
    let names: Vec<&str> = members
        .filter(|member| fs::read_to_string(root.join(member).join("Cargo.toml")).unwrap().lines().any(|l| l.starts_with("pyo3")))
        .collect();
    assert_eq!(names, ["python"]);
}

#[test]
fn features_and_the_monitor_depend_on_the_logarithm_alone() {
    for manifest in ["crates/features/Cargo.toml", "crates/monitor/Cargo.toml"] {
        let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
        let list = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n\n").next().unwrap();
        assert_eq!(list.lines().map(word).collect::<Vec<_>>(), ["libm"]);
    }
}

/// What ships in the full tier, and what in the one with tract.
#[test]
fn the_full_tier_does_not_depend_on_tract() {
    let crates = |features: &str| {
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["tree", "--offline", "--locked", "-e", "normal", "-p", "nearhand"]);
        cargo.args(["--target", "wasm32-unknown-unknown", "--prefix", "none", "--no-default-features", "--features", features]);
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let names_tract = |tree: &str| tree.lines().any(|line| line.starts_with("tract"));
    let full = crates("onnx,shop,assess,suggest,complete");
    for research in ["pyo3", "arrow", "parquet", "clap", "nearhand-cli"] {
        assert!(!full.lines().any(|line| line.starts_with(research)), "{research} is in what ships:\n{full}");
    }
    let full = crates("onnx,shop");
    assert!(full.contains("nearhand-onnx v") && !names_tract(&full), "{full}");
    assert!(names_tract(&crates("tract,shop")), "the question is asked so that tract would be found");
}

#[test]
fn no_text_is_made_by_debug() {
    for source in [NEARHAND, ONNX, TOKENIZER, FEATURES, MONITOR].iter().flat_map(sources).filter(|s| !s.is_test()) {
        assert!(
            !code(&source.text).contains("?}"),
            "{} formats with Debug, which prints nothing in what ships",
            source.file.display()
        );
    }
}

/// Names of a use tree, one full path each: `a::{b, c::{self, D}}` is a::b, a::c::self, a::c::D.
fn tree(text: &str, before: &[String], out: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let parts = text.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|p| !p.is_empty()) {
        let (head, list) = part.split_once('{').map_or((part, None), |(head, list)| (head, list.rsplit_once('}')));
        let path: Vec<String> = before.iter().cloned().chain(head.split("::").map(word).filter(|w| !w.is_empty())).collect();
        match list {
            Some((list, _)) => tree(list, &path, out),
            None => out.push(path),
        }
    }
}

/// Every path that code names: those of its use trees, and those within expressions and types.
fn paths(code: &str) -> Vec<Vec<String>> {
    // Where a thing is seen from is no name of another file.
    let mut parts = code.split("pub(in ");
    let first = parts.next().unwrap_or_default().to_owned();
    let code = parts.fold(first, |seen, part| seen + "pub" + part.split_once(')').map_or("", |(_, after)| after));
    let (mut out, mut rest, mut lines) = (Vec::new(), String::new(), code.lines());
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        let bare = bare.strip_prefix("pub").map_or(bare, |bare| bare.split_once(' ').map_or("", |(_, bare)| bare));
        if let Some(start) = bare.strip_prefix("use ") {
            let mut text = start.to_owned();
            while !text.contains(';') {
                text.push_str(lines.next().unwrap());
            }
            tree(&text, &[], &mut out);
        } else {
            rest.push_str(line);
            rest.push('\n');
        }
    }
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let found = rest.split(|c| !is_path(c)).filter(|p| p.contains("::"));
    out.extend(found.map(|p| p.split("::").map(str::to_owned).collect::<Vec<_>>()));
    out
}

/// The module that a path leads to, named in a module: as far as it leads through files.
fn target(modules: &BTreeSet<Vec<String>>, from: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => from.to_vec(),
        "super" => from[..from.len() - 1].to_vec(),
        child => Some([from, &[child.to_owned()]].concat()).filter(|module| modules.contains(module))?,
    };
    for name in &path[1..] {
        if name == "super" {
            at.pop();
        }
        let next = [&at[..], std::slice::from_ref(name)].concat();
        if modules.contains(&next) {
            at = next;
        }
    }
    modules.contains(&at).then_some(at)
}

/// A way of files from the first back to itself.
fn circle(edges: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Option<Vec<String>> {
    fn follow<'a>(
        edges: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
        at: &'a Vec<String>,
        way: &mut Vec<&'a Vec<String>>,
        done: &mut BTreeSet<&'a Vec<String>>,
    ) -> bool {
        if let Some(start) = way.iter().position(|module| *module == at) {
            way.drain(..start);
            return true;
        }
        way.push(at);
        if !done.contains(at) && edges.get(at).into_iter().flatten().any(|next| follow(edges, next, way, done)) {
            return true;
        }
        done.insert(at);
        way.pop();
        false
    }
    let (mut way, mut done) = (Vec::new(), BTreeSet::new());
    let found = edges.keys().any(|module| follow(edges, module, &mut way, &mut done));
    found.then(|| way.iter().map(|module| module.join("/")).collect())
}

/// Which modules the files of a crate name, by module; `left_out` are rooms that are not looked at.
fn edges(house: &House, left_out: &[&str]) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let mut sources = sources(house);
    sources.retain(|s| !s.file.ends_with("tests.rs") && !left_out.contains(&s.room()));
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|s| s.module.clone()).collect();
    let of = |source: &Source| {
        let named = paths(&code(&source.text)).into_iter().filter_map(|path| target(&modules, &source.module, &path));
        named.filter(|module| *module != source.module).collect()
    };
    sources.iter().map(|s| (s.module.clone(), of(s))).collect()
}

#[test]
fn no_files_name_each_other() {
    for (house, names) in [(NEARHAND, 80), (ONNX, 80), (TEXT_TRAINER, 40), (TOKENIZER, 40), (FEATURES, 40), (MONITOR, 40)] {
        let edges = edges(&house, &[]);
        assert!(edges.values().map(BTreeSet::len).sum::<usize>() > names, "names of other files are found");
        assert_eq!(circle(&edges), None, "files of {} name each other in a circle", house.src);
    }
}

/// Holds that the rooms within a room are those of a list, and that each names only those before it; the number of names across rooms.
fn rooms_go_downward(house: &House, within: &str, rooms: &[&str]) -> usize {
    // Above them all is the file that names the rooms, and what tests alone use.
    let place = |module: &[String]| module.get(1).and_then(|room| rooms.iter().position(|r| r == room)).unwrap_or(rooms.len());
    let edges = edges(house, &[]);
    let mut crossings = 0;
    for (from, names) in edges.iter().filter(|(from, _)| from[0] == within) {
        let known = from.get(1).is_none_or(|room| room == "testing" || rooms.contains(&room.as_str()));
        assert!(known, "{} has no place among the rooms of {within}: add it", from.join("/"));
        for to in names.iter().filter(|to| to[0] == within && to.get(1) != from.get(1)) {
            assert!(place(to) < place(from), "{} names {}, which is not below it", from.join("/"), to.join("/"));
            crossings += 1;
        }
    }
    assert!(rooms.iter().all(|room| edges.contains_key(&[within.to_owned(), (*room).to_owned()][..])), "every room is there");
    crossings
}

#[test]
fn rooms_of_operators_go_downward() {
    assert!(rooms_go_downward(&ONNX, "ops", OPS) > 50, "names of other rooms are found");
}

#[test]
fn rooms_of_completions_go_downward() {
    assert!(rooms_go_downward(&NEARHAND, "complete", COMPLETE) > 10, "names of other rooms are found");
}

#[test]
fn rooms_of_assessments_go_downward() {
    assert!(rooms_go_downward(&NEARHAND, "assess", ASSESS) > 10, "names of other rooms are found");
}

#[test]
fn circles_are_found() {
    let modules: BTreeSet<Vec<String>> = ["a", "a/b", "a/c"].iter().map(|m| m.split('/').map(str::to_owned).collect()).collect();
    let of = |from: &str, text: &str| -> Vec<String> {
        let from: Vec<String> = from.split('/').map(str::to_owned).collect();
        paths(&code(text)).iter().filter_map(|path| target(&modules, &from, path)).map(|module| module.join("/")).collect()
    };
    assert_eq!(of("a", "mod b;\npub use b::{self, One};\nfn f() { c::two(std::mem::take(x)) }"), ["a/b", "a/b", "a/c"]);
    assert_eq!(
        of("a/b", "pub(super) use super::c::{Two, three::{Four}};\nfn f() -> super::Five { crate::a::c::six() }"),
        ["a/c", "a/c", "a", "a/c"]
    );
    assert_eq!(
        of("a/b", "pub(in crate::a) struct X(pub(in crate::a) super::c::Y);\npub(in crate::a) use super::c;"),
        ["a/c", "a/c"]
    );
    assert_eq!(of("a/b", "/// [`super::c`]\nfn f() {}\n#[cfg(test)]\nuse super::c;"), [""; 0]);
    let edge = |from: &str, to: &str| (vec![from.to_owned()], BTreeSet::from([vec![to.to_owned()]]));
    let ring = BTreeMap::from([edge("x", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a")]);
    assert_eq!(circle(&ring), Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    assert_eq!(circle(&BTreeMap::from([edge("x", "a"), edge("a", "b")])), None);
}
