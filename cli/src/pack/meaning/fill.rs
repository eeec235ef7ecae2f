//! What fills an input of a graph: the words of `--input NAME=WORD`, and their formulas.
//!
//! An input has one value an event of the window (`item-vector`: one vector), or one value in all (`length`, `const`). The
//! engine's own features (`nearhand::bundle::Feature`) fill it as they are where the graph wants just that; where it wants
//! another type, another sense or another count, nodes in front of the graph make it of them (`adapt`).

use nearhand::{Code, Error, Result};

/// How items are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    /// The number of the list's first item.
    pub(crate) offset: i64,
    /// The number where there is no event.
    pub(crate) pad: i64,
    /// A token behind the newest item that asks for the next one, as BERT4Rec has it.
    pub(crate) token: Option<i64>,
}

/// What a mask says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sense {
    /// 1 where there is an event.
    Events,
    /// 1 where there is none.
    Padding,
    /// 0 where there is an event, −10⁹ where there is none: it is added to the scores of attention.
    Additive,
}

/// How positions are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The places of the window, padding included, from this number.
    Window(i64),
    /// The events from the oldest, from this number; padding is 0.
    Oldest(i64),
    /// The events from the newest, from this number; padding is 0.
    Newest(i64),
}

/// What fills an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fill {
    ItemVector,
    Ids(Ids),
    Mask(Sense),
    Length,
    Position(Place),
    DwellLog,
    GapLog,
    /// Time since the event before, in units of so many seconds.
    Gap(f64),
    Kind,
    PriceLog,
    Const(f64),
}

/// What `--input` may say, for help and errors.
pub(crate) const WORDS: &str = "item-vector item-index[:OFFSET:PAD[:TOKEN]] mask mask:padding mask:additive length \
     position[:FROM] position:oldest[:FROM] position:newest[:FROM] recency dwell-log gap-log gap:SECONDS kind price-log const:VALUE";

/// What a word says: the fill, and whether it leaves open how it is numbered.
///
/// # Errors
/// `invalid-option` with the words there are.
pub(crate) fn parse(word: &str) -> Result<(Fill, bool)> {
    let parts: Vec<&str> = word.split(':').collect();
    let (name, rest) = parts.split_first().map_or(("", &[][..]), |(name, rest)| (*name, rest));
    // Beyond these no graph has rows.
    let within = |n: &i64| n.unsigned_abs() <= 1 << 31;
    let whole = |at: usize| rest.get(at).map_or(Some(0), |n| n.parse::<i64>().ok().filter(within));
    let real = |at: usize| rest.get(at).and_then(|n| n.parse::<f64>().ok()).filter(|v| v.is_finite());
    let ids = |token: Option<i64>| Some(Ids { offset: whole(0)?, pad: whole(1)?, token });
    let known = match (name, rest) {
        ("item-vector", []) => Some((Fill::ItemVector, false)),
        ("item-index", []) => ids(None).map(|ids| (Fill::Ids(ids), true)),
        ("item-index", [_, _]) => ids(None).map(|ids| (Fill::Ids(ids), false)),
        ("item-index", [_, _, _]) => whole(2).and_then(|token| Some((Fill::Ids(ids(Some(token))?), false))),
        ("mask", []) => Some((Fill::Mask(Sense::Events), false)),
        ("mask", ["padding"]) => Some((Fill::Mask(Sense::Padding), false)),
        ("mask", ["additive"]) => Some((Fill::Mask(Sense::Additive), false)),
        ("length", []) => Some((Fill::Length, false)),
        ("position", []) => Some((Fill::Position(Place::Window(0)), true)),
        ("position", ["oldest"] | ["oldest", _]) => whole(1).map(|from| (Fill::Position(Place::Oldest(from)), false)),
        ("position", ["newest"] | ["newest", _]) => whole(1).map(|from| (Fill::Position(Place::Newest(from)), false)),
        ("position", [_]) => whole(0).map(|from| (Fill::Position(Place::Window(from)), false)),
        ("recency", []) => Some((Fill::Position(Place::Newest(0)), false)),
        ("dwell-log", []) => Some((Fill::DwellLog, false)),
        ("gap-log", []) => Some((Fill::GapLog, false)),
        ("gap", [_]) => real(0).filter(|unit| (*unit as f32).is_normal() && *unit > 0.0).map(|unit| (Fill::Gap(unit), false)),
        ("kind", []) => Some((Fill::Kind, false)),
        ("price-log", []) => Some((Fill::PriceLog, false)),
        ("const", [_]) => real(0).map(|value| (Fill::Const(value), false)),
        _ => None,
    };
    known.ok_or_else(|| {
        Error::new(Code::OptionInvalid, "no such feature fills an input")
            .with("option", "--input")
            .with("value", word)
            .with("features", WORDS)
    })
}

impl std::fmt::Display for Fill {
    /// As `--input` says it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fill::ItemVector => write!(f, "item-vector"),
            Fill::Ids(Ids { offset, pad, token: None }) => write!(f, "item-index:{offset}:{pad}"),
            Fill::Ids(Ids { offset, pad, token: Some(token) }) => write!(f, "item-index:{offset}:{pad}:{token}"),
            Fill::Mask(Sense::Events) => write!(f, "mask"),
            Fill::Mask(Sense::Padding) => write!(f, "mask:padding"),
            Fill::Mask(Sense::Additive) => write!(f, "mask:additive"),
            Fill::Length => write!(f, "length"),
            Fill::Position(Place::Window(from)) => write!(f, "position:{from}"),
            Fill::Position(Place::Oldest(from)) => write!(f, "position:oldest:{from}"),
            Fill::Position(Place::Newest(from)) => write!(f, "position:newest:{from}"),
            Fill::DwellLog => write!(f, "dwell-log"),
            Fill::GapLog => write!(f, "gap-log"),
            Fill::Gap(unit) => write!(f, "gap:{unit}"),
            Fill::Kind => write!(f, "kind"),
            Fill::PriceLog => write!(f, "price-log"),
            Fill::Const(value) => write!(f, "const:{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_they_print() {
        for word in [
            "item-vector",
            "item-index:1:0",
            "item-index:0:9:10",
            "mask",
            "mask:padding",
            "mask:additive",
            "length",
            "position:0",
            "position:oldest:1",
            "position:newest:1",
            "dwell-log",
            "gap-log",
            "gap:60",
            "kind",
            "price-log",
            "const:0.5",
        ] {
            assert_eq!(parse(word).unwrap().0.to_string(), word);
        }
        assert_eq!(parse("recency").unwrap().0, Fill::Position(Place::Newest(0)));
        assert!(parse("item-index").unwrap().1 && parse("position").unwrap().1 && !parse("mask").unwrap().1);
    }

    #[test]
    fn other_words_are_refused() {
        for word in [
            "",
            "wonder",
            "item-index:1",
            "item-index:a:0",
            "mask:upside",
            "gap",
            "gap:0",
            "gap:1e-320",
            "position:9223372036854775807",
            "gap:NaN",
            "const",
            "const:x",
            "length:1",
        ] {
            let error = parse(word).unwrap_err();
            assert!(error.code() == Code::OptionInvalid && error.to_string().contains("item-index"), "{word}: {error}");
        }
    }
}
