//! ADWIN: a window that grows while the mean stays, and is cut where it changed.

/// What an [`Adwin`] may be told. Default: as river's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdwinSettings {
    /// Confidence, 0 to 1: the smaller, the fewer false alarms. 0.002.
    pub delta: f64,
    /// Looks for a change after so many numbers, at least 1. 32.
    pub every: u32,
    /// Most buckets of one size before two are joined, 1 to 64. 5.
    pub buckets: usize,
    /// Shortest part of the window that is compared. 5.
    pub shortest: u32,
    /// No change before so many numbers are in the window. 10.
    pub grace: u32,
}

impl Default for AdwinSettings {
    fn default() -> Self {
        Self { delta: 0.002, every: 32, buckets: 5, shortest: 5, grace: 10 }
    }
}

/// Most sizes of buckets: beyond 2⁴⁰ numbers the oldest are let go of.
const MOST_ROWS: usize = 40;

/// The ADWIN2 of Bifet and Gavaldà (2007, "Learning from time-changing data with adaptive windowing"): the window is kept in
/// buckets of 1, 2, 4, … numbers, its memory grows with the logarithm of its length, and a change is where the means of two
/// parts differ by more than their variance allows. Its confidence is of one look, and for numbers of a range about 1. Steps,
/// order of looks and bounds are river's, with the same answers.
#[derive(Clone, Debug)]
pub struct Adwin {
    settings: AdwinSettings,
    /// Row i has buckets of 2^i numbers, the oldest first.
    rows: Vec<Vec<Bucket>>,
    width: f64,
    total: f64,
    variance: f64,
    seen: u64,
    changed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    total: f64,
    variance: f64,
}

impl Adwin {
    /// Nothing seen yet. Settings out of range are taken at the next value in it.
    #[must_use]
    pub fn new(settings: AdwinSettings) -> Self {
        let settings = AdwinSettings {
            delta: settings.delta.clamp(1e-300, 1.0),
            every: settings.every.max(1),
            buckets: settings.buckets.clamp(1, 64),
            ..settings
        };
        Self { settings, rows: vec![Vec::new()], width: 0.0, total: 0.0, variance: 0.0, seen: 0, changed: false }
    }

    /// A number; whether it shows a change. What is not finite is passed over. After a change the window begins anew.
    pub fn update(&mut self, x: f64) -> bool {
        if !x.is_finite() {
            return false;
        }
        if self.changed {
            *self = Self::new(self.settings);
        }
        self.insert(x);
        self.seen += 1;
        let looks = self.seen.is_multiple_of(u64::from(self.settings.every)) && self.width > f64::from(self.settings.grace);
        if looks {
            while self.cut() {
                self.changed = true;
            }
        }
        self.changed
    }

    /// How many numbers the window has.
    #[must_use]
    pub const fn width(&self) -> f64 {
        self.width
    }

    /// Their mean; 0 of none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.width > 0.0 { self.total / self.width } else { 0.0 }
    }

    /// The sum of squares of their distances from the mean.
    #[must_use]
    pub const fn variance(&self) -> f64 {
        self.variance
    }

    fn insert(&mut self, x: f64) {
        if let Some(first) = self.rows.first_mut() {
            first.push(Bucket { total: x, variance: 0.0 });
        }
        self.width += 1.0;
        if self.width > 1.0 {
            let before = self.width - 1.0;
            let apart = x - self.total / before;
            self.variance += before * apart * apart / self.width;
        }
        self.total += x;
        self.compress();
    }

    /// Joins the two oldest buckets of a row that is full, and so on.
    fn compress(&mut self) {
        let mut size = 1.0;
        for at in 0..MOST_ROWS {
            let Some(row) = self.rows.get_mut(at).filter(|row| row.len() > self.settings.buckets) else { return };
            let (one, two) = (row.remove(0), row.remove(0));
            let apart = one.total / size - two.total / size;
            let joined = Bucket {
                total: one.total + two.total,
                variance: one.variance + two.variance + size * size * apart * apart / (size + size),
            };
            if self.rows.len() == at + 1 {
                self.rows.push(Vec::new());
            }
            if let Some(next) = self.rows.get_mut(at + 1) {
                next.push(joined);
            }
            size *= 2.0;
        }
        // Beyond the largest size the oldest is let go of.
        if self.rows.last().is_some_and(|row| row.len() > self.settings.buckets) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        // Joining can leave a row empty, the last but one too.
        while self.rows.len() > 1 && self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
        }
        let size = size_of(self.rows.len() - 1);
        let Some(row) = self.rows.last_mut().filter(|row| !row.is_empty()) else { return };
        let oldest = row.remove(0);
        self.width -= size;
        self.total -= oldest.total;
        if self.width <= 0.0 {
            return;
        }
        let apart = oldest.total / size - self.total / self.width;
        self.variance -= oldest.variance + size * self.width * apart * apart / (size + self.width);
    }

    /// Lets the oldest bucket go when some cut of the window has parts that differ; whether it did.
    fn cut(&mut self) -> bool {
        let (mut n0, mut u0) = (0.0, 0.0);
        let (mut n1, mut u1) = (self.width, self.total);
        let shortest = f64::from(self.settings.shortest);
        for (at, row) in self.rows.iter().enumerate().rev() {
            let size = size_of(at);
            for (place, bucket) in row.iter().enumerate() {
                n0 += size;
                n1 -= size;
                u0 += bucket.total;
                u1 -= bucket.total;
                if at == 0 && place + 1 == row.len() {
                    return false;
                }
                if n0 >= shortest && n1 >= shortest && self.differ(n0, n1, u0 / n0 - u1 / n1) {
                    self.drop_oldest();
                    return true;
                }
            }
        }
        false
    }

    fn differ(&self, n0: f64, n1: f64, apart: f64) -> bool {
        let shortest = f64::from(self.settings.shortest);
        let confidence = libm::log(2.0 * libm::log(self.width) / self.settings.delta);
        let sizes = 1.0 / (n0 - shortest + 1.0) + 1.0 / (n1 - shortest + 1.0);
        let bound = libm::sqrt(2.0 * sizes * (self.variance / self.width) * confidence) + 2.0 / 3.0 * confidence * sizes;
        apart.abs() > bound
    }
}

fn size_of(row: usize) -> f64 {
    libm::ldexp(1.0, i32::try_from(row).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean, width and variance are those of the numbers that are in the window.
    #[test]
    fn the_window_is_that_of_its_numbers() {
        let mut random = nearhand_kernels::random::SplitMix64::new(4);
        let (mut adwin, mut values) = (Adwin::new(AdwinSettings::default()), Vec::new());
        for at in 0..3000 {
            let x = random.unit() + if at >= 1700 { 3.0 } else { 0.0 };
            values.push(x);
            adwin.update(x);
            let kept = &values[values.len() - adwin.width() as usize..];
            let mean = kept.iter().sum::<f64>() / kept.len() as f64;
            let variance: f64 = kept.iter().map(|v| (v - mean).powi(2)).sum();
            assert!((adwin.mean() - mean).abs() < 1e-9 && (adwin.variance() - variance).abs() < 1e-6, "{at}");
        }
        assert!(adwin.width() <= 1310.0, "{}", adwin.width());
    }

    /// With one bucket a size the rows between are empty half of the time.
    #[test]
    fn few_buckets_end_too() {
        for buckets in 1..4 {
            let mut adwin = Adwin::new(AdwinSettings { buckets, ..AdwinSettings::default() });
            let mut random = nearhand_kernels::random::SplitMix64::new(4);
            let mut changes = 0;
            for at in 0..6000 {
                changes += i32::from(adwin.update(random.unit() + f64::from(at / 1500 % 2) * 5.0));
                assert!(adwin.width() >= 1.0 && adwin.mean() >= 0.0 && adwin.mean() <= 6.0);
            }
            assert!((3..9).contains(&changes), "{buckets} {changes}");
        }
    }

    #[test]
    fn nonsense_is_passed_over() {
        let mut adwin = Adwin::new(AdwinSettings { delta: -1.0, every: 0, buckets: 0, shortest: 0, grace: 0 });
        assert!(!adwin.update(f64::NAN) && !adwin.update(f64::INFINITY) && adwin.width() == 0.0 && adwin.mean() == 0.0);
        for at in 0..500 {
            adwin.update(f64::from(at % 7) * 1e300);
        }
        assert!(adwin.width() >= 1.0);
    }
}
