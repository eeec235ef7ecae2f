//! Questions that sessions ask a model: what came next?

use crate::log::Told;
use nearhand::features::ContextEvent;
use nearhand::{EventKind, ItemIdx};

/// A session so far and the item that came next.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) prefix: Vec<ContextEvent>,
    pub(crate) next: u32,
}

/// Any time: features know differences alone.
const START_MS: u64 = 1_600_000_000_000;

/// Items as views, a second apart.
pub(crate) fn views(items: &[u32]) -> Vec<ContextEvent> {
    let view = |(at, item): (u64, &u32)| ContextEvent {
        item: ItemIdx(*item),
        stand_in: ItemIdx(*item),
        kind: EventKind::View,
        at_ms: START_MS + at * 1000,
        dwell_ms: 0,
        price: None,
        weight: 1.0,
    };
    (0..).zip(items).map(view).collect()
}

/// The time of the first and the last event of a log's sessions.
pub(crate) fn range(heard: &[Told]) -> Option<(u64, u64)> {
    let times = || heard.iter().flat_map(|told| &told.visits).map(|event| event.at_ms);
    Some((times().min()?, times().max()?))
}

/// One question of each of the newest sessions, at most so many; cut at one place or another, so that there are short ones and
/// long ones.
pub(crate) fn questions(sessions: &[Vec<ContextEvent>], most: usize) -> Vec<Question> {
    let long = sessions.iter().rev().filter(|session| session.len() >= 2);
    let ask = |(number, session): (usize, &Vec<ContextEvent>)| {
        let at = 1 + number * 7 % (session.len() - 1);
        let (prefix, next) = (session.get(..at)?.to_vec(), session.get(at)?.item.0);
        Some(Question { prefix, next })
    };
    long.take(most).enumerate().filter_map(ask).collect()
}

/// The place of an item among all by their values, from 1; ties in the middle.
pub(crate) fn place(values: &[f32], item: u32) -> f64 {
    let Some(own) = values.get(item as usize) else { return values.len() as f64 };
    let (mut above, mut equal) = (0_usize, 0_usize);
    for value in values {
        above += usize::from(value > own);
        equal += usize::from(value == own);
    }
    1.0 + above as f64 + equal.saturating_sub(1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_sessions_ask_first() {
        let sessions: Vec<_> = [&[0, 1][..], &[2], &[3, 4, 5], &[6, 7, 8, 9]].iter().map(|items| views(items)).collect();
        let asked = questions(&sessions, 2);
        assert_eq!(asked.len(), 2);
        assert_eq!((asked[0].prefix.len(), asked[0].next), (1, 7));
        assert_eq!((asked[1].prefix.len(), asked[1].next), (2, 5));
        assert_eq!(questions(&sessions, 9).len(), 3);
    }

    #[test]
    fn places_by_hand() {
        assert!((place(&[0.5, 2.0, 1.0], 0) - 3.0).abs() < 1e-9);
        assert!((place(&[1.0, 1.0, 1.0], 2) - 2.0).abs() < 1e-9);
        assert!((place(&[1.0], 5) - 1.0).abs() < 1e-9);
    }
}
