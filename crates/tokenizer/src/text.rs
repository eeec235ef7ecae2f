//! A text on its way through normalizers, with where each of its bytes came from.

use crate::error::{Code, Error, Result};
use std::borrow::Cow;

/// Bytes that a text may grow to.
const MOST: usize = 1 << 24;

/// A piece of the text that is encoded, perhaps changed.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: Cow<'a, str>,
    /// Where it begins in what was given.
    base: usize,
    /// For each byte, the range of what was given that it came from; none while nothing has changed, or nobody asks.
    from: Option<Vec<(u32, u32)>>,
    track: bool,
    /// Whether it may begin with the first character of all that was given.
    starts: bool,
}

/// A new text that is written from an old one.
pub(crate) struct Edit<'a> {
    old: &'a Text<'a>,
    out: String,
    from: Vec<(u32, u32)>,
}

fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Edit<'_> {
    /// Whether anybody asks where bytes came from.
    pub(crate) const fn tracks(&self) -> bool {
        self.old.track
    }

    /// Writes what bytes of the old text became; where they begin and end is the same for what is put in.
    pub(crate) fn push(&mut self, text: &str, start: usize, end: usize) {
        // What is left out here is refused at the end.
        if self.out.len() > MOST {
            return;
        }
        self.out.push_str(text);
        if self.old.track {
            let (start, end) = self.old.origin(start, end);
            self.from.extend(text.bytes().map(|_| (short(start), short(end))));
        }
    }

    /// Writes a part of the old text as it is, each character from its own.
    pub(crate) fn keep(&mut self, start: usize, end: usize) {
        let part = self.old.text.get(start..end).unwrap_or("");
        if !self.old.track {
            self.out.push_str(part);
            return;
        }
        for (at, c) in part.char_indices() {
            self.push(c.encode_utf8(&mut [0; 4]), start + at, start + at + c.len_utf8());
        }
    }
}

impl<'a> Text<'a> {
    pub(crate) const fn new(text: &'a str, base: usize, track: bool) -> Self {
        Self { text: Cow::Borrowed(text), base, from: None, track, starts: base == 0 }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it begins with the first character of all that was given. After normalizers it knows where it is tracked alone.
    pub(crate) fn starts(&self) -> bool {
        let first = self.from.as_ref().and_then(|from| from.first());
        self.starts && first.is_none_or(|range| range.0 == 0)
    }

    /// Notes that its first character is another's.
    pub(crate) const fn begins_later(&mut self) {
        self.starts = false;
    }

    /// A part as a text of its own.
    pub(crate) fn part(&self, start: usize, end: usize) -> Text<'_> {
        let text = Cow::Borrowed(self.text.get(start..end).unwrap_or(""));
        let from = self.from.as_ref().map(|from| from.get(start..end).unwrap_or(&[]).to_vec());
        Text { text, base: self.base + start, from, track: self.track, starts: self.starts && start == 0 }
    }

    pub(crate) fn edit(&mut self, write: impl FnOnce(&str, &mut Edit<'_>)) -> Result<()> {
        let mut edit = Edit { old: self, out: String::with_capacity(self.text.len()), from: Vec::new() };
        write(&self.text, &mut edit);
        let Edit { out, from, .. } = edit;
        if out.len() > MOST {
            return Err(Error::new(Code::TextTooLarge, "the tokenizer makes this text too long: cut it").count("most", MOST));
        }
        self.from = self.track.then_some(from);
        self.text = Cow::Owned(out);
        Ok(())
    }

    /// Where a range came from.
    pub(crate) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let Some(from) = &self.from else { return (self.base + start, self.base + end) };
        let at = |at: usize| from.get(at).map(|range| (range.0 as usize, range.1 as usize));
        if start < end {
            let range = at(start).zip(at(end - 1)).map(|(first, last)| (first.0, last.1));
            range.unwrap_or((self.base, self.base))
        } else {
            // An empty range lies at the start of what follows, or the end of what is before.
            let place =
                at(start).map(|range| range.0).or_else(|| at(start.checked_sub(1)?).map(|range| range.1)).unwrap_or(self.base);
            (place, place)
        }
    }
}
