//! Letters that often stand together, written as one byte.
//!
//! Bytes from 0x81 on stand for up to 127 strings; 0x80 says that the next byte is meant as it is. The strings are those that
//! pairing the most frequent neighbours makes, again and again (Gage 1994, "A new algorithm for data compression").

/// Most strings.
const MOST: usize = 127;
/// Most letters of a string.
const LONGEST: usize = 16;
/// The byte before one that is meant as it is.
const AS_IT_IS: u8 = 0x80;
/// Bytes that the strings are learnt from.
const SAMPLE: usize = 1 << 16;
/// Texts of fewer bytes are not worth a table.
const LEAST: usize = 1 << 12;

/// The strings of an index. Without any, bytes are what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Codes {
    letters: Vec<u8>,
    /// Where each string ends.
    ends: Vec<usize>,
}

impl Codes {
    /// Reads a table: for each string its length and its letters. None for one that is cut or too large.
    pub(super) fn read(mut table: &[u8]) -> Option<Self> {
        let mut codes = Self::default();
        while let Some((length, rest)) = table.split_first() {
            let length = *length as usize;
            let string = rest.get(..length).filter(|_| (1..=LONGEST).contains(&length) && codes.ends.len() < MOST)?;
            codes.letters.extend_from_slice(string);
            codes.ends.push(codes.letters.len());
            table = rest.get(length..)?;
        }
        Some(codes)
    }

    /// Writes what [`Codes::read`] reads.
    pub(super) fn table(&self) -> Vec<u8> {
        (0..self.ends.len()).flat_map(|at| [&[self.string(at).len() as u8], self.string(at)].concat()).collect()
    }

    fn string(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).and_then(|at| self.ends.get(at)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.letters.get(start..*end)).unwrap_or_default()
    }

    /// Adds what bytes stand for; none where they stand for nothing.
    pub(super) fn expand(&self, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
        if self.ends.is_empty() {
            out.extend_from_slice(bytes);
            return Some(());
        }
        let mut rest = bytes.iter();
        while let Some(byte) = rest.next() {
            match byte {
                0..AS_IT_IS => out.push(*byte),
                &AS_IT_IS => out.push(*rest.next()?),
                code => {
                    let string = self.string((code - AS_IT_IS - 1) as usize);
                    if string.is_empty() {
                        return None;
                    }
                    out.extend_from_slice(string);
                }
            }
        }
        Some(())
    }

    /// Adds bytes as they are written: the longest string that fits, again and again.
    pub(super) fn shrink(&self, mut letters: &[u8], out: &mut Vec<u8>) {
        if self.ends.is_empty() {
            out.extend_from_slice(letters);
            return;
        }
        while let Some((first, rest)) = letters.split_first() {
            let fits = (0..self.ends.len()).filter(|at| letters.starts_with(self.string(*at)));
            match fits.max_by_key(|at| (self.string(*at).len(), std::cmp::Reverse(*at))) {
                Some(at) => {
                    out.push(AS_IT_IS + 1 + at as u8);
                    letters = letters.get(self.string(at).len()..).unwrap_or_default();
                }
                None => {
                    if *first >= AS_IT_IS {
                        out.push(AS_IT_IS);
                    }
                    out.push(*first);
                    letters = rest;
                }
            }
        }
    }

    /// Learns strings from texts; none where there is little, or most of it is beyond ASCII, which would only grow.
    pub(super) fn learn<'a>(texts: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let all: usize = texts.clone().map(<[u8]>::len).sum();
        let beyond: usize = texts.clone().map(|text| text.iter().filter(|byte| **byte >= AS_IT_IS).count()).sum();
        if all < LEAST || beyond > all / 20 {
            return Self::default();
        }
        // Every so many texts, so that the sample is of all of them. 0 parts texts; from 256 on stand the strings.
        let step = all.div_ceil(SAMPLE);
        let mut sample: Vec<u16> = Vec::new();
        for text in texts.step_by(step) {
            sample.extend(text.iter().map(|byte| u16::from(*byte)));
            sample.push(0);
        }
        const SYMBOLS: usize = 256 + MOST;
        let mut strings: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        let mut counts = vec![0_u32; SYMBOLS * SYMBOLS];
        while strings.len() < SYMBOLS {
            counts.fill(0);
            let plain = |symbol: u16| symbol != 0 && !(128..256).contains(&symbol);
            for (a, b) in sample.iter().zip(sample.iter().skip(1)).filter(|(a, b)| plain(**a) && plain(**b)) {
                if let Some(count) = counts.get_mut(usize::from(*a) * SYMBOLS + usize::from(*b)) {
                    *count += 1;
                }
            }
            let of = |symbol: usize| strings.get(symbol).map_or(&[][..], Vec::as_slice);
            let fits = |at: usize| of(at / SYMBOLS).len() + of(at % SYMBOLS).len() <= LONGEST;
            let best = counts.iter().enumerate().filter(|(at, count)| **count > 3 && fits(*at));
            let Some((at, _)) = best.max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at))) else { break };
            let (a, b) = ((at / SYMBOLS) as u16, (at % SYMBOLS) as u16);
            let new = strings.len() as u16;
            strings.push([of(usize::from(a)), of(usize::from(b))].concat());
            let mut paired = Vec::with_capacity(sample.len());
            for symbol in sample {
                if symbol == b && paired.last() == Some(&a) {
                    paired.pop();
                    paired.push(new);
                } else {
                    paired.push(symbol);
                }
            }
            sample = paired;
        }
        let mut codes = Self::default();
        for string in strings.iter().skip(256) {
            codes.letters.extend_from_slice(string);
            codes.ends.push(codes.letters.len());
        }
        codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn learnt() -> Codes {
        let texts = vec!["white hanging heart t-light holder"; 200];
        Codes::learn(texts.iter().map(|text| text.as_bytes()))
    }

    #[test]
    fn frequent_letters_are_one_byte() {
        let codes = learnt();
        let mut out = Vec::new();
        codes.shrink(b"white hanging heart t-light holder", &mut out);
        assert!(out.len() <= 5, "{out:?}");
        assert_eq!(Codes::read(&codes.table()), Some(codes));
        assert_eq!(Codes::learn(["short"].iter().map(|text| text.as_bytes())), Codes::default());
        let far = vec!["белая кружка"; 900];
        assert_eq!(Codes::learn(far.iter().map(|text| text.as_bytes())), Codes::default());
    }

    #[test]
    fn what_is_no_table_or_no_code_is_refused() {
        assert_eq!(Codes::read(&[2, b'a']), None);
        assert_eq!(Codes::read(&[0]), None);
        assert_eq!(Codes::read(&[17; 18]), None);
        assert_eq!(Codes::read(&[1, b'a'].repeat(128)), None);
        let one = Codes::read(&[2, b'a', b'b']).unwrap();
        let mut out = Vec::new();
        assert_eq!(one.expand(&[0x81, b'c', 0x80, 0xff], &mut out), Some(()));
        assert_eq!(out, b"abc\xff");
        assert_eq!((one.expand(&[0x82], &mut out), one.expand(&[0x80], &mut out)), (None, None));
    }

    proptest! {
        #[test]
        fn letters_come_back(text in prop::collection::vec(any::<u8>(), 0..40), words in "(white|heart|[a-z ]){0,8}") {
            for codes in [learnt(), Codes::default()] {
                for text in [&text[..], words.as_bytes()] {
                    let (mut short, mut back) = (Vec::new(), Vec::new());
                    codes.shrink(text, &mut short);
                    prop_assert_eq!(codes.expand(&short, &mut back), Some(()));
                    prop_assert_eq!(&back[..], text);
                }
            }
        }
    }
}
