//! Platt's sigmoid, fitted by Newton's method with backtracking.
//!
//! Source: H.-T. Lin, C.-J. Lin, R. Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007, whose
//! pseudocode this is: targets (N₊+1)/(N₊+2) and 1/(N₋+2), σ = 10⁻¹² on the diagonal, ‖∇‖ < 10⁻⁵.

/// The `a` and `b` of 1 / (1 + exp(a·f + b)) with the least cross-entropy. `a` is at most 0: where the score falls with the risk it is 0,
/// and the risk the same for all.
#[must_use]
pub fn platt(f: &[f64], frauds: &[bool]) -> (f64, f64) {
    let positives = frauds.iter().filter(|fraud| **fraud).count() as f64;
    let negatives = frauds.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    // Scores of any size: Newton's steps and their tolerances are for those up to 1.
    let scale = f.iter().fold(0.0, |most: f64, f| most.max(f.abs()));
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let rows: Vec<(f64, f64)> = f.iter().zip(frauds).map(|(f, fraud)| (f / scale, if *fraud { high } else { low })).collect();
    let flat = libm::log((negatives + 1.0) / (positives + 1.0));
    let (a, b) = newton(&rows, (0.0, flat));
    let a = a / scale;
    // The best of those that do not fall: the function is convex, so that it lies on the bound.
    if a <= 0.0 && a.is_finite() && b.is_finite() { (a, b) } else { (0.0, flat) }
}

fn newton(rows: &[(f64, f64)], start: (f64, f64)) -> (f64, f64) {
    const SIGMA: f64 = 1e-12;
    let (mut a, mut b) = start;
    let mut loss = entropy(rows, a, b);
    for _ in 0..100 {
        let (mut h11, mut h22, mut h21, mut g1, mut g2) = (SIGMA, SIGMA, 0.0, 0.0, 0.0);
        for (f, target) in rows {
            let (p, q) = sides(f * a + b);
            let (second, first) = (p * q, target - p);
            h11 += f * f * second;
            h22 += second;
            h21 += f * second;
            g1 += f * first;
            g2 += first;
        }
        if g1.abs() < 1e-5 && g2.abs() < 1e-5 {
            break;
        }
        let det = h11 * h22 - h21 * h21;
        let (da, db) = (-(h22 * g1 - h21 * g2) / det, -(-h21 * g1 + h11 * g2) / det);
        let slope = g1 * da + g2 * db;
        let mut step = 1.0;
        loop {
            let (next_a, next_b) = (a + step * da, b + step * db);
            let next = entropy(rows, next_a, next_b);
            if next < loss + 1e-4 * step * slope {
                (a, b, loss) = (next_a, next_b, next);
                break;
            }
            step /= 2.0;
            if step < 1e-10 {
                return (a, b);
            }
        }
    }
    (a, b)
}

/// p = 1 / (1 + eᶻ) and 1 − p, without overflow.
fn sides(z: f64) -> (f64, f64) {
    let e = libm::exp(-z.abs());
    let (near, far) = (1.0 / (1.0 + e), e / (1.0 + e));
    if z >= 0.0 { (far, near) } else { (near, far) }
}

/// Σ −(t ln p + (1 − t) ln(1 − p)).
fn entropy(rows: &[(f64, f64)], a: f64, b: f64) -> f64 {
    let of = |(f, target): &(f64, f64)| {
        let z = f * a + b;
        let rest = libm::log1p(libm::exp(-z.abs()));
        if z >= 0.0 { target * z + rest } else { (target - 1.0) * z + rest }
    };
    rows.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No step of either parameter makes the cross-entropy less.
    #[test]
    fn is_the_minimum() {
        let f: Vec<f64> = (0..200).map(|i| f64::from(i) / 100.0 - 1.0).collect();
        let frauds: Vec<bool> = (0..200).map(|i| (i * 7919) % 200 < i).collect();
        let (a, b) = platt(&f, &frauds);
        assert!(a < 0.0);
        let positives = frauds.iter().filter(|x| **x).count() as f64;
        let rows: Vec<(f64, f64)> = f
            .iter()
            .zip(&frauds)
            .map(|(f, y)| (*f, if *y { (positives + 1.0) / (positives + 2.0) } else { 1.0 / (202.0 - positives) }))
            .collect();
        let best = entropy(&rows, a, b);
        for (da, db) in [(1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3)] {
            assert!(entropy(&rows, a + da, b + db) > best);
        }
    }

    #[test]
    fn scores_may_be_of_any_size() {
        let frauds: Vec<bool> = (0..200).map(|i| (i * 7919) % 200 < i).collect();
        let of = |scale: f64| platt(&(0..200).map(|i| f64::from(i) * scale).collect::<Vec<_>>(), &frauds);
        let (a, b) = of(1.0);
        for scale in [1e-6, 1e4, 1e12] {
            let (scaled, same) = of(scale);
            assert!(a < 0.0 && (scaled * scale / a - 1.0).abs() < 1e-9 && (same - b).abs() < 1e-9, "{scale} {scaled} {same}");
        }
    }

    #[test]
    fn what_cannot_be_learnt_is_flat() {
        let rate = |(a, b): (f64, f64)| (a, 1.0 / (1.0 + b.exp()));
        // Falling scores, no fraud, no row.
        assert_eq!(rate(platt(&[0.0, 1.0], &[true, false])), (0.0, 0.5));
        let (a, none) = rate(platt(&[0.1, 0.9], &[false, false]));
        assert!(a <= 0.0 && (none - 0.25).abs() < 0.01, "{a} {none}");
        assert_eq!(rate(platt(&[], &[])), (0.0, 0.5));
        // Perfectly apart: Platt's targets keep it finite.
        let (a, b) = platt(&[0.0, 0.1, 0.9, 1.0], &[false, false, true, true]);
        assert!(a < 0.0 && a.is_finite() && b.is_finite());
    }
}
