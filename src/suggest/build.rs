//! An index from texts and counts.

use super::bytes::{put, sum, width};
use super::codes::Codes;
use super::index::{INITIALS, MAGIC, MOST_OTHERS, MOST_TEXTS, VERSION};
use super::lines::{BLOCK, MOST_BYTES, codes, write};
use super::score::score;
use crate::error::{Code, Error, Result};
use crate::text::Folded;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A text that may be suggested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// As it is shown: a query, a title, a category's name.
    pub text: String,
    /// How often it was asked for, viewed or bought, in parts of [`COUNT_UNIT`](super::COUNT_UNIT).
    pub count: u64,
    /// What it may be filtered by.
    pub category: Option<String>,
    /// The id of what it leads to.
    pub item: Option<String>,
}

/// An index, and what was left out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// For [`Suggester::open`](super::Suggester::open).
    pub bytes: Vec<u8>,
    /// Texts in it.
    pub texts: usize,
    /// Texts that were one with another but for case, accents, blanks and punctuation: their counts are added, and what is
    /// shown is what the most counted of them says.
    pub merged: usize,
    /// Texts without a letter or digit.
    pub wordless: usize,
    /// Texts, ids and names of more than 255 bytes.
    pub long: usize,
}

/// Builds an index. The order of the entries does not matter.
///
/// A synonym is a phrase that is typed and one that is meant: who types the first is shown texts of the second behind all that
/// match by themselves.
///
/// # Errors
/// `data-invalid` where nothing is left, or more than 4,194,304 texts, or 65,536 categories or synonyms, or 4 GiB.
pub fn build(entries: Vec<Entry>, synonyms: &[(String, String)]) -> Result<Built> {
    let mut built = Built::default();
    let mut folded = Folded::default();
    // With each text the count of the writing that is shown.
    let mut known: BTreeMap<String, (u64, Entry)> = BTreeMap::new();
    for entry in entries {
        let longest =
            [Some(&entry.text), entry.category.as_ref(), entry.item.as_ref()].into_iter().flatten().map(String::len).max();
        folded.fold(&entry.text);
        // A normal form may be longer than what was written.
        let word = folded.words().iter().map(|word| word.end - word.start).max();
        if longest.max(word).unwrap_or(0) > MOST_BYTES {
            built.long += 1;
        } else if folded.words().is_empty() {
            built.wordless += 1;
        } else if let Some((shown, other)) = known.get_mut(folded.normal()) {
            built.merged += 1;
            let count = other.count.saturating_add(entry.count);
            let by_name = |entry: &Entry| (entry.text.clone(), entry.category.clone(), entry.item.clone());
            if entry.count > *shown || (entry.count == *shown && by_name(&entry) < by_name(other)) {
                *shown = entry.count;
                *other = entry;
            }
            other.count = count;
        } else {
            known.insert(folded.normal().to_owned(), (entry.count, entry));
        }
    }
    if known.is_empty() {
        return Err(Error::new(Code::DataInvalid, "no text is left to suggest")
            .with("wordless", built.wordless)
            .with("long", built.long));
    }
    let known: BTreeMap<String, Entry> = known.into_iter().map(|(normal, (_, entry))| (normal, entry)).collect();
    built.texts = known.len();
    built.bytes = bytes(&known, synonyms)?;
    Ok(built)
}

/// Names in order, each with its number from 1.
fn numbers<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, u32> {
    let names: BTreeSet<&str> = names.map(String::as_str).collect();
    names.into_iter().zip(1..).collect()
}

fn bytes(known: &BTreeMap<String, Entry>, synonyms: &[(String, String)]) -> Result<Vec<u8>> {
    let categories = numbers(known.values().filter_map(|entry| entry.category.as_ref()));
    let items = numbers(known.values().filter_map(|entry| entry.item.as_ref()));
    let mut words: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (normal, text) in known.keys().zip(0..) {
        for word in normal.split(' ') {
            let list = words.entry(word).or_default();
            if list.last() != Some(&text) {
                list.push(text);
            }
        }
    }
    let initials = initials(known);
    for (initials, text) in &initials {
        words.entry(initials).or_default().push(*text);
    }
    let meant = phrases(synonyms);
    let many = [known.len(), words.len(), items.len()].into_iter().max().unwrap_or(0) > MOST_TEXTS as usize
        || categories.len().max(meant.len()) > MOST_OTHERS as usize;
    if many {
        let why = "there are more texts, words, categories or synonyms than an index may have: raise --min-count";
        return Err(Error::new(Code::DataInvalid, why)
            .with("texts", known.len())
            .with("words", words.len())
            .with("categories", categories.len())
            .with("synonyms", meant.len()));
    }
    let mut out = Parts::default();
    let texts = known.values().map(|entry| entry.text.as_str());
    let codes = codes(texts.clone());
    let table = codes.table();
    out.all.extend_from_slice(&table);
    out.lines(texts, &codes);
    for (normal, entry) in known {
        out.all.extend_from_slice(&score(entry.count, normal.chars().count()).to_le_bytes());
    }
    let mut told = |numbers: &BTreeMap<&str, u32>, name: &dyn Fn(&Entry) -> Option<String>| {
        let width = width(numbers.len());
        for entry in known.values() {
            let number = name(entry).and_then(|name| numbers.get(name.as_str()).copied()).unwrap_or(0);
            out.all.extend_from_slice(number.to_le_bytes().get(..width).unwrap_or_default());
        }
    };
    told(&categories, &|entry| entry.category.clone());
    told(&items, &|entry| entry.item.clone());
    let plain = Codes::default();
    out.lines(words.keys().copied(), &plain);
    let lists = out.lists(words.values());
    out.lines(items.keys().copied(), &plain);
    out.lines(categories.keys().copied(), &plain);
    out.lines(meant.iter().map(String::as_str), &plain);
    let counts = [known.len(), words.len(), items.len(), categories.len(), meant.len()];
    let fields = counts.into_iter().chain(out.bodies.iter().copied()).chain([lists, table.len()]);
    let fields: Vec<u8> = fields.flat_map(|field| (field as u32).to_le_bytes()).collect();
    let rest = [fields, out.all].concat();
    if u32::try_from(rest.len()).is_err() {
        return Err(Error::new(Code::DataInvalid, "the index would have more than 4 GiB: raise --min-count"));
    }
    Ok([&MAGIC[..], &VERSION.to_le_bytes(), &sum(&rest).to_le_bytes(), &rest].concat())
}

/// Texts whose initials are known, the first by score.
const MOST_INITIALS: usize = 1 << 14;

/// The first letters of the words of the likeliest texts, of three words or more, behind a mark that no word begins with; in
/// the order of the texts.
fn initials(known: &BTreeMap<String, Entry>) -> Vec<(String, u32)> {
    let long = known.iter().zip(0..).filter(|((normal, _), _)| normal.split(' ').nth(2).is_some());
    let mut texts: Vec<(Reverse<u16>, u32, &str)> =
        long.map(|((normal, entry), at)| (Reverse(score(entry.count, normal.chars().count())), at, normal.as_str())).collect();
    texts.sort_unstable();
    texts.truncate(MOST_INITIALS);
    texts.sort_unstable_by_key(|(_, at, _)| *at);
    let first = |normal: &str| normal.split(' ').take(8).filter_map(|word| word.chars().next()).collect::<String>();
    texts.into_iter().map(|(_, at, normal)| (format!("{INITIALS}{}", first(normal)), at)).collect()
}

/// Synonyms in their normal forms, each once.
fn phrases(synonyms: &[(String, String)]) -> BTreeSet<String> {
    let mut folded = Folded::default();
    let mut normal = |text: &str| {
        folded.fold(text);
        folded.normal().to_owned()
    };
    let pairs = synonyms.iter().map(|(typed, meant)| (normal(typed), normal(meant)));
    let useful = pairs.filter(|(typed, meant)| !typed.is_empty() && !meant.is_empty() && typed != meant);
    useful.map(|(typed, meant)| format!("{typed}\t{meant}")).filter(|line| line.len() <= MOST_BYTES).collect()
}

/// The parts as they come.
#[derive(Default)]
struct Parts {
    all: Vec<u8>,
    bodies: Vec<usize>,
}

impl Parts {
    fn lines<'a>(&mut self, texts: impl Iterator<Item = &'a str> + Clone, codes: &Codes) {
        let (starts, body) = write(texts, codes);
        self.all.extend_from_slice(&starts);
        self.all.extend_from_slice(&body);
        self.bodies.push(body.len());
    }

    /// Bytes of the lists.
    fn lists<'a>(&mut self, lists: impl Iterator<Item = &'a Vec<u32>>) -> usize {
        let mut body = Vec::new();
        for (at, list) in (0_u32..).zip(lists) {
            if at.is_multiple_of(BLOCK) {
                self.all.extend_from_slice(&(body.len() as u32).to_le_bytes());
            }
            let mut gaps = Vec::new();
            let mut last = 0;
            for text in list {
                put(&mut gaps, text - last);
                last = *text;
            }
            put(&mut body, gaps.len() as u32);
            body.append(&mut gaps);
        }
        self.all.extend_from_slice(&body);
        body.len()
    }
}
