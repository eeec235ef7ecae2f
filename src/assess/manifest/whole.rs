//! The manifest of an assessor's bundle.

use super::fitted::{Curve, Explained, Fitted};
use crate::assess::spec::{Calibration, Deciding, MAX_FEATURES, Method, Spec};
use crate::bundle::FORMAT;
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value, as_map};
use serde::Serialize;

/// The word for this task in a manifest.
pub const TASK: &str = "assess";
/// Goldens of a bundle: all are replayed when it is opened.
const MAX_GOLDENS: usize = 64;

/// What an assessor's bundle says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// Digest of the file, hex. Always the first field.
    pub sha256: String,
    /// [`FORMAT`].
    pub format: u32,
    /// [`TASK`].
    pub task: String,
    /// Short name.
    pub name: String,
    /// Version of the bundle, the packer's choice.
    pub version: String,
    /// Day it was made, `YYYY-MM-DD`.
    pub created_at: String,
    /// What was declared.
    pub spec: Spec,
    /// What packing found and fitted.
    pub fitted: Fitted,
    /// Recorded transactions, replayed when the bundle is opened. Features, scores, risks and contributions stand in parts.
    pub goldens: Vec<Golden>,
    /// Figures measured on the rows that packing fitted to: see docs/assess.md.
    #[serde(serialize_with = "as_map")]
    pub metrics: Vec<(String, f64)>,
    /// SPDX expression or name of the licence.
    pub licence: String,
    /// Who must be named.
    pub attribution: String,
    /// Model card, Markdown.
    pub card: String,
}

/// A recorded transaction and its decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Golden {
    /// Amount, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The decision.
    pub decision: crate::assess::words::Decision,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// `bundle-unsupported-format`, `manifest-invalid`.
    pub fn parse(json: &str) -> Result<Self> {
        let invalid =
            |why: &dyn std::fmt::Display| Error::new(Code::ManifestInvalid, "the manifest is malformed").with("why", why);
        let value: Value = serde_json::from_str(json).map_err(|e| invalid(&e))?;
        let task = value.get("task");
        if task.is_some_and(|task| *task != Value::Text(TASK.to_owned())) {
            return Err(Error::new(Code::ManifestInvalid, "the bundle is for another task: it is no assessor"));
        }
        if let Some(format) = value.get("format").and_then(Value::as_natural).filter(|f| *f != u64::from(FORMAT)) {
            return Err(Error::new(Code::BundleUnsupportedFormat, "the bundle is of another format: use a matching nearhand")
                .with("format", format)
                .with("supported", FORMAT));
        }
        let manifest: Self = value.read().map_err(|e| invalid(&e))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        self.spec.check()?;
        let bad =
            |field: &'static str| Err(Error::new(Code::ManifestInvalid, "a manifest field is out of range").with("field", field));
        if self.name.is_empty() || self.name.len() > 64 {
            return bad("name");
        }
        if self.goldens.is_empty() || self.goldens.len() > MAX_GOLDENS {
            return bad("goldens: 1 to 64");
        }
        if self.metrics.len() > 1_000 || self.metrics.iter().any(|(_, v)| !v.is_finite()) {
            return bad("metrics");
        }
        let Fitted { inputs, output, calibration, thresholds, reasons } = &self.fitted;
        let features = self.spec.read_by_model().count();
        if inputs.names.len() != 1 && inputs.names.len() != features {
            return bad("fitted.inputs: one of all features, or one each");
        }
        if output.width == 0 || output.width > MAX_FEATURES {
            return bad("fitted.output.width");
        }
        let suits = match (self.spec.calibration, calibration) {
            (Calibration::None, Curve::None) => output.probability,
            (Calibration::Isotonic { between }, Curve::Isotonic { points, between: own }) => {
                between == *own && (1..=MAX_POINTS).contains(points)
            }
            (Calibration::Platt { of }, Curve::Platt { of: own }) => of == *own,
            _ => false,
        };
        if !suits {
            return bad("fitted.calibration: not what is declared, or none of a score that is no probability");
        }
        if matches!(self.spec.decide, Deciding::Capacity { .. }) != thresholds.is_some() {
            return bad("fitted.thresholds: those of a capacity");
        }
        let suits = match (self.spec.reasons.method, reasons) {
            (Method::Auto, _) | (_, Explained::None { .. }) => true,
            (Method::Shap, how) => matches!(how, Explained::Shap(_)),
            (Method::Path, how) => matches!(how, Explained::Path(_)),
            (Method::Linear, how) => matches!(how, Explained::Linear { .. }),
            (Method::None, _) => false,
        };
        if suits { Ok(()) } else { bad("fitted.reasons: not what is declared") }
    }
}

/// Most points of an isotonic calibration.
pub(in crate::assess) const MAX_POINTS: usize = 1 << 16;

/// Figures by name.
struct Figures(Vec<(String, f64)>);

impl Decode for Figures {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        Self(value.fields(faults).rest())
    }
}

impl Decode for Manifest {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            sha256: of.take("sha256"),
            format: of.take("format"),
            task: of.take("task"),
            name: of.take("name"),
            version: of.take("version"),
            created_at: of.take("created_at"),
            spec: of.take("spec"),
            fitted: of.take("fitted"),
            goldens: of.take("goldens"),
            metrics: of.take::<Figures>("metrics").0,
            licence: of.take("licence"),
            attribution: of.take("attribution"),
            card: of.take("card"),
        };
        of.end();
        read
    }
}

impl Decode for Golden {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { amount: of.take("amount"), currency: of.take("currency"), decision: of.take("decision") };
        of.end();
        read
    }
}
