//! One value of a key: its events, and its windows as they stand at a time.

use super::peaks::Peaks;
use crate::plan::{KeyPlan, Part};
use crate::ring::{BITS, FRAUD, KNOWN, NUMBER, Ring};
use crate::table::Table;

/// No time.
pub(crate) const NEVER: i64 = i64::MIN;

/// Where a window stands: how many records, from the oldest on, have left it, and how many have entered; and times before which the next one
/// neither leaves nor enters, so that most windows are moved on without a look at the records.
#[derive(Clone, Copy, Debug)]
struct Place {
    left: u32,
    entered: u32,
    leaves: i64,
    enters: i64,
}

/// One value of a key.
///
/// The sums of a window are those of the records between its two places. To ask for another time is to move both, forward or back.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub ring: Ring,
    places: Box<[Place]>,
    /// The time at which the windows stand.
    stand: i64,
    /// A time before which no record is.
    oldest: i64,
    sums: Box<[i128]>,
    sets: Box<[Table<u64>]>,
    peaks: Box<[Peaks]>,
    /// The time at which extremes stand, which only move forward.
    ahead: i64,
    /// The latest time of a record that was dropped because no window can reach it any more.
    pub before: i64,
    /// The latest time of a record that was dropped for the limits.
    pub lost: i64,
}

impl Slot {
    pub(crate) fn new(plan: &KeyPlan) -> Self {
        Self {
            ring: Ring::new(plan.stride()),
            places: vec![Place { left: 0, entered: 0, leaves: i64::MAX, enters: i64::MAX }; plan.windows.len()].into(),
            stand: NEVER,
            oldest: i64::MAX,
            sums: vec![0; plan.sums].into(),
            sets: vec![Table::default(); plan.sets].into(),
            peaks: vec![Peaks::default(); plan.peaks].into(),
            ahead: NEVER,
            before: NEVER,
            lost: NEVER,
        }
    }

    /// Reads what moving on will ask for: the records that leave and enter next, those behind them, the first, and where the next will be put.
    pub(crate) fn look(&self) -> i64 {
        let pair = |at: u32| self.ring.time(at as usize) ^ self.ring.time(at as usize + 1);
        let ends = self.places.iter().fold(0, |read, place| read ^ pair(place.left) ^ pair(place.entered));
        ends ^ self.ring.look() ^ self.sums.first().map_or(0, |sum| *sum as i64)
    }

    /// Moves all windows to a time.
    pub(crate) fn seek(&mut self, plan: &KeyPlan, time: i64) {
        let back = time < self.stand;
        self.stand = time;
        for (window, place) in plan.windows.iter().zip(&mut self.places) {
            let high = time - window.delay;
            let low = high - window.length;
            if !back && high < place.enters && low < place.leaves {
                continue;
            }
            let (ring, len) = (&self.ring, self.ring.len());
            let (mut left, mut entered) = (place.left as usize, place.entered as usize);
            let mut apply = |at: usize, sign: i128| apply(&window.parts, ring.record(at), sign, &mut self.sums, &mut self.sets);
            let next = |at: usize| if at < len { ring.time(at) } else { i64::MAX };
            if back || high >= place.enters {
                while entered < len && ring.time(entered) <= high {
                    apply(entered, 1);
                    entered += 1;
                }
                // Forward, what has left stays away, and what has entered stays within or leaves at the other end.
                if back {
                    while left > 0 && ring.time(left - 1) > low {
                        left -= 1;
                        apply(left, 1);
                    }
                    while entered > left && ring.time(entered - 1) > high {
                        entered -= 1;
                        apply(entered, -1);
                    }
                }
                place.enters = next(entered);
            }
            if back || low >= place.leaves {
                while left < entered && ring.time(left) <= low {
                    apply(left, -1);
                    left += 1;
                }
                place.leaves = next(left);
            }
            (place.left, place.entered) = (left as u32, entered as u32);
        }
    }

    /// Moves the extremes forward to a time; not where they stand behind it already.
    pub(crate) fn advance(&mut self, plan: &KeyPlan, time: i64) {
        if self.peaks.is_empty() || time < self.ahead {
            return;
        }
        self.ahead = time;
        for window in &plan.windows {
            let high = time - window.delay;
            for part in &window.parts {
                let Part::Peak { word, largest, peak } = part else { continue };
                let Some(peaks) = self.peaks.get_mut(*peak) else { continue };
                while peaks.entered < self.ring.len() && self.ring.time(peaks.entered) <= high {
                    let at = peaks.entered;
                    peaks.push(*largest, self.ring.time(at), self.ring.word(at, NUMBER), self.ring.word(at, *word));
                }
                peaks.leave(high - window.length);
            }
        }
    }

    /// Events in a window, as it was moved last.
    pub(crate) fn count(&self, window: usize) -> i64 {
        self.places.get(window).map_or(0, |place| i64::from(place.entered - place.left))
    }

    /// A running sum.
    pub(crate) fn sum(&self, sum: usize) -> i128 {
        self.sums.get(sum).copied().unwrap_or(0)
    }

    /// A table of distinct values.
    pub(crate) fn set(&self, set: usize) -> Option<&Table<u64>> {
        self.sets.get(set)
    }

    /// The extreme of a window: of the queue where that stands at the time, else of all records in the window.
    pub(crate) fn peak(&self, window: usize, word: usize, largest: bool, peak: usize, queued: bool) -> Option<i64> {
        if queued {
            return self.peaks.get(peak).and_then(Peaks::value);
        }
        let place = self.places.get(window).map_or(0..0, |place| place.left..place.entered);
        let values = place.map(|at| self.ring.word(at as usize, word));
        if largest { values.max() } else { values.min() }
    }

    /// Whether the queues of extremes stand at a time, once they have been moved there.
    pub(crate) const fn stands_at(&self, time: i64) -> bool {
        self.ahead == time
    }

    /// The time of the last event at or before a time, were one put there now.
    pub(crate) fn last(&self, time: i64) -> i64 {
        match self.ring.until(time) {
            0 => self.before,
            behind => self.ring.time(behind - 1),
        }
    }

    /// Whether a window at a time reaches back beyond what was dropped for the limits.
    pub(crate) fn lacks(&self, plan: &KeyPlan, time: i64) -> bool {
        self.lost != NEVER && plan.windows.iter().any(|window| time - window.delay - window.length < self.lost)
    }

    /// Puts a record in its place, when all windows have been moved to its time.
    pub(crate) fn insert(&mut self, plan: &KeyPlan, record: &[i64]) {
        let time = record.first().copied().unwrap_or(0);
        let at = self.ring.until(time);
        // No window has entered beyond this place, as all stand at this time.
        self.add(at, time, record);
        for part in plan.windows.iter().flat_map(|window| &window.parts) {
            if let Part::Peak { word, largest, peak } = part
                && let Some(peaks) = self.peaks.get_mut(*peak).filter(|peaks| at < peaks.entered)
            {
                let of = |word: usize| record.get(word).copied().unwrap_or(0);
                peaks.insert(*largest, time, of(NUMBER), of(*word));
            }
        }
    }

    /// Adds a record behind all others, which no window has entered.
    pub(crate) fn push(&mut self, record: &[i64]) {
        let (at, time) = (self.ring.len(), record.first().copied().unwrap_or(0));
        self.add(at, time, record);
    }

    fn add(&mut self, at: usize, time: i64, record: &[i64]) {
        self.ring.insert(at, record);
        self.oldest = self.oldest.min(time);
        for place in &mut self.places {
            (place.leaves, place.enters) = (place.leaves.min(time), place.enters.min(time));
        }
    }

    /// Drops the oldest record.
    fn drop_first(&mut self, plan: &KeyPlan) {
        for (window, place) in plan.windows.iter().zip(&mut self.places) {
            if place.left > 0 {
                place.left -= 1;
            } else if place.entered > 0 {
                apply(&window.parts, self.ring.record(0), -1, &mut self.sums, &mut self.sets);
            }
            place.entered = place.entered.saturating_sub(1);
        }
        let number = self.ring.word(0, NUMBER);
        self.peaks.iter_mut().for_each(|peaks| peaks.drop_first(number));
        self.ring.drop_first();
    }

    /// Drops what no window can reach any more: records at or before a time. Gives their number.
    pub(crate) fn expire(&mut self, plan: &KeyPlan, until: i64) -> usize {
        if self.oldest > until {
            return 0;
        }
        let before = self.ring.len();
        while self.ring.len() > 0 && self.ring.time(0) <= until {
            self.before = self.before.max(self.ring.time(0));
            self.drop_first(plan);
        }
        self.oldest = if self.ring.len() > 0 { self.ring.time(0) } else { i64::MAX };
        before - self.ring.len()
    }

    /// Drops the oldest record for the limits.
    pub(crate) fn lose(&mut self, plan: &KeyPlan) {
        self.lost = self.lost.max(self.ring.time(0));
        self.before = self.before.max(self.ring.time(0));
        self.drop_first(plan);
    }

    /// The place of a record, by its time and number.
    fn place_of(&self, time: i64, number: i64) -> Option<usize> {
        let is = |at: usize| self.ring.time(at) == time && self.ring.word(at, NUMBER) == number;
        // A label that is known after as long as a window is delayed is of the record that enters next.
        let next = self.places.iter().map(|place| place.entered as usize).find(|at| *at < self.ring.len() && is(*at));
        let mut at = next.map_or_else(|| self.ring.until(time), |next| next + 1);
        // Those of one time stand in order of arrival, the newest last.
        loop {
            at = at.checked_sub(1)?;
            if self.ring.time(at) != time {
                return None;
            }
            if is(at) {
                return Some(at);
            }
        }
    }

    /// Sets the label of a record, by its time and number.
    pub(crate) fn label(&mut self, plan: &KeyPlan, time: i64, number: i64, label: i64) {
        self.rewrite(plan, time, number, |bits| bits & !(KNOWN | FRAUD) | label);
    }

    /// Changes the bits of a record, by its time and number. Gives those before, and nothing where there is no such record.
    pub(crate) fn rewrite(&mut self, plan: &KeyPlan, time: i64, number: i64, now: impl Fn(i64) -> i64) -> Option<i64> {
        let at = self.place_of(time, number)?;
        let before = self.ring.word(at, BITS);
        let within = |place: &Place| (place.left as usize..place.entered as usize).contains(&at);
        let places = &self.places;
        let windows = || plan.windows.iter().zip(places).filter(|(_, place)| within(place));
        windows().for_each(|(window, _)| apply_bits(&window.parts, before, -1, &mut self.sums));
        let now = now(before);
        windows().for_each(|(window, _)| apply_bits(&window.parts, now, 1, &mut self.sums));
        self.ring.set(at, BITS, now);
        Some(before)
    }
}

/// Adds a record to what is kept of a window, or takes it away.
fn apply(parts: &[Part], record: &[i64], sign: i128, sums: &mut [i128], sets: &mut [Table<u64>]) {
    let of = |word: usize| record.get(word).copied().unwrap_or(0);
    for part in parts {
        match part {
            Part::Sum { word, sum } => add(sums, *sum, sign * i128::from(of(*word))),
            Part::Squares { word, sum } => add(sums, *sum, sign * i128::from(of(*word)) * i128::from(of(*word))),
            Part::Bits { bits, sum } => add(sums, *sum, if of(BITS) & bits == *bits { sign } else { 0 }),
            Part::Bins { word, edges, sum } => add(sums, sum + bin(edges, of(*word)), sign),
            Part::Set { word, set } => {
                // 0 stands for an event without that key.
                if let Some(set) = sets.get_mut(*set).filter(|_| of(*word) != 0) {
                    let hash = of(*word).cast_unsigned();
                    if sign > 0 { set.more(hash) } else { set.less(hash) }
                }
            }
            Part::Peak { .. } => {}
        }
    }
}

/// The same of a record's bits alone.
fn apply_bits(parts: &[Part], of: i64, sign: i128, sums: &mut [i128]) {
    for part in parts {
        if let Part::Bits { bits, sum } = part {
            add(sums, *sum, if of & bits == *bits { sign } else { 0 });
        }
    }
}

fn add(sums: &mut [i128], at: usize, value: i128) {
    if let Some(sum) = sums.get_mut(at) {
        *sum += value;
    }
}

/// The bin of a value: how many edges are at or below it.
pub(crate) fn bin(edges: &[i64], value: i64) -> usize {
    edges.partition_point(|edge| *edge <= value)
}
