//! The elements of a graph's constant, held once: as they are, or as what was packed of them.

use crate::dtype::Buffer;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// What was packed of a constant, where its elements can be had back from it, bit for bit.
pub(crate) trait Restore: Debug + Send + Sync {
    /// The elements, in the constant's order.
    fn restore(&self) -> Buffer;
}

#[derive(Debug)]
enum State {
    Plain(Arc<Buffer>),
    /// With the elements that were had back, as long as somebody reads them.
    Packed(Arc<dyn Restore>, Weak<Buffer>),
}

/// The elements of a constant.
#[derive(Debug)]
pub(crate) struct Store(Mutex<State>);

impl Store {
    pub(crate) fn new(elements: Buffer) -> Self {
        Self(Mutex::new(State::Plain(Arc::new(elements))))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The elements, for as long as they are held: had back where they were packed.
    pub(crate) fn elements(&self) -> Arc<Buffer> {
        match &mut *self.state() {
            State::Plain(elements) => elements.clone(),
            State::Packed(packed, held) => held.upgrade().unwrap_or_else(|| {
                let elements = Arc::new(packed.restore());
                *held = Arc::downgrade(&elements);
                elements
            }),
        }
    }

    /// Lets go of the elements: `packed` stands for them.
    pub(crate) fn replace(&self, packed: Arc<dyn Restore>) {
        let mut state = self.state();
        let held = match &*state {
            State::Plain(elements) => Arc::downgrade(elements),
            State::Packed(_, held) => held.clone(),
        };
        *state = State::Packed(packed, held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements in reverse.
    #[derive(Debug)]
    struct Reversed(Vec<f32>);

    impl Restore for Reversed {
        fn restore(&self) -> Buffer {
            Buffer::of(&self.0.iter().rev().copied().collect::<Vec<_>>())
        }
    }

    #[test]
    fn elements_are_held_as_long_as_somebody_reads_them() {
        let store = Store::new(Buffer::of(&[1.0_f32, 2.0, 3.0]));
        let before = store.elements();
        store.replace(Arc::new(Reversed(vec![3.0, 2.0, 1.0])));
        assert!(Arc::ptr_eq(&before, &store.elements()));
        let weak = Arc::downgrade(&before);
        drop(before);
        assert!(weak.upgrade().is_none());
        let (one, two) = (store.elements(), store.elements());
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(one.all::<f32>()[..3], [1.0, 2.0, 3.0]);
    }
}
