//! The running figures that the searches maximise.

/// Where a list of suggestions ends.
const CUT: usize = 20;

/// Running means over pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Quality {
    /// Pairs.
    pub(super) pairs: usize,
    hits: usize,
    reciprocal: f64,
}

impl Quality {
    /// Share of pairs whose target is among the first 20.
    pub(super) fn hr(&self) -> f64 {
        self.hits as f64 / self.pairs.max(1) as f64
    }

    /// Mean of 1/rank, 0 below the first 20.
    pub(super) fn mrr(&self) -> f64 {
        self.reciprocal / self.pairs.max(1) as f64
    }

    /// What the searches maximise: both, at the ratio they usually have.
    pub(super) fn objective(&self) -> f64 {
        self.hr() + 2.0 * self.mrr()
    }
}

impl FromIterator<usize> for Quality {
    fn from_iter<I: IntoIterator<Item = usize>>(ranks: I) -> Self {
        let mut quality = Quality::default();
        for rank in ranks {
            quality.pairs += 1;
            if rank <= CUT {
                quality.hits += 1;
                quality.reciprocal += 1.0 / rank as f64;
            }
        }
        quality
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worked_example() {
        let quality: Quality = [1, 4, 21].into_iter().collect();
        assert!((quality.hr() - 2.0 / 3.0).abs() < 1e-12 && (quality.mrr() - 1.25 / 3.0).abs() < 1e-12);
    }
}
