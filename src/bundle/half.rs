//! Half-precision floats (IEEE 754 binary16) as scales are stored.

/// The value of a half's bits.
pub(super) fn widen(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let (exponent, fraction) = (u32::from(bits >> 10) & 31, u32::from(bits & 0x3FF));
    match exponent {
        // Below the least normal: a multiple of 2⁻²⁴.
        0 => f32::from_bits((fraction as f32 / 16_777_216.0).to_bits() | sign),
        31 => f32::from_bits(sign | 0x7F80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

/// The half nearest to a value, ties away from zero; `None` beyond the largest half, below the least normal one, and
/// for what is not a number.
fn nearest(value: f32) -> Option<u16> {
    if value == 0.0 {
        return Some(0);
    }
    // Rounds the 23 bits of the fraction to 10; a carry goes into the exponent.
    let bits = (value.to_bits() & 0x7FFF_FFFF) + 0x1000;
    let exponent = (bits >> 23).checked_sub(112).filter(|e| (1..31).contains(e))?;
    Some(((value.to_bits() >> 31 << 15) | (exponent << 10) | ((bits >> 13) & 0x3FF)) as u16)
}

/// The half that is exactly this value.
pub(super) fn exact(value: f32) -> Option<u16> {
    nearest(value).filter(|bits| widen(*bits) == value)
}

/// The value in half precision, where it has one: scales rounded so take two bytes in a bundle, not four.
#[must_use]
pub fn round_to_half(value: f32) -> f32 {
    nearest(value).map_or(value, widen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_normal_half_comes_back() {
        for bits in 0..=u16::MAX {
            let exponent = (bits >> 10) & 31;
            if (1..31).contains(&exponent) || bits == 0 {
                assert_eq!(exact(widen(bits)), Some(bits), "{bits:04x}");
            }
        }
    }

    #[test]
    fn worked_examples() {
        // IEEE 754-2019, 3.4: 1, the least normal, the least of all, the largest, infinity.
        let halves = [(0x3C00, 1.0), (0x0400, 6.103_515_6e-5), (1, 5.960_464_5e-8), (0x7BFF, 65504.0), (0x7C00, f32::INFINITY)];
        for (bits, value) in halves {
            assert_eq!(widen(bits), value);
        }
        assert_eq!((exact(0.1), exact(1e-9), exact(f32::NAN), exact(1e6)), (None, None, None, None));
        assert_eq!((round_to_half(0.1), round_to_half(1e-9)), (0.099_975_586, 1e-9));
        assert_eq!(round_to_half(1.999_9), 2.0);
    }
}
