//! Activations, the same bits on every machine: arithmetic alone, no system mathematics.

/// Beyond this tanh rounds to ±1 in the approximation below.
const TANH_EDGE: f32 = 7.905_311;
/// Numerator (odd powers) and denominator (even powers) of the rational approximation of tanh that Eigen uses
/// (`Eigen/src/Core/MathFunctionsImpl.h`, `generic_fast_tanh_float`): within 2.5e-7 of tanh everywhere.
const TANH_P: [f32; 7] =
    [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3];
const TANH_Q: [f32; 4] = [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525e-3];

/// tanh within 2.5e-7.
#[must_use]
#[inline]
pub fn tanh(x: f32) -> f32 {
    let x = x.clamp(-TANH_EDGE, TANH_EDGE);
    let square = x * x;
    let mut p = TANH_P[0];
    for c in &TANH_P[1..] {
        p = p * square + c;
    }
    let mut q = TANH_Q[0];
    for c in &TANH_Q[1..] {
        q = q * square + c;
    }
    x * p / q
}

/// eˣ, within two units in the last place; 0 below −87, and as at 88 above.
///
/// 2ⁿ · eʳ with r = x − n ln 2 in [−½ ln 2, ½ ln 2], and eʳ by the polynomial of Cephes' `expf`.
#[must_use]
#[inline]
pub fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.3, 88.0);
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = POLYNOMIAL[0];
    for c in &POLYNOMIAL[1..] {
        p = p * r + c;
    }
    let mantissa = p * r * r + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    if x < -87.3 { 0.0 } else { mantissa * power }
}

/// 1 / (1 + e⁻ˣ).
#[must_use]
#[inline]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(f32::INFINITY) <= 1.0 && tanh(f32::NAN).is_nan());
    }
}
