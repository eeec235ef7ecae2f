//! Layer normalisation.

/// Mean and centre, or scale alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// (x − mean) / √(variance + ε): LayerNormalization.
    Layer,
    /// x / √(mean of squares + ε): RMSNormalization.
    Rms,
}

/// Normalises each row of `width` values in place, then multiplies by `scale` and adds `bias` (each empty or `width`
/// long).
#[inline(never)]
pub fn normalise(kind: Norm, x: &mut [f32], width: usize, epsilon: f32, scale: &[f32], bias: &[f32]) {
    if width == 0 {
        return;
    }
    let n = width as f32;
    for row in x.chunks_exact_mut(width) {
        let mean = match kind {
            Norm::Layer => sum(row, |v| v) / n,
            Norm::Rms => 0.0,
        };
        let variance = sum(row, |v| (v - mean) * (v - mean)) / n;
        let factor = 1.0 / (variance + epsilon).sqrt();
        for v in row.iter_mut() {
            *v = (*v - mean) * factor;
        }
        if scale.len() == width {
            for (v, s) in row.iter_mut().zip(scale) {
                *v *= s;
            }
        }
        if bias.len() == width {
            for (v, b) in row.iter_mut().zip(bias) {
                *v += b;
            }
        }
    }
}

/// Sum of `f` over a row in eight partial sums of fixed order.
fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = row.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for block in blocks {
        for i in 0..8 {
            sums[i] += f(block[i]);
        }
    }
    let tail: f32 = rest.iter().map(|v| f(*v)).sum();
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut x = [1.0, 3.0, 2.0, 2.0];
        normalise(Norm::Layer, &mut x, 2, 0.0, &[2.0, 2.0], &[1.0, 0.0]);
        assert_eq!(x[..2], [-1.0, 2.0]);
        let mut y = [3.0, 4.0];
        normalise(Norm::Rms, &mut y, 2, 0.0, &[], &[]);
        let r = 12.5f32.sqrt();
        assert!((y[0] - 3.0 / r).abs() < 1e-6 && (y[1] - 4.0 / r).abs() < 1e-6);
    }
}
