//! From a score to a risk: never falling where the score rises, and never NaN.
//!
//! Sources: isotonic regression as scikit-learn applies it (linear between the points, the ends beyond them); J. Platt, "Probabilistic
//! outputs for support vector machines", 1999.

use crate::assess::spec::{Between, Of};
use crate::error::{Code, Error, Result};

/// A fitted calibration.
#[derive(Clone, Debug, PartialEq)]
pub enum Calibrator {
    /// The score is the risk.
    None,
    /// By points.
    Isotonic {
        /// Scores, rising.
        x: Vec<f64>,
        /// Risks, never falling, 0 to 1.
        y: Vec<f64>,
        /// What is answered between two points.
        between: Between,
    },
    /// 1 / (1 + exp(a·f + b)).
    Platt {
        /// At most 0, so that the risk rises with the score.
        a: f64,
        /// Any number.
        b: f64,
        /// What f is.
        of: Of,
    },
}

/// Exponents are rounded to this grid: 2⁻³². Two that differ, differ by a multiple of what `exp` may be off by, so that rounding
/// never turns their order round; the risk moves by less than 10⁻¹⁰.
const GRID: f64 = 4_294_967_296.0;
/// The scores next to 0 and 1 that have log-odds of their own.
const EDGE: f64 = 1.0 / 16_777_216.0;

impl Calibrator {
    /// Whether points rise and risks never fall; whether Platt's slope does.
    ///
    /// # Errors
    /// `manifest-invalid`.
    pub fn check(self) -> Result<Self> {
        let sound = match &self {
            Self::None => true,
            Self::Isotonic { x, y, .. } => {
                let risks = y.iter().all(|risk| (0.0..=1.0).contains(risk));
                let rises = x.iter().zip(x.iter().skip(1)).all(|(a, b)| a < b) && x.iter().all(|x| x.is_finite());
                let never_falls = y.iter().zip(y.iter().skip(1)).all(|(a, b)| a <= b);
                !x.is_empty() && x.len() == y.len() && risks && rises && never_falls
            }
            Self::Platt { a, b, .. } => a.is_finite() && *a <= 0.0 && b.is_finite(),
        };
        if sound { Ok(self) } else { Err(Error::new(Code::ManifestInvalid, "the calibration does not rise with the score")) }
    }

    /// The risk of a finite score, 0 to 1.
    #[must_use]
    pub fn risk(&self, score: f32) -> f64 {
        let score = f64::from(score);
        match self {
            Self::None => score.clamp(0.0, 1.0),
            Self::Isotonic { x, y, between } => isotonic(x, y, *between, score),
            Self::Platt { a, b, of } => {
                let f = if *of == Of::LogOdds { log_odds(score) } else { score };
                sigmoid(a * f + b)
            }
        }
    }
}

/// ln(p / (1 − p)), of 0 and 1 that of their neighbours in 24 bits.
#[must_use]
pub fn log_odds(p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    libm::log(p) - libm::log(1.0 - p)
}

/// 1 / (1 + eᶻ), z on a grid.
fn sigmoid(z: f64) -> f64 {
    let z = libm::round(z.clamp(-700.0, 700.0) * GRID) / GRID;
    1.0 / (1.0 + libm::exp(z))
}

/// Each operation keeps the order of what it is given, and the end of a piece is its bound.
fn isotonic(x: &[f64], y: &[f64], between: Between, score: f64) -> f64 {
    let after = x.partition_point(|x| *x <= score);
    let at = |list: &[f64], at: usize| list.get(at).copied().unwrap_or(0.0);
    let Some(before) = after.checked_sub(1) else { return at(y, 0) };
    if after == x.len() || between == Between::Step {
        return at(y, before);
    }
    let (x0, x1, y0, y1) = (at(x, before), at(x, after), at(y, before), at(y, after));
    (y0 + (y1 - y0) * ((score - x0) / (x1 - x0))).min(y1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(between: Between) -> Calibrator {
        Calibrator::Isotonic { x: vec![0.1, 0.3, 0.7], y: vec![0.0, 0.2, 0.9], between }.check().unwrap()
    }

    #[test]
    fn by_hand() {
        for (score, linear, step) in
            [(0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (0.2, 0.1, 0.0), (0.5, 0.55, 0.2), (0.7, 0.9, 0.9), (9.0, 0.9, 0.9)]
        {
            assert!((curve(Between::Linear).risk(score) - linear).abs() < 1e-6, "{score}");
            // 0.1 in 32 bits lies a little above, 0.7 a little below.
            let got = curve(Between::Step).risk(score);
            assert!((got - step).abs() < 1e-6 || score == 0.7 && got == 0.2, "{score} {got}");
        }
        let platt = Calibrator::Platt { a: -2.0, b: 1.0, of: Of::Score };
        assert!((platt.risk(0.5) - 0.5).abs() < 1e-12);
        assert!((platt.risk(1.0) - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-10);
        let of_odds = Calibrator::Platt { a: -1.0, b: 0.0, of: Of::LogOdds };
        for p in [0.001_f32, 0.25, 0.5, 0.999] {
            assert!((of_odds.risk(p) - f64::from(p)).abs() < 1e-9, "the sigmoid of the log-odds is the probability");
        }
        assert_eq!((Calibrator::None.risk(0.25), Calibrator::None.risk(1.5), Calibrator::None.risk(-1.0)), (0.25, 1.0, 0.0));
    }

    /// Every float next to the last, through the pieces and their ends.
    #[test]
    fn never_falls() {
        let odds = Calibrator::Platt { a: -1.3, b: 2.0, of: Of::LogOdds };
        let score = Calibrator::Platt { a: -0.01, b: 2.0, of: Of::Score };
        let steep = Calibrator::Platt { a: -1e4, b: 2.0, of: Of::Score };
        for calibrator in [curve(Between::Linear), curve(Between::Step), odds, score, steep, Calibrator::None] {
            for start in [0.0_f32, 1e-30, 1e-7, 0.099_999, 0.299_99, 0.4, 0.699_99, 0.999_99] {
                let (mut at, mut last) = (start, 0.0);
                for _ in 0..5_000 {
                    let risk = calibrator.risk(at);
                    assert!(risk >= last && risk <= 1.0, "{calibrator:?} {at} {risk} {last}");
                    (last, at) = (risk, at.next_up());
                }
            }
            let mut last = 0.0;
            for score in [f32::MIN, -1e9, -1.0, -0.0, 0.0, 0.5, 1.0, 700.0, 1e9, f32::MAX] {
                let risk = calibrator.risk(score);
                assert!(risk >= last && risk <= 1.0, "{calibrator:?} {score}");
                last = risk;
            }
        }
    }

    #[test]
    fn what_falls_is_refused() {
        let points = |x: &[f64], y: &[f64]| Calibrator::Isotonic { x: x.into(), y: y.into(), between: Between::Linear };
        for bad in [
            points(&[], &[]),
            points(&[0.0], &[]),
            points(&[0.0, 0.0], &[0.1, 0.2]),
            points(&[0.0, f64::NAN], &[0.1, 0.2]),
            points(&[0.0, 1.0], &[0.2, 0.1]),
            points(&[0.0, 1.0], &[0.2, 1.1]),
            points(&[0.0, 1.0], &[0.2, f64::NAN]),
            Calibrator::Platt { a: 0.1, b: 0.0, of: Of::Score },
            Calibrator::Platt { a: -1.0, b: f64::INFINITY, of: Of::Score },
        ] {
            assert_eq!(bad.check().unwrap_err().code(), Code::ManifestInvalid);
        }
        let risk = points(&[0.0, 1.0], &[0.0, 1.0]).check().unwrap().risk(f32::NAN);
        assert!((0.0..=1.0).contains(&risk), "not even of NaN");
    }
}
