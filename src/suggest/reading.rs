//! What was typed, as words: as it stands, or as it may have been meant.

/// Bytes of a typed text that are read.
const MOST_BYTES: usize = 256;

/// As much of a text as is read, whole characters.
pub(super) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_BYTES)).unwrap_or_default()
}

/// One reading of what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Words with one blank between them.
    pub text: String,
    /// Whether the last word is finished.
    pub finished: bool,
}

impl Reading {
    /// The words.
    pub(super) fn words(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split(' ')
    }

    /// A word; nothing beyond the last.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words().nth(at).unwrap_or_default()
    }

    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.words().count()
    }

    /// Number of letters.
    pub(super) fn letters(&self) -> usize {
        self.text.chars().filter(|c| *c != ' ').count()
    }

    /// Whether the word is the last one and not finished.
    pub(super) fn is_open(&self, at: usize) -> bool {
        !self.finished && at + 1 == self.len()
    }
}

/// The readings of one text: what was typed first. Their memory is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Readings {
    all: Vec<Reading>,
    len: usize,
}

/// Most readings of one text.
const MOST: usize = 24;

impl Readings {
    /// For a new text.
    pub(super) fn begin(&mut self, text: &str, finished: bool) {
        self.len = 0;
        self.add(finished, |to| to.push_str(text));
    }

    /// Adds a reading, and tells its place; none where it is there already, or there are too many.
    pub(super) fn add(&mut self, finished: bool, write: impl FnOnce(&mut String)) -> Option<usize> {
        if self.len >= MOST {
            return None;
        }
        if self.len == self.all.len() {
            self.all.push(Reading::default());
        }
        let (before, rest) = self.all.split_at_mut(self.len);
        let new = rest.first_mut()?;
        new.text.clear();
        new.finished = finished;
        write(&mut new.text);
        if before.contains(new) {
            return None;
        }
        self.len += 1;
        Some(self.len - 1)
    }

    /// A reading.
    pub(super) fn get(&self, at: usize) -> Option<&Reading> {
        self.all.get(..self.len)?.get(at)
    }

    /// Takes a reading out to work with it; [`Readings::put`] brings it back.
    pub(super) fn take(&mut self, at: usize) -> Reading {
        self.all.get_mut(at).map(std::mem::take).unwrap_or_default()
    }

    /// Brings a reading back.
    pub(super) fn put(&mut self, at: usize, reading: Reading) {
        if let Some(place) = self.all.get_mut(at) {
            *place = reading;
        }
    }
}
