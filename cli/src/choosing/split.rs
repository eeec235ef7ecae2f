//! Which sessions choose the settings, and the questions they ask.

use crate::choosing::signals::Heard;

/// A session so far and the item that came next.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pair {
    /// Items before, oldest first.
    pub(crate) prefix: Vec<u32>,
    /// The next item.
    pub(crate) next: u32,
    /// What a log tells of the items before; nothing of plain sessions.
    pub(crate) heard: Heard,
}

/// Splits sessions in time order: the last `share` of them validate.
pub(crate) fn by_time(sessions: &[Vec<u32>], share: f64) -> (&[Vec<u32>], &[Vec<u32>]) {
    let held = (sessions.len() as f64 * share).round() as usize;
    sessions.split_at(sessions.len() - held.min(sessions.len()))
}

/// Every prefix of each session's first `head` items with its next item, as the test pairs are made.
pub(crate) fn pairs(sessions: &[Vec<u32>], head: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for session in sessions {
        for at in 1..session.len().min(head) {
            pairs.push(Pair { prefix: session[..at].to_vec(), next: session[at], ..Pair::default() });
        }
    }
    pairs
}

/// At most `limit` pairs, evenly spaced.
pub(crate) fn thin(pairs: Vec<Pair>, limit: usize) -> Vec<Pair> {
    let step = pairs.len().div_ceil(limit.max(1)).max(1);
    pairs.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_validate() {
        let sessions: Vec<Vec<u32>> = (0..10).map(|i| vec![i, i + 1, i + 2]).collect();
        let (fit, held) = by_time(&sessions, 0.2);
        assert_eq!((fit.len(), held[0][0]), (8, 8));
        let asked = pairs(held, 2);
        let pair = |prefix, next| Pair { prefix: vec![prefix], next, ..Pair::default() };
        assert_eq!(asked, vec![pair(8, 9), pair(9, 10)]);
        assert_eq!(thin(asked, 1).len(), 1);
    }
}
