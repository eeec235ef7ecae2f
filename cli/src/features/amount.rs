//! Amounts and other numbers of a log: plain decimals alone. What can be read in two ways, as 1,050, is never read in one of them.

use crate::read::value::cell::Cell;
use nearhand_features::{Code, Error, Spec};

/// Why a text is no amount.
const NOT_PLAIN: &str = "an amount is a plain decimal number, like 1050.00: no mark of thousands, no decimal comma, no sign of a currency, \
    no brackets, no exponent but that of a small number (1e-05): convert it first";

/// Units of an amount, by its place in the specification.
///
/// # Errors
/// What is wrong, and the code of the crate that says so.
pub(super) fn amount(spec: &Spec, at: usize, cell: Cell<'_>) -> Result<i64, (&'static str, Code)> {
    let told = |error: Error| (error.message(), error.code());
    match cell {
        Cell::Text(text) => spec.units_text(at, text).or_else(|error| match plain(text) {
            // The noise of floats, and .5 as some write it.
            Some(number) => spec.units(at, number).map_err(told),
            None if text.parse().is_ok_and(|v: f64| !v.is_finite()) => Err(told(error)),
            None => Err((NOT_PLAIN, error.code())),
        }),
        Cell::Int(number) => spec.units_text(at, &number.to_string()).map_err(told),
        // Single floats show the decimals that were meant.
        Cell::Single(number) => spec.units_text(at, &number.to_string()).map_err(told),
        cell => spec.units(at, number(cell).unwrap_or(f64::NAN)).map_err(told),
    }
}

/// A finite number; a text is one where it is a plain decimal.
pub(super) fn number(cell: Cell<'_>) -> Option<f64> {
    let number = match cell {
        Cell::Empty => None,
        Cell::Text(text) => plain(text),
        Cell::Int(v) | Cell::TimeMs(v) => Some(v as f64),
        Cell::Uint(v) => Some(v as f64),
        Cell::Float(v) => Some(v),
        Cell::Single(v) => Some(f64::from(v)),
    };
    number.filter(|v| v.is_finite())
}

/// A decimal as programs write it: digits, a point, a sign; of numbers below 1 an exponent. Of large ones an exponent hides digits.
fn plain(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(digits, exponent)| (digits, Some(exponent)));
    let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if exponent.is_some_and(|exponent| !exponent.strip_prefix('-').is_some_and(all_digits)) {
        return None;
    }
    let bare = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let sound = bare.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if sound { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        let spec = Spec::from_json(
            r#"{"time": "t", "amounts": [{"name": "a", "least": -1000000}, {"name": "b", "decimals": 8}],
                "features": [{"name": "a", "kind": "amount", "of": "a"}]}"#,
        )
        .unwrap();
        let of = |text| amount(&spec, 0, Cell::Text(text));
        for (text, want) in [
            ("1050", 105_000),
            ("1050.00", 105_000),
            ("-10.5", -1050),
            ("+10.5", 1050),
            (".5", 50),
            ("5.", 500),
            ("85.64999999999999", 8565),
            ("0.30000000000000004", 30),
        ] {
            assert_eq!(of(text), Ok(want), "{text}");
        }
        assert_eq!(amount(&spec, 1, Cell::Text("1e-05")), Ok(1000));
        assert_eq!(amount(&spec, 1, Cell::Text("1.5E-7")), Ok(15));
        for text in [
            "1,050", "1,050.00", "1.050,00", "10,50", "€ 10", "€10", "10 €", "$10.00", "EUR 10", "10 USD", "(10.00)", "1e3",
            "1E+05", "1.5e+16", "1 050", "1'050.00", "1_050", "--5", "+-5", "5-", "0x10", "1.2.3", ".", "-", "e-5", "1e-", "10%",
            "−5", "１０",
        ] {
            assert_eq!(of(text), Err((NOT_PLAIN, Code::EventInvalid)), "{text}");
        }
        for text in ["inf", "-Infinity", "10.505"] {
            assert!(of(text).is_err_and(|(why, _)| why != NOT_PLAIN), "{text}");
        }
        assert!(amount(&spec, 0, Cell::Empty).is_err() && amount(&spec, 0, Cell::Float(f64::NAN)).is_err());
        assert_eq!((amount(&spec, 0, Cell::Float(10.5)), amount(&spec, 0, Cell::Int(3))), (Ok(1050), Ok(300)));
        assert_eq!((number(Cell::Text("1,050")), number(Cell::Text("90.5"))), (None, Some(90.5)));
    }
}
