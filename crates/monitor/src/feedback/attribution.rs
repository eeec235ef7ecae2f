//! Which slate a click and a purchase are owed to, by stated rules, in bounded memory.

use crate::error::{Code, Error, Result};
use std::collections::VecDeque;

/// Most slates that may be remembered, and most items of a slate.
const MOST_SLATES: usize = 16_384;
const LONGEST_SLATE: usize = 1024;
/// Slates that were closed early and wait to be taken, as a multiple of those remembered.
const WAITING: usize = 4;
/// Most items whose credits are counted at a time; beyond them the count that began first is let go of.
const MOST_CREDITED: usize = 4096;

/// Rules of credit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributionSettings {
    /// A click counts for a slate that was shown at most so long before, milliseconds: half an hour.
    pub click_within_ms: u64,
    /// A purchase counts for a click at most so long before, milliseconds: seven days.
    pub purchase_within_ms: u64,
    /// Slates remembered, 1 to 16,384; an older one is closed early: 512. Four times as many that were closed early wait
    /// for [`Attribution::settle`], and of twice as many the ids are known.
    pub most_slates: usize,
    /// Clicks and purchases of one item that count for one visitor within `purchase_within_ms` of the first of them: 3. More are
    /// somebody's script, or a hand that shakes; they are told as `over_cap`, and never teach. After that time the count begins anew.
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
    /// Closed early.
    done: VecDeque<Vec<Row>>,
    /// Ids of the last slates, open or closed.
    ids: VecDeque<u64>,
    /// Rows that nobody has taken in time.
    lost: u64,
    /// Of items, in the order in which they came: credits, and when the first of them was. Few: a tree would cost kilobytes of wasm.
    credits: Vec<(u32, (u32, u64))>,
    untrusted: u64,
    over_cap: u64,
}

impl Attribution {
    /// # Errors
    /// `monitor-setting-invalid`: a bound of nothing, or too many slates.
    pub fn new(settings: AttributionSettings) -> Result<Self> {
        let slates = 1..=MOST_SLATES;
        if !slates.contains(&settings.most_slates) || settings.most_per_item == 0 || settings.click_within_ms == 0 {
            let why = "slates remembered are 1 to 16,384, credits of an item and the time for a click above 0";
            return Err(Error::new(Code::SettingInvalid, why));
        }
        let (slates, done, ids) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Ok(Self { settings, slates, done, ids, lost: 0, credits: Vec::new(), untrusted: 0, over_cap: 0 })
    }

    /// A slate was shown. One of the same id is the same slate drawn again and counts once, while it is open or among the last that
    /// were shown, twice as many as are remembered.
    ///
    /// # Errors
    /// `monitor-observation-invalid` with `place`: a propensity out of range, an item that is there twice, or more than 1,024 items.
    /// Nothing was added.
    pub fn show(&mut self, slate: u64, at_ms: u64, places: &[Place], influenced: bool) -> Result<()> {
        if places.len() > LONGEST_SLATE {
            let why = "a slate has at most 1,024 items";
            return Err(Error::new(Code::ObservationInvalid, why).count("place", LONGEST_SLATE as u64));
        }
        for (at, place) in places.iter().enumerate() {
            let twice = places.iter().take(at).any(|other| other.item == place.item);
            if twice || !(place.propensity > 0.0 && place.propensity <= 1.0) {
                let why = "an item is shown once in a slate, with a propensity above 0 to 1";
                return Err(Error::new(Code::ObservationInvalid, why).count("place", at as u64));
            }
        }
        let open = || self.slates.iter().filter_map(|rows| rows.first()).any(|row| row.slate == slate);
        if places.is_empty() || self.ids.contains(&slate) || open() {
            return Ok(());
        }
        if self.ids.len() >= 2 * self.settings.most_slates {
            self.ids.pop_front();
        }
        self.ids.push_back(slate);
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
            if self.done.len() >= WAITING * self.settings.most_slates {
                self.lost = self.lost.saturating_add(self.done.pop_front().map_or(0, |rows| rows.len() as u64));
            }
            self.done.push_back(oldest);
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
        self.credit(item, at_ms, trusted, fits, |_| None, |row| &mut row.clicked_ms)
    }

    /// An item was bought.
    pub fn buy(&mut self, item: u32, at_ms: u64, trusted: bool) -> Clicked {
        let within = self.settings.purchase_within_ms;
        let fits =
            |row: &Row| row.item == item && row.clicked_ms.is_some_and(|clicked| at_ms >= clicked && at_ms - clicked <= within);
        self.credit(item, at_ms, trusted, fits, |row| row.clicked_ms, |row| &mut row.bought_ms)
    }

    /// Gives the row that fits and ranks highest its credit; of those that rank alike that of the last slate.
    fn credit(
        &mut self,
        item: u32,
        at_ms: u64,
        trusted: bool,
        fits: impl Fn(&Row) -> bool,
        rank: fn(&Row) -> Option<u64>,
        what: fn(&mut Row) -> &mut Option<u64>,
    ) -> Clicked {
        if !trusted {
            self.untrusted = self.untrusted.saturating_add(1);
            return Clicked::Untrusted;
        }
        let fitting = self.slates.iter_mut().flatten().filter(|row| fits(row));
        let Some(row) = fitting.max_by_key(|row| rank(row)) else { return Clicked::Organic };
        if what(row).is_some() {
            return Clicked::Again;
        }
        let place = self.credits.iter().position(|(known, _)| *known == item).unwrap_or_else(|| {
            let credits = &mut self.credits;
            if credits.len() >= MOST_CREDITED
                && let Some((first, _)) = credits.iter().enumerate().min_by_key(|(_, (_, (_, since)))| *since)
            {
                credits.remove(first);
            }
            credits.push((item, (0, at_ms)));
            credits.len() - 1
        });
        let Some((_, (count, since))) = self.credits.get_mut(place) else { return Clicked::Organic };
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
        let mut rows: Vec<Row> = self.done.drain(..).flatten().collect();
        let mut left = VecDeque::new();
        for slate in self.slates.drain(..) {
            let open = slate.iter().any(|row| !passed(row.shown_ms, click_within_ms) || waits(row));
            if open {
                left.push_back(slate);
            } else {
                rows.extend(slate);
            }
        }
        self.slates = left;
        self.credits.retain(|(_, (_, since))| !passed(*since, purchase_within_ms));
        rows
    }

    /// Rows of slates that were closed early and let go of, because [`Attribution::settle`] was not called in time.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
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
        // Slates 1 and 2 show item 7; it is clicked in the second, then in the first, and bought two days later: the last click was
        // the first slate's. All is settled after a week.
        let mut all = shown(&[(1, 0, &[7, 8]), (2, 5 * MINUTE, &[9, 7])]);
        assert_eq!(all.click(None, 7, 6 * MINUTE, true), Clicked::Credited { slate: 2, place: 1 });
        assert_eq!(all.click(None, 7, 7 * MINUTE, true), Clicked::Again);
        assert_eq!(all.click(Some(1), 7, 8 * MINUTE, true), Clicked::Credited { slate: 1, place: 0 });
        assert_eq!(all.buy(7, 2 * DAY, true), Clicked::Credited { slate: 1, place: 0 });
        assert_eq!(all.buy(7, 2 * DAY, true), Clicked::Again);
        assert_eq!((all.buy(8, 2 * DAY, true), all.click(None, 3, MINUTE, true)), (Clicked::Organic, Clicked::Organic));
        // Slate 2 waits for its purchase.
        let rows = all.settle(3 * DAY);
        assert_eq!(
            rows.iter().map(|row| (row.slate, row.item, row.bought_ms)).collect::<Vec<_>>(),
            [(1, 7, Some(2 * DAY)), (1, 8, None)]
        );
        assert!(rows.iter().all(|row| row.influenced && row.propensity == 0.5 && row.shown_ms == 0));
        let rows = all.settle(8 * DAY);
        assert_eq!(
            rows.iter().map(|row| (row.item, row.place, row.clicked_ms)).collect::<Vec<_>>(),
            [(9, 0, None), (7, 1, Some(6 * MINUTE))]
        );
        // Drawn again after that: known.
        all.show(2, 8 * DAY, &places(&[9, 7]), true).unwrap();
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
    fn who_never_settles_loses_rows_and_is_told() {
        let settings = AttributionSettings { most_slates: 8, most_per_item: 1, ..AttributionSettings::default() };
        let mut all = Attribution::new(settings).unwrap();
        for slate in 0..10_000_u32 {
            all.show(slate.into(), 0, &places(&[slate, 20_000]), true).unwrap();
            assert_eq!(all.click(None, slate, 1, true), Clicked::Credited { slate: slate.into(), place: 0 });
        }
        assert!(all.slates.len() == 8 && all.done.len() == 32 && all.ids.len() == 16 && all.credits.len() == MOST_CREDITED);
        assert_eq!(all.lost(), 2 * (10_000 - 40));
        let rows = all.settle(99 * DAY);
        assert_eq!((rows.len(), rows[0].slate), (80, 9960));
    }

    #[test]
    fn what_is_no_slate_is_refused() {
        let mut all = shown(&[]);
        for wrong in [vec![Place { item: 1, propensity: 0.0 }], vec![Place { item: 1, propensity: f64::NAN }], places(&[1, 2, 1])]
        {
            assert_eq!(all.show(1, 0, &wrong, true).unwrap_err().code(), Code::ObservationInvalid);
        }
        let long: Vec<u32> = (0..1025).collect();
        assert_eq!(all.show(1, 0, &places(&long), true).unwrap_err().code(), Code::ObservationInvalid);
        all.show(1, 0, &[], true).unwrap();
        assert!(all.settle(DAY).is_empty());
        for settings in [
            AttributionSettings { most_slates: 0, ..AttributionSettings::default() },
            AttributionSettings { most_slates: 16_385, ..AttributionSettings::default() },
            AttributionSettings { most_per_item: 0, ..AttributionSettings::default() },
        ] {
            assert_eq!(Attribution::new(settings).unwrap_err().code(), Code::SettingInvalid);
        }
    }
}
