//! How a text is cut into what is asked for: words with their marks, or words, marks and ends of lines by themselves.

use std::ops::Range;
use std::str::from_utf8;

/// What is asked for, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Words: runs of characters that are not ASCII white space, their marks among them. Asked for within a line, behind a word that one space and
    /// another word follow: the space is typed.
    Words,
    /// Units: words, which are runs of letters, digits and underscores; marks, which are all other characters that are not white space, each by
    /// itself; and the end of a line that has a unit, written as a line feed. Asked for at the beginning of such a line and behind each of its words and
    /// marks; the white space behind those is not typed, and no part of what is asked for. A line `---`, and who
    /// speaks (a capital letter, a colon and a space at a line's beginning), are read, but not asked for.
    Units,
}

/// The end of a line, as a unit.
pub(super) const LINE: &[u8] = b"\n";

/// What the bytes behind a border are, as far as they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Nothing that could stand there.
    Never,
    /// A beginning: what follows may be a part of it.
    Open,
    /// A whole one, here.
    Whole(Range<usize>),
}

/// Whether a character is a part of words rather than a mark, of what is not white space.
fn wordy(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Bytes of the mark that says who speaks in a line.
fn speaker(line: &str) -> usize {
    match line.as_bytes() {
        [b'A'..=b'Z', b':', b' ', ..] | [b'A'..=b'Z', b':'] => 2,
        _ => 0,
    }
}

impl Cut {
    /// Where a document is asked, in order.
    pub(super) fn places(self, document: &str) -> Vec<usize> {
        match self {
            Self::Words => {
                let bytes = document.as_bytes();
                let word = |at: usize| bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace());
                (1..bytes.len()).filter(|at| bytes.get(*at) == Some(&b' ') && word(at - 1) && word(at + 1)).collect()
            }
            Self::Units => {
                let (mut places, mut start) = (Vec::new(), 0);
                for line in document.split_inclusive('\n') {
                    let from = speaker(line.trim_end_matches('\n'));
                    let mut units = self.of_line(line).peekable();
                    if units.peek().is_some() {
                        places.push(start + from);
                    }
                    places.extend(units.map(|unit| start + unit.end));
                    start += line.len();
                }
                places
            }
        }
    }

    /// What stands in a line, without its end; of units, without who speaks, and nothing of a line that parts others.
    fn of_line(self, line: &str) -> impl Iterator<Item = Range<usize>> {
        let line = line.trim_end_matches('\n');
        let mut from = match self {
            Self::Words => 0,
            Self::Units if line.trim_end() == "---" => line.len(),
            Self::Units => speaker(line),
        };
        std::iter::from_fn(move || {
            let unit = self.first(line.as_bytes().get(from..)?)?;
            let unit = from + unit.start..from + unit.end;
            from = unit.end;
            Some(unit)
        })
    }

    /// All of a text, ends of lines among them: of words each, of units those of lines that have any.
    pub(super) fn all(self, text: &str) -> impl Iterator<Item = &[u8]> {
        text.lines().flat_map(move |line| {
            let mut units = self.of_line(line).filter_map(|unit| line.as_bytes().get(unit)).peekable();
            let end = (self == Self::Words || units.peek().is_some()).then_some(LINE);
            units.chain(end)
        })
    }

    /// The last that stand in front of a place, in order, so many at most.
    pub(super) fn before(self, document: &str, place: usize, most: usize) -> Vec<&[u8]> {
        let start = |place: usize| document.get(..place).and_then(|past| past.rfind('\n')).map_or(0, |end| end + 1);
        let mut from = start(place);
        let line = document.get(from..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let own = self.of_line(line).take_while(|unit| from + unit.end <= place);
        let mut last: Vec<&[u8]> = own.filter_map(|unit| line.as_bytes().get(unit)).collect();
        while from > 0 && last.len() < most {
            let end = from;
            from = start(end - 1);
            last = self.all(document.get(from..end).unwrap_or_default()).chain(last).collect();
        }
        last.split_off(last.len().saturating_sub(most))
    }

    /// What follows in the line, so many at most.
    pub(super) fn wanted(self, after: &str, most: usize) -> Vec<&[u8]> {
        let line = after.split('\n').next().unwrap_or_default();
        let mut rest = line.as_bytes();
        let mut units = Vec::new();
        while let Some(unit) = self.first(rest) {
            units.push(rest.get(unit.clone()).unwrap_or_default());
            rest = rest.get(unit.end..).unwrap_or_default();
        }
        if self == Self::Units {
            units.push(LINE);
        }
        units.truncate(most);
        units
    }

    /// The first unit of a line's bytes; one at their end may go on.
    fn first(self, line: &[u8]) -> Option<Range<usize>> {
        match self.look(line) {
            (unit, _) if unit.is_empty() => None,
            (unit, _) => Some(unit),
        }
    }

    /// The first unit, and whether it is whole: bytes behind it are no part of it. Empty where there is none yet.
    fn look(self, bytes: &[u8]) -> (Range<usize>, bool) {
        if self == Self::Words {
            let start = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let length = bytes.iter().skip(start).take_while(|b| !b.is_ascii_whitespace()).count();
            return (start..start + length, start + length < bytes.len());
        }
        // Characters, as far as they are whole; bytes that can never be some end a word as marks do.
        let (text, broken) = match from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(e) => (bytes.get(..e.valid_up_to()).and_then(|b| from_utf8(b).ok()).unwrap_or_default(), e.error_len().is_some()),
        };
        let rest = text.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        let start = text.len() - rest.len();
        let run = rest.len() - rest.trim_start_matches(wordy).len();
        match rest.chars().next() {
            Some(c) if wordy(c) => (start..start + run, run < rest.len() || broken),
            Some(c) => (start..start + c.len_utf8(), true),
            None if broken => (start..start + 1, true),
            None => (start..start, false),
        }
    }

    /// Reads the bytes that would stand behind a border.
    pub(super) fn read(self, behind_word: bool, bytes: &[u8]) -> Read {
        let (unit, whole) = self.look(bytes);
        let fits = match self {
            // The space is typed, and what follows is a word.
            Self::Words => match bytes {
                [] | [b' '] => true,
                [b' ', next, ..] => !next.is_ascii_whitespace(),
                _ => false,
            },
            // A word in front has ended.
            Self::Units => {
                let start = bytes.get(unit.clone()).unwrap_or_default();
                let first = start.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
                !(behind_word && unit.start == 0 && first.is_some_and(wordy))
            }
        };
        match (fits, whole) {
            (false, _) => Read::Never,
            (true, true) => Read::Whole(unit),
            (true, false) => Read::Open,
        }
    }

    /// Whether the text in front of a place ends with a word that what follows must not go on with.
    pub(super) fn behind_word(self, document: &str, place: usize) -> bool {
        self == Self::Units && document.get(..place).and_then(|past| past.chars().next_back()).is_some_and(wordy)
    }

    /// Whole units of what was written behind a border, so many at most, up to the line's end; and whether no more is to come.
    pub(super) fn written(self, bytes: &[u8], most: usize) -> (Vec<Vec<u8>>, bool) {
        let line = bytes.iter().position(|b| *b == b'\n');
        let mut rest = line.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
        let mut units = Vec::new();
        loop {
            let (unit, whole) = self.look(rest);
            if unit.is_empty() || !(whole || line.is_some()) {
                break;
            }
            units.push(rest.get(unit.clone()).unwrap_or_default().to_vec());
            rest = rest.get(unit.end..).unwrap_or_default();
        }
        if line.is_some() && self == Self::Units {
            units.push(LINE.to_vec());
        }
        let ended = line.is_some() || units.len() >= most;
        units.truncate(most);
        (units, ended)
    }
}

#[cfg(test)]
mod tests;
