//! One reading of a text: bits a byte of every token, and at some borders what the model would have written.

use super::adapter::Adapter;
use super::ahead::Ahead;
use super::cut::Cut;
use super::engine::{Model, total};
use super::search::{GREEDY, Here, greedy, likeliest};
use super::words::{MOST, Right};
use crate::bpe::END;
use crate::error::{Code, Error, Result};
use crate::text::pick;
use nearhand_onnx::State;

/// Tokens that the model is given at a time.
const PART: usize = 64;

/// What is asked of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Bytes that are read at most: of a longer text, groups of whole documents spread evenly over it.
    pub bytes: usize,
    /// Borders that are asked at most of each cut, spread evenly over what is read.
    pub borders: usize,
}

/// What a text takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bits {
    /// −Σ log2 of every token's share, over the bytes of the text.
    pub per_byte: f64,
    /// Bytes that were measured.
    pub bytes: usize,
    /// Tokens of those.
    pub tokens: usize,
    /// Documents of those.
    pub documents: usize,
}

/// How well a text is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Found {
    /// How many bits it takes.
    pub bits: Bits,
    /// Words right, their marks with them.
    pub words: Right,
    /// Words, marks and ends of lines right, each by itself.
    pub units: Right,
}

/// Reads a text (documents are parted by blank lines) once, and says for each adapter how well model and adapter know it.
///
/// A document begins with the end of a text, which is given, not counted. The model sees at most its context; where a document is
/// longer, it goes on with the newest half of it, so that every token but a document's first has at least half a context before it.
/// Every byte counts, line ends and blank lines too. An adapter is told a token after it was asked about it and about the words behind it.
///
/// # Errors
/// `data-invalid` for a text without text; `model-failed`.
pub fn measure(model: &mut Model, text: &str, asked: Asked, adapters: &mut [&mut dyn Adapter]) -> Result<Vec<Found>> {
    let documents = pick(text, asked.bytes);
    let mut borders = [Cut::Words, Cut::Units].map(|cut| (cut, borders(&documents, cut, asked.borders).peekable()));
    let mut found = vec![Found::default(); adapters.len()];
    for (number, document) in documents.iter().enumerate() {
        let mut at = Vec::new();
        for (cut, borders) in &mut borders {
            while let Some((_, place)) = borders.next_if(|(document, _)| *document == number) {
                at.push((*cut, place));
            }
        }
        one(model, document, &at, adapters, &mut found)?;
    }
    for Found { bits, words, units } in &mut found {
        if bits.bytes == 0 {
            return Err(Error::new(Code::DataInvalid, "there is no text to measure"));
        }
        bits.per_byte /= std::f64::consts::LN_2 * bits.bytes as f64;
        words.share();
        units.share();
    }
    Ok(found)
}

/// Borders of a cut, spread evenly: the document's number, and the place in it.
pub(super) fn borders(documents: &[String], cut: Cut, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let places = |(number, document): (usize, &String)| cut.places(document).into_iter().map(move |at| (number, at));
    let all: Vec<(usize, usize)> = documents.iter().enumerate().flat_map(places).collect();
    let count = most.min(all.len());
    (0..count).filter_map(move |n| all.get(n * all.len() / count).copied())
}

/// A border in a document.
struct Border {
    /// Tokens that are given.
    given: usize,
    place: usize,
    /// Where those tokens end: what follows up to the place is asked for again.
    from: usize,
    cut: Cut,
}

impl Border {
    /// `ends` are those of the document's tokens, the first of which has no bytes. A word is where it ends: no token goes past it but with more
    /// of the word. Behind a mark or a line's end the last token may be a longer one, which what follows decides.
    fn of(document: &str, ends: &[usize], cut: Cut, place: usize) -> Self {
        let last = ends.partition_point(|end| *end < place);
        let whole = ends.get(last) == Some(&place) && (last == 0 || cut == Cut::Words || cut.behind_word(document, place));
        let given = if whole { last + 1 } else { last };
        Self { given, place, from: ends.get(given.saturating_sub(1)).copied().unwrap_or(place), cut }
    }
}

/// Reads a document, and asks at its places.
fn one(
    model: &mut Model,
    document: &str,
    places: &[(Cut, usize)],
    adapters: &mut [&mut dyn Adapter],
    found: &mut [Found],
) -> Result<()> {
    let mut tokens = vec![END];
    model.tokenizer.encode(document, &mut tokens);
    for Found { bits, .. } in found.iter_mut() {
        bits.bytes += document.len();
        bits.tokens += tokens.len() - 1;
        bits.documents += 1;
    }
    let lengths = tokens.iter().map(|token| model.pieces.get(*token as usize).map_or(0, Vec::len));
    let ends: Vec<usize> = lengths
        .scan(0, |end, length| {
            *end += length;
            Some(*end)
        })
        .collect();
    let mut asked: Vec<Border> = places.iter().map(|(cut, place)| Border::of(document, &ends, *cut, *place)).collect();
    asked.sort_by_key(|border| border.given);
    let mut asked = asked.into_iter().peekable();
    let mut begins = begins(document).peekable();
    adapters.iter_mut().for_each(|adapter| adapter.begin());
    let (context, mut state, mut fed) = (model.context, model.state(), 0);
    while fed + 1 < tokens.len() {
        let border = asked.peek().map_or(usize::MAX, |border| border.given);
        let end = (fed + PART.min(context / 2)).min(tokens.len() - 1).min(border);
        let mut from = fed;
        if state.len() + end - fed > context {
            from = fed.saturating_sub(context / 2);
            state = model.state();
        }
        let rows = model.feed(&mut state, tokens.get(from..end).unwrap_or_default())?;
        let rows = rows.chunks_exact(model.vocabulary()).skip(fed - from);
        for (row, at) in rows.zip(fed + 1..) {
            let Some((before, [token, ..])) = tokens.split_at_checked(at) else { break };
            let mut here = Vec::new();
            while let Some(border) = asked.next_if(|border| border.given == at) {
                here.push(border);
            }
            let ahead = if here.is_empty() { None } else { Some(ahead(model, &state, before, row)?) };
            let mut ahead = ahead.map(|ahead| (ahead, before.to_vec()));
            for (adapter, found) in adapters.iter_mut().zip(found.iter_mut()) {
                if let Some((ahead, before)) = &mut ahead {
                    for border in &here {
                        ask(model, document, border, (&mut *before, &mut *ahead, &mut **adapter), found)?;
                    }
                }
                let mut own = row.to_vec();
                adapter.adapt(before, &mut own);
                found.bits.per_byte += total(&own) - own.get(*token as usize).copied().map_or(f64::NEG_INFINITY, f64::from);
                adapter.learn(before, row, *token);
            }
            let passed = |start: &usize| ends.get(at).is_some_and(|end| start <= end);
            while begins.next_if(passed).is_some() {
                adapters.iter_mut().for_each(|adapter| adapter.begin());
            }
        }
        fed = end;
    }
    Ok(())
}

/// Where texts begin within a document that have nothing to do with what comes before: behind lines that are blank or `---`.
fn begins(document: &str) -> impl Iterator<Item = usize> {
    document
        .split_inclusive('\n')
        .scan(0, |end, line| {
            *end += line.len();
            Some((*end, line))
        })
        .filter(|(_, line)| matches!(line.trim_end(), "" | "---"))
        .map(|(end, _)| end)
}

/// A state with tokens, and room for what is written next.
fn ahead(model: &mut Model, state: &State, before: &[u32], row: &[f32]) -> Result<Ahead> {
    let room = model.context.saturating_sub(GREEDY).max(model.context / 2);
    if state.len() <= room {
        return Ok(Ahead::new(state.clone(), row.to_vec()));
    }
    let mut state = model.state();
    model.feed(&mut state, before.get(before.len().saturating_sub(room)..).unwrap_or_default())?;
    Ok(Ahead::new(state, row.to_vec()))
}

/// Asks what comes, and holds it against what does.
fn ask(
    model: &mut Model,
    document: &str,
    border: &Border,
    (before, ahead, adapter): (&mut Vec<u32>, &mut Ahead, &mut dyn Adapter),
    found: &mut Found,
) -> Result<()> {
    let Border { place, from, cut, .. } = *border;
    let again = document.as_bytes().get(from..place).unwrap_or_default();
    let behind_word = cut.behind_word(document, place);
    let mut here = Here { model, before, ahead, adapter, cut, again, behind_word };
    let likely = likeliest(&mut here)?;
    let wanted = cut.wanted(document.get(place..).unwrap_or_default(), MOST);
    let said = greedy(&mut here, &wanted)?;
    match cut {
        Cut::Words => found.words.count(&wanted, &likely, &said),
        Cut::Units => found.units.count(&wanted, &likely, &said),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
