//! What all plans of a graph share: its constants, and what kernels made of them.

use crate::error::Result;
use crate::fact::Constant;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Constants by name, and what was packed of them.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    constants: BTreeMap<String, Constant>,
    packed: Vec<(Key, Arc<dyn Any + Send + Sync>)>,
}

/// Where a constant lies, and into what it was packed.
type Key = ((usize, usize), u64);

impl Weights {
    /// The constant of that name, read the first time it is asked for.
    pub(crate) fn constant(&mut self, name: &str, read: impl FnOnce() -> Result<Constant>) -> Result<Constant> {
        if let Some(known) = self.constants.get(name) {
            return Ok(known.clone());
        }
        let constant = read()?;
        self.constants.insert(name.to_owned(), constant.clone());
        Ok(constant)
    }

    /// What a constant is packed into, made the first time it is asked for. `form` tells ways of packing apart; a constant of
    /// the graph keeps its memory, so where it lies names it.
    pub(crate) fn packed<T: Send + Sync + 'static>(
        &mut self,
        constant: &Constant,
        form: u64,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let key = (constant.place(), form);
        let known = self.packed.iter().find(|(k, _)| *k == key).and_then(|(_, p)| p.clone().downcast::<T>().ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        // A folded constant goes away with its plan, and another may come to lie in its place: only names stand.
        if self.constants.values().any(|c| c.place() == key.0) {
            self.packed.push((key, made.clone()));
        }
        Ok(made)
    }
}
