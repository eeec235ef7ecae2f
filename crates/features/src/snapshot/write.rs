//! From a state to bytes.

use super::bytes::{ONE, WHOLE, Writer};
use crate::key::Slot;
use crate::plan::KeyPlan;
use crate::ring::{BITS, FIRST, NUMBER};
use crate::windows::Windows;

impl Windows {
    /// The whole state as bytes: the same for the same state, and for what [`Windows::restore`] makes of them.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut to = Writer::new(self.spec.digest(), WHOLE);
        to.maybe(self.latest);
        to.whole(self.number);
        self.counts.all().into_iter().for_each(|count| to.count(count));
        // By key and id, which value has the event, the values in order of when they were seen. Of an event that is forgotten, or has no
        // labels there, none: places are given to other values again, which a restored state would not know of. Where labels do not count, the
        // records tell it.
        let mut ordinals: Vec<Vec<u32>> = Vec::new();
        for (key, (keys, plan)) in self.keys.iter().zip(&self.plan.keys).enumerate() {
            let mut of = vec![0; if plan.labelled { self.ids.len() } else { 0 }];
            to.count(keys.len() as u64);
            for (ordinal, at) in (1..).zip(keys.in_order()) {
                let Some(slot) = keys.slot(at) else { continue };
                to.text(keys.name(at));
                write_slot(&mut to, plan, slot, &mut |to, record| {
                    let (number, time) = (slot.ring.word(record, NUMBER), slot.ring.time(record));
                    to.whole(number);
                    let place = usize::try_from(number.saturating_sub(self.ids.first())).ok().and_then(|place| of.get_mut(place));
                    if let Some(place) = place
                        && self.ids.get(number).is_some_and(|known| known.time == time)
                        && self.ids.slot(number, key) == Some(at)
                    {
                        *place = ordinal;
                    }
                });
            }
            ordinals.push(of);
        }
        to.count(self.ids.len() as u64);
        let mut arrival = 0;
        for (place, number) in (self.ids.first()..self.ids.next()).enumerate() {
            let Some(known) = self.ids.get(number) else { continue };
            to.text(known.id.text());
            to.whole(known.time);
            to.count((known.arrival - arrival).cast_unsigned());
            arrival = known.arrival;
            to.count((known.label >> 32).cast_unsigned() << 2 | u64::from(known.answered) << 1 | u64::from(known.capped));
            ordinals.iter().for_each(|of| to.count(of.get(place).copied().unwrap_or(0).into()));
        }
        to.count(self.ids.answered() as u64);
        self.ids.answers().for_each(|value| to.eight(value.to_le_bytes()));
        let mut pending = self.pending.in_order();
        pending.retain(|waiting| self.ids.get(waiting.number).is_some());
        to.count(pending.len() as u64);
        for waiting in pending {
            to.whole(waiting.at);
            to.whole(waiting.number);
            to.count(waiting.fraud.into());
        }
        to.end()
    }

    /// What is kept of one value of a key, by the key's place, as bytes: its events, with their labels and ids. `None` where nothing is.
    /// Labels that wait for their time are not among it.
    #[must_use]
    pub fn snapshot_key(&self, key: usize, value: &str) -> Option<Vec<u8>> {
        let (keys, plan) = (self.keys.get(key)?, self.plan.keys.get(key)?);
        let at = keys.find(value)?;
        let slot = keys.slot(at)?;
        let mut to = Writer::new(self.spec.digest(), ONE);
        to.count(key as u64);
        to.maybe(self.latest);
        to.text(keys.name(at));
        write_slot(&mut to, plan, slot, &mut |to, at| match self.ids.get(slot.ring.word(at, NUMBER)) {
            Some(known) => to.text(known.id.text()),
            None => to.count(0),
        });
        Some(to.end())
    }
}

fn write_slot(to: &mut Writer, plan: &KeyPlan, slot: &Slot, name: &mut dyn FnMut(&mut Writer, usize)) {
    to.maybe(slot.before);
    to.maybe(slot.lost);
    to.count(slot.ring.len() as u64);
    let mut last = 0;
    for at in 0..slot.ring.len() {
        let time = slot.ring.time(at);
        to.count((time - last).cast_unsigned());
        last = time;
        name(to, at);
        to.count(slot.ring.word(at, BITS).cast_unsigned());
        let others = FIRST + plan.amounts.len();
        (FIRST..others).for_each(|word| to.whole(slot.ring.word(at, word)));
        (others..plan.stride()).for_each(|word| to.eight(slot.ring.word(at, word).to_le_bytes()));
    }
}
