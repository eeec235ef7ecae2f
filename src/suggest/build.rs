//! An index from texts and counts.

use super::bytes::{sum, width};
use super::codes::Codes;
use super::index::{INITIALS, MAGIC, MOST_OTHERS, MOST_TEXTS, VERSION};
use super::lines::{MOST_BYTES, codes, write};
use super::lists;
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
    /// Texts that were one with another but for case, accents, blanks and punctuation: their counts are added, and the writing
    /// of the most counted is shown. Item and category are those of the most counted that has an item; where it has no category,
    /// or none has an item, the category is that of the most counted that has one.
    pub merged: usize,
    /// Items that no text leads to, as another one with the same text is counted more.
    pub outdone: usize,
    /// Texts without a letter or digit.
    pub wordless: usize,
    /// Texts, ids and names of more than 255 bytes.
    pub long: usize,
    /// Synonyms in the index.
    pub synonyms: usize,
    /// Synonyms that were left out: without a letter or digit on one side, the same on both, or more than 254 bytes together.
    pub useless: usize,
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
    let mut known: BTreeMap<String, Merged> = BTreeMap::new();
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
        } else if let Some(merged) = known.get_mut(folded.normal()) {
            built.merged += 1;
            merged.add(entry);
        } else {
            let mut merged = Merged::default();
            merged.add(entry);
            known.insert(folded.normal().to_owned(), merged);
        }
    }
    if known.is_empty() {
        return Err(Error::new(Code::DataInvalid, "no text is left to suggest")
            .with("wordless", built.wordless)
            .with("long", built.long));
    }
    built.outdone = outdone(known.values());
    let known: BTreeMap<String, Entry> = known.into_iter().map(|(normal, merged)| (normal, merged.entry())).collect();
    let meant = phrases(synonyms, &mut built);
    built.texts = known.len();
    built.bytes = bytes(&known, &meant)?;
    Ok(built)
}

/// Entries of one normal form.
#[derive(Default)]
struct Merged {
    count: u64,
    /// The writing that is shown, and what else is said: each of the most counted entry that says it, of equals of the first in
    /// order. So the order of the entries does not matter.
    text: Most<String>,
    item: Most<(String, Option<String>)>,
    category: Most<String>,
    /// All items.
    items: BTreeSet<String>,
}

/// What the most counted says, with its count.
type Most<T> = Option<(u64, Reverse<T>)>;

impl Merged {
    fn add(&mut self, entry: Entry) {
        let Entry { text, count, category, item } = entry;
        self.count = self.count.saturating_add(count);
        self.text = self.text.take().max(Some((count, Reverse(text))));
        if let Some(item) = item {
            self.item = self.item.take().max(Some((count, Reverse((item.clone(), category.clone())))));
            self.items.insert(item);
        }
        if let Some(category) = category {
            self.category = self.category.take().max(Some((count, Reverse(category))));
        }
    }

    fn entry(self) -> Entry {
        let text = self.text.map(|(_, Reverse(text))| text).unwrap_or_default();
        let (item, own) = self.item.map_or((None, None), |(_, Reverse((item, category)))| (Some(item), category));
        let category = own.or(self.category.map(|(_, Reverse(category))| category));
        Entry { text, count: self.count, category, item }
    }
}

/// How many items no text leads to.
fn outdone<'a>(known: impl Iterator<Item = &'a Merged> + Clone) -> usize {
    let all: BTreeSet<&String> = known.clone().flat_map(|merged| &merged.items).collect();
    let led: BTreeSet<&String> = known.filter_map(|merged| merged.item.as_ref().map(|(_, Reverse((item, _)))| item)).collect();
    all.len() - led.len()
}

/// Names in order, each with its number from 1.
fn numbers<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, u32> {
    let names: BTreeSet<&str> = names.map(String::as_str).collect();
    names.into_iter().zip(1..).collect()
}

fn bytes(known: &BTreeMap<String, Entry>, meant: &BTreeSet<String>) -> Result<Vec<u8>> {
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

/// Initials of a text that are known: as many as are typed.
pub(super) const MOST_LETTERS: usize = 6;
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
    let first = |normal: &str| normal.split(' ').take(MOST_LETTERS).filter_map(|word| word.chars().next()).collect::<String>();
    texts.into_iter().map(|(_, at, normal)| (format!("{INITIALS}{}", first(normal)), at)).collect()
}

/// Synonyms in their normal forms, each once; those that are of no use are counted.
fn phrases(synonyms: &[(String, String)], built: &mut Built) -> BTreeSet<String> {
    let mut folded = Folded::default();
    let mut normal = |text: &str| {
        folded.fold(text);
        folded.normal().to_owned()
    };
    let mut phrases = BTreeSet::new();
    for (typed, meant) in synonyms {
        let (typed, meant) = (normal(typed), normal(meant));
        let line = format!("{typed}\t{meant}");
        if typed.is_empty() || meant.is_empty() || typed == meant || line.len() > MOST_BYTES {
            built.useless += 1;
        } else {
            phrases.insert(line);
        }
    }
    built.synonyms = phrases.len();
    phrases
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
        let (starts, body) = lists::write(lists);
        self.all.extend_from_slice(&starts);
        self.all.extend_from_slice(&body);
        body.len()
    }
}
