//! What a log tells of the visits before a question.

use crate::choosing::split::{self, Pair};
use crate::log::Told;
use nearhand::bundle::SignalSpec;
use nearhand::features::ContextEvent;
use nearhand::recommend::weigh;

/// What is known of a pair's prefix when its next item is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Heard {
    /// Number of the session among those held back: pairs of one session are no independent witnesses.
    pub(crate) session: usize,
    /// The visits, oldest first, one an item of the prefix; none for plain sessions.
    pub(crate) visits: Vec<ContextEvent>,
    /// Items dismissed by then, each once.
    pub(crate) dismissed: Vec<u32>,
}

impl Heard {
    /// What the first `at` visits of a session and its dismissals until the next one tell. How long the newest item is
    /// looked at is not known while its page asks for a slate: its dwell is left out.
    fn of(told: &Told, at: usize, session: usize) -> Heard {
        let Some((visits, next)) = told.visits.split_at_checked(at).and_then(|(before, rest)| Some((before, rest.first()?)))
        else {
            return Heard { session, ..Heard::default() };
        };
        let mut visits = visits.to_vec();
        if let Some(newest) = visits.last_mut() {
            newest.dwell_ms = 0;
        }
        let mut dismissed = Vec::new();
        for (_, item) in told.dismissed.iter().filter(|(at_ms, _)| *at_ms <= next.at_ms) {
            if !dismissed.contains(item) {
                dismissed.push(*item);
            }
        }
        Heard { session, visits, dismissed }
    }

    /// How much each visit says; nothing for plain sessions.
    pub(crate) fn weights(&self, signals: &SignalSpec) -> Vec<f32> {
        let mut visits = self.visits.clone();
        weigh(&mut visits, signals);
        visits.iter().map(|visit| visit.weight).collect()
    }
}

/// As [`split::pairs`], with what the log tells; `told` is one entry a session, or none.
pub(crate) fn pairs(sessions: &[Vec<u32>], told: &[Told], head: usize) -> Vec<Pair> {
    let nothing = Told::default();
    let mut all = Vec::new();
    for (number, session) in sessions.iter().enumerate() {
        let told = told.get(number).unwrap_or(&nothing);
        let pairs = split::pairs(std::slice::from_ref(session), head);
        all.extend(pairs.into_iter().map(|pair| Pair { heard: Heard::of(told, pair.prefix.len(), number), ..pair }));
    }
    all
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use nearhand::{EventKind, ItemIdx};

    pub(crate) fn seen(item: u32, kind: EventKind, at_ms: u64, dwell_ms: u32) -> ContextEvent {
        ContextEvent { item: ItemIdx(item), stand_in: ItemIdx(item), kind, at_ms, dwell_ms, price: None, weight: 1.0 }
    }

    #[test]
    fn a_prefix_knows_what_was_known_then() {
        let visits = vec![
            seen(0, EventKind::View, 1000, 30_000),
            seen(1, EventKind::CartAdd, 31_000, 0),
            seen(2, EventKind::View, 40_000, 1000),
        ];
        let told = Told { visits, dismissed: vec![(35_000, 7), (36_000, 7), (50_000, 8)] };
        let asked = pairs(&[vec![0, 1, 2]], &[told], 11);
        let heard: Vec<&Heard> = asked.iter().map(|pair| &pair.heard).collect();
        // On the page of 0 its dwell is not known yet; on that of 1 it is.
        let close = |weights: Vec<f32>, want: &[f32]| weights.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(heard[0].weights(&SignalSpec::default()), &[1.0]));
        assert!(close(heard[1].weights(&SignalSpec::default()), &[2.0, 2.0]));
        assert_eq!((heard[0].dismissed.as_slice(), heard[1].dismissed.as_slice()), (&[][..], &[7][..]));
        assert_eq!((asked[1].prefix.as_slice(), asked[1].next), (&[0, 1][..], 2));
    }

    #[test]
    fn plain_sessions_tell_nothing() {
        let asked = pairs(&[vec![0, 1, 2]], &[], 11);
        assert_eq!(asked.len(), 2);
        assert!(asked[1].heard.weights(&SignalSpec::default()).is_empty());
    }
}
