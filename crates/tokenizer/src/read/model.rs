//! Models and their vocabularies.

use super::part::kind_of;
use crate::bpe::{Bpe, NONE};
use crate::bytelevel::Alphabet;
use crate::error::{Code, Error, Result};
use crate::json::{Kind as Json, Value};
use crate::table::{Pairs, Prefixes, Words};
use crate::tokenizer::Model;
use crate::unigram::Unigram;
use std::borrow::Cow;

/// Ids.
const TOKENS: usize = 1 << 21;
/// Bytes of a token.
const TOKEN: usize = 4_096;
/// Merges.
const MERGES: usize = 1 << 22;

/// Words by id while they are read.
pub(super) struct Vocabulary {
    /// Those of the model.
    words: Words,
    /// Those that were added, in the order of their ids.
    more: Vec<(u32, String)>,
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
        Ok(Self { words, more: Vec::new() })
    }

    pub(super) fn id(&self, word: &str) -> Option<u32> {
        let added = || self.more.iter().find(|(_, there)| *there == word).map(|(id, _)| *id);
        self.words.find(word.as_bytes()).or_else(added)
    }

    /// Adds a word that is not there.
    pub(super) fn put(&mut self, id: u32, word: &str, place: &str) -> Result<()> {
        checked(word.into(), place)?;
        if id as usize >= TOKENS {
            return Err(too_many(id as usize));
        }
        match self.more.binary_search_by_key(&id, |added| added.0) {
            Err(at) if self.words.get(id as usize).is_empty() => {
                self.more.insert(at, (id, word.to_owned()));
                Ok(())
            }
            _ => {
                Err(Error::malformed("an added token has the id of another", place).with("value", word).count("id", id as usize))
            }
        }
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
    fn bytes(&self) -> Box<[u32; 256]> {
        let mut ids = Box::new([NONE; 256]);
        for (byte, id) in (0_u8..=255).zip(ids.iter_mut()) {
            let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase();
            let name: String = ['<', '0', 'x', digit(byte >> 4), digit(byte & 15), '>'].iter().collect();
            *id = self.words.find(name.as_bytes()).unwrap_or(NONE);
        }
        ids
    }
}

pub(super) fn read(model: Value<'_>, vocabulary: &Vocabulary, byte_level: bool) -> Result<Model> {
    let untyped = || if model.get("merges").is_some() { "BPE" } else { "Unigram" };
    let kind = if model.get("type").is_some() { kind_of(model, "model")? } else { untyped().into() };
    match &*kind {
        "BPE" => bpe(model, vocabulary, byte_level).map(Model::Bpe),
        "Unigram" if !byte_level => unigram(model, vocabulary).map(Model::Unigram),
        "Unigram" => Err(Error::unsupported("a Unigram model of bytes is not supported", "pre_tokenizer", "ByteLevel")),
        kind => Err(Error::unsupported("the model is not supported: BPE and Unigram are", "model.type", kind)),
    }
}

fn is(model: Value<'_>, name: &str) -> bool {
    model.get(name).and_then(|value| value.truth()).unwrap_or(false)
}

fn bpe(model: Value<'_>, vocabulary: &Vocabulary, byte_level: bool) -> Result<Bpe> {
    for (name, place) in
        [("continuing_subword_prefix", "model.continuing_subword_prefix"), ("end_of_word_suffix", "model.end_of_word_suffix")]
    {
        if let Some(value) = model.get(name).filter(|value| value.text().is_none_or(|text| !text.is_empty())) {
            return Err(Error::unsupported("marks within words are not supported", place, value.shown()));
        }
    }
    if let Some(dropout) = model.get("dropout").filter(|value| value.number() != Some(0.0)) {
        return Err(Error::unsupported("merges are left out by chance: set dropout to null", "model.dropout", dropout.shown()));
    }
    let fallback = is(model, "byte_fallback");
    if byte_level && fallback {
        return Err(Error::unsupported("a model of bytes needs no byte_fallback", "model.byte_fallback", "true"));
    }
    let (words, bytes) =
        if byte_level { of_bytes(vocabulary)? } else { (vocabulary.words.clone(), fallback.then(|| vocabulary.bytes())) };
    Ok(Bpe {
        pairs: merges(model, vocabulary)?,
        words,
        bytes,
        byte_level,
        unknown: model.get("unk_token").and_then(|value| value.text()).and_then(|name| vocabulary.id(&name)),
        fuse_unknown: is(model, "fuse_unk"),
        ignore_merges: is(model, "ignore_merges"),
    })
}

/// The vocabulary as bytes, and the ids of single ones. Words outside the alphabet are met by no text.
fn of_bytes(vocabulary: &Vocabulary) -> Result<(Words, Option<Box<[u32; 256]>>)> {
    let (alphabet, mut words) = (Alphabet::new(), Words::default());
    for name in vocabulary.names() {
        let name = std::str::from_utf8(name).unwrap_or("");
        words.push(&alphabet.bytes(name).unwrap_or_default());
    }
    words.index()?;
    let mut ids = Box::new([NONE; 256]);
    for (byte, id) in (0_u8..=255).zip(ids.iter_mut()) {
        *id = words.find(&[byte]).unwrap_or(NONE);
    }
    Ok((words, Some(ids)))
}

fn merges(model: Value<'_>, vocabulary: &Vocabulary) -> Result<Pairs> {
    let place = "model.merges";
    let list = model.get("merges").filter(|list| list.kind() == Json::List);
    let list = list.ok_or_else(|| Error::malformed("the model has no list of merges", place))?;
    let count = list.items().count();
    if count > MERGES {
        return Err(Error::new(Code::TooLarge, "there are too many merges").count("merges", count).count("most", MERGES));
    }
    let mut pairs = Pairs::for_count(count);
    let mut joined = String::new();
    for (rank, merge) in (0_u32..).zip(list.items()) {
        let wrong =
            || Error::malformed("a merge is not of two tokens", place).with("value", merge.shown()).count("at", rank as usize);
        let text = merge.text();
        let (left, right) = match &text {
            Some(text) => {
                text.split_once(' ').filter(|(_, right)| !right.contains(' ')).map(|(a, b)| (Cow::from(a), Cow::from(b)))
            }
            None => {
                let mut two = merge.items().map(|part| part.text());
                two.next().flatten().zip(two.next().flatten()).filter(|_| two.next().is_none())
            }
        }
        .ok_or_else(wrong)?;
        joined.clear();
        joined.push_str(&left);
        joined.push_str(&right);
        let id = |word: &str| {
            let outside =
                || Error::malformed("a merge leads out of the vocabulary", place).with("value", word).count("at", rank as usize);
            vocabulary.id(word).ok_or_else(outside)
        };
        pairs.insert(id(&left)?, id(&right)?, rank, id(&joined)?)?;
    }
    Ok(pairs)
}

fn unigram(model: Value<'_>, vocabulary: &Vocabulary) -> Result<Unigram> {
    let place = "model.vocab";
    let mut scores = Vec::with_capacity(vocabulary.words.len());
    for entry in model.get("vocab").filter(|list| list.kind() == Json::List).iter().flat_map(Value::items) {
        let score = entry.items().nth(1).and_then(|score| score.number()).filter(|score| score.is_finite());
        scores
            .push(score.ok_or_else(|| {
                Error::malformed("an entry of the vocabulary has no score", place).with("value", entry.shown())
            })?);
    }
    if scores.len() != vocabulary.words.len() || scores.is_empty() {
        return Err(Error::malformed("a Unigram model has a list of tokens with their scores", place));
    }
    let unknown = model.get("unk_id").map(|id| {
        let id = id.count().filter(|id| (*id as usize) < scores.len());
        id.ok_or_else(|| Error::malformed("unk_id is not in the vocabulary", "model.unk_id"))
    });
    Ok(Unigram {
        prefixes: Prefixes::of(&vocabulary.words),
        words: vocabulary.words.clone(),
        worst: scores.iter().copied().fold(f64::INFINITY, f64::min),
        scores,
        unknown: unknown.transpose()?,
        bytes: is(model, "byte_fallback").then(|| vocabulary.bytes()),
    })
}
