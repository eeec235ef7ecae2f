//! Activations, the same bits on every machine: arithmetic alone, no system mathematics.

/// Beyond this tanh rounds to ±1 in the approximation below.
const TANH_EDGE: f32 = 7.905_311;
/// Numerator (odd powers) and denominator (even powers) of the rational approximation of tanh that Eigen uses
/// (`Eigen/src/Core/MathFunctionsImpl.h`, `generic_fast_tanh_float`): within 2.5e-7 of tanh everywhere.
const TANH_P: [f32; 7] =
    [-2.760_768_5e-16, 2.000_188e-13, -8.604_671_5e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3];
const TANH_Q: [f32; 4] = [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525_2e-3];

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

/// 1 / (1 + e⁻ˣ) within 1.5e-7.
#[must_use]
#[inline]
pub fn sigmoid(x: f32) -> f32 {
    0.5 * tanh(0.5 * x) + 0.5
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
            assert!((f64::from(sigmoid(x)) - want).abs() <= 3e-7, "sigmoid {x}");
        }
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(f32::INFINITY) <= 1.0 && tanh(f32::NAN).is_nan());
    }
}
