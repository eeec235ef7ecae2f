//! Memory of earlier slates, used again.

use crate::rank::BitSet;
use std::cell::Cell;

/// Sets of earlier slates, whose memory is used again.
#[derive(Default)]
pub(in crate::recommend) struct Sets(Cell<Vec<BitSet>>);

impl Sets {
    /// A set, whatever was in it last.
    pub(in crate::recommend) fn take(&self) -> BitSet {
        let mut spare = self.0.take();
        let set = spare.pop().unwrap_or_default();
        self.0.set(spare);
        set
    }

    pub(in crate::recommend) fn give_back(&self, set: BitSet) {
        let mut spare = self.0.take();
        spare.push(set);
        self.0.set(spare);
    }
}
