//! The patterns by which texts are cut: a literal text, or a regular expression of the subset that tokenizers use.
//!
//! Of regular expressions: literals, `.`, classes `[…]` and `[^…]` with ranges, `\s \S \d \D \w \W`, `\p{…}` and `\P{…}` of general
//! categories, groups, alternation, `(?i:…)` around literals, lookahead `(?=…)` and `(?!…)`, the quantifiers `* + ? {n} {n,} {n,m}` on a
//! single character and `?` on a group. All else is refused when the file is read: no pattern is answered wrong.

mod parse;
mod run;
mod set;

use crate::error::Result;
use run::Program;

/// What is looked for in a text.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Literal(Box<str>),
    Regex(Program),
}

impl Pattern {
    pub(crate) fn literal(text: &str) -> Self {
        Self::Literal(text.into())
    }

    /// Of a regular expression. `place` is where it stands, for errors.
    pub(crate) fn regex(source: &str, place: &str) -> Result<Self> {
        parse::program(source, place).map(Self::Regex)
    }

    /// Start and end of the first match at or after a place. Matches that are empty are none. `steps` is what may still be done.
    pub(crate) fn find(&self, text: &str, from: usize, steps: &mut u64) -> Result<Option<(usize, usize)>> {
        match self {
            Self::Literal(literal) => Ok(find(text, literal, from).map(|at| (at, at + literal.len()))),
            Self::Regex(program) => program.find(text, from, steps),
        }
    }
}

/// Where a short text stands in another, from a place on. Not by the standard library's search, which in wasm weighs more than all patterns.
fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    let first = what.bytes().next()?;
    (0..rest.len())
        .find(|&at| rest.get(at) == Some(&first) && rest.get(at..at + what.len()) == Some(what.as_bytes()))
        .map(|at| from + at)
}

/// A text with others in the place of what stands in it.
pub(crate) fn replaced(text: &str, what: &str, with: &str) -> String {
    let (mut out, mut from) = (String::new(), 0);
    while let Some(at) = find(text, what, from) {
        out.push_str(text.get(from..at).unwrap_or(""));
        out.push_str(with);
        from = at + what.len();
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

/// Steps that a pattern may take on a text of so many bytes. Patterns of real tokenizers take fewer than 40 a byte.
pub(crate) const fn steps(bytes: usize) -> u64 {
    100_000 + 1_000 * bytes as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const GPT2: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    const LLAMA3: &str =
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    fn parts<'a>(source: &str, text: &'a str) -> Vec<&'a str> {
        let (pattern, mut from, mut out) = (Pattern::regex(source, "test").unwrap(), 0, Vec::new());
        while let Some((start, end)) = pattern.find(text, from, &mut steps(text.len())).unwrap() {
            out.push(&text[start..end]);
            from = end;
        }
        out
    }

    #[test]
    fn well_known_patterns_cut_as_they_do_elsewhere() {
        assert_eq!(
            parts(GPT2, "I'll  see 12345 été!!\n\n x  "),
            ["I", "'ll", " ", " see", " 12345", " été", "!!", "\n\n", " x", "  "]
        );
        assert_eq!(
            parts(LLAMA3, "I'LL see 12345\r\n\r\n x??\n  "),
            ["I", "'LL", " see", " ", "123", "45", "\r\n\r\n", " x", "??\n", "  "]
        );
        // The long s and the sign of Kelvin fold to letters.
        assert_eq!(parts("(?i:'s|k)", "'ſ\u{212a}K"), ["'ſ", "\u{212a}", "K"]);
        assert_eq!(parts("a(?=b)|(x|yz)?c{2,3}d?", "ab a yzccc cd xccd"), ["a", "yzccc", "xccd"]);
        assert_eq!(parts(r"[^\W\d_]+|[\-\]a-c]|\x{1F600}|\u00e9", "ab12_é-]😀"), ["ab", "é", "-", "]", "😀"]);
        assert_eq!(parts(r"\p{Lu}[\p{Ll}\p{M}]*|\P{L}|.", "Éa1b"), ["Éa", "1", "b"]);
    }

    #[test]
    fn what_is_not_of_the_subset_is_refused() {
        for bad in [
            "(a*)*",
            "(ab)+",
            "a+?",
            "a++",
            "a**",
            "(?<=a)b",
            "(?<!a)b",
            r"\bx",
            "^a",
            "a$",
            r"\p{Han}",
            "[[:alpha:]]",
            "[a&&b]",
            "(",
            "a)",
            "[a",
            "*",
            "a{2",
            "a{3,2}",
            "a{1001}",
            r"\1",
            "(?i)a",
            "(?i:[a-z])",
            "(?i:é)",
            "[z-a]",
            "\\",
        ] {
            let error = Pattern::regex(bad, "here").map(|_| ()).unwrap_err();
            assert_eq!(error.code(), Code::Unsupported, "{bad}");
        }
        assert!(Pattern::regex(&"(".repeat(10_000), "here").is_err());
        assert!(Pattern::regex(&"a{1000}".repeat(100), "here").is_err());
    }

    #[test]
    fn a_pattern_that_takes_too_long_ends() {
        let pattern = Pattern::regex("a*a*a*a*a*a*b", "test").unwrap();
        let text = "a".repeat(5_000);
        assert_eq!(pattern.find(&text, 0, &mut steps(text.len())).unwrap_err().code(), Code::TooSlow);
    }
}
