//! Which slate a click and a purchase are owed to, by stated rules, in bounded memory.

use crate::error::{Code, Error, Result};
use std::collections::{BTreeMap, VecDeque};

/// Rules of credit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributionSettings {
    /// A click counts for a slate that was shown at most so long before, milliseconds: half an hour.
    pub click_within_ms: u64,
    /// A purchase counts for a click at most so long before, milliseconds: seven days.
    pub purchase_within_ms: u64,
    /// Slates remembered; an older one is closed early: 512.
    pub most_slates: usize,
    /// Clicks and purchases of one item that count for one visitor within `purchase_within_ms`: 3. More are somebody's script, or a hand
    /// that shakes; they are told as `over_cap`, and never teach.
    pub most_per_item: u32,
}

impl Default for AttributionSettings {
    fn default() -> Self {
        Self { click_within_ms: 30 * 60_000, purchase_within_ms: 7 * 86_400_000, most_slates: 512, most_per_item: 3 }
    }
}

/// An item in a slate; its place is its index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The item, by number.
    pub item: u32,
    /// Probability with which it was put there, above 0 to 1.
    pub propensity: f64,
}

/// What a slate's row came to, once nothing more can come: a row of the log that retraining and estimates read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The slate.
    pub slate: u64,
    /// When it was shown, milliseconds.
    pub shown_ms: u64,
    /// The item.
    pub item: u32,
    /// Its place, from 0.
    pub place: u32,
    /// As it was told.
    pub propensity: f64,
    /// When it was clicked.
    pub clicked_ms: Option<u64>,
    /// When it was bought after that.
    pub bought_ms: Option<u64>,
    /// The slate came of the model, not of chance or of a list by hand: what is learnt of it feeds back.
    pub influenced: bool,
}

/// What became of a click or a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clicked {
    /// A row had credit for it.
    Credited {
        /// The slate.
        slate: u64,
        /// The place in it, from 0.
        place: u32,
    },
    /// No slate in time has shown the item, or no click in time came before the purchase: it came by itself.
    Organic,
    /// The row had it already.
    Again,
    /// The item has had all that counts of this visitor.
    OverCap,
    /// Made by a script (`trusted` is false): counted, never credited.
    Untrusted,
}

/// One visitor's slates and what came of them. A click is owed to the last slate that showed the item within half an hour, or to the
/// one it names; a purchase to the last click of the item within seven days. What is merely seen earns nothing. Time is given, and
/// may stand still but not go back by more than is remembered.
#[derive(Clone, Debug)]
pub struct Attribution {
    settings: AttributionSettings,
    slates: VecDeque<Vec<Row>>,
    done: Vec<Row>,
    /// Of items: credits, and when the first of them was.
    credits: BTreeMap<u32, (u32, u64)>,
    untrusted: u64,
    over_cap: u64,
}

impl Attribution {
    /// # Errors
    /// `monitor-setting-invalid`: a bound of nothing.
    pub fn new(settings: AttributionSettings) -> Result<Self> {
        if settings.most_slates == 0 || settings.most_per_item == 0 || settings.click_within_ms == 0 {
            return Err(Error::new(
                Code::SettingInvalid,
                "slates remembered, credits of an item and the time for a click must be above 0",
            ));
        }
        let (slates, done, credits) = (VecDeque::new(), Vec::new(), BTreeMap::new());
        Ok(Self { settings, slates, done, credits, untrusted: 0, over_cap: 0 })
    }

    /// A slate was shown. One of the same id is the same slate drawn again and counts once.
    ///
    /// # Errors
    /// `monitor-observation-invalid` with `place`: a propensity out of range, or an item that is there twice. Nothing was added.
    pub fn show(&mut self, slate: u64, at_ms: u64, places: &[Place], influenced: bool) -> Result<()> {
        for (at, place) in places.iter().enumerate() {
            let twice = places.iter().take(at).any(|other| other.item == place.item);
            if twice || !(place.propensity > 0.0 && place.propensity <= 1.0) {
                let why = "an item is shown once in a slate, with a propensity above 0 to 1";
                return Err(Error::new(Code::ObservationInvalid, why).count("place", at as u64));
            }
        }
        if places.is_empty() || self.slates.iter().flatten().any(|row| row.slate == slate) {
            return Ok(());
        }
        let row = |(at, place): (usize, &Place)| Row {
            slate,
            shown_ms: at_ms,
            item: place.item,
            place: u32::try_from(at).unwrap_or(u32::MAX),
            propensity: place.propensity,
            clicked_ms: None,
            bought_ms: None,
            influenced,
        };
        self.slates.push_back(places.iter().enumerate().map(row).collect());
        if self.slates.len() > self.settings.most_slates
            && let Some(oldest) = self.slates.pop_front()
        {
            self.done.extend(oldest);
        }
        Ok(())
    }

    /// An item was clicked, in the slate of that id where it is known.
    pub fn click(&mut self, slate: Option<u64>, item: u32, at_ms: u64, trusted: bool) -> Clicked {
        let within = self.settings.click_within_ms;
        let fits = |row: &Row| {
            row.item == item
                && slate.is_none_or(|slate| slate == row.slate)
                && at_ms >= row.shown_ms
                && at_ms - row.shown_ms <= within
        };
        self.credit(item, at_ms, trusted, fits, |row| &mut row.clicked_ms)
    }

    /// An item was bought.
    pub fn buy(&mut self, item: u32, at_ms: u64, trusted: bool) -> Clicked {
        let within = self.settings.purchase_within_ms;
        let fits =
            |row: &Row| row.item == item && row.clicked_ms.is_some_and(|clicked| at_ms >= clicked && at_ms - clicked <= within);
        self.credit(item, at_ms, trusted, fits, |row| &mut row.bought_ms)
    }

    /// Gives the latest row that fits its credit.
    fn credit(
        &mut self,
        item: u32,
        at_ms: u64,
        trusted: bool,
        fits: impl Fn(&Row) -> bool,
        what: fn(&mut Row) -> &mut Option<u64>,
    ) -> Clicked {
        if !trusted {
            self.untrusted = self.untrusted.saturating_add(1);
            return Clicked::Untrusted;
        }
        let Some(row) = self.slates.iter_mut().rev().flatten().find(|row| fits(row)) else { return Clicked::Organic };
        if what(row).is_some() {
            return Clicked::Again;
        }
        let (count, since) = self.credits.entry(item).or_insert((0, at_ms));
        if at_ms.saturating_sub(*since) > self.settings.purchase_within_ms {
            (*count, *since) = (0, at_ms);
        }
        if *count >= self.settings.most_per_item {
            self.over_cap = self.over_cap.saturating_add(1);
            return Clicked::OverCap;
        }
        *count += 1;
        *what(row) = Some(at_ms);
        Clicked::Credited { slate: row.slate, place: row.place }
    }

    /// Takes the rows to which nothing more can come: slates on which no click counts any more, of which none that was clicked still waits
    /// for a purchase; and those closed early. In the order of the slates.
    pub fn settle(&mut self, now_ms: u64) -> Vec<Row> {
        let AttributionSettings { click_within_ms, purchase_within_ms, .. } = self.settings;
        let passed = |since: u64, within: u64| now_ms.saturating_sub(since) > within;
        let waits = |row: &Row| match (row.clicked_ms, row.bought_ms) {
            (Some(clicked), None) => !passed(clicked, purchase_within_ms),
            _ => false,
        };
        let mut left = VecDeque::new();
        for slate in self.slates.drain(..) {
            let open = slate.iter().any(|row| !passed(row.shown_ms, click_within_ms) || waits(row));
            if open {
                left.push_back(slate);
            } else {
                self.done.extend(slate);
            }
        }
        self.slates = left;
        self.credits.retain(|_, (_, since)| !passed(*since, purchase_within_ms));
        std::mem::take(&mut self.done)
    }

    /// Clicks and purchases of scripts, and those beyond what an item may have of one visitor.
    #[must_use]
    pub const fn refused(&self) -> (u64, u64) {
        (self.untrusted, self.over_cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;
    const DAY: u64 = 86_400_000;

    fn places(items: &[u32]) -> Vec<Place> {
        items.iter().map(|item| Place { item: *item, propensity: 0.5 }).collect()
    }

    fn shown(slates: &[(u64, u64, &[u32])]) -> Attribution {
        let mut all = Attribution::new(AttributionSettings::default()).unwrap();
        slates.iter().for_each(|(slate, at, items)| all.show(*slate, *at, &places(items), true).unwrap());
        all
    }

    #[test]
    fn worked_example() {
        // Slates 1 and 2 show item 7; it is clicked after the second, bought two days later, and all is settled after a week.
        let mut all = shown(&[(1, 0, &[7, 8]), (2, 5 * MINUTE, &[9, 7])]);
        assert_eq!(all.click(None, 7, 6 * MINUTE, true), Clicked::Credited { slate: 2, place: 1 });
        assert_eq!(all.click(None, 7, 7 * MINUTE, true), Clicked::Again);
        assert_eq!(all.click(Some(1), 7, 8 * MINUTE, true), Clicked::Credited { slate: 1, place: 0 });
        assert_eq!(all.buy(7, 2 * DAY, true), Clicked::Credited { slate: 2, place: 1 });
        assert_eq!((all.buy(8, 2 * DAY, true), all.click(None, 3, MINUTE, true)), (Clicked::Organic, Clicked::Organic));
        // Slate 1 waits for its purchase.
        let rows = all.settle(3 * DAY);
        assert_eq!(
            rows.iter().map(|row| (row.slate, row.item, row.bought_ms)).collect::<Vec<_>>(),
            [(2, 9, None), (2, 7, Some(2 * DAY))]
        );
        let rows = all.settle(8 * DAY);
        assert_eq!(
            rows.iter().map(|row| (row.item, row.place, row.clicked_ms)).collect::<Vec<_>>(),
            [(7, 0, Some(8 * MINUTE)), (8, 1, None)]
        );
        assert!(rows.iter().all(|row| row.influenced && row.propensity == 0.5 && row.shown_ms == 0));
        assert!(all.settle(99 * DAY).is_empty());
    }

    #[test]
    fn what_comes_too_late_or_too_early_is_owed_to_nobody() {
        let mut all = shown(&[(1, 10 * MINUTE, &[7])]);
        assert_eq!(all.click(None, 7, 9 * MINUTE, true), Clicked::Organic);
        assert_eq!(all.click(None, 7, 40 * MINUTE + 1, true), Clicked::Organic);
        assert_eq!(all.click(Some(2), 7, 11 * MINUTE, true), Clicked::Organic);
        assert_eq!(all.buy(7, 11 * MINUTE, true), Clicked::Organic);
        assert_eq!(all.click(None, 7, 40 * MINUTE, true), Clicked::Credited { slate: 1, place: 0 });
        assert_eq!(all.buy(7, 8 * DAY, true), Clicked::Organic);
    }

    #[test]
    fn scripts_and_one_who_clicks_for_ever_are_not_credited() {
        let mut all = Attribution::new(AttributionSettings::default()).unwrap();
        let mut credited = 0;
        for slate in 0..100 {
            all.show(slate, slate * MINUTE, &places(&[7]), true).unwrap();
            assert_eq!(all.click(None, 7, slate * MINUTE, false), Clicked::Untrusted);
            credited += i32::from(all.click(None, 7, slate * MINUTE, true) != Clicked::OverCap);
        }
        assert_eq!((credited, all.refused()), (3, (100, 97)));
        // After a week it counts again.
        all.settle(8 * DAY);
        all.show(100, 8 * DAY, &places(&[7]), true).unwrap();
        assert_eq!(all.click(None, 7, 8 * DAY, true), Clicked::Credited { slate: 100, place: 0 });
    }

    #[test]
    fn memory_is_bounded_and_no_row_is_lost_or_told_twice() {
        let mut all = Attribution::new(AttributionSettings { most_slates: 8, ..AttributionSettings::default() }).unwrap();
        let mut rows = Vec::new();
        for slate in 0..100_u64 {
            // Drawn twice.
            all.show(slate, slate, &places(&[1, 2]), false).unwrap();
            all.show(slate, slate, &places(&[1, 2]), false).unwrap();
            if slate % 10 == 0 {
                rows.extend(all.settle(slate));
            }
            assert!(all.slates.len() <= 8);
        }
        rows.extend(all.settle(DAY));
        let told: Vec<_> = rows.iter().map(|row| (row.slate, row.place)).collect();
        assert_eq!(told, (0..100).flat_map(|slate| [(slate, 0), (slate, 1)]).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_slate_is_refused() {
        let mut all = shown(&[]);
        for wrong in [vec![Place { item: 1, propensity: 0.0 }], vec![Place { item: 1, propensity: f64::NAN }], places(&[1, 2, 1])]
        {
            assert_eq!(all.show(1, 0, &wrong, true).unwrap_err().code(), Code::ObservationInvalid);
        }
        all.show(1, 0, &[], true).unwrap();
        assert!(all.settle(DAY).is_empty());
        for settings in [
            AttributionSettings { most_slates: 0, ..AttributionSettings::default() },
            AttributionSettings { most_per_item: 0, ..AttributionSettings::default() },
        ] {
            assert_eq!(Attribution::new(settings).unwrap_err().code(), Code::SettingInvalid);
        }
    }
}
