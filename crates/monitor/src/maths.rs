//! Functions of statistics that several rooms use, over `libm`: the same bits on every machine.

/// Sum of x ln(x / y) over pairs, the Kullback–Leibler divergence in nats of two distributions; what x does not have adds
/// nothing.
pub(crate) fn divergence(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    pairs.filter(|(x, _)| *x > 0.0).map(|(x, y)| x * libm::log(x / y)).sum()
}

/// Regularised lower incomplete gamma function P(a, x), a > 0, x ≥ 0: by its series below a + 1, by Lentz's continued fraction
/// above (Press et al., "Numerical Recipes", 2007, section 6.2).
fn lower_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..10_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * 1e-16 {
                break;
            }
        }
        return front * sum;
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut h = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + an / c;
        c = if c.abs() < TINY { TINY } else { c };
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 - front * h
}

/// The value that a chi-square variable of so many degrees of freedom stays below with probability `p` (0 < p < 1), to 12
/// digits or so; by bisection.
pub(crate) fn chi_square_quantile(p: f64, degrees: f64) -> f64 {
    let below = |x: f64| lower_gamma(degrees / 2.0, x / 2.0) < p;
    let (mut low, mut high) = (0.0, degrees.max(1.0));
    for _ in 0..60 {
        if !below(high) {
            break;
        }
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = low + (high - low) / 2.0;
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The value that a standard normal variable stays below with probability `p` (0 < p < 1): the root of a chi-square of one
/// degree.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    let far = libm::sqrt(chi_square_quantile((2.0 * p - 1.0).abs(), 1.0));
    if p < 0.5 { -far } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded with scipy 1.17.1: stats.chi2.ppf, stats.norm.ppf.
    #[test]
    fn quantiles_are_those_of_scipy() {
        let close = |have: f64, want: f64| assert!((have - want).abs() < 1e-9 * want.abs().max(1.0), "{have} {want}");
        close(chi_square_quantile(0.95, 9.0), 16.918_977_604_620_448);
        close(chi_square_quantile(0.999, 12.0), 32.909_490_407_360_26);
        close(chi_square_quantile(0.9999, 1.0), 15.136_705_226_623_606);
        close(chi_square_quantile(0.01, 200.0), 156.431_966_107_591_65);
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(normal_quantile(0.0005), -3.290_526_731_491_894_5);
    }

    #[test]
    fn a_divergence_by_hand() {
        // 1/2 ln 2 + 1/2 ln(2/3).
        let have = divergence([(0.5, 0.25), (0.5, 0.75), (0.0, 0.0)].into_iter());
        assert!((have - 0.143_841_036_225_890_44).abs() < 1e-15, "{have}");
    }
}
