//! General categories, and the properties that are made of them.

use super::table;
use super::varint::varint;
use std::sync::OnceLock;

/// The version of Unicode of all tables.
pub const UNICODE: &str = table::VERSION;

/// General categories, in the order of their numbers in the table.
const NAMES: &[&str] = &[
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk",
    "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
];
pub(crate) const LETTER: u32 = 0x1f;
const MARK: u32 = 0xe0;
pub(crate) const NUMBER_DECIMAL: u32 = 1 << 8;
const NUMBER_LETTER: u32 = 1 << 9;
const PUNCTUATION_CONNECTOR: u32 = 1 << 11;

/// Categories by name, `Lu` or `L`, as bits.
pub(crate) fn category_mask(name: &str) -> Option<u32> {
    let bits = NAMES.iter().enumerate().filter(|(_, known)| **known == name || (name.len() == 1 && known.starts_with(name)));
    let bits = bits.fold(0, |bits, (at, _)| bits | 1 << at);
    (bits != 0).then_some(bits)
}

/// Where runs of one category begin, and which it is: start << 5 | category.
fn runs() -> &'static [u32] {
    static RUNS: OnceLock<Vec<u32>> = OnceLock::new();
    RUNS.get_or_init(|| {
        let (mut runs, mut bytes, mut start) = (Vec::new(), table::RUNS.iter(), 0_u32);
        while let Some(&head) = bytes.next() {
            runs.push(start << 5 | u32::from(head & 31));
            let mut len = u32::from(head >> 5) + 1;
            if len == 8 {
                len += varint(&mut bytes);
            }
            start += len;
        }
        runs
    })
}

/// The general category of a character, as its bit.
pub(crate) fn mask(c: char) -> u32 {
    let runs = runs();
    let after = runs.partition_point(|run| run >> 5 <= u32::from(c));
    after.checked_sub(1).and_then(|at| runs.get(at)).map_or(0, |run| 1 << (run & 31))
}

/// The property White_Space.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// A character of a word, as `\w` has it: letters, marks, digits, connectors, circled letters and joiners.
pub(crate) fn is_word(c: char) -> bool {
    let circled =
        matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f149}' | '\u{1f150}'..='\u{1f169}' | '\u{1f170}'..='\u{1f189}');
    let bits = LETTER | MARK | NUMBER_DECIMAL | NUMBER_LETTER | PUNCTUATION_CONNECTOR;
    mask(c) & bits != 0 || circled || matches!(c, '\u{200c}' | '\u{200d}')
}

/// A mark that combines with the character before.
pub(crate) fn is_mark(c: char) -> bool {
    mask(c) & MARK != 0
}
