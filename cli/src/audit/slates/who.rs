//! Who is affected: the sessions that change most, both slates side by side.

use super::super::report::{Line, Sides};
use super::SESSIONS;
use super::moments::title;
use super::told::Both;

/// Items of a session that are told.
const ASKED: usize = 6;

impl Both<'_> {
    /// The sessions whose slates change most, each at the moment where they do; each first item once.
    pub(super) fn most_changed(&self) -> Vec<Sides> {
        let mut worst: Vec<usize> = Vec::new();
        for (at, (moment, pair)) in self.moments.all.iter().zip(&self.pairs.all).enumerate() {
            let same = |other: &usize| self.moments.all.get(*other).is_some_and(|before| before.session == moment.session);
            match worst.last_mut().filter(|last| same(last)) {
                Some(last) => {
                    if self.pairs.all.get(*last).is_some_and(|other| pair.rbo < other.rbo) {
                        *last = at;
                    }
                }
                None => worst.push(at),
            }
        }
        let rbo = |at: &usize| self.pairs.all.get(*at).map_or(1.0, |pair| pair.rbo);
        worst.sort_by(|a, b| rbo(a).total_cmp(&rbo(b)).then(a.cmp(b)));
        let mut told = Vec::new();
        let mut out = Vec::new();
        for at in worst {
            let (Some(moment), Some(pair)) = (self.moments.all.get(at), self.pairs.all.get(at)) else { continue };
            if pair.rbo >= 1.0 - 1e-9 || out.len() >= SESSIONS {
                break;
            }
            // Ten sessions on one page tell no more than one.
            if told.contains(&moment.newest) {
                continue;
            }
            told.push(moment.newest);
            out.push(self.sides(at, moment.session, moment.after, (pair.overlap, pair.rbo)));
        }
        out
    }

    fn sides(&self, at: usize, session: usize, after: usize, (overlap, rbo): (f64, f64)) -> Sides {
        let title = |number: u32| title(number, self.items, self.old, self.new);
        let session = self.moments.sessions.get(session);
        let events = session.map(|session| session.events.as_slice()).unwrap_or_default();
        let events = events.get(..after).unwrap_or_default();
        let mut asked: Vec<String> =
            events.iter().map(|event| self.items.find(&event.item).map_or_else(|| event.item.clone(), title)).collect();
        if asked.len() > ASKED {
            asked.drain(..asked.len() - ASKED);
            asked.insert(0, "…".to_owned());
        }
        let ((one, ones), (two, twos)) = (self.ours.slate(at), self.theirs.slate(at));
        let lines = |mine: &[u32], scores: &[f32], other: &[u32]| {
            let line = |(item, score): (&u32, &f32)| Line {
                text: title(*item),
                aside: format!("{} · {score:.4}", self.items.ids.get(*item as usize).map_or("", String::as_str)),
                common: other.contains(item),
            };
            mine.iter().zip(scores).map(line).collect()
        };
        Sides {
            name: format!("session {}", session.map_or("", |session| session.key.as_str())),
            asked,
            apart: format!("overlap {overlap:.2}, RBO {rbo:.2}"),
            old: lines(one, ones, two),
            new: lines(two, twos, one),
        }
    }
}
