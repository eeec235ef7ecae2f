//! What one character is to a search box: letters without case and accents, a gap between words, a word of its own, or nothing.

/// What becomes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Part of a word.
    Letter,
    /// A word of its own: an ideograph, a kana, a symbol.
    Alone,
    /// Between words.
    Gap,
    /// Nothing: accents that stand apart, apostrophes, marks of direction, variation selectors.
    None,
}

/// The base letters of U+00C0 to U+017F, of U+0180 to U+024F and of U+1E00 to U+1EFF; `-` where there is none.
///
/// From the compatibility decompositions of the Unicode Character Database, version 15, accents taken off; beside them the
/// letters with strokes, which have no decomposition.
const BASES: [(u32, &[u8]); 3] = [
    (
        0xc0,
        b"aaaaaa-ceeeeiiiidnooooo-ouuuuy--aaaaaa-ceeeeiiiidnooooo-ouuuuy-yaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii\
          --jjkkkllllll--llnnnnnn-nnoooooo--rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs",
    ),
    (
        0x180,
        b"b----------------------i--------oo-------------uu----zz----------------------aaiioouuuuuuuuuu-aaaa----ggkkoooo--j---\
          gg--nnaa----aaaaeeeeiiiioooorrrruuuusstt--hh------aaeeooooooooyy-------cc-------------------",
    ),
    (
        0x1e00,
        b"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuu\
          uuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy-s----aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuu\
          uuuuuuuyyyyyyyy------",
    ),
];

/// Letters that are written as several, and those of other scripts that differ by an accent alone.
const OTHERS: [(char, &str); 57] = [
    ('Æ', "ae"),
    ('æ', "ae"),
    ('Ǽ', "ae"),
    ('ǽ', "ae"),
    ('Œ', "oe"),
    ('œ', "oe"),
    ('ß', "ss"),
    ('ẞ', "ss"),
    ('Þ', "th"),
    ('þ', "th"),
    ('Ĳ', "ij"),
    ('ĳ', "ij"),
    ('Ŀ', "l"),
    ('ŀ', "l"),
    ('ŉ', "n"),
    ('Ǿ', "o"),
    ('ǿ', "o"),
    ('ﬀ', "ff"),
    ('ﬁ', "fi"),
    ('ﬂ', "fl"),
    ('ﬃ', "ffi"),
    ('ﬄ', "ffl"),
    ('ﬅ', "st"),
    ('ﬆ', "st"),
    ('Ά', "α"),
    ('ά', "α"),
    ('Έ', "ε"),
    ('έ', "ε"),
    ('Ή', "η"),
    ('ή', "η"),
    ('Ί', "ι"),
    ('ί', "ι"),
    ('ϊ', "ι"),
    ('ΐ', "ι"),
    ('Ϊ', "ι"),
    ('Ό', "ο"),
    ('ό', "ο"),
    ('Ύ', "υ"),
    ('ύ', "υ"),
    ('ϋ', "υ"),
    ('ΰ', "υ"),
    ('Ϋ', "υ"),
    ('Ώ', "ω"),
    ('ώ', "ω"),
    ('ς', "σ"),
    ('Ё', "е"),
    ('ё', "е"),
    ('أ', "ا"),
    ('إ', "ا"),
    ('آ', "ا"),
    ('ٱ', "ا"),
    ('ى', "ي"),
    ('²', "2"),
    ('³', "3"),
    ('¹', "1"),
    ('ª', "a"),
    ('º', "o"),
];

/// Tells what a character is, and hands out what it is written as.
pub(super) fn fold(c: char, put: &mut dyn FnMut(char)) -> Kind {
    let code = c as u32;
    if c.is_ascii() {
        return match c {
            'a'..='z' | '0'..='9' => {
                put(c);
                Kind::Letter
            }
            'A'..='Z' => {
                put(c.to_ascii_lowercase());
                Kind::Letter
            }
            '\'' => Kind::None,
            _ => Kind::Gap,
        };
    }
    let base = BASES.iter().find_map(|(from, letters)| letters.get(code.checked_sub(*from)? as usize));
    if let Some(letter) = base.filter(|letter| **letter != b'-') {
        put(char::from(*letter));
        return Kind::Letter;
    }
    if let Some((_, letters)) = OTHERS.iter().find(|(other, _)| *other == c) {
        letters.chars().for_each(put);
        return Kind::Letter;
    }
    match code {
        // Letters and digits as wide as ideographs.
        0xff01..=0xff5e => char::from_u32(code - 0xff01 + 0x21).map_or(Kind::Gap, |c| fold(c, put)),
        // Soft hyphen; typographic apostrophes; accents; points and marks of Hebrew and Arabic.
        0xad | 0x2bc | 0x2018 | 0x2019 | 0x300..=0x36f | 0x591..=0x5bd | 0x5bf..=0x5c7 | 0x640 | 0x64b..=0x65f | 0x670 => {
            Kind::None
        }
        // What joins, parts and turns, and how a symbol is coloured.
        0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x206f
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0x1f3fb..=0x1f3ff
        | 0xe0000..=0xe01ef => Kind::None,
        // Kana, ideographs, symbols: each is a word.
        0x3041..=0x3096
        | 0x309d..=0x30fa
        | 0x30fc..=0x30ff
        | 0x31f0..=0x31ff
        | 0x3400..=0x9fff
        | 0xf900..=0xfaff
        | 0x2190..=0x2bff
        | 0x1f000..=0x1faff
        | 0x20000..=0x3ffff => {
            put(c);
            Kind::Alone
        }
        // Scripts whose vowel signs and viramas are no letters by themselves; their full stops are gaps.
        0x964 | 0x965 => Kind::Gap,
        0x900..=0xeff => {
            put(c);
            Kind::Letter
        }
        _ if c.is_alphanumeric() => {
            for lower in c.to_lowercase() {
                if lower == c {
                    put(c);
                } else {
                    fold(lower, put);
                }
            }
            Kind::Letter
        }
        _ => Kind::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            fold(c, &mut |c| out.push(c));
        }
        out
    }

    #[test]
    fn case_accents_and_ligatures() {
        for (text, want) in [
            ("ÀÉÎÕÜçñ", "aeioucn"),
            ("Straße STRASSE", "strassestrasse"),
            ("Æble œuvre Þór ĳs ﬁn", "aebleoeuvrethorijsfin"),
            ("Łódź Đặng Ørsted İstanbul ı", "lodzdangorstedistanbuli"),
            ("Ελλάς Ώρα", "ελλασωρα"),
            ("Ёлка ЙОД", "елкайод"),
            ("ＡＢＣ１２", "abc12"),
            ("e\u{301}", "e"),
            ("women's women’s", "womenswomens"),
            ("שָׁלוֹם", "שלום"),
            ("أحمد", "احمد"),
            ("☕\u{fe0f}👍🏽", "☕👍"),
        ] {
            assert_eq!(folded(text), want, "{text}");
        }
        assert_eq!(BASES.map(|(_, letters)| letters.len()), [192, 208, 256]);
    }

    #[test]
    fn every_character_has_one_kind_and_folds_no_further() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let mut once = String::new();
            let kind = fold(c, &mut |c| once.push(c));
            assert_eq!(once.is_empty(), matches!(kind, Kind::Gap | Kind::None), "{c:?}");
            assert!(once.len() <= 2 * c.len_utf8() && folded(&once) == once, "{c:?} {once}");
        }
    }
}
