//! What becomes of finished scores, as onnxruntime computes it: in 32 bits.
//!
//! Source: onnxruntime, core/providers/cpu/ml/ml_common.h (ComputeLogistic, ComputeProbit, ComputeSoftmax,
//! ComputeSoftmaxZero). exp, log and sqrt are those of `libm`, the same bits on every machine.

use super::spec::Post;

/// Transforms the scores of one row in place.
pub(crate) fn transform(post: Post, scores: &mut [f32]) {
    match post {
        Post::None => {}
        Post::Logistic => scores.iter_mut().for_each(|s| *s = logistic(*s)),
        Post::Probit => scores.iter_mut().for_each(|s| *s = probit(*s)),
        Post::Softmax => softmax(scores),
        Post::SoftmaxZero => softmax_zero(scores),
    }
}

/// 1 / (1 + e⁻ˢ), from the side on which e's power is small: a probability near 0 keeps its digits, which onnxruntime's
/// 1 − 1 / (1 + eˢ) loses.
pub(crate) fn logistic(s: f32) -> f32 {
    let e = libm::expf(-s.abs());
    if s < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

/// √2 · erf⁻¹(2p − 1), with Winitzki's approximation of erf⁻¹ (a = 0.147).
fn probit(p: f32) -> f32 {
    const A: f32 = 0.147;
    let x = 2.0 * p - 1.0;
    // (1 − x)(1 + x), with the digits of a p near 0.
    let log = libm::logf(4.0 * p * (1.0 - p));
    let v = 2.0 / (std::f32::consts::PI * A) + 0.5 * log;
    let root = libm::sqrtf(libm::sqrtf(v * v - 1.0 / A * log) - v);
    std::f32::consts::SQRT_2 * if x < 0.0 { -root } else { root }
}

fn greatest(scores: &[f32]) -> f32 {
    scores.iter().fold(f32::MIN, |m, s| if *s > m { *s } else { m })
}

/// eˢ / Σ eˢ with the greatest score taken off first.
pub(crate) fn softmax(scores: &mut [f32]) {
    let max = greatest(scores);
    let mut sum = 0.0;
    for s in &mut *scores {
        *s = libm::expf(*s - max);
        sum += *s;
    }
    scores.iter_mut().for_each(|s| *s /= sum);
}

/// Softmax that leaves zeros out: they stay 0.
fn softmax_zero(scores: &mut [f32]) {
    let max = greatest(scores);
    let at_zero = libm::expf(-max);
    let mut sum = 0.0;
    for s in &mut *scores {
        if s.abs() > 0.000_000_1 {
            *s = libm::expf(*s - max);
            sum += *s;
        } else {
            *s *= at_zero;
        }
    }
    scores.iter_mut().for_each(|s| *s /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(post: Post, scores: &[f32]) -> Vec<f32> {
        let mut out = scores.to_vec();
        transform(post, &mut out);
        out
    }

    fn near(a: &[f32], b: &[f32]) {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
    }

    #[test]
    fn worked_examples() {
        near(&of(Post::None, &[3.0, -1.0]), &[3.0, -1.0]);
        // 1 / (1 + e⁻¹) = 0.731059, and its complement.
        near(&of(Post::Logistic, &[1.0, -1.0, 0.0]), &[0.731_058_6, 0.268_941_4, 0.5]);
        // e⁰, e¹, e² over their sum 11.107338.
        near(&of(Post::Softmax, &[0.0, 1.0, 2.0]), &[0.090_030_6, 0.244_728_5, 0.665_240_9]);
        // The zero is left out: e¹ and e² over 10.107338.
        near(&of(Post::SoftmaxZero, &[0.0, 1.0, 2.0]), &[0.0, 0.268_941_4, 0.731_058_6]);
        // Φ⁻¹(0.5) = 0; Φ⁻¹(0.975) = 1.95996, here by approximation.
        near(&of(Post::Probit, &[0.5]), &[0.0]);
        assert!((of(Post::Probit, &[0.975])[0] - 1.96).abs() < 5e-3);
        assert!((of(Post::Probit, &[0.025])[0] + 1.96).abs() < 5e-3);
    }

    /// Against 64 bits, relative: where a float holds the digits of a small probability, they are there.
    #[test]
    fn small_probabilities_keep_their_digits() {
        for i in -870..=200 {
            let s = i as f32 / 10.0;
            let want = 1.0 / (1.0 + (-f64::from(s)).exp());
            assert!((f64::from(logistic(s)) / want - 1.0).abs() < 1e-6, "{s}: {} {want}", logistic(s));
        }
        assert_eq!((logistic(17.4), logistic(f32::INFINITY), logistic(f32::NEG_INFINITY)), (1.0, 1.0, 0.0));
        assert!(logistic(f32::NAN).is_nan());
        let rare = of(Post::Softmax, &[0.0, -17.3, -80.0]);
        assert!((rare[1] / 3.066_943_7e-8 - 1.0).abs() < 1e-5 && (rare[2] / 1.804_851_4e-35 - 1.0).abs() < 1e-5, "{rare:?}");
        // Φ⁻¹(10⁻⁹) = −5.9978, by approximation.
        assert!((of(Post::Probit, &[1e-9])[0] + 5.997_8).abs() < 0.05);
    }

    #[test]
    fn large_scores_do_not_overflow() {
        near(&of(Post::Softmax, &[1000.0, 999.0]), &[0.731_058_6, 0.268_941_4]);
        near(&of(Post::Logistic, &[-1000.0, 1000.0]), &[0.0, 1.0]);
    }
}
