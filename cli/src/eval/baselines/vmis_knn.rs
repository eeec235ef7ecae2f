//! VMIS-kNN: what came up in the most similar of the most recent training sessions.
//!
//! ```text
//! H         the m = 500 newest training sessions that hold an item of the session
//! sim(n)    = Σ_i∈n (|session| − p_i) / distinct(session)   p_i: place of i's newest event, 0 is the newest
//! N         the k = 100 of H with the largest sim; ties: the newer
//! score(j)  = Σ_n∈N, j∈n sim(n) · max(0, 1 − 0.1 · (p_n + 1)) · ln(|S| / |S_j|)
//! ```
//! p_n: the least p_i of the items in n. S: all training sessions, S_j: those that hold j. Source: Kersbergen, Sprangers,
//! Schelter, "Serenade: low-latency session-based recommendation in e-commerce at scale", SIGMOD 2022; place and decay as in
//! their published code. The index there keeps the m newest sessions of each item and a heap of m while it looks through them,
//! which is another way to the same H: what falls out of the heap is older than all that is in it and cannot come back.

use super::{Baseline, Scores, distinct};
use std::collections::HashMap;

const RECENT: usize = 500;
const NEIGHBOURS: usize = 100;

/// The training sessions, and where each item is.
pub(in super::super) struct VmisKnn {
    recent: usize,
    neighbours: usize,
    /// Distinct items, oldest session first.
    sessions: Vec<Vec<u32>>,
    /// The newest sessions that hold an item, newest first.
    holding: Vec<Vec<u32>>,
    /// ln(|S| / |S_j|).
    rarity: Vec<f64>,
}

impl VmisKnn {
    pub(super) fn new(sessions: &[Vec<u32>], items: usize) -> Self {
        Self::with(sessions, items, RECENT, NEIGHBOURS)
    }

    fn with(sessions: &[Vec<u32>], items: usize, recent: usize, neighbours: usize) -> Self {
        let sessions: Vec<Vec<u32>> = sessions.iter().map(|session| distinct(session)).collect();
        let (mut holding, mut counts) = (vec![Vec::new(); items], vec![0_u32; items]);
        for (number, session) in sessions.iter().enumerate().rev() {
            for item in session {
                let at = *item as usize;
                if let (Some(count), Some(holding)) = (counts.get_mut(at), holding.get_mut(at)) {
                    *count += 1;
                    if holding.len() < recent {
                        holding.push(number as u32);
                    }
                }
            }
        }
        let all = sessions.len() as f64;
        let rarity = counts.iter().map(|count| if *count == 0 { 0.0 } else { (all / f64::from(*count)).ln() }).collect();
        Self { recent, neighbours, sessions, holding, rarity }
    }

    /// The neighbours: session, similarity, place of its newest item in common.
    fn nearest(&self, session: &[u32]) -> Vec<(u32, f64, usize)> {
        let different = distinct(session).len() as f64;
        // Whole numbers until the end, so that equals are equal.
        let mut found: HashMap<u32, (usize, usize)> = HashMap::new();
        for (place, item) in session.iter().rev().enumerate() {
            let newer = session.len() - place;
            if session.get(newer..).is_some_and(|later| later.contains(item)) {
                continue;
            }
            for number in self.holding.get(*item as usize).into_iter().flatten() {
                // Newest first: the place of the first item in common stays.
                found.entry(*number).or_insert((0, place)).0 += newer;
            }
        }
        let mut found: Vec<(u32, usize, usize)> = found.into_iter().map(|(number, (sim, place))| (number, sim, place)).collect();
        found.sort_unstable_by_key(|(number, ..)| std::cmp::Reverse(*number));
        found.truncate(self.recent);
        // A stable sort leaves the newer before the older.
        found.sort_by_key(|(_, sim, _)| std::cmp::Reverse(*sim));
        found.truncate(self.neighbours);
        found.into_iter().map(|(number, sim, place)| (number, sim as f64 / different, place)).collect()
    }
}

impl Baseline for VmisKnn {
    fn name(&self) -> &'static str {
        "vmis-knn"
    }

    fn settings(&self) -> String {
        format!("{} most recent sessions, {} neighbours", self.recent, self.neighbours)
    }

    fn score(&self, session: &[u32], scores: &mut Scores) {
        for (number, sim, place) in self.nearest(session) {
            let weight = sim * (1.0 - 0.1 * (place as f64 + 1.0)).max(0.0);
            for item in self.sessions.get(number as usize).into_iter().flatten() {
                scores.add(*item, weight * self.rarity.get(*item as usize).copied().unwrap_or(0.0));
            }
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
        // Session 0, 1: place 1 for 0 with (2 − 1) / 2, place 0 for 1 with 2 / 2.
        let train = [vec![0, 2], vec![1, 3], vec![1, 0, 2], vec![4]];
        let way = VmisKnn::new(&train, 5);
        // sim: 0.5, 1, 1.5; λ: 0.8, 0.9, 0.9.
        let (a, b, c) = (0.5 * 0.8, 1.0 * 0.9, 1.5 * 0.9);
        let (half, quarter) = (2.0_f64.ln(), 4.0_f64.ln());
        assert!(close(&scored(&way, &[0, 1], 5), &[(a + c) * half, (b + c) * half, (a + c) * half, b * quarter, 0.0]));
        // The newest two sessions with 0 or 1 alone, and of them the most similar one.
        let few = VmisKnn::with(&train, 5, 2, 1);
        assert!(close(&scored(&few, &[0, 1], 5), &[c * half, c * half, c * half, 0.0, 0.0]));
    }

    /// By the formula, over all sessions.
    fn brute(train: &[Vec<u32>], session: &[u32], items: usize, m: usize, k: usize) -> Vec<f64> {
        let place = |item: u32| session.iter().rev().position(|i| *i == item);
        let distinct = distinct(session);
        let mut near: Vec<(usize, usize)> = Vec::new();
        for number in (0..train.len()).rev() {
            let common: Vec<usize> = distinct.iter().filter(|i| train[number].contains(i)).filter_map(|i| place(*i)).collect();
            if !common.is_empty() && near.len() < m {
                near.push((number, common.iter().map(|p| session.len() - p).sum()));
            }
        }
        near.sort_by_key(|n| std::cmp::Reverse(n.1));
        near.truncate(k);
        let holds = |item: usize, number: usize| train[number].contains(&(item as u32));
        (0..items)
            .map(|item| {
                let of = (0..train.len()).filter(|number| holds(item, *number)).count() as f64;
                let part = |(number, sim): &(usize, usize)| {
                    let first = distinct.iter().filter(|i| train[*number].contains(i)).filter_map(|i| place(*i)).min().unwrap();
                    let sim = *sim as f64 / distinct.len() as f64;
                    let one = sim * (1.0 - 0.1 * (first as f64 + 1.0)).max(0.0) * (train.len() as f64 / of).ln();
                    if holds(item, *number) { one } else { 0.0 }
                };
                near.iter().map(part).sum()
            })
            .collect()
    }

    #[test]
    fn as_by_brute_force() {
        let mut random = Random::new(7);
        let train = sessions(&mut random, 80, 14);
        for (m, k) in [(500, 100), (20, 7), (3, 3), (1, 1)] {
            let way = VmisKnn::with(&train, 14, m, k);
            for mut session in sessions(&mut random, 40, 14) {
                session.extend(sessions(&mut random, 2, 14).concat());
                assert!(close(&scored(&way, &session, 14), &brute(&train, &session, 14, m, k)), "{m} {k} {session:?}");
            }
        }
    }

    #[test]
    fn the_order_of_the_training_sessions_is_time() {
        let old = [vec![0, 1], vec![0, 2], vec![3]];
        let new = [vec![0, 2], vec![0, 1], vec![3]];
        let first = |train: &[Vec<u32>]| scored(&VmisKnn::with(train, 4, 1, 1), &[0], 4);
        assert!(first(&old)[2] > 0.0 && first(&old)[1] == 0.0);
        assert!(first(&new)[1] > 0.0 && first(&new)[2] == 0.0);
    }
}
