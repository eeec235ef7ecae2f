//! Curves that are hot between the products of a model: powers of e, the error function, Gelu, Swish and bends. The same
//! bits on every machine, four values at a time.

use crate::activation::{apply, exp4, tanh4};
use wide::f32x4;

/// Beyond this erf is 1 in 32 bits.
const ERF_EDGE: f32 = 4.0;
/// Where the two polynomials of erf meet.
const ERF_MIDDLE: f32 = 0.93;
/// erf(x) / x − 1 in powers of x², highest first, on [0, 0.93]: least squares weighted towards the largest error, which is 1.8e-8.
const ERF_NEAR: [f32; 6] = [-5.976_894e-4, 4.990_98e-3, -2.676_556_6e-2, 0.112_818_03, -0.376_124_95, 0.128_379_15];
/// ln(1 − erf(t)) in powers of t, highest first, on [0.93, 4]: fitted in the same way, within 3.1e-9 of erf.
const ERF_FAR: [f32; 8] =
    [-1.645_416_9e-5, 3.709_24e-4, -3.811_788e-3, 2.403_260_4e-2, -0.106_380_26, -0.635_268, -1.128_472_7, -5.983_622_4e-5];

#[inline(always)]
fn polynomial(x: f32x4, coefficients: &[f32]) -> f32x4 {
    coefficients.iter().fold(f32x4::ZERO, |sum, c| sum * x + f32x4::splat(*c))
}

/// erf near 0 as x + x · p(x²), and 1 − erf(|x|) away from it. Each is right on its side of [`ERF_MIDDLE`] alone.
#[inline(always)]
fn erf_parts(x: f32x4) -> (f32x4, f32x4, f32x4) {
    let t = x.abs();
    let edge = f32x4::splat(ERF_EDGE);
    let near = x + x * polynomial(x * x, &ERF_NEAR);
    let past = t.simd_gt(edge);
    let tail = past.select(f32x4::ZERO, exp4(polynomial(past.select(edge, t), &ERF_FAR)));
    (t, near, tail)
}

/// erf of four values, within 1.2e-7; NaN stays.
#[must_use]
#[inline]
pub fn erf4(x: f32x4) -> f32x4 {
    let (t, near, tail) = erf_parts(x);
    let far = f32x4::ONE - tail;
    let far = x.simd_lt(f32x4::ZERO).select(-far, far);
    t.simd_gt(f32x4::splat(ERF_MIDDLE)).select(far, near)
}

/// erf of each value, as [`erf4`].
#[inline(never)]
pub fn erf(values: &mut [f32]) {
    apply(values, erf4);
}

/// x/2 · (1 + erf(x/√2)) of each value: what is far below 0 keeps its digits.
#[inline(never)]
pub fn gelu(values: &mut [f32]) {
    let half = f32x4::splat(0.5);
    apply(values, |x| {
        let (t, near, tail) = erf_parts(x * f32x4::splat(std::f32::consts::FRAC_1_SQRT_2));
        let below = half * tail;
        let far = x.simd_lt(f32x4::ZERO).select(below, f32x4::ONE - below);
        x * t.simd_gt(f32x4::splat(ERF_MIDDLE)).select(far, half + half * near)
    });
}

/// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) of each value.
#[inline(never)]
pub fn gelu_tanh(values: &mut [f32]) {
    let (root, cube) = (f32x4::splat(0.797_884_6), f32x4::splat(0.044_715));
    apply(values, |x| f32x4::splat(0.5) * x * (f32x4::ONE + tanh4(root * (x + cube * x * x * x))));
}

/// eˣ of each value, within five units in the last place; infinite above 88.73, and 0 below −104.
///
/// [`exp4`], and where its own range ends the square of e to the power of half of x.
#[inline(never)]
pub fn exp(values: &mut [f32]) {
    let (edge, end) = (f32x4::splat(87.0), f32x4::splat(104.0));
    apply(values, |x| {
        let plain = exp4(x);
        let outside = x.simd_lt(-edge) | x.simd_gt(edge);
        if !outside.any() {
            return plain;
        }
        let bounded = x.simd_gt(end).select(end, x);
        let bounded = bounded.simd_lt(-end).select(-end, bounded);
        let root = exp4(bounded * f32x4::splat(0.5));
        outside.select(root * root, plain)
    });
}

/// x / (1 + e⁻ᵃˣ) of each value.
#[inline(never)]
pub fn swish(values: &mut [f32], a: f32) {
    apply(values, |x| {
        let scaled = x * f32x4::splat(a);
        let e = exp4(-scaled.abs());
        x * (scaled.simd_lt(f32x4::ZERO).select(e, f32x4::ONE) / (f32x4::ONE + e))
    });
}

/// x, or a · x where x is below 0.
#[inline(never)]
pub fn leaky(values: &mut [f32], a: f32) {
    apply(values, |x| x.simd_lt(f32x4::ZERO).select(x * f32x4::splat(a), x));
}

/// Each value, or `low` where it is below, then `high` where it is above; NaN stays.
#[inline(never)]
pub fn clip(values: &mut [f32], low: f32, high: f32) {
    let (low, high) = (f32x4::splat(low), f32x4::splat(high));
    apply(values, |x| {
        let x = x.simd_lt(low).select(low, x);
        x.simd_gt(high).select(high, x)
    });
}

/// a · x + b between 0 and 1; NaN stays.
#[inline(always)]
fn ramp(x: f32x4, a: f32, b: f32) -> f32x4 {
    let y = x * f32x4::splat(a) + f32x4::splat(b);
    let y = y.simd_lt(f32x4::ZERO).select(f32x4::ZERO, y);
    y.simd_gt(f32x4::ONE).select(f32x4::ONE, y)
}

/// a · x + b of each value, cut to [0, 1].
#[inline(never)]
pub fn hard_sigmoid(values: &mut [f32], a: f32, b: f32) {
    apply(values, |x| ramp(x, a, b));
}

/// x · (x/6 + 1/2 cut to [0, 1]) of each value.
#[inline(never)]
pub fn hard_swish(values: &mut [f32]) {
    apply(values, |x| x * ramp(x, 1.0 / 6.0, 0.5));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(f: impl Fn(&mut [f32]), x: f32) -> f64 {
        let mut values = [x; 5];
        f(&mut values);
        assert!(values.iter().all(|v| v.to_bits() == values[0].to_bits()), "{values:?}");
        f64::from(values[4])
    }

    /// erf by its series near 0 and a continued fraction away from it, in 64 bits.
    fn erf_exact(x: f64) -> f64 {
        let t = x.abs();
        let value = if t < 2.5 {
            let (mut term, mut sum) = (t, t);
            for n in 1..80 {
                term *= -t * t / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            sum * 2.0 / std::f64::consts::PI.sqrt()
        } else {
            let fraction = (1..60).rev().fold(t, |f, n| t + f64::from(n) / 2.0 / f);
            1.0 - (-t * t).exp() / std::f64::consts::PI.sqrt() / fraction
        };
        value.copysign(x)
    }

    #[test]
    fn curves_are_near_the_truth() {
        // erf(1) and erf(2), from tables.
        assert!((erf_exact(1.0) - 0.842_700_792_949_714_9).abs() < 1e-14);
        assert!((erf_exact(2.0) - 0.995_322_265_018_952_7).abs() < 1e-14);
        for i in -3000..=3000 {
            let x = i as f32 / 500.0;
            let wide = f64::from(x);
            let want = erf_exact(wide);
            assert!((of(erf, x) - want).abs() <= 1.2e-7, "erf {x}: {} {want}", of(erf, x));
            let want = wide / 2.0 * (1.0 + erf_exact(wide / 2.0_f64.sqrt()));
            assert!((of(gelu, x) - want).abs() <= 6e-8 + 2e-7 * want.abs(), "gelu {x}: {} {want}", of(gelu, x));
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (wide + 0.044_715 * wide.powi(3));
            let want = wide / 2.0 * (1.0 + inner.tanh());
            assert!((of(gelu_tanh, x) - want).abs() <= 4e-7 * wide.abs().max(0.5), "gelu_tanh {x}");
            let want = wide / (1.0 + (-1.702 * wide).exp());
            assert!((of(|v| swish(v, 1.702), x) - want).abs() <= 1e-7 + 4e-7 * want.abs(), "swish {x}");
            assert_eq!(of(|v| leaky(v, 0.5), x), if x < 0.0 { wide / 2.0 } else { wide });
            assert_eq!(of(|v| clip(v, -0.5, 2.5), x), wide.clamp(-0.5, 2.5));
            let want = (0.25 * wide + 0.5).clamp(0.0, 1.0);
            assert!((of(|v| hard_sigmoid(v, 0.25, 0.5), x) - want).abs() <= 1e-7);
            let want = wide * (wide / 6.0 + 0.5).clamp(0.0, 1.0);
            assert!((of(hard_swish, x) - want).abs() <= 4e-7, "hard_swish {x}");
        }
        // Of small values the last digits count too.
        for x in [1e-30_f32, -3e-7, 1e-3, 0.05] {
            let want = f64::from(x) * 2.0 / std::f64::consts::PI.sqrt() * (1.0 - f64::from(x).powi(2) / 3.0);
            assert!((of(erf, x) / want - 1.0).abs() <= 1e-6, "erf {x}: {} {want}", of(erf, x));
        }
    }

    #[test]
    fn powers_of_e_over_the_whole_range() {
        for i in -10_300..=8_872 {
            let x = i as f32 / 100.0;
            let want = f64::from(x).exp();
            // Below 2⁻¹²⁶ there are fewer digits.
            let near = (of(exp, x) - want).abs() <= 4e-7 * want + 3e-45;
            assert!(near, "exp {x}: {} {want}", of(exp, x));
        }
        assert_eq!((of(exp, 89.0), of(exp, f32::INFINITY)), (f64::INFINITY, f64::INFINITY));
        assert_eq!((of(exp, 0.0), of(exp, -110.0), of(exp, f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
    }

    #[test]
    fn nan_stays_and_ends_are_ends() {
        let all: [fn(&mut [f32]); 6] = [erf, gelu, gelu_tanh, exp, hard_swish, |v| leaky(v, 0.1)];
        assert!(all.iter().all(|f| of(f, f32::NAN).is_nan()));
        assert!(of(|v| swish(v, 1.0), f32::NAN).is_nan() && of(|v| hard_sigmoid(v, 0.2, 0.5), f32::NAN).is_nan());
        assert_eq!((of(erf, f32::INFINITY), of(erf, -9.0), of(erf, 0.0)), (1.0, -1.0, 0.0));
        assert_eq!((of(|v| clip(v, 2.0, 1.0), 0.0), of(|v| clip(v, 0.0, f32::MAX), f32::INFINITY)), (1.0, f64::from(f32::MAX)));
        assert!(of(|v| clip(v, 0.0, 6.0), f32::NAN).is_nan());
        assert_eq!((of(gelu, 100.0), of(gelu, -100.0), of(gelu, 0.0)), (100.0, 0.0, 0.0));
    }
}
