//! Lists of keys, given anew by the host at any time.

use crate::assess::spec::{Spec, keys_ok};
use crate::error::{Code, Error, Result};
use std::collections::BTreeSet;

/// The lists of a spec.
#[derive(Clone, Debug, Default)]
pub(in crate::assess) struct Lists(Vec<(String, BTreeSet<String>)>);

impl Lists {
    /// As the bundle has them.
    pub(in crate::assess) fn new(spec: &Spec) -> Result<Self> {
        let mut out = Self(spec.lists.iter().map(|list| (list.name.clone(), BTreeSet::new())).collect());
        for list in &spec.lists {
            out.set(&list.name, list.keys.clone())?;
        }
        Ok(out)
    }

    /// Puts other keys in the place of a list's.
    pub(in crate::assess) fn set(&mut self, name: &str, keys: Vec<String>) -> Result<()> {
        keys_ok(&keys).map_err(|why| Error::new(Code::OptionInvalid, why).with("list", name))?;
        let at = self.place(name)?;
        if let Some((_, list)) = self.0.get_mut(at) {
            *list = keys.into_iter().collect();
        }
        Ok(())
    }

    /// The place of a list.
    fn place(&self, name: &str) -> Result<usize> {
        self.0.iter().position(|(own, _)| own == name).ok_or_else(|| {
            Error::new(Code::OptionInvalid, "the bundle declares no list of this name")
                .with("list", name)
                .with("lists", self.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
        })
    }

    /// Whether a key is in a list that is declared.
    pub(in crate::assess) fn listed(&self, name: &str, key: &str) -> Result<bool> {
        let at = self.place(name)?;
        Ok(self.0.get(at).is_some_and(|(_, keys)| keys.contains(key)))
    }

    /// Whether a key is in a list.
    pub(in crate::assess) fn has(&self, name: &str, key: &str) -> bool {
        self.0.iter().find(|(own, _)| own == name).is_some_and(|(_, keys)| keys.contains(key))
    }
}
