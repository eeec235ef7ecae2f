//! `where`: typed conditions on catalog columns.

use super::Catalog;
use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use crate::value::{Decode, Faults, Value};

/// Price bounds; all that are given hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PriceRange {
    /// Below.
    pub lt: Option<f64>,
    /// At most.
    pub lte: Option<f64>,
    /// Above.
    pub gt: Option<f64>,
    /// At least.
    pub gte: Option<f64>,
}

impl Decode for PriceRange {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let range = Self { lt: of.take("lt"), lte: of.take("lte"), gt: of.take("gt"), gte: of.take("gte") };
        of.end();
        range
    }
}

/// One name or several, any of which will do. Read from a text or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf(pub Vec<String>);

impl AnyOf {
    fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|m| m == name)
    }
}

impl Decode for AnyOf {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Text(name) => Self(vec![name]),
            list => Self(Decode::decode(list, faults)),
        }
    }
}

/// Conditions on an item; all that are given hold. An item without a value fails a condition on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Where {
    /// `true`: stock above 0 or unknown. `false`: stock 0.
    pub in_stock: Option<bool>,
    /// Price bounds.
    pub price: Option<PriceRange>,
    /// Category names.
    pub category: Option<AnyOf>,
    /// Brand names.
    pub brand: Option<AnyOf>,
}

impl Decode for Where {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let conditions = Self {
            in_stock: of.take("inStock"),
            price: of.take("price"),
            category: of.take("category"),
            brand: of.take("brand"),
        };
        of.end();
        conditions
    }
}

impl Where {
    /// Checks bounds.
    ///
    /// # Errors
    /// `invalid-option` when a price bound is not finite.
    pub fn check(&self) -> Result<()> {
        let bounds = self.price.iter().flat_map(|p| [p.lt, p.lte, p.gt, p.gte]).flatten();
        for bound in bounds {
            if !bound.is_finite() {
                return Err(Error::new(Code::OptionInvalid, "a price bound is a finite number").with("price", bound));
            }
        }
        Ok(())
    }

    /// Whether the item meets every condition.
    #[must_use]
    pub fn holds(&self, catalog: &Catalog, item: ItemIdx) -> bool {
        let stock = self.in_stock.is_none_or(|want| want == (catalog.stock(item) != Some(0)));
        let price = self.price.is_none_or(|range| {
            catalog.price(item).is_some_and(|p| {
                range.lt.is_none_or(|b| p < b)
                    && range.lte.is_none_or(|b| p <= b)
                    && range.gt.is_none_or(|b| p > b)
                    && range.gte.is_none_or(|b| p >= b)
            })
        });
        let facet = |want: &Option<AnyOf>, have: Option<&str>| want.as_ref().is_none_or(|w| have.is_some_and(|h| w.holds(h)));
        stock && price && facet(&self.category, catalog.category(item)) && facet(&self.brand, catalog.brand(item))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::catalog;
    use super::*;

    #[test]
    fn conditions_combine() {
        // prices .85 1.85 2.85; stock unknown, 0, 1; categories a b a.
        let c = catalog(&["a1", "b1", "a2"]).unwrap();
        let hits = |w: &Where| (0..3).filter(|i| w.holds(&c, ItemIdx(*i))).collect::<Vec<_>>();
        assert_eq!(hits(&Where::default()), [0, 1, 2]);
        assert_eq!(hits(&Where { in_stock: Some(true), ..Where::default() }), [0, 2]);
        let price = PriceRange { gte: Some(0.85), lt: Some(2.85), ..PriceRange::default() };
        assert_eq!(hits(&Where { price: Some(price), ..Where::default() }), [0, 1]);
        assert_eq!(hits(&Where { category: Some(AnyOf(vec!["a".into()])), ..Where::default() }), [0, 2]);
        assert_eq!(hits(&Where { category: Some(AnyOf(vec!["a".into(), "b".into()])), ..Where::default() }), [0, 1, 2]);
        assert!(hits(&Where { brand: Some(AnyOf(vec!["x".into()])), ..Where::default() }).is_empty());
        let bad = Where { price: Some(PriceRange { lt: Some(f64::NAN), ..PriceRange::default() }), ..Where::default() };
        assert_eq!(bad.check().unwrap_err().code(), Code::OptionInvalid);
    }
}
