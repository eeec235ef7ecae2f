//! Who is affected: moments told apart by the session's length, by the category of the page, by how well known its first item is; and the
//! sessions that change most.

use super::super::report::{Cell, Line, Section, Sides};
use super::moments::title;
use super::told::Both;
use super::{ROWS, SESSIONS};
use crate::eval::{classes, length};
use std::collections::BTreeMap;

/// Items of a session that are told.
const ASKED: usize = 6;

impl Both<'_> {
    /// Three tables.
    pub(super) fn who(&self) -> Vec<Section> {
        let about = "Slates after so many events, on pages of this category, of sessions that began with an item as well known: how much stays.";
        let class = classes(&self.old.popularity);
        let by_length = self.by("length", "By the session's length", about, &["1", "2", "3-5", "6-10", "11+"], |at| {
            self.moments.all.get(at).map(|moment| length(moment.after).to_owned())
        });
        let by_class = self.by(
            "first_item",
            "By how often the first item was seen in training",
            "",
            &["head", "middle", "tail", "never", "new", "unknown"],
            |at| {
                let first = self.moments.all.get(at)?.first;
                let known = first
                    .map(|item| self.items.in_old(item).map_or("new", |item| class.get(item.at()).copied().unwrap_or("never")));
                Some(known.unwrap_or("unknown").to_owned())
            },
        );
        let by_category = self.by("page_category", "By the category of the page", "", &[], |at| {
            Some(match self.moments.all.get(at)?.newest {
                None => "(unknown item)".to_owned(),
                Some(item) => self.category(item).unwrap_or("(none)").to_owned(),
            })
        });
        vec![by_length, by_class, by_category]
    }

    /// Rows in this order; others by how many slates they have.
    fn by(
        &self,
        name: &'static str,
        title: &str,
        about: &'static str,
        order: &[&str],
        key: impl Fn(usize) -> Option<String>,
    ) -> Section {
        let mut sums: BTreeMap<String, [f64; 4]> = BTreeMap::new();
        for (at, pair) in self.pairs.all.iter().enumerate() {
            let Some(key) = key(at) else { continue };
            let of = sums.entry(key).or_default();
            for (sum, value) in of.iter_mut().zip([1.0, pair.overlap, pair.rbo, f64::from(u8::from(pair.top1_changed))]) {
                *sum += value;
            }
        }
        let mut rows: Vec<(String, [f64; 4])> = sums.into_iter().collect();
        rows.sort_by(|(a, one), (b, two)| {
            let place = |name: &str| order.iter().position(|known| *known == name).unwrap_or(order.len());
            place(a).cmp(&place(b)).then(two[0].total_cmp(&one[0])).then(a.cmp(b))
        });
        let mut section = Section::new(name, title, about, &[name, "slates", "overlap", "rbo", "top1_changed"]);
        section.rows = rows
            .into_iter()
            .map(|(name, [count, overlap, rbo, first])| {
                let share = |sum: f64| Cell::Share(sum / count);
                vec![Cell::Text(name), Cell::Count(count as u64), share(overlap), share(rbo), share(first)]
            })
            .collect();
        section.cut(ROWS)
    }

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
