//! What another policy would have earned.

use crate::{Js, raise};
use nearhand_monitor::{OffPolicy, PolicyValue, Reliability, Shown};
use nearhand_thrown::record;
use wasm_bindgen::prelude::*;

/// Sums over the rows of a log.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Policy {
    sums: OffPolicy,
}

fn interval(value: Option<PolicyValue>) -> JsValue {
    value.map_or(JsValue::NULL, |value| {
        record(&[("mean", value.mean.into()), ("low", value.low.into()), ("high", value.high.into())])
    })
}

#[wasm_bindgen]
impl Policy {
    /// Weights above `cap` count as it; 0 for none.
    ///
    /// # Errors
    /// As [`OffPolicy::new`].
    #[wasm_bindgen(constructor)]
    pub fn open(cap: f64) -> Js<Self> {
        Ok(Self { sums: OffPolicy::new(cap).map_err(raise)? })
    }

    /// The rows of one unit, five numbers each: logged, target, reward, and what was foretold of the row and of the other policy (NaN for neither).
    ///
    /// # Errors
    /// As [`OffPolicy::add`].
    pub fn add(&mut self, rows: &[f64]) -> Js<()> {
        let mut unit = Vec::new();
        for row in rows.chunks_exact(5) {
            if let [logged, target, reward, own, mean] = *row {
                unit.push(Shown { logged, target, reward, foretold: Some((own, mean)).filter(|(own, _)| !own.is_nan()) });
            }
        }
        self.sums.add(&unit).map_err(raise)
    }

    /// The estimates, with intervals that miss with probability `alpha`.
    #[must_use]
    pub fn told(&self, alpha: f64) -> JsValue {
        let overlap = self.sums.overlap();
        let verdict = match self.sums.reliability() {
            Reliability::Waiting => "waiting",
            Reliability::Propensities => "propensities",
            Reliability::Thin => "thin",
            Reliability::Sound => "sound",
        };
        record(&[
            ("reliability", verdict.into()),
            ("selfNormalised", interval(self.sums.self_normalised(alpha))),
            ("inversePropensity", interval(self.sums.inverse_propensity(alpha))),
            ("doublyRobust", interval(self.sums.doubly_robust(alpha))),
            ("units", overlap.units.into()),
            ("rows", overlap.rows.into()),
            ("effective", overlap.effective.into()),
            ("heaviest", overlap.heaviest.into()),
            ("meanWeight", overlap.mean_weight.into()),
        ])
    }
}
