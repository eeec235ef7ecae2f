//! Unigram: of all ways to cut a text into tokens the one with the largest sum of scores, found from left to right. The sums are taken
//! in the order and with the comparisons of the reference, so that ties fall alike.

use crate::bpe::{Banned, NONE, no_token};
use crate::error::Result;
use crate::table::{Prefixes, Words};

/// What an unknown character costs beside the worst token.
const PENALTY: f64 = 10.0;

/// The model.
#[derive(Clone, Debug)]
pub(crate) struct Unigram {
    pub(crate) words: Words,
    pub(crate) prefixes: Prefixes,
    pub(crate) scores: Vec<f64>,
    pub(crate) worst: f64,
    pub(crate) unknown: Option<u32>,
    /// Ids by byte, for characters that it does not have.
    pub(crate) bytes: Option<Box<[u32; 256]>>,
}

/// The best way to a place.
#[derive(Clone, Copy, Debug)]
struct Best {
    score: f64,
    start: u32,
    id: u32,
}

const NOWHERE: Best = Best { score: 0.0, start: NONE, id: NONE };

impl Unigram {
    /// Tokens of a text: calls with id and bytes of each.
    pub(crate) fn encode(&self, text: &str, banned: Banned<'_>, steps: &mut u64, mut tell: impl FnMut(u32, usize)) -> Result<()> {
        let mut best = vec![NOWHERE; text.len() + 1];
        for (start, c) in text.char_indices() {
            let score = best.get(start).map_or(0.0, |best| best.score);
            let mut take = |id: u32, len: usize, more: f64| {
                if let Some(there) = best.get_mut(start + len)
                    && (there.start == NONE || score + more > there.score)
                {
                    *there = Best { score: score + more, start: u32::try_from(start).unwrap_or(NONE), id };
                }
            };
            let mut single = false;
            self.prefixes.each(&self.words, text.as_bytes().get(start..).unwrap_or(&[]), steps, |id, len| {
                if banned(id) {
                    return;
                }
                single |= len == c.len_utf8();
                take(id, len, self.scores.get(id as usize).copied().unwrap_or(0.0));
            })?;
            if !single {
                take(self.unknown.ok_or_else(|| no_token(c.encode_utf8(&mut [0; 4])))?, c.len_utf8(), self.worst - PENALTY);
            }
        }
        // From the end back, unknown neighbours as one.
        let (mut parts, mut end): (Vec<(u32, usize, usize)>, usize) = (Vec::new(), text.len());
        while end > 0 {
            let Some(&Best { start, id, .. }) = best.get(end).filter(|best| (best.start as usize) < end) else { break };
            let start = start as usize;
            match parts.last_mut().filter(|last| Some(id) == self.unknown && last.0 == id) {
                Some(last) => last.1 = start,
                None => parts.push((id, start, end)),
            }
            end = start;
        }
        for (id, start, end) in parts.into_iter().rev() {
            let part = text.get(start..end).unwrap_or("");
            if Some(id) != self.unknown {
                tell(id, part.len());
            } else if let Some(id) = self.words.find(part.as_bytes()).filter(|id| !banned(*id)) {
                // Several that are unknown may together be known, with so low a score that it was not taken.
                tell(id, part.len());
            } else if let Some(bytes) =
                self.bytes.as_ref().filter(|bytes| part.bytes().all(|byte| bytes.get(usize::from(byte)) != Some(&NONE)))
            {
                for byte in part.bytes() {
                    tell(bytes.get(usize::from(byte)).copied().unwrap_or(NONE), 1);
                }
            } else {
                tell(id, part.len());
            }
        }
        Ok(())
    }
}
