//! Post-processors: the tokens that stand around a text.

use super::part::{STEPS, each, too_many, wrong};
use crate::error::{Error, Result};
use crate::json::{Kind as Json, Value};
use crate::tokenizer::{Kind, Tokenizer};

pub(super) fn post_processor(value: Value<'_>, tokenizer: &mut Tokenizer) -> Result<()> {
    let place = "post_processor";
    let (mut before, mut after, mut templates) = (Vec::new(), Vec::new(), 0);
    each(value, "processors", place, &mut |kind, value| {
        match kind {
            // It moves places alone, which here are those of whole characters.
            "ByteLevel" => return Ok(()),
            "TemplateProcessing" => template(value, place, &mut before, &mut after)?,
            "RobertaProcessing" | "BertProcessing" => {
                for (name, side) in [("cls", &mut before), ("sep", &mut after)] {
                    let id = value.get(name).and_then(|pair| pair.items().nth(1)?.count());
                    side.push(id.ok_or_else(|| wrong("an id is missing", place, value))?);
                }
            }
            kind => return Err(Error::unsupported("this post-processor is not supported", place, kind)),
        }
        templates += 1;
        if templates > 1 {
            return Err(Error::unsupported("several templates in a row are not supported", place, kind));
        }
        Ok(())
    })?;
    if let Some(id) = before.iter().chain(&after).find(|id| tokenizer.kind(**id) == Kind::Hole) {
        return Err(Error::malformed("a template has an id without token", place).count("id", *id as usize));
    }
    (tokenizer.before, tokenizer.after) = (before, after);
    Ok(())
}

/// What stands around one text.
fn template(value: Value<'_>, place: &str, before: &mut Vec<u32>, after: &mut Vec<u32>) -> Result<()> {
    let (single, tokens) = (value.get("single"), value.get("special_tokens"));
    let mut texts = 0;
    for (at, item) in single.iter().flat_map(Value::items).enumerate() {
        if at == STEPS {
            return Err(too_many("a template has too many parts", place));
        }
        if let Some(sequence) = item.get("Sequence") {
            // The second text of a pair, of which there is none here.
            if sequence.get("id").and_then(|id| id.text()).as_deref() != Some("A") {
                return Err(wrong("a template of one text has another than A", place, item));
            }
            texts += 1;
            continue;
        }
        let name = item
            .get("SpecialToken")
            .and_then(|token| token.get("id")?.text())
            .ok_or_else(|| wrong("a template has an unknown part", place, item))?;
        let ids = tokens
            .and_then(|tokens| tokens.get(&name)?.get("ids"))
            .filter(|ids| ids.kind() == Json::List)
            .ok_or_else(|| wrong("a template names a token that it does not have, or that has no list of ids", place, item))?;
        let side = if texts == 0 { &mut *before } else { &mut *after };
        for (at, id) in ids.items().enumerate() {
            if at == STEPS {
                return Err(too_many("a token of a template has too many ids", place));
            }
            side.push(id.count().ok_or_else(|| wrong("an id is not a number", place, id))?);
        }
    }
    if texts == 1 { Ok(()) } else { Err(wrong("a template has one text", place, value)) }
}
