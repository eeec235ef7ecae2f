//! Reads a `tokenizer.json`: each part understood, or refused by its place.

mod model;
mod part;
mod steps;
mod template;
mod vocabulary;

use crate::added::{Added, Finder};
use crate::bytelevel::Alphabet;
use crate::decode::Decoding;
use crate::error::{Code, Error, Result};
use crate::hosted::Forms;
use crate::json::{self, Kind as Json, Value};
use crate::normal::Normal;
use crate::pattern;
use crate::table::Words;
use crate::text::Text;
use crate::tokenizer::{Kind, Tokenizer};
use part::truth;
use vocabulary::Vocabulary;

/// Bytes of a file: 64 MiB.
const FILE: usize = 1 << 26;
/// Tokens that are looked for in texts.
const ADDED: usize = 1 << 14;
/// Bytes of those, as they are looked for.
const LOOKED: usize = 1 << 20;
/// Bytes of all pieces.
const PIECES: usize = 1 << 28;

impl Tokenizer {
    /// Reads a `tokenizer.json`, at most 64 MiB with at most 2²¹ ids.
    ///
    /// # Errors
    /// `tokenizer-malformed` for what is no JSON or contradicts itself, `tokenizer-unsupported` for a part that this crate does not do,
    /// `tokenizer-too-large` above the limits; each with the place.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        Self::read(json, None)
    }

    /// As [`Tokenizer::from_json`], with normal forms by the host: where the platform has their tables, the feature `forms` can stay out.
    ///
    /// # Errors
    /// As [`Tokenizer::from_json`].
    pub fn from_json_by(json: &[u8], forms: Forms) -> Result<Self> {
        Self::read(json, Some(forms))
    }

    fn read(json: &[u8], forms: Option<Forms>) -> Result<Self> {
        if json.len() > FILE {
            return Err(Error::new(Code::TooLarge, "the tokenizer's file is too large")
                .count("bytes", json.len())
                .count("most", FILE));
        }
        let file = json::read(json)?;
        if file.kind() != Json::Map {
            return Err(Error::malformed("the file is not an object", ""));
        }
        let normal = file.get("normalizer").map_or_else(|| Ok(Vec::new()), |value| steps::normalizers(value, forms))?;
        let cutting = file.get("pre_tokenizer").map_or_else(|| Ok(steps::Cutting::default()), steps::pre_tokenizers)?;
        let decoding = steps::decoders(file.get("decoder"))?;
        let section = file.get("model").filter(|model| model.kind() == Json::Map);
        let section = section.ok_or_else(|| Error::malformed("the file has no model", "model"))?;
        let mut vocabulary = Vocabulary::read(section)?;
        let model = model::read(section, &vocabulary, cutting.byte_level)?;
        let mut kinds: Vec<Kind> =
            vocabulary.names().map(|name| if name.is_empty() { Kind::Hole } else { Kind::Model }).collect();
        let (mut raw, mut normalized) = (Finder::default(), Finder::default());
        let added = file.get("added_tokens");
        if let Some(other) = added.filter(|added| added.kind() != Json::List) {
            return Err(Error::malformed("added tokens are a list", "added_tokens").with("value", other.shown()));
        }
        let mut looked = 0;
        for (at, token) in added.iter().flat_map(Value::items).enumerate() {
            if at == ADDED {
                return Err(Error::new(Code::TooLarge, "there are too many added tokens").count("most", ADDED));
            }
            looked += add(token, &normal, &mut vocabulary, &mut kinds, &mut raw, &mut normalized)?;
            if looked > LOOKED {
                return Err(Error::new(Code::TooLarge, "added tokens are too long together")
                    .with("place", "added_tokens")
                    .count("most", LOOKED));
            }
        }
        raw.ready();
        normalized.ready();
        let names = vocabulary.into_words()?;
        let pieces = pieces(&names, &kinds, &decoding)?;
        let mut tokenizer = Self {
            model,
            normal,
            cuts: cutting.cuts,
            raw,
            normalized,
            before: Vec::new(),
            after: Vec::new(),
            names,
            kinds,
            pieces,
            decoding,
        };
        if let Some(post) = file.get("post_processor") {
            template::post_processor(post, &mut tokenizer)?;
        }
        Ok(tokenizer)
    }
}

/// Takes one of `added_tokens`.
fn add(
    token: Value<'_>,
    normal: &[Normal],
    vocabulary: &mut Vocabulary,
    kinds: &mut Vec<Kind>,
    raw: &mut Finder,
    normalized: &mut Finder,
) -> Result<usize> {
    let place = "added_tokens";
    let wrong = || Error::malformed("an added token has no content or no id", place).with("value", token.shown());
    let content = token.get("content").and_then(|content| content.text()).ok_or_else(wrong)?;
    let stated = token.get("id").and_then(|id| id.count()).ok_or_else(wrong)?;
    if content.is_empty() {
        return Ok(0);
    }
    let is = |name: &str| truth(token, name, false, place);
    let id = vocabulary.add(&content, stated, place)?;
    kinds.resize(kinds.len().max(id as usize + 1), Kind::Hole);
    if let Some(kind) = kinds.get_mut(id as usize) {
        *kind = if is("special")? { Kind::Special } else { Kind::Added };
    }
    let added = Added { id, special: is("special")?, single_word: is("single_word")?, left: is("lstrip")?, right: is("rstrip")? };
    if !is("normalized")? {
        raw.add(&content, added);
        return Ok(content.len());
    }
    let (mut text, mut steps) = (Text::new(&content, 0, false), pattern::steps(content.len()));
    for step in normal {
        step.apply(&mut text, &mut steps)?;
    }
    normalized.add(text.as_str(), added);
    Ok(text.as_str().len())
}

/// What tokens stand for.
fn pieces(names: &Words, kinds: &[Kind], decoding: &Decoding) -> Result<Words> {
    let (alphabet, mut pieces, mut bytes) = (Alphabet::new(), Words::default(), 0);
    for (id, kind) in kinds.iter().enumerate() {
        let name = std::str::from_utf8(names.get(id)).unwrap_or("");
        let mut piece = decoding.bytes(name, *kind != Kind::Model, false, &alphabet)?;
        if decoding.spaced && *kind != Kind::Hole {
            piece.insert(0, b' ');
        }
        bytes += piece.len();
        if bytes > PIECES {
            return Err(Error::new(Code::TooLarge, "the texts of all tokens are too large").count("most", PIECES));
        }
        pieces.push(&piece);
    }
    Ok(pieces)
}
