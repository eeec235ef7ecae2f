//! The calibration that is declared, fitted.

use crate::assess::fit::{isotonic, platt};
use crate::assess::judging::{Calibrator, log_odds};
use crate::assess::manifest::{Curve, MAX_POINTS, Output};
use crate::assess::spec::{Calibration, Of, Spec};
use crate::error::{Code, Error, Result};

/// Of scores and labels, for the manifest and as it calculates.
///
/// # Errors
/// `model-mismatch` where the scores want a calibration of another kind, `data-invalid` where there are too many levels.
pub(super) fn calibrated(spec: &Spec, output: &Output, scores: &[f32], frauds: &[bool]) -> Result<(Curve, Calibrator)> {
    let made = match spec.calibration {
        Calibration::None if output.probability => (Curve::None, Calibrator::None),
        Calibration::None => {
            return Err(Error::new(
                Code::ModelMismatch,
                "the model's score is no probability: declare a calibration, isotonic or platt",
            )
            .with("output", &output.name));
        }
        Calibration::Isotonic { between } => {
            let (x, y) = isotonic(scores, frauds);
            if x.len() > MAX_POINTS {
                return Err(Error::new(Code::DataInvalid, "the isotonic calibration has more levels than a bundle may")
                    .with("points", x.len())
                    .with("limit", MAX_POINTS));
            }
            (Curve::Isotonic { points: x.len(), between }, Calibrator::Isotonic { x, y, between })
        }
        Calibration::Platt { of } => {
            if of == Of::LogOdds && !output.probability {
                return Err(Error::new(
                    Code::ModelMismatch,
                    "a score that is no probability has no log-odds: platt of \"score\"",
                ));
            }
            let f: Vec<f64> =
                scores.iter().map(|s| f64::from(*s)).map(|s| if of == Of::LogOdds { log_odds(s) } else { s }).collect();
            let (a, b) = platt(&f, frauds);
            (Curve::Platt { of }, Calibrator::Platt { a, b, of })
        }
    };
    Ok((made.0, made.1.check()?))
}
