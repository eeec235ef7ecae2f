//! Text cut into pieces that no token crosses, as Llama 3's pattern does:
//! `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
//! so that words have their space in front, and numbers are apart from words, three digits at most.

use unicode_general_category::{GeneralCategory as G, get_general_category};

/// The pattern, for files.
pub(super) const PATTERN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

fn letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    use G::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
    matches!(get_general_category(c), LowercaseLetter | UppercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter)
}

fn other(c: char) -> bool {
    !c.is_whitespace() && !letter(c) && !c.is_numeric()
}

/// The pieces of a text, in order; put together they are the text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at_checked(first(rest))?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Bytes of the first piece.
fn first(text: &str) -> usize {
    let mut chars = text.chars();
    let Some(c) = chars.next() else { return 0 };
    let after = chars.as_str();
    let head = text.len() - after.len();
    // How far those go that are of a kind.
    let run = |text: &str, kind: fn(char) -> bool| text.len() - text.trim_start_matches(kind).len();
    if c == '\'' {
        let mut next = after.chars().map(|c| if c == 'ſ' { 's' } else { c.to_ascii_lowercase() });
        let bytes = |count: usize| head + after.chars().take(count).map(char::len_utf8).sum::<usize>();
        match (next.next(), next.next()) {
            (Some('s' | 't' | 'm' | 'd'), _) => return bytes(1),
            (Some('r' | 'v'), Some('e')) | (Some('l'), Some('l')) => return bytes(2),
            _ => {}
        }
    }
    if letter(c) || (!c.is_numeric() && c != '\r' && c != '\n' && after.starts_with(letter)) {
        return head + run(after, letter);
    }
    if c.is_numeric() {
        return text.chars().take(3).take_while(|c| c.is_numeric()).map(char::len_utf8).sum();
    }
    if other(c) || (c == ' ' && after.starts_with(other)) {
        let marks = head + run(after, other);
        return marks + text.get(marks..).map_or(0, |rest| run(rest, |c| c == '\r' || c == '\n'));
    }
    let spaces = run(text, char::is_whitespace);
    let blank = text.get(..spaces).unwrap_or_default();
    if let Some(at) = blank.rfind(['\r', '\n']) {
        return at + 1;
    }
    match blank.chars().next_back() {
        // The last space before a word belongs to that.
        Some(last) if spaces < text.len() && spaces > last.len_utf8() => spaces - last.len_utf8(),
        _ => spaces,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `tokenizers` 0.23 splits them.
    #[test]
    fn pieces_are_those_of_the_pattern() {
        for (text, wanted) in [
            ("I'll pay 12345 now.", &["I", "'ll", " pay", " ", "123", "45", " now", "."][..]),
            ("U: Hi, could\nS: no", &["U", ":", " Hi", ",", " could", "\n", "S", ":", " no"]),
            ("a  b   \n\n c\t\td", &["a", " ", " b", "   \n\n", " c", "\t", "\td"]),
            ("DON'T it's ('Sally)", &["DON", "'T", " it", "'s", " ('", "Sally", ")"]),
            ("end!\n\n", &["end", "!\n\n"]),
            ("12:30pm $5.00", &["12", ":", "30", "pm", " $", "5", ".", "00"]),
            ("naïve Ärger 東京 ½x ²", &["naïve", " Ärger", " 東京", " ", "½", "x", " ", "²"]),
            ("  ", &["  "]),
            ("x\u{a0}\u{a0}y \r\n z", &["x", "\u{a0}", "\u{a0}y", " \r\n", " z"]),
            ("e\u{301}te", &["e", "\u{301}te"]),
        ] {
            assert_eq!(pieces(text).collect::<Vec<_>>(), wanted, "{text:?}");
            assert_eq!(pieces(text).collect::<String>(), text);
        }
    }
}
