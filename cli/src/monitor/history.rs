//! What was counted when: windows of rows or reports one after another, a bounded number of them however long it goes on.

use nearhand_monitor::Tally;

/// Windows that are kept: when there are as many, each two next to each other become one.
const MOST: usize = 64;

/// Some rows or reports.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Rows or reports when it ended.
    pub until: u64,
    /// What was counted within it.
    pub tally: Tally,
}

/// The windows, oldest first.
#[derive(Clone, Debug)]
pub(super) struct History {
    windows: Vec<Window>,
    /// Parts of a window, and how many the last one has.
    parts: u64,
    filled: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { windows: Vec::new(), parts: 1, filled: 0 }
    }
}

impl History {
    /// Takes what was counted since the last call, of `until` rows or reports so far. Counts of another reference are passed over.
    pub(super) fn add(&mut self, until: u64, tally: &Tally) {
        let open = self.filled > 0 && self.filled < self.parts;
        match self.windows.last_mut().filter(|_| open) {
            Some(last) => {
                if last.tally.merge(tally).is_ok() {
                    last.until = until;
                    self.filled += 1;
                }
            }
            None => {
                if self.windows.len() >= MOST {
                    self.halve();
                }
                self.windows.push(Window { until, tally: tally.clone() });
                self.filled = 1;
            }
        }
    }

    fn halve(&mut self) {
        let mut pairs = std::mem::take(&mut self.windows).into_iter();
        while let Some(mut first) = pairs.next() {
            if let Some(second) = pairs.next()
                && first.tally.merge(&second.tally).is_ok()
            {
                first.until = second.until;
            }
            self.windows.push(first);
        }
        self.parts *= 2;
    }

    /// The windows, oldest first. The last one may be shorter than the others.
    pub(super) fn windows(&self) -> &[Window] {
        &self.windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_monitor::{Rate, Reference};

    #[test]
    fn whatever_comes_there_are_few_windows_and_nothing_is_lost() {
        let reference = Reference::new(vec![], vec![Rate { name: "r".into(), events: 1, of: 2 }]).unwrap();
        for count in [1_u64, 63, 64, 65, 1000, 5000] {
            let mut history = History::default();
            for at in 1..=count {
                let mut part = Tally::new(&reference);
                part.occasion(0, at % 3 == 0).unwrap();
                history.add(at, &part);
            }
            let windows = history.windows();
            assert!(windows.len() as u64 <= count.min(64) && windows.len() as u64 >= count.min(32), "{count}: {}", windows.len());
            assert_eq!(windows.iter().map(|window| window.tally.happened(0).of).sum::<u64>(), count);
            assert_eq!(windows.iter().map(|window| window.tally.happened(0).events).sum::<u64>(), count / 3);
            assert!(windows.last().is_some_and(|last| last.until == count) && windows.is_sorted_by_key(|window| window.until));
            // All but the last are of one size.
            let sizes: Vec<u64> = windows.iter().map(|window| window.tally.happened(0).of).collect();
            assert!(
                sizes[..sizes.len() - 1].iter().all(|size| *size == sizes[0]) && *sizes.last().unwrap() <= sizes[0],
                "{sizes:?}"
            );
        }
    }
}
