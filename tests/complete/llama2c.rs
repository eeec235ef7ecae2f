//! A tokenizer of llama2.c, as tests need one: the number of bytes of the longest piece, then for each token a score, a length and its bytes.

use nearhand::complete::Vocabulary;
use nearhand::error::Result;
use std::collections::BTreeMap;

/// Token 0 is unknown, 1 begins and 2 ends a text, 3 to 258 are bytes.
pub(crate) struct Words {
    pieces: Vec<Vec<u8>>,
    scores: Vec<f32>,
    /// As they stand in the file, spelled out.
    ids: BTreeMap<Vec<u8>, u32>,
}

impl Words {
    pub(crate) fn read(file: &[u8]) -> Self {
        let number = |at: usize| <[u8; 4]>::try_from(&file[at..at + 4]).unwrap();
        let (mut pieces, mut scores, mut ids) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut at = 4;
        while at < file.len() {
            let length = u32::from_le_bytes(number(at + 4)) as usize;
            scores.push(f32::from_le_bytes(number(at)));
            let text = file[at + 8..at + 8 + length].to_vec();
            let id = pieces.len() as u32;
            pieces.push(match id {
                0..3 => Vec::new(),
                3..259 => vec![(id - 3) as u8],
                _ => text.clone(),
            });
            ids.insert(text, id);
            at += 8 + length;
        }
        Self { pieces, scores, ids }
    }

    fn joined(&self, a: u32, b: u32) -> Option<(f32, u32)> {
        let text = [self.piece(a), self.piece(b)].concat();
        let id = *self.ids.get(&text)?;
        Some((self.scores[id as usize], id))
    }
}

impl Vocabulary for Words {
    fn len(&self) -> usize {
        self.pieces.len()
    }

    fn piece(&self, id: u32) -> &[u8] {
        self.pieces.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// A space first, bytes where a character is no token, then the pair with the best score until there is none.
    fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        let mut own = vec![self.ids[&b" "[..]]];
        for c in text.chars() {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            match self.ids.get(bytes) {
                Some(id) => own.push(*id),
                None => own.extend(bytes.iter().map(|b| u32::from(*b) + 3)),
            }
        }
        loop {
            let mut best: Option<(f32, usize, u32)> = None;
            for (at, pair) in own.windows(2).enumerate() {
                if let Some((score, id)) = self.joined(pair[0], pair[1])
                    && best.is_none_or(|(most, ..)| score > most)
                {
                    best = Some((score, at, id));
                }
            }
            let Some((_, at, id)) = best else { break };
            own.splice(at..at + 2, [id]);
        }
        ids.extend(own);
        Ok(())
    }

    fn special(&self, name: &str) -> Option<u32> {
        ["<unk>", "<s>", "</s>"].iter().position(|n| *n == name).map(|at| at as u32)
    }

    fn begins_with_space(&self) -> bool {
        true
    }
}
