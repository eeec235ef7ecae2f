//! Isotonic regression: the never falling function of the score with the least squared error.
//!
//! Pool-adjacent-violators (Ayer et al. 1955; Best and Chakravarti 1990), scores that are equal taken together first, as
//! scikit-learn's `IsotonicRegression` does; but where no fraud was seen, or nothing else, the risk is not certain.

/// Rows of one risk.
struct Pool {
    first: f64,
    last: f64,
    frauds: u64,
    rows: u64,
}

impl Pool {
    /// Whether its share of frauds is not below another's: compared exactly, in integers.
    fn not_below(&self, other: &Self) -> bool {
        u128::from(self.frauds) * u128::from(other.rows) >= u128::from(other.frauds) * u128::from(self.rows)
    }
}

/// Risks of the levels. Among n rows without a fraud it is 1/(n + 2) (Laplace's rule of succession) instead of 0, among n frauds
/// 1 − 1/(n + 2) instead of 1: expected costs grow with the amount everywhere. Neither passes the level next to it.
fn risks(pools: &[Pool]) -> Vec<f64> {
    let mut risks: Vec<f64> = pools.iter().map(|pool| pool.frauds as f64 / pool.rows as f64).collect();
    let unseen = |pool: &Pool| 1.0 / (pool.rows as f64 + 2.0);
    // Shares rise from pool to pool: the first alone can be without frauds, the last alone be of nothing else.
    if let (Some(pool), [first, rest @ ..]) = (pools.first().filter(|pool| pool.frauds == 0), &mut risks[..]) {
        *first = rest.first().map_or(f64::INFINITY, |next| *next).min(unseen(pool));
    }
    if let (Some(pool), [rest @ .., last]) = (pools.last().filter(|pool| pool.frauds == pool.rows), &mut risks[..]) {
        *last = rest.last().map_or(0.0, |before| *before).max(1.0 - unseen(pool));
    }
    risks
}

/// Points of the fitted function: scores rising, risks never falling and between 0 and 1, the ends of each level. Empty without a finite
/// score.
#[must_use]
pub fn isotonic(scores: &[f32], frauds: &[bool]) -> (Vec<f64>, Vec<f64>) {
    let mut rows: Vec<(f32, bool)> = scores.iter().copied().zip(frauds.iter().copied()).filter(|(s, _)| s.is_finite()).collect();
    // −0 and 0 are one score.
    rows.iter_mut().for_each(|(score, _)| *score += 0.0);
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut pools: Vec<Pool> = Vec::new();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let score = same.first().map_or(0.0, |(score, _)| f64::from(*score));
        let frauds = same.iter().filter(|(_, fraud)| *fraud).count() as u64;
        let mut pool = Pool { first: score, last: score, frauds, rows: same.len() as u64 };
        while let Some(before) = pools.pop_if(|before| before.not_below(&pool)) {
            pool =
                Pool { first: before.first, last: pool.last, frauds: before.frauds + pool.frauds, rows: before.rows + pool.rows };
        }
        pools.push(pool);
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (pool, risk) in pools.iter().zip(risks(&pools)) {
        for score in [pool.first, pool.last].into_iter().take(if pool.first < pool.last { 2 } else { 1 }) {
            x.push(score);
            y.push(risk);
        }
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_by_hand() {
        // Scores 1…6, labels 0 1 0 1 1 0: the second violates with the third, the last with the two before it.
        let scores = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let (x, y) = isotonic(&scores, &[false, true, false, true, true, false]);
        assert_eq!(x, [1.0, 2.0, 3.0, 4.0, 6.0]);
        let third = 2.0 / 3.0;
        // The first row alone is no proof that there are no frauds: 1/(1 + 2).
        assert_eq!(y, [1.0 / 3.0, 0.5, 0.5, third, third]);
    }

    #[test]
    fn pure_levels_are_not_certain_and_never_pass_the_next() {
        // Eight rows without a fraud, two frauds alone.
        let scores: Vec<f32> = (0..10).map(|i| i as f32).collect();
        let frauds: Vec<bool> = (0..10).map(|i| i >= 8).collect();
        assert_eq!(isotonic(&scores, &frauds), (vec![0.0, 7.0, 8.0, 9.0], vec![0.1, 0.1, 0.75, 0.75]));
        // One honest row below a level of 1 in 10: not above it. One fraud above a level of 9 in 10: not below it.
        let of = |first: bool, others: bool| {
            let scores: Vec<f32> = std::iter::once(0.0).chain([1.0; 10]).map(|s| if first { -s } else { s }).collect();
            let frauds: Vec<bool> = (0..11).map(|i| if i == 0 { first } else { (i == 1) != others }).collect();
            isotonic(&scores, &frauds).1
        };
        assert_eq!((of(false, false), of(true, true)), (vec![0.1, 0.1], vec![0.9, 0.9]));
    }

    #[test]
    fn equal_scores_have_one_risk_and_no_order() {
        let (x, y) = isotonic(&[0.5, 0.5, 0.5, 0.5, f32::NAN], &[true, false, false, false, true]);
        assert_eq!((x, y), (vec![0.5], vec![0.25]));
        assert_eq!(isotonic(&[-0.0, 0.0], &[true, false]), (vec![0.0], vec![0.5]));
        assert_eq!(isotonic(&[], &[]), (vec![], vec![]));
    }

    /// The min-max formula: max over starts of the min over ends of the mean between them.
    #[test]
    fn is_the_min_max_of_means() {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 40
        };
        for _ in 0..200 {
            let n = 1 + (next() % 12) as usize;
            let labels: Vec<bool> = (0..n).map(|_| next() % 3 == 0).collect();
            let scores: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let (x, y) = isotonic(&scores, &labels);
            let mean = |a: usize, b: usize| labels[a..=b].iter().filter(|l| **l).count() as f64 / (b - a + 1) as f64;
            let best: Vec<f64> = (0..n)
                .map(|i| (0..=i).map(|a| (i..n).map(|b| mean(a, b)).fold(f64::MAX, f64::min)).fold(0.0, f64::max))
                .collect();
            let of = |level: f64| best.iter().filter(|own| **own == level).count() as f64;
            let above = best.iter().copied().find(|risk| *risk > 0.0).unwrap_or(1.0);
            let below = best.iter().copied().rev().find(|risk| *risk < 1.0).unwrap_or(0.0);
            for i in 0..n {
                let best = match best[i] {
                    0.0 => above.min(1.0 / (of(0.0) + 2.0)),
                    1.0 => below.max(1.0 - 1.0 / (of(1.0) + 2.0)),
                    between => between,
                };
                let at = x.partition_point(|x| *x <= i as f64) - 1;
                // Within a level both of its ends have the risk.
                assert!((y[at] - best).abs() < 1e-12, "{labels:?} {i}");
            }
        }
    }
}
