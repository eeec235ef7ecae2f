//! How a bundle was made: the text that its manifest keeps for people and for `inspect`, and that no page reads.
//!
//! ```json
//! {"nearhand": "0.1.0", "command": "train --sessions train.txt --bits 8",
//!  "inputs": [["--sessions", "train.txt", 1234, "sha256…"]], "range": [1767225600000, 1767331906000],
//!  "settings": {"dim": 48, "epochs": 20}, "trials": [["table", 515, 0.3847, 0.1879]]}
//! ```
//! The same input and flags give the same text: no clock, no folder's name, no flag that changes no byte. What the manifest
//! says elsewhere (name, licence, blend, …) is not said again.

mod command;
mod input;
mod read;

pub(crate) use read::{Told, plain};

use nearhand::Result;
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::path::Path;

/// What is noted while a bundle is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provenance {
    command: String,
    inputs: Vec<Value>,
    range: Option<(u64, u64)>,
    settings: Map<String, Value>,
    trials: Vec<Value>,
}

/// Trials that are kept: more are a search, of which the end counts.
const MOST_TRIALS: usize = 64;

impl Provenance {
    /// Of a command line, program first (as `std::env::args_os()` has it). Paths lose their folders.
    pub(crate) fn begin(argv: impl IntoIterator<Item = OsString>) -> Self {
        Self { command: command::words(argv), ..Self::default() }
    }

    /// Notes a file that an option names: name, size and SHA-256. A pipe has been read once, and is noted without them.
    ///
    /// # Errors
    /// `io`.
    pub(crate) fn input(&mut self, option: &str, path: &Path) -> Result<()> {
        let new = input::of(option, path)?;
        // One file for two options has one line.
        let what = |of: &Value| (of.get(1).cloned(), of.get(3).cloned().filter(|digest| !digest.is_null()));
        let same = self.inputs.iter_mut().find(|old| what(old) == what(&new) && what(old).1.is_some());
        match same.and_then(|old| old.get_mut(0)) {
            Some(options) => *options = format!("{} {option}", options.as_str().unwrap_or_default()).into(),
            None => self.inputs.push(new),
        }
        Ok(())
    }

    /// Notes the files of all options. Of an option with many, their number, size and common digest.
    ///
    /// # Errors
    /// `io`.
    pub(crate) fn inputs(&mut self, files: &[(&'static str, &Path)]) -> Result<()> {
        for same in files.chunk_by(|a, b| a.0 == b.0) {
            match same {
                [(option, _), ..] if same.len() > input::MOST => self.inputs.push(input::many(option, same)?),
                _ => same.iter().try_for_each(|(option, path)| self.input(option, path))?,
            }
        }
        Ok(())
    }

    /// Notes the time of the first and the last event, Unix milliseconds.
    pub(crate) const fn range(&mut self, from_ms: u64, until_ms: u64) {
        self.range = Some((from_ms, until_ms));
    }

    /// Notes a setting: given, chosen or usual. A later one of the same name counts.
    pub(crate) fn setting(&mut self, name: &str, value: impl Into<Value>) {
        self.settings.insert(name.to_owned(), value.into());
    }

    /// Notes something tried, how many settings that took, and the hit rate and MRR it reached.
    pub(crate) fn trial(&mut self, what: &str, tried: usize, hr: f64, mrr: f64) {
        if self.trials.len() < MOST_TRIALS {
            self.trials.push(json!([what, tried, round(hr), round(mrr)]));
        }
    }

    /// Bytes that the text takes in a bundle, which holds it as a text of a text.
    pub(crate) fn bytes(&self) -> usize {
        let quoted = |text: &str| Value::from(text).to_string();
        quoted(&quoted(&self.clone().into_text())).len()
    }

    /// The text for the manifest.
    pub(crate) fn into_text(self) -> String {
        let mut all = Map::new();
        all.insert("nearhand".to_owned(), env!("CARGO_PKG_VERSION").into());
        all.insert("command".to_owned(), self.command.into());
        all.insert("inputs".to_owned(), self.inputs.into());
        if let Some((from, until)) = self.range {
            all.insert("range".to_owned(), json!([from, until]));
        }
        all.insert("settings".to_owned(), self.settings.into());
        if !self.trials.is_empty() {
            all.insert("trials".to_owned(), self.trials.into());
        }
        Value::Object(all).to_string()
    }
}

/// A figure as the manifest holds one.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;

    fn made() -> Provenance {
        let path = temp("provenance.txt", b"a b\n");
        let argv = ["/usr/bin/nearhand", "train", "--sessions", path.to_str().unwrap(), "--bits", "8"].map(OsString::from);
        let mut made = Provenance::begin(argv);
        made.input("--sessions", &path).unwrap();
        made
    }

    #[test]
    fn a_worked_example() {
        let mut made = made();
        made.range(1_767_225_600_000, 1_767_225_601_000);
        made.setting("dim", 48);
        made.setting("half_life", 0.5);
        made.trial("table", 515, 0.384_712, 0.187_949);
        let text = made.into_text();
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["command"], "train --sessions provenance.txt --bits 8");
        assert_eq!(told["inputs"][0].places()[..3], [json!("--sessions"), json!("provenance.txt"), json!(4)]);
        assert_eq!(told["inputs"][0][3].as_str().unwrap().len(), 64);
        assert_eq!(told["range"], json!([1_767_225_600_000_u64, 1_767_225_601_000_u64]));
        assert_eq!(told["settings"], json!({"dim": 48, "half_life": 0.5}));
        assert_eq!(told["trials"], json!([["table", 515, 0.3847, 0.1879]]));
    }

    #[test]
    fn the_same_gives_the_same_and_another_file_another() {
        let mut other = made();
        other.input("--items", &temp("provenance-b.txt", b"a c\n")).unwrap();
        assert_eq!(made().into_text(), made().into_text());
        let (one, two) = (made().into_text(), other.into_text());
        assert_ne!(one, two);
        // No folder of this machine is in it.
        assert!(!two.contains("tmp") && !two.contains("nearhand-test"), "{two}");
    }

    #[test]
    fn many_files_are_one_line() {
        let files: Vec<std::path::PathBuf> =
            (0..20).map(|i| temp(&format!("provenance-part-{i}"), format!("{i}").as_bytes())).collect();
        let of = |files: &[std::path::PathBuf]| {
            let mut made = Provenance::default();
            made.inputs(&files.iter().map(|file| ("--events", file.as_path())).collect::<Vec<_>>()).unwrap();
            made.inputs
        };
        let [one] = &of(&files)[..] else { panic!("one line") };
        assert_eq!(one.places()[..3], [json!("--events"), json!("20 files"), json!(30)]);
        assert_ne!(of(&files[..19])[0][3], one[3]);
        assert_eq!(of(&files[..3]).len(), 3);
    }

    trait Places {
        fn places(&self) -> &[Value];
    }

    impl Places for Value {
        fn places(&self) -> &[Value] {
            self.as_array().unwrap()
        }
    }

    #[test]
    fn one_file_for_two_options_is_one_line() {
        let mut made = made();
        made.input("--orders", &temp("provenance.txt", b"a b\n")).unwrap();
        made.input("--recent", &temp("provenance-c.txt", b"a b\n")).unwrap();
        let options: Vec<_> = made.inputs.iter().map(|input| input[0].as_str().unwrap()).collect();
        assert_eq!(options, ["--sessions --orders", "--recent"]);
    }

    #[test]
    fn trials_are_bounded() {
        let mut made = Provenance::default();
        (0..1000).for_each(|at| made.trial("t", at, 0.5, 0.5));
        let told: Value = serde_json::from_str(&made.into_text()).unwrap();
        assert_eq!(told["trials"].places().len(), MOST_TRIALS);
    }
}
