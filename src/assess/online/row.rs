//! A transaction as a row of named values, read: what the windows count, and what rules and costs look at.

use super::fields::Fields;
use crate::assess::judging::Transaction;
use crate::assess::spec::Spec;
use crate::error::{Code, Error, Result};
use crate::value::{Value, short};
use nearhand_features::{LONGEST_ID, MOST_UNITS, units, units_of};
use std::borrow::Cow;

/// A row, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Row<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) time: i64,
    pub(super) keys: Vec<Cow<'a, str>>,
    /// Units, as the windows declare them.
    pub(super) amounts: Vec<i64>,
    pub(super) flags: u32,
    pub(super) currency_of_windows: Cow<'a, str>,
    /// Minor units of the currency.
    pub(super) amount: Option<i64>,
    pub(super) currency: Option<Cow<'a, str>>,
    /// By name.
    pub(super) texts: Vec<(&'a str, Cow<'a, str>)>,
}

/// What rows are read by.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a, 's> {
    pub(super) fields: &'a Fields,
    pub(super) spec: &'s Spec,
    pub(super) windows: Option<&'s nearhand_features::Spec>,
    /// Whether a rule or the costs look at the amount.
    pub(super) amount_matters: bool,
}

/// An amount as it is given.
#[derive(Clone, Copy)]
enum Amount<'a> {
    /// A decimal.
    Text(&'a str),
    Whole(u64),
    Float(f64),
    /// Minor units.
    Minor(&'a str),
}

impl<'a> Reader<'a, '_> {
    /// Reads a row: an object of the declared fields, each text, number, truth value or null; an amount may be `{"minor": "12999"}`.
    ///
    /// # Errors
    /// `transaction-invalid` with the field and its value, `currency-unknown`.
    pub(super) fn read(self, row: &'a Value) -> Result<Row<'a>> {
        let Value::Map(entries) = row else {
            return Err(Error::new(Code::TransactionInvalid, "a transaction is an object of named fields"));
        };
        let fields = self.fields;
        let mut values: Vec<Option<&Value>> = vec![None; fields.names().len()];
        for (name, value) in entries {
            let place = fields.find(name).and_then(|at| values.get_mut(at));
            let Some(place) = place else {
                return Err(Error::new(Code::TransactionInvalid, "the bundle declares no field of this name")
                    .with("field", name)
                    .with("fields", fields.names().join(", ")));
            };
            if place.is_some() {
                return Err(Error::new(Code::TransactionInvalid, "a field is given twice").with("field", name));
            }
            *place = Some(value);
        }
        let value = |at: usize| values.get(at).copied().flatten();
        let maybe_text = |at: Option<usize>| at.map_or(Ok(Cow::Borrowed("")), |at| self.text(at, value(at)));
        let currency = Some(self.text(fields.currency, value(fields.currency))?).filter(|code| !code.is_empty());
        let known = Transaction { currency: currency.as_deref(), ..Transaction::default() }.money(self.spec)?.1;
        let decimals = known.and_then(|at| self.spec.currencies.get(at)).map(|currency| currency.decimals as u8);
        let mut of = Row {
            currency,
            id: maybe_text(fields.id)?,
            currency_of_windows: maybe_text(fields.currency_of_windows)?,
            ..Row::default()
        };
        if of.id.len() > LONGEST_ID {
            return Err(self.bad(
                fields.id.unwrap_or(usize::MAX),
                Some(&Value::Text(of.id.to_string())),
                "an id has at most 256 bytes",
            ));
        }
        of.amount = self.minor(value(fields.amount), decimals)?;
        for at in &fields.texts {
            let text = self.text(*at, value(*at))?;
            if !text.is_empty() {
                of.texts.push((fields.name(*at), text));
            }
        }
        let Some(windows) = self.windows else { return Ok(of) };
        of.time = self.time(fields.time.unwrap_or(usize::MAX), value)?;
        of.keys = fields.keys.iter().map(|at| self.text(*at, value(*at))).collect::<Result<_>>()?;
        for (at, declared) in fields.amounts.iter().zip(windows.amounts()) {
            let given =
                self.amount(*at, value(*at))?.ok_or_else(|| self.bad(*at, None, "the windows count this amount: give it"))?;
            of.amounts.push(self.units(*at, value(*at), given, declared.decimals, decimals.unwrap_or(declared.decimals))?);
        }
        for (bit, at) in fields.flags.iter().enumerate() {
            match value(*at) {
                None | Some(Value::Null | Value::Bool(false)) => {}
                Some(Value::Bool(true)) => of.flags |= 1 << bit,
                other => return Err(self.bad(*at, other, "a flag is true or false; leave it out where it is not known yet")),
            }
        }
        Ok(of)
    }

    fn time(self, at: usize, value: impl Fn(usize) -> Option<&'a Value>) -> Result<i64> {
        match value(at) {
            Some(Value::Natural(time)) => i64::try_from(*time).ok(),
            Some(Value::Negative(time)) => Some(*time),
            _ => None,
        }
        .ok_or_else(|| self.bad(at, value(at), "a time is whole Unix milliseconds"))
    }

    /// A text, or a whole number as the text of its digits; empty where there is none.
    fn text(self, at: usize, value: Option<&'a Value>) -> Result<Cow<'a, str>> {
        match value {
            None | Some(Value::Null) => Ok(Cow::Borrowed("")),
            Some(Value::Text(text)) => Ok(Cow::Borrowed(text)),
            Some(Value::Natural(whole)) => Ok(Cow::Owned(whole.to_string())),
            other => {
                // A whole number of any length: ids of 19 digits are no floats.
                if let Some(Value::Map(map)) = other
                    && let [(key, Value::Text(digits))] = &map[..]
                    && key == "minor"
                {
                    return Ok(Cow::Borrowed(digits));
                }
                Err(self.bad(at, other, "a text is wanted here, or a whole number that stands for its digits"))
            }
        }
    }

    fn amount(self, at: usize, value: Option<&'a Value>) -> Result<Option<Amount<'a>>> {
        Ok(Some(match value {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Text(text)) if text.is_empty() => return Ok(None),
            Some(Value::Text(text)) => Amount::Text(text),
            Some(Value::Natural(whole)) => Amount::Whole(*whole),
            Some(Value::Negative(whole)) => Amount::Float(*whole as f64),
            Some(Value::Float(value)) => Amount::Float(*value),
            Some(Value::Map(map)) => match &map[..] {
                [(key, Value::Text(text))] if key == "minor" => Amount::Minor(text),
                _ => return Err(self.bad(at, value, WHY)),
            },
            other => return Err(self.bad(at, other, WHY)),
        }))
    }

    /// Units of 10^-`decimals` of an amount whose minor units have `minor` decimals: exactly, or not at all.
    fn units(self, at: usize, value: Option<&Value>, given: Amount<'_>, decimals: u8, minor: u8) -> Result<i64> {
        let power = |by: u8| 10_i64.checked_pow(by.into());
        if let Amount::Float(value) = given
            && value.abs() * power(decimals).unwrap_or(1) as f64 > MOST_UNITS as f64
        {
            return Err(self.bad(
                at,
                Some(&Value::Float(value)),
                "a number as large is not exact to its last decimal: give a text, or minor units",
            ));
        }
        let units = match given {
            Amount::Text(text) => units(text, decimals),
            Amount::Whole(whole) => power(decimals).and_then(|one| i64::try_from(whole).ok()?.checked_mul(one)),
            Amount::Float(value) => units_of(value, decimals, MOST_UNITS),
            Amount::Minor(text) => units(text, 0).and_then(|whole| match decimals.checked_sub(minor) {
                Some(more) => whole.checked_mul(power(more)?),
                None => power(minor - decimals).filter(|by| whole % by == 0).map(|by| whole / by),
            }),
        };
        units.ok_or_else(|| self.bad(at, value, WHY).with("decimals", decimals))
    }

    /// The amount that rules and costs look at, in minor units of its currency; without declared currencies a whole number.
    fn minor(self, value: Option<&'a Value>, decimals: Option<u8>) -> Result<Option<i64>> {
        let at = self.fields.amount;
        // What nobody looks at may be anything that the windows take.
        if !self.amount_matters && self.spec.currencies.is_empty() {
            return Ok(None);
        }
        let Some(given) = self.amount(at, value)? else { return Ok(None) };
        // Of several currencies none is named: the assessor says so.
        if decimals.is_none() && !self.spec.currencies.is_empty() {
            return Err(self.bad(self.fields.currency, None, "an amount wants its currency: the bundle declares several"));
        }
        let mut counted = self.fields.amounts.iter().zip(self.windows.map_or(&[][..], |windows| windows.amounts()));
        if decimals.is_none()
            && matches!(given, Amount::Minor(_))
            && counted.any(|(own, amount)| *own == at && amount.decimals > 0)
        {
            return Err(self.bad(
                at,
                None,
                "minor units of no currency: the bundle declares none, and its rules take whole numbers",
            ));
        }
        let decimals = decimals.unwrap_or(0);
        self.units(at, value, given, decimals, decimals).map(Some)
    }

    #[cold]
    fn bad(self, at: usize, value: Option<&Value>, why: &'static str) -> Error {
        let shown = match value {
            None | Some(Value::Null) => "nothing".to_owned(),
            Some(Value::Bool(truth)) => truth.to_string(),
            Some(Value::Natural(whole)) => whole.to_string(),
            Some(Value::Negative(whole)) => whole.to_string(),
            Some(Value::Float(value)) => value.to_string(),
            Some(Value::Text(text)) => short(text).to_owned(),
            Some(Value::List(_)) => "a list".to_owned(),
            Some(Value::Map(_)) => "an object".to_owned(),
        };
        Error::new(Code::TransactionInvalid, why).with("field", self.fields.name(at)).with("value", shown)
    }
}

const WHY: &str =
    "an amount is a decimal of its currency with no more decimals than that has, or a whole number of minor units told as such";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> std::result::Result<(Option<i64>, Vec<i64>, String), Error> {
        let spec = Spec::parse(
            r#"{"features": [{"name": "x"}], "fields": ["card"], "decide": {"by": "thresholds", "review": 0.5},
            "currencies": [{"code": "EUR", "decimals": 2}, {"code": "JPY", "decimals": 0}]}"#,
        )?;
        let windows = nearhand_features::Spec::from_json(
            r#"{"time": "at", "keys": ["card"], "amounts": [{"name": "amount", "decimals": 3}], "features": [{"name": "x", "kind": "hour"}]}"#,
        )?;
        let fields = Fields::of(&spec, Some(&windows))?;
        let value: Value = serde_json::from_str(row).unwrap();
        let reader = Reader { fields: &fields, spec: &spec, windows: Some(&windows), amount_matters: true };
        let row = reader.read(&value)?;
        Ok((row.amount, row.amounts, row.keys[0].to_string()))
    }

    #[test]
    fn amounts_by_one_rule() {
        for (amount, currency, minor, units) in [
            ("\"12.34\"", "EUR", 1_234, 12_340),
            ("12.34", "EUR", 1_234, 12_340),
            ("12", "EUR", 1_200, 12_000),
            ("{\"minor\": \"1234\"}", "EUR", 1_234, 12_340),
            ("{\"minor\": \"1234\"}", "JPY", 1_234, 1_234_000),
            ("1234", "JPY", 1_234, 1_234_000),
            ("0", "EUR", 0, 0),
            ("\"12.30\"", "EUR", 1_230, 12_300),
            ("-3.5", "EUR", -350, -3_500),
        ] {
            let row = format!(r#"{{"at": 5, "card": 7, "amount": {amount}, "currency": "{currency}"}}"#);
            assert_eq!(read(&row), Ok((Some(minor), vec![units], "7".to_owned())), "{row}");
        }
        for amount in [
            "\"12.345\"",
            "12.345",
            "\"1e3\"",
            "\"NaN\"",
            "1e300",
            "true",
            "[1]",
            "{\"minor\": 5}",
            "{\"minor\": \"1.5\"}",
            "{\"cents\": \"5\"}",
        ] {
            let error = read(&format!(r#"{{"at": 5, "amount": {amount}, "currency": "EUR"}}"#)).unwrap_err();
            assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::TransactionInvalid, "amount"), "{amount}");
        }
    }

    #[test]
    fn what_is_not_exact_or_of_no_currency_is_refused_with_the_reason() {
        let told = |amount: &str, currency: &str| {
            read(&format!(r#"{{"at": 5, "amount": {amount}, "currency": "{currency}"}}"#))
                .map(|_| ())
                .map_err(|e| e.message().to_owned())
        };
        assert!(told("1000000000000.5", "EUR").unwrap_err().contains("not exact"));
        assert!(told("\"10000000000.50\"", "EUR").is_ok());
        let spec = Spec::parse(
            r#"{"features": [{"name": "x"}], "decide": {"by": "thresholds", "review": 0.5},
            "rules": [{"code": "SMALL", "then": "review", "when": [{"field": "amount", "lt": 500}]}]}"#,
        )
        .unwrap();
        let windows = nearhand_features::Spec::from_json(
            r#"{"time": "at", "keys": ["card"], "amounts": [{"name": "amount", "decimals": 2}], "features": [{"name": "x", "kind": "hour"}]}"#,
        )
        .unwrap();
        let fields = Fields::of(&spec, Some(&windows)).unwrap();
        let reader = Reader { fields: &fields, spec: &spec, windows: Some(&windows), amount_matters: true };
        let read = |amount: &str| {
            reader.read(&serde_json::from_str(&format!(r#"{{"at": 5, "amount": {amount}}}"#)).unwrap()).map(|row| row.amount)
        };
        let value: Value = serde_json::from_str(r#"{"at": 5, "amount": 129}"#).unwrap();
        let row = reader.read(&value).unwrap();
        assert_eq!((row.amount, row.amounts[0]), (Some(129), 12_900));
        assert!(read(r#"{"minor": "12900"}"#).unwrap_err().message().contains("no currency"));
    }

    #[test]
    fn other_faults_name_their_field() {
        for (row, code, field) in [
            ("[]", Code::TransactionInvalid, ""),
            (r#"{"at": 5, "amount": 1, "currency": "EUR", "cart": "c"}"#, Code::TransactionInvalid, "cart"),
            (r#"{"at": 5, "amount": 1, "currency": "EUR", "at": 6}"#, Code::TransactionInvalid, "at"),
            (r#"{"at": "5", "amount": 1, "currency": "EUR"}"#, Code::TransactionInvalid, "at"),
            (r#"{"at": 5.5, "amount": 1, "currency": "EUR"}"#, Code::TransactionInvalid, "at"),
            (r#"{"amount": 1, "currency": "EUR"}"#, Code::TransactionInvalid, "at"),
            (r#"{"at": 5, "currency": "EUR"}"#, Code::TransactionInvalid, "amount"),
            (r#"{"at": 5, "amount": 1}"#, Code::TransactionInvalid, "currency"),
            (r#"{"at": 5, "amount": 1, "currency": "USD"}"#, Code::CurrencyUnknown, "USD"),
            (r#"{"at": 5, "amount": 1, "currency": "EUR", "card": 1.5}"#, Code::TransactionInvalid, "card"),
        ] {
            let error = read(row).unwrap_err();
            let first = error.details().first().map_or("", |(_, value)| value.as_str());
            assert_eq!((error.code(), first), (code, field), "{row}: {error}");
        }
    }
}
