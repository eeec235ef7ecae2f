//! Documents as tokens, and the windows of an epoch that a step takes its texts from.

use crate::bpe::{END, Tokenizer};
use crate::model::network::NONE;
use crate::text::Documents;
use nearhand_numerics::random::Random;
use sha2::{Digest, Sha256};

/// Documents as tokens.
#[derive(Debug, Default)]
pub(super) struct Stream {
    tokens: Vec<u16>,
    /// Where each document ends.
    ends: Vec<usize>,
    weights: Vec<f32>,
    /// Bytes of the texts.
    pub(super) bytes: usize,
}

impl Stream {
    pub(super) fn of(documents: &Documents, tokenizer: &mut Tokenizer) -> Self {
        let mut all = Self { bytes: documents.bytes(), weights: documents.weights.clone(), ..Self::default() };
        let mut tokens = Vec::new();
        for text in &documents.texts {
            tokens.clear();
            tokenizer.encode(text, &mut tokens);
            all.tokens.extend(tokens.iter().map(|t| *t as u16));
            all.ends.push(all.tokens.len());
        }
        all
    }

    /// Tokens of all documents.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// What the documents, their weights and the tokenizer are told by.
    pub(super) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        self.tokens.iter().for_each(|t| hash.update(t.to_le_bytes()));
        self.ends.iter().for_each(|e| hash.update((*e as u64).to_le_bytes()));
        self.weights.iter().for_each(|w| hash.update(w.to_le_bytes()));
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn document(&self, number: usize) -> &[u16] {
        let from = number.checked_sub(1).and_then(|n| self.ends.get(n)).copied().unwrap_or(0);
        self.ends.get(number).and_then(|end| self.tokens.get(from..*end)).unwrap_or_default()
    }

    /// An epoch's documents one after the other, each as often as its weight says, the end of a text before each; at least `least` tokens.
    pub(super) fn epoch(&self, seed: u64, number: u64, least: usize) -> Vec<u16> {
        let mut random = Random::of(seed, number);
        let mut out = Vec::new();
        if self.tokens.is_empty() {
            return out;
        }
        while out.len() < least {
            let mut order: Vec<usize> = Vec::new();
            for (document, weight) in self.weights.iter().enumerate() {
                let times = *weight as usize + usize::from(random.unit() < weight.fract());
                order.extend(std::iter::repeat_n(document, times));
            }
            random.shuffle(&mut order);
            for document in order {
                out.push(END as u16);
                out.extend_from_slice(self.document(document));
            }
        }
        out
    }

    /// All documents once, in their order.
    pub(super) fn plain(&self) -> Vec<u16> {
        let mut out = Vec::with_capacity(self.tokens.len() + self.ends.len());
        for document in 0..self.ends.len() {
            out.push(END as u16);
            out.extend_from_slice(self.document(document));
        }
        out
    }
}

/// The windows of one epoch in the order in which they are read.
#[derive(Debug, Default)]
pub(super) struct Windows {
    tokens: Vec<u16>,
    starts: Vec<usize>,
    len: usize,
}

impl Windows {
    /// Windows of `len` tokens, shuffled; where the first begins is drawn, so that they are others in every epoch.
    pub(super) fn shuffled(tokens: Vec<u16>, len: usize, seed: u64, number: u64) -> Self {
        let mut random = Random::of(seed ^ 0x7769_6e64, number);
        let spare = tokens.len().saturating_sub(len + 1).min(len);
        let first = random.below(spare + 1);
        let mut windows = Self::plain(tokens, len, first);
        random.shuffle(&mut windows.starts);
        windows
    }

    /// Windows in the text's order from `first` on.
    pub(super) fn plain(tokens: Vec<u16>, len: usize, first: usize) -> Self {
        let starts = (first..tokens.len().saturating_sub(len)).step_by(len.max(1)).collect();
        Self { tokens, starts, len }
    }

    /// Windows in the text's order of all of it: the last has ends of texts behind it, which are not learnt.
    pub(super) fn whole(mut tokens: Vec<u16>, len: usize) -> Self {
        if tokens.len() > 1 {
            tokens.resize((tokens.len() - 1).next_multiple_of(len.max(1)) + 1, END as u16);
        }
        Self::plain(tokens, len, 0)
    }

    /// At most `most` of the windows, spread over all.
    pub(super) fn spread(mut self, most: usize) -> Self {
        let all = self.starts.len();
        if all > most {
            self.starts = (0..most).filter_map(|n| self.starts.get(n * all / most).copied()).collect();
        }
        self
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// Appends a window's tokens and what follows each. The end of a text is nothing to be learnt: it is never written.
    pub(super) fn window(&self, number: usize, tokens: &mut Vec<u32>, targets: &mut Vec<u32>) {
        let Some(start) = self.starts.get(number) else { return };
        let Some(both) = self.tokens.get(*start..*start + self.len + 1) else { return };
        let (Some((_, after)), Some((_, before))) = (both.split_first(), both.split_last()) else { return };
        tokens.extend(before.iter().map(|t| u32::from(*t)));
        targets.extend(after.iter().map(|t| if u32::from(*t) == END { NONE } else { u32::from(*t) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Stream {
        Stream { tokens: (1..=60).collect(), ends: vec![10, 30, 60], weights: vec![2.0, 1.0, 0.5], bytes: 60 }
    }

    #[test]
    fn an_epoch_has_documents_as_often_as_their_weights_say() {
        let (mut seen, stream) = ([0; 3], stream());
        for number in 0..200 {
            let epoch = stream.epoch(3, number, 1);
            for (first, count) in [1, 11, 31].into_iter().zip(&mut seen) {
                *count += epoch.windows(2).filter(|w| *w == [0, first]).count();
            }
            assert_eq!(epoch, stream.epoch(3, number, 1));
        }
        assert!(seen[0] == 400 && seen[1] == 200 && (70..130).contains(&seen[2]), "{seen:?}");
        assert!(stream.epoch(3, 0, 500).len() >= 500);
    }

    #[test]
    fn windows_hold_every_token_once_and_what_follows_it() {
        let windows = Windows::shuffled(stream().plain(), 8, 1, 1);
        let (mut tokens, mut targets) = (Vec::new(), Vec::new());
        (0..windows.count()).for_each(|n| windows.window(n, &mut tokens, &mut targets));
        assert_eq!(tokens.len(), windows.count() * 8);
        for (token, target) in tokens.iter().zip(&targets) {
            let ended = [10, 30].contains(token);
            assert!(if ended { *target == NONE } else { *target == token + 1 || *token == 0 }, "{token} {target}");
        }
        let mut once: Vec<u32> = tokens.iter().copied().filter(|t| *t != 0).collect();
        once.sort_unstable();
        assert!(once.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn the_digest_tells_texts_weights_and_borders() {
        let (one, mut two) = (stream().digest(), stream());
        assert_eq!(one, stream().digest());
        two.weights[0] = 1.0;
        assert_ne!(one, two.digest());
        let mut three = stream();
        three.ends[0] = 11;
        assert_ne!(one, three.digest());
    }
}
