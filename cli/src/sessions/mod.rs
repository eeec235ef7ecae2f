//! Plain session files: one session a line, item keys separated by blanks, oldest first; and test pairs: prefix, tab, next.
//!
//! A line that begins with `[` is a list of keys in JSON, for keys with blanks: `["TEA 001", "TEA 002"]`. Empty lines are
//! none. `5863.0`, as a spreadsheet spells it, is 5863 where no item is called `5863.0`.

mod lines;
mod lists;
mod pairs;
mod words;

pub(crate) use lines::Lines;
pub(crate) use lists::{ListFile, Slates};
pub(crate) use pairs::{Named, Pair, PairFile, Pairs};
pub(crate) use words::{Known, words};

use nearhand::{Code, Error, Result};
use std::collections::{HashMap, HashSet};
use words::whole;

/// A session file.
#[derive(Debug)]
pub(crate) struct SessionFile(Lines);

impl SessionFile {
    /// Reads it as text.
    ///
    /// # Errors
    /// `io`; `data-invalid` for what is no text, an event log, or nothing.
    pub(crate) fn read(option: &'static str, path: &std::path::Path) -> Result<Self> {
        let lines = Lines::read(option, path)?;
        if lines.iter().next().is_none() {
            return Err(Error::new(Code::DataInvalid, "the file has no session")
                .with("option", option)
                .with("path", path.display()));
        }
        Ok(Self(lines))
    }

    /// Line numbers and keys of the sessions.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = Result<(usize, Vec<std::borrow::Cow<'_, str>>)>> {
        self.0.iter().map(|(number, line)| Ok((number, words(line, self.0.path(), number)?)))
    }

    /// Distinct keys: numbers in their order, then words in theirs.
    pub(crate) fn keys(&self) -> Result<Vec<String>> {
        let mut distinct = HashSet::new();
        for session in self.sessions() {
            for key in session?.1 {
                let key = whole(&key).unwrap_or(&key);
                if !distinct.contains(key) {
                    distinct.insert(key.to_owned());
                }
            }
        }
        let mut keys: Vec<String> = distinct.into_iter().collect();
        keys.sort_by_cached_key(|key| (key.parse::<u64>().unwrap_or(u64::MAX), key.clone()));
        Ok(keys)
    }

    /// The sessions as item indices. Items that the list lacks are left out, and counted on standard error.
    ///
    /// # Errors
    /// `item-unknown` where the list has none of the items, or where a key with blanks seems to be meant.
    pub(crate) fn indices(&self, by_key: &HashMap<String, u32>) -> Result<Vec<Vec<u32>>> {
        let known = Known::new(by_key);
        let (mut sessions, mut unknown) = (Vec::new(), 0_u64);
        let mut example = None;
        for session in self.sessions() {
            let (number, words) = session?;
            let mut session = Vec::with_capacity(words.len());
            for word in &words {
                match known.find(word) {
                    Some(item) => session.push(item),
                    None => {
                        known.refuse_halves(word, self.0.path(), number)?;
                        unknown += 1;
                        example.get_or_insert_with(|| word.to_string());
                    }
                }
            }
            if !session.is_empty() {
                sessions.push(session);
            }
        }
        let path = self.0.path().display();
        if sessions.is_empty() {
            return Err(Error::new(Code::ItemUnknown, "no item of the file is in the item list: name its column with --key-col")
                .with("option", self.0.option())
                .with("path", path)
                .with("item", example.unwrap_or_default())
                .with("listed", known.example()));
        }
        if let Some(example) = example {
            eprintln!(
                "sessions {path}: {unknown} events on items that the item list lacks were left out, the first on {example}"
            );
        }
        Ok(sessions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;

    fn file(name: &str, text: &[u8]) -> Result<SessionFile> {
        SessionFile::read("--sessions", &temp(name, text))
    }

    fn listed(keys: &[&str]) -> HashMap<String, u32> {
        keys.iter().zip(0..).map(|(key, at)| ((*key).to_owned(), at)).collect()
    }

    #[test]
    fn marks_blanks_and_empty_lines_are_no_items() {
        let sessions = file("marks.txt", "\u{feff}b 10\r\n\r\n  9 b \t\r\n \n".as_bytes()).unwrap();
        assert_eq!(sessions.keys().unwrap(), ["9", "10", "b"]);
        assert_eq!(sessions.indices(&listed(&["9", "10", "b"])).unwrap(), [[2, 1], [0, 2]]);
        assert_eq!(file("blank.txt", b"\n \r\n").unwrap_err().code(), Code::DataInvalid);
    }

    #[test]
    fn a_spreadsheets_whole_number_is_one() {
        let sessions = file("whole.txt", b"5863.0 7.5 5863 8.0\n").unwrap();
        assert_eq!(sessions.keys().unwrap(), ["8", "5863", "7.5"]);
        assert_eq!(sessions.indices(&listed(&["5863", "8.0", "8"])).unwrap(), [[0, 0, 1]]);
    }

    #[test]
    fn keys_with_blanks_stand_in_a_list() {
        let listed = listed(&["TEA 001", "TEA 002", "7"]);
        let sessions = file("list.txt", b"[\"TEA 001\", \"TEA 002\", 7]\n7 9\n").unwrap();
        assert_eq!(sessions.indices(&listed).unwrap(), [vec![0, 1, 2], vec![2]]);
        let error = file("halves.txt", b"7 TEA 001\n").unwrap().indices(&listed).unwrap_err();
        assert!(error.code() == Code::ItemUnknown && error.to_string().contains("blanks"), "{error}");
        let error = file("cut.txt", b"[\"TEA 001\", \n").unwrap().keys().unwrap_err();
        assert_eq!((error.code(), error.details()[1].1.as_str()), (Code::DataInvalid, "1"));
    }

    #[test]
    fn strangers_are_left_out_and_strangers_alone_refused() {
        let listed = listed(&["a", "b"]);
        assert_eq!(file("some.txt", b"a x b\ny\n").unwrap().indices(&listed).unwrap(), [[0, 1]]);
        assert_eq!(file("none.txt", b"x y\n").unwrap().indices(&listed).unwrap_err().code(), Code::ItemUnknown);
    }

    #[test]
    fn logs_and_binary_files_are_told_apart() {
        let told = |name: &str, bytes: &[u8]| file(name, bytes).unwrap_err().to_string();
        for (name, text) in [
            ("header.txt", "SessionId\tItemId\tTime\n1\ta\t1767225663.9\n"),
            ("header.csv", "user_id,product_id,event_time\n1,a,2026-01-01 10:00:00\n"),
            ("headless.txt", "1\ta\t1767225663\n1\tb\t1767225664\n2\ta\t1767225665\n"),
            ("headless.csv", "1,2026-01-01T10:00:00Z,a,0\n1,2026-01-01T10:00:01Z,b,0\n"),
            ("lines.jsonl", "{\"session\":1}\n"),
        ] {
            let told = told(name, text.as_bytes());
            assert!(told.contains("--events"), "{name}: {told}");
        }
        for (name, bytes) in
            [("log.parquet", &b"PAR1\x15\x04"[..]), ("log.gz", b"\x1f\x8b\x08\0\0"), ("wide.txt", b"\xff\xfea\0 \0")]
        {
            assert!(told(name, bytes).contains("no plain text"), "{name}");
        }
        // Tabs alone make no log, and no item is a time for its length.
        assert!(file("tabs.txt", b"a\tb\tc\nd\te\tf\n").is_ok());
        assert!(file("item-time.txt", b"item time\ntime item\n").is_ok());
        assert!(file("numbers.txt", b"1767225663 1767225664 1767225665\n1767225666 1767225667 1767225668\n").is_ok());
    }
}
