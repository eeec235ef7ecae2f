//! `where`: typed conditions on catalog columns, as given and as checked against a catalog.

use super::column::{FacetColumn, NO_FACET};
use super::columns::Column;
use super::rows::Catalog;
use crate::arena::Arena;
use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use crate::value::{Decode, Faults, Nearest, Value, short};
use serde::Serialize;
use std::borrow::Cow;

/// Bounds of a number; all that are given hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NumberRange {
    /// Below.
    pub lt: Option<f64>,
    /// At most.
    pub lte: Option<f64>,
    /// Above.
    pub gt: Option<f64>,
    /// At least.
    pub gte: Option<f64>,
}

impl Decode for NumberRange {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut range = Self::default();
        let mut of = value.fields(faults);
        of.fill("lt", &mut range.lt);
        of.fill("lte", &mut range.lte);
        of.fill("gt", &mut range.gt);
        of.fill("gte", &mut range.gte);
        of.end();
        range
    }
}

impl NumberRange {
    fn holds(&self, x: f64) -> bool {
        self.lt.is_none_or(|b| x < b)
            && self.lte.is_none_or(|b| x <= b)
            && self.gt.is_none_or(|b| x > b)
            && self.gte.is_none_or(|b| x >= b)
    }
}

/// Names that one condition may ask for: each is compared with all of the catalog's.
const MAX_NAMES: usize = 256;

/// Names of a facet: one of `any`, where given, and none of `not`. Read from a text, a list of texts, or
/// `{ in: […], not: […] }`. An item without the facet is in no list: it fails `any` and passes `not`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacetTest {
    /// One of these.
    pub any: Option<Vec<String>>,
    /// None of these.
    pub not: Vec<String>,
}

impl FacetTest {
    /// One of these names.
    #[must_use]
    pub fn any(names: &[&str]) -> Self {
        Self { any: Some(names.iter().map(|n| (*n).to_owned()).collect()), not: Vec::new() }
    }

    fn holds(&self, name: Option<&str>) -> bool {
        let among = |names: &[String]| name.is_some_and(|name| names.iter().any(|n| n == name));
        self.any.as_ref().is_none_or(|any| among(any)) && !among(&self.not)
    }
}

impl Decode for FacetTest {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Text(name) => Self { any: Some(vec![name]), not: Vec::new() },
            Value::Map(_) => {
                let mut of = value.fields(faults);
                let test = Self { any: of.take("in"), not: of.take_or("not", Vec::new()) };
                of.end();
                test
            }
            list => Self { any: Some(Decode::decode(list, faults)), not: Vec::new() },
        }
    }
}

/// Conditions on an item; all that are given hold. An item without a value fails a condition on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Where {
    /// `true`: stock above 0 or unknown. `false`: stock 0.
    pub in_stock: Option<bool>,
    /// Price bounds.
    pub price: Option<NumberRange>,
    /// Bounds of the pieces in stock.
    pub stock: Option<NumberRange>,
    /// Category names.
    pub category: Option<FacetTest>,
    /// Brand names.
    pub brand: Option<FacetTest>,
}

impl Decode for Where {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut conditions = Self::default();
        let mut of = value.fields(faults);
        of.fill("inStock", &mut conditions.in_stock);
        of.fill("price", &mut conditions.price);
        of.fill("stock", &mut conditions.stock);
        of.fill("category", &mut conditions.category);
        of.fill("brand", &mut conditions.brand);
        of.end();
        conditions
    }
}

impl Where {
    /// Checks bounds.
    ///
    /// # Errors
    /// `invalid-option` when a bound is not finite, or a condition has more than 256 names.
    pub fn check(&self) -> Result<()> {
        for (option, test) in [("where.category", &self.category), ("where.brand", &self.brand)] {
            let names = test.as_ref().map_or(0, |test| test.any.as_ref().map_or(0, Vec::len) + test.not.len());
            if names > MAX_NAMES {
                let error = Error::new(Code::OptionInvalid, "a condition of where is of at most 256 names");
                return Err(error.with("option", option).with("names", names));
            }
        }
        let bounds = self.price.iter().chain(&self.stock).flat_map(|p| [p.lt, p.lte, p.gt, p.gte]).flatten();
        for bound in bounds {
            if !bound.is_finite() {
                return Err(Error::new(Code::OptionInvalid, "a bound of where is a finite number").with("bound", bound));
            }
        }
        Ok(())
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The conditions against a catalog's columns, to be asked of many items.
    ///
    /// # Errors
    /// `invalid-option` for a bound, `column-unknown` when no item of the catalog has a value of the column, `name-unknown`
    /// when none is of a category or brand.
    pub fn compile<'a>(&'a self, catalog: &'a Catalog, arena: &'a Arena) -> Result<Filter<'a>> {
        let mut first = None;
        let filter = self.compile_known(catalog, arena, &mut |unknown| {
            first.get_or_insert_with(|| unknown.meant(catalog).error());
        })?;
        first.map_or(Ok(filter), Err)
    }

    /// The conditions that the catalog knows; the others are left out and told. Of several names the known ones remain.
    ///
    /// # Errors
    /// `invalid-option` for a bound.
    #[inline(never)]
    pub fn compile_known<'a>(
        &'a self,
        catalog: &'a Catalog,
        arena: &'a Arena,
        tell: &mut dyn FnMut(Unknown<'_>),
    ) -> Result<Filter<'a>> {
        self.check()?;
        let mut holds = |option: &'static str, column: Column, asked: bool| {
            let known = asked && catalog.has(column);
            if asked && !known {
                tell(Unknown { rule: None, option, value: column.as_str(), nearest: None, note: "column-unknown" });
            }
            known
        };
        let asked = Asked {
            in_stock: holds("where.inStock", Column::Stock, self.in_stock.is_some()),
            price: holds("where.price", Column::Price, self.price.is_some()),
            stock: holds("where.stock", Column::Stock, self.stock.is_some()),
        };
        let category = holds("where.category", Column::Category, self.category.is_some());
        let brand = holds("where.brand", Column::Brand, self.brand.is_some());
        let base = catalog.base();
        let mut codes = |option, test: &'a Option<FacetTest>, column, names: &'a Option<FacetColumn>| {
            let test = test.as_ref()?;
            let mut known = 0;
            for name in test.any.iter().flatten().chain(&test.not) {
                match catalog.unknown_name(option, column, name) {
                    None => known += 1,
                    Some(unknown) => tell(unknown),
                }
            }
            // Where nothing but unknown names is asked for, nothing is.
            let all_unknown = known == 0 && test.any.iter().flatten().chain(&test.not).next().is_some();
            (!all_unknown).then(|| Codes::of(test, names.as_ref(), arena))
        };
        Ok(Filter {
            category: if category { codes("where.category", &self.category, Column::Category, &base.category) } else { None },
            brand: if brand { codes("where.brand", &self.brand, Column::Brand, &base.brand) } else { None },
            conditions: self,
            asked,
            catalog,
        })
    }
}

/// What a condition names and the catalog does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown<'a> {
    /// The place of the rule whose condition it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
    /// `where.price`, `where.brand`, …; `category`.
    pub option: &'static str,
    /// The column, or the name that no item has in it.
    pub value: &'a str,
    /// The name that may be meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<&'a str>,
    /// The stable word for it.
    #[serde(skip)]
    pub note: &'static str,
}

/// Unknown names of one call for which the nearest is looked for, as each is compared with all.
pub(crate) const MAX_MEANT: usize = 16;

impl<'a> Unknown<'a> {
    /// The same with the name that may be meant: the nearest, or one of which a word is.
    #[inline(never)]
    pub(crate) fn meant(self, catalog: &'a Catalog) -> Self {
        let column = match self.note {
            "column-unknown" => return self,
            "brand-unknown" => Column::Brand,
            _ => Column::Category,
        };
        let (mut whole, mut words) = (Nearest::to(self.value), Nearest::to(self.value));
        catalog.each_name(column, &mut |name| {
            whole.see(name, name);
            name.split(' ').filter(|word| word.len() > 3).for_each(|word| words.see(word, name));
        });
        Unknown { nearest: whole.name().or(words.name()), ..self }
    }

    /// The error that it is to who asks strictly.
    #[must_use]
    #[inline(never)]
    pub fn error(&self) -> Error {
        let (code, why): (_, Cow<'static, str>) = match self.note {
            "column-unknown" => (Code::ColumnUnknown, "a filter names a column that no item has a value of".into()),
            _ => (Code::NameUnknown, [self.option, ": no item has \"", short(self.value), "\", see facets()"].concat().into()),
        };
        let error = Error::new(code, why).with("value", self.value).with("option", self.option);
        match self.nearest {
            Some(near) => error.with("nearest", near),
            None => error,
        }
    }
}

/// Which conditions on numbers are asked about.
#[derive(Clone, Copy, Debug)]
struct Asked {
    in_stock: bool,
    price: bool,
    stock: bool,
}

/// Conditions checked against a catalog.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    conditions: &'a Where,
    asked: Asked,
    catalog: &'a Catalog,
    category: Option<Codes<'a>>,
    brand: Option<Codes<'a>>,
}

impl Filter<'_> {
    /// Whether no condition was left out.
    #[must_use]
    pub(crate) const fn is_whole(&self) -> bool {
        let (w, asked) = (self.conditions, self.asked);
        asked.in_stock == w.in_stock.is_some()
            && asked.price == w.price.is_some()
            && asked.stock == w.stock.is_some()
            && self.category.is_some() == w.category.is_some()
            && self.brand.is_some() == w.brand.is_some()
    }

    /// Whether the item meets every condition.
    #[must_use]
    pub fn holds(&self, item: ItemIdx) -> bool {
        let (w, catalog) = (self.conditions, self.catalog);
        let row = catalog.overlay.row(item);
        let facet = |codes: &Option<Codes<'_>>, name: fn(&super::item::Item) -> Option<&str>| {
            codes.as_ref().is_none_or(|c| row.map_or_else(|| c.holds(item), |row| c.test.holds(name(row))))
        };
        facet(&self.category, |row| row.category.as_deref())
            && facet(&self.brand, |row| row.brand.as_deref())
            && (!self.asked.in_stock || w.in_stock == Some(catalog.stock(item) != Some(0)))
            && (!self.asked.price || w.price.is_none_or(|range| catalog.price(item).is_some_and(|p| range.holds(p))))
            && (!self.asked.stock || w.stock.is_none_or(|range| catalog.stock(item).is_some_and(|s| range.holds(f64::from(s)))))
    }
}

/// A facet's conditions by code: names are compared once a request, not once an item.
#[derive(Clone, Copy, Debug)]
struct Codes<'a> {
    test: &'a FacetTest,
    column: Option<&'a FacetColumn>,
    /// By code.
    passes: &'a [bool],
}

impl<'a> Codes<'a> {
    fn of(test: &'a FacetTest, column: Option<&'a FacetColumn>, arena: &'a Arena) -> Self {
        Self { test, column, passes: passes(column, &|name| test.holds(Some(name)), arena) }
    }

    fn holds(&self, item: ItemIdx) -> bool {
        let code = self.column.and_then(|c| c.codes().get(item.at())).copied().unwrap_or(NO_FACET);
        self.passes.get(usize::from(code)).copied().unwrap_or_else(|| self.test.any.is_none())
    }
}

/// For every name of a facet whether it has a property.
fn passes<'a>(column: Option<&FacetColumn>, has: &dyn Fn(&str) -> bool, arena: &'a Arena) -> &'a [bool] {
    let Some(names) = column.map(FacetColumn::names) else { return &[] };
    let passes = arena.filled(names.len(), false);
    passes.iter_mut().enumerate().for_each(|(i, passes)| *passes = has(names.get(i)));
    passes
}

impl Catalog {
    /// The names of a facet, some more than once.
    #[inline(never)]
    fn each_name<'a>(&'a self, column: Column, see: &mut dyn FnMut(&'a str)) {
        let base = if column == Column::Brand { &self.base().brand } else { &self.base().category };
        if let Some(names) = base.as_ref().map(FacetColumn::names) {
            (0..names.len()).for_each(|at| see(names.get(at)));
        }
        self.overlay.rows().filter_map(|row| row.facet(column)).for_each(see);
    }

    /// That no item is of a category or brand.
    #[inline(never)]
    pub fn unknown_name<'a>(&'a self, option: &'static str, column: Column, name: &'a str) -> Option<Unknown<'a>> {
        let note = if column == Column::Brand { "brand-unknown" } else { "category-unknown" };
        let mut known = false;
        self.each_name(column, &mut |other| known |= other == name);
        (!known).then_some(Unknown { rule: None, option, value: name, nearest: None, note })
    }

    /// Whether an item is of a category, to be asked of many items.
    pub fn in_category<'a>(&'a self, name: &'a str, arena: &'a Arena) -> impl Fn(ItemIdx) -> bool + 'a {
        let column = self.base().category.as_ref();
        let passes = passes(column, &|other| other == name, arena);
        move |item| match (self.overlay.row(item), column.and_then(|c| c.codes().get(item.at()))) {
            (Some(row), _) => row.category.as_deref() == Some(name),
            (None, code) => code.and_then(|code| passes.get(usize::from(*code))) == Some(&true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::catalog;
    use super::super::{CatalogDelta, ItemUpdate};
    use super::*;

    fn hits(c: &Catalog, w: &Where) -> Vec<u32> {
        let arena = Arena::default();
        let filter = w.compile_known(c, &arena, &mut |_| {}).unwrap();
        (0..c.len() as u32).filter(|i| filter.holds(ItemIdx(*i))).collect()
    }

    #[test]
    fn conditions_combine() {
        // prices .85 1.85 2.85; stock unknown, 0, 1; categories a b a.
        let c = catalog(&["a1", "b1", "a2"]).unwrap();
        let hits = |w: &Where| hits(&c, w);
        assert_eq!(hits(&Where::default()), [0, 1, 2]);
        assert_eq!(hits(&Where { in_stock: Some(true), ..Where::default() }), [0, 2]);
        let price = NumberRange { gte: Some(0.85), lt: Some(2.85), ..NumberRange::default() };
        assert_eq!(hits(&Where { price: Some(price), ..Where::default() }), [0, 1]);
        let stock = NumberRange { gt: Some(0.0), ..NumberRange::default() };
        assert_eq!(hits(&Where { stock: Some(stock), ..Where::default() }), [2], "unknown stock fails a bound on it");
        assert_eq!(hits(&Where { category: Some(FacetTest::any(&["a"])), ..Where::default() }), [0, 2]);
        assert_eq!(hits(&Where { category: Some(FacetTest::any(&["a", "b"])), ..Where::default() }), [0, 1, 2]);
        // A name that nobody has is left out: alone it asks for nothing, beside others for those.
        assert_eq!(hits(&Where { category: Some(FacetTest::any(&["zz"])), ..Where::default() }), [0, 1, 2]);
        assert_eq!(hits(&Where { category: Some(FacetTest::any(&["zz", "b"])), ..Where::default() }), [1]);
        let not = FacetTest { any: None, not: vec!["a".into()] };
        assert_eq!(hits(&Where { category: Some(not), ..Where::default() }), [1]);
    }

    #[test]
    fn a_changed_row_is_judged_by_what_it_is_now() {
        let mut c = catalog(&["a1", "b1", "a2"]).unwrap();
        let moved =
            ItemUpdate { item: "b1".into(), category: Some("a".into()), brand: Some("x".into()), ..ItemUpdate::default() };
        c.apply(&CatalogDelta { update: vec![moved], ..CatalogDelta::default() }).unwrap();
        assert_eq!(hits(&c, &Where { category: Some(FacetTest::any(&["a"])), ..Where::default() }), [0, 1, 2]);
        assert_eq!(
            hits(&c, &Where { brand: Some(FacetTest::any(&["x"])), ..Where::default() }),
            [1],
            "a delta brought the column"
        );
        let not = FacetTest { any: None, not: vec!["x".into()] };
        assert_eq!(hits(&c, &Where { brand: Some(not), ..Where::default() }), [0, 2]);
    }

    #[test]
    fn bad_conditions_are_named() {
        let (c, arena) = (catalog(&["a1"]).unwrap(), Arena::default());
        let nan = Where { price: Some(NumberRange { lt: Some(f64::NAN), ..NumberRange::default() }), ..Where::default() };
        assert_eq!(nan.compile(&c, &arena).unwrap_err().code(), Code::OptionInvalid);
        let many = |n: usize| Where { category: Some(FacetTest::any(&vec!["a"; n])), ..Where::default() };
        assert!(many(256).check().is_ok());
        let error = many(257).check().unwrap_err();
        assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::OptionInvalid, "where.category"));
        let brand = Where { brand: Some(FacetTest::any(&["x"])), ..Where::default() };
        let error = brand.compile(&c, &arena).unwrap_err();
        assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::ColumnUnknown, "brand"));
        let category = Where { category: Some(FacetTest::any(&["zz"])), ..Where::default() };
        let error = category.compile(&c, &arena).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::NameUnknown, r#"where.category: no item has "zz", see facets()"#));
    }

    #[test]
    fn a_facet_is_read_from_a_text_a_list_or_an_object() {
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap().read::<FacetTest>();
        assert_eq!(read(r#""a""#), Ok(FacetTest::any(&["a"])));
        assert_eq!(read(r#"["a","b"]"#), Ok(FacetTest::any(&["a", "b"])));
        assert_eq!(read(r#"{"in":["a"],"not":["b"]}"#), Ok(FacetTest { any: Some(vec!["a".into()]), not: vec!["b".into()] }));
        assert_eq!(read(r#"{"not":["a"]}"#), Ok(FacetTest { any: None, not: vec!["a".into()] }));
        assert!(read(r#"{"nor":["a"]}"#).is_err() && read("3").is_err());
    }
}
