//! Sets of characters.

use crate::unicode::{is_space, mask};

/// What a set is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Range(char, char),
    /// Of general categories, a bit each.
    Category(u32),
    Space(bool),
    Word(bool),
}

/// Characters that match.
#[derive(Clone, Debug)]
pub(super) struct Set {
    not: bool,
    items: Vec<Item>,
    /// The answer for ASCII, a bit each.
    ascii: u128,
}

impl Set {
    pub(super) fn new(not: bool, items: Vec<Item>) -> Self {
        let mut set = Self { not, items, ascii: 0 };
        set.ascii = (0..128_u8).filter(|&byte| set.look(byte.into())).fold(0, |bits, byte| bits | 1 << byte);
        set
    }

    pub(super) fn has(&self, c: char) -> bool {
        let code = u32::from(c);
        if code < 128 { self.ascii >> code & 1 == 1 } else { self.look(c) }
    }

    fn look(&self, c: char) -> bool {
        let found = self.items.iter().any(|item| match *item {
            Item::Range(from, to) => from <= c && c <= to,
            Item::Category(bits) => mask(c) & bits != 0,
            Item::Space(want) => is_space(c) == want,
            Item::Word(want) => crate::unicode::is_word(c) == want,
        });
        found != self.not
    }
}
