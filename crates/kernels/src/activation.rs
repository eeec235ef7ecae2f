//! Activations, the same bits on every machine: arithmetic alone, no system mathematics. Four values at a time.

use wide::f32x4;

/// Beyond this tanh rounds to ±1 in the approximation below.
const TANH_EDGE: f32 = 7.905_311;
/// Numerator (odd powers) and denominator (even powers) of the rational approximation of tanh that Eigen uses
/// (`Eigen/src/Core/MathFunctionsImpl.h`, `generic_fast_tanh_float`): within 2.5e-7 of tanh everywhere.
const TANH_P: [f32; 7] =
    [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3];
const TANH_Q: [f32; 4] = [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525e-3];

/// tanh of four values, within 2.5e-7; NaN stays.
#[must_use]
#[inline]
pub fn tanh4(x: f32x4) -> f32x4 {
    let edge = f32x4::splat(TANH_EDGE);
    // Comparisons let NaN through, which min and max need not.
    let x = edge.simd_lt(x).select(edge, x);
    let x = x.simd_lt(-edge).select(-edge, x);
    let square = x * x;
    let (mut p, mut q) = (f32x4::splat(TANH_P[0]), f32x4::splat(TANH_Q[0]));
    for c in &TANH_P[1..] {
        p = p * square + f32x4::splat(*c);
    }
    for c in &TANH_Q[1..] {
        q = q * square + f32x4::splat(*c);
    }
    x * p / q
}

/// eˣ of four values, within two units in the last place; 0 below −87.3, and as at 88 above; NaN stays.
///
/// 2ⁿ · eʳ with r = x − n ln 2 in [−½ ln 2, ½ ln 2], and eʳ by the polynomial of Cephes' `expf`.
#[must_use]
#[inline]
pub fn exp4(x: f32x4) -> f32x4 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
    let round = f32x4::splat(12_582_912.0);
    let (low, high) = (f32x4::splat(-87.3), f32x4::splat(88.0));
    let under = x.simd_lt(low);
    let clamped = under.select(low, x);
    let clamped = high.simd_lt(clamped).select(high, clamped);
    let shifted = clamped * f32x4::splat(std::f32::consts::LOG2_E) + round;
    let n = shifted - round;
    let r = (clamped - n * f32x4::splat(LN2_HIGH)) - n * f32x4::splat(LN2_LOW);
    let mut p = f32x4::splat(POLYNOMIAL[0]);
    for c in &POLYNOMIAL[1..] {
        p = p * r + f32x4::splat(*c);
    }
    let mantissa = p * r * r + r + f32x4::ONE;
    let power = shifted.to_array().map(|v| f32::from_bits((v.to_bits() << 23).wrapping_add(0x3f80_0000)));
    under.select(f32x4::ZERO, mantissa * f32x4::from(power))
}

/// 1 / (1 + e⁻ˣ) of four values.
#[must_use]
#[inline]
pub fn sigmoid4(x: f32x4) -> f32x4 {
    f32x4::ONE / (f32x4::ONE + exp4(-x))
}

/// 1 / (1 + e⁻ˣ) of each value, from the side on which e's power is small: what is near 0 keeps its digits, down to where
/// `exp4` ends.
#[inline(never)]
pub fn logistic(values: &mut [f32]) {
    apply(values, |x| {
        let e = exp4(-x.abs());
        x.simd_lt(f32x4::ZERO).select(e, f32x4::ONE) / (f32x4::ONE + e)
    });
}

/// tanh of each value, as [`tanh4`].
#[inline(never)]
pub fn tanh(values: &mut [f32]) {
    apply(values, tanh4);
}

/// Applies a function of four values to a slice.
#[inline]
pub fn apply(values: &mut [f32], f: impl Fn(f32x4) -> f32x4) {
    let (blocks, rest) = values.as_chunks_mut::<4>();
    for block in blocks {
        *block = f(f32x4::from(*block)).to_array();
    }
    let mut last = [0.0; 4];
    for (to, from) in last.iter_mut().zip(rest.iter()) {
        *to = *from;
    }
    let last = f(f32x4::from(last)).to_array();
    for (to, from) in rest.iter_mut().zip(last) {
        *to = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tanh(x: f32) -> f32 {
        let mut values = [x; 5];
        super::tanh(&mut values);
        values[4]
    }

    fn exp(x: f32) -> f32 {
        exp4(f32x4::splat(x)).to_array()[0]
    }

    fn sigmoid(x: f32) -> f32 {
        sigmoid4(f32x4::splat(x)).to_array()[0]
    }

    #[test]
    fn slices_of_any_length() {
        let mut values = [0.0, 1.0, -1.0, 2.0, -2.0];
        apply(&mut values, |x| x + x);
        assert_eq!(values, [0.0, 2.0, -2.0, 4.0, -4.0]);
    }

    #[test]
    fn near_the_truth() {
        for i in -4000..=4000 {
            let x = i as f32 / 200.0;
            assert!((tanh(x) - x.tanh()).abs() <= 4e-7, "tanh {x}: {} {}", tanh(x), x.tanh());
            let want = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(sigmoid(x)) - want).abs() <= 1e-7 + 2e-7 * want, "sigmoid {x}");
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) - want).abs() <= 2.5e-7 * want, "exp {x}: {} {want}", exp(x));
        }
        assert_eq!((exp(0.0), exp(-1000.0), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(f32::NAN).is_nan() && sigmoid(-1000.0) < 1e-37 && sigmoid(1000.0) == 1.0);
        let mut ends = [-87.0, -17.3, -1e9, f32::NAN, 15.0, 17.5, f32::INFINITY, 0.0];
        logistic(&mut ends);
        assert!((ends[0] / 1.645_811_4e-38 - 1.0).abs() < 1e-6 && (ends[1] / 3.066_943_7e-8 - 1.0).abs() < 1e-6);
        assert!(ends[3].is_nan() && ends[4] < 1.0);
        assert_eq!((ends[2], ends[5], ends[6], ends[7]), (0.0, 1.0, 1.0, 0.5));
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(f32::INFINITY) <= 1.0 && tanh(f32::NAN).is_nan());
    }
}
