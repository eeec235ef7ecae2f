//! Item-kNN: items that were in sessions with the newest item, by their cosine.
//!
//! ```text
//! co(i, j)  = Σ_s n(i, s) · [j ∈ s]                     i ≠ j
//! sim(i, j) = co(i, j) / √((count(i) + 20) · (count(j) + 20))
//! score(j)  = sim(newest, j)                            for the 100 items most similar to the newest
//! ```
//! n(i, s): events on i in training session s; count: events in training. The 20 keeps what was seen a few times alone from the
//! top. Source: Hidasi, Karatzoglou, Baltrunas, Tikk, ICLR 2016, with the settings (λ = 20, α = 0.5, 100 neighbours) and the
//! count of repeats of the class `Cosine` in their published code. Ties at the hundredth place: the lower index.

use super::{Baseline, Scores, distinct};
use nearhand::ItemIdx;
use nearhand::rank::BitSet;

const NEIGHBOURS: usize = 100;
const DAMPING: f64 = 20.0;

/// The neighbours of each item, most similar first.
pub(in super::super) struct ItemKnn {
    neighbours: Vec<Vec<(u32, f64)>>,
}

impl ItemKnn {
    pub(super) fn new(sessions: &[Vec<u32>], items: usize) -> Self {
        let mut counts = vec![0.0_f64; items];
        // Where an item's sessions are, and how often each holds it.
        let mut held: Vec<Vec<(usize, f64)>> = vec![Vec::new(); items];
        let sets: Vec<Vec<u32>> = sessions.iter().map(|session| distinct(session)).collect();
        for (at, session) in sessions.iter().enumerate() {
            for item in session {
                let (Some(count), Some(held)) = (counts.get_mut(*item as usize), held.get_mut(*item as usize)) else { continue };
                *count += 1.0;
                match held.last_mut().filter(|(last, _)| *last == at) {
                    Some((_, times)) => *times += 1.0,
                    None => held.push((at, 1.0)),
                }
            }
        }
        let (mut together, all) = (Scores::new(items), BitSet::full(items));
        let count = |item: u32| counts.get(item as usize).copied().unwrap_or(0.0) + DAMPING;
        let mut neighbours = Vec::with_capacity(items);
        for (item, held) in (0..).zip(&held) {
            together.clear();
            for (at, times) in held {
                sets.get(*at).into_iter().flatten().filter(|other| **other != item).for_each(|o| together.add(*o, *times));
            }
            let cosine = |ItemIdx(other)| (other, together.of(other) / (count(item) * count(other)).sqrt());
            let mut found: Vec<(u32, f64)> = together.best(usize::MAX, &all).into_iter().map(cosine).collect();
            found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            found.truncate(NEIGHBOURS);
            neighbours.push(found);
        }
        Self { neighbours }
    }
}

impl Baseline for ItemKnn {
    fn name(&self) -> &'static str {
        "item-knn"
    }

    fn settings(&self) -> String {
        format!("cosine, {NEIGHBOURS} neighbours, λ {DAMPING}, newest item")
    }

    fn score(&self, session: &[u32], scores: &mut Scores) {
        let newest = session.last().and_then(|item| self.neighbours.get(*item as usize));
        newest.into_iter().flatten().for_each(|(item, sim)| scores.add(*item, *sim));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{close, scored, sessions};
    use super::*;
    use nearhand_numerics::random::Random;

    #[test]
    fn worked_example() {
        // Counts: 0 three times, 1 twice, 2 once. 0 twice beside 1 in the first, once in the second: co(0, 1) = 3.
        let way = ItemKnn::new(&[vec![0, 1, 0], vec![1, 0, 2]], 4);
        let (a, b, c) = (23.0_f64, 22.0_f64, 21.0_f64);
        assert!(close(&scored(&way, &[2, 0], 4), &[0.0, 3.0 / (a * b).sqrt(), 1.0 / (a * c).sqrt(), 0.0]));
        // Seen from 1, which is there once a session, it is 2.
        assert!(close(&scored(&way, &[1], 4), &[2.0 / (a * b).sqrt(), 0.0, 1.0 / (b * c).sqrt(), 0.0]));
        assert!(scored(&way, &[3], 4).iter().all(|s| *s == 0.0));
    }

    #[test]
    fn as_by_brute_force() {
        let mut random = Random::new(2);
        let items = 15;
        let train = sessions(&mut random, 120, items);
        let way = ItemKnn::new(&train, items);
        let count = |i: usize| train.iter().flatten().filter(|j| **j as usize == i).count() as f64 + 20.0;
        for i in 0..items {
            let co = |j: usize| {
                let one = |s: &Vec<u32>| {
                    let n = s.iter().filter(|x| **x as usize == i).count();
                    if s.contains(&(j as u32)) { n as f64 } else { 0.0 }
                };
                train.iter().map(one).sum::<f64>()
            };
            let wanted: Vec<f64> = (0..items).map(|j| if i == j { 0.0 } else { co(j) / (count(i) * count(j)).sqrt() }).collect();
            assert!(close(&scored(&way, &[i as u32], items), &wanted), "{i}");
        }
    }

    #[test]
    fn a_hundred_neighbours_are_kept() {
        let way = ItemKnn::new(&[(0..150).collect(), vec![0, 149]], 150);
        let scores = scored(&way, &[0], 150);
        assert_eq!(scores.iter().filter(|s| **s > 0.0).count(), 100);
        assert!(scores[149] > scores[1] && scores[99] > 0.0 && scores[100] == 0.0);
    }
}
