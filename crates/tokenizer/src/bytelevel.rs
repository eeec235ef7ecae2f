//! The alphabet of byte-level vocabularies: each byte is written as a character that can be seen.

/// The character of a byte: printable ones stand for themselves, the others from U+0100 on.
pub(crate) fn character(byte: u8) -> char {
    let hidden = |byte: u8| matches!(byte, 0..=32 | 127..=160 | 173);
    if !hidden(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&byte| hidden(byte)).count();
    u32::try_from(before).ok().and_then(|before| char::from_u32(256 + before)).unwrap_or(' ')
}

/// Characters and their bytes.
pub(crate) struct Alphabet([(char, u8); 256]);

impl Alphabet {
    pub(crate) fn new() -> Self {
        let mut all = [(' ', 0); 256];
        for (byte, pair) in (0..=255).zip(&mut all) {
            *pair = (character(byte), byte);
        }
        all.sort_unstable();
        Self(all)
    }

    /// The bytes that a word of the vocabulary stands for; of one with other characters, none.
    pub(crate) fn bytes(&self, word: &str) -> Option<Vec<u8>> {
        let byte = |c| self.0.binary_search_by_key(&c, |pair| pair.0).ok().and_then(|at| self.0.get(at)).map(|pair| pair.1);
        word.chars().map(byte).collect()
    }
}

/// The word that bytes are written as.
pub(crate) fn word(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| character(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_that_of_gpt_2() {
        assert_eq!(word(b"a \n\0\x7f\xa0\xad\xff"), "aĠĊĀġłŃÿ");
        let alphabet = Alphabet::new();
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(alphabet.bytes(&word(&all)).unwrap(), all);
        assert!(alphabet.bytes("a b").is_none() && alphabet.bytes("日").is_none());
    }
}
