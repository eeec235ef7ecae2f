//! Whether an event fits the specification.

use super::Windows;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::spec::{LATEST_MS, LONGEST_ID};

impl Windows {
    pub(super) fn check(&self, event: &Event<'_>, places: usize) -> Result<()> {
        let spec = &self.spec;
        if !(0..=LATEST_MS).contains(&event.time) {
            let why = "a time is Unix milliseconds from 1970 to the year 9999";
            return Err(Error::event(why, spec.time(), "").count("time", event.time));
        }
        let counts = [
            ("keys", event.keys.len(), spec.keys().len()),
            ("amounts", event.amounts.len(), spec.amounts().len()),
            ("features", places, spec.features().len()),
        ];
        if let Some((what, have, want)) = counts.into_iter().find(|(_, have, want)| have != want) {
            let why =
                "an event has a value for each field that the specification declares, and an answer a place for each feature";
            return Err(Error::event(why, what, "").count("have", have as i64).count("declared", want as i64));
        }
        if let Some((name, value)) = spec.keys().iter().zip(event.keys).find(|(_, value)| value.len() > LONGEST_ID) {
            return Err(Error::event("the value of a key has at most 256 bytes", name, value));
        }
        for (amount, units) in spec.amounts().iter().zip(event.amounts) {
            amount.check(*units)?;
        }
        self.check_flags(event.flags)?;
        match spec.id() {
            None if !event.id.is_empty() => return Err(Error::event("the specification declares no id", "id", event.id)),
            Some(name) if event.id.is_empty() || event.id.len() > LONGEST_ID => {
                return Err(Error::event("an id has 1 to 256 bytes", name, event.id));
            }
            _ => {}
        }
        let wanted = spec.currency().map_or("", |currency| &currency.is);
        if event.currency != wanted {
            let name = spec.currency().map_or("currency", |currency| &currency.name);
            let why = "the amounts are in another currency than the specification declares: convert them first";
            return Err(Error::event(why, name, event.currency).with("declared", wanted));
        }
        Ok(())
    }

    pub(super) fn check_flags(&self, flags: u32) -> Result<()> {
        if u64::from(flags) >> self.spec.flags().len() != 0 {
            return Err(
                Error::event("a flag is set that the specification does not declare", "flags", "").count("bits", flags.into())
            );
        }
        Ok(())
    }
}
