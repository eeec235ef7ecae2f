//! Lists that another recommender has made: what it answers to each pair, best first.
//!
//! ```text
//! a b c            a line a pair, in the order of the pairs, as `eval --slates` writes it; an empty line is an empty list
//! x y<TAB>a b c    a list for a session so far, which goes to every pair of this prefix; in any order
//! ```
//! Keys stand as in sessions, or all in the ids of the bundle; keys with blanks as a list in JSON.

use super::lines::Lines;
use super::pairs::{Named, Pair};
use super::words::{Known, words};
use crate::files::bad_line;
use nearhand::{Code, Error, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A file of lists.
#[derive(Debug)]
pub(crate) struct ListFile {
    option: &'static str,
    path: PathBuf,
    lines: Vec<Line>,
}

/// Line number, the session so far if the line names it, and the list.
type Line = (usize, Option<Vec<String>>, Vec<String>);

/// The list of every pair, and what is to be known of them.
#[derive(Debug, Default)]
pub(crate) struct Slates {
    /// Nothing where there is no list.
    pub lists: Vec<Option<Vec<Named>>>,
    /// Pairs without a list.
    pub without: usize,
    /// Items of the lists that the bundle lacks, and all of them.
    pub unknown: usize,
    pub items: usize,
    /// Lists that hold an item twice.
    pub repeating: usize,
    /// The longest list.
    pub longest: usize,
}

impl ListFile {
    /// Reads the file that an option names.
    ///
    /// # Errors
    /// `io`; `data-invalid` for a file without lists, for one in both forms, and for two lists after one session.
    pub(crate) fn read(option: &'static str, path: &Path) -> Result<Self> {
        let file = Lines::read(option, path)?;
        let strings = |text: &str, number| words(text, path, number).map(|all| all.into_iter().map(String::from).collect());
        let mut lines: Vec<Line> = Vec::new();
        let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
        let keyed = file.all().any(|line| line.contains('\t'));
        for (number, line) in (1..).zip(file.all()) {
            match line.split_once('\t') {
                Some((_, list)) if list.contains('\t') => {
                    return Err(bad_line(path, number, "a list is: session so far, tab, items best first").with("value", line));
                }
                Some((prefix, list)) => {
                    let (prefix, list): (Vec<String>, Vec<String>) = (strings(prefix, number)?, strings(list, number)?);
                    let same = |at: &usize| lines.get(*at).is_some_and(|(_, _, before)| *before == list);
                    if let Some(at) = seen.get(&prefix).filter(|at| !same(at)) {
                        let other = lines.get(*at).map_or(0, |(number, ..)| *number);
                        let why = "there is another list after the same session";
                        return Err(bad_line(path, number, why).with("other_line", other).with("session", prefix.join(" ")));
                    }
                    seen.insert(prefix.clone(), lines.len());
                    lines.push((number, Some(prefix), list));
                }
                None if keyed && line.trim().is_empty() => {}
                None if keyed => {
                    let why = "other lines name the session before a tab, this one does not: all do, or none";
                    return Err(bad_line(path, number, why).with("value", line));
                }
                None => lines.push((number, None, strings(line, number)?)),
            }
        }
        if lines.iter().all(|(_, _, list)| list.is_empty()) {
            return Err(Error::new(Code::DataInvalid, "the file has no list")
                .with("option", option)
                .with("path", path.display()));
        }
        Ok(Self { option, path: path.to_owned(), lines })
    }

    /// The list of each pair. `by_key` are the keys that pairs use; `by_id` the bundle's own ids, which `--slates` writes: the
    /// file is read in the one of which it knows more.
    ///
    /// # Errors
    /// `item-unknown` where none of its items is known, or where a key with blanks seems to be meant; `data-invalid` where
    /// its lines are not as many as the pairs, or none of its sessions is that of a pair.
    pub(crate) fn resolve(&self, pairs: &[Pair], by_key: &HashMap<String, u32>, by_id: &HashMap<String, u32>) -> Result<Slates> {
        let items = || self.lines.iter().flat_map(|(_, _, list)| list);
        let (keys, ids) = (Known::new(by_key), Known::new(by_id));
        let counted = |known: &Known<'_>| items().filter(|word| known.find(word).is_some()).count();
        let (with_keys, with_ids) = (counted(&keys), counted(&ids));
        let known = if with_ids > with_keys { ids } else { keys };
        if with_keys.max(with_ids) == 0 {
            return Err(Error::new(Code::ItemUnknown, "no item of the lists is a known one: they are of another shop")
                .with("option", self.option)
                .with("path", self.path.display())
                .with("item", items().next().map_or("", String::as_str))
                .with("known", known.example()));
        }
        let mut slates = Slates { items: items().count(), ..Slates::default() };
        let mut lines: Vec<(Option<Vec<Named>>, Vec<Named>)> = Vec::with_capacity(self.lines.len());
        for (number, prefix, list) in &self.lines {
            let name = |word: &String| match known.find(word) {
                Some(item) => Ok(Named::Known(item)),
                None => {
                    known.refuse_halves(word, &self.path, *number)?;
                    Ok(Named::Unknown(word.clone()))
                }
            };
            let named = |words: &[String]| words.iter().map(name).collect::<Result<Vec<Named>>>();
            let list = named(list)?;
            slates.unknown += list.iter().filter(|item| matches!(item, Named::Unknown(_))).count();
            slates.longest = slates.longest.max(list.len());
            slates.repeating += usize::from(list.iter().enumerate().any(|(at, item)| list.iter().take(at).any(|i| i == item)));
            lines.push((prefix.as_deref().map(named).transpose()?, list));
        }
        slates.lists = self.matched(pairs, lines, &known)?;
        slates.without = slates.lists.iter().filter(|list| list.is_none()).count();
        Ok(slates)
    }

    /// Gives each pair its list.
    fn matched(
        &self,
        pairs: &[Pair],
        lines: Vec<(Option<Vec<Named>>, Vec<Named>)>,
        known: &Known<'_>,
    ) -> Result<Vec<Option<Vec<Named>>>> {
        let at = |error: Error| error.with("option", self.option).with("path", self.path.display());
        if lines.iter().all(|(prefix, _)| prefix.is_none()) {
            if lines.len() != pairs.len() {
                let why =
                    "a list a line is one for each pair, in their order: name the session before a tab where they are others";
                return Err(at(Error::new(Code::DataInvalid, why)).with("lists", lines.len()).with("pairs", pairs.len()));
            }
            return Ok(lines.into_iter().map(|(_, list)| Some(list)).collect());
        }
        let of: HashMap<Vec<Named>, Vec<Named>> = lines.into_iter().filter_map(|(prefix, list)| Some((prefix?, list))).collect();
        let lists: Vec<Option<Vec<Named>>> = pairs.iter().map(|pair| of.get(&pair.prefix).cloned()).collect();
        if lists.iter().all(Option::is_none) {
            let listed = self.lines.iter().find_map(|(_, prefix, _)| prefix.as_ref()).map(|p| p.join(" ")).unwrap_or_default();
            let asked = pairs.iter().take(1).flat_map(|pair| &pair.prefix).map(|item| known.word(item)).collect::<Vec<_>>();
            let why = "no session of the lists is one that the pairs go on from: they answer other questions";
            return Err(at(Error::new(Code::DataInvalid, why)).with("listed", listed).with("asked", asked.join(" ")));
        }
        Ok(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;

    fn read(name: &str, text: &str) -> Result<ListFile> {
        ListFile::read("--lists", &temp(name, text.as_bytes()))
    }

    fn listed(keys: &[&str]) -> HashMap<String, u32> {
        keys.iter().zip(0..).map(|(key, at)| ((*key).to_owned(), at)).collect()
    }

    fn pair(prefix: &[u32], next: u32) -> Pair {
        Pair { prefix: prefix.iter().map(|i| Named::Known(*i)).collect(), next: Named::Known(next) }
    }

    fn known(items: &[u32]) -> Option<Vec<Named>> {
        Some(items.iter().map(|item| Named::Known(*item)).collect())
    }

    #[test]
    fn a_line_a_pair() {
        let keys = listed(&["a", "b", "c"]);
        let pairs = [pair(&[0], 1), pair(&[1], 2), pair(&[0], 2)];
        let slates = read("lines.lists", "b c\n\nc x c\n").unwrap().resolve(&pairs, &keys, &keys).unwrap();
        let last = vec![Named::Known(2), Named::Unknown("x".into()), Named::Known(2)];
        assert_eq!(slates.lists, [known(&[1, 2]), known(&[]), Some(last)]);
        assert_eq!((slates.without, slates.unknown, slates.items, slates.repeating, slates.longest), (0, 1, 5, 1, 3));
        let error = read("lines.lists", "b c\n").unwrap().resolve(&pairs, &keys, &keys).unwrap_err();
        assert!(error.details().contains(&("lists", "1".into())) && error.details().contains(&("pairs", "3".into())), "{error}");
    }

    #[test]
    fn a_line_a_session() {
        let keys = listed(&["a", "b", "c"]);
        let pairs = [pair(&[0], 1), pair(&[1], 2), pair(&[0], 2), pair(&[0, 1], 2)];
        let file = read("keyed.lists", "a b\tc\n\na\tb c\na\tb c\n").unwrap();
        let slates = file.resolve(&pairs, &keys, &keys).unwrap();
        assert_eq!(slates.lists, [known(&[1, 2]), None, known(&[1, 2]), known(&[2])]);
        assert_eq!(slates.without, 1);
        let error = file.resolve(&pairs[1..2], &keys, &keys).unwrap_err();
        assert!(error.code() == Code::DataInvalid, "{error}");
        assert!(
            error.details().contains(&("listed", "a b".into())) && error.details().contains(&("asked", "b".into())),
            "{error}"
        );
    }

    #[test]
    fn ids_of_the_bundle_are_known_as_well() {
        let (keys, ids) = (listed(&["1", "2", "3"]), listed(&["22", "33", "1"]));
        let pairs = [pair(&[0], 1)];
        let slates = read("ids.lists", "33 22 1\n").unwrap().resolve(&pairs, &keys, &ids).unwrap();
        assert_eq!(slates.lists, [known(&[1, 0, 2])]);
        let slates = read("keys.lists", "3 2 1\n").unwrap().resolve(&pairs, &keys, &ids).unwrap();
        assert_eq!(slates.lists, [known(&[2, 1, 0])]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let keys = listed(&["a", "b", "TEA 1"]);
        let error = read("strange.lists", "x y\n").unwrap().resolve(&[pair(&[0], 1)], &keys, &keys).unwrap_err();
        assert!(error.code() == Code::ItemUnknown && error.details().contains(&("item", "x".into())), "{error}");
        assert!(error.details().contains(&("known", "a".into())), "{error}");
        let error = read("halves.lists", "a TEA 1\n").unwrap().resolve(&[pair(&[0], 1)], &keys, &keys).unwrap_err();
        assert!(error.to_string().contains("blanks"), "{error}");
        for (text, line) in [("a\tb\nb a\n", "2"), ("a\tb\tc\n", "1"), ("a\tb\na\ta\n", "2"), ("a\t[\"b\"\n", "1")] {
            let error = read("bad.lists", text).unwrap_err();
            assert!(error.code() == Code::DataInvalid && error.details().contains(&("line", line.into())), "{text}: {error}");
        }
        assert_eq!(read("empty.lists", "\n\n").unwrap_err().code(), Code::DataInvalid);
    }
}
