//! What all plans of a graph share: its constants, and what kernels made of them.

use crate::error::Result;
use crate::fact::Constant;
use crate::last::Last;
use crate::store::Restore;
use crate::texts::Texts;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Constants by name, and what was packed of them.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    numbers: BTreeMap<String, u32>,
    constants: BTreeMap<u32, Constant>,
    packed: Vec<(Key, Arc<dyn Any + Send + Sync>)>,
    texts: Arc<Texts>,
    /// Whether something was packed that goes away with its plan.
    pub(crate) alone: bool,
    /// That the last rows of an output are enough.
    pub(crate) last: Option<Last>,
}

/// The way in which attributes are packed: they are read.
const READ: &str = "read";

/// A way of packing: its name, and every number that makes a difference to what comes of it.
pub(crate) type Form<'f> = (&'static str, &'f [usize]);

/// Number of a constant, and the form into which it was packed.
type Key = (u32, &'static str, Box<[usize]>);

impl Weights {
    /// The number of a name, or the one that it will have.
    fn number(&self, name: &str) -> u32 {
        self.numbers.get(name).copied().unwrap_or(self.numbers.len() as u32)
    }

    /// The constant of that name, read where it is not held.
    pub(crate) fn constant(&mut self, name: &str, read: impl FnOnce() -> Result<Constant>) -> Result<Constant> {
        let number = self.number(name);
        if let Some(known) = self.constants.get(&number) {
            return Ok(known.clone());
        }
        let constant = read()?.numbered(number);
        self.numbers.insert(name.to_owned(), number);
        self.constants.insert(number, constant.clone());
        Ok(constant)
    }

    /// Takes a constant that no file has any more.
    pub(crate) fn keep(&mut self, name: &str, constant: Constant) {
        let number = self.numbers.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.constants.insert(number, constant.stored().numbered(number));
    }

    /// As [`Weights::packed`], for all elements of a constant in a form that they can be had back from: it stands for them.
    pub(crate) fn replaced<T: Restore + 'static>(
        &mut self,
        constant: &Constant,
        form: Form<'_>,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let packed = self.packed(constant, form, make)?;
        constant.replace(&packed);
        Ok(packed)
    }

    /// What a constant is packed into, made the first time it is asked for. What is made of a constant that was
    /// folded goes away with its plan.
    pub(crate) fn packed<T: Send + Sync + 'static>(
        &mut self,
        constant: &Constant,
        (name, numbers): Form<'_>,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let Some(number) = constant.number() else {
            self.alone = true;
            return make().map(Arc::new);
        };
        let same = |k: &Key| (k.0, k.1, &*k.2) == (number, name, numbers);
        let known = self.packed.iter().find(|(k, _)| same(k)).and_then(|(_, p)| p.clone().downcast::<T>().ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        self.packed.push(((number, name, numbers.into()), made.clone()));
        Ok(made)
    }

    /// What is read of a node's attributes, read the first time it is asked for.
    #[cfg_attr(not(feature = "trees"), allow(dead_code))]
    pub(crate) fn read<T: Send + Sync + 'static>(&mut self, name: String, read: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let number = self.number(&name);
        let same = |k: &Key| k.0 == number && k.1 == READ;
        let known = self.packed.iter().find(|(k, _)| same(k)).and_then(|(_, p)| p.clone().downcast::<T>().ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(read()?);
        self.numbers.insert(name, number);
        self.packed.push(((number, READ, Box::default()), made.clone()));
        Ok(made)
    }

    /// Whether what is asked for under a name was read.
    pub(crate) fn was_read(&self, name: &str) -> bool {
        self.numbers.get(name).is_some_and(|number| self.packed.iter().any(|(k, _)| k.0 == *number && k.1 == READ))
    }

    /// The graph's texts.
    pub(crate) const fn texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    /// Lets go of constants that no plan reads: what was packed of them stands for them, and the file has them still.
    pub(crate) fn release(&mut self) {
        self.constants.retain(|_, constant| constant.wanted());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_once_and_let_go_of() {
        let mut weights = Weights::default();
        let read = || Ok(Constant::f32(&[2], &[1.0, 2.0]));
        let held = weights.constant("w", read).unwrap();
        let sum = |c: &Constant| Ok(c.get::<f32>().iter().sum::<f32>());
        let first = weights.packed(&held, ("sum", &[1]), || sum(&held)).unwrap();
        assert_eq!(*first, 3.0);
        // A whole view is the same constant, a part of it is not.
        let again = weights.packed::<f32>(&held.view(&[1, 2], 0), ("sum", &[1]), || unreachable!()).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(*weights.packed(&held.view(&[1], 1), ("sum", &[1]), || Ok(7.0_f32)).unwrap(), 7.0);
        for other in [("sum", &[2][..]), ("sum", &[1, 0]), ("other", &[1])] {
            assert_eq!(*weights.packed(&held, other, || Ok(8.0_f32)).unwrap(), 8.0);
        }
        weights.release();
        assert_eq!(weights.constants.len(), 1);
        drop(held);
        weights.release();
        assert!(weights.constants.is_empty());
        // Read anew, it is the same constant still.
        let anew = weights.constant("w", read).unwrap();
        assert!(Arc::ptr_eq(&first, &weights.packed::<f32>(&anew, ("sum", &[1]), || unreachable!()).unwrap()));
    }
}
