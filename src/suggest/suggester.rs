//! An index that answers, with the memory that it answers in.

use super::asked::{Asked, Highlight, MOST, Suggestion};
use super::best::{Field, Found, SPAN};
use super::index::Index;
use super::reading::{Reading, cut};
use super::search::{Memory, Search};
use super::session::{self, Signal};
use super::shown::highlights;
use crate::error::{Code, Error, Result};
use std::ops::Range;

/// An open index.
#[derive(Clone, Debug)]
pub struct Suggester {
    index: Index,
    /// Of the session; none where it says nothing.
    scores: Vec<u16>,
    highest: Vec<u16>,
    memory: Memory,
    answer: Answer,
}

/// The last answer.
#[derive(Clone, Debug, Default)]
struct Answer {
    /// Texts, categories and ids, one behind the other.
    texts: String,
    highlights: Vec<Highlight>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    found: Found,
    text: Range<usize>,
    category: Range<usize>,
    item: Range<usize>,
    highlights: Range<usize>,
}

/// The suggestions of an answer, best first.
#[derive(Clone, Debug)]
pub struct Suggestions<'a> {
    answer: &'a Answer,
    at: usize,
}

impl<'a> Iterator for Suggestions<'a> {
    type Item = Suggestion<'a>;

    fn next(&mut self) -> Option<Suggestion<'a>> {
        let row = self.answer.rows.get(self.at)?;
        self.at += 1;
        let part = |range: &Range<usize>| self.answer.texts.get(range.clone()).unwrap_or_default();
        let named = |range: &Range<usize>| Some(part(range)).filter(|name| !name.is_empty());
        Some(Suggestion {
            text: part(&row.text),
            kind: row.found.kind,
            typos: row.found.typos,
            score: u32::from(row.found.score),
            category: named(&row.category),
            item: named(&row.item),
            highlights: self.answer.highlights.get(row.highlights.clone()).unwrap_or_default(),
        })
    }
}

impl Suggester {
    /// Opens an index that [`build`](super::build) made. Its sum, format, every bound and every text are checked.
    ///
    /// # Errors
    /// `suggest-foreign` for other bytes, `suggest-unsupported-version`, `suggest-digest-mismatch` for changed or cut ones,
    /// `suggest-malformed` for an index that contradicts itself.
    pub fn open(bytes: Vec<u8>) -> Result<Self> {
        let index = Index::open(bytes)?;
        let mut suggester =
            Self { index, scores: Vec::new(), highest: Vec::new(), memory: Memory::default(), answer: Answer::default() };
        suggester.look_for_highest();
        Ok(suggester)
    }

    fn look_for_highest(&mut self) {
        let Self { index, scores, highest, .. } = self;
        let score = |text: u32| scores.get(text as usize).copied().unwrap_or_else(|| index.score(text));
        let spans = (0..index.len()).step_by(SPAN as usize);
        highest.clear();
        highest.extend(spans.map(|from| (from..(from + SPAN).min(index.len())).map(score).max().unwrap_or(0)));
        index.rate(|index, text| scores.get(text as usize).copied().unwrap_or_else(|| index.score(text)));
    }

    /// Ranks by what a visitor did from now on; an empty list, as without consent, ranks for anybody. Signals beyond the first
    /// 64 do not count. Costs a look at every text, so it is for when something was done, not for each key.
    pub fn set_session(&mut self, signals: &[Signal<'_>]) {
        self.memory.recent.clear();
        session::scores(&self.index, signals, &mut self.memory.room, &mut self.scores);
        self.look_for_highest();
    }

    /// Suggests texts for what is typed. Kinds come in their order, those of a kind by their score, then by their text.
    ///
    /// # Errors
    /// `invalid-option` for `k` beyond 1 to 20, or a set of allowed items of another length; `name-unknown` for a category that
    /// no text has.
    pub fn suggest(&mut self, asked: &Asked<'_>) -> Result<Suggestions<'_>> {
        if asked.k == 0 || asked.k > MOST {
            return Err(Error::new(Code::OptionInvalid, "ask for 1 to 20 suggestions").with("k", asked.k));
        }
        if let Some(allowed) = asked.allowed.filter(|allowed| allowed.len() != self.items()) {
            return Err(Error::new(Code::OptionInvalid, "the set of allowed items is not as long as the index has items")
                .with("length", allowed.len())
                .with("items", self.items()));
        }
        let Memory { room, readings, best, .. } = &mut self.memory;
        let category =
            match asked.category {
                None => None,
                Some(name) => Some(self.index.find_category(name, &mut room.line).ok_or_else(|| {
                    Error::new(Code::NameUnknown, "no text of the index has this category").with("category", name)
                })?),
            };
        room.folded.fold(cut(asked.text));
        readings.begin(room.folded.normal(), room.folded.is_finished());
        best.begin(asked.k);
        if !room.folded.words().is_empty() {
            let Self { index, scores, highest, memory, .. } = self;
            let field = Field { index, scores, highest, category, allowed: asked.allowed };
            Search { typed: cut(asked.text), field, memory }.run();
        }
        self.show();
        Ok(Suggestions { answer: &self.answer, at: 0 })
    }

    /// Writes the answer.
    fn show(&mut self) {
        let Self { index, memory, answer, .. } = self;
        let Answer { texts, highlights: parts, rows } = answer;
        texts.clear();
        parts.clear();
        rows.clear();
        let none = Reading::default();
        for found in &memory.best.found {
            let line = &mut memory.room.line;
            let mut add = |text: &str| {
                let from = texts.len();
                texts.push_str(text);
                from..texts.len()
            };
            let text = add(index.text(found.entry, line));
            index.category_name(index.category(found.entry), line);
            let category = add(std::str::from_utf8(line).unwrap_or_default());
            index.item_id(index.item(found.entry), line);
            let item = add(std::str::from_utf8(line).unwrap_or_default());
            let written = texts.get(text.clone()).unwrap_or_default();
            memory.room.folded.fold(written);
            let from = parts.len();
            let reading = memory.readings.get(found.reading).unwrap_or(&none);
            highlights(written, &memory.room.folded, reading, found.kind, parts);
            rows.push(Row { found: *found, text, category, item, highlights: from..parts.len() });
        }
    }

    /// Number of texts.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.index.len() as usize
    }

    /// Number of items that texts lead to: the length of a set of allowed ones.
    #[must_use]
    pub fn items(&self) -> usize {
        self.index.items() as usize
    }

    /// The number of an item, by its id, as a set of allowed ones counts them.
    #[must_use]
    pub fn find_item(&mut self, id: &str) -> Option<usize> {
        self.index.find_item(id, &mut self.memory.room.line).map(|number| number as usize - 1)
    }

    /// A text that leads to an item, the first in order. Costs a look at every text.
    #[must_use]
    pub fn text_of(&mut self, id: &str) -> Option<String> {
        let Self { index, memory, .. } = self;
        let line = &mut memory.room.line;
        let number = index.find_item(id, line)?;
        let text = (0..index.len()).find(|text| index.item(*text) == number)?;
        Some(index.text(text, line).to_owned())
    }

    /// Bytes of the index.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.index.bytes()
    }

    /// Bytes of the index, part by part.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize); 5] {
        self.index.sizes()
    }
}
