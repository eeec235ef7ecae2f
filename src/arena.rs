//! The arena: where the lists and texts of one call lie. Emptied for the next call and kept, so that nothing is
//! allocated once it has grown to what a call needs.

use bumpalo::Bump;

/// A list in an [`Arena`].
pub type List<'a, T> = bumpalo::collections::Vec<'a, T>;

/// Memory for one call's plain values. What lies in it is not dropped, and lives until [`Arena::empty`].
#[derive(Debug, Default)]
pub struct Arena(Bump);

impl Arena {
    /// Forgets all that lies in it, and keeps its memory.
    pub fn empty(&mut self) {
        self.0.reset();
    }

    /// An empty list.
    #[must_use]
    pub fn list<T>(&self) -> List<'_, T> {
        List::new_in(&self.0)
    }

    /// A list of what an iterator gives.
    pub fn collect<T>(&self, all: impl IntoIterator<Item = T>) -> List<'_, T> {
        List::from_iter_in(all, &self.0)
    }

    /// `len` times a value.
    pub fn filled<T: Copy>(&self, len: usize, value: T) -> &mut [T] {
        self.0.alloc_slice_fill_copy(len, value)
    }

    /// A copy of a text.
    pub fn text(&self, text: &str) -> &str {
        self.0.alloc_str(text)
    }
}
