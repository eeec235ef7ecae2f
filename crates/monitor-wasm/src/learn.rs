//! A reference of samples, where none was packed.

use crate::{Js, raise};
use nearhand_monitor::{Bins, Rate, Reference, Role, Stream, Value};
use wasm_bindgen::prelude::*;

/// Bins of numbers, and categories.
const MOST_NUMBERS: usize = 10;
const MOST_NAMES: usize = 30;

/// Streams and rates so far.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Learn {
    streams: Vec<Stream>,
    rates: Vec<Rate>,
}

fn role(place: u32) -> Role {
    match place {
        0 => Role::Input,
        1 => Role::Score,
        _ => Role::Slate,
    }
}

#[wasm_bindgen]
impl Learn {
    /// Nothing yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A stream of numbers, by a sample; NaN is a missing one. `role`: 0 input, 1 score, 2 slate.
    ///
    /// # Errors
    /// As [`Stream::new`].
    pub fn numbers(&mut self, name: &str, role: u32, importance: f64, sample: &[f64]) -> Js<()> {
        let bins = Bins::of_numbers(sample, MOST_NUMBERS);
        let mut stream = Stream::new(name, self::role(role), importance, bins).map_err(raise)?;
        sample.iter().for_each(|value| stream.add(Value::Number(*value)));
        self.streams.push(stream);
        Ok(())
    }

    /// A stream of names, by a sample.
    ///
    /// # Errors
    /// As [`Stream::new`].
    pub fn names(&mut self, name: &str, role: u32, importance: f64, sample: Vec<String>, missing: u32) -> Js<()> {
        let bins = Bins::of_names(sample.iter().map(String::as_str), MOST_NAMES);
        let mut stream = Stream::new(name, self::role(role), importance, bins).map_err(raise)?;
        sample.iter().for_each(|value| stream.add(Value::Name(value)));
        (0..missing).for_each(|_| stream.add(Value::Missing));
        self.streams.push(stream);
        Ok(())
    }

    /// A rate.
    pub fn rate(&mut self, name: String, events: f64, of: f64) {
        self.rates.push(Rate { name, events: events as u64, of: of as u64 });
    }

    /// The reference as bytes.
    ///
    /// # Errors
    /// As [`Reference::new`].
    pub fn bytes(&mut self) -> Js<Vec<u8>> {
        let reference = Reference::new(std::mem::take(&mut self.streams), std::mem::take(&mut self.rates));
        Ok(reference.map_err(raise)?.to_bytes())
    }
}
