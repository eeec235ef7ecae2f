//! Page–Hinkley: a sum of deviations from the mean so far that has gone too far.

/// Which changes are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Rises alone.
    Up,
    /// Falls alone.
    Down,
    /// Both.
    Both,
}

/// What a [`PageHinkley`] may be told. Default: as river's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageHinkleySettings {
    /// No change before so many numbers. 30.
    pub least: u64,
    /// A deviation that is let pass at each number. 0.005.
    pub delta: f64,
    /// How far the sum may go. 50.
    pub threshold: f64,
    /// By what the sum is multiplied at each number, so that it forgets; at most 1. 0.9999.
    pub forgetting: f64,
    /// Which changes. Both.
    pub direction: Direction,
}

impl Default for PageHinkleySettings {
    fn default() -> Self {
        Self { least: 30, delta: 0.005, threshold: 50.0, forgetting: 1.0 - 0.0001, direction: Direction::Both }
    }
}

/// The test of Page (1954, "Continuous inspection schemes") and Hinkley, two-sided and forgetting, with river's steps and
/// answers.
#[derive(Clone, Debug)]
pub struct PageHinkley {
    settings: PageHinkleySettings,
    seen: u64,
    mean: f64,
    rise: f64,
    fall: f64,
    lowest: f64,
    highest: f64,
    changed: bool,
}

impl PageHinkley {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new(settings: PageHinkleySettings) -> Self {
        Self { settings, seen: 0, mean: 0.0, rise: 0.0, fall: 0.0, lowest: f64::INFINITY, highest: -1.0, changed: false }
    }

    /// A number; whether it shows a change. What is not finite is passed over. After a change it begins anew.
    pub fn update(&mut self, x: f64) -> bool {
        if !x.is_finite() {
            return false;
        }
        if self.changed {
            *self = Self::new(self.settings);
        }
        let PageHinkleySettings { least, delta, threshold, forgetting, direction } = self.settings;
        self.seen += 1;
        self.mean += 1.0 / self.seen as f64 * (x - self.mean);
        let deviation = x - self.mean;
        self.rise = forgetting * self.rise + deviation - delta;
        self.fall = forgetting * self.fall + deviation + delta;
        self.lowest = self.lowest.min(self.rise);
        self.highest = self.highest.max(self.fall);
        if self.seen >= least {
            let up = self.rise - self.lowest > threshold && direction != Direction::Down;
            let down = self.highest - self.fall > threshold && direction != Direction::Up;
            self.changed = up || down;
        }
        self.changed
    }

    /// The mean since the beginning or the last change.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        // Without forgetting or tolerance: 0, 0, then 1: means 0, 0, 1/3; deviation 2/3. Then 1: mean 1/2, sum 2/3 + 1/2 = 7/6
        // above its lowest, 0.
        let settings =
            PageHinkleySettings { least: 1, delta: 0.0, threshold: 7.0 / 6.0 - 1e-9, forgetting: 1.0, direction: Direction::Up };
        let mut test = PageHinkley::new(settings);
        assert_eq!([0.0, 0.0, 1.0, 1.0].map(|x| test.update(x)), [false, false, false, true]);
        assert!((test.mean() - 0.5).abs() < 1e-12);
        assert!(!test.update(1.0) && test.mean() == 1.0, "it begins anew");
        let mut down = PageHinkley::new(PageHinkleySettings { direction: Direction::Down, ..settings });
        assert_eq!([0.0, 0.0, 1.0, 1.0].map(|x| down.update(x)), [false; 4]);
        assert!(!down.update(f64::NAN) && down.mean() == 0.5);
    }
}
