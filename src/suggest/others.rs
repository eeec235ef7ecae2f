//! A typed word in the place of which others may stand: those that are nearly it, or have it inside.

use super::bytes::find;
use super::index::{Index, Room};
use super::near::{Near, inside, near};
use super::reading::Reading;
use crate::text::Distance;

/// Which words may stand in the place of a typed one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Like {
    /// Those that have its letters behind their first.
    #[default]
    Inside,
    /// Those within so many mistakes.
    Near(u8),
}

/// What was looked for last: who has finished a word goes on typing, and it is asked for again with each key.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    /// The last in the end.
    kept: Vec<Kept>,
}

/// How much of it is kept.
const KEPT: usize = 8;

#[derive(Clone, Debug)]
struct Kept {
    like: Like,
    open: bool,
    typed: String,
    words: Vec<Near>,
}

impl Recent {
    /// Forgets all, as when the scores change.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

/// A place of a reading, and what may stand there. The words are looked for when they are asked for: often the other words of
/// the reading leave so few texts that those are read instead.
#[derive(Clone, Debug, Default)]
pub(super) struct Other {
    /// Which word of the reading it is.
    pub at: usize,
    like: Like,
    open: bool,
    typed: String,
    words: Option<Vec<Near>>,
    distance: Option<Distance>,
}

impl Other {
    /// For a word of a reading.
    pub(super) fn new(reading: &Reading, at: usize, like: Like) -> Self {
        let typed = reading.word(at);
        let distance = match like {
            Like::Inside => None,
            Like::Near(_) => Distance::new(typed),
        };
        Self { at, like, open: reading.is_open(at), typed: typed.to_owned(), words: None, distance }
    }

    /// The words, the likeliest first.
    pub(super) fn words(&mut self, index: &Index, room: &mut Room, recent: &mut Recent) -> &[Near] {
        let Self { like, open, typed, words, .. } = self;
        words.get_or_insert_with(|| {
            let same = |kept: &&Kept| (kept.like, kept.open) == (*like, *open) && kept.typed == *typed;
            if let Some(kept) = recent.kept.iter().find(same) {
                return kept.words.clone();
            }
            let words = match like {
                Like::Inside => inside(index, typed, room),
                Like::Near(most) => near(index, typed, *open, *most, room),
            };
            if recent.kept.len() == KEPT {
                recent.kept.remove(0);
            }
            recent.kept.push(Kept { like: *like, open: *open, typed: typed.clone(), words: words.clone() });
            words
        })
    }

    /// The words, where they were looked for.
    pub(super) fn known(&self) -> Option<&[Near]> {
        self.words.as_deref()
    }

    /// Whether a word is one of them.
    pub(super) fn fits(&mut self, word: &str) -> bool {
        match self.like {
            Like::Inside => find(word.as_bytes(), self.typed.as_bytes(), 1).is_some(),
            Like::Near(most) => self.distance.as_mut().is_some_and(|distance| {
                let (whole, begun) = distance.to(word);
                whole <= most || (self.open && begun <= most)
            }),
        }
    }
}

/// Which of them stands at a place.
pub(super) fn at(others: &[Other], place: usize) -> Option<usize> {
    others.iter().position(|other| other.at == place)
}
