//! Titles as shops hold them: HTML entities, control characters, blanks.

use std::borrow::Cow;

/// Most bytes of a title, as the engine has it; longer ones are cut.
pub(crate) const MAX_BYTES: usize = 4096;

/// A title for people: entities are what they stand for, control characters and runs of blanks go.
pub(crate) fn clean(text: &str) -> String {
    let text = if text.contains('&') { html_escape::decode_html_entities(text) } else { Cow::Borrowed(text) };
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty());
    words.fold(String::new(), |mut all, word| {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(word);
        all
    })
}

/// At most [`MAX_BYTES`] of a title, at the end of a word where there is one, and whether it was cut.
pub(crate) fn cut(mut title: String) -> (String, bool) {
    if title.len() <= MAX_BYTES {
        return (title, false);
    }
    let room = title.floor_char_boundary(MAX_BYTES - '…'.len_utf8());
    let end = title.get(..room).and_then(|head| head.rfind(' ')).filter(|end| *end > room / 2).unwrap_or(room);
    title.truncate(end);
    title.push('…');
    (title, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_and_blanks() {
        assert_eq!(clean("  Tea &amp; cake\u{a0}\u{7} for&nbsp;two "), "Tea & cake for two");
        assert_eq!(clean("12&quot; tray &amp;amp; lid"), "12\" tray &amp; lid");
        assert_eq!(clean("M&S &#252;ber"), "M&S über");
    }

    #[test]
    fn long_titles_are_cut_at_a_word() {
        let (title, was) = cut("word ".repeat(1000));
        assert!(was && title.len() <= MAX_BYTES && title.ends_with("word…"));
        let (title, was) = cut("ä".repeat(4000));
        assert!(was && title.len() <= MAX_BYTES && title.ends_with("ä…"));
        assert_eq!(cut("short".into()), ("short".to_owned(), false));
    }
}
