//! What is read from a value, and the faults that are met on the way.

use super::mismatch::{Mismatch, Why, short};
use super::tree::Value;

/// What can be read from a [`Value`] by [`Value::read`].
///
/// A reader never stops: what does not fit is noted, and a stand-in of the type (0, an empty text, the first word) takes
/// its place, which nobody sees, as [`Value::read`] then fails. So a struct's reader is a list of its keys without a
/// branch at each.
pub trait Decode: Sized {
    /// Whether a key may be absent: it is read as null then.
    const MAY_BE_ABSENT: bool = false;

    /// The value, or a stand-in once a fault is noted.
    fn decode(value: Value, faults: &mut Faults) -> Self;
}

/// The first thing that did not fit. Where it was is put together on the way out of it, step by step: nearly always there is
/// none, and nothing is kept for it.
#[derive(Debug, Default)]
pub struct Faults {
    first: Option<Mismatch>,
}

/// One step of a path.
pub(super) enum Step<'a> {
    Key(&'a str),
    At(usize),
}

impl Faults {
    /// What [`Value::read`] says of what was read.
    pub(crate) fn first(self) -> Option<Mismatch> {
        self.first
    }

    #[inline(never)]
    pub(super) fn note(&mut self, why: Why) {
        if self.first.is_none() {
            self.first = Some(Mismatch { path: String::new(), why });
        }
    }

    #[inline(never)]
    pub(crate) fn wanted(&mut self, expected: &str, got: &Value) {
        self.note(Why::Wanted { expected: expected.to_owned(), got: got.outline() });
    }

    pub(super) fn within<T: Decode>(&mut self, step: Step<'_>, value: Value) -> T {
        let whole = self.whole();
        let read = T::decode(value, self);
        self.leave(whole, &step);
        read
    }

    /// Whether all has fitted so far.
    pub(super) const fn whole(&self) -> bool {
        self.first.is_none()
    }

    /// Leaves a step that was begun while all had fitted, or not: what does not fit since then was within it.
    #[inline(never)]
    pub(super) fn leave(&mut self, whole: bool, step: &Step<'_>) {
        if let Some(first) = self.first.as_mut().filter(|_| whole) {
            first.path = match step {
                Step::Key(key) => [".", short(key), &first.path].concat(),
                Step::At(at) => format!("[{at}]{}", first.path),
            };
        }
    }
}

impl Value {
    /// What this value stands for.
    ///
    /// # Errors
    /// The first [`Mismatch`] met.
    pub fn read<T: Decode>(self) -> Result<T, Mismatch> {
        let mut faults = Faults::default();
        let read = T::decode(self, &mut faults);
        faults.first.map_or(Ok(read), Err)
    }

    /// The values of a list, one after the other. Apart from the type that is made of each, so that not every type has a copy.
    #[inline(never)]
    pub(super) fn each(self, faults: &mut Faults, read: &mut dyn FnMut(Self, &mut Faults)) {
        match self {
            Self::List(list) => {
                for (at, value) in list.into_iter().enumerate() {
                    let whole = faults.whole();
                    read(value, faults);
                    faults.leave(whole, &Step::At(at));
                }
            }
            other => faults.wanted("an array", &other),
        }
    }

    /// The meaning of a word.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)], faults: &mut Faults) -> T {
        words[self.place(words.len(), &|at| words[at].0, faults)].1
    }

    /// The place of a word in a list of `len`. Apart from [`Value::word`], so that not every enumeration has a copy.
    #[inline(never)]
    fn place<'a>(&self, len: usize, word: &dyn Fn(usize) -> &'a str, faults: &mut Faults) -> usize {
        let at = match self {
            Self::Text(text) => (0..len).find(|at| word(*at) == text),
            _ => None,
        };
        at.unwrap_or_else(|| {
            let known: Vec<&str> = (0..len).map(word).collect();
            faults.wanted(&format!("one of {}", known.join(", ")), self);
            0
        })
    }

    /// A whole number from 0 to `largest`.
    #[inline(never)]
    pub(super) fn natural(self, largest: u64, faults: &mut Faults) -> u64 {
        match self {
            Self::Natural(n) if n <= largest => return n,
            _ if largest < u64::from(u32::MAX) => faults.wanted(&format!("an integer from 0 to {largest}"), &self),
            // Whoever reads the number knows a better bound.
            _ => faults.wanted("an integer from 0", &self),
        }
        0
    }
}
