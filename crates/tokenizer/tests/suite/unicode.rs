//! Categories against what the Python package `regex` finds in all characters, through patterns that ask for them.

use crate::fixtures::read;
use nearhand_tokenizer::{Parts, Tokenizer, UNICODE};

/// All characters that a set of one character matches, as ranges.
fn found(pattern: &str) -> String {
    let vocab: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    let tokenizer = Tokenizer::of(&Parts { vocab: &vocab, merges: &[], special: &[], pattern, digits: false }).unwrap();
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    let (mut ranges, mut last): (Vec<(u32, u32)>, u32) = (Vec::new(), u32::MAX);
    for part in all.chunks(1 << 16) {
        // What matches stands alone; what does not lies between.
        tokenizer
            .pretokenize(&part.iter().flat_map(|c| [*c, '\u{10ffff}', '\u{10fffe}']).collect::<String>(), |word| {
                let mut chars = word.chars();
                let first = chars.next().filter(|_| chars.next().is_none()).map_or(u32::MAX, u32::from);
                if first >= 0x10_fffe {
                    return;
                }
                match ranges.last_mut().filter(|range| range.1 + 1 == first && last != u32::MAX) {
                    Some(range) => range.1 = first,
                    None => ranges.push((first, first)),
                }
                last = first;
            })
            .unwrap();
    }
    ranges.iter().map(|(from, to)| format!("{from:x}-{to:x}\n")).collect()
}

#[test]
fn categories_are_those_of_unicode() {
    assert_eq!(UNICODE, "18.0.0");
    for (name, pattern) in
        [("letters", r"\p{L}"), ("numbers", r"\p{N}"), ("spaces", r"\s"), ("spaces", r"[^\S]"), ("letters", r"[^\P{L}]")]
    {
        let (got, want) = (found(pattern), read(&format!("unicode/{name}.txt")));
        assert!(got == want, "{name} by {pattern}");
    }
}
