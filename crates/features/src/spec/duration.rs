//! Durations as a specification writes them.

use crate::json::Value;

/// Longest duration: ten years.
const LONGEST: i64 = 3653 * 86_400_000;

/// Milliseconds of `90s`, `15m`, `6h`, `1d`, `2w`, `500ms`, or of a number of milliseconds; `None` for anything else.
pub(super) fn milliseconds(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Text(text) | Value::Number(text) => text,
        _ => return None,
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match (unit, value) {
        ("", Value::Number(_)) | ("ms", _) => 1,
        ("s", _) => 1000,
        ("m", _) => 60_000,
        ("h", _) => 3_600_000,
        ("d", _) => 86_400_000,
        ("w", _) => 7 * 86_400_000,
        _ => return None,
    };
    crate::number::units(number, 0)?.checked_mul(unit).filter(|ms| *ms <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let of = |text: &str| milliseconds(&Value::Text(text.into()));
        for (text, want) in
            [("500ms", 500), ("90s", 90_000), ("15m", 900_000), ("6h", 21_600_000), ("2w", 1_209_600_000), ("0s", 0)]
        {
            assert_eq!(of(text), Some(want), "{text}");
        }
        for bad in ["", "d", "1", "1.5h", "-1d", "1 d", "1D", "4000d", "9223372036854775807d", "99999999999999999999s"] {
            assert_eq!(of(bad), None, "{bad}");
        }
        assert_eq!(milliseconds(&Value::Number("1500".into())), Some(1500));
        assert_eq!(milliseconds(&Value::Number("1.5".into())), None);
        assert_eq!(milliseconds(&Value::Null), None);
    }
}
