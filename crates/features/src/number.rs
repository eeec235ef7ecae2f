//! Fixed-point decimals, and quotients of whole numbers that are rounded once.

/// Powers of ten.
pub(crate) const fn power(decimals: u8) -> i64 {
    let (mut power, mut left) = (1, decimals);
    while left > 0 {
        power *= 10;
        left -= 1;
    }
    power
}

/// Whole units of 10^-decimals that a decimal text stands for: `-12.5` with two decimals is -1250.
///
/// `None` where it is no decimal number, has digits beyond its decimals that are not 0, or is beyond `i64`.
#[must_use]
pub fn units(text: &str, decimals: u8) -> Option<i64> {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let mut value = 0_i64;
    let mut push = |byte: u8| {
        let digit = i64::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
        value = value.checked_mul(10)?.checked_add(digit)?;
        Some(())
    };
    whole.bytes().try_for_each(&mut push)?;
    let (kept, beyond) = fraction.split_at_checked(usize::from(decimals).min(fraction.len()))?;
    kept.bytes().try_for_each(&mut push)?;
    (kept.len()..usize::from(decimals)).try_for_each(|_| push(b'0'))?;
    beyond.bytes().all(|byte| byte == b'0').then_some(if minus { -value } else { value })
}

/// Whole units of 10^-decimals that a float stands for: those whose float is nearest, halves away from zero.
///
/// `None` for what is not finite, beyond `most`, or further from a unit than floats of its size can be: 12.345 has no two decimals.
#[must_use]
pub fn units_of(value: f64, decimals: u8, most: i64) -> Option<i64> {
    let scaled = value * power(decimals) as f64;
    if !scaled.is_finite() || scaled.abs() > most as f64 {
        return None;
    }
    let whole = libm::round(scaled);
    let near = (scaled - whole).abs() <= 4.0 * f64::EPSILON * scaled.abs().max(1.0);
    near.then_some(whole as i64)
}

/// The float nearest to a quotient, ties to even; 0 where `under` is 0.
pub(crate) fn quotient(over: i128, under: u64) -> f64 {
    const EXACT: u64 = 1 << 53;
    if under == 0 || over == 0 {
        return 0.0;
    }
    if let Some(small) = i64::try_from(over).ok().filter(|small| small.unsigned_abs() < EXACT && under < EXACT) {
        // Both are floats, so one division rounds once.
        return small as f64 / under as f64;
    }
    let (size, by) = (over.unsigned_abs(), u128::from(under));
    // As many bits of the quotient as there is room for, 64 at least, what is left over as the last one: enough to round once.
    let shift = size.leading_zeros();
    let top = size << shift;
    let rounded = ((top / by) | u128::from(top % by != 0)) as f64;
    // A power of two: nothing is lost.
    let value = rounded * f64::from_bits(u64::from(1023 - shift) << 52);
    if over < 0 { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_by_hand() {
        for (text, decimals, want) in [
            ("12.5", 2, Some(1250)),
            ("-0.01", 2, Some(-1)),
            ("7", 0, Some(7)),
            ("7.000", 1, Some(70)),
            ("7.001", 2, None),
            ("", 2, None),
            (".5", 2, None),
            ("5.", 2, None),
            ("1e3", 2, None),
            ("-", 2, None),
            ("+1", 2, None),
            ("92233720368547758.07", 2, Some(i64::MAX)),
            ("92233720368547758.08", 2, None),
        ] {
            assert_eq!(units(text, decimals), want, "{text}");
        }
    }

    #[test]
    fn floats_of_decimals() {
        let most = 100_000_000_000_000;
        for cents in [0_i64, 1, 29, 5716, 40_77, 123_456_789_012, 99_999_999_999_999] {
            assert_eq!(units_of(cents as f64 / 100.0, 2, most), Some(cents));
            assert_eq!(units_of(-cents as f64 / 100.0, 2, most), Some(-cents));
        }
        for bad in [f64::NAN, f64::INFINITY, 1e13, 12.345, 0.001] {
            assert_eq!(units_of(bad, 2, most), None, "{bad}");
        }
        assert_eq!(units_of(0.1 + 0.2, 1, most), Some(3));
    }

    #[test]
    fn quotients_are_rounded_once() {
        assert_eq!(quotient(1, 3), 1.0 / 3.0);
        assert_eq!(quotient(5, 0), 0.0);
        assert_eq!(quotient(-7, 2), -3.5);
        // 2^53 + 1 over 1 lies between two floats: the even one. With 2 as divisor likewise.
        assert_eq!(quotient((1 << 53) + 1, 1), 9_007_199_254_740_992.0);
        assert_eq!(quotient((1 << 53) + 3, 2), 4_503_599_627_370_497.5);
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        for _ in 0..100_000 {
            // A product and its factor: the quotient is known.
            let (a, by) = (i128::from(next()), (next() >> 10) + 1);
            let b = i128::from(by);
            assert_eq!(quotient(a * b, by), a as f64);
            assert_eq!(quotient(-a * b, by), -(a as f64));
            // Between two floats, by less than a half.
            let odd = (a | 1 << 52) * 2;
            assert_eq!(quotient(odd * b * 1024 + 1, by * 1024), odd as f64);
        }
    }
}
