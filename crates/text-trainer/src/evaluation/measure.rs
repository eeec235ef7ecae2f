//! One reading of a text: bits a byte of every token, and at some borders of words what the model would have written.

use super::adapter::Adapter;
use super::engine::{Model, total};
use super::search::{GREEDY, Here, greedy, likeliest};
use super::words::{Words, places};
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
    /// Borders of words that are asked at most, spread evenly over what is read.
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
    /// Words right.
    pub words: Words,
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
    let mut borders = borders(&documents, asked.borders).peekable();
    let mut found = vec![Found::default(); adapters.len()];
    for (number, document) in documents.iter().enumerate() {
        let mut at = Vec::new();
        while let Some((_, place)) = borders.next_if(|(document, _)| *document == number) {
            at.push(place);
        }
        one(model, document, &at, adapters, &mut found)?;
    }
    for Found { bits, words } in &mut found {
        if bits.bytes == 0 {
            return Err(Error::new(Code::DataInvalid, "there is no text to measure"));
        }
        bits.per_byte /= std::f64::consts::LN_2 * bits.bytes as f64;
        words.share();
    }
    Ok(found)
}

/// Borders of words, spread evenly: the document's number, and the place in it.
pub(super) fn borders(documents: &[String], most: usize) -> impl Iterator<Item = (usize, usize)> {
    let all: Vec<(usize, usize)> =
        documents.iter().enumerate().flat_map(|(number, document)| places(document).map(move |at| (number, at))).collect();
    let count = most.min(all.len());
    (0..count).filter_map(move |n| all.get(n * all.len() / count).copied())
}

/// Reads a document, and asks at its places.
fn one(
    model: &mut Model,
    document: &str,
    places: &[usize],
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
    // Where each token ends. None crosses the border of a word: behind so many tokens somebody is asked.
    let lengths = tokens.iter().map(|token| model.pieces.get(*token as usize).map_or(0, Vec::len));
    let ends: Vec<usize> = lengths
        .scan(0, |end, length| {
            *end += length;
            Some(*end)
        })
        .collect();
    let asked = places.iter().filter_map(|place| ends.binary_search(place).ok().map(|at| (at + 1, *place)));
    let mut asked = asked.peekable();
    let mut begins = begins(document).peekable();
    adapters.iter_mut().for_each(|adapter| adapter.begin());
    let (context, mut state, mut fed) = (model.context, model.state(), 0);
    while fed + 1 < tokens.len() {
        let border = asked.peek().map_or(usize::MAX, |(number, _)| *number);
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
            let place = asked.next_if(|(number, _)| *number == at).map(|(_, place)| place);
            for (adapter, Found { bits, words }) in adapters.iter_mut().zip(found.iter_mut()) {
                let mut own = row.to_vec();
                adapter.adapt(before, &mut own);
                if let Some(after) = place.and_then(|place| document.get(place..)) {
                    ask(model, &state, before, &own, (after, &mut **adapter), words)?;
                }
                bits.per_byte += total(&own) - own.get(*token as usize).copied().map_or(f64::NEG_INFINITY, f64::from);
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

/// Asks which words come, and holds them against those that do.
fn ask(
    model: &mut Model,
    state: &State,
    before: &[u32],
    logits: &[f32],
    (after, adapter): (&str, &mut dyn Adapter),
    words: &mut Words,
) -> Result<()> {
    // What is written next must have room.
    let room = model.context.saturating_sub(GREEDY).max(model.context / 2);
    let state = if state.len() <= room {
        state.clone()
    } else {
        let mut state = model.state();
        model.feed(&mut state, before.get(before.len().saturating_sub(room)..).unwrap_or_default())?;
        state
    };
    let mut here = Here { model, before, adapter };
    let likely = likeliest(&mut here, &state, logits)?;
    let said = greedy(&mut here, state, logits.to_vec())?;
    let line = after.lines().next().unwrap_or_default();
    words.count(line, &likely, &said);
    Ok(())
}

#[cfg(test)]
mod tests;
