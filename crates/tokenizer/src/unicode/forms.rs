//! The four normal forms (Unicode Standard Annex 15), from a table of one-step decompositions.

use super::form_table;
use super::varint::varint;
use std::sync::OnceLock;

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

#[derive(Default)]
struct Tables {
    /// Characters with a decomposition, in order: where its parts are, how many, and whether it is a compatibility one.
    keys: Vec<(u32, u32, u32, bool)>,
    parts: Vec<u32>,
    /// Pairs that compose, in order, with what they become.
    pairs: Vec<(u32, u32, u32)>,
    /// Characters that compose with one before, in order.
    seconds: Vec<u32>,
    /// Combining classes that are not 0, in order: from, to, class.
    classes: Vec<(u32, u32, u8)>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables::default();
        let (mut bytes, mut code) = (form_table::PARTS.iter(), 0);
        while !bytes.as_slice().is_empty() {
            code += varint(&mut bytes);
            let head = varint(&mut bytes);
            let (from, mut part) = (tables.parts.len(), code);
            for _ in 0..head >> 2 {
                let step = varint(&mut bytes);
                part = part.wrapping_add_signed((step >> 1).cast_signed() ^ -((step & 1).cast_signed()));
                tables.parts.push(part);
            }
            tables.keys.push((code, u32::try_from(from).unwrap_or(0), head >> 2, head & 1 == 1));
            if let (2, Some(&[first, second])) = (head & 3, tables.parts.get(from..)) {
                tables.pairs.push((first, second, code));
                tables.seconds.push(second);
            }
        }
        tables.pairs.sort_unstable();
        tables.seconds.sort_unstable();
        let (mut bytes, mut end) = (form_table::CLASSES.iter(), 0);
        while !bytes.as_slice().is_empty() {
            let start = end + varint(&mut bytes);
            end = start + varint(&mut bytes);
            tables.classes.push((start, end, bytes.next().copied().unwrap_or(0)));
        }
        tables
    })
}

const HANGUL: u32 = 0xac00;
const LEADS: (u32, u32) = (0x1100, 19);
const VOWELS: (u32, u32) = (0x1161, 21);
const TRAILS: (u32, u32) = (0x11a7, 28);

impl Tables {
    fn class(&self, code: u32) -> u8 {
        let after = self.classes.partition_point(|run| run.0 <= code);
        let run = after.checked_sub(1).and_then(|at| self.classes.get(at));
        run.filter(|run| code < run.1).map_or(0, |run| run.2)
    }

    fn decompose(&self, code: u32, compat: bool, out: &mut Vec<u32>) {
        if let Some(syllable) = code.checked_sub(HANGUL).filter(|syllable| *syllable < LEADS.1 * VOWELS.1 * TRAILS.1) {
            let (lead, vowel) = (syllable / (VOWELS.1 * TRAILS.1), syllable / TRAILS.1 % VOWELS.1);
            out.extend([LEADS.0 + lead, VOWELS.0 + vowel]);
            out.extend(Some(TRAILS.0 + syllable % TRAILS.1).filter(|trail| *trail > TRAILS.0));
            return;
        }
        let found = self.keys.binary_search_by_key(&code, |key| key.0).ok().and_then(|at| self.keys.get(at));
        match found {
            Some(&(_, from, len, only_compat)) if compat || !only_compat => {
                for &part in self.parts.get(from as usize..(from + len) as usize).unwrap_or(&[]) {
                    self.decompose(part, compat, out);
                }
            }
            _ => out.push(code),
        }
    }

    fn compose(&self, first: u32, second: u32) -> Option<u32> {
        let within = |code: u32, (from, count): (u32, u32)| code.checked_sub(from).filter(|at| *at < count);
        if let (Some(lead), Some(vowel)) = (within(first, LEADS), within(second, VOWELS)) {
            return Some(HANGUL + (lead * VOWELS.1 + vowel) * TRAILS.1);
        }
        let syllable = within(first, (HANGUL, LEADS.1 * VOWELS.1 * TRAILS.1)).filter(|syllable| syllable % TRAILS.1 == 0);
        if let (Some(_), Some(trail)) = (syllable, within(second, TRAILS).filter(|trail| *trail > 0)) {
            return Some(first + trail);
        }
        let at = self.pairs.binary_search_by_key(&(first, second), |pair| (pair.0, pair.1)).ok()?;
        self.pairs.get(at).map(|pair| pair.2)
    }

    /// Whether a character may be changed by what stands before it.
    fn joins(&self, code: u32) -> bool {
        self.class(code) > 0
            || self.seconds.binary_search(&code).is_ok()
            || (VOWELS.0..VOWELS.0 + VOWELS.1).contains(&code)
            || (TRAILS.0..TRAILS.0 + TRAILS.1).contains(&code)
    }

    /// Marks in the order of their classes, then what composes composed.
    fn arrange(&self, codes: &mut Vec<u32>, compose: bool) {
        for run in codes.chunk_by_mut(|_, &next| self.class(next) > 0) {
            // The first is a starter, or a mark at the start of the text.
            run.sort_by_key(|&code| self.class(code));
        }
        if !compose {
            return;
        }
        let (mut out, mut starter, mut last): (Vec<u32>, Option<usize>, i32) = (Vec::with_capacity(codes.len()), None, -1);
        for &code in codes.iter() {
            let class = i32::from(self.class(code));
            let before = starter.and_then(|at| out.get_mut(at)).filter(|_| last < class);
            if let Some(before) = before
                && let Some(composed) = self.compose(*before, code)
            {
                *before = composed;
                continue;
            }
            last = class;
            if class == 0 {
                (starter, last) = (Some(out.len()), -1);
            }
            out.push(code);
        }
        *codes = out;
    }
}

/// Brings a text into a form, a stretch at a time whose characters change none outside: calls with its new text and where the old began
/// and ended.
pub(crate) fn normalize(form: Form, text: &str, mut tell: impl FnMut(&str, usize, usize)) {
    let tables = tables();
    let compat = matches!(form, Form::Nfkc | Form::Nfkd);
    let compose = matches!(form, Form::Nfc | Form::Nfkc);
    let (mut codes, mut start, mut part, mut out) = (Vec::new(), 0, Vec::new(), String::new());
    let mut flush = |codes: &mut Vec<u32>, start: usize, end: usize| {
        if codes.len() > 1 {
            tables.arrange(codes, compose);
        }
        out.clear();
        out.extend(codes.drain(..).filter_map(char::from_u32));
        tell(&out, start, end);
    };
    for (at, c) in text.char_indices() {
        part.clear();
        // ASCII stands for itself in every form.
        if c.is_ascii() {
            part.push(c.into());
        } else {
            tables.decompose(c.into(), compat, &mut part);
        }
        if at > start && !part.first().is_some_and(|&code| tables.joins(code)) {
            flush(&mut codes, start, at);
            start = at;
        }
        codes.append(&mut part);
    }
    if !codes.is_empty() {
        flush(&mut codes, start, text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: Form, text: &str) -> String {
        let (mut out, mut to) = (String::new(), 0);
        normalize(form, text, |part, start, end| {
            assert!(start == to && end > start && text.is_char_boundary(end), "stretches follow each other");
            to = end;
            out.push_str(part);
        });
        assert_eq!(to, text.len());
        out
    }

    #[test]
    fn forms_are_those_of_the_annex() {
        for (text, nfc, nfd, nfkc, nfkd) in [
            ("e\u{301}é", "éé", "e\u{301}e\u{301}", "éé", "e\u{301}e\u{301}"),
            // Å (the sign) is made Å (the letter), and never again.
            ("\u{212b}", "\u{c5}", "A\u{30a}", "\u{c5}", "A\u{30a}"),
            ("ﬁ½", "ﬁ½", "ﬁ½", "fi1\u{2044}2", "fi1\u{2044}2"),
            ("한", "한", "\u{1112}\u{1161}\u{11ab}", "한", "\u{1112}\u{1161}\u{11ab}"),
            // Marks in the order of their classes; one that is blocked stays.
            (
                "a\u{315}\u{300}\u{5ae}b",
                "\u{e0}\u{5ae}\u{315}b",
                "a\u{5ae}\u{300}\u{315}b",
                "\u{e0}\u{5ae}\u{315}b",
                "a\u{5ae}\u{300}\u{315}b",
            ),
            ("ḍ\u{307}", "ḍ\u{307}", "d\u{323}\u{307}", "ḍ\u{307}", "d\u{323}\u{307}"),
            // Excluded from composition.
            ("\u{958}", "\u{915}\u{93c}", "\u{915}\u{93c}", "\u{915}\u{93c}", "\u{915}\u{93c}"),
            ("\u{301}x", "\u{301}x", "\u{301}x", "\u{301}x", "\u{301}x"),
            ("", "", "", "", ""),
        ] {
            let all = [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd].map(|form| of(form, text));
            assert_eq!(all, [nfc, nfd, nfkc, nfkd], "{text}");
        }
    }
}
