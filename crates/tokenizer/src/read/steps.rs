//! Normalizers, pre-tokenizers and decoders.

use super::part::{each, truth, wrong};
use crate::cut::{Cut, Matched, Prepend};
use crate::decode::{Decoding, Step};
use crate::error::{Code, Error, Result};
use crate::hosted::Forms;
use crate::json::Value;
use crate::normal::Normal;
use crate::parts::GPT2;
use crate::pattern::Pattern;
use std::borrow::Cow;

/// Bytes of what is put into texts, or looked for in them.
const PUT: usize = 64;

/// A text that is put into others.
fn put<'a>(value: Value<'a>, name: &str, place: &str) -> Result<Cow<'a, str>> {
    let text = value.get(name).and_then(|text| text.text()).ok_or_else(|| wrong("a text is missing", place, value))?;
    if text.len() > PUT {
        return Err(Error::new(Code::TooLarge, "what is put into texts is too long").with("place", place).count("most", PUT));
    }
    Ok(text)
}

fn character(value: Value<'_>, name: &str, place: &str) -> Result<char> {
    let text = put(value, name, place)?;
    let mut all = text.chars();
    all.next().filter(|_| all.next().is_none()).ok_or_else(|| wrong("one character is wanted", place, value))
}

/// `{"String": …}` or `{"Regex": …}`.
fn pattern(value: Value<'_>, place: &str) -> Result<Pattern> {
    let pattern = value.get("pattern").ok_or_else(|| wrong("a pattern is missing", place, value))?;
    let of = |kind| pattern.get(kind).and_then(|text: Value<'_>| text.text()).filter(|text| !text.is_empty());
    if let Some(literal) = of("String") {
        if literal.len() > PUT {
            return Err(Error::new(Code::TooLarge, "a text that is looked for is too long")
                .with("place", place)
                .count("most", PUT));
        }
        return Ok(Pattern::literal(&literal));
    }
    let regex = of("Regex").ok_or_else(|| wrong("a pattern is a text or an expression, and not empty", place, value))?;
    Pattern::regex(&regex, place)
}

/// `by`: whoever makes normal forms, where it is the host.
pub(super) fn normalizers(value: Value<'_>, by: Option<Forms>) -> Result<Vec<Normal>> {
    let place = "normalizer";
    let mut steps = Vec::new();
    each(value, "normalizers", place, &mut |kind, value| {
        let host = by.and_then(|by| Some((["NFC", "NFD", "NFKC", "NFKD"].into_iter().find(|form| *form == kind)?, by)));
        if let Some((form, by)) = host {
            steps.push(Normal::Host(form, by));
            return Ok(());
        }
        steps.push(match kind {
            #[cfg(feature = "forms")]
            "NFC" => Normal::Form(crate::unicode::Form::Nfc),
            #[cfg(feature = "forms")]
            "NFD" => Normal::Form(crate::unicode::Form::Nfd),
            #[cfg(feature = "forms")]
            "NFKC" => Normal::Form(crate::unicode::Form::Nfkc),
            #[cfg(feature = "forms")]
            "NFKD" => Normal::Form(crate::unicode::Form::Nfkd),
            "Lowercase" => Normal::Lowercase,
            "StripAccents" => Normal::StripAccents,
            "Strip" => Normal::Strip {
                left: truth(value, "strip_left", false, place)?,
                right: truth(value, "strip_right", false, place)?,
            },
            "Prepend" => Normal::Prepend(put(value, "prepend", place)?.into()),
            "Replace" => Normal::Replace(pattern(value, place)?, put(value, "content", place)?.into()),
            kind => return Err(Error::unsupported("this normalizer is not supported", place, kind)),
        });
        Ok(())
    })?;
    Ok(steps)
}

/// How texts are cut.
#[derive(Default)]
pub(super) struct Cutting {
    pub(super) cuts: Vec<Cut>,
    /// Whether the model sees bytes.
    pub(super) byte_level: bool,
}

fn matched(value: Value<'_>, place: &str) -> Result<Matched> {
    let Some(behavior) = value.get("behavior") else { return Ok(Matched::Isolated) };
    Ok(match behavior.text().as_deref() {
        Some("Removed") => Matched::Removed,
        Some("Isolated") => Matched::Isolated,
        Some("MergedWithPrevious") => Matched::WithPrevious,
        Some("MergedWithNext") => Matched::WithNext,
        Some("Contiguous") => Matched::Contiguous,
        _ => return Err(Error::unsupported("this behavior is not supported", place, behavior.shown())),
    })
}

pub(super) fn pre_tokenizers(value: Value<'_>) -> Result<Cutting> {
    let place = "pre_tokenizer";
    let mut cutting = Cutting::default();
    each(value, "pretokenizers", place, &mut |kind, value| {
        let regex = |source, matched, invert| Ok(Cut::Split { pattern: Pattern::regex(source, place)?, matched, invert });
        if cutting.byte_level {
            return Err(Error::unsupported("a pre-tokenizer behind ByteLevel is not supported", place, kind));
        }
        let cut = match kind {
            "ByteLevel" => {
                if truth(value, "add_prefix_space", true, place)? {
                    cutting.cuts.push(Cut::Prefix { text: " ".into(), instead_of: None, prepend: Prepend::Always });
                }
                cutting.byte_level = true;
                if !truth(value, "use_regex", true, place)? {
                    return Ok(());
                }
                regex(GPT2, Matched::Isolated, false)?
            }
            "Split" => Cut::Split {
                pattern: pattern(value, place)?,
                matched: matched(value, place)?,
                invert: truth(value, "invert", false, place)?,
            },
            "Metaspace" => {
                let replacement = character(value, "replacement", place)?;
                let text: Box<str> = replacement.to_string().into();
                cutting.cuts.push(Cut::Prefix { text, instead_of: Some(' '), prepend: scheme(value, place)? });
                if !truth(value, "split", true, place)? {
                    return Ok(());
                }
                Cut::Split { pattern: Pattern::literal(&replacement.to_string()), matched: Matched::WithNext, invert: false }
            }
            "Digits" => {
                let single = truth(value, "individual_digits", false, place)?;
                regex(r"\p{N}", if single { Matched::Isolated } else { Matched::Contiguous }, false)?
            }
            "Punctuation" => regex(r"[!-/:-@\[-`{-~\p{P}]", matched(value, place)?, false)?,
            "Whitespace" => regex(r"\w+|[^\w\s]+", Matched::Removed, true)?,
            "WhitespaceSplit" => regex(r"\s", Matched::Removed, false)?,
            kind => return Err(Error::unsupported("this pre-tokenizer is not supported", place, kind)),
        };
        cutting.cuts.push(cut);
        Ok(())
    })?;
    Ok(cutting)
}

/// Where Metaspace puts a space; older files say `add_prefix_space`, and one that says both must not contradict itself.
fn scheme(value: Value<'_>, place: &str) -> Result<Prepend> {
    let prefix = truth(value, "add_prefix_space", true, place)?;
    let Some(scheme) = value.get("prepend_scheme") else {
        return Ok(if prefix { Prepend::Always } else { Prepend::Never });
    };
    Ok(match scheme.text().as_deref() {
        Some("never") => Prepend::Never,
        Some("always" | "first") if !prefix => {
            return Err(wrong("add_prefix_space and prepend_scheme contradict each other", place, value));
        }
        Some("always") => Prepend::Always,
        Some("first") => Prepend::First,
        _ => return Err(Error::unsupported("this prepend_scheme is not supported", place, scheme.shown())),
    })
}

pub(super) fn decoders(value: Option<Value<'_>>) -> Result<Decoding> {
    let (place, mut decoding) = ("decoder", Decoding::default());
    let Some(value) = value else {
        decoding.spaced = true;
        return Ok(decoding);
    };
    each(value, "decoders", place, &mut |kind, value| {
        let step = match kind {
            "ByteLevel" => Step::ByteLevel,
            "ByteFallback" => Step::Bytes,
            "Fuse" => {
                decoding.fuse();
                return Ok(());
            }
            "Replace" => {
                let what = value.get("pattern").and_then(|pattern| pattern.get("String")?.text()).filter(|what| !what.is_empty());
                let what = what
                    .filter(|what| what.len() <= PUT)
                    .ok_or_else(|| Error::unsupported("a decoder replaces short texts alone", place, value.shown()))?;
                Step::Replace((*what).into(), put(value, "content", place)?.into())
            }
            "Metaspace" => {
                Step::Space(character(value, "replacement", place)?.to_string().into(), scheme(value, place)? != Prepend::Never)
            }
            "Strip" => {
                let count = |name| value.get(name).map_or(Some(0), |count: Value<'_>| count.count()).map(|count| count as usize);
                let counts = count("start").zip(count("stop")).ok_or_else(|| wrong("a count is wanted", place, value))?;
                Step::Strip(character(value, "content", place)?, counts.0, counts.1)
            }
            kind => return Err(Error::unsupported("this decoder is not supported", place, kind)),
        };
        decoding.add(step, place)
    })?;
    Ok(decoding)
}
