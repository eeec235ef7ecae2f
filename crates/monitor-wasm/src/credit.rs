//! Which slate a click and a purchase are owed to.

use crate::{Js, raise};
use nearhand_monitor::{Attribution, AttributionSettings, Clicked, Place};
use wasm_bindgen::prelude::*;

/// One visitor's slates and what came of them. Slates and items are numbers of the face's.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Credit {
    attribution: Attribution,
}

/// What became of a click: its word's place, the slate, the place in it.
fn told(clicked: Clicked) -> Vec<f64> {
    match clicked {
        Clicked::Credited { slate, place } => vec![0.0, slate as f64, f64::from(place)],
        Clicked::Organic => vec![1.0],
        Clicked::Again => vec![2.0],
        Clicked::OverCap => vec![3.0],
        Clicked::Untrusted => vec![4.0],
    }
}

#[wasm_bindgen]
impl Credit {
    /// By rules of credit: times in milliseconds.
    ///
    /// # Errors
    /// As [`Attribution::new`].
    #[wasm_bindgen(constructor)]
    pub fn open(click_within: f64, purchase_within: f64, most_slates: usize, most_per_item: u32) -> Js<Self> {
        let settings = AttributionSettings {
            click_within_ms: click_within as u64,
            purchase_within_ms: purchase_within as u64,
            most_slates,
            most_per_item,
        };
        Ok(Self { attribution: Attribution::new(settings).map_err(raise)? })
    }

    /// A slate was shown.
    ///
    /// # Errors
    /// As [`Attribution::show`].
    pub fn show(&mut self, slate: f64, at: f64, items: &[u32], propensities: &[f64], influenced: bool) -> Js<()> {
        let place = |(item, propensity): (&u32, &f64)| Place { item: *item, propensity: *propensity };
        let places: Vec<Place> = items.iter().zip(propensities).map(place).collect();
        self.attribution.show(slate as u64, at as u64, &places, influenced).map_err(raise)
    }

    /// An item was clicked, in that slate where it is known.
    pub fn click(&mut self, slate: Option<f64>, item: u32, at: f64, trusted: bool) -> Vec<f64> {
        told(self.attribution.click(slate.map(|slate| slate as u64), item, at as u64, trusted))
    }

    /// An item was bought.
    pub fn buy(&mut self, item: u32, at: f64, trusted: bool) -> Vec<f64> {
        told(self.attribution.buy(item, at as u64, trusted))
    }

    /// Rows to which nothing more can come, eight numbers each: slate, shown, item, place, propensity, clicked, bought (NaN for neither), influenced.
    pub fn settle(&mut self, now: f64) -> Vec<f64> {
        let time = |at: Option<u64>| at.map_or(f64::NAN, |at| at as f64);
        let mut out = Vec::new();
        for row in self.attribution.settle(now as u64) {
            out.extend([row.slate as f64, row.shown_ms as f64, f64::from(row.item), f64::from(row.place), row.propensity]);
            out.extend([time(row.clicked_ms), time(row.bought_ms), f64::from(u8::from(row.influenced))]);
        }
        out
    }

    /// Clicks and purchases of scripts, and those over the cap.
    #[must_use]
    pub fn refused(&self) -> Vec<f64> {
        let (untrusted, over) = self.attribution.refused();
        vec![untrusted as f64, over as f64]
    }
}
