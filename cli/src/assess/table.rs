//! Rows of features as people have them, with what goes beside them.

use crate::read::Table;
use crate::read::options::{Options, ReadArgs};
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::number::Marks;
use crate::read::value::time;
use clap::Args;
use nearhand::assess::Spec;
use nearhand::assess::spec::{Condition, Deciding};
use nearhand::{Code, Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Where the columns beside the features stand. Features and fields are found by their names.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ColumnArgs {
    /// Column with the amount; '' for none [default: amount, needed where costs decide or a rule looks at it]
    #[arg(long, value_name = "NAME")]
    pub amount_col: Option<String>,
    /// Amounts are whole numbers of minor units, as cents; else they are decimals of the currency, whole where none is declared
    #[arg(long)]
    pub minor_units: bool,
    /// Column with the currency's code; '' for none [default: currency, needed where several are declared or a rule looks at it]
    #[arg(long, value_name = "NAME")]
    pub currency_col: Option<String>,
}

/// Columns of fields that rules look at.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FieldArgs {
    /// Column of a field that rules look at, where it has another name; FIELD= leaves the field out: no rule sees it
    #[arg(long = "field-col", value_name = "FIELD=COLUMN")]
    pub fields: Vec<String>,
}

impl FieldArgs {
    /// As (field, column).
    ///
    /// # Errors
    /// `invalid-option` for one that is none, or that none of the specifications declares.
    pub(crate) fn told(&self, specs: &[&Spec]) -> Result<Vec<(String, String)>> {
        let mut out = Vec::new();
        for said in &self.fields {
            let known = |field: &str| specs.iter().any(|spec| spec.fields.iter().any(|own| own == field));
            let Some((field, column)) = said.split_once('=').filter(|(field, _)| known(field)) else {
                let fields: BTreeSet<&str> = specs.iter().flat_map(|spec| &spec.fields).map(String::as_str).collect();
                return Err(Error::new(
                    Code::OptionInvalid,
                    "a field's column is FIELD=COLUMN, and the bundle declares the field",
                )
                .with("option", "--field-col")
                .with("value", said)
                .with("fields", fields.into_iter().collect::<Vec<_>>().join(", ")));
            };
            out.push((field.to_owned(), column.to_owned()));
        }
        Ok(out)
    }
}

/// Columns that one of the commands alone reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) label: Option<(String, bool)>,
    pub(crate) time: Option<(String, time::Format)>,
    pub(crate) score: Option<String>,
    pub(crate) id: Option<String>,
    /// Where rules are judged: fields whose columns are told, as (field, column), no column where that is empty.
    pub(crate) rules: Option<Vec<(String, String)>>,
}

/// Rows of a table.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Features in the declaration's order, row by row.
    pub(crate) features: Vec<f64>,
    /// Minor units; empty without a column.
    pub(crate) amounts: Vec<Option<i64>>,
    /// Codes that are declared, or any where none is; empty without a column.
    pub(crate) currencies: Vec<Option<String>>,
    /// Declared fields that the table has, and the values of each row, empty where there are none.
    pub(crate) fields: Vec<(String, Vec<String>)>,
    pub(crate) labels: Vec<bool>,
    pub(crate) scores: Vec<f64>,
    pub(crate) ids: Vec<String>,
    /// Days that rows are of.
    pub(crate) days: BTreeSet<u64>,
    pub(crate) count: usize,
}

const DAY_MS: u64 = 86_400_000;

/// Columns, found.
struct Picked {
    places: Vec<usize>,
    names: Vec<String>,
}

impl Picked {
    /// Where a column comes to stand among the picked.
    fn add(&mut self, at: usize, name: &str) -> usize {
        self.places.push(at);
        self.names.push(name.to_owned());
        self.places.len() - 1
    }
}

struct Finder<'a> {
    table: &'a Table,
}

impl Finder<'_> {
    fn at(&self, name: &str) -> Result<Option<usize>> {
        self.table.column(name, |own| own.trim() == name)
    }

    fn must(&self, name: &str, why: &'static str) -> Result<usize> {
        self.at(name)?.ok_or_else(|| {
            let error =
                Error::new(Code::SchemaMismatch, why).with("path", self.table.path().display()).with("column", short(name));
            listed(error, "columns", " ", self.table.header())
        })
    }

    /// By option, else by its usual name: an error where it is needed and not there. An empty name leaves it out.
    fn option(&self, option: &'static str, asked: Option<&String>, usual: &str, needed: bool) -> Result<Option<usize>> {
        let why = "the table has no column for a field that costs or rules look at: name it, or leave it out by an empty name";
        let of = |error: Error| error.with("field", short(usual)).with("option", option);
        match asked {
            Some(name) if name.is_empty() => Ok(None),
            Some(name) => self.must(name, "the table has no column of this name").map(Some).map_err(of),
            None if needed => self.must(usual, why).map(Some).map_err(of),
            None => self.at(usual),
        }
    }
}

/// Where each kind of value stands among the picked.
struct Places {
    features: Vec<usize>,
    amount: Option<usize>,
    currency: Option<usize>,
    fields: Vec<usize>,
    label: Option<usize>,
    time: Option<usize>,
    score: Option<usize>,
    id: Option<usize>,
    /// Whether an empty amount is refused.
    amount_needed: bool,
}

/// Whether a rule has a condition over a field that passes a test.
fn asked(spec: &Spec, field: &str, test: impl Fn(&Condition) -> bool) -> bool {
    spec.rules.iter().flat_map(|rule| &rule.when).any(|condition| condition.field.as_deref() == Some(field) && test(condition))
}

/// Whether an amount that is not there leaves something undecided: costs want it, and so does a rule that compares it, unless one asks
/// whether it is missing.
fn amount_needed(spec: &Spec, rules: bool) -> bool {
    let compares = |c: &Condition| c.lt.is_some() || c.lte.is_some() || c.gt.is_some() || c.gte.is_some();
    spec.decide == Deciding::Costs
        || (rules && asked(spec, "amount", compares) && !asked(spec, "amount", |c| c.missing == Some(true)))
}

impl Rows {
    /// Reads a table.
    ///
    /// # Errors
    /// `io`; `schema-mismatch` with the columns there are, and with field and option where something looks at a field without a column;
    /// `data-invalid` with path, line or row, column and value, and with the places of several columns of one name; `currency-unknown`
    /// likewise.
    pub(crate) fn read(path: &Path, read: &ReadArgs, spec: &Spec, args: &ColumnArgs, beside: &Beside) -> Result<Self> {
        let table = Table::open(path, &Options::from(read))?;
        let finder = Finder { table: &table };
        let mut picked = Picked { places: Vec::new(), names: Vec::new() };
        let mut features = Vec::new();
        for feature in &spec.features {
            let at = finder.must(&feature.name, "the table lacks a feature that is declared")?;
            features.push(picked.add(at, &feature.name));
        }
        let mut add = |at: Option<usize>, name: &str| at.map(|at| picked.add(at, name));
        let ruled = |field: &str| beside.rules.is_some() && asked(spec, field, |_| true);
        // What nobody looks at is not read: a column of this name may hold anything.
        let wanted = |asked: Option<&String>, field: &str| asked.is_some() || !spec.currencies.is_empty() || ruled(field);
        let costs = spec.decide == Deciding::Costs;
        let (mut amount, mut currency) = (None, None);
        if wanted(args.amount_col.as_ref(), "amount") {
            amount = finder.option("--amount-col", args.amount_col.as_ref(), "amount", costs || ruled("amount"))?;
        }
        if wanted(args.currency_col.as_ref(), "currency") {
            let needed = ruled("currency") || (amount.is_some() && spec.currencies.len() > 1);
            currency = finder.option("--currency-col", args.currency_col.as_ref(), "currency", needed)?;
        }
        let (amount, currency) = (add(amount, "amount"), add(currency, "currency"));
        let mut out = Self::default();
        let mut fields = Vec::new();
        let told = beside.rules.as_deref().unwrap_or_default();
        for field in spec.fields.iter().filter(|_| beside.rules.is_some()) {
            let column = told.iter().rev().find(|(own, _)| own == field).map(|(_, column)| column);
            if let Some(at) = add(finder.option("--field-col", column, field, ruled(field))?, field) {
                fields.push(at);
                out.fields.push((field.clone(), Vec::new()));
            }
        }
        let must = |name: &String| finder.must(name, "the table has no column of this name");
        let label = add(beside.label.as_ref().map(|(name, _)| must(name)).transpose()?, "label");
        let time = add(beside.time.as_ref().map(|(name, _)| must(name)).transpose()?, "time");
        let score = add(beside.score.as_ref().map(must).transpose()?, "score");
        let id = add(beside.id.as_ref().map(must).transpose()?, "id");
        let amount_needed = amount_needed(spec, beside.rules.is_some());
        let places = Places { features, amount, currency, fields, label, time, score, id, amount_needed };
        let Picked { places: at, names } = picked;
        table.rows(&at, 0, &mut |cells, place| out.take(cells, place, &places, &names, spec, args, beside))?;
        if out.count == 0 {
            return Err(Error::new(Code::DataInvalid, "the table has no row").with("path", path.display()));
        }
        Ok(out)
    }

    #[expect(clippy::too_many_arguments)]
    fn take(
        &mut self,
        cells: &[Cell<'_>],
        place: &Place<'_>,
        places: &Places,
        names: &[String],
        spec: &Spec,
        args: &ColumnArgs,
        beside: &Beside,
    ) -> Result<()> {
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let bad = |at: usize, why: &'static str| place.error(why, names.get(at).map_or("", String::as_str), cell(at));
        for at in &places.features {
            self.features.push(match cell(*at) {
                Cell::Empty => f64::NAN,
                value => number(value).ok_or_else(|| bad(*at, "a feature is no number"))?,
            });
        }
        let mut decimals = spec.currencies.first().map_or(0, |currency| currency.decimals);
        if let Some(at) = places.currency {
            let code = cell(at).word().map(std::borrow::Cow::into_owned);
            if let Some(code) = code.as_ref().filter(|_| !spec.currencies.is_empty()) {
                let known = spec.currencies.iter().find(|currency| currency.code == *code);
                decimals = known.ok_or_else(|| unknown(spec, place, code))?.decimals;
            } else if spec.currencies.len() > 1 && places.amount.is_some_and(|amount| cell(amount) != Cell::Empty) {
                return Err(bad(at, "an amount has no currency, and several are declared"));
            }
            self.currencies.push(code);
        }
        if let Some(at) = places.amount {
            let decimals = if args.minor_units { 0 } else { decimals };
            let why = "an amount is a decimal of the currency, or with --minor-units a whole number of minor units";
            let amount = match cell(at) {
                Cell::Empty if !places.amount_needed => None,
                cell => Some(minor(cell, decimals).ok_or_else(|| bad(at, why))?),
            };
            self.amounts.push(amount);
        }
        for ((_, values), at) in self.fields.iter_mut().zip(&places.fields) {
            values.push(cell(*at).word().map(std::borrow::Cow::into_owned).unwrap_or_default());
        }
        if let (Some(at), Some((_, _))) = (places.label, &beside.label) {
            self.labels.push(label(cell(at)).ok_or_else(|| bad(at, "a label is 0 or 1, true or false"))?);
        }
        if let (Some(at), Some((_, format))) = (places.time, &beside.time) {
            let ms = cell(at).time_ms(format).ok_or_else(|| bad(at, "a time cannot be read: see --time-format"))?;
            self.days.insert(ms / DAY_MS);
        }
        if let Some(at) = places.score {
            self.scores.push(number(cell(at)).ok_or_else(|| bad(at, "a score is no number"))?);
        }
        if let Some(at) = places.id {
            self.ids.push(cell(at).word().map(std::borrow::Cow::into_owned).unwrap_or_default());
        }
        self.count += 1;
        Ok(())
    }
}

fn unknown(spec: &Spec, place: &Place<'_>, code: &str) -> Error {
    let known = spec.currencies.iter().map(|currency| currency.code.as_str()).collect::<Vec<_>>().join(", ");
    Error::new(Code::CurrencyUnknown, "the declaration states nothing for this currency: convert the amount, or pack with it")
        .with("path", place.path.display())
        .with(place.unit, place.number)
        .with("currency", short(code))
        .with("known", known)
}

/// A number as programs write it, 1e-05 too.
fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Text(text) => text.parse::<f64>().ok().or_else(|| label_word(text).map(|b| f64::from(u8::from(b)))),
        other => other.number(Marks::Point),
    }
}

fn label_word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" => Some(true),
        "false" | "f" | "no" => Some(false),
        _ => None,
    }
}

fn label(cell: Cell<'_>) -> Option<bool> {
    match number(cell)? {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

/// Minor units of an amount with so many decimals: exactly, or not at all.
fn minor(cell: Cell<'_>, decimals: u32) -> Option<i64> {
    let scale = 10_i64.checked_pow(decimals)?;
    match cell {
        Cell::Int(whole) => whole.checked_mul(scale),
        Cell::Text(text) => {
            let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
            let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
            let part = part.trim_end_matches('0');
            if whole.is_empty()
                || part.len() > decimals as usize
                || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit())
            {
                return None;
            }
            let part: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
            let part = part.checked_mul(10_i64.checked_pow(decimals - digits_of(text))?)?;
            let minor = whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(part)?;
            Some(if negative { -minor } else { minor })
        }
        other => {
            let scaled = other.number(Marks::Point)? * scale as f64;
            // A decimal in 64 bits is off by its last digits alone; one in 32 bits by more.
            let tolerance =
                if matches!(other, Cell::Single(_)) { 1e-6 * scaled.abs() + 1e-3 } else { 1e-9 * scaled.abs() + 1e-6 };
            ((scaled - scaled.round()).abs() <= tolerance && scaled.abs() < 9e15).then(|| scaled.round() as i64)
        }
    }
}

/// Decimals of a text that are not trailing zeros.
fn digits_of(text: &str) -> u32 {
    text.split_once('.').map_or(0, |(_, part)| part.trim_end_matches('0').len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, decimals, want) in [
            ("12.34", 2, Some(1234)),
            ("12.3", 2, Some(1230)),
            ("12", 2, Some(1200)),
            ("0.10", 2, Some(10)),
            ("-3.5", 2, Some(-350)),
            ("12.340", 2, Some(1234)),
            ("12.345", 2, None),
            ("12.5", 0, None),
            ("1e3", 2, None),
            ("", 2, None),
            (".5", 2, None),
            ("90000000000000000", 2, Some(9_000_000_000_000_000_000)),
            ("99999999999999999999", 2, None),
        ] {
            assert_eq!(minor(Cell::Text(text), decimals), want, "{text}");
        }
        assert_eq!(minor(Cell::Float(12.34), 2), Some(1234));
        assert_eq!(minor(Cell::Float(12.345), 2), None);
        assert_eq!(minor(Cell::Single(12.34), 2), Some(1234));
        assert_eq!(minor(Cell::Int(5), 2), Some(500));
        assert_eq!(minor(Cell::Empty, 2), None);
    }

    #[test]
    fn numbers_as_programs_write_them() {
        assert_eq!(number(Cell::Text("1e-05")), Some(1e-5));
        assert_eq!(
            (label(Cell::Text("True")), label(Cell::Int(0)), label(Cell::Text("1.0"))),
            (Some(true), Some(false), Some(true))
        );
        assert_eq!((label(Cell::Int(2)), label(Cell::Empty), number(Cell::Text("x"))), (None, None, None));
    }
}
