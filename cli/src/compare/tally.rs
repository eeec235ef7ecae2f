//! What `compare` counts.

use super::K;

/// The ways, in the order of their lists.
pub(super) const WAYS: [&str; 5] = ["words", "best-sellers", "nightly-item", "nightly-visitor", "live"];
/// A slate as a page shows it.
const SHORT: usize = 5;

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    pairs: u32,
    short: u32,
    long: u32,
    reciprocal: f64,
}

impl Sums {
    fn add(&mut self, rank: Option<usize>) {
        self.pairs += 1;
        if let Some(rank) = rank {
            self.short += u32::from(rank <= SHORT);
            self.long += 1;
            self.reciprocal += 1.0 / rank as f64;
        }
    }

    fn share(&self, count: f64) -> f64 {
        count / f64::from(self.pairs.max(1))
    }
}

/// Sums by way: all pages, first pages, later pages, visitors that are new, visitors with a past.
#[derive(Debug, Default)]
pub(super) struct Tally([[Sums; 5]; WAYS.len()]);

impl Tally {
    /// A page and the next new item: its rank in each way's list, whether the page is the session's first, whether the
    /// visitor has a past.
    pub(super) fn next(&mut self, ranks: [Option<usize>; WAYS.len()], first: bool, known: bool) {
        for (sums, rank) in self.0.iter_mut().zip(ranks) {
            let [all, firsts, later, new, returning] = sums;
            all.add(rank);
            if first {
                firsts.add(rank)
            } else {
                later.add(rank)
            }
            if known { returning.add(rank) } else { new.add(rank) }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|[all, ..]| all.pairs == 0)
    }

    /// A line a way.
    pub(super) fn report(&self, name: &str) -> String {
        let mut out = String::new();
        for (way, [all, first, later, new, returning]) in WAYS.iter().zip(&self.0) {
            let hit = |s: &Sums| s.share(f64::from(s.long));
            out.push_str(&format!(
                "compare {name}/{way} hr@{SHORT}={:.4} hr@{K}={:.4} mrr@{K}={:.4} first_page_hr@{K}={:.4} later_hr@{K}={:.4} \
                 new_visitor_hr@{K}={:.4} returning_hr@{K}={:.4} n={} first={} new={}\n",
                all.share(f64::from(all.short)),
                hit(all),
                all.share(all.reciprocal),
                hit(first),
                hit(later),
                hit(new),
                hit(returning),
                all.pairs,
                first.pairs,
                new.pairs
            ));
        }
        out
    }
}
