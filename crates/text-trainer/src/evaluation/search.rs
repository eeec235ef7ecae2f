//! What a model would write at a border of words: the likeliest words, and the greedy completion.

use super::adapter::Adapter;
use super::engine::{Model, shares};
use crate::error::Result;
use nearhand_onnx::State;

/// Beams that are kept, and tokens of a word at most.
const BEAMS: usize = 4;
const LONGEST: usize = 12;
/// Tokens of a greedy completion at most.
pub(super) const GREEDY: usize = 24;

/// A place in a text, and who says what comes there.
pub(super) struct Here<'a> {
    pub(super) model: &'a mut Model,
    /// The document's tokens up to there.
    pub(super) before: &'a [u32],
    pub(super) adapter: &'a mut dyn Adapter,
}

impl Here<'_> {
    fn piece(&self, token: u32) -> &[u8] {
        self.model.pieces.get(token as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Adapted logits behind tokens that were written here, of which a state has all but the last; none where its context is full.
    fn next(&mut self, state: &mut State, written: &[u32]) -> Result<Option<Vec<f32>>> {
        let Some(last) = written.last().filter(|_| state.len() < self.model.context) else { return Ok(None) };
        let mut row = self.model.feed(state, &[*last])?;
        self.adapter.adapt(&[self.before, written].concat(), &mut row);
        Ok(Some(row))
    }
}

fn spaced(piece: &[u8]) -> bool {
    piece.first().is_none_or(u8::is_ascii_whitespace)
}

/// A token that begins a word: a space, and no other white space.
fn begins(piece: &[u8]) -> bool {
    piece.split_first().is_some_and(|(first, rest)| *first == b' ' && !rest.iter().any(u8::is_ascii_whitespace))
}

/// The likeliest words that follow, best first.
pub(super) fn likeliest(here: &mut Here<'_>, state: &State, logits: &[f32]) -> Result<Vec<Vec<u8>>> {
    struct Beam {
        share: f64,
        word: Vec<u8>,
        tokens: Vec<u32>,
        state: State,
    }
    let (mut done, mut live): (Vec<(f64, Vec<u8>)>, Vec<Beam>) = (Vec::new(), Vec::new());
    for (share, token) in best(here.model, &shares(logits), begins) {
        let word = here.piece(token).get(1..).unwrap_or_default().to_vec();
        live.push(Beam { share, word, tokens: vec![token], state: state.clone() });
    }
    for _ in 0..LONGEST {
        let mut next: Vec<Beam> = Vec::new();
        for mut beam in std::mem::take(&mut live) {
            let Some(row) = here.next(&mut beam.state, &beam.tokens)? else { continue };
            let shares = shares(&row);
            let end: f64 = shares.iter().zip(&here.model.pieces).filter(|(_, piece)| spaced(piece)).map(|(share, _)| share).sum();
            if !beam.word.is_empty() {
                // The same word in other tokens is the same word.
                match done.iter_mut().find(|(_, word)| *word == beam.word) {
                    Some((share, _)) => *share += beam.share * end,
                    None => done.push((beam.share * end, beam.word.clone())),
                }
            }
            for (share, token) in
                best(here.model, &shares, |piece| !piece.iter().any(u8::is_ascii_whitespace) && !piece.is_empty())
            {
                let word = [&beam.word, here.piece(token)].concat();
                let tokens = [&beam.tokens[..], &[token]].concat();
                next.push(Beam { share: beam.share * share, word, tokens, state: beam.state.clone() });
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
pub(super) fn greedy(here: &mut Here<'_>, mut state: State, mut logits: Vec<f32>) -> Result<Vec<Vec<u8>>> {
    let (mut text, mut tokens, mut whole) = (Vec::new(), Vec::new(), false);
    for number in 0..GREEDY {
        let kind = if number == 0 { begins } else { |piece: &[u8]| !piece.is_empty() };
        let Some((_, token)) = best(here.model, &shares(&logits), kind).into_iter().next() else { break };
        let piece = here.piece(token).to_vec();
        let ended = piece.contains(&b'\n');
        let space = spaced(&piece);
        text.extend(piece.iter().take_while(|b| **b != b'\n'));
        // The last word is whole when white space follows it.
        let count = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).count();
        whole = ended || (space && text.last().is_some_and(u8::is_ascii_whitespace));
        if ended || count > 5 {
            break;
        }
        tokens.push(token);
        let Some(next) = here.next(&mut state, &tokens)? else { break };
        logits = next;
    }
    let mut words: Vec<Vec<u8>> = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).map(<[u8]>::to_vec).collect();
    if !whole {
        words.pop();
    }
    words.truncate(5);
    Ok(words)
}
