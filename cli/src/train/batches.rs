//! Sessions cut into windows and packed into batches of one length.

use super::config::TrainConfig;
use super::random::Random;

/// Windows of one padded length, with the positions that have a next item.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch {
    /// Padded length of a window.
    pub(super) len: usize,
    /// Windows × `len` items, oldest first, padded **at the end** with item 0: causal attention never sees the padding.
    pub(super) items: Vec<u32>,
    /// Flat positions in `items` whose next item is known.
    pub(super) rows: Vec<u32>,
    /// The next item of each row.
    pub(super) targets: Vec<u32>,
    /// The weight of each row in the loss; they need not sum to 1.
    pub(super) weights: Vec<f32>,
}

impl Batch {
    /// How many windows.
    pub(super) fn windows(&self) -> usize {
        self.items.len().checked_div(self.len).unwrap_or(0)
    }

    /// The items of a row's window up to and including the row's own.
    pub(super) fn seen(&self, row: u32) -> &[u32] {
        let row = row as usize;
        self.items.get(row - row % self.len.max(1)..=row).unwrap_or(&[])
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
/// epochs a target is seen after contexts of every length. Windows are shuffled, grouped by length within stretches of
/// 64 batches, so that little is padded, and the batches are shuffled again.
pub(super) fn epoch(sessions: &[Vec<u32>], config: &TrainConfig, random: &mut Random) -> Vec<Batch> {
    let mut windows = cut(sessions, config.last, random);
    random.shuffle(&mut windows);
    let stretch = (64 * config.batch / config.last).max(1);
    let mut batches = Vec::new();
    for part in windows.chunks_mut(stretch) {
        part.sort_by_key(|w| w.end - w.start);
        let mut open = Vec::new();
        let mut targets = 0;
        for window in part.iter() {
            open.push(*window);
            targets += window.end - window.start - 1;
            if targets >= config.batch {
                batches.push(pack(sessions, &open, config));
                open.clear();
                targets = 0;
            }
        }
        if !open.is_empty() {
            batches.push(pack(sessions, &open, config));
        }
    }
    random.shuffle(&mut batches);
    batches
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

fn pack(sessions: &[Vec<u32>], windows: &[Window], config: &TrainConfig) -> Batch {
    let len = windows.iter().map(|w| w.end - w.start - 1).max().unwrap_or(0);
    let mut batch = Batch { len, ..Batch::default() };
    for window in windows {
        let items = sessions.get(window.session).and_then(|s| s.get(window.start..window.end)).unwrap_or(&[]);
        let base = batch.items.len();
        let age = (sessions.len() - window.session) as f32 / sessions.len() as f32;
        let weight = if config.half_life > 0.0 { (-age / config.half_life).exp2() } else { 1.0 };
        for (at, pair) in items.windows(2).enumerate() {
            let &[item, next] = pair else { continue };
            batch.items.push(item);
            batch.rows.push((base + at) as u32);
            batch.targets.push(next);
            let head = if window.start + at < config.last / 2 { config.head_weight } else { 1.0 };
            batch.weights.push(weight * head);
        }
        batch.items.resize(base + len, 0);
    }
    batch
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
            assert!(batch.len <= 6);
            assert_eq!(batch.items.len(), batch.windows() * batch.len);
            for (row, target) in batch.rows.iter().zip(&batch.targets) {
                seen.push((batch.items[*row as usize], *target));
                let seen_items = batch.seen(*row);
                assert_eq!(seen_items.last(), Some(&batch.items[*row as usize]));
                assert!(!seen_items.contains(target));
            }
        }
        seen.sort_unstable();
        let mut expected: Vec<(u32, u32)> = sessions.iter().flat_map(|s| s.windows(2).map(|w| (w[0], w[1]))).collect();
        expected.sort_unstable();
        assert_eq!(seen, expected);
    }
}
