//! Text to tokens and back.

use super::learn::{FIRST, learn};
use super::split::pieces;
use crate::error::Result;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The token between texts: before the first word of each, and after the last.
pub const END: u32 = 0;

/// Pieces whose tokens are remembered, and bytes of one.
const REMEMBERED: (usize, usize) = (1 << 17, 32);

/// Byte pairs as tokens.
#[derive(Clone, Debug, Default)]
pub struct Tokenizer {
    pub(super) pairs: Vec<(u32, u32)>,
    made: HashMap<(u32, u32), u32>,
    known: HashMap<Box<str>, Box<[u32]>>,
}

impl PartialEq for Tokenizer {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Tokenizer {
    /// Learns `vocabulary` tokens from texts with the number of times each counts.
    ///
    /// # Errors
    /// `data-invalid` where the text has too few pairs.
    pub(crate) fn learn<'t>(texts: impl Iterator<Item = (&'t str, u64)>, vocabulary: usize) -> Result<Self> {
        Ok(Self::of(learn(texts, vocabulary)?))
    }

    pub(super) fn of(pairs: Vec<(u32, u32)>) -> Self {
        let made = pairs.iter().enumerate().map(|(number, pair)| (*pair, FIRST + number as u32)).collect();
        Self { pairs, made, known: HashMap::new() }
    }

    /// Tokens of the vocabulary, the end of a text and 256 bytes among them.
    #[must_use]
    pub fn len(&self) -> usize {
        FIRST as usize + self.pairs.len()
    }

    /// Never: bytes are always there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The bytes of a token; none for the end of a text and for what is no token.
    #[must_use]
    pub fn piece(&self, token: u32) -> Vec<u8> {
        let (mut bytes, mut rest) = (Vec::new(), vec![token]);
        while let Some(token) = rest.pop() {
            match token.checked_sub(FIRST).map(|at| self.pairs.get(at as usize)) {
                Some(Some((left, right))) => rest.extend([*right, *left]),
                Some(None) => {}
                None if token != END => bytes.push((token - 1) as u8),
                None => {}
            }
        }
        bytes
    }

    /// Appends the tokens of a text. No text makes [`END`].
    pub fn encode(&mut self, text: &str, out: &mut Vec<u32>) {
        for piece in pieces(text) {
            if let Some(tokens) = self.known.get(piece) {
                out.extend_from_slice(tokens);
                continue;
            }
            let tokens = self.piece_tokens(piece.as_bytes());
            out.extend_from_slice(&tokens);
            if piece.len() <= REMEMBERED.1 && self.known.len() < REMEMBERED.0 {
                self.known.insert(piece.into(), tokens.into());
            }
        }
    }

    /// The text of tokens; bytes that are no UTF-8 become U+FFFD.
    #[must_use]
    pub fn decode(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|t| self.piece(*t)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Merges the earliest pair again and again, of equal ones the leftmost; time grows little faster than the piece.
    fn piece_tokens(&self, bytes: &[u8]) -> Vec<u32> {
        let mut tokens: Vec<u32> = bytes.iter().map(|b| u32::from(*b) + 1).collect();
        // What stands before and behind; `usize::MAX` is nothing.
        const NOTHING: usize = usize::MAX;
        let mut before: Vec<usize> = (0..tokens.len()).map(|at| at.checked_sub(1).unwrap_or(NOTHING)).collect();
        let mut behind: Vec<usize> = (1..=tokens.len()).map(|at| if at < tokens.len() { at } else { NOTHING }).collect();
        let mut gone = vec![false; tokens.len()];
        let mut heap = BinaryHeap::new();
        for (at, pair) in tokens.windows(2).enumerate() {
            if let Some(token) = self.made.get(&(pair[0], pair[1])) {
                heap.push(Reverse((*token, at)));
            }
        }
        while let Some(Reverse((token, at))) = heap.pop() {
            let next = behind[at];
            if gone[at] || next == NOTHING || self.made.get(&(tokens[at], tokens[next])) != Some(&token) {
                continue;
            }
            tokens[at] = token;
            gone[next] = true;
            behind[at] = behind[next];
            if behind[at] != NOTHING {
                before[behind[at]] = at;
            }
            for (left, right) in [(before[at], at), (at, behind[at])] {
                if left != NOTHING
                    && right != NOTHING
                    && let Some(made) = self.made.get(&(tokens[left], tokens[right]))
                {
                    heap.push(Reverse((*made, left)));
                }
            }
        }
        tokens.into_iter().zip(gone).filter(|(_, gone)| !gone).map(|(token, _)| token).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_numerics::random::Random;

    /// The earliest pair of the piece, until there is none.
    fn brute(tokenizer: &Tokenizer, bytes: &[u8]) -> Vec<u32> {
        let mut tokens: Vec<u32> = bytes.iter().map(|b| u32::from(*b) + 1).collect();
        while let Some((token, at)) =
            tokens.windows(2).enumerate().filter_map(|(at, p)| Some((*tokenizer.made.get(&(p[0], p[1]))?, at))).min()
        {
            tokens[at] = token;
            tokens.remove(at + 1);
        }
        tokens
    }

    #[test]
    fn tokens_are_those_of_merging_one_by_one_and_stand_for_the_text() {
        let text = "the red bag and the blue bag are bags that they bring; 1,234 naïve cafés. ".repeat(3);
        let mut tokenizer = Tokenizer::learn([(text.as_str(), 1)].into_iter(), 290).unwrap();
        let mut random = Random::of(1, 0);
        for _ in 0..300 {
            let some: String = (0..random.below(60))
                .map(|_| *['t', 'h', 'e', 'b', 'a', 'g', ' ', 'ï', '1', '\n', '🙂'].get(random.below(11)).unwrap())
                .collect();
            let mut tokens = Vec::new();
            tokenizer.encode(&some, &mut tokens);
            let wanted: Vec<u32> = pieces(&some).flat_map(|p| brute(&tokenizer, p.as_bytes())).collect();
            assert_eq!(tokens, wanted, "{some:?}");
            assert_eq!(tokenizer.decode(&tokens), some);
        }
    }

    #[test]
    fn a_long_word_is_no_long_wait() {
        let mut tokenizer = Tokenizer::learn([("aaaa aaaa aaaa", 1)].into_iter(), 259).unwrap();
        let mut tokens = Vec::new();
        tokenizer.encode(&"a".repeat(1_000_000), &mut tokens);
        assert_eq!(tokens.len(), 250_000);
    }
}
