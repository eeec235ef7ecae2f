//! Words right: what a box that completes words would have shown.

use super::engine::{Model, shares};
use crate::bpe::END;
use crate::error::Result;
use crate::text::pick;
use nearhand_onnx::State;

/// Shares of borders at which the model was right.
///
/// A word is a run of characters that are not white space, its marks among them. A border is a place within a line behind a word and the one
/// space that follows it: somebody has typed the space, and what comes is a word. The model is given the document up to there, as
/// much as its context holds, and its first token begins with that space.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Words {
    /// Borders that were asked.
    pub borders: usize,
    /// The most likely word is the one that follows. A word's likelihood is that of its tokens and of white space after them; the
    /// likeliest are found by a beam of 4.
    pub top1: f64,
    /// It is among the three most likely.
    pub top3: f64,
    /// The first n words of the greedy completion are those that follow, n from 1 to 5, of the borders whose line has so many left.
    pub exact: [f64; 5],
}

/// Beams that are kept, and tokens of a word at most.
const BEAMS: usize = 4;
const LONGEST: usize = 12;
/// Tokens of a greedy completion at most.
const GREEDY: usize = 24;

/// Asks `borders` borders spread evenly over the documents of a text (of a text beyond `most` bytes, over parts of it, as [`super::bits`]
/// takes them).
///
/// # Errors
/// `model-failed`.
pub fn words(model: &mut Model, text: &str, most: usize, borders: usize) -> Result<Words> {
    let documents = pick(text, most);
    let all: Vec<(usize, usize)> =
        documents.iter().enumerate().flat_map(|(number, document)| places(document).map(move |at| (number, at))).collect();
    let borders = borders.min(all.len());
    let (mut found, mut asked) = (Words::default(), [0_usize; 5]);
    for (document, at) in (0..borders).filter_map(|n| all.get(n * all.len() / borders)) {
        let Some((before, after)) = documents.get(*document).and_then(|d| d.split_at_checked(*at)) else { continue };
        let line = after.lines().next().unwrap_or_default();
        let wanted: Vec<&[u8]> = line.split_whitespace().take(5).map(str::as_bytes).collect();
        let Some(first) = wanted.first() else { continue };
        let mut tokens = vec![END];
        model.tokenizer.encode(before, &mut tokens);
        let room = model.context.saturating_sub(GREEDY + 1).max(8);
        let tokens = tokens.split_off(tokens.len().saturating_sub(room));
        let mut state = model.state();
        let rows = model.feed(&mut state, &tokens)?;
        let last = rows.chunks_exact(model.vocabulary()).last().unwrap_or_default().to_vec();
        let likely = likeliest(model, &state, &last)?;
        found.borders += 1;
        found.top1 += f64::from(u8::from(likely.first().is_some_and(|w| w == first)));
        found.top3 += f64::from(u8::from(likely.iter().take(3).any(|w| w == first)));
        let said = greedy(model, state, last)?;
        for (n, (exact, asked)) in found.exact.iter_mut().zip(&mut asked).enumerate().take(wanted.len()) {
            *asked += 1;
            let right = said.len() > n && said.iter().zip(&wanted).take(n + 1).all(|(said, wanted)| said == wanted);
            *exact += f64::from(u8::from(right));
        }
    }
    let share = |right: f64, asked: usize| right / asked.max(1) as f64;
    found.top1 = share(found.top1, found.borders);
    found.top3 = share(found.top3, found.borders);
    for (exact, asked) in found.exact.iter_mut().zip(asked) {
        *exact = share(*exact, asked);
    }
    Ok(found)
}

/// Ends of words that one space and another word follow.
fn places(document: &str) -> impl Iterator<Item = usize> {
    let bytes = document.as_bytes();
    let word = |at: usize| bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace());
    (1..bytes.len()).filter(move |at| bytes.get(*at) == Some(&b' ') && word(at - 1) && word(at + 1))
}

fn spaced(piece: &[u8]) -> bool {
    piece.first().is_none_or(u8::is_ascii_whitespace)
}

/// A token that begins a word: a space, and no other white space.
fn begins(piece: &[u8]) -> bool {
    piece.split_first().is_some_and(|(first, rest)| *first == b' ' && !rest.iter().any(u8::is_ascii_whitespace))
}

/// The likeliest words that follow, best first.
fn likeliest(model: &mut Model, state: &State, logits: &[f32]) -> Result<Vec<Vec<u8>>> {
    struct Beam {
        share: f64,
        word: Vec<u8>,
        token: u32,
        state: State,
    }
    let (mut done, mut live): (Vec<(f64, Vec<u8>)>, Vec<Beam>) = (Vec::new(), Vec::new());
    let first = best(model, &shares(logits), begins);
    for (share, token) in first {
        let word = model.pieces.get(token as usize).and_then(|p| p.get(1..)).unwrap_or_default().to_vec();
        live.push(Beam { share, word, token, state: state.clone() });
    }
    for _ in 0..LONGEST {
        let mut next: Vec<Beam> = Vec::new();
        for mut beam in std::mem::take(&mut live) {
            let row = model.feed(&mut beam.state, &[beam.token])?;
            let shares = shares(&row);
            let end: f64 = shares.iter().zip(&model.pieces).filter(|(_, piece)| spaced(piece)).map(|(share, _)| share).sum();
            if !beam.word.is_empty() {
                // The same word in other tokens is the same word.
                match done.iter_mut().find(|(_, word)| *word == beam.word) {
                    Some((share, _)) => *share += beam.share * end,
                    None => done.push((beam.share * end, beam.word.clone())),
                }
            }
            for (share, token) in best(model, &shares, |piece| !spaced(piece) && !piece.iter().any(u8::is_ascii_whitespace)) {
                let piece = model.pieces.get(token as usize).map(Vec::as_slice).unwrap_or_default();
                let word = [&beam.word, piece].concat();
                next.push(Beam { share: beam.share * share, word, token, state: beam.state.clone() });
            }
        }
        done.sort_by(|a, b| b.0.total_cmp(&a.0));
        next.sort_by(|a, b| b.share.total_cmp(&a.share));
        next.truncate(BEAMS);
        let third = done.get(2).map_or(0.0, |(share, _)| *share);
        next.retain(|beam| beam.share > third);
        if next.is_empty() {
            break;
        }
        live = next;
    }
    Ok(done.into_iter().map(|(_, word)| word).collect())
}

/// The largest shares among tokens of a kind.
fn best(model: &Model, shares: &[f64], kind: impl Fn(&[u8]) -> bool) -> Vec<(f64, u32)> {
    let mut all: Vec<(f64, u32)> = shares
        .iter()
        .zip(0..)
        .filter(|(_, t)| model.pieces.get(*t as usize).is_some_and(|p| kind(p)))
        .map(|(s, t)| (*s, t))
        .collect();
    let by = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if all.len() > BEAMS {
        all.select_nth_unstable_by(BEAMS - 1, by);
        all.truncate(BEAMS);
    }
    all.sort_by(by);
    all
}

/// Words of the greedy completion that are whole, five at most; it ends with its line.
fn greedy(model: &mut Model, mut state: State, mut logits: Vec<f32>) -> Result<Vec<Vec<u8>>> {
    let (mut text, mut whole) = (Vec::new(), false);
    for number in 0..GREEDY {
        let kind = if number == 0 { begins } else { |piece: &[u8]| !piece.is_empty() };
        let Some((_, token)) = best(model, &shares(&logits), kind).into_iter().next() else { break };
        let piece = model.pieces.get(token as usize).cloned().unwrap_or_default();
        let ended = piece.contains(&b'\n');
        let space = spaced(&piece);
        text.extend(piece.iter().take_while(|b| **b != b'\n'));
        // The last word is whole when white space follows it.
        let count = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).count();
        whole = ended || (space && text.last().is_some_and(u8::is_ascii_whitespace));
        if ended || count > 5 {
            break;
        }
        logits = model.feed(&mut state, &[token])?;
    }
    let mut words: Vec<Vec<u8>> = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).map(<[u8]>::to_vec).collect();
    if !whole {
        words.pop();
    }
    words.truncate(5);
    Ok(words)
}

#[cfg(test)]
mod tests;
