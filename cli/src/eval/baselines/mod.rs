//! What a bundle is held against: simple ways that learn from the training sessions by counting, with the settings that
//! were published with them. Nothing is chosen on the pairs.

mod item_knn;
mod session_popularity;
mod vmis_knn;

pub(super) use item_knn::ItemKnn;
pub(super) use session_popularity::SessionPopularity;
pub(super) use vmis_knn::VmisKnn;

use super::scores::Scores;

/// A way that scores items after a session. Items are indices of the first bundle's catalog.
pub(super) trait Baseline: Sync {
    /// In printed lines.
    fn name(&self) -> &'static str;

    /// Its settings, for the report.
    fn settings(&self) -> String;

    /// Adds the scores after a session, oldest item first, to empty ones.
    fn score(&self, session: &[u32], scores: &mut Scores);
}

/// All of them, learnt from sessions whose order is that of time, over a catalog of `items`.
pub(super) fn all(sessions: &[Vec<u32>], items: usize) -> Vec<Box<dyn Baseline>> {
    vec![
        Box::new(SessionPopularity::new(sessions, items)),
        Box::new(ItemKnn::new(sessions, items)),
        Box::new(VmisKnn::new(sessions, items)),
    ]
}

/// Distinct values, in order.
fn distinct(session: &[u32]) -> Vec<u32> {
    let mut items = session.to_vec();
    items.sort_unstable();
    items.dedup();
    items
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use nearhand_numerics::random::Random;

    /// Sessions by chance, with repeats, over a few items.
    pub(super) fn sessions(random: &mut Random, count: usize, items: usize) -> Vec<Vec<u32>> {
        (0..count).map(|_| (0..1 + random.below(6)).map(|_| random.below(items) as u32).collect()).collect()
    }

    pub(super) fn scored(way: &dyn Baseline, session: &[u32], items: usize) -> Vec<f64> {
        let mut scores = Scores::new(items);
        way.score(session, &mut scores);
        (0..items as u32).map(|item| scores.of(item)).collect()
    }

    pub(super) fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn no_way_looks_at_what_comes_later() {
        let sessions = sessions(&mut Random::new(5), 60, 12);
        for way in all(&sessions, 12) {
            let (before, again) = (scored(&*way, &[1, 2], 12), scored(&*way, &[1, 2], 12));
            assert_eq!(before, again, "{} has a memory", way.name());
            assert!(scored(&*way, &[99], 12).iter().all(|s| s.is_finite()), "{}: an unknown item", way.name());
        }
    }
}
