//! The running figures that the searches maximise.

/// Where a list of suggestions ends.
const CUT: usize = 20;

/// Running means over pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Quality {
    /// Pairs.
    pub(crate) pairs: usize,
    hits: usize,
    reciprocal: f64,
}

impl Quality {
    /// Pairs, hits and the sum of 1/rank.
    pub(crate) fn sums(&self) -> (usize, usize, f64) {
        (self.pairs, self.hits, self.reciprocal)
    }

    /// Of such sums.
    pub(crate) fn of_sums(pairs: usize, hits: usize, reciprocal: f64) -> Quality {
        Quality { pairs, hits, reciprocal }
    }

    /// Share of pairs whose target is among the first 20.
    pub(crate) fn hr(&self) -> f64 {
        self.hits as f64 / self.pairs.max(1) as f64
    }

    /// Mean of 1/rank, 0 below the first 20.
    pub(crate) fn mrr(&self) -> f64 {
        self.reciprocal / self.pairs.max(1) as f64
    }

    /// What the searches maximise: ln HR + ln MRR, by which a hundredth more of either is worth the same, where what a
    /// figure lacks to its floor counts [`SHORT`] times more.
    pub(crate) fn objective(&self, floor: Floor) -> f64 {
        let worth = |value: f64, floor: f64| {
            let above = value.max(LEAST).ln() - floor.ln();
            above + SHORT * above.min(0.0)
        };
        worth(self.hr(), floor.hr) + worth(self.mrr(), floor.mrr)
    }
}

/// What a figure at 0 counts as, so that it has a logarithm.
const LEAST: f64 = 1e-6;
/// The price of falling below a floor: whatever a choice wins elsewhere, it does not pay.
const SHORT: f64 = 20.0;

/// Figures that a choice should not fall below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Floor {
    hr: f64,
    mrr: f64,
}

impl Floor {
    /// The best of each figure.
    pub(crate) fn of(parts: &[Quality]) -> Floor {
        let best = |figure: fn(&Quality) -> f64| parts.iter().map(figure).fold(LEAST, f64::max);
        Floor { hr: best(Quality::hr), mrr: best(Quality::mrr) }
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
        // Half the floor's MRR costs ln 2 once and SHORT times more, a third more HR brings ln 4/3.
        let floor = Floor { hr: 0.5, mrr: 2.5 / 3.0 };
        let expected = (4f64 / 3.0).ln() - (1.0 + SHORT) * 2f64.ln();
        assert!((quality.objective(floor) - expected).abs() < 1e-12);
    }

    #[test]
    fn the_floor_is_the_best_of_each_figure() {
        let often: Quality = [19, 20, 20].into_iter().collect();
        let high: Quality = [1, 21, 21].into_iter().collect();
        assert_eq!(Floor::of(&[often, high]), Floor { hr: 1.0, mrr: 1.0 / 3.0 });
        assert!(Quality::default().objective(Floor::of(&[])).abs() < 1e-12);
    }
}
