//! The two models.

use super::part::{kind_of, truth};
use super::vocabulary::Vocabulary;
use crate::bpe::{Bpe, NONE};
use crate::bytelevel::Alphabet;
use crate::error::{Code, Error, Result};
use crate::json::{Kind as Json, Value};
use crate::table::{Pairs, Prefixes, Words};
use crate::tokenizer::Model;
use crate::unigram::Unigram;
use std::borrow::Cow;

/// Merges.
const MERGES: usize = 1 << 22;

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

fn is(model: Value<'_>, name: &str) -> Result<bool> {
    truth(model, name, false, "model")
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
    let fallback = is(model, "byte_fallback")?;
    if byte_level && fallback {
        return Err(Error::unsupported("a model of bytes needs no byte_fallback", "model.byte_fallback", "true"));
    }
    let (words, bytes) =
        if byte_level { of_bytes(vocabulary)? } else { (vocabulary.words.clone(), fallback.then(|| vocabulary.bytes())) };
    let unknown = unknown(model, vocabulary, bytes.as_ref().is_some_and(|ids| !ids.contains(&NONE)))?;
    Ok(Bpe {
        pairs: merges(model, vocabulary)?,
        words,
        bytes,
        byte_level,
        unknown,
        fuse_unknown: is(model, "fuse_unk")?,
        ignore_merges: is(model, "ignore_merges")?,
    })
}

/// The token of the unknown. One that the vocabulary lacks is refused, unless nothing is unknown, as all bytes have tokens.
fn unknown(model: Value<'_>, vocabulary: &Vocabulary, all_known: bool) -> Result<Option<u32>> {
    let Some(stated) = model.get("unk_token") else { return Ok(None) };
    let id = stated.text().and_then(|name| vocabulary.id(&name));
    if id.is_none() && (!all_known || stated.kind() != Json::Text) {
        return Err(Error::malformed("unk_token is not in the vocabulary", "model.unk_token").with("value", stated.shown()));
    }
    Ok(id)
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
        bytes: is(model, "byte_fallback")?.then(|| vocabulary.bytes()),
    })
}
