//! Session popularity (S-POP): items of the session by how often they are in it, then all others by popularity.
//!
//! ```text
//! score(i) = n(i, session) + count(i) / (count(i) + 1)
//! ```
//! n: events on i in the session; count: events on i in training. The fraction is below 1, so it settles ties and orders what
//! the session does not hold, of which the 1,000 most popular are named. Source: Hidasi, Karatzoglou, Baltrunas, Tikk, "Session-based recommendations with recurrent
//! neural networks", ICLR 2016; the formula is that of the class `PersonalPop` in their published code.

use super::{Baseline, Scores};

/// Counts of the training sessions.
pub(in super::super) struct SessionPopularity {
    counts: Vec<u64>,
    /// The most popular items.
    top: Vec<u32>,
}

/// Items that are named beside those of the session.
const NAMED: usize = 1000;

impl SessionPopularity {
    pub(super) fn new(sessions: &[Vec<u32>], items: usize) -> Self {
        let mut counts = vec![0; items];
        for item in sessions.iter().flatten() {
            if let Some(count) = counts.get_mut(*item as usize) {
                *count += 1;
            }
        }
        let mut top: Vec<u32> = (0..items as u32).collect();
        top.sort_by_key(|item| std::cmp::Reverse(counts.get(*item as usize).copied().unwrap_or(0)));
        top.truncate(NAMED);
        Self { counts, top }
    }

    fn popularity(&self, item: u32) -> f64 {
        let count = self.counts.get(item as usize).copied().unwrap_or(0) as f64;
        count / (count + 1.0)
    }
}

impl Baseline for SessionPopularity {
    fn name(&self) -> &'static str {
        "session-popularity"
    }

    fn settings(&self) -> String {
        format!("items of the session and the {NAMED} most popular")
    }

    fn score(&self, session: &[u32], scores: &mut Scores) {
        self.top.iter().for_each(|item| scores.add(*item, self.popularity(*item)));
        for item in session {
            if scores.of(*item) <= 0.0 {
                scores.add(*item, self.popularity(*item));
            }
            scores.add(*item, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{close, scored, sessions};
    use super::*;
    use nearhand_numerics::random::Random;

    #[test]
    fn worked_example() {
        // Counts: 0 three times, 1 once, 2 twice, 3 never.
        let way = SessionPopularity::new(&[vec![0, 0, 2], vec![1, 2, 0]], 4);
        // Session 1, 3, 1: two events on 1, one on 3.
        assert!(close(&scored(&way, &[1, 3, 1], 4), &[3.0 / 4.0, 2.0 + 1.0 / 2.0, 2.0 / 3.0, 1.0]));
    }

    #[test]
    fn the_session_comes_before_all_others() {
        let mut random = Random::new(1);
        let way = SessionPopularity::new(&sessions(&mut random, 200, 20), 20);
        for session in sessions(&mut random, 50, 20) {
            let scores = scored(&way, &session, 20);
            let times = |item: usize| session.iter().filter(|i| **i as usize == item).count();
            for (a, b) in (0..20).flat_map(|a| (0..20).map(move |b| (a, b))) {
                let before = (times(a), way.counts[a]) > (times(b), way.counts[b]);
                assert!(!before || scores[a] > scores[b]);
            }
        }
    }
}
