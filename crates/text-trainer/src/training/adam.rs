//! AdamW (Kingma, Ba 2015; Loshchilov, Hutter 2019).

use crate::math::vectorised;
use crate::model::Shape;

/// How much is kept of the mean and of the mean square.
const KEPT: (f32, f32) = (0.9, 0.95);

/// Mean and mean square of every weight's gradient.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: Vec<f32>,
    pub(super) square: Vec<f32>,
}

/// Numbers of a step.
#[derive(Clone, Copy, Debug)]
struct Factors {
    /// The gradient's.
    gradient: f32,
    /// The rate over what makes up for the start of the mean.
    rate: f32,
    /// One over the root of what makes up for the start of the square.
    square: f32,
    /// What is left of a weight.
    left: f32,
}

impl Moments {
    pub(super) fn new(len: usize) -> Self {
        Self { mean: vec![0.0; len], square: vec![0.0; len] }
    }

    /// One step, the first being 0. The gradient is multiplied by `factor` first.
    pub(super) fn step(
        &mut self,
        shape: &Shape,
        weights: &mut [f32],
        gradient: &[f32],
        number: u64,
        (rate, decay, factor): (f32, f32, f32),
    ) {
        let count = number.min(1 << 20) as i32 + 1;
        let start = |kept: f32| 1.0 - f64::from(kept).powi(count);
        for (_, dims, range) in shape.named() {
            let factors = Factors {
                gradient: factor,
                rate: rate / start(KEPT.0) as f32,
                square: 1.0 / start(KEPT.1).sqrt() as f32,
                left: if dims.len() == 1 { 1.0 } else { 1.0 - rate * decay },
            };
            let (mean, square) = (&mut self.mean[range.clone()], &mut self.square[range.clone()]);
            part(&mut weights[range.clone()], mean, square, &gradient[range], factors);
        }
    }
}

vectorised! {
    fn part<'a>(weights: &'a mut [f32], mean: &'a mut [f32], square: &'a mut [f32], gradient: &'a [f32], f: Factors) -> () {
        for (((w, m), s), g) in weights.iter_mut().zip(mean).zip(square).zip(gradient) {
            let g = g * f.gradient;
            *m = KEPT.0 * *m + (1.0 - KEPT.0) * g;
            *s = KEPT.1 * *s + (1.0 - KEPT.1) * g * g;
            *w = *w * f.left - f.rate * *m / (s.sqrt() * f.square + 1e-8);
        }
    }
}

vectorised! {
    /// Σ x² in 64 bits.
    pub(super) fn squared<'a>(x: &'a [f32]) -> f64 {
        let mut sums = [0f64; 16];
        let (chunks, rest) = x.as_chunks::<16>();
        for chunk in chunks {
            for (s, x) in sums.iter_mut().zip(chunk) {
                *s += f64::from(*x) * f64::from(*x);
            }
        }
        sums.iter().sum::<f64>() + rest.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>()
    }
}

vectorised! {
    /// `out` += x.
    pub(super) fn sum<'a>(out: &'a mut [f32], x: &'a [f32]) -> () {
        for (o, x) in out.iter_mut().zip(x) {
            *o += x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_paper() {
        let shape = Shape { vocabulary: 300, width: 32, layers: 1, heads: 4, groups: 2, inner: 32, context: 8 };
        let len = shape.weights();
        let (mut weights, mut moments) = (vec![0.5_f32; len], Moments::new(len));
        let (mut w, mut m, mut s) = ([0.5_f64, 0.5], 0.0_f64, 0.0_f64);
        for number in 0..5 {
            let g = [0.3, -0.2, 0.1, 0.4, -0.6][number as usize];
            moments.step(&shape, &mut weights, &vec![g * 2.0; len], number, (0.01, 0.1, 0.5));
            m = 0.9 * m + 0.1 * f64::from(g);
            s = 0.95 * s + 0.05 * f64::from(g * g);
            let n = number as i32 + 1;
            let step = 0.01 * (m / (1.0 - 0.9_f64.powi(n))) / ((s / (1.0 - 0.95_f64.powi(n))).sqrt() + 1e-8);
            w = [w[0] * (1.0 - 0.001) - step, w[1] - step];
        }
        // The first weight is of a matrix, the last a factor.
        assert!((f64::from(weights[0]) - w[0]).abs() < 1e-6 && (f64::from(weights[len - 1]) - w[1]).abs() < 1e-6);
        assert!((squared(&[3.0; 20]) - 180.0).abs() < 1e-9);
    }
}
