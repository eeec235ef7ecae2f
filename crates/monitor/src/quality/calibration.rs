//! Whether probabilities come true.

/// Most bins.
const MOST: usize = 64;

/// Probabilities and what came of them, on bins of equal width over 0 to 1. Merging is adding.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    bins: Vec<Bin>,
    squares: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bin {
    probabilities: f64,
    events: u64,
    count: u64,
}

impl Calibration {
    /// On so many bins, 1 to 64.
    #[must_use]
    pub fn new(bins: usize) -> Self {
        Self { bins: vec![Bin::default(); bins.clamp(1, MOST)], squares: 0.0 }
    }

    /// A probability from 0 to 1, and whether it happened; false, and nothing counted, for a number outside.
    pub fn add(&mut self, probability: f64, happened: bool) -> bool {
        if !(0.0..=1.0).contains(&probability) {
            return false;
        }
        let at = ((probability * self.bins.len() as f64) as usize).min(self.bins.len() - 1);
        if let Some(bin) = self.bins.get_mut(at) {
            bin.probabilities += probability;
            bin.events += u64::from(happened);
            bin.count += 1;
        }
        let error = probability - f64::from(happened);
        self.squares += error * error;
        true
    }

    /// Adds what another has counted on as many bins; false, and nothing added, on others.
    pub fn merge(&mut self, other: &Self) -> bool {
        if self.bins.len() != other.bins.len() {
            return false;
        }
        for (mine, theirs) in self.bins.iter_mut().zip(&other.bins) {
            mine.probabilities += theirs.probabilities;
            mine.events += theirs.events;
            mine.count += theirs.count;
        }
        self.squares += other.squares;
        true
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|bin| bin.count).sum()
    }

    /// Brier score, 0 to 1: the mean square of probability less outcome (Brier 1950). `None` of nothing.
    #[must_use]
    pub fn brier(&self) -> Option<f64> {
        Some(self.count()).filter(|count| *count > 0).map(|count| self.squares / count as f64)
    }

    /// Expected calibration error, 0 to 1: the mean over all of the distance, in their bin, of mean probability and share that
    /// happened (Naeini, Cooper and Hauskrecht 2015). It is above 0 by chance: of n a bin by about √(rate (1 − rate) / n).
    /// `None` of nothing.
    #[must_use]
    pub fn expected_error(&self) -> Option<f64> {
        let sum: f64 = self.bins.iter().map(|bin| (bin.probabilities - bin.events as f64).abs()).sum();
        Some(self.count()).filter(|count| *count > 0).map(|count| sum / count as f64)
    }

    /// The mean probability, and the share that happened. `None` of nothing.
    #[must_use]
    pub fn means(&self) -> Option<(f64, f64)> {
        let count = self.count() as f64;
        let sums = self.bins.iter().fold((0.0, 0), |(sum, events), bin| (sum + bin.probabilities, events + bin.events));
        (count > 0.0).then(|| (sums.0 / count, sums.1 as f64 / count))
    }

    /// For each bin with something in it: mean probability, share that happened, how many. The points of a reliability diagram.
    pub fn reliability(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        let filled = self.bins.iter().filter(|bin| bin.count > 0);
        filled.map(|bin| (bin.probabilities / bin.count as f64, bin.events as f64 / bin.count as f64, bin.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let (mut one, mut two) = (Calibration::new(5), Calibration::new(5));
        assert_eq!((one.brier(), one.expected_error(), one.means()), (None, None, None));
        // Bin 0 to 0.2: mean 0.1, 1 of 2 happened; bin 0.8 to 1: mean 0.95, 1 of 2.
        assert!(one.add(0.05, false) && one.add(0.15, true) && two.add(0.9, true) && two.add(1.0, false));
        assert!(!two.add(1.1, true) && !two.add(f64::NAN, true) && !two.add(-0.1, false));
        assert!(one.merge(&two) && !one.merge(&Calibration::new(4)));
        let brier = (0.05_f64.powi(2) + 0.85_f64.powi(2) + 0.1_f64.powi(2) + 1.0) / 4.0;
        assert!((one.brier().unwrap() - brier).abs() < 1e-15);
        // (2 · |0.1 − 0.5| + 2 · |0.95 − 0.5|) / 4.
        assert!((one.expected_error().unwrap() - 0.425).abs() < 1e-12);
        let (foretold, happened) = one.means().unwrap();
        assert!((foretold - 0.525).abs() < 1e-15 && happened == 0.5);
        let points: Vec<(f64, f64, u64)> = one.reliability().collect();
        assert!(points.len() == 2 && (points[0].0 - 0.1).abs() < 1e-15 && points[1].1 == 0.5 && points[1].2 == 2);
    }
}
