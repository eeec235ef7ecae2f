//! Decimal numbers as floats, without the ten kilobytes of tables that the standard library brings into wasm for it.

/// Digits that count: more than a float can tell apart.
const DIGITS: u32 = 19;

/// The float nearest to a number of JSON's grammar. With at most 19 digits and the point at most 19 places from their end, as scores are
/// written, it is the nearest one exactly; else it may be one of its neighbours.
pub(crate) fn parse(text: &str) -> f64 {
    let (minus, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (mut value, mut count, mut power, mut fraction) = (0_u64, 0, 0_i64, false);
    for byte in digits.bytes() {
        if byte == b'.' {
            fraction = true;
        } else if count < DIGITS {
            value = value * 10 + u64::from(byte.wrapping_sub(b'0') % 10);
            count += u32::from(value > 0);
            power -= i64::from(fraction);
        } else {
            power += i64::from(!fraction);
        }
    }
    // Beyond these all is zero, or infinite.
    let stated =
        exponent.bytes().filter(u8::is_ascii_digit).fold(0, |all: i64, byte| (all * 10 + i64::from(byte - b'0')).min(100_000));
    power += if exponent.starts_with('-') { -stated } else { stated };
    let float = scaled(value, power);
    if minus { -float } else { float }
}

fn scaled(value: u64, power: i64) -> f64 {
    if value == 0 {
        return 0.0;
    }
    match power {
        0..=19 => (u128::from(value) * u128::from(10_u64.pow(u32::try_from(power).unwrap_or(0)))) as f64,
        -19..0 => {
            // As many bits as there are, what is left over as the last one: enough to round once.
            let shift = 64 + value.leading_zeros();
            let (top, by) = (u128::from(value) << shift, u128::from(10_u64.pow(u32::try_from(-power).unwrap_or(0))));
            let quotient = (top / by) | u128::from(top % by != 0);
            quotient as f64 * f64::from_bits(u64::from(1023 - shift) << 52)
        }
        _ => {
            let (mut float, up) = (value as f64, power > 0);
            // A power at a time, so that the way there stays within the range.
            for _ in 0..power.abs().min(400) {
                float = if up { float * 10.0 } else { float / 10.0 };
            }
            float
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "0",
            "-0",
            "1",
            "-1.5",
            "123.456e2",
            "9007199254740993",
            "18446744073709551615",
            "0.1",
            "1e19",
            "-2.3451812267303467",
            "-13.529807090759277",
            "1E-3",
            "0.0000000000000000001",
            "9007199254740993e-1",
            "0e99999999999",
        ] {
            assert_eq!(parse(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
        let mut state = 7_u64;
        for _ in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let digits = state >> (state >> 58);
            let at = usize::try_from(state >> 33 & 15).unwrap();
            let mut text = format!("{digits:020}")[1..].to_owned();
            text.insert(19 - at, '.');
            assert_eq!(parse(&text), text.trim_end_matches('.').parse::<f64>().unwrap(), "{text}");
        }
    }

    #[test]
    fn far_ones_are_near() {
        for text in ["1.2345678901234567e-5", "3.7e-300", "1.7976931348623157e308", "123456789012345678901234567890", "5e-324"] {
            let (got, want) = (parse(text), text.parse::<f64>().unwrap());
            assert!((got - want).abs() <= want * 1e-13, "{text}: {got} {want}");
        }
        assert_eq!((parse("1e999"), parse("-1e999"), parse("1e-999")), (f64::INFINITY, f64::NEG_INFINITY, 0.0));
    }
}
