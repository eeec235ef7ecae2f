//! Both detectors on one stream, and what they have found.

use super::adwin::{Adwin, AdwinSettings};
use super::page_hinkley::{PageHinkley, PageHinkleySettings};

/// Changes that are kept, and that wait to be told; more are counted.
const MOST: usize = 64;

/// How much of what it was the mean of the last few keeps at each number.
const KEPT: f64 = 1.0 - 1.0 / 16.0;

/// A change of a stream's mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// After how many observations, or at which row: as whoever asked counts.
    pub at: u64,
    /// Who found it: `adwin` or `page-hinkley`.
    pub by: &'static str,
    /// The mean before.
    pub before: f64,
    /// The mean of the last sixteen or so.
    pub since: f64,
}

/// [`Adwin`] and [`PageHinkley`], each as river has them, on one stream of numbers from 0 to 1. Their confidence is of one look: over a
/// year they find something now and then where nothing has changed.
#[derive(Clone, Debug)]
pub struct Changes {
    adwin: Adwin,
    hinkley: PageHinkley,
    recent: Option<f64>,
    found: Vec<Change>,
    more: u64,
    untold: Vec<Change>,
}

impl Default for Changes {
    fn default() -> Self {
        let (adwin, hinkley) = (Adwin::new(AdwinSettings::default()), PageHinkley::new(PageHinkleySettings::default()));
        Self { adwin, hinkley, recent: None, found: Vec::new(), more: 0, untold: Vec::new() }
    }
}

impl Changes {
    /// A number, and where it is. What is not finite is passed over.
    pub fn update(&mut self, at: u64, x: f64) {
        if !x.is_finite() {
            return;
        }
        let recent = self.recent.map_or(x, |recent| recent * KEPT + x * (1.0 - KEPT));
        self.recent = Some(recent);
        let before = self.adwin.mean();
        if self.adwin.update(x) {
            self.add(Change { at, by: "adwin", before, since: recent });
        }
        let before = self.hinkley.mean();
        if self.hinkley.update(x) {
            self.add(Change { at, by: "page-hinkley", before, since: recent });
        }
    }

    fn add(&mut self, change: Change) {
        if self.untold.len() < MOST {
            self.untold.push(change);
        }
        if self.found.len() < MOST {
            self.found.push(change);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// What was found, the first 64.
    #[must_use]
    pub fn found(&self) -> &[Change] {
        &self.found
    }

    /// How many were found beyond those.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.more
    }

    /// Those that were not asked for yet, of more than 64 the first.
    pub(crate) fn news(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_kernels::random::SplitMix64;

    #[test]
    fn both_find_a_change_and_say_what_it_was() {
        let (mut changes, mut random) = (Changes::default(), SplitMix64::new(3));
        (0..1000).for_each(|at| changes.update(at, 0.2 + 0.1 * random.unit()));
        assert!(changes.found().is_empty() && changes.news().is_empty());
        (1000..1400).for_each(|at| changes.update(at, 0.7 + 0.1 * random.unit()));
        changes.update(1400, f64::NAN);
        let by: Vec<&str> = changes.news().iter().map(|change| change.by).collect();
        assert!(by.contains(&"adwin") && by.contains(&"page-hinkley"), "{by:?}");
        for Change { at, before, since, by } in changes.found() {
            assert!(
                (1000..1200).contains(at) && (before - 0.25).abs() < 0.06 && (0.6..0.8).contains(since),
                "{at} {by} {before} {since}"
            );
        }
        assert!(changes.news().is_empty() && changes.more() == 0);
        // Whoever swings for ever fills no memory, and is told of what comes after the first 64 too.
        (0..40_000).for_each(|at| changes.update(at, f64::from(u8::from(at / 200 % 2 == 0))));
        assert!(changes.found().len() == MOST && changes.more() > 0 && changes.news().len() == MOST);
        (40_000..41_000).for_each(|at| changes.update(at, f64::from(u8::from(at / 200 % 2 == 0))));
        let news = changes.news();
        assert!(!news.is_empty() && news.iter().all(|change| change.at >= 40_000));
    }
}
