//! Gauss-Legendre points on [0, 1]: n of them integrate polynomials up to degree 2n − 1 exactly.

/// Points and weights, points falling. By Newton's method on the Legendre polynomial from the usual first guess (Press et al.,
/// Numerical Recipes, gauleg).
pub(super) fn points(many: usize) -> Vec<(f64, f64)> {
    let n = many as f64;
    let point = |i: usize| {
        let mut x = libm::cos(core::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5));
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut p, mut before) = (1.0, 0.0);
            for k in 1..=many {
                let k = k as f64;
                (p, before) = (((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k, p);
            }
            slope = n * (x * p - before) / (x * x - 1.0);
            let step = p / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        ((1.0 + x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..many).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(many: usize) {
        let points = points(many);
        for degree in 0..2 * many {
            let sum: f64 = points.iter().map(|(t, w)| w * t.powi(degree as i32)).sum();
            assert!((sum - 1.0 / (degree as f64 + 1.0)).abs() < 1e-14, "{many} {degree} {sum}");
        }
        assert!(points.iter().all(|(t, w)| *t > 0.0 && *t < 1.0 && *w > 0.0));
    }

    #[test]
    fn monomials_are_exact() {
        exact(1);
        exact(4);
        exact(8);
        exact(16);
    }
}
