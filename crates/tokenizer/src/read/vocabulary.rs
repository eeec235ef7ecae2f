//! The words of a model and those that are added to them, by id.

use crate::bpe::NONE;
use crate::error::{Code, Error, Result};
use crate::json::{Kind as Json, Value};
use crate::table::Words;
use std::borrow::Cow;

/// Ids.
const TOKENS: usize = 1 << 21;
/// Bytes of a token.
const TOKEN: usize = 4_096;
/// Words by id while they are read.
pub(super) struct Vocabulary {
    /// Those of the model.
    pub(super) words: Words,
    /// How many the model has: holes are none.
    count: u32,
    /// Those that were added, in the order of their ids, and their places in the order of their texts.
    more: Vec<(u32, String)>,
    by_text: Vec<u32>,
}

fn too_many(count: usize) -> Error {
    Error::new(Code::TooLarge, "there are too many ids").count("id", count).count("most", TOKENS)
}

fn checked<'a>(word: Cow<'a, str>, place: &str) -> Result<Cow<'a, str>> {
    if word.len() > TOKEN {
        return Err(Error::new(Code::TooLarge, "a token is too long")
            .with("place", place)
            .with("value", &word)
            .count("most", TOKEN));
    }
    Ok(word)
}

impl Vocabulary {
    pub(super) fn read(model: Value<'_>) -> Result<Self> {
        let place = "model.vocab";
        let vocab = model.get("vocab").ok_or_else(|| Error::malformed("the model has no vocabulary", place))?;
        let mut entries: Vec<(u32, Cow<'_, str>)> = Vec::new();
        let listed = vocab.kind() == Json::List;
        for (at, (name, value)) in vocab.members().enumerate() {
            let wrong = || Error::malformed("an entry of the vocabulary does not fit", place).with("value", value.shown());
            let (word, id) = if listed {
                (value.items().next().and_then(|word| word.text()).ok_or_else(wrong)?, u32::try_from(at).map_err(|_| wrong())?)
            } else {
                (name, value.count().ok_or_else(wrong)?)
            };
            if id as usize >= TOKENS || at >= TOKENS {
                return Err(too_many(id as usize));
            }
            entries.push((id, checked(word, place)?));
        }
        let count = u32::try_from(entries.len()).unwrap_or(NONE);
        entries.sort_unstable_by_key(|entry| entry.0);
        let mut words = Words::default();
        for (id, word) in entries {
            if words.len() > id as usize {
                return Err(Error::malformed("two tokens have one id", place).with("value", &word).count("id", id as usize));
            }
            while words.len() < id as usize {
                words.push(b"");
            }
            words.push(word.as_bytes());
        }
        words.index()?;
        Ok(Self { words, count, more: Vec::new(), by_text: Vec::new() })
    }

    /// Place of a word among those that were added, or where its place would be.
    fn place(&self, word: &str) -> std::result::Result<u32, usize> {
        let text = |at: &u32| self.more.get(*at as usize).map_or("", |added| added.1.as_str());
        let found = self.by_text.binary_search_by(|at| text(at).cmp(word))?;
        self.by_text.get(found).copied().ok_or(found)
    }

    pub(super) fn id(&self, word: &str) -> Option<u32> {
        let added = || self.more.get(self.place(word).ok()? as usize).map(|added| added.0);
        self.words.find(word.as_bytes()).or_else(added)
    }

    /// The id of a token that is added. One that is there keeps its id; another has the next free one, behind as many as
    /// the model has and those that were added before, as in the reference, whatever id is stated. One that states the id of a word of the model is refused.
    pub(super) fn add(&mut self, word: &str, stated: u32, place: &str) -> Result<u32> {
        if let Some(id) = self.id(word) {
            return Ok(id);
        }
        checked(word.into(), place)?;
        let number = u32::try_from(self.more.len()).unwrap_or(NONE);
        let id = self.count.saturating_add(number);
        if id as usize >= TOKENS {
            return Err(too_many(id as usize));
        }
        if let Some(taken) = [stated, id].into_iter().find(|id| !self.words.get(*id as usize).is_empty()) {
            let error = Error::malformed("an added token has the id of another", place);
            return Err(error.with("value", word).count("id", taken as usize));
        }
        let at = self.place(word).err().unwrap_or(self.by_text.len());
        self.by_text.insert(at, number);
        self.more.push((id, word.to_owned()));
        Ok(id)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.words.len()).map(|id| self.words.get(id))
    }

    /// All words, findable.
    pub(super) fn into_words(self) -> Result<Words> {
        if self.more.is_empty() {
            return Ok(self.words);
        }
        let (mut all, mut added) = (Words::default(), self.more.iter().peekable());
        while all.len() < self.words.len() || added.peek().is_some() {
            let next = added.next_if(|next| next.0 as usize == all.len());
            all.push(next.map_or(self.words.get(all.len()), |next| next.1.as_bytes()));
        }
        all.index()?;
        Ok(all)
    }

    /// Ids of `<0x00>` to `<0xFF>`.
    pub(super) fn bytes(&self) -> Box<[u32; 256]> {
        let mut ids = Box::new([NONE; 256]);
        for (byte, id) in (0_u8..=255).zip(ids.iter_mut()) {
            let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase();
            let name: String = ['<', '0', 'x', digit(byte >> 4), digit(byte & 15), '>'].iter().collect();
            *id = self.words.find(name.as_bytes()).unwrap_or(NONE);
        }
        ids
    }
}
