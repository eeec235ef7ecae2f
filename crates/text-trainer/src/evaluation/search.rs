//! What a model would write at a border: the likeliest words, marks or ends of lines, and the greedy completion.

use super::adapter::Adapter;
use super::ahead::Ahead;
use super::cut::{Cut, Read};
use super::engine::{Model, shares};
use super::words::MOST;
use crate::error::Result;
use std::collections::BTreeMap;

/// Beams that are kept, and tokens of a beam at most.
const BEAMS: usize = 4;
const LONGEST: usize = 12;
/// Tokens of a greedy completion at most.
pub(super) const GREEDY: usize = 24;

/// A place in a text, and who says what comes there.
pub(super) struct Here<'a> {
    pub(super) model: &'a mut Model,
    /// The document's tokens up to there, without those that are asked for again.
    pub(super) before: &'a mut Vec<u32>,
    pub(super) ahead: &'a mut Ahead,
    pub(super) adapter: &'a mut dyn Adapter,
    pub(super) cut: Cut,
    /// Bytes in front of the border that those tokens do not have: what is written begins with them.
    pub(super) again: &'a [u8],
    /// The text in front of the border ends with a word that has ended.
    pub(super) behind_word: bool,
}

impl Here<'_> {
    fn piece(&self, token: u32) -> &[u8] {
        self.model.pieces.get(token as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Adapted shares behind tokens that were written here; none where the context is full.
    fn next(&mut self, written: &[u32]) -> Result<Option<Vec<f64>>> {
        let Some(row) = self.ahead.row(self.model, written)? else { return Ok(None) };
        let mut row = row.to_vec();
        // In place: a document may have many tokens.
        let length = self.before.len();
        self.before.extend_from_slice(written);
        self.adapter.adapt(self.before, &mut row);
        self.before.truncate(length);
        Ok(Some(shares(&row)))
    }

    /// Reads bytes that were written here.
    fn read(&self, bytes: &[u8]) -> Read {
        match bytes.strip_prefix(self.again) {
            Some(new) => match self.cut.read(self.behind_word, new) {
                Read::Whole(unit) => Read::Whole(unit.start + self.again.len()..unit.end + self.again.len()),
                other => other,
            },
            None if self.again.starts_with(bytes) => Read::Open,
            None => Read::Never,
        }
    }
}

#[derive(Clone)]
struct Beam {
    share: f64,
    bytes: Vec<u8>,
    tokens: Vec<u32>,
}

/// The likelier first; of equals that of the lower tokens.
fn order(beams: &mut Vec<Beam>) {
    beams.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.tokens.cmp(&b.tokens)));
    beams.truncate(BEAMS);
}

/// The likeliest that follow, best first.
pub(super) fn likeliest(here: &mut Here<'_>) -> Result<Vec<Vec<u8>>> {
    // The same in other tokens is the same.
    let mut done: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
    let mut live = vec![Beam { share: 1.0, bytes: Vec::new(), tokens: Vec::new() }];
    for _ in 0..=LONGEST {
        let mut next: Vec<Beam> = Vec::new();
        for Beam { share: before, mut bytes, tokens } in std::mem::take(&mut live) {
            let Some(shares) = here.next(&tokens)? else { continue };
            let length = bytes.len();
            let mut open: Vec<(f64, u32)> = Vec::new();
            for (share, token) in shares.into_iter().zip(0..) {
                let piece = here.piece(token);
                if piece.is_empty() {
                    continue;
                }
                bytes.truncate(length);
                bytes.extend_from_slice(piece);
                match here.read(&bytes) {
                    Read::Never => {}
                    Read::Open => open.push((before * share, token)),
                    Read::Whole(unit) => {
                        let unit = bytes.get(unit).unwrap_or_default();
                        match done.get_mut(unit) {
                            Some(sum) => *sum += before * share,
                            None => drop(done.insert(unit.to_vec(), before * share)),
                        }
                    }
                }
            }
            open.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            next.extend(open.into_iter().take(BEAMS).map(|(share, token)| {
                let bytes = [bytes.get(..length).unwrap_or_default(), here.piece(token)].concat();
                Beam { share, bytes, tokens: [&tokens[..], &[token]].concat() }
            }));
        }
        order(&mut next);
        let mut sums: Vec<f64> = done.values().copied().collect();
        sums.sort_by(|a, b| b.total_cmp(a));
        let third = sums.get(2).copied().unwrap_or_default();
        next.retain(|beam| beam.share > third);
        if next.is_empty() {
            break;
        }
        live = next;
    }
    let mut done: Vec<(Vec<u8>, f64)> = done.into_iter().collect();
    done.sort_by(|a, b| b.1.total_cmp(&a.1));
    done.truncate(3);
    Ok(done.into_iter().map(|(unit, _)| unit).collect())
}

/// What of the greedy completion is whole, five at most; it ends with its line, or where it is another than is wanted: the rest would be in vain.
pub(super) fn greedy(here: &mut Here<'_>, wanted: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
    let (mut bytes, mut tokens) = (Vec::new(), Vec::new());
    for _ in 0..GREEDY {
        let Some(shares) = here.next(&tokens)? else { break };
        let length = bytes.len();
        let mut best: Option<(f64, u32)> = None;
        for (share, token) in shares.into_iter().zip(0..) {
            let piece = here.piece(token);
            if piece.is_empty() || best.is_some_and(|(most, _)| share <= most) {
                continue;
            }
            bytes.truncate(length);
            bytes.extend_from_slice(piece);
            if here.read(&bytes) != Read::Never {
                best = Some((share, token));
            }
        }
        let Some((_, token)) = best else { break };
        bytes.truncate(length);
        bytes.extend_from_slice(here.piece(token));
        tokens.push(token);
        let Some(new) = bytes.strip_prefix(here.again) else { continue };
        let (units, ended) = here.cut.written(new, MOST);
        if ended || !units.iter().zip(wanted).all(|(unit, wanted)| unit == wanted) {
            return Ok(units);
        }
    }
    Ok(bytes.strip_prefix(here.again).map(|new| here.cut.written(new, MOST).0).unwrap_or_default())
}
