//! What a place is worth.

use crate::{Js, maybe, raise};
use js_sys::Array;
use nearhand_monitor::Positions;
use nearhand_thrown::record;
use wasm_bindgen::prelude::*;

/// What was shown and clicked, by item and place.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Places {
    positions: Positions,
}

#[wasm_bindgen]
impl Places {
    /// At most so many pairs of item and place.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn open(most: usize) -> Self {
        Self { positions: Positions::new(most) }
    }

    /// Counts rows of one item at one place.
    ///
    /// # Errors
    /// As [`Positions::add`].
    pub fn add(&mut self, item: u32, place: u32, shown: u32, clicked: u32) -> Js<()> {
        self.positions.add(item, place, shown, clicked).map_err(raise)
    }

    /// How often each place is looked at beside the first.
    #[must_use]
    pub fn told(&self) -> Array {
        let places = self.positions.examination();
        let told = places.iter().map(|place| {
            record(&[
                ("place", place.place.into()),
                ("relative", maybe(place.relative)),
                ("shown", place.shown.into()),
                ("clicked", place.clicked.into()),
            ])
        });
        told.collect()
    }
}
