//! The command line as it is kept: no program's folder, no folders of files, nothing that changes no byte.

use std::ffi::OsString;
use std::path::Path;

/// Flags that change no byte of the bundle, with the number of values that follow.
const WITHOUT_EFFECT: [(&str, usize); 6] =
    [("--out", 1), ("-o", 1), ("--report", 1), ("--threads", 1), ("--restart", 0), ("--json", 0)];
/// Flags whose values stand in the manifest: `inspect` puts them back.
pub(super) const IN_MANIFEST: [&str; 7] =
    ["--name", "--version", "--created-at", "--currency", "--licence", "--attribution", "--data"];

/// The longest command that is kept, bytes.
const LONGEST: usize = 4096;

/// The words behind the program, as a shell would take them.
pub(super) fn words(argv: impl IntoIterator<Item = OsString>) -> String {
    let mut left = argv.into_iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut words: Vec<String> = Vec::new();
    while let Some(word) = left.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (flag, Some(value)),
            _ => (word.as_str(), None),
        };
        let known = WITHOUT_EFFECT.iter().copied().chain(IN_MANIFEST.map(|flag| (flag, 1))).find(|(name, _)| *name == flag);
        match (known, value) {
            (Some((_, values)), None) => (0..values).for_each(|_| drop(left.next())),
            (Some(_), Some(_)) => {}
            (None, Some(value)) => words.push(format!("{flag}={}", quoted(without_folder(value)))),
            (None, None) => words.push(quoted(without_folder(&word))),
        }
    }
    let mut all = words.join(" ");
    if all.len() > LONGEST {
        all.truncate(all.floor_char_boundary(LONGEST));
        all.push('…');
    }
    all
}

/// The last part of what is a path: it stands there, or its folder does. A time format or a text has such by chance alone.
fn without_folder(word: &str) -> &str {
    let path = Path::new(word);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let is_path = folder.is_some_and(|folder| path.is_absolute() || folder.exists());
    path.file_name().filter(|_| is_path).and_then(|name| name.to_str()).unwrap_or(word)
}

/// A word for a shell: in quotes where it is not plain.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=.,:/+%@~".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(argv: &[&str]) -> String {
        words(std::iter::once("nearhand").chain(argv.iter().copied()).map(OsString::from))
    }

    #[test]
    fn folders_go_and_texts_stay() {
        let folder = std::env::temp_dir();
        let file = folder.join("log.tsv").display().to_string();
        assert_eq!(kept(&["train", "--events", &file]), "train --events log.tsv");
        assert_eq!(kept(&["train", &format!("--events={file}")]), "train --events=log.tsv");
        assert_eq!(kept(&["train", "--events", &folder.join("*.tsv").display().to_string()]), "train --events '*.tsv'");
        // Slashes alone make no path.
        assert_eq!(kept(&["--time-format", "%d/%m/%Y %H:%M"]), "--time-format '%d/%m/%Y %H:%M'");
        assert_eq!(kept(&["--kind-word", "a/b=view"]), "--kind-word a/b=view");
        assert_eq!(kept(&["/no/such/folder/secret/file.tsv"]), "file.tsv");
    }

    #[test]
    fn what_changes_no_byte_and_what_stands_elsewhere_goes() {
        let argv = ["train", "--bits", "8", "--out", "a", "-o", "b", "--threads=3", "--restart", "--name", "shop", "--dim", "8"];
        assert_eq!(kept(&argv), "train --bits 8 --dim 8");
        assert_eq!(kept(&["train", "--out"]), "train");
    }

    #[test]
    fn words_are_quoted_and_the_command_is_cut() {
        assert_eq!(kept(&["--other", "it's a b", ""]), r"--other 'it'\''s a b' ''");
        assert_eq!(kept(&[&"ü".repeat(5000)]).chars().count(), LONGEST / 2 + 1);
    }
}
