//! What comes out later of an event: its label, its flags.

use super::Windows;
use crate::error::Result;
use crate::event::{Amended, Labelled};
use crate::ring::label_bits;

impl Windows {
    /// Takes a label of an event: `fraud` or not, known from `at` (Unix milliseconds) on. It counts for events at or after that time; a
    /// late event, whose time is before the greatest seen, sees all labels that were known at the greatest.
    pub fn label(&mut self, id: &str, fraud: bool, at: i64) -> Labelled {
        let Some(number) = self.ids.find(id) else {
            self.counts.labels_refused += 1;
            return Labelled::Unknown;
        };
        self.label_number(number, fraud, at)
    }

    /// Sets flags of an event that came out after it was recorded: those of `which`, as `flags` has them. They count for whatever comes from now on;
    /// answers that were given before are not revised.
    ///
    /// # Errors
    /// [`Code::EventInvalid`](crate::Code::EventInvalid) for flags that the specification does not declare. The state is as before.
    pub fn amend(&mut self, id: &str, which: u32, flags: u32) -> Result<Amended> {
        self.check_flags(which | flags)?;
        let Some((number, time)) = self.ids.find(id).and_then(|number| Some((number, self.ids.get(number)?.time))) else {
            return Ok(Amended::Unknown);
        };
        let (which, flags) = (i64::from(which), i64::from(flags & which));
        let (mut found, mut changed) = (false, false);
        for (key, (keys, plan)) in self.keys.iter_mut().zip(&self.plan.keys).enumerate() {
            let slot = self.ids.slot(number, key).and_then(|at| keys.slot_mut(at));
            if let Some(before) = slot.and_then(|slot| slot.rewrite(plan, time, number, |bits| bits & !which | flags)) {
                found = true;
                changed |= before & which != flags;
            }
        }
        Ok(match (found, changed) {
            (false, _) => Amended::Unknown,
            (true, false) => Amended::Same,
            (true, true) => Amended::Changed,
        })
    }

    /// [`Windows::label`] of an event by its number.
    pub(crate) fn label_number(&mut self, number: i64, fraud: bool, at: i64) -> Labelled {
        let labelled = self.settle_label(number, fraud, at);
        if matches!(labelled, Labelled::Known | Labelled::Changed) {
            self.apply(number, label_bits(fraud));
        }
        labelled
    }

    /// What becomes of a label; where it counts from now on, it is still to be set.
    pub(crate) fn settle_label(&mut self, number: i64, fraud: bool, at: i64) -> Labelled {
        if at > self.latest {
            let most = self.spec.limits().labels as usize;
            if self.ids.waiting() >= most {
                self.counts.labels_refused += 1;
                return Labelled::Full;
            }
            // Those of forgotten ids go once they are as many again, so that each is looked at once on the whole.
            if self.pending.len() >= most.saturating_mul(2) {
                self.pending.retain(|waiting| self.ids.get(waiting.number).is_some());
            }
            self.pending.push(at, number, fraud);
            self.ids.wait(number);
            self.counts.labels += 1;
            return Labelled::Waiting;
        }
        self.counts.labels += 1;
        let before = self.ids.get(number).map_or(0, |known| known.label);
        match before {
            before if before == label_bits(fraud) => Labelled::Same,
            0 => Labelled::Known,
            _ => Labelled::Changed,
        }
    }

    /// Sets the label of an event wherever it is kept.
    pub(super) fn apply(&mut self, number: i64, label: i64) {
        let Some(time) = self.ids.get(number).map(|known| known.time) else { return };
        for (key, (keys, plan)) in self.keys.iter_mut().zip(&self.plan.keys).enumerate().filter(|(_, (_, plan))| plan.labelled) {
            if let Some(slot) = self.ids.slot(number, key).and_then(|at| keys.slot_mut(at)) {
                slot.label(plan, time, number, label);
            }
        }
        self.ids.set_label(number, label);
    }
}
