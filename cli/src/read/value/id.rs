//! Ids that programs changed on the way: whole numbers written as floats, numbers that a spreadsheet rounded.

use super::cell::Cell;
use std::borrow::Cow;

/// The first float that does not hold every whole number before it: from here on ids have lost digits.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The same of single precision.
const EXACT_SINGLE: f32 = 16_777_216.0;

/// Why an id cannot be what it was.
pub(crate) const LOST: &str = "the id is a number that has lost digits: a spreadsheet or a float column rounded it; \
    export ids as text";

/// An id as written, or why it cannot be one: it has lost digits.
pub(crate) fn id(cell: Cell<'_>) -> Result<Option<Cow<'_, str>>, &'static str> {
    match cell {
        Cell::Float(v) if v.fract() == 0.0 && v.abs() >= EXACT => Err(LOST),
        Cell::Single(v) if v.fract() == 0.0 && v.abs() >= EXACT_SINGLE => Err(LOST),
        Cell::Text(text) => match scientific(text) {
            Some(Some(whole)) => Ok(Some(Cow::Owned(whole))),
            Some(None) => Err(LOST),
            // 9007199254740993 came through a float column: it is written 9007199254740992.0 there.
            None if as_whole(text).is_some_and(|whole| whole.parse().is_ok_and(|v: f64| v.abs() >= EXACT)) => Err(LOST),
            None => Ok(Some(Cow::Borrowed(text))),
        },
        cell => Ok(cell.word()),
    }
}

/// `d.dddE+dd` as spreadsheets and programs write large numbers: the whole number where every digit is there, `Some(None)`
/// where some are lost, `None` where the text is written otherwise (an article may well be called 12E4).
fn scientific(text: &str) -> Option<Option<String>> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let exponent: usize = exponent.strip_prefix('+').filter(|e| e.len() >= 2).and_then(|e| e.parse().ok())?;
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 1 || !digits(whole) || !digits(fraction) {
        return None;
    }
    // 1.50E+02 says 150; 4.00638E+12 does not say which of ten million numbers it was.
    Some(
        fraction
            .get(exponent..)
            .filter(|rest| rest.bytes().all(|b| b == b'0'))
            .and_then(|_| Some(format!("{whole}{}", fraction.get(..exponent)?))),
    )
}

/// The whole number that a text writes as a float: `5863.0`, `5863.00`, `-1.0`.
pub(crate) fn as_whole(text: &str) -> Option<&str> {
    let (whole, zeros) = text.split_once('.')?;
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let sound = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (whole.len() == 1 || !digits.starts_with('0'))
        && !zeros.is_empty()
        && zeros.bytes().all(|b| b == b'0');
    sound.then_some(whole)
}

/// Whether the ids with a point are all whole numbers written as floats: then they are the whole numbers. A shop with
/// articles 1.0 and 1.5 means what it says.
pub(crate) fn are_floats<'a>(ids: impl Iterator<Item = &'a str>) -> bool {
    let mut some = false;
    for id in ids.filter(|id| id.contains('.')) {
        if as_whole(id).is_none() {
            return false;
        }
        some = true;
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_numbers_are_refused_and_whole_ones_read() {
        for text in ["4.00638E+12", "4E+12", "1.5e+10", "4,00638E+12"] {
            assert_eq!(id(Cell::Text(text)), Err(LOST), "{text}");
        }
        let word = |text| id(Cell::Text(text)).unwrap().unwrap().into_owned();
        assert_eq!(word("4.00638100001E+11"), "400638100001");
        assert_eq!(word("1.500E+02"), "150");
        for text in ["9007199254740992.0", "-90071992547409920.0"] {
            assert_eq!(id(Cell::Text(text)), Err(LOST), "{text}");
        }
        assert_eq!(word("9007199254740991.0"), "9007199254740991.0");
        for text in ["12E4", "1E5", "E+12", "A1.5E+10", "12.5E+10", "5863.0"] {
            assert_eq!(word(text), text);
        }
        assert_eq!(id(Cell::Float(9e15)).unwrap().unwrap(), "9000000000000000");
        assert_eq!(id(Cell::Float(1e16)), Err(LOST));
        assert_eq!((id(Cell::Single(16_777_216.0)), id(Cell::Single(5863.0)).unwrap().unwrap().as_ref()), (Err(LOST), "5863"));
    }

    #[test]
    fn floats_of_a_column() {
        assert!(are_floats(["5863.0", "12", "A"].into_iter()));
        assert!(!are_floats(["1.0", "1.5"].into_iter()) && !are_floats(["12", "A"].into_iter()));
        assert_eq!(
            (as_whole("12.00"), as_whole("012.0"), as_whole("1.0.0"), as_whole("0.0")),
            (Some("12"), None, None, Some("0"))
        );
        assert_eq!((as_whole("-1.0"), as_whole("-0.0"), as_whole("--1.0"), as_whole("-.0")), (Some("-1"), None, None, None));
    }
}
