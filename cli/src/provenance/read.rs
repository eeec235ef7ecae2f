//! The text of a bundle read back, whoever wrote it: bounded, and without anything that a terminal would obey.

use super::command::{IN_MANIFEST, quoted};
use nearhand::Manifest;
use serde_json::Value;

/// A text beyond this is told by its size alone.
const LONGEST: usize = 1 << 18;
/// Lines of one kind that are shown, and bytes of one.
const MOST_LINES: usize = 100;
const WIDEST: usize = 2048;

/// What a bundle tells of how it was made.
#[derive(Clone, Debug)]
pub(crate) struct Told(Value);

impl Told {
    /// Of a manifest; nothing where it has no such text. A text that is none of ours is shown as it stands.
    pub(crate) fn of(manifest: &Manifest) -> Option<Self> {
        let text = manifest.provenance.as_deref()?;
        let read = Some(text).filter(|text| text.len() <= LONGEST).and_then(|text| serde_json::from_str(text).ok());
        let foreign = || match text.len() {
            bytes if bytes > LONGEST => format!("{bytes} bytes, too long to be shown").into(),
            _ => Value::String(text.to_owned()),
        };
        Some(Self(read.filter(Value::is_object).unwrap_or_else(foreign)))
    }

    /// As JSON.
    pub(crate) const fn json(&self) -> &Value {
        &self.0
    }

    /// The time of the first and the last event that the bundle has learnt from, Unix milliseconds; nothing for data without
    /// times.
    pub(crate) fn range(&self) -> Option<(u64, u64)> {
        let range = self.0.get("range")?;
        Some((range.get(0)?.as_u64()?, range.get(1)?.as_u64()?)).filter(|(from, until)| from <= until)
    }

    /// In words: name and value of each line.
    pub(crate) fn lines(&self, manifest: &Manifest) -> Vec<(&'static str, String)> {
        let text = |of: &Value| plain(&of.as_str().map_or_else(|| of.to_string(), str::to_owned));
        if !self.0.is_object() {
            return vec![("made by", text(&self.0))];
        }
        let field = |name: &str| self.0.get(name).unwrap_or(&Value::Null);
        let list = |name: &str| field(name).as_array().map_or(&[][..], Vec::as_slice);
        let place = |of: &Value, at: usize| of.get(at).filter(|v| !v.is_null()).map(text).unwrap_or_default();
        let flags = labels(manifest);
        let mut lines = vec![(
            "made by",
            format!("nearhand {}: nearhand {}{}", text(field("nearhand")), text(field("command")), plain(&flags)),
        )];
        for input in list("inputs").iter().take(MOST_LINES) {
            let known = match (place(input, 2), place(input, 3)) {
                (bytes, sha) if !sha.is_empty() => format!(", {bytes} bytes, sha256:{sha}"),
                _ => ", a pipe".to_owned(),
            };
            lines.push(("  input", format!("{} {}{known}", place(input, 0), place(input, 1))));
        }
        if let Some((from, until)) = self.range() {
            let iso = crate::read::value::time::format;
            lines.push(("  data", format!("from {} to {}", iso(from), iso(until))));
        }
        let settings = field("settings").as_object().into_iter().flatten();
        let settings: Vec<String> =
            settings.take(MOST_LINES).map(|(name, value)| format!("{} {}", plain(name), text(value))).collect();
        if !settings.is_empty() {
            lines.push(("  settings", settings.join(", ")));
        }
        for trial in list("trials").iter().take(MOST_LINES) {
            let [what, tried, hr, mrr] = [0, 1, 2, 3].map(|at| place(trial, at));
            lines.push(("  trial", format!("{what}: tried {tried}, hr@20 {hr}, mrr@20 {mrr}")));
        }
        lines
    }
}

/// The flags of a command that stand in the manifest, as they were or could have been given.
fn labels(m: &Manifest) -> String {
    let data = m.training.as_ref().map(|training| training.data.as_str());
    let values = [
        Some(m.name.as_str()),
        Some(m.version.as_str()).filter(|version| *version != "1"),
        Some(m.created_at.as_str()),
        m.catalog.currency.as_deref(),
        Some(m.licence.as_str()).filter(|licence| *licence != "unstated"),
        Some(m.attribution.as_str()).filter(|who| !who.is_empty()),
        data.filter(|data| *data != "unnamed"),
    ];
    let flags = IN_MANIFEST.iter().zip(values).filter_map(|(flag, value)| Some(format!(" {flag} {}", quoted(value?))));
    flags.collect()
}

/// A line without control characters and marks of direction, cut.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if line.len() >= WIDEST {
            line.push('…');
            break;
        }
        match c {
            c if c.is_control() || is_mark(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

/// Characters that turn or hide what follows.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::tests::bundle;
    use nearhand::bundle::{Limits, open};

    fn manifest(provenance: &str) -> Manifest {
        let manifest = open(&bundle(), None, &Limits::none()).unwrap().manifest;
        Manifest { provenance: Some(provenance.to_owned()), ..manifest }
    }

    fn words(provenance: &str) -> String {
        let manifest = manifest(provenance);
        let lines = Told::of(&manifest).unwrap().lines(&manifest);
        lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    #[test]
    fn in_words() {
        let text = r#"{"nearhand":"0.1.0","command":"train --bits 8","inputs":[["--events","log.tsv",12,"ab"],["--items","-",null,null]],
            "range":[1767225600000,1767225601000],"settings":{"dim":48},"trials":[["table",7,0.25,0.125]]}"#;
        let told = words(text);
        for line in [
            "made by: nearhand 0.1.0: nearhand train --bits 8 --name test --version 7 --created-at 2025-01-31",
            "  input: --events log.tsv, 12 bytes, sha256:ab\n  input: --items -, a pipe\n",
            "  data: from 2026-01-01 00:00:00 to 2026-01-01 00:00:01\n  settings: dim 48\n  trial: table: tried 7, hr@20 0.25, mrr@20 0.125\n",
        ] {
            assert!(told.contains(line), "{line}\n{told}");
        }
        let told = Told::of(&manifest(text)).unwrap();
        assert_eq!(
            (told.range(), told.json()["settings"]["dim"].as_u64()),
            (Some((1_767_225_600_000, 1_767_225_601_000)), Some(48))
        );
    }

    #[test]
    fn a_foreign_text_is_shown_and_obeyed_by_nobody() {
        assert_eq!(words("by hand\u{1b}[2J\n"), "made by: by hand\\u{1b}[2J\\u{a}\n");
        // Deeper than a reader goes, or longer than anybody reads.
        assert!(words(&"[".repeat(100_000)).len() < 2 * WIDEST);
        assert_eq!(words(&" ".repeat(LONGEST + 1)), format!("made by: {} bytes, too long to be shown\n", LONGEST + 1));
        let deep = format!(r#"{{"command":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
        assert!(words(&deep).contains("[[[["));
        // Wrong types and absurd lists are so much text.
        let odd = r#"{"command":{"a\u0007":"\u202eb"},"inputs":7,"settings":[1],"trials":[[],1,null],"range":[5,"x"]}"#;
        let told = words(odd);
        assert!(!told.contains('\u{7}') && !told.contains('\u{202e}') && told.contains("trial"), "{told}");
        let many = format!(r#"{{"trials":[{}0]}}"#, "0,".repeat(10_000));
        assert_eq!(words(&many).lines().filter(|line| line.starts_with("  trial")).count(), MOST_LINES);
        assert!(Told::of(&manifest(r#"{"range":[9,3]}"#)).unwrap().range().is_none());
        assert!(Told::of(&Manifest { provenance: None, ..manifest("") }).is_none());
    }
}
