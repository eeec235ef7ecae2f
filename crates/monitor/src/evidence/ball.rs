//! What distributions are allowed: those that a reference of counts does not rule out, and those near them.

use crate::maths::divergence;

/// The divergence in nats that counts of `total` observations in so many bins have from their own distribution, KL(counts ‖
/// truth), stays below this with probability 1 − p, whatever the truth: the root of exp(−m ε) (e ε m / (k − 1))^(k − 1) = p
/// (Agrawal 2020, "Finite-sample concentration of the multinomial in relative entropy", theorem 1.2).
#[must_use]
pub fn reference_radius(bins: usize, total: u64, p: f64) -> f64 {
    if bins < 2 {
        return 0.0;
    }
    let degrees = (bins - 1) as f64;
    // With y = m ε / (k − 1): y − 1 − ln y = ln(1/p) / (k − 1), above 1. Newton from the right, where the function is convex:
    // never below the root.
    let want = -libm::log(p.clamp(1e-300, 1.0)) / degrees;
    let mut y = 2.0 + 2.0 * want;
    for _ in 0..30 {
        y -= (y - 1.0 - libm::log(y) - want) / (1.0 - 1.0 / y).max(1e-9);
    }
    y * degrees / total.max(1) as f64
}

/// KL(reference ‖ q) in nats; infinite where q lacks what the reference has.
pub(super) fn distance(reference: &[f64], q: &[f64]) -> f64 {
    divergence(reference.iter().copied().zip(q.iter().copied()))
}

/// The distribution p of the ball KL(reference ‖ p) ≤ radius that is nearest to q by KL(q ‖ p): the reverse information
/// projection. Written into `out`; false where q lies in the ball itself.
///
/// Maximising Σ q ln p under Σ r ln p ≥ const and Σ p = 1 gives p = (1 − w) q + w r, with one number w to be found. A bet q(x)
/// / p(x) then gains nothing on the average under any distribution of the ball, which is convex (Li 1999; Grünwald, de Heide
/// and Koolen 2024; Larsson, Ramdas and Ruf 2024). The divergence is convex and falls in w, so that Newton's steps from 0 stay
/// on the side of a larger ball: wherever they end, the bet is fair.
pub(super) fn project(reference: &[f64], q: &[f64], radius: f64, out: &mut [f64]) -> bool {
    let mut w = 0.0;
    for step in 0..40 {
        let (mut value, mut slope) = (-radius, 0.0);
        for ((r, q), p) in reference.iter().zip(q).zip(out.iter_mut()) {
            *p = q + w * (r - q);
            if *r > 0.0 {
                value += r * libm::log(r / *p);
                slope += r * (q - r) / *p;
            }
        }
        // Not a number, where q lacks what the reference has, ends here as well.
        if !(value > 1e-3 * radius && slope < 0.0) {
            return step > 0;
        }
        w = (w - value / slope).min(1.0);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    /// A distribution with a few bins that may be small or nothing.
    fn draw(random: &mut SplitMix64, bins: usize, zeros: bool) -> Vec<f64> {
        let raw: Vec<f64> =
            (0..bins).map(|_| if zeros && random.unit() < 0.2 { 0.0 } else { random.unit().powi(3) + 1e-4 }).collect();
        let sum: f64 = raw.iter().sum::<f64>().max(1e-9);
        raw.iter().map(|x| x / sum).collect()
    }

    #[test]
    fn no_distribution_of_the_ball_gains_by_the_bet() {
        let mut random = SplitMix64::new(2);
        let mut bets = 0;
        for _ in 0..400 {
            let (reference, q, radius) = (draw(&mut random, 6, true), draw(&mut random, 6, false), random.unit() * 0.2);
            let mut p = vec![0.0; 6];
            if !project(&reference, &q, radius, &mut p) {
                assert!(distance(&reference, &q) <= radius * 1.0011 + 1e-12);
                continue;
            }
            bets += 1;
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let at = distance(&reference, &p);
            assert!(at >= radius && at <= radius * 1.01, "{at} {radius}");
            // Wherever in the ball: towards any distribution as far as the ball goes.
            for _ in 0..50 {
                let to = draw(&mut random, 6, false);
                let (mut low, mut high) = (0.0, 1.0);
                let mix = |t: f64| reference.iter().zip(&to).map(|(r, x)| r + t * (x - r)).collect::<Vec<f64>>();
                for _ in 0..50 {
                    let middle = (low + high) / 2.0;
                    if distance(&reference, &mix(middle)) <= radius { low = middle } else { high = middle }
                }
                let gain: f64 = mix(low).iter().zip(q.iter().zip(&p)).map(|(t, (q, p))| t * q / p).sum();
                assert!(gain <= 1.0 + 1e-9, "{gain}");
            }
        }
        assert!(bets > 300, "{bets}");
    }

    /// Half of the values missing, which never were before: p keeps 1 − exp(−radius) of them, and the reference's shape.
    #[test]
    fn a_new_bin_by_hand() {
        let (reference, q) = ([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]);
        let mut p = [0.0; 3];
        assert!(project(&reference, &q, 0.1, &mut p));
        assert!((p[2] - (1.0 - (-0.1_f64).exp())).abs() < 1e-3 && (p[0] - p[1]).abs() < 1e-12, "{p:?}");
        assert!(!project(&reference, &q, 0.7, &mut p), "ln 2 = 0.69 is within");
    }

    /// The formula itself gives p back at the radius, and samples stay below it at least as often as they should.
    #[test]
    fn references_stay_within_their_radius() {
        for (bins, total, p) in [(2, 100, 0.05), (13, 10_000, 0.001), (40, 500, 1e-6)] {
            let radius = reference_radius(bins, total, p);
            let (k, m) = ((bins - 1) as f64, total as f64);
            let back = (-m * radius + k * (1.0 + (radius * m / k).ln())).exp();
            assert!((back / p - 1.0).abs() < 1e-6 && radius > k / m, "{back} {p}");
        }
        let (mut random, truth) = (SplitMix64::new(9), [0.5, 0.3, 0.15, 0.04, 0.01]);
        let radius = reference_radius(5, 80, 0.05);
        let mut outside = 0;
        for _ in 0..4000 {
            let mut shares = [0.0; 5];
            for _ in 0..80 {
                let (mut u, mut bin) = (random.unit(), 0);
                while bin < 4 && u >= truth[bin] {
                    u -= truth[bin];
                    bin += 1;
                }
                shares[bin] += 1.0 / 80.0;
            }
            outside += i32::from(distance(&shares, &truth) > radius);
        }
        assert!(outside <= 200, "{outside}");
        assert_eq!(reference_radius(1, 5, 0.1), 0.0);
    }
}
