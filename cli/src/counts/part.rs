//! Sessions counted: every pair of items beside each other, by slice of time.

use super::file::{Entry, Writer};
use super::header::Header;
use super::sketch::Sketch;
use crate::choosing::counting::{FAR, REACH, Timed, around, by_distance, by_length, places};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Sessions to be counted.
pub(super) struct Part<'a> {
    pub header: Header,
    pub visitors: &'a Sketch,
    /// The id of every item, by the number that sessions have it by.
    pub ids: Vec<&'a str>,
    /// By their ends.
    pub timed: Timed<'a>,
}

impl Part<'_> {
    /// Counts, an item at a time, and writes.
    pub(super) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let (_, slices) = self.timed.slices();
        let places = places(self.timed.sessions, self.ids.len(), &|_| true);
        let slice = |session: u32| slices.get(session as usize).copied().unwrap_or(0);
        let mut seen_in = BTreeMap::new();
        slices.iter().for_each(|slice| *seen_in.entry(*slice).or_insert(0) += 1);
        let sessions: Vec<(u64, u64)> = seen_in.into_iter().collect();
        let mut writer = Writer::begin(to, &self.header, self.visitors, &sessions)?;
        let numbered = self.ids.iter().zip(0_u32..);
        let mut order: Vec<(&str, u32)> =
            numbered.filter(|(_, item)| at(&places, *item).next().is_some()).map(|(id, item)| (*id, item)).collect();
        order.sort_unstable();
        let mut rank = vec![u32::MAX; self.ids.len()];
        for (place, (id, item)) in (0..).zip(&order) {
            let seen: Vec<(u64, u64)> = at(&places, *item)
                .collect::<Vec<_>>()
                .chunk_by(|a, b| slice(a.0) == slice(b.0))
                .map(|chunk| (chunk.first().map_or(0, |(session, _)| slice(*session)), chunk.len() as u64))
                .collect();
            writer.item(id, &seen)?;
            if let Some(rank) = rank.get_mut(*item as usize) {
                *rank = place;
            }
        }
        writer.end_of_items()?;
        let mut sums = vec![[0_u64; 4]; order.len()];
        for (_, item) in &order {
            let mut row = Vec::new();
            let all: Vec<(u32, u32)> = at(&places, *item).collect();
            for chunk in all.chunk_by(|a, b| slice(a.0) == slice(b.0)) {
                let slice = chunk.first().map_or(0, |(session, _)| slice(*session));
                self.beside(chunk, &rank, &mut sums, &mut |next, sums| row.push(Entry { next, slice, sums }));
            }
            row.sort_unstable_by_key(|entry| (entry.next, entry.slice));
            writer.row(&row)?;
        }
        writer.end()
    }

    /// Tells what stands beside an item at some places: every neighbour by its rank, and its sums. `sums` are zero before and after.
    fn beside(&self, places: &[(u32, u32)], rank: &[u32], sums: &mut [[u64; 4]], tell: &mut dyn FnMut(u32, [u64; 4])) {
        let mut touched = Vec::new();
        for &(session, place) in places {
            let Some(session) = self.timed.sessions.get(session as usize) else { continue };
            let by_length = by_length(session.len());
            around(session, place as usize, FAR, |other, distance, after| {
                let Some(next) = rank.get(other as usize) else { return };
                let Some(sums) = sums.get_mut(*next as usize) else { return };
                if *sums == [0; 4] {
                    touched.push(*next);
                }
                let [near_after, near_before, far_after, far_before] = sums;
                let (near, far) = if after { (near_after, far_after) } else { (near_before, far_before) };
                if distance <= REACH {
                    *near = near.saturating_add(by_distance(distance));
                }
                *far = far.saturating_add(by_length);
            });
        }
        for next in touched {
            if let Some(sums) = sums.get_mut(next as usize) {
                tell(next, std::mem::take(sums));
            }
        }
    }
}

fn at(places: &[Vec<(u32, u32)>], item: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
    places.get(item as usize).into_iter().flatten().copied()
}
