//! How slates spread over the catalog.

/// Entropy of counts over the largest that so many kinds can have, 0 to 1: 1 where all are shown alike, 0 where one alone is.
/// With fewer than two kinds 1.
#[must_use]
pub fn normalised_entropy(counts: &[u64]) -> f64 {
    let total: f64 = counts.iter().map(|&count| count as f64).sum();
    if counts.len() < 2 || total <= 0.0 {
        return 1.0;
    }
    let shares = counts.iter().filter(|count| **count > 0).map(|&count| count as f64 / total);
    let entropy: f64 = -shares.map(|share| share * libm::log(share)).sum::<f64>();
    (entropy / libm::log(counts.len() as f64)).clamp(0.0, 1.0)
}

/// Gini index of counts, 0 (all alike) to 1 − 1/n (one has all): Σ (2 i − n − 1) xᵢ / (n Σ x) over the sorted counts (Gini 1912).
#[must_use]
pub fn gini(counts: &[u64]) -> f64 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let (n, total) = (sorted.len() as f64, sorted.iter().map(|&count| count as f64).sum::<f64>());
    if total <= 0.0 {
        return 0.0;
    }
    let sum: f64 = sorted.iter().enumerate().map(|(at, &count)| (2.0 * (at + 1) as f64 - n - 1.0) * count as f64).sum();
    sum / (n * total)
}

/// How often each item was shown. Four bytes an item: for a server or whoever sums, not for a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    shown: Vec<u32>,
}

impl Spread {
    /// Over a catalog of so many items.
    #[must_use]
    pub fn new(items: usize) -> Self {
        Self { shown: vec![0; items] }
    }

    /// A slate, by the items' numbers. Others are passed over.
    pub fn add(&mut self, slate: &[u32]) {
        for item in slate {
            if let Some(count) = self.shown.get_mut(*item as usize) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// Share of the catalog that was shown, 0 to 1.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        self.shown.iter().filter(|count| **count > 0).count() as f64 / self.shown.len().max(1) as f64
    }

    /// Gini index over the catalog.
    #[must_use]
    pub fn gini(&self) -> f64 {
        gini(&self.shown.iter().map(|&count| u64::from(count)).collect::<Vec<u64>>())
    }

    /// Entropy over the catalog, 0 to 1.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        normalised_entropy(&self.shown.iter().map(|&count| u64::from(count)).collect::<Vec<u64>>())
    }

    /// Popularity bias: the mean popularity of what was shown over the catalog's mean, by a popularity for each item; 1 is
    /// unbiased. `None` before anything was shown.
    #[must_use]
    pub fn popularity_bias(&self, popularity: &[f64]) -> Option<f64> {
        let shown: f64 = self.shown.iter().map(|&count| f64::from(count)).sum();
        let sum: f64 = popularity.iter().sum();
        if shown <= 0.0 || sum <= 0.0 {
            return None;
        }
        let weighed: f64 = self.shown.iter().zip(popularity).map(|(&count, popularity)| f64::from(count) * popularity).sum();
        Some(weighed / shown / (sum / self.shown.len() as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        assert_eq!((gini(&[5, 5, 5]), gini(&[]), gini(&[0, 0])), (0.0, 0.0, 0.0));
        // Sorted 0, 0, 12: (2·3 − 4) 12 / (3 · 12) = 2/3; 1, 3: (−1 · 1 + 1 · 3) / (2 · 4) = 1/4.
        assert!((gini(&[0, 12, 0]) - 2.0 / 3.0).abs() < 1e-15 && (gini(&[3, 1]) - 0.25).abs() < 1e-15);
        assert!((normalised_entropy(&[1, 1, 1, 1]) - 1.0).abs() < 1e-15 && normalised_entropy(&[0, 7]) == 0.0);
        // Half, half and nothing: ln 2 / ln 3.
        assert!((normalised_entropy(&[2, 2, 0]) - 2_f64.ln() / 3_f64.ln()).abs() < 1e-15);
        let mut spread = Spread::new(4);
        assert_eq!(spread.popularity_bias(&[1.0; 4]), None);
        spread.add(&[0, 1, 9]);
        spread.add(&[0]);
        assert_eq!((spread.coverage(), spread.popularity_bias(&[4.0, 2.0, 1.0, 1.0])), (0.5, Some(10.0 / 3.0 / 2.0)));
        assert!(spread.gini() > 0.5 && spread.entropy() < 0.5);
    }
}
