//! Layer normalisation.

use crate::reduce::sum;
use wide::f32x4;

/// Mean and centre, or scale alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// (x − mean) / √(variance + ε): LayerNormalization.
    Layer,
    /// x / √(mean of squares + ε): RMSNormalization.
    Rms,
}

/// Mean of a row (0 for [`Norm::Rms`]) and 1 / √(variance + ε).
#[must_use]
#[inline(never)]
pub fn moments(kind: Norm, row: &[f32], epsilon: f32) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = match kind {
        Norm::Layer => sum(row, |v| v) / n,
        Norm::Rms => 0.0,
    };
    let middle = f32x4::splat(mean);
    let variance = sum(row, |v| (v - middle) * (v - middle)) / n;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// Each value becomes (x − mean) · factor, then is multiplied by its scale, and its bias is added. `scale` and `bias` are
/// each empty or as long as the row.
#[inline(never)]
pub fn shift(row: &mut [f32], mean: f32, factor: f32, scale: &[f32], bias: &[f32]) {
    let (middle, by) = (f32x4::splat(mean), f32x4::splat(factor));
    let step = |v: [f32; 4], scale: Option<[f32; 4]>, bias: Option<[f32; 4]>| {
        let mut v = (f32x4::from(v) - middle) * by;
        if let Some(scale) = scale {
            v *= f32x4::from(scale);
        }
        if let Some(bias) = bias {
            v += f32x4::from(bias);
        }
        v.to_array()
    };
    let (blocks, rest) = row.as_chunks_mut::<4>();
    let ((scales, scale_rest), (biases, bias_rest)) = (scale.as_chunks::<4>(), bias.as_chunks::<4>());
    for (at, v) in blocks.iter_mut().enumerate() {
        *v = step(*v, scales.get(at).copied(), biases.get(at).copied());
    }
    for (at, v) in rest.iter_mut().enumerate() {
        let four = |list: &[f32]| list.get(at).map(|one| [*one; 4]);
        *v = step([*v; 4], four(scale_rest), four(bias_rest))[0];
    }
}

/// Each value becomes (x − mean) · factor + bias.
#[inline(never)]
pub fn moved(row: &mut [f32], mean: f32, factor: f32, bias: f32) {
    crate::activation::apply(row, |v| (v - f32x4::splat(mean)) * f32x4::splat(factor) + f32x4::splat(bias));
}

/// Normalises each row of `width` values in place, then multiplies by `scale` and adds `bias` (each empty or `width`
/// long).
pub fn normalise(kind: Norm, x: &mut [f32], width: usize, epsilon: f32, scale: &[f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(width.max(1)) {
        let (mean, factor) = moments(kind, row, epsilon);
        shift(row, mean, factor, scale, bias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut x = [1.0, 3.0, 2.0, 2.0];
        assert_eq!(moments(Norm::Layer, &x[..2], 0.0), (2.0, 1.0));
        normalise(Norm::Layer, &mut x[..2], 2, 0.0, &[2.0, 2.0], &[1.0, 0.0]);
        assert_eq!(x[..2], [-1.0, 2.0]);
        let mut y = [3.0, 4.0];
        normalise(Norm::Rms, &mut y, 2, 0.0, &[], &[]);
        let r = 12.5f32.sqrt();
        assert!((y[0] - 3.0 / r).abs() < 1e-6 && (y[1] - 4.0 / r).abs() < 1e-6);
        let mut z = [1.0, 2.0, 3.0, 4.0, 5.0];
        moved(&mut z, 3.0, 2.0, 10.0);
        assert_eq!(z, [6.0, 8.0, 10.0, 12.0, 14.0]);
        normalise(Norm::Layer, &mut [], 0, 0.0, &[], &[]);
    }

    #[test]
    fn rows_of_any_length() {
        for width in [1_usize, 3, 4, 7, 16, 21, 770] {
            let x: Vec<f32> = (0..2 * width).map(|i| (i * 29 % 53) as f32 / 9.0 + 100.0).collect();
            let scale: Vec<f32> = (0..width).map(|i| i as f32 / 3.0).collect();
            let bias: Vec<f32> = (0..width).map(|i| 1.0 - i as f32).collect();
            let mut y = x.clone();
            normalise(Norm::Layer, &mut y, width, 1e-5, &scale, &bias);
            for (x, y) in x.chunks(width).zip(y.chunks(width)) {
                let n = width as f64;
                let mean = x.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
                let variance = x.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
                for (i, y) in y.iter().enumerate() {
                    let unit = (f64::from(x[i]) - mean) / (variance + 1e-5).sqrt();
                    let want = unit * f64::from(scale[i]) + f64::from(bias[i]);
                    assert!((f64::from(*y) - want).abs() < 1e-4 * (1.0 + want.abs()), "{width} {i}: {y} for {want}");
                }
            }
        }
    }
}
