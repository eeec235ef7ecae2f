//! From bytes to a state. Everything is checked before anything is taken over.

use super::bytes::{ONE, Reader, WHOLE};
use super::frame::{broken, opened};
use crate::error::Result;
use crate::event::Counts;
use crate::ids::{Ids, Known};
use crate::key::{NEVER, NOBODY, Slot};
use crate::name::Name;
use crate::plan::KeyPlan;
use crate::ring::{FRAUD, KNOWN, NUMBER};
use crate::spec::{LATEST_MS, LONGEST_ID, MOST_UNITS, Spec};
use crate::windows::Windows;

/// More events than any state has seen.
const MOST_EVENTS: i64 = 1 << 53;

impl Windows {
    /// The state of a snapshot of the whole.
    ///
    /// # Errors
    /// [`Code::SnapshotVersion`](crate::Code::SnapshotVersion), [`Code::SnapshotOtherSpec`](crate::Code::SnapshotOtherSpec),
    /// [`Code::SnapshotMalformed`](crate::Code::SnapshotMalformed).
    pub fn restore(spec: Spec, bytes: &[u8]) -> Result<Self> {
        Self::restore_seeded(spec, bytes, (0, 0))
    }

    /// As [`Windows::restore`], with the seed of [`Windows::seeded`].
    ///
    /// # Errors
    /// As [`Windows::restore`].
    pub fn restore_seeded(spec: Spec, bytes: &[u8], seed: (u64, u64)) -> Result<Self> {
        let mut from = opened(&spec, bytes, WHOLE)?;
        let mut windows = Self::seeded(spec, seed);
        match windows.fill(&mut from) {
            Some(()) if from.is_at_end() => Ok(windows),
            _ => Err(broken(&from)),
        }
    }

    fn fill(&mut self, from: &mut Reader<'_>) -> Option<()> {
        let limits = *self.spec.limits();
        self.latest = from.maybe(LATEST_MS)?;
        self.number = from.whole().filter(|number| (0..=MOST_EVENTS).contains(number))?;
        let mut counts = Counts::default().all();
        for count in &mut counts {
            *count = from.count().filter(|count| *count <= MOST_EVENTS.unsigned_abs())?;
        }
        self.counts = Counts::of(counts);
        for (keys, plan) in self.keys.iter_mut().zip(&self.plan.keys) {
            for _ in 0..from.many(limits.keys)? {
                let name = from.text(LONGEST_ID).filter(|name| keys.find(name).is_none())?;
                let (number, latest) = (self.number, self.latest);
                let read = &mut |from: &mut Reader<'_>| from.whole().filter(|own| *own < number);
                let slot = read_slot(from, &self.spec, plan, latest, read)?;
                keys.add(name, slot);
            }
            if keys.events > limits.events as usize {
                return None;
            }
        }
        // Values were added in order, so the ordinal is the place.
        let known = from.many(limits.ids)?;
        if self.spec.id().is_none() && known > 0 {
            return None;
        }
        let first =
            if self.spec.id().is_some() { self.number.checked_sub(known as i64).filter(|first| *first >= 0)? } else { 0 };
        self.ids = Ids::new(self.keys.len(), self.spec.features().len(), first, self.seed());
        let mut arrival = 0_i64;
        for _ in 0..known {
            let id = from.text(LONGEST_ID).filter(|id| self.ids.find(id).is_none())?;
            let time = from.whole().filter(|time| (0..=LATEST_MS).contains(time))?;
            arrival = arrival.checked_add_unsigned(from.count()?).filter(|arrival| *arrival <= self.latest)?;
            let bits = from.count().filter(|bits| *bits < 16)?;
            let label = label_of(bits >> 2)?;
            let mut slots = Vec::new();
            for keys in &self.keys {
                let ordinal = from.count().filter(|ordinal| *ordinal <= keys.len() as u64)?;
                slots.push(ordinal.checked_sub(1).map_or(NOBODY, |at| at as u32));
            }
            let (name, capped, answered) = (Name::new(id), bits & 1 == 1, bits & 2 == 2);
            let known = Known { id: name, time, arrival, label, capped, answered, waiting: 0 };
            self.ids.push(self.ids.hash(id), known, &slots);
        }
        self.find_unlabelled();
        let mut answer = vec![0.0; self.spec.features().len()];
        for _ in 0..from.many(known as u32)? {
            for value in &mut answer {
                *value = f64::from_le_bytes(from.eight()?);
            }
            self.ids.keep(&answer);
        }
        for _ in 0..from.many(limits.labels)? {
            let at = from.whole()?;
            let number = from.whole().filter(|number| self.ids.get(*number).is_some())?;
            self.pending.push(at, number, from.count().filter(|fraud| *fraud < 2)? == 1);
            self.ids.wait(number);
        }
        Some(())
    }

    /// Says of each id where its values of keys without labels are, of which a snapshot has none: flags may still come.
    fn find_unlabelled(&mut self) {
        for (key, (keys, _)) in self.keys.iter().zip(&self.plan.keys).enumerate().filter(|(_, (_, plan))| !plan.labelled) {
            for at in keys.in_order() {
                let Some(slot) = keys.slot(at) else { continue };
                for record in 0..slot.ring.len() {
                    let (number, time) = (slot.ring.word(record, NUMBER), slot.ring.time(record));
                    if self.ids.get(number).is_some_and(|known| known.time == time) {
                        self.ids.set_slot(number, key, at);
                    }
                }
            }
        }
    }

    /// Puts a key's value back, in the place of what is kept of it. Gives the key's place and the value.
    ///
    /// Ids of its events are known again, without their answers: a repeat is [`Outcome::Repeated`](crate::Outcome::Repeated).
    ///
    /// # Errors
    /// As [`Windows::restore`]; the state is as before.
    pub fn restore_key(&mut self, bytes: &[u8]) -> Result<(usize, String)> {
        let mut from = opened(&self.spec, bytes, ONE)?;
        let read = self.read_key(&mut from).filter(|_| from.is_at_end());
        let Some(One { key, name, latest, slot, ids }) = read else { return Err(broken(&from)) };
        self.latest = self.latest.max(latest);
        self.put(key, &name, slot, &ids);
        Ok((key, name))
    }

    fn read_key(&self, from: &mut Reader<'_>) -> Option<One> {
        let key = usize::try_from(from.count()?).ok()?;
        let plan = self.plan.keys.get(key)?;
        let latest = from.maybe(LATEST_MS)?;
        let name = from.text(LONGEST_ID)?.to_owned();
        let mut ids: Vec<Option<String>> = Vec::new();
        let read = &mut |from: &mut Reader<'_>| {
            let id = from.maybe_text(LONGEST_ID)?;
            ids.push(id.map(str::to_owned));
            // Until its number is known: one that no event has.
            Some(-(ids.len() as i64))
        };
        let slot = read_slot(from, &self.spec, plan, latest, read)?;
        let mut names: Vec<&String> = ids.iter().flatten().collect();
        names.sort_unstable();
        let sound = names.windows(2).all(|two| two.first() != two.last()) && (self.spec.id().is_some() || names.is_empty());
        sound.then_some(One { key, name, latest, slot, ids })
    }
}

/// One value of a key, as it is read.
struct One {
    key: usize,
    name: String,
    latest: i64,
    slot: Slot,
    /// By record, the id of its event.
    ids: Vec<Option<String>>,
}

/// A value's records.
fn read_slot(
    from: &mut Reader<'_>,
    spec: &Spec,
    plan: &KeyPlan,
    latest: i64,
    number: &mut dyn FnMut(&mut Reader<'_>) -> Option<i64>,
) -> Option<Slot> {
    let mut slot = Slot::new(plan);
    (slot.before, slot.lost) = (from.maybe(latest)?, from.maybe(latest)?);
    let flags = u64::from(u32::MAX).checked_shr(32 - spec.flags().len() as u32).unwrap_or(0);
    let mut record = vec![0; plan.stride()];
    let mut time = 0_i64;
    for _ in 0..from.many(spec.limits().events_per_key)? {
        time = time.checked_add_unsigned(from.count()?).filter(|time| *time <= latest && latest != NEVER)?;
        let own = number(from)?;
        let bits = from.count()?;
        let label = label_of(bits >> 32)?;
        if bits & 0xffff_ffff & !flags != 0 {
            return None;
        }
        record.clear();
        record.extend([time, own, (bits & flags).cast_signed() | label]);
        for _ in &plan.amounts {
            record.push(from.whole().filter(|units| units.unsigned_abs() <= MOST_UNITS.unsigned_abs())?);
        }
        for _ in &plan.others {
            record.push(i64::from_le_bytes(from.eight()?));
        }
        slot.push(&record);
    }
    Some(slot)
}

/// The bits of a label of two: known, and true.
fn label_of(bits: u64) -> Option<i64> {
    match bits {
        0 => Some(0),
        1 => Some(KNOWN),
        3 => Some(KNOWN | FRAUD),
        _ => None,
    }
}
