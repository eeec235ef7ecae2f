//! What came of what was foretold.

use crate::alert::alerts;
use crate::{Js, raise};
use js_sys::Array;
use nearhand_monitor::{Estimate, OutcomeSettings, State};
use wasm_bindgen::prelude::*;

/// How sure the interval is: 1 − alpha.
const ALPHA: f64 = 0.05;

/// Watches what came of probabilities.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Outcomes {
    watched: nearhand_monitor::Outcomes,
}

#[wasm_bindgen]
impl Outcomes {
    /// `alpha`, `least` and the three factors of [`OutcomeSettings`], NaN for what is left out. `alarms`: whether what foretells is a
    /// probability.
    ///
    /// # Errors
    /// As [`nearhand_monitor::Outcomes::new`].
    #[wasm_bindgen(constructor)]
    pub fn open(told: &[f64], alarms: bool, changes: bool) -> Js<Self> {
        let mut settings = OutcomeSettings { changes, ..OutcomeSettings::default() };
        if let [alpha, least, factors @ ..] = told {
            if !alpha.is_nan() {
                settings.alpha = *alpha;
            }
            if !least.is_nan() {
                settings.least = *least as u64;
            }
            if let (false, Ok(factors)) = (factors.iter().any(|factor| factor.is_nan()), factors.try_into()) {
                settings.factors = Some(factors);
            }
        }
        if !alarms {
            settings.factors = None;
        }
        Ok(Self { watched: nearhand_monitor::Outcomes::new(settings).map_err(raise)? })
    }

    /// An answer whose outcome is not known; or, of one that was told so before, whether it happened. Whether it was a number from 0 to 1.
    pub fn tell(&mut self, probability: f64, happened: Option<bool>) -> bool {
        match happened {
            None => self.watched.foretold(probability),
            Some(happened) => self.watched.labelled(probability, happened),
        }
    }

    /// Alerts that have begun or risen since the last look.
    pub fn look(&mut self) -> Array {
        alerts(&self.watched.look())
    }

    /// The state: 0 `waiting`, 1 `quiet`, from 2 on a level that stands. How many are labelled, their mean probability and the share that
    /// happened, calibration error and Brier score; of the estimate the rate, its low and high end, and the trust; NaN for none. Then how
    /// many changes of the squared error were found, four numbers each: after how many labels, whether by the Page–Hinkley test, the mean
    /// before and since; and three a point of the reliability diagram.
    #[must_use]
    pub fn figures(&self) -> Vec<f64> {
        let state = match self.watched.state() {
            State::Waiting => 0,
            State::Quiet => 1,
            State::Raised(level) => 2 + level as u8,
        };
        let calibration = self.watched.calibration();
        let (foretold, rate) = calibration.means().unwrap_or((f64::NAN, f64::NAN));
        let none = Estimate { mean: f64::NAN, low: f64::NAN, high: f64::NAN, trust: f64::NAN };
        let Estimate { mean, low, high, trust } = self.watched.powered().estimate(ALPHA).unwrap_or(none);
        let (error, brier) = (calibration.expected_error().unwrap_or(f64::NAN), calibration.brier().unwrap_or(f64::NAN));
        let (labelled, found) = (calibration.count() as f64, self.watched.changes().found());
        let mut out = Vec::new();
        out.extend_from_slice(&[
            state.into(),
            labelled,
            foretold,
            rate,
            error,
            brier,
            mean,
            low,
            high,
            trust,
            found.len() as f64,
        ]);
        for change in found {
            let hinkley = f64::from(u8::from(change.by != "adwin"));
            out.extend_from_slice(&[change.at as f64, hinkley, change.before, change.since]);
        }
        for (foretold, rate, count) in calibration.reliability() {
            out.extend_from_slice(&[foretold, rate, count as f64]);
        }
        out
    }
}
