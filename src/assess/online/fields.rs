//! The fields of a transaction: what windows, rules and costs name, each name once.

use crate::assess::spec::Spec;
use crate::error::{Code, Error, Result};

/// Names of a transaction's fields, and which of them are what. Windows, rules and costs share them: a name that two of them declare is one field.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    names: Vec<String>,
    pub(super) time: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) keys: Vec<usize>,
    pub(super) amounts: Vec<usize>,
    pub(super) flags: Vec<usize>,
    /// The currency that all amounts of the windows are in.
    pub(super) currency_of_windows: Option<usize>,
    /// What rules look at.
    pub(super) texts: Vec<usize>,
    pub(super) amount: usize,
    pub(super) currency: usize,
}

impl Fields {
    /// Of a bundle, and of its windows where it has any.
    ///
    /// # Errors
    /// `manifest-invalid` for a name that is a text in one place and something else in another.
    pub(super) fn of(spec: &Spec, windows: Option<&nearhand_features::Spec>) -> Result<Self> {
        let mut of = Self::default();
        if let Some(windows) = windows {
            of.id = windows.id().map(|name| of.place(name));
            of.time = Some(of.place(windows.time()));
            of.keys = windows.keys().iter().map(|name| of.place(name)).collect();
            of.amounts = windows.amounts().iter().map(|amount| of.place(&amount.name)).collect();
            of.flags = windows.flags().iter().map(|name| of.place(name)).collect();
            of.currency_of_windows = windows.currency().map(|currency| of.place(&currency.name));
        }
        of.texts = spec.fields.iter().map(|name| of.place(name)).collect();
        (of.amount, of.currency) = (of.place("amount"), of.place("currency"));
        let numbers: Vec<usize> =
            of.time.into_iter().chain([of.amount]).chain(of.amounts.iter().chain(&of.flags).copied()).collect();
        let singles = [of.id, of.currency_of_windows, Some(of.currency)];
        let texts: Vec<usize> = singles.into_iter().flatten().chain(of.keys.iter().chain(&of.texts).copied()).collect();
        let both = numbers.iter().copied().find(|at| texts.contains(at));
        let twice = of.flags.iter().find(|at| of.amounts.contains(at) || **at == of.amount || Some(**at) == of.time);
        let twice = twice.copied().or_else(|| of.time.filter(|at| *at == of.amount));
        if let Some(at) = both.or(twice) {
            let why =
                "a field is a text to the windows and something else to rules and costs, or the other way round: name them apart";
            return Err(Error::new(Code::ManifestInvalid, why).with("field", of.names.get(at).map_or("", String::as_str)));
        }
        Ok(of)
    }

    fn place(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// The place of a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    /// All names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", String::as_str)
    }

    /// The field of the id, where the windows declare one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.map(|at| self.name(at))
    }

    /// The field of the time, where there are windows.
    #[must_use]
    pub fn time(&self) -> Option<&str> {
        self.time.map(|at| self.name(at))
    }
}
