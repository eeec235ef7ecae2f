//! How likely a text is to be meant, as a whole number: the same on every machine.
//!
//! With c the text's count and n its letters,
//!
//! ```text
//! score = 1024 · (1.15 log₂ c − log₂(c + 1) − 2 log₂ n) + 32,768
//! ```
//! The count counts little once a text is known to be asked for, and a short text is meant more often than a long one that
//! begins alike: of a long one more letters would have been typed by many who have it in mind. Chosen on product names bought
//! in two weeks before those that the evaluation asks for (docs/suggest.md). Worked example: 12 letters asked for 7 times have
//! 1.15 · 2.807 − 3 − 2 · 3.585 = −6.942, so a score of 25,660.

/// Parts of one in which counts are told, so that those that fade are whole numbers.
pub const COUNT_UNIT: u64 = 1 << 10;

/// Parts of one in a logarithm.
pub(super) const PARTS: i64 = 1 << 10;

/// The logarithm to the base 2 in parts of [`PARTS`], rounded down; of 0 that of 1.
pub(super) fn log2(number: u64) -> i64 {
    let number = number.max(1);
    let whole = 63 - i64::from(number.leading_zeros());
    // The number as 1.x in 31 bits behind the point; each squaring tells one bit of its logarithm.
    let mut x = if whole > 31 { number >> (whole - 31) } else { number << (31 - whole) };
    let mut parts = whole;
    let mut rest = PARTS;
    while rest > 1 {
        rest >>= 1;
        x = (x * x) >> 31;
        parts <<= 1;
        if x >> 32 > 0 {
            x >>= 1;
            parts |= 1;
        }
    }
    parts
}

/// The score of a text by its count in parts of [`COUNT_UNIT`] and its letters.
pub(super) fn score(count: u64, letters: usize) -> u16 {
    let unit = log2(COUNT_UNIT);
    let count = count.min(u64::MAX >> 1);
    let (count, more) = (log2(count) - unit, log2(count + COUNT_UNIT) - unit);
    let parts = 115 * count / 100 - more - 2 * log2(letters as u64);
    (32_768 + parts).clamp(1, 60_000) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_mathematics() {
        for number in (1..2000).chain([1 << 20, (1 << 20) + 12_345, 1 << 40, (1 << 40) * 3, u64::MAX]) {
            let want = libm::log2(number as f64) * PARTS as f64;
            assert!((log2(number) as f64 - want).abs() <= 1.01, "{number} {} {want}", log2(number));
        }
        assert_eq!(log2(0), 0);
    }

    #[test]
    fn by_hand() {
        assert!((i32::from(score(7 * COUNT_UNIT, 12)) - 25_660).abs() <= 3, "{}", score(7 * COUNT_UNIT, 12));
        assert!(score(8 * COUNT_UNIT, 12) > score(7 * COUNT_UNIT, 12) && score(7 * COUNT_UNIT, 11) > score(7 * COUNT_UNIT, 12));
        assert!(score(0, 255) >= 1 && score(u64::MAX, 1) <= 60_000);
    }
}
