//! Labels, which come later.

use super::Windows;
use crate::event::Labelled;
use crate::ring::{FRAUD, KNOWN};

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

    /// [`Windows::label`] of an event by its number.
    pub(crate) fn label_number(&mut self, number: i64, fraud: bool, at: i64) -> Labelled {
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
        if before == bits(fraud) {
            return Labelled::Same;
        }
        self.apply(number, bits(fraud));
        if before == 0 { Labelled::Known } else { Labelled::Changed }
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

/// The bits of a label.
pub(super) const fn bits(fraud: bool) -> i64 {
    if fraud { KNOWN | FRAUD } else { KNOWN }
}
