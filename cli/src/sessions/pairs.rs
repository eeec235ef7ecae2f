//! Test pairs: a session so far, and the item that came next.

use super::lines::Lines;
use super::words::{Known, words};
use crate::files::bad_line;
use nearhand::{Code, Error, Result};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A file of pairs, or pairs of a log.
#[derive(Debug)]
pub(crate) struct PairFile {
    option: &'static str,
    path: PathBuf,
    /// Line number, prefix, next.
    pub(crate) pairs: Vec<(usize, Vec<String>, String)>,
    /// Where blanks stand between keys: one in a key may have been read as two keys.
    plain: bool,
}

/// An item that is asked for or was visited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    /// By its index.
    Known(u32),
    /// By its key: the list or bundle lacks it.
    Unknown(String),
}

/// One pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Oldest first.
    pub prefix: Vec<Named>,
    pub next: Named,
}

/// Pairs, and how much of them is unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    pub pairs: Vec<Pair>,
    /// Pairs whose target is unknown: they are misses.
    pub unknown_targets: usize,
    /// Unknown items in prefixes: the engine is told of them, as on a page.
    pub unknown_in_prefix: usize,
}

impl PairFile {
    /// Reads the file that an option names.
    ///
    /// # Errors
    /// `io`; `data-invalid` for a malformed line, and for a file without pairs.
    pub(crate) fn read(option: &'static str, path: &Path) -> Result<Self> {
        let lines = Lines::read(option, path)?;
        let mut pairs = Vec::new();
        for (number, line) in lines.iter() {
            let malformed = || {
                bad_line(
                    path,
                    number,
                    "a pair is: prefix, tab, next; keys with blanks stand in JSON, [\"TEA 001\"], tab, \"TEA 002\"",
                )
            };
            let (prefix, next) = line.split_once('\t').ok_or_else(malformed)?;
            let mut next = words(next, path, number)?.into_iter();
            let (Some(next), None) = (next.next(), next.next()) else { return Err(malformed().with("value", line)) };
            let prefix = words(prefix, path, number)?.into_iter().map(String::from).collect();
            pairs.push((number, prefix, next.into_owned()));
        }
        if pairs.is_empty() {
            return Err(Error::new(Code::DataInvalid, "the file has no pair: there is nothing to measure")
                .with("option", option)
                .with("path", path.display()));
        }
        Ok(Self { option, path: path.to_owned(), pairs, plain: true })
    }

    /// Pairs that were made of the log that an option names: prefix and next, one after the other.
    ///
    /// # Errors
    /// `data-invalid` where there is none.
    pub(crate) fn of_log(option: &'static str, path: &Path, pairs: Vec<(Vec<String>, String)>) -> Result<Self> {
        if pairs.is_empty() {
            return Err(Error::new(
                Code::DataInvalid,
                "no session of the log goes on to a next item: there is nothing to measure",
            )
            .with("option", option)
            .with("path", path.display()));
        }
        let pairs = (1..).zip(pairs).map(|(number, (prefix, next))| (number, prefix, next)).collect();
        Ok(Self { option, path: path.to_owned(), pairs, plain: false })
    }

    /// The session of each pair, from 0 on. Pairs next to each other are of one session where one's prefix is the other's with
    /// its next: how every maker of such files writes them, shortest first or longest first, but not both in one session. A
    /// pair that stands alone is a session.
    pub(crate) fn sessions(&self) -> Vec<u32> {
        let extends = |longer: &[String], (_, prefix, next): &(usize, Vec<String>, String)| {
            longer.split_last().is_some_and(|(last, rest)| last == next && rest == prefix.as_slice())
        };
        let (mut number, mut way) = (0, None);
        let rest = self.pairs.windows(2).map(|two| {
            let found = match two {
                [a, b] if extends(&b.1, a) => Some(Ordering::Less),
                [a, b] if extends(&a.1, b) => Some(Ordering::Greater),
                _ => None,
            };
            if found.is_some() && way.is_none_or(|way| Some(way) == found) {
                way = found;
            } else {
                number += 1;
                way = None;
            }
            number
        });
        std::iter::once(0).chain(rest).take(self.pairs.len()).collect()
    }

    /// The pairs with the items they name.
    ///
    /// # Errors
    /// `item-unknown` where no target is known, or where a key with blanks seems to be meant.
    pub(crate) fn resolve(&self, by_key: &HashMap<String, u32>) -> Result<Pairs> {
        let known = Known::new(by_key);
        let path = self.path.as_path();
        let mut all = Pairs::default();
        for (number, prefix, next) in &self.pairs {
            let name = |word: &String, unknown: &mut usize| match known.find(word) {
                Some(item) => Ok(Named::Known(item)),
                None => {
                    if self.plain {
                        known.refuse_halves(word, path, *number)?;
                    }
                    *unknown += 1;
                    Ok(Named::Unknown(word.clone()))
                }
            };
            let prefix = prefix.iter().map(|word| name(word, &mut all.unknown_in_prefix)).collect::<Result<_>>()?;
            let next = name(next, &mut all.unknown_targets)?;
            all.pairs.push(Pair { prefix, next });
        }
        if all.unknown_targets == all.pairs.len() {
            let target = self.pairs.first().map_or("", |(_, _, next)| next);
            return Err(Error::new(Code::ItemUnknown, "no target of the pairs is a known item: there is nothing to measure")
                .with("option", self.option)
                .with("path", path.display())
                .with("target", target)
                .with("known", known.example()));
        }
        Ok(all)
    }
}

impl Pairs {
    /// Counts anew what is unknown, where pairs were left out.
    pub(crate) fn count(&mut self) {
        let unknown = |named: &&Named| matches!(named, Named::Unknown(_));
        self.unknown_targets = self.pairs.iter().map(|pair| &pair.next).filter(unknown).count();
        self.unknown_in_prefix = self.pairs.iter().flat_map(|pair| &pair.prefix).filter(unknown).count();
    }
}

impl std::fmt::Display for Pairs {
    /// What is unknown, with a blank before it; nothing where all is known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, count) in [("unknown_targets", self.unknown_targets), ("unknown_in_prefix", self.unknown_in_prefix)] {
            if count > 0 {
                write!(f, " {what}={count}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;

    fn read(name: &str, text: &str) -> Result<PairFile> {
        PairFile::read("--pairs", &temp(name, text.as_bytes()))
    }

    fn listed(keys: &[&str]) -> HashMap<String, u32> {
        keys.iter().zip(0..).map(|(key, at)| ((*key).to_owned(), at)).collect()
    }

    #[test]
    fn what_is_unknown_is_counted() {
        let pairs = read("unknown-pairs.tsv", "\u{feff}a x b\tb\r\n\r\na\ty\n").unwrap().resolve(&listed(&["a", "b"])).unwrap();
        let (a, b, unknown) = (Named::Known(0), Named::Known(1), |key: &str| Named::Unknown(key.to_owned()));
        assert_eq!(pairs.pairs[0], Pair { prefix: vec![a.clone(), unknown("x"), b.clone()], next: b });
        assert_eq!(pairs.pairs[1], Pair { prefix: vec![a], next: unknown("y") });
        assert_eq!(pairs.to_string(), " unknown_targets=1 unknown_in_prefix=1");
        let all = read("known-pairs.tsv", "a\tb\n").unwrap().resolve(&listed(&["a", "b"])).unwrap();
        assert_eq!(all.to_string(), "");
    }

    #[test]
    fn nothing_to_measure_is_an_error() {
        assert_eq!(read("no-pairs.tsv", "\n \n").unwrap_err().code(), Code::DataInvalid);
        let error = read("strange-pairs.tsv", "a\tx\n").unwrap().resolve(&listed(&["a"])).unwrap_err();
        assert_eq!(error.code(), Code::ItemUnknown);
        assert!(error.details().contains(&("target", "x".to_owned())) && error.details().contains(&("known", "a".to_owned())));
    }

    #[test]
    fn keys_with_blanks() {
        let known = listed(&["TEA 1", "TEA 2"]);
        let pairs = read("tea-pairs.tsv", "[\"TEA 1\"]\t\"TEA 2\"\n[\"TEA 2\"]\t[\"TEA 1\"]\n").unwrap().resolve(&known).unwrap();
        assert_eq!(pairs.pairs[1], Pair { prefix: vec![Named::Known(1)], next: Named::Known(0) });
        let error = read("tea-plain.tsv", "TEA 1\tTEA 2\n").unwrap_err();
        assert!(error.to_string().contains("blanks"), "{error}");
        let error = read("tea-prefix.tsv", "TEA 1\tx\n").unwrap().resolve(&known).unwrap_err();
        assert!(error.to_string().contains("blanks"), "{error}");
    }

    #[test]
    fn sessions_are_found_by_their_prefixes() {
        let sessions = |text: &str| read("session-pairs.tsv", text).unwrap().sessions();
        assert_eq!(sessions("a\tb\na b\tc\na b c\ta\nb\tc\nc\ta\nc a\tb\n"), [0, 0, 0, 1, 2, 2]);
        // Longest first, as the session benchmarks are cut.
        assert_eq!(sessions("a b c\td\na b\tc\na\tb\nx\ty\n"), [0, 0, 0, 1]);
        // Two baskets that begin alike.
        assert_eq!(sessions("a\tb\na b\tc\na\tb\na b\td\n"), [0, 0, 1, 1]);
        // The same prefix with another next, and a step too far, are other sessions.
        assert_eq!(sessions("a\tb\na\tb\na c\td\na c d e\tf\n"), [0, 1, 2, 3]);
    }

    #[test]
    fn pairs_of_a_log() {
        let pair = |prefix: &str, next: &str| (vec![prefix.to_owned()], next.to_owned());
        let pairs = PairFile::of_log("--events", Path::new("log"), vec![pair("TEA", "TEA 2"), pair("TEA 2", "TEA")]).unwrap();
        let resolved = pairs.resolve(&listed(&["TEA 2", "TEA 1"])).unwrap();
        assert_eq!(resolved.pairs[0], Pair { prefix: vec![Named::Unknown("TEA".into())], next: Named::Known(0) });
        assert_eq!(resolved.to_string(), " unknown_targets=1 unknown_in_prefix=1");
        assert_eq!(PairFile::of_log("--events", Path::new("log"), Vec::new()).unwrap_err().code(), Code::DataInvalid);
    }

    #[test]
    fn a_bad_line_is_named() {
        for line in ["a b", "a\t", "a\tb c", "a\t[\"b\""] {
            let error = read("bad-pairs.tsv", &format!("a\tb\n{line}\n")).unwrap_err();
            assert_eq!((error.code(), error.details()[1].1.as_str()), (Code::DataInvalid, "2"), "{line}");
        }
    }
}
