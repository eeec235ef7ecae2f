//! A part of the file, which says what it is.

use crate::error::{Code, Error, Result};
use crate::json::{Kind as Json, Value};
use std::borrow::Cow;

/// Parts of a sequence, all levels together; parts of a template, and ids of one of its tokens.
pub(super) const STEPS: usize = 64;

/// The `type` of a part.
pub(super) fn kind_of<'a>(value: Value<'a>, place: &str) -> Result<Cow<'a, str>> {
    let kind = value.get("type").and_then(|kind| kind.text());
    kind.ok_or_else(|| wrong("a part has no type", place, value))
}

/// The parts of a sequence, or the one that there is: calls with each and its type.
pub(super) fn each<'a>(
    value: Value<'a>,
    list: &str,
    place: &str,
    tell: &mut dyn FnMut(&str, Value<'a>) -> Result<()>,
) -> Result<()> {
    let (mut open, mut count) = (vec![value], 0);
    while let Some(value) = open.pop() {
        count += 1;
        if count > STEPS {
            return Err(too_many("there are too many steps", place));
        }
        let kind = kind_of(value, place)?;
        if kind != "Sequence" {
            tell(&kind, value)?;
            continue;
        }
        let inner = value.get(list).filter(|inner| inner.kind() == Json::List);
        let inner = inner.ok_or_else(|| Error::malformed("a sequence has no list", place).with("value", list))?;
        let from = open.len();
        open.extend(inner.items().take(STEPS + 1));
        if let Some(added) = open.get_mut(from..) {
            added.reverse();
        }
    }
    Ok(())
}

pub(super) fn too_many(message: &'static str, place: &str) -> Error {
    Error::new(Code::TooLarge, message).with("place", place).count("most", STEPS)
}

pub(super) fn wrong(message: &'static str, place: &str, value: Value<'_>) -> Error {
    Error::malformed(message, place).with("value", value.shown())
}

/// A member that is true or false, or is not there. Anything else is refused: it would mean the default otherwise, whatever it says.
pub(super) fn truth(value: Value<'_>, name: &str, by_default: bool, place: &str) -> Result<bool> {
    let Some(told) = value.get(name) else { return Ok(by_default) };
    told.truth().ok_or_else(|| wrong("true or false is wanted", &[place, ".", name].concat(), told))
}
