//! The parts of an assessor's bundle.
//!
//! | part | type, shape | content |
//! |---|---|---|
//! | `model.onnx` | U8 `[bytes]` | the graph |
//! | `calibration.x`, `calibration.y` | F64 `[points]` | isotonic: scores and risks |
//! | `calibration.platt` | F64 `[2]` | a and b |
//! | `trees.yes` | U16 or U32 `[questions]` | how many background rows answer yes, a question of the trees in the file's order |
//! | `reasons.weights`, `reasons.means`, `reasons.base` | F64 `[features]`, `[1]` | of a linear model |
//! | `golden.rows` | F64 `[goldens, features]` | recorded features, NaN where missing |
//! | `golden.scores`, `golden.risks` | F32, F64 `[goldens]` | what came out |
//! | `golden.parts` | F64 `[goldens, features of the model + 1]` | contributions, and the base behind them; with reasons alone |

use crate::assess::explain::Background;
use crate::assess::judging::Calibrator;
use crate::assess::manifest::{Curve, Explained, Manifest};
use crate::bundle::Limits;
use crate::bundle::container::{self, Container, Content};
use crate::error::{Code, Error, Result};

/// The parts, of the types and shapes that the manifest says.
#[derive(Clone, Debug)]
pub(in crate::assess) struct Parts {
    pub(in crate::assess) manifest: Manifest,
    pub(in crate::assess) onnx: Vec<u8>,
    pub(in crate::assess) calibrator: Calibrator,
    pub(in crate::assess) background: Background,
    pub(in crate::assess) golden: Recorded,
}

/// What is recorded of goldens, row by row.
#[derive(Clone, Debug, Default)]
pub(in crate::assess) struct Recorded {
    pub(in crate::assess) rows: Vec<f64>,
    pub(in crate::assess) scores: Vec<f32>,
    pub(in crate::assess) risks: Vec<f64>,
    pub(in crate::assess) parts: Vec<f64>,
}

impl Parts {
    /// Reads a bundle, and answers its digest.
    ///
    /// # Errors
    /// `bundle-…`, `manifest-invalid`.
    pub(in crate::assess) fn open(bytes: &[u8], expected: Option<&str>, limits: &Limits) -> Result<(Self, String)> {
        let file = Container::open(bytes, expected, limits)?;
        let manifest = Manifest::parse(&file.manifest)?;
        let features = manifest.spec.read_by_model().count();
        let calibrator = match manifest.fitted.calibration {
            Curve::None => Calibrator::None,
            Curve::Isotonic { points, between } => Calibrator::Isotonic {
                x: file.f64s("calibration.x", &[points])?,
                y: file.f64s("calibration.y", &[points])?,
                between,
            },
            Curve::Platt { of } => {
                let values = file.f64s("calibration.platt", &[2])?;
                let at = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
                Calibrator::Platt { a: at(0), b: at(1), of }
            }
        };
        let mut background = Background::default();
        match &manifest.fitted.reasons {
            Explained::None { .. } => {}
            Explained::Shap(margin) | Explained::Path(margin) => background.yes = file.u32s("trees.yes", margin.questions)?,
            Explained::Linear { .. } => {
                background.weights = file.f64s("reasons.weights", &[features])?;
                background.means = file.f64s("reasons.means", &[features])?;
                background.base = file.f64s("reasons.base", &[1])?.first().copied().unwrap_or(f64::NAN);
                if background.weights.iter().chain(&background.means).any(|value| !value.is_finite()) {
                    return Err(Error::new(Code::BundlePartInvalid, "weights and means of reasons are finite"));
                }
            }
        }
        let goldens = manifest.goldens.len();
        let explained = !matches!(manifest.fitted.reasons, Explained::None { .. });
        let golden = Recorded {
            rows: file.f64s("golden.rows", &[goldens, manifest.spec.features.len()])?,
            scores: file.f32s("golden.scores", &[goldens])?,
            risks: file.f64s("golden.risks", &[goldens])?,
            parts: if explained { file.f64s("golden.parts", &[goldens, features + 1])? } else { Vec::new() },
        };
        let (onnx, calibrator) = (file.bytes("model.onnx")?.to_vec(), calibrator.check()?);
        let digest = file.digest.clone();
        Ok((Self { manifest, onnx, calibrator, background, golden }, digest))
    }

    /// The file of these parts; the manifest's digest is ignored. The same parts give the same bytes.
    ///
    /// # Errors
    /// `manifest-invalid`, `bundle-malformed`.
    pub(in crate::assess) fn write(&self) -> Result<Vec<u8>> {
        let manifest = Manifest { sha256: container::PLACEHOLDER.to_owned(), ..self.manifest.clone() };
        let json = serde_json::to_string(&manifest)
            .map_err(|e| Error::new(Code::ManifestInvalid, "the manifest cannot be written").with("why", e))?;
        Manifest::parse(&json)?;
        let features = manifest.spec.read_by_model().count();
        let mut parts = vec![("model.onnx", Content::Bytes(&self.onnx))];
        let platt;
        match &self.calibrator {
            Calibrator::None => {}
            Calibrator::Isotonic { x, y, .. } => {
                parts.push(("calibration.x", Content::F64(x, vec![x.len()])));
                parts.push(("calibration.y", Content::F64(y, vec![y.len()])));
            }
            Calibrator::Platt { a, b, .. } => {
                platt = [*a, *b];
                parts.push(("calibration.platt", Content::F64(&platt, vec![2])));
            }
        }
        let Background { yes, weights, means, base } = &self.background;
        match &manifest.fitted.reasons {
            Explained::None { .. } => {}
            Explained::Shap(_) | Explained::Path(_) => parts.push(("trees.yes", Content::Counts(yes))),
            Explained::Linear { .. } => {
                parts.push(("reasons.weights", Content::F64(weights, vec![weights.len()])));
                parts.push(("reasons.means", Content::F64(means, vec![means.len()])));
                parts.push(("reasons.base", Content::F64(std::slice::from_ref(base), vec![1])));
            }
        }
        let goldens = manifest.goldens.len();
        let Recorded { rows, scores, risks, parts: contributions } = &self.golden;
        parts.push(("golden.rows", Content::F64(rows, vec![goldens, manifest.spec.features.len()])));
        parts.push(("golden.scores", Content::F32(scores, vec![goldens])));
        parts.push(("golden.risks", Content::F64(risks, vec![goldens])));
        if !matches!(manifest.fitted.reasons, Explained::None { .. }) {
            parts.push(("golden.parts", Content::F64(contributions, vec![goldens, features + 1])));
        }
        container::pack(json, &parts)
    }
}
