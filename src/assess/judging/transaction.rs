//! A transaction, beside its features.

use crate::assess::spec::{MAX_NAME, Spec};
use crate::error::{Code, Error, Result};

/// What is known of a transaction beside its features.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transaction<'a> {
    /// Amount in minor units of its currency, 0 to 10¹⁵. Needed where costs decide.
    pub amount: Option<i64>,
    /// Code of its currency, as the bundle declares it. Needed where the bundle declares several, and an amount is given.
    pub currency: Option<&'a str>,
    /// Declared fields, as `("card", "…")`.
    pub fields: &'a [(&'a str, &'a str)],
}

impl<'a> Transaction<'a> {
    /// The text of a field.
    pub(in crate::assess) fn field(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    /// Its amount, and the place of its currency: where the bundle declares one alone, that one.
    ///
    /// # Errors
    /// `transaction-invalid`, `currency-unknown`.
    pub(in crate::assess) fn money(&self, spec: &Spec) -> Result<(Option<u64>, Option<usize>)> {
        let amount = self.amount.map(crate::assess::words::amount).transpose()?;
        let place = |code: &str| spec.currencies.iter().position(|currency| currency.code == code);
        let currency = match (self.currency, spec.currencies.len()) {
            (Some(_), 0) | (None, 0) => None,
            (Some(code), _) => Some(place(code).ok_or_else(|| {
                let known = spec.currencies.iter().map(|currency| currency.code.as_str()).collect::<Vec<_>>().join(", ");
                Error::new(
                    Code::CurrencyUnknown,
                    "the bundle states nothing for this currency: convert the amount, or pack with it",
                )
                .with("currency", code)
                .with("known", known)
            })?),
            (None, 1) => Some(0),
            (None, _) if amount.is_none() => None,
            (None, _) => {
                return Err(Error::new(Code::TransactionInvalid, "an amount wants its currency: the bundle declares several"));
            }
        };
        Ok((amount, currency))
    }

    /// Whether its fields are declared, once each, and short.
    ///
    /// # Errors
    /// `transaction-invalid`.
    pub(in crate::assess) fn check_fields(&self, spec: &Spec) -> Result<()> {
        for (at, (name, value)) in self.fields.iter().enumerate() {
            let why = if !spec.fields.iter().any(|field| field == name) {
                "the bundle declares no field of this name"
            } else if self.fields.iter().take(at).any(|(before, _)| before == name) {
                "a field is given twice"
            } else if value.is_empty() || value.len() > MAX_NAME {
                "a field has 1 to 256 bytes: leave it out where nothing is known"
            } else {
                continue;
            };
            return Err(Error::new(Code::TransactionInvalid, why).with("field", name).with("fields", spec.fields.join(", ")));
        }
        Ok(())
    }
}
