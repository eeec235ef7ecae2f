//! One record of a text: its fields, quotes undone, and where it ends.
//!
//! A field that begins with a quote ends at the next quote that a separator or the end of a line follows; `""` inside, and
//! `\"` where the text goes on, stand for a quote. A quote that nothing closes that way is a letter. So is one whose field
//! swallows line ends, if the record then has another number of fields than the header, or if every line of it is a record
//! by itself: half a file has been lost to one inch mark before.

/// Fields of a record.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Where each stands: in the text, or in `undone`.
    spans: Vec<Span>,
    /// Texts of quoted fields that held quotes.
    undone: Vec<u8>,
    /// Whether a quote was taken for a letter.
    pub stray: bool,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    undone: bool,
}

impl Fields {
    fn clear(&mut self) {
        self.spans.clear();
        self.undone.clear();
        self.stray = false;
    }

    pub(super) const fn len(&self) -> usize {
        self.spans.len()
    }

    /// The bytes of a field; `text` is what it was split from.
    pub(super) fn get<'a>(&'a self, at: usize, text: &'a [u8]) -> Option<&'a [u8]> {
        let span = self.spans.get(at)?;
        let from = if span.undone { &self.undone } else { text };
        from.get(span.start..span.end)
    }

    /// Drops the first field: names of rows.
    pub(super) fn shift(&mut self) {
        if !self.spans.is_empty() {
            self.spans.remove(0);
        }
    }

    fn push(&mut self, start: usize, end: usize) {
        self.spans.push(Span { start, end, undone: false });
    }
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// Between fields.
    pub separator: u8,
    /// `\n`, or `\r` in files that have no other.
    pub line: u8,
}

/// What was found at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of so many bytes, its line end included, and so many lines.
    Record { bytes: usize, lines: u64 },
    /// The text ends within a line or within quotes: more is needed to tell.
    More,
    /// Nothing is left.
    End,
}

/// Splits the first record of `text`. `whole`: no more text comes. `wanted`: fields of the header, where it is known; `cell`:
/// the most bytes that a quoted field may swallow.
pub(super) fn split(text: &[u8], whole: bool, marks: Marks, wanted: Option<usize>, cell: usize, fields: &mut Fields) -> Found {
    let Some(line) = line(text, marks) else {
        if !whole {
            return Found::More;
        }
        if text.is_empty() {
            return Found::End;
        }
        return first(text, text.len(), whole, marks, wanted, cell, fields);
    };
    first(text, line, whole, marks, wanted, cell, fields)
}

/// The length of the first line without its end.
fn line(text: &[u8], marks: Marks) -> Option<usize> {
    memchr::memchr(marks.line, text)
}

fn first(
    text: &[u8],
    line_end: usize,
    whole: bool,
    marks: Marks,
    wanted: Option<usize>,
    cell: usize,
    fields: &mut Fields,
) -> Found {
    let after = |end: usize| (end + 1).min(text.len());
    let one = Found::Record { bytes: after(line_end), lines: 1 };
    let body = trim(text, 0, line_end);
    if memchr::memchr(b'"', text.get(..body).unwrap_or_default()).is_none() {
        plain(text, body, marks.separator, fields);
        return one;
    }
    match quoted(text, line_end, marks, cell, fields) {
        Quoted::OneLine => one,
        // What follows the last quote is still to come.
        Quoted::Lines { end, .. } if end == text.len() && !whole => Found::More,
        Quoted::Lines { end, lines } => {
            let fits = wanted.is_none_or(|wanted| fields.len() == wanted);
            if fits && !all_rows(text, end, marks, wanted) {
                return Found::Record { bytes: after(end), lines };
            }
            literal(text, body, marks.separator, fields);
            one
        }
        Quoted::Open if !whole && text.len() < line_end + cell => Found::More,
        Quoted::Open => {
            literal(text, body, marks.separator, fields);
            one
        }
    }
}

/// Without the carriage return before a line's end.
fn trim(text: &[u8], start: usize, end: usize) -> usize {
    if end > start && text.get(end - 1) == Some(&b'\r') { end - 1 } else { end }
}

/// Splits a line without quotes.
fn plain(text: &[u8], end: usize, separator: u8, fields: &mut Fields) {
    fields.clear();
    let mut start = 0;
    for at in memchr::memchr_iter(separator, text.get(..end).unwrap_or_default()) {
        fields.push(start, at);
        start = at + 1;
    }
    fields.push(start, end);
}

/// Splits a line whose quotes count where a field closes within it.
fn literal(text: &[u8], end: usize, separator: u8, fields: &mut Fields) {
    let alone = Marks { separator, line: b'\n' };
    let line = text.get(..end).unwrap_or_default();
    if !matches!(scan(line, end, alone, usize::MAX, true, fields), Quoted::OneLine) {
        plain(line, end, separator, fields);
        fields.stray = true;
    }
}

enum Quoted {
    /// The record ends with its first line.
    OneLine,
    /// It ends at the line end at `end`.
    Lines { end: usize, lines: u64 },
    /// The text ends within quotes.
    Open,
}

fn quoted(text: &[u8], line_end: usize, marks: Marks, cell: usize, fields: &mut Fields) -> Quoted {
    scan(text, line_end, marks, cell, false, fields)
}

/// Reads fields to the end of the line in which the last quoted field closes. `alone`: an open quote at the end of the text
/// is a letter.
fn scan(text: &[u8], mut line_end: usize, marks: Marks, cell: usize, alone: bool, fields: &mut Fields) -> Quoted {
    fields.clear();
    let mut at = 0;
    let mut lines = 1;
    loop {
        let blank = text.get(at..line_end).unwrap_or_default().iter().take_while(|b| **b == b' ').count();
        if text.get(at + blank) == Some(&b'"') && at + blank < line_end {
            match close(text, at + blank + 1, marks, cell) {
                Closed::At { quote, next, escapes } => {
                    push_quoted(text, at + blank + 1, quote, escapes, fields);
                    if next > line_end {
                        let inside = text.get(at..quote).unwrap_or_default();
                        lines += memchr::memchr_iter(marks.line, inside).count() as u64;
                        line_end = text.get(next..).and_then(|rest| line(rest, marks)).map_or(text.len(), |n| next + n);
                    }
                    if next >= trim(text, at, line_end) {
                        break;
                    }
                    at = next + 1;
                    continue;
                }
                Closed::Never if !alone => return Quoted::Open,
                Closed::Never | Closed::Broken => fields.stray = true,
            }
        }
        let end = trim(text, at, line_end);
        let field = memchr::memchr(marks.separator, text.get(at..end).unwrap_or_default());
        fields.push(at, field.map_or(end, |n| at + n));
        match field {
            Some(n) => at += n + 1,
            None => break,
        }
    }
    if lines == 1 { Quoted::OneLine } else { Quoted::Lines { end: line_end, lines } }
}

enum Closed {
    /// The closing quote, and the separator or line end behind it.
    At { quote: usize, next: usize, escapes: bool },
    /// A quote that ends no field: something else follows it.
    Broken,
    /// The text or the patience ends first.
    Never,
}

fn close(text: &[u8], from: usize, marks: Marks, cell: usize) -> Closed {
    let mut at = from;
    let mut escapes = false;
    loop {
        let window = text.get(at..text.len().min(from.saturating_add(cell))).unwrap_or_default();
        let Some(quote) = memchr::memchr(b'"', window).map(|n| at + n) else { return Closed::Never };
        match text.get(quote + 1) {
            Some(b'"') => {
                escapes = true;
                at = quote + 2;
            }
            None => return Closed::At { quote, next: quote + 1, escapes },
            Some(_) => {
                let blank = text.get(quote + 1..).unwrap_or_default().iter().take_while(|b| **b == b' ').count();
                let next = quote + 1 + blank;
                match text.get(next) {
                    None => return Closed::At { quote, next, escapes },
                    Some(b) if *b == marks.separator || *b == marks.line || *b == b'\r' => {
                        return Closed::At { quote, next, escapes };
                    }
                    Some(_) if text.get(quote.wrapping_sub(1)) == Some(&b'\\') && quote > from => {
                        escapes = true;
                        at = quote + 1;
                    }
                    Some(_) => return Closed::Broken,
                }
            }
        }
    }
}

fn push_quoted(text: &[u8], start: usize, end: usize, escapes: bool, fields: &mut Fields) {
    if !escapes {
        return fields.push(start, end);
    }
    let inside = text.get(start..end).unwrap_or_default();
    let from = fields.undone.len();
    let mut bytes = inside.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        // "" and \" are a quote.
        if (byte == b'"' || byte == b'\\') && bytes.peek() == Some(&b'"') {
            bytes.next();
            fields.undone.push(b'"');
        } else {
            fields.undone.push(byte);
        }
    }
    fields.spans.push(Span { start: from, end: fields.undone.len(), undone: true });
}

/// Whether every line up to `end` has the wanted number of fields by itself, blank lines apart.
fn all_rows(text: &[u8], end: usize, marks: Marks, wanted: Option<usize>) -> bool {
    let Some(wanted) = wanted.filter(|wanted| *wanted > 1) else { return false };
    let mut alone = Fields::default();
    text.get(..end).unwrap_or_default().split(|b| *b == marks.line).all(|line| {
        let end = trim(line, 0, line.len());
        if end == 0 {
            return false;
        }
        literal(line, end, marks.separator, &mut alone);
        alone.len() == wanted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Marks = Marks { separator: b',', line: b'\n' };

    /// All records of a text: fields, and `!` behind one with a stray quote.
    fn records(text: &str, wanted: usize) -> Vec<String> {
        let (mut rest, mut all) = (text.as_bytes(), Vec::new());
        let mut fields = Fields::default();
        while let Found::Record { bytes, .. } = split(rest, true, COMMA, Some(wanted), 1000, &mut fields) {
            let words = (0..fields.len()).map(|i| String::from_utf8_lossy(fields.get(i, rest).unwrap()).replace('\n', "¶"));
            all.push(format!("{}{}", words.collect::<Vec<_>>().join("|"), if fields.stray { "!" } else { "" }));
            rest = &rest[bytes..];
        }
        all
    }

    #[test]
    fn quotes_where_they_are_closed() {
        assert_eq!(records("a,\"b, c\",\"say \"\"hi\"\"\"\r\nd,\"\",f\n", 3), ["a|b, c|say \"hi\"", "d||f"]);
        assert_eq!(records("a, \"b, c\" ,d\n", 3), ["a|b, c|d"]);
        assert_eq!(records("a,\"12\\\" tray, big\",d\n", 3), ["a|12\" tray, big|d"]);
        assert_eq!(records("a,\"two\nlines, one cell\",d\ne,f,g", 3), ["a|two¶lines, one cell|d", "e|f|g"]);
        assert_eq!(records("a,\"x\"", 2), ["a|x"]);
        assert_eq!(records("a,b,\n,,\n", 3), ["a|b|", "||"]);
    }

    #[test]
    fn a_stray_quote_is_a_letter_and_swallows_nothing() {
        assert_eq!(records("1,\"12 inch\n2,b\n3,c\n", 2), ["1|\"12 inch!", "2|b", "3|c"]);
        assert_eq!(records("1,12\" inch\n2,b\n", 2), ["1|12\" inch", "2|b"]);
        assert_eq!(records("1,\"12\" inch\n2,b\n", 2), ["1|\"12\" inch!", "2|b"]);
        // Two strays that would close one another.
        assert_eq!(records("1,a,\"12 inch\n2,b,mug\n3,c,14 inch\"\n", 3), ["1|a|\"12 inch!", "2|b|mug", "3|c|14 inch\""]);
        assert_eq!(records("1,\"12 inch,x\n2,b,\"q\"\n", 3), ["1|\"12 inch|x!", "2|b|q"]);
        // Closed lines later, where the number of fields says that it was no field.
        assert_eq!(records("1,\"a\n2,b\",c\n3,d\n", 2), ["1|\"a!", "2|b\"|c", "3|d"]);
    }

    #[test]
    fn more_is_asked_for_within_a_record() {
        let mut fields = Fields::default();
        assert_eq!(split(b"a,b", false, COMMA, None, 100, &mut fields), Found::More);
        assert_eq!(split(b"a,\"b\nc", false, COMMA, None, 100, &mut fields), Found::More);
        assert_eq!(split(b"", true, COMMA, None, 100, &mut fields), Found::End);
        assert_eq!(split(b"a,\"b\nc\"\nd", false, COMMA, None, 100, &mut fields), Found::Record { bytes: 8, lines: 2 });
    }
}
