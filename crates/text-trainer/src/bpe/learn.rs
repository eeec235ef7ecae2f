//! Byte pairs learnt: the pair that is seen most becomes a token, again and again (Sennrich et al. 2016).

use super::split::pieces;
use crate::error::{Code, Error, Result};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

/// The first token that is none of the 256 bytes: 0 is the end of a text, and byte b is 1 + b.
pub(super) const FIRST: u32 = 257;
/// Bytes of a piece that tokens are learnt from; longer ones are no words.
const LONGEST: usize = 64;

type Pair = (u32, u32);

/// Pairs in the order in which they became tokens, `FIRST` the first: as many as fill the vocabulary. Of pairs seen equally often the
/// one of lower tokens is first, so that the same text gives the same tokens.
///
/// # Errors
/// `data-invalid` where the text has no more pairs that are seen twice.
pub(super) fn learn<'t>(texts: impl Iterator<Item = (&'t str, u64)>, vocabulary: usize) -> Result<Vec<Pair>> {
    let mut seen: HashMap<&str, u64> = HashMap::new();
    for (text, times) in texts {
        for piece in pieces(text).filter(|p| p.len() > 1 && p.len() <= LONGEST) {
            *seen.entry(piece).or_default() += times;
        }
    }
    let mut seen: Vec<(&str, u64)> = seen.into_iter().collect();
    seen.sort_unstable();
    let mut words: Vec<Vec<u32>> = seen.iter().map(|(word, _)| word.bytes().map(|b| u32::from(b) + 1).collect()).collect();
    let times: Vec<u64> = seen.into_iter().map(|(_, times)| times).collect();
    // Of every pair how often it is seen, and in which words it may stand.
    let mut counts: BTreeMap<Pair, (u64, Vec<u32>)> = BTreeMap::new();
    for (number, word) in words.iter().enumerate() {
        for pair in word.windows(2) {
            count(&mut counts, (pair[0], pair[1]), times[number], number as u32);
        }
    }
    let mut heap: BinaryHeap<(u64, Reverse<Pair>)> = counts.iter().map(|(pair, (n, _))| (*n, Reverse(*pair))).collect();
    let mut pairs = Vec::new();
    let wanted = vocabulary.saturating_sub(FIRST as usize);
    while pairs.len() < wanted {
        let Some((said, Reverse(pair))) = heap.pop() else { break };
        let Some((now, _)) = counts.get(&pair) else { continue };
        if *now != said {
            // It was seen less often since: it waits for its turn.
            if *now > 1 {
                heap.push((*now, Reverse(pair)));
            }
            continue;
        }
        if said < 2 {
            break;
        }
        let token = FIRST + pairs.len() as u32;
        pairs.push(pair);
        let Some((_, at)) = counts.remove(&pair) else { continue };
        let mut fresh: BTreeMap<Pair, ()> = BTreeMap::new();
        for number in at {
            let word = &mut words[number as usize];
            if !word.windows(2).any(|p| (p[0], p[1]) == pair) {
                continue;
            }
            let merged = merge(word, pair, token);
            for p in word.windows(2) {
                if let Some((n, _)) = counts.get_mut(&(p[0], p[1])) {
                    *n = n.saturating_sub(times[number as usize]);
                }
            }
            for p in merged.windows(2) {
                count(&mut counts, (p[0], p[1]), times[number as usize], number);
                if p.contains(&token) {
                    fresh.insert((p[0], p[1]), ());
                }
            }
            *word = merged;
        }
        for (pair, ()) in fresh {
            if let Some((n, _)) = counts.get(&pair) {
                heap.push((*n, Reverse(pair)));
            }
        }
    }
    if pairs.len() < wanted {
        return Err(Error::new(
            Code::DataInvalid,
            "the text is too little for so large a vocabulary: give more text, or a smaller --vocabulary",
        )
        .with("vocabulary", vocabulary)
        .with("at_most", FIRST as usize + pairs.len()));
    }
    Ok(pairs)
}

fn count(counts: &mut BTreeMap<Pair, (u64, Vec<u32>)>, pair: Pair, times: u64, word: u32) {
    let (n, at) = counts.entry(pair).or_default();
    *n += times;
    if at.last() != Some(&word) {
        at.push(word);
    }
}

/// The word with each pair, from the left, as one token.
fn merge(word: &[u32], pair: Pair, token: u32) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::with_capacity(word.len());
    let mut rest = word;
    while let [first, after @ ..] = rest {
        match after {
            [second, tail @ ..] if (*first, *second) == pair => {
                out.push(token);
                rest = tail;
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_numerics::random::Random;

    /// Counts all pairs of all words anew for each token.
    fn brute(texts: &[(&str, u64)], vocabulary: usize) -> Vec<Pair> {
        let mut words: Vec<(Vec<u32>, u64)> = Vec::new();
        for (text, times) in texts {
            words.extend(pieces(text).map(|p| (p.bytes().map(|b| u32::from(b) + 1).collect(), *times)));
        }
        let mut pairs = Vec::new();
        while pairs.len() + (FIRST as usize) < vocabulary {
            let mut counts: BTreeMap<Pair, u64> = BTreeMap::new();
            for (word, times) in &words {
                word.windows(2).for_each(|p| *counts.entry((p[0], p[1])).or_default() += times);
            }
            let (pair, _) = counts.iter().max_by_key(|(pair, n)| (**n, Reverse(**pair))).unwrap();
            let token = FIRST + pairs.len() as u32;
            words.iter_mut().for_each(|(word, _)| *word = merge(word, *pair, token));
            pairs.push(*pair);
        }
        pairs
    }

    #[test]
    fn the_pairs_are_those_of_counting_anew() {
        for seed in 0..20 {
            let mut random = Random::of(seed, 0);
            let letters = 2 + random.below(4);
            let texts: Vec<(String, u64)> = (0..30)
                .map(|_| {
                    let text =
                        (0..40).map(|_| if random.below(5) == 0 { ' ' } else { (b'a' + random.below(letters) as u8) as char });
                    (text.collect(), 1 + random.below(3) as u64)
                })
                .collect();
            let texts: Vec<(&str, u64)> = texts.iter().map(|(t, n)| (t.as_str(), *n)).collect();
            assert_eq!(learn(texts.iter().copied(), 320).unwrap(), brute(&texts, 320), "{seed}");
        }
    }

    #[test]
    fn a_vocabulary_beyond_the_text_is_refused_with_what_it_can_be() {
        let error = learn([("a red bag, a red hat", 1)].into_iter(), 4096).unwrap_err();
        assert_eq!(error.code(), Code::DataInvalid);
        let most: usize = error.details()[1].1.parse().unwrap();
        assert_eq!(learn([("a red bag, a red hat", 1)].into_iter(), most).unwrap().len(), most - FIRST as usize);
    }
}
