//! Sessions cut into windows and packed into batches.

use std::ops::Range;

use crate::train::neural::config::TrainConfig;
use nearhand_numerics::random::Random;

/// Windows one after the other; every place has a next item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    /// First row of every window, and the end of the last one.
    pub(crate) starts: Vec<usize>,
    /// The items, oldest first in each window.
    pub(crate) items: Vec<u32>,
    /// The next item of each row.
    pub(crate) targets: Vec<u32>,
    /// The weight of each row in the loss; they need not sum to 1.
    pub(crate) weights: Vec<f32>,
}

impl Batch {
    /// `count` stretches of whole windows with about as many rows each.
    pub(crate) fn shards(&self, count: usize) -> Vec<Range<usize>> {
        let windows = self.starts.len().saturating_sub(1);
        let rows = self.items.len();
        let edge = |at: usize| if at == count { windows } else { self.starts.partition_point(|s| *s < at * rows / count) };
        (0..count).map(|at| edge(at).min(windows)..edge(at + 1).min(windows)).collect()
    }
}

/// A stretch of one session: `start..end` are items, `start+1..end` its targets.
#[derive(Debug, Clone, Copy)]
struct Window {
    session: usize,
    start: usize,
    end: usize,
}

/// One epoch's batches in random order.
///
/// A session of more than `last + 1` items is cut at a random first place and then every `last` items, so over the
/// epochs a target is seen after contexts of every length.
pub(crate) fn epoch(sessions: &[Vec<u32>], config: &TrainConfig, random: &mut Random) -> Vec<Batch> {
    let shuffled: Vec<Vec<u32>>;
    let sessions = if config.shuffle {
        shuffled = sessions.iter().map(|session| shuffle(session, random)).collect();
        &shuffled
    } else {
        sessions
    };
    let mut windows = cut(sessions, config.last, random);
    random.shuffle(&mut windows);
    let mut batches = Vec::new();
    let mut open = Batch { starts: vec![0], ..Batch::default() };
    for window in windows {
        push(&mut open, sessions, window, config);
        if open.targets.len() >= config.batch {
            batches.push(std::mem::replace(&mut open, Batch { starts: vec![0], ..Batch::default() }));
        }
    }
    if !open.targets.is_empty() {
        batches.push(open);
    }
    batches
}

fn shuffle(session: &[u32], random: &mut Random) -> Vec<u32> {
    let mut items = session.to_vec();
    random.shuffle(&mut items);
    items
}

fn cut(sessions: &[Vec<u32>], last: usize, random: &mut Random) -> Vec<Window> {
    let mut windows = Vec::new();
    for (session, items) in sessions.iter().enumerate() {
        let n = items.len();
        let mut start = 0;
        let mut end = if n > last + 1 { 2 + random.below(last) } else { n };
        while start + 1 < n {
            windows.push(Window { session, start, end });
            start = end - 1;
            end = (end + last).min(n);
        }
    }
    windows
}

fn push(batch: &mut Batch, sessions: &[Vec<u32>], window: Window, config: &TrainConfig) {
    let items = sessions.get(window.session).and_then(|s| s.get(window.start..window.end)).unwrap_or(&[]);
    let age = (sessions.len() - window.session) as f32 / sessions.len() as f32;
    let weight = if config.half_life > 0.0 { (-age / config.half_life).exp2() } else { 1.0 };
    for (at, pair) in items.windows(2).enumerate() {
        let &[item, next] = pair else { continue };
        batch.items.push(item);
        batch.targets.push(next);
        let head = if window.start + at < config.last / 2 { config.head_weight } else { 1.0 };
        batch.weights.push(weight * head);
    }
    batch.starts.push(batch.items.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transition_is_a_target_once() {
        let sessions: Vec<Vec<u32>> = (0..40).map(|s| (0..s).map(|i| s * 100 + i).collect()).collect();
        let config = TrainConfig { last: 6, batch: 16, ..TrainConfig::default() };
        let mut seen: Vec<(u32, u32)> = Vec::new();
        for batch in epoch(&sessions, &config, &mut Random::new(3)) {
            for window in batch.starts.windows(2) {
                assert!((1..=6).contains(&(window[1] - window[0])));
                let items = &batch.items[window[0]..window[1]];
                assert!(items.iter().all(|item| item / 100 == items[0] / 100));
            }
            assert_eq!(batch.starts.last(), Some(&batch.items.len()));
            seen.extend(batch.items.iter().copied().zip(batch.targets.iter().copied()));
            let mut at = 0;
            for shard in batch.shards(4) {
                assert_eq!(shard.start, at);
                at = shard.end;
            }
            assert_eq!(at + 1, batch.starts.len());
        }
        seen.sort_unstable();
        let mut expected: Vec<(u32, u32)> = sessions.iter().flat_map(|s| s.windows(2).map(|w| (w[0], w[1]))).collect();
        expected.sort_unstable();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_session_without_order_is_read_in_another_one_every_epoch() {
        let sessions = vec![(0..10).collect::<Vec<u32>>()];
        let config = TrainConfig { shuffle: true, ..TrainConfig::default() };
        let mut random = Random::new(4);
        let read = |random: &mut Random| -> Vec<u32> {
            let batches = epoch(&sessions, &config, random);
            batches[0].items.iter().chain(batches[0].targets.last()).copied().collect()
        };
        let (first, mut second) = (read(&mut random), read(&mut random));
        assert_ne!(first, second);
        second.sort_unstable();
        assert_eq!(second, sessions[0]);
    }
}
