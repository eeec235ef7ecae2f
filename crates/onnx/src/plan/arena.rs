//! The memory that a plan runs in. Plans of one graph run in turns and have one between them: what is in it counts until the next run.

use super::memory::Layout;
use crate::dtype::Buffer;

/// Buffers for the values of a plan, by number, and working memory for its kernels.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub(super) slots: Vec<Buffer>,
    pub(super) scratch: Buffer,
}

impl Arena {
    /// Makes every buffer as large as a layout wants it. Where they are of another plan, they change places before they are grown; those
    /// that are too many stay behind the others.
    pub(super) fn fit(&mut self, layout: &Layout) {
        enough(&mut self.scratch, layout.scratch);
        let slots = layout.slots.iter().enumerate();
        if slots.into_iter().all(|(at, bytes)| self.slots.get(at).is_some_and(|slot| size(slot) >= *bytes)) {
            return;
        }
        let mut free = std::mem::take(&mut self.slots);
        for bytes in &layout.slots {
            let fits = free.iter().enumerate().filter(|(_, slot)| size(slot) >= *bytes).min_by_key(|(_, slot)| size(slot));
            let found = fits.or_else(|| free.iter().enumerate().max_by_key(|(_, slot)| size(slot))).map(|(at, _)| at);
            let mut slot = found.map(|at| free.swap_remove(at)).unwrap_or_default();
            enough(&mut slot, *bytes);
            self.slots.push(slot);
        }
        self.slots.append(&mut free);
    }
}

fn size(buffer: &Buffer) -> usize {
    buffer.all::<u8>().len()
}

/// A buffer of so many bytes at least, with room for a few plans more where it was smaller.
fn enough(buffer: &mut Buffer, bytes: usize) {
    let have = size(buffer);
    if have < bytes {
        // What was there goes before more is taken.
        *buffer = Buffer::default();
        *buffer = Buffer::zeroed(if have == 0 { bytes } else { bytes.saturating_add(bytes / 4) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(slots: &[usize], scratch: usize) -> Layout {
        Layout { slots: slots.to_vec(), scratch, ..Layout::default() }
    }

    #[test]
    fn what_is_there_is_used_before_it_grows() {
        let mut arena = Arena::default();
        arena.fit(&layout(&[64, 1024, 0, 256], 8));
        assert_eq!(arena.slots.iter().map(size).collect::<Vec<_>>(), [64, 1024, 0, 256]);
        // Of a plan with fewer buffers in another order: nothing is taken.
        arena.fit(&layout(&[1000, 200], 0));
        assert_eq!(arena.slots.iter().map(size).collect::<Vec<_>>()[..2], [1024, 256]);
        arena.fit(&layout(&[64, 1024, 0, 256], 8));
        assert_eq!(arena.slots.iter().map(size).sum::<usize>(), 64 + 1024 + 256);
        assert_eq!(size(&arena.scratch), 8);
        // The largest grows, with a quarter more.
        arena.fit(&layout(&[2048, 64], 16));
        assert_eq!(arena.slots.iter().map(size).collect::<Vec<_>>()[..2], [2560, 64]);
        assert_eq!(size(&arena.scratch), 24);
    }
}
